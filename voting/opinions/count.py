"""The counting board's pages of an opinion poll on paper: sheets to print, the count by two people."""

from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from council.errors import BadInput
from council.second_factor import OFFICE, ask, has_stepped_up
from voting import counting
from voting.count_rules import LABELS_ON_SHEET, Sheets
from voting.models import Count, Poll
from voting.opinions import selectors
from voting.opinions.permissions import can_see_desk
from voting.tellers import is_teller, tellers_of

NUMBERS = (
    ("handed_out", gettext_lazy("Số phiếu phát ra")),
    ("collected", gettext_lazy("Số phiếu thu về")),
    ("valid", gettext_lazy("Số phiếu hợp lệ")),
    ("blank", gettext_lazy("Số phiếu trắng")),
    ("invalid", gettext_lazy("Số phiếu không hợp lệ")),
)
SHEET = "1"  # the one line of the sheet


def of_board(view):
    """A page of those who count: signed in, of the board, with the second factor of the day."""

    @login_required
    @wraps(view)
    def fetched(request, opinion):
        poll = selectors.get_opinion_to_count(request.user, request.council, opinion)
        if not has_stepped_up(request.session.session_key, request.user, OFFICE):
            return ask(request, OFFICE)
        return view(request, poll)

    return fetched


@of_board
@require_http_methods(["GET", "POST"])
def count(request, poll: Poll):
    """Enter the count, or see the one that waits for its second person."""
    labels, said, fault = LABELS_ON_SHEET[poll.kind], request.POST, ""
    if request.method == "POST":
        try:
            numbers = {key: _whole(said.get(key)) for key, _label in NUMBERS}
            figures = {SHEET: {key: _whole(said.get(f"choice-{key}")) for key in labels}}
            counting.enter_sheets(poll=poll, sheets=Sheets(**numbers, figures=figures), by=request.user)
        except BadInput as refusal:
            fault = refusal.message
        else:
            messages.success(request, _("Đã ghi. Một người khác trong Tổ kiểm phiếu xác nhận thì thành kết quả."))
            return redirect("voting:opinion_count", opinion=poll.public_id)
    waiting = counting.waiting_count(poll)
    context = {
        "poll": poll,
        "waiting": waiting,
        "is_mine": waiting is not None and waiting.entered_by_id == request.user.pk,
        "confirmed": counting.confirmed_count(poll),
        "returned": poll.counts.filter(state=Count.State.RETURNED).last(),
        "fault": fault,
        "numbers": [
            {"key": key, "label": label, "n": getattr(waiting, key) if waiting else said.get(key, "")}
            for key, label in NUMBERS
        ],
        "choices": [
            {
                "key": key,
                "label": label,
                "n": waiting.figures[SHEET][key] if waiting else said.get(f"choice-{key}", ""),
            }
            for key, label in labels.items()
        ],
    }
    return render(request, "voting/opinions/count.html", context, status=422 if fault else 200)


def _whole(text) -> int:
    text = str(text or "").strip()
    if not text.isdecimal() or len(text) > 4:
        raise BadInput(_("Mỗi ô là một số nguyên từ 0 trở lên; không để trống ô nào."))
    return int(text)


@of_board
@require_POST
def confirm(request, poll: Poll):
    """The second person confirms the count that was shown."""
    counting.confirm_count(count=_named(request, poll), by=request.user)
    messages.success(request, _("Đã xác nhận. Văn phòng đã có kết quả."))
    return redirect("voting:opinion_count", opinion=poll.public_id)


@of_board
@require_POST
def send_back(request, poll: Poll):
    """Have it counted again, with the reason."""
    counting.return_count(count=_named(request, poll), reason=request.POST.get("reason", ""), by=request.user)
    messages.success(request, _("Đã trả lại để đếm lại."))
    return redirect("voting:opinion_count", opinion=poll.public_id)


def _named(request, poll: Poll) -> Count:
    try:
        return get_object_or_404(Count, poll=poll, public_id=request.POST.get("count") or None)
    except (TypeError, ValueError):
        raise Http404 from None


@login_required
@require_GET
def sheets(request, opinion):
    """Blank sheets to print, the same for everybody: for the office and the board."""
    poll = selectors.Polls.filter(council=request.council, public_id=opinion).first() if request.council else None
    if poll is None or not poll.is_counted or not (can_see_desk(request.user, poll) or is_teller(request.user, poll)):
        raise Http404
    number = poll.entitled or len(selectors.members_on(poll.body, poll.created_at.date()))
    context = {
        "poll": poll,
        "choices": list(LABELS_ON_SHEET[poll.kind].values()),
        "copies": range(number),
        "tellers": tellers_of(poll),
    }
    return render(request, "voting/opinions/sheets.html", context)
