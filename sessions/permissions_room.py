"""Who may follow a sitting, run it, and show it on the wall."""

from django.core import signing

from council.models import Delegate, User
from council.permissions import Role, is_member, serves_body
from sessions.models import CouncilSession, Sitting

CHAIR_DESK = (Role.SESSION_CHAIR, Role.SESSION_SECRETARY)
_WALL = signing.TimestampSigner(salt="sessions.wall")
_WALL_SECONDS = 16 * 3600  # a wall's link lives for one day of sittings


def can_follow(user: User, sitting: Sitting) -> bool:
    """See the sitting as a delegate does: members of the convened body, and those who serve it."""
    body = sitting.council_session.body
    if serves_body(user, body, *CHAIR_DESK):
        return True
    if sitting.council_session.state == CouncilSession.State.DRAFT:
        return False
    if is_member(user, body):
        return True
    return serves_body(user, body, Role.OFFICE) and not sitting.is_closed_door


def can_conduct(user: User, sitting: Sitting) -> bool:
    """Run the sitting: its chair and its secretary, who give a second factor once per sitting and device."""
    return serves_body(user, sitting.council_session.body, *CHAIR_DESK)


def can_present(user: User, sitting: Sitting) -> bool:
    """Lead the hall through a paper: chair, secretary, and the member whom they let."""
    if can_conduct(user, sitting):
        return True
    return sitting.presenter_id == user.pk and is_member(user, sitting.council_session.body)


def can_enter_for_others(user: User, sitting: Sitting) -> bool:
    """Enter a vote for a delegate whose tablet fails: the secretary only."""
    return serves_body(user, sitting.council_session.body, Role.SESSION_SECRETARY)


def can_show_wall(user: User, sitting: Sitting) -> bool:
    """Open the big screen: chair, secretary, and the office of the body."""
    return serves_body(user, sitting.council_session.body, *CHAIR_DESK, Role.OFFICE)


def can_check_in(delegate: Delegate | None, sitting: Sitting) -> bool:
    """Report one's own presence from the tablet, while the check-in is open."""
    if delegate is None or not sitting.check_in_open:
        return False
    return delegate.memberships.filter(body=sitting.council_session.body).on(sitting.date).exists()


def wall_token(sitting: Sitting) -> str:
    """The secret of a wall's link: shows what the hall sees anyway, for this sitting, for one day."""
    return _WALL.sign(sitting.public_id.hex).partition(":")[2]


def holds_wall_token(token: str, sitting: Sitting) -> bool:
    try:
        _WALL.unsign(f"{sitting.public_id.hex}:{token}", max_age=_WALL_SECONDS)
    except signing.BadSignature:
        return False
    return True
