"""The session on a tablet without a network: what it consists of, for the tablet that takes it along."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from documents.offline import days_kept, mark_of
from sessions import pack
from sessions.models import CouncilSession
from sessions.selectors import get_attended_session_for


@login_required
@require_safe
def manifest(request, council_session):
    """All that belongs to a session for this reader, with its digests. 404 once it is over: the tablet removes it."""
    found = get_attended_session_for(request.user, request.council, council_session)
    if not pack.can_travel(found):
        raise Http404
    return JsonResponse(
        pack.manifest(found, request.user) | {"now": timezone.now().isoformat()},
        json_dumps_params={"ensure_ascii": False, "separators": (",", ":")},
    )


def take_along(request, council_session: CouncilSession) -> dict:
    """What the card "Mang theo" on a page of a session needs; empty once the session is over."""
    if not pack.can_travel(council_session):
        return {}
    return {
        "pack": {
            "url": reverse("sessions:pack", args=[council_session.public_id]),
            "session": council_session.public_id,
            "days": days_kept(council_session.council),
            "has_pin": bool(request.user.pin_hash),
            "me": mark_of(request.user),
        }
    }
