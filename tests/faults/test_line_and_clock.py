"""A line that cuts after the request, tablets that sleep over two votes, a clock that jumps an hour."""

import pytest

from tests.faults import stories
from tests.faults.checker import read

pytestmark = [pytest.mark.faults, pytest.mark.long]


def test_25_26_a_line_that_cuts_after_the_request(house, run):
    people = run(stories.the_line_is_bad(house))
    assert people.broken == []
    keys = {line["key"] for line in people.answers("unknown")} & {line["key"] for line in people.answers("ok")}
    assert len(keys) > 10  # not answered at first, certain in the end


def test_tablets_are_offline_over_the_close_and_the_opening_of_two_votes(house, run):
    people = run(stories.offline_over_two_votes(house))
    assert people.broken == []
    lost = {tablet.who for tablet in people.tablets[:6]}
    ends = [line for line in people.answers("ok", "refused") if line["who"] in lost and line["choice"] != "for"]
    # Three were recorded and told so when they came back; three never arrived and were told that it is closed.
    assert sorted(line["code"] or line["answer"] for line in ends) == ["closed"] * 3 + ["ok"] * 3


def test_37_the_clock_of_the_server_jumps_an_hour_in_the_rush(own_house, run):
    house = own_house()
    people = run(stories.the_clock_jumps(house))
    assert people.broken == []
    assert len(people.answers("ok")) > 60
    acts = read(house.books, {"acts": "SELECT max(at) - min(at) AS span FROM voting_voteact"})["acts"]
    assert acts[0]["span"].total_seconds() > 7000  # the clock did jump
