"""Opinion polls in JSON: the same verbs, the same refusals, the same second factor as on the pages."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from council import second_factor
from council.accounts import tokens
from tests import builders
from tests.voting.opinions import answer, at, prepared, sent
from voting.models import Poll, Vote
from voting.opinions import services

pytestmark = pytest.mark.django_db


def signed_in(user, *, stepped_up=True):
    client = APIClient()
    client.force_login(user)
    if stepped_up:
        second_factor.grant(user=user, session_key=client.session.session_key, scope=second_factor.OFFICE)
    return client


@pytest.fixture
def desk(office):
    return signed_in(office)


@pytest.fixture
def tablet(delegate):
    return signed_in(delegate.user, stepped_up=False)


def url(poll=None, verb=""):
    return "/api/v1/opinions" + (f"/{poll.public_id}" if poll else "") + (f"/{verb}" if verb else "")


def post(client, poll, verb, **body):
    return client.post(url(poll, verb), body, format="json")


def test_the_office_runs_one_from_the_question_to_the_result(desk, tablet, council, delegates):
    made = desk.post(
        url(),
        {
            "body": str(builders.plenary(council).public_id),
            "question": "Cho ý kiến về dự toán",
            "closes_at": (timezone.now() + timedelta(days=5)).isoformat(),
        },
        format="json",
    )
    poll = Poll.objects.get(public_id=made.data["id"])
    assert (made.status_code, made.data["state"], made.data["rule"]) == (201, "draft", "majority_of_all")
    assert tablet.get(url(poll)).status_code == 404

    assert post(desk, poll, "send").data["state"] == "open"
    said = post(tablet, poll, "answers", choice="other", text="Chỉ 8 tỷ.", key=str(uuid.uuid4()))
    assert (said.status_code, said.data["number"]) == (200, 1)
    assert tablet.get(url(poll, "my-answer")).data["text"] == "Chỉ 8 tỷ."
    entered = post(desk, poll, "paper-answers", delegate=str(delegates[1].public_id), choice="for", reason="Phiếu giấy")
    assert (entered.status_code, entered.data["answered"], entered.data["total"]) == (201, 2, 5)
    assert post(desk, poll, "remind").data == {"missing": 3}
    later = (poll.closes_at + timedelta(days=1)).isoformat()
    assert post(desk, poll, "extend", closes_at=later, reason="Chờ").data["extensions"][0]["reason"] == "Chờ"
    assert post(desk, poll, "close").status_code == 422
    assert post(desk, poll, "close", reason="Đã rõ").data["state"] == "closed"
    assert post(desk, poll, "publish").data["state"] == "declared"

    result = tablet.get(url(poll, "result")).data
    assert (result["passed"], result["answered"], result["written"][0]["text"]) == (False, 2, "Chỉ 8 tỷ.")


def test_2_the_desks_acts_need_the_second_factor(office, council, delegates):
    """Security 2."""
    poll = sent(council, office)

    assert post(signed_in(office, stepped_up=False), poll, "remind").status_code == 403
    assert post(signed_in(office), poll, "remind").status_code == 200


def test_a_program_prepares_and_reads_and_neither_sends_nor_answers(office, council, delegates):
    _token, secret = tokens.issue_token(user=office, name="Phần mềm", days=30, council=council)
    program = APIClient()
    program.credentials(HTTP_AUTHORIZATION=f"Token {secret}")
    asked = {
        "body": str(builders.plenary(council).public_id),
        "question": "Cho ý kiến về dự toán",
        "closes_at": (timezone.now() + timedelta(days=5)).isoformat(),
    }

    made = program.post(url(), asked, format="json")

    poll = Poll.objects.get(public_id=made.data["id"])
    assert program.get(url(poll)).status_code == 200
    assert post(program, poll, "send").status_code == 403
    assert post(program, poll, "paper-answers").status_code == 403
    poll.refresh_from_db()
    assert poll.state == "draft"


@pytest.mark.parametrize("verb", ["send", "remind", "extend", "close", "publish", "cancel", "paper-answers"])
def test_a_delegate_runs_nothing(tablet, office, council, delegates, verb):
    assert post(tablet, sent(council, office), verb, reason="x").status_code in (403, 404)
    assert Poll.objects.get().state == "open"


def test_37_after_the_deadline_an_answer_is_409_with_words(tablet, office, council, delegates):
    """Security 37."""
    poll = sent(council, office, hours=1)

    with at(poll.closes_at):
        said = post(tablet, poll, "answers", choice="for", key=str(uuid.uuid4()))

    assert (said.status_code, said.data["code"]) == (409, "closed")
    assert not Vote.objects.exists()


def test_a_field_that_nobody_knows_is_refused(tablet, office, council, delegates):
    said = post(tablet, sent(council, office), "answers", choice="for", key=str(uuid.uuid4()), delegate=2)

    assert said.status_code == 400
    assert not Vote.objects.exists()


def test_each_sees_the_list_of_what_concerns_them(desk, tablet, office, council, delegates):
    prepared(council, office)
    poll = sent(council, office)
    board = sent(council, office, body=board_with(council, delegates[1]))

    mine = [line["id"] for line in tablet.get(url()).data["results"]]
    served = [line["id"] for line in desk.get(url()).data["results"]]

    assert mine == [str(poll.public_id)]
    assert len(served) == 3 and str(board.public_id) in served


def board_with(council, delegate):
    from council.models import Membership

    board = builders.board(council)
    Membership.objects.create(body=board, user=delegate.user, delegate=delegate, starts_on=builders.TERM_START)
    return board


def test_the_general_verbs_of_polls_refuse_it(desk, office, council, delegates):
    poll = sent(council, office)

    for verb in ("close", "declare", "cancel", "open"):
        assert desk.post(f"/api/v1/polls/{poll.public_id}/{verb}", {"reason": "x"} if verb == "cancel" else {}, format="json").status_code == 403  # fmt: skip


def test_progress_tells_who_is_missing_and_never_what_was_answered(desk, office, council, delegates):
    poll = sent(council, office)
    answer(poll, delegates[0], "other", "Chữ của tôi")

    said = desk.get(url(poll, "progress"))

    assert said.data["missing"] == [d.full_name for d in delegates[1:]]
    assert "Chữ của tôi" not in said.content.decode()
    services.cancel_opinion(poll=poll, reason="x", by=office)


def test_a_secret_one_is_prepared_and_its_progress_tells_who_holds_no_ballot(desk, council, delegates):
    made = desk.post(
        url(),
        {
            "body": str(builders.plenary(council).public_id),
            "question": "Cho ý kiến về nhân sự",
            "secrecy": "server",
            "casting_from": (timezone.now() + timedelta(days=2)).isoformat(),
            "closes_at": (timezone.now() + timedelta(days=5)).isoformat(),
        },
        format="json",
    )
    poll = Poll.objects.get(public_id=made.data["id"])
    post(desk, poll, "send")

    said = desk.get(url(poll, "progress")).data

    assert (made.status_code, made.data["secrecy"]) == (201, "server")
    assert (said["answered"], said["total"], len(said["missing"])) == (0, 5, 5)
