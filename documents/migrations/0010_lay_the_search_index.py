"""Lay the index of papers for the database at hand, and ask for the papers that are there already."""

from django.db import migrations
from django.utils import timezone

from documents import finding


def lay(apps, schema_editor):
    finding.install(schema_editor)


def ask(apps, schema_editor):
    if apps.get_model("documents", "Document").objects.exists():
        apps.get_model("council", "Job").objects.get_or_create(
            key="documents.rebuild_search",
            defaults={
                "kind": "documents.rebuild_search", "title": "Lập lại chỉ mục tìm kiếm", "run_at": timezone.now(),
            },
        )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("documents", "0009_search_papers"), ("council", "0006_add_api_tokens")]
    operations = [
        migrations.RunPython(lay, migrations.RunPython.noop),
        migrations.RunPython(ask, migrations.RunPython.noop),
    ]
