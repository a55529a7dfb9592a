"""Join several PDFs into one, number its pages and give it bookmarks. Runs within limits.

    join_papers.py JOB_FILE

JOB_FILE is JSON: {"parts": [path, …], "marks": [{"title", "page", "level"}], "out": path}. Pages are counted
from 0 through the whole, levels from 0. Prints {"pages": n, "left_out": [place of a part that could not be read]}.
A part that cannot be read is left out; the caller has counted its pages and must be told.

PDFium joins and numbers but cannot write bookmarks: they are appended as an incremental update (ISO 32000-1,
7.5.6), which touches nothing of what stands before it.
"""

import ctypes
import json
import re
import sys

import pypdfium2
import pypdfium2.raw as pdfium

SIZE = 9  # points of the page numbers
BOM = "\ufeff"  # says that a title is UTF-16
MARGIN = 14  # points from the lower right corner
_REF = re.compile(rb"(\d+)\s+0\s+R")


def number_page(paper, page, words: str, font) -> None:
    """Write the number into the lower right corner, as the page is seen."""
    turn = pdfium.FPDFPage_GetRotation(page)
    left, bottom, right, top = page.get_cropbox()
    width = SIZE * 0.5 * len(words)
    # where the corner lies before the page is turned, and how the words must lie for it
    place, matrix = {
        0: ((right - MARGIN - width, bottom + MARGIN), (1, 0, 0, 1)),
        1: ((right - MARGIN, top - MARGIN - width), (0, 1, -1, 0)),
        2: ((left + MARGIN + width, top - MARGIN), (-1, 0, 0, -1)),
        3: ((left + MARGIN, bottom + MARGIN + width), (0, -1, 1, 0)),
    }[turn]
    line = pdfium.FPDFPageObj_CreateTextObj(paper, font, SIZE)
    text = (words + "\0").encode("utf-16-le")
    pdfium.FPDFText_SetText(line, ctypes.cast(text, ctypes.POINTER(ctypes.c_ushort)))
    pdfium.FPDFPageObj_Transform(line, *matrix, *place)
    pdfium.FPDFPage_InsertObject(page, line)
    pdfium.FPDFPage_GenerateContent(page)


def join(parts: list[str]) -> tuple:
    """(the new PDF, its pages for each part; 0 for a part that could not be read)."""
    whole, counts = pypdfium2.PdfDocument.new(), []
    for path in parts:
        before = len(whole)
        try:
            part = pypdfium2.PdfDocument(path)
            whole.import_pages(part)
            part.close()
        except pypdfium2.PdfiumError:
            pass
        counts.append(len(whole) - before)
    return whole, counts


def number_all(paper) -> None:
    font = pdfium.FPDFText_LoadStandardFont(paper, b"Helvetica")
    total = len(paper)
    for number in range(total):
        page = paper[number]
        number_page(paper, page, f"{number + 1} / {total}", font)
        page.close()


# --- Bookmarks -------------------------------------------------------------------------------------------


class Written:
    """A PDF as PDFium wrote it: one classic table of objects, every page object plain."""

    def __init__(self, path: str):
        with open(path, "rb") as file:
            file.seek(0, 2)
            size = file.tell()
            file.seek(max(0, size - 2048))
            self.table = int(re.findall(rb"startxref\s+(\d+)", file.read())[-1])
            file.seek(self.table)
            table = file.read()
        self.path, self.size = path, size
        self.trailer = table[table.index(b"trailer") :]
        self.places = {}
        rows = table[: table.index(b"trailer")].split(b"\n")
        number = 0
        for row in rows:
            if found := re.match(rb"(\d+) (\d+)\s*$", row):
                number = int(found[1])
            elif found := re.match(rb"(\d{10}) \d{5} ([nf])", row):
                if found[2] == b"n":
                    self.places[number] = int(found[1])
                number += 1
        self.next = int(re.search(rb"/Size\s+(\d+)", self.trailer)[1])
        self.root = int(re.search(rb"/Root\s+(\d+)\s+0\s+R", self.trailer)[1])

    def read(self, number: int) -> bytes:
        """The text of an object that is a dictionary without a stream, brackets and all."""
        with open(self.path, "rb") as file:
            file.seek(self.places[number])
            found = b""
            while b"endobj" not in found and b"stream" not in found and (piece := file.read(64 * 1024)):
                found += piece
        return found[found.index(b"<<") : found.rindex(b">>", 0, found.index(b"endobj")) + 2]

    def pages(self) -> list[int]:
        """The object numbers of the pages in their order."""
        found = []

        def walk(number: int, depth: int):
            text = self.read(number)
            kids = re.search(rb"/Kids\s*\[([^\]]*)\]", text)
            if kids is None or depth > 50:
                found.append(number)
                return
            for kid in _REF.findall(kids[1]):
                walk(int(kid), depth + 1)

        walk(int(re.search(rb"/Pages\s+(\d+)\s+0\s+R", self.read(self.root))[1]), 0)
        return found


def add_marks(path: str, marks: list[dict]) -> None:
    """Append the outline: each mark is an object that knows its parent, neighbours and first child."""
    paper = Written(path)
    pages = paper.pages()
    marks = [mark for mark in marks if 0 <= mark["page"] < len(pages)]
    if not marks:
        return
    outline = paper.next
    numbers = [outline + 1 + place for place in range(len(marks))]
    children: dict[int, list[int]] = {outline: []}
    parents, open_ones = [], [(-1, outline)]  # (level, object)
    for mark, number in zip(marks, numbers, strict=True):
        while open_ones[-1][0] >= mark["level"]:
            open_ones.pop()
        parents.append(open_ones[-1][1])
        children.setdefault(open_ones[-1][1], []).append(number)
        open_ones.append((mark["level"], number))
    objects = {outline: f"<< /Type /Outlines {_ends(children[outline])} /Count {len(children[outline])} >>"}
    for mark, number, parent in zip(marks, numbers, parents, strict=True):
        row = children[parent]
        place = row.index(number)
        parts = [f"/Title <{(BOM + mark['title']).encode('utf-16-be').hex()}>", f"/Parent {parent} 0 R"]
        parts += [f"/Dest [{pages[mark['page']]} 0 R /XYZ null null null]"]
        parts += [f"/Prev {row[place - 1]} 0 R"] if place else []
        parts += [f"/Next {row[place + 1]} 0 R"] if place + 1 < len(row) else []
        if number in children:  # closed: the reader opens it
            parts += [_ends(children[number]), f"/Count {-len(children[number])}"]
        objects[number] = f"<< {' '.join(parts)} >>"
    root = re.sub(rb"/Outlines\s+\d+\s+0\s+R", b"", paper.read(paper.root))
    objects[paper.root] = (root[:-2] + f" /Outlines {outline} 0 R /PageMode /UseOutlines >>".encode()).decode("latin-1")
    _append(paper, objects)


def _ends(row: list[int]) -> str:
    return f"/First {row[0]} 0 R /Last {row[-1]} 0 R"


def _append(paper: Written, objects: dict[int, str]) -> None:
    with open(paper.path, "ab") as file:
        file.write(b"\n")
        places = {}
        for number, text in sorted(objects.items()):
            places[number] = file.tell()
            file.write(f"{number} 0 obj\n{text}\nendobj\n".encode("latin-1"))
        table = file.tell()
        file.write(b"xref\n")
        for number, place in places.items():
            file.write(f"{number} 1\n{place:010d} 00000 n \n".encode())
        size = max(paper.next, max(objects) + 1)
        file.write(f"trailer\n<< /Size {size} /Root {paper.root} 0 R /Prev {paper.table} >>\n".encode())
        file.write(f"startxref\n{table}\n%%EOF\n".encode())


def main(job_file: str) -> None:
    with open(job_file, encoding="utf-8") as file:
        job = json.load(file)
    whole, counts = join(job["parts"])
    number_all(whole)
    whole.save(job["out"], version=17)
    pages = len(whole)
    whole.close()
    add_marks(job["out"], job["marks"])
    left_out = [place for place, count in enumerate(counts) if count == 0]
    json.dump({"pages": pages, "counts": counts, "left_out": left_out}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
