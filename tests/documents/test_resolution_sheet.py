"""The printed resolution: the form of each kind, and the same words as are stored (security 52)."""

import re
from datetime import date
from urllib.parse import urlsplit

import pypdfium2
import pytest

from council import outbox
from council.errors import BadInput
from council.models import Job
from documents.printing import print_resolution, public_url, resolution_lines
from documents.resolution_text import (
    Line,
    article_lines,
    basis_lines,
    clean_text,
    faults_in,
    recipient_lines,
    regulation_lines,
    split_text,
)
from documents.services import issue_resolution, publish_resolution
from tests.documents.resolutions import TEXT, draft

MM = 72 / 25.4


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def one_line(text: str) -> str:
    return " ".join(text.split())


def pages_of(content: bytes) -> list[str]:
    """The text of each page; what a renderer put between words is one space."""
    return [one_line(page.get_textpage().get_text_range()) for page in pypdfium2.PdfDocument(content)]


def numbered(council, office, **fields):
    return issue_resolution(resolution=draft(council, office, **fields), by=office)


LONG = TEXT | {"articles": [TEXT["articles"][0]] * 12 + [TEXT["articles"][1]]}


@pytest.mark.parametrize("kind", ["individual", "normative"])
def test_every_stored_word_is_printed_in_its_order(council, office, kind):
    resolution = numbered(council, office, kind=kind, text=LONG)

    pages = pages_of(print_resolution(resolution)[0])

    assert len(pages) >= 3
    bodies = [pages[0]] + [re.sub(rf" {n}$", "", page) for n, page in enumerate(pages[1:], 2)]
    printed = " ".join(bodies)
    stored = " ".join(one_line(line.text) for line in resolution_lines(resolution))
    assert stored in printed


def test_page_numbers_stand_centred_in_the_top_margin_but_not_on_the_first_page(council, office):
    resolution = numbered(council, office, text=LONG)

    pages = pypdfium2.PdfDocument(print_resolution(resolution)[0])

    for number, page in enumerate(pages, 1):
        text = page.get_textpage()
        in_margin = text.get_text_bounded(bottom=page.get_height() - 20 * MM).strip()
        centre = text.get_text_bounded(left=105 * MM, right=115 * MM, bottom=page.get_height() - 20 * MM).strip()
        assert (in_margin, centre) == (("", "") if number == 1 else (str(number), str(number)))


def test_the_signature_never_stands_alone_on_a_page(council, office):
    for articles in range(5, 9):
        text = TEXT | {"articles": [TEXT["articles"][0]] * articles}

        last = pages_of(print_resolution(numbered(council, office, text=text))[0])[-1]

        assert "Nghị quyết này đã được" in last
        assert "Nguyễn Văn Mẫu" in last


def test_an_individual_resolution_has_the_form_of_decree_30(council, office):
    resolution = numbered(council, office)

    text = " ".join(pages_of(print_resolution(resolution)[0]))

    for part in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "Số: 01/NQ-HĐND",
        "Lam Sơn, ngày 11 tháng 12 năm 2026", "NGHỊ QUYẾT", "KHÓA XIX, KỲ HỌP THỨ 5", "QUYẾT NGHỊ:",
        "Căn cứ Luật Ngân sách nhà nước số 89/2025/QH15;", "thông qua ngày 11 tháng 12 năm 2026./.",
        "Nơi nhận:", "- Thường trực Tỉnh ủy;", "- Lưu: VT, CTHĐND.", "CHỦ TỊCH", "(chưa ký số)", "Nguyễn Văn Mẫu",
        "Tệp này chưa ký số.",
    ):  # fmt: skip
        assert part in text


def test_a_normative_resolution_has_the_form_of_2025(council, office):
    resolution = numbered(council, office, kind="normative", title="Quy định mức thu học phí năm học 2026 - 2027")

    text = " ".join(pages_of(print_resolution(resolution)[0]))

    assert "Số: 01/2026/NQ-HĐND" in text
    assert "ban hành Nghị quyết quy định mức thu học phí" in text
    assert "QUYẾT NGHỊ" not in text
    assert "KHÓA XIX, KỲ HỌP THỨ 5" not in text
    assert "./." in text


REGULATION = """Chương I
NHỮNG QUY ĐỊNH CHUNG
Điều 1. Phạm vi điều chỉnh
Quy định này quy định mức thu học phí.
Điều 2. Đối tượng áp dụng
1. Học sinh.
a) Trường công lập;
b) Trường khác.
2. Phụ huynh.
Chương II. TỔ CHỨC THỰC HIỆN
Điều 3. Ủy ban nhân dân tỉnh hướng dẫn thực hiện."""
ENACTING = TEXT | {"regulation_title": "Quy định mức thu học phí năm học 2026 - 2027", "regulation": REGULATION}


def test_a_normative_resolution_enacts_a_regulation_as_a_second_document(council, office):
    """Form 18 of Decree 187/2025: own head, own type and subject, own page numbers."""
    resolution = numbered(
        council, office, kind="normative", title="Ban hành Quy định mức thu học phí", text=ENACTING
    )

    pages = pages_of(print_resolution(resolution)[0])

    second = next(page for page in pages if "QUY ĐỊNH Mức thu học phí" in page)
    assert pages.index(second) >= 1
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in second
    assert (
        "(Ban hành kèm theo Nghị quyết số 01/2026/NQ-HĐND ngày 11 tháng 12 năm 2026 của "
        "Hội đồng nhân dân tỉnh Lam Sơn)" in second
    )
    assert "Chương I NHỮNG QUY ĐỊNH CHUNG Điều 1. Phạm vi điều chỉnh" in second
    assert second.endswith("Điều 3. Ủy ban nhân dân tỉnh hướng dẫn thực hiện.")  # and no page number on its first page


def test_a_long_regulation_counts_its_own_pages(council, office):
    rows = "\n".join(f"Điều {n}. Điều khoản số {n}\n" + "Nội dung của điều này rất dài. " * 20 for n in range(1, 25))
    text = ENACTING | {"regulation": rows}
    resolution = numbered(council, office, kind="normative", title="Ban hành Quy định", text=text)

    document = pypdfium2.PdfDocument(print_resolution(resolution)[0])
    tops = [
        page.get_textpage().get_text_bounded(bottom=page.get_height() - 20 * MM).strip() for page in document
    ]

    first = next(n for n, page in enumerate(pages_of(print_resolution(resolution)[0])) if "QUY ĐỊNH" in page)
    assert tops[first:] == [""] + [str(n) for n in range(2, len(tops) - first + 1)]


def test_a_regulation_is_read_line_by_line_into_its_parts():
    kinds = [line.kind for line in regulation_lines({"regulation": REGULATION})]

    assert kinds == [
        "chapter", "chapter-name", "article", "paragraph", "article", "clause", "point", "point", "clause",
        "chapter", "article-text",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("regulation", "word"),
    [
        ("Chương I\nKhông có điều", "chưa có điều nào"),
        ("Điều 1. A\nĐiều 3. B", "Điều 3 đứng ở chỗ của Điều 2"),
        ("Điều 1. A\n1. Một\n3. Ba", "khoản 3 đứng ở chỗ của khoản 2"),
    ],
)
def test_a_regulation_out_of_order_is_named_before_the_number_is_given(regulation, word):
    assert any(word in fault for fault in faults_in(clean_text(ENACTING | {"regulation": regulation})))


def test_an_individual_resolution_enacts_no_regulation(council, office):
    with pytest.raises(BadInput):
        draft(council, office, kind="individual", text=ENACTING)


def test_the_words_of_a_regulation_are_found_and_read_on_the_public_page(client, council, office):
    resolution = numbered(council, office, kind="normative", title="Ban hành Quy định", text=ENACTING)
    assert outbox.run(Job.objects.get(kind="documents.render_resolution").pk)
    resolution.refresh_from_db()
    publish_resolution(resolution=resolution, by=office)

    found = client.get("/nghi-quyet", {"q": "truong cong lap"}).content.decode()
    page = client.get(urlsplit(public_url(resolution)).path).content.decode()

    assert "01/2026/NQ-HĐND" in found
    assert "Trường công lập" in page
    assert "Ban hành kèm theo Nghị quyết số" in page


def test_days_and_months_are_written_with_zeros_as_the_decree_says(council, office):
    resolution = numbered(council, office, adopted_on=date(2027, 2, 5), effective_on=date(2027, 2, 5))

    assert "Lam Sơn, ngày 05 tháng 02 năm 2027" in " ".join(pages_of(print_resolution(resolution)[0]))


def test_printing_twice_gives_the_same_bytes(council, office):
    resolution = numbered(council, office)

    assert print_resolution(resolution) == print_resolution(resolution)


def test_the_sheet_leads_to_its_public_page(council, office, settings):
    settings.BASE_URL = "https://hdnd.lamson.example.vn"
    resolution = numbered(council, office)

    url = public_url(resolution)

    assert url == "https://hdnd.lamson.example.vn/nghi-quyet/2026/01-nq-hdnd"
    printed = "".join(pages_of(print_resolution(resolution)[0])).replace("\ufffe", "-")  # a hyphen at a line's end
    assert url in printed.replace(" ", "")


def test_the_job_prints_once_and_tells_the_digest(council, office):
    resolution = numbered(council, office)
    job = Job.objects.get(kind="documents.render_resolution")

    assert outbox.run(job.pk)

    resolution.refresh_from_db()
    with resolution.pdf.open() as stored:
        content = stored.read()
    assert (content, resolution.pdf_sha256) == print_resolution(resolution)
    name = resolution.pdf.name
    Job.objects.update(state="due")  # as after a crash between the work and its note
    assert outbox.run(job.pk)
    resolution.refresh_from_db()
    assert resolution.pdf.name == name


def test_nothing_is_published_before_its_pdf_is_there(council, office):
    from council.errors import WrongState

    resolution = numbered(council, office)

    with pytest.raises(WrongState):
        publish_resolution(resolution=resolution, by=office)


# --- The text itself ---------------------------------------------------------------------------------


def test_bases_end_with_semicolons_and_the_last_with_a_full_stop():
    lines = [line.text for line in basis_lines(clean_text(TEXT))]

    assert lines[0] == "Căn cứ Luật Tổ chức chính quyền địa phương số 72/2025/QH15;"
    assert lines[1] == "Căn cứ Luật Ngân sách nhà nước số 89/2025/QH15;"
    assert lines[2].startswith("Xét Tờ trình") and lines[2].endswith("kỳ họp.")


def test_articles_clauses_and_points_are_told_apart():
    lines = article_lines(clean_text(TEXT))

    assert [line.kind for line in lines] == [
        "article",
        "clause",
        "clause",
        "point",
        "point",
        "point",
        "article-text",
    ]
    assert lines[0] == Line("article", "Điều 1. Mục tiêu và chỉ tiêu", "Điều 1.")
    assert lines[-1].text == "Điều 2. Giao Ủy ban nhân dân tỉnh tổ chức thực hiện Nghị quyết này."


def test_the_copy_for_the_files_stands_last_in_any_case():
    assert recipient_lines({"recipients": ["Chính phủ"]}) == ["- Chính phủ;", "- Lưu: VT."]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("1. một\n3. ba", "Điều 1: khoản 3 đứng ở chỗ của khoản 2."),
        ("1. một\na) a\nc) c", "Điều 1: điểm c) đứng ở chỗ của điểm b)."),
        ("a) a\nb) b\nc) c\nd) d\ne) e", "Điều 1: điểm e) đứng ở chỗ của điểm đ)."),
    ],
)
def test_clauses_and_points_out_of_order_are_named(body, fault):
    assert fault in faults_in(clean_text(TEXT | {"articles": [{"heading": "x", "body": body}]}))


def test_points_start_anew_in_each_clause():
    body = "1. một\na) a\nb) b\n2. hai\na) a\nb) b"

    assert faults_in(clean_text(TEXT | {"articles": [{"heading": "x", "body": body}]})) == []


def test_a_pasted_text_is_sorted_into_its_parts():
    whole = """HỘI ĐỒNG NHÂN DÂN
    NGHỊ QUYẾT
    Căn cứ Luật Tổ chức chính quyền địa phương số 72/2025/QH15;
    Căn cứ Luật Ngân sách nhà nước số 89/2025/QH15;
    Xét Tờ trình số 279/TTr-UBND; ý kiến thảo luận của đại biểu.
    QUYẾT NGHỊ:
    Điều 1. Mục tiêu và chỉ tiêu
    1. Mục tiêu tổng quát.
    a) Điểm một;
    Điều 2. Giao Ủy ban nhân dân tỉnh tổ chức thực hiện Nghị quyết này.
    Nghị quyết này đã được Hội đồng nhân dân tỉnh thông qua./.
    Nơi nhận:
    - Chính phủ;
    - Lưu: VT."""

    text = split_text(whole)

    assert text["bases"] == [
        "Luật Tổ chức chính quyền địa phương số 72/2025/QH15", "Luật Ngân sách nhà nước số 89/2025/QH15",
    ]  # fmt: skip
    assert text["considering"] == ["Xét Tờ trình số 279/TTr-UBND; ý kiến thảo luận của đại biểu"]
    assert text["articles"] == [
        {"heading": "Mục tiêu và chỉ tiêu", "body": "1. Mục tiêu tổng quát.\na) Điểm một;"},
        {"heading": "", "body": "Giao Ủy ban nhân dân tỉnh tổ chức thực hiện Nghị quyết này."},
    ]
    assert text["recipients"] == ["Chính phủ", "Lưu: VT"]
