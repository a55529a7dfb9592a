from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "documents"
    label = "documents"
    verbose_name = "Tài liệu"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from documents import finding, notes, offline, pipeline  # noqa: F401  (registers)

        pipeline.register_after(finding.index_version)
        pipeline.register_changed(finding.index_version)
