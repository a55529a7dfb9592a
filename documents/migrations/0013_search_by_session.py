"""A paper's session stands in its search row, so that a filter needs no other table."""

from django.db import migrations, models

from documents import finding


def lay(apps, schema_editor):
    """The new column made the table anew on SQLite, without its trigger."""
    finding.install(schema_editor)


class Migration(migrations.Migration):
    dependencies = [("documents", "0012_keep_notes")]
    operations = [
        migrations.AddField(
            model_name="papertext", name="place", field=models.CharField(blank=True, default="", max_length=40),
            preserve_default=False,
        ),
        migrations.RunPython(lay, migrations.RunPython.noop),
    ]
