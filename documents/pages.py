"""Pages of a paper before its PDF is there: their pictures, their words. For whom may read the paper."""

from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from documents import door
from documents.models import Document, Page
from documents.opening import of_version
from documents.pictures import picture_name
from documents.selectors import get_document_for
from documents.services import note_reading
from documents.serving import send_pdf
from documents.stamping import stamped_picture, words_for


@require_safe
@of_version
def page_image(request, document, version, page):
    """The picture of a page, about 1200 pixels wide."""
    return _picture(request, document, version, page, small=False)


@require_safe
@of_version
def page_thumb(request, document, version, page):
    """The small picture of a page for lists, about 160 pixels wide."""
    return _picture(request, document, version, page, small=True)


def _picture(request, document: Document, version, page: int, *, small: bool):
    if not Page.objects.filter(version=version, number=page, has_image=True).exists():
        raise Http404
    tag = f'"{version.sha256[:32]}-{page}{"s" if small else ""}"'
    is_public = document.visibility == Document.Visibility.PUBLIC
    if is_public and request.headers.get("If-None-Match") == tag:
        response = HttpResponseNotModified()
    else:
        try:
            with default_storage.open(picture_name(version.public_id, page, small=small)) as stored:
                content = stored.read()
        except FileNotFoundError:
            raise Http404 from None
        if document.is_restricted:
            content = stamped_picture(content, words_for(request.user, document.council))
        response = HttpResponse(content, content_type="image/webp")
    return _kept(response, tag, is_public)


@require_safe
@of_version
def page_texts(request, document, version):
    """Size and words of every page that is known so far."""
    rows = version.page_rows.order_by("number").values("number", "width", "height", "text", "text_sha256")
    names = {"number": "page", "text_sha256": "sha256"}
    content = [{names.get(name, name): value for name, value in row.items()} for row in rows]
    if document.is_restricted:  # as on its pages: whoever keeps the words keeps the name of who fetched them
        if request.headers.get("Sec-Fetch-Mode") == "navigate":
            return redirect("documents:read", document.public_id)
        stamp = words_for(request.user, document.council)
        content = [page | {"for": stamp} for page in content]
        if request.method == "GET":
            note_reading(version=version, user=request.user)
    response = JsonResponse(content, safe=False, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_safe
def pack_file(request, ticket):
    """A file of a manifest by its ticket, where the tablets' own road does not lead (documents/door.py)."""
    told = door.told_by(ticket)
    if told is None or told[1] != request.user.pk:
        raise Http404
    row = door.travelling([told[0]]).get(told[0])
    if row is None:
        raise Http404
    get_document_for(request.user, request.council, row.version.document.public_id)
    response = send_pdf(request, row.stored, size=row.size, sha256=row.sha256, name=f"{row.sha256}.bin")
    if response.status_code < 300:
        response["Content-Type"] = "application/octet-stream"
    return response


def _kept(response, tag: str, is_public: bool):
    """The same headers as the paper's bytes: a public page may be kept but is asked for anew each time."""
    response["ETag"] = tag
    response["Cache-Control"] = "public, no-cache" if is_public else "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
