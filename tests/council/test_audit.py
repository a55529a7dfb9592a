"""The record: append-only, hash-chained, one chain per session and one for the rest."""

import base64
import importlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from council import audit, record_keys
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

    first = entry.chain.entries.get(seq=1)
    assert (first.event, first.previous) == ("council.record-begun", "")
    assert first.public["key"] == entry.chain.public_key  # named before anything is signed with it
    assert (entry.seq, entry.previous) == (2, first.hash)


def test_an_entry_of_the_first_format_still_holds(council, office):
    """Chains go on that were begun before the record was published."""
    chain = fill(council, office, 1)
    old = AuditEntry(
        chain=chain, seq=2, at=timezone.now(), actor="x", event="council.tested", previous=chain.head, seed=""
    )
    old.hash = audit.digest(old)
    old.save()
    AuditChain.objects.filter(pk=chain.pk).update(seq=2, head=old.hash)

    audit.record(office, "council.tested", council)

    chain.refresh_from_db()
    assert (chain.seq, audit.first_bad_entry(chain)) == (3, None)


def test_half_of_an_entry_may_be_left_out_and_the_chain_still_be_checked(council, office):
    """What is published of the record needs nothing of what stays in the house, only its digest."""
    entry = audit.record(office, "council.tested", council, data={"secret": "canary"}, public={"n": 1})
    opened, sealed = audit.open_half(entry), audit.sha256(audit.sealed_half(entry))

    shown = {"seq": entry.seq, "previous": entry.previous, "open": audit.sha256(opened), "sealed": sealed}
    assert audit.sha256(shown) == entry.hash
    assert "canary" not in str(opened) and office.get_username() not in str(opened)


def test_the_key_of_a_record_signs_the_same_every_time_and_lies_sealed(council, office, council_session):
    chain = audit.record(office, "sessions.tested", council_session, chain=council_session.chain_key).chain

    first, second = (record_keys.sign(chain, b"head") for _time in range(2))

    assert first == second != record_keys.sign(chain, b"other")
    point = base64.urlsafe_b64decode(chain.public_key + "=")
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    assert "PRIVATE" not in chain.sealed_key


def test_a_key_opens_with_an_earlier_secret_and_with_no_other(council, office, council_session, settings):
    chain = audit.record(office, "sessions.tested", council_session, chain=council_session.chain_key).chain
    signed = record_keys.sign(chain, b"head")

    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another secret of this house"
    assert record_keys.sign(chain, b"head") == signed
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(record_keys.LostKey):
        record_keys.sign(chain, b"head")
