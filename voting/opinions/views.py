"""The delegate's pages: what is asked of me, one question with its papers and my answer, the report."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from council.errors import BadInput
from council.permissions import delegate_for
from voting.count_rules import LABELS_ON_SHEET
from voting.models import Poll
from voting.opinions import secret, selectors, services
from voting.opinions.forms import AnswerForm
from voting.opinions.permissions import can_see_desk, is_asked
from voting.opinions.report import report_pdf
from voting.opinions.rules import time_left
from voting.selectors import options_of
from voting.tellers import is_teller, tellers_of

# What the page of a secret one may say; the script has no words of its own.
SECRET_WORDS = {
    "insecure": gettext_lazy("Máy này mở trang không qua kết nối bảo mật (https) nên không nhận phiếu kín được."),
    "storage": gettext_lazy("Trình duyệt này không cho lưu phiếu (có thể đang ở chế độ ẩn danh). Hãy dùng máy khác."),
    "receiving": gettext_lazy("Đang nhận phiếu"),
    "received": gettext_lazy("Đã nhận phiếu"),
    "wait": gettext_lazy("Phiếu nằm trên máy này. Khi đến ngày bỏ phiếu có thư báo; xin đừng đăng xuất khỏi máy."),
    "elsewhere": gettext_lazy("Phiếu đã phát cho một máy khác, hoặc dữ liệu trên máy này đã bị xóa. Hãy mở máy đã nhận."),
    "foreign": gettext_lazy("Bảng kê phiếu khác với bản ghi. Máy này không nhận phiếu, xin báo văn phòng ngay."),
    "late": gettext_lazy("Máy này chưa nhận phiếu trước ngày bỏ phiếu nên không bỏ được."),
    "mark": gettext_lazy("Chọn rồi bấm Bỏ phiếu"),
    "sending": gettext_lazy("Phiếu đã niêm phong, đang bỏ vào hòm"),
    "done": gettext_lazy("Đã bỏ phiếu"),
    "doneMore": gettext_lazy("Hòm phiếu đã ký nhận. Không máy nào còn giữ lựa chọn của đại biểu."),
    "missed": gettext_lazy("Máy này không có phiếu của đại biểu trong hòm."),
    "tooLate": gettext_lazy("Phiếu tới sau hạn nên không được tính."),
    "checked": gettext_lazy("Máy đã kiểm tra các phiếu công bố"),
    "checkedMore": gettext_lazy("Chữ ký đúng, không phiếu nào bị tính hai lần, số phiếu khớp, có phiếu của đại biểu."),
    "tell": gettext_lazy("Xin báo văn phòng."),
    "refused": gettext_lazy("Máy chủ không nhận."),
    "again": gettext_lazy("Chưa tới được máy chủ, máy sẽ thử lại."),
    "offline": gettext_lazy("Mất mạng, máy tự thử lại khi có mạng."),
    "unsealed": gettext_lazy("Chưa niêm phong được phiếu, mời bấm lại."),
    "ask": gettext_lazy("Bỏ phiếu?"),
    "askBlank": gettext_lazy("Bỏ phiếu trắng?"),
    "final": gettext_lazy("Đã bỏ phiếu thì không đổi được."),
}


@login_required
@require_GET
def opinions(request):
    """Everything that this delegate was asked, what waits for an answer first."""
    delegate = delegate_for(request.user, request.council) if request.council else None
    if delegate is None:
        raise Http404
    rows = list(selectors.opinions_of(delegate))
    now = timezone.now()
    waiting = [poll for poll in rows if poll.is_open and not poll.is_over(now)]
    context = {
        "waiting": sorted(waiting, key=lambda poll: (poll.is_answered, poll.closes_at)),
        "past": [poll for poll in rows if poll not in waiting],
    }
    return render(request, "voting/opinions/list.html", context)


@login_required
@require_GET
def opinion(request, opinion):
    """One question: why it is asked, its papers, the three choices, the own recorded answer, the result."""
    poll = selectors.get_opinion_for(request.user, request.council, opinion)
    return _page(request, poll)


@login_required
@require_POST
def answer(request, opinion):
    """Send or change the own answer; 409 in words after the deadline, 422 for what does not fit."""
    poll = selectors.get_opinion_for(request.user, request.council, opinion)
    delegate = delegate_for(request.user, request.council)
    if delegate is None or not is_asked(request.user, poll):
        raise Http404
    form = AnswerForm(request.POST)
    if not form.is_valid():
        fault = _("Chọn một trong ba ý kiến.") if "choice" in form.errors else _("Phần viết thêm quá dài.")
        return _page(request, poll, fault=fault, status=422)
    try:
        said = services.answer_opinion(poll=poll, delegate=delegate, by=request.user, **form.cleaned_data)
    except BadInput as refusal:
        return _page(request, poll, fault=refusal.message, status=422)
    if said.answer != "recorded":
        return _page(request, Poll.objects.get(pk=poll.pk), fault=said.words, status=said.status)
    messages.success(request, _("Đã ghi nhận ý kiến của đại biểu."))
    return redirect("voting:opinion", opinion=poll.public_id)


def _page(request, poll: Poll, *, fault: str = "", status: int = 200):
    delegate = delegate_for(request.user, request.council)
    is_mine = delegate is not None and is_asked(request.user, poll)
    mine = selectors.my_answer(poll, delegate) if is_mine else None
    running = poll.is_open and not poll.is_over(timezone.now())
    said = request.POST if fault else {}
    context = {
        "poll": poll,
        "papers": poll.opinion.papers.all(),
        "extensions": poll.opinion.extensions.all(),
        "is_mine": is_mine,
        "mine": mine,
        "running": running,
        "time_left": time_left(timezone.now(), poll.closes_at),
        "may_answer": is_mine and running,
        "is_desk": can_see_desk(request.user, poll),
        "options": options_of(poll),
        "chosen": said.get("choice") or (mine["choice"] if mine else ""),
        "text": said.get("text", mine["text"] if mine else ""),
        "replaces": mine["number"] if mine else 0,
        "key": uuid.uuid4(),
        "longest": services.TEXT_LENGTH,
        "fault": fault,
        "outcome": selectors.outcome(poll, request.user),
    }
    if poll.is_counted:
        context |= {"board": tellers_of(poll), "is_teller": is_teller(request.user, poll)}
    if poll.is_sealed:
        context |= {
            "delegate": delegate,
            "phase": secret.phase_of(poll),
            "options": [{"key": key, "label": label} for key, label in LABELS_ON_SHEET[poll.kind].items()],
            "words": {key: str(words) for key, words in SECRET_WORDS.items()},
        }
    return render(request, "voting/opinions/page.html", context, status=status)


@login_required
@require_GET
def report(request, opinion):
    """The report as PDF, after the close: names and what was written as far as this reader may see them."""
    poll = selectors.get_opinion_for(request.user, request.council, opinion)
    outcome = selectors.outcome(poll, request.user)
    if outcome is None:
        raise Http404
    response = HttpResponse(report_pdf(poll, outcome), content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="bao-cao-xin-y-kien.pdf"'
    return response
