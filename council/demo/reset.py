"""Empty a demonstration database. The record's guard is lifted for this act alone."""

import importlib

from django.core.management import call_command
from django.db import connection

guard = importlib.import_module("council.migrations.0002_guard_the_record")


def empty_database() -> None:
    """Delete every row; refused by the caller when a real council stands in the database."""
    sqlite = connection.vendor == "sqlite"
    if sqlite:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER IF EXISTS audit_no_delete")
    call_command("flush", interactive=False, verbosity=0)
    if sqlite:
        with connection.cursor() as cursor:
            cursor.execute(guard.SQLITE[1])
