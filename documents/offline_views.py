"""The service worker, the pages that it shows without a network, and what a copy on a tablet asks."""

import json

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from council.errors import BadInput
from documents import offline, offline_shell

MAX_QUESTION = 4096  # bytes


@require_safe
def service_worker(request):
    """The worker with the list of what it keeps; another list is another worker, which the browser then installs."""
    response = HttpResponse(offline_shell.worker(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
def shell(request):
    """The page that opens a tablet's copy. It is the same for everybody, and the only page that is kept in clear."""
    return _for_nobody(request, "documents/offline.html")


@require_safe
def reader_shell(request):
    """The reader without a paper: the tablet fills it from its copy."""
    return _for_nobody(request, "documents/offline_read.html")


def _for_nobody(request, template: str):
    request.user = AnonymousUser()  # whoever asks: nothing of a person may get into the kept page
    response = render(request, template, offline_shell.no_paper())
    response["Cache-Control"] = "no-cache"
    return response


@login_required
@require_POST
@sensitive_post_parameters()
def begin_copy(request):
    """Let this tablet keep papers: {pin, again?} gives {copy, secret, now, days}."""
    said = _said(request)
    begun = offline.begin_copy(
        request=request, council=request.council, user=request.user, pin=said.get("pin", ""), again=said.get("again", "")
    )
    kept = offline.ask_after(secret=begun.secret)
    return JsonResponse({"copy": str(begun.copy.public_id), "secret": begun.secret} | _as_json(kept))


@csrf_exempt  # no cookie speaks here: who holds the secret asks about this one copy, and learns yes or no
@require_POST
def ask_after(request):
    """{secret}: may I keep what I have? 200 {now, days}, or 410: wipe it now."""
    kept = offline.ask_after(secret=_said(request).get("secret", ""))
    if kept is None:
        return JsonResponse({"error": _("Bản mang theo trên máy này không còn được giữ.")}, status=410)
    return JsonResponse(_as_json(kept))


@csrf_exempt
@require_POST
def end_copy(request):
    """{secret}: this tablet has wiped its copy."""
    offline.end_copies(secret=_said(request).get("secret", ""))
    return HttpResponse(status=204)


def _as_json(kept: offline.Kept) -> dict:
    return {"now": kept.now.isoformat(), "days": kept.days}


def _said(request) -> dict[str, str]:
    """The JSON object of a small request, its values as text; BadInput for anything else."""
    try:
        if int(request.headers.get("Content-Length") or 0) > MAX_QUESTION:
            raise ValueError
        said = json.loads(request.body)
    except ValueError:
        raise BadInput(_("Không đọc được yêu cầu.")) from None
    if not isinstance(said, dict):
        raise BadInput(_("Không đọc được yêu cầu."))
    return {str(name): value for name, value in said.items() if isinstance(value, str)}
