"""What could not be done is told in words and by its status, a full disk too, and nothing of it is kept."""

import errno
from contextlib import contextmanager

import psycopg
import pytest
from django.db import OperationalError, connection
from django.urls import reverse

from council.errors import BadInput, NoRoom, NotAllowed, WrongState, as_refusal
from voters.models import Petition

only_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="the file of SQLite")
WORDS = "Ổ đĩa của máy chủ đã đầy nên việc này chưa được ghi"


def said_by(cause: Exception) -> OperationalError:
    """A fault as Django hands it on: its own kind, the driver's as the cause."""
    fault = OperationalError(str(cause))
    fault.__cause__ = cause
    return fault


@contextmanager
def full_disk():
    """The database's file may not grow by a page."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        pages = cursor.fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        yield
        cursor.execute("PRAGMA max_page_count = 1073741823")


@pytest.mark.parametrize(
    ("kind", "status"), [(NotAllowed, 403), (WrongState, 409), (BadInput, 422), (NoRoom, 507)]
)
def test_a_refusal_has_its_status(kind, status):
    assert as_refusal(kind("Vì sao")).status == status


@pytest.mark.parametrize(
    "fault",
    [said_by(psycopg.errors.DiskFull("could not extend file")), OSError(errno.ENOSPC, "No space left on device")],
    ids=["PostgreSQL", "a file"],
)
def test_63_a_full_disk_is_a_refusal_wherever_it_shows(fault):
    assert as_refusal(fault).message.startswith(WORDS)


@pytest.mark.parametrize(
    "fault", [said_by(psycopg.errors.AdminShutdown("terminating connection")), OSError(errno.EIO, "I/O"), KeyError("a")]
)
def test_other_faults_are_no_refusal(fault):
    assert as_refusal(fault) is None


@only_sqlite
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["page", "script", "api"])
def test_63_a_full_database_is_told_in_words_and_keeps_all_that_it_had_said_to_keep(client, council, office, way):
    client.force_login(office)
    values = {
        "place": "Xã Châu Sơn", "voters": "Cử tri", "field": "roads", "received_on": "2026-10-23", "text": "Đường. " * 500,
        "authority_level": "province", "phase": "before",
    }  # fmt: skip

    def bring():
        if way == "api":
            return client.post("/api/v1/office/petitions", values, content_type="application/json")
        return client.post(
            reverse("voters:new_petition"), values, headers={"accept": "application/json" if way == "script" else "text/html"}
        )

    taken = 0
    with full_disk():
        while (answer := bring()).status_code in (201, 302):
            taken += 1
            assert taken < 200

    assert answer.status_code == 507
    assert WORDS in (answer.json()["error"] if way == "script" else answer.content.decode())
    assert Petition.objects.count() == taken
    assert bring().status_code in (201, 302)  # there is room again
    assert Petition.objects.count() == taken + 1
