"""The hub of one web process: watches the rooms that it serves and keeps its sockets up to date.

One query four times a second tells which rooms have a newer number; each audience is rendered once
per number and the same encoded frame goes to all its sockets. A socket has no queue: it is only told
that there is something newer, and one that was slow gets the newest state, never a backlog.
"""

import asyncio
import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from channels.db import database_sync_to_async
from django.conf import settings

from council import live, wake

TICK = 0.25  # seconds between two looks at the rooms, and between two frames of the same room
BEAT = 4.0  # seconds between heartbeats; each asks again whether the screen may stay (within 5 s)
MAX_SOCKETS = 2000
MAX_PER_USER = 3

logger = logging.getLogger(__name__)
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hub")  # never waits behind a page


class Screen(Protocol):
    """What the hub needs of a socket."""

    seat: live.Seat

    async def send(self, text_data: str) -> None: ...

    async def close(self, code: int) -> None: ...


class Full(Exception):
    """This process serves as many sockets as it may."""


class View:
    """One audience of one room as this process last rendered it."""

    def __init__(self):
        self.snapshot: live.Snapshot | None = None
        self.base: int | None = None
        self.full = self.delta = ""

    def take(self, new: live.Snapshot) -> None:
        self.base = self.snapshot.seq if self.snapshot else None
        self.delta = new.frame(self.snapshot) if self.snapshot else ""
        self.full = new.frame()
        self.snapshot = new

    def frame_for(self, seq: int | None) -> str:
        """What a screen at number `seq` needs: nothing, the difference, or everything."""
        if self.snapshot is None or seq == self.snapshot.seq:
            return ""
        return self.delta if seq is not None and seq == self.base else self.full


class Member:
    """A socket in the hub: its number, and the task that writes to it."""

    def __init__(self, screen: Screen, view: View):
        self.screen, self.view = screen, view
        self.seq: int | None = None
        self.beat = False
        self.news = asyncio.Event()
        self.task = asyncio.create_task(self.write())

    async def write(self) -> None:
        try:
            while True:
                await self.news.wait()
                self.news.clear()
                if frame := self.view.frame_for(self.seq):
                    self.seq = self.view.snapshot.seq
                    await self.screen.send(text_data=frame)
                if self.beat and self.view.snapshot:
                    self.beat = False
                    await self.screen.send(text_data=_beat(self.view.snapshot.seq))
        except asyncio.CancelledError:
            raise
        except Exception:  # the socket is gone; its own disconnect takes it out
            logger.debug("a socket went away while it was written to")


def _beat(seq: int) -> str:
    return json.dumps({"type": "beat", "seq": seq, "now": time.time()})


def _in_thread(function):
    return database_sync_to_async(function, thread_sensitive=False, executor=_thread)


class Hub:
    """All sockets of this process. Belongs to the event loop that it is first used in."""

    def __init__(self):
        self.members: dict[Screen, Member] = {}
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
            own = [s for s in self.members if s.seat.user_id == seat.user_id]
            for oldest in own[: len(own) - MAX_PER_USER + 1]:
                self.leave(oldest)
                await _close(oldest, 1008)
        view = self.views.setdefault((seat.room, seat.audience), View())
        member = self.members[screen] = Member(screen, view)
        member.news.set()
        if view.snapshot is None:
            self.ring.set()

    def leave(self, screen: Screen) -> None:
        """Take a socket out; one who never joined is no mistake."""
        member = self.members.pop(screen, None)
        if member is None:
            return
        member.task.cancel()
        key = (screen.seat.room, screen.seat.audience)
        if not any((s.seat.room, s.seat.audience) == key for s in self.members):
            self.views.pop(key, None)

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
            self.members, self.views = {}, {}
            wake.listen(self.wake)
        if not self.tasks or any(task.done() for task in self.tasks):
            for task in self.tasks:
                task.cancel()
            self.tasks = [loop.create_task(self._watch()), loop.create_task(self._heartbeat())]
            if settings.REDIS_URL:
                self.tasks.append(loop.create_task(self._hear_redis()))

    async def _watch(self) -> None:
        sent_at = 0.0
        while True:
            try:
                # Not wait_for: in Python 3.11 it swallows a cancellation that meets the ring, for ever.
                async with asyncio.timeout(TICK):
                    await self.ring.wait()
            except TimeoutError:
                pass
            self.ring.clear()
            # Frames go out four times a second at most: turnout is a counter, not a message per vote.
            await asyncio.sleep(max(0.0, sent_at + TICK - time.monotonic()))
            if not self.views:
                continue
            try:
                if await self._round():
                    sent_at = time.monotonic()
            except Exception:
                logger.exception("a round of the hub failed; the next one tries again")

    async def _round(self) -> bool:
        """Render what has a newer number and wake its sockets; whether anything was new."""
        numbers = await _in_thread(live.current_seqs)({room for room, _ in self.views})
        news = False
        for (room, audience), view in list(self.views.items()):
            if view.snapshot is not None and view.snapshot.seq >= numbers.get(room, 0):
                continue
            try:
                new = await _in_thread(live.snapshot)(room, audience)
            except Exception:
                logger.exception("the snapshot of %s for %s could not be rendered", room, audience)
                continue
            view.take(new)
            news = True
            for member in list(self.members.values()):
                if member.view is view:
                    member.news.set()
        return news

    async def _heartbeat(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            screens = dict(self.members)
            if not screens:
                continue
            try:
                good = await _in_thread(live.still_good)({screen.seat for screen in screens})
            except Exception:
                logger.exception("the rights of open sockets could not be checked")
                continue
            for screen, member in screens.items():
                if screen.seat in good:
                    member.beat = True
                    member.news.set()
                else:
                    self.leave(screen)
                    await _close(screen, 4401)

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
