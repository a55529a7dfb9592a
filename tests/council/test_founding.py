"""An empty installation begins with one council and one person."""

import io
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from council.errors import BadInput
from council.founding import found_council
from council.models import AuditEntry, Council, User
from council.permissions import roles_of

GIVEN = {
    "name": "Hội đồng nhân dân xã Châu Sơn",
    "short_name": "HĐND xã Châu Sơn",
    "place": "Châu Sơn",
    "level": "commune",
    "term_number": "XIX",
    "term_starts_on": "2026-03-26",
    "username": "van-thu",
    "full_name": "Lê Thị Văn Thư",
    "email": "van-thu@example.vn",
}
PASSWORD = "mot mat khau du dai 2026"


@pytest.fixture
def typed(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))


def test_the_first_person_can_sign_in_and_is_administrator_and_office(db, client, typed):
    call_command("set_up_council", stdout=io.StringIO(), **GIVEN)

    council, person = Council.objects.get(), User.objects.get()
    assert roles_of(person, council) == {"administrator", "office"}
    assert person.check_password(PASSWORD)
    assert council.terms.get().number == "XIX"
    assert council.bodies.get().kind == "plenary"
    assert AuditEntry.objects.filter(event="council.founded").count() == 1


def test_a_weak_password_makes_nothing(db):
    with pytest.raises(BadInput):
        found_council(**GIVEN | {"term_starts_on": date(2026, 3, 26)}, password="12345678")

    assert not Council.objects.exists()
    assert not User.objects.exists()


def test_the_same_council_is_not_founded_twice(db):
    given = GIVEN | {"term_starts_on": date(2026, 3, 26)}
    found_council(**given, password=PASSWORD)

    with pytest.raises(BadInput):
        found_council(**given | {"username": "nguoi-khac"}, password=PASSWORD)

    assert Council.objects.count() == 1


def test_a_date_that_is_none_is_refused_in_words(db, typed):
    with pytest.raises(CommandError, match="2026-03-26"):
        call_command("set_up_council", **GIVEN | {"term_starts_on": "26/3/2026"})
