"""Who may read and bring papers, and who keeps the register of resolutions."""

from collections.abc import Callable

from django.db.models import Q
from django.utils import timezone

from council.models import Body, Council, User
from council.permissions import Role, has_role, roles_of, serves_body

_STAFF = (Role.OFFICE, Role.SESSION_CHAIR, Role.SESSION_SECRETARY)
_AGENCY = (Role.AGENCY_CLERK, Role.AGENCY_HEAD)

# A room above may open papers that it hung somewhere to more people: the agency whose reply it is.
_more_readers: list[Callable[[User, Council], Q]] = []


def register_readers(rule: Callable[[User, Council], Q]) -> Callable[[User, Council], Q]:
    """Add a rule that gives a Q of further documents which a signed-in person may read."""
    _more_readers.append(rule)
    return rule


def readable(user: User, council: Council) -> Q:
    """The condition under which a person reads a document of a council.

    Public ones: everybody. Members' ones: members of its body today, and the office, chair and
    secretary who serve that body. The office's ones: the office. An agency's clerk: the own uploads.
    """
    may_read = Q(visibility="public")
    if not user.is_authenticated or not user.is_active:
        return may_read
    today = timezone.localdate()
    memberships = user.memberships.filter(body__council=council).on(today)
    may_read |= Q(visibility="members", body__in=memberships.values("body"))
    roles = roles_of(user, council)  # a seat card carries a delegate's rights only
    if roles & set(_AGENCY):
        may_read |= Q(created_by=user)
    for role in roles & set(_STAFF):
        grants = user.role_grants.filter(council=council, role=role).on(today)
        visible = ["members", "office"] if role == Role.OFFICE else ["members"]
        if grants.filter(body=None).exists():
            may_read |= Q(visibility__in=visible)
        else:
            may_read |= Q(visibility__in=visible, body__in=grants.values("body"))
    for rule in _more_readers:
        may_read |= rule(user, council)
    return may_read


def can_add_paper(user: User, council: Council, body: Body | None) -> bool:
    """Whether a person may bring a paper: who serves its body, or an agency with a paper of no body."""
    if body is not None:
        return body.council_id == council.pk and serves_body(user, body, *_STAFF)
    return has_role(user, council, *_STAFF, *_AGENCY)


def only_for_office(user: User, council: Council, body: Body | None) -> bool:
    """Whether what a person brings is for the office to look at first: an agency never publishes."""
    return body is None and not has_role(user, council, *_STAFF)


def can_change_paper(user: User, document) -> bool:
    """Whether a person may replace or withdraw a paper: who serves its body, or its agency."""
    if can_open_paper(user, document):
        return True
    is_own = document.body is None and document.created_by_id == user.pk
    return is_own and document.visibility == "office" and has_role(user, document.council, *_AGENCY)


def can_open_paper(user: User, document) -> bool:
    """Whether a person may say who reads a paper: who serves its body."""
    if document.body is not None:
        return serves_body(user, document.body, *_STAFF)
    return has_role(user, document.council, *_STAFF)


def can_keep_register(user: User, council: Council) -> bool:
    """Whether a person may write, number and publish resolutions: the office."""
    return has_role(user, council, Role.OFFICE)
