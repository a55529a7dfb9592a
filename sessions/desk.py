"""Tells the voting room who runs the votes of a sitting, its roll, its chain, and whether it is public."""

from council.models import Body, User
from sessions.models import CouncilSession, Sitting
from sessions.permissions_room import can_conduct
from sessions.room import KIND
from sessions.selectors_room import roll_for, sitting_by_key
from voting.permissions import register_desk
from voting.rules import Entitled


def may_run(user: User, room: str) -> bool:
    """Chair or secretary of the sitting's body; the second factor is asked at the edge."""
    try:
        return can_conduct(user, sitting_by_key(room))
    except Sitting.DoesNotExist:
        return False


def roll(room: str) -> list[Entitled]:
    """The roll to freeze, read under the lock that attendance changes take too."""
    sitting = sitting_by_key(room)
    Sitting.objects.select_for_update(no_key=True).get(pk=sitting.pk)
    return roll_for(sitting)


def chain(room: str) -> str:
    return sitting_by_key(room).council_session.chain_key


def is_public(room: str) -> bool:
    """Results of an open plenary sitting; never of a closed-door one."""
    sitting = sitting_by_key(room)
    council_session = sitting.council_session
    if sitting.is_closed_door or council_session.body.kind != Body.Kind.PLENARY:
        return False
    return council_session.state != CouncilSession.State.DRAFT


def register() -> None:
    register_desk(KIND, may_run, roll=roll, chain=chain, is_public=is_public)
