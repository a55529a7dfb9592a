"""The same ballot again, by two roads, by two tablets, a thousand times: one vote, one answer per key."""

import pytest

from tests.faults import stories

pytestmark = pytest.mark.faults


def test_26_double_taps_and_two_tablets_of_one_delegate(house, run):
    people = run(stories.pressed_twice(house))
    assert people.broken == []
    assert len(people.answers("stale")) >= 12  # one of two that knew the same, and every old choice


@pytest.mark.long
def test_24_the_first_press_of_everybody_goes_down_twice_at_the_same_moment(house, run):
    people = run(stories.no_vote_before(house))
    assert people.broken == []
    assert len(people.answers("ok")) == 3 * 30


@pytest.mark.long
def test_26_a_captured_ballot_is_replayed_a_thousand_times(house, run):
    people = run(stories.replayed(house))
    assert people.broken == []
    assert len(people.answers("ok")) == 1003
