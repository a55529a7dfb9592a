"""The tablets' road over HTTP, before all others: a whole hall may send its ballots this way at once.

`POST /bo-phieu/<poll>` with JSON, in the open form that a tablet sends, is read here in the event loop; who
sends is looked up together with all others that wait at that moment, and the ballot goes into the box. The
way of a page (a thread for each request, nineteen middlewares, a handful of queries) costs ten times as much.

Nothing is decided here that the page's way decides otherwise. Whatever is not plain (an odd host, no token, a
form, a stranger, another council, an unfit ballot) is handed on untouched to the pages, which have the words
for it (voting/views.py); the same checks of Django's own are asked first.
"""

import io
import json
import re
from collections.abc import Sequence
from types import SimpleNamespace
from typing import NamedTuple
from uuid import UUID

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError, InterfaceError
from django.http import JsonResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.security import SecurityMiddleware

from council.accounts.selectors import live_sign_ins
from council.gather import Gathering
from council.middleware import NoStoreMiddleware, council_of_host
from council.secure import ClientAddressMiddleware, is_open_line
from voting.forms import MAX_BYTES
from voting.permissions import Seat, seats_on_roll
from voting.views import busy, put_in

_ADDRESS = re.compile(r"/bo-phieu/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_csrf = CsrfViewMiddleware(lambda request: None)
_own_address = ClientAddressMiddleware(lambda request: request)


class Sender(NamedTuple):
    """What a request shows of who sends it, and to which poll."""

    session_key: str
    host: str
    poll: UUID


def delegates_of(senders: Sequence[Sender]) -> list[int | None]:
    """As which delegate on the roll each may vote, in order; None: that is for the pages to answer.

    Asked anew for every ballot: whoever was signed out, or whose tablet was revoked, is out at once.
    """
    alive = live_sign_ins({sender.session_key for sender in senders})
    councils = {host: council_of_host(host) for host in {sender.host for sender in senders}}
    seats = {
        (host, poll): seats_on_roll([user.pk for user in alive.values()], councils[host], poll)
        for host, poll in {(sender.host, sender.poll) for sender in senders}
    }

    def delegate_of(sender: Sender) -> int | None:
        user = alive.get(sender.session_key)
        if user is None or user.chosen_council:  # who has switched councils may mean another one
            return None
        return seats[sender.host, sender.poll].get(user.pk)

    return [delegate_of(sender) for sender in senders]


_senders: Gathering[Sender, int | None] = Gathering(delegates_of)


class BallotDoor:
    """An ASGI application that answers the tablets' plain ballots and leaves all else to `pages`."""

    def __init__(self, pages):
        self.pages = pages

    async def __call__(self, scope, receive, send):
        poll = _poll_of(scope)
        if poll is None:
            return await self.pages(scope, receive, send)
        body = await _body(receive)
        request = ASGIRequest(scope, io.BytesIO(body))
        ballot, sender = plain_ballot(body), _sender_of(request, poll)
        try:
            delegate = await _senders.ask(sender) if ballot and sender else None
        except (DatabaseError, InterfaceError):
            said = busy(str(ballot["key"]))
        else:
            if delegate is None:
                return await self.pages(scope, _again(body, receive), send)
            said = await put_in(poll, Seat(delegate), ballot)
        told = json.dumps(said.as_json()).encode()
        headers = [*_headers(request), (b"content-length", str(len(told)).encode())]
        await send({"type": "http.response.start", "status": said.status, "headers": headers})
        await send({"type": "http.response.body", "body": told})


def _poll_of(scope) -> UUID | None:
    """The poll that a tablet's ballot is for; None when the request is anything else, or too long."""
    if scope["method"] != "POST" or not (found := _ADDRESS.fullmatch(scope["path"])):
        return None
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"")
    if headers.get(b"content-type") != b"application/json" or not length.isdigit() or int(length) > MAX_BYTES:
        return None
    return UUID(found[1])


async def _body(receive) -> bytes:
    """All of it; the server has checked that it is as long as it said."""
    body = b""
    while (event := await receive())["type"] == "http.request":
        body += event.get("body", b"")
        if not event.get("more_body"):
            break
    return body


def _again(body: bytes, receive):
    """The request's events once more, for who has not read them yet."""
    events = [{"type": "http.request", "body": body}]

    async def told():
        return events.pop() if events else await receive()

    return told


def plain_ballot(body: bytes) -> dict | None:
    """The ballot as voting.forms would clean it; None for all that it might find fault with."""
    try:
        said = json.loads(body)
        if set(said) != {"choice", "key", "replaces"} or [type(v) for v in said.values()].count(str) != 2:
            return None
        choice, key, replaces = said["choice"], said["key"], said["replaces"]
        if type(replaces) is not int or not 0 <= replaces < 2**31 or not 0 < len(choice) <= 200 or "\0" in choice:
            return None
        return {"choice": choice, "key": UUID(key), "replaces": replaces}
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def _sender_of(request: ASGIRequest, poll: UUID) -> Sender | None:
    """Who sends, once the line and the token are found good; else None."""
    try:
        host = request.get_host().rsplit(":", 1)[0]
    except DisallowedHost:
        return None
    session_key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if not session_key or (settings.SECURE_SSL_REDIRECT and not request.is_secure()):
        return None
    if is_open_line(_own_address(request)):
        return None
    _csrf.process_request(request)
    if _csrf.process_view(request, put_in, (), {}) is not None:
        return None
    return Sender(session_key, host, poll)


_made: dict[bool, list[tuple[bytes, bytes]]] = {}


def _headers(request: ASGIRequest) -> list[tuple[bytes, bytes]]:
    """The headers that the pages' middleware gives such an answer; the same for every ballot."""
    line = request.is_secure()
    if line not in _made:
        request.user = SimpleNamespace(is_authenticated=True)

        def answer(request):
            return JsonResponse({}, headers={"Vary": "Cookie"})

        for middleware in (NoStoreMiddleware, XFrameOptionsMiddleware, CSPMiddleware, SecurityMiddleware):
            answer = middleware(answer)
        _made[line] = [(name.lower().encode(), value.encode()) for name, value in answer(request).items()]
    return _made[line]
