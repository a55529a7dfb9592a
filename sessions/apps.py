from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "sessions"
    label = "council_sessions"
    verbose_name = "Kỳ họp"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from sessions import adoptions, arrivals, finding, guests, jobs, opinions, room  # noqa: F401  (register)
        from sessions.desk import register

        register()
        opinions.register()
