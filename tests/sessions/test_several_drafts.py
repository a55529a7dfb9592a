"""Several drafts of the agenda: put together as one vote, or prepared at once and held one after the other."""

import re

import pytest
from django.urls import reverse

from council import live
from council.errors import BadInput, WrongState
from council.models import AuditEntry
from documents.models import Document, Version
from documents.selectors import adoptions_waiting
from sessions import conduct, polls
from sessions.models import AgendaItem, ItemPaper, ItemPoll
from tests.sessions import hall
from voting import services as voting
from voting.models import Poll, Result

pytestmark = pytest.mark.django_db


def text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def screens(sitting) -> dict[str, str]:
    return {a: text(" ".join(live.render(sitting.room, a).parts.values())) for a in live.AUDIENCES}


@pytest.fixture
def running(sitting, secretary, delegates):
    """Everybody present, on the first of three drafts (items 2, 3, 4)."""
    sitting.items.filter(number__gte=2).delete()
    for n, title in ((2, "Dự thảo Nghị quyết về đầu tư công"), (3, "Dự thảo Nghị quyết về học phí"),
                     (4, "Dự thảo Nghị quyết về giám sát")):  # fmt: skip
        AgendaItem.objects.create(
            council_session=sitting.council_session, sitting=sitting, number=n, title=title, kind="draft_resolution"
        )
    sitting = hall.run(sitting, secretary, present=delegates)
    conduct.go_to_item(sitting=sitting, item=sitting.items.get(number=2), by=secretary)
    return sitting


@pytest.fixture
def desk(running, chair):
    return hall.browser(chair, running)


def form_of(desk, running, picks, **more):
    """What the desk's sheet sends when these lines are picked: {line: order}."""
    rows = polls.drafts_to_vote(running)
    said = {f"pick-{n}": rows[n - 1].key for n in picks} | {f"order-{n}": order for n, order in picks.items()}
    return hall.act(desk, "prepare_several", running, **said, **more)


def together(desk, running, picks=None):
    answer = form_of(desk, running, picks or {1: 1, 2: 2, 3: 3}, way="together")
    assert answer.status_code == 200, answer.content.decode()
    return Poll.objects.latest("pk")


def hold(running, poll, chair, secretary, delegates, choices):
    polls.open_item_poll(sitting=running, poll=poll, by=chair)
    for delegate, choice in zip(delegates, choices, strict=False):
        voting.cast_by_secretary(poll=poll, delegate=delegate, choice=choice, reason="máy hỏng", by=secretary)
    voting.close_poll(poll=poll, by=chair)
    return Poll.objects.get(pk=poll.pk)


# --- Together ---


def test_the_sheet_lists_the_drafts_of_the_sitting_that_were_not_voted_on(desk, running, chair, secretary, delegates):
    page = desk.get(reverse("sessions:prepare_several", args=[running.public_id])).content.decode()
    assert re.findall(r"Mục <span class=\"num\">(\d+)</span>: ([^<]+)<", page) == [
        ("2", "Dự thảo Nghị quyết về đầu tư công"),
        ("3", "Dự thảo Nghị quyết về học phí"),
        ("4", "Dự thảo Nghị quyết về giám sát"),
    ]

    prepared = polls.prepare_item_poll(sitting=running, item=running.items.get(number=2), by=chair)
    hold(running, prepared.poll, chair, secretary, delegates, ["for"] * 3)

    assert [row.item.number for row in polls.drafts_to_vote(running)] == [3, 4]


def test_the_desk_puts_drafts_together_in_its_own_order(desk, running):
    poll = together(desk, running, {1: 3, 3: 1})

    assert [(q.place, q.question) for q in poll.questions.all()] == [
        (1, "Thông qua Nghị quyết về giám sát"),
        (2, "Thông qua Nghị quyết về đầu tư công"),
    ]
    assert list(poll.item_polls.order_by("place").values_list("item__number", flat=True)) == [4, 2]


def test_a_list_that_changed_meanwhile_is_refused(desk, running):
    answer = hall.act(desk, "prepare_several", running, **{"pick-1": "another", "pick-2": "draft"})

    assert answer.status_code == 409
    assert not Poll.objects.exists()


def test_one_draft_alone_is_not_several(desk, running):
    assert form_of(desk, running, {2: 1}, way="together").status_code == 422


def test_an_item_of_another_sitting_cannot_be_put_together(running, chair, sitting):
    strange = AgendaItem.objects.create(
        council_session=running.council_session, sitting=_second(running), number=90, title="Việc khác"
    )
    with pytest.raises(BadInput):
        polls.prepare_together(
            sitting=running,
            chosen=[polls.Choice(running.items.get(number=2)), polls.Choice(strange)],
            by=chair,
        )


def _second(running):
    return running.council_session.sittings.create(
        number=9, title="Phiên khác", date=running.date, starts_at=running.starts_at
    )


def test_every_screen_shows_all_questions_with_three_equal_buttons_each(desk, running, chair):
    poll = together(desk, running)
    assert "Thông qua Nghị quyết về học phí" in screens(running)["desk"]
    assert "Thông qua Nghị quyết về học phí" not in screens(running)["delegate"]  # not open yet

    polls.open_item_poll(sitting=running, poll=poll, by=chair)

    shown = screens(running)
    for question in poll.questions.values_list("question", flat=True):
        assert all(question in shown[audience] for audience in ("desk", "delegate", "wall"))
    ballot = live.render(running.room, "delegate").parts["ballot"]
    assert re.findall(r'name="(q\d)" value="(\w+)"', ballot) == [
        (f"q{place}", choice) for place in (1, 2, 3) for choice in ("for", "against", "other")
    ]
    assert " checked" not in ballot  # a fair ballot: nothing is chosen beforehand
    assert live.render(running.room, "delegate").facts["poll"]["asks"] == 3
    assert "Mục 2–4" in shown["wall"]


def test_the_tablet_page_shows_ones_own_answers(desk, running, chair, secretary, delegates):
    poll = together(desk, running)
    polls.open_item_poll(sitting=running, poll=poll, by=chair)
    voting.cast_by_secretary(
        poll=poll, delegate=delegates[0], choice="for,,against", reason="máy hỏng", by=secretary
    )

    page = text(hall.browser(delegates[0].user).get(reverse("sessions:today")).content.decode())

    assert "Đã ghi nhận phiếu 3 nội dung" in page
    assert "1: Tán thành · 2: Có mặt, không biểu quyết · 3: Không tán thành" in page


def test_each_draft_is_adopted_by_its_own_result(desk, running, chair, secretary, delegates, office):
    poll = hold(running, together(desk, running), chair, secretary, delegates, ["for,against,for"] * 3)
    voting.declare_result(poll=poll, by=chair)

    waiting = adoptions_waiting(office, running.council_session.council)

    assert [(a.key, a.title, a.vote["for"], a.vote["passed"]) for a in waiting] == [
        (f"{poll.public_id}:1", "Đầu tư công", 3, True),
        (f"{poll.public_id}:3", "Giám sát", 3, True),
    ]


def test_the_result_of_each_question_is_on_every_screen_and_public_once_declared(
    desk, running, chair, secretary, delegates, client
):
    poll = hold(running, together(desk, running), chair, secretary, delegates, ["for,against,for"] * 3)
    shown = screens(running)
    for audience, times in (("desk", 1), ("delegate", 2), ("wall", 1)):  # a tablet: on "Hôm nay" and on the ballot
        assert shown[audience].count("Không được thông qua") == times
        assert shown[audience].count("Được thông qua") == 2 * times
    assert "thông qua" not in shown["public"].lower()

    voting.declare_result(poll=poll, by=chair)

    assert screens(running)["public"].count("Được thông qua") == 2
    page = client.get(reverse("voting:named", args=[poll.public_id])).content.decode()
    assert page.count("result-verdict") == 3


def test_the_named_list_has_a_column_for_each_question(desk, running, chair, secretary, delegates):
    poll = hold(running, together(desk, running), chair, secretary, delegates, ["for,against,other"] * 3)

    page = desk.get(reverse("voting:named", args=[poll.public_id])).content.decode()

    heads = re.findall(r'scope="col">(.*?)</th>', page)
    assert [text(head) for head in heads] == ["Ghế", "Đại biểu", "Nội dung 1", "Nội dung 2", "Nội dung 3"]


def test_35_a_vote_on_several_questions_is_put_right_by_a_new_one(desk, running, chair, secretary, delegates, office):
    poll = hold(running, together(desk, running), chair, secretary, delegates, ["for,for,for"] * 3)
    voting.declare_result(poll=poll, by=chair)

    again = polls.prepare_correction(sitting=running, poll=poll, by=chair).poll
    again = hold(running, again, chair, secretary, delegates, ["for,against,for"] * 3)
    voting.declare_result(poll=again, by=chair)

    assert again.corrects == poll
    assert Result.objects.filter(poll=poll, passed=True).count() == 3  # as it was
    waiting = adoptions_waiting(office, running.council_session.council)
    assert [a.key for a in waiting] == [f"{again.public_id}:1", f"{again.public_id}:3"]


def test_28_each_question_is_tied_to_the_version_that_is_current_at_the_opening(running, chair):
    item = running.items.get(number=2)
    document = Document.objects.create(council=running.council_session.council, title="Dự thảo")
    paper = ItemPaper.objects.create(item=item, kind="draft_resolution", title="Dự thảo", document=document)
    _version(document, 1, "a" * 64)
    chosen = [polls.Choice(item, paper), polls.Choice(running.items.get(number=3))]
    poll = polls.prepare_together(sitting=running, chosen=chosen, by=chair).poll
    assert poll.questions.get(place=1).text_digest == "a" * 64

    _version(document, 2, "b" * 64)
    poll = polls.open_item_poll(sitting=running, poll=poll, by=chair)

    assert poll.terms["questions"][0]["text"] == ["Dự thảo nghị quyết, lần 2", "b" * 64]
    assert poll.terms["questions"][1]["text"] == ["", ""]


def _version(document, number, sha256):
    Version.objects.create(
        document=document, number=number, sha256=sha256, size=1, state="ready", original_name="a.pdf", file="a.pdf"
    )


# --- One after the other ---


def test_opening_the_next_takes_one_press(desk, running, chair, secretary, delegates):
    answer = form_of(desk, running, {1: 2, 2: 1, 3: 3}, way="turn")
    assert answer.status_code == 200, answer.content.decode()
    assert [row.item.number for row in ItemPoll.objects.order_by("turn")] == [3, 2, 4]

    for number in (3, 2, 4):
        assert hall.act(desk, "open_next", running).status_code == 200
        poll = Poll.objects.get(state="open")
        assert poll.item_polls.get().item.number == number
        running.refresh_from_db()
        assert running.current_item.number == number
        assert hall.act(desk, "open_next", running).status_code == 409  # this one is open
        voting.close_poll(poll=poll, by=chair)
        assert hall.act(desk, "open_next", running).status_code == 409  # and not declared yet
        voting.declare_result(poll=poll, by=chair)

    assert hall.act(desk, "open_next", running).status_code == 409  # none is left


def test_the_next_vote_is_the_desks_primary_act_and_nobody_elses_business(desk, running, chair):
    form_of(desk, running, {1: 1, 2: 2}, way="turn")
    polls.open_next(sitting=running, by=chair)
    poll = Poll.objects.get(state="open")
    voting.close_poll(poll=poll, by=chair)
    voting.declare_result(poll=poll, by=chair)

    shown = screens(running)

    assert "Mở biểu quyết tiếp, mục 3" in shown["desk"]
    assert "Chờ đến lượt" in shown["desk"]
    for audience in ("delegate", "wall", "public"):
        assert "Nghị quyết về học phí" not in shown[audience].replace("Dự thảo Nghị quyết về học phí", "")
        assert "Không được thông qua" in shown[audience]  # the result stays until the next is opened


def test_several_drafts_of_one_item_wait_side_by_side(running, chair, desk):
    item = running.items.get(number=2)
    for n in (1, 2):
        ItemPaper.objects.create(item=item, kind=Document.Kind.DRAFT_RESOLUTION, title=f"Nghị quyết số {n}", order=n)
    rows = [row for row in polls.drafts_to_vote(running) if row.item == item]
    assert [row.question for row in rows] == ["Thông qua Nghị quyết số 1", "Thông qua Nghị quyết số 2"]

    made = polls.prepare_in_turn(
        sitting=running, chosen=[polls.Choice(row.item, row.paper) for row in rows], by=chair
    )

    assert [row.turn for row in made] == [1, 2]
    assert polls.open_next(sitting=running, by=chair) == made[0].poll


def test_the_record_tells_of_every_vote_that_was_prepared(desk, running):
    form_of(desk, running, {1: 1, 2: 2, 3: 3}, way="turn")

    assert AuditEntry.objects.filter(event="voting.poll-prepared").count() == 3


def test_a_vote_that_waits_is_left_out_with_a_reason(desk, running, chair):
    form_of(desk, running, {1: 1, 2: 2}, way="turn")
    first = ItemPoll.objects.order_by("turn").first().poll
    voting.cancel_poll(poll=first, reason="Rút nội dung này", by=chair)

    assert polls.open_next(sitting=running, by=chair).item_polls.get().item.number == 3


def test_a_sitting_that_is_not_open_opens_none(sitting, running, desk, chair):
    form_of(desk, running, {1: 1, 2: 2}, way="turn")
    conduct.close_sitting(sitting=running, by=chair)

    with pytest.raises(WrongState):
        polls.open_next(sitting=running, by=chair)
