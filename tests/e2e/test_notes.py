"""Own notes and a new version of a paper, as a delegate meets them on a tablet: one story."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from council.models import Body, Membership
from documents import jobs, note_format
from documents.models import Annotation, AnnotationPlace
from documents.services import add_paper, replace_paper
from sessions.models import ItemPaper
from tests import builders
from tests.documents.papers import printed, processed, upload
from tests.e2e.conftest import SIZES
from tests.e2e.test_every_page import AXE, RULES
from tests.e2e.test_pack import IN_CLEAR
from tests.e2e.test_reader import open_reader

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

TEXT = (
    "<section><h2>Điều 1. Mức hỗ trợ</h2><p>1. Hỗ trợ một lần {money} triệu đồng cho mỗi hợp tác xã thành lập mới.</p>"
    "<p>2. Ủy ban nhân dân tỉnh bố trí kinh phí hằng năm từ ngân sách tỉnh.</p></section>"
    '<section style="break-before:page"><h2>Điều 2. Hiệu lực</h2><p>Nghị quyết có hiệu lực từ ngày 01/01/2027 và được công '
    "bố trên Công báo tỉnh Lam Sơn theo quy định.</p></section>"
)
SELECT = """(words) => { for (const span of document.querySelectorAll('.textLayer span')) {
  const at = span.firstChild?.data?.indexOf(words) ?? -1; if (at < 0) continue;
  const range = document.createRange(); range.setStart(span.firstChild, at); range.setEnd(span.firstChild, at + words.length);
  getSelection().removeAllRanges(); getSelection().addRange(range); return true } return false }"""

OVER = """([words, more]) => { const range = document.createRange(); const found = [1, 2].map((n) =>
  [...document.querySelectorAll(`.page[data-page-number="${n}"] .textLayer span`)].find((span) => span.firstChild?.data?.includes(n == 1 ? words : more)));
  if (!found.every(Boolean)) return false;
  range.setStart(found[0].firstChild, found[0].firstChild.data.indexOf(words));
  range.setEnd(found[1].firstChild, found[1].firstChild.data.indexOf(more) + more.length);
  getSelection().removeAllRanges(); getSelection().addRange(range); return true }"""


def paper_of(money):
    return upload(printed(f"<div class=text>{TEXT.format(money=money)}</div>"))


@pytest.fixture
def version(settings, tmp_path, council, office):
    settings.MEDIA_ROOT = tmp_path / "files"
    made = add_paper(
        council=council, by=office, upload=paper_of(50), kind="draft_resolution", title="Dự thảo nghị quyết",
        body=builders.plenary(council),
    )  # fmt: skip
    return processed(made)


@pytest.fixture
def page(browser, client, delegate, live_server):
    """A delegate's signed-in tablet; faults of scripts and of the policy fail the test, a lost network does not."""
    client.force_login(delegate.user)
    context = browser.new_context(viewport={"width": 820, "height": 1180}, has_touch=True)
    cookie = client.cookies["sessionid"]
    context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
    yield page
    context.close()
    assert faults == []


def mark(page, words, act):
    page.wait_for_selector(".textLayer span")
    page.wait_for_function(SELECT, arg=words)
    page.click(f"[data-note-act={act}]")


def faults_of(page):
    """What axe finds in a page as it stands."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    return page.evaluate(RULES)


def test_notes_are_kept_survive_and_follow_or_wait_in_the_tray(
    page, live_server, version, delegate, delegates, office, council_session
):
    annotations = reverse("documents:annotations", args=[version.document.public_id])
    council_session.state = "convened"
    council_session.save(update_fields=["state"])
    ItemPaper.objects.create(item=council_session.items.first(), document=version.document, kind="draft_resolution")
    group = Body.objects.create(
        council=version.document.council, term=council_session.term, kind="delegate_group", code="TO1", name="Tổ đại biểu số 1"
    )
    for one in (delegate, delegates[1]):
        Membership.objects.create(body=group, user=one.user, starts_on=builders.TERM_START)
    open_reader(page, live_server, version)
    state = page.locator("[data-note-state]")

    # highlight in an own colour, saved at once, said in words
    page.click("[data-note-colour=hong]")
    mark(page, "50 triệu đồng", "highlight")
    expect(state).to_have_text("Đã lưu")
    box = page.locator(".n-layer .n-box[data-colour=hong]")
    expect(box).to_have_count(1)
    note = Annotation.objects.get()
    assert (note.author, note.kind, note.colour) == (delegate.user, "highlight", "hong")

    # it lies over its words, also after zooming and turning the page
    for act in ("larger", "rotate", "rotate", "rotate", "rotate"):
        page.evaluate("(act) => document.querySelector(`[data-reader-act=${act}]`).click()", act)
    page.wait_for_function(SELECT, arg="50 triệu đồng")
    page.wait_for_timeout(600)
    apart = page.evaluate(
        "() => { const a = getSelection().getRangeAt(0).getBoundingClientRect(), b = document.querySelector('.n-box')"
        ".getBoundingClientRect(); return Math.abs(a.left - b.left) + Math.abs(a.top - b.top) }"
    )
    assert apart < 6
    page.evaluate("getSelection().removeAllRanges()")

    # a text note
    mark(page, "bố trí kinh phí", "text")
    page.fill("[data-note-edit] textarea", "Hỏi Sở Tài chính về nguồn")
    page.click("[data-note-edit] button[type=submit]")
    expect(state).to_have_text("Đã lưu")
    assert Annotation.objects.get(kind="text").text == "Hỏi Sở Tài chính về nguồn"

    # the pen draws and the page does not scroll meanwhile
    page.click("[data-note-act=pen]")
    frame = page.locator(".page[data-page-number='1']").bounding_box()
    scrolled = page.evaluate("document.querySelector('[data-reader]').scrollTop")
    page.mouse.move(frame["x"] + 200, 500)
    page.mouse.down()
    for step in range(8):
        page.mouse.move(frame["x"] + 200 + step * 12, 500 + step * 9)
    page.mouse.up()
    page.click("[data-note-act=pen]")
    expect(state).to_have_text("Đã lưu")
    assert page.evaluate("document.querySelector('[data-reader]').scrollTop") == scrolled
    assert Annotation.objects.filter(kind="pen").count() == 1

    # words that run on into the next page are one note, drawn on both
    page.wait_for_function(OVER, arg=["ngân sách tỉnh", "Hiệu lực"])
    page.click("[data-note-colour=cam]")
    page.click("[data-note-act=highlight]")
    expect(page.locator(".page[data-page-number='1'] .n-box[data-colour=cam]")).to_have_count(1)
    expect(page.locator(".page[data-page-number='2'] .n-box[data-colour=cam]")).to_have_count(1)
    expect(state).to_have_text("Đã lưu")
    over = Annotation.objects.get(colour="cam")
    assert [len(boxes) for boxes in note_format.boxes_in(over.places.get().target).values()] == [1, 1]

    # the network goes: nothing is lost, it is said, and it arrives once
    page.context.set_offline(True)
    page.click("[data-note-act=bookmark]")
    expect(state).to_have_text("1 ghi chú chưa gửi: đã cất khóa trên máy, tự gửi khi có mạng")
    assert not Annotation.objects.filter(kind="bookmark").exists()
    assert "bookmarking" not in page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    assert "bookmarking" not in page.evaluate(IN_CLEAR)["text"]
    page.close()  # nothing of it in clear, and it outlives the tab
    page.context.set_offline(False)
    page = page.context.new_page()
    open_reader(page, live_server, version)
    state = page.locator("[data-note-state]")
    expect(state).to_have_text("Đã lưu", timeout=15_000)
    assert Annotation.objects.filter(kind="bookmark").count() == 1

    # where nothing can be sealed it stays in memory, that is said, and leaving the page asks first
    bare = page.context.new_page()
    bare.add_init_script("Object.defineProperty(crypto, 'subtle', { value: undefined })")
    open_reader(bare, live_server, version)
    expect(bare.locator(".n-layer").filter(has_text="★").first).to_be_visible(timeout=15_000)  # it knows the bookmark
    page.context.set_offline(True)
    bare.click("[data-note-act=bookmark]")
    expect(bare.locator("[data-note-state]")).to_have_text("1 ghi chú chưa lưu: đừng đóng trang này cho đến khi có mạng")
    with bare.expect_event("dialog") as asked:
        bare.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()  # stays, and is sent
    page.context.set_offline(False)
    expect(bare.locator("[data-note-state]")).to_have_text("Đã lưu", timeout=15_000)
    bare.close()
    assert not Annotation.objects.filter(kind="bookmark", removed_at=None).exists()
    page.reload()
    page.wait_for_selector(".n-layer .n-box")

    # removed and taken back
    page.click(".r-tools [data-reader-act=panel]")
    page.click("[data-panel-tab=notes]")
    page.locator(".n-list button", has_text="Hỏi Sở Tài chính").click()
    page.click("[data-note-edit] [data-note-act=remove]")
    expect(state).to_have_text("Đã lưu")
    assert not Annotation.objects.filter(kind="text", removed_at=None).exists()
    page.click("[data-note-act=undo]")
    expect(state).to_have_text("Đã lưu")
    expect(page.locator(".n-list button", has_text="Hỏi Sở Tài chính")).to_have_count(1)
    assert Annotation.objects.get(kind="text").text == "Hỏi Sở Tài chính về nguồn"
    small = page.evaluate(
        "[...document.querySelectorAll('[data-notes] button, .n-list button')].filter(b => b.offsetParent &&"
        " (b.offsetHeight < 44 || b.offsetWidth < 44)).map(b => b.outerHTML)"
    )
    assert small == []

    # it was changed on another tablet meanwhile: the choice of both is shown
    Annotation.objects.filter(kind="text").update(text="Viết trên máy khác", revision=9)
    page.locator(".n-list button", has_text="Hỏi Sở Tài chính").click()
    page.fill("[data-note-edit] textarea", "Viết trên máy này")
    page.click("[data-note-edit] button[type=submit]")
    expect(page.locator("[data-note-conflict] [data-theirs]")).to_contain_text("Viết trên máy khác")
    assert faults_of(page) == []
    page.click("[data-keep=mine]")
    expect(state).to_have_text("Đã lưu")
    assert Annotation.objects.get(kind="text").text == "Viết trên máy này"

    # all my notes of the session: to read, print, take away; one is shared with a colleague, and taken back
    page.goto(live_server.url + reverse("sessions:my_notes", args=[council_session.public_id]))
    row = page.locator(".notes-list > li", has_text="50 triệu đồng")
    expect(page.locator(".notes-list .n-sketch path")).to_have_count(1)
    page.evaluate("window.print = () => { window.printed = true }")
    page.get_by_role("button", name="In").click()
    assert page.evaluate("window.printed")
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải về (chữ)").click()
    assert "“50 triệu đồng”" in Path(download.value.path()).read_text()
    for size in ("phone", "tablet", "desk"):
        page.set_viewport_size(SIZES[size])
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size(SIZES["tablet"])
    row.get_by_role("link", name="Chia sẻ").click()
    assert faults_of(page) == []
    page.get_by_label(delegates[1].full_name).check()
    page.get_by_role("button", name="Chia sẻ", exact=True).click()
    expect(page.locator(".n-shares")).to_contain_text(delegates[1].full_name)
    colleague = Client()
    colleague.force_login(delegates[1].user)
    assert [one["creator"]["name"] for one in colleague.get(annotations).json()["notes"]] == [delegate.full_name]
    page.locator(".n-shares").get_by_role("button", name="Thôi chia sẻ").click()
    expect(page.locator(".n-say")).to_contain_text("chỉ mình bạn xem được")
    assert colleague.get(annotations).json()["notes"] == []

    # with the own group: whoever belongs to it sees it, nobody else, and that is taken back as well
    outsider = Client()
    outsider.force_login(delegates[2].user)
    page.get_by_role("group", name="Tổ của tôi").get_by_label("Tổ đại biểu số 1").check()
    page.get_by_role("button", name="Chia sẻ", exact=True).click()
    expect(page.locator(".n-shares")).to_contain_text("Tổ đại biểu số 1")
    assert len(colleague.get(annotations).json()["notes"]) == 1
    assert outsider.get(annotations).json()["notes"] == []
    page.locator(".n-shares").get_by_role("button", name="Thôi chia sẻ").click()
    expect(page.locator(".n-say")).to_contain_text("chỉ mình bạn xem được")
    assert colleague.get(annotations).json()["notes"] == []
    open_reader(page, live_server, version)

    # a new version: told while the old one is open, with what changed
    newer = processed(replace_paper(document=version.document, by=office, upload=paper_of(70)))
    jobs.carry_notes(newer.pk)
    page.evaluate("dispatchEvent(new Event('focus'))")
    banner = page.locator("[data-newer-shown]")
    expect(banner).to_contain_text("bản mới")
    banner.get_by_role("link", name="Xem thay đổi").click()
    expect(page.locator(".cmp-list del.cmp-money")).to_have_text(re.compile("50 triệu đồng"))
    expect(page.locator(".cmp-list ins.cmp-money")).to_have_text(re.compile("70 triệu đồng"))
    expect(page.locator(".cmp-label").first).to_contain_text("Khoản 1, Điều 1")
    page.get_by_role("link", name="Hai cột").click()
    expect(page.locator(".cmp-two").first).to_be_visible()

    # the note at the changed amount waits for its author; the one at unchanged words went along
    assert AnnotationPlace.objects.get(annotation=note, version=newer).state == "doubt"
    assert note_format.until_in(AnnotationPlace.objects.get(annotation=over, version=newer).target) == 2
    page.goto(live_server.url + reverse("documents:note_tray"))
    row = page.locator(f"#g-{note.public_id}")
    expect(row).to_contain_text("70 triệu đồng")

    # its author says by the own selection where it belongs
    row.get_by_role("link", name="Tự chọn chỗ khác").click()
    moving = page.locator("[data-note-move]")
    expect(moving).to_contain_text("50 triệu đồng")
    assert faults_of(page) == []
    page.wait_for_selector(".textLayer span")
    page.wait_for_function(SELECT, arg="một lần 70 triệu đồng")
    moving.get_by_role("button", name="Gắn vào chữ đã chọn").click()
    expect(moving).to_contain_text("Đã gắn vào chỗ mới")
    expect(page.locator(".n-layer .n-box[data-kind=highlight][data-colour=hong]")).to_be_visible()
    expect(page.locator("[data-note-state]")).to_have_text("Đã lưu")
    place = AnnotationPlace.objects.get(annotation=note, version=newer)
    assert (place.state, note_format.quote_in(place.target)[0]) == ("placed", "một lần 70 triệu đồng")
    moving.get_by_role("link", name="Ghi chú cần xem lại").click()
    expect(page.locator(f"#g-{note.public_id}")).to_have_count(0)

    # both versions side by side, each with its notes and tools; a note that stands on both is changed on both
    page.set_viewport_size(SIZES["desk"])
    open_reader(page, live_server, version)
    page.click("[data-two]")
    page.click("#chon-van-ban [data-choice$='.1']")
    left, right = page.locator("[data-pane]").nth(0), page.locator("[data-pane]").nth(1)
    expect(left.locator(".n-box[data-kind=highlight][data-colour=hong]")).to_be_visible()
    expect(right.locator(".n-box[data-kind=highlight][data-colour=hong]")).to_be_visible()
    right.locator(".textLayer span", has_text="Ủy ban nhân dân").wait_for()
    page.wait_for_function(SELECT.replace("'.textLayer span'", "'[data-pane]:nth-of-type(2) .textLayer span'"), arg="hằng năm")
    right.locator("[data-note-colour=xanh-la]").click()
    right.locator("[data-note-act=highlight]").click()
    expect(right.locator(".n-box[data-colour=xanh-la]")).to_be_visible()
    expect(right.locator("[data-note-state]")).to_have_text("Đã lưu")
    beside = Annotation.objects.get(colour="xanh-la")
    assert beside.places.filter(version=version).exists()
    for side, words in ((right, "Sửa ở bên phải"), (left, "Sửa ở bên trái")):
        box = side.locator(".n-box[data-kind=highlight][data-colour=hong]").bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        side.locator("[data-note-edit] textarea").fill(words)
        side.locator("[data-note-edit] button[type=submit]").click()
        expect(side.locator("[data-note-state]")).to_have_text("Đã lưu")
        note.refresh_from_db()
        assert note.text == words
    expect(page.locator("[data-note-conflict]:visible")).to_have_count(0)
