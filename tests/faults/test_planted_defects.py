"""The drills have teeth: each defect, planted into the served product, breaks a promise that the checker names."""

import re
from inspect import signature

import pytest

from tests.faults import stories
from tests.faults.planted import DEFECTS, guards_of

pytestmark = [pytest.mark.faults, pytest.mark.long]

# defect -> the story that finds it, and the words of the checker
CAUGHT = {
    "acknowledges_before_commit": (stories.all_processes_are_killed, "^lost: "),
    "no_unique_constraint": (stories.no_vote_before, r" has 2 votes in "),
    "closes_without_lock": (stories.closed_in_the_rush, r"the rows say|set out after the close"),
    "commits_without_waiting_for_the_disk": (stories.postgresql_is_killed, "^lost: "),
    "ignores_the_key": (stories.pressed_twice, r"for one key|^nobody sent"),
    "lets_an_older_choice_overwrite": (stories.pressed_twice, r"that replaces no\. 0 became no\. (?!1\b)\d"),
    "takes_votes_after_the_close": (stories.closed_in_the_rush, "set out after the close"),
    "takes_votes_of_the_absent": (stories.some_leave_after_voting, "who was marked absent"),
    "records_after_the_commit": (stories.all_processes_are_killed, "the record does not tell of key"),
    "forks_the_record": (stories.the_desk_works_in_the_rush, r"entry \d+: \d+ was expected|does not follow"),
    "counts_from_memory": (stories.screens_follow, "the rows say"),
    "takes_the_silent_for_the_rest_of_the_present": (stories.some_leave_after_voting, "do not add up"),
    "opens_two_votes_at_once": (stories.two_chairs, "polls are open in|was opened while"),
    "closes_by_its_own_clock": (stories.the_clock_jumps, "before anybody closed"),
    "numbers_a_snapshot_after_reading_it": (stories.screens_follow, r"^\d+ screens differ"),
    "forgets_the_last_turnout": (stories.screens_follow, r"^\d+ screens differ"),
    "waits_for_redis": (stories.redis_hangs, "^a vote waited|not answered for certain"),
}


TIMES = 3  # a kill meets a gap of a tenth of a second by chance: on a busy machine not always at the first time


@pytest.mark.parametrize("name", CAUGHT)
def test_a_planted_defect_is_caught(name, own_house, postgres, redis, run):
    story, words = CAUGHT[name]
    breaks_too = {"postgres": postgres, "redis": redis}  # servers that a story breaks besides the house
    servers = {key: server for key, server in breaks_too.items() if key in signature(story).parameters}

    for _ in range(TIMES):
        house = own_house(without=guards_of(name), FAULTS_DEFECT=name)
        broken = run(story(house, **servers)).broken
        for web in house.webs:  # the next time they would only take the processor
            web.kill()
        if any(re.search(words, sentence) for sentence in broken):
            return
    pytest.fail(f"{name} was not seen; broken: {broken[:5]}")


def test_every_defect_has_a_story_that_finds_it():
    guards_of("ignores_the_key")
    assert set(CAUGHT) == set(DEFECTS)
    assert len(CAUGHT) >= 10
