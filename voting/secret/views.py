"""The secret vote's addresses for a tablet: manifest, hand-out, casting, tellers' keys, published ballots."""

import json
import uuid

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from council.errors import BadInput, HouseError
from council.permissions import delegate_for
from council.secure import is_open_line
from voting.ballot_box import let_go
from voting.models import Poll
from voting.permissions import audience_of, can_run, can_see_poll
from voting.secret import ballots, box, crypto, selectors, services
from voting.tellers import is_teller


def _signed_in(view):
    """A JSON address of a signed-in person who may know of this secret vote; others get 401 or 404."""

    def asked(request, public_id: uuid.UUID):
        if not request.user.is_authenticated:
            return _refuse("signed_out", _("Hãy đăng nhập lại."), 401)
        poll = _find(request, public_id)
        if poll is None or not (can_see_poll(request.user, poll) or is_teller(request.user, poll)):
            raise Http404
        try:
            return view(request, poll)
        except HouseError as refused:
            if request.method == "POST" and request.content_type != "application/json":
                raise  # a plain form is answered by a page in words
            return _refuse("refused", refused.message, refused.status)

    return asked


@require_GET
@_signed_in
def secret(request, poll: Poll):
    """The manifest with its digest, the phase, and what concerns my own tablet."""
    found = poll.secret_box
    phase = "draft" if poll.state == Poll.State.DRAFT else found.phase
    mine = selectors.my_ballot(poll, request.user, delegate_for(request.user, request.council))
    told = {"manifest": found.manifest or None, "digest": found.manifest_digest, "entry": selectors.entry_of(poll)}
    answer = JsonResponse(told | {"phase": phase, "me": mine})
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@_signed_in
def hand_out(request, poll: Poll):
    """Sign my blinded ballot key. 200 with the blind signature; refusals with `code` and `words`."""
    if is_open_line(request):
        return _insecure()
    try:
        said = _json(request, {"blinded", "manifest"})
        blinded = crypto.unb64u(said["blinded"], crypto.ISSUER_BYTES)
    except ValueError:
        return _refuse("unfit", _("Yêu cầu nhận phiếu không đúng mẫu."), 422)
    delegate = delegate_for(request.user, request.council)
    if delegate is None:
        return _refuse("not_entitled", _("Đại biểu không có tên trong danh sách biểu quyết."), 403)
    try:
        signature = services.hand_out(poll=poll, delegate=delegate, blinded=blinded, manifest=said["manifest"])
    except services.Refused as refused:
        return _refuse(refused.code, refused.words, refused.status)
    return JsonResponse({"blind_sig": signature})


@csrf_exempt  # no cookie is read here, so nobody can be made to act in another's name
@require_POST
async def cast(request, public_id: uuid.UUID):
    """Put a sealed ballot into the box. Reads no cookie and no address; see voting/secret/line.py."""
    if getattr(request, "on_open_line", False):
        return _untold(_insecure())
    try:
        body = ballots.parse(request.body)
    except ballots.Unfit:
        said = box.Said(422, code="unfit", words=_("Phiếu gửi lên không đúng mẫu."))
    else:
        # What asked the database on the way here keeps no connection while this waits for its batch: eight
        # ballots within a second would leave the box none to write with.
        await sync_to_async(let_go)()
        said = await box.cast(public_id, body)
    return _untold(JsonResponse(said.as_json(), status=said.status))


@require_POST
@_signed_in
def teller_key(request, poll: Poll):
    """Register the public half of my one-time key, or of a printed code that I made."""
    try:
        said = _json(request, {"slot", "key"})
    except ValueError:
        return _refuse("unfit", _("Khóa gửi lên không đúng mẫu."), 422)
    if said["slot"] not in ("own", "code"):
        return _refuse("unfit", _("Khóa gửi lên không đúng mẫu."), 422)
    row = services.register_key(poll=poll, key=said["key"], by=request.user, is_code=said["slot"] == "code")
    return JsonResponse({"slot": row.slot})


@require_POST
@_signed_in
def open_secret(request, poll: Poll):
    """Publish my key after the close, or type the printed code: as JSON, or as a form with `code`."""
    if request.content_type != "application/json":
        services.open_with_code(poll=poll, code=request.POST.get("code", ""), by=request.user)
        return redirect(settings.LOGIN_REDIRECT_URL)
    try:
        said = json.loads(request.body)
        if not isinstance(said, dict) or set(said) not in ({"secret"}, {"code"}):
            raise ValueError
        if "code" in said:
            found = services.open_with_code(poll=poll, code=str(said["code"]), by=request.user)
        else:
            secret = crypto.unb64u(said["secret"], crypto.SCALAR_BYTES)
            found = services.publish_key(poll=poll, secret=secret, by=request.user)
    except (ValueError, RecursionError):
        return _refuse("unfit", _("Khóa gửi lên không đúng mẫu."), 422)
    except BadInput as refused:
        return _refuse("wrong_key", refused.message, 422)
    facts = selectors.box_facts(poll)
    return JsonResponse(
        {"phase": found.phase, "published": facts["keys_published"], "needed": facts["keys_needed"]}
    )


@require_GET
def published(request, public_id: uuid.UUID):
    """All sealed ballots after the close, sorted, with the manifest and, when they may be known, keys and count."""
    poll = _find(request, public_id)
    audience = audience_of(request.user, poll) if poll else None
    if audience is None:
        raise Http404
    knows = poll.state == Poll.State.DECLARED or can_run(request.user, poll.room) or is_teller(request.user, poll)
    found = selectors.published_text(poll, with_keys=knows)
    if found is None:
        raise Http404
    text, tag = found
    answer = HttpResponse(text, content_type="application/json")
    answer["ETag"] = f'"{tag}"'
    patch_cache_control(answer, private=True, no_cache=True)  # kept by the asker, asked again each time
    return get_conditional_response(request, etag=answer["ETag"], response=answer)


def _find(request, public_id: uuid.UUID) -> Poll | None:
    polls = Poll.objects.filter(council=request.council, public_id=public_id).exclude(secrecy="")
    return polls.select_related("body", "secret_box").first()


def _json(request, fields: set[str]) -> dict:
    """The request's JSON object with exactly these text fields. ValueError."""
    try:
        said = json.loads(request.body) if len(request.body) <= ballots.MAX_BYTES else None
    except RecursionError:
        said = None
    if not isinstance(said, dict) or set(said) != fields or not all(isinstance(v, str) for v in said.values()):
        raise ValueError("other fields")
    return said


def _refuse(code: str, words: str, status: int) -> JsonResponse:
    return JsonResponse({"code": code, "words": words}, status=status)


def _insecure() -> JsonResponse:
    words = _(
        "Bỏ phiếu kín trên máy cần đường truyền bảo mật: hãy mở địa chỉ bắt đầu bằng https, hoặc dùng phiếu giấy."
    )
    return _refuse("insecure", words, 403)


def _untold(response: JsonResponse) -> JsonResponse:
    """An answer that no log tells of, and that nobody keeps."""
    response["Cache-Control"] = "no-store"
    response._has_been_logged = True  # Django's own line for answers of 400 and above
    return response
