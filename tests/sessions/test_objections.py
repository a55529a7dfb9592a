"""A delegate whose vote is recorded wrongly says so; the chair answers; nothing is ever edited (security 34, 35)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from council import live, regulations
from council.errors import BadInput, NotAllowed, WrongState
from council.models import AuditEntry
from sessions import polls
from tests.sessions import hall
from tests.sessions.test_kinds_of_votes import text
from voting import objections
from voting import services as voting
from voting.models import Objection, Poll, Result, Vote

pytestmark = pytest.mark.django_db


@pytest.fixture
def running(sitting, secretary, delegates):
    return hall.run(sitting, secretary, present=delegates)


@pytest.fixture
def closed(running, chair, secretary, delegates):
    """A vote that has just ended; the first delegate's vote was entered by the secretary."""
    poll = hall.open_vote(running, chair)
    voting.cast_by_secretary(
        poll=poll, delegate=delegates[0], choice="against", reason="máy hỏng", by=secretary
    )
    voting.close_poll(poll=poll, by=chair)
    return Poll.objects.get(pk=poll.pk)


@pytest.fixture
def desk(running, chair):
    return hall.browser(chair, running)


def url(running, poll, name="object", *more):
    return reverse(f"sessions:{name}", args=[running.public_id, poll.public_id, *more])


def say(closed, delegate, words="Tôi nói tán thành"):
    return objections.object_to_record(poll=closed, delegate=delegate, words=words, by=delegate.user)


def set_seconds(council, seconds, office):
    regulations.set_value(
        council=council, key="objection_seconds", value=seconds, valid_from=timezone.localdate(),
        legal_basis="Quy chế làm việc", by=office,
    )  # fmt: skip


def on_desk(running) -> str:
    return text(" ".join(live.render(running.room, "desk").parts.values()))


# --- The delegate ---


def test_34_one_sees_the_own_record_and_objects_before_the_chair_declares(running, closed, delegates):
    browser = hall.browser(delegates[0].user)
    page = text(browser.get(url(running, closed)).content.decode())
    assert "Được ghi là Không tán thành" in page

    answer = browser.post(url(running, closed), {"words": "Tôi nói tán thành"})

    assert answer.status_code == 302
    assert "Chờ chủ tọa trả lời" in browser.get(url(running, closed)).content.decode()
    made = Objection.objects.get()
    assert (made.delegate, made.words, made.state) == (delegates[0], "Tôi nói tán thành", "open")


def test_the_tablet_sends_it_without_leaving_the_screen(running, closed, delegates):
    browser = hall.browser(delegates[0].user)
    answer = browser.post(url(running, closed), {"words": "Tôi nói tán thành"}, HTTP_ACCEPT="application/json")

    assert answer.json()["objection"]["state"] == "open"
    mine = browser.get(reverse("sessions:mine", args=[running.public_id])).json()
    assert mine["objection"]["words"] == "Tôi nói tán thành"
    other = hall.browser(delegates[1].user).get(reverse("sessions:mine", args=[running.public_id])).json()
    assert other["objection"] is None


def test_who_did_not_vote_may_object_too(closed, delegates):
    assert say(closed, delegates[3], "Tôi đã bấm tán thành").state == "open"


def test_nobody_objects_in_anothers_name(closed, delegates, secretary):
    with pytest.raises(NotAllowed):
        objections.object_to_record(poll=closed, delegate=delegates[0], words="x", by=delegates[1].user)
    with pytest.raises(NotAllowed):
        objections.object_to_record(poll=closed, delegate=delegates[0], words="x", by=secretary)


def test_a_stranger_to_the_sitting_is_told_nothing(running, closed, agency_clerk, secretary):
    assert hall.browser(agency_clerk).get(url(running, closed)).status_code == 404
    assert hall.browser(secretary, running).get(url(running, closed)).status_code == 404  # no own vote


def test_saying_it_twice_is_one_objection(closed, delegates):
    assert say(closed, delegates[0]) == say(closed, delegates[0], "khác")
    assert Objection.objects.count() == 1


@pytest.mark.parametrize("words", ["", "   ", "x" * 301])
def test_it_needs_words_that_fit(closed, delegates, words):
    with pytest.raises(BadInput):
        say(closed, delegates[0], words)


def test_37_it_must_come_within_the_time_that_the_council_sets(closed, delegates):
    until = objections.objection_until(closed)
    assert until - closed.closed_at == timedelta(seconds=60)
    Poll.objects.filter(pk=closed.pk).update(closed_at=closed.closed_at - timedelta(seconds=61))

    with pytest.raises(WrongState) as refusal:
        say(closed, delegates[0])

    assert "hết thời gian" in refusal.value.message


def test_28_the_time_is_the_councils_own_and_frozen_at_the_opening(
    running, chair, secretary, delegates, council, office
):
    set_seconds(council, 300, office)
    poll = hall.open_vote(running, chair)
    set_seconds(council, 5, office)
    voting.close_poll(poll=poll, by=chair)
    poll = Poll.objects.get(pk=poll.pk)

    assert objections.objection_until(poll) - poll.closed_at == timedelta(seconds=300)
    assert live.render(running.room, "delegate").facts["poll"]["objection_until"] is not None


def test_a_council_may_leave_it_to_the_spoken_word(running, chair, delegates, council, office):
    set_seconds(council, 0, office)
    poll = hall.open_vote(running, chair)
    voting.close_poll(poll=poll, by=chair)

    assert live.render(running.room, "delegate").facts["poll"]["objection_until"] is None
    with pytest.raises(WrongState):
        say(Poll.objects.get(pk=poll.pk), delegates[0])


def test_an_open_vote_is_changed_and_not_objected_to(running, chair, delegates):
    poll = hall.open_vote(running, chair)

    with pytest.raises(WrongState):
        say(poll, delegates[0])


# --- The chair ---


def test_the_desk_sees_it_with_the_words_and_nobody_else_does(running, closed, delegates):
    say(closed, delegates[0])

    assert "Đại biểu Số 1" in on_desk(running) and "Tôi nói tán thành" in on_desk(running)
    for audience in ("delegate", "wall", "public"):
        assert "Tôi nói tán thành" not in str(live.render(running.room, audience).parts)


def test_declaring_while_one_waits_is_refused_until_the_chair_insists(running, closed, desk, delegates):
    say(closed, delegates[0])
    answer = hall.act(desk, "declare_result", running, closed.public_id)
    assert answer.status_code == 409
    assert "chưa được trả lời" in answer.json()["error"]
    assert 'name="despite" value="1"' in live.render(running.room, "desk").parts["poll"]

    assert hall.act(desk, "declare_result", running, closed.public_id, despite="1").status_code == 200

    assert AuditEntry.objects.get(event="voting.result-declared").data["open_objections"] == 1


def test_the_chair_rejects_it_with_a_reason_and_declares(running, closed, desk, delegates):
    made = say(closed, delegates[0])
    where = url(running, closed, "answer_objection", made.public_id)
    assert "Không tán thành" in desk.get(where).content.decode()
    assert desk.post(where, {"reason": ""}, HTTP_ACCEPT="application/json").status_code == 422

    answer = desk.post(where, {"reason": "Biên bản ghi đúng lời đại biểu"}, HTTP_ACCEPT="application/json")

    assert answer.status_code == 200
    made.refresh_from_db()
    assert (made.state, made.answer) == ("rejected", "Biên bản ghi đúng lời đại biểu")
    mine = hall.browser(delegates[0].user).get(reverse("sessions:mine", args=[running.public_id])).json()
    assert mine["objection"]["answer"] == "Biên bản ghi đúng lời đại biểu"
    assert hall.act(desk, "declare_result", running, closed.public_id).status_code == 200


def test_35_upholding_it_is_a_cancelled_vote_and_a_new_one_never_an_edit(running, closed, desk, chair, delegates):
    made = say(closed, delegates[0])
    before = list(Vote.objects.values()), list(Result.objects.values())

    hall.act(desk, "cancel_poll", running, closed.public_id, reason="Ghi sai phiếu của một đại biểu")

    made.refresh_from_db()
    assert (made.state, made.answer) == ("upheld", "Ghi sai phiếu của một đại biểu")
    assert (list(Vote.objects.values()), list(Result.objects.values())) == before
    again = polls.prepare_item_poll(sitting=running, item=running.items.get(number=2), by=chair)
    assert again.poll != closed


def test_35_an_objection_after_the_declaration_ends_in_a_vote_that_corrects(running, closed, desk, chair, delegates):
    voting.declare_result(poll=closed, by=chair)
    assert "ghi chưa đúng" in text(live.render(running.room, "delegate").parts["now"])
    made = say(closed, delegates[0])

    hall.act(desk, "correct_poll", running, closed.public_id)

    made.refresh_from_db()
    assert made.state == "upheld"
    assert Poll.objects.latest("pk").corrects == closed


def test_only_the_desk_answers_and_only_once(closed, chair, delegates):
    made = say(closed, delegates[0])
    with pytest.raises(NotAllowed):
        objections.reject_objection(objection=made, reason="x", by=delegates[1].user)

    first = objections.reject_objection(objection=made, reason="Đúng", by=chair)

    assert objections.reject_objection(objection=made, reason="Khác", by=chair).answer == first.answer == "Đúng"


def test_the_record_tells_of_it_and_of_the_answer(closed, chair, delegates):
    objections.reject_objection(objection=say(closed, delegates[0]), reason="Biên bản đúng", by=chair)

    rows = list(AuditEntry.objects.filter(event__startswith="voting.objection").order_by("pk"))
    assert [row.event for row in rows] == ["voting.objection-made", "voting.objection-answered"]
    assert rows[0].data["words"] == "Tôi nói tán thành"
    assert rows[1].data["answer"] == "Biên bản đúng"
    assert {row.chain.key for row in rows} == {closed.chain}


def test_the_database_keeps_an_answer_in_words(closed, delegates):
    made = say(closed, delegates[0])
    with pytest.raises(IntegrityError), transaction.atomic():
        Objection.objects.filter(pk=made.pk).update(state="rejected")


def test_the_api_takes_an_objection_and_the_chairs_answer(running, closed, desk, chair, delegates):
    where = f"/api/v1/polls/{closed.public_id}/objections"
    made = hall.browser(delegates[0].user).post(where, {"words": "Sai"}, content_type="application/json")
    assert (made.status_code, made.json()["state"]) == (201, "open")
    assert desk.post(f"/api/v1/polls/{closed.public_id}/declare").status_code == 409

    said = desk.post(f"{where}/{made.json()['id']}/reject", {"reason": "Đúng"}, content_type="application/json")

    assert (said.status_code, said.json()["state"]) == (200, "rejected")
    assert desk.post(f"/api/v1/polls/{closed.public_id}/declare").status_code == 200


# --- Who has not voted ---


def test_only_the_secretary_is_told_who_has_not_voted(running, chair, secretary, delegates):
    poll = hall.open_vote(running, chair)
    voting.cast_by_secretary(poll=poll, delegate=delegates[0], choice="for", reason="máy hỏng", by=secretary)
    where = url(running, poll, "secretary_vote")

    page = text(hall.browser(secretary, running).get(where).content.decode())

    assert "4 đại biểu có mặt chưa biểu quyết" in page
    assert "Đại biểu Số 2" in page
    assert hall.browser(chair, running).get(where).status_code == 404
    for audience in ("delegate", "desk", "wall", "public"):
        assert "Đại biểu Số 2" not in text(str(live.render(running.room, audience).parts.get("poll", "")))
        assert "Đại biểu Số 2" not in text(str(live.render(running.room, audience).parts.get("scene", "")))
