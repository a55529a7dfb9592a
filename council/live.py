"""Live rooms: one snapshot per audience, counted by a sequence number (docs/realtime.md).

A change calls `announce(key)` in its own transaction. Each web process watches the rooms that it
serves, renders each audience once per number, and sends the same frame to all its sockets. A client
that missed something reads the same snapshot over HTTP. Rooms are known here by key only.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db.models import F
from django.utils import timezone

from council.models import Council, Room

AUDIENCES = ("delegate", "desk", "wall", "public")


@dataclass(frozen=True)
class Snapshot:
    """What a screen shows: JSON facts, and rendered HTML parts by element id."""

    seq: int
    facts: dict = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)


Renderer = Callable[[str, str], tuple[dict, dict[str, str]]]
_renderers: dict[str, Renderer] = {}


def register_room(kind: str):
    """Register the renderer of a kind of room ("sitting" for keys "sitting:<id>").

    It takes (key, audience) and gives (facts, parts); it reads the database and changes nothing.
    """

    def register(function: Renderer) -> Renderer:
        _renderers[kind] = function
        return function

    return register


def announce(key: str, council: Council | None = None) -> None:
    """Count the room's number up, in the transaction of the change; screens follow after the commit."""
    changed = Room.objects.filter(key=key).update(seq=F("seq") + 1, changed_at=timezone.now())
    if not changed and council is not None:
        Room.objects.create(key=key, council=council, seq=1, changed_at=timezone.now())


def current_seq(key: str) -> int:
    """The room's number, 0 when nothing was announced yet."""
    return Room.objects.filter(key=key).values_list("seq", flat=True).first() or 0


def render(key: str, audience: str) -> Snapshot:
    """Render one audience's snapshot. The number is read before the data: never too new."""
    seq = current_seq(key)
    facts, parts = _renderers[key.partition(":")[0]](key, audience)
    return Snapshot(seq=seq, facts=facts, parts=parts)
