"""The citizen's pages: find a petition, read what became of it. No account, no personal data."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_safe

from council import regulations
from voters import forms as f
from voters.models import Reply
from voters.selectors import (
    Days,
    get_public_petition,
    narrow,
    public_counts,
    public_petitions,
    public_replies,
    with_referrals,
)
from voters.timeline import timeline
from voters.views.files import reply_file

PAGE = 20


@require_safe
def petitions(request):
    if request.council is None:
        return render(request, "voters/public_petitions.html", {"page": None})
    everything = public_petitions(request.council)
    form = f.SearchForm(request.GET, council=request.council, petitions=everything, states=f.PUBLIC_STATES)
    chosen = form.chosen()
    rows = narrow(everything, public=True, **chosen)
    days = Days(request.council)
    page = Paginator(with_referrals(rows), PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "cases": [days.case(petition) for petition in page],
        "counts": public_counts(request.council),
        "filtered": bool(chosen),
        "more_filters": bool(set(chosen) - {"words"}),
    }
    return render(request, "voters/public_petitions.html", context)


@require_safe
def petition(request, code):
    found = get_public_petition(request.council, code)
    days = Days(request.council)
    case = days.case(found)
    due = days.explain(case.referral) if case.referral else None
    replies = public_replies(found)
    context = {
        "petition": found,
        "case": case,
        "due": due,
        "due_uncertain": bool(due and days.is_uncertain(due)),
        "setting": regulations.setting(
            request.council, "petition_reply_working_days", on=case.referral.referred_on if case.referral else None
        ),
        "replies": replies,
        "events": timeline(found, case.standing),
    }
    return render(request, "voters/public_petition.html", context)


@require_safe
def petition_file(request, code, reply_id):
    """The file of an accepted reply, when the office marked it public."""
    found = get_public_petition(request.council, code)
    replies = Reply.objects.filter(
        referral__petition=found, state=Reply.State.ACCEPTED, file_is_public=True, public_id=reply_id
    )
    return reply_file(replies.select_related("document", "referral__petition").first())
