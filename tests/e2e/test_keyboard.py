"""Without a mouse: every stop of the Tab key is seen, the first leads past the navigation, a vote is cast."""

import re

import pytest

pytestmark = pytest.mark.e2e

STOP = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const box = e.getBoundingClientRect(), style = getComputedStyle(e);
  const drawn = (s) => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== "none";
  const label = e.labels?.[0];
  return {
    what: e.outerHTML.slice(0, 90),
    text: e.textContent.trim(),
    href: e.getAttribute("href"),
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
    marked: drawn(style) || (label && drawn(getComputedStyle(label))) || drawn(getComputedStyle(e.parentElement)),
  };
}"""


def stops(page, most: int = 25) -> list[dict]:
    """Where the Tab key leads from the top of a page, in order."""
    found = []
    for _press in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None:
            break
        found.append(stop)
    return found


def sign_in(page, role: str) -> None:
    page.goto("/tai-khoan/dang-nhap")
    page.get_by_role("button", name=re.compile(f"^{role}")).first.click()
    page.wait_for_load_state("load")


@pytest.mark.parametrize(
    ("role", "address"),
    [
        (None, "/"),
        (None, "/tai-khoan/dang-nhap"),
        (None, "/nghi-quyet"),
        (None, "/kien-nghi"),
        ("Đại biểu", "/hom-nay"),
        ("Văn phòng", "/van-phong/kien-nghi"),
        ("Cán bộ cơ quan", "/bat-dau"),
        ("Chủ tọa kỳ họp", "/bat-dau"),
    ],
)
def test_every_stop_of_the_tab_key_is_seen_and_the_first_skips_the_navigation(screen, house, role, address):
    page = screen("desk")
    if role:
        sign_in(page, role)
    page.goto(address)

    found = stops(page)

    assert found[0]["href"] == "#noi-dung" or found[0]["href"].startswith("#"), found[0]["what"]
    assert [stop["what"] for stop in found if not stop["seen"]] == []
    assert [stop["what"] for stop in found if not stop["marked"]] == []


def test_signing_in_needs_no_mouse(screen, house, accounts):
    page = screen("tablet")
    page.goto("/tai-khoan/dang-nhap")
    page.get_by_label("Tên đăng nhập").focus()
    page.keyboard.type("db012")
    page.keyboard.press("Tab")
    page.keyboard.type(accounts["db012"]["password"])
    page.keyboard.press("Enter")

    page.wait_for_url(re.compile("/hom-nay"))


def test_a_dialog_holds_the_focus_and_gives_it_back(screen, house):
    page = screen("desk")
    page.goto("/huong-dan/giao-dien")
    page.get_by_text("Mở hộp thoại").focus()
    page.keyboard.press("Enter")
    inside = page.locator("#hop-thoai")
    inside.wait_for(state="visible")
    for _press in range(6):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.querySelector('#hop-thoai').contains(document.activeElement) || document.activeElement === document.body"
        )
    page.keyboard.press("Escape")

    assert inside.is_hidden()
    assert "Mở hộp thoại" in page.evaluate("document.activeElement.textContent")


@pytest.mark.parametrize("address", ["/", "/nghi-quyet", "/kien-nghi", "/ky-hop/ky-hop-thu-4"])
def test_print_leaves_the_navigation_out_and_cuts_nothing_off(screen, house, address):
    page = screen("desk")
    page.goto(address)
    page.set_viewport_size({"width": 794, "height": 1123})  # A4 at 96 dots
    page.emulate_media(media="print")

    assert page.locator("nav:visible").count() == 0
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
