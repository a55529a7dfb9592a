"""Leading the hall through a paper: its beginning, its pages and its end; and what a tablet is told of it."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from council.errors import BadInput
from council.second_factor import second_factor_required
from documents.models import Document, Version
from documents.reading import read_url, register_beside
from documents.selectors import get_document_for, get_version
from sessions import presenting
from sessions.models import Sitting
from sessions.permissions_room import can_conduct, can_follow, can_present
from sessions.selectors_room import get_sitting_for, get_sitting_to_conduct, meetings_of, members_of
from sessions.views_room import presented_context, room_scope, wants_json
from sessions.views_votes import done, sheet


class StartForm(forms.Form):
    paper = forms.UUIDField()
    version = forms.IntegerField(min_value=1)
    page = forms.IntegerField(min_value=1)


class TurnForm(forms.Form):
    page = forms.IntegerField(min_value=1)
    turn = forms.IntegerField(min_value=1, max_value=2**53)


def presenter_act(view):
    """An act of whoever presents: POST; chair and secretary give their second factor for the sitting first."""
    return login_required(require_POST(second_factor_required(room_scope)(view)))


def _sitting_to_present(request, public_id) -> Sitting:
    sitting = get_sitting_for(request.user, request.council, public_id)
    if not can_present(request.user, sitting):
        raise Http404
    return sitting


@presenter_act
def start(request, sitting):
    """Lead the hall through a paper, from the page that the person reads."""
    found = _sitting_to_present(request, sitting)
    form = StartForm(request.POST)
    if not form.is_valid():
        raise BadInput(_("Không rõ trình bày tài liệu nào."))
    document = get_document_for(request.user, request.council, form.cleaned_data["paper"])
    version = get_version(document, form.cleaned_data["version"])
    presenting.start_presenting(sitting=found, version=version, page=form.cleaned_data["page"], by=request.user)
    if wants_json(request):
        return JsonResponse({"said": _("Hội trường theo được trang của đại biểu.")})
    return redirect(read_url(document, reverse("sessions:today")) + f"&trang={form.cleaned_data['page']}")


@presenter_act
def turn(request, sitting):
    """Another page for the hall; of several turns under way the newest counts."""
    found = _sitting_to_present(request, sitting)
    form = TurnForm(request.POST)
    if not form.is_valid():
        raise BadInput(_("Số trang không đúng."))
    presenting.turn_page(sitting=found, by=request.user, **form.cleaned_data)
    return HttpResponse(status=204)


@presenter_act
def stop(request, sitting):
    """No longer lead the hall."""
    found = _sitting_to_present(request, sitting)
    presenting.stop_presenting(sitting=found, by=request.user)
    if can_conduct(request.user, found) or wants_json(request):
        return done(request, found, _("Đã dừng trình bày."))
    return redirect("sessions:today")


@login_required
@require_http_methods(["GET", "POST"])
@second_factor_required(room_scope)
def presenter(request, sitting):
    """Let a member present papers besides chair and secretary, or nobody."""
    found = get_sitting_to_conduct(request.user, request.council, sitting)
    members = [member for member in members_of(found) if member.user_id]
    if request.method == "GET":
        return sheet(request, "presenter", {"sitting": found, "members": members})
    chosen = request.POST.get("delegate", "")
    delegate = next((member for member in members if str(member.public_id) == chosen), None)
    if chosen and delegate is None:
        raise BadInput(_("Chọn một đại biểu của phiên họp này."))
    presenting.let_present(sitting=found, delegate=delegate, by=request.user)
    said = _("Đã mời %(name)s trình bày.") % {"name": delegate.full_name} if delegate else _("Đã thôi mời.")
    return done(request, found, said)


@login_required
@require_GET
def presented(request, sitting):
    """What is presented now, as a card for one who may read it; nothing (204) for everybody else."""
    found = get_sitting_for(request.user, request.council, sitting)
    context = presented_context(request.user, found)
    if context["presented"] is None:
        response = HttpResponse(status=204)
    elif request.headers.get("Accept", "").startswith("application/json"):
        title = context["presented"].version.document.title
        response = JsonResponse({"title": title, "url": context["presented_url"]})
    else:
        response = render(request, "sessions/room/_presented.html", {"sitting": found} | context)
    response["Cache-Control"] = "private, no-store"
    return response


@register_beside
def follow_beside(request, document: Document, version: Version) -> str:
    """What the reader shows of the sitting that runs: the way to follow the chair's page, or to present."""
    if not request.user.is_authenticated or request.council is None:
        return ""
    running = meetings_of(request.user, request.council).filter(state=Sitting.State.OPEN)
    sitting = running.filter(items__papers__document=document).first() or running.first()
    if sitting is None or not can_follow(request.user, sitting):
        return ""
    context = {
        "sitting": sitting,
        "document": document,
        "version": version,
        "may_present": can_present(request.user, sitting) and document.visibility != Document.Visibility.OFFICE,
        "live": {
            "url": reverse("sessions:live", args=[sitting.public_id, "delegate"]),
            "socket": f"/ws/hop/{sitting.public_id}/delegate",
            "seq": 0,
            "facts": {},
        },
    }
    return render_to_string("sessions/room/_follow.html", context, request)
