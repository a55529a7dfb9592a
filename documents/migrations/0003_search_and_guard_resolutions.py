"""Resolutions are found by words, and a numbered text is not changed any more (security 50)."""

from django.db import migrations

from documents import search

GUARDED = ["kind", "title", "text", "series", "number", "symbol", "slug", "adopted_on", "term_id", "adoption"]

SQLITE = [
    f"""CREATE TRIGGER resolution_is_immutable BEFORE UPDATE OF {", ".join(GUARDED)} ON documents_resolution
        WHEN OLD.state <> 'draft' AND ({" OR ".join(f"OLD.{c} IS NOT NEW.{c}" for c in GUARDED)})
        BEGIN SELECT RAISE(ABORT, 'a numbered resolution is not changed'); END""",
]
POSTGRESQL = [
    f"""CREATE FUNCTION resolution_is_immutable() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
          IF OLD.state <> 'draft' AND ({" OR ".join(f"OLD.{c} IS DISTINCT FROM NEW.{c}" for c in GUARDED)}) THEN
            RAISE EXCEPTION 'a numbered resolution is not changed';
          END IF;
          RETURN NEW;
        END $$""",
    """CREATE TRIGGER resolution_is_immutable BEFORE UPDATE ON documents_resolution
       FOR EACH ROW EXECUTE FUNCTION resolution_is_immutable()""",
]


def guard(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement, params=None)


def lay_index(apps, schema_editor):
    search.install(schema_editor)


class Migration(migrations.Migration):
    dependencies = [("documents", "0002_mark_versions_with_scripts")]
    operations = [
        migrations.RunPython(lay_index, migrations.RunPython.noop),
        migrations.RunPython(guard, migrations.RunPython.noop),
    ]
