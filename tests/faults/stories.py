"""What may happen in a hall, told once: the sound product must come through it (test_*.py of this folder),
a product with a planted defect must be found out by the same story (test_planted_defects.py).

A story takes a house that serves and gives the drill, whose `broken` holds every promise that was not kept.
"""

import asyncio
import random
import uuid

from tests.faults.drill import drill, rush_through
from tests.faults.tablets import CHOICES
from tests.faults.wire import Wire

SLOWEST = 3.0  # seconds that a vote may take while Redis is ill, on a busy machine


# --- what serves is killed ---------------------------------------------------------------------------


async def one_process_is_killed(house, *, seconds: float = 2.5):
    async def fault(people):
        house.webs[0].kill()
        await asyncio.sleep(0.7)
        await asyncio.to_thread(house.revive)

    return await rush_through(house, fault, seconds=seconds)


async def all_processes_are_killed(house, *, seconds: float = 4):
    async def fault(people):
        for web in house.webs:
            web.kill()
        await asyncio.sleep(0.5)
        await asyncio.to_thread(house.revive)

    return await rush_through(house, fault, seconds=seconds, patience=20)


async def postgresql_is_killed(house, postgres, *, seconds: float = 2.5):
    """Every process of the cluster at one moment; it recovers from what lies on its disk."""

    async def fault(people):
        await asyncio.to_thread(postgres.kill)
        await asyncio.sleep(0.3)
        await asyncio.to_thread(postgres.start)

    return await rush_through(house, fault, seconds=seconds, patience=20)


# --- Redis -------------------------------------------------------------------------------------------


async def redis_hangs(house, redis, *, seconds: float = 3.5):
    """Its connections stay open and nothing answers."""

    async def fault(people):
        await asyncio.to_thread(redis.ask, "FLUSHALL")  # so that the cache is asked
        redis.pause()
        await asyncio.sleep(seconds * 0.6)
        redis.resume()

    return nobody_waited(await rush_through(house, fault, seconds=seconds))


def nobody_waited(people):
    """Every vote was answered, for certain and soon."""
    doubtful = people.answers("unknown", "busy")
    if doubtful:
        people.broken.append(f"{len(doubtful)} votes were not answered for certain")
    slowest = max(line["answered"] - line["sent"] for line in people.answers("ok"))
    if slowest > SLOWEST:
        people.broken.append(f"a vote waited {slowest:.1f} s")
    return people


# --- the same ballot again, and two tablets of one delegate --------------------------------------------


async def pressed_twice(house, *, fingers: int = 12, replays: int = 3):
    """Double taps over both roads, two tablets of one delegate, an old choice that comes late, replays."""
    async with drill(house, sockets=1) as people:
        poll = await people.open()
        pairs = [(people.tablets[n], people.second_tablet(n)) for n in range(fingers)]
        await asyncio.gather(*[_press_twice(poll, n, *pair, replays=replays) for n, pair in enumerate(pairs)])
        await people.finish(poll)
    return people


async def _press_twice(poll, turn, one, other, *, replays: int) -> None:
    def ballot(choice: int, replaces: int) -> dict:
        key = str(uuid.uuid4())
        return {"poll": poll, "choice": CHOICES[(turn + choice) % 3], "key": key, "replaces": replaces}

    tap = ballot(0, 0)
    await asyncio.gather(one.by_socket(tap), one.by_http(tap), one.by_http(tap))
    # Both tablets knew of the first choice and press at the same moment: one counts, the other is told.
    await asyncio.gather(one.by_http(ballot(1, 1)), other.by_http(ballot(2, 1)))
    # A choice that set out before all that arrives now, and changes nothing.
    await other.by_http(ballot(2, 0))
    for _time in range(replays):
        await asyncio.gather(one.by_http(tap), other.by_http(tap))


async def no_vote_before(house, *, rounds: int = 3, fingers: int = 30):
    """Everybody's first press, with the finger of each going down twice at the same moment."""
    async with drill(house) as people:
        for _round in range(rounds):
            poll = await people.open()
            taps = []
            for place, tablet in enumerate(people.tablets[:fingers]):
                first = {"poll": poll, "choice": CHOICES[place % 3], "replaces": 0, "key": str(uuid.uuid4())}
                second = first | {"key": str(uuid.uuid4())}
                taps += [tablet.by_http(first), tablet.by_http(second)]
            await asyncio.gather(*taps)
            await people.compare()
            if people.broken:
                break
            await people.finish(poll)
    return people


async def replayed(house, times: int = 1000, *, at_once: int = 20):
    """One captured ballot of each of three delegates, sent again and again by both roads, also after the close."""
    async with drill(house) as people:
        poll = await people.open()
        kept = []
        for place, tablet in enumerate(people.tablets[:3]):
            ballot = {"poll": poll, "choice": CHOICES[place], "replaces": 0, "key": str(uuid.uuid4())}
            await tablet.by_http(ballot)
            kept.append((tablet, ballot))
        turns = iter(range(times))

        async def send_again():
            for turn in turns:
                tablet, ballot = kept[turn % 3]
                await (tablet.by_socket(ballot) if turn % 50 == 0 else tablet.by_http(ballot))

        sending = [asyncio.create_task(send_again()) for _sender in range(at_once)]
        await asyncio.sleep(1)
        await people.chair.must("close", poll)
        await asyncio.gather(*sending)
        await people.agree(poll)
        await people.own_votes(poll)
        await people.compare()
    return people


# --- the desk ------------------------------------------------------------------------------------------


async def closed_in_the_rush(house, *, rounds: int = 3, late: int = 6):
    """Everybody presses while the chair closes; some press again after the close was acknowledged."""
    async with drill(house) as people:
        for turn in range(rounds):
            poll, over = await people.open(), asyncio.Event()
            pressing = [
                asyncio.create_task(_press_until_told(tablet, poll, turn + n, over))
                for n, tablet in enumerate(people.tablets)
            ]
            await asyncio.sleep(random.uniform(0.3, 0.6))
            await people.chair.must("close", poll)
            for tablet in people.tablets[:late]:  # a key that the close has never seen
                await tablet.press(poll, "for", patience=2, socket=False)
            over.set()
            await asyncio.gather(*pressing)
            await people.agree(poll)
            await people.own_votes(poll)
            await people.compare()
    return people


async def _press_until_told(tablet, poll, turn, over) -> None:
    by_socket = bool(turn % 3)
    while True:
        turn += 1
        line = await tablet.press(poll, CHOICES[turn % 3], patience=8, socket=by_socket)
        if line["answer"] == "refused" or over.is_set():
            return
        await asyncio.sleep(random.uniform(0.05, 0.3))


async def two_chairs(house, *, rounds: int = 4):
    """Chair and secretary open, close, cancel and declare at the same moment, each another vote and the same."""
    items = house.told["items"]
    async with drill(house) as people:
        desks = (people.chair, people.secretary)
        for turn in range(rounds):
            polls = []
            for item in (1, 0):  # each has a draft of its own
                await people.chair.go_to(items[item])
                polls.append(await people.chair.prepare(f"Việc {turn}, mục {item}"))
            await asyncio.gather(*[desk.do("open", poll) for desk, poll in zip(desks, polls, strict=True)])
            presses = [t.press(polls[n % 2], CHOICES[n % 3], patience=2) for n, t in enumerate(people.tablets)]
            acts = [("close", "cancel"), ("close", "close"), ("cancel", "cancel"), ("cancel", "close")][turn % 4]
            await asyncio.gather(
                *presses, *[desk.do(act, poll) for desk, act in zip(desks, acts, strict=True) for poll in polls]
            )
            await asyncio.gather(
                *[people.chair.do("declare", poll) for poll in polls],
                *[people.secretary.do("cancel", poll) for poll in polls],
            )
            await people.compare()
            for poll in polls:  # what was never opened, or is still open, makes room for the next round
                await people.chair.do("cancel", poll)
        await people.compare()
    return people


async def the_desk_works_in_the_rush(house, *, seconds: float = 3):
    """While everybody votes the secretary prepares the next vote and throws it away, again and again; thrice at least."""

    async def fault(people):
        until, times = asyncio.get_running_loop().time() + seconds / 2, 0
        while asyncio.get_running_loop().time() < until or times < 3:
            await people.secretary.do("cancel", await people.secretary.prepare("Việc sau"))
            times += 1

    return await rush_through(house, fault, seconds=seconds)


async def some_leave_after_voting(house, *, leaving: int = 8):
    """Delegates vote and leave; others leave without a vote and press all the same; some come back."""
    async with drill(house) as people:
        poll = await people.open()
        await asyncio.gather(*[t.press(poll, "for", patience=5) for t in people.tablets[:20]])
        gone = [*people.tablets[:leaving], *people.tablets[-leaving:]]
        for tablet in gone:
            await people.secretary.mark(tablet.who, "absent")
        await asyncio.gather(*[t.press(poll, "against", patience=3) for t in gone])
        await people.secretary.mark(gone[0].who, "present")
        await people.finish(poll)
        for tablet in gone:
            await people.secretary.mark(tablet.who, "present")
    return people


# --- the line ------------------------------------------------------------------------------------------


async def the_line_is_bad(house, *, seconds: float = 6, cut: float = 0.3, swallow: float = 0.1):
    """Answers are cut off after their requests have arrived, requests are swallowed, everything takes longer."""

    async def fault(people):
        house.wire.delay, house.wire.cut, house.wire.swallow = 0.05, cut, swallow
        await asyncio.sleep(seconds / 2)
        house.wire.heal()

    try:
        return await rush_through(house, fault, seconds=seconds, sockets=0.5)
    finally:
        house.wire.heal()


async def screens_follow(house, *, rounds: int = 3):
    """Nothing breaks: everybody votes within half a second, and every screen tells the same soon after."""
    async with drill(house) as people:
        for turn in range(rounds):
            poll = await people.open()
            await asyncio.gather(*[_soon(t.press(poll, CHOICES[turn], patience=5)) for t in people.tablets])
            await people.finish(poll)
    return people


async def _soon(press):
    await asyncio.sleep(random.uniform(0, 0.5))
    return await press


async def offline_over_two_votes(house, *, away: int = 6):
    """Tablets lose the line with a ballot on its way, sleep over a close, an open and a close, and come back."""
    wire = Wire()
    wire.lead_to([web.port for web in house.webs])
    try:
        async with drill(house, lines=dict.fromkeys(range(away), wire.port)) as people:
            lost = people.tablets[:away]
            first = await people.open()
            await asyncio.gather(*[t.press(first, "for", patience=5) for t in people.tablets])
            wire.cut = 1.0  # the request arrives, its answer never does
            await asyncio.gather(*[t.press(first, "against", patience=0, socket=False) for t in lost[: away // 2]])
            wire.down()
            await asyncio.gather(*[t.press(first, "other", patience=0, socket=False) for t in lost[away // 2 :]])
            await people.chair.must("close", first)
            await people.chair.must("declare", first)
            second = await people.open()
            await asyncio.gather(*[t.press(second, "for", patience=5) for t in people.tablets[away:]])
            await people.chair.must("close", second)
            wire.heal()
            await people.agree(second)
            await people.settle()
            await people.own_votes(first)
            await people.own_votes(second)
            await people.chair.must("declare", second)
            await people.agree(second)
            await people.compare()
        return people
    finally:
        wire.close()


# --- the clock -----------------------------------------------------------------------------------------


async def the_clock_jumps(house, *, seconds: float = 5):
    """The clock of all processes jumps an hour ahead in the rush, two hours back, and home again."""

    async def fault(people):
        for hours in (1, -1, 0):
            await asyncio.to_thread(set_clock, house, hours)
            await asyncio.sleep(seconds / 5)

    try:
        people = await rush_through(house, fault, seconds=seconds)
    finally:
        set_clock(house, 0)
    return people


def set_clock(house, hours: float) -> None:
    (house.folder / "clock").write_text(str(hours * 3600))


# --- a hall of five hundred ------------------------------------------------------------------------------


async def five_hundred_against_the_close(house, *, rounds: int = 3):
    """Each of 500 delegates sends one ballot at the same moment; the chair closes in the middle of it."""
    async with drill(house, sockets=0, screens=False) as people:
        for turn in range(rounds):
            poll = await people.open()
            pressing = [
                asyncio.create_task(tablet.press(poll, CHOICES[n % 3], patience=20, socket=False))
                for n, tablet in enumerate(people.tablets)
            ]
            await asyncio.sleep((0.15, 0.6, 1.2)[turn % 3])
            await people.chair.must("close", poll)
            await asyncio.gather(*pressing)
            await people.agree(poll)
            await people.compare()
    return people
