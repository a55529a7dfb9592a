"""Read every row of a database with all that the database itself keeps about it, PostgreSQL or SQLite."""

import re
import sqlite3
import subprocess
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import psycopg
from psycopg.rows import dict_row

from scripts.real_stack import postgres_bin
from tests.attack.names import Names, Sightings, as_bytes

SYSTEM = ("ctid", "xmin", "xmax", "cmin", "cmax")
LONG = 16  # bytes: a value as long as this, found in the rows of one subject only, is a name of that subject
IDS = re.compile(r"^[0-9a-f-]{32,36}$")


@dataclass
class Row:
    """`place` holds numbers by unit: serials, system columns, rowid, and "time …" of each column with one."""

    table: str
    values: dict
    place: dict[str, float] = field(default_factory=dict)
    slot: tuple[int, int] | None = None  # block and line of the heap
    rowid: int | None = None


@dataclass
class Table:
    """A table, its rows, and where its foreign keys lead: column -> (table, column)."""

    name: str
    rows: list[Row]
    leads: dict[str, tuple[str, str]]


def learn_from_rows(tables: dict[str, Table], names: Names) -> dict[int, set]:
    """Whom each row names, by its words and by its foreign keys; what stands in rows of one subject only is a name too.

    Gives the subjects by `id(row)`. Repeats until nothing new is learnt.
    """
    whose: dict[int, set] = defaultdict(set)
    rows = [row for table in tables.values() for row in table.rows]
    wanted = {target for table in tables.values() for target in table.leads.values()}
    index = {
        (name, column): {row.values[column]: row for row in tables[name].rows}
        for name, column in wanted
        if name in tables
    }
    said = {id(row): b"\0".join(map(as_bytes, row.values.values())) for row in rows}
    holders: dict[bytes, list[int]] = defaultdict(list)  # which rows a long value stands in
    for row in rows:
        for word in _own_words(row):
            holders[as_bytes(word)].append(id(row))
    for _round in range(4):
        before = sum(map(len, whose.values()))
        for table in tables.values():
            for row in table.rows:
                own = whose[id(row)]
                own |= names.whom(said[id(row)])
                for column, target in table.leads.items():
                    there = index.get(target, {}).get(row.values.get(column))
                    if there is not None and len(whose[id(there)]) == 1:
                        own |= whose[id(there)]
        new = 0
        for row in rows:
            if len(own := whose[id(row)]) == 1:
                alone = [w for w in _own_words(row) if all(whose[other] == own for other in holders[as_bytes(w)])]
                new += names.learn(next(iter(own)), *alone)
        if not new and sum(map(len, whose.values())) == before:
            break
    return whose


def _own_words(row: Row) -> list:
    """Values of a row that are long enough to be found again elsewhere."""
    words = []
    for value in row.values.values():
        if isinstance(value, memoryview):
            value = bytes(value)
        if value.__class__.__name__ == "UUID" or (isinstance(value, str | bytes) and len(value) >= LONG):
            words.append(value)
    return words


def rows_as_sightings(tables: dict[str, Table], whose: dict[int, set], names: Names) -> Sightings:
    """Every number of every row is a sighting of whom the row names; within a text also the place of the name."""
    seen = Sightings()
    for table in tables.values():
        for row in table.rows:
            own = whose.get(id(row), ())
            single = [s for s in own if sum(o[0] == s[0] for o in own) == 1]
            for subject in single:
                for unit, number in row.place.items():
                    column, unit = (f".{unit[5:]}", "time") if unit.startswith("time ") else ("", unit)
                    seen.note(f"{table.name}{column}", unit, subject, number)
            if len(own) > len(single):  # a list of many: their order in it
                order = next(iter(row.place.values()), 0)
                for column, value in row.values.items():
                    for place, subject in names.find(as_bytes(value)):
                        unit = f"{table.name}.{column} within"
                        seen.note(table.name, unit, subject, order * 1e6 + place)
    return seen


def _numbers(table: str, values: dict) -> dict[str, float]:
    found = {}
    for column, value in values.items():
        if isinstance(value, bool) or value is None:
            continue
        if isinstance(value, datetime):
            found[f"time {column}"] = _epoch(value)
        elif isinstance(value, date):
            continue
        elif isinstance(value, int | float | Decimal):
            found[f"{table}.{column}"] = float(value)
        elif isinstance(value, str) and (moment := _moment(value)) is not None:
            found[f"time {column}"] = moment
        elif isinstance(value, str) and len(value) <= 64:
            if IDS.match(value):
                found[f"{table}.{column} as number"] = float(int(value.replace("-", "")[:13], 16))
        elif isinstance(value, bytes | memoryview) and len(value) <= 64:
            found[f"{table}.{column} as number"] = float(int.from_bytes(bytes(value)[:6], "big"))
        elif value.__class__.__name__ == "UUID":
            found[f"{table}.{column} as number"] = float(value.int >> 76)
    return found


def _epoch(value: datetime) -> float:
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()


def _moment(text: str) -> float | None:
    if len(text) < 19 or text[4:5] != "-" or text[13:14] != ":":
        return None
    try:
        return _epoch(datetime.fromisoformat(text))
    except ValueError:
        return None


# --- PostgreSQL ----------------------------------------------------------------------------------------


class PostgresAtRest:
    """A running cluster as its superuser sees it, and its files."""

    def __init__(self, url: str, data: Path):
        self.url, self.data = url, data
        self.connection = psycopg.connect(url, autocommit=True)
        self.connection.execute("CREATE EXTENSION IF NOT EXISTS pageinspect")
        self._relations: dict[int, str] = {}

    def close(self) -> None:
        self.connection.close()

    def query(self, text: str, *values) -> list[dict]:
        with self.connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(text, values or None).fetchall()

    def position(self) -> str:
        """Where the log of the database stands; what comes later belongs to what is looked at."""
        self.relations()
        return self.query("SELECT pg_current_wal_insert_lsn()::text AS lsn")[0]["lsn"]

    def relations(self) -> dict[int, str]:
        """The names of tables and indexes by the number of their file; one that was emptied had another before."""
        for row in self.query("SELECT pg_relation_filenode(oid) AS file, oid::regclass::text AS name FROM pg_class"):
            self._relations[row["file"]] = re.sub(r"\d{4,}", "…", row["name"])
        return self._relations

    def tables(self) -> dict[str, Table]:
        names = self.query(
            "SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY 1"
        )
        leads: dict[str, dict] = defaultdict(dict)
        for key in self.query(
            "SELECT s.relname AS source, a.attname AS col, t.relname AS target, b.attname AS key"
            " FROM pg_constraint k JOIN pg_class s ON s.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid"
            " JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]"
            " JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1]"
            " WHERE k.contype = 'f' AND cardinality(k.conkey) = 1"
        ):
            leads[key["source"]][key["col"]] = (key["target"], key["key"])
        return {n["name"]: Table(n["name"], self.rows(n["name"]), leads[n["name"]]) for n in names}

    def rows(self, table: str) -> list[Row]:
        hidden = ", ".join(f"{column}::text AS sys_{column}" for column in SYSTEM)
        found = []
        for values in self.query(f'SELECT {hidden}, t.* FROM "{table}" t'):
            system = {column: values.pop(f"sys_{column}") for column in SYSTEM}
            block, line = map(int, system["ctid"].strip("()").split(","))
            place = {f"{table} heap": block * 1000.0 + line, "xid": float(system["xmin"])}
            place["xid of the last"] = float(max(int(system["xmin"]), int(system["xmax"])))
            place["command"] = float(system["cmin"])
            found.append(Row(table, values, place | _numbers(table, values), (block, line)))
        return found

    def dead_and_alive(self, tables: dict[str, Table], whose: dict, names: Names) -> Sightings:
        """Every version that still lies in a page of a table, also of deleted rows."""
        seen = Sightings()
        for table in tables.values():
            live = {row.slot: row for row in table.rows}
            pages = self.query(f"SELECT pg_relation_size('\"{table.name}\"') / 8192 AS n")[0]["n"]
            for page in range(pages):
                for item in self.query(
                    "SELECT lp, t_xmin::text AS xmin, t_xmax::text AS xmax, t_data FROM"
                    f" heap_page_items(get_raw_page('\"{table.name}\"', {page})) WHERE t_data IS NOT NULL"
                ):
                    row = live.get((page, item["lp"]))
                    subjects = set(names.whom(bytes(item["t_data"]))) | (whose.get(id(row), set()) if row else set())
                    if len(subjects) == 1:
                        subject = next(iter(subjects))
                        source = f"page of {table.name}"
                        seen.note(source, f"{table.name} heap", subject, page * 1000 + item["lp"])
                        seen.note(source, "xid", subject, float(item["xmin"]))
                        if item["xmax"] != "0":
                            seen.note(source, "xid", subject, float(item["xmax"]))
        return seen

    def files(self) -> dict[str, bytes]:
        """The files of the tables and indexes of this database, as they lie on the disk after a checkpoint."""
        self.connection.execute("CHECKPOINT")
        folder = self.query("SELECT 'base/' || oid AS path FROM pg_database WHERE datname = current_database()")
        relations = {
            row["file"]: row["name"]
            for row in self.query(
                "SELECT pg_relation_filenode(c.oid)::text AS file, c.relname AS name FROM pg_class c"
                " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('public', 'pg_toast')"
            )
        }
        found = {}
        for path in sorted((self.data / folder[0]["path"]).iterdir()):
            name = relations.get(path.name.split(".")[0])
            if name and path.suffix != "_fsm":
                found[name] = path.read_bytes()
        return found

    # --- the log ----------------------------------------------------------------------------------------

    def log(self, since: str) -> "WriteAheadLog":
        self.connection.execute("SELECT pg_switch_wal()")
        return WriteAheadLog(self.data / "pg_wal", since)

    def log_sightings(self, log: "WriteAheadLog", tables: dict[str, Table], whose: dict, names: Names) -> Sightings:
        """What the log tells: each change of a row, in which transaction, when it was committed."""
        relations = self.relations()
        seen = Sightings()

        def note(source: str, subject, record) -> None:
            seen.note(f"log: {source}", "lsn", subject, record.lsn)
            if record.xid:
                seen.note(f"log: {source}", "xid", subject, record.xid)
            if record.xid in log.committed:
                seen.note(f"log: {source}", "time", subject, log.committed[record.xid])

        for place, subject in names.find(log.stream):
            record = log.record_at(place)
            note(f"{record.kind} {relations.get(record.relation)} names", subject, record)
        # Backwards from the rows that are there: a version's predecessor is of the same subject.
        slots = {
            (table.name, *row.slot): single
            for table in tables.values()
            for row in table.rows
            if (single := _single(whose.get(id(row), ())))
        }
        for record in reversed(log.records):
            table = relations.get(record.relation)
            if table not in tables or record.line is None:
                continue
            here = (table, record.block, record.line)
            after = (table, *record.after) if record.after else here
            if subject := slots.get(after):
                note(f"{record.kind} {table}", subject, record)
            if record.after:
                slots[here] = slots.pop(after, ())
            elif record.kind == "INSERT":
                slots.pop(here, None)
        return seen


def _single(subjects):
    return next(iter(subjects)) if len(subjects) == 1 else None


@dataclass
class Record:
    lsn: int
    xid: int
    kind: str
    relation: int | None
    block: int = 0
    line: int | None = None
    after: tuple[int, int] | None = None  # of an update: where the new version lies


LINE = re.compile(
    r"rmgr: (\S+)\s+len \(rec/tot\):\s+\d+/\s*\d+, tx:\s+(\d+), lsn: ([0-9A-F]+)/([0-9A-F]+), prev \S+, desc: (\S+) (.*)"
)
BLOCK = re.compile(r"blkref #(\d): rel \d+/\d+/(\d+)(?: fork \w+)? blk (\d+)")
SUBXACTS = re.compile(r"subxacts: ([\d ]+)")
OFFSET = re.compile(r"(?<!new )off (\d+)")
NEW = re.compile(r"new off (\d+)")
SEGMENT, PAGE = 16 << 20, 8192


class WriteAheadLog:
    """The records since a position, and their bytes without the headers of the log's pages."""

    def __init__(self, folder: Path, since: str):
        self.start = _lsn(since)
        self.records: list[Record] = []
        self.committed: dict[int, float] = {}
        segments = sorted(p for p in folder.iterdir() if len(p.name) == 24)
        first = f"{1:08X}{self.start >> 32:08X}{(self.start & 0xFFFFFFFF) // SEGMENT:08X}"
        segments = [p for p in segments if p.name >= first]
        self._dump(folder, segments, since)
        self._read(segments)
        self._starts = [record.lsn for record in self.records]

    def _dump(self, folder: Path, segments: list[Path], since: str) -> None:
        command = [str(postgres_bin() / "pg_waldump"), "-p", str(folder), "-s", since]
        told = subprocess.run([*command, segments[0].name], capture_output=True, text=True, check=False).stdout
        for line in told.splitlines():
            if not (found := LINE.match(line)):
                continue
            manager, xid, high, low, kind, rest = found.groups()
            lsn = (int(high, 16) << 32) + int(low, 16)
            if manager == "Transaction" and kind.startswith("COMMIT"):
                when = rest.split(";")[0].strip().removesuffix(" UTC")
                for one in [xid, *(parts[1].split() if (parts := SUBXACTS.search(rest)) else [])]:
                    self.committed[int(one)] = _epoch(datetime.fromisoformat(when))
            blocks = {int(n): (int(rel), int(blk)) for n, rel, blk in BLOCK.findall(rest)}
            record = Record(lsn, int(xid), kind.split("+")[0], blocks[0][0] if 0 in blocks else None)
            if manager in ("Heap", "Heap2") and 0 in blocks and (off := OFFSET.search(rest)):
                new = NEW.search(rest)
                record.block, record.line = blocks.get(1, blocks[0])[1], int(off[1])
                if new:
                    record.after = (blocks[0][1], int(new[1]))
            self.records.append(record)

    def _read(self, segments: list[Path]) -> None:
        """One stream of bytes, with the position at which each page's share of it begins."""
        parts, self._pages, length = [], [], 0
        for path in segments:
            base = (int(path.name[8:16], 16) << 32) + int(path.name[16:], 16) * SEGMENT
            content = path.read_bytes()
            for at in range(0, len(content), PAGE):
                header = 40 if at == 0 else 24
                lsn = base + at
                if lsn + PAGE <= self.start or not content[at : at + 2].strip(b"\0"):
                    continue
                if int.from_bytes(content[at + 8 : at + 16], "little") != lsn:
                    continue  # left over from an earlier use of the file
                self._pages.append((length, lsn + header))
                parts.append(content[at + header : at + PAGE])
                length += PAGE - header
        self.stream = b"".join(parts)

    def record_at(self, place: int) -> Record:
        """The record that a place of the stream belongs to."""
        index = _before(self._pages, (place, 1 << 62))
        start, lsn = self._pages[index]
        found = _before(self._starts, lsn + place - start)
        return self.records[max(found, 0)]


def _before(sorted_list: list, value) -> int:
    from bisect import bisect_right

    return bisect_right(sorted_list, value) - 1


def _lsn(text: str) -> int:
    high, low = text.split("/")
    return (int(high, 16) << 32) + int(low, 16)


# --- SQLite --------------------------------------------------------------------------------------------


def sqlite_tables(path: Path) -> dict[str, Table]:
    """Every table with its rowids."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    connection.row_factory = sqlite3.Row
    try:
        found = {}
        listed = "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        for name, sql in [tuple(row) for row in connection.execute(listed)]:
            hidden = "" if "WITHOUT ROWID" in (sql or "").upper() else "rowid AS sys_rowid, "
            try:
                rows = [dict(row) for row in connection.execute(f'SELECT {hidden}* FROM "{name}"')]
            except sqlite3.OperationalError:  # a virtual table's shadow
                continue
            leads = {
                row["from"]: (row["table"], row["to"] or "id")
                for row in connection.execute(f'PRAGMA foreign_key_list("{name}")')
            }
            read = []
            for order, values in enumerate(rows):
                rowid = values.pop("sys_rowid", None)
                place = {f"{name} rowid": float(rowid)} if rowid is not None else {f"{name} order": float(order)}
                read.append(Row(name, values, place | _numbers(name, values), rowid=rowid))
            found[name] = Table(name, read, leads)
        return found
    finally:
        connection.close()


def sqlite_roots(path: Path) -> dict[str, int]:
    """The page at which each table begins."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    try:
        return dict(connection.execute("SELECT name, rootpage FROM sqlite_master WHERE type = 'table'"))
    finally:
        connection.close()


def sqlite_files(path: Path) -> dict[str, bytes]:
    """The database, its log and its journal as they lie there."""
    return {p.name: p.read_bytes() for p in sorted(path.parent.glob(path.name + "*")) if p.is_file()}
