"""A screen that was cut off shows the truth within three seconds after it is back; Redis is not missed."""

import asyncio
import json
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid

import pytest
import websockets

from tests.processes import ROOT, Product, free_port

# A council with five delegates present in an open sitting; prints what a browser would hold.
SET_UP = """
import json
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from council import second_factor
from sessions import conduct, polls
from tests import builders
from tests.sessions import hall

def sign_in(user, *scopes):
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    for scope in scopes:
        second_factor.grant(user=user, session_key=session.session_key, scope=scope)
    return session.session_key

council = builders.council()
delegates = [builders.delegate(council, n) for n in range(1, 6)]
office = builders.person(council, "office", role="office")
chair = builders.person(council, "chair", role="session_chair")
secretary = builders.person(council, "secretary", role="session_secretary")
sitting = builders.council_session(council, by=office).sittings.get(number=1)
sitting = hall.run(sitting, secretary, present=delegates)
item = sitting.items.get(number=2)
conduct.go_to_item(sitting=sitting, item=item, by=chair)
poll = polls.prepare_item_poll(sitting=sitting, item=item, by=chair).poll
print(json.dumps({
    "sitting": str(sitting.public_id), "poll": str(poll.public_id),
    "chair": sign_in(chair, sitting.room), "delegates": [sign_in(d.user) for d in delegates],
}))
"""


class Hall:
    """A running server and the people of one sitting."""

    def __init__(self, product: Product, port: int, told: dict):
        self.product, self.port, self.told = product, port, told
        self.address = f"http://127.0.0.1:{port}"

    @property
    def live(self) -> str:
        return f"{self.address}/live/{self.told['sitting']}/delegate"

    def serve(self):
        return self.product.start(
            "-m", "uvicorn", "council.asgi:application", "--port", str(self.port), "--lifespan", "off",
            "--ws-max-size", "16384", "--log-level", "error",
        )  # fmt: skip

    def wait(self, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if self.get(f"{self.address}/healthz").status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.3)
        raise AssertionError("the server did not start")

    def get(self, url, session=""):
        request = urllib.request.Request(url, headers={"Cookie": f"sessionid={session}"})
        return urllib.request.urlopen(request, timeout=10)

    def snapshot(self, who=0) -> dict:
        return json.load(self.get(self.live, self.told["delegates"][who]))

    def post(self, path, session, body=b"", kind="application/x-www-form-urlencoded") -> int:
        token = "a" * 32
        headers = {
            "Cookie": f"sessionid={session}; csrftoken={token}",
            "X-CSRFToken": token,
            "Accept": "application/json",
            "Content-Type": kind,
        }
        request = urllib.request.Request(f"{self.address}{path}", data=body, headers=headers)
        try:
            return urllib.request.urlopen(request, timeout=10).status
        except urllib.error.HTTPError as refusal:
            return refusal.code

    def chair_does(self, what: str) -> None:
        path = f"/hop/{self.told['sitting']}/bieu-quyet/{self.told['poll']}/{what}"
        assert self.post(path, self.told["chair"]) == 200

    def vote(self, who: int, choice: str) -> int:
        body = json.dumps({"choice": choice, "key": str(uuid.uuid4()), "replaces": 0}).encode()
        return self.post(f"/bo-phieu/{self.told['poll']}", self.told["delegates"][who], body, "application/json")

    def socket(self, who=0):
        return websockets.connect(
            f"ws://127.0.0.1:{self.port}/ws/hop/{self.told['sitting']}/delegate",
            additional_headers={"Cookie": f"sessionid={self.told['delegates'][who]}"},
            origin=self.address,
        )


async def hear(socket, until, seconds=3.0) -> float:
    """Seconds until the screen shows what it should."""
    started = time.monotonic()
    async with asyncio.timeout(seconds):
        async for text in socket:
            message = json.loads(text)
            if message["type"] == "snapshot" and until(message["facts"].get("poll") or {}):
                return time.monotonic() - started
    raise AssertionError("the socket ended")


def furnish(folder, **env) -> tuple[Product, dict]:
    """A migrated installation with the council of SET_UP, not running."""
    product = Product(folder, DEMO="0", **env)
    product.manage("migrate", "-v0")
    return product, json.loads(product.python(SET_UP).strip().splitlines()[-1])


def open_hall(product: Product, told: dict) -> Hall:
    place = Hall(product, free_port(), told)
    place.serve()
    place.wait()
    return place


@pytest.fixture(scope="module")
def furnished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("furnished")
    _product, told = furnish(folder)
    return folder, told


@pytest.fixture
def place(furnished, tmp_path):
    """A running server on a copy of the furnished hall."""
    folder, told = furnished
    shutil.copytree(folder, tmp_path / "data")
    opened = open_hall(Product(tmp_path / "data", DEMO="0"), told)
    yield opened
    opened.product.stop_all()


@pytest.mark.slow
def test_a_screen_cut_off_during_an_open_and_a_close_shows_the_truth_when_it_is_back(place):
    async def story():
        async with place.socket() as socket:
            await hear(socket, lambda poll: poll == {})
        # cut off: the vote opens, one votes, the chair closes
        await asyncio.to_thread(place.chair_does, "mo")
        assert await asyncio.to_thread(place.vote, 1, "for") == 200
        async with place.socket() as socket:
            opened = await hear(socket, lambda poll: poll.get("state") == "open" and poll["cast"] == 1)
        await asyncio.to_thread(place.chair_does, "ket-thuc")
        async with place.socket() as socket:
            closed = await hear(socket, lambda poll: poll.get("state") == "closed")
        return opened, closed

    assert max(asyncio.run(story())) < 3
    assert place.snapshot()["facts"]["poll"]["state"] == "closed"


@pytest.mark.slow
def test_every_screen_follows_an_opening_within_a_second(place):
    async def story():
        sockets = [await place.socket(who) for who in range(5)]
        try:
            for socket in sockets:
                await hear(socket, lambda poll: poll == {})
            waits = [asyncio.create_task(hear(s, lambda poll: poll.get("state") == "open")) for s in sockets]
            await asyncio.to_thread(place.chair_does, "mo")
            return await asyncio.gather(*waits)
        finally:
            for socket in sockets:
                await socket.close()

    # measured from before the chair's request is sent
    assert max(asyncio.run(story())) < 2


@pytest.mark.slow
def test_a_sitting_goes_on_with_sockets_blocked(place):
    """Over HTTP alone: follow the room, vote, see the result."""
    assert place.snapshot()["facts"]["poll"] is None

    place.chair_does("mo")
    assert place.snapshot()["facts"]["poll"]["state"] == "open"
    assert [place.vote(who, "for") for who in range(4)] == [200] * 4
    place.chair_does("ket-thuc")

    snapshot = place.snapshot()
    assert snapshot["facts"]["poll"]["state"] == "closed"
    assert "Được thông qua" in snapshot["parts"]["question"]
    assert place.vote(4, "for") == 409


@pytest.mark.slow
def test_a_server_that_was_killed_in_a_vote_loses_none_and_its_screens_come_back(place):
    server = place.product.running[0]
    place.chair_does("mo")
    assert [place.vote(who, "for") for who in range(3)] == [200] * 3

    place.product.kill(server)
    place.serve()
    place.wait()

    async def story():
        async with place.socket() as socket:
            return await hear(socket, lambda poll: poll.get("cast") == 3)

    assert asyncio.run(story()) < 3


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("redis-server"), reason="needs redis-server")
def test_a_sitting_goes_on_when_redis_is_stopped(tmp_path):
    sys.path.insert(0, str(ROOT / "scripts"))
    real_stack = pytest.importorskip("real_stack")
    try:
        real_stack.postgres_bin()
    except SystemExit:
        pytest.skip("needs PostgreSQL")
    port = free_port()
    redis = subprocess.Popen(
        ["redis-server", "--port", str(port), "--save", "", "--appendonly", "no", "--bind", "127.0.0.1"],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    (tmp_path / "pg-place").mkdir()
    (tmp_path / "pg-place").chmod(0o755)
    for folder in (tmp_path, *tmp_path.parents):  # the cluster's user has to reach it
        folder.chmod(0o755)
        if folder.name.startswith("pytest-of-"):
            break
    (tmp_path / "data").mkdir()
    try:
        with real_stack.postgres(tmp_path / "pg-place") as database:
            urls = {"DATABASE_URL": database, "REDIS_URL": f"redis://127.0.0.1:{port}/0"}
            place = open_hall(*furnish(tmp_path / "data", **urls))
            try:
                asyncio.run(_through_redis_death(place, redis))
            finally:
                place.product.stop_all()
    finally:
        redis.kill()
        redis.wait()


async def _through_redis_death(place, redis):
    async with place.socket() as socket:
        await hear(socket, lambda poll: poll == {})
        redis.kill()
        redis.wait()
        await asyncio.to_thread(place.chair_does, "mo")
        await hear(socket, lambda poll: poll.get("state") == "open")
        codes = [await asyncio.to_thread(place.vote, who, "for") for who in range(5)]
        assert codes == [200] * 5
        await asyncio.to_thread(place.chair_does, "ket-thuc")
        await hear(socket, lambda poll: poll.get("state") == "closed")
