"""Clients that cost next to nothing, so that what is measured is the server: a screen on a socket, a line for HTTP.

They speak the documented protocol (docs/realtime.md). What they send is made before the clock starts; of a
frame that went to a whole hall the words are read once, for it is the same frame. The load generator shares
the machine with the server, so its own processor time is written beside the figures.
"""

import asyncio
import base64
import json
import os
import time
import uuid
from collections.abc import Callable
from urllib.parse import urlsplit

Ballot = tuple[str, bytes]  # the key, and the whole message as it goes onto the wire


def frame(text: str) -> bytes:
    """One masked text frame of a client (RFC 6455)."""
    payload, mask = text.encode(), os.urandom(4)
    if len(payload) > 65535:
        raise ValueError("no message of a screen is that long")
    length = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2)
    masked = int.from_bytes(payload) ^ int.from_bytes((mask * (len(payload) // 4 + 1))[: len(payload)])
    return b"\x81" + length + mask + masked.to_bytes(len(payload))


def ballot(poll: str, choice: str, *, replaces: int = 0, key: str = "") -> Ballot:
    key = key or str(uuid.uuid4())
    said = {"type": "cast", "poll": poll, "choice": choice, "key": key, "replaces": replaces}
    return key, frame(json.dumps(said))


class Crowd:
    """Who of a hall has seen what, and when; times are those of `time.perf_counter`."""

    def __init__(self):
        self.seen: dict[tuple[str, str], dict[Screen, float]] = {}
        self.waits: list[tuple[tuple[str, str], int, asyncio.Future]] = []
        self.heard: tuple[bytes, dict] = (b"", {})  # the last long message and what it says

    def read(self, payload: bytes) -> dict:
        if len(payload) < 1000:
            return json.loads(payload)
        if payload != self.heard[0]:
            self.heard = payload, json.loads(payload)
        return self.heard[1]

    def saw(self, screen: "Screen", poll: dict, now: float) -> None:
        state = (poll["id"], poll["state"])
        who = self.seen.setdefault(state, {})
        if screen in who:
            return
        who[screen] = now
        for wanted, count, future in self.waits:
            if wanted == state and len(who) >= count and not future.done():
                future.set_result(None)

    async def all_see(self, poll: str, state: str, count: int, seconds: float = 60) -> float:
        """When the last of `count` screens first saw the poll in that state."""
        future = asyncio.get_running_loop().create_future()
        wait = ((poll, state), count, future)
        self.waits.append(wait)
        try:
            if len(self.seen.get((poll, state), {})) < count:
                async with asyncio.timeout(seconds):
                    await future
        finally:
            self.waits.remove(wait)
        return max(self.seen[poll, state].values())


class Screen(asyncio.Protocol):
    """One open socket."""

    def __init__(self, name: str, crowd: Crowd):
        self.name, self.crowd = name, crowd
        self.answers: dict[str, Callable[[float, dict], None]] = {}
        self.mine: Callable[[float, dict], None] | None = None
        self.seq: int | None = None
        self.frame_bytes = 0  # of the last snapshot with a poll
        self.code: int | None = None  # how it was closed
        self.buffer = b""
        self.loop = asyncio.get_running_loop()
        self.opened = self.loop.create_future()
        self.shown = self.loop.create_future()  # when the first snapshot is there
        self.ended = self.loop.create_future()

    async def connect(self, url: str, cookie: str = "", origin: str = "", seconds: float = 60) -> "Screen":
        at = urlsplit(url)
        path = at.path + (f"?{at.query}" if at.query else "")
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: {at.netloc}", "Upgrade: websocket", "Connection: Upgrade"]
        lines += [f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
        lines += [f"Origin: {origin}"] if origin else []
        lines += [f"Cookie: {cookie}"] if cookie else []
        async with asyncio.timeout(seconds):
            await self.loop.create_connection(lambda: self, at.hostname, at.port)
            self.transport.write(("\r\n".join(lines) + "\r\n\r\n").encode())
            await self.opened
        return self

    def connection_made(self, transport) -> None:
        self.transport = transport

    def connection_lost(self, error) -> None:
        for future in (self.opened, self.shown):
            if not future.done():
                future.set_exception(ConnectionError(f"{self.name}: the socket ended ({self.code})"))
                future.exception()  # looked at: who does not wait is not warned
        if not self.ended.done():
            self.ended.set_result(self.code)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        buffer = self.buffer + data if self.buffer else data
        if not self.opened.done():
            head, found, buffer = buffer.partition(b"\r\n\r\n")
            if not found:
                self.buffer = head
                return
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                self.opened.set_exception(ConnectionError(f"{self.name}: {head[:200]!r}"))
                self.transport.close()
                return
            self.opened.set_result(None)
        at = 0
        while len(buffer) - at >= 2:
            length, start = buffer[at + 1], at + 2
            if length == 126:
                length, start = int.from_bytes(buffer[at + 2 : at + 4]), at + 4
            elif length == 127:
                length, start = int.from_bytes(buffer[at + 2 : at + 10]), at + 10
            if len(buffer) < start + length:
                break
            self.take(buffer[at] & 15, buffer[start : start + length], now)
            at = start + length
        self.buffer = buffer[at:]

    def take(self, kind: int, payload: bytes, now: float) -> None:
        if kind == 9:  # ping
            self.transport.write(b"\x8a" + bytes([0x80 | len(payload)]) + bytes(4) + payload)
        elif kind == 8:
            self.code = int.from_bytes(payload[:2]) if payload else 1005
            self.transport.close()
        if kind != 1:
            return
        said = self.crowd.read(payload)
        if said["type"] == "cast":
            told = self.answers.pop(said["key"], None)
            if told:
                told(now, said)
        elif said["type"] == "snapshot":
            self.seq = said["seq"]
            if not self.shown.done():
                self.shown.set_result(now)
            if poll := said["facts"].get("poll"):
                self.frame_bytes = len(payload)
                self.crowd.saw(self, poll, now)
        elif said["type"] == "mine" and self.mine:
            self.mine(now, said)

    def close(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(b"\x88\x80" + bytes(4))
            self.transport.close()


class Line(asyncio.Protocol):
    """One kept HTTP/1.1 connection, as a browser holds it; one request at a time."""

    def __init__(self):
        self.buffer = b""
        self.told: Callable[[float, int, bytes], None] | None = None
        self.lost = False

    async def connect(self, host: str, port: int) -> "Line":
        await asyncio.get_running_loop().create_connection(lambda: self, host, port)
        return self

    def connection_made(self, transport) -> None:
        self.transport = transport

    def connection_lost(self, error) -> None:
        self.lost = True
        if self.told:
            told, self.told = self.told, None
            told(time.perf_counter(), 0, b"")

    def ask(self, request: bytes, told: Callable[[float, int, bytes], None]) -> None:
        """Send a request; `told` gets the time, the status (0: the connection went away) and the body."""
        self.told = told
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        fields = head.lower().split(b"\r\n")
        length = next((int(f.partition(b":")[2]) for f in fields if f.startswith(b"content-length:")), 0)
        if len(body) < length:
            return
        self.buffer = body[length:]
        told, self.told = self.told, None
        if told:
            told(time.perf_counter(), int(fields[0].split(b" ", 2)[1]), body[:length])

    def close(self) -> None:
        self.transport.close()


def post(url: str, path: str, body: bytes, cookie: str = "", token: str = "") -> bytes:
    """A whole JSON request, as a tablet's browser would send it."""
    host = urlsplit(url).netloc
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", f"Origin: {url}", "Content-Type: application/json"]
    lines += ["Accept: application/json", f"Content-Length: {len(body)}"]
    lines += [f"Cookie: {cookie}"] if cookie else []
    lines += [f"X-CSRFToken: {token}"] if token else []
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def get(url: str, path: str, cookie: str = "") -> bytes:
    lines = [f"GET {path} HTTP/1.1", f"Host: {urlsplit(url).netloc}"] + ([f"Cookie: {cookie}"] if cookie else [])
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
