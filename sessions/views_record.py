"""The public record of a session: the file, its page of checking, the QR code of its head. No account needed."""

import io

import segno
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import condition, require_safe

from council.models import AuditEntry
from council.permissions import delegate_for
from sessions import record, selectors
from sessions.models import CouncilSession
from sessions.permissions import can_attend


def _public_session(request, slug) -> CouncilSession:
    if request.council is None:
        raise Http404
    return selectors.get_public_session(request.council, slug)


def _session_with_record(request, slug) -> CouncilSession:
    found = _public_session(request, slug)
    if record.head_of(found) is None:
        raise Http404
    return found


def _tag(request, slug) -> str:
    return f'"{record.tag(_session_with_record(request, slug))}"'


@require_safe
@condition(etag_func=_tag)
def export(request, slug):
    """The record as one canonical JSON text (docs/record.md); the same record is the same bytes."""
    text = record.export(_session_with_record(request, slug))
    response = HttpResponse(text, content_type="application/json")
    patch_cache_control(response, public=True, no_cache=True)  # kept by anybody, asked again each time
    if "tai" in request.GET:
        response["Content-Disposition"] = f'attachment; filename="so-ghi-{slug}.json"'
    return response


@require_safe
def links(request, slug):
    """The digests of the entries after ?tu=N, for a tablet that follows the chain from the head it knew.

    Digests alone, so members may ask for those of any session of their own body.
    """
    council_session = request.council and CouncilSession.objects.filter(council=request.council, slug=slug).first()
    if not council_session:
        raise Http404
    if not record.is_public_session(council_session) and not can_attend(request.user, council_session):
        raise Http404
    if record.head_of(council_session) is None:
        raise Http404
    response = JsonResponse(record.links(council_session, _place(request, "tu", 0)))
    patch_cache_control(response, no_store=True)
    return response


def _place(request, name: str, default: int) -> int:
    """The number of an entry in the address; 400 where it is none."""
    words = request.GET.get(name, str(default))
    if not words.isascii() or not words.isdigit() or len(words) > 9:
        raise BadRequest
    return int(words)


@require_safe
def check(request, slug):
    """The page that does in the browser what verify/ does at the desk."""
    found = _session_with_record(request, slug)
    context = {"council_session": found, "head": record.head_of(found)}
    return render(request, "sessions/public/check.html", context)


@require_safe
def qr(request, slug):
    """The QR code of the head at ?muc=N: leads to the page of checking with that head in hand."""
    found = _session_with_record(request, slug)
    head = record.head_of(found)
    try:
        head = record.head_of(found, seq=_place(request, "muc", head.seq))
    except AuditEntry.DoesNotExist:
        raise Http404 from None
    picture = io.BytesIO()
    segno.make(head.url, error="l").save(picture, kind="svg", scale=4, border=3, dark="#000", light="#fff")
    response = HttpResponse(picture.getvalue(), content_type="image/svg+xml")
    patch_cache_control(response, public=True, max_age=86400 if "muc" in request.GET else 0)  # a head stays a head
    return response


@login_required
@require_safe
def my_votes(request, council_session):
    """A delegate's own votes of a session, each with the code that opens it in the record (security 34)."""
    found = selectors.get_attended_session_for(request.user, request.council, council_session)
    delegate = delegate_for(request.user, request.council)
    if delegate is None:
        raise Http404
    context = {"council_session": found, "head": record.head_of(found), "rows": record.own_votes(found, delegate)}
    response = render(request, "sessions/room/my_votes.html", context)
    patch_cache_control(response, private=True, no_store=True)
    return response
