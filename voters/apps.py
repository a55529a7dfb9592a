from django.apps import AppConfig


class VotersConfig(AppConfig):
    name = "voters"
    label = "voters"
    verbose_name = "Cử tri"
    default_auto_field = "django.db.models.BigAutoField"
