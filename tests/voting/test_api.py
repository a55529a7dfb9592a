"""The same verbs in JSON: who may, the second factor, refusals, and what is shown."""

import uuid

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from council import second_factor
from council.accounts import tokens
from council.models import RoleGrant
from tests import builders
from tests.voting.conftest import ROOM, may_run, vote
from voting import permissions, services
from voting.models import Poll, Vote

pytestmark = pytest.mark.django_db(transaction=True)  # the ballot box has a thread of its own


@pytest.fixture(autouse=True)
def hall_for_the_api(hall_desk, roll, council):
    """The hall prepares and opens its votes itself, as a sitting does."""

    def prepare(room, *, by, question, rule):
        return services.prepare_poll(
            council=council,
            body=builders.plenary(council),
            room=room,
            question=question,
            rule=rule,
            chain="session:1",
            by=by,
        )

    def open_poll(poll, *, by):
        return services.open_poll(poll=poll, roll=roll, by=by)

    permissions.register_desk("hall", may_run, prepare=prepare, open=open_poll)


def signed_in(user, *, stepped_up=False):
    client = APIClient()
    client.force_login(user)
    if stepped_up:
        second_factor.grant(user=user, session_key=client.session.session_key, scope=ROOM)
    return client


@pytest.fixture
def desk(chair, hall):
    return signed_in(chair, stepped_up=True)


@pytest.fixture
def tablet(delegate):
    return signed_in(delegate.user)


def post(client, poll, verb, body=None):
    return client.post(f"/api/v1/polls/{poll.public_id}/{verb}", body or {}, format="json")


def test_a_whole_vote_goes_through_the_api(desk, tablet, council, delegates, secretary):
    made = desk.post(
        "/api/v1/polls",
        {
            "room": ROOM,
            "question": "Thông qua chương trình kỳ họp",
        },
        format="json",
    )
    assert made.status_code == 201, made.json()
    poll = Poll.objects.get(public_id=made.json()["id"])
    assert (made.json()["state"], made.json()["turnout"], poll.chain) == ("draft", None, "session:1")

    opened = post(desk, poll, "open").json()
    assert opened["state"] == "open"
    assert opened["turnout"] == {"cast": 0, "present": 4, "entitled": 5}
    assert len(opened["roll_hash"]) == 64

    key = str(uuid.uuid4())
    said = post(tablet, poll, "ballots", {"choice": "for", "key": key})
    assert (said.status_code, said.json()["answer"], said.json()["number"]) == (200, "recorded", 1)

    clerk = signed_in(secretary, stepped_up=True)
    entered = post(
        clerk,
        poll,
        "entered-votes",
        {"delegate": delegates[1].public_id, "choice": "against", "reason": "Máy hỏng"},
    )
    assert entered.status_code == 201

    result = post(desk, poll, "close").json()["result"]
    five = [result[k] for k in ("votes_for", "votes_against", "votes_other", "silent", "absent")]
    assert (five, result["by_secretary"]) == ([1, 1, 0, 2, 1], 1)
    assert tablet.get(f"/api/v1/polls/{poll.public_id}/my-vote").json()["vote"]["choice"] == "for"
    named = tablet.get(f"/api/v1/polls/{poll.public_id}/votes").json()
    assert named["naming"] == "names"
    assert named["votes"][1]["by_secretary"] is True
    assert post(desk, poll, "declare").json()["state"] == "declared"


def test_the_desk_needs_the_second_factor_in_that_session(chair, open_poll):
    response = post(signed_in(chair), open_poll, "close")

    assert response.status_code == 403
    assert "lớp bảo vệ thứ hai" in response.json()["detail"]
    open_poll.refresh_from_db()
    assert open_poll.state == "open"


def test_a_bare_token_never_carries_the_desks_acts(council, chair, open_poll):
    RoleGrant.objects.create(council=council, user=chair, role="office", starts_on=timezone.localdate())
    _token, secret = tokens.issue_token(user=chair, name="Phần mềm", days=30, council=council)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {secret}")

    assert client.get(f"/api/v1/polls/{open_poll.public_id}").status_code == 200
    assert post(client, open_poll, "close").status_code == 403


@pytest.mark.parametrize("verb", ["open", "close", "declare", "cancel", "entered-votes"])
def test_a_delegate_may_not_act_as_the_desk(tablet, open_poll, delegates, verb):
    bodies = {
        "cancel": {"reason": "x"},
        "entered-votes": {
            "delegate": str(delegates[1].public_id),
            "choice": "for",
            "reason": "x",
        },
    }

    assert post(tablet, open_poll, verb, bodies.get(verb)).status_code == 403
    assert not Vote.objects.exists()


def test_31_who_comes_second_gets_409_and_the_current_state(desk, open_poll, chair):
    """Security 31."""
    services.cancel_poll(poll=open_poll, reason="Mở nhầm", by=chair)

    response = post(desk, open_poll, "close")

    assert response.status_code == 409
    assert response.json() == {"detail": "Biểu quyết này đã bị hủy.", "state": "cancelled"}


def test_26_the_same_key_with_another_choice_is_409(tablet, open_poll):
    """Security 26."""
    key = str(uuid.uuid4())
    post(tablet, open_poll, "ballots", {"choice": "for", "key": key})

    response = post(tablet, open_poll, "ballots", {"choice": "against", "key": key})

    assert (response.status_code, response.json()["code"]) == (409, "key_reused")


def test_an_unknown_field_is_refused(tablet, open_poll):
    response = post(tablet, open_poll, "ballots", {"choice": "for", "key": str(uuid.uuid4()), "delegate": 2})

    assert response.status_code == 400
    assert not Vote.objects.exists()


def test_polls_of_another_council_are_not_there(open_poll, other_council):
    stranger = builders.person(other_council, "chair", role="session_chair")
    client = signed_in(stranger, stepped_up=True)

    assert client.get(f"/api/v1/polls/{open_poll.public_id}").status_code == 404
    assert post(client, open_poll, "close").status_code == 404
    assert client.get("/api/v1/polls").json()["results"] == []


def test_a_member_sees_opened_polls_and_the_desk_drafts_too(tablet, desk, draft, roll, chair):
    assert tablet.get("/api/v1/polls").json()["count"] == 0
    assert tablet.get(f"/api/v1/polls/{draft.public_id}").status_code == 404
    assert desk.get("/api/v1/polls").json()["count"] == 1

    services.open_poll(poll=draft, roll=roll, by=chair)

    assert tablet.get("/api/v1/polls?state=open").json()["count"] == 1
    assert tablet.get("/api/v1/polls?state=closed").json()["count"] == 0


def test_nothing_of_a_choice_is_shown_while_the_vote_is_open(tablet, open_poll, delegates):
    vote(open_poll, delegates[1], "against")

    shown = tablet.get(f"/api/v1/polls/{open_poll.public_id}").json()

    assert shown["turnout"]["cast"] == 1
    assert shown["result"] is None
    assert tablet.get(f"/api/v1/polls/{open_poll.public_id}/votes").status_code == 404


def test_without_sign_in_there_is_nothing(open_poll):
    client = APIClient()

    assert client.get("/api/v1/polls").status_code in (401, 403)
    assert post(client, open_poll, "close").status_code in (401, 403)


def test_a_session_needs_the_csrf_token(chair, open_poll):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(chair)

    assert post(client, open_poll, "close").status_code == 403


def test_a_vote_prepared_over_the_api_hangs_on_the_sittings_current_item(
    sitting, council_session, chair, secretary, delegates
):
    from sessions import conduct
    from sessions.models import ItemPoll

    council_session.state = "convened"
    council_session.save()
    conduct.open_sitting(sitting=sitting, by=chair)
    conduct.mark_rest_present(sitting=sitting, by=secretary)
    item = council_session.items.get(number=2)
    conduct.go_to_item(sitting=sitting, item=item, by=chair)
    client = APIClient()
    client.force_login(chair)
    second_factor.grant(user=chair, session_key=client.session.session_key, scope=sitting.room)

    made = client.post("/api/v1/polls", {"room": sitting.room}, format="json").json()
    poll = Poll.objects.get(public_id=made["id"])

    assert ItemPoll.objects.get(poll=poll).item == item
    assert poll.chain == council_session.chain_key
    assert post(client, poll, "open").json()["turnout"]["present"] == 5
    entered = {"delegate": str(delegates[0].public_id), "choice": "for", "reason": "Máy hỏng"}
    assert post(client, poll, "entered-votes", entered).status_code == 403  # the secretary's act
