"""Entries get two halves and a session's chain its key. The table may have been made anew: guard it again."""

import importlib

from django.db import migrations, models

guard = importlib.import_module("council.migrations.0002_guard_the_record")


def guard_again(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for statement in guard.SQLITE:
            schema_editor.execute(statement.replace("CREATE TRIGGER", "CREATE TRIGGER IF NOT EXISTS"))


class Migration(migrations.Migration):
    dependencies = [("council", "0004_add_room_turnouts")]
    operations = [
        migrations.AddField("auditchain", "public_key", models.CharField(blank=True, max_length=87)),
        migrations.AddField("auditchain", "sealed_key", models.TextField(blank=True)),
        migrations.AddField("auditentry", "public", models.JSONField(null=True)),
        migrations.AddField("auditentry", "seed", models.CharField(db_default="", max_length=32)),
        migrations.RunPython(guard_again, migrations.RunPython.noop),
    ]
