"""The socket of a sitting's room: lets people in and takes votes; the hub sends what is to be seen."""

import json
import time
from collections import deque
from urllib.parse import parse_qs
from uuid import UUID

from channels.consumer import get_handler_name
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from council import live, second_factor
from council.hub import Full, hub
from council.models import Delegate, User
from sessions.models import Sitting
from sessions.permissions_room import holds_wall_token
from sessions.room import DESK, KIND, may_watch
from sessions.selectors_room import delegate_in, mine_in, sitting_by_key
from voting import ballot_box
from voting.models import Vote

MAX_BYTES = 16 * 1024
MAX_PER_SECOND = 10
SOCKET_AUDIENCES = ("delegate", *DESK, "wall")  # citizens follow over HTTP: no seat of the hall is theirs

# Close codes that the screen understands (docs/realtime.md)
SIGNED_OUT, TOO_MUCH, TOO_BIG, NOT_TEXT, POLICY = 4401, 1008, 1009, 1003, 1008


class RoomConsumer(AsyncWebsocketConsumer):
    """A doorman and a relay: who may come in, and what a delegate asks."""

    channel_layer_alias = None  # the hub alone hears the bell
    seat: live.Seat | None = None
    delegate: Delegate | None = None

    async def dispatch(self, message):
        """Hand a message to its method. Channels would first look for stale connections, one hop to the one
        thread of the pages for every ballot of a rush; what asks the database here does so itself."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self):
        self.asked: deque[float] = deque(maxlen=MAX_PER_SECOND)
        route = self.scope["url_route"]["kwargs"]
        self.seat, self.sitting, self.delegate = await database_sync_to_async(self._seat)(**route)
        if self.seat is None:
            return await self.close()
        await self.accept()
        try:
            await hub.join(self)
        except Full:
            await self.close(code=TOO_MUCH)

    async def disconnect(self, code):
        hub.leave(self)

    async def receive(self, text_data=None, bytes_data=None):
        if text_data is None:
            return await self.close(code=NOT_TEXT)
        if len(text_data.encode()) > MAX_BYTES:
            return await self.close(code=TOO_BIG)
        if self._is_too_fast():
            return await self.close(code=TOO_MUCH)
        try:
            asked = json.loads(text_data)
        except (ValueError, RecursionError):
            return await self.close(code=POLICY)
        answer = await self._answer(asked) if isinstance(asked, dict) else None
        if answer is None:
            return await self.close(code=POLICY)
        await self.send(text_data=json.dumps(answer, ensure_ascii=False))

    async def _answer(self, asked: dict) -> dict | None:
        """The answer to one's own act; None for what nobody may ask."""
        match asked.get("type"):
            case "cast":
                return await self._cast(asked)
            case "mine":
                return {"type": "mine"} | await database_sync_to_async(self._mine)()
            case "ping":
                return {"type": "pong", "echo": str(asked.get("echo", ""))[:40]}
        return None

    async def _cast(self, asked: dict) -> dict | None:
        if self.delegate is None:
            return None
        try:
            poll, key, replaces = UUID(asked["poll"]), UUID(asked["key"]), int(asked.get("replaces", 0))
        except (KeyError, ValueError, TypeError, AttributeError):
            return None
        if not 0 <= replaces < 2**31:
            return None
        choice = str(asked.get("choice", ""))[:20]
        try:
            answer = await ballot_box.cast(poll, self.delegate.pk, choice, key, replaces, Vote.Channel.SOCKET)
        except Exception:  # not written: the tablet sends again with the same key, by the other way
            return {"type": "cast", "poll": str(poll), "key": str(key), "answer": "again"}
        return {"type": "cast", "poll": str(poll)} | answer.as_json()

    def _seat(self, sitting: UUID, audience: str):
        """The seat in the room, or None: nothing is said of why."""
        nobody = (None, None, None)
        if audience not in SOCKET_AUDIENCES:
            return nobody
        room = f"{KIND}:{sitting}"
        try:
            found = sitting_by_key(room)
        except Sitting.DoesNotExist:
            return nobody
        user, session = self.scope["user"], self.scope["session"]
        token = parse_qs(self.scope["query_string"].decode("latin-1")).get("khoa", [""])[0]
        if audience == "wall" and token and holds_wall_token(token, found):
            return live.Seat(room, audience), found, None
        if not user.is_authenticated:
            return nobody
        user = User.objects.get(pk=user.pk)
        second_factor.bind(user, session)
        if not may_watch(user, found, audience):
            return nobody
        if audience in DESK and not second_factor.has_stepped_up(session.session_key, user, found.room):
            return nobody
        seat = live.Seat(room, audience, user.pk, session.session_key or "")
        return seat, found, delegate_in(user, found) if audience == "delegate" else None

    def _mine(self) -> dict:
        return mine_in(self.sitting, self.delegate)

    def _is_too_fast(self) -> bool:
        now = time.monotonic()
        if len(self.asked) == MAX_PER_SECOND and now - self.asked[0] < 1:
            return True
        self.asked.append(now)
        return False
