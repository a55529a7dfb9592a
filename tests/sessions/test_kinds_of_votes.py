"""Votes that are not on the tablets: personnel by secret sheets, hands, practice votes; from desk to record."""

import re

import pypdfium2
import pytest
from django.urls import reverse

from council import live
from council.models import AuditEntry
from sessions import conduct
from sessions.models import AgendaItem, ItemPoll
from tests.sessions import hall
from voting import services as voting
from voting.models import Count, Poll

pytestmark = pytest.mark.django_db

PEOPLE = "Trần Thị Bình; Trưởng Ban Pháp chế\nLê Văn Cường\n"


def text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def screens(sitting) -> dict[str, str]:
    return {a: text(" ".join(live.render(sitting.room, a).parts.values())) for a in live.AUDIENCES}


def newest_poll() -> Poll:
    return Poll.objects.latest("pk")


@pytest.fixture
def running(sitting, secretary, delegates):
    """Everybody present, on an item about persons."""
    sitting = hall.run(sitting, secretary, present=delegates)
    item = sitting.items.get(number=2)
    AgendaItem.objects.filter(pk=item.pk).update(kind=AgendaItem.Kind.PERSONNEL)
    conduct.go_to_item(sitting=sitting, item=item, by=secretary)
    return sitting


@pytest.fixture
def item(running):
    return running.items.get(number=2)


@pytest.fixture
def desk(running, chair):
    return hall.browser(chair, running)


def say(poll, delegate, secretary, choice="for"):
    return voting.cast_by_secretary(poll=poll, delegate=delegate, choice=choice, reason="máy hỏng", by=secretary)


def pass_tellers(desk, secretary, running, item, delegates, **more):
    """The council elects a counting board by an open vote, as the desk's form does it."""
    members = [d.pk for d in delegates[:3]]
    answer = hall.act(desk, "propose_tellers", running, item.public_id, member=members, head=members[0], **more)
    assert answer.status_code == 200, answer.content.decode()
    poll = newest_poll()
    hall.act(desk, "open_poll", running, poll.public_id)
    for delegate in delegates:
        say(poll, delegate, secretary)
    hall.act(desk, "close_poll", running, poll.public_id)
    hall.act(desk, "declare_result", running, poll.public_id)
    return [d.user for d in delegates[:3]]


@pytest.fixture
def tellers(desk, secretary, running, item, delegates):
    return pass_tellers(desk, secretary, running, item, delegates)


def prepare(desk, running, item, **data):
    form = {"kind": "election", "question": "Bầu Phó Chủ tịch Hội đồng", "people": PEOPLE, "seats": "1"} | data
    answer = hall.act(desk, "prepare_poll", running, item.public_id, **form)
    assert answer.status_code == 200, answer.content.decode()
    return newest_poll()


def hold(desk, running, poll):
    for act in ("open_poll", "close_poll"):
        answer = hall.act(desk, act, running, poll.public_id)
        assert answer.status_code == 200, answer.content.decode()
    return Poll.objects.get(pk=poll.pk)


def sheets(first=3, second=2, **more):
    numbers = {"handed_out": 5, "collected": 5, "valid": 5, "blank": 0, "invalid": 0}
    return numbers | {"n1-for": first, "n2-for": second} | more


def count_url(running, poll, name="count"):
    return reverse(f"sessions:{name}", args=[running.public_id, poll.public_id])


def enter(user, running, poll, **figures):
    return hall.browser(user, running).post(count_url(running, poll), figures)


def confirm(user, running, poll):
    waiting = Count.objects.get(poll=poll, state="entered")
    return hall.browser(user, running).post(
        count_url(running, poll, "confirm_count"), {"count": waiting.public_id}
    )


def elect(desk, running, item, tellers, *, first=3, second=2, **data):
    poll = hold(desk, running, prepare(desk, running, item, **data))
    assert enter(tellers[0], running, poll, **sheets(first, second)).status_code == 302
    assert confirm(tellers[1], running, poll).status_code == 302
    hall.act(desk, "declare_result", running, poll.public_id)
    return Poll.objects.get(pk=poll.pk)


# --- The desk's forms ---


def test_an_item_on_persons_asks_for_a_counting_board_first(running, desk):
    assert "Lập Ban kiểm phiếu" in screens(running)["desk"]


def test_with_a_board_the_item_goes_on_to_the_secret_vote(running, desk, item, tellers):
    page = desk.get(reverse("sessions:prepare_poll", args=[running.public_id, item.public_id])).content.decode()

    assert re.search(r'<option value="election" selected', page)
    assert "Chưa có Ban kiểm phiếu" not in page


def test_the_form_lists_every_kind_and_way_of_voting(running, desk, item):
    page = desk.get(reverse("sessions:prepare_poll", args=[running.public_id, item.public_id])).content.decode()

    for word in ("Bầu", "Miễn nhiệm", "Bãi nhiệm", "Lấy phiếu tín nhiệm", "Bỏ phiếu tín nhiệm"):
        assert f">{word}</option>" in page
    for word in ("Trên máy của đại biểu", "Giơ tay", "Phiếu giấy", "Hệ thống biểu quyết khác"):
        assert f">{word}</option>" in page
    assert "Chưa có Ban kiểm phiếu" in page


def test_a_line_of_the_sheet_is_a_name_and_a_post_and_a_delegate_is_known_by_the_name(
    running, desk, item, tellers, delegates
):
    people = f"  {delegates[3].full_name} ; Trưởng Ban\n\nNgười Ngoài\n"

    poll = prepare(desk, running, item, people=people)

    assert [(n.name, n.note, n.delegate_id) for n in poll.nominees.all()] == [
        (delegates[3].full_name, "Trưởng Ban", delegates[3].pk),
        ("Người Ngoài", "", None),
    ]


@pytest.mark.parametrize("people", ["", "A\nA", " \n;chỉ có chức vụ"])
def test_a_sheet_without_persons_or_with_one_twice_is_refused_in_words(running, desk, item, tellers, people):
    before = Poll.objects.count()

    answer = hall.act(
        desk, "prepare_poll", running, item.public_id, kind="election", question="Bầu", people=people, seats="1"
    )

    assert answer.status_code == 422 and answer.json()["error"]
    assert Poll.objects.count() == before


def test_a_kind_that_nobody_knows_is_refused(running, desk, item):
    answer = hall.act(desk, "prepare_poll", running, item.public_id, kind="lottery", question="?", people="A")

    assert answer.status_code == 422


def test_a_board_needs_a_head_and_enough_members(running, desk, item, delegates):
    few = hall.act(
        desk, "propose_tellers", running, item.public_id, member=[delegates[0].pk], head=delegates[0].pk
    )
    none = hall.act(desk, "propose_tellers", running, item.public_id, member=[d.pk for d in delegates])

    assert (few.status_code, none.status_code) == (422, 422)
    assert "ít nhất" in few.json()["error"] and "Trưởng ban" in none.json()["error"]


# --- A secret vote from the sheet to the minutes ---


def test_while_the_hall_votes_in_secret_screens_show_persons_and_no_button(
    running, desk, item, tellers, delegates
):
    poll = prepare(desk, running, item)
    hall.act(desk, "open_poll", running, poll.public_id)

    shown = screens(running)

    for audience in ("delegate", "desk", "wall"):
        assert "bỏ phiếu kín" in shown[audience].lower() and "Trần Thị Bình" in shown[audience]
    frame = live.render(running.room, "delegate")
    assert frame.facts["poll"] is None
    assert "data-choice" not in "".join(frame.parts.values())


def test_nobody_but_tellers_sees_a_number_until_the_second_confirmed(running, desk, item, tellers, chair):
    poll = hold(desk, running, prepare(desk, running, item))
    enter(tellers[0], running, poll, **sheets(3, 2))

    shown = screens(running)

    for audience in ("delegate", "desk", "wall"):
        assert "Đang kiểm phiếu" in shown[audience]
        assert "Trúng cử" not in shown[audience]
        assert not re.search(r"\b60\b", shown[audience])  # a code of the record may hold it within
    assert desk.get(count_url(running, poll)).status_code == 404
    assert desk.get(count_url(running, poll, "count_minutes")).status_code == 404


def test_the_hall_sees_the_outcome_when_the_chair_declares_not_before(running, desk, item, tellers):
    poll = hold(desk, running, prepare(desk, running, item))
    enter(tellers[0], running, poll, **sheets(3, 2))
    confirm(tellers[1], running, poll)

    before = screens(running)
    hall.act(desk, "declare_result", running, poll.public_id)
    after = screens(running)

    assert "Trúng cử" in before["desk"]
    for audience in ("delegate", "wall", "public"):
        assert "Trúng cử" not in before[audience]
        assert "Trúng cử" in after[audience] and "Không trúng cử" in after[audience]


def test_who_entered_a_count_does_not_confirm_it(running, desk, item, tellers):
    poll = hold(desk, running, prepare(desk, running, item))
    enter(tellers[0], running, poll, **sheets())

    answer = confirm(tellers[0], running, poll)

    assert answer.status_code == 403
    assert poll.counts.get().state == "entered"


def test_numbers_that_do_not_fit_are_told_and_what_was_typed_stays(running, desk, item, tellers):
    poll = hold(desk, running, prepare(desk, running, item))

    answer = enter(tellers[0], running, poll, **sheets(3, 2, collected=9))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "nhiều hơn số phiếu phát ra" in page and 'value="9"' in page
    assert not poll.counts.exists()


@pytest.mark.parametrize("typed", ["", "-1", "3,5", "ba", "99999", "²"])
def test_a_cell_takes_whole_numbers_only(running, desk, item, tellers, typed):
    poll = hold(desk, running, prepare(desk, running, item))

    answer = enter(tellers[0], running, poll, **sheets(typed, 2))

    assert answer.status_code == 422 and "số nguyên" in answer.content.decode()


def test_a_count_sent_back_is_done_again_and_tells_why(running, desk, item, tellers):
    poll = hold(desk, running, prepare(desk, running, item))
    enter(tellers[0], running, poll, **sheets(2, 3))
    second = hall.browser(tellers[1], running)
    waiting = Count.objects.get(poll=poll)
    second.post(
        count_url(running, poll, "return_count"), {"count": waiting.public_id, "reason": "Cộng nhầm hai cột"}
    )

    page = second.get(count_url(running, poll)).content.decode()

    assert "Cộng nhầm hai cột" in page and 'name="n1-for"' in page
    assert enter(tellers[1], running, poll, **sheets(3, 2)).status_code == 302


def test_a_teller_finds_the_count_on_today_and_others_do_not(running, desk, item, tellers, delegates):
    hold(desk, running, prepare(desk, running, item))

    teller = hall.browser(tellers[0]).get(reverse("sessions:today")).content.decode()
    other = hall.browser(delegates[4].user).get(reverse("sessions:today")).content.decode()

    assert "kiem-phieu" in teller
    assert "kiem-phieu" not in other


def test_counting_asks_for_the_second_factor(running, desk, item, tellers):
    poll = hold(desk, running, prepare(desk, running, item))

    answer = hall.browser(tellers[0]).get(count_url(running, poll))

    assert answer.status_code == 302 and count_url(running, poll) not in answer["Location"].partition("?")[0]


def test_minutes_are_a_pdf_with_names_numbers_and_the_mark_that_they_are_not_signed(
    running, desk, item, tellers, delegates
):
    poll = elect(desk, running, item, tellers)

    answer = hall.browser(delegates[4].user).get(count_url(running, poll, "count_minutes"))

    assert answer["Content-Type"] == "application/pdf"
    said = " ".join(
        "".join(p.get_textpage().get_text_range() for p in pypdfium2.PdfDocument(answer.content)).split()
    )
    for words in ("BIÊN BẢN", "Kiểm phiếu bầu", "Trần Thị Bình", "chưa ký số", "Trúng cử", delegates[0].full_name):
        assert words in said
    assert "THỬ" not in said
    assert hall.browser(delegates[4].user).get(count_url(running, poll, "count_minutes")).content == answer.content


def test_ballots_are_all_alike_and_carry_no_number_or_name_of_a_voter(running, desk, item, tellers, delegates):
    poll = prepare(desk, running, item)

    page = desk.get(count_url(running, poll, "ballot_sheets")).content.decode()

    slips = re.findall(r'<article class="slip">.*?</article>', page, re.S)
    assert len(slips) == len(delegates) and len(set(slips)) == 1
    assert not any(delegate.full_name in slips[0] for delegate in delegates)
    assert "nhiều nhất 1 người" in slips[0]


def test_the_hall_goes_on_while_tellers_count_and_the_desk_is_reminded(running, desk, item, tellers):
    poll = hold(desk, running, prepare(desk, running, item))
    hall.act(desk, "go_to_item", running, running.items.get(number=3).public_id)

    assert "Chờ công bố" in screens(running)["desk"]
    assert "Đang kiểm phiếu" not in screens(running)["wall"]

    enter(tellers[0], running, poll, **sheets())
    confirm(tellers[1], running, poll)
    hall.act(desk, "go_to_item", running, item.public_id)
    assert hall.act(desk, "declare_result", running, poll.public_id).status_code == 200


def test_seats_left_open_are_filled_in_a_second_round_among_the_others(running, desk, item, tellers):
    poll = hold(desk, running, prepare(desk, running, item))
    enter(tellers[0], running, poll, **sheets(2, 2, valid=4, invalid=1))
    confirm(tellers[1], running, poll)
    hall.act(desk, "declare_result", running, poll.public_id)

    answer = hall.act(desk, "second_round", running, poll.public_id)

    again = newest_poll()
    assert answer.status_code == 200 and again.first_round == poll
    assert [n.name for n in again.nominees.all()] == ["Trần Thị Bình", "Lê Văn Cường"]


@pytest.mark.parametrize(
    ("kind", "figures", "verdict"),
    [
        ("dismissal", {"n1-for": 3, "n1-against": 2}, "Được thông qua"),
        ("removal", {"n1-for": 3, "n1-against": 2}, "Không được thông qua"),
        ("rating", {"n1-high": 1, "n1-middle": 1, "n1-low": 3}, "Có thể xin từ chức"),
        ("confidence", {"n1-trust": 1, "n1-distrust": 4}, "Không được tín nhiệm"),
    ],
)
def test_each_kind_is_counted_by_its_own_rule(running, desk, item, tellers, kind, figures, verdict):
    poll = hold(desk, running, prepare(desk, running, item, kind=kind, people="Lê Văn Cường"))
    numbers = {"handed_out": 5, "collected": 5, "valid": 5, "blank": 0, "invalid": 0}
    assert enter(tellers[0], running, poll, **numbers, **figures).status_code == 302
    confirm(tellers[1], running, poll)
    hall.act(desk, "declare_result", running, poll.public_id)

    assert verdict in screens(running)["wall"]


# --- Open votes that tellers count ---


def test_hands_are_counted_by_two_and_shown_as_such_everywhere(running, desk, item, secretary, chair, delegates):
    poll = hold(desk, running, prepare(desk, running, item, kind="named", method="hands", people=""))
    first = {"for": 4, "against": 1, "other": 0, "reason": "Mất mạng trong hội trường"}
    assert enter(secretary, running, poll, **first).status_code == 302

    assert "Tán thành" not in screens(running)["wall"]  # no number before the second person has agreed
    assert confirm(chair, running, poll).status_code == 302

    shown = screens(running)
    assert "giơ tay" in shown["desk"] and "Mất mạng" in shown["desk"]
    assert "giơ tay" in shown["wall"] and "giơ tay" in shown["delegate"]
    poll.refresh_from_db()
    assert (poll.result.votes_for, poll.result.silent) == (4, 0)


def test_names_that_tellers_noted_add_up_by_themselves(running, desk, item, secretary, chair, delegates):
    poll = hold(desk, running, prepare(desk, running, item, kind="named", method="paper", people=""))
    noted = {f"d{d.pk}": "for" for d in delegates[:3]} | {f"d{delegates[3].pk}": "against"}
    assert enter(secretary, running, poll, **noted, reason="Máy chủ bảo trì").status_code == 302
    confirm(chair, running, poll)

    votes = {vote.delegate_id: (vote.choice, vote.channel) for vote in poll.votes.all()}

    assert votes[delegates[0].pk] == ("for", "tellers") and votes[delegates[3].pk] == ("against", "tellers")
    assert len(votes) == 4


# --- A conflict of interest, a correction, a rehearsal ---


def test_who_steps_out_takes_no_part_and_every_result_says_so(running, secretary, chair, delegates):
    poll = hall.open_vote(running, chair)
    clerk = hall.browser(secretary, running)
    answer = hall.act(
        clerk, "step_out", running, poll.public_id, delegate=delegates[0].pk, reason="Vợ là người nhận thầu"
    )
    assert answer.status_code == 200
    voting.close_poll(poll=poll, by=chair)

    shown = screens(running)

    assert all("không tham gia biểu quyết" in shown[audience] for audience in ("desk", "wall", "delegate"))
    poll.refresh_from_db()
    assert (poll.result.stepped_out, poll.result.absent) == (1, 1)


def test_stepping_out_can_be_taken_back_before_the_close(running, secretary, chair, delegates):
    poll = hall.open_vote(running, chair)
    clerk = hall.browser(secretary, running)
    hall.act(clerk, "step_out", running, poll.public_id, delegate=delegates[0].pk, reason="Nhầm")

    page = clerk.get(reverse("sessions:step_out", args=[running.public_id, poll.public_id])).content.decode()
    assert "Cho tham gia lại" in page
    hall.act(clerk, "step_out", running, poll.public_id, delegate=delegates[0].pk, back_in="1")

    assert say(poll, delegates[0], secretary).choice == "for"


def test_only_the_secretary_marks_a_conflict_of_interest(running, chair, delegates):
    poll = hall.open_vote(running, chair)

    answer = hall.act(
        hall.browser(chair, running), "step_out", running, poll.public_id, delegate=delegates[0].pk, reason="x"
    )

    assert answer.status_code == 404


def test_a_correction_is_a_new_vote_and_the_old_one_stays(running, desk, chair, delegates):
    poll = hall.open_vote(running, chair)
    voting.close_poll(poll=poll, by=chair)
    voting.declare_result(poll=poll, by=chair)
    before = Poll.objects.values().get(pk=poll.pk)

    assert hall.act(desk, "correct_poll", running, poll.public_id).status_code == 200

    again = newest_poll()
    assert again.corrects_id == poll.pk and again.state == "draft"
    assert "Biểu quyết lại" in screens(running)["desk"]
    assert Poll.objects.values().get(pk=poll.pk) == before


def test_a_rehearsal_says_so_on_every_screen_in_every_state_and_never_reaches_the_public(
    running, desk, item, chair, delegates
):
    poll = prepare(desk, running, item, kind="named", people="", rehearsal="1")
    assert "BIỂU QUYẾT THỬ" in screens(running)["desk"]
    for act in ("open_poll", "close_poll", "declare_result"):
        assert hall.act(desk, act, running, poll.public_id).status_code == 200
        shown = screens(running)
        for audience in ("delegate", "desk", "wall"):
            assert "BIỂU QUYẾT THỬ" in shown[audience], (act, audience)
        assert "Được thông qua" not in shown["public"] and "không được thông qua" not in shown["public"].lower()


def test_a_rehearsal_of_a_secret_vote_has_its_own_board_and_marked_minutes(
    running, desk, secretary, item, delegates
):
    rehearsed = pass_tellers(desk, secretary, running, item, delegates, rehearsal="1")
    poll = hold(desk, running, prepare(desk, running, item, rehearsal="1"))
    enter(rehearsed[0], running, poll, **sheets())
    confirm(rehearsed[1], running, poll)

    real = prepare(desk, running, item)

    assert hall.act(desk, "open_poll", running, real.public_id).status_code == 409
    assert poll.outcomes.exists()


def test_what_was_done_stands_in_the_sessions_record(running, desk, item, tellers):
    elect(desk, running, item, tellers)

    events = list(
        AuditEntry.objects.filter(chain__key=running.council_session.chain_key).values_list("event", flat=True)
    )

    for event in (
        "voting.tellers-named",
        "voting.count-entered",
        "voting.count-confirmed",
        "voting.result-declared",
    ):
        assert event in events
    assert ItemPoll.objects.filter(item=item).count() == 2
