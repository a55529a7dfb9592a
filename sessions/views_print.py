"""Paper in reserve for an outage: agenda, roll to sign, ballot sheets, seats. Plain pages for A4."""

from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from council import regulations
from documents.models import Document
from sessions import selectors
from sessions.models import AgendaItem, CouncilSession
from sessions.views_office import of_session


def _sheet(request, council_session: CouncilSession, template: str, **context):
    context |= {
        "council_session": council_session,
        "back_url": reverse("sessions:print", args=[council_session.public_id]),
    }
    return render(request, f"sessions/print/{template}.html", context)


@of_session(prepares=False)
@require_GET
def menu(request, council_session):
    """What can be printed, each with its number of sheets."""
    sittings = list(council_session.sittings.all())
    context = {
        "council_session": council_session,
        "sittings": sittings,
        "delegates": len(selectors.session_members(council_session)),
        "drafts": len(_drafts(council_session)),
        "items": council_session.items.count(),
    }
    return render(request, "sessions/office/print.html", context)


def _chosen(request, sittings: list) -> list:
    """One sitting when the address names it (?phien=2), else all."""
    number = request.GET.get("phien", "")
    return [s for s in sittings if str(s.number) == number] or sittings


@of_session(prepares=False)
@require_GET
def agenda(request, council_session):
    sittings = _chosen(request, selectors.agenda(council_session))
    return _sheet(request, council_session, "agenda", sittings=sittings)


@of_session(prepares=False)
@require_GET
def roll(request, council_session):
    """One roll for each sitting: name, seat, group, a place to sign."""
    sittings = _chosen(request, list(council_session.sittings.all()))
    delegates = selectors.session_members(council_session)
    quorum = regulations.setting(council_session.council, "quorum_fraction", on=council_session.starts_on)
    return _sheet(request, council_session, "roll", sittings=sittings, delegates=delegates, quorum=quorum)


def _drafts(council_session: CouncilSession) -> list[AgendaItem]:
    """The items that are voted on: draft resolutions, and items set down for a vote."""
    voted = council_session.items.filter(
        kind__in=[AgendaItem.Kind.DRAFT_RESOLUTION, AgendaItem.Kind.VOTE]
    ).prefetch_related("papers")
    drafts = list(voted)
    for item in drafts:
        item.draft = next((p for p in item.papers.all() if p.kind == Document.Kind.DRAFT_RESOLUTION), None)
    return drafts


@of_session(prepares=False)
@require_GET
def ballots(request, council_session):
    """A named sheet for each draft: every delegate's line with the three choices (?muc=12 for one)."""
    number = request.GET.get("muc", "")
    drafts = _drafts(council_session)
    drafts = [d for d in drafts if str(d.number) == number] or drafts
    day = council_session.starts_on
    labels = [
        regulations.value(council_session.council, f"vote_label_{key}", on=day) for key in ("for", "against", "other")
    ]
    delegates = selectors.session_members(council_session)
    return _sheet(request, council_session, "ballots", drafts=drafts, delegates=delegates, labels=labels)


@of_session(prepares=False)
@require_GET
def seats(request, council_session):
    """The hall as a drawing, and who sits where."""
    delegates = selectors.session_members(council_session)
    rows = [{"seat": d.seat, "mark": "empty", "name": d.full_name} for d in delegates if d.seat]
    return _sheet(
        request, council_session, "seats", rows=rows, delegates=delegates, seated=len(rows)
    )
