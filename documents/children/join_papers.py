"""Join several PDFs into one, number its pages and give it bookmarks. Runs within limits.

    join_papers.py JOB_FILE

JOB_FILE is JSON: {"parts": [path, …], "marks": [{"title", "page", "level"}], "out": path}. Pages are counted
from 0 through the whole, levels from 0. Prints {"pages": n, "left_out": [place of a part that could not be read]}.
A part that cannot be read is left out; the caller has counted its pages and must be told.

PDFium numbers each part by itself; the parts are joined file by file, so that memory is that of the largest part and not
of the session. It cannot write bookmarks: they are appended as an incremental update (ISO 32000-1, 7.5.6), which touches
nothing of what stands before it.
"""

import ctypes
import json
import os
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


def join(parts: list[str], out: str) -> list[int]:
    """Write all pages of the parts to `out`, numbered; gives the pages of each, 0 for a part that could not be read.

    One part is in memory at a time: PDFium copies and numbers its pages and writes them to a file; from there its
    objects are copied byte by byte under new numbers (`Joined`).
    """
    counts = [_pages_of(path) for path in parts]
    total, first, piece = sum(counts), 0, f"{out}.part"
    with Joined(out) as joined:
        for place, path in enumerate(parts):
            if counts[place] and not _number_alone(path, piece, first, total):
                counts[place] = 0
            if counts[place]:
                joined.add(piece, counts[place])
            first += counts[place]
    if os.path.exists(piece):
        os.unlink(piece)
    return counts


def _pages_of(path: str) -> int:
    try:
        with pypdfium2.PdfDocument(path) as part:
            return len(part)
    except pypdfium2.PdfiumError:
        return 0


def _number_alone(path: str, out: str, first: int, total: int) -> bool:
    """The pages of one part as a file of PDFium's own making, numbered from `first` (0: the very first) on."""
    made = pypdfium2.PdfDocument.new()
    try:
        with pypdfium2.PdfDocument(path) as part:
            made.import_pages(part)
        font = pdfium.FPDFText_LoadStandardFont(made, b"Helvetica")
        for number in range(len(made)):
            page = made[number]
            number_page(made, page, f"{first + number + 1} / {total}", font)
            page.close()
        made.save(out, version=17)
    except pypdfium2.PdfiumError:
        return False
    finally:
        made.close()
    return True


# --- One file of many --------------------------------------------------------------------------------------

# What may stand where a reference is looked for: strings and names are stepped over, `stream` ends the search.
_TOKEN = re.compile(rb"\(|<[0-9A-Fa-f\s]*>|/[^\s()<>\[\]{}/%]*|(\d+)\s+0\s+R\b|\bstream\b")
_IN_STRING = re.compile(rb"\\.|[()]", re.DOTALL)
HEAD = 1024 * 1024  # bytes in which the dictionary of a stream ends; where not, the whole object is read


class Joined:
    """A PDF written object by object from files that PDFium made: 1 is its catalog, 2 the root of its pages."""

    def __init__(self, path: str):
        self.path, self.places, self.kids, self.pages = path, {}, [], 0
        self.next = 3

    def __enter__(self):
        self.file = open(self.path, "wb")
        self.file.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        return self

    def __exit__(self, *fault):
        kids = " ".join(f"{number} 0 R" for number in self.kids)
        self._write(1, b"<< /Type /Catalog /Pages 2 0 R >>")
        self._write(2, f"<< /Type /Pages /Kids [ {kids} ] /Count {self.pages} >>".encode())
        table = self.file.tell()
        self.file.write(f"xref\n0 {self.next}\n0000000000 65535 f \n".encode())
        for number in range(1, self.next):
            place = self.places.get(number)
            self.file.write(f"{place or 0:010d} {'00000 n' if place else '65535 f'} \n".encode())
        self.file.write(f"trailer\n<< /Size {self.next} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n".encode())
        self.file.close()

    def _write(self, number: int, content: bytes) -> None:
        self.places[number] = self.file.tell()
        self.file.write(b"%d 0 obj\n%b\nendobj\n" % (number, content))

    def add(self, path: str, pages: int) -> None:
        """Copy the objects of a file that PDFium wrote; its tree of pages becomes a branch of ours."""
        paper, shift = Written(path), self.next - 1
        root = paper.root_of_pages()
        ends = dict(zip(sorted(paper.places.values()), [*sorted(paper.places.values())[1:], paper.table], strict=True))
        with open(path, "rb") as file:
            for number, place in sorted(paper.places.items()):
                if number == paper.root:
                    continue
                if number == root:
                    text = re.sub(rb"/Parent\s+\d+\s+0\s+R", b"", paper.read(number))
                    text = shifted(text, shift)[0]
                    self._write(number + shift, text[:-2] + b" /Parent 2 0 R >>")
                    continue
                self._copy(file, place, ends[place], number, shift)
        self.kids.append(root + shift)
        self.pages += pages
        self.next = shift + paper.next

    def _copy(self, file, place: int, end: int, number: int, shift: int) -> None:
        file.seek(place)
        head = file.read(min(HEAD, end - place))
        text, rest = shifted(head, shift)
        if rest is None and end - place > HEAD:
            text, rest = shifted(head + file.read(end - place - HEAD), shift)
        text = text[text.index(b"obj") + 3 :]
        self.places[number + shift] = self.file.tell()
        self.file.write(b"%d 0 obj" % (number + shift))
        self.file.write(text + (rest or b""))
        left = end - file.tell()
        while left > 0 and (some := file.read(min(HEAD, left))):
            self.file.write(some)
            left -= len(some)


def shifted(text: bytes, by: int) -> tuple[bytes, bytes | None]:
    """An object with every reference `by` higher, as far as its stream; and what of the stream came along, or None."""
    out, at, place = [], 0, 0
    while found := _TOKEN.search(text, place):
        place = found.end()
        if found[0] == b"(":
            place = _end_of_string(text, place)
        elif found[0] == b"stream":
            out.append(text[at : found.start()])
            return b"".join(out), text[found.start() :]
        elif found[1]:
            out += [text[at : found.start()], b"%d 0 R" % (int(found[1]) + by)]
            at = place
    return b"".join([*out, text[at:]]), None


def _end_of_string(text: bytes, place: int) -> int:
    depth = 1
    while depth and (found := _IN_STRING.search(text, place)):
        place = found.end()
        depth += {b"(": 1, b")": -1}.get(found[0], 0)
    return place if not depth else len(text)


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

        walk(self.root_of_pages(), 0)
        return found

    def root_of_pages(self) -> int:
        return int(re.search(rb"/Pages\s+(\d+)\s+0\s+R", self.read(self.root))[1])


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
    counts = join(job["parts"], job["out"])
    add_marks(job["out"], job["marks"])
    left_out = [place for place, count in enumerate(counts) if count == 0]
    json.dump({"pages": sum(counts), "counts": counts, "left_out": left_out}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
