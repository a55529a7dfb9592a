"""Papers joined file by file: every page, word, picture and annotation is that of its part."""

import json
import re
import shutil
import subprocess

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from documents.children.join_papers import shifted
from documents.limits import run_limited
from tests.documents import office_files
from tests.documents.papers import printed, tiny

NOTE = r"/Annots [<< /Type /Annot /Subtype /Text /Rect [9 9 20 20] /Contents (xem \(5 0 R\) (7 0 R\\) stream) >>]"


def words_of(path) -> list[str]:
    with pypdfium2.PdfDocument(path) as paper:
        return [page.get_textpage().get_text_bounded() for page in paper]


def picture_of(path, page: int):
    with pypdfium2.PdfDocument(path) as paper:
        image = paper[page].render(scale=1, grayscale=True).to_pil()
        return image.crop((0, 0, image.width, image.height - 40))  # what lies above the number


def test_every_page_of_the_whole_is_the_page_of_its_part(tmp_path):
    contents = [
        tiny("Mot", page=NOTE),
        printed("<h1>Điều 1. Mức thu học phí</h1><p style='page-break-before:always'>Nghị quyết số 15/2026/NQ-HĐND</p>"),
        b"%PDF-1.7 nothing of a paper",
        office_files.scanned_pdf(office_files.scan("Trang quét")),
        tiny("Nam", pages=3),
    ]
    paths = [tmp_path / f"{n}.pdf" for n in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    out, job = tmp_path / "out.pdf", tmp_path / "job.json"
    marks = [{"title": "Tờ trình", "page": 0, "level": 0}, {"title": "Phụ lục", "page": 4, "level": 1}]
    job.write_text(json.dumps({"parts": [str(path) for path in paths], "marks": marks, "out": str(out)}))

    told = json.loads(run_limited("join_papers.py", [str(job)], work_dir=str(tmp_path)))

    assert told == {"pages": 7, "counts": [1, 2, 0, 1, 3], "left_out": [2]}
    pages = [(path, n) for path, count in zip(paths, told["counts"], strict=True) for n in range(count)]
    for place, (words, (path, page)) in enumerate(zip(words_of(out), pages, strict=True)):
        own = words_of(path)[page]
        assert re.sub(r"\s", "", words) == re.sub(r"\s", "", f"{own}{place + 1}/7")
        assert picture_of(out, place) == picture_of(path, page)
    with pypdfium2.PdfDocument(out) as paper:
        note = pdfium.FPDFPage_GetAnnot(paper[0], 0)
        assert pdfium.FPDFAnnot_GetSubtype(note) == pdfium.FPDF_ANNOT_TEXT
        assert [(mark.get_title(), mark.get_dest().get_index()) for mark in paper.get_toc()] == [("Tờ trình", 0), ("Phụ lục", 4)]
    assert rb"xem \(5 0 R\) \(7 0 R\\\) stream" in out.read_bytes()
    if shutil.which("qpdf"):
        subprocess.run(["qpdf", "--check", str(out)], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"<< /A 5 0 R /B[1 6 0 R] >>", b"<< /A 15 0 R /B[1 16 0 R] >>"),
        (rb"<< /A (5 0 R \) (6 0 R)) /B 7 0 R >>", rb"<< /A (5 0 R \) (6 0 R)) /B 17 0 R >>"),
        (rb"<< /A (\\) /B 7 0 R /stream 8 0 R >>", rb"<< /A (\\) /B 17 0 R /stream 18 0 R >>"),
        (b"<< /A <35203020> /Length 9 0 R >>\nstream\n5 0 R", b"<< /A <35203020> /Length 19 0 R >>\n"),
        (b"(never closed 5 0 R", b"(never closed 5 0 R"),
    ],
)
def test_only_references_outside_of_strings_and_streams_are_renumbered(text, expected):
    assert shifted(text, 10)[0] == expected
