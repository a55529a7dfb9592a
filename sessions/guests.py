"""Guests: people asked in to an item, and the QR card on the table that opens its own list of papers.

A card's secret travels once in an address and then in a cookie; the server keeps a hash. The stranger who
holds it stays a stranger: no account, no rights but to read what the card lists (docs/decisions/0018).
"""

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from council.accounts.rules import hash_of
from council.models import Council, User
from documents.models import Document
from documents.permissions import register_invited
from documents.readers import register_name
from sessions.models import AgendaItem, CouncilSession, GuestLink, ItemPaper

COOKIE = "khach"
_SHOWN = (CouncilSession.State.CONVENED, CouncilSession.State.RUNNING)


def cookie_name() -> str:
    return f"__Host-{COOKIE}" if settings.SESSION_COOKIE_SECURE else COOKIE


class GuestMiddleware:
    """A stranger who brings a card's secret carries it as `request.user.guest_secret`; an account knows no card."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        secret = request.COOKIES.get(cookie_name(), "")
        if secret and hasattr(request, "user"):
            user = request.user
            request.user = SimpleLazyObject(lambda: _with_card(user, secret))
        return self.get_response(request)


def _with_card(user, secret: str):
    if not user.is_authenticated:
        user.guest_secret = secret
    return user


def link_with(secret: str) -> GuestLink | None:
    """The living link of a secret; None for one that is unknown, has ended or was taken back."""
    if not secret or len(secret) > 100:
        return None
    links = GuestLink.objects.filter(secret_hash=hash_of(secret), revoked_at=None, expires_at__gt=timezone.now())
    return links.select_related("sitting__council_session__council", "item").first()


def link_of(user, council: Council | None) -> GuestLink | None:
    """The living link that a stranger brought to this council, looked up once per request."""
    secret = getattr(user, "guest_secret", "")
    if not secret:
        return None
    if not hasattr(user, "_guest_link"):
        user._guest_link = link_with(secret)
    link = user._guest_link
    return link if link is not None and link.sitting.council_session.council == council else None


@register_invited
def asked_in(user: User, council: Council) -> Q | None:
    """The papers of the items to which a person was asked in, or those that the card on the table lists."""
    if user.is_authenticated:
        if not user.is_active:
            return None
        papers = ItemPaper.objects.filter(
            item__guests__user=user, item__council_session__council=council, item__council_session__state__in=_SHOWN
        )  # fmt: skip
        for_guests = (Document.Visibility.MEMBERS, Document.Visibility.PUBLIC)
        return Q(pk__in=papers.exclude(document=None).values("document"), visibility__in=for_guests)
    link = link_of(user, council)
    if link is None:
        return None
    return Q(pk__in=link.papers.values("pk")) & ~Q(visibility=Document.Visibility.OFFICE)


@register_name
def name_of_guest(user) -> str:
    """What a card says of its bearer: for watermarks and the list of downloads."""
    secret = getattr(user, "guest_secret", "")
    link = getattr(user, "_guest_link", None) or link_with(secret)
    return link.name if link else ""


def items_with(user: User, council: Council) -> list[AgendaItem]:
    """The items to which a person was asked in, with `open_papers`: those that may be read now."""
    from documents.selectors import readable_documents

    if not user.is_authenticated:
        return []
    items = AgendaItem.objects.filter(
        guests__user=user, council_session__council=council, council_session__state__in=_SHOWN
    ).select_related("council_session", "sitting").order_by("sitting__date", "number")  # fmt: skip
    found = []
    for item in items:
        papers = item.papers.filter(document__in=readable_documents(user, council)).select_related("document")
        item.open_papers = list(papers)
        found.append(item)
    return found
