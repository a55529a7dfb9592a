"""All of a person's own notes in a session, by paper: to read, print and take away."""

import json
import re

from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from documents import note_format, notes
from documents.models import AnnotationPlace
from sessions import selectors
from sessions.models import ItemPaper

_LINE, _NUMBER = re.compile(r'd="(M[\d L]+)"'), re.compile(r"\d+")


@login_required
@require_GET
def my_notes(request, council_session):
    """The page *Ghi chú của tôi*; `tai` gives the same as a file: jsonld, txt or html."""
    found = selectors.get_attended_session_for(request.user, request.council, council_session)
    papers = _papers(found, request.user)
    asked = request.GET.get("tai", "")
    if asked:
        if asked not in _FILES:
            raise Http404
        content, kind = _FILES[asked](request, found, papers)
        response = HttpResponse(content, content_type=f"{kind}; charset=utf-8")
        name = f"ghi-chu-{found.slug or found.number}.{asked}"
        response["Content-Disposition"] = content_disposition_header(True, name)
        response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    else:
        waiting = len(notes.tray(request.user, request.council))
        context = {"council_session": found, "papers": papers, "waiting": waiting}
        response = render(request, "sessions/room/my_notes.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


def _papers(council_session, user) -> list[dict]:
    """The papers of the agenda that bear notes of the person, in its order, each with its notes by page."""
    order = ItemPaper.objects.filter(item__council_session=council_session, document__isnull=False)
    ids = list(dict.fromkeys(order.order_by("item__number", "order", "pk").values_list("document", flat=True)))
    own = notes.own_notes(user, council_session.council).filter(document__in=ids)
    shared = dict(own.annotate(n=Count("shares")).values_list("pk", "n"))
    places = (
        AnnotationPlace.objects.filter(annotation__in=own)
        .exclude(state=AnnotationPlace.State.KEPT)
        .select_related("annotation__document", "version", "came_from")
        .order_by("annotation_id", "-version__number")
    )
    newest: dict[int, AnnotationPlace] = {}
    for place in places:
        newest.setdefault(place.annotation_id, place)
    kept = AnnotationPlace.objects.filter(annotation__in=own.exclude(pk__in=newest)).select_related(
        "annotation__document", "version"
    )
    papers: dict[int, dict] = {}
    for place in [*newest.values(), *kept]:
        place.annotation.shared_with = shared[place.annotation_id]
        papers.setdefault(place.annotation.document_id, {"document": place.annotation.document, "rows": []})[
            "rows"
        ].append(_row(place))
    for paper in papers.values():
        paper["rows"].sort(key=lambda row: (row["page"], row["note"].pk))
    return [papers[pk] for pk in ids if pk in papers]


def _row(place: AnnotationPlace) -> dict:
    is_doubt = place.state == AnnotationPlace.State.DOUBT
    version = (is_doubt and place.came_from) or place.version
    return {
        "note": place.annotation, "place": place, "is_doubt": is_doubt, "version": version,
        "page": note_format.page_in(place.target), "until": note_format.until_in(place.target), "quote": note_format.quote_in(place.target)[0],
        "shares": place.annotation.shared_with, **_drawing(note_format.ink_in(place.target)),
    }  # fmt: skip


def _pages(row: dict) -> str:
    return f"{row['page']}–{row['until']}" if row["until"] else str(row["page"])


def _drawing(ink: str) -> dict:
    """The lines of a drawing as SVG paths, and the frame round them; the format lets nothing but numbers in."""
    lines = _LINE.findall(ink)
    numbers = [int(number) for number in _NUMBER.findall(" ".join(lines))]
    if not numbers:
        return {"lines": [], "frame": ""}
    left, top = min(numbers[::2]) - 10, min(numbers[1::2]) - 10
    return {"lines": lines, "frame": f"{left} {top} {max(numbers[::2]) - left + 10} {max(numbers[1::2]) - top + 10}"}


def _as_jsonld(request, council_session, papers):
    items = [note_format.written(row["note"], row["place"]) for paper in papers for row in paper["rows"]]
    collection = {
        "@context": note_format.CONTEXT, "type": "AnnotationCollection", "label": council_session.title,
        "creator": {"type": "Person", "name": request.user.full_name}, "total": len(items),
        "generated": timezone.now().isoformat(), "first": {"type": "AnnotationPage", "items": items},
    }  # fmt: skip
    return json.dumps(collection, ensure_ascii=False, indent=1), "application/ld+json"


def _as_text(request, council_session, papers):
    lines = [_("GHI CHÚ CỦA TÔI"), council_session.title, request.user.full_name, ""]
    for paper in papers:
        document = paper["document"]
        lines += [f"== {document.title}" + (f" ({document.number})" if document.number else "")]
        for row in paper["rows"]:
            lines.append(_("Trang %(page)s, %(kind)s") % {"page": _pages(row), "kind": row["note"].get_kind_display()})
            if row["quote"]:
                lines.append(f"  “{' '.join(row['quote'].split())}”")
            lines += [f"  {line}" for line in row["note"].text.splitlines()]
        lines.append("")
    return "\n".join(lines), "text/plain"


def _as_html(request, council_session, papers):
    context = {"council_session": council_session, "papers": papers}
    return render(request, "sessions/room/my_notes_file.html", context).content, "text/html"


_FILES = {"jsonld": _as_jsonld, "txt": _as_text, "html": _as_html}
