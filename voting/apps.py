from django.apps import AppConfig


class VotingConfig(AppConfig):
    name = "voting"
    label = "voting"
    verbose_name = "Biểu quyết"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from voting import jobs  # noqa: F401  (registers its handlers)
        from voting.secret import roles  # noqa: F401  (registers)
