"""The database role that alone touches the open box, where the operator sets one (BALLOT_DATABASE_URL)."""

from django.conf import settings
from django.db import connections
from django.db.models.signals import post_migrate
from django.dispatch import receiver

from voting.secret.models import SealedBallot


class OneSchema:
    """The role shares the schema of the main one: nothing is migrated through it."""

    def allow_migrate(self, db, app_label, **hints):
        return False if db == "ballots" else None


@receiver(post_migrate, dispatch_uid="voting.secret.roles")
def grant_the_box(sender, using, **kwargs):
    """After every migration: the box's role may read, write and empty the box, and nothing else."""
    if sender.name == "voting" and using == "default" and "ballots" in settings.DATABASES:
        grant_to(settings.DATABASES["ballots"]["USER"])


def grant_to(user: str) -> None:
    connection = connections["default"]
    role = connection.ops.quote_name(user)
    table = connection.ops.quote_name(SealedBallot._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT SELECT, INSERT, DELETE, TRUNCATE ON {table} TO {role}")
