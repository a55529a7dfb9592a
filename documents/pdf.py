"""Printing: a template becomes a PDF in a process of its own, within limits (security 64-66).

The sheet can reach the house's fonts and the images given with it, and nothing else. The same input
gives the same bytes: no clock and no chance enter the file, and its identifier is a digest of its input.
"""

import base64
import hashlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import segno
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from documents.limits import LimitReached, Limits, TooBusy, run_limited
from documents.limits import turn as place_for

STATIC = settings.BASE_DIR / "static"
FONTS = STATIC / "vendor" / "fonts"
BASE_CSS = "css/pdf.css"
PATIENCE = 120  # seconds to wait for one's turn
Images = Mapping[str, tuple[str, bytes]]  # name -> (content type, bytes); in a sheet: house:images/NAME


class CannotPrint(Exception):
    """The sheet could not be rendered within the limits."""


def render_pdf(
    template: str, context: Mapping, *, css: Sequence[str] = (BASE_CSS,), images: Images | None = None
) -> bytes:
    """Render a template to the bytes of a PDF.

    `css` are names of our own stylesheets under static/, base first; text of people is escaped by the
    template and never becomes style. Takes one second and more: do it in a job, outside transactions.
    CannotPrint when it does not end within 20 s of CPU and 512 MiB.
    """
    return render_many([(template, context, images or {})], css=css)[0]


def render_many(sheets: Sequence[tuple[str, Mapping, Images]], *, css: Sequence[str] = (BASE_CSS,)) -> list[bytes]:
    """Render several (template, context, images) in one child process: saves a second for each."""
    styles = [(STATIC / name).read_text() for name in css]
    job = {"fonts": str(FONTS), "sheets": [_sheet(*sheet, styles) for sheet in sheets]}
    limits = Limits(cpu_seconds=20 * len(sheets), wall_seconds=60 * len(sheets))
    with tempfile.TemporaryDirectory(prefix="print-") as folder, turn():
        job_file = Path(folder) / "job.json"
        job_file.write_text(json.dumps(job))
        try:
            run_limited("print_pages.py", [str(job_file)], work_dir=folder, limits=limits)
        except LimitReached as fault:
            raise CannotPrint(str(fault)) from None
        return [(Path(folder) / f"{number}.pdf").read_bytes() for number in range(len(sheets))]


def qr_svg(url: str, size_mm: int = 22) -> SafeString:
    """A QR code of an address as an inline SVG drawing of `size_mm` millimetres, with its quiet zone."""
    code = segno.make(url, error="m", micro=False)
    drawing = code.svg_inline(scale=1, border=2, omitsize=True, dark="#000")
    size = f'<svg width="{size_mm}mm" height="{size_mm}mm"'
    return mark_safe(drawing.replace("<svg", size, 1))  # noqa: S308  segno writes only its own paths


def _sheet(template: str, context: Mapping, images: Images, styles: list[str]) -> dict:
    html = render_to_string(template, dict(context))
    packed = {name: (kind, base64.b64encode(content).decode()) for name, (kind, content) in images.items()}
    whole = json.dumps([html, styles, packed], sort_keys=True)
    return {"html": html, "css": styles, "images": packed, "id": hashlib.sha256(whole.encode()).hexdigest()}


@contextmanager
def turn(kind: str = "print"):
    """One of the machine's places for a renderer of a kind; a process that dies frees its place."""
    try:
        with place_for(kind, patience=PATIENCE):
            yield
    except TooBusy:
        raise CannotPrint("all renderers are busy") from None
