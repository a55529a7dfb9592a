"""Everything that lies about after a vote: database, its files and logs, Redis, logs of the processes, other files."""

import base64
import re
from datetime import datetime
from pathlib import Path

from tests.attack.names import Names, Sightings
from tests.attack.rows import (
    PostgresAtRest,
    learn_from_rows,
    rows_as_sightings,
    sqlite_files,
    sqlite_roots,
    sqlite_tables,
)
from tests.attack.sqlite_pages import Pages

STAMP = re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?")


def of_postgres(place: PostgresAtRest, since: str, names: Names) -> Sightings:
    """Rows with their system columns, dead versions, the files of tables and indexes, the write-ahead log."""
    tables = place.tables()
    whose = learn_from_rows(tables, names)
    seen = rows_as_sightings(tables, whose, names)
    seen.add(place.dead_and_alive(tables, whose, names))
    for name, content in place.files().items():
        seen.in_bytes(f"file of {name}", content, names)
    seen.add(place.log_sightings(place.log(since), tables, whose, names))
    return seen


def of_sqlite(path: Path, names: Names) -> Sightings:
    """Rows with their rowids, and the bytes of the file, its free pages, its log and its journal."""
    tables = sqlite_tables(path)
    whose = learn_from_rows(tables, names)
    seen = rows_as_sightings(tables, whose, names)
    for name, content in sqlite_files(path).items():
        seen.in_bytes(f"file {name}", content, names)
    live = {(row.table, row.rowid): whose.get(id(row), set()) for t in tables.values() for row in t.rows}
    for table, rowid, payload, commit in Pages(path).written(sqlite_roots(path)):
        subjects = names.whom(payload) | live.get((table, rowid), set())
        if len(subjects) == 1:
            seen.note(f"log writes {table}", "commit", next(iter(subjects)), commit)
    return seen


def of_files(paths, names: Names) -> Sightings:
    """Logs and other files: the place of each name, and the time that its line bears, of all logs together."""
    seen = Sightings()
    for path in paths:
        content = path.read_bytes()
        seen.in_bytes(f"file {path.name}", content, names)
        for line in content.split(b"\n"):
            found = names.find(line)
            if found and (moment := _time_of(line)):
                for _place, subject in found:
                    seen.note("lines of logs", "time", subject, moment)
    return seen


def _time_of(line: bytes) -> float | None:
    if not (found := STAMP.search(line)):
        return None
    return datetime.fromisoformat(found[0].decode().replace(",", ".")).astimezone().timestamp()


def redis_keys(client) -> dict[bytes, bytes]:
    """Every key with what lies under it, cache and waiting messages alike."""
    return {key: client.dump(key) or b"" for key in client.scan_iter(count=1000)}


def of_redis(client, names: Names) -> Sightings:
    """Keys, values, how long they live yet and how long nobody asked for them."""
    seen = Sightings()
    for order, (key, value) in enumerate(redis_keys(client).items()):
        for place, subject in names.find(key + b"\0" + value):
            seen.note("redis", "scan", subject, order)
            seen.note("redis", "ttl", subject, client.pttl(key))
            seen.note("redis", "idle", subject, client.object("idletime", key))
            seen.note("redis within", key.decode("latin-1"), subject, place)
    return seen


def in_writing(secret: bytes) -> list[bytes]:
    """How a secret may be written: as it is, in hex, in base64 wherever it begins."""
    found = [secret, secret.hex().encode()]
    for shift in range(3):
        written = base64.b64encode(bytes(shift) + secret)
        inner = written[-(-8 * shift // 6) : len(written) - 4]  # what does not depend on the bytes around it
        found += [inner, inner.translate(bytes.maketrans(b"+/", b"-_"))]
    return [form for form in found if len(form) >= 8]


def leaks(contents: dict[str, bytes], secret: bytes) -> list[str]:
    """Where a secret stands in clear, in any usual writing."""
    forms = in_writing(secret)
    return [name for name, content in contents.items() if any(form in content for form in forms)]
