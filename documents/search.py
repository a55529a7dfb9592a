"""Search in resolutions: one `fold()` for index and query, with or without marks.

SQLite keeps an FTS5 index beside the table, PostgreSQL a GIN index on the table; triggers and the
database keep them in step, so that no caller can forget. `install` lays them (migration
0003); a migration that rebuilds the table on SQLite must call it again.
"""

from django.db import connection
from django.db.models.expressions import RawSQL

from council.text import fold

MAX_WORDS = 12

_SQLITE = """
CREATE VIRTUAL TABLE IF NOT EXISTS documents_resolution_search
    USING fts5(search_text, content='documents_resolution', content_rowid='id', tokenize='unicode61');
CREATE TRIGGER IF NOT EXISTS resolution_search_insert AFTER INSERT ON documents_resolution BEGIN
    INSERT INTO documents_resolution_search(rowid, search_text) VALUES (new.id, new.search_text);
END;
CREATE TRIGGER IF NOT EXISTS resolution_search_delete AFTER DELETE ON documents_resolution BEGIN
    INSERT INTO documents_resolution_search(documents_resolution_search, rowid, search_text)
        VALUES ('delete', old.id, old.search_text);
END;
CREATE TRIGGER IF NOT EXISTS resolution_search_update AFTER UPDATE OF search_text ON documents_resolution BEGIN
    INSERT INTO documents_resolution_search(documents_resolution_search, rowid, search_text)
        VALUES ('delete', old.id, old.search_text);
    INSERT INTO documents_resolution_search(rowid, search_text) VALUES (new.id, new.search_text);
END;
INSERT INTO documents_resolution_search(documents_resolution_search) VALUES ('rebuild');
"""
_POSTGRESQL = """
CREATE INDEX IF NOT EXISTS resolution_search ON documents_resolution
    USING gin (to_tsvector('simple', search_text));
"""


def install(schema_editor) -> None:
    """Lay the index for the database at hand; laying it twice is harmless."""
    connection_ = schema_editor.connection
    script = _SQLITE if connection_.vendor == "sqlite" else _POSTGRESQL
    for statement in _statements(script):
        schema_editor.execute(statement, params=None)


def _statements(script: str) -> list[str]:
    """Split a script into statements; a trigger's own semicolons stay inside it."""
    statements, current = [], ""
    for line in script.strip().splitlines():
        current += line + "\n"
        in_trigger = "CREATE TRIGGER" in current and not line.startswith("END;")
        if line.rstrip().endswith(";") and not in_trigger:
            statements.append(current.strip().rstrip(";") if "TRIGGER" not in current else current.strip())
            current = ""
    return statements


def index_text(*parts: str) -> str:
    """What is stored in `search_text`: all parts folded, one space between."""
    return fold(" ".join(parts))


def search(resolutions, words: str):
    """The rows of a queryset whose text holds every word; the last word may be a beginning.

    What is written without a space belongs together: "15/2026/NQ-HĐND" finds this number and not any
    text with the same figures. "nong nghiep" finds "nông nghiệp" and "Nông nghiệp". Without a word to
    look for, all rows.
    """
    wanted = [phrase for chunk in words.split() if (phrase := fold(chunk))][:MAX_WORDS]
    if not wanted:
        return resolutions
    if connection.vendor == "sqlite":
        asked = " ".join(f'"{phrase}"' for phrase in wanted) + "*"
        found = RawSQL(
            "SELECT rowid FROM documents_resolution_search WHERE documents_resolution_search MATCH %s", [asked]
        )
    else:
        asked = " & ".join(f"({phrase.replace(' ', ' <-> ')})" for phrase in wanted)
        found = RawSQL(
            "SELECT id FROM documents_resolution WHERE to_tsvector('simple', search_text) @@ to_tsquery('simple', %s)",
            [f"{asked[:-1]}:*)"],
        )
    return resolutions.filter(pk__in=found)
