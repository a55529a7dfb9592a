from django.apps import AppConfig


class CouncilConfig(AppConfig):
    name = "council"
    label = "council"
    verbose_name = "Hội đồng"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from council import celery, checks, jobs  # noqa: F401  (registers)
