"""Whole votes, held on the product and on the floor in turns: all over sockets, and all over HTTP."""

import asyncio
import json
import random
import statistics
import time
from dataclasses import dataclass, field
from datetime import datetime

from benchmarks.house import CSRF, Desk, House, seated, staff
from benchmarks.wire import Ballot, Crowd, Line, Screen, ballot, frame, post

CHOICES = ("for", "for", "for", "against", "other")
ROUND = ("open", "cast", "turnout", "close")  # from the chair's press to the result on the last screen
LATE = 20  # ballots sent after the close was answered
ANSWER = 60  # seconds until a silent server fails the run
# Seconds between `time.time` and `time.perf_counter`, to hold the server's clock against ours: one machine.
SHIFT = time.time() - time.perf_counter()


@dataclass
class Rush:
    """What all had in return: seconds until each answer, and by name the choice and the answer."""

    latencies: list[float] = field(default_factory=list)
    answers: dict[str, tuple[str, dict]] = field(default_factory=dict)
    seconds: float = 0.0  # from the first press to the last answer
    cpu: dict[str, float] = field(default_factory=dict)


class Presses:
    """Counts the answers in, and ends when the last is there."""

    def __init__(self, count: int):
        self.rush, self.left = Rush(), count
        self.done = asyncio.get_running_loop().create_future()

    def expect(self, name: str, choice: str, started: float):
        def told(now: float, said: dict) -> None:
            self.rush.latencies.append(now - started)
            self.rush.answers[name] = (choice, said)
            self.left -= 1
            if not self.left and not self.done.done():
                self.done.set_result(now)

        return told

    async def all(self, started: float) -> Rush:
        async with asyncio.timeout(ANSWER):
            self.rush.seconds = await self.done - started
        return self.rush


async def press_all(screens: list[Screen], ballots: list[tuple[str, Ballot]], seconds: float) -> Rush:
    """All press within `seconds` (0: at once); every tenth tablet taps twice with the same key."""
    presses = Presses(len(screens))
    order = list(enumerate(zip(screens, ballots, strict=True)))
    random.shuffle(order)
    started = time.perf_counter()
    for turn, (place, (screen, (choice, (key, message)))) in enumerate(order):
        if seconds:
            await asyncio.sleep(max(0.0, started + seconds * turn / len(order) - time.perf_counter()))
        screen.answers[key] = presses.expect(screen.name, choice, time.perf_counter())
        screen.transport.write(message * 2 if place % 10 == 0 else message)
    return await presses.all(started)


async def post_all(lines: list[Line], requests: list[tuple[str, str, bytes]]) -> Rush:
    """All send over HTTP at once, each on the line its browser holds open."""
    presses = Presses(len(lines))
    order = list(zip(lines, requests, strict=True))
    random.shuffle(order)
    started = time.perf_counter()
    for line, (name, choice, request) in order:
        count_in = presses.expect(name, choice, time.perf_counter())

        def told(now, status, body, count_in=count_in):
            count_in(now, json.loads(body) if body else {"answer": f"status {status}"})

        line.ask(request, told)
    return await presses.all(started)


async def late(screens: list[Screen], poll: str) -> int:
    """How many ballots were taken that left after the close had been answered: none may be."""
    screens = screens[:LATE]
    ballots = [("against", ballot(poll, "against", replaces=1)) for _screen in screens]
    rush = await press_all(screens, ballots, 0)
    return sum(said["answer"] != "refused" for _choice, said in rush.answers.values())


async def ask_all(screens: list[Screen]) -> Rush:
    """All ask at once what is their own, as tablets do after an opening."""
    presses = Presses(len(screens))
    message, started = frame('{"type": "mine"}'), time.perf_counter()
    for screen in screens:
        screen.mine = presses.expect(screen.name, "", started)
        screen.transport.write(message)
    return await presses.all(started)


def moment(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp() - SHIFT


def used(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    return {who: after[who] - before[who] for who in before}


async def check(desk: Desk, poll: str, answers: dict[str, tuple[str, dict]]) -> dict:
    """What was acknowledged against what the named result and the totals say."""
    recorded = {name: choice for name, (choice, said) in answers.items() if said["answer"] == "recorded"}
    lines, result = await desk.named(poll), (await desk.poll(poll))["result"]
    counted = result["votes_for"] + result["votes_against"] + result["votes_other"]
    lost = sum(lines[name]["choice"] != choice for name, choice in recorded.items())
    doubled = abs(counted - len(recorded)) + sum(line["changes"] for line in lines.values())
    return {"refused": len(answers) - len(recorded), "lost": lost, "doubled": doubled}


async def hold(house: House, desk: Desk, crowd: Crowd, screens: list[Screen], item: str, rush_seconds: float) -> dict:
    """One whole vote over sockets: prepared, opened, cast, closed, compared with the record."""
    count = len(screens)
    cpu = [house.spent()]
    poll = await desk.prepare(item)
    ballots = [(choice, ballot(poll, choice)) for choice in random.choices(CHOICES, k=count)]
    cpu.append(house.spent())

    pressed_open = time.perf_counter()
    await desk.open(poll)
    opened = await crowd.all_see(poll, "open", count)
    await asyncio.sleep(0.3)  # a person reads before pressing
    cpu.append(house.spent())

    rush = await press_all(screens, ballots, rush_seconds)
    cpu.append(house.spent())
    await asyncio.sleep(0.5)  # the chair sees that all have voted
    cpu.append(house.spent())

    pressed_close = time.perf_counter()
    await desk.close(poll)
    closed = await crowd.all_see(poll, "closed", count)
    cpu.append(house.spent())

    frame_bytes = screens[0].frame_bytes
    taken_late = await late(screens, poll)
    asked = await ask_all(screens)
    cpu.append(house.spent())
    facts = await desk.poll(poll)
    steps = [used(a, b) for a, b in zip(cpu, cpu[1:], strict=False)]
    checked = await check(desk, poll, rush.answers)
    await desk.declare(poll)
    return checked | {
        "poll": poll,
        "rush": rush,
        "late": taken_late,
        "asked": asked.latencies,
        "open_last": opened - pressed_open,
        "open_told": opened - moment(facts["opened_at"]),
        "result_last": closed - pressed_close,
        "result_told": closed - moment(facts["closed_at"]),
        "frame": frame_bytes,
        "cpu": dict(zip(("prepare", "open", "cast", "turnout", "close", "ask"), steps, strict=True)),
    }


async def floor_round(house: House, crowd: Crowd, bare: list[Screen], number: int, seconds: float, size: int) -> dict:
    """The same shape of load for the floor: all vote, then all are told in a frame of the product's size."""
    poll = f"round-{number}"
    ballots = [(choice, ballot(poll, choice)) for choice in random.choices(CHOICES, k=len(bare))]
    before = house.spent()
    rush = await press_all(bare, ballots, seconds)
    spent = used(before, house.spent())
    told = []
    line = await Line().connect("127.0.0.1", house.floor.port)
    for state in ("open", "closed"):
        pressed = time.perf_counter()
        line.ask(post(house.floor.url, f"/tell/{poll}/{state}/{size}", b""), lambda *_: None)
        told.append(await crowd.all_see(poll, state, len(bare)) - pressed)
    line.close()
    return {"rush": rush, "tell": told, "cpu": spent}


async def rush(house: House, options) -> dict:
    """All delegates vote at once over their sockets, round after round; the floor in turns."""
    crowd = Crowd()
    desk = Desk(house)
    await desk.prepare(house.hall["items"][0])  # wakes the pages up before memory is read
    idle = house.memory()
    started = time.perf_counter()
    screens = await seated(house, crowd)
    screens_at = time.perf_counter() - started
    others = await staff(house, Crowd())
    await asyncio.gather(*[screen.shown for screen in screens + others])
    await asyncio.sleep(1)
    full = house.memory()
    bare = [
        await Screen(name, crowd).connect(f"{house.floor.url.replace('http', 'ws')}/{place}")
        for place, name in enumerate(house.names)
    ]
    held, floors = [], []
    for number, item in enumerate(house.hall["items"]):
        held.append(await hold(house, desk, crowd, screens, item, options.rush))
        floors.append(await floor_round(house, crowd, bare, number, options.rush, held[-1]["frame"]))
    for screen in screens + others + bare:
        screen.close()
    await desk.http.aclose()
    return figures(held, floors, len(screens)) | {
        "rush_s": options.rush,
        "memory_idle_mb": round(idle / 2**20, 1),
        "memory_sockets_mb": round((full - idle) / 2**20, 1),
        "seating_s": round(screens_at, 2),
    }


def figures(held: list[dict], floors: list[dict], count: int) -> dict:
    """All keys of a size; the first round warms both sides up, and only its faults are counted."""
    faults = {key: sum(each[key] for each in held) for key in ("lost", "doubled", "late", "refused")}
    held, floors = held[1:], floors[1:]
    taken = [latency for each in held for latency in each["rush"].latencies]
    bare = [latency for each in floors for latency in each["rush"].latencies]
    ack_p99, floor_p99 = quantile(taken, 0.99), quantile(bare, 0.99)
    # of one round alone: the median of the rounds is not moved by one that a neighbour's work disturbed
    ack_each = statistics.median(quantile(each["rush"].latencies, 0.99) for each in held)
    floor_each = statistics.median(quantile(each["rush"].latencies, 0.99) for each in floors)
    tell = [seconds for each in floors for seconds in each["tell"]]
    round_cpu = [sum(each["cpu"][step]["product"] for step in ROUND) for each in held]
    cast_cpu = [each["cpu"]["cast"]["product"] for each in held]
    whole = sum(step["product"] for each in held for step in each["cpu"].values())
    tell_median = ms(statistics.median(tell))
    told = {key: ms(statistics.median(each[key] for each in held)) for key in ("open_told", "result_told")}
    return faults | {
        "delegates": count,
        "rounds": len(held),
        "votes": len(taken),
        "ack_p50_ms": quantile(taken, 0.50),
        "ack_p99_ms": ack_p99,
        "ack_max_ms": quantile(taken, 1),
        "ack_p99_median_ms": round(ack_each, 2),
        "open_last_ms": ms(max(each["open_last"] for each in held)),
        "open_last_median_ms": ms(statistics.median(each["open_last"] for each in held)),
        "open_told_median_ms": told["open_told"],
        "result_last_ms": ms(max(each["result_last"] for each in held)),
        "result_last_median_ms": ms(statistics.median(each["result_last"] for each in held)),
        "result_told_median_ms": told["result_told"],
        "frame_bytes": max(each["frame"] for each in held),
        "mine_p99_ms": quantile([latency for each in held for latency in each["asked"]], 0.99),
        "floor_ack_p50_ms": quantile(bare, 0.50),
        "floor_ack_p99_ms": floor_p99,
        "floor_ack_p99_median_ms": round(floor_each, 2),
        "floor_tell_median_ms": tell_median,
        "floor_tell_ms": ms(max(tell)),
        "p99_over_floor": round(ack_p99 / floor_p99, 2),
        "p99_over_floor_median": round(ack_each / floor_each, 2),
        "told_over_floor": round(max(told.values()) / tell_median, 2),
        "cpu_s": round(whole, 3),
        "cpu_ms_per_vote": round(1000 * whole / len(taken), 3),
        "round_cpu_s": round(statistics.median(round_cpu), 3),
        "cast_cpu_ms_per_ballot": round(1000 * statistics.median(cast_cpu) / count, 3),
        "cpu_ms_by_step": {
            step: ms(statistics.median(each["cpu"][step]["product"] for each in held)) for step in held[0]["cpu"]
        },
        "database_cpu_ms_by_step": {
            step: ms(statistics.median(each["cpu"][step]["database"] for each in held)) for step in held[0]["cpu"]
        },
        "generator_cast_cpu_ms": ms(statistics.median(each["cpu"]["cast"]["generator"] for each in held)),
        "floor_cpu_s": round(sum(each["cpu"]["floor"] for each in floors), 3),
        "floor_cast_cpu_ms_per_ballot": ms(statistics.median(each["cpu"]["floor"] for each in floors) / count, 3),
    }


async def lines_to(port: int, count: int) -> list[Line]:
    """Lines that are open when the clock starts, as browsers keep them; a server closes what is silent for long."""
    return [await Line().connect("127.0.0.1", port) for _place in range(count)]


async def http(house: House, options) -> dict:
    """The same vote where the hall's network lets no socket through: all send over HTTP at once."""
    count, desk = len(house.hall["delegates"]), Desk(house)
    rates, floors, lost, cpu, latencies = [], [], {"lost": 0, "doubled": 0, "refused": 0}, [], []
    for number, item in enumerate(house.hall["items"]):
        poll = await desk.prepare(item)
        await desk.open(poll)
        requests, floor_requests = [], []
        for place, (name, cookie) in enumerate(zip(house.names, house.cookies, strict=True)):
            choice, key = random.choice(CHOICES), ballot(poll, "for")[0]
            body = json.dumps({"choice": choice, "key": key, "replaces": 0}).encode()
            cookies = f"{cookie}; csrftoken={CSRF}"
            requests.append((name, choice, post(house.product.url, f"/bo-phieu/{poll}", body, cookies, CSRF)))
            path = f"/vote/round-{number}/{place}"
            floor_requests.append((name, choice, post(house.floor.url, path, body, cookies, CSRF)))
        await asyncio.sleep(0.5)
        lines = await lines_to(house.product.port, count)
        before = house.spent()
        held = await post_all(lines, requests)
        spent = used(before, house.spent())
        await desk.close(poll)
        found = await check(desk, poll, held.answers)
        await desk.declare(poll)
        bare = await lines_to(house.floor.port, count)
        floor = await post_all(bare, floor_requests)
        for line in lines + bare:
            line.close()
        lost = {key: lost[key] + found[key] for key in lost}
        if number:
            rates.append(count / held.seconds)
            floors.append(count / floor.seconds)
            cpu.append(spent)
            latencies += held.latencies
    await desk.http.aclose()
    rate, floor_rate = statistics.median(rates), statistics.median(floors)
    return {f"http_{key}": value for key, value in lost.items()} | {
        "http_votes_per_s": round(rate),
        "http_best_votes_per_s": round(max(rates)),
        "floor_http_votes_per_s": round(floor_rate),
        "http_over_floor": round(rate / floor_rate, 2),
        "http_ack_p99_ms": quantile(latencies, 0.99),
        "http_cpu_ms_per_vote": ms(statistics.median(each["product"] for each in cpu) / count, 3),
        "http_database_cpu_ms_per_vote": ms(statistics.median(each["database"] for each in cpu) / count, 3),
        "http_generator_cpu_ms_per_vote": ms(statistics.median(each["generator"] for each in cpu) / count, 3),
    }


def ms(seconds: float, digits: int = 1) -> float:
    return round(1000 * seconds, digits)


def quantile(values: list[float], share: float) -> float:
    """The smallest value that `share` of all do not exceed, in milliseconds."""
    ordered = sorted(values)
    return ms(ordered[max(0, -(-len(ordered) * int(share * 100) // 100) - 1)], 2)
