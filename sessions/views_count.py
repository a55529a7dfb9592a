"""The tellers' page: one writes the count down, a second confirms it; sheets to vote on, minutes of the count."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from council.errors import BadInput
from council.second_factor import ask, has_stepped_up
from sessions.models import Sitting
from sessions.permissions_room import can_conduct, can_follow
from sessions.printing import count_minutes
from sessions.selectors_room import get_poll_in, get_sitting_for
from voting import counting
from voting import selectors as votes
from voting.count_rules import CHOICES_ON_SHEET, LABELS_ON_SHEET, Sheets
from voting.models import Count, Poll
from voting.permissions import is_public
from voting.tellers import tellers_of

NUMBERS = (
    ("handed_out", gettext_lazy("Số phiếu phát ra")),
    ("collected", gettext_lazy("Số phiếu thu về")),
    ("valid", gettext_lazy("Số phiếu hợp lệ")),
    ("blank", gettext_lazy("Số phiếu trắng")),
    ("invalid", gettext_lazy("Số phiếu không hợp lệ")),
)


def _counting(view):
    """A page of those who count this vote: signed in, of the board, with the second factor of the sitting."""

    @login_required
    def asked(request, sitting, poll, **kwargs):
        found = get_sitting_for(request.user, request.council, sitting)
        about = get_poll_in(found, poll)
        if not about.is_counted or not counting.can_count(request.user, about):
            raise Http404
        if not has_stepped_up(request.session.session_key, request.user, found.room):
            return ask(request, found.room)
        return view(request, found, about, **kwargs)

    return asked


@require_http_methods(["GET", "POST"])
@_counting
def count(request, sitting: Sitting, poll: Poll):
    """Enter the count, or see the one that waits for its second person."""
    waiting = counting.waiting_count(poll)
    entered = request.POST if request.method == "POST" else {}
    fault = ""
    if request.method == "POST":
        try:
            _enter(request, poll)
        except BadInput as said:
            fault = said.message
        else:
            messages.success(request, _("Đã ghi. Một người khác trong Ban kiểm phiếu xác nhận thì thành kết quả."))
            return redirect("sessions:count", sitting=sitting.public_id, poll=poll.public_id)
    context = {
        "sitting": sitting,
        "poll": poll,
        "waiting": waiting,
        "is_mine": waiting is not None and waiting.entered_by_id == request.user.pk,
        "confirmed": counting.confirmed_count(poll),
        "returned": poll.counts.filter(state=Count.State.RETURNED).last(),
        "sheet": votes.sheet_facts(poll),
        "result": votes.result_facts(poll),
        "fault": fault,
        "present": poll.present,
        "numbers": [{"key": key, "label": label, "n": entered.get(key, "")} for key, label in NUMBERS],
        "lines": _lines(poll, entered, waiting),
        "options": [o | {"n": entered.get(o["key"], "")} for o in votes.options_of(poll)],
        "roll": poll.roll.filter(is_present=True).order_by("seat", "name") if not poll.is_secret else [],
        "reason": entered.get("reason", ""),
        "waiting_numbers": [(label, getattr(waiting, key)) for key, label in NUMBERS] if waiting else [],
        "waiting_options": [
            {"mark": o["key"], "label": o["label"], "n": waiting.figures.get(o["key"], 0)}
            for o in votes.options_of(poll)
        ]
        if waiting
        else [],
    }
    return render(request, "sessions/room/count.html", context, status=422 if fault else 200)


def _lines(poll: Poll, entered, waiting: Count | None) -> list[dict]:
    """The persons of the sheet with one cell for each choice."""
    if not poll.is_secret:
        return []
    labels, lines = LABELS_ON_SHEET[poll.kind], []
    for nominee in poll.nominees.all():
        kept = waiting.figures.get(nominee.key, {}) if waiting else {}
        cells = [
            {
                "name": f"n{nominee.key}-{choice}",
                "label": labels[choice],
                "n": kept.get(choice, entered.get(f"n{nominee.key}-{choice}", "")),
            }
            for choice in CHOICES_ON_SHEET[poll.kind]
        ]
        lines.append({"nominee": nominee, "cells": cells})
    return lines


def _enter(request, poll: Poll) -> Count:
    said = request.POST
    if poll.is_secret:
        figures = {
            nominee.key: {
                choice: _whole(said.get(f"n{nominee.key}-{choice}")) for choice in CHOICES_ON_SHEET[poll.kind]
            }
            for nominee in poll.nominees.all()
        }
        numbers = {key: _whole(said.get(key)) for key, _label in NUMBERS}
        return counting.enter_sheets(poll=poll, sheets=Sheets(**numbers, figures=figures), by=request.user)
    names = {
        entry.delegate_id: said[f"d{entry.delegate_id}"]
        for entry in poll.roll.filter(is_present=True)
        if said.get(f"d{entry.delegate_id}")
    }
    figures = {option["key"]: _whole(said.get(option["key"]) or 0) for option in votes.options_of(poll)}
    if names and not any(said.get(key) for key in figures):
        figures = {key: sum(choice == key for choice in names.values()) for key in figures}
    return counting.enter_totals(
        poll=poll, figures=figures, reason=said.get("reason", ""), by=request.user, names=names
    )


def _whole(text) -> int:
    text = str(text if text is not None else "").strip()
    if not text.isdecimal() or len(text) > 4:
        raise BadInput(_("Mỗi ô là một số nguyên từ 0 trở lên; không để trống ô nào."))
    return int(text)


@require_POST
@_counting
def confirm(request, sitting: Sitting, poll: Poll):
    """The second person confirms the count that was shown."""
    found = get_object_or_404(Count, poll=poll, public_id=request.POST.get("count"))
    counting.confirm_count(count=found, by=request.user)
    messages.success(request, _("Đã xác nhận. Kết quả kiểm phiếu đã tới bàn chủ tọa."))
    return redirect("sessions:count", sitting=sitting.public_id, poll=poll.public_id)


@require_POST
@_counting
def send_back(request, sitting: Sitting, poll: Poll):
    """Have it counted again, with the reason."""
    found = get_object_or_404(Count, poll=poll, public_id=request.POST.get("count"))
    counting.return_count(count=found, reason=request.POST.get("reason", ""), by=request.user)
    messages.success(request, _("Đã trả lại để đếm lại."))
    return redirect("sessions:count", sitting=sitting.public_id, poll=poll.public_id)


@login_required
@require_GET
def ballot_sheets(request, sitting, poll):
    """Blank ballots to print, the same for everybody, and a sheet to tally on."""
    found = get_sitting_for(request.user, request.council, sitting)
    about = get_poll_in(found, poll)
    if not about.is_secret or about.is_sealed or not (can_conduct(request.user, found) or counting.can_count(request.user, about)):
        raise Http404
    wanted = request.GET.get("so", "")
    entitled = about.entitled or found.council_session.body.memberships.exclude(delegate=None).count()
    number = min(int(wanted), 500) if wanted.isdecimal() and int(wanted) else entitled
    context = {
        "sitting": found,
        "council_session": found.council_session,
        "poll": about,
        "people": list(about.nominees.all()),
        "choices": list(LABELS_ON_SHEET[about.kind].values()),
        "copies": range(number),
        "number": number,
        "tellers": tellers_of(about),
    }
    return render(request, "sessions/print/secret_ballots.html", context)


@require_GET
def minutes(request, sitting, poll):
    """The minutes of the count (biên bản kiểm phiếu) as PDF: for those who follow the sitting, once confirmed;
    for everybody once the result of a public sitting is declared."""
    about = Poll.objects.filter(council=request.council, public_id=poll, room=f"sitting:{sitting}").first()
    found = Sitting.objects.filter(public_id=sitting).select_related("council_session").first()
    if about is None or found is None or not about.is_secret or counting.finished_count(about) is None:
        raise Http404
    is_declared = about.state == Poll.State.DECLARED
    knows = request.user.is_authenticated and (
        can_conduct(request.user, found)
        or counting.can_count(request.user, about)
        or (is_declared and can_follow(request.user, found))
    )
    if not knows and not is_public(about):
        raise Http404
    response = HttpResponse(count_minutes(found, about), content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="bien-ban-kiem-phieu.pdf"'
    return response
