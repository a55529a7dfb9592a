"""The record: append-only, hash-chained, one chain per session and one for the rest."""

import importlib

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from council import audit
from council.models import AuditChain, AuditEntry

guard = importlib.import_module("council.migrations.0002_guard_the_record")


def fill(council, office, count=10):
    for number in range(count):
        audit.record(office, "council.tested", council, data={"number": number})
    return AuditChain.objects.get(key=audit.council_chain(council))


def tamper(sql, *params):
    """Change the record as somebody with the database in hand would: without the guard."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER audit_no_update")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no pending foreign keys while the table is altered
            cursor.execute("ALTER TABLE council_auditentry DISABLE TRIGGER audit_no_update_or_delete")
        cursor.execute(sql, params)
        if connection.vendor == "sqlite":
            cursor.execute(guard.SQLITE[0])
        else:
            cursor.execute("ALTER TABLE council_auditentry ENABLE TRIGGER audit_no_update_or_delete")


def test_an_untouched_chain_holds(council, office):
    chain = fill(council, office)

    assert audit.first_bad_entry(chain) is None
    assert chain.seq == 10


def test_a_changed_line_is_named(council, office):
    chain = fill(council, office)

    tamper("UPDATE council_auditentry SET event = 'council.forged' WHERE chain_id = %s AND seq = 4", chain.pk)

    assert audit.first_bad_entry(chain) == (4, "its content does not match its hash")
    with pytest.raises(CommandError):
        call_command("verify_audit")


def test_a_deleted_line_is_named(council, office):
    chain = fill(council, office)

    tamper("DELETE FROM council_auditentry WHERE chain_id = %s AND seq = 7", chain.pk)

    assert audit.first_bad_entry(chain) == (7, "entry 7 is missing")


def test_a_line_cut_off_the_end_is_named(council, office):
    chain = fill(council, office)

    tamper("DELETE FROM council_auditentry WHERE chain_id = %s AND seq = 10", chain.pk)

    assert audit.first_bad_entry(chain)[0] == 10


def test_reordered_lines_are_named(council, office):
    chain = fill(council, office)

    tamper("UPDATE council_auditentry SET seq = seq + 100 WHERE chain_id = %s AND seq = 3", chain.pk)
    tamper("UPDATE council_auditentry SET seq = 3 WHERE chain_id = %s AND seq = 4", chain.pk)
    tamper("UPDATE council_auditentry SET seq = 4 WHERE chain_id = %s AND seq = 103", chain.pk)

    assert audit.first_bad_entry(chain)[0] == 3


def test_the_database_refuses_to_change_a_line(council, office):
    fill(council, office, 1)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEntry.objects.update(event="council.forged")


def test_the_database_refuses_to_delete_a_line(council, office):
    fill(council, office, 1)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(guard.SQLITE[1])

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEntry.objects.all().delete()


def test_each_session_has_a_chain_of_its_own(council, office, council_session):
    fill(council, office, 2)

    entry = audit.record(office, "sessions.tested", council_session, chain=council_session.chain_key)

    assert entry.seq == 1
    assert entry.previous == ""
