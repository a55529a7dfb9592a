"""Write a reader's notes into a PDF as annotations, and append the list of them. Runs within limits.

    annotate_pages.py JOB_FILE

JOB_FILE is JSON: {"paper": path, "list": path of a PDF, "out": path, "notes": [{"kind", "page", "colour": [r, g, b],
"text", "boxes": [[x, y, width, height], …], "lines": [[[x, y], …], …]}]}. Pages are counted from 1; places are
fractions of the page as it is seen, from its upper left corner. A note whose page is not there is left out.
"""

import ctypes
import json
import sys

import pypdfium2
import pypdfium2.raw as pdfium

WIDTH = 1.8  # points of a drawn line
SIGN = 20  # points of the sign of a text note
ALPHA = {"highlight": 110, "pen": 255, "text": 255}
KINDS = {"highlight": pdfium.FPDF_ANNOT_HIGHLIGHT, "pen": pdfium.FPDF_ANNOT_INK, "text": pdfium.FPDF_ANNOT_TEXT}


class Sheet:
    """Turns places on the page as it is seen into the page's own points."""

    def __init__(self, page):
        self.left, self.bottom, self.right, self.top = page.get_cropbox()
        self.turn = pdfium.FPDFPage_GetRotation(page)

    def point(self, x: float, y: float) -> tuple[float, float]:
        wide, high = self.right - self.left, self.top - self.bottom
        return {
            0: (self.left + x * wide, self.top - y * high),
            1: (self.left + y * wide, self.bottom + x * high),
            2: (self.right - x * wide, self.bottom + y * high),
            3: (self.right - y * wide, self.top - x * high),
        }[self.turn]


def round_about(points) -> pdfium.FS_RECTF:
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return pdfium.FS_RECTF(min(xs) - 2, max(ys) + 2, max(xs) + 2, min(ys) - 2)


def write(page, sheet: Sheet, note: dict) -> None:
    """One annotation; its words are what viewers show when it is touched."""
    corners = []
    if note["kind"] == "highlight":
        boxes = [(x, y, x + w, y + h) for x, y, w, h in note["boxes"]]
        quads = [[sheet.point(a, b), sheet.point(c, b), sheet.point(a, d), sheet.point(c, d)] for a, b, c, d in boxes]
        corners = [corner for quad in quads for corner in quad]
    elif note["kind"] == "pen":
        lines = [[sheet.point(x, y) for x, y in line] for line in note["lines"]]
        corners = [point for line in lines for point in line]
    elif note["kind"] == "text":
        x, y = note["boxes"][0][:2] if note["boxes"] else (0.02, 0.02)
        at = sheet.point(x, y)
        corners = [at, (at[0] + SIGN, at[1] - SIGN)]
    if not corners:
        return
    mark = pdfium.FPDFPage_CreateAnnot(page, KINDS[note["kind"]])
    pdfium.FPDFAnnot_SetColor(mark, pdfium.FPDFANNOT_COLORTYPE_Color, *note["colour"], ALPHA[note["kind"]])
    pdfium.FPDFAnnot_SetRect(mark, round_about(corners))
    if note["kind"] == "highlight":
        for quad in quads:
            points = pdfium.FS_QUADPOINTSF(*[value for point in quad for value in point])
            pdfium.FPDFAnnot_AppendAttachmentPoints(mark, points)
    elif note["kind"] == "pen":
        pdfium.FPDFAnnot_SetBorder(mark, 0, 0, WIDTH)
        for line in lines:
            points = (pdfium.FS_POINTF * len(line))(*[pdfium.FS_POINTF(x, y) for x, y in line])
            pdfium.FPDFAnnot_AddInkStroke(mark, points, len(line))
    if note["text"]:
        words = (note["text"] + "\0").encode("utf-16-le")  # held here while PDFium reads it
        pdfium.FPDFAnnot_SetStringValue(mark, b"Contents", ctypes.cast(words, ctypes.POINTER(ctypes.c_ushort)))
    pdfium.FPDFAnnot_SetFlags(mark, pdfium.FPDF_ANNOT_FLAG_PRINT)
    pdfium.FPDFPage_CloseAnnot(mark)


def main(job_file: str) -> None:
    with open(job_file, encoding="utf-8") as file:
        job = json.load(file)
    paper = pypdfium2.PdfDocument(job["paper"])
    for note in job["notes"]:
        if 1 <= note["page"] <= len(paper) and note["kind"] in KINDS:
            page = paper[note["page"] - 1]
            write(page, Sheet(page), note)
            page.close()
    listed = pypdfium2.PdfDocument(job["list"])
    paper.import_pages(listed)
    paper.save(job["out"])


if __name__ == "__main__":
    main(sys.argv[1])
