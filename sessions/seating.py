"""Who is let into a room's socket. Those who knock at the same moment are looked up together."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from council import live, second_factor
from council.accounts.selectors import live_sign_ins
from council.models import Delegate, Membership
from sessions.models import Sitting
from sessions.permissions_room import holds_wall_token
from sessions.room import DESK, KIND, may_watch, member_ids
from sessions.selectors_room import sittings_by_id

SOCKET_AUDIENCES = ("delegate", *DESK, "wall")  # citizens follow over HTTP: no seat of the hall is theirs


@dataclass(frozen=True)
class Knock:
    """What somebody who wants in has shown: a session's key, or the token of a wall's link."""

    sitting: UUID
    audience: str
    session_key: str = ""
    token: str = ""


@dataclass(frozen=True)
class Place:
    """A seat in the room, and as which delegate its person sits there."""

    seat: live.Seat
    sitting: Sitting
    delegate: Delegate | None = None


def places_for(knocks: Sequence[Knock]) -> list[Place | None]:
    """The place of each, in order, or None: nothing is said of why.

    A dozen queries for any number of members of the body; only others are asked about one by one.
    """
    sittings = sittings_by_id({knock.sitting for knock in knocks if knock.audience in SOCKET_AUDIENCES})
    alive = live_sign_ins({knock.session_key for knock in knocks if knock.session_key})
    members = {pk: member_ids(sitting) for pk, sitting in sittings.items()}
    users = {user.pk for user in alive.values()}
    delegates = {pk: _delegates_in(sitting, users) for pk, sitting in sittings.items()}

    def place_of(knock: Knock) -> Place | None:
        sitting = sittings.get(knock.sitting)
        if sitting is None or knock.audience not in SOCKET_AUDIENCES:
            return None
        room = f"{KIND}:{knock.sitting}"
        if knock.audience == "wall" and knock.token and holds_wall_token(knock.token, sitting):
            return Place(live.Seat(room, knock.audience), sitting)
        user = alive.get(knock.session_key)
        if user is None:
            return None
        is_member = knock.audience == "delegate" and user.pk in members[knock.sitting]
        if not is_member and not may_watch(user, sitting, knock.audience):
            return None
        if knock.audience in DESK and not second_factor.has_stepped_up(knock.session_key, user, sitting.room):
            return None
        seat = live.Seat(room, knock.audience, user.pk, knock.session_key)
        delegate = delegates[knock.sitting].get(user.pk) if knock.audience == "delegate" else None
        return Place(seat, sitting, delegate)

    return [place_of(knock) for knock in knocks]


def _delegates_in(sitting: Sitting, users: set[int]) -> dict[int, Delegate]:
    """As which delegate each of these persons sits in the sitting (see selectors_room.delegate_in)."""
    memberships = (
        Membership.objects.filter(user__in=users, body=sitting.council_session.body)
        .on(sitting.date)
        .exclude(delegate=None)
        .select_related("delegate")
        .order_by("-pk")  # of two memberships the older one is kept, as in delegate_in
    )
    found = {membership.user_id: membership.delegate for membership in memberships}
    return {
        user: delegate
        for user, delegate in found.items()
        if not (delegate.mandate_to and delegate.mandate_to < sitting.date)
    }
