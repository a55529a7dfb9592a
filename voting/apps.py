from django.apps import AppConfig


class VotingConfig(AppConfig):
    name = "voting"
    label = "voting"
    verbose_name = "Biểu quyết"
    default_auto_field = "django.db.models.BigAutoField"
