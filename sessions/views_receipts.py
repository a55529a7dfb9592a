"""Who has read what: for the office, by paper and by delegate, on screen, on paper and as a table for a spreadsheet."""

import csv

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sessions.receipts import Line, Reading, by_delegate, by_paper
from sessions.views_office import get_paper, of_session

# A cell that a spreadsheet would take for a formula begins with one of these.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@of_session()
@require_safe
def receipts(request, council_session):
    """All papers with how many opened and finished them; with `theo=dai-bieu` all delegates."""
    is_by_delegate = request.GET.get("theo") == "dai-bieu"
    lines = by_delegate(council_session) if is_by_delegate else by_paper(council_session)
    if request.GET.get("dang") == "csv":
        return _table([reading for line in lines for reading in line.readings])
    here = reverse("sessions:receipts", args=[council_session.public_id])
    tabs = [
        {"label": _("Theo tài liệu"), "url": here, "current": not is_by_delegate},
        {"label": _("Theo đại biểu"), "url": f"{here}?theo=dai-bieu", "current": is_by_delegate},
    ]
    context = {"council_session": council_session, "lines": lines, "by_delegate": is_by_delegate, "tabs": tabs}
    return render(request, "sessions/office/receipts.html", context)


@of_session()
@require_safe
def receipts_of_paper(request, council_session, paper_pk):
    """One paper: each delegate who may read it, how far and when; who took a copy along."""
    paper = get_paper(council_session, paper_pk)
    line = next((line for line in by_paper(council_session) if line.paper.pk == paper.pk), None)
    if line is None:
        raise Http404
    return _one(request, council_session, line, paper.heading)


@of_session()
@require_safe
def receipts_of_delegate(request, council_session, delegate):
    """One delegate: each paper that he or she may read."""
    line = next((line for line in by_delegate(council_session) if line.delegate.public_id == delegate), None)
    if line is None:
        raise Http404
    return _one(request, council_session, line, line.delegate.full_name)


def _one(request, council_session, line: Line, title: str):
    if request.GET.get("dang") == "csv":
        return _table(line.readings)
    context = {"council_session": council_session, "line": line, "title": title}
    return render(request, "sessions/office/receipts_one.html", context)


def _table(readings: list[Reading]) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="da-doc.csv"'
    response["Cache-Control"] = "no-store"
    response.write("\ufeff")  # so that a spreadsheet reads the marks
    rows = csv.writer(response)
    rows.writerow(
        [_("Mục"), _("Tài liệu"), _("Số"), _("Đại biểu"), _("Ghế"), _("Tình trạng"), _("Bản"), _("Trang đã đến"),
         _("Số trang"), _("Mở lần đầu"), _("Mở lần cuối"), _("Số lần tải")]
    )  # fmt: skip
    for r in readings:
        rows.writerow(
            _safe(cell)
            for cell in (
                r.paper.item.number, r.paper.title, r.paper.number, r.delegate.full_name, r.delegate.seat, r.words,
                r.version or "", r.reached or "", r.pages, _when(r.first), _when(r.last), len(r.copies),
            )
        )  # fmt: skip
    return response


def _safe(cell):
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _when(moment) -> str:
    return f"{timezone.localtime(moment):%d/%m/%Y %H:%M}" if moment else ""
