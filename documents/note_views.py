"""The addresses of notes: the tablet's own (JSON), sharing, and the tray of those to look at again."""

import json
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from council.errors import BadInput, NotAllowed
from documents import note_format, notes
from documents.offline import mark_of, seal_of
from documents.opening import of_paper
from documents.selectors import current_version, get_version


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@of_paper
def annotations(request, document):
    """GET: own notes on a version (`ban`, else the newest) and those shared with one. POST: keep one note."""
    if request.method == "POST":
        return _keep(request, document)
    asked = request.GET.get("ban", "")
    version = get_version(document, int(asked)) if asked.isdecimal() else current_version(document)
    shown = notes.notes_on(version, request.user) if version else []
    said = {"document": str(document.public_id), "version": version.number if version else 0, "notes": shown}
    return _private(said | {"seal": seal_of(request.user)})


def _keep(request, document):
    try:
        sent = _read(request)
        if sent["by"] not in ("", mark_of(request.user)):  # one tablet, two people: nobody's note becomes another's
            return _private({"error": _("Ghi chú này của người khác. Mời người đó đăng nhập."), "code": "other"}, 403)
        version = get_version(document, sent["version"])
        note = notes.save_note(
            document=document, by=request.user, note_id=sent["id"], revision=sent["revision"], version=version,
            annotation=sent["annotation"],
        )  # fmt: skip
    except notes.NoteConflict as conflict:
        words = _("Ghi chú này đã được sửa trên máy khác. Chọn bản muốn giữ.")
        return _private({"error": words, "code": "conflict", "note": _shown(conflict.note, version)}, 409)
    except NotAllowed as fault:
        return _private({"error": fault.message, "code": "not_allowed"}, 403)
    except BadInput as fault:
        return _private({"error": fault.message, "code": "unfit"}, 422)
    return _private({"note": _shown(note, version)})


def _read(request) -> dict:
    """What a tablet sends: id, revision, version and the annotation, or `"removed": true` in its place.

    `by` is the mark of who wrote it, where the tablet kept it for later.
    """
    if len(request.body) > note_format.MAX_BODY:
        raise BadInput(_("Ghi chú này quá lớn. Hãy tách thành nhiều ghi chú."))
    try:
        sent = json.loads(request.body)
        revision, version = sent["revision"], sent["version"]
        if type(revision) is not int or type(version) is not int or not 1 <= revision < 2**31 or not 1 <= version < 2**15:
            raise ValueError
        annotation = None if sent.get("removed") is True else sent["annotation"]
        if annotation is not None and not isinstance(annotation, dict):
            raise ValueError
        by = str(sent.get("by") or "")
        return {"id": UUID(sent["id"]), "revision": revision, "version": version, "annotation": annotation, "by": by}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadInput(_("Không đọc được ghi chú này.")) from None


def _shown(note, version) -> dict:
    place = note.places.filter(version=version).first()
    return note_format.written(note, place) | {"nt:mine": True}


def _private(data: dict, status: int = 200) -> JsonResponse:
    response = JsonResponse(data, status=status, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def share(request, note):
    """Who sees one of the own notes: name delegates, or the own group; take it back."""
    found = notes.get_own_note(request.user, request.council, note)
    fellows, groups = notes.fellow_delegates(request.user, request.council), notes.own_groups(request.user, request.council)
    if request.method == "POST":
        if "thoi" in request.POST:
            one = request.POST["thoi"]
            notes.take_back(note=found, by=request.user, share=int(one) if one.isdecimal() else None)
            messages.success(request, _("Đã thôi chia sẻ."))
        else:
            users = [row.user for row in fellows if str(row.public_id) in request.POST.getlist("dai-bieu")]
            bodies = [body for body in groups if str(body.public_id) in request.POST.getlist("to")]
            if not users and not bodies:
                raise BadInput(_("Chọn ít nhất một đại biểu hoặc tổ của bạn."))
            notes.share_note(note=found, by=request.user, users=users, bodies=bodies)
            messages.success(request, _("Đã chia sẻ ghi chú."))
        return redirect("documents:share_note", found.public_id)
    place = notes.shown_place(found)
    shares = found.shares.select_related("user", "body").order_by("shared_at")
    seen_by = {share.user_id for share in shares}, {share.body_id for share in shares}
    context = {
        "note": found, "place": place, "quote": note_format.quote_in(place.target)[0] if place else "",
        "shares": shares, "fellows": [one for one in fellows if one.user_id not in seen_by[0]],
        "groups": [body for body in groups if body.pk not in seen_by[1]],
    }  # fmt: skip
    response = render(request, "documents/share_note.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_safe
def tray(request):
    """The notes that a new version left in doubt: the old place, and where they may be now."""
    rows = notes.tray(request.user, request.council)
    for row in rows:
        row.old_page, row.quote = note_format.page_in(row.target), note_format.quote_in(row.target)[0]
    response = render(request, "documents/note_tray.html", {"rows": rows})
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_POST
def resolve(request, note):
    found = notes.get_own_note(request.user, request.council, note)
    notes.resolve(note=found, by=request.user, how=request.POST.get("cach", ""))
    messages.success(request, _("Đã xử lý ghi chú."))
    return redirect("documents:note_tray")
