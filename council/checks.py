"""Start-up checks: production refuses what only a demonstration may have (security 6)."""

from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

REFUSAL = (
    "Demonstration accounts exist, and their passwords are known to everybody. "
    "Remove them (start with an empty database), or set DEMO=1 for a demonstration."
)
STATEMENT_MS = 5000  # milliseconds


@register(Tags.database)
def no_demo_accounts(app_configs, databases, **kwargs):
    """`manage.py check --database default` and `migrate` refuse too."""
    if not databases or not _is_production() or not _demo_accounts_exist():
        return []
    return [Error(REFUSAL, id="council.E001")]


def refuse_demo_accounts() -> None:
    """Stop a web process of a production installation that holds demonstration accounts.

    Called when the ASGI or WSGI application is made. The question is asked in a thread of its own,
    because an ASGI server imports the application inside its event loop.
    """
    if not _is_production():
        return
    with ThreadPoolExecutor(max_workers=1) as thread:
        if thread.submit(_ask_and_hang_up).result():
            raise ImproperlyConfigured(REFUSAL)


def limit_statements() -> None:
    """Have PostgreSQL end any statement of this web process after five seconds (security 87).

    Called before the first connection. The relay and the commands may take longer.
    """
    if connection.vendor == "postgresql":
        connection.settings_dict["OPTIONS"]["options"] += f" -c statement_timeout={STATEMENT_MS}"


def _is_production() -> bool:
    return not (settings.DEBUG or settings.DEMO or settings.TESTING)


def _ask_and_hang_up() -> bool:
    try:
        return _demo_accounts_exist()
    finally:
        connection.close()


def _demo_accounts_exist() -> bool:
    from council.models import User

    try:
        return User.objects.filter(is_demo=True).exists()
    except DatabaseError:  # no tables yet, or no database to ask: migrations and health checks tell
        return False
