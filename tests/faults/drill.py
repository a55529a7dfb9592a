"""A vote under a fault: everybody presses, something breaks, it heals, and every promise is compared."""

import asyncio
import random
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path

from tests.faults.checker import Books, check, read
from tests.faults.tablets import CHOICES, Desk, Screen, Tablet

HEALED = 3.0  # seconds after which every screen equals the database


class Drill:
    """The people of one house for one fault. Histories stay in a folder beside the house's logs."""

    def __init__(self, house):
        self.house = house
        self.folder = Path(tempfile.mkdtemp(prefix="histories-", dir=house.folder))
        told = house.told
        pairs = list(zip(told["delegates"], told["sessions"][0], strict=True))
        self.tablets = [Tablet(house, self.folder, who, session) for who, session in pairs]
        self.chair = Desk(house, self.folder, "chair", told["chair_session"])
        self.secretary = Desk(house, self.folder, "secretary", told["secretary_session"])
        self.walls = [
            Screen(audience, house.port, self.chair.cookie, told["sitting"], audience)
            for audience in ("wall", "desk")
        ]
        self.extra: list[Tablet] = []
        self.watching: list[Screen] = []  # the tablets that follow the room
        self.broken: list[str] = []
        self.count = 0

    # --- people ------------------------------------------------------------------------------------

    async def arrive(
        self, sockets: float = 0.7, lines: dict[int, int] | None = None, screens: bool = True
    ) -> None:
        """Tablets and walls begin to follow; some tablets sit where sockets are blocked.

        `lines` gives some tablets a line of their own (place -> port). Without `screens` the tablets only vote.
        """
        for place, port in (lines or {}).items():
            self.tablets[place].port = self.tablets[place].screen.port = port
        self.watching = [tablet.screen for tablet in self.tablets] if screens else []
        for place, tablet in enumerate(self.tablets if screens else []):
            tablet.screen.follow(by_socket=place < sockets * len(self.tablets))
        for wall in self.walls:
            wall.follow()
        async with asyncio.timeout(30):
            while any(screen.seq < 0 for screen in self.screens):
                await asyncio.sleep(0.05)

    async def go(self) -> None:
        for wall in self.walls:
            await wall.leave()
        for tablet in self.tablets + self.extra:
            await tablet.go()
        for desk in (self.chair, self.secretary):
            desk.history.close()

    def second_tablet(self, place: int) -> Tablet:
        """Another tablet of the same delegate."""
        told = self.house.told
        tablet = Tablet(self.house, self.folder, told["delegates"][place], told["sessions"][1][place], 1)
        self.extra.append(tablet)
        return tablet

    @property
    def screens(self) -> list[Screen]:
        return self.watching + self.walls

    # --- a vote --------------------------------------------------------------------------------------

    async def open(self) -> str:
        """Prepare and open a vote; its id."""
        self.count += 1
        poll = await self.chair.prepare(f"Biểu quyết thử số {self.count}")
        await self.chair.must("open", poll)
        return poll

    async def rush(
        self, poll: str, seconds: float, fault=None, *, patience: float = 15, pause: float = 0.5
    ) -> None:
        """Everybody votes and changes the vote; `fault`, a coroutine, happens meanwhile and is waited for."""
        over = asyncio.Event()

        async def press(place: int, tablet: Tablet) -> None:
            turn = place
            await asyncio.sleep(random.uniform(0, pause))
            while not over.is_set():
                turn += 1
                line = await tablet.press(poll, CHOICES[turn % 3], patience=patience)
                if line["code"] in ("closed", "cancelled"):
                    return
                await asyncio.sleep(random.uniform(0.1, pause))

        pressing = [asyncio.create_task(press(*pair)) for pair in enumerate(self.tablets)]
        started = time.monotonic()
        try:
            if fault is not None:
                await asyncio.sleep(seconds / 3)
                await self.until_recorded(poll, 30)
                await fault
            await asyncio.sleep(max(0.0, started + seconds - time.monotonic()))
        finally:
            over.set()
            await asyncio.gather(*pressing)

    async def until_recorded(self, poll: str, votes: int, seconds: float = 10) -> None:
        """Wait, on a busy machine, until so many answers came: a fault before that would break nothing."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if sum(line["poll"] == poll for line in self.answers("ok")) >= votes:
                return
            await asyncio.sleep(0.05)

    async def settle(self) -> None:
        """On a sound line again: every tablet gets a certain answer to what it sent last."""
        await asyncio.gather(*[tablet.settle() for tablet in self.tablets + self.extra])

    async def agree(self, poll: str, within: float = HEALED) -> None:
        """Note the screens that do not equal the database within the time, counted from now."""
        until = time.monotonic() + within
        while True:
            truth = await asyncio.to_thread(self._truth, poll)
            wrong = [s for s in self.screens if not self._shows(s, truth)]
            if not wrong:
                break
            if time.monotonic() > until:
                seen = {s.name: (s.seq, (s.facts.get("poll") or {})) for s in wrong[:2]}
                self.broken.append(f"{len(wrong)} screens differ from {truth} after {within} s: {seen}")
                break
            await asyncio.sleep(0.1)
        for web in self.house.webs:  # and each process's own copy
            fresh = Screen("fresh", web.port, self.chair.cookie, self.house.told["sitting"], "wall")
            await fresh.look()
            if not self._shows(fresh, truth):
                self.broken.append(f"port {web.port} tells {fresh.seq}, {fresh.facts.get('poll')}, not {truth}")

    def _truth(self, poll: str) -> dict:
        number = poll if "://" in self.house.books else poll.replace("-", "")
        (row,) = read(
            self.house.books,
            {
                "x": "SELECT p.state, r.seq, (SELECT count(*) FROM voting_vote v WHERE v.poll_id = p.id) AS votes"
                f" FROM voting_poll p JOIN council_room r ON r.key = p.room WHERE p.public_id = '{number}'"
            },
        )["x"]
        return row | {"poll": poll}

    @staticmethod
    def _shows(screen: Screen, truth: dict) -> bool:
        shown = screen.facts.get("poll") or {}
        if screen.seq < truth["seq"]:
            return False
        if truth["state"] == "cancelled" and not shown:
            return True
        return (shown.get("id"), shown.get("state"), shown.get("cast")) == (
            truth["poll"], truth["state"], truth["votes"],
        )  # fmt: skip

    async def finish(self, poll: str) -> None:
        """The rest of a vote whose fault has healed: screens, own votes, close, result, every promise."""
        await self.agree(poll)
        await self.settle()
        await self.agree(poll)
        await self.chair.must("close", poll)
        await self.agree(poll)
        await self.own_votes(poll)
        await self.chair.must("declare", poll)
        await self.compare()

    async def own_votes(self, poll: str) -> None:
        """Each tablet is told of its own vote what the database holds."""
        books = await asyncio.to_thread(Books, self.house.books)
        held = {v["username"]: (v["choice"], v["number"]) for v in books.votes if v["poll"] == poll}
        for tablet in self.tablets[:10] + self.extra:
            mine = await tablet.mine(poll)
            told = mine and mine["vote"] and (mine["vote"]["choice"], mine["vote"]["number"])
            if told != held.get(tablet.who):
                self.broken.append(f"{tablet.who} is told {told}, the database holds {held.get(tablet.who)}")

    @property
    def lines(self) -> list[dict]:
        own = [tablet.history for tablet in self.tablets + self.extra] + [
            self.chair.history,
            self.secretary.history,
        ]
        return sorted((line for history in own for line in history.lines), key=lambda line: line["sent"])

    async def compare(self) -> None:
        self.broken += await asyncio.to_thread(lambda: check(self.lines, Books(self.house.books)))

    def answers(self, *kinds: str) -> list[dict]:
        return [line for line in self.lines if line["act"] == "cast" and line["answer"] in kinds]


@asynccontextmanager
async def drill(house, **options):
    """A drill with everybody in the room; afterwards all have gone.

    A desk that gets no further is a broken promise too, told beside those that the checker finds.
    """
    people = Drill(house)
    try:
        await people.arrive(**options)
        yield people
    except AssertionError as fault:
        people.broken.append(f"the desk got no further: {fault}")
        await people.compare()
    finally:
        await people.go()


async def rush_through(house, fault, *, seconds: float = 4, patience: float = 15, **options) -> Drill:
    """One whole vote with a fault in its rush; `fault` takes the drill and ends when it is healed."""
    async with drill(house, **options) as people:
        poll = await people.open()
        await people.rush(poll, seconds, fault(people), patience=patience)
        await people.finish(poll)
    return people
