"""One paper with my notes (decision 0019): real annotations on the pages, a list at the end, for its author alone."""

import ctypes
import uuid

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from django.urls import reverse

from council.models import AuditEntry
from documents import notes
from documents.models import AnnotationPlace, Download
from documents.services import add_paper
from tests import builders
from tests.documents.papers import tiny, upload, with_pages
from tests.documents.test_notes import FIRST, SECOND, highlight

PEN = {
    "type": "Annotation",
    "motivation": "describing",
    "target": {
        "styleClass": "xanh-duong",
        "selector": [
            {"type": "FragmentSelector", "value": "page=2"},
            {
                "type": "SvgSelector",
                "value": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 1000" preserveAspectRatio="none">'
                '<path d="M100 100L200 150L300 100"/><path d="M500 500"/></svg>',
            },
        ],
    },
}


def kinds_on(page) -> list[tuple[int, str]]:
    """(kind, words) of the annotations of a page."""
    found = []
    for place in range(pdfium.FPDFPage_GetAnnotCount(page)):
        mark = pdfium.FPDFPage_GetAnnot(page, place)
        size = pdfium.FPDFAnnot_GetStringValue(mark, b"Contents", None, 0)
        words = ctypes.create_string_buffer(size)
        pdfium.FPDFAnnot_GetStringValue(mark, b"Contents", ctypes.cast(words, ctypes.POINTER(ctypes.c_ushort)), size)
        found.append((pdfium.FPDFAnnot_GetSubtype(mark), words.raw.decode("utf-16-le").rstrip("\0")))
        pdfium.FPDFPage_CloseAnnot(mark)
    return found


@pytest.mark.slow
def test_my_notes_go_with_the_paper_and_nobody_elses(client, council, office, delegates, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    version = with_pages(
        add_paper(
            council=council, by=office, upload=upload(tiny(pages=2)), title="Dự thảo nghị quyết",
            kind="draft_resolution", body=builders.plenary(council),
        ),
        [FIRST, SECOND],
    )  # fmt: skip
    me, other = delegates[0].user, delegates[1].user
    for person, sent in ((me, highlight(note="Hỏi Sở Tài chính")), (me, PEN), (other, highlight(note="bí mật của người khác"))):
        notes.save_note(document=version.document, by=person, note_id=uuid.uuid4(), revision=1, version=version, annotation=sent)
    doubtful = highlight("ngân sách tỉnh", 2, SECOND, note="Nguồn nào")
    notes.save_note(document=version.document, by=me, note_id=uuid.uuid4(), revision=1, version=version, annotation=doubtful)
    AnnotationPlace.objects.filter(annotation__text="Nguồn nào").update(state="doubt")
    client.force_login(me)

    answer = client.get(reverse("documents:with_notes", args=[version.document.public_id, 1]))

    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    paper = pypdfium2.PdfDocument(b"".join(answer.streaming_content))
    assert len(paper) == 3
    assert kinds_on(paper[0]) == [(pdfium.FPDF_ANNOT_HIGHLIGHT, "Hỏi Sở Tài chính")]
    assert kinds_on(paper[1]) == [(pdfium.FPDF_ANNOT_INK, "")]  # what is in doubt is set nowhere
    listed = " ".join(paper[2].get_textpage().get_text_range().split())
    assert "50 triệu đồng" in listed
    assert "Cần xem lại chỗ trong bản này" in listed
    assert "bí mật của người khác" not in listed
    paper.close()
    assert Download.objects.get().way == "notes"
    assert not any("Sở Tài chính" in str(entry.__dict__) for entry in AuditEntry.objects.all())
