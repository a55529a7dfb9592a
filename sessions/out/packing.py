"""A zip of a session's papers, written while it is sent: the server holds a piece at a time, never the whole."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Iterator

from django.utils.translation import gettext as _

from sessions.out.names import Names
from sessions.out.selectors import Plan

PIECE = 256 * 1024


class _Pipe(io.RawIOBase):
    """Takes what the zip writes and gives it away; cannot go back, so sizes follow each file."""

    def __init__(self):
        self.pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece) -> int:
        self.pieces.append(bytes(piece))
        return len(piece)

    def taken(self) -> bytes:
        pieces, self.pieces = self.pieces, []
        return b"".join(pieces)


def zipped(plan: Plan, title: str) -> Iterator[bytes]:
    """The bytes of the zip: papers stored as they are (a PDF is packed already), and a list of them as text."""
    pipe, names, lines = _Pipe(), Names(), [title, ""]
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        turns: dict[int, int] = {}
        for part in plan.parts:
            turn = turns[part.item.pk] = turns.get(part.item.pk, 0) + 1
            folder = f"{part.item.number:02d} {part.item.name}"
            name = names.give(folder, f"{part.item.number}.{turn} {part.paper.heading}", ".pdf")
            lines.append(name)
            info = zipfile.ZipInfo(name, part.version.uploaded_at.timetuple()[:6])
            info.external_attr = 0o644 << 16
            with part.version.file.open("rb") as stored, archive.open(info, "w", force_zip64=True) as entry:
                while piece := stored.read(PIECE):
                    entry.write(piece)
                    yield pipe.taken()
            yield pipe.taken()
        if plan.left_out:
            lines += ["", _("Không có trong gói này:")]
            lines += [f"- {row['title']}: {row['why']}" for row in plan.left_out]
        text = "\r\n".join(lines) + "\r\n"
        archive.writestr(names.give("", _("00 Danh mục tài liệu"), ".txt"), b"\xef\xbb\xbf" + text.encode())
    yield pipe.taken()


async def zipped_async(plan: Plan, title: str) -> AsyncIterator[bytes]:
    """The same for the ASGI server, which would first gather a plain iterator's pieces in memory."""
    pieces = zipped(plan, title)
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        if piece:
            yield piece
