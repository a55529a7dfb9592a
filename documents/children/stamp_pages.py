"""Write a reader's name and the time over every page of a PDF. Runs within limits.

    stamp_pages.py FILE WORDS_FILE FONT OUT

The words become part of each page's content, pale, across the page three times and once along its foot; the copy
is written anew, so that the state without them is not in it.
"""

import ctypes
import math
import sys
from pathlib import Path

import pypdfium2
import pypdfium2.raw as raw

ACROSS = (0.2, 0.5, 0.8)  # of the height
PALE, FOOT = 46, 130  # of 255


def stamp(path: str, words: str, font_file: str, out: str) -> None:
    paper = pypdfium2.PdfDocument(path)
    content = Path(font_file).read_bytes()
    buffer = (ctypes.c_uint8 * len(content)).from_buffer_copy(content)
    font = raw.FPDFText_LoadFont(paper, buffer, len(content), raw.FPDF_FONT_TRUETYPE, True)
    if not font:
        raise SystemExit("the font cannot be loaded")
    for number in range(len(paper)):
        page = paper[number]
        left, bottom, right, top = page.get_cropbox()
        wide, high = right - left, top - bottom
        size = min(wide, high) / 26
        for place in ACROSS:
            _write(paper, page, font, words, size, PALE, math.radians(24), left + wide * 0.06, bottom + high * (place - 0.12))
        _write(paper, page, font, words, max(size / 2.6, 6), FOOT, 0, left + wide * 0.04, bottom + high * 0.012)
        if not raw.FPDFPage_GenerateContent(page):
            raise SystemExit(f"page {number + 1} cannot be written")
        page.close()
    paper.save(out)


def _write(paper, page, font, words: str, size: float, alpha: int, angle: float, x: float, y: float) -> None:
    text = raw.FPDFPageObj_CreateTextObj(paper, font, size)
    units = (words + "\0").encode("utf-16-le")
    line = ctypes.cast(ctypes.create_string_buffer(units, len(units)), ctypes.POINTER(ctypes.c_ushort))
    if not raw.FPDFText_SetText(text, line):
        raise SystemExit("the words cannot be set")
    raw.FPDFPageObj_SetFillColor(text, 110, 20, 20, alpha)
    cos, sin = math.cos(angle), math.sin(angle)
    raw.FPDFPageObj_Transform(text, cos, sin, -sin, cos, x, y)
    raw.FPDFPage_InsertObject(page, text)


if __name__ == "__main__":
    stamp(sys.argv[1], Path(sys.argv[2]).read_text(), sys.argv[3], sys.argv[4])
