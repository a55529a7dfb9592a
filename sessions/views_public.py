"""Sessions for citizens: agenda, attendance, results of named votes, public papers, resolutions.

Sessions of the plenary are public (Law 72/2025/QH15 art. 34). Of a closed-door sitting only one line
of the agenda is shown.
"""

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from council import live
from documents.models import Document, Resolution
from sessions import record, selectors
from sessions.models import CouncilSession, ItemPoll
from voting.models import Poll


@require_GET
def session_list(request):
    if request.council is None:
        raise Http404
    page = Paginator(selectors.public_sessions(request.council), 20).get_page(request.GET.get("page"))
    return render(request, "sessions/public/list.html", {"page": page})


@require_GET
def session(request, slug):
    if request.council is None:
        raise Http404
    council_session = selectors.get_public_session(request.council, slug)
    sittings = selectors.agenda(council_session)
    attendance = selectors.attendance_counts(council_session)
    votes = _declared_votes(council_session)
    papers = 0
    for sitting in sittings:
        sitting.came = attendance.get(sitting.pk)
        for item in sitting.agenda_items:
            item.votes = [] if sitting.is_closed_door else votes.get(item.pk, [])
            item.public_papers = [] if sitting.is_closed_door else _public_papers(item)
            papers += len(item.public_papers)
    open_sitting = next((s for s in sittings if s.state == "open"), None)
    context = {
        "council_session": council_session,
        "sittings": sittings,
        "live": live.snapshot(open_sitting.room, "public") if open_sitting else None,
        "resolutions": _resolutions(council_session),
        "vote_count": sum(len(i.votes) for s in sittings for i in s.agenda_items),
        "paper_count": papers,
        "open_sitting": open_sitting,
        "record_head": record.head_of(council_session),
    }
    return render(request, "sessions/public/session.html", context)


def _public_papers(item) -> list:
    """The papers of an item that everybody may read, each with its address."""
    papers = []
    for paper in item.listed_papers:
        document = paper.document
        if document is None or document.visibility != Document.Visibility.PUBLIC or document.withdrawn_at:
            continue
        paper.url = selectors.address("documents:read", document.public_id)
        if paper.url:
            papers.append(paper)
    return papers


def _declared_votes(council_session: CouncilSession) -> dict[int, list[dict]]:
    """{item id: results} of polls that the chair has declared; named as far as the council says."""
    from voting import selectors as voting

    rows = (
        ItemPoll.objects.filter(
            item__council_session=council_session, poll__state=Poll.State.DECLARED, poll__is_rehearsal=False
        )
        .select_related("poll", "paper__document")
        .order_by("pk")
    )
    found: dict[int, list[dict]] = {}
    for row in rows:
        naming, results = voting.naming_for(row.poll, "public"), voting.results_of(row.poll)
        found.setdefault(row.item_id, []).append(
            {
                "minutes_url": reverse(
                    "sessions:count_minutes", args=[row.poll.room.partition(":")[2], row.poll.public_id]
                ),
                "poll": row.poll,
                "result": results[row.place - 1] if results else None,
                "sheet": voting.sheet_facts(row.poll),
                "naming": naming,
                "named": [
                    (line, line.answers[row.place - 1]) for line in voting.named_votes(row.poll, naming)
                ],
            }
        )
    return found


def _resolutions(council_session: CouncilSession) -> list[Resolution]:
    """What this session adopted and the office has published."""
    url = reverse("sessions:public_session", args=[council_session.slug])
    rows = list(
        Resolution.objects.filter(
            council=council_session.council, state=Resolution.State.PUBLISHED, session_url__in=[url, council_session.slug]
        ).order_by("number")
    )
    for row in rows:
        row.url = selectors.address("documents:public_resolution", row.adopted_on.year if row.adopted_on else 0, row.slug)
    return rows
