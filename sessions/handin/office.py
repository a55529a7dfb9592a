"""The office's side: whom to ask for which paper, what is missing and how late, taking and asking back."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from council.errors import BadInput, WrongState
from sessions import selectors
from sessions.handin import services
from sessions.handin.forms import AskBackForm, AskForm, DayForm
from sessions.handin.selectors import agencies_of, boards_of, get_request_of, overview, standing, tally
from sessions.models import HandIn
from sessions.views_office import of_session


@of_session()
@require_GET
def collect(request, council_session):
    """Every paper of the agenda: from whom, until when, where it stands, how late."""
    return render(request, "sessions/handin/collect.html", _collect_context(request, council_session))


FILTERS = {
    "qua-han": lambda line: line.standing and line.standing.is_owed and line.standing.days_late > 0,
    "cho-nhan": lambda line: line.standing and line.standing.request.state == "handed_in",
    "chua-nop": lambda line: line.standing and line.standing.is_owed,
    "chua-de-nghi": lambda line: line.is_open,
}


def _collect_context(request, council_session, form=None) -> dict:
    lines = overview(council_session)
    counts = tally(lines)
    here = reverse("sessions:collect", args=[council_session.public_id])
    chosen = request.GET.get("loc", "")
    tabs = [
        ("", _("Tất cả"), len(lines)),
        ("chua-de-nghi", _("Chưa đề nghị"), counts.unasked),
        ("chua-nop", _("Chưa nộp"), counts.owed + counts.late),
        ("qua-han", _("Quá hạn"), counts.late),
        ("cho-nhan", _("Chờ nhận"), counts.waiting),
    ]
    keep = FILTERS.get(chosen)
    return {
        "council_session": council_session,
        "lines": [line for line in lines if keep(line)] if keep else lines,
        "tabs": [
            {"label": label, "url": f"{here}?loc={key}" if key else here, "count": n, "current": key == chosen}
            for key, label, n in tabs
        ],
        "counts": counts,
        "agencies": [(f"a:{row.public_id}", row.name) for row in agencies_of(council_session.council)],
        "boards": [(f"b:{row.public_id}", row.name) for row in boards_of(council_session.council)],
        "deadline": selectors.deadlines(council_session).hand_in,
        "today": timezone.localdate(),
        "form": form or AskForm(),
        "here": here,
    }


@of_session()
@require_POST
def ask(request, council_session):
    """Ask for the papers that are ticked, each of the agency or board chosen in its line."""
    form = AskForm(request.POST)
    if not form.is_valid():
        context = _collect_context(request, council_session, form)
        return render(request, "sessions/handin/collect.html", context, status=422)
    agencies = {f"a:{row.public_id}": row for row in agencies_of(council_session.council)}
    boards = {f"b:{row.public_id}": row for row in boards_of(council_session.council)}
    wanted, unnamed = [], 0
    for line in overview(council_session):
        key = str(line.paper.public_id)
        if not line.is_open or request.POST.get(f"chon-{key}") != "1":
            continue
        whom = request.POST.get(f"ai-{key}", "")
        if whom not in agencies and whom not in boards:
            unnamed += 1
            continue
        wanted.append(services.Wanted(line.paper, agencies.get(whom), boards.get(whom)))
    try:
        if unnamed:
            words = ngettext(
                "%(n)s văn bản đã chọn chưa có cơ quan.", "%(n)s văn bản đã chọn chưa có cơ quan.", unnamed
            )
            raise BadInput(words % {"n": unnamed})
        if not wanted:
            raise BadInput(_("Chọn ít nhất một văn bản để đề nghị nộp."))
        made = services.ask_for_papers(
            council_session=council_session, by=request.user, wanted=wanted, **form.cleaned_data
        )
    except (BadInput, WrongState) as fault:
        form.add_error(None, fault.message)
        context = _collect_context(request, council_session, form)
        return render(request, "sessions/handin/collect.html", context, status=422)
    words = ngettext("Đã đề nghị nộp %(n)s văn bản.", "Đã đề nghị nộp %(n)s văn bản.", len(made))
    messages.success(request, words % {"n": len(made)})
    return redirect("sessions:collect", council_session.public_id)


@of_session()
@require_GET
def one(request, council_session, request_pk):
    """One request: every file that was handed in, and what the office may do now."""
    found = get_request_of(council_session, request_pk)
    return render(request, "sessions/handin/request.html", _one_context(council_session, found))


def _one_context(council_session, found, back_form=None) -> dict:
    return {
        "council_session": council_session,
        "row": standing(found),
        "waiting": next((row for row in found.hand_ins.all() if row.answer == HandIn.Answer.WAITING), None),
        "back_form": back_form or AskBackForm(auto_id="lai_%s"),
        "day_form": DayForm(initial={"due_on": found.due_on}, auto_id="han_%s"),
        "here": reverse("sessions:request", args=[council_session.public_id, found.public_id]),
    }


def _act(view):
    """An act on one request: done, said, and back to its page; a refusal is said in words."""

    @of_session()
    @require_POST
    def acted(request, council_session, request_pk, **kwargs):
        found = get_request_of(council_session, request_pk)
        try:
            said = view(request, found, **kwargs)
        except (BadInput, WrongState) as fault:
            messages.error(request, fault.message)
        else:
            messages.success(request, said)
        return redirect("sessions:request", council_session.public_id, found.public_id)

    return acted


@_act
def accept(request, found, hand_in_pk):
    hand_in = found.hand_ins.filter(public_id=hand_in_pk).first()
    if hand_in is None:
        raise Http404
    paper = services.accept(hand_in=hand_in, by=request.user)
    return _("Đã nhận, xếp vào mục %(n)s. Đại biểu đọc được từ bây giờ.") % {"n": paper.item.number}


@_act
def ask_back(request, found):
    form = AskBackForm(request.POST)
    if not form.is_valid():
        raise BadInput(_("Hãy ghi lý do để cơ quan biết cần sửa gì."))
    services.ask_back(request=found, by=request.user, **form.cleaned_data)
    return _("Đã đề nghị nộp lại; lý do được gửi qua thư điện tử.")


@_act
def set_day(request, found):
    form = DayForm(request.POST)
    if not form.is_valid():
        raise BadInput(_("Ngày không đúng."))
    changed = services.set_due_day(request=found, by=request.user, due_on=form.cleaned_data["due_on"])
    return _("Hạn nộp là %(day)s.") % {"day": f"{changed.due_on:%d/%m/%Y}"}


@_act
def withdraw(request, found):
    services.withdraw_request(request=found, by=request.user)
    return _("Đã thôi đề nghị nộp văn bản này.")


@_act
def remind(request, found):
    services.remind_now(request=found, by=request.user)
    return _("Đã gửi thư nhắc %(name)s.") % {"name": found.asked_of}
