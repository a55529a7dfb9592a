"""Taking a session out: the page with both ways, the PDF when it is made, the zip as it is sent."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from council.errors import BadInput
from documents.services import note_taken_out
from documents.serving import send_pdf
from sessions.models import SessionExport
from sessions.out import services
from sessions.out.names import safe_name
from sessions.out.packing import zipped, zipped_async
from sessions.out.selectors import get_export_for, own_exports, plan_for
from sessions.permissions import can_see_desk
from sessions.selectors import get_attended_session_for


def _session(request, public_id):
    return get_attended_session_for(request.user, request.council, public_id)


@login_required
@require_safe
def take_out(request, council_session):
    """What of a session the person may take out, and how."""
    found = _session(request, council_session)
    plan = plan_for(request.user, found)
    at_desk = can_see_desk(request.user, found)
    context = {
        "council_session": found,
        "plan": plan,
        "export": own_exports(request.user, found).first(),
        "frame": "base_desk.html" if at_desk else "base_delegate.html",
        "at_desk": at_desk,
        "where_title": _("Mang tài liệu ra"),
    }
    response = render(request, "sessions/out/page.html", context)
    if context["export"] and context["export"].state == SessionExport.State.MAKING:
        response["Refresh"] = "4"  # how far it is, without a script
    return response


@login_required
@require_POST
def ask_for_pdf(request, council_session):
    found = _session(request, council_session)
    try:
        services.ask_for_pdf(council_session=found, by=request.user)
    except BadInput as fault:
        messages.error(request, fault.message)
    return redirect("sessions:take_out", council_session=found.public_id)


@login_required
@require_safe
def pdf(request, council_session, export):
    """The finished file, for the person who asked for it."""
    found = get_export_for(request.user, _session(request, council_session), export)
    if request.method == "GET" and not request.headers.get("Range"):
        note_taken_out(versions=found.versions, user=request.user)
    name = safe_name(f"{found.council_session.title} - {_('toàn bộ tài liệu')}", ".pdf")
    return send_pdf(request, found.file, size=found.size, sha256=found.sha256, name=name)


@login_required
@require_safe
def whole_zip(request, council_session):
    """All papers that the person may take out, each under a name that says what it is."""
    found = _session(request, council_session)
    plan = plan_for(request.user, found)
    if request.method == "GET":
        note_taken_out(versions=[part.version.pk for part in plan.parts], user=request.user)
    pieces = zipped_async if isinstance(request, ASGIRequest) else zipped
    response = StreamingHttpResponse(pieces(plan, found.title), content_type="application/zip")
    response["Content-Disposition"] = content_disposition_header(True, safe_name(found.title, ".zip"))
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
