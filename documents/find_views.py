"""What the page of the search shows of papers, and the words it proposes. The page itself is the roof's (council/home.py)."""

from django.core.paginator import Paginator
from django.http import Http404, JsonResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from council.second_factor import OFFICE, has_stepped_up, is_privileged
from council.text import fold
from documents import finding, search
from documents.finding import LONGEST, Question
from documents.selectors import published_resolutions

PAGE = 10  # papers
FILTERS = {  # name of the facet: (name in the address, label, words for all)
    "session": ("ky-hop", _("Kỳ họp"), _("Mọi kỳ họp")),
    "kind": ("loai", _("Loại"), _("Mọi loại")),
    "issuer": ("co-quan", _("Cơ quan"), _("Mọi cơ quan")),
    "year": ("nam", _("Năm"), _("Mọi năm")),
}


def sees_office_papers(request) -> bool:
    """Whether the office's own papers may be searched now: they open behind its second factor."""
    if getattr(request, "auth", None) is not None or not is_privileged(request.user, request.council):
        return True
    return has_stepped_up(request.session.session_key, request.user, OFFICE)


def question_of(request) -> Question:
    """The question in the address; a filter that nobody could have chosen simply finds nothing."""
    given = {name: request.GET.get(address, "")[:200] for name, (address, *_words) in FILTERS.items()}
    return Question(words=request.GET.get("q", "").strip()[:LONGEST], **given)


def papers_found(request) -> dict:
    """The papers of an answer, page by page, with the filters and their counts."""
    question = question_of(request)
    answer = finding.ask(request.user, request.council, question, with_office=sees_office_papers(request))
    page = Paginator(answer.keys, PAGE).get_page(request.GET.get("page"))
    hits = finding.shown(answer, page.object_list)
    here = request.get_full_path()
    for hit in hits:
        url = reverse("documents:read", args=[hit.document.public_id])
        hit.url = f"{url}?{urlencode({'ve': here})}"
        hit.page_urls = [(found, f"{url}?{urlencode({'trang': found.number, 'tim': question.words, 've': here})}") for found in hit.pages]
        hit.more_urls = [(number, f"{url}?{urlencode({'trang': number, 'tim': question.words, 've': here})}") for number in hit.more_pages[:12]]
    return {
        "papers": hits, "paper_page": page, "paper_count": answer.count,
        "filters": _filters(answer, question), "is_filtered": any(getattr(question, name) for name in FILTERS),
    }  # fmt: skip


def _filters(answer, question) -> list[dict]:
    filters = []
    for facet in answer.facets:
        address, label, everything = FILTERS[facet.name]
        chosen = getattr(question, facet.name)
        values = [{"key": key, "words": words, "count": n, "chosen": key == chosen} for key, words, n in facet.values]
        if chosen and not any(value["chosen"] for value in values):
            values.append({"key": chosen, "words": _("khác"), "count": 0, "chosen": True})
        if values:
            filters.append({"name": address, "label": label, "all": everything, "values": values})
    return filters


@require_safe
def suggest(request):
    """Numbers and titles that begin to match, of what this person may read: {"words": [{"value", "label"}]}."""
    if request.council is None:
        raise Http404
    words = request.GET.get("q", "")[:LONGEST]
    found, seen = [], set()
    if fold(words):
        papers = finding.suggestions(request.user, request.council, words, with_office=sees_office_papers(request))
        for paper in papers:
            found.append({"value": paper.number or paper.title[:LONGEST], "label": paper.title if paper.number else ""})
        for resolution in search.search(published_resolutions(request.council), words)[: finding.SUGGESTED // 2]:
            found.append({"value": resolution.symbol, "label": resolution.title})
    found = [row for row in found if not (row["value"] in seen or seen.add(row["value"]))]
    response = JsonResponse({"words": found})
    response["Cache-Control"] = "no-store"
    return response
