"""The reader: a paper on a page of ours, its bytes, and the page to come back to."""

import secrets
from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Min
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from council.second_factor import OFFICE, ask
from documents.check import clean_name
from documents.models import Annotation, Document, Download
from documents.notes import tray
from documents.offline import mark_of
from documents.opening import needs_second_factor, of_paper, of_version
from documents.selectors import (
    current_version,
    get_document_for,
    get_version,
    last_page,
    neighbours_in,
    papers_in_row,
    seen_before,
    with_versions,
    withdrawn_from,
)
from documents.services import note_downloaded, note_opened, note_reading
from documents.serving import send_pdf
from documents.stamping import CannotStamp, stamped_copy
from documents.with_notes import CannotMake, paper_with_notes

# What the rooms above show beside a paper in the reader: a sitting that runs. Each gives HTML, or nothing.
_beside: list[Callable[..., str]] = []


def register_beside(rule: Callable[..., str]) -> Callable[..., str]:
    """Add what stands above a paper in the reader: `rule(request, document, version)` gives safe HTML or ""."""
    _beside.append(rule)
    return rule


# Pictures that come with the page of a paper and stand until its file is there; of a restricted one, whose pictures
# are stamped for each reader, one.
FIRST_PICTURES = 3


class ProgressForm(forms.Form):
    version = forms.IntegerField(min_value=1)
    page = forms.IntegerField(min_value=1)


@require_safe
def read(request, public_id):
    """A paper in the reader; `ve` is where *back* leads, `trang` the page to open at, `ban` an older version."""
    try:
        document = get_document_for(request.user, request.council, public_id)
    except Http404:
        return _tell_withdrawn(request, public_id)
    if needs_second_factor(request, document):
        return ask(request, OFFICE)
    back = back_url(request)
    if not request.GET.get("ban") and current_version(document) is None:
        from documents.processing import waiting_page

        return waiting_page(request, document, back)
    row = papers_in_row(document, request.user)
    before, after = neighbours_in(row, document)
    context = _pane(request, document)
    return render(
        request,
        "documents/read.html",
        context
        | {
            "newest": current_version(document),
            "back": back,
            "before": before and read_url(before, back),
            "after": after and read_url(after, back),
            "choices": with_versions(row or [document]),
            "before_seen": seen_before(context["version"], request.user),
            "notes_in_doubt": sum(row.version_id == context["version"].pk for row in tray(request.user, request.council)),
            "beside": mark_safe("".join(rule(request, document, context["version"]) for rule in _beside)),
        },
    )


@require_safe
@of_paper
def pane(request, document):
    """The same paper as a part, to lie beside another; `ban` an older version."""
    response = render(request, "documents/_pane.html", _pane(request, document) | {"suffix": "-2"})
    response["Cache-Control"] = "private, no-store"
    return response


def _pane(request, document: Document) -> dict:
    """What templates/documents/_pane.html shows of a paper. Http404 when no such version is ready."""
    asked = request.GET.get("ban", "")
    version = get_version(document, int(asked)) if asked.isdecimal() else current_version(document)
    if version is None:
        raise Http404
    page = request.GET.get("trang", "")
    page = min(int(page), version.pages) if page.isdecimal() else last_page(version, request.user)
    page = max(page, 1)
    drawn = version.page_rows.filter(has_image=True)
    first = drawn.filter(number__range=(page, page + (0 if document.is_restricted else FIRST_PICTURES - 1)))
    bare = version.page_rows.filter(has_image=False).aggregate(first=Min("number"))["first"]
    pictures = [row for place, row in enumerate(first.order_by("number")) if row.number == page + place]
    return _without_scripts(request, version, page, pictures) | {
        "document": document,
        "version": version,
        "page": page,
        "bytes_url": reverse(
            "documents:layered_bytes" if version.layered else "documents:bytes",
            args=[document.public_id, version.number],
        ),
        "may_print": not document.is_restricted,
        "download_url": reverse("documents:download", args=[document.public_id, version.number]),
        "newest_number": newest.number if (newest := current_version(document)) else version.number,
        "state_url": reverse("documents:state", args=[document.public_id]),
        "pictures": bare - 1 if bare else version.page_rows.count(),
        "note_colours": Annotation.Colour.choices,
        "first_pictures": pictures,
        "me": mark_of(request.user),
    }


def _without_scripts(request, version, page: int, pictures: list) -> dict:
    """Where the pictures before and after those shown are, for a browser that runs no scripts."""
    kept = {name: request.GET[name] for name in ("ban", "ve") if name in request.GET}
    last = page + len(pictures) - 1
    return {
        "plain_before": max(1, page - FIRST_PICTURES) if page > 1 else None,
        "plain_last": last,
        "plain_after": last + 1 if last < version.pages else None,
        "plain_more": f"&{urlencode(kept)}" if kept else "",
    }


@require_safe
@of_version
def send_bytes(request, document, version):
    """The bytes of one version, whole or in parts, for the reader; a browser that opens the address downloads."""
    if request.headers.get("Sec-Fetch-Mode") == "navigate":
        return redirect("documents:download", document.public_id, version.number)
    return _send(request, document, version, is_reading=True)


@require_safe
@of_version
def send_layered(request, document, version):
    """The same pages with recognised text over them, where there is such a copy; else the paper's own bytes."""
    if request.headers.get("Sec-Fetch-Mode") == "navigate":
        return redirect("documents:download", document.public_id, version.number)
    if not version.layered or document.is_restricted:
        return _send(request, document, version, is_reading=True)
    file, sha256, size = version.reading_copy
    is_public = document.visibility == Document.Visibility.PUBLIC
    return send_pdf(request, file, size=size, sha256=sha256, name=version.original_name, is_public=is_public)


@require_safe
@of_version
def download(request, document, version):
    """One version as a file to take along; who took it and when is written down for the office."""
    response = _send(request, document, version)
    if request.method == "GET" and response.status_code == 200:
        note_downloaded(version=version, user=request.user)
    return response


@login_required
@require_http_methods(["GET"])
@of_version
def with_notes(request, document, version):
    """One version with the person's own notes, made now and kept nowhere; nobody's else can be asked for."""
    try:
        made = paper_with_notes(version, request.user)
    except CannotMake:
        messages.error(request, _("Không làm được tệp kèm ghi chú. Hãy thử lại sau ít phút."))
        return redirect(read_url(document))
    note_downloaded(version=version, user=request.user, way=Download.Way.WITH_NOTES)
    name = clean_name(_("%(title)s - kèm ghi chú của tôi") % {"title": document.title[:100]})
    return send_pdf(request, made, size=made.size, sha256=secrets.token_hex(32), name=name)


@require_safe
def state(request, public_id):
    """What an open reader asks now and then: whether the paper may still be read, and its newest version."""
    try:
        document = get_document_for(request.user, request.council, public_id)
    except Http404:
        gone = withdrawn_from(request.user, request.council, public_id)
        if gone is None:
            raise
        said = {"state": "withdrawn", "words": withdrawn_words(gone)}
    else:
        newest = current_version(document)
        said = {"state": "ready", "version": newest.number if newest else 0}
    response = JsonResponse(said)
    response["Cache-Control"] = "private, no-store"
    return response


def withdrawn_words(document: Document) -> str:
    """What a reader is told of a paper that was withdrawn."""
    at = timezone.localtime(document.withdrawn_at)
    words = _("Văn phòng đã rút tài liệu này lúc %(time)s ngày %(day)s.") % {
        "time": at.strftime("%H:%M"), "day": at.strftime("%d/%m/%Y")
    }  # fmt: skip
    if document.withdrawn_why:
        words += " " + _("Lý do: %(why)s") % {"why": document.withdrawn_why}
    return words


def _tell_withdrawn(request, public_id):
    """410 in words for who could read the paper until it was withdrawn; for everybody else it never was."""
    gone = withdrawn_from(request.user, request.council, public_id) if request.user.is_authenticated else None
    if gone is None:
        raise Http404
    context = {"document": gone, "words": withdrawn_words(gone), "back": back_url(request)}
    return render(request, "documents/withdrawn.html", context, status=410)


def _send(request, document: Document, version, *, is_reading: bool = False):
    if document.is_restricted:
        try:
            copy = stamped_copy(version, request.user)
        except CannotStamp:
            words = _("Không đóng dấu được tên người đọc lên tài liệu này nên chưa gửi. Báo văn phòng.")
            return HttpResponse(words, status=503, content_type="text/plain; charset=utf-8")
        if is_reading and request.method == "GET":
            note_reading(version=version, user=request.user)
        return send_pdf(request, copy, size=copy.size, sha256=copy.sha256, name=version.original_name)
    return send_pdf(
        request,
        version.file,
        size=version.size,
        sha256=version.sha256,
        name=version.original_name,
        is_public=document.visibility == Document.Visibility.PUBLIC,
    )


@login_required
@require_POST
def progress(request, public_id):
    """Remember the page on which the person is."""
    document = get_document_for(request.user, request.council, public_id)
    form = ProgressForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"error": _("Số trang không đúng.")}, status=422)
    version = get_version(document, form.cleaned_data["version"])
    note_opened(version=version, user=request.user, page=form.cleaned_data["page"])
    return HttpResponse(status=204)


def back_url(request) -> str:
    """Where *back* leads: an address of this site given as `ve`, else the person's first screen."""
    back = request.GET.get("ve", "")
    ours = back.startswith("/") and url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    if ours:
        return back
    return reverse("council:start") if request.user.is_authenticated else reverse("home")


def read_url(document: Document, back: str = "") -> str:
    """The reader's address of a paper, with the way back."""
    url = reverse("documents:read", args=[document.public_id])
    return f"{url}?{urlencode({'ve': back})}" if back else url
