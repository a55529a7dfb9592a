"""One poll with tablets and entered votes, the desk's one list before opening, an election with its resolution."""

import re
import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.urls import reverse

from council import live, regulations
from council.errors import NotAllowed, WrongState
from documents.selectors import adoptions_waiting
from sessions import conduct, polls
from sessions.models import AgendaItem
from sessions.room import Scene
from sessions.selectors_room import sitting_by_key
from tests.sessions import hall
from tests.sessions.test_kinds_of_votes import (  # noqa: F401 -- fixtures of an item about persons
    desk,
    elect,
    item,
    newest_poll,
    prepare,
    running,
    say,
    screens,
    tellers,
    text,
)
from voting import ballot_box
from voting import services as voting
from voting.models import Poll, Result, Vote
from voting.permissions import seat_in
from voting.rules import RULES, OpeningFacts, art_49_holds, issues_before_opening

pytestmark = pytest.mark.django_db


@pytest.fixture
def mixed(running, chair, secretary, delegates):  # noqa: F811
    """Two votes from tablets, one entered by the secretary, in one poll."""
    poll = hall.open_vote(running, chair)
    lines = [ballot_box.Ballot(poll.public_id, d.pk, "for", uuid.uuid4()) for d in delegates[:2]]
    ballot_box.write(poll.public_id, lines)
    say(poll, delegates[2], secretary, "against")
    return poll


# --- Tablets and entered votes in one poll ---


def test_the_result_counts_both_and_every_screen_tells_them_apart(mixed, running, chair):  # noqa: F811
    voting.close_poll(poll=mixed, by=chair)

    result = Result.objects.get()
    assert (result.votes_for, result.votes_against, result.by_secretary) == (2, 1, 1)
    shown = screens(running)
    for audience in ("desk", "delegate", "wall"):
        assert "1 phiếu ghi qua thư ký" in shown[audience]


def test_a_second_pair_of_eyes_who_entered_a_vote_does_not_declare_it(mixed, running, desk, chair, secretary):  # noqa: F811
    voting.close_poll(poll=mixed, by=chair)
    assert re.search(r"Đại biểu Số 3 \( A\d+ \): Không tán thành máy hỏng", screens(running)["desk"])

    with pytest.raises(NotAllowed):
        voting.declare_result(poll=mixed, by=secretary)

    assert voting.declare_result(poll=mixed, by=chair).state == "declared"


def test_what_the_secretary_entered_is_not_told_before_the_close(mixed, running):  # noqa: F811
    assert "Đại biểu Số 3 (máy hỏng)" in screens(running)["desk"]
    assert "Không tán thành" not in text(live.render(running.room, "desk").parts["poll"])


# --- Nobody votes for somebody else ---


def test_the_tablets_road_knows_no_other_delegate_than_who_is_signed_in(mixed, delegates):
    assert seat_in(delegates[3].user, mixed.council, mixed.public_id).delegate_id == delegates[3].pk
    where = reverse("voting:cast", args=[mixed.public_id])
    ballot = {"choice": "for", "key": str(uuid.uuid4()), "delegate": delegates[4].pk}

    answer = hall.browser(delegates[3].user).post(where, ballot, content_type="application/json")

    assert answer.status_code == 422
    assert Vote.objects.filter(delegate__in=delegates[3:]).count() == 0


@pytest.mark.parametrize("who", ["chair", "office", "administrator", "secretary"])
def test_no_office_votes_from_a_tablet(mixed, who, request):
    user = request.getfixturevalue(who)

    answer = hall.browser(user).post(
        reverse("voting:cast", args=[mixed.public_id]),
        {"choice": "for", "key": str(uuid.uuid4())},
        content_type="application/json",
    )

    assert answer.status_code in (403, 404)
    assert Vote.objects.count() == 3


@pytest.mark.parametrize("who", ["chair", "office", "administrator"])
def test_only_the_secretary_enters_a_vote_and_then_it_bears_the_name(mixed, delegates, secretary, who, request):
    with pytest.raises(NotAllowed):
        say(mixed, delegates[3], request.getfixturevalue(who))

    vote = say(mixed, delegates[3], secretary)

    assert (vote.channel, vote.entered_by, vote.reason) == ("secretary", secretary, "máy hỏng")


# --- One list for the button and for the service ---


def _leave(sitting, secretary, delegates):
    for delegate in delegates:
        conduct.set_attendance(sitting=sitting, delegate=delegate, state="absent", by=secretary)


@pytest.mark.parametrize("case", ["fine", "nobody_present", "no_tellers"])
def test_the_button_is_shut_exactly_when_the_service_refuses_and_with_its_words(
    running, desk, item, chair, secretary, delegates, case  # noqa: F811
):
    kind = {"kind": "election", "method": "paper", "seats": 1} if case == "no_tellers" else {}
    nominees = [polls.Named("Trần Thị Bình")] if kind else []
    made = polls.prepare_item_poll(sitting=running, item=item, by=chair, nominees=nominees, **kind)
    if case == "nobody_present":
        _leave(running, secretary, delegates)
    scene = Scene(sitting_by_key(running.room), "desk")
    bars = [issue.words for issue in scene.issues if issue.blocking]

    assert scene.is_barred == bool(bars) == (case != "fine")
    assert (" disabled" in live.render(running.room, "desk").parts["poll"]) == scene.is_barred
    answer = hall.act(desk, "open_poll", running, made.poll.public_id)
    assert (answer.status_code == 200) == (not scene.is_barred)
    if bars:
        assert answer.json()["error"] == bars[0]


def test_of_several_questions_each_is_looked_at_and_nothing_is_said_twice(running, chair):  # noqa: F811
    for number in (2, 3):
        AgendaItem.objects.filter(sitting=running, number=number).update(kind="draft_resolution")
    chosen = [polls.Choice(running.items.get(number=n)) for n in (2, 3)]
    made = polls.prepare_together(sitting=running, chosen=chosen, by=chair)

    codes = [issue.code for issue in polls.opening_issues(running, made)]

    assert codes == ["no_text"]


# --- Article 49 ---


def test_33_the_case_of_article_49_in_integers():
    # 85 seats: two thirds are 56.67, so 56 delegates are fewer
    assert art_49_holds(56, 85, 18) and not art_49_holds(57, 85, 18)
    assert not art_49_holds(56, 85, 19) and not art_49_holds(56, 85, None) and not art_49_holds(56, 0, 6)
    rule = RULES["two_thirds_in_office"]
    assert [rule.needed(n) for n in (3, 55, 56, 57)] == [3, 37, 38, 39]  # more than two thirds of those in office


def test_article_49_is_told_where_another_rule_was_chosen():
    facts = OpeningFacts(rule=RULES["majority_of_all"], entitled=56, present=56, whole=85, months_left=12)
    assert "art_49" in {issue.code for issue in issues_before_opening(facts)}
    facts = replace(facts, rule=RULES["two_thirds_in_office"])
    assert "art_49" not in {issue.code for issue in issues_before_opening(facts)}


def test_article_49_is_chosen_for_the_desk_while_it_holds(running, desk, item, chair, council, office):  # noqa: F811
    assert polls.usual_rule(running) == "majority_of_all"
    regulations.set_value(
        council=council, key="delegates_elected", value=8, valid_from=date(2020, 1, 1),
        legal_basis="Nghị quyết xác nhận", by=office,
    )  # fmt: skip
    term = running.council_session.term
    term.ends_on = running.date + timedelta(days=365)
    term.save()

    page = desk.get(reverse("sessions:prepare_poll", args=[running.public_id, item.public_id])).content.decode()
    made = polls.prepare_item_poll(sitting=running, item=item, by=chair)

    assert '<option value="two_thirds_in_office" selected' in page
    assert made.poll.rule == "two_thirds_in_office"


# --- An election is confirmed by a resolution ---


def test_an_election_is_confirmed_by_a_resolution_that_the_office_finds(
    running, desk, item, tellers, chair, secretary, delegates, office  # noqa: F811
):
    election = elect(desk, running, item, tellers)
    assert "Chuẩn bị nghị quyết xác nhận kết quả" in screens(running)["desk"]

    assert hall.act(desk, "confirm_result", running, election.public_id).status_code == 200
    poll = newest_poll()
    assert poll.question == "Thông qua Nghị quyết xác nhận kết quả bầu: Trần Thị Bình"
    assert (poll.confirms, poll.kind) == (election, "named")
    hall.act(desk, "open_poll", running, poll.public_id)
    for delegate in delegates:
        say(poll, delegate, secretary)
    hall.act(desk, "close_poll", running, poll.public_id)
    hall.act(desk, "declare_result", running, poll.public_id)

    found = [a for a in adoptions_waiting(office, running.council_session.council) if a.key == str(poll.public_id)]
    assert [(a.title, a.vote["for"]) for a in found] == [("Xác nhận kết quả bầu: Trần Thị Bình", 5)]
    with pytest.raises(WrongState):
        polls.prepare_confirmation(sitting=running, poll=election, by=chair)


def test_a_result_that_is_not_declared_or_not_of_persons_is_not_confirmed(running, desk, item, tellers, chair):  # noqa: F811
    poll = prepare(desk, running, item)
    with pytest.raises(WrongState):
        polls.prepare_confirmation(sitting=running, poll=poll, by=chair)
    tellers_vote = Poll.objects.filter(kind="named").first()
    with pytest.raises(WrongState):
        polls.prepare_confirmation(sitting=running, poll=tellers_vote, by=chair)


# --- A practice vote ---


def test_a_practice_vote_on_several_questions_is_never_taken_for_a_real_one(
    running, chair, secretary, delegates, office  # noqa: F811
):
    for number in (2, 3):
        AgendaItem.objects.filter(sitting=running, number=number).update(kind="draft_resolution")
    chosen = [polls.Choice(running.items.get(number=n)) for n in (2, 3)]
    made = polls.prepare_together(sitting=running, chosen=chosen, is_rehearsal=True, by=chair)
    polls.open_item_poll(sitting=running, poll=made.poll, by=chair)
    for delegate in delegates:
        say(made.poll, delegate, secretary, "for,for")
    marked = ["desk", "delegate", "wall"]
    assert all("BIỂU QUYẾT THỬ" in screens(running)[audience] for audience in marked)
    voting.close_poll(poll=made.poll, by=chair)
    assert all("BIỂU QUYẾT THỬ" in screens(running)[audience] for audience in marked)
    assert all("Thử: được thông qua" in screens(running)[audience] for audience in marked)
    voting.declare_result(poll=made.poll, by=chair)

    assert "thông qua" not in screens(running)["public"].lower()
    assert adoptions_waiting(office, running.council_session.council) == []


# --- Names on the wall ---


def test_34_where_the_council_shows_names_the_wall_has_them_by_row_and_number(
    mixed, running, chair, council, office  # noqa: F811
):
    voting.close_poll(poll=mixed, by=chair)
    assert "Đại biểu Số 1" not in screens(running)["wall"]  # as frozen: seats
    voting.cancel_poll(poll=Poll.objects.get(pk=mixed.pk), reason="Mở lại", by=chair)
    regulations.set_value(
        council=council, key="naming_wall", value="names", valid_from=running.date, legal_basis="Quy chế", by=office
    )
    again = polls.prepare_item_poll(sitting=running, item=running.items.get(number=2), by=chair).poll
    polls.open_item_poll(sitting=running, poll=again, by=chair)
    voting.close_poll(poll=again, by=chair)

    scene = Scene(sitting_by_key(running.room), "wall")

    assert [(letter, [s["number"] for s in row]) for letter, row in scene.seat_rows] == [("A", [1, 2, 3, 4, 5])]
    assert "A 1 Có mặt, không biểu quyết Đại biểu Số 1 2" in screens(running)["wall"]  # the mark speaks, too


# --- What a vote is about ---


@pytest.mark.parametrize(
    ("about", "question"),
    [
        ("procedure", "Kết thúc thảo luận và chuyển sang biểu quyết"),
        ("agenda", "Thông qua chương trình kỳ họp"),
    ],
)
def test_procedure_and_agenda_have_their_usual_question_and_need_no_text(running, desk, item, about, question):  # noqa: F811
    assert hall.act(desk, "prepare_poll", running, item.public_id, about=about).status_code == 200

    poll = newest_poll()
    assert (poll.question, poll.text_digest) == (question, "")
    assert polls.opening_issues(running, poll.item_polls.get()) == []


def test_a_vote_on_an_article_says_which(running, desk, item):  # noqa: F811
    usual = polls.usual_questions(item)["article"]
    assert "[số]" in usual
    assert hall.act(desk, "prepare_poll", running, item.public_id, about="article", question=usual).status_code == 422

    said = usual.replace("[số]", "4")
    assert hall.act(desk, "prepare_poll", running, item.public_id, about="article", question=said).status_code == 200
    assert newest_poll().item_polls.get().about == "article"


def test_a_vote_on_an_article_or_on_procedure_adopts_no_draft(running, item, chair, secretary, delegates, office):  # noqa: F811
    AgendaItem.objects.filter(pk=item.pk).update(kind="draft_resolution")
    for about, question in (("article", "Thông qua Điều 4"), ("procedure", ""), ("draft", "")):
        made = polls.prepare_item_poll(
            sitting=running, item=running.items.get(pk=item.pk), by=chair, about=about, question=question
        )
        polls.open_item_poll(sitting=running, poll=made.poll, by=chair)
        for delegate in delegates:
            say(made.poll, delegate, secretary)
        voting.close_poll(poll=made.poll, by=chair)
        voting.declare_result(poll=made.poll, by=chair)

    waiting = adoptions_waiting(office, running.council_session.council)

    assert [adoption.key for adoption in waiting] == [str(made.poll.public_id)]
