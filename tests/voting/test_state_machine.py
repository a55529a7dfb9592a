"""Whatever is done in whatever order: open, vote, change, replay, come, go, enter, close, cancel, declare.

The machine keeps what it was told, by rules of its own, and compares with the rows after every step.
"""

import uuid

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from council.errors import NotAllowed, WrongState
from tests import builders
from tests.voting.conftest import ROOM, vote
from voting import services
from voting.models import Poll, Result, Vote, VoteAct
from voting.rules import Entitled

CHOICES = ["for", "against", "other"]
SEATS = st.integers(0, 4)


class Chamber(RuleBasedStateMachine):
    """One poll of five delegates from draft to its end."""

    people: dict = {}  # council, chair, secretary, delegates: the same for every run
    keys = Bundle("keys")

    def __init__(self):
        super().__init__()
        council = self.people["council"]
        for poll in Poll.objects.filter(state=Poll.State.OPEN):
            services.cancel_poll(poll=poll, reason="Lượt thử trước", by=self.people["chair"])
        self.poll = services.prepare_poll(
            council=council,
            body=builders.plenary(council),
            room=ROOM,
            question="Biểu quyết",
            by=self.people["chair"],
        )
        self.state = "draft"
        self.present = {0, 1, 2, 3}
        self.votes: dict[int, tuple[str, int]] = {}  # seat -> choice, number
        self.told: dict = {}  # (seat, key) -> choice, replaces, answer, number
        self.result = None

    def delegate(self, seat):
        return self.people["delegates"][seat]

    @rule()
    def open(self):
        roll = [
            Entitled(d.pk, d.full_name, seat=d.seat, is_present=seat in self.present)
            for seat, d in enumerate(self.people["delegates"])
        ]
        if self.state == "draft":
            services.open_poll(poll=self.poll, roll=roll, by=self.people["chair"])
            self.state = "open"
        else:
            with pytest.raises(WrongState):
                services.open_poll(poll=self.poll, roll=roll, by=self.people["chair"])

    @rule(target=keys, seat=SEATS, choice=st.sampled_from(CHOICES), late=st.integers(0, 2))
    def press(self, seat, choice, late):
        """A new press; `late` tells how many changes old the tablet's knowledge is."""
        current = self.votes.get(seat, ("", 0))[1]
        replaces = max(0, current - late)
        key = uuid.uuid4()
        said = vote(self.poll, self.delegate(seat), choice, key=key, replaces=replaces)
        if self.state != "open":
            code = {"draft": "not_open", "cancelled": "cancelled"}.get(self.state, "closed")
            # a poll cancelled as a draft never had a roll
            assert said.code in ({code} | ({"not_entitled"} if code == "cancelled" else set()))
            return multiple()
        if seat not in self.present:
            assert said.code == "absent"
            return multiple()
        if replaces != current:
            assert (said.answer, said.number) == ("stale", current)
        else:
            number = current if self.votes.get(seat, ("",))[0] == choice else current + 1
            assert (said.answer, said.number) == ("recorded", number)
            self.votes[seat] = (choice, number)
        self.told[seat, key] = (choice, replaces, said.answer, said.number)
        return (seat, key)

    @rule(told=keys)
    def replay(self, told):
        """The same key gets the same answer for ever, and changes nothing."""
        seat, key = told
        choice, replaces, answer, number = self.told[told]
        said = vote(self.poll, self.delegate(seat), choice, key=key, replaces=replaces)
        assert (said.answer, said.number) == (answer, number)

    @rule(told=keys, choice=st.sampled_from(CHOICES))
    def reuse_key(self, told, choice):
        seat, key = told
        before, replaces, _answer, _number = self.told[told]
        if choice != before:
            said = vote(self.poll, self.delegate(seat), choice, key=key, replaces=replaces)
            assert said.code == "key_reused"

    @precondition(lambda self: self.state == "open")
    @rule(seat=SEATS, is_present=st.booleans())
    def come_or_go(self, seat, is_present):
        changed = services.set_presence(room=ROOM, delegate=self.delegate(seat), is_present=is_present)
        assert changed == ((seat in self.present) != is_present)
        (self.present.add if is_present else self.present.discard)(seat)

    @rule(seat=SEATS, choice=st.sampled_from(CHOICES))
    def enter(self, seat, choice):
        def act():
            services.cast_by_secretary(
                poll=self.poll,
                delegate=self.delegate(seat),
                choice=choice,
                reason="Máy hỏng",
                by=self.people["secretary"],
            )

        if self.state != "open":
            with pytest.raises(WrongState):
                act()
        elif seat not in self.present:
            with pytest.raises(NotAllowed):
                act()
        else:
            act()
            self.votes[seat] = (choice, self.votes.get(seat, ("", 0))[1] + 1)

    @rule(twice=st.booleans())
    def close(self, twice):
        for _time in range(1 + twice):
            if self.state in ("open", "closed", "declared"):
                result = services.close_poll(poll=self.poll, by=self.people["chair"])
                assert self.result in (None, result.pk)
                self.result = result.pk
                self.state = "closed" if self.state == "open" else self.state
            else:
                with pytest.raises(WrongState):
                    services.close_poll(poll=self.poll, by=self.people["chair"])

    @rule()
    def declare(self):
        if self.state in ("closed", "declared"):
            services.declare_result(poll=self.poll, by=self.people["chair"])
            self.state = "declared"
        else:
            with pytest.raises(WrongState):
                services.declare_result(poll=self.poll, by=self.people["chair"])

    @precondition(lambda self: len(self.told) > 2)
    @rule()
    def cancel(self):
        if self.state in ("draft", "open", "closed"):
            services.cancel_poll(poll=self.poll, reason="Nhầm", by=self.people["chair"])
            self.state = "cancelled"
        else:
            with pytest.raises(WrongState):
                services.cancel_poll(poll=self.poll, reason="Nhầm", by=self.people["chair"])

    @invariant()
    def rows_are_what_was_acknowledged(self):
        rows = Vote.objects.filter(poll=self.poll)
        seats = {d.pk: seat for seat, d in enumerate(self.people["delegates"])}
        assert {seats[v.delegate_id]: (v.choice, v.number) for v in rows} == self.votes
        assert VoteAct.objects.filter(poll=self.poll).count() == len(self.told)
        assert Poll.objects.get(pk=self.poll.pk).state == self.state

    @invariant()
    def the_result_is_counted_from_the_rows_and_adds_up(self):
        if self.result is None:
            return
        result = Result.objects.get(pk=self.result)
        counted = [result.votes_for, result.votes_against, result.votes_other]
        choices = [choice for choice, _number in self.votes.values()]
        assert counted == [choices.count(c) for c in CHOICES]
        silent = len(self.present - set(self.votes))
        assert (result.silent, result.absent) == (silent, 5 - silent - len(self.votes))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_no_order_of_acts_loses_doubles_or_miscounts_a_vote(council, chair, secretary, delegates, hall):
    Chamber.people = {
        "council": council,
        "chair": chair,
        "secretary": secretary,
        "delegates": delegates,
    }
    run_state_machine_as_test(
        Chamber,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
