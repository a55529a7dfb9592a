"""One council holds one paperless session: the acceptance script, in the order of docs/walkthrough.md.

The tests of this file follow each other on one running demonstration. With WALKTHROUGH=<folder> each
step leaves a screenshot there, for docs/walkthrough.md.
"""

import json
import os
import re
from datetime import date, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.e2e

DATA = Path(__file__).resolve().parent.parent / "data"


def picture(page, name: str) -> None:
    folder = os.environ.get("WALKTHROUGH")
    if folder:
        page.wait_for_timeout(400)
        page.screenshot(path=Path(folder) / f"{name}.png")


def enter(page, username: str):
    """Sign in with the demonstration's button, second factor included."""
    page.goto("/tai-khoan/dang-nhap")
    page.locator(f"button[value='{username}']").click()
    page.wait_for_url(re.compile(r"^(?!.*dang-nhap)"))
    return page


def enter_by_card(page, account: dict):
    """Scan the seat card and type the PIN."""
    page.goto("/the/" + account["card_url"].rsplit("/", 1)[1])
    page.get_by_label(re.compile("PIN")).first.fill(account["pin"])  # the sixth digit sends it
    page.wait_for_url("**/hom-nay")
    return page


def enter_by_password(page, account: dict):
    page.goto("/tai-khoan/dang-nhap?mat-khau")
    page.locator("[name=login]").fill(account["username"])
    page.locator("[name=password]").fill(account["password"])
    page.get_by_role("button", name="Đăng nhập").last.click()
    page.wait_for_url(re.compile(r"^(?!.*dang-nhap)"))
    return page


def pdf(title: str) -> bytes:
    from weasyprint import HTML

    return HTML(string=f"<h1>{title}</h1><p>Nội dung minh họa.</p>").write_pdf()


def drop_files(page, files: dict[str, bytes]) -> None:
    """Let several files fall on the place for them, as a hand does that dragged them there."""
    dragged = page.evaluate_handle(
        """(files) => {
          const dragged = new DataTransfer();
          for (const [name, content] of files)
            dragged.items.add(new File([Uint8Array.from(content)], name, {type: "application/pdf"}));
          return dragged;
        }""",
        [[name, list(content)] for name, content in files.items()],
    )
    page.dispatch_event("[data-drop]", "dragover", {"dataTransfer": dragged})
    page.dispatch_event("[data-drop]", "drop", {"dataTransfer": dragged})


def coming_session() -> bytes:
    """The file of a real regular session, moved to a month from now, when our delegates are in office."""
    plan = json.loads((DATA / "ky-hop-thuong-le.json").read_text())
    days = sorted({sitting["date"] for sitting in plan["sittings"]})
    for sitting in plan["sittings"]:
        sitting["date"] = str(date.today() + timedelta(days=30 + days.index(sitting["date"])))
    plan["title"], plan["number"] = "Kỳ họp thứ 6, thường lệ", 6
    return json.dumps(plan, ensure_ascii=False).encode()


@pytest.fixture(scope="module")
def told():
    """What an earlier step leaves to the next: addresses of pages."""
    return {}


def test_1_office_imports_a_session_and_sees_what_is_missing(screen, told):
    page = enter(screen("desk"), "vanphong")
    page.goto("/van-phong/ky-hop/nhap")
    with page.expect_download() as template:
        page.get_by_role("link", name=re.compile("XLSX")).click()
    assert template.value.suggested_filename.endswith(".xlsx")

    page.locator("input[type=file]").set_input_files(
        {"name": "ky-hop.json", "mimeType": "application/json", "buffer": coming_session()}
    )
    page.get_by_role("button", name="Đọc tệp và xem trước").click()
    expect(page.get_by_role("button", name="Nhập kỳ họp này")).to_be_visible()
    picture(page, "1-nhap-ky-hop")
    page.get_by_role("button", name="Nhập kỳ họp này").click()

    expect(page.get_by_role("heading", name="Còn thiếu")).to_be_visible()
    told["session"] = page.url
    picture(page, "1-ky-hop")


def test_1_office_drops_several_pdfs_and_each_finds_its_item(screen, told):
    page = enter(screen("desk"), "vanphong")
    page.goto(told["session"].rstrip("/") + "/tai-lieu")
    before = page.locator("strong.num.big").inner_text()
    options = page.locator(".paper-group li .miss").first.locator("xpath=ancestor::li").inner_text()
    title = re.sub(r"^.*?: ", "", options.split("\n")[0]).strip()

    drop_files(page, {f"{title}.pdf": pdf(title), "không phải pdf.pdf": b"hello"})

    expect(page.get_by_role("button", name="Xác nhận và xếp vào mục")).to_be_visible(timeout=60_000)
    expect(page.get_by_text(re.compile("không phải", re.I)).first).to_be_visible()
    picture(page, "1-tai-lieu")
    page.get_by_role("button", name="Xác nhận và xếp vào mục").click()
    expect(page.locator("strong.num.big")).not_to_have_text(before)


def letters_in(folder) -> list[set[str]]:
    """The kinds of parts of every letter that was sent so far, the demonstration's own among them."""
    files = [path.read_bytes() for path in folder.iterdir()] if folder.exists() else []
    letters = [letter for content in files for letter in content.split(b"-" * 79) if letter.strip()]
    parsed = [message_from_bytes(letter.lstrip(b"\n"), policy=policy.default) for letter in letters]
    return [{part.get_content_type() for part in letter.walk()} for letter in parsed]


def test_1_office_sends_the_notice_and_sees_who_has_it(screen, told, house):
    page = enter(screen("desk"), "vanphong")
    page.goto(told["session"].rstrip("/") + "/thong-bao")
    number = page.get_by_label(re.compile("Số, ký hiệu"))
    number.fill("119/TB-HĐND.TT")
    page.get_by_role("button", name="Xem trước").click()
    picture(page, "1-thong-bao")
    page.get_by_role("button", name=re.compile("^Gửi cho")).click()

    for _second in range(120):
        notices = [kinds for kinds in letters_in(house.folder / "mails") if "text/calendar" in kinds]
        if len(notices) >= 85:
            break
        page.wait_for_timeout(1000)
    assert len(notices) >= 85
    assert all("application/pdf" in kinds for kinds in notices)
    page.goto(told["session"])
    expect(page.get_by_text("Đã gửi").first).to_be_visible()
    picture(page, "1-da-gui")


def test_2_delegate_signs_in_by_card_and_reads_in_two_taps(screen, accounts):
    page = enter_by_card(screen("tablet", has_touch=True), accounts["db020"])
    expect(page.get_by_role("heading", name="Việc của đại biểu lúc này")).to_be_visible()
    picture(page, "2-hom-nay")

    page.locator("#part-papers a").first.click()  # the first tap; the agenda's other papers need one more
    expect(page.locator("[data-reader-pages] canvas").first).to_be_visible(timeout=30_000)
    picture(page, "2-doc-tai-lieu")
    page.get_by_role("link", name="Quay lại").click()
    page.wait_for_url("**/hom-nay*")


def test_2_a_card_on_a_second_device_is_told_and_gets_nothing(screen, accounts):
    enter_by_card(screen("tablet"), accounts["db021"])
    second = screen("tablet")

    second.goto("/the/" + accounts["db021"]["card_url"].rsplit("/", 1)[1])

    expect(second.get_by_role("heading", name=re.compile("máy khác"))).to_be_visible()
    picture(second, "2-the-dang-dung")


@pytest.fixture(scope="module")
def sitting(house) -> str:
    """The address of today's open sitting, such as /hop/<id>."""
    found = house.python(
        "from sessions.models import Sitting; print(Sitting.objects.get(state='open', council_session__slug='ky-hop-thu-5').public_id)"
    )
    return f"/hop/{found.strip()}"


def test_3_secretary_checks_and_takes_attendance(screen, sitting):
    page = enter(screen("desk"), "db005")
    page.goto(f"{sitting}/kiem-tra")
    expect(page.get_by_role("heading", name="Kiểm tra trước khi mở phiên")).to_be_visible()
    picture(page, "3-kiem-tra")
    page.goto(f"{sitting}/diem-danh")
    picture(page, "3-diem-danh")
    page.goto(f"{sitting}/dieu-hanh")
    expect(page.get_by_text(re.compile("đủ điều kiện họp")).first).to_be_visible()


def test_4_a_named_vote_from_opening_to_declaration(screen, accounts, sitting):
    chair = enter(screen("desk"), "db001")
    chair.goto(f"{sitting}/dieu-hanh")
    wall = enter(screen("wall"), "db005")
    wall.goto(f"{sitting}/man-hinh")
    first = enter_by_card(screen("tablet"), accounts["db030"])
    second = enter_by_card(screen("tablet"), accounts["db031"])
    secretary = enter(screen("desk"), "db005")
    secretary.goto(f"{sitting}/dieu-hanh")

    chair.get_by_role("button", name="Chuẩn bị biểu quyết").click()
    chair.get_by_role("button", name=re.compile("^Mở biểu quyết")).click()

    for tablet in (first, second):  # every tablet follows by itself
        expect(tablet.get_by_role("button", name="Không tán thành")).to_be_visible(timeout=3_000)
    first.locator("[data-choice=for].vote").click()
    expect(first.get_by_text(re.compile("Đã ghi nhận"))).to_be_visible()
    second.locator("[data-choice=against].vote").click()
    expect(second.get_by_text(re.compile("Đã ghi nhận"))).to_be_visible()
    second.locator("[data-choice=other].vote").click()  # changed before the close
    expect(second.get_by_text(re.compile("Đã ghi nhận: Ý kiến khác"))).to_be_visible()
    expect(chair.locator(".c-turn b")).to_have_text("2")

    secretary.get_by_role("link", name=re.compile("Ghi phiếu qua thư ký")).click()
    expect(secretary.get_by_role("heading", name="Ghi phiếu qua thư ký")).to_be_visible()

    chair.get_by_role("button", name=re.compile("Kết thúc biểu quyết")).first.click()
    chair.get_by_role("dialog").get_by_role("button", name="Kết thúc biểu quyết").click()

    expect(wall.get_by_text("Không được thông qua")).to_be_visible(timeout=3_000)  # 1 for of 85
    expect(first.get_by_text("Phiếu của đại biểu được ghi là")).to_be_visible(timeout=3_000)
    chair.get_by_role("button", name=re.compile("Công bố kết quả")).click()
    expect(chair.get_by_text(re.compile("Đã công bố lúc"))).to_be_visible()


def test_4_a_poll_opened_by_mistake_is_cancelled_with_a_reason(screen, accounts, sitting):
    chair = enter(screen("desk"), "db001")
    chair.goto(f"{sitting}/dieu-hanh")
    tablet = enter_by_card(screen("tablet"), accounts["db032"])
    chair.get_by_role("button", name=re.compile("Chuyển sang mục|Chuyển mục sau")).first.click()
    chair.get_by_role("button", name="Chuẩn bị biểu quyết").click()
    chair.get_by_role("button", name=re.compile("^Mở biểu quyết")).click()
    expect(tablet.get_by_role("button", name="Không tán thành")).to_be_visible(timeout=3_000)

    chair.get_by_role("link", name="Hủy biểu quyết").click()
    chair.get_by_label(re.compile("Lý do")).fill("Mở nhầm mục")
    chair.get_by_role("button", name=re.compile("Hủy biểu quyết")).click()

    expect(tablet.get_by_role("button", name="Không tán thành")).to_be_hidden(timeout=3_000)
    expect(tablet.get_by_text(re.compile("Mở nhầm mục")).first).to_be_visible()


def test_5_office_turns_the_adopted_draft_into_a_published_resolution(screen, told):
    page = enter(screen("desk"), "vanphong")
    page.goto("/van-phong/nghi-quyet")
    picture(page, "5-so-nghi-quyet")
    page.locator("ul.rows a.btn").first.click()
    title = page.locator("[name=title]").input_value()
    page.locator("[name=bases]").fill("Luật Tổ chức chính quyền địa phương số 72/2025/QH15")
    page.locator("[name=dieu-0-heading]").fill("Thông qua nội dung minh họa")
    page.locator("[name=dieu-0-body]").fill("1. Nội dung thứ nhất.\n2. Nội dung thứ hai.")
    page.locator("[name=recipients]").fill("Ủy ban nhân dân tỉnh\nLưu: VT")
    page.locator("[name=signer]").fill("Trần Văn Trình Diễn")
    picture(page, "5-soan")
    page.get_by_role("button", name="Lưu").click()
    page.get_by_role("button", name=re.compile("^Vào số")).click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("Vào số")).click()
    expect(page.get_by_text(re.compile(r"^Nghị quyết số .*NQ-HĐND"))).to_be_visible()
    for _second in range(60):  # the relay prints the PDF
        if page.get_by_role("button", name="Công bố").count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    picture(page, "5-da-vao-so")
    page.get_by_role("button", name="Công bố").click()
    if page.get_by_role("dialog").is_visible():
        page.get_by_role("dialog").get_by_role("button", name="Công bố").click()
    page.get_by_role("link", name="Xem trang công khai").click()
    expect(page.get_by_text(re.compile("chưa ký số", re.I)).first).to_be_visible()
    told["resolution"] = title


def test_6_citizen_finds_the_session_on_a_phone_without_an_account(screen):
    page = screen("phone")
    page.goto("/")
    picture(page, "6-trang-chu")
    page.goto("/ky-hop/ky-hop-thu-4")
    expect(page.get_by_text("Được thông qua").first).to_be_visible()
    picture(page, "6-ky-hop")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto("/nghi-quyet?q=ngan+sach")
    expect(page.locator("main a[href*='/nghi-quyet/']").first).to_be_visible()
    picture(page, "6-nghi-quyet")


def test_7_a_petition_from_record_to_public_answer(screen, accounts):
    office = enter(screen("desk"), "vanphong")
    office.goto("/van-phong/kien-nghi")
    picture(office, "7-kien-nghi")
    office.goto("/van-phong/kien-nghi/moi")
    office.locator("[name=voters]").fill("Cử tri xã Tân Phú")
    office.locator("[name=place]").fill("Xã Tân Phú")
    office.locator("[name=text]").fill("Kè suối Khe Mo bị sạt lở sau đợt mưa tháng mười, đề nghị sớm gia cố.")
    office.locator("[name=field]").select_option("dyke")
    office.get_by_role("button", name="Ghi nhận").click()
    expect(office.get_by_role("button", name="Chuyển cơ quan")).to_be_visible()
    page = office.url
    office.locator("[name=agency]").select_option(label="Sở Nông nghiệp và Môi trường")
    picture(office, "7-chuyen-co-quan")
    office.get_by_role("button", name="Chuyển cơ quan").click()
    code = re.search(r"KN-\d{4}-\d+", office.content()).group()

    stranger = enter_by_password(screen("desk"), accounts["soxaydung"])
    assert stranger.goto(page.replace("/van-phong/", "/co-quan/")).status == 404

    clerk = enter(screen("desk"), "coquan")
    clerk.goto(page.replace("/van-phong/", "/co-quan/"))
    clerk.locator("[name=text]").fill("Sở đã bố trí kinh phí gia cố kè suối Khe Mo, hoàn thành trong quý tới.")
    clerk.locator("[name=outcome][value=resolved]").check()
    clerk.locator("input[type=file]").set_input_files(
        {"name": "tra-loi.pdf", "mimeType": "application/pdf", "buffer": pdf("Văn bản trả lời")}
    )
    picture(clerk, "7-co-quan")
    clerk.get_by_role("button", name="Gửi văn phòng").click()
    expect(clerk.get_by_text(re.compile("Chờ văn phòng duyệt|đã gửi", re.I)).first).to_be_visible()

    office.goto(page)
    office.get_by_role("button", name="Chấp nhận và công khai").click()
    picture(office, "7-chap-nhan")

    citizen = screen("phone")
    citizen.goto("/kien-nghi?words=ke+suoi+khe+mo")
    citizen.get_by_role("link", name=re.compile("Khe Mo|Kè suối")).first.click()
    expect(citizen.get_by_text("hoàn thành trong quý tới").first).to_be_visible()
    assert code in citizen.content()
    assert citizen.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(citizen, "7-cong-dan")


def test_8_text_size_keyboard_and_sign_out(screen, accounts):
    page = enter_by_card(screen("tablet"), accounts["db040"])
    page.get_by_role("button", name="Chữ to hơn").click()
    expect(page.locator("html")).to_have_attribute("data-text", re.compile("lon"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement !== document.body")
