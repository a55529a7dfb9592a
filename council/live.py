"""Live rooms: one snapshot per audience, counted by a sequence number (docs/realtime.md).

A change calls `announce(key)` in its own transaction. Each web process watches the rooms that it
serves (council/hub.py), renders each audience once per number, and sends the same frame to all its
sockets. A client that missed something reads the same snapshot over HTTP. Rooms are known here by
key only: "sitting:<id>" is a room of the kind "sitting", whose renderer the app above registers.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from threading import Lock

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation

from council import wake
from council.models import Council, Room

AUDIENCES = ("delegate", "desk", "roll", "wall", "public")  # "roll": the desk's attendance page


@dataclass(frozen=True)
class Snapshot:
    """What a screen shows: JSON facts, and rendered HTML parts by element id."""

    seq: int
    facts: dict = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    deep: int = 0  # changes so far that were more than a turnout

    def frame(self, before: "Snapshot | None" = None) -> str:
        """The message that a screen gets: every part, or only those that differ from `before`."""
        parts, base = self.parts, None
        if before is not None:
            base = before.seq
            parts = {name: html for name, html in parts.items() if before.parts.get(name) != html}
        return json.dumps(
            {"type": "snapshot", "seq": self.seq, "base": base, "facts": self.facts, "parts": parts},
            ensure_ascii=False,
            separators=(",", ":"),
        )


@dataclass(frozen=True)
class Seat:
    """One open screen: whose it is (0 for nobody's), by which sign-in, in which room and audience."""

    room: str
    audience: str
    user_id: int = 0
    session_key: str = ""


Renderer = Callable[[str, str], tuple[dict, dict[str, str]]]
TurnoutRenderer = Callable[[str, str, dict], tuple[dict, dict[str, str]]]
Rights = Callable[[Collection[Seat]], set[Seat]]
_renderers: dict[str, Renderer] = {}
_turnout_renderers: dict[str, TurnoutRenderer] = {}
_rights: dict[str, Rights] = {}


def register_room(kind: str):
    """Register the renderer of a kind of room ("sitting" for keys "sitting:<id>").

    It takes (key, audience) and gives (facts, parts); it reads the database and changes nothing.
    """

    def register(function: Renderer) -> Renderer:
        _renderers[kind] = function
        return function

    return register


def register_turnout(kind: str):
    """Register the short way when nothing but a turnout changed since an earlier snapshot.

    It takes (key, audience, earlier facts) and gives (facts, the parts that tell the turnout).
    """

    def register(function: TurnoutRenderer) -> TurnoutRenderer:
        _turnout_renderers[kind] = function
        return function

    return register


def register_rights(kind: str):
    """Register who may stay: takes seats of that kind of room, gives those that are still good."""

    def register(function: Rights) -> Rights:
        _rights[kind] = function
        return function

    return register


def announce(key: str, council: Council | None = None, *, turnout_only: bool = False) -> None:
    """Count the room's number up, in the transaction of the change; screens follow after the commit.

    `turnout_only`: nothing but the counter of an open vote changed, so the screens' other parts stand.
    What has no room (an opinion poll) has no screen to tell.
    """
    if not key:
        return
    room = Room.objects.filter(key=key)
    step = {"seq": F("seq") + 1, "changed_at": timezone.now()}
    if turnout_only:
        step["turnouts"] = F("turnouts") + 1
    if not room.update(**step) and council is not None:
        Room.objects.get_or_create(key=key, defaults={"council": council})
        room.update(**step)
    transaction.on_commit(lambda: wake.ring(key), robust=True)


def current_numbers(keys: Collection[str]) -> dict[str, tuple[int, int]]:
    """Of several rooms in one query: the number, and how many of its changes were more than a turnout."""
    found = Room.objects.filter(key__in=keys).values_list("key", "seq", "turnouts")
    numbers = {key: (seq, seq - turnouts) for key, seq, turnouts in found}
    return {key: numbers.get(key, (0, 0)) for key in keys}


def render(key: str, audience: str, numbers: tuple[int, int] | None = None) -> Snapshot:
    """Render one audience's snapshot. The number is read before the data: never too new.

    `numbers` are the room's, where the caller has just read them.
    """
    seq, deep = numbers or _numbers(key)
    with translation.override(settings.LANGUAGE_CODE):  # one frame for all: the house's language
        facts, parts = _renderers[_kind(key)](key, audience)
    return Snapshot(seq=seq, facts=facts, parts=parts, deep=deep)


def render_turnout(
    key: str, audience: str, earlier: Snapshot, numbers: tuple[int, int] | None = None
) -> Snapshot | None:
    """The same by the short way, when only turnouts changed since `earlier`; else None."""
    seq, deep = numbers or _numbers(key)
    short = _turnout_renderers.get(_kind(key))
    if short is None or deep != earlier.deep:
        return None
    with translation.override(settings.LANGUAGE_CODE):
        facts, parts = short(key, audience, earlier.facts)
    return Snapshot(seq=seq, facts=facts, parts=earlier.parts | parts, deep=deep)


def _numbers(key: str) -> tuple[int, int]:
    """The room's number, and how many of the changes were more than a turnout."""
    row = Room.objects.filter(key=key).values_list("seq", "turnouts").first()
    return (row[0], row[0] - row[1]) if row else (0, 0)


_kept: OrderedDict[tuple[str, str], Snapshot] = OrderedDict()
_kept_lock = Lock()
_KEEP = 64


def snapshot(key: str, audience: str) -> Snapshot:
    """One audience's snapshot as of now, rendered once per number in this process.

    Never call it inside a transaction that announces: what it renders is kept.
    """
    numbers = _numbers(key)
    kept = _kept.get((key, audience))
    if kept is not None and kept.seq == numbers[0]:
        return kept
    made = (kept and render_turnout(key, audience, kept, numbers)) or render(key, audience, numbers)
    with _kept_lock:
        _kept[key, audience] = made
        _kept.move_to_end((key, audience))
        while len(_kept) > _KEEP:
            _kept.popitem(last=False)
    return made


def still_good(seats: Collection[Seat]) -> set[Seat]:
    """The seats whose right to watch still holds: sign-in alive, person active, role in force."""
    good: set[Seat] = set()
    for kind, rights in _rights.items():
        mine = {seat for seat in seats if _kind(seat.room) == kind}
        if mine:
            good |= rights(mine)
    return good


def _kind(key: str) -> str:
    return key.partition(":")[0]
