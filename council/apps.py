from django.apps import AppConfig


class CouncilConfig(AppConfig):
    name = "council"
    label = "council"
    verbose_name = "Hội đồng"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from django.utils.module_loading import autodiscover_modules

        from council import celery, checks  # noqa: F401  (registers)
        from council.accounts import signals  # noqa: F401

        autodiscover_modules("jobs")
