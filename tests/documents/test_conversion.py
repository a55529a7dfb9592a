"""What is brought as Word, Excel, PowerPoint, OpenDocument or picture, and scanned pages: made readable, kept as brought."""

import shutil
from pathlib import Path
from uuid import uuid4

import pypdfium2
import pytest

from council import files
from council.errors import BadInput
from council.models import AuditEntry, Job
from documents import converters, finding, notes, pipeline
from documents.jobs import carry_notes, check_files
from documents.limits import run_limited
from documents.models import PaperText, Version
from documents.selectors import current_version
from documents.services import add_paper, process_again, replace_paper
from tests import builders
from tests.documents import office_files
from tests.documents.papers import printed, processed, tiny, upload, with_pages
from tests.documents.test_notes import highlight

has_office = pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
has_recognition = pytest.mark.skipif(not shutil.which("tesseract"), reason="tesseract is not installed")


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def bring(council, by, content, name, **fields) -> Version:
    fields = {"title": "Báo cáo", "kind": "report", "body": builders.plenary(council)} | fields
    return add_paper(council=council, by=by, upload=upload(content, name), **fields)


def states(version) -> dict:
    return {step.kind: step.state for step in version.steps.all()}


def stored_files(settings) -> list:
    return [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]


# --- Converted ----------------------------------------------------------------------------------------


@has_office
@pytest.mark.parametrize(
    ("name", "make", "format_"),
    [
        ("Tờ trình.docx", office_files.docx, "docx"),
        ("Biểu thu chi.xlsx", office_files.xlsx, "xlsx"),
        ("Thuyết minh.pptx", office_files.pptx, "pptx"),
        ("Dự thảo.odt", office_files.odt, "odt"),
    ],
)
def test_an_office_file_becomes_a_paper_with_its_words(council, office, name, make, format_):
    content = make("Mức thu học phí năm 2027")

    version = bring(council, office, content, name)
    assert (version.state, version.format, current_version(version.document)) == ("processing", format_, None)
    processed(version)

    assert (version.state, version.pages) == ("ready", 1)
    assert "Mức thu học phí năm 2027" in version.page_rows.get().text
    assert version.source.open().read() == content
    assert (version.source_name, version.original_name) == (name, name.rsplit(".")[0] + ".pdf")
    assert set(states(version).values()) == {"done"}
    assert AuditEntry.objects.get(event="documents.paper-converted").data["sha256"] == version.sha256
    check_files()


def test_the_content_decides_what_a_file_is_and_not_its_name(council, office):
    version = bring(council, office, office_files.docx("Báo cáo"), "bao cao.pdf")

    assert (version.format, version.source_name) == ("docx", "bao cao.pdf.docx")


def test_without_the_converter_the_office_is_told_what_to_install_and_pdfs_still_work(council, office, settings):
    settings.SOFFICE = "/nowhere/soffice"

    word = processed(bring(council, office, office_files.docx("Báo cáo"), "a.docx"))
    pdf = processed(bring(council, office, tiny(), "b.pdf"))

    step = word.steps.get(kind="convert")
    assert (word.state, step.state) == ("processing", "lacking")
    assert "apt-get install libreoffice-writer-nogui" in step.error
    assert pdf.state == "ready"
    assert pdf.page_rows.count() == 1


@has_office
def test_what_lacked_its_converter_goes_on_when_the_office_asks_again(council, office, settings):
    settings.SOFFICE = "/nowhere/soffice"
    version = processed(bring(council, office, office_files.docx("Báo cáo"), "a.docx"))
    Job.objects.filter(kind=pipeline.JOB).update(state="done")
    settings.SOFFICE = ""

    process_again(version=version, by=office)

    assert Job.objects.get(kind=pipeline.JOB).state == "due"
    assert processed(version).state == "ready"


@has_office
def test_58_a_file_that_no_converter_opens_fails_in_words_and_keeps_what_was_brought(council, office):
    broken = office_files.docx_parts("Báo cáo") | {"word/document.xml": "<w:document><w:body>"}
    version = processed(bring(council, office, office_files.packed(broken), "a.docx"))

    assert version.state == "failed"
    assert "lưu thành PDF" in version.error
    assert version.steps.get(kind="convert").error == version.error
    assert version.source.open().read()


@has_office
def test_the_readers_keep_the_older_version_until_the_newer_one_is_converted(council, office):
    first = bring(council, office, tiny(), "a.pdf")

    second = replace_paper(document=first.document, by=office, upload=upload(office_files.docx("Bản hai"), "a.docx"))

    assert current_version(first.document) == first
    processed(second)
    assert current_version(first.document) == second


@has_office
def test_a_converted_version_is_found_by_its_words_and_takes_the_notes_along(council, office, delegate):
    words = "Mức thu học phí là 50 triệu đồng cho mỗi trường trong năm đầu hoạt động"
    first = with_pages(bring(council, office, tiny(), "a.pdf"), [words])
    pipeline.text_is_complete(first)
    note = notes.save_note(
        document=first.document, by=delegate.user, note_id=uuid4(), revision=1, version=first,
        annotation=highlight("50 triệu đồng", text=words),
    )  # fmt: skip

    second = replace_paper(
        document=first.document, by=office, upload=upload(office_files.docx("Điều 1. Quy định mới", words), "a.docx")
    )
    assert searched(delegate, "quy định mới") == []
    processed(second)
    carry_notes(second.pk)

    assert searched(delegate, "quy định mới") == [second]
    place = note.places.get(version=second)
    assert (place.state, place.page) == ("placed", 1)


def searched(delegate, words) -> list[Version]:
    answer = finding.ask(delegate.user, delegate.council, finding.Question(words))
    return [hit.version for hit in finding.shown(answer, answer.keys)]


# --- Scanned ------------------------------------------------------------------------------------------


@has_recognition
def test_a_photographed_page_becomes_a_paper_whose_words_are_found(council, office):
    content = office_files.scan("Điều 1. Quy định mức thu học phí", "Nghị quyết số 15/2026/NQ-HĐND")

    version = processed(bring(council, office, content, "anh.png"))

    page = version.page_rows.get()
    assert (version.state, version.format, page.is_recognised) == ("ready", "picture", True)
    assert page.text.split("\n") == ["Điều 1. Quy định mức thu học phí", "Nghị quyết số 15/2026/NQ-HĐND"]
    assert version.source.open().read() == content


@has_recognition
def test_recognised_text_lies_over_a_copy_and_the_paper_itself_is_never_changed(council, office):
    typed = office_files.scan("Trang quét thứ nhất")
    content = office_files.scanned_pdf(typed)
    version = bring(council, office, content, "quet.pdf")
    digest = version.sha256

    processed(version)

    assert (version.sha256, version.file.open().read()) == (digest, content)
    copy, copy_digest, size = version.reading_copy
    assert (copy.size, copy_digest) == (size, version.layered_sha256)
    assert copy_digest != digest
    assert version.page_rows.get().text == "Trang quét thứ nhất"
    assert not [name for name in files.stored_names("pages") if name.endswith("-chu.pdf")]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_recognised_words_lie_where_they_are_seen_on_a_turned_page(tmp_path, turn):
    """A layer is made for the page as displayed: its words must be displayed at the same place."""
    wide, high = (842, 595) if turn in (90, 270) else (595, 842)
    box = "/CropBox [10 20 605 862]"
    sheet = tiny(text=" ", page=f"/Rotate {turn} {box}").replace(b"[0 0 595 842]", b"[0 0 700 900]")
    (tmp_path / "scan.pdf").write_bytes(sheet)
    (tmp_path / "layers").mkdir()
    seen = tiny("Loi van").replace(b"[0 0 595 842]", f"[0 0 {wide} {high}]".encode()).replace(b"72 720", b"72 500")
    (tmp_path / "layers" / "1.pdf").write_bytes(seen)

    arguments = [str(tmp_path / name) for name in ("scan.pdf", "layers", "copy.pdf")]
    run_limited("lay_text.py", arguments, work_dir=str(tmp_path))

    both = [pypdfium2.PdfDocument(path)[0] for path in (tmp_path / "layers" / "1.pdf", tmp_path / "copy.pdf")]
    assert both[1].get_size() == (wide, high)
    expected, found = (page.render(scale=1, grayscale=True).to_pil() for page in both)
    assert expected.point(lambda v: 255 - v).getbbox() == pytest.approx(found.point(lambda v: 255 - v).getbbox(), abs=2)


@has_recognition
def test_only_the_scanned_pages_of_a_paper_are_recognised(council, office, tmp_path):
    (tmp_path / "a.pdf").write_bytes(printed("<p>Báo cáo có chữ, không cần nhận dạng</p>"))
    paper = pypdfium2.PdfDocument(tmp_path / "a.pdf")
    paper.import_pages(pypdfium2.PdfDocument(office_files.scanned_pdf(office_files.scan("Phụ lục quét"))))
    paper.save(tmp_path / "b.pdf")

    version = processed(bring(council, office, (tmp_path / "b.pdf").read_bytes(), "b.pdf"))

    assert [(page.is_recognised, page.text) for page in version.page_rows.all()] == [
        (False, "Báo cáo có chữ, không cần nhận dạng"), (True, "Phụ lục quét"),
    ]  # fmt: skip
    step = version.steps.get(kind="recognise")
    assert (step.done, step.total) == (1, 1)


def test_without_recognition_a_scan_is_read_all_the_same_and_the_office_is_told(council, office, settings):
    settings.TESSERACT = "/nowhere/tesseract"
    content = office_files.scanned_pdf(office_files.scan("Trang quét"))

    version = processed(bring(council, office, content, "quet.pdf"))

    step = version.steps.get(kind="recognise")
    assert (version.state, step.state) == ("ready", "lacking")
    assert "apt-get install tesseract-ocr tesseract-ocr-vie" in step.error
    assert version.text_complete_at is not None
    assert version.page_rows.get().has_image


# --- State secrets found afterwards (security 78) -----------------------------------------------------


def assert_refused_and_gone(version, settings):
    version.refresh_from_db()
    assert (version.state, version.sha256, version.source_name) == ("refused", "", "")
    assert "Mật" in version.error
    assert not version.page_rows.exists()
    assert not version.steps.exists()
    assert stored_files(settings) == []
    assert not PaperText.objects.exclude(version=None).exists()
    assert AuditEntry.objects.get(event="documents.marked-paper-refused").data == {}


@pytest.mark.parametrize(
    ("name", "make"),
    [("a.docx", office_files.docx), ("a.xlsx", office_files.xlsx), ("a.odt", office_files.odt)],
)
def test_78_an_office_file_stamped_secret_is_refused_at_the_door(council, office, settings, name, make):
    with pytest.raises(BadInput, match="Mật"):
        bring(council, office, make("Số: 12/BC", "TỐI MẬT", "Nội dung"), name)

    assert not Version.objects.exists()
    assert stored_files(settings) == []


@has_recognition
@pytest.mark.parametrize("stamp", ["MẬT"])
def test_78_a_stamp_that_is_only_seen_in_a_scan_removes_the_content(
    council, office, settings, django_capture_on_commit_callbacks, stamp
):
    content = office_files.scanned_pdf(office_files.scan("Trang thứ nhất"), office_files.scan("Số: 12/BC", stamp, "Kế hoạch"))
    version = bring(council, office, content, "quet.pdf")

    with django_capture_on_commit_callbacks(execute=True):
        processed(version)

    assert_refused_and_gone(version, settings)


def test_78_a_stamp_beyond_the_pages_that_the_door_read_removes_the_content(
    council, office, settings, django_capture_on_commit_callbacks
):
    """The door stops reading after some seconds; the pipeline reads every page."""
    version = bring(council, office, printed("<p>Báo cáo</p>"), "a.pdf")
    marked = printed("<p>Số: 12</p><div>MẬT</div><p>Nội dung</p>")
    Path(version.file.path).write_bytes(marked)

    with django_capture_on_commit_callbacks(execute=True):
        processed(version)

    assert_refused_and_gone(version, settings)


@pytest.mark.parametrize("name", ["a.docx", "a.odt"])
def test_78_a_stamp_that_is_found_when_a_file_is_converted_removes_original_and_all(
    council, office, delegate, settings, django_capture_on_commit_callbacks, name
):
    """An older version was read, found and noted; the one that turns out to be marked leaves nothing of itself."""
    make = getattr(office_files, name[2:])
    first = with_pages(bring(council, office, tiny(), "a.pdf"), ["Báo cáo cũ"])
    with django_capture_on_commit_callbacks(execute=True):
        version = replace_paper(document=first.document, by=office, upload=upload(make("Nội dung"), name))
    Path(version.source.path).chmod(0o600)
    Path(version.source.path).write_bytes(make("Số: 12/BC", "TỐI MẬT", "Nội dung"))
    mine = stored_files(settings)

    with django_capture_on_commit_callbacks(execute=True):
        processed(version)

    assert (version.state, version.source_sha256, version.source_name, version.pages) == ("refused", "", "", 0)
    assert not version.page_rows.exists()
    assert not version.steps.exists()
    assert stored_files(settings) == [Path(first.file.path)]
    assert len(mine) == 2
    assert searched(delegate, "nội dung") == []
    assert current_version(first.document) == first


def test_78_what_was_refused_is_told_to_those_who_keep_copies(council, office, settings):
    heard = []
    pipeline.register_changed(lambda version: heard.append(version.state))
    version = bring(council, office, tiny(), "a.pdf")

    pipeline.refuse_marked(version)
    pipeline._changed.pop()

    assert heard == ["ready", "refused"]


def test_all_programs_are_named_when_they_lack(settings):
    settings.SOFFICE = settings.TESSERACT = "/nowhere/program"

    assert [converters.lacking_for(kind).split("apt-get install ")[1].split(".")[0] for kind in ("xlsx", "pptx")] == [
        "libreoffice-calc-nogui", "libreoffice-impress-nogui",
    ]  # fmt: skip
    assert converters.lacking_for("png") == ""
