"""When an audience is rendered again: a change at once, a turnout at its pace."""

import pytest

from council import live
from council.hub import TICK, View
from council.live import Snapshot


@pytest.fixture
def view():
    shown = View()
    shown.take(Snapshot(seq=10, deep=4))
    return shown


def test_a_change_is_due_at_once_even_right_after_another_frame(view):
    assert view.due_in(live.Numbers(11, 5)) == 0


def test_a_turnout_waits_for_its_turn(view):
    assert 0 < view.due_in(live.Numbers(11, 4)) <= TICK


def test_a_turnout_that_waited_long_enough_is_due(view):
    view.taken_at -= TICK

    assert view.due_in(live.Numbers(11, 4)) == 0


def test_what_is_shown_already_is_not_due(view):
    assert view.due_in(live.Numbers(10, 4)) is None


def test_nothing_shown_yet_is_due():
    assert View().due_in(live.Numbers(0, 0)) == 0
