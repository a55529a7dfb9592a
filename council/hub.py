"""The hub of one web process: watches the rooms that it serves and keeps its sockets up to date.

One query four times a second tells which rooms have a newer number; each audience is rendered once
per number and the same encoded frame goes to all its sockets. A change goes out at once, a turnout four
times a second at most: it is a counter, not a message per vote. A socket has no queue: it is only told
that there is something newer, and one that was slow gets the newest state, never a backlog.
"""

import asyncio
import json
import logging
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from types import coroutine
from typing import Protocol

from channels.db import database_sync_to_async
from django.conf import settings

from council import live, wake

TICK = 0.25  # seconds between two looks at the rooms, and between two turnouts of the same room
BEAT = 4.0  # seconds between heartbeats; each asks again whether the screen may stay (within 5 s)
MAX_SOCKETS = 2000
MAX_PER_USER = 3

logger = logging.getLogger(__name__)
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hub")  # never waits behind a page
_rights_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hub-rights")  # nor a frame behind a heartbeat


class Screen(Protocol):
    """What the hub needs of a socket."""

    seat: live.Seat

    async def send_text(self, text: str) -> None: ...

    async def close(self, code: int) -> None: ...


class Full(Exception):
    """This process serves as many sockets as it may."""


class View:
    """One audience of one room as this process last rendered it, and the sockets that show it."""

    def __init__(self):
        self.members: set[Member] = set()
        self.snapshot: live.Snapshot | None = None
        self.base: int | None = None
        self.full = self.delta = ""
        self.taken_at = 0.0

    def take(self, new: live.Snapshot) -> None:
        self.base = self.snapshot.seq if self.snapshot else None
        self.delta = new.frame(self.snapshot) if self.snapshot else ""
        self.full = new.frame()
        self.snapshot = new
        self.taken_at = time.monotonic()

    def due_in(self, numbers: live.Numbers) -> float | None:
        """Seconds until it is to be rendered, for the room's newest numbers; None: it shows them already."""
        if self.snapshot is None:
            return 0.0
        if self.snapshot.seq >= numbers.seq:
            return None
        if self.snapshot.deep != numbers.deep:
            return 0.0
        return max(0.0, self.taken_at + TICK - time.monotonic())

    def frame_for(self, seq: int | None) -> str:
        """What a screen at number `seq` needs: nothing, the difference, or everything."""
        if self.snapshot is None or seq == self.snapshot.seq:
            return ""
        return self.delta if seq is not None and seq == self.base else self.full


class Member:
    """A socket in the hub, and the number of what it shows.

    It is written to from where the news is: a thousand tasks that are woken for it would cost as much as
    the writing. Only a socket that does not take more for now has a task, which waits for it.
    """

    def __init__(self, screen: Screen, view: View):
        self.screen, self.view = screen, view
        self.seq: int | None = None
        self.beat = ""
        self.waiting: asyncio.Task | None = None

    def tell(self, beat: str = "") -> None:
        """Send what is new, and a heartbeat; now, or as soon as the socket takes it."""
        self.beat = beat or self.beat
        if self.waiting is None:  # else the task looks for itself what is new
            self.waiting = _begin(self._write())

    async def _write(self) -> None:
        try:
            while (frame := self.view.frame_for(self.seq)) or self.beat:
                if frame:
                    self.seq = self.view.snapshot.seq
                    await self.screen.send_text(frame)
                else:
                    beat, self.beat = self.beat, ""
                    await self.screen.send_text(beat)
        except Exception:  # the socket is gone; its own disconnect takes it out
            logger.debug("a socket went away while it was written to")
        finally:
            self.waiting = None


def _begin(work: Coroutine) -> asyncio.Task | None:
    """Run a coroutine as far as it goes without waiting; the task of its rest, None when it is done."""
    try:
        awaited = work.send(None)
    except StopIteration:
        return None
    return asyncio.create_task(_rest(work, awaited))


@coroutine
def _rest(work: Coroutine, awaited):
    """What is left of a coroutine that waits for `awaited`, to be run by a task."""
    while True:
        try:
            result = yield awaited
        except BaseException as error:  # cancelled, say: it is told
            step, value = work.throw, error
        else:
            step, value = work.send, result
        try:
            awaited = step(value)
        except StopIteration:
            return


def _beat(seq: int) -> str:
    return json.dumps({"type": "beat", "seq": seq, "now": time.time()})


def _in_thread(function, executor=_thread):
    return database_sync_to_async(function, thread_sensitive=False, executor=executor)


def _look(rooms: set[str], place: tuple[str, str], view: View) -> tuple[dict[str, live.Numbers], live.Snapshot | None]:
    """The rooms' newest numbers, and the snapshot of the fullest audience if it is due: one way to the thread
    and back, because the whole hall waits for it."""
    numbers = live.current_numbers(rooms)
    if view.due_in(numbers[place[0]]) != 0:
        return numbers, None
    try:
        return numbers, live.snapshot(*place, numbers[place[0]])
    except Exception:
        logger.exception("the snapshot of %s for %s could not be rendered", *place)
        return numbers, None


class Hub:
    """All sockets of this process. Belongs to the event loop that it is first used in."""

    def __init__(self):
        self.members: dict[Screen, Member] = {}
        self.of_user: dict[int, list[Screen]] = {}
        self.views: dict[tuple[str, str], View] = {}
        self.loop: asyncio.AbstractEventLoop | None = None
        self.ring = asyncio.Event()
        self.tasks: list[asyncio.Task] = []

    # --- sockets ---------------------------------------------------------------------------------

    async def join(self, screen: Screen) -> None:
        """Let a socket in; the fourth of the same person closes the first. Raises Full."""
        self._start()
        if len(self.members) >= MAX_SOCKETS:
            raise Full
        seat = screen.seat
        if seat.user_id:
            own = self.of_user.setdefault(seat.user_id, [])
            own.append(screen)
            for oldest in own[:-MAX_PER_USER]:
                self.leave(oldest)
                await _close(oldest, 1008)
        view = self.views.setdefault((seat.room, seat.audience), View())
        member = self.members[screen] = Member(screen, view)
        view.members.add(member)
        member.tell()
        if view.snapshot is None:
            self.ring.set()

    def leave(self, screen: Screen) -> None:
        """Take a socket out; one who never joined is no mistake."""
        member = self.members.pop(screen, None)
        if member is None:
            return
        if member.waiting:
            member.waiting.cancel()
        seat, view = screen.seat, member.view
        view.members.discard(member)
        if not view.members and self.views.get((seat.room, seat.audience)) is view:
            del self.views[seat.room, seat.audience]
        if seat.user_id:
            self.of_user[seat.user_id].remove(screen)
            if not self.of_user[seat.user_id]:
                del self.of_user[seat.user_id]

    def wake(self, key: str) -> None:
        """Look now; may be called from any thread."""
        loop = self.loop
        if loop is None or loop.is_closed():
            return
        if any(room == key for room, _ in list(self.views)):
            loop.call_soon_threadsafe(self.ring.set)

    # --- the watch -------------------------------------------------------------------------------

    def _start(self) -> None:
        loop = asyncio.get_running_loop()
        if self.loop is not loop:  # first use, or another loop (tests)
            self.loop, self.ring, self.tasks = loop, asyncio.Event(), []
            self.members, self.of_user, self.views = {}, {}, {}
            wake.listen(self.wake)
        if not self.tasks or any(task.done() for task in self.tasks):
            for task in self.tasks:
                task.cancel()
            self.tasks = [loop.create_task(self._watch()), loop.create_task(self._heartbeat())]
            if settings.REDIS_URL:
                self.tasks.append(loop.create_task(self._hear_redis()))

    async def _watch(self) -> None:
        pause = TICK
        while True:
            try:
                # Not wait_for: in Python 3.11 it swallows a cancellation that meets the ring, for ever.
                async with asyncio.timeout(pause):
                    await self.ring.wait()
            except TimeoutError:
                pass
            self.ring.clear()
            pause = TICK
            if not self.views:
                continue
            try:
                pause = await self._round()
            except Exception:
                logger.exception("a round of the hub failed; the next one tries again")

    async def _round(self) -> float:
        """Render what has changed and wake its sockets; seconds until the next look."""
        # the fullest audience first: the hall does not wait for the desk's page
        views = sorted(self.views.items(), key=lambda each: -len(each[1].members))
        numbers, first = await _in_thread(_look)({room for room, _ in self.views}, *views[0])
        pause = TICK
        for (room, audience), view in views:
            if first is not None:
                new, first = first, None
            else:
                due_in = view.due_in(numbers[room])
                if due_in is None:
                    continue
                if due_in > 0:
                    pause = min(pause, due_in)
                    continue
                try:
                    new = await _in_thread(live.snapshot)(room, audience)
                except Exception:
                    logger.exception("the snapshot of %s for %s could not be rendered", room, audience)
                    continue
            view.take(new)
            for member in list(view.members):
                member.tell()
            await asyncio.sleep(0)  # out to all of them, before the next rendering takes the processor
            if self.ring.is_set():  # something newer: the hall first again, before the smaller audiences
                return 0.0
        return pause

    async def _heartbeat(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            screens = dict(self.members)
            if not screens:
                continue
            try:
                good = await _in_thread(live.still_good, _rights_thread)({screen.seat for screen in screens})
            except Exception:
                logger.exception("the rights of open sockets could not be checked")
                continue
            beats: dict[View, str] = {}
            for screen, member in screens.items():
                if screen.seat not in good:
                    self.leave(screen)
                    await _close(screen, 4401)
                elif member.view.snapshot:
                    if member.view not in beats:
                        beats[member.view] = _beat(member.view.snapshot.seq)
                    member.tell(beats[member.view])

    async def _hear_redis(self) -> None:
        from redis import asyncio as redis

        # The client may swallow a cancellation that meets its own connecting, so the task is asked
        # itself, and no read lasts longer than a second.
        me = asyncio.current_task()
        while not me.cancelling():
            try:
                async with redis.Redis.from_url(settings.REDIS_URL) as client, client.pubsub() as bell:
                    await bell.subscribe(wake.CHANNEL)
                    while not me.cancelling():
                        message = await bell.get_message(ignore_subscribe_messages=True, timeout=1.0)
                        if message is not None:
                            self.wake(message["data"].decode())
            except Exception:
                logger.debug("redis does not answer; the rooms are watched by the clock")
                await asyncio.sleep(2)


async def _close(screen: Screen, code: int) -> None:
    try:
        await asyncio.wait_for(screen.close(code=code), 1)
    except Exception:
        logger.debug("a socket could not be closed")


hub = Hub()
