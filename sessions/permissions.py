"""Who may prepare, see and convene a session or meeting of a body."""

from council.models import Body, Council, User
from council.permissions import Role, grants_of, is_member, serves_body
from sessions.models import CouncilSession

DESK = (Role.OFFICE, Role.SESSION_CHAIR, Role.SESSION_SECRETARY)


def can_prepare(user: User, council_session: CouncilSession) -> bool:
    """Build the agenda, file papers, convene: the office of the body."""
    return serves_body(user, council_session.body, Role.OFFICE)


def can_convene(user: User, body: Body) -> bool:
    """Set up a session of this body."""
    return serves_body(user, body, Role.OFFICE)


def can_see_desk(user: User, council_session: CouncilSession) -> bool:
    """See how far the preparation is, and print for an outage: office, chair and secretary of the body."""
    return serves_body(user, council_session.body, *DESK)


def can_change_agenda(user: User, council_session: CouncilSession) -> bool:
    if council_session.state == CouncilSession.State.CLOSED:
        return False
    return can_prepare(user, council_session)


def can_attend(user: User, council_session: CouncilSession) -> bool:
    """Know the agenda and read its papers: members of the body once convened, and its desk."""
    if can_see_desk(user, council_session):
        return True
    if council_session.state == CouncilSession.State.DRAFT:
        return False
    return is_member(user, council_session.body)


def bodies_served(user: User, council: Council, *roles: str):
    """The bodies of a council that a person serves in one of these roles, in their order."""
    grants = grants_of(user, council.pk).filter(role__in=roles or DESK)
    if grants.filter(body=None).exists():
        return council.bodies.all()
    return council.bodies.filter(pk__in=grants.values("body"))
