"""What can happen to a poll: prepared, opened, closed, declared, cancelled; entered by the secretary."""

import uuid

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from council import regulations
from council.errors import BadInput, NotAllowed, WrongState
from council.models import AuditEntry, Room
from tests import builders
from tests.voting.conftest import vote
from voting import services
from voting.models import Poll, Result, RollEntry, Vote
from voting.rules import Entitled

pytestmark = pytest.mark.django_db(transaction=True)  # the ballot box has a thread of its own


def five(result: Result):
    return (
        result.votes_for,
        result.votes_against,
        result.votes_other,
        result.silent,
        result.absent,
    )


def events():
    entries = AuditEntry.objects.exclude(event="council.record-begun")
    return list(entries.order_by("pk").values_list("event", flat=True))


def test_a_delegate_may_not_prepare_open_or_close_a_poll(draft, roll, council, delegate, hall):
    for act in (
        lambda: services.prepare_poll(
            council=council,
            body=builders.plenary(council),
            room=hall.key,
            question="x",
            by=delegate.user,
        ),
        lambda: services.open_poll(poll=draft, roll=roll, by=delegate.user),
        lambda: services.close_poll(poll=draft, by=delegate.user),
        lambda: services.declare_result(poll=draft, by=delegate.user),
        lambda: services.cancel_poll(poll=draft, reason="x", by=delegate.user),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert events() == ["voting.poll-prepared"]


def test_nobody_runs_the_votes_of_an_unknown_kind_of_room(council, chair):
    with pytest.raises(NotAllowed):
        services.prepare_poll(
            council=council,
            body=builders.plenary(council),
            room="kitchen:1",
            question="x",
            by=chair,
        )


def test_the_desk_of_one_council_has_no_say_in_another(council, other_council, hall):
    stranger = builders.person(other_council, "chair", role="session_chair")

    with pytest.raises(NotAllowed):
        services.prepare_poll(
            council=council,
            body=builders.plenary(council),
            room=hall.key,
            question="x",
            by=stranger,
        )


def test_28_opening_freezes_roll_options_rule_and_settings_with_a_hash(draft, roll, chair, office, council):
    """Security 28: what the council changes later does not touch an open poll."""
    poll = services.open_poll(poll=draft, roll=roll, by=chair)
    frozen = poll.roll_hash

    today = timezone.localdate()
    regulations.set_value(
        council=council,
        key="vote_label_for",
        value="Đồng ý",
        valid_from=today,
        legal_basis="x",
        by=office,
    )
    regulations.set_value(
        council=council,
        key="naming_wall",
        value="names",
        valid_from=today,
        legal_basis="x",
        by=office,
    )
    builders.delegate(council, 9)

    poll.refresh_from_db()
    assert len(frozen) == 64
    assert services.frozen_hash(poll) == frozen
    assert [o.label for o in poll.options.all()] == ["Tán thành", "Không tán thành", "Ý kiến khác"]
    assert poll.terms["naming"]["wall"]["value"] == "seats"
    assert poll.terms["rule"]["needed"] == 3
    assert poll.terms["quorum"]["needed"] == 4
    assert (poll.entitled, poll.present, poll.roll.count()) == (5, 4, 5)


def test_28_the_hash_tells_of_every_change_to_what_was_frozen(open_poll):
    """Security 28: a name, an option or a threshold changed behind the back shows."""
    frozen = open_poll.roll_hash
    RollEntry.objects.filter(poll=open_poll).order_by("pk").last().delete()
    assert services.frozen_hash(open_poll) != frozen

    open_poll.terms["rule"]["needed"] = 1
    assert services.frozen_hash(open_poll) != frozen


def test_presence_is_no_part_of_the_hash(open_poll, delegates):
    services.set_presence(room=open_poll.room, delegate=delegates[0], is_present=False)

    assert services.frozen_hash(open_poll) == open_poll.roll_hash


def test_a_settings_legal_basis_is_kept_with_the_poll(draft, roll, chair, office, council):
    regulations.set_value(
        council=council,
        key="vote_label_other",
        value="Không có ý kiến",
        valid_from=timezone.localdate(),
        legal_basis="Điều 20 Quy chế làm việc",
        by=office,
    )

    poll = services.open_poll(poll=draft, roll=roll, by=chair)

    assert poll.terms["labels"]["other"] == {
        "value": "Không có ý kiến",
        "legal_basis": "Điều 20 Quy chế làm việc",
        "valid_from": timezone.localdate().isoformat(),
    }


def test_one_room_has_one_open_poll(open_poll, council, chair, roll):
    second = services.prepare_poll(
        council=council,
        body=open_poll.body,
        room=open_poll.room,
        question="Câu hỏi thứ hai",
        by=chair,
    )

    with pytest.raises(WrongState, match="đang có một cuộc biểu quyết khác"):
        services.open_poll(poll=second, roll=roll, by=chair)

    second.refresh_from_db()
    assert second.state == Poll.State.DRAFT
    assert not second.roll.exists()


def test_opening_twice_is_told(open_poll, roll, chair):
    with pytest.raises(WrongState, match="đang mở"):
        services.open_poll(poll=open_poll, roll=roll, by=chair)


def test_a_roll_with_nobody_a_double_or_a_stranger_is_refused(draft, roll, chair, council, other_council):
    stranger = builders.delegate(other_council, 1)
    for unfit in ([], roll + roll[:1], [*roll, Entitled(stranger.pk, "Khách")]):
        with pytest.raises(BadInput):
            services.open_poll(poll=draft, roll=unfit, by=chair)
    draft.refresh_from_db()
    assert draft.state == Poll.State.DRAFT


def test_32_the_result_counts_five_different_values(open_poll, delegates, chair):
    """Security 32: one delegate each: for, against, other, present but silent, absent."""
    for delegate, choice in zip(delegates, ("for", "against", "other"), strict=False):
        vote(open_poll, delegate, choice)

    result = services.close_poll(poll=open_poll, by=chair)

    assert five(result) == (1, 1, 1, 1, 1)
    assert (result.total, result.present, result.needed, result.passed) == (5, 4, 3, False)
    assert result.why == "Cần quá nửa tổng số đại biểu: từ 3/5. Đạt 1/5, bằng 20%."
    assert result.article == "Khoản 2 Điều 35 Luật Tổ chức chính quyền địa phương số 72/2025/QH15"


def test_32_a_result_that_does_not_add_up_to_the_roll_cannot_be_stored(open_poll, chair):
    """Security 32: the database refuses it, whoever writes it."""
    services.close_poll(poll=open_poll, by=chair)

    with pytest.raises(IntegrityError), transaction.atomic():
        Result.objects.update(votes_for=4)


def test_31_closing_twice_gives_the_same_result(open_poll, delegates, chair, secretary):
    """Security 31."""
    vote(open_poll, delegates[0], "for")
    first = services.close_poll(poll=open_poll, by=chair)

    second = services.close_poll(poll=open_poll, by=secretary)

    assert second == first
    assert events().count("voting.poll-closed") == 1


def test_31_of_close_and_cancel_one_wins_and_the_other_is_told(open_poll, chair, secretary):
    """Security 31."""
    services.cancel_poll(poll=open_poll, reason="Mở nhầm", by=chair)

    with pytest.raises(WrongState, match="đã bị hủy"):
        services.close_poll(poll=open_poll, by=secretary)
    assert not Result.objects.exists()


def test_31_a_declared_result_is_final(open_poll, chair, secretary):
    """Security 31, 35: correction is a new vote, never an edit."""
    services.close_poll(poll=open_poll, by=chair)
    services.declare_result(poll=open_poll, by=chair)

    with pytest.raises(WrongState, match="đã được công bố"):
        services.cancel_poll(poll=open_poll, reason="Đếm lại", by=secretary)
    assert services.declare_result(poll=open_poll, by=secretary).state == Poll.State.DECLARED
    assert events().count("voting.result-declared") == 1


def test_35_a_correction_is_a_new_vote_and_the_old_one_stays(open_poll, council, chair, roll, delegates):
    """Security 35: no service changes a closed poll; the room simply holds another."""
    vote(open_poll, delegates[0], "against")
    first = services.close_poll(poll=open_poll, by=chair)
    services.declare_result(poll=open_poll, by=chair)

    again = services.prepare_poll(
        council=council,
        body=open_poll.body,
        room=open_poll.room,
        question="Biểu quyết lại",
        by=chair,
    )
    again = services.open_poll(poll=again, roll=roll, by=chair)
    vote(again, delegates[0], "for")
    services.close_poll(poll=again, by=chair)

    first.refresh_from_db()
    assert five(first) == (0, 1, 0, 3, 1)
    assert Vote.objects.count() == 2


def test_a_poll_is_cancelled_only_with_a_reason(open_poll, chair):
    with pytest.raises(BadInput):
        services.cancel_poll(poll=open_poll, reason="  ", by=chair)

    cancelled = services.cancel_poll(poll=open_poll, reason="Mở nhầm nội dung", by=chair)

    assert (cancelled.state, cancelled.cancel_reason) == ("cancelled", "Mở nhầm nội dung")
    assert AuditEntry.objects.last().data == {"reason": "Mở nhầm nội dung", "was": "open"}


def test_a_closed_poll_may_be_cancelled_before_it_is_declared(open_poll, chair):
    services.close_poll(poll=open_poll, by=chair)

    services.cancel_poll(poll=open_poll, reason="Nhầm văn bản", by=chair)

    with pytest.raises(WrongState):
        services.declare_result(poll=open_poll, by=chair)


def test_a_draft_cannot_be_closed_or_declared(draft, chair):
    for act in (services.close_poll, services.declare_result):
        with pytest.raises(WrongState, match="chưa mở"):
            act(poll=draft, by=chair)


def test_29_entitlement_is_frozen_and_presence_is_kept_under_the_lock(open_poll, delegates, council, chair):
    """Security 29: a delegate who arrives votes; one who joined the council meanwhile does not."""
    late, newcomer = delegates[4], builders.delegate(council, 9)

    assert services.set_presence(room=open_poll.room, delegate=late, is_present=True) is True
    assert services.set_presence(room=open_poll.room, delegate=newcomer, is_present=True) is False

    assert vote(open_poll, late, "for").answer == "recorded"
    assert vote(open_poll, newcomer, "for").code == "not_entitled"
    open_poll.refresh_from_db()
    assert (open_poll.present, open_poll.entitled) == (5, 5)


def test_29_leaving_keeps_a_cast_vote(open_poll, delegates, chair):
    """Security 29: she voted and left: her vote counts, and she counts among those present."""
    vote(open_poll, delegates[0], "for")
    services.set_presence(room=open_poll.room, delegate=delegates[0], is_present=False)
    services.set_presence(room=open_poll.room, delegate=delegates[1], is_present=False)

    result = services.close_poll(poll=open_poll, by=chair)

    assert five(result) == (1, 0, 0, 2, 2)
    assert result.present == 3


def test_presence_set_twice_changes_the_counter_once(open_poll, delegates):
    for _again in range(2):
        services.set_presence(room=open_poll.room, delegate=delegates[0], is_present=False)

    open_poll.refresh_from_db()
    assert open_poll.present == 3


def test_presence_after_the_close_does_not_touch_the_roll(open_poll, delegates, chair):
    result = services.close_poll(poll=open_poll, by=chair)

    assert not services.set_presence(room=open_poll.room, delegate=delegates[0], is_present=False)

    poll = Poll.objects.get()
    (counted,) = services.count(poll, services.roll_lines(poll))
    assert counted == {k: getattr(result, k) for k in counted}


def test_the_secretary_enters_a_vote_visibly_and_separately_marked(open_poll, delegates, secretary, chair):
    services.cast_by_secretary(
        poll=open_poll, delegate=delegates[0], choice="for", reason="Máy hết pin", by=secretary
    )

    entered = Vote.objects.get()
    assert (entered.channel, entered.entered_by, entered.reason) == (
        "secretary",
        secretary,
        "Máy hết pin",
    )
    assert services.close_poll(poll=open_poll, by=chair).by_secretary == 1
    line = AuditEntry.objects.get(event="voting.vote-entered")
    assert line.actor == secretary.username
    assert line.data["name"] == delegates[0].full_name
    assert "choice" not in line.data


def test_the_secretary_must_give_a_reason(open_poll, delegates, secretary):
    with pytest.raises(BadInput):
        services.cast_by_secretary(poll=open_poll, delegate=delegates[0], choice="for", reason=" ", by=secretary)


def test_the_secretary_may_not_vote_for_somebody_absent_or_off_the_roll(open_poll, delegates, secretary, council):
    for who in (delegates[4], builders.delegate(council, 9)):
        with pytest.raises(NotAllowed):
            services.cast_by_secretary(poll=open_poll, delegate=who, choice="for", reason="Máy hỏng", by=secretary)
    assert not Vote.objects.exists()


def test_a_delegate_may_not_enter_a_vote_for_another(open_poll, delegates):
    with pytest.raises(NotAllowed):
        services.cast_by_secretary(
            poll=open_poll,
            delegate=delegates[1],
            choice="for",
            reason="x",
            by=delegates[0].user,
        )


def test_a_press_from_before_the_secretarys_entry_comes_too_late(open_poll, delegates, secretary):
    services.cast_by_secretary(
        poll=open_poll, delegate=delegates[0], choice="against", reason="Máy treo", by=secretary
    )

    said = vote(open_poll, delegates[0], "for", replaces=0)

    assert (said.answer, said.vote["choice"], said.vote["channel"]) == (
        "stale",
        "against",
        "secretary",
    )


def test_the_delegates_own_later_vote_replaces_the_secretarys_entry(open_poll, delegates, secretary):
    services.cast_by_secretary(
        poll=open_poll, delegate=delegates[0], choice="against", reason="Máy treo", by=secretary
    )

    vote(open_poll, delegates[0], "for", replaces=1)

    own = Vote.objects.get()
    assert (own.choice, own.channel, own.entered_by, own.reason) == ("for", "socket", None, "")


def test_24_the_database_refuses_a_second_vote_of_a_delegate(open_poll, delegate):
    """Security 24: in the database, not only in code."""
    vote(open_poll, delegate, "for")

    with pytest.raises(IntegrityError), transaction.atomic():
        Vote.objects.create(
            poll=open_poll,
            delegate=delegate,
            choice="for",
            channel="http",
            cast_at=timezone.now(),
        )


def test_24_the_database_refuses_a_second_open_poll_in_a_room(open_poll):
    with pytest.raises(IntegrityError), transaction.atomic():
        Poll.objects.create(
            council=open_poll.council,
            body=open_poll.body,
            room=open_poll.room,
            question="x",
            state="open",
        )


def test_every_act_is_announced_and_recorded_in_the_sessions_chain(draft, roll, chair, secretary, delegates):
    room = Room.objects.get(key=draft.room)
    seqs = [room.seq]

    def after(act):
        act()
        room.refresh_from_db()
        seqs.append(room.seq)

    after(lambda: services.open_poll(poll=draft, roll=roll, by=chair))
    after(
        lambda: services.cast_by_secretary(
            poll=draft, delegate=delegates[0], choice="for", reason="Máy hỏng", by=secretary
        )
    )
    after(lambda: services.close_poll(poll=draft, by=chair))
    after(lambda: services.declare_result(poll=draft, by=chair))

    assert seqs == [seqs[0] + n for n in range(5)]
    assert events() == [
        "voting.poll-prepared",
        "voting.poll-opened",
        "voting.vote-entered",
        "voting.poll-closed",
        "voting.result-declared",
    ]
    assert {e.chain.key for e in AuditEntry.objects.all()} == {"session:1"}


def test_a_question_must_have_words(council, chair, hall):
    for question in ("", "  ", "x" * 501):
        with pytest.raises(BadInput):
            services.prepare_poll(
                council=council,
                body=builders.plenary(council),
                room=hall.key,
                question=question,
                by=chair,
            )


def test_a_rule_must_be_one_of_the_law(council, chair, hall):
    with pytest.raises(BadInput):
        services.prepare_poll(
            council=council,
            body=builders.plenary(council),
            room=hall.key,
            question="x",
            rule="whoever_shouts",
            by=chair,
        )


def test_a_vote_against_those_present_counts_them_at_the_close(council, chair, hall, roll, delegates):
    poll = services.prepare_poll(
        council=council,
        body=builders.plenary(council),
        room=hall.key,
        question="Chương trình kỳ họp",
        rule="majority_of_present",
        by=chair,
    )
    services.open_poll(poll=poll, roll=roll, by=chair)
    services.set_presence(room=hall.key, delegate=delegates[3], is_present=False)
    for delegate in delegates[:2]:
        vote(poll, delegate, "for", key=uuid.uuid4())

    result = services.close_poll(poll=poll, by=chair)

    assert (result.needed, result.passed) == (2, True)
    assert result.why == "Cần quá nửa số đại biểu có mặt: từ 2/3. Đạt 2/3, bằng 66,67%."
