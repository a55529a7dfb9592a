"""A paper's way in and out, in a browser: asked for, handed in at a tablet, asked back, accepted; a zip matched; all taken out."""

import io
import os
import re
import zipfile
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import expect

from tests.e2e.test_walkthrough import enter, enter_by_password

pytestmark = pytest.mark.e2e

MAKE = """
from datetime import timedelta
from django.utils import timezone
from council.models import User
from documents import pipeline
from documents.services import add_paper
from tests.documents import office_files
from tests.documents.papers import upload
from sessions.models import CouncilSession, ItemPaper
from sessions.services import copy_session
office = User.objects.get(username="vanphong")
source = CouncilSession.objects.filter(body__kind="plenary", state="running").first()
made = copy_session(source=source, by=office, number=19, title="Kỳ họp thứ 19", starts_on=timezone.localdate() + timedelta(days=40))
mine = ItemPaper.objects.filter(item__council_session=made, item__agency__code="SXD").first()
mine.issuer = "Sở Xây dựng"; mine.save()
other = ItemPaper.objects.filter(item__council_session=made).exclude(pk=mine.pk).filter(kind="submission").last()
other.number, other.title = "279/TTr-UBND", "Tờ trình về bảng giá đất năm 2027"; other.save()
broken = office_files.docx_parts("Phụ lục") | {"word/document.xml": "<w:document><w:body>"}
version = add_paper(council=source.council, by=office, upload=upload(office_files.packed(broken), "phu-luc.docx"),
                    body=source.body, title="Phụ lục không mở được", kind="report", visibility="office")
while pipeline.work(version.pk): pass  # the relay of a house that has just begun has sixty papers before it
print("MADE", made.public_id, mine.public_id, other.item.number)
"""
HEAD = (
    "<p>ỦY BAN NHÂN DÂN</p><p>TỈNH LAM SƠN</p><p>CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM</p><p>Số: 279/TTr-UBND</p>"
    "<p>Lam Sơn, ngày 12 tháng 11 năm 2026</p><p>TỜ TRÌNH</p><p>Về bảng giá đất năm 2027</p><p>Kính gửi: Hội đồng</p>"
)


def pdf(html: str) -> bytes:
    from weasyprint import HTML

    return HTML(string=html).write_pdf()


def look(page, name: str) -> None:
    if os.environ.get("LOOK"):
        page.wait_for_timeout(300)
        page.screenshot(path=Path(os.environ["LOOK"]) / f"{name}.png", full_page=True)


@pytest.fixture(scope="module")
def made(house):
    """(session, paper asked of the department, number of the item that the zip's paper belongs to)."""
    found = re.search(r"MADE (\S+) (\S+) (\d+)", house.python(MAKE))
    return found.groups()


def test_a_paper_is_asked_for_handed_in_asked_back_and_accepted(screen, made, accounts):
    session, paper, _item = made
    office = enter(screen("desk"), "vanphong")
    office.goto(f"/van-phong/ky-hop/{session}/thu")
    look(office, "collect")
    expect(office.get_by_text("Chương trình ghi cơ quan ban hành là Sở Xây dựng.")).to_be_visible()
    office.evaluate("keep => { for (const box of document.querySelectorAll('[name^=chon-]')) box.checked = box.name === keep; }", f"chon-{paper}")
    office.get_by_label("Yêu cầu kèm theo").fill("Gửi bản có chữ ký số")
    office.get_by_role("button", name="Gửi đề nghị nộp").click()
    expect(office.get_by_text("Đã đề nghị nộp 1 văn bản.")).to_be_visible()

    clerk = enter_by_password(screen("tablet"), accounts["soxaydung"])
    clerk.goto("/co-quan/tai-lieu")
    look(clerk, "list")
    assert clerk.locator(".hi-list li").count() == 1
    clerk.locator(".hi-list a").click()
    expect(clerk.get_by_text("Gửi bản có chữ ký số")).to_be_visible()
    clerk.get_by_label("Ghi chú cho văn phòng").fill("Bản đã ký")
    place = clerk.url
    file = {"name": "de-an.pdf", "mimeType": "application/pdf", "buffer": pdf("<p>Bản một</p>")}
    clerk.locator("#files").set_input_files(file)
    expect(clerk.get_by_text("Chờ văn phòng nhận")).to_be_visible()
    look(clerk, "one")
    stranger = enter(screen("desk"), "coquan")
    assert stranger.goto(place).status == 404

    office.get_by_role("link", name=re.compile("Chờ nhận")).click()
    office.locator(".hi-table a").click()
    look(office, "request")
    office.get_by_label("Lý do, cần sửa gì").fill("Thiếu phụ lục 2")
    office.get_by_role("button", name="Đề nghị nộp lại").click()

    clerk.reload()
    expect(clerk.get_by_text("Thiếu phụ lục 2").first).to_be_visible()
    clerk.locator("#files").set_input_files(file | {"buffer": pdf("<p>Bản hai, đủ phụ lục</p>")})
    expect(clerk.get_by_text("Lần 2")).to_be_visible()
    office.reload()
    office.get_by_role("button", name="Nhận văn bản").click()
    expect(office.get_by_text("Đại biểu đọc được từ bây giờ")).to_be_visible()
    clerk.reload()
    expect(clerk.locator(".hi-files").get_by_text("Đã nhận")).to_be_visible()


def test_a_zip_is_read_with_its_progress_and_each_guess_tells_its_reason(screen, made):
    session, _paper, item = made
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("Tài liệu/scan0001.pdf", pdf(HEAD))
        archive.writestr("Tài liệu/hỏng.pdf", b"nothing")
    page = enter(screen("desk"), "vanphong")
    page.goto(f"/van-phong/ky-hop/{session}/tai-lieu")
    zipped = {"name": "Tài liệu kỳ họp.zip", "mimeType": "application/zip", "buffer": out.getvalue()}
    page.locator("#files").set_input_files(zipped)

    expect(page.get_by_text("Nhận 1/2 tệp.")).to_be_visible(timeout=60_000)  # the page follows by itself
    expect(page.get_by_text("hỏng.pdf")).to_be_visible()
    row = page.locator("#xep tbody tr").filter(has_text="scan0001.pdf")
    expect(row.get_by_text("số 279/TTr-UBND, ngày 12/11/2026")).to_be_visible()
    expect(row.get_by_text(re.compile("Trang đầu ghi số 279/TTr-UBND; trích yếu giống tên văn bản"))).to_be_visible()
    assert row.locator("option:checked").inner_text().startswith(f"{item} ·")
    look(page, "zip")
    page.get_by_role("button", name="Xác nhận và xếp vào mục").click()
    expect(page.get_by_text("Đã xếp 1 tệp vào chương trình.")).to_be_visible()

    page.goto("/van-phong/xu-ly-tai-lieu")
    stuck = page.locator(".processed").filter(has_text="Phụ lục không mở được")
    again = stuck.get_by_role("button", name=re.compile("Thử lại"))
    expect(again).to_be_visible()
    expect(stuck).to_contain_text("Hãy mở tệp trên máy, lưu thành PDF rồi thay bản mới")
    look(page, "processing-desk")
    again.click()
    expect(page.get_by_text("Đang làm lại.")).to_be_visible()
    if os.environ.get("LOOK"):
        page.set_viewport_size({"width": 820, "height": 1180})
        look(page, "processing-tablet")


def test_a_whole_session_is_taken_out_as_one_pdf_and_as_a_zip(screen, made):
    session, _paper, item = made
    page = enter(screen("tablet"), "vanphong")
    page.goto(f"/hop/{session}/mang-ra")
    page.get_by_role("button", name="Ghép thành một tệp PDF").click()
    ready = page.get_by_role("link", name=re.compile("Tải tệp PDF"))
    expect(ready).to_be_visible(timeout=60_000)
    look(page, "out")
    with page.expect_download() as whole:
        ready.click()
    paper = pypdfium2.PdfDocument(whole.value.path())
    marks = [mark.get_title() for mark in paper.get_toc()]
    assert marks[0] == "Mục lục"
    assert "279/TTr-UBND: Tờ trình về bảng giá đất năm 2027" in marks
    assert f"2 / {len(paper)}" in paper[1].get_textpage().get_text_range()
    paper.close()

    with page.expect_download() as packed:
        page.get_by_role("link", name=re.compile("Tải gói ZIP")).click()
    assert packed.value.suggested_filename == "Kỳ họp thứ 19.zip"
    names = zipfile.ZipFile(packed.value.path()).namelist()
    assert any(f"/{item}." in name and "279-TTr-UBND" in name for name in names)
