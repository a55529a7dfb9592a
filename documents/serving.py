"""Sending a PDF's bytes: parts on request, and headers under which a hostile file does nothing.

Every file is sent as a download, with nosniff and in a sandbox (security 59, 60); the reader of the
house draws it from these bytes.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterator

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.utils.http import content_disposition_header

PIECE = 256 * 1024
MOST_PIECES, MOST_BYTES = 400, 16 * 1024 * 1024  # of one answer to many small questions
_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


def send_pdf(request, file, *, size: int, sha256: str, name: str, is_public: bool = False):
    """Answer with a stored file (a Django `FieldFile`) of `size` bytes, or the part that was asked for.

    `is_public` says that everybody may read it: a cache may keep it but asks each time whether it is
    still there. Everything else is kept by nobody.
    """
    tag = f'"{sha256}"'
    if "manh" in request.GET:
        response = _pieces(request, file, size)
        is_public = False  # an answer to one reader's question, kept by nobody
    elif is_public and request.headers.get("If-None-Match") == tag:
        response = HttpResponseNotModified()
    else:
        response = _part_or_whole(request, file, size, tag)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = tag
    response["Cache-Control"] = "public, no-cache" if is_public else "private, no-store"
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def part_asked_for(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte of a Range header, None for the whole; ValueError when there is no such part."""
    match = _RANGE.match(header.strip())
    if not match or match.groups() == ("", ""):
        return None  # several parts, other units: the whole is a lawful answer (RFC 9110, 14.2)
    first, last = match.groups()
    if first == "":
        if int(last) == 0:
            raise ValueError
        return max(0, size - int(last)), size - 1
    start, end = int(first), min(int(last), size - 1) if last else size - 1
    if start >= size:
        raise ValueError
    return (start, end) if start <= end else None


def _part_or_whole(request, file, size: int, tag: str):
    header = request.headers.get("Range", "")
    if request.headers.get("If-Range", tag) != tag:
        header = ""
    try:
        part = part_asked_for(header, size)
    except ValueError:
        response = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{size}"
        return response
    start, end = part or (0, size - 1)
    if request.method == "HEAD":
        response = HttpResponse(content_type="application/pdf")
    else:
        read = _read_async if isinstance(request, ASGIRequest) else _read
        response = StreamingHttpResponse(read(file, start, end), content_type="application/pdf")
    if part:
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{end}/{size}"
    response["Content-Length"] = end - start + 1
    return response


def pieces_asked_for(asked: str, size: int) -> list[tuple[int, int]]:
    """First and last byte of each piece of "0-99,5000-5999,-1024"; ValueError for what is not there or too much."""
    pieces = []
    for one in asked.split(","):
        piece = part_asked_for(f"bytes={one}", size)
        if piece is None:
            raise ValueError
        pieces.append(piece)
    if len(pieces) > MOST_PIECES or sum(end - start + 1 for start, end in pieces) > MOST_BYTES:
        raise ValueError
    return pieces


def _pieces(request, file, size: int):
    """The pieces one after the other, without anything between; the reader knows how long each is.

    A scan's pages lie all over its file: to show the first, a small piece of every page is asked for
    at once. As one answer that is a few hundredths of a second, as hundreds of answers some seconds.
    """
    try:
        pieces = pieces_asked_for(request.GET["manh"], size)
    except ValueError:
        response = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{size}"
        return response
    content = bytearray()
    if request.method != "HEAD":
        with file.open("rb") as stored:
            for start, end in pieces:
                stored.seek(start)
                content += stored.read(end - start + 1)
    response = HttpResponse(bytes(content), content_type="application/octet-stream")
    response["X-Whole-Length"] = str(size)
    return response


async def pieces_of(path: str, start: int, end: int) -> AsyncIterator[bytes]:
    """Bytes `start` to `end` of a file on this machine, piece by piece.

    What lies in the system's memory is read at once; only what has to come from the disk goes through a thread,
    so that a slow disk keeps nobody else waiting and a warm file costs no change of threads.
    """
    stored = os.open(path, os.O_RDONLY)
    try:
        at, probe = start, [bytearray(1)]
        while at <= end:
            size = min(PIECE, end + 1 - at)
            try:  # the last byte tells of the piece: the system reads ahead, so it comes last
                os.preadv(stored, probe, at + size - 1, getattr(os, "RWF_NOWAIT", 0))
                piece = os.pread(stored, size, at)
            except OSError:  # not in memory, or a file system that cannot tell
                piece = await asyncio.to_thread(os.pread, stored, size, at)
            if not piece:
                return
            yield piece
            at += len(piece)
    finally:
        os.close(stored)


async def _read_async(file, start: int, end: int) -> AsyncIterator[bytes]:
    """The same for the ASGI server, which would first gather a plain iterator's pieces in memory."""
    pieces = _read(file, start, end)
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece


def _read(file, start: int, end: int) -> Iterator[bytes]:
    with file.open("rb") as stored:
        stored.seek(start)
        left = end - start + 1
        while left > 0 and (piece := stored.read(min(PIECE, left))):
            left -= len(piece)
            yield piece
