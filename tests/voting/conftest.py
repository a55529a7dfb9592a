"""A hall of its own for votes: rooms "hall:…" whose desk is the chair and the secretary."""

import uuid

import pytest

from council.models import RoleGrant, Room
from council.permissions import has_role
from tests import builders
from voting import ballot_box, permissions, services
from voting.models import Poll
from voting.rules import Entitled

Role = RoleGrant.Role
ROOM = "hall:1"


def may_run(user, room):
    return any(
        has_role(user, council_room.council, Role.SESSION_CHAIR, Role.SESSION_SECRETARY)
        for council_room in Room.objects.filter(key=room)
    )


@pytest.fixture(autouse=True)
def hall_desk():
    permissions.register_desk("hall", may_run, is_public=lambda room: room == ROOM)
    yield
    del permissions._desks["hall"]


@pytest.fixture(autouse=True)
def empty_box():
    """No ballot of one test waits while the next one empties its tables."""
    yield
    ballot_box.stop()


@pytest.fixture
def hall(council):
    return Room.objects.create(council=council, key=ROOM)


@pytest.fixture
def roll(delegates):
    """All five delegates, the fifth absent."""
    return [
        Entitled(d.pk, d.full_name, seat=d.seat, group="Tổ 1", is_present=d is not delegates[4]) for d in delegates
    ]


@pytest.fixture
def draft(council, chair, hall):
    return services.prepare_poll(
        council=council,
        body=builders.plenary(council),
        room=hall.key,
        question="Thông qua Nghị quyết về kế hoạch năm 2027",
        text_name="Dự thảo, lần 3",
        text_digest="a" * 64,
        chain="session:1",
        by=chair,
    )


@pytest.fixture
def open_poll(draft, roll, chair):
    return services.open_poll(poll=draft, roll=roll, by=chair)


def vote(poll: Poll, delegate, choice="for", *, key=None, replaces=0):
    """Put one ballot into this process's box and wait for the answer."""
    return ballot_box.cast_and_wait(poll.public_id, delegate.pk, choice, key or uuid.uuid4(), replaces, "socket")
