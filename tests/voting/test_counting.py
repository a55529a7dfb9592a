"""Tellers: elected by an open vote, they count secret sheets and hands, and a second one confirms."""

import pytest
from django.db import IntegrityError, transaction

from council import regulations
from council.errors import BadInput, NotAllowed, WrongState
from council.models import AuditEntry
from tests import builders
from tests.voting.conftest import ROOM, vote
from voting import counting, services
from voting.count_rules import Sheets
from voting.models import Count, Outcome, Poll, Vote
from voting.permissions import is_public
from voting.rules import Named
from voting.selectors import get_result_for, named_votes, result_facts, sheet_facts
from voting.tellers import is_teller, name_tellers, serving_tellers

pytestmark = pytest.mark.django_db(transaction=True)

CHAIN = "session:1"


def prepare(council, chair, hall, **fields):
    return services.prepare_poll(
        council=council, body=builders.plenary(council), room=hall.key, chain=CHAIN, by=chair,
        **{"question": "Bầu Phó Chủ tịch Hội đồng nhân dân"} | fields,
    )  # fmt: skip


def elect_tellers(council, chair, hall, roll, delegates, *, choice="for"):
    poll = prepare(council, chair, hall, question="Thông qua Ban kiểm phiếu")
    name_tellers(poll=poll, members=delegates[:3], head=delegates[0], by=chair)
    services.open_poll(poll=poll, roll=roll, by=chair)
    for delegate in delegates[:4]:
        vote(poll, delegate, choice)
    services.close_poll(poll=poll, by=chair)
    return services.declare_result(poll=poll, by=chair)


@pytest.fixture
def tellers(council, chair, hall, roll, delegates):
    elect_tellers(council, chair, hall, roll, delegates)
    return [delegate.user for delegate in delegates[:3]]


@pytest.fixture
def election(council, chair, hall, roll, tellers):
    """Closed, waiting for its count: two candidates for one seat, four of five present."""
    poll = prepare(
        council, chair, hall, kind="election", method="paper", seats=1,
        nominees=[Named("Trần Thị Bình", "Trưởng Ban Pháp chế"), Named("Lê Văn Cường")],
    )  # fmt: skip
    services.open_poll(poll=poll, roll=roll, by=chair)
    services.close_poll(poll=poll, by=chair)
    return Poll.objects.get(pk=poll.pk)


def counted(first=3, second=1, **fields):
    base = {"handed_out": 4, "collected": 4, "valid": 4, "blank": 0, "invalid": 0}
    return Sheets(**base | fields, figures={"1": {"for": first}, "2": {"for": second}})


# --- Tellers ---


def test_tellers_serve_once_an_open_vote_has_passed_them(council, chair, hall, roll, delegates):
    assert serving_tellers(CHAIN) is None

    poll = elect_tellers(council, chair, hall, roll, delegates)

    assert is_teller(delegates[1].user, poll)
    assert not is_teller(delegates[3].user, poll)


def test_tellers_who_were_voted_down_do_not_serve(council, chair, hall, roll, delegates):
    elect_tellers(council, chair, hall, roll, delegates, choice="against")

    assert serving_tellers(CHAIN) is None


def test_a_board_of_tellers_has_three_members_with_a_head_among_them(council, chair, hall, delegates):
    poll = prepare(council, chair, hall)
    for members, head in (
        (delegates[:2], delegates[0]),
        ([delegates[0], delegates[0], delegates[1]], delegates[0]),
        (delegates[:3], delegates[4]),
    ):
        with pytest.raises(BadInput):
            name_tellers(poll=poll, members=members, head=head, by=chair)


def test_a_secret_vote_does_not_open_without_tellers(council, chair, hall, roll):
    poll = prepare(council, chair, hall, kind="removal", method="paper", nominees=[Named("Lê Văn Cường")])

    with pytest.raises(WrongState):
        services.open_poll(poll=poll, roll=roll, by=chair)


# --- What may be prepared ---


def test_a_vote_on_persons_is_never_by_hands_or_named_on_tablets(council, chair, hall):
    for method in ("tablet", "hands"):
        with pytest.raises(BadInput):
            prepare(council, chair, hall, kind="election", method=method, seats=1, nominees=[Named("A")])
    with pytest.raises(IntegrityError), transaction.atomic():
        Poll.objects.create(
            council=council, body=builders.plenary(council), room=ROOM, kind="election", method="tablet"
        )


def test_nobody_stands_twice_on_a_sheet_and_an_election_says_how_many(council, chair, hall):
    with pytest.raises(BadInput):
        prepare(
            council, chair, hall, kind="election", method="paper", seats=1, nominees=[Named("A"), Named(" A ")]
        )
    with pytest.raises(BadInput):
        prepare(council, chair, hall, kind="election", method="paper", seats=0, nominees=[Named("A")])
    with pytest.raises(BadInput):
        prepare(council, chair, hall, nominees=[Named("A")])


def test_a_secret_vote_takes_the_rule_that_the_council_set_for_its_kind(council, chair, hall, office):
    regulations.set_value(
        council=council, key="dismissal_rule", value="two_thirds_of_all", valid_from=builders.TERM_START,
        legal_basis="Điều 20 Quy chế", by=office,
    )  # fmt: skip

    poll = prepare(council, chair, hall, kind="dismissal", method="paper", nominees=[Named("A")])

    assert poll.rule == "two_thirds_of_all"


def test_what_stands_on_the_sheet_is_frozen_with_a_hash(election):
    """Security 28."""
    before = services.frozen_hash(election)
    election.terms["sheet"]["nominees"][0][1] = "Người khác"

    assert election.roll_hash == before != services.frozen_hash(election)
    assert election.terms["rule"]["needed"] == 3


# --- Counting ---


def test_tablets_take_no_vote_where_tellers_count(council, chair, hall, roll, tellers, delegates):
    poll = prepare(council, chair, hall, kind="election", method="paper", seats=1, nominees=[Named("A")])
    services.open_poll(poll=poll, roll=roll, by=chair)

    said = vote(poll, delegates[0])

    assert (said.answer, said.code) == ("refused", "not_on_tablets")
    with pytest.raises(WrongState):
        services.cast_by_secretary(poll=poll, delegate=delegates[0], choice="for", reason="x", by=chair)
    assert not Vote.objects.filter(poll=poll).exists()


def test_a_count_becomes_the_result_when_a_second_teller_confirms_it(election, tellers, chair):
    count = counting.enter_sheets(poll=election, sheets=counted(), by=tellers[0])
    assert not sheet_facts(election)["is_counted"]
    assert "figures" not in sheet_facts(election)["lines"][0]

    counting.confirm_count(count=count, by=tellers[1])
    services.declare_result(poll=election, by=chair)

    facts = sheet_facts(Poll.objects.get(pk=election.pk))
    assert [line["verdict"] for line in facts["lines"]] == ["Trúng cử", "Không trúng cử"]
    assert (facts["handed_out"], facts["seats_left"], facts["is_declared"]) == (4, 0, True)


def test_figures_stand_under_their_headings_whatever_order_the_database_keeps(
    council, chair, hall, roll, tellers
):
    """PostgreSQL sorts the keys of its JSON by length: "low" came first, under the heading of "high"."""
    poll = prepare(council, chair, hall, kind="rating", method="paper", nominees=[Named("A")])
    services.open_poll(poll=poll, roll=roll, by=chair)
    services.close_poll(poll=poll, by=chair)
    said = Sheets(4, 4, 4, 0, 0, figures={"1": {"low": 0, "high": 3, "middle": 1}})
    counting.confirm_count(count=counting.enter_sheets(poll=poll, sheets=said, by=tellers[0]), by=tellers[1])

    facts = sheet_facts(Poll.objects.get(pk=poll.pk))

    headings = [label["label"] for label in facts["labels"]]
    assert headings == ["Tín nhiệm cao", "Tín nhiệm", "Tín nhiệm thấp"]
    assert [(f["label"], f["n"]) for f in facts["lines"][0]["figures"]] == list(zip(headings, [3, 1, 0], strict=True))


def test_nobody_confirms_the_own_count(election, tellers):
    count = counting.enter_sheets(poll=election, sheets=counted(), by=tellers[0])

    with pytest.raises(NotAllowed):
        counting.confirm_count(count=count, by=tellers[0])
    with pytest.raises(IntegrityError), transaction.atomic():
        Count.objects.filter(pk=count.pk).update(state="confirmed", checked_by=tellers[0])


def test_only_tellers_count_a_secret_vote(election, tellers, chair, secretary, delegates):
    for stranger in (chair, secretary, delegates[3].user):
        with pytest.raises(NotAllowed):
            counting.enter_sheets(poll=election, sheets=counted(), by=stranger)
    count = counting.enter_sheets(poll=election, sheets=counted(), by=tellers[0])
    for stranger in (chair, delegates[3].user):
        with pytest.raises(NotAllowed):
            counting.confirm_count(count=count, by=stranger)


def test_a_count_that_does_not_add_up_is_refused_in_words_and_nothing_is_kept(election, tellers):
    with pytest.raises(BadInput) as refused:
        counting.enter_sheets(poll=election, sheets=counted(first=4, second=1), by=tellers[0])

    assert "Tổng số lượt bầu" in refused.value.message
    assert not election.counts.exists()


def test_a_wrong_count_is_returned_with_a_reason_and_counted_anew_never_edited(election, tellers):
    first = counting.enter_sheets(poll=election, sheets=counted(), by=tellers[0])
    with pytest.raises(WrongState):
        counting.enter_sheets(poll=election, sheets=counted(), by=tellers[2])

    counting.return_count(count=first, reason="Đếm nhầm một phiếu", by=tellers[1])
    second = counting.enter_sheets(poll=election, sheets=counted(2, 2), by=tellers[0])
    counting.confirm_count(count=second, by=tellers[1])

    with pytest.raises(WrongState):
        counting.confirm_count(count=first, by=tellers[1])
    with pytest.raises(WrongState):
        counting.return_count(count=second, reason="x", by=tellers[2])
    assert list(election.counts.values_list("state", flat=True)) == ["returned", "confirmed"]


def test_confirming_twice_gives_one_result(election, tellers):
    count = counting.enter_sheets(poll=election, sheets=counted(), by=tellers[0])
    for _time in range(2):
        counting.confirm_count(count=count, by=tellers[1])

    assert Outcome.objects.filter(poll=election).count() == 2


def test_nothing_is_declared_before_two_people_agree_on_the_count(election, tellers, chair):
    with pytest.raises(WrongState):
        services.declare_result(poll=election, by=chair)
    counting.enter_sheets(poll=election, sheets=counted(), by=tellers[0])
    with pytest.raises(WrongState):
        services.declare_result(poll=election, by=chair)


def test_44_the_record_holds_no_number_of_a_count_before_it_is_confirmed(election, tellers):
    """Security 44: no interim tally for anyone."""
    count = counting.enter_sheets(poll=election, sheets=counted(), by=tellers[0])
    entered = AuditEntry.objects.get(event="voting.count-entered")
    assert set(entered.data) == {"digest"}

    counting.confirm_count(count=count, by=tellers[1])

    confirmed = AuditEntry.objects.get(event="voting.count-confirmed")
    assert confirmed.data["figures"] == {"1": {"for": 3}, "2": {"for": 1}}


def test_a_secret_vote_has_no_named_result_for_anybody(election, tellers, chair):
    counting.confirm_count(
        count=counting.enter_sheets(poll=election, sheets=counted(), by=tellers[0]), by=tellers[1]
    )
    poll = services.declare_result(poll=election, by=chair)

    assert get_result_for(chair, poll.council, poll.public_id) is None
    assert named_votes(poll, "names") == []
    assert result_facts(poll) is None


# --- Hands, paper, another system ---


@pytest.fixture
def by_hands(council, chair, hall, roll):
    poll = prepare(council, chair, hall, question="Thông qua chương trình", method="hands")
    services.open_poll(poll=poll, roll=roll, by=chair)
    services.close_poll(poll=poll, by=chair)
    return Poll.objects.get(pk=poll.pk)


def test_hands_are_counted_with_a_reason_and_a_second_pair_of_eyes(by_hands, chair, secretary):
    count = counting.enter_totals(
        poll=by_hands, figures={"for": 3, "against": 1}, reason="Mất mạng trong hội trường", by=secretary
    )
    with pytest.raises(NotAllowed):
        counting.confirm_count(count=count, by=secretary)
    counting.confirm_count(count=count, by=chair)

    facts = result_facts(by_hands)
    assert [row["n"] for row in facts["counts"]] == [3, 1, 0, 0, 1]
    assert (facts["passed"], facts["method_label"], facts["is_counted"]) == (True, "Giơ tay", True)
    assert named_votes(by_hands, "names") == []


def test_more_hands_than_delegates_present_are_refused(by_hands, secretary):
    with pytest.raises(BadInput):
        counting.enter_totals(poll=by_hands, figures={"for": 5}, reason="x", by=secretary)
    with pytest.raises(BadInput):
        counting.enter_totals(poll=by_hands, figures={"for": 3}, reason=" ", by=secretary)
    with pytest.raises(BadInput):
        counting.enter_totals(poll=by_hands, figures={"for": 3, "maybe": 1}, reason="x", by=secretary)


def test_noted_names_agree_with_the_numbers_and_are_of_those_present(by_hands, secretary, chair, delegates):
    for names in (
        {delegates[0].pk: "for"},
        {delegates[4].pk: "for", delegates[0].pk: "against"},
    ):
        with pytest.raises(BadInput):
            counting.enter_totals(
                poll=by_hands, figures={"for": 1, "against": 1}, reason="x", by=secretary, names=names
            )
    count = counting.enter_totals(
        poll=by_hands, figures={"for": 1, "against": 1}, reason="Máy hỏng", by=secretary,
        names={delegates[0].pk: "for", delegates[1].pk: "against"},
    )  # fmt: skip
    counting.confirm_count(count=count, by=chair)

    lines = {line.name: line.choice for line in named_votes(by_hands, "names")}
    assert lines[delegates[1].full_name] == "against"
    assert {v.channel for v in by_hands.votes.all()} == {"tellers"}


# --- Stepping out, rehearsal, correction ---


def test_who_steps_out_takes_no_part_and_counts_among_the_absent(open_poll, delegates, chair):
    services.step_out(poll=open_poll, delegate=delegates[0], reason="Có lợi ích liên quan", by=chair)

    assert vote(open_poll, delegates[0]).code == "stepped_out"
    services.set_presence(room=ROOM, delegate=delegates[0], is_present=True)
    assert vote(open_poll, delegates[0]).code == "stepped_out"
    vote(open_poll, delegates[1])
    result = services.close_poll(poll=open_poll, by=chair)
    assert (result.present, result.absent, result.stepped_out) == (3, 2, 1)


def test_who_has_voted_does_not_step_out_any_more(open_poll, delegates, chair):
    vote(open_poll, delegates[0])

    with pytest.raises(WrongState):
        services.step_out(poll=open_poll, delegate=delegates[0], reason="x", by=chair)


def test_stepping_out_can_be_taken_back(open_poll, delegates, chair):
    services.step_out(poll=open_poll, delegate=delegates[0], reason="x", by=chair)
    services.step_in(poll=open_poll, delegate=delegates[0], is_present=True, by=chair)

    assert vote(open_poll, delegates[0]).answer == "recorded"


def test_a_rehearsal_is_never_public_and_elects_no_tellers(council, chair, hall, roll, delegates):
    poll = prepare(council, chair, hall, is_rehearsal=True)
    name_tellers(poll=poll, members=delegates[:3], head=delegates[0], by=chair)
    services.open_poll(poll=poll, roll=roll, by=chair)
    for delegate in delegates[:4]:
        vote(poll, delegate)
    services.close_poll(poll=poll, by=chair)
    poll = services.declare_result(poll=poll, by=chair)

    assert poll.result.passed
    assert not is_public(poll)
    assert serving_tellers(CHAIN) is None


def test_35_a_correction_is_a_new_vote_and_the_old_one_stays(open_poll, delegates, council, chair, hall, roll):
    """Security 35: never an edit."""
    with pytest.raises(BadInput):
        prepare(council, chair, hall, corrects=open_poll)
    vote(open_poll, delegates[0])
    services.close_poll(poll=open_poll, by=chair)
    old = services.declare_result(poll=open_poll, by=chair)

    again = prepare(council, chair, hall, corrects=old)
    services.open_poll(poll=again, roll=roll, by=chair)

    old.refresh_from_db()
    assert (old.state, old.result.votes_for) == ("declared", 1)
    assert AuditEntry.objects.filter(event="voting.poll-prepared").last().data["corrects"] == str(old.public_id)
