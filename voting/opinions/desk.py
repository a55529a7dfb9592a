"""The office's pages: list, a new question, how far it is, and every act on it."""

from datetime import datetime, time, timedelta
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from council import regulations
from council.calendar import working_calendar
from council.errors import BadInput
from council.models import Body, Delegate
from council.second_factor import OFFICE, second_factor_required
from voting.models import Poll
from voting.opinions import papers, secret, selectors, services
from voting.opinions.forms import EnterForm, ExtendForm, OpinionForm, ReasonForm
from voting.opinions.papers import Paper
from voting.opinions.permissions import can_ask
from voting.opinions.rules import CLOSING_HOUR, usual_deadline
from voting.rules import RULES
from voting.secret.selectors import box_facts
from voting.selectors import options_of
from voting.tellers import tellers_of

TABS = (
    ("", gettext_lazy("Tất cả")),
    ("open", gettext_lazy("Đang xin ý kiến")),
    ("draft", gettext_lazy("Đang chuẩn bị")),
    ("closed", gettext_lazy("Chờ thông báo kết quả")),
)


def desk(view):
    """A page of the desk: signed in, with the second factor of the day for who has a privileged role."""
    return login_required(second_factor_required(OFFICE)(view))


def of_opinion(*, acts: bool = True):
    """Fetch the opinion poll that the address names; 404 for who is not at its desk, or may not act there."""

    def decorate(view):
        @desk
        @wraps(view)
        def fetched(request, opinion, *args, **kwargs):
            poll = selectors.get_opinion_for_desk(request.user, request.council, opinion)
            if acts and not can_ask(request.user, poll.body):
                raise Http404
            return view(request, poll, *args, **kwargs)

        return fetched

    return decorate


@desk
@require_GET
def opinions(request):
    """All opinion polls of the bodies that this person serves."""
    rows = selectors.opinions_for_desk(request.user, request.council) if request.council else Poll.objects.none()
    asks = selectors.bodies_asked_by(request.user, request.council) if request.council else []
    if not asks and not rows.exists():
        raise Http404
    state = request.GET.get("tinh-trang", "")
    here = reverse("voting:opinion_desk")
    tabs = [
        {
            "label": label,
            "url": f"{here}?tinh-trang={key}" if key else here,
            "current": key == state,
            "count": (rows.filter(state=key) if key else rows).count(),
        }
        for key, label in TABS
    ]
    shown = rows.filter(state=state) if state in Poll.State.values else rows
    lines = [{"poll": poll, "answered": None if poll.is_sealed else poll.votes.count()} for poll in shown]
    return render(
        request, "voting/opinions/desk/list.html", {"lines": lines, "tabs": tabs, "may_ask": bool(asks)}
    )


@desk
@require_http_methods(["GET", "POST"])
def create(request):
    """A new question to one of the bodies that this person may ask (`co-quan` names it)."""
    bodies = selectors.bodies_asked_by(request.user, request.council) if request.council else []
    if not bodies:
        raise Http404
    wanted = request.GET.get("co-quan", "")
    body = next((b for b in bodies if str(b.public_id) == wanted), bodies[0])
    form = OpinionForm(
        request.POST or None,
        request.FILES or None,
        papers=papers.offered(request.user, body),
        members=selectors.members_on(body, timezone.localdate()),
        secrecies=_secrecies(request.council),
        initial=_usual(request, body),
    )
    if request.method == "POST" and form.is_valid():
        try:
            poll = services.prepare_opinion(
                council=request.council, body=body, by=request.user, papers=_papers(request, body, form),
                is_rehearsal=form.cleaned_data["is_rehearsal"], secrecy=form.cleaned_data.get("secrecy", ""),
                **_said(form),
            )  # fmt: skip
        except BadInput as fault:
            form.add_error(None, fault.message)
        else:
            messages.success(request, _("Đã soạn phiếu. Xem lại rồi gửi."))
            return redirect("voting:opinion_desk_page", opinion=poll.public_id)
    here = reverse("voting:opinion_create")
    tabs = [
        {"label": b.short_name, "url": f"{here}?co-quan={b.public_id}", "current": b == body} for b in bodies
    ]
    return _form_page(request, form, body, title=_("Soạn phiếu xin ý kiến"), tabs=tabs, back=reverse("voting:opinion_desk"))


@of_opinion()
@require_http_methods(["GET", "POST"])
def edit(request, poll):
    """Write a draft anew; what was sent is never edited."""
    if poll.state != Poll.State.DRAFT:
        return redirect("voting:opinion_desk_page", opinion=poll.public_id)
    kept = [Paper(p.document, p.version, p.name, p.digest) for p in poll.opinion.papers.all()]
    offered = {paper.document: paper for paper in [*kept, *papers.offered(request.user, poll.body)]}
    closes = timezone.localtime(poll.closes_at)
    hours = poll.opinion.remind_hours
    in_days = hours and hours % 24 == 0 and hours > 24
    form = OpinionForm(
        request.POST or None,
        request.FILES or None,
        papers=list(offered.values()),
        members=selectors.members_on(poll.body, timezone.localdate()),
        secrecies=[(poll.secrecy or (secret.PAPER if poll.is_secret else ""), "")],
        initial={
            "question": poll.question,
            "explanation": poll.opinion.explanation,
            "papers": [str(paper.document) for paper in kept],
            "day": closes.date(),
            "at": closes.time(),
            "rule": poll.rule,
            "remind": hours // 24 if in_days else hours,
            "unit": "days" if in_days else "hours",
        },
    )
    del form.fields["is_rehearsal"]  # told when it was made, as is whether it is secret
    board = tellers_of(poll) if poll.is_counted else []
    form.initial |= {
        "tellers": [str(teller.delegate.public_id) for teller in board],
        "head": next((str(teller.delegate.public_id) for teller in board if teller.is_head), ""),
    }
    if poll.is_sealed:
        begins = timezone.localtime(poll.opinion.casting_from)
        form.initial |= {"cast_day": begins.date(), "cast_at": begins.time()}
    back = reverse("voting:opinion_desk_page", args=[poll.public_id])
    if request.method == "POST" and form.is_valid():
        try:
            services.change_opinion(
                poll=poll, by=request.user, papers=_papers(request, poll.body, form), **_said(form)
            )
        except BadInput as fault:
            form.add_error(None, fault.message)
        else:
            return redirect(back)
    return _form_page(request, form, poll.body, title=_("Sửa phiếu xin ý kiến"), tabs=[], back=back)


def _secrecies(council) -> list[tuple[str, str]]:
    """How members may answer; paper is always there, devices where ballots can be sealed."""
    ways = [("", _("Ghi tên"))]
    if not secret.why_not(council):
        ways.append(("server", _("Phiếu kín trên máy của thành viên (tin cậy máy chủ)")))
    return [*ways, (secret.PAPER, _("Phiếu kín trên giấy, Tổ kiểm phiếu đếm"))]


def _form_page(request, form, body: Body, **context):
    context |= {"form": form, "body": body, "members": len(selectors.members_on(body, timezone.localdate()))}
    context |= {"why": _why(request, form), "why_not_secret": secret.why_not(request.council)}
    return render(request, "voting/opinions/desk/form.html", context, status=422 if form.errors else 200)


def _usual(request, body: Body) -> dict:
    """What stands in an empty form: the council's own numbers."""
    council = request.council
    hours = regulations.value(council, "opinion_reminder_hours")
    return {
        "day": selectors.usual_day(council, timezone.localdate())[0],
        "at": time(CLOSING_HOUR),
        "cast_day": usual_deadline(working_calendar(council), timezone.localdate(), 2),
        "cast_at": time(8),
        "rule": regulations.value(council, "opinion_rule"),
        "remind": hours,
        "unit": "hours",
    }


def _why(request, form) -> str:
    """How the deadline in a form is counted."""
    day = form["day"].value()
    day = parse_date(day) if isinstance(day, str) else day
    return _words_of(request, day) if day else ""


def _words_of(request, day) -> str:
    closes_at = timezone.make_aware(datetime.combine(day, time(CLOSING_HOUR)))
    return selectors.deadline_reason(request.council, timezone.localdate(), closes_at)


def _papers(request, body: Body, form) -> list[Paper]:
    """The papers chosen and those brought along; a file is taken in before any lock is held."""
    return [*form.chosen, *(papers.bring(request.user, body, upload) for upload in form.cleaned_data["uploads"])]


def _said(form) -> dict:
    data = form.cleaned_data | {"tellers": list(form.cleaned_data.get("tellers") or ())}
    data.setdefault("head", None)
    names = ("question", "explanation", "closes_at", "rule", "remind_hours", "casting_from", "tellers", "head")
    return {key: data[key] for key in names}


@desk
@require_GET
def deadline(request):
    """How a deadline (`day`) is counted, for the form."""
    if request.council is None or not selectors.bodies_asked_by(request.user, request.council):
        raise Http404
    try:
        day = parse_date(request.GET.get("day", ""))
    except ValueError:
        day = None
    if day is not None and abs((day - timezone.localdate()).days) > 400:
        day = None
    why = _words_of(request, day) if day else ""
    return render(request, "voting/opinions/desk/_why.html", {"why": why})


@of_opinion(acts=False)
@require_GET
def page(request, poll):
    """How far it is: who has answered, who has not, letters, what can be done now, the result."""
    return _page(request, poll)


def _page(request, poll: Poll, *, forms: dict | None = None, status: int = 200):
    """The page with its forms; a bound form in `forms` shows its faults in its opened place."""
    answered, missing = selectors.answered(poll), selectors.unanswered(poll)
    box = box_facts(poll) if poll.opened_at else None
    running = poll.is_open and not poll.is_over(timezone.now())
    tomorrow = timezone.localtime(poll.closes_at) + timedelta(days=1)
    bound = forms or {}
    context = {
        "poll": poll,
        "opinion": poll.opinion,
        "rule_label": RULES[poll.rule].label,
        "papers": poll.opinion.papers.all(),
        "extensions": poll.opinion.extensions.select_related("by"),
        "answered": answered,
        "missing": missing,
        "total": poll.entitled,
        "running": running,
        "is_over": poll.is_over(timezone.now()),
        "needs_reason": running and not selectors.is_complete(poll),
        "box": box,
        "board": tellers_of(poll) if poll.is_counted else [],
        "to_remind": selectors.to_remind(poll) if running else [],
        "may_act": can_ask(request.user, poll.body),
        "mails": selectors.mail_counts(poll) if poll.opened_at else None,
        "without_mail": [e.name for e in missing if not selectors.address_of(e.delegate)],
        "outcome": selectors.outcome(poll, request.user),
        "bound": bound,
        "extend_form": bound.get("extend") or ExtendForm(initial={"day": tomorrow.date(), "at": tomorrow.time()}),
        "enter_form": bound.get("enter") or _enter_form(poll, missing),
    }
    if poll.state == Poll.State.DRAFT:
        issues = selectors.issues_of(poll)
        context |= {
            "issues": issues,
            "is_barred": any(issue.blocking for issue in issues),
            "members": selectors.members_on(poll.body, timezone.localdate()),
            "why": selectors.deadline_reason(poll.council, timezone.localdate(), poll.closes_at),
        }
    return render(request, "voting/opinions/desk/page.html", context, status=status)


def _enter_form(poll: Poll, missing, data=None) -> EnterForm:
    ids = [entry.delegate_id for entry in missing]
    return EnterForm(data, delegates=Delegate.objects.filter(pk__in=ids), options=options_of(poll))


def _back(poll: Poll):
    return redirect("voting:opinion_desk_page", opinion=poll.public_id)


@of_opinion()
@require_POST
def send(request, poll):
    services.send_opinion(poll=poll, by=request.user)
    messages.success(request, _("Đã gửi. Thư đang đến các thành viên."))
    return _back(poll)


@of_opinion()
@require_POST
def remind(request, poll):
    n = services.remind_now(poll=poll, by=request.user)
    messages.success(request, _("Đang gửi thư nhắc %(n)s người.") % {"n": n})
    return _back(poll)


@of_opinion()
@require_POST
def extend(request, poll):
    form = ExtendForm(request.POST)
    if form.is_valid():
        try:
            services.extend_deadline(
                poll=poll, until=form.cleaned_data["closes_at"], reason=form.cleaned_data["reason"], by=request.user
            )
        except BadInput as fault:
            form.add_error(None, fault.message)
        else:
            messages.success(request, _("Đã gia hạn. Thư báo đang đến người chưa trả lời."))
            return _back(poll)
    return _page(request, poll, forms={"extend": form}, status=422)


@of_opinion()
@require_POST
def enter(request, poll):
    form = _enter_form(poll, selectors.unanswered(poll), request.POST)
    if form.is_valid():
        try:
            services.enter_answer(poll=poll, by=request.user, **form.cleaned_data)
        except BadInput as fault:
            form.add_error(None, fault.message)
        else:
            messages.success(request, _("Đã ghi phiếu giấy."))
            return _back(poll)
    return _page(request, poll, forms={"enter": form}, status=422)


def _with_reason(request, poll: Poll, name: str, act, said: str):
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            act(poll=poll, reason=form.cleaned_data["reason"], by=request.user)
        except BadInput as fault:
            form.add_error("reason", fault.message)
        else:
            messages.success(request, said)
            return _back(poll)
    return _page(request, poll, forms={name: form}, status=422)


@of_opinion()
@require_POST
def close(request, poll):
    return _with_reason(request, poll, "close", services.close_early, _("Đã kết thúc và tổng hợp kết quả."))


@of_opinion()
@require_POST
def cancel(request, poll):
    return _with_reason(request, poll, "cancel", services.cancel_opinion, _("Đã hủy phiếu xin ý kiến."))


@of_opinion()
@require_POST
def publish(request, poll):
    services.publish_result(poll=poll, by=request.user)
    messages.success(request, _("Đã thông báo kết quả tới các thành viên."))
    return _back(poll)
