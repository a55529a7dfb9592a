"""A hall among much else: two thousand screens beside the public pages, all back after a restart, a bad network."""

import asyncio
import json
import random
import time

from benchmarks.house import CSRF, Desk, House, connect_all
from benchmarks.rounds import CHOICES, check, late, ms, press_all, quantile, used
from benchmarks.servers import Pages
from benchmarks.slow_line import SlowLine
from benchmarks.wire import Crowd, Line, Screen, ballot, get, post

PAGES = ("/", "/nghi-quyet", "/ky-hop")  # what citizens read
PAGES_PER_S = 100
CALM_S = 5.0  # seconds in which those entitled vote
ANSWER_S, PATIENCE_S, AGAIN_S = 1.5, 6.0, 3.0  # as in static/js/vote.js


def people_of(house: House) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Delegates and observers, each with name and cookie."""
    observers = [(f"observer {n}", f"sessionid={key}") for n, key in enumerate(house.hall["observer_sessions"])]
    return list(zip(house.names, house.cookies, strict=True)), observers


class Readers:
    """Citizens who read public pages at a steady pace, whatever the server does; each on a line of his own."""

    def __init__(self, url: str, port: int):
        self.url, self.port = url, port
        self.reading: set[asyncio.Task] = set()
        self.latencies: list[float] = []
        self.refused = self.missed = 0  # answers that were no page; turns when too many still waited

    async def read(self) -> None:
        started, turn = time.perf_counter(), 0
        while True:
            await asyncio.sleep(max(0.0, started + turn / PAGES_PER_S - time.perf_counter()))
            if len(self.reading) < 200:
                task = asyncio.create_task(self.ask(PAGES[turn % len(PAGES)]))
                self.reading.add(task)
                task.add_done_callback(self.reading.discard)
            else:
                self.missed += 1
            turn += 1

    async def ask(self, path: str) -> None:
        asked, done = time.perf_counter(), asyncio.get_running_loop().create_future()
        line = await Line().connect("127.0.0.1", self.port)
        line.ask(get(self.url, path), lambda *told: done.done() or done.set_result(told))
        now, status, _body = await done
        line.close()
        self.latencies.append(now - asked)
        self.refused += status != 200


async def calm(house: House, options) -> dict:
    """2,000 screens are open, the delegates vote within five seconds, and citizens read public pages."""
    crowd, desk = Crowd(), Desk(house)
    delegates, observers = people_of(house)
    idle = house.memory()
    screens = await connect_all(house, crowd, delegates + observers)
    await asyncio.gather(*[screen.shown for screen in screens])
    full = house.memory()
    tablets = screens[: len(delegates)]
    pages = Pages(house.env, house.folder / "pages.log").start()
    readers = Readers(pages.url, pages.port)
    reading = asyncio.create_task(readers.read())
    latencies, results, faults = [], [], {"lost": 0, "doubled": 0, "late": 0, "refused": 0}
    try:
        await asyncio.sleep(3)  # the pages warm up
        readers.latencies.clear()
        readers.missed, began = 0, time.perf_counter()
        for number, item in enumerate(house.hall["items"]):
            poll = await desk.prepare(item)
            ballots = [(choice, ballot(poll, choice)) for choice in random.choices(CHOICES, k=len(tablets))]
            await desk.open(poll)
            await crowd.all_see(poll, "open", len(screens))
            rush = await press_all(tablets, ballots, CALM_S)
            pressed = time.perf_counter()
            await desk.close(poll)
            closed = await crowd.all_see(poll, "closed", len(screens))
            found = await check(desk, poll, rush.answers) | {"late": await late(tablets, poll)}
            await desk.declare(poll)
            faults = {key: faults[key] + found[key] for key in faults}
            if number:
                latencies += rush.latencies
                results.append(closed - pressed)
        took = time.perf_counter() - began
    finally:
        reading.cancel()
        pages.stop()
    for screen in screens:
        screen.close()
    await desk.http.aclose()
    return {f"calm_{key}": value for key, value in faults.items()} | {
        "calm_sockets": len(screens),
        "calm_voting": len(tablets),
        "calm_ack_p50_ms": quantile(latencies, 0.5),
        "calm_ack_p99_ms": quantile(latencies, 0.99),
        "calm_result_last_ms": ms(max(results)),
        "calm_pages_per_s": round(len(readers.latencies) / took, 1),
        "calm_pages_p99_ms": quantile(readers.latencies, 0.99),
        "calm_pages_refused": readers.refused,
        "calm_pages_missed": readers.missed,
        "calm_memory_sockets_mb": round((full - idle) / 2**20, 1),
    }


async def reconnect(house: House, options) -> dict:
    """The server is killed and started again in an open vote; all come back in the same moment."""
    crowd, desk = Crowd(), Desk(house)
    delegates, _observers = people_of(house)
    seconds, first = [], []
    for item in house.hall["items"][:3]:
        poll = await desk.prepare(item)
        await desk.open(poll)
        screens = await connect_all(house, crowd, delegates)
        await crowd.all_see(poll, "open", len(screens))
        house.product.kill()
        await asyncio.gather(*[screen.ended for screen in screens])
        await asyncio.to_thread(house.product.start)
        before, started = house.spent(), time.perf_counter()
        screens = await connect_all(house, crowd, delegates)
        shown = await asyncio.gather(*[screen.shown for screen in screens])
        seconds.append(max(shown) - started)
        first.append(used(before, house.spent()))
        for screen in screens:
            screen.close()
        await desk.close(poll)
        await desk.declare(poll)
    await desk.http.aclose()
    return {
        "reconnect_sockets": len(delegates),
        "reconnect_all_current_s": round(max(seconds), 2),
        "reconnect_all_current_best_s": round(min(seconds), 2),
        "reconnect_cpu_ms_per_socket": ms(min(each["product"] for each in first) / len(delegates), 2),
    }


class Tablet:
    """A tablet as static/js/vote.js makes it: first the socket, after one and a half seconds HTTP with the same key."""

    def __init__(self, screen: Screen, cookie: str, url: str, port: int):
        self.screen, self.cookie, self.url, self.port = screen, cookie, url, port
        self.says = ""  # "sent" until the house has answered, then "confirmed" or "refused"
        self.answer: dict | None = None
        self.by_http = False
        self.done = asyncio.Event()

    async def press(self, poll: str, choice: str) -> float:
        """Seconds until the tablet says that the vote is recorded."""
        pressed, (key, message) = time.perf_counter(), ballot(poll, choice)
        self.says = "sent"
        body = json.dumps({"choice": choice, "key": key, "replaces": 0}).encode()
        self.screen.answers[key] = lambda now, said: self.take(said)
        while not self.done.is_set():
            if not self.screen.transport.is_closing():
                self.screen.transport.write(message)
                if await self.answered(ANSWER_S):
                    break
            await self.post(poll, body)
            if not self.done.is_set():
                await asyncio.sleep(AGAIN_S)
        return time.perf_counter() - pressed

    def take(self, said: dict) -> None:
        if not self.done.is_set():
            self.answer, self.says = said, "confirmed" if said["answer"] == "recorded" else "refused"
            self.done.set()

    async def answered(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self.done.wait()
        except TimeoutError:
            return False
        return True

    async def post(self, poll: str, body: bytes) -> None:
        self.by_http = True
        line = await Line().connect("127.0.0.1", self.port)
        request = post(self.url, f"/bo-phieu/{poll}", body, f"{self.cookie}; csrftoken={CSRF}", CSRF)
        line.ask(request, lambda now, status, told: status == 200 and self.take(json.loads(told)))
        await self.answered(PATIENCE_S)
        line.close()


async def recorded(house: House, tablet: Tablet, poll: str) -> str | None:
    """What the house says, on a good line, of the vote that a tablet has just called recorded."""
    done = asyncio.get_running_loop().create_future()
    line = await Line().connect("127.0.0.1", house.product.port)
    line.ask(get(house.product.url, f"/bo-phieu/{poll}/cua-toi", tablet.cookie), lambda *told: done.set_result(told))
    _now, status, body = await done
    line.close()
    vote = json.loads(body)["vote"] if status == 200 else None
    return vote and vote["choice"]


async def slow_hall(house: House, options) -> dict:
    """The delegates' tablets and the observers' screens hang on a bad network (benchmarks/slow_line.py)."""
    crowd, desk = Crowd(), Desk(house)
    delegates, observers = people_of(house)
    latencies, told, untrue, by_http = [], [], 0, 0
    faults = {"lost": 0, "doubled": 0, "refused": 0}
    async with SlowLine(house.product.port) as line:
        socket = house.socket().replace(str(house.product.port), str(line.port))
        screens = await connect_all(house, crowd, delegates + observers, socket)
        await asyncio.gather(*[screen.shown for screen in screens])
        for item in house.hall["items"]:
            poll = await desk.prepare(item)
            pressed = time.perf_counter()
            await desk.open(poll)
            told.append(await crowd.all_see(poll, "open", len(screens)) - pressed)
            tablets = [
                Tablet(screen, cookie, house.product.url, line.port)
                for screen, (_name, cookie) in zip(screens, delegates, strict=False)
            ]
            choices = random.choices(CHOICES, k=len(tablets))

            async def one(tablet, choice, poll=poll):
                await asyncio.sleep(random.uniform(0, options.rush))
                return await tablet.press(poll, choice)

            presses = asyncio.gather(*[one(t, c) for t, c in zip(tablets, choices, strict=True)])
            checked: set[Tablet] = set()
            while not presses.done() or len(checked) < len(tablets):
                await asyncio.sleep(0.2)
                for tablet, choice in zip(tablets, choices, strict=True):
                    if tablet.says != "sent" and tablet not in checked:
                        checked.add(tablet)
                        untrue += tablet.says == "confirmed" and await recorded(house, tablet, poll) != choice
            latencies += await presses
            by_http += sum(tablet.by_http for tablet in tablets)
            await desk.close(poll)
            answers = {t.screen.name: (c, t.answer) for t, c in zip(tablets, choices, strict=True)}
            found = await check(desk, poll, answers)
            faults = {key: faults[key] + found[key] for key in faults}
            await crowd.all_see(poll, "closed", len(screens))
            await desk.declare(poll)
    for screen in screens:
        screen.close()
    await desk.http.aclose()
    return {f"hall_{key}": value for key, value in faults.items()} | {
        "hall_tablets": len(delegates),
        "hall_observers": len(observers),
        "hall_untrue": untrue,
        "hall_ack_p50_ms": quantile(latencies, 0.5),
        "hall_ack_p99_ms": quantile(latencies, 0.99),
        "hall_ack_max_ms": quantile(latencies, 1),
        "hall_by_http": by_http,
        "hall_open_last_ms": ms(max(told)),
    }
