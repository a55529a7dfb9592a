"""Resolutions for citizens: the list with its search, one resolution, its PDF. No account."""

from django import forms
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from documents import search
from documents.models import Resolution
from documents.page_cache import page_for_strangers
from documents.printing import attached_regulation, resolution_lines
from documents.selectors import (
    get_published_resolution,
    papers_with,
    published_resolutions,
    published_stamp,
    published_years,
)
from documents.serving import send_pdf

PAGE_SIZE = 20
COUNTS = [
    ("for", gettext_lazy("Tán thành")),
    ("against", gettext_lazy("Không tán thành")),
    ("other", gettext_lazy("Ý kiến khác")),
    ("silent", gettext_lazy("Có mặt, không biểu quyết")),
    ("absent", gettext_lazy("Vắng mặt")),
]


class FilterForm(forms.Form):
    q = forms.CharField(max_length=200, required=False)
    nam = forms.IntegerField(min_value=1900, max_value=2200, required=False)
    loai = forms.ChoiceField(choices=[("", ""), *Resolution.Kind.choices], required=False)


@require_safe
def resolutions(request):
    """The published resolutions, newest first, by words (`q`), year (`nam`) and kind (`loai`)."""
    if request.council is None:
        raise Http404
    stamp = published_stamp(request.council)
    return page_for_strangers(request, [request.council.public_id, *stamp], lambda: _list(request))


def _list(request):
    form = FilterForm(request.GET)
    form.is_valid()
    asked = form.cleaned_data  # what makes no sense is left out, the list stays
    rows = published_resolutions(request.council)
    years = published_years(request.council)
    if asked.get("nam"):
        rows = rows.filter(adopted_on__year=asked["nam"])
    if asked.get("loai"):
        rows = rows.filter(kind=asked["loai"])
    rows = search.search(rows, asked.get("q", ""))
    rows = rows.defer("text", "search_text", "adoption")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    for row in page:
        row.url = reverse("documents:public_resolution", args=[row.adopted_on.year, row.slug])
    context = {
        "page": page,
        "count": page.paginator.count,
        "q": asked.get("q", ""),
        "year": asked.get("nam"),
        "kind": asked.get("loai", ""),
        "years": years,
        "kinds": Resolution.Kind.choices,
        "filtered": any(asked.values()),
        "today": timezone.localdate(),
    }
    return render(request, "documents/public_resolutions.html", context)


@require_safe
def resolution(request, year, slug):
    """One published resolution: since when in force, how adopted, the whole text, its papers."""
    found = get_published_resolution(request.council, year, slug)
    papers = papers_with(found, request.user)
    depends_on = [found.public_id, found.published_at, found.signed_at, pdf_size(found)]
    depends_on += [(paper.public_id, paper.title, paper.number) for paper in papers]
    return page_for_strangers(request, depends_on, lambda: _page(request, found, papers))


def _page(request, found: Resolution, papers: list):
    year, slug = found.adopted_on.year, found.slug
    today = timezone.localdate()
    context = {
        "resolution": found,
        "in_force": found.effective_on is not None and found.effective_on <= today,
        # published text never changes: the template keeps its rendered lines, and asks for them once
        "lines": lambda: resolution_lines(found),
        "regulation": lambda: attached_regulation(found),
        "pdf_url": reverse("documents:public_resolution_pdf", args=[year, slug]),
        "pdf_size": pdf_size(found),
        "counts": counts_of(found),
        "papers": papers,
    }
    return render(request, "documents/public_resolution.html", context)


@require_safe
def pdf(request, year, slug):
    """The published PDF."""
    found = get_published_resolution(request.council, year, slug)
    size = pdf_size(found)
    if not size:
        raise Http404
    return send_pdf(
        request, found.pdf, size=size, sha256=found.pdf_sha256,
        name=_("Nghị quyết %(symbol)s.pdf") % {"symbol": found.symbol.replace("/", "-")}, is_public=True,
    )  # fmt: skip


def pdf_size(resolution: Resolution) -> int:
    """The size of the PDF in bytes, 0 while there is none."""
    try:
        return resolution.pdf.size if resolution.pdf else 0
    except FileNotFoundError:
        return 0


def counts_of(resolution: Resolution) -> list[dict]:
    """The five numbers of the vote as the bars show them; none when no vote is on record."""
    adoption = resolution.adoption
    if not adoption.get("total"):
        return []
    return [{"mark": mark, "label": label, "n": adoption.get(mark) or 0} for mark, label in COUNTS]
