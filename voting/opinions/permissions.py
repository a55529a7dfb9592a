"""Who asks a body for its opinion, and who sees the poll."""

from council.models import Body, Council, User
from council.permissions import Role, delegate_for, grants_of, serves_body
from voting.models import Poll, RollEntry
from voting.permissions import can_see_poll

DESK = (Role.OFFICE, Role.SESSION_CHAIR, Role.SESSION_SECRETARY)


def bodies_served(user: User, council: Council, *roles: str):
    """The bodies of a council that a person serves in one of these roles today."""
    grants = grants_of(user, council.pk).filter(role__in=roles)
    if grants.filter(body=None).exists():
        return council.bodies.all()
    return council.bodies.filter(pk__in=grants.values("body"))


def can_ask(user: User, body: Body) -> bool:
    """Prepare, send, extend, close and cancel opinion polls of a body: its office."""
    return serves_body(user, body, Role.OFFICE)


def can_see_desk(user: User, poll: Poll) -> bool:
    """See how far an opinion poll is: office, chair and secretary of the body."""
    return serves_body(user, poll.body, *DESK)


def is_asked(user: User, poll: Poll) -> bool:
    """Whether a person stands on the roll of an opinion poll."""
    delegate = delegate_for(user, poll.council)
    return delegate is not None and RollEntry.objects.filter(poll=poll, delegate=delegate).exists()


def can_see_opinion(user: User, poll: Poll) -> bool:
    """Read the question: who is asked, the body once it was sent, and its desk."""
    return can_see_poll(user, poll) or (poll.opened_at is not None and is_asked(user, poll))
