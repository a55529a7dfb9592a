"""The place of an agency or board: what it was asked for, handing it in, what the office said; nothing of others."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from council.errors import BadInput, WrongState
from council.permissions import agencies_for
from sessions.handin import services
from sessions.handin.forms import HandInForm
from sessions.handin.permissions import boards_for, can_hand_in
from sessions.handin.selectors import get_request_for, requests_for, standing
from sessions.models import PaperRequest


def _frame(request) -> dict:
    """The desk for an agency, the tablet's pages for a delegate who hands in for a board."""
    agencies = list(agencies_for(request.user, request.council).prefetch_related("names"))
    boards = list(boards_for(request.user, request.council))
    return {
        "frame": "base_desk.html" if agencies else "base_delegate.html",
        "names": [agency.name for agency in agencies] + [body.name for body in boards],
        "where_title": _("Văn bản cần nộp"),
    }


@login_required
@require_safe
def hand_ins(request):
    """What is owed, what is due first before the rest; then what waits for the office, then what was taken."""
    if request.council is None:
        raise Http404
    frame = _frame(request)
    if not frame["names"]:
        raise Http404
    rows = [standing(row) for row in requests_for(request.user, request.council)]
    groups = [
        (_("Cần nộp"), [row for row in rows if row.is_owed]),
        (_("Đã nộp, chờ văn phòng nhận"), [row for row in rows if row.request.state == PaperRequest.State.HANDED_IN]),
        (_("Văn phòng đã nhận"), [row for row in rows if row.request.state == PaperRequest.State.ACCEPTED]),
    ]
    owed = groups[0][1]
    context = frame | {
        "groups": [group for group in groups if group[1]],
        "owed": len(owed),
        "late": sum(row.days_late > 0 for row in owed),
    }
    return render(request, "sessions/handin/list.html", context)


@login_required
@require_safe
def one(request, request_pk):
    found = get_request_for(request.user, request.council, request_pk)
    return render(request, "sessions/handin/one.html", _one_context(request, found))


def _one_context(request, found: PaperRequest, form=None) -> dict:
    return _frame(request) | {
        "row": standing(found),
        "may_hand_in": can_hand_in(request.user, found),
        "form": form or HandInForm(),
        "here": reverse("sessions:hand_in", args=[found.public_id]),
    }


@login_required
@require_POST
def bring(request, request_pk):
    """Hand in one file with a note; the answer to a dropped file is JSON."""
    found = get_request_for(request.user, request.council, request_pk)
    files, form = request.FILES.getlist("files"), HandInForm(request.POST)
    is_dropped = bool(request.headers.get("X-File-Drop"))
    here = redirect("sessions:hand_in", found.public_id)
    try:
        if len(files) != 1:
            raise BadInput(_("Chọn một tệp."))
        if not form.is_valid():
            raise BadInput(_("Ghi chú dài quá 1000 ký tự."))
        services.hand_in(request=found, by=request.user, upload=files[0], note=form.cleaned_data["note"])
    except (BadInput, WrongState) as fault:
        if is_dropped:
            return JsonResponse({"message": str(fault.message)}, status=422)
        messages.error(request, fault.message)
        return here
    if is_dropped:
        return JsonResponse({"message": str(_("Đã nộp. Văn phòng sẽ xem và trả lời tại trang này."))})
    messages.success(request, _("Đã nộp. Văn phòng sẽ xem và trả lời tại trang này."))
    return here
