"""A secret vote as a hall of tablets holds it, over HTTP: what the product's own pages do, and nothing else.

The order of the hall is drawn by lot twice: who takes the ballot when, and who casts when. Only the truth,
which grades the attacker, knows whose ballot is which.
"""

import asyncio
import hashlib
import json
import random
from dataclasses import dataclass, field

from tests.attack.furnish import PEOPLE, SEATS
from tests.voting import secret_client

CSRF = "f" * 32


async def speak(port: int, method: str, path: str, body=None, *, session: str = "") -> tuple[int, dict]:
    """One request on a connection of its own; without a session also without any cookie, as the box wants it."""
    content = json.dumps(body).encode() if body is not None else b""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: application/json\r\nConnection: close\r\n"
    if method == "POST":
        head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
        head += f"Origin: http://127.0.0.1:{port}\r\n"
    if session:
        head += f"Cookie: sessionid={session}; csrftoken={CSRF}\r\nX-CSRFToken: {CSRF}\r\n"
    async with asyncio.timeout(30):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(head.encode() + b"\r\n" + content)
            await writer.drain()
            said = await reader.read()
        finally:
            writer.close()
    head, _blank, content = said.partition(b"\r\n\r\n")
    try:
        return int(head.split()[1]), json.loads(content)
    except ValueError:
        return int(head.split()[1]), {"raw": content[:300].decode("latin-1")}


@dataclass
class SecretVote:
    """One vote of the hall; `bodies` are the ballots by voter."""

    house: object
    number: int  # 0 or 1: the first or the second that was prepared
    chance: random.Random
    bodies: dict[int, dict] = field(default_factory=dict)
    tablets: dict[int, secret_client.Tablet] = field(default_factory=dict)

    def __post_init__(self):
        told = self.house.told
        self.poll, self.sessions = told["polls"][self.number], told["sessions"]
        self.voters = range(len(self.sessions))

    def in_some_order(self) -> list[int]:
        order = list(self.voters)
        self.chance.shuffle(order)
        return order

    # --- the desk -----------------------------------------------------------------------------------

    async def desk(self, path: str) -> None:
        status, said = await speak(self.house.port, "POST", path, session=self.house.told["chair_session"])
        assert status == 200, (path, status, said)

    async def open(self) -> None:
        await self.desk(f"/hop/{self.house.told['sitting']}/muc/{self.house.told['items'][self.number]}")
        await self.desk(f"/api/v1/polls/{self.poll}/open")

    async def start_casting(self) -> None:
        await self.desk(f"/hop/{self.house.told['sitting']}/bieu-quyet/{self.poll}/bat-dau-bo-phieu")

    async def close(self) -> None:
        await self.desk(f"/api/v1/polls/{self.poll}/close")

    async def publish_keys(self) -> None:
        """Two of three tellers; in the mode that trusts the server there is nothing to do."""
        for slot, secret in enumerate(self.house.told["keys"][self.number][:2]):
            path = f"/phieu-kin/{self.poll}/mo"
            status, said = await speak(self.house.port, "POST", path, {"secret": secret}, session=self.sessions[slot])
            assert status == 200, (status, said)

    # --- the hall -----------------------------------------------------------------------------------

    async def take_ballots(self, *, at_once: int = 6) -> None:
        """Hand-out. Every tablet would read the manifest for itself; one does it here for all, to save time."""
        order = self.in_some_order()
        waiting = iter(order)
        status, told = await speak(
            self.house.port, "GET", f"/phieu-kin/{self.poll}", session=self.sessions[order[0]]
        )
        assert status == 200, told

        async def take():
            for voter in waiting:
                session = self.sessions[voter]
                tablet = self.tablets[voter] = secret_client.Tablet(told["manifest"])
                path = f"/phieu-kin/{self.poll}/nhan"
                status, said = await speak(self.house.port, "POST", path, tablet.request(), session=session)
                assert status == 200, (status, said)
                tablet.take(said["blind_sig"])

        await asyncio.gather(*[take() for _place in range(at_once)])

    async def cast_all(self, seconds: float, *, but: set[int] = frozenset()) -> None:
        """Everybody within so many seconds; half the tablets have no socket and go on reading the room meanwhile."""
        order = [voter for voter in self.in_some_order() if voter not in but]
        start = asyncio.get_running_loop().time()

        async def at_its_time(place: int, voter: int):
            await asyncio.sleep(max(0.0, start + seconds * place / len(order) - asyncio.get_running_loop().time()))
            await self.cast(voter)

        async def go_on_reading():
            while True:
                voter = self.chance.choice([v for v in self.voters if v % 2])
                path = f"/live/{self.house.told['sitting']}/delegate"
                await speak(self.house.port, "GET", path, session=self.sessions[voter])
                await asyncio.sleep(0.1)

        reading = asyncio.create_task(go_on_reading())
        try:
            await asyncio.gather(*[at_its_time(*pair) for pair in enumerate(order)])
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def cast(self, voter: int) -> None:
        tablet = self.tablets[voter]
        choice = sorted(str(n + 1) for n in self.chance.sample(range(len(PEOPLE)), SEATS))
        body = self.bodies[voter] = tablet.ballot(choice)
        for _try in range(5):
            status, said = await speak(self.house.port, "POST", f"/phieu-kin/{self.poll}/bo", body)
            if status != 503:
                break
            await asyncio.sleep(0.5)
        assert status == 200, (status, said)
        tablet.check_ack(body, said)

    async def published(self) -> list[dict]:
        """What a tablet fetches after the close, to check and to find its own."""
        path = f"/phieu-kin/{self.poll}/phieu.json"
        for voter in self.chance.sample(list(self.voters), 5):
            status, said = await speak(self.house.port, "GET", path, session=self.sessions[voter])
            assert status == 200, (status, said)
        return said["ballots"]

    async def keys(self) -> list[bytes]:
        """The private keys that opened the ballots, as the desk is told them."""
        path, chair = f"/phieu-kin/{self.poll}/phieu.json", self.house.told["chair_session"]
        status, said = await speak(self.house.port, "GET", path, session=chair)
        assert status == 200, said
        return [secret_client.unb64u(key) for key in said["keys"].values()]

    # --- for the attacker ---------------------------------------------------------------------------

    def ballots(self) -> list[tuple[int, dict]]:
        """Voter and ballot, in the order of the published digests: the truth."""
        return sorted(self.bodies.items(), key=lambda pair: digest(pair[1]))


def digest(body: dict) -> str:
    return hashlib.sha256(secret_client.canonical(body)).hexdigest()


def words_of(body: dict) -> list:
    """By what a published ballot is known: its digest, its key and the digest of that, its token."""
    key = secret_client.unb64u(body["key"])
    return [digest(body), key, hashlib.sha256(key).hexdigest(), secret_client.unb64u(body["token"])]
