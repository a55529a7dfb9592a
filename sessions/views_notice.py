"""The convening notice: written, looked at, sent once; then how far it got with each delegate."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from council import mail
from council.errors import BadInput, WrongState
from council.models import Post
from sessions import ics, notices, selectors, services
from sessions.forms import NoticeForm
from sessions.models import CouncilSession, Notice, NoticeDelivery
from sessions.permissions import can_prepare
from sessions.views_office import of_session


@of_session(prepares=False)
@require_http_methods(["GET", "POST"])
def notice(request, council_session):
    """Before: the form and a preview. After: one line for each delegate."""
    sent = _chosen_notice(request, council_session)
    if sent is not None:
        if request.method == "POST":  # sent already, here or by a colleague: nothing is sent twice
            messages.info(request, _("Thông báo này đã được gửi, không gửi lần nữa."))
            return redirect("sessions:notice", council_session.public_id)
        return _deliveries(request, council_session, sent)
    if not can_prepare(request.user, council_session):
        raise Http404
    if council_session.state != CouncilSession.State.DRAFT:  # convened before it came into this system
        messages.info(request, _("Kỳ họp này đã được triệu tập."))
        return redirect("sessions:session", council_session.public_id)
    return _write(request, council_session)


@of_session()
@require_http_methods(["GET", "POST"])
def supplement(request, council_session):
    """A notice of what changed after the convening: the same form, preview and sending."""
    if council_session.state not in (CouncilSession.State.CONVENED, CouncilSession.State.RUNNING):
        messages.info(request, _("Chỉ gửi thông báo bổ sung sau khi đã triệu tập và trước khi bế mạc."))
        return redirect("sessions:session", council_session.public_id)
    return _write(request, council_session, supplement=True)


def _chosen_notice(request, council_session):
    """The notice that the address names (`so`), else the newest."""
    wanted = request.GET.get("so", "")
    try:
        return council_session.notices.get(public_id=wanted) if wanted else selectors.current_notice(council_session)
    except (ValidationError, Notice.DoesNotExist):
        raise Http404 from None


def _write(request, council_session, *, supplement=False):
    send = services.send_supplement if supplement else services.send_notice
    form = NoticeForm(request.POST or None, initial=_initial(council_session, supplement=supplement))
    context = {
        "council_session": council_session,
        "form": form,
        "title": _("Thông báo bổ sung, điều chỉnh") if supplement else _("Thông báo triệu tập"),
        "supplement": supplement,
        "late": "" if supplement else notices.late_words(council_session),
        "deadline": selectors.deadlines(council_session).notice,
        "delegates": selectors.session_members(council_session),
        "missing": selectors.missing_papers(council_session),
    }
    context["without_address"] = [d for d in context["delegates"] if not selectors.address_of(d)]
    if not form.is_valid() or request.POST.get("buoc") == "sua":
        return render(request, "sessions/office/notice.html", context, status=422 if form.errors else 200)
    if request.POST.get("buoc") != "gui":
        context["preview"] = notices.notice_context(
            council_session, day=timezone.localdate(), is_supplement=supplement, **form.cleaned_data
        )
        return render(request, "sessions/office/notice_preview.html", context)
    try:
        send(council_session=council_session, by=request.user, **form.cleaned_data)
    except (BadInput, WrongState) as fault:
        form.add_error(None, fault.message)
        return render(request, "sessions/office/notice.html", context, status=422)
    messages.success(request, _("Đang gửi thông báo tới %(n)s đại biểu.") % {"n": len(context["delegates"])})
    return redirect("sessions:notice", council_session.public_id)


def _initial(council_session, *, supplement=False) -> dict:
    """The signer proposed: the chair of the council, where a post says so."""
    chair = (
        Post.objects.filter(body__council=council_session.council, kind=Post.Kind.CHAIR)
        .on(timezone.localdate())
        .select_related("user")
        .first()
    )
    return {
        "body_text": notices.supplement_text(council_session) if supplement else notices.default_text(council_session),
        "signed_by": chair.user.full_name if chair else "",
        "signer_title": chair.title if chair else _("Chủ tịch"),
    }


def _deliveries(request, council_session, sent):
    delivery = selectors.delivery_of(sent)
    wanted = request.GET.get("loc", "")
    groups = {"loi": ("failed", "no_address", "unknown"), "cho": ("queued",), "chua-mo": None}
    rows = delivery.rows
    if wanted == "chua-mo":
        rows = [row for row in rows if not row.opened]
    elif wanted in groups:
        rows = [row for row in rows if row.state in groups[wanted]]
    here = f"?so={sent.public_id}&loc="
    tabs = [
        {"label": _("Tất cả"), "url": here, "count": delivery.total, "current": wanted not in groups},
        {"label": _("Cần xử lý"), "url": f"{here}loi", "count": delivery.failed + delivery.unknown, "current": wanted == "loi"},
        {"label": _("Đang chờ"), "url": f"{here}cho", "count": delivery.queued, "current": wanted == "cho"},
        {"label": _("Chưa mở tài liệu"), "url": f"{here}chua-mo", "count": delivery.total - delivery.opened, "current": wanted == "chua-mo"},
    ]  # fmt: skip
    context = {
        "council_session": council_session,
        "notice": sent,
        "delivery": delivery,
        "rows": rows,
        "tabs": tabs,
        "may_prepare": can_prepare(request.user, council_session),
        "may_supplement": can_prepare(request.user, council_session)
        and council_session.state in (CouncilSession.State.CONVENED, CouncilSession.State.RUNNING),
        "notices": [
            (row, notices.is_supplement(row)) for row in council_session.notices.select_related("council_session")
        ],
    }
    return render(request, "sessions/office/deliveries.html", context)


@of_session(prepares=False)
@require_GET
def pdf(request, council_session):
    """A notice as it was sent."""
    sent = _chosen_notice(request, council_session)
    if sent is None or not sent.pdf:
        raise Http404
    response = FileResponse(sent.pdf.open("rb"), content_type="application/pdf", filename=notices.file_name(sent))
    response["X-Content-Type-Options"] = "nosniff"
    return response


@of_session(prepares=False)
@require_GET
def calendar_file(request, council_session):
    """The sittings for the office's own calendar; the same file goes to the delegates."""
    sent = selectors.current_notice(council_session)
    agenda = selectors.agenda(council_session)
    text = notices.calendar_of(sent) if sent else ics.calendar(council_session, agenda, stamp=council_session.created_at)
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="lich-hop.ics"'
    return response


@of_session()
@require_POST
def received(request, council_session):
    """The delegate says that a message in doubt arrived."""
    chosen = request.POST.get("dai-bieu", "")
    row = NoticeDelivery.objects.filter(
        notice__council_session=council_session, pk=int(chosen) if chosen.isdigit() else 0
    ).first()
    if row is None or row.mail is None:
        raise Http404
    mail.mark_received(mail=row.mail, by=request.user)
    messages.success(request, _("Đã ghi: %(name)s đã nhận thư.") % {"name": row.delegate.full_name})
    return redirect("sessions:notice", council_session.public_id)


@of_session()
@require_POST
def again(request, council_session):
    """Try again: one delegate, or all whose mail failed. A mail in doubt is sent again one by one only."""
    rows = NoticeDelivery.objects.filter(notice__council_session=council_session).select_related(
        "mail", "delegate__user", "notice__council_session__body"
    )
    chosen = request.POST.get("dai-bieu", "")
    if chosen.isdigit():
        rows = rows.filter(pk=int(chosen))
        if not rows:
            raise Http404
    else:
        rows = [row for row in rows if row.problem or (row.mail and row.mail.state == "failed")]
    done = 0
    for row in rows:
        try:
            services.send_notice_again(delivery=row, by=request.user)
            done += 1
        except (BadInput, WrongState) as fault:
            messages.warning(request, f"{row.delegate.full_name}: {fault.message}")
    if done:
        messages.success(request, _("Đang gửi lại tới %(n)s đại biểu.") % {"n": done})
    return redirect("sessions:notice", council_session.public_id)
