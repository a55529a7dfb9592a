"""The office's look at the pipeline: what is under way, what failed and why, what the machine lacks."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from council.errors import WrongState
from council.second_factor import OFFICE, second_factor_required
from documents import converters, services
from documents.models import Document, Download, Step, Version
from documents.permissions import can_change_paper
from documents.selectors import get_document_for, readable_documents
from documents.serving import send_pdf
from documents.views import desk

MOST = 60  # papers on the page
_BUSY = [Step.State.WAITING, Step.State.RUNNING]
_STUCK = [Step.State.FAILED, Step.State.LACKING]


@desk
@require_safe
def processing(request):
    """Papers under way or stuck, then the last that are done; while something runs the page asks again by itself."""
    context = processing_context(request.user, request.council)
    return render(request, "documents/processing.html", context)


def processing_context(user, council) -> dict:
    mine = Version.objects.filter(document__in=readable_documents(user, council))
    rows = mine.select_related("document", "uploaded_by").prefetch_related("steps").order_by("-uploaded_at", "-pk")
    stuck = rows.filter(Q(steps__state__in=_STUCK) | Q(state__in=["failed", "refused"])).distinct()
    busy = rows.filter(steps__state__in=_BUSY).exclude(state__in=["failed", "refused"])
    busy = busy.exclude(steps__kind=Step.Kind.CONVERT, steps__state__in=_STUCK).distinct()
    lacks = [converters.lacking_for(kind) for kind in ("docx", "xlsx", "pptx")]
    return {
        "busy": busy[:MOST],
        "busy_count": busy.count(),
        "stuck": stuck[:MOST],
        "retryable": stuck.exclude(state="refused").exists(),
        "done": rows.exclude(pk__in=busy).exclude(pk__in=stuck)[:10],
        "lacks": [words for words in [*lacks, converters.lacking_for_recognition()] if words],
    }


@desk
@require_POST
def process_all_again(request):
    """Everything that failed or lacked a program, after the fault was mended."""
    mine = readable_documents(request.user, request.council)
    stuck = Version.objects.filter(document__in=mine, steps__state__in=_STUCK).distinct()
    count = 0
    for version in stuck.select_related("document")[:500]:
        if can_change_paper(request.user, version.document):
            services.process_again(version=version, by=request.user)
            count += 1
    words = ngettext("Đang làm lại %(n)s tài liệu.", "Đang làm lại %(n)s tài liệu.", count)
    messages.success(request, words % {"n": count})
    return redirect("documents:processing")


def _of_bringer(request, public_id, number) -> Version:
    """A version in any state, for who may replace its paper; Http404 for everybody else."""
    document = get_document_for(request.user, request.council, public_id)
    version = document.versions.filter(number=number).first()
    if version is None or not can_change_paper(request.user, document):
        raise Http404
    return version


@login_required
@second_factor_required(OFFICE)
@require_POST
def process_again(request, public_id, number):
    """Thử lại: do the failed steps of one version anew."""
    version = _of_bringer(request, public_id, number)
    try:
        services.process_again(version=version, by=request.user)
    except WrongState as fault:
        messages.warning(request, fault.message)
    else:
        messages.success(request, _("Đang làm lại."))
    back = request.POST.get("ve", "")
    if back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        return redirect(back)
    return redirect("documents:processing")


@login_required
@second_factor_required(OFFICE)
@require_safe
def brought(request, public_id, number):
    """The file as it was brought, byte for byte, for who may replace the paper; always as a download."""
    version = _of_bringer(request, public_id, number)
    if not version.brought:
        raise Http404
    response = send_pdf(
        request, version.brought, size=version.source_size, sha256=version.source_sha256, name=version.source_name
    )
    if response.status_code < 300:
        response["Content-Type"] = "application/octet-stream"
    if request.method == "GET" and response.status_code == 200:
        services.note_downloaded(version=version, user=request.user, way=Download.Way.ORIGINAL)
    return response


def waiting_page(request, document: Document, back: str):
    """What who may read a paper sees before it is a PDF, or when it never becomes one. Http404 when there is nothing."""
    version = document.versions.first()
    if version is None:
        raise Http404
    context = {
        "document": document, "version": version, "back": back,
        "steps": version.steps.all() if can_change_paper(request.user, document) else [],
    }  # fmt: skip
    response = render(request, "documents/waiting.html", context)
    if version.state == Version.State.PROCESSING:
        response["Refresh"] = "5"  # with scripts or without: the reader opens when the paper is there
    return response
