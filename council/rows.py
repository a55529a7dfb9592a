"""Many rows at once, without building one statement out of every value of every row.

The ORM's `bulk_create` compiles all values of all rows in Python: for the roll or the rush of a hall of
500 that costs more than the database's own work (docs/benchmarks.md). PostgreSQL takes each column as one
array, and what is the same in all rows once; SQLite takes the rows as one prepared statement.
"""

from collections.abc import Iterable, Sequence

from django.db import connection
from django.db.models import Field, Model


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
    rows = list(rows)
    if not rows:
        return
    fields = [model._meta.get_field(name) for name in columns]
    values = [_as_column(field, column) for field, column in zip(fields, zip(*rows, strict=True), strict=True)]
    quote = connection.ops.quote_name

    def listed(names: Sequence[str]) -> str:
        return ", ".join(quote(model._meta.get_field(name).column) for name in names)

    statement = f"INSERT INTO {quote(model._meta.db_table)} ({listed(columns)}) "
    conflict = ""
    if unique:
        settings = ", ".join(f"{listed([name])} = excluded.{listed([name])}" for name in update)
        conflict = f" ON CONFLICT ({listed(unique)}) DO UPDATE SET {settings}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            source, parameters = _arrays(fields, values)
            cursor.execute(statement + source + conflict, parameters)
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"{statement}VALUES ({marks}){conflict}", zip(*values, strict=True))


def _as_column(field: Field, values: Sequence) -> list:
    """The values of a field as the database takes them; the same value is made ready once."""
    try:
        ready = {value: field.get_db_prep_save(value, connection) for value in set(values)}
    except TypeError:  # a JSON value has no hash
        return [field.get_db_prep_save(value, connection) for value in values]
    return [ready[value] for value in values]


def _arrays(fields: Sequence[Field], columns: Sequence[list]) -> tuple[str, list]:
    """A SELECT of PostgreSQL that gives these rows, and its parameters."""
    shown, places, arrays, scalars = [], [], [], []
    for number, (field, column) in enumerate(zip(fields, columns, strict=True)):
        kind = field.db_type(connection).partition("(")[0]  # the column itself minds its length
        if column.count(column[0]) == len(column) and number:
            shown.append(f"%s::{kind}")
            scalars.append(column[0])
        else:
            shown.append(f"given.c{number}")
            places.append((f"c{number}", kind))
            arrays.append(column)
    lists = ", ".join(f"%s::{kind}[]" for _name, kind in places)
    names = ", ".join(name for name, _kind in places)
    return f"SELECT {', '.join(shown)} FROM unnest({lists}) AS given({names})", [*scalars, *arrays]
