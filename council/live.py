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
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation

from council import wake
from council.models import Council, Room

AUDIENCES = ("delegate", "desk", "roll", "wall", "public")  # "roll": the desk's attendance page


class Numbers(NamedTuple):
    """How often a room has changed, and how deeply."""

    seq: int = 0  # all changes: the number that screens know
    deep: int = 0  # those that were more than a turnout
    rest: int = 0  # those that were more than the vote on screen


@dataclass(frozen=True)
class Snapshot:
    """What a screen shows: JSON facts, and rendered HTML parts by element id."""

    seq: int
    facts: dict = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    deep: int = 0  # of the numbers that it was rendered for
    rest: int = 0
    kept: object = None  # what its room read and need not read again while only the vote on screen changes

    def frame(self, before: "Snapshot | None" = None) -> str:
        """The message that a screen gets: every part, or only those that differ from `before`.

        In ASCII: a server encodes the text anew for every socket, and of Vietnamese letters that would be a
        third of all the work of telling a hall.
        """
        parts, base = self.parts, None
        if before is not None:
            base = before.seq
            parts = {name: html for name, html in parts.items() if before.parts.get(name) != html}
        return json.dumps(
            {"type": "snapshot", "seq": self.seq, "base": base, "facts": self.facts, "parts": parts},
            separators=(",", ":"),
        )


@dataclass(frozen=True)
class Seat:
    """One open screen: whose it is (0 for nobody's), by which sign-in, in which room and audience."""

    room: str
    audience: str
    user_id: int = 0
    session_key: str = ""


Drawn = tuple[dict, dict[str, str], object]  # facts, parts, what is kept
Renderer = Callable[[str, str], Drawn]
ShortRenderer = Callable[[str, str, Snapshot, bool], Drawn]
Rights = Callable[[Collection[Seat]], set[Seat]]
_renderers: dict[str, Renderer] = {}
_short_renderers: dict[str, ShortRenderer] = {}
_rights: dict[str, Rights] = {}


def register_room(kind: str):
    """Register the renderer of a kind of room ("sitting" for keys "sitting:<id>").

    It takes (key, audience) and gives (facts, parts, kept); it reads the database and changes nothing.
    """

    def register(function: Renderer) -> Renderer:
        _renderers[kind] = function
        return function

    return register


def register_short(kind: str):
    """Register the short way when nothing but the vote on screen changed since an earlier snapshot.

    It takes (key, audience, earlier snapshot, whether only a turnout changed) and gives (facts, the parts
    that may differ, kept).
    """

    def register(function: ShortRenderer) -> ShortRenderer:
        _short_renderers[kind] = function
        return function

    return register


def register_rights(kind: str):
    """Register who may stay: takes seats of that kind of room, gives those that are still good."""

    def register(function: Rights) -> Rights:
        _rights[kind] = function
        return function

    return register


def announce(
    key: str, council: Council | None = None, *, turnout_only: bool = False, vote_only: bool = False
) -> None:
    """Count the room's number up, in the transaction of the change; screens follow after the commit.

    `turnout_only`: nothing but the counter of an open vote changed, so the screens' other parts stand.
    `vote_only`: a vote was opened or closed; agenda, papers and attendance stand as they were read.
    What has no room (an opinion poll) has no screen to tell.
    """
    if not key:
        return
    room = Room.objects.filter(key=key)
    step = {"seq": F("seq") + 1, "changed_at": timezone.now()}
    if turnout_only:
        step["turnouts"] = F("turnouts") + 1
    elif vote_only:
        step["votes"] = F("votes") + 1
    if not room.update(**step) and council is not None:
        Room.objects.get_or_create(key=key, defaults={"council": council})
        room.update(**step)
    transaction.on_commit(lambda: wake.ring(key), robust=True)


def current_numbers(keys: Collection[str]) -> dict[str, Numbers]:
    """How often and how deeply several rooms have changed, in one query."""
    rows = Room.objects.filter(key__in=keys).values_list("key", "seq", "turnouts", "votes")
    found = {key: Numbers(seq, seq - turnouts, seq - turnouts - votes) for key, seq, turnouts, votes in rows}
    return {key: found.get(key, Numbers()) for key in keys}


def render(key: str, audience: str, numbers: Numbers | None = None) -> Snapshot:
    """Render one audience's snapshot. The numbers are read before the data: never too new.

    `numbers` are the room's, where the caller has just read them.
    """
    numbers = numbers or current_numbers([key])[key]
    with translation.override(settings.LANGUAGE_CODE):  # one frame for all: the house's language
        facts, parts, kept = _renderers[_kind(key)](key, audience)
    return Snapshot(numbers.seq, facts, parts, numbers.deep, numbers.rest, kept)


def render_short(
    key: str, audience: str, earlier: Snapshot, numbers: Numbers | None = None
) -> Snapshot | None:
    """The same by the short way, when only the vote on screen changed since `earlier`; else None."""
    numbers = numbers or current_numbers([key])[key]
    short = _short_renderers.get(_kind(key))
    if short is None or numbers.rest != earlier.rest:
        return None
    with translation.override(settings.LANGUAGE_CODE):
        facts, parts, kept = short(key, audience, earlier, numbers.deep == earlier.deep)
    return Snapshot(numbers.seq, facts, earlier.parts | parts, numbers.deep, numbers.rest, kept)


_kept: OrderedDict[tuple[str, str], Snapshot] = OrderedDict()
_kept_lock = Lock()
_KEEP = 64


def snapshot(key: str, audience: str, numbers: Numbers | None = None) -> Snapshot:
    """One audience's snapshot as of now, rendered once per number in this process.

    Never call it inside a transaction that announces: what it renders is kept. `numbers` are the room's,
    where the caller has just read them.
    """
    numbers = numbers or current_numbers([key])[key]
    kept = _kept.get((key, audience))
    if kept is not None and kept.seq == numbers.seq:
        return kept
    made = (kept and render_short(key, audience, kept, numbers)) or render(key, audience, numbers)
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
