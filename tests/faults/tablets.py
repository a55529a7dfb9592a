"""The people of a sitting as the protocol knows them (docs/realtime.md), each with a history of its own.

A line of a history tells one try: what was sent and when, and what came back. The answer is `ok`, `stale`,
`refused` with its code, `busy` (not written, the server says so itself), or `unknown`: nothing came back,
so the vote may have been counted or not. Times are seconds of one clock of this machine that never jumps.
"""

import asyncio
import json
import random
import time
import uuid
from pathlib import Path

import websockets.asyncio.client as websockets
from websockets.exceptions import WebSocketException

CSRF = "f" * 32
CHOICES = ("for", "against", "other")
PATIENCE = 2.0  # seconds for an answer over the socket, then the same key goes by HTTP
SILENCE = 6.0  # seconds after which an open socket is not believed
EVERY = 1.5  # seconds between two looks over HTTP while no socket tells anything


class Unanswered(Exception):
    """The connection broke, or the time was up, before a whole answer was there."""


class History:
    """What one person sent and was told, kept in memory and line by line in a file."""

    def __init__(self, folder: Path, name: str):
        self.lines: list[dict] = []
        self._file = (folder / f"{name}.jsonl").open("a", encoding="utf-8")

    def note(self, **line) -> dict:
        self.lines.append(line)
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()
        return line

    def close(self) -> None:
        self._file.close()


async def ask(port: int, method: str, path: str, cookie: str, body: dict | str | None = None, seconds: float = 5):
    """One HTTP request on a connection of its own; status and JSON (None when it is none). A text is a form."""
    kind = "application/x-www-form-urlencoded" if isinstance(body, str) else "application/json"
    text = body if isinstance(body, str) else json.dumps(body or {})
    content = text.encode() if method == "POST" else b""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
        f"Cookie: {cookie}; csrftoken={CSRF}\r\nX-CSRFToken: {CSRF}\r\nAccept: application/json\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
    )
    writer = None
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head.encode() + content)
            await writer.drain()
            said = await reader.read()
    except (OSError, TimeoutError) as fault:
        raise Unanswered(type(fault).__name__) from fault
    finally:
        if writer is not None:
            writer.close()
    head, _blank, content = said.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    length = next((int(x.split(":")[1]) for x in lines if x.lower().startswith("content-length:")), None)
    if not lines[0] or (length is not None and len(content) < length):
        raise Unanswered("cut off")
    try:
        return int(lines[0].split()[1]), json.loads(content)
    except ValueError:
        return int(lines[0].split()[1]), None


class Screen:
    """Follows a room as the product's own screens do: newest number wins, HTTP whenever in doubt."""

    def __init__(self, name: str, port: int, cookie: str, sitting: str, audience: str):
        self.name, self.port, self.cookie, self.audience = name, port, cookie, audience
        self.path = f"{sitting}/{audience}"
        self.seq, self.facts = -1, {}
        self.socket = None
        self.heard = 0.0
        self.waiting: dict[str, asyncio.Future] = {}  # what was asked over the socket, by key
        self.tasks: list[asyncio.Task] = []

    def follow(self, *, by_socket: bool = True) -> None:
        self.tasks.append(asyncio.create_task(self._look()))
        if by_socket:
            self.tasks.append(asyncio.create_task(self._listen()))

    async def leave(self) -> None:
        tasks, self.tasks = self.tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _take(self, snapshot: dict) -> None:
        if snapshot["seq"] > self.seq:
            self.seq, self.facts = snapshot["seq"], snapshot["facts"]

    async def look(self, port: int | None = None) -> None:
        """Read the snapshot over HTTP now."""
        try:
            status, said = await ask(port or self.port, "GET", f"/live/{self.path}", self.cookie)
        except Unanswered:
            return
        if status == 200 and said:
            self._take(said)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(EVERY * random.uniform(0.8, 1))
            if self.socket is None or time.monotonic() - self.heard > SILENCE:
                await self.look()

    async def _listen(self) -> None:
        origin = f"http://127.0.0.1:{self.port}"
        url = f"ws://127.0.0.1:{self.port}/ws/hop/{self.path}"
        pause = 0.3
        while True:
            try:
                async with websockets.connect(
                    url, origin=origin, additional_headers={"Cookie": self.cookie}, open_timeout=5,
                    close_timeout=1, max_queue=None, compression=None, ping_interval=None,
                ) as socket:  # fmt: skip
                    self.socket, pause = socket, 0.3
                    async for text in socket:
                        self.heard = time.monotonic()
                        await self._hear(json.loads(text))
            except (OSError, TimeoutError, WebSocketException):
                pass
            self.socket = None
            for waiting in self.waiting.values():
                if not waiting.done():
                    waiting.cancel()
            await asyncio.sleep(random.uniform(0.2, pause))
            pause = min(pause * 2, 3)

    async def _hear(self, said: dict) -> None:
        if said["type"] == "cast":
            waiting = self.waiting.pop(said["key"], None)
            if waiting is not None and not waiting.done():
                waiting.set_result(said)
        elif said["type"] == "snapshot":
            self._take(said)
        elif said["type"] == "beat" and said["seq"] > self.seq:
            await self.look()


class Tablet:
    """One tablet of one delegate: votes, keeps what was not answered, sends it again with the same key."""

    def __init__(self, house, folder: Path, who: str, session: str, number: int = 0):
        self.port, self.who = house.port, who
        self.cookie = f"sessionid={session}"
        self.history = History(folder, f"{who}-{number}")
        self.screen = Screen(f"{who}-{number}", house.port, self.cookie, house.told["sitting"], "delegate")
        self.number: dict[str, int] = {}  # of the own vote as this tablet knows it, by poll
        self.pending: dict | None = None  # a ballot that nobody has answered for certain

    async def press(self, poll: str, choice: str, *, patience: float = 15, socket: bool = True, **ballot) -> dict:
        """Press a button: one ballot with one key, sent until it is answered or patience is at an end."""
        ballot = {
            "poll": poll,
            "choice": choice,
            "replaces": self.number.get(poll, 0),
            "key": str(uuid.uuid4()),
        } | ballot
        return await self.send(ballot, patience=patience, socket=socket)

    async def send(self, ballot: dict, *, patience: float = 15, socket: bool = True) -> dict:
        """Send a ballot with its key until it is answered for certain; the last line of its history."""
        self.pending = ballot
        until = time.monotonic() + patience
        line = await self.by_socket(ballot) if socket and self.screen.socket is not None else None
        while line is None or line["answer"] in ("unknown", "busy"):
            if line is not None:
                if time.monotonic() > until:
                    return line
                await asyncio.sleep(random.uniform(0.1, 0.4))
            line = await self.by_http(ballot)
        self.pending = None
        return line

    async def by_socket(self, ballot: dict) -> dict:
        waiting = self.screen.waiting[ballot["key"]] = asyncio.get_running_loop().create_future()
        sent = time.monotonic()
        try:
            await self.screen.socket.send(json.dumps({"type": "cast"} | ballot))
            said = await asyncio.wait_for(waiting, PATIENCE)
        except asyncio.CancelledError:
            if asyncio.current_task().cancelling():
                raise
            said = None  # the socket broke
        except (AttributeError, OSError, TimeoutError, WebSocketException):
            said = None
        return self._note(ballot, "socket", sent, said)

    async def by_http(self, ballot: dict, seconds: float = 5) -> dict:
        body = {key: ballot[key] for key in ("choice", "key", "replaces")}
        sent, status, said = time.monotonic(), 0, None
        try:
            status, said = await ask(self.port, "POST", f"/bo-phieu/{ballot['poll']}", self.cookie, body, seconds)
        except Unanswered:
            pass
        return self._note(ballot, "http", sent, said, status)

    def _note(self, ballot: dict, road: str, sent: float, said: dict | None, status: int = 0) -> dict:
        said = said if said and "answer" in said else {}
        answer = {"recorded": "ok", "again": "busy"}.get(said.get("answer"), said.get("answer", "unknown"))
        if said.get("code") == "busy":
            answer = "busy"
        if answer == "ok":
            self.number[ballot["poll"]] = max(said["number"], self.number.get(ballot["poll"], 0))
        elif answer == "stale" and said.get("vote"):
            self.number[ballot["poll"]] = said["vote"]["number"]
        return self.history.note(
            act="cast", who=self.who, **ballot, road=road, sent=sent, answered=time.monotonic(), status=status,
            answer=answer, code=said.get("code", ""), number=said.get("number", 0),
        )  # fmt: skip

    async def settle(self, seconds: float = 15) -> None:
        """Back on a sound line: send again what was never answered."""
        if self.pending is not None:
            await self.send(self.pending, patience=seconds, socket=False)

    async def mine(self, poll: str) -> dict | None:
        """The own vote as the server tells it."""
        status, said = await ask(self.port, "GET", f"/bo-phieu/{poll}/cua-toi", self.cookie)
        return said if status == 200 else None

    async def go(self) -> None:
        await self.screen.leave()
        self.history.close()


class Desk:
    """Chair or secretary: the verbs of the API, each with its answer."""

    def __init__(self, house, folder: Path, name: str, session: str):
        self.port, self.told, self.name = house.port, house.told, name
        self.cookie = f"sessionid={session}"
        self.history = History(folder, f"desk-{name}")
        self.room = f"sitting:{house.told['sitting']}"

    async def say(self, act: str, poll: str, path: str, body=None, patience: float = 15, **more) -> dict:
        """One act, sent again while nobody answers: every verb of the desk may be repeated."""
        until = time.monotonic() + patience
        while True:
            sent, status, said = time.monotonic(), 0, None
            try:
                status, said = await ask(self.port, "POST", path, self.cookie, body, 10)
            except Unanswered:
                pass
            line = self.history.note(
                act=act, who=self.name, poll=poll, sent=sent, answered=time.monotonic(), status=status,
                result=(said or {}).get("result") if isinstance(said, dict) else None,
                answer="ok" if 200 <= status < 300 else "unknown" if not status or status >= 500 else "refused",
                state=(said or {}).get("state", "") if isinstance(said, dict) else "", **more,
            )  # fmt: skip
            if line["answer"] != "unknown" or time.monotonic() > until:
                return line | {"said": said}
            await asyncio.sleep(0.3)

    async def prepare(self, question: str) -> str:
        line = await self.say("prepare", "", "/api/v1/polls", {"room": self.room, "question": question})
        assert line["answer"] == "ok", line
        return line["said"]["id"]

    async def do(self, act: str, poll: str, patience: float = 15) -> dict:
        """open, close, declare or cancel."""
        body = {"reason": "thử"} if act == "cancel" else None
        return await self.say(act, poll, f"/api/v1/polls/{poll}/{act}", body, patience)

    async def go_to(self, item: str) -> dict:
        """Go to an item of the agenda."""
        return await self.say("go", "", f"/hop/{self.told['sitting']}/muc/{item}", "")

    async def must(self, act: str, poll: str) -> dict:
        line = await self.do(act, poll)
        assert line["answer"] == "ok", line
        return line

    async def mark(self, who: str, state: str) -> dict:
        """Mark a delegate present or absent."""
        path = f"/hop/{self.told['sitting']}/diem-danh/{self.told['codes'][who]}"
        return await self.say("mark", "", path, f"state={state}", patience=5, delegate=who, presence=state)
