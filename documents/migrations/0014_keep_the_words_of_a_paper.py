"""PostgreSQL keeps the set of a paper's words beside its row, so that a common word need not be looked up page by page."""

from django.db import migrations

from documents import finding


def lay(apps, schema_editor):
    """What is laid already stays; papers without their words get them."""
    finding.install(schema_editor)


class Migration(migrations.Migration):
    dependencies = [("documents", "0013_search_by_session")]
    operations = [migrations.RunPython(lay, migrations.RunPython.noop)]
