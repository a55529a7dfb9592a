"""Read the text and the size of some pages of a PDF, and its outline. Runs within limits.

    read_pages.py FILE FIRST LAST ANSWER

Pages are counted from 1. The answer is written to the file ANSWER as JSON:
{"pages": [{"number", "width", "height", "text", "letters", "is_picture"}], "outline": [{"title", "page", "level"}]}
The outline comes with the first page only. `is_picture` says that something is drawn on a page besides text.
A page that cannot be read has the size of A4 and no text.
"""

import json
import sys
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium

sys.path.insert(0, str(Path(__file__).parent))
from texts import clean  # noqa: E402

MOST_LINES = 1000  # of the outline
MOST_LEVELS = 6
A4 = (595.0, 842.0)


def is_picture(page) -> bool:
    """Whether something lies on the page that is no text: a picture, or drawn lines."""
    count = pdfium.FPDFPage_CountObjects(page)
    kinds = (pdfium.FPDFPageObj_GetType(pdfium.FPDFPage_GetObject(page, n)) for n in range(min(count, 5000)))
    return any(kind != pdfium.FPDF_PAGEOBJ_TEXT for kind in kinds)


def read_page(paper, number: int) -> dict:
    row = {"number": number, "width": A4[0], "height": A4[1], "text": "", "letters": 0, "is_picture": False}
    try:
        page = paper[number - 1]
        width, height = page.get_size()
        if 1 <= width <= 20_000 and 1 <= height <= 20_000:
            row |= {"width": round(width, 2), "height": round(height, 2)}
        text_page = page.get_textpage()
        row["text"] = clean(text_page.get_text_range())
        text_page.close()
        row["is_picture"] = is_picture(page)
        page.close()
    except pypdfium2.PdfiumError:
        pass
    row["letters"] = sum(c.isalnum() for c in row["text"])
    return row


def read_outline(paper, pages: int) -> list[dict]:
    """The bookmarks in their order, as far as they lead to a page of this paper."""
    lines = []
    try:
        for mark in paper.get_toc(max_depth=MOST_LEVELS):
            goal = mark.get_dest()
            place = goal.get_index() if goal else None
            title = " ".join(clean(mark.get_title()).split())[:200]
            if title and place is not None and 0 <= place < pages:
                lines.append({"title": title, "page": place + 1, "level": mark.level + 1})
            if len(lines) >= MOST_LINES:
                break
    except (pypdfium2.PdfiumError, ValueError, RecursionError):
        pass  # an outline in disorder: what was read so far
    return lines


def main(path: str, first: int, last: int, answer: str) -> None:
    paper = pypdfium2.PdfDocument(path)
    found = {"pages": [read_page(paper, number) for number in range(first, last + 1)]}
    if first == 1:
        found["outline"] = read_outline(paper, len(paper))
    with open(answer, "w", encoding="utf-8") as file:
        json.dump(found, file)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
