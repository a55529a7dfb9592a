"""Guests: the office's page of cards and invitations, and what a guest sees on a phone without an account."""

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from council.models import RoleGrant, User
from documents.pdf import qr_svg, render_pdf
from documents.selectors import readable_documents
from sessions import services
from sessions.forms_guests import CopiesForm, GuestLinkForm, InvitationForm
from sessions.guests import cookie_name, items_with, link_of, link_with
from sessions.models import GuestLink, ItemGuest, ItemPaper
from sessions.views_office import of_session

# Wrong cards from one address; right ones cost nothing, so a hall behind one address is not slowed down.
_WRONG = {"wrong": "20/5m/ip"}
_ASKABLE = (RoleGrant.Role.GUEST, RoleGrant.Role.AGENCY_CLERK, RoleGrant.Role.AGENCY_HEAD)


# --- the office ----------------------------------------------------------------------------------------


@of_session()
@require_GET
def guests(request, council_session):
    """Cards and invitations of a session, and the form for the next card."""
    return _show(request, council_session, _forms(request, council_session))


@of_session()
@require_POST
def make_link(request, council_session):
    forms = _forms(request, council_session, "link")
    if not forms["link"].is_valid():
        return _show(request, council_session, forms, status=422)
    link = services.make_guest_link(by=request.user, **forms["link"].cleaned())
    messages.success(request, _("Đã tạo thẻ cho %(name)s. In thẻ để dùng.") % {"name": link.name})
    return redirect("sessions:guests", council_session.public_id)


@of_session()
@require_POST
def print_link(request, council_session, link):
    """The card as a PDF, with a new secret: the ones printed before end."""
    found = _link(council_session, link)
    copies = CopiesForm(request.POST)
    count = copies.cleaned_data["copies"] if copies.is_valid() else 1
    secret = services.renew_guest_link(link=found, by=request.user)
    url = request.build_absolute_uri(reverse("sessions:guest_enter", args=[secret]))
    context = {
        "link": found, "council": council_session.council, "council_session": council_session,
        "qr": qr_svg(url, size_mm=52), "copies": range(count), "papers": found.papers.all(),
    }  # fmt: skip
    response = HttpResponse(render_pdf("pdf/guest_card.html", context, css=()), content_type="application/pdf")
    response["Content-Disposition"] = 'attachment; filename="the-khach.pdf"'
    response["Cache-Control"] = "no-store"
    return response


@of_session()
@require_POST
def revoke_link(request, council_session, link):
    found = services.revoke_guest_link(link=_link(council_session, link), by=request.user)
    messages.success(request, _("Đã thu hồi thẻ của %(name)s.") % {"name": found.name})
    return redirect("sessions:guests", council_session.public_id)


@of_session()
@require_POST
def invite(request, council_session):
    forms = _forms(request, council_session, "invitation")
    if not forms["invitation"].is_valid():
        return _show(request, council_session, forms, status=422)
    guest = services.invite_guest(by=request.user, **forms["invitation"].cleaned_data)
    messages.success(request, _("Đã mời %(name)s.") % {"name": guest.user.full_name})
    return redirect("sessions:guests", council_session.public_id)


@of_session()
@require_POST
def uninvite(request, council_session, guest):
    found = get_object_or_404(ItemGuest, pk=guest, item__council_session=council_session)
    services.uninvite_guest(guest=found, by=request.user)
    messages.success(request, _("Đã thôi mời %(name)s.") % {"name": found.user.full_name})
    return redirect("sessions:guests", council_session.public_id)


def _link(council_session, public_id) -> GuestLink:
    return get_object_or_404(
        GuestLink.objects.select_related("sitting__council_session", "item"),
        public_id=public_id,
        sitting__council_session=council_session,
    )


def _forms(request, council_session, bound: str = "") -> dict:
    askable = User.objects.filter(
        is_active=True, role_grants__role__in=_ASKABLE, role_grants__council=council_session.council
    ).distinct().order_by("full_name")  # fmt: skip
    data = {name: request.POST if bound == name else None for name in ("link", "invitation")}
    return {
        "link": GuestLinkForm(data["link"], council_session=council_session, by=request.user),
        "invitation": InvitationForm(data["invitation"], council_session=council_session, people=askable),
    }


def _show(request, council_session, forms, status=200):
    links = GuestLink.objects.filter(sitting__council_session=council_session).select_related("sitting", "item")
    invited = ItemGuest.objects.filter(item__council_session=council_session).select_related("item", "user")
    context = {
        "council_session": council_session,
        "links": links.prefetch_related("papers"),
        "invited": invited.order_by("item__number", "user__full_name"),
        "forms": forms,
        "now": timezone.now(),
    }
    return render(request, "sessions/office/guests.html", context, status=status)


# --- the guest ------------------------------------------------------------------------------------------


@require_GET
def enter(request, secret):
    """The address in the QR code: the browser keeps the secret in a cookie, and the address bar forgets it."""
    link = link_with(secret)
    if link is None or link.sitting.council_session.council != request.council:
        if not ratelimit.consume(request, app="sessions", action="wrong", config=_WRONG, limit_get=True):
            return render(request, "429.html", status=429)
        return render(request, "sessions/public/guest.html", {"link": None, "items": []}, status=404)
    response = redirect("sessions:guest")
    left = int((link.expires_at - timezone.now()).total_seconds())
    response.set_cookie(
        cookie_name(), secret, max_age=max(left, 1), httponly=True, samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip
    response["Cache-Control"] = "no-store"
    return response


@require_GET
def guest(request):
    """The papers of the card, or of the items to which a signed-in person was asked in; nothing else."""
    if request.council is None:
        raise Http404
    link = link_of(request.user, request.council)
    papers = []
    if link is not None:
        open_now = readable_documents(request.user, request.council).filter(pk__in=link.papers.values("pk"))
        papers = list(
            ItemPaper.objects.filter(document__in=open_now, item__council_session=link.sitting.council_session)
            .select_related("item", "document")
            .order_by("item__number", "order", "pk")
        )
    context = {"link": link, "papers": papers, "items": items_with(request.user, request.council)}
    return render(request, "sessions/public/guest.html", context)


@require_http_methods(["POST"])
def leave(request):
    """Give the card back: the browser forgets it and what it kept."""
    response = redirect("sessions:guest")
    response.delete_cookie(cookie_name(), samesite="Lax")
    response["Clear-Site-Data"] = '"cache"'
    return response
