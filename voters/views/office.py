"""The office's desk of petitions: record, import, refer, accept, publish."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from council import regulations
from council.errors import BadInput, HouseError
from council.second_factor import require_fresh_proof
from voters import exports, importing, privacy, services, sheets
from voters import forms as f
from voters.models import Petition, Referral, Reply
from voters.selectors import (
    Days,
    get_petition_for,
    narrow,
    overdue,
    petitions_for,
    public_replies,
    similar_petitions,
    suggested_agency,
    with_referrals,
)
from voters.timeline import timeline
from voters.views.access import office_page
from voters.views.files import reply_file

PAGE = 50


def _listed(request):
    """The filter form and the petitions that it leaves."""
    everything = petitions_for(request.user, request.council)
    form = f.SearchForm(request.GET, council=request.council, petitions=everything, states=f.DESK_STATES)
    return form, everything, narrow(everything, **form.chosen())


@office_page
@require_safe
def petitions(request):
    form, everything, rows = _listed(request)
    days = Days(request.council)
    page = Paginator(with_referrals(rows), PAGE).get_page(request.GET.get("page"))
    by_state = dict(everything.order_by().values_list("state").annotate(n=Count("pk")))
    chosen = form.chosen().get("state", "")
    figures = [("", _("Tất cả"), sum(by_state.values()))]
    figures += [(state, label, by_state.get(state, 0)) for state, label in Petition.State.choices]
    figures.append(("overdue", _("Quá hạn"), overdue(everything, days.today).count()))
    query = request.GET.copy()
    query.pop("page", None)
    query.pop("state", None)
    tabs = [
        {"label": label, "count": count, "current": chosen == state, "url": f"?{_with(query, state)}"}
        for state, label, count in figures
    ]
    return render(
        request,
        "voters/petitions.html",
        {
            "form": form,
            "page": page,
            "cases": [days.case(petition) for petition in page],
            "tabs": tabs,
            "has_any": bool(by_state),
            "query": request.GET.urlencode(),
        },
    )


def _with(query, state: str) -> str:
    query = query.copy()
    if state:
        query["state"] = state
    return query.urlencode()


@office_page
@require_safe
def export(request, kind):
    require_fresh_proof(request)
    _form, _everything, rows = _listed(request)
    return exports.download(with_referrals(rows), Days(request.council), kind)


@office_page
def new_petition(request):
    form = f.PetitionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        petition = services.record_petition(council=request.council, by=request.user, **form.cleaned_data)
        found = privacy.findings(petition.text)
        if found:
            messages.warning(
                request,
                _("Nội dung có chỗ giống dữ liệu cá nhân: %(found)s.") % {"found": privacy.in_words(found)},
            )
        messages.success(request, _("Đã ghi nhận kiến nghị %(code)s.") % {"code": petition.code})
        return redirect("voters:petition", petition.public_id)
    status = 422 if form.is_bound else 200
    return render(request, "voters/petition_form.html", {"form": form}, status=status)


@office_page
def edit_petition(request, petition_id):
    petition = get_petition_for(request.user, request.council, petition_id)
    form = f.PetitionForm(request.POST or None, instance=petition)
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_petition(petition=petition, by=request.user, **form.cleaned_data)
        except BadInput as fault:
            form.add_error(None, fault.message)
        else:
            messages.success(request, _("Đã lưu thay đổi."))
            return redirect("voters:petition", petition.public_id)
    status = 422 if form.is_bound else 200
    return render(request, "voters/petition_form.html", {"form": form, "petition": petition}, status=status)


@office_page
def import_page(request):
    form = f.ImportForm(request.POST or None, request.FILES or None, council=request.council)
    faults, message = [], ""
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            rows = importing.read(
                request.council, data["file"], received_on=data["received_on"], agency=data["agency"]
            )
            made = services.import_petitions(
                council=request.council, by=request.user, rows=rows, publish=data["publish"]
            )
        except BadInput as fault:
            faults, message = fault.faults, fault.message
        else:
            shown = sum(petition.is_public for petition in made)
            messages.success(
                request,
                _("Đã nhập %(n)s kiến nghị, mã %(first)s đến %(last)s; %(shown)s kiến nghị được công khai.")
                % {"n": len(made), "first": made[0].code, "last": made[-1].code, "shown": shown},
            )
            return redirect("voters:petitions")
    failed = request.method == "POST"
    context = {"form": form, "faults": faults, "fault_message": message, "columns": importing.COLUMNS.values()}
    return render(request, "voters/import.html", context, status=422 if failed else 200)


@office_page
@require_safe
def import_template(request):
    response = HttpResponse(importing.template(), content_type=sheets.XLSX)
    response["Content-Disposition"] = 'attachment; filename="mau-kien-nghi-cu-tri.xlsx"'
    return response


@office_page
@require_safe
def petition(request, petition_id):
    return _page(request, get_petition_for(request.user, request.council, petition_id))


def _page(request, petition: Petition, *, status: int = 200, **forms):
    """The petition's page with the one act that is due; a bound form in `forms` shows its errors."""
    days = Days(request.council)
    case = days.case(petition)
    State = Petition.State
    due = days.explain(case.referral) if case.referral else None
    suggested = None
    if petition.state == State.RECORDED:
        suggested = suggested_agency(petition)
        forms.setdefault("refer_form", f.ReferForm(council=request.council, suggested=suggested))
    working_days = regulations.value(request.council, "petition_reply_working_days")
    if petition.state == State.PUBLISHED:
        forms.setdefault("reopen_form", f.ReopenForm(initial={"working_days": working_days}))
    if case.pending:
        first = {
            "petition_text": petition.public_text or privacy.without_personal_data(petition.text),
            "public_text": privacy.without_personal_data(case.pending.text),
        }
        forms.setdefault("accept_form", f.AcceptForm(initial=first))
    if petition.state not in (State.CLOSED, State.REPLIED):
        reply_text = case.reply.public_text or privacy.without_personal_data(case.reply.text) if case.reply else ""
        first = {
            "public_text": petition.public_text or privacy.without_personal_data(petition.text),
            "reply_text": reply_text,
        }
        forms.setdefault("publish_form", f.PublishForm(initial=first))
    found = privacy.findings(petition.text)
    context = {
        "petition": petition,
        "case": case,
        "due": due,
        "due_uncertain": bool(due and days.is_uncertain(due)),
        "setting": regulations.setting(
            request.council, "petition_reply_working_days", on=case.referral.referred_on if case.referral else None
        ),
        "events": timeline(petition, case.standing, for_office=True),
        "similar": similar_petitions(petition),
        "found": privacy.in_words(found),
        "found_in_reply": privacy.in_words(privacy.findings(case.pending.text)) if case.pending else "",
        "suggested": suggested,
        "earlier": [r for r in public_replies(petition) if case.reply is None or r.pk != case.reply.pk],
        "reason_form": f.ReasonForm(),
        **forms,
    }
    return render(request, "voters/petition.html", context, status=status)


def _act(request, petition, form, act, name: str, done: str):
    """Clean, act, and come back to the petition's page; a refusal is told on the page beside its form."""
    if form.is_valid():
        try:
            act(**form.cleaned_data)
        except HouseError as fault:
            if not isinstance(fault, BadInput):
                raise
            form.add_error(None, fault.message)
        else:
            messages.success(request, done)
            return redirect("voters:petition", petition.public_id)
    fresh = get_petition_for(request.user, request.council, petition.public_id)
    return _page(request, fresh, status=422, **{name: form})


@office_page
@require_POST
def refer(request, petition_id):
    petition = get_petition_for(request.user, request.council, petition_id)
    form = f.ReferForm(request.POST, council=request.council)

    def act(**data):
        services.refer(petition=petition, by=request.user, **data)

    return _act(request, petition, form, act, "refer_form", _("Đã chuyển kiến nghị đến cơ quan."))


@office_page
@require_POST
def withdraw(request, petition_id):
    petition = get_petition_for(request.user, request.council, petition_id)

    def act(reason):
        services.withdraw(petition=petition, by=request.user, reason=reason)

    return _act(request, petition, f.ReasonForm(request.POST), act, "withdraw_form", _("Đã thu hồi kiến nghị."))


@office_page
@require_POST
def publish(request, petition_id):
    petition = get_petition_for(request.user, request.council, petition_id)

    def act(**data):
        services.publish_petition(petition=petition, by=request.user, **data)

    return _act(request, petition, f.PublishForm(request.POST), act, "publish_form", _("Đã công khai kiến nghị."))


@office_page
@require_POST
def hide(request, petition_id):
    petition = get_petition_for(request.user, request.council, petition_id)

    def act(reason):
        services.hide_petition(petition=petition, by=request.user, reason=reason)

    return _act(request, petition, f.ReasonForm(request.POST), act, "hide_form", _("Đã ngừng công khai."))


@office_page
@require_POST
def close(request, petition_id):
    petition = get_petition_for(request.user, request.council, petition_id)

    def act(reason):
        services.close_petition(petition=petition, by=request.user, reason=reason)

    return _act(request, petition, f.ReasonForm(request.POST), act, "close_form", _("Đã lưu, không chuyển."))


@office_page
@require_POST
def restore(request, petition_id):
    petition = get_petition_for(request.user, request.council, petition_id)
    services.restore_petition(petition=petition, by=request.user)
    messages.success(request, _("Đã đưa kiến nghị trở lại."))
    return redirect("voters:petition", petition.public_id)


@office_page
@require_POST
def reopen(request, petition_id):
    petition = get_petition_for(request.user, request.council, petition_id)

    def act(**data):
        services.reopen(petition=petition, by=request.user, **data)

    return _act(request, petition, f.ReopenForm(request.POST), act, "reopen_form", _("Đã mở lại kiến nghị."))


def _pending(petition: Petition, reply_id) -> Reply:
    """The reply that the office saw on its page; a later one is another."""
    replies = Reply.objects.filter(referral__petition=petition).select_related("referral__agency")
    return get_object_or_404(replies, public_id=reply_id)


@office_page
@require_POST
def accept(request, petition_id, reply_id):
    petition = get_petition_for(request.user, request.council, petition_id)
    reply = _pending(petition, reply_id)

    def act(**data):
        services.accept_reply(reply=reply, by=request.user, **data)

    return _act(
        request, petition, f.AcceptForm(request.POST), act, "accept_form", _("Đã chấp nhận và công khai trả lời.")
    )


@office_page
@require_POST
def send_back(request, petition_id, reply_id):
    petition = get_petition_for(request.user, request.council, petition_id)
    reply = _pending(petition, reply_id)

    def act(reason):
        services.send_back(reply=reply, by=request.user, reason=reason)

    return _act(
        request, petition, f.ReasonForm(request.POST), act, "send_back_form", _("Đã trả lại cơ quan để bổ sung.")
    )


@office_page
@require_safe
def file(request, petition_id, reply_id):
    petition = get_petition_for(request.user, request.council, petition_id)
    reply = _pending(petition, reply_id)
    if reply.state == Reply.State.DRAFT:  # a draft is the agency's own
        reply = None
    return reply_file(reply)


@office_page
@require_safe
def due_preview(request, petition_id):
    """The due date that a choice of day and days would give, for the referral form."""
    petition = get_petition_for(request.user, request.council, petition_id)
    form = f.ReferForm(request.GET, council=request.council)
    form.is_valid()
    start, count = form.cleaned_data.get("referred_on"), form.cleaned_data.get("working_days")
    days = Days(request.council)
    due = None
    if start and count:
        last = days.calendar.add_working_days(start, count)
        due = days.explain(Referral(petition=petition, referred_on=start, working_days=count, due_on=last))
    context = {"due": due, "due_uncertain": bool(due and days.is_uncertain(due)), "petition": petition}
    return render(request, "voters/_due_preview.html", context)
