"""What many ask at the same moment is answered together, each with the own answer."""

import asyncio

import pytest

from council.gather import MOST, Gathering


def test_who_asks_while_others_are_answered_shares_the_next_batch():
    batches = []

    def doubled(numbers):
        batches.append(len(numbers))
        return [2 * number for number in numbers]

    async def story():
        gathering = Gathering(doubled)
        return await asyncio.gather(*[gathering.ask(number) for number in range(MOST + 200)])

    assert asyncio.run(story()) == [2 * number for number in range(MOST + 200)]
    assert batches == [MOST, 200]


def test_a_fault_is_told_to_those_who_asked_and_to_no_others():
    def halved(numbers):
        if 0 in numbers:
            raise ZeroDivisionError
        return [10 / number for number in numbers]

    async def story():
        gathering = Gathering(halved)
        with pytest.raises(ZeroDivisionError):
            await gathering.ask(0)
        return await gathering.ask(5)

    assert asyncio.run(story()) == 2


def test_who_went_away_before_the_answer_keeps_nobody_waiting():
    async def story():
        gathering = Gathering(lambda questions: questions)
        gone = asyncio.create_task(gathering.ask("gone"))
        await asyncio.sleep(0)
        gone.cancel()
        return await gathering.ask("here")

    assert asyncio.run(story()) == "here"


def test_a_gathering_serves_the_next_event_loop_too():
    gathering = Gathering(lambda questions: questions)

    assert [asyncio.run(gathering.ask(number)) for number in (1, 2)] == [1, 2]
