"""An agency's desk: what is due first, the reply in hand, nothing of anybody else's."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from council.errors import BadInput
from council.permissions import agencies_for
from council.second_factor import require_fresh_proof
from voters import exports, services
from voters import forms as f
from voters.models import Petition, Reply
from voters.permissions import can_reply, is_lead
from voters.selectors import (
    Days,
    get_referral_for,
    last_sent_back,
    narrow,
    overdue,
    public_replies,
    referrals_for,
    reply_in_hand,
    with_referrals,
)
from voters.timeline import timeline
from voters.views.access import agency_page
from voters.views.files import reply_file

PAGE = 40


def _mine(request):
    """The agency's petitions, what waits first and of that what is due first."""
    referrals = referrals_for(request.user, request.council)
    petitions = Petition.objects.filter(pk__in=referrals.order_by().values("petition"))
    form = f.SearchForm(request.GET, council=request.council, petitions=petitions, states=f.AGENCY_STATES)
    return form, petitions, narrow(petitions, **form.chosen())


def _in_order(petitions):
    from django.db.models import Case, IntegerField, Min, Q, Value, When

    rank = Case(
        When(state=Petition.State.REFERRED, then=Value(0)),
        When(state=Petition.State.REPLIED, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    due = Min("referrals__due_on", filter=Q(referrals__withdrawn_at=None))
    return petitions.annotate(rank=rank, due=due).order_by("rank", "due", "pk")


def _desk(request) -> dict:
    """The list on the left of every page of the desk."""
    form, everything, rows = _mine(request)
    days = Days(request.council)
    page = Paginator(with_referrals(_in_order(rows)), PAGE).get_page(request.GET.get("page"))
    late = overdue(everything, days.today).count()
    open_ones = everything.filter(state=Petition.State.REFERRED).count()
    return {
        "form": form,
        "page": page,
        "cases": [days.case(petition) for petition in page],
        "counts": {
            "overdue": late,
            "waiting": open_ones - late,
            "answered": everything.exclude(state=Petition.State.REFERRED).count(),
        },
        "agencies": agencies_for(request.user, request.council).prefetch_related("names"),
        "days": days,
        "filtered": bool(form.chosen()),
        "query": request.GET.urlencode(),
    }


@agency_page
@require_safe
def desk(request):
    return render(request, "voters/agency.html", _desk(request))


@agency_page
@require_safe
def export(request, kind):
    require_fresh_proof(request)
    _form, _everything, rows = _mine(request)
    return exports.download(with_referrals(_in_order(rows)), Days(request.council), kind)


@agency_page
@require_safe
def petition(request, petition_id):
    return _page(request, get_referral_for(request.user, request.council, petition_id))


def _page(request, referral, *, form=None, return_form=None, status: int = 200):
    context = _desk(request)
    days = context["days"]
    (petition,) = with_referrals(Petition.objects.filter(pk=referral.petition_id))
    case = days.case(petition)
    lead = is_lead(request.user, referral)
    reply = reply_in_hand(referral) if lead else case.pending
    sent_back = last_sent_back(referral) if lead else None
    writing = can_reply(request.user, referral)
    if writing and form is None:
        form = f.ReplyForm(initial=_first(reply, sent_back))
    due = days.explain(referral)
    context |= {
        "referral": referral,
        "petition": petition,
        "case": case,
        "due": due,
        "due_uncertain": days.is_uncertain(due),
        "reply": reply,
        "sent_back": sent_back if writing else None,
        "is_lead": lead,
        "reply_form": form if writing else None,
        "return_form": return_form or f.ReasonForm(),
        "return_open": return_form is not None,
        "earlier": [r for r in public_replies(petition) if r.referral_id != referral.pk]
        if petition.is_public
        else [],
        "events": timeline(petition, case.standing),
    }
    return render(request, "voters/agency_petition.html", context, status=status)


def _first(reply: Reply | None, sent_back: Reply | None) -> dict:
    """The draft in hand, else the reply that was sent back, to be amended."""
    source = reply or sent_back
    if source is None:
        return {}
    return {
        "text": source.text,
        "outcome": source.outcome,
        "promised_on": source.promised_on,
        "number": source.number,
    }


@agency_page
@require_POST
def reply(request, petition_id):
    """Save the draft, or send it; whatever was typed is kept even when the rest is refused."""
    referral = get_referral_for(request.user, request.council, petition_id)
    form = f.ReplyForm(request.POST, request.FILES)
    valid = form.is_valid()
    data = {name: form.cleaned_data.get(name) for name in ("text", "outcome", "number", "promised_on")}
    data = {name: value or (None if name == "promised_on" else "") for name, value in data.items()}
    services.save_draft(referral=referral, by=request.user, **data)
    try:
        if form.cleaned_data.get("file"):
            services.attach_file(referral=referral, by=request.user, upload=form.cleaned_data["file"])
        if request.POST.get("act") == "detach":
            services.detach_file(referral=referral, by=request.user)
    except BadInput as fault:
        form.add_error("file", fault.message)
        valid = False
    if not valid:
        return _page(request, referral, form=form, status=422)
    if request.POST.get("act") != "send":
        messages.success(request, _("Đã lưu bản nháp."))
        return redirect("voters:agency_petition", petition_id)
    try:
        services.send_reply(referral=referral, by=request.user, **data)
    except BadInput as fault:
        form.add_error(None, fault.message)
        return _page(request, referral, form=form, status=422)
    messages.success(request, _("Đã gửi trả lời đến văn phòng."))
    return redirect("voters:agency_petition", petition_id)


@agency_page
@require_POST
def hand_back(request, petition_id):
    referral = get_referral_for(request.user, request.council, petition_id)
    form = f.ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, referral, return_form=form, status=422)
    services.hand_back(referral=referral, by=request.user, reason=form.cleaned_data["reason"])
    messages.success(request, _("Đã chuyển trả văn phòng."))
    return redirect("voters:agency")


@agency_page
@require_safe
def file(request, petition_id, reply_id):
    referral = get_referral_for(request.user, request.council, petition_id)
    replies = referral.replies.select_related("document", "referral__petition")
    found = get_object_or_404(replies, public_id=reply_id)
    if found.state in (Reply.State.DRAFT, Reply.State.SENT_BACK) and not is_lead(request.user, referral):
        found = None
    return reply_file(found)
