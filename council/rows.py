"""Many rows at once, without building one statement out of every value of every row.

The ORM's `bulk_create` compiles all values of all rows in Python: for the roll or the rush of a hall of
500 that costs more than the database's own work (docs/benchmarks.md). The database's driver takes the same rows as
one prepared statement.
"""

from collections.abc import Iterable, Sequence

from django.db import connection
from django.db.models import Model


def insert_rows(
    model: type[Model],
    columns: Sequence[str],
    rows: Iterable[Sequence],
    *,
    unique: Sequence[str] = (),
    update: Sequence[str] = (),
) -> None:
    """Insert rows of a model's fields in the running transaction; no signals, no keys given back.

    `columns` are field names, all that have no default in the database. With `unique` (the fields of a
    unique constraint) a row that is there gets the fields of `update` instead. IntegrityError as in the ORM.
    """
    fields = {name: model._meta.get_field(name) for name in columns}
    quote = connection.ops.quote_name

    def listed(names: Sequence[str]) -> str:
        return ", ".join(quote(model._meta.get_field(name).column) for name in names)

    statement = (
        f"INSERT INTO {quote(model._meta.db_table)} ({listed(columns)}) "
        f"VALUES ({', '.join(['%s'] * len(columns))})"
    )
    if unique:
        settings = ", ".join(f"{listed([name])} = excluded.{listed([name])}" for name in update)
        statement += f" ON CONFLICT ({listed(unique)}) DO UPDATE SET {settings}"
    prepare = [field.get_db_prep_save for field in fields.values()]
    values = [
        tuple(to_column(value, connection) for to_column, value in zip(prepare, row, strict=True)) for row in rows
    ]
    if values:
        with connection.cursor() as cursor:
            cursor.executemany(statement, values)
