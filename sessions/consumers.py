"""The socket of a sitting's room: lets people in and takes votes; the hub sends what is to be seen.

An ASGI application of its own, without a framework's consumer between: a message of a rush of ballots is
read, put into the box and answered in the event loop, and touches neither a thread nor the database here.
"""

import json
import time
from collections import deque
from contextlib import suppress
from urllib.parse import parse_qs
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http.cookie import parse_cookie

from council.gather import Gathering
from council.hub import Full, hub
from sessions.seating import Knock, Place, places_for
from sessions.selectors_room import mine_of
from voting import ballot_box
from voting.models import Vote

MAX_BYTES = 16 * 1024
MAX_PER_SECOND = 10

# Close codes that the screen understands (docs/realtime.md)
TOO_MUCH, TOO_BIG, NOT_TEXT, POLICY, COME_BACK = 1008, 1009, 1003, 1008, 1012


def _own_rows(asked: list[tuple[int, int]]) -> list[dict]:
    """What is each one's own; asked are sitting and delegate (ids)."""
    sittings: dict[int, set[int]] = {}
    for sitting, delegate in asked:
        sittings.setdefault(sitting, set()).add(delegate)
    found = {sitting: mine_of(sitting, delegates) for sitting, delegates in sittings.items()}
    return [found[sitting][delegate] for sitting, delegate in asked]


_door: Gathering[Knock, Place | None] = Gathering(places_for)
_mine: Gathering[tuple[int, int], dict] = Gathering(_own_rows)


async def room(scope, receive, send) -> None:
    """Serve one screen of a room for as long as it is open."""
    await Screen(scope, receive, send).serve()


class Screen:
    """A doorman and a relay: who may come in, and what a delegate asks."""

    def __init__(self, scope, receive, send):
        self._scope, self._receive, self._send = scope, receive, send
        self._asked: deque[float] = deque(maxlen=MAX_PER_SECOND)
        self._is_open = True
        self._place: Place | None = None

    @property
    def seat(self):
        return self._place.seat

    async def serve(self) -> None:
        await self._receive()  # websocket.connect
        with suppress(DatabaseError, InterfaceError):  # the door is shut for now: the screen knocks again
            self._place = await _door.ask(self._knock())
        if self._place is None:
            return await self.close()
        await self._send({"type": "websocket.accept"})
        try:
            await hub.join(self)
            await self._listen()
        except Full:
            await self.close(TOO_MUCH)
        finally:
            hub.leave(self)

    async def send_text(self, text: str) -> None:
        if self._is_open:
            await self._send({"type": "websocket.send", "text": text})

    async def close(self, code: int = 1000) -> None:
        if self._is_open:
            self._is_open = False
            await self._send({"type": "websocket.close", "code": code})

    def _knock(self) -> Knock:
        headers = dict(self._scope["headers"])
        cookies = parse_cookie(headers.get(b"cookie", b"").decode("latin-1"))
        query = parse_qs(self._scope["query_string"].decode("latin-1"))
        return Knock(
            **self._scope["url_route"]["kwargs"],
            session_key=cookies.get(settings.SESSION_COOKIE_NAME, ""),
            token=query.get("khoa", [""])[0],
        )

    async def _listen(self) -> None:
        while (event := await self._receive())["type"] == "websocket.receive":
            code = await self._hear(event.get("text"))
            if code:
                await self.close(code)

    async def _hear(self, text: str | None) -> int:
        """Answer one message; the code to close with when it is none that a screen may send."""
        if text is None:
            return NOT_TEXT
        if len(text) > MAX_BYTES or len(text.encode()) > MAX_BYTES:
            return TOO_BIG
        if self._is_too_fast():
            return TOO_MUCH
        try:
            asked = json.loads(text)
        except (ValueError, RecursionError):
            return POLICY
        try:
            answer = await self._answer(asked) if isinstance(asked, dict) else None
        except (DatabaseError, InterfaceError):  # not known now: the screen comes back and asks again
            return COME_BACK
        if answer is None:
            return POLICY
        await self.send_text(json.dumps(answer, ensure_ascii=False))
        return 0

    async def _answer(self, asked: dict) -> dict | None:
        """The answer to one's own act; None for what nobody may ask."""
        match asked.get("type"):
            case "cast":
                return await self._cast(asked)
            case "mine":
                return {"type": "mine"} | await self._own()
            case "ping":
                return {"type": "pong", "echo": str(asked.get("echo", ""))[:40]}
        return None

    async def _cast(self, asked: dict) -> dict | None:
        if self._place.delegate is None:
            return None
        try:
            poll, key, replaces = UUID(asked["poll"]), UUID(asked["key"]), int(asked.get("replaces", 0))
        except (KeyError, ValueError, TypeError, AttributeError):
            return None
        if not 0 <= replaces < 2**31:
            return None
        choice = str(asked.get("choice", ""))[:200]
        delegate = self._place.delegate.pk
        try:
            answer = await ballot_box.cast(poll, delegate, choice, key, replaces, Vote.Channel.SOCKET)
        except Exception:  # not written: the tablet sends again with the same key, by the other way
            return {"type": "cast", "poll": str(poll), "key": str(key), "answer": "again"}
        return {"type": "cast", "poll": str(poll)} | answer.as_json()

    async def _own(self) -> dict:
        if self._place.delegate is None:
            return {"presence": None, "poll": None}
        return await _mine.ask((self._place.sitting.pk, self._place.delegate.pk))

    def _is_too_fast(self) -> bool:
        now = time.monotonic()
        if len(self._asked) == MAX_PER_SECOND and now - self._asked[0] < 1:
            return True
        self._asked.append(now)
        return False
