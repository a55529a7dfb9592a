"""Who gets into which room's socket, and what may be said there (tests/matrix/matrix.toml)."""

import asyncio
import json
import tomllib
import uuid
from pathlib import Path

import pytest
from django.conf import settings

from tests.matrix import cells, world
from tests.sessions.test_live import Screen
from voting import ballot_box

MATRIX = tomllib.loads((Path(__file__).parents[1] / "matrix" / "matrix.toml").read_text())
AUDIENCES = ("delegate", "desk", "roll", "wall", "public")

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def asker(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    yield cells.Asker(world.build())
    ballot_box.stop()


class Browser:
    """What a screen needs of a client: its cookies."""

    def __init__(self, session: str | None):
        self.cookies = {settings.SESSION_COOKIE_NAME: type("Morsel", (), {"value": session})} if session else {}


def screen_of(asker, sitting, audience: str, role: str) -> Screen:
    return Screen(sitting, audience, Browser(asker.cookies.get(role)))


def test_a_socket_lets_in_each_role_as_the_matrix_says(asker):
    things = asker.world

    async def story():
        seen = {}
        for audience in AUDIENCES:
            for target, sitting in (
                ("own", things.sitting),
                ("foreign", things.foreign_sitting),
                ("board", things.board_sitting),
            ):
                words = {}
                for role in world.ROLES:
                    async with screen_of(asker, sitting, audience, role) as screen:
                        words[role] = "in" if screen.is_in else "refused"
                seen[f"{audience}_{target}"] = words
        return seen

    seen = asyncio.run(story())

    assert seen == {name: cells.expanded(row) for name, row in MATRIX["socket"].items()}


MESSAGES = {
    "cast": {"type": "cast", "poll": str(uuid.uuid4()), "key": str(uuid.uuid4()), "choice": "for"},
    "mine": {"type": "mine"},
    "ping": {"type": "ping", "echo": "1"},
    "unknown": {"type": "close_poll"},
    "list": [1, 2],
    "nothing": {},
}
SEATS = {"delegate": "delegate", "desk": "session_chair", "roll": "session_secretary", "wall": "office"}


def test_every_message_is_answered_or_closes_as_the_matrix_says(asker):
    async def said(audience: str, role: str, message) -> str:
        async with screen_of(asker, asker.world.sitting, audience, role) as screen:
            if not screen.is_in:
                return "refused"
            await screen.wire.send_to(text_data=json.dumps(message))
            async with asyncio.timeout(8):
                while True:
                    output = await screen.wire.receive_output(8)
                    if output["type"] == "websocket.close":
                        return "closed"
                    kind = json.loads(output["text"])["type"]
                    if kind in ("cast", "mine", "pong"):
                        return "answered"

    async def story():
        return {
            name: {audience: await said(audience, role, message) for audience, role in SEATS.items()}
            for name, message in MESSAGES.items()
        }

    assert asyncio.run(story()) == MATRIX["message"]


def test_every_message_that_the_socket_knows_stands_in_the_matrix():
    import re

    source = (Path(__file__).parents[2] / "sessions" / "consumers.py").read_text()
    known = set(re.findall(r'case "(\w+)"', source))

    assert known == set(MATRIX["message"]) - {"unknown", "list", "nothing"}
