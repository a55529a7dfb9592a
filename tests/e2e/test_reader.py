"""The reader in a real browser: a long paper on a tablet."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from documents.models import ReadReceipt
from documents.services import add_paper, note_opened, replace_paper
from sessions import conduct, presenting
from sessions.models import ItemPaper, Presentation
from tests import builders
from tests.documents.papers import pictured, printed, processed, tiny, upload, with_pages
from tests.sessions import hall

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

ARTICLE = "<h2>Điều {n}. Hỗ trợ phát triển vùng sản xuất tập trung</h2>" + (
    "<p>Hỗ trợ một lần không quá 50% chi phí xây dựng hạ tầng thiết yếu của vùng sản xuất.</p>" * 12
    + "<p>Mức hỗ trợ theo Nghị quyết số 15/2026/NQ-HĐND.</p>"
)


@pytest.fixture(scope="module")
def long_paper():
    pages = "".join(f'<section style="break-before:page">{ARTICLE.format(n=n)}</section>' for n in range(1, 61))
    return printed(f"<div class=text>{pages}</div>".replace('<section style="break-before:page">', "<section>", 1))


@pytest.fixture
def version(settings, tmp_path, long_paper, council, office):
    settings.MEDIA_ROOT = tmp_path / "files"
    return add_paper(
        council=council, by=office, upload=upload(long_paper), kind="draft_resolution", number="31/DT-NQ",
        title="Dự thảo nghị quyết về chính sách hỗ trợ phát triển nông nghiệp, nông thôn",
        body=builders.plenary(council),
    )  # fmt: skip


@pytest.fixture
def page(browser, client, delegate, live_server):
    """A delegate's signed-in tablet; faults of the page's scripts and of the policy fail the test."""
    client.force_login(delegate.user)
    cookie = client.cookies["sessionid"]
    context = browser.new_context(viewport={"width": 820, "height": 1180}, has_touch=True)
    context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    # the test's server has no sockets: a live room is followed by HTTP, and says so
    page.on(
        "console",
        lambda line: faults.append(line.text) if line.type == "error" and "WebSocket" not in line.text else None,
    )
    yield page
    context.close()
    assert faults == []


def open_reader(page, live_server, version, query=""):
    url = reverse("documents:read", args=[version.document.public_id])
    page.goto(f"{live_server.url}{url}{query}")
    page.wait_for_selector("[data-reader][data-ready]")
    page.wait_for_selector(".pdfViewer .page canvas")


COUNT = """() => { const all = [...document.querySelectorAll('.pdfViewer canvas')];
return {count: all.length, pixels: Math.max(0, ...all.map((one) => one.width * one.height))} }"""
# Three seconds of scrolling from end to end; the most canvases at once, and the largest, of every frame.
FLING = """async () => {
  const desk = document.querySelector("[data-reader]");
  const seen = {most: 0, pixels: 0};
  const until = performance.now() + 3000;
  let [step, n] = [-1700, 0];
  while (performance.now() < until) {
    desk.scrollTop += n++ % 40 < 20 ? step : step / 60; // by turns too fast to be read, and slowly
    if (desk.scrollTop <= 0 || desk.scrollTop >= desk.scrollHeight - desk.clientHeight) step = -step;
    await new Promise(requestAnimationFrame);
    const all = [...document.querySelectorAll(".pdfViewer canvas")];
    seen.most = Math.max(seen.most, all.length);
    seen.pixels = Math.max(seen.pixels, ...all.map((one) => one.width * one.height));
  }
  return seen;
}"""
MOST = """() => {
  window.mostCanvases = 0;
  const look = () => {
    window.mostCanvases = Math.max(window.mostCanvases, document.querySelectorAll(".pdfViewer canvas").length);
    requestAnimationFrame(look);
  };
  look();
}"""
AXE = (Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js").read_text()
# The browser's own voices are not ours to test with: this one speaks Vietnamese, at once, and says what it was given.
VOICE = """
  const said = (window.said = []);
  const voice = {lang: "vi-VN", name: "Linh", localService: true};
  window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
  Object.defineProperty(window, "speechSynthesis", {value: {
    getVoices: () => [voice], addEventListener() {}, cancel() {},
    speak(words) { said.push([words.text, words.rate]); if (said.length < 60 && !window.hold) setTimeout(() => words.onend(), 5); },
  }});
"""


def test_a_long_paper_is_read_page_by_page_with_few_pages_drawn(page, live_server, version):
    assert version.pages == 60
    open_reader(page, live_server, version)

    expect(page.locator("[data-reader-count]")).to_have_text(re.compile("1 / 60"))
    for target in (12, 13, 14, 40, 60):
        page.fill("#trang", str(target))
        page.press("#trang", "Enter")
        page.wait_for_selector(f".page[data-page-number='{target}'] canvas")
        expect(page.locator("[data-reader-count]")).to_have_text(re.compile(f"{target} / 60"))
    seen = page.evaluate(FLING)
    assert seen["most"] <= 3
    assert seen["pixels"] <= 5_200_000
    page.click(
        ".r-zoom[data-reader-act=larger]", click_count=3
    )  # close up a sharper canvas lies over a part of the page
    for _ in range(6):
        page.keyboard.press("+")
    page.wait_for_timeout(900)
    close = page.evaluate(COUNT)
    assert close["count"] <= 3
    assert close["pixels"] <= 5_200_000


def test_the_page_is_remembered_and_found_again_on_another_device(page, browser, live_server, version, delegate):
    open_reader(page, live_server, version)
    page.fill("#trang", "33")
    with page.expect_response(lambda r: r.url.endswith("/da-doc") and r.status == 204):
        page.press("#trang", "Enter")
    page.wait_for_timeout(300)

    elsewhere = Client()  # signed in by itself, with nothing of the tablet's
    elsewhere.force_login(delegate.user)
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    cookie = elsewhere.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    other = context.new_page()
    open_reader(other, live_server, version)
    expect(other.locator("[data-reader-count]")).to_have_text(re.compile("33 / 60"))
    context.close()
    receipt = ReadReceipt.objects.get(user=delegate.user)
    assert (receipt.page, receipt.furthest_page) == (33, 33)


def test_the_next_paper_is_one_tap_and_back_leads_to_the_same_place_of_the_agenda(
    page, live_server, version, council, office
):
    sitting, _ = on_one_item(council, office, version, short(council, office))
    page.set_viewport_size({"width": 820, "height": 420})
    page.goto(f"{live_server.url}{reverse('sessions:agenda', args=[sitting.council_session.public_id])}")
    page.wait_for_load_state("networkidle")
    page.evaluate("scrollTo(0, 173)")
    page.evaluate("document.querySelector('[data-paper]').click()")  # the driver's click would scroll
    page.wait_for_selector("[data-reader][data-ready]")
    expect(page.locator("[rel=prev]")).to_have_count(0)
    page.click("[rel=next]")
    expect(page.locator("h1 b")).to_have_text("Tờ trình về vùng sản xuất")
    page.click("[rel=prev]")
    expect(page.locator("h1 b")).to_have_text(re.compile("^Dự thảo nghị quyết"))
    page.click("[rel=next]")
    page.wait_for_selector("[data-reader][data-ready]")

    page.click(".r-back")

    page.wait_for_url("**/chuong-trinh#muc-3")
    page.wait_for_function("() => scrollY === 173")


def test_words_are_found_with_and_without_marks(page, live_server, version):
    open_reader(page, live_server, version)
    page.keyboard.press("Control+f")
    page.fill("#tim", "dieu 45.")

    expect(page.locator("[data-reader-count]")).to_have_text(re.compile("45 / 60"))
    expect(page.locator("[data-find-count]")).to_have_text("1 / 1")
    expect(page.locator(".page[data-page-number='45'] .highlight.selected")).to_have_text("Điều 45")

    page.fill("#tim", "thiết dieu 12")  # all the words, wherever they stand
    page.press("#tim", "Enter")
    expect(page.locator("[data-reader-count]")).to_have_text(re.compile("12 / 60"))

    page.click("[data-find=marks]")
    expect(page.locator("[data-find-count]")).to_have_text("Không thấy")

    page.fill("#tim", '"vùng sản xuất tập trung"')
    page.press("#tim", "Enter")
    page.click("[data-find=list]")
    expect(page.locator("[data-hit]").first).to_contain_text("Điều 1. Hỗ trợ phát triển vùng sản xuất tập trung")
    page.locator("[data-hit]").nth(20).click()
    expect(page.locator(".highlight.selected").first).to_be_in_viewport()


def pinch(page, *, by):
    """Two real fingers on the paper, moved apart (`by` > 1) or together, as the browser hears them from the screen."""
    touch = page.context.new_cdp_session(page)
    for n in range(11):
        apart = 60 * (1 + (by - 1) * n / 10)
        fingers = [{"x": 400 - apart, "y": 500, "id": 0}, {"x": 400 + apart, "y": 500, "id": 1}]
        kind = "touchMove" if n else "touchStart"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    touch.detach()


def test_fingers_keys_and_buttons_zoom_and_turn_pages(page, live_server, version, office):
    open_reader(page, live_server, version)
    width = "document.querySelector('.page').clientWidth"
    whole = page.evaluate(width)
    pinch(page, by=2)
    assert page.evaluate(width) == pytest.approx(2 * whole, rel=0.1)
    assert page.evaluate("visualViewport.scale") == 1, "the paper grows, and not the page around it"
    pinch(page, by=0.5)
    assert page.evaluate(width) == pytest.approx(whole, rel=0.1)
    page.focus("[data-reader]")
    page.keyboard.press("9")
    expect(page.locator("[data-reader-act=page]")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("document.querySelector('.page').clientHeight <= document.querySelector('.r-desk').clientHeight")
    page.keyboard.press("0")
    expect(page.locator(".r-width")).to_have_attribute("aria-pressed", "true")
    fitted = page.evaluate("document.querySelector('.page').clientWidth")
    page.click(".r-zoom[data-reader-act=larger]")
    expect(page.locator(".r-width")).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("document.querySelector('.page').clientWidth") > fitted
    page.click(".r-width")
    expect(page.locator(".r-width")).to_have_attribute("aria-pressed", "true")

    page.focus("[data-reader]")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")

    expect(page.locator("[data-reader-count]")).to_have_text(re.compile("3 / 60"))
    replace_paper(document=version.document, by=office, upload=upload(tiny(pages=2)))
    page.evaluate("window.dispatchEvent(new Event('focus'))")  # as at every return to the page
    expect(page.locator("[data-newer-shown]")).to_contain_text("Văn phòng vừa đưa lên bản mới.")
    expect(page.locator("[data-newer-changes]")).to_have_attribute("href", re.compile(r"den=2&tu=1"))
    expect(page.locator("[data-reader-count]")).to_have_text(re.compile("3 / 60"))


def test_every_page_is_printed(page, live_server, council, office, version):
    short = add_paper(
        council=council, by=office, upload=upload(tiny(pages=3)), title="Tờ trình", kind="submission",
        body=builders.plenary(council),
    )  # fmt: skip
    page.add_init_script(
        "window.print = () => { document.documentElement.dataset.printed ="
        " document.querySelectorAll('.r-print img').length }"
    )
    open_reader(page, live_server, short)

    page.click(".r-more > summary")
    page.click("[data-reader-act=print]")

    page.wait_for_selector("html[data-printed='3']", state="attached")


def on_one_item(council, office, *versions):
    """A running sitting with these papers on its third item."""
    secretary = builders.person(council, "thuky", "session_secretary")
    sitting = hall.run(builders.council_session(council, office).sittings.get(), secretary)
    for version in versions:
        paper = version.document
        ItemPaper.objects.create(
            item=sitting.items.get(number=3), kind=paper.kind, title=paper.title, document=paper
        )
    return sitting, secretary


def short(council, office, pages=3):
    return add_paper(
        council=council, by=office, upload=upload(tiny(pages=pages)), title="Tờ trình về vùng sản xuất",
        kind="submission", body=builders.plenary(council),
    )  # fmt: skip


def test_two_papers_of_an_item_lie_side_by_side_with_tools_of_their_own(
    page, live_server, version, council, office
):
    on_one_item(council, office, version, short(council, office))
    replace_paper(document=version.document, by=office, upload=upload(tiny(pages=2)))
    page.set_viewport_size({"width": 1280, "height": 800})
    open_reader(page, live_server, version, "?ban=1")
    page.evaluate(MOST)
    page.keyboard.press("2")
    expect(page.locator("#chon-van-ban li")).to_have_count(3)  # the newer version, the older one, the submission
    page.click("#chon-van-ban button:has-text('Tờ trình')")

    first, second = page.locator("[data-pane]").nth(0), page.locator("[data-pane]").nth(1)
    second.locator(".page canvas").first.wait_for()
    first.locator("#trang").fill("44")
    first.locator("#trang").press("Enter")
    second.locator("#trang-2").fill("3")
    second.locator("#trang-2").press("Enter")
    expect(first.locator("[data-pane-count]")).to_have_text(re.compile("44 / 60"))
    expect(second.locator("[data-pane-count]")).to_have_text(re.compile("3 / 3"))
    page.keyboard.press("/")
    page.keyboard.type("xin chao")
    expect(second.locator("[data-find-count]")).to_have_text("3 / 3")
    expect(first.locator("[data-reader-find]")).to_be_hidden()
    first.locator("[data-reader]").hover()
    page.mouse.wheel(0, 2000)  # the one that is scrolled is the one that is read
    first.locator(".page canvas").nth(1).wait_for(state="attached")
    assert second.locator(".page canvas").count() == 1
    both = page.evaluate(COUNT)
    assert both["count"] == 3
    assert both["pixels"] <= 5_200_000
    assert page.evaluate("window.mostCanvases") == 3  # of both together, in every frame

    page.reload()  # the address keeps both
    page.locator("[data-pane]").nth(1).locator(".page canvas").first.wait_for()
    page.locator("[data-pane]").nth(1).locator("[data-pane-choose]").click()
    page.click("#chon-van-ban button:has-text('mới nhất')")  # the newer version beside the older
    expect(page.locator("[data-pane]").nth(1).locator("[data-pane-count]")).to_have_text(re.compile("/ 2"))
    page.set_viewport_size({"width": 820, "height": 1180})
    expect(page.locator("[data-pane]")).to_have_count(1)


def test_side_panel_night_rotation_and_help_work_by_key_and_axe_finds_nothing(page, live_server, version):
    page.set_viewport_size({"width": 1280, "height": 800})
    open_reader(page, live_server, version)
    page.wait_for_selector(".r-thumbs [data-page='2'] img")
    page.click(".r-thumbs [data-page='5']")
    expect(page.locator("[data-reader-count]")).to_have_text(re.compile("5 / 60"))
    expect(page.locator(".r-thumbs [aria-current=page]")).to_have_attribute("data-page", "5")
    page.click("#the-muc-luc")
    page.click(".r-outline button:has-text('Điều 9.')")
    expect(page.locator("[data-reader-count]")).to_have_text(re.compile("9 / 60"))

    page.focus("[data-reader]")
    upright = page.evaluate("document.querySelector(\".page[data-page-number='9']\").clientHeight")
    page.keyboard.press("r")
    page.wait_for_function(
        f"() => document.querySelector(\".page[data-page-number='9']\").clientHeight < {upright}"
    )
    page.keyboard.press("d")
    expect(page.locator("html")).to_have_attribute("data-night", "")
    page.evaluate(AXE)
    rules = '{runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], resultTypes: ["violations"]}'
    look = f"async () => (await axe.run(document, {rules})).violations.map((one) => [one.id, one.nodes.map((n) => n.html.slice(0, 120))])"
    assert page.evaluate(look) == []
    page.keyboard.press("d")
    page.keyboard.press("/")
    page.keyboard.type("dieu")
    page.keyboard.press("Escape")
    page.click(".r-more > summary")
    page.keyboard.press("Escape")  # closes the menu, and does not lead away from the paper
    expect(page.locator(".r-more")).not_to_have_attribute("open", "")
    page.keyboard.press("?")
    expect(page.locator("#phim-tat")).to_be_visible()
    assert page.evaluate(look) == []


def test_the_chairs_page_is_followed_one_tap_leaves_and_one_returns(
    page, live_server, version, council, office, delegate
):
    sitting, secretary = on_one_item(council, office, version)
    presenting.start_presenting(sitting=sitting, version=version, page=7, by=secretary)
    page.goto(f"{live_server.url}{reverse('sessions:today')}")
    page.click("[data-presented] a")
    words = page.locator("[data-follow-words]")
    expect(words).to_have_text("Đang theo trang của chủ tọa")
    expect(page.locator("[data-reader-count]")).to_have_text(re.compile("7 / 60"))

    presenting.turn_page(sitting=sitting, page=21, turn=1, by=secretary)
    expect(page.locator("[data-reader-count]")).to_have_text(re.compile("21 / 60"), timeout=8000)

    page.click("[data-follow-act=leave]")
    presenting.turn_page(sitting=sitting, page=22, turn=2, by=secretary)
    expect(words).to_have_text("Đại biểu đang tự đọc. Chủ tọa đang ở trang 22.", timeout=8000)
    expect(page.locator("[data-reader-count]")).to_have_text(re.compile("21 / 60"))

    page.click("[data-follow-act=return]")
    expect(page.locator("[data-reader-count]")).to_have_text(re.compile("22 / 60"))
    presenting.stop_presenting(sitting=sitting, by=secretary)
    expect(page.locator("[data-follow]")).to_be_hidden(timeout=8000)

    # back on the day's page, the room tells of a newer version of what was read
    conduct.go_to_item(sitting=sitting, item=sitting.items.get(number=3), by=secretary)
    note_opened(version=version, user=delegate.user, page=60)
    page.goto(f"{live_server.url}{reverse('sessions:today')}")
    read = page.locator("#part-papers [data-read]")
    expect(read).to_have_text("đã đọc")
    replace_paper(document=version.document, by=office, upload=upload(tiny(pages=2)))
    expect(read).to_have_text("bản mới, lần 2", timeout=8000)


def test_a_member_whom_the_chair_lets_present_leads_from_the_reader(
    page, live_server, version, council, office, delegate
):
    sitting, secretary = on_one_item(council, office, version)
    presenting.let_present(sitting=sitting, delegate=delegate, by=secretary)
    open_reader(page, live_server, version, "?trang=4")
    page.click(".r-more > summary")
    page.click("text=Trình bày cho hội trường")
    expect(page.locator("[data-follow-words]")).to_have_text(
        "Đại biểu đang trình bày trang này cho hội trường.", timeout=8000
    )
    for _ in range(5):  # faster than the hall is told: the latest wins
        page.keyboard.press("ArrowRight")
    expect(page.locator("[data-reader-count]")).to_have_text(re.compile("9 / 60"))
    page.wait_for_timeout(1200)
    led = Presentation.objects.get()
    assert (led.by, led.page) == (delegate.user, 9)

    page.click("[data-follow-stop] button")
    expect(page.locator("[data-follow]")).to_be_hidden(timeout=8000)
    led.refresh_from_db()
    assert led.ended_at is not None


def test_a_paper_is_read_aloud_only_where_there_is_a_vietnamese_voice(page, live_server, version):
    open_reader(page, live_server, version)
    assert page.locator("[data-listen-start]").count() == 0  # no voice, no button

    page.add_init_script(VOICE)
    open_reader(page, live_server, version)
    page.evaluate("window.hold = true")
    page.wait_for_selector("[data-listen-start]", state="attached")
    page.keyboard.press("l")
    page.wait_for_function("() => window.said.length === 1 && CSS.highlights.has('reader-spoken')")
    assert page.evaluate("[...CSS.highlights.get('reader-spoken')].join('')").startswith(
        "Điều 1. Hỗ trợ phát triển"
    )
    page.select_option("#toc-do", "1.25")
    assert page.evaluate("window.said.at(-1)[1]") == 1.25
    page.click("[data-listen-toggle]")
    expect(page.locator("[data-listen-words]")).to_have_text("Tạm dừng ở trang 1")
    page.evaluate("window.hold = false")
    page.click("[data-listen-toggle]")

    page.wait_for_function("() => window.said.length >= 60")  # pages turn with the voice
    assert "không quá 50 phần trăm chi phí" in page.evaluate("window.said[3][0]")
    said = page.evaluate("window.said.map((one) => one[0])")
    assert "Mức hỗ trợ theo Nghị quyết số 15 năm 2026 nghị quyết Hội đồng nhân dân." in said
    expect(page.locator("[data-reader-count]")).not_to_have_text(re.compile("1 / 60"))
    page.click("[data-listen-stop]")
    assert not page.evaluate("CSS.highlights.has('reader-spoken')")


def test_the_servers_pictures_stand_and_are_leafed_through_while_the_file_is_on_its_way(
    page, live_server, council, office, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path / "files"
    drawn = processed(short(council, office))
    held, is_slow = [], [True]
    bytes_of = re.compile(r"/ban-goc\.pdf\?manh=")
    page.route(bytes_of, lambda route: held.append(route) if is_slow else route.continue_())
    url = reverse("documents:read", args=[drawn.document.public_id])
    with page.expect_request(bytes_of):
        page.goto(f"{live_server.url}{url}?trang=2")

    page.wait_for_function("() => [...document.querySelectorAll('.r-first img')].every((one) => one.naturalWidth > 1000)")
    expect(page.locator(".r-first img").first).to_be_in_viewport()
    expect(page.locator("[data-reader-count]")).to_have_text(re.compile("2 / 3"))
    page.keyboard.press("ArrowRight")
    expect(page.locator(".r-first img").nth(1)).to_be_in_viewport(ratio=0.8)
    expect(page.locator("[data-reader-count]")).to_have_text(re.compile("3 / 3"))
    expect(page.locator(".pdfViewer canvas")).to_have_count(0)
    is_slow.clear()
    for route in held:
        route.continue_()
    page.wait_for_selector(".page[data-page-number='3'] canvas")
    expect(page.locator(".r-first")).to_have_count(0)
    expect(page.locator("[data-reader-count]")).to_have_text(re.compile("3 / 3"))
    page.wait_for_selector(".page[data-page-number='2'] canvas", state="attached")
    pictures_of_drawn_pages = page.locator(".page[data-loaded]:has(canvas) > .page-picture")
    expect(pictures_of_drawn_pages).to_have_count(0)
    page.goto(f"{live_server.url}{url}?trang=1")
    page.wait_for_selector(".page[data-page-number='1'][data-loaded] canvas")
    expect(pictures_of_drawn_pages).to_have_count(0)


def test_on_a_phone_everything_fits(page, live_server, version):
    page.set_viewport_size({"width": 390, "height": 844})
    open_reader(page, live_server, version)

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = page.evaluate(
        "[...document.querySelectorAll('.r-tools .btn, .r-head .btn')].filter(b => b.offsetParent &&"
        " (b.offsetHeight < 44 || b.offsetWidth < 44)).map(b => b.outerHTML)"
    )
    assert small == []
    page.click(".r-more > summary")
    page.click(".r-size-menu [value=up]")  # the head has no room for it
    expect(page.locator("html")).to_have_attribute("data-text", "lon")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_scripts_the_pages_are_pictures_and_the_file_is_there(
    browser, client, delegate, live_server, council, office, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path / "files"
    version = pictured(with_pages(short(council, office, pages=5), [f"Trang {n}" for n in range(1, 6)]))
    client.force_login(delegate.user)
    context = browser.new_context(viewport={"width": 820, "height": 1180}, java_script_enabled=False)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    context.add_cookies([cookie])
    page = context.new_page()
    page.goto(f"{live_server.url}{reverse('documents:read', args=[version.document.public_id])}")

    expect(page.locator(".r-first img")).to_have_count(3)
    expect(page.locator(".r-first img").first).to_be_in_viewport()
    expect(page.get_by_text("Trang 1 đến 3 / 5")).to_be_visible()
    assert [one for one in page.locator(".r-tools button, .r-tools form").all() if one.is_visible()] == []
    page.click("text=Các trang sau")
    expect(page.get_by_text("Trang 4 đến 5 / 5")).to_be_visible()
    expect(page.locator("text=Các trang sau")).to_have_count(0)
    page.click("text=Các trang trước")
    expect(page.get_by_text("Trang 1 đến 3 / 5")).to_be_visible()
    with page.expect_download() as taken:
        page.click(".r-note a[download]")
    assert taken.value.path().read_bytes() == version.file.read()
    context.close()
