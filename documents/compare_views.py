"""The page that shows what changed between two versions of a paper."""

from functools import lru_cache

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from documents.comparison import Comparison, compare
from documents.models import Version
from documents.opening import of_paper
from documents.reading import back_url
from documents.selectors import get_version
from documents.services import note_reading
from documents.stamping import words_for


@require_safe
@of_paper
def comparison(request, document):
    """Two versions of a paper: `tu` and `den` their numbers (else the newest and the one before), `kieu=doi` side by side."""
    versions = list(document.versions.filter(state=Version.State.READY).order_by("-number"))
    if len(versions) < 2:
        raise Http404
    new = get_version(document, _number(request, "den", versions[0].number))
    older = [version for version in versions if version.number < new.number]
    if not older:
        raise Http404
    old = get_version(document, _number(request, "tu", older[0].number))
    if old.number >= new.number:
        raise Http404
    found = between(old, new) if old.text_complete_at and new.text_complete_at else None
    has_words = found is not None and any(change.old or change.new for change in found.changes)
    context = {
        "document": document, "old": old, "new": new, "versions": versions, "comparison": found if has_words else None,
        "is_waiting": found is None, "is_paired": request.GET.get("kieu") == "doi", "back": back_url(request),
        "whole": request.GET.get("ca") == "1", "read_url": reverse("documents:read", args=[document.public_id]),
        "stamp": words_for(request.user, request.council) if document.is_restricted else "",
    }  # fmt: skip
    if document.is_restricted and found is not None:
        note_reading(version=new, user=request.user)
    response = render(request, "documents/compare.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


def _number(request, name: str, default: int) -> int:
    asked = request.GET.get(name, "")
    return int(asked) if asked.isdecimal() and len(asked) < 6 else default


def between(old: Version, new: Version) -> Comparison:
    """What changed; kept for a moment, because a hall of delegates asks for the same."""
    return _between(old.pk, new.pk, old.text_complete_at, new.text_complete_at)


@lru_cache(maxsize=4)
def _between(old_id: int, new_id: int, _old_text, _new_text) -> Comparison:
    def texts(pk):
        return list(Version.objects.get(pk=pk).page_rows.order_by("number").values_list("text", flat=True))

    return compare(texts(old_id), texts(new_id))


def summary(version: Version) -> dict | None:
    """What a banner says of a version: {"from", "pages", "parts"}; None without an older text to compare with."""
    old = version.document.versions.filter(number__lt=version.number).exclude(text_complete_at=None).first()
    if old is None or not version.text_complete_at:
        return None
    found = between(old, version)
    return {"from": old.number, "pages": found.pages[:40], "parts": len(found.differing)}

