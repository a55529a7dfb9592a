"""The pictures of the manuals, taken from the running demonstration: docs/dai-bieu.md and docs/van-phong.md.

    MANUALS=docs/images .venv/bin/pytest -m e2e tests/e2e/test_manuals.py

makes them anew, into dai-bieu/ and van-phong/. Without MANUALS there is nothing to do.
"""

import io
import os
import re
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.e2e.test_notes import mark
from tests.e2e.test_papers_arrive import HEAD, MAKE, pdf
from tests.e2e.test_walkthrough import enter, enter_by_card

FOLDER = os.environ.get("MANUALS", "")
pytestmark = [pytest.mark.e2e, pytest.mark.skipif(not FOLDER, reason="set MANUALS to the folder of the pictures")]
COLOURS = 224
PRESENT = """
from council.models import User
from documents.models import Document
from sessions import presenting
from sessions.models import Sitting
version = Document.objects.get(public_id="{paper}").versions.first()
presenting.start_presenting(
    sitting=Sitting.objects.get(public_id="{sitting}"), version=version, page=2, by=User.objects.get(username="db005")
)
"""
DONE = "from sessions.models import Sitting; print(Sitting.objects.get(state='open', council_session__slug='ky-hop-thu-5').public_id)"


def take(page, name: str, clip_to: int = 0) -> None:
    """Leave a small picture of what stands on the screen; `clip_to` keeps the upper part of it."""
    page.wait_for_timeout(500)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    if clip_to:
        picture = picture.crop((0, 0, picture.width, min(clip_to, picture.height)))
    if picture.width > 1000:
        picture = picture.resize((1000, round(picture.height * 1000 / picture.width)), Image.Resampling.LANCZOS)
    path = Path(FOLDER) / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


@pytest.fixture(scope="module")
def sitting(house) -> str:
    return f"/hop/{house.python(DONE).strip()}"


def test_the_delegates_pictures(screen, accounts, sitting):
    page = screen("tablet", has_touch=True)
    page.goto("/the/" + accounts["db020"]["card_url"].rsplit("/", 1)[1])
    take(page, "dai-bieu/1-ma-pin", 800)
    page.get_by_label(re.compile("PIN")).first.fill(accounts["db020"]["pin"])
    page.wait_for_url("**/hom-nay")
    take(page, "dai-bieu/2-hom-nay")
    page.goto("/chuong-trinh")
    take(page, "dai-bieu/3-chuong-trinh", 800)
    page.goto("/tai-lieu-ky-hop")
    take(page, "dai-bieu/4-tai-lieu", 800)

    page.goto("/hom-nay")
    page.locator("#part-papers a").first.click()
    expect(page.locator("[data-reader-pages] canvas").first).to_be_visible(timeout=30_000)
    take(page, "dai-bieu/5-doc")
    page.locator("[data-reader-act=find]").first.click()
    page.locator("#tim").fill("minh hoa")
    page.locator("#tim").press("Enter")
    page.wait_for_timeout(1500)
    take(page, "dai-bieu/6-tim", 700)
    page.locator("[data-find=close]").first.click()
    page.locator(".r-more summary").first.click()
    take(page, "dai-bieu/7-them")
    page.locator(".r-more summary").first.click()
    mark(page, "Đoạn này", "highlight")
    expect(page.locator("[data-note-state]")).to_have_text("Đã lưu")
    page.evaluate("getSelection().removeAllRanges()")
    mark(page, "thửa đất", "text")
    page.fill("[data-note-edit] textarea", "Hỏi Sở Tài chính về nguồn kinh phí")
    take(page, "dai-bieu/12-ghi-chu")
    page.goto("/hom-nay")
    page.get_by_role("link", name="Cá nhân").click()
    page.wait_for_load_state("load")
    take(page, "dai-bieu/10-ca-nhan", 800)

    chair = enter(screen("desk"), "db001")
    chair.goto(f"{sitting}/dieu-hanh")
    take(chair, "van-phong/9-ban-dieu-hanh")
    page.goto("/hom-nay")
    chair.get_by_role("button", name="Chuẩn bị biểu quyết").click()
    chair.get_by_role("button", name=re.compile("^Mở biểu quyết")).click()
    expect(page.get_by_role("button", name="Không tán thành")).to_be_visible(timeout=5_000)
    take(page, "dai-bieu/8-bieu-quyet")
    page.locator("[data-choice=for].vote").click()
    expect(page.get_by_text(re.compile("Đã ghi nhận"))).to_be_visible()
    take(page, "dai-bieu/9-da-ghi-nhan", 800)
    chair.get_by_role("button", name=re.compile("Kết thúc biểu quyết")).first.click()
    chair.get_by_role("dialog").get_by_role("button", name="Kết thúc biểu quyết").click()
    chair.get_by_role("button", name=re.compile("Công bố kết quả")).click()
    expect(chair.get_by_text(re.compile("Đã công bố lúc"))).to_be_visible()


def test_the_delegates_pictures_of_following_the_chair(screen, accounts, sitting, house):
    page = enter_by_card(screen("tablet", has_touch=True), accounts["db022"])
    page.locator("#part-papers a").first.click()
    expect(page.locator("[data-reader-pages] canvas").first).to_be_visible(timeout=30_000)
    house.python(PRESENT.format(sitting=sitting.rsplit("/", 1)[1], paper=re.search(r"tai-lieu/([0-9a-f-]+)", page.url)[1]))
    expect(page.locator("[data-follow-words]")).to_contain_text("Đang theo trang", timeout=20_000)
    take(page, "dai-bieu/11-theo-chu-toa", 700)


def test_the_offices_pictures(screen, house, accounts):
    session, paper, _item = re.search(r"MADE (\S+) (\S+) (\d+)", house.python(MAKE)).groups()
    running = house.python("from sessions.models import CouncilSession; print('RUN', CouncilSession.objects.get(slug='ky-hop-thu-5').public_id)")
    running = re.search(r"RUN (\S+)", running)[1]
    page = enter(screen("desk"), "vanphong")
    page.goto(f"/van-phong/ky-hop/{session}")
    take(page, "van-phong/1-ky-hop")
    page.goto(f"/van-phong/ky-hop/{session}/thu")
    take(page, "van-phong/2-thu-van-ban")
    keep = "keep => { for (const box of document.querySelectorAll('[name^=chon-]')) box.checked = box.name === keep; }"
    page.evaluate(keep, f"chon-{paper}")
    page.get_by_role("button", name="Gửi đề nghị nộp").click()
    clerk = screen("tablet")
    clerk.goto("/tai-khoan/dang-nhap?mat-khau")
    clerk.locator("[name=login]").fill("soxaydung")
    clerk.locator("[name=password]").fill(accounts["soxaydung"]["password"])
    clerk.get_by_role("button", name="Đăng nhập").last.click()
    clerk.wait_for_url(re.compile(r"^(?!.*dang-nhap)"))
    clerk.goto("/co-quan/tai-lieu")
    clerk.locator(".hi-list a").first.click()
    clerk.locator("#files").set_input_files(
        {"name": "du-thao.pdf", "mimeType": "application/pdf", "buffer": pdf("<p>Dự thảo</p>")}
    )
    expect(clerk.get_by_text("Chờ văn phòng nhận")).to_be_visible()
    take(clerk, "van-phong/3-co-quan-nop", 900)
    page.goto(f"/van-phong/ky-hop/{session}/thu?loc=cho-nhan")
    page.locator(".hi-table a").first.click()
    page.wait_for_load_state("load")
    take(page, "van-phong/4-nhan-van-ban")

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("Tài liệu/scan0001.pdf", pdf(HEAD))
    page.goto(f"/van-phong/ky-hop/{session}/tai-lieu")
    page.locator("#files").set_input_files(
        {"name": "Tài liệu kỳ họp.zip", "mimeType": "application/zip", "buffer": out.getvalue()}
    )
    expect(page.get_by_role("link", name="scan0001.pdf")).to_be_visible(timeout=60_000)
    page.mouse.wheel(0, 420)
    take(page, "van-phong/5-xep-vao-muc")

    page.goto(f"/van-phong/ky-hop/{running}/khach")
    take(page, "van-phong/7-khach")
    page.goto(f"/van-phong/ky-hop/{running}/da-doc")
    take(page, "van-phong/8-da-doc")
    page.goto(f"/van-phong/ky-hop/{running}/thong-bao")
    take(page, "van-phong/6-thong-bao")
    page.goto(f"/van-phong/ky-hop/{session}")
    page.locator(".item-name a").nth(3).click()
    page.wait_for_load_state("load")
    take(page, "van-phong/12-ai-duoc-doc")
    page.goto("/van-phong/nghi-quyet")
    take(page, "van-phong/10-nghi-quyet")
    page.goto("/van-phong/kien-nghi")
    take(page, "van-phong/11-kien-nghi")
    page.goto("/van-phong/dai-bieu")
    take(page, "van-phong/13-dai-bieu-the-ghe")
    page.goto(f"/hop/{running}/mang-ra")
    take(page, "van-phong/14-mang-ra")
