"""The road of files that tablets take along: a whole hall asks for a session at once.

A manifest gives each of its files a ticket, which names file and person for half an hour and proves no right. That
the sign-in still lives and the device was not revoked, that the paper was not withdrawn nor restricted meanwhile, is
asked for every file anew, together with all others that wait at that moment; in which bodies the person sits, or what
else lets him or her read, every few seconds; and all of it again while a long file is under way. So whoever loses
the sign-in, the seat in a body or the right to a paper gets nothing more within five seconds (security 7). The way of a
page (twenty middlewares, a dozen queries, changes of threads) costs twenty times as much, and a session has a hundred
files for each of 85 tablets.

Whatever is not plain is handed on to the pages, which have the words for it (documents/pages.py: pack_file).
"""

import io
import os
import re
import time
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from council.accounts.selectors import live_sign_ins
from council.gather import Gathering
from council.models import Membership, User
from council.secure import ClientAddressMiddleware, is_open_line
from documents.models import Document, PackFile, Version
from documents.pack import can_travel
from documents.permissions import member_reads
from documents.selectors import readable_documents
from documents.serving import part_asked_for, pieces_of

TICKET_SECONDS = 30 * 60
BELIEVED = 4.0  # seconds for which an answer about a person's rights holds at most
_NEAR = 256  # files are asked about in blocks of so many: those of a session are made one after the other
_SIGNER = signing.TimestampSigner(salt="documents.pack", sep="~")
_ADDRESS = re.compile(r"/mang-theo/([0-9A-Za-z_~:.-]{10,120})")
_own_address = ClientAddressMiddleware(lambda request: request)


class Asker(NamedTuple):
    """What a request shows of who asks, and for which file."""

    session_key: str
    file: int
    user: int


def _turn() -> int:
    """The time in turns of BELIEVED seconds. What was read of rights holds for its turn, and at the next one all lines ask
    at the same moment, together: each by a clock of its own, a hall asked a thousand times where ten do, and an answer
    that was four seconds old was believed for four more."""
    return int(time.monotonic() // BELIEVED)


def ticket_for(row: PackFile, user) -> str:
    """What lets this person fetch this file for half an hour."""
    return _SIGNER.sign(f"{row.pk}.{user.pk}")


def told_by(ticket: str) -> tuple[int, int] | None:
    """(file, person) of a ticket that still holds, else None."""
    try:
        file, user = _SIGNER.unsign(ticket, max_age=TICKET_SECONDS).split(".")
        return int(file), int(user)
    except (signing.BadSignature, ValueError):
        return None


def files_for(askers: Sequence[Asker]) -> list[PackFile | None]:
    """The file that each may have now, in order; None: that is for the pages to answer."""
    alive = live_sign_ins({asker.session_key for asker in askers})
    rows = travelling(asker.file for asker in askers)
    asked = [
        (asker, alive[asker.session_key], rows[asker.file])
        for asker in askers
        if asker.file in rows and (user := alive.get(asker.session_key)) and user.pk == asker.user
    ]
    allowed = _rights.among(asked)
    return [rows[asker.file] if asker in allowed else None for asker in askers]


class _Rights:
    """Who may have which file. What was read of a person's memberships and rights is believed for this turn.

    Nearly everybody reads as a member of a body: one query tells the memberships of all who wait. For the others the
    whole condition is asked, for the files around the one that is wanted at once.
    """

    MOST = 4096  # answers that are kept of each kind

    def __init__(self):
        self._bodies: dict[int, tuple[int, set[int]]] = {}  # of a person, by id, and the turn
        self._files: dict[tuple, tuple[int, set[int]]] = {}  # of a sign-in, in a block, and the turn

    def among(self, asked: Sequence[tuple[Asker, User, PackFile]]) -> set[Asker]:
        """Those of the askers who may have their file."""
        self._read_memberships({user.pk for _asker, user, _row in asked})
        documents = {row.version.document for _asker, _user, row in asked}
        named: dict[int, list[int]] = {}
        only_named = [document.pk for document in documents if document.visibility == Document.Visibility.NAMED]
        if only_named:
            through = Document.named_bodies.through.objects.filter(document__in=only_named)
            for document, body in through.values_list("document", "body"):
                named.setdefault(document, []).append(body)
        allowed = set()
        for asker, user, row in asked:
            document = row.version.document
            bodies = self._bodies[user.pk][1]
            if member_reads(document, bodies, named.get(document.pk, ())) or self._reads(asker.session_key, user, row):
                allowed.add(asker)
        return allowed

    def _read_memberships(self, users: set[int]) -> None:
        now = _turn()
        old = {pk for pk in users if pk not in self._bodies or self._bodies[pk][0] != now}
        if not old:
            return
        if len(self._bodies) >= self.MOST:
            self._bodies = {pk: self._bodies[pk] for pk in users - old}
        self._bodies |= {pk: (now, set()) for pk in old}
        for user, body in Membership.objects.filter(user__in=old).on(timezone.localdate()).values_list("user", "body"):
            self._bodies[user][1].add(body)

    def _reads(self, session_key: str, user: User, row: PackFile) -> bool:
        council = row.version.document.council
        key, now = (session_key, council.pk, row.pk // _NEAR), _turn()
        asked_in, files = self._files.get(key, (None, set()))
        if asked_in != now:
            first = row.pk // _NEAR * _NEAR
            near = PackFile.objects.filter(pk__gte=first, pk__lt=first + _NEAR)
            near = near.filter(version__document__in=readable_documents(user, council).values("pk"))
            files = set(near.values_list("pk", flat=True))
            if len(self._files) >= self.MOST:
                self._files.clear()
            self._files[key] = now, files
        return row.pk in files


_rights = _Rights()


def travelling(ids) -> dict[int, PackFile]:
    """Those of the files whose papers may still lie on a tablet."""
    rows = PackFile.objects.filter(
        pk__in=set(ids), version__state=Version.State.READY, version__document__withdrawn_at=None
    ).select_related("version__document__council")
    return {row.pk: row for row in rows if can_travel(row.version.document)}


_askers: Gathering[Asker, PackFile | None] = Gathering(files_for)


class PackDoor:
    """An ASGI application that sends files by their tickets and leaves all else to `pages`."""

    def __init__(self, pages):
        self.pages = pages

    async def __call__(self, scope, receive, send):
        asker = _asker_of(scope)
        path, row = None, None
        if asker is not None:
            try:
                row = await _askers.ask(asker)
                path = row and row.stored.path
            except (DatabaseError, InterfaceError, NotImplementedError):  # no database; a storage without paths
                path = None
        if not path or not os.path.exists(path):
            return await self.pages(scope, receive, send)
        await _send(scope, send, row, path, asker)


def _asker_of(scope) -> Asker | None:
    if scope["method"] != "GET" or not (found := _ADDRESS.fullmatch(scope["path"])):
        return None
    told = told_by(found[1])
    if told is None:
        return None
    request = ASGIRequest(scope, io.BytesIO())
    try:
        request.get_host()
    except DisallowedHost:
        return None
    session_key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if not session_key or (getattr(settings, "SECURE_SSL_REDIRECT", False) and not request.is_secure()):
        return None
    if is_open_line(_own_address(request)):
        return None
    return Asker(session_key, *told)


_HEADERS = [
    (b"content-type", b"application/octet-stream"),
    (b"accept-ranges", b"bytes"),
    (b"cache-control", b"private, no-store"),
    (b"content-disposition", b"attachment"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"sandbox; default-src 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"same-origin"),
]


async def _send(scope, send, row: PackFile, path: str, asker: Asker) -> None:
    """The file, or its rest from a byte on (a tablet that was cut off goes on where it stopped)."""
    asked, tag = dict(scope["headers"]), f'"{row.sha256}"'
    part, status = None, 200
    headers = [*_HEADERS, (b"etag", tag.encode())]
    if asked.get(b"range") and asked.get(b"if-range", tag.encode()) == tag.encode():
        try:
            part = part_asked_for(asked[b"range"].decode("latin-1"), row.size)
        except ValueError:
            headers += [(b"content-range", f"bytes */{row.size}".encode()), (b"content-length", b"0")]
            await send({"type": "http.response.start", "status": 416, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
    start, end = part or (0, row.size - 1)
    if part:
        status = 206
        headers.append((b"content-range", f"bytes {start}-{end}/{row.size}".encode()))
    headers.append((b"content-length", str(end - start + 1).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    pieces: AsyncIterator[bytes] = pieces_of(path, start, end)
    asked_in = _turn()
    async for piece in pieces:
        if (now := _turn()) != asked_in:  # a slow line: much may have happened since the first piece
            if await _askers.ask(asker) is None:
                return  # the server closes the line; the tablet asks anew, and is told
            asked_in = now
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
