"""Redis carries wake-ups and caches, never facts: stopped, emptied, full or hanging, no vote waits for it."""

import asyncio

import pytest

from tests.faults import stories
from tests.faults.drill import rush_through

pytestmark = pytest.mark.faults


def held(people) -> None:
    assert stories.nobody_waited(people).broken == []
    assert len(people.answers("ok")) > 60


@pytest.mark.long
def test_117_redis_is_stopped_in_a_rush(house, redis, run):
    async def fault(people):
        redis.kill()
        await asyncio.sleep(4)
        await asyncio.to_thread(redis.start)

    held(run(rush_through(house, fault, seconds=6)))


@pytest.mark.long
def test_117_redis_is_emptied_in_a_rush(house, redis, run):
    async def fault(people):
        for _time in range(20):
            await asyncio.to_thread(redis.ask, "FLUSHALL")
            await asyncio.sleep(0.1)

    held(run(rush_through(house, fault)))


@pytest.mark.long
def test_117_redis_is_full_in_a_rush(house, redis, run):
    async def fault(people):
        await asyncio.to_thread(redis.ask, "FLUSHALL")
        await asyncio.to_thread(redis.ask, "CONFIG", "SET", "maxmemory", "1")
        await asyncio.sleep(3)
        await asyncio.to_thread(redis.ask, "CONFIG", "SET", "maxmemory", "0")

    held(run(rush_through(house, fault, seconds=5)))


def test_117_redis_hangs_in_a_rush(house, redis, run):
    held(run(stories.redis_hangs(house, redis)))
