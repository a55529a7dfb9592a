"""Who may read and bring papers, and who keeps the register of resolutions."""

from collections.abc import Callable, Container, Iterable

from django.db.models import Q
from django.utils import timezone

from council.models import Body, Council, User
from council.permissions import Role, has_role, roles_of, serves_body
from documents.models import Document

_STAFF = (Role.OFFICE, Role.SESSION_CHAIR, Role.SESSION_SECRETARY)
_AGENCY = (Role.AGENCY_CLERK, Role.AGENCY_HEAD)

# A room above may open papers that it hung somewhere to more people: the agency whose reply it is.
# Never those of a closed sitting.
_more_readers: list[Callable[[User, Council], Q]] = []
# Who was asked in by name: guests of an item. They may be strangers, and they sit in a closed sitting.
_invited: list[Callable[[User, Council], Q | None]] = []


def register_readers(rule: Callable[[User, Council], Q]) -> Callable[[User, Council], Q]:
    """Add a rule that gives a Q of further documents which a signed-in person may read."""
    _more_readers.append(rule)
    return rule


def register_invited(rule: Callable[[User, Council], Q | None]) -> Callable[[User, Council], Q | None]:
    """Add a rule that gives the documents to which a person, or a stranger with a link, was asked in by name."""
    _invited.append(rule)
    return rule


def readable(user: User, council: Council) -> Q:
    """The condition under which a person reads a document of a council.

    Public ones: everybody. Members' ones: members of its body today, and the office, chair and
    secretary who serve that body. Those of named bodies: their members, and who serves them or the
    paper's body. The office's ones: the office. An agency's clerk: the own uploads. Of a closed sitting
    (Law 72/2025/QH15 art. 34): of all these only who belongs to the convened body or serves it, and
    the guests of the item.
    """
    may_read = Q(visibility="public")
    for rule in _invited:
        asked_in = rule(user, council)
        if asked_in is not None:
            may_read |= asked_in
    if not user.is_authenticated or not user.is_active:
        return may_read
    today = timezone.localdate()
    mine = user.memberships.filter(body__council=council).on(today).values("body")
    may_read |= Q(visibility="members", body__in=mine)
    may_read |= _named_for(mine) & (Q(is_closed=False) | Q(body__in=mine))
    roles = roles_of(user, council)  # a seat card carries a delegate's rights only
    if roles & set(_AGENCY):
        may_read |= Q(created_by=user, is_closed=False)
    for role in roles & set(_STAFF):
        grants = user.role_grants.filter(council=council, role=role).on(today)
        visible = ["members", "named", "office"] if role == Role.OFFICE else ["members", "named"]
        if grants.filter(body=None).exists():
            may_read |= Q(visibility__in=visible)
        else:
            served = grants.values("body")
            may_read |= Q(visibility__in=visible, body__in=served)
            may_read |= _named_for(served) & Q(is_closed=False)
    for rule in _more_readers:
        may_read |= rule(user, council) & Q(is_closed=False)
    return may_read


def member_reads(document: Document, bodies: Container[int], named: Iterable[int]) -> bool:
    """The part of `readable` that a person's memberships decide alone, without a query; False: ask `readable`.

    `bodies` are those whose member the person is today, `named` those that the document names (ids). A hall of
    delegates fetches its papers at once, and for all of them this is the whole answer.
    """
    if document.is_closed:
        return False
    if document.visibility == Document.Visibility.MEMBERS:
        return document.body_id in bodies
    if document.visibility == Document.Visibility.NAMED:
        return any(body in bodies for body in named)
    return document.visibility == Document.Visibility.PUBLIC


def _named_for(bodies) -> Q:
    """The papers that name one of these bodies."""
    named = Document.named_bodies.through.objects.filter(body__in=bodies)
    return Q(visibility="named", pk__in=named.values("document"))


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
