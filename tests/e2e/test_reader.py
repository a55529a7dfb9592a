"""The reader in a real browser: a long paper on a tablet."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from documents.models import ReadReceipt
from documents.services import add_paper
from tests import builders
from tests.documents.papers import printed, tiny, upload

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

ARTICLE = "<h2>Điều {n}. Hỗ trợ phát triển vùng sản xuất tập trung</h2>" + (
    "<p>Hỗ trợ một lần không quá 50% chi phí xây dựng hạ tầng thiết yếu của vùng sản xuất.</p>" * 12
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
    page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    yield page
    context.close()
    assert faults == []


def open_reader(page, live_server, version, query=""):
    url = reverse("documents:read", args=[version.document.public_id])
    page.goto(f"{live_server.url}{url}{query}")
    page.wait_for_selector("[data-reader][data-ready]")
    page.wait_for_selector(".pdfViewer .page canvas")


def canvases(page) -> int:
    return page.evaluate("document.querySelectorAll('.pdfViewer .page canvas').length")


def test_a_long_paper_is_read_page_by_page_with_few_pages_drawn(page, live_server, version):
    assert version.pages == 60
    open_reader(page, live_server, version)

    expect(page.locator("[data-reader-count]")).to_have_text(re.compile("1 / 60"))
    for target in (12, 13, 14, 40, 60):
        page.fill("#trang", str(target))
        page.press("#trang", "Enter")
        page.wait_for_selector(f".page[data-page-number='{target}'] canvas")
        expect(page.locator("[data-reader-count]")).to_have_text(re.compile(f"{target} / 60"))
        page.wait_for_timeout(400)
        assert canvases(page) <= 3


def test_the_page_is_remembered_and_found_again(page, live_server, version, delegate):
    open_reader(page, live_server, version)
    page.fill("#trang", "33")
    with page.expect_response(lambda r: r.url.endswith("/da-doc") and r.status == 204):
        page.press("#trang", "Enter")
    page.wait_for_timeout(300)

    open_reader(page, live_server, version)

    expect(page.locator("[data-reader-count]")).to_have_text(re.compile("33 / 60"))
    receipt = ReadReceipt.objects.get(user=delegate.user)
    assert (receipt.page, receipt.furthest_page) == (33, 33)


def test_back_leads_to_the_place_in_the_agenda(page, live_server, version):
    open_reader(page, live_server, version, "?ve=/tai-lieu-khong-co%23muc-31")

    assert page.locator(".r-back").get_attribute("href") == "/tai-lieu-khong-co#muc-31"


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


def test_keys_and_buttons_zoom_and_turn_pages(page, live_server, version):
    open_reader(page, live_server, version)
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


def test_on_a_phone_everything_fits(page, live_server, version):
    page.set_viewport_size({"width": 390, "height": 844})
    open_reader(page, live_server, version)

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = page.evaluate(
        "[...document.querySelectorAll('.r-tools .btn, .r-head .btn')].filter(b => b.offsetParent &&"
        " (b.offsetHeight < 44 || b.offsetWidth < 44)).map(b => b.outerHTML)"
    )
    assert small == []
