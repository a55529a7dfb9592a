"""Who may ask for papers, who may hand them in and who reads what was handed in."""

from django.db.models import Q
from django.utils import timezone

from council.models import Body, Council, User
from council.permissions import agencies_for, is_member
from documents.permissions import register_readers
from sessions.models import CouncilSession, PaperRequest


def boards_for(user: User, council: Council):
    """The boards and groups for which a person may hand papers in: the members', today. The plenary asks itself nothing."""
    if not user.is_authenticated or not user.is_active:
        return Body.objects.none()
    mine = user.memberships.filter(body__council=council).on(timezone.localdate())
    return council.bodies.filter(pk__in=mine.values("body")).exclude(kind=Body.Kind.PLENARY)


def asked(user: User, council: Council) -> Q:
    """The condition under which a paper is asked of this person: of the own agency or board."""
    return Q(agency__in=agencies_for(user, council)) | Q(body__in=boards_for(user, council))


def can_hand_in(user: User, request: PaperRequest) -> bool:
    """Bring the paper: who answers for the agency, a member of the board, while the session takes papers."""
    if request.state == PaperRequest.State.WITHDRAWN:
        return False
    if request.paper.item.council_session.state == CouncilSession.State.CLOSED:
        return False
    return is_asked(user, request)


def is_asked(user: User, request: PaperRequest) -> bool:
    """Whether this person belongs to whom the office asked."""
    if request.agency_id:
        return agencies_for(user, request.agency.council).filter(pk=request.agency_id).exists()
    return is_member(user, request.body)


@register_readers
def own_hand_ins(user: User, council: Council) -> Q:
    """An agency's people and a board's members read what was handed in in its name."""
    mine = PaperRequest.objects.filter(asked(user, council)).exclude(tray=None)
    return Q(pk__in=mine.values("tray"))
