"""Start-up checks: production refuses what only a demonstration may have (security 6), a database that forgets
what it said it had written (security 25), and one that notes when which ballot came (security 42)."""

from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, connections

REFUSAL = (
    "Demonstration accounts exist, and their passwords are known to everybody. "
    "Remove them (start with an empty database), or set DEMO=1 for a demonstration."
)
FORGETFUL = (
    "PostgreSQL runs with %s off, so it may forget a vote after saying that it is written. "
    "Turn it on (postgresql.conf, ALTER SYSTEM), then start again."
)
LASTING = ["fsync", "full_page_writes", "synchronous_commit"]
TELLING = (
    "PostgreSQL notes more of a secret vote than anybody may know: %s. "
    "Turn it off (postgresql.conf; ALTER ROLE … SET for the role of the ballots), then start again."
)
# What must not be on, for the role that writes ballots: times of commits, and statements in the log.
SILENT = {
    "track_commit_timestamp": {"off"},
    "log_statement": {"none", "ddl"},
    "log_min_duration_statement": {"-1"},
    "log_min_duration_sample": {"-1"},
}
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
        if thread.submit(_ask_and_hang_up, _demo_accounts_exist).result():
            raise ImproperlyConfigured(REFUSAL)


@register(Tags.database)
def lasting_writes(app_configs, databases, **kwargs):
    """`manage.py check --database default` and `migrate` refuse a forgetful PostgreSQL too."""
    if not databases or not _is_production() or not (off := _settings_off()):
        return []
    return [Error(FORGETFUL % ", ".join(off), id="council.E002")]


def refuse_forgetful_database() -> None:
    """Stop a web process of a production installation whose PostgreSQL does not keep what it commits.

    What this process's own connection is told counts: a pooler that drops its options shows up too.
    """
    if not _is_production():
        return
    with ThreadPoolExecutor(max_workers=1) as thread:
        if off := thread.submit(_ask_and_hang_up, _settings_off).result():
            raise ImproperlyConfigured(FORGETFUL % ", ".join(off))


@register(Tags.database)
def silent_database(app_configs, databases, **kwargs):
    """`manage.py check --database default` and `migrate` refuse a PostgreSQL that notes times or statements."""
    if not databases or not _is_production() or not (found := _noted()):
        return []
    return [Error(TELLING % ", ".join(found), id="council.E003")]


def refuse_telling_database() -> None:
    """Stop a web process of a production installation whose PostgreSQL notes when which ballot came."""
    if not _is_production():
        return
    with ThreadPoolExecutor(max_workers=1) as thread:
        if found := thread.submit(_ask_and_hang_up, _noted).result():
            raise ImproperlyConfigured(TELLING % ", ".join(found))


def telling(values: dict[str, str]) -> list[str]:
    """Which of PostgreSQL's settings ({name: value}) tell of a ballot, as "name=value"."""
    return sorted(
        f"{name}={values[name]}" for name, silent in SILENT.items() if values.get(name, "") not in silent | {""}
    )


def limit_statements() -> None:
    """Have PostgreSQL end any statement of this web process after five seconds (security 87).

    Called before the first connection. The relay and the commands may take longer.
    """
    if connection.vendor == "postgresql":
        connection.settings_dict["OPTIONS"]["options"] += f" -c statement_timeout={STATEMENT_MS}"


def _is_production() -> bool:
    return not (settings.DEBUG or settings.DEMO or settings.TESTING)


def _ask_and_hang_up(question):
    try:
        return question()
    finally:
        connection.close()


def _demo_accounts_exist() -> bool:
    from council.models import User

    try:
        return User.objects.filter(is_demo=True).exists()
    except DatabaseError:  # no tables yet, or no database to ask: migrations and health checks tell
        return False


def _settings_off() -> list[str]:
    if connection.vendor != "postgresql":
        return []
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT name FROM pg_settings WHERE name = ANY(%s) AND setting = 'off' ORDER BY 1", [LASTING]
            )
            return [name for (name,) in cursor.fetchall()]
    except DatabaseError:  # no database to ask: health checks tell
        return []


def _noted() -> list[str]:
    """What the connection of the ballots is told; their own role where there is one."""
    box = connections["ballots" if "ballots" in settings.DATABASES else "default"]
    if box.vendor != "postgresql":
        return []
    try:
        with box.cursor() as cursor:
            cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(SILENT)])
            return telling(dict(cursor.fetchall()))
    except DatabaseError:  # no database to ask: health checks tell
        return []
    finally:
        if box is not connection and not box.in_atomic_block:
            box.close()
