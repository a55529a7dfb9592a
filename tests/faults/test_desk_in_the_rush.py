"""The desk acts while everybody presses: close, two chairs, comings and goings."""

import tempfile
from pathlib import Path

import pytest

from tests.faults import stack, stories

pytestmark = pytest.mark.faults


def test_27_a_close_in_the_rush(house, run):
    people = run(stories.closed_in_the_rush(house, rounds=2))
    assert people.broken == []
    assert len([line for line in people.answers("refused") if line["code"] == "closed"]) > 20


@pytest.mark.long
def test_27_a_close_against_a_rush_of_five_hundred(place, postgres, redis, run):
    """Sockets blocked: 500 connections at once, each with one ballot."""
    folder = Path(tempfile.mkdtemp(prefix="hall-", dir=place))
    url = postgres.create("furnished_500", folder)
    told = stack.furnish(stack.environment(folder, url, redis), 500)
    with stack.served(folder, postgres, redis, "furnished_500", told) as hall:
        hall.serve(2)
        people = run(stories.five_hundred_against_the_close(hall))
    assert people.broken == []
    first_answers = {(line["poll"], line["who"]): line for line in people.lines if line["act"] == "cast"}
    assert len(first_answers) == 3 * 500
    assert {line["answer"] for line in first_answers.values()} == {"ok", "refused"}


@pytest.mark.long
def test_31_chair_and_secretary_act_at_the_same_moment(house, run):
    people = run(stories.two_chairs(house))
    assert people.broken == []
    acts = [line for line in people.lines if line["act"] == "open"]
    assert {line["answer"] for line in acts} == {"ok", "refused"}  # each time one of the two


@pytest.mark.long
def test_98_the_record_keeps_its_order_while_the_desk_works_in_the_rush(house, run):
    people = run(stories.the_desk_works_in_the_rush(house))
    assert people.broken == []
    assert len([line for line in people.lines if line["act"] == "prepare"]) > 3


@pytest.mark.long
def test_29_32_who_votes_and_leaves_is_counted_once_and_who_left_does_not_vote(house, run):
    people = run(stories.some_leave_after_voting(house))
    assert people.broken == []
    assert [line for line in people.answers("refused") if line["code"] == "absent"]
