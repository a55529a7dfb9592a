"""Every voting screen in every state: axe finds nothing, nothing is cut off, and a vote needs five keys at most.

With PICTURES=<folder> each state leaves its screenshots there.
"""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.test_every_page import AXE, FIELDS_WITHOUT_NAME, RULES
from tests.e2e.test_room import at, told  # noqa: F401 -- fixtures

pytestmark = pytest.mark.e2e

# Who sits six heights of the screen away reads letters of a fiftieth of its height: 22 px of 1080.
SMALL = """() => { const small = []; const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) { const words = walker.currentNode.data.trim(), holder = walker.currentNode.parentElement;
    if (!words || !holder.checkVisibility({ visibilityProperty: true }) || holder.closest('script, style, title, .visually-hidden')) continue;
    const drawing = holder.closest('svg');
    const scale = drawing ? drawing.getScreenCTM().a : 1;
    const size = parseFloat(getComputedStyle(holder).fontSize) * scale;
    if (size < 22) small.push(`${words.slice(0, 40)} (${size} px)`); }
  return small }"""

# The parts of a scene lie beside each other: none begins where another has not ended.
OVER_EACH_OTHER = """() => { const parts = [...document.querySelectorAll('.w-scene > section > *')]
    .flatMap((part) => getComputedStyle(part).display === 'contents' ? [...part.children] : [part])
    .map((part) => [part.className || part.tagName, part.getBoundingClientRect()]).filter(([, box]) => box.height);
  const head = document.querySelector('.w-head').getBoundingClientRect().bottom;
  const found = parts.filter(([, box]) => box.top < head - 1).map(([name]) => `${name} over the head`);
  for (const [name, a] of parts) for (const [other, b] of parts)
    if (name < other && a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
      found.push(`${name} over ${other}`);
  // (a letter has air above and below)
  const map = document.querySelector('.w-map')?.getBoundingClientRect();
  for (const text of map ? document.querySelectorAll('.w-map text') : []) { const box = text.getBoundingClientRect();
    if (box.top < map.top - 8 || box.bottom > map.bottom + 8) found.push(`${text.textContent} beside the map`); }
  return found }"""

# What a tablet is asked to do with its motor and its loudspeaker, kept for the test to read.
LISTEN = """window.called = { shaken: 0, tones: 0 };
navigator.vibrate = () => Boolean(window.called.shaken += 1);
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...at) { window.called.tones += 1; return start.apply(this, at); };"""


class Hall:
    """The desk, the wall, a tablet and a phone in one sitting."""

    def __init__(self, at, told):  # noqa: F811
        self.room = f"/hop/{told['sitting']}"
        self.desk = at("desk", told["secretary"], f"{self.room}/dieu-hanh")
        self.wall = at("wall", told["secretary"], f"{self.room}/man-hinh")
        self.tablet = at("tablet", told["delegates"][0], "/hom-nay")
        self.phone = at("phone", told["delegates"][1], "/hom-nay")
        self.pages = {"desk": self.desk, "wall": self.wall, "tablet": self.tablet, "phone": self.phone}
        self.faults: list[str] = []
        for page in self.pages.values():
            expect(page.locator("[data-connection=on]").first).to_be_attached(timeout=10_000)

    def go_on(self) -> None:
        """Go to the next item, which nobody has voted on."""
        if self.desk.get_by_text("Công bố kết quả").count():
            self.press("c")
            expect(self.desk.get_by_text("Đã công bố lúc")).to_be_visible()
        fresh = self.desk.get_by_role("button", name="Chuẩn bị biểu quyết")
        others = self.desk.locator(".c-ag li:not([aria-current]) button:enabled")
        for place in range(others.count()):  # a neighbour's test may have led the sitting to its end
            button = others.nth(place)
            number = button.locator(".num").first.inner_text()
            button.click()
            expect(self.desk.locator(".c-ag [aria-current] .num").first).to_have_text(number)
            self.desk.wait_for_timeout(300)
            if fresh.count():
                return
        raise AssertionError("no item that was not voted on")

    def look(self, state: str, *names: str) -> None:
        """Let axe look at these screens (all without names) in this state, and see that nothing is too wide."""
        for name in names or self.pages:
            page = self.pages[name]
            page.wait_for_timeout(350)
            place = f"{state} on {name}"
            if not page.evaluate("Boolean(window.axe)"):
                page.evaluate(AXE)
            self.faults += [f"{place}: {fault}" for fault in page.evaluate(RULES)]
            self.faults += [f"{place}: no name for {field}" for field in page.evaluate(FIELDS_WITHOUT_NAME)]
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if wide > 0:
                self.faults.append(f"{place}: {wide} px too wide")
            if name == "wall":
                high = page.evaluate("document.documentElement.scrollHeight - document.documentElement.clientHeight")
                if high > 0:
                    self.faults.append(f"{place}: {high} px are below the wall")
                self.faults += [f"{place}: too small for the last row: {words}" for words in page.evaluate(SMALL)]
                self.faults += [f"{place}: {parts}" for parts in page.evaluate(OVER_EACH_OTHER)]
            if folder := os.environ.get("PICTURES"):
                page.screenshot(path=Path(folder) / f"{state.replace(' ', '-')}-{name}.png")

    def press(self, key: str) -> None:
        self.desk.bring_to_front()
        self.desk.wait_for_timeout(150)  # a second act waits for the answer to the first
        self.desk.keyboard.press(key)

    def close(self) -> None:
        """End the open vote; some have not voted, so the desk asks."""
        expect(self.desk.get_by_role("button", name="Kết thúc biểu quyết")).to_be_visible()
        self.press("k")
        self.desk.locator("dialog[open] button[value=yes]").click()


@pytest.fixture
def hall(at, told):  # noqa: F811
    made = Hall(at, told)
    made.go_on()
    return made


def keys_to_vote(page, most: int = 5) -> int:
    """How many keys it takes from the opened ballot to a recorded vote: to the first choice, and press it."""
    for pressed in range(1, most + 1):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement?.dataset.choice === 'for'"):
            page.keyboard.press("Enter")
            return pressed + 1
    raise AssertionError(f"the first choice is more than {most} keys away")


def test_an_open_vote_from_the_draft_to_the_declaration(hall):
    hall.press("b")
    expect(hall.desk.get_by_text("Mở biểu quyết mục")).to_be_visible()
    hall.look("1 prepared", "desk")

    hall.press("b")
    for page in (hall.tablet, hall.phone):
        expect(page.locator("#vote-screen")).to_be_visible(timeout=5000)
    expect(hall.wall.get_by_text("Đang biểu quyết")).to_be_visible(timeout=5000)
    hall.look("2 open")

    hall.tablet.bring_to_front()
    assert keys_to_vote(hall.tablet) <= 5
    expect(hall.tablet.get_by_text("Đã ghi nhận: Tán thành")).to_be_visible()
    hall.phone.locator(".vote--against").click()
    expect(hall.phone.get_by_text("Đã ghi nhận: Không tán thành")).to_be_visible()
    hall.look("3 recorded", "tablet", "phone", "desk")

    hall.press("g")
    expect(hall.desk.get_by_role("heading", name="Ghi phiếu qua thư ký")).to_be_visible()
    hall.look("4 through the secretary", "desk")
    hall.desk.keyboard.press("Escape")

    hall.close()
    expect(hall.tablet.locator(".mine")).to_be_visible(timeout=5000)
    expect(hall.wall.get_by_text("Không được thông qua")).to_be_visible(timeout=5000)
    hall.look("5 closed")

    hall.tablet.get_by_text("Ghi chưa đúng", exact=True).click()
    hall.tablet.get_by_label("Ghi chưa đúng thế nào").fill("Tôi bấm không tán thành")
    hall.look("6 objecting", "tablet")
    hall.pages["page"] = hall.phone.context.new_page()  # what a tablet without scripts gets
    hall.pages["page"].goto(hall.phone.get_by_role("link", name="Ghi chưa đúng").get_attribute("href"))
    expect(hall.pages["page"].get_by_role("button", name="Báo chủ tọa")).to_be_visible()
    hall.look("6 objecting on a page", "page")
    del hall.pages["page"]
    hall.tablet.get_by_role("button", name="Báo chủ tọa").click()
    expect(hall.tablet.locator("[data-objection-said]")).to_contain_text("Chờ chủ tọa trả lời")
    expect(hall.desk.get_by_text("còn 1 chưa trả lời")).to_be_visible(timeout=5000)
    hall.look("7 objected", "tablet", "desk")
    hall.desk.get_by_role("link", name=re.compile("^Trả lời")).click()
    hall.desk.get_by_label("Không chấp nhận, vì").fill("Máy chủ ghi đúng lần bấm cuối")
    hall.look("8 answering", "desk")
    hall.desk.get_by_role("button", name="Trả lời", exact=True).click()
    expect(hall.desk.get_by_text("còn 0 chưa trả lời")).to_be_visible(timeout=5000)

    hall.press("c")
    expect(hall.tablet.locator("#vote-screen")).to_be_hidden(timeout=5000)
    hall.look("9 declared")
    assert hall.faults == []


def test_several_questions_on_one_screen(hall):
    hall.desk.get_by_role("link", name="Nhiều nội dung").first.click()
    expect(hall.desk.get_by_role("heading", name="Biểu quyết nhiều nội dung")).to_be_visible()
    hall.desk.get_by_label("Cùng lúc").check()
    for box in hall.desk.locator("[name^=pick-]").all()[:3]:
        box.check()
    hall.look("j1 choosing", "desk")
    hall.desk.get_by_role("button", name="Chuẩn bị", exact=True).click()
    expect(hall.desk.get_by_text("Mở biểu quyết mục")).to_be_visible()
    hall.look("j2 prepared", "desk")

    hall.press("b")
    expect(hall.tablet.locator(".joint-q")).to_have_count(3, timeout=5000)
    expect(hall.phone.locator(".joint-q")).to_have_count(3, timeout=5000)
    hall.look("j3 open")

    send = hall.tablet.get_by_role("button", name="Gửi phiếu")
    for group, choice in zip(hall.tablet.locator(".joint-q").all(), ("for", "against"), strict=False):
        group.locator(f".vote--{choice}").click()
    hall.look("j4 picked", "tablet")
    send.click()
    expect(hall.tablet.get_by_text("Chưa chọn nội dung 3")).to_be_visible()  # asked about once, not sent
    expect(hall.desk.locator(".c-turn b")).to_have_text("0")
    hall.tablet.locator(".joint-q").nth(2).locator(".vote--other").click()
    send.click()
    expect(hall.tablet.get_by_text("Đã ghi nhận phiếu 3 nội dung")).to_be_visible()
    expect(send).to_be_disabled()
    hall.tablet.locator(".joint-q").nth(0).locator(".vote--other").click()
    expect(hall.tablet.get_by_text("chưa gửi")).to_be_visible()
    hall.look("j5 changed and not sent", "tablet")
    send.click()
    expect(hall.tablet.get_by_text("đã đổi 1 lần")).to_be_visible()
    hall.look("j6 recorded", "tablet")

    hall.tablet.reload()
    expect(hall.tablet.get_by_text("Đã ghi nhận phiếu 3 nội dung")).to_be_visible()
    hall.tablet.wait_for_function(  # the choices stand a moment after the words
        # As a function: of bare words only the first look is free of the page's security policy.
        "() => [...document.querySelectorAll('.joint-q input:checked')].map((e) => e.value).join() === 'other,against,other'"
    )

    hall.phone.get_by_role("button", name="Gửi phiếu").click()
    expect(hall.phone.get_by_text("Chọn ý kiến cho ít nhất một nội dung")).to_be_visible()
    hall.phone.bring_to_front()
    hall.phone.evaluate("document.activeElement.blur()")  # the keyboard stands nowhere in particular
    for key in ("1", "3", "2", "Enter"):  # a key for each question, and one that sends
        hall.phone.keyboard.press(key)
    expect(hall.phone.get_by_text("Đã ghi nhận phiếu 3 nội dung")).to_be_visible()
    assert [box.get_attribute("value") for box in hall.phone.locator(".joint-q input:checked").all()] == [
        "for", "other", "against",
    ]  # fmt: skip

    hall.close()
    expect(hall.wall.locator(".w-results tbody tr")).to_have_count(3, timeout=5000)
    expect(hall.tablet.locator(".mine")).to_contain_text("1: Ý kiến khác · 2: Không tán thành · 3: Ý kiến khác")
    hall.look("j7 closed")
    hall.press("c")
    expect(hall.tablet.locator("#vote-screen")).to_be_hidden(timeout=5000)
    hall.look("j8 declared")
    assert hall.faults == []


def test_one_after_the_other_with_one_press_each(hall):
    hall.desk.get_by_role("link", name="Nhiều nội dung").first.click()
    expect(hall.desk.get_by_role("heading", name="Biểu quyết nhiều nội dung")).to_be_visible()
    for box in hall.desk.locator("[name^=pick-]").all()[:2]:
        box.check()
    hall.desk.get_by_role("button", name="Chuẩn bị", exact=True).click()
    expect(hall.desk.get_by_text("Chờ đến lượt")).to_be_visible(timeout=5000)
    hall.look("t1 waiting", "desk")

    for left in (1, 0):
        hall.press("b")
        expect(hall.tablet.locator("#vote-screen")).to_be_visible(timeout=5000)
        hall.close()
        expect(hall.desk.get_by_role("button", name="Công bố kết quả")).to_be_visible(timeout=5000)
        hall.press("c")
        expect(hall.desk.get_by_text("Đã công bố lúc")).to_be_visible(timeout=5000)
        expect(hall.desk.get_by_text("Mở biểu quyết tiếp")).to_have_count(left)
    hall.look("t2 done", "desk")
    assert hall.faults == []


def test_a_practice_vote_by_hands_counted_by_two(hall, at, told):  # noqa: F811
    hall.desk.get_by_role("link", name=re.compile("Biểu quyết mục này|Sửa câu hỏi trước|Biểu quyết nội dung khác")).first.click()
    hall.desk.get_by_label("Hình thức").select_option("hands")
    hall.desk.get_by_label(re.compile("^Biểu quyết thử")).check()
    hall.look("h1 preparing", "desk")
    hall.desk.get_by_role("button", name="Chuẩn bị", exact=True).click()
    expect(hall.desk.get_by_text("Mở biểu quyết mục")).to_be_visible()
    hall.press("b")
    expect(hall.wall.get_by_text("Đang biểu quyết: giơ tay")).to_be_visible(timeout=5000)
    hall.look("h2 open")
    for page in hall.pages.values():
        expect(page.get_by_text("BIỂU QUYẾT THỬ").first).to_be_visible()

    hall.press("k")
    expect(hall.desk.get_by_text("Nhập số đếm")).to_be_visible(timeout=5000)
    hall.look("h3 counting")
    hall.desk.goto(hall.desk.get_by_role("link", name="Nhập số đếm").get_attribute("href"))
    hall.look("h4 entering", "desk")
    hall.desk.locator("#for").fill("3")
    hall.desk.locator("#against").fill("1")
    hall.desk.locator("#reason").fill("Giơ tay theo quy chế")
    hall.desk.get_by_role("button", name="Ghi số đếm").click()
    expect(hall.desk.get_by_text("Đang chờ người thứ hai xác nhận")).to_be_visible()
    hall.look("h5 waiting for the second", "desk", "wall")
    second = hall.pages["second"] = at("desk", told["chair"], hall.desk.url)
    expect(second.get_by_text("Xin đối chiếu với phiếu rồi xác nhận")).to_be_visible()
    hall.look("h6 the second", "second")
    second.get_by_role("button", name="Số đếm đúng, xác nhận").click()
    second.locator("dialog[open]").get_by_role("button", name="Xác nhận").click()
    expect(second.get_by_text("đã xác nhận lúc")).to_be_visible()
    hall.desk.goto(f"{hall.room}/dieu-hanh")
    expect(hall.desk.get_by_role("button", name=re.compile("^Công bố kết quả"))).to_be_visible()
    hall.look("h7 confirmed")
    hall.press("c")
    expect(hall.desk.get_by_text("Đã công bố lúc")).to_be_visible()
    hall.look("h8 declared")
    assert hall.faults == []


def test_votes_by_tablet_and_through_the_secretary_and_the_vote_that_corrects_them(hall, at, told):  # noqa: F811
    hall.press("b")
    expect(hall.desk.get_by_text("Mở biểu quyết mục")).to_be_visible()
    hall.press("b")
    expect(hall.tablet.locator("#vote-screen")).to_be_visible(timeout=5000)
    hall.tablet.locator(".vote--for").click()
    expect(hall.tablet.get_by_text("Đã ghi nhận: Tán thành")).to_be_visible()
    hall.press("g")
    hall.desk.locator("#delegate").select_option(index=1)
    hall.desk.locator("dialog[open] [name=choice][value=against]").check()
    hall.desk.locator("#reason").fill("Máy hết pin")
    hall.desk.get_by_role("button", name="Ghi phiếu", exact=True).click()
    expect(hall.desk.locator(".c-turn b")).to_have_text("2", timeout=5000)
    hall.look("m1 mixed and open", "desk", "wall")

    hall.close()
    for page in (hall.desk, hall.wall):
        expect(page.get_by_text("1 phiếu ghi qua thư ký").first).to_be_visible(timeout=5000)
    expect(hall.tablet.locator(".mine")).to_be_visible(timeout=5000)
    hall.look("m2 mixed and closed")
    chair = at("desk", told["chair"], f"{hall.room}/dieu-hanh")
    chair.keyboard.press("c")  # who wrote a vote down does not declare
    expect(hall.desk.get_by_text("Đã công bố lúc")).to_be_visible(timeout=5000)
    hall.look("m3 mixed and declared")

    hall.desk.get_by_role("button", name="Biểu quyết lại").click()
    hall.desk.locator("dialog[open]").get_by_role("button", name="Chuẩn bị biểu quyết lại").click()
    expect(hall.desk.get_by_text("kết quả cũ vẫn được lưu như cũ")).to_be_visible(timeout=5000)
    hall.look("m4 correcting, prepared", "desk")
    hall.press("b")
    for page in (hall.tablet, hall.phone, hall.wall):
        expect(page.get_by_role("heading", name=re.compile("^Biểu quyết lại: "))).to_be_visible(timeout=5000)
    hall.look("m5 correcting, open")
    hall.tablet.locator(".vote--for").click()
    hall.phone.locator(".vote--for").click()
    expect(hall.phone.get_by_text("Đã ghi nhận: Tán thành")).to_be_visible()
    hall.close()
    expect(hall.tablet.locator(".mine")).to_be_visible(timeout=5000)
    hall.look("m6 correcting, closed")
    hall.press("c")
    expect(hall.tablet.locator("#vote-screen")).to_be_hidden(timeout=5000)
    hall.look("m7 correcting, declared")
    assert hall.faults == []


def test_a_vote_from_which_one_steps_out_and_that_is_cancelled_in_the_middle(hall):
    hall.press("b")
    expect(hall.desk.get_by_text("Mở biểu quyết mục")).to_be_visible()
    hall.press("b")
    expect(hall.tablet.locator("#vote-screen")).to_be_visible(timeout=5000)

    hall.desk.get_by_role("link", name="Không tham gia biểu quyết").click()
    sheet = hall.desk.locator("dialog[open]")
    sheet.locator("#delegate").select_option(index=2)
    sheet.locator("#reason").fill("Có người thân là nhà thầu")
    hall.look("x1 stepping out", "desk")
    sheet.get_by_role("button", name="Ghi không tham gia").click()
    expect(sheet).to_have_count(0)
    hall.desk.get_by_role("link", name="Không tham gia biểu quyết").click()
    expect(sheet.get_by_text("Có người thân là nhà thầu")).to_be_visible()
    hall.look("x2 stepped out", "desk")
    hall.desk.keyboard.press("Escape")

    hall.tablet.locator(".vote--for").click()
    expect(hall.tablet.get_by_text("Đã ghi nhận: Tán thành")).to_be_visible()
    hall.desk.get_by_role("link", name="Hủy biểu quyết").click()
    sheet.locator("#reason").fill("Đọc nhầm nội dung")
    hall.look("x3 cancelling", "desk")
    sheet.get_by_role("button", name="Hủy biểu quyết").click()
    for page in hall.pages.values():
        expect(page.get_by_text("Lý do: Đọc nhầm nội dung").first).to_be_visible(timeout=5000)
    expect(hall.tablet.locator("#vote-screen")).to_be_hidden()
    hall.look("x4 cancelled")
    assert hall.faults == []


def test_only_a_delegate_whose_vote_is_missing_is_called_by_vibration_and_sound(hall, at, told):  # noqa: F811
    asked = at("tablet", told["delegates"][2], "/hom-nay", LISTEN)
    asked.clock.install()
    asked.reload()
    expect(asked.locator("[data-connection=on]").first).to_be_attached(timeout=10_000)
    asked.locator("h1").first.click()  # a browser lets no page sound that was never touched
    hall.press("b")
    expect(hall.desk.get_by_text("Mở biểu quyết mục")).to_be_visible()
    assert asked.evaluate("window.called") == {"shaken": 0, "tones": 0}

    hall.press("b")
    expect(asked.locator("#vote-screen")).to_be_visible(timeout=5000)
    assert asked.evaluate("window.called") == {"shaken": 1, "tones": 2}
    asked.clock.fast_forward(21_000)
    assert asked.evaluate("window.called") == {"shaken": 2, "tones": 4}  # nothing came: it calls again
    asked.locator("#vote-screen [data-mute]").click()
    asked.clock.fast_forward(21_000)
    assert asked.evaluate("window.called") == {"shaken": 3, "tones": 4}  # muted, it still vibrates

    asked.locator(".vote--for").click()
    expect(asked.get_by_text("Đã ghi nhận: Tán thành")).to_be_visible()
    asked.clock.fast_forward(21_000)
    assert asked.evaluate("window.called") == {"shaken": 3, "tones": 4}  # who has voted is left alone
    hall.close()
