"""The ballot over HTTP: JSON for tablets, a plain form without JavaScript; one's own vote; the names."""

import json
import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from council import regulations
from tests import builders
from tests.voting.conftest import vote
from voting import services
from voting.models import Poll, Vote

pytestmark = pytest.mark.django_db(transaction=True)  # the ballot box has a thread of its own


def url(poll, name="voting:cast"):
    return reverse(name, args=[poll.public_id])


def press(client, poll, choice="for", *, key=None, replaces=0, **extra):
    body = {"choice": choice, "key": str(key or uuid.uuid4()), "replaces": replaces} | extra
    return client.post(url(poll), json.dumps(body), content_type="application/json")


@pytest.fixture
def tablet(client, delegate):
    client.force_login(delegate.user)
    return client


def test_a_tablet_votes_by_json(tablet, open_poll):
    key = uuid.uuid4()

    response = press(tablet, open_poll, "for", key=key)

    assert response.status_code == 200
    said = response.json()
    assert said["vote"].pop("cast_at") and said["vote"].pop("salt") and said["vote"].pop("line")
    assert said == {
        "key": str(key),
        "answer": "recorded",
        "number": 1,
        "vote": {"choice": "for", "number": 1, "channel": "http"},
    }
    assert response["Cache-Control"] == "no-store"


def test_a_vote_after_the_close_is_refused_in_words(tablet, open_poll, chair):
    services.close_poll(poll=open_poll, by=chair)

    response = press(tablet, open_poll)

    assert response.status_code == 409
    assert response.json()["code"] == "closed"
    assert response.json()["words"] == "Biểu quyết đã kết thúc, phiếu này không được ghi."
    assert not Vote.objects.exists()


def test_26_the_same_key_over_http_after_the_socket_gets_the_same_answer(tablet, open_poll, delegate):
    """Security 26: the socket's answer was lost, the tablet sends again by the other way."""
    key = uuid.uuid4()
    vote(open_poll, delegate, "other", key=key)

    response = press(tablet, open_poll, "other", key=key)

    assert (response.status_code, response.json()["answer"]) == (200, "recorded")
    assert Vote.objects.get().channel == "socket"


def test_26_the_same_key_with_another_choice_is_409(tablet, open_poll):
    """Security 26."""
    key = uuid.uuid4()
    press(tablet, open_poll, "for", key=key)

    response = press(tablet, open_poll, "against", key=key)

    assert (response.status_code, response.json()["code"]) == (409, "key_reused")


def test_a_stale_choice_is_409_and_brings_the_current_vote(tablet, open_poll):
    press(tablet, open_poll, "for")

    response = press(tablet, open_poll, "against", replaces=0)

    assert response.status_code == 409
    assert response.json()["answer"] == "stale"
    assert response.json()["vote"]["choice"] == "for"


def test_a_plain_form_goes_back_to_its_page(tablet, open_poll):
    response = tablet.post(
        url(open_poll),
        {"choice": "for", "key": uuid.uuid4(), "replaces": 0, "next": "/hom-nay"},
    )

    assert (response.status_code, response["Location"]) == (303, "/hom-nay")
    assert Vote.objects.get().choice == "for"


def test_a_plain_form_never_leads_to_a_foreign_page(tablet, open_poll):
    response = tablet.post(url(open_poll), {"choice": "for", "next": "https://example.com/"})

    assert response.status_code == 200
    assert "example.com" not in response.content.decode()


def test_a_plain_form_that_is_refused_says_why_on_a_page(tablet, open_poll, delegate, chair):
    vote(open_poll, delegate, "against")
    services.close_poll(poll=open_poll, by=chair)

    response = tablet.post(url(open_poll), {"choice": "for", "next": "/hom-nay"})

    assert response.status_code == 409
    assert "Biểu quyết đã kết thúc" in response.content.decode()
    assert "được ghi là <strong>Không tán thành</strong>" in response.content.decode()


@pytest.mark.parametrize(
    "body",
    [
        " ",
        "[]",
        "{",
        '"for"',
        "[" * 3000,
        '{"choice": "for"}',
        '{"choice": "for", "key": "x"}',
        '{"choice": "for", "key": ""}',
        '{"choice": ["for"], "key": "8b1f0e5e-0f4b-4c8f-9c1c-2f5d6a7b8c9d"}',
        '{"choice": "for", "key": "8b1f0e5e-0f4b-4c8f-9c1c-2f5d6a7b8c9d", "replaces": -1}',
        '{"choice": "for", "key": "8b1f0e5e-0f4b-4c8f-9c1c-2f5d6a7b8c9d", "delegate": 2}',
        '{"choice": "for", "key": "8b1f0e5e-0f4b-4c8f-9c1c-2f5d6a7b8c9d", "at": "2020-01-01"}',
        '{"choice": "%s", "key": "8b1f0e5e-0f4b-4c8f-9c1c-2f5d6a7b8c9d"}' % ("x" * 20000),
    ],
)
def test_an_unfit_ballot_is_refused_and_nothing_counted(tablet, open_poll, body):
    """Security 37 among them: no client clock and no other delegate can be named."""
    response = tablet.post(url(open_poll), body, content_type="application/json")

    assert (response.status_code, response.json()["code"]) == (422, "unfit")
    assert not Vote.objects.exists()


def test_a_foreign_option_is_refused(tablet, open_poll):
    response = press(tablet, open_poll, "maybe")

    assert (response.status_code, response.json()["code"]) == (422, "unknown_option")


def test_an_absent_delegate_is_told_to_check_in(client, open_poll, delegates):
    client.force_login(delegates[4].user)

    response = press(client, open_poll)

    assert (response.status_code, response.json()["code"]) == (409, "absent")


def test_a_guest_is_refused_in_words(client, open_poll, council):
    client.force_login(builders.person(council, "guest", role="guest"))

    response = press(client, open_poll)

    assert (response.status_code, response.json()["code"]) == (403, "not_entitled")
    assert not Vote.objects.exists()


def test_a_person_of_another_council_finds_no_such_poll(client, open_poll, other_council):
    stranger = builders.delegate(other_council, 1)
    client.force_login(stranger.user)

    assert press(client, open_poll).status_code == 404
    assert client.post(url(open_poll), {"choice": "for"}).status_code == 404
    assert client.get(url(open_poll, "voting:mine")).status_code == 404
    assert client.get(url(open_poll, "voting:named")).status_code == 404


def test_a_draft_is_hidden_from_delegates(tablet, draft):
    assert press(tablet, draft).status_code == 404


def test_whoever_is_signed_out_is_told(client, open_poll):
    assert press(client, open_poll).status_code == 401
    assert client.post(url(open_poll), {"choice": "for"}).status_code == 302
    assert not Vote.objects.exists()


def test_a_ballot_without_a_csrf_token_is_refused(open_poll, delegate):
    client = Client(enforce_csrf_checks=True)
    client.force_login(delegate.user)

    assert press(client, open_poll).status_code == 403
    assert not Vote.objects.exists()


def test_a_ballot_is_never_cast_by_get(tablet, open_poll):
    assert tablet.get(url(open_poll)).status_code == 405


def test_34_a_delegate_sees_the_own_recorded_vote_before_the_chair_declares(tablet, open_poll, delegate, chair):
    """Security 34."""
    vote(open_poll, delegate, "against")
    services.close_poll(poll=open_poll, by=chair)

    said = tablet.get(url(open_poll, "voting:mine")).json()

    assert (said["state"], said["vote"]["choice"]) == ("closed", "against")


def test_34_nobody_sees_anothers_vote_before_the_close(tablet, open_poll, delegates):
    """Security 34: while the vote is open there is the own vote and the counter, nothing else."""
    vote(open_poll, delegates[1], "against")

    assert tablet.get(url(open_poll, "voting:mine")).json()["vote"] is None
    assert tablet.get(url(open_poll, "voting:named")).status_code == 404


def test_34_delegates_see_each_others_votes_after_the_close_as_the_setting_allows(
    tablet, draft, roll, delegates, chair, office, council
):
    """Security 34: names, seats or totals, by the setting frozen at opening."""
    regulations.set_value(
        council=council,
        key="naming_delegates",
        value="seats",
        valid_from=timezone.localdate(),
        legal_basis="Điều 21 Quy chế",
        by=office,
    )
    poll = services.open_poll(poll=draft, roll=roll, by=chair)
    vote(poll, delegates[1], "against")
    services.close_poll(poll=poll, by=chair)

    page = tablet.get(url(poll, "voting:named")).content.decode()

    assert "A02" in page
    assert "Đại biểu Số 2" not in page
    assert "Điều 21 Quy chế" in page


def test_the_public_sees_totals_only_after_the_chair_declared(client, open_poll, delegates, chair):
    vote(open_poll, delegates[0], "for")
    services.close_poll(poll=open_poll, by=chair)
    assert client.get(url(open_poll, "voting:named")).status_code == 404

    services.declare_result(poll=open_poll, by=chair)
    response = client.get(url(open_poll, "voting:named"))

    page = response.content.decode()
    assert response.status_code == 200
    assert "immutable" in response["Cache-Control"]
    assert "Không được thông qua" in page
    assert "Đại biểu Số 1" not in page and "A01" not in page


def test_the_result_of_a_room_that_is_not_public_stays_hidden(client, open_poll, chair):
    services.close_poll(poll=open_poll, by=chair)
    services.declare_result(poll=open_poll, by=chair)
    Poll.objects.update(room="hall:closed-door")

    assert client.get(url(open_poll, "voting:named")).status_code == 404


def test_the_desk_sees_the_names_and_what_the_secretary_entered(client, open_poll, delegates, chair, secretary):
    services.cast_by_secretary(
        poll=open_poll, delegate=delegates[0], choice="for", reason="Máy hết pin", by=secretary
    )
    services.close_poll(poll=open_poll, by=chair)
    client.force_login(chair)

    response = client.get(url(open_poll, "voting:named"))

    page = response.content.decode()
    assert "Đại biểu Số 1" in page
    assert "qua thư ký" in page and "Máy hết pin" in page
    assert response["Cache-Control"] == "no-store"


def test_a_cancelled_vote_has_no_named_result(client, open_poll, delegates, chair):
    vote(open_poll, delegates[0], "for")
    services.close_poll(poll=open_poll, by=chair)
    services.cancel_poll(poll=open_poll, reason="Nhầm văn bản", by=chair)
    client.force_login(chair)

    assert client.get(url(open_poll, "voting:named")).status_code == 404
