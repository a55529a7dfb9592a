"""Real threads, real transactions: a vote against the close, a double tap, two chairs at odds.

Each thread has its own connection and its own transaction, as two processes would. On PostgreSQL this
is the row lock's test, on SQLite the writer lock's.
"""

import threading
import uuid
from collections import Counter

import pytest
from django.db import connection, transaction

from council import audit
from council.errors import WrongState
from council.models import AuditChain
from tests import builders
from tests.voting.conftest import ROOM
from voting import ballot_box, services
from voting.models import Poll, Result, RollEntry, Vote, VoteAct
from voting.rules import Entitled

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 6


def at_once(*acts):
    """Run every act in a thread of its own, all let go at the same moment; their results or errors."""
    gate = threading.Barrier(len(acts))
    results = [None] * len(acts)

    def run(place, act):
        try:
            gate.wait()
            results[place] = act()
        except Exception as fault:
            results[place] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def press(poll, delegate, choice="for", *, key=None, replaces=0):
    """One ballot in a transaction of its own, as another process's box would write it."""
    ballot = ballot_box.Ballot(poll.public_id, delegate.pk, choice, key or uuid.uuid4(), replaces)
    with transaction.atomic():
        answers, _room = ballot_box.write(poll.public_id, [ballot])
    return answers[0]


@pytest.fixture
def twelve(council):
    return [builders.delegate(council, n) for n in range(1, 13)]


@pytest.fixture
def new_poll(council, chair, hall):
    """Open a fresh poll for some delegates, all present."""

    def make(delegates, *, is_open=True):
        poll = services.prepare_poll(
            council=council,
            body=builders.plenary(council),
            room=ROOM,
            question="Biểu quyết",
            by=chair,
        )
        roll = [Entitled(d.pk, d.full_name, seat=d.seat, is_present=True) for d in delegates]
        return services.open_poll(poll=poll, roll=roll, by=chair) if is_open else (poll, roll)

    return make


def test_25_27_a_vote_against_the_close_is_acknowledged_and_counted_or_refused(twelve, new_poll, chair):
    """Security 25, 27: never acknowledged and lost, never counted and refused."""
    for _round in range(ROUNDS):
        poll = new_poll(twelve)

        *answers, result = at_once(
            *[lambda d=d, p=poll: press(p, d) for d in twelve],
            lambda p=poll: services.close_poll(poll=p, by=chair),
        )

        said = Counter((a.answer, a.code) for a in answers)
        recorded = said["recorded", ""]
        assert said == Counter({("recorded", ""): recorded, ("refused", "closed"): 12 - recorded})
        assert result.votes_for == recorded == Vote.objects.filter(poll=poll).count()
        assert result.votes_for + result.silent == result.total == 12


def test_27_ballots_through_the_box_against_the_close(twelve, new_poll, chair):
    """Security 27, through the box itself with its batches."""
    for _round in range(ROUNDS):
        poll = new_poll(twelve)

        *answers, result = at_once(
            *[
                lambda d=d, p=poll: ballot_box.cast_and_wait(p.public_id, d.pk, "for", uuid.uuid4())
                for d in twelve
            ],
            lambda p=poll: services.close_poll(poll=p, by=chair),
        )

        assert result.votes_for == sum(a.answer == "recorded" for a in answers)
        assert result.votes_for == Vote.objects.filter(poll=poll).count()


def test_a_double_tap_with_one_key_is_one_vote_and_one_answer(twelve, new_poll):
    poll, key = new_poll(twelve), uuid.uuid4()

    answers = at_once(*[lambda: press(poll, twelve[0], key=key)] * 8)

    assert {(a.answer, a.number) for a in answers} == {("recorded", 1)}
    assert Vote.objects.filter(poll=poll).count() == VoteAct.objects.filter(poll=poll).count() == 1


def test_of_two_taps_at_once_with_two_choices_one_counts_and_the_other_is_stale(twelve, new_poll):
    poll = new_poll(twelve)
    choices = ["for", "against", "other"] * 2

    answers = at_once(*[lambda c=c: press(poll, twelve[0], c) for c in choices])

    assert Counter(a.answer for a in answers) == {"recorded": 1, "stale": 5}
    winner = next(c for c, a in zip(choices, answers, strict=True) if a.answer == "recorded")
    vote = Vote.objects.get(poll=poll)
    assert (vote.choice, vote.number) == (winner, 1)


def test_31_two_chairs_who_close_at_once_get_the_same_result(twelve, new_poll, chair, secretary):
    """Security 31."""
    for _round in range(ROUNDS):
        poll = new_poll(twelve)

        first, second = at_once(
            lambda p=poll: services.close_poll(poll=p, by=chair),
            lambda p=poll: services.close_poll(poll=p, by=secretary),
        )

        assert first == second
        assert Result.objects.filter(poll=poll).count() == 1


def test_31_of_close_and_cancel_at_once_cancel_stands_and_nothing_is_in_between(
    twelve, new_poll, chair, secretary
):
    """Security 31: a closed poll may still be cancelled, a cancelled one never closed."""
    for _round in range(ROUNDS):
        poll = new_poll(twelve)

        closed, cancelled = at_once(
            lambda p=poll: services.close_poll(poll=p, by=chair),
            lambda p=poll: services.cancel_poll(poll=p, reason="Mở nhầm", by=secretary),
        )

        poll.refresh_from_db()
        assert (poll.state, cancelled.pk) == (Poll.State.CANCELLED, poll.pk)
        assert isinstance(closed, Result | WrongState)
        assert Result.objects.filter(poll=poll).exists() == isinstance(closed, Result)


def test_31_of_declare_and_cancel_at_once_exactly_one_wins(twelve, new_poll, chair, secretary):
    """Security 31: the other is refused, and the state is the winner's."""
    for _round in range(ROUNDS):
        poll = new_poll(twelve)
        services.close_poll(poll=poll, by=chair)

        outcome = at_once(
            lambda p=poll: services.declare_result(poll=p, by=chair),
            lambda p=poll: services.cancel_poll(poll=p, reason="Nhầm", by=secretary),
        )

        poll.refresh_from_db()
        winners = [o for o in outcome if isinstance(o, Poll)]
        losers = [o for o in outcome if isinstance(o, WrongState)]
        assert (len(winners), len(losers)) == (1, 1)
        assert poll.state == winners[0].state


def test_two_chairs_who_open_one_poll_at_once_open_it_once(twelve, new_poll, chair, secretary):
    for _round in range(ROUNDS):
        poll, roll = new_poll(twelve, is_open=False)

        outcome = at_once(
            lambda p=poll, r=roll: services.open_poll(poll=p, roll=r, by=chair),
            lambda p=poll, r=roll: services.open_poll(poll=p, roll=r, by=secretary),
        )

        assert sum(isinstance(o, Poll) for o in outcome) == 1
        assert sum(isinstance(o, WrongState) for o in outcome) == 1
        assert RollEntry.objects.filter(poll=poll).count() == 12
        services.close_poll(poll=poll, by=chair)


def test_two_polls_opened_at_once_in_one_room_leave_one_open(twelve, new_poll, chair, secretary):
    for _round in range(ROUNDS):
        (one, roll), (two, _roll) = new_poll(twelve, is_open=False), new_poll(twelve, is_open=False)

        outcome = at_once(
            lambda p=one, r=roll: services.open_poll(poll=p, roll=r, by=chair),
            lambda p=two, r=roll: services.open_poll(poll=p, roll=r, by=secretary),
        )

        assert sum(isinstance(o, Poll) for o in outcome) == 1
        open_now = Poll.objects.get(room=ROOM, state=Poll.State.OPEN)
        services.close_poll(poll=open_now, by=chair)


def test_29_comings_and_goings_during_the_close_add_up(twelve, new_poll, chair):
    """Security 29, 32: presence changes take the poll's lock too."""
    for _round in range(ROUNDS):
        poll = new_poll(twelve)

        *_others, result = at_once(
            *[lambda d=d, p=poll: press(p, d) for d in twelve[:5]],
            *[lambda d=d: services.set_presence(room=ROOM, delegate=d, is_present=False) for d in twelve[3:8]],
            lambda p=poll: services.close_poll(poll=p, by=chair),
        )

        (five,) = services.count(poll, services.roll_lines(poll))
        assert {k: getattr(result, k) for k in five} == five
        poll.refresh_from_db()
        assert poll.present == poll.roll.filter(is_present=True).count()


def test_the_record_stays_whole_under_a_rush(twelve, new_poll, chair):
    poll = new_poll(twelve)
    at_once(*[lambda d=d: press(poll, d) for d in twelve])
    services.close_poll(poll=poll, by=chair)

    for chain in AuditChain.objects.all():
        assert audit.first_bad_entry(chain) is None
