"""Papers that came before the pipeline go through it now; what they were brought as is the PDF itself."""

from django.db import migrations
from django.db.models import F
from django.utils import timezone


def ask(apps, schema_editor):
    Version, Job = apps.get_model("documents", "Version"), apps.get_model("council", "Job")
    Version.objects.filter(source_sha256="").update(
        source_sha256=F("sha256"), source_size=F("size"), source_name=F("original_name")
    )
    ready = Version.objects.filter(state="ready").select_related("document")
    Job.objects.bulk_create(
        [
            Job(
                kind="documents.process_version", key=f"documents.process_version:{version.pk}",
                args={"version_id": version.pk}, council_id=version.document.council_id,
                title=f"Xử lý tài liệu: {version.document.title}"[:200], run_at=timezone.now(),
            )
            for version in ready.iterator()
        ],
        batch_size=500, ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [("documents", "0004_pages_and_steps"), ("council", "0006_add_api_tokens")]
    operations = [migrations.RunPython(ask, migrations.RunPython.noop)]
