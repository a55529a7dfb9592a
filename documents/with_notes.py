"""One paper with the reader's own notes: highlights, drawings and texts as annotations, and a list of them at the end.

Made while its author waits, in a process within limits; nothing of it is stored. Nobody makes another's.
"""

import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.utils import timezone

from documents import note_format, stamping
from documents.limits import LimitReached, Limits, run_limited
from documents.models import Annotation, AnnotationPlace, Version
from documents.notes import own_notes
from documents.pdf import CannotPrint, render_pdf

LIMITS = Limits(cpu_seconds=40, wall_seconds=90, memory=1024**3, file_size=1024**3)
COLOURS = {
    "vang": (250, 204, 21), "xanh-la": (74, 180, 90), "xanh-duong": (60, 130, 220), "hong": (230, 90, 150),
    "cam": (240, 140, 30),
}  # fmt: skip
_LINE = re.compile(r'd="M([^"]+)"')


class CannotMake(Exception):
    """The paper with its notes could not be made within the limits."""


@dataclass(frozen=True)
class Unnamed:
    """A file that has no name on disk any more: it goes with its last reader."""

    file: BinaryIO
    size: int

    def open(self, mode="rb"):
        return self.file


def paper_with_notes(version: Version, user) -> Unnamed:
    """The PDF of a version with this person's own notes on it. CannotMake when it cannot be made."""
    rows = _rows(version, user)
    with tempfile.TemporaryDirectory(prefix="notes-") as folder:
        paper, listed, out = (Path(folder) / name for name in ("paper.pdf", "list.pdf", "out.pdf"))
        try:
            _copy(version, user, paper)
            context = {"document": version.document, "version": version, "rows": rows, "at": timezone.localtime()}
            listed.write_bytes(render_pdf("pdf/my_notes.html", context | {"name": user.get_full_name()}))
            notes = [mark for row in rows for mark in row["marks"]]
            job = {"paper": str(paper), "list": str(listed), "out": str(out), "notes": notes}
            (Path(folder) / "job.json").write_text(json.dumps(job))
            run_limited("annotate_pages.py", [str(Path(folder) / "job.json")], work_dir=folder, limits=LIMITS)
        except (LimitReached, CannotPrint, stamping.CannotStamp) as fault:
            raise CannotMake(str(fault)[-200:]) from None
        return Unnamed(out.open("rb"), out.stat().st_size)


def _copy(version: Version, user, path: Path) -> None:
    if version.document.is_restricted:  # a restricted paper leaves the server with its reader's name only
        path.write_bytes(stamping.stamped_bytes(version, user))
        return
    with version.file.open("rb") as stored, path.open("wb") as file:
        for piece in stored.chunks():
            file.write(piece)


def _rows(version: Version, user) -> list[dict]:
    """The own notes of a paper by page: what the list says of each, and the mark on each page where it has its place."""
    notes = own_notes(user, version.document.council).filter(document=version.document)
    places = {row.annotation_id: row for row in AnnotationPlace.objects.filter(version=version, annotation__in=notes)}
    rows = [_row(note, places.get(note.pk)) for note in notes]
    return sorted(rows, key=lambda row: (row["page"] or 10**6, row["pk"]))


def _row(note: Annotation, place: AnnotationPlace | None) -> dict:
    """A note in doubt has no mark on the page: it is never moved silently."""
    if place is None or place.state != AnnotationPlace.State.PLACED:
        old = place or note.places.order_by("-version__number").first()
        quote = note_format.quote_in(old.target)[0] if old else ""
        return {"pk": note.pk, "page": 0, "note": note, "quote": quote, "marks": []}
    marks = [
        {
            "kind": note.kind, "page": page, "colour": COLOURS[note.colour], "text": note.text if page == place.page else "",
            "boxes": [[number / 100 for number in box] for box in boxes],
            "lines": _lines(note_format.ink_in(place.target)) if page == place.page else [],
        }
        for page, boxes in note_format.boxes_in(place.target).items()
        if page == place.page or (boxes and note.kind == Annotation.Kind.HIGHLIGHT)
    ]  # fmt: skip
    quote = note_format.quote_in(place.target)[0]
    return {"pk": note.pk, "page": place.page, "note": note, "quote": quote, "marks": marks}


def _lines(ink: str) -> list[list[list[float]]]:
    """The strokes of a drawing in fractions of the page; a dot becomes a very short line."""
    lines = []
    for path in _LINE.findall(ink):
        points = [[int(number) / 1000 for number in pair.split()] for pair in path.split("L")]
        lines.append(points if len(points) > 1 else [points[0], [points[0][0] + 0.001, points[0][1]]])
    return lines
