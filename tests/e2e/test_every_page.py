"""Every page that a person can walk to: it fits a phone, breaks no rule of the browser's policy, names its fields."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

LIMIT = 30  # pages of one walk
NO_PAGE = re.compile(r"\.(pdf|xlsx|csv|ics|json)($|\?)|/xuat|/tai$|/tep/|ban-goc|schema|nhap-ma|/in/")
FIELDS_WITHOUT_NAME = """() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea, button, a[href]")]
  .filter((e) => e.getClientRects().length && !e.closest("[hidden]"))
  .filter((e) => !(e.labels?.length || e.ariaLabel || e.title || e.textContent.trim()
    || e.getAttribute("aria-labelledby") || e.querySelector("[aria-label], img[alt]")))
  .map((e) => e.outerHTML.slice(0, 120))"""


AXE = (Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js").read_text()
RULES = """async () => (await axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})).violations
  .flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)} ${n.any[0]?.message ?? ""}`))"""
checked: set[str] = set()  # pages that axe has looked at, whoever opened them


def shape(address: str) -> str:
    """A page's address without its numbers, so that of a hundred petitions one is visited."""
    path = address.split("#")[0].split("?")[0]
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+", "N", path)


def walk(page, start: str, home: str) -> list[str]:
    """Follow the links from `start`, each kind of page once, and give back what is wrong with them."""
    said: list[str] = []
    page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda fault: said.append(str(fault)))
    todo, seen, faults, visited = [home + start], set(), [], 0
    while todo and visited < LIMIT:
        address = todo.pop(0)
        if shape(address) in seen or NO_PAGE.search(address):
            continue
        seen.add(shape(address))
        said.clear()
        answer = page.goto(address)
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        visited += 1
        place = address.removeprefix(home)
        if answer.status != 200:
            faults.append(f"{place}: {answer.status}")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0 and not place.endswith("/man-hinh"):
            faults.append(f"{place}: {wide} px too wide")
        if "bản trình diễn" not in page.locator("body").inner_text().lower():
            faults.append(f"{place}: does not say that this is the demonstration")
        faults += [f"{place}: no name for {field}" for field in page.evaluate(FIELDS_WITHOUT_NAME)]
        faults += [f"{place}: {words}" for words in said]
        if shape(address) not in checked:
            checked.add(shape(address))
            page.evaluate(AXE)
            faults += [f"{place}: {fault}" for fault in page.evaluate(RULES)]
        links = page.evaluate("[...document.querySelectorAll('a[href]')].map((a) => a.href)")
        todo += [link for link in links if link.startswith(home)]
    assert visited > 3
    return faults


def test_a_citizen_can_walk_through_every_page_on_a_phone(screen, house):
    assert walk(screen("phone"), "/", house.address) == []


@pytest.mark.parametrize(
    "role",
    ["Đại biểu", "Văn phòng", "Thư ký kỳ họp", "Chủ tọa kỳ họp", "Cán bộ cơ quan", "Quản trị hệ thống"],
    ids=["delegate", "office", "secretary", "chair", "agency", "administrator"],
)
def test_a_person_of_each_role_can_walk_through_every_page_on_a_phone(screen, house, role):
    page = screen("phone")
    page.goto("/tai-khoan/dang-nhap")
    page.get_by_role("button", name=re.compile(f"^{role}")).first.click()
    page.wait_for_load_state("load")

    assert walk(page, "/bat-dau", house.address) == []


def test_the_text_size_is_kept_without_leaving_the_page(screen, house):
    page = screen("tablet")
    page.goto("/tai-khoan/dang-nhap")
    before = page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")

    with page.expect_response(re.compile("/co-chu")):
        page.get_by_role("button", name="Chữ to hơn").click()

    page.wait_for_function("(before) => parseFloat(getComputedStyle(document.documentElement).fontSize) > before", arg=before)
    page.reload()
    assert page.evaluate("document.documentElement.dataset.text") == "lon"


def test_a_dialog_opens_with_and_without_javascript(screen, house):
    with_script = screen("desk")
    with_script.goto("/huong-dan/giao-dien")
    with_script.get_by_text("Mở hộp thoại").click()
    assert with_script.locator("#hop-thoai").is_visible()

    without = screen("desk", java_script_enabled=False)
    without.goto("/huong-dan/giao-dien")
    assert without.locator("#hop-thoai").is_hidden()
    without.get_by_text("Mở hộp thoại").click()
    assert without.locator("#hop-thoai").is_visible()
