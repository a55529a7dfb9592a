"""The ballot's HTTP road, one's own recorded vote, and the named result."""

import uuid

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from council.errors import BadInput
from council.permissions import delegate_for
from voting import ballot_box
from voting.ballot_box import Answer
from voting.forms import ballot_from_form, ballot_from_json
from voting.models import Poll, Vote
from voting.permissions import seat_in
from voting.selectors import (
    answers_in,
    get_poll_for,
    get_result_for,
    my_vote,
    named_votes,
    naming_for,
    results_of,
    secretary_votes,
)


@require_POST
async def cast(request, public_id: uuid.UUID):
    """Put a ballot in: the way for a tablet whose socket is blocked, and for a page without JavaScript.

    JSON in, JSON out; a form is answered by a redirect to its `next`, or by a page that says what
    happened. 200 recorded, 409 stale or refused, 403 not entitled, 404 hidden, 422 unfit input.
    """
    is_json = request.content_type == "application/json"
    seat = await sync_to_async(_seat)(request, public_id)
    if not request.user.is_authenticated:
        if is_json:
            return _refuse(uuid.UUID(int=0), "signed_out", _("Hãy đăng nhập lại."), 401)
        return redirect_to_login(request.get_full_path())
    try:
        form = ballot_from_json(request.body) if is_json else ballot_from_form(request.POST)
        if not form.is_valid():
            raise BadInput(_("Phiếu gửi lên không đúng mẫu."))
    except BadInput as fault:
        said = Answer("refused", "", code="unfit", words=fault.message, status=422)
        return await _answer(request, public_id, said, "", is_json)
    ballot = form.cleaned_data
    said = await put_in(public_id, seat, ballot)
    return await _answer(request, public_id, said, ballot["next"], is_json)


def _seat(request, public_id):
    try:
        return seat_in(request.user, request.council, public_id)
    finally:
        ballot_box.let_go()


async def put_in(public_id, seat, ballot) -> Answer:
    """Put a clean ballot in for a seat; the refusal in words where there is none."""
    key = str(ballot["key"])
    if seat.delegate_id is None:
        words = seat.words or _("Không có cuộc biểu quyết này.")
        return Answer("refused", key, code=seat.code, words=words, status=seat.status)
    try:
        return await ballot_box.cast(
            public_id,
            seat.delegate_id,
            ballot["choice"],
            ballot["key"],
            ballot["replaces"],
            Vote.Channel.HTTP,
        )
    except (DatabaseError, InterfaceError):
        return busy(key)


def busy(key: str) -> Answer:
    """The ballot was not written: the tablet sends it again with the same key."""
    words = _("Máy chủ đang bận, phiếu chưa được ghi. Hãy bấm lại.")
    return Answer("refused", key, code="busy", words=words, status=503)


def _refuse(key, code, words, status) -> JsonResponse:
    said = Answer("refused", str(key), code=code, words=words, status=status)
    return JsonResponse(said.as_json(), status=status)


async def _answer(request, public_id, said: Answer, back: str, is_json: bool) -> HttpResponse:
    if is_json:
        return JsonResponse(said.as_json(), status=said.status)
    return await sync_to_async(_page)(request, public_id, said, back)


def _page(request, public_id, said: Answer, back: str) -> HttpResponse:
    if said.status == 404:
        raise Http404
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        back = ""
    if said.answer == "recorded" and back:
        messages.success(request, _("Phiếu của đại biểu đã được ghi nhận."))
        response = HttpResponseRedirect(back)
        response.status_code = 303
        return response
    found = get_poll_for(request.user, request.council, public_id)
    answers = answers_in(found, said.vote["choice"]) if found and said.vote else []
    context = {"said": said, "answers": answers, "back": back, "poll": found}
    return render(request, "voting/answer.html", context, status=said.status)


@require_GET
@login_required
def mine(request, public_id: uuid.UUID):
    """How my own vote is recorded now, in JSON; 404 for who is not on the roll (security 34)."""
    delegate = delegate_for(request.user, request.council)
    found = Poll.objects.filter(council=request.council, public_id=public_id).first()
    entry = found and delegate and found.roll.filter(delegate=delegate).first()
    if not entry:
        raise Http404
    vote = ballot_box.as_json(my_vote(found, delegate), entry)
    return JsonResponse(
        {
            "poll": str(found.public_id),
            "state": found.state,
            "is_present": entry.is_present,
            "vote": vote,
        }
    )


@require_GET
@vary_on_headers("Cookie", "HX-Request")
def named(request, public_id: uuid.UUID):
    """Who voted how, after the close, as far as the frozen naming setting of this reader allows.

    What citizens see is final once declared, so their copy may be kept.
    """
    found = get_result_for(request.user, request.council, public_id)
    if found is None:
        raise Http404
    poll, audience = found
    naming = naming_for(poll, audience)
    context = {
        "poll": poll,
        "naming": naming,
        "lines": named_votes(poll, naming),
        "results": results_of(poll),
        "secretary_votes": secretary_votes(poll) if audience == "desk" else [],
        "basis": poll.terms["naming"].get(audience, {}).get("legal_basis", ""),
    }
    page = "voting/_named.html" if request.headers.get("HX-Request") else "voting/named.html"
    response = render(request, page, context)
    if not request.user.is_authenticated:
        response["Cache-Control"] = "public, max-age=86400, immutable"
    return response
