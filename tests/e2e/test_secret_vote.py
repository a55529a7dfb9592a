"""A secret vote in real browsers, from the desk's first form to the check on every tablet: one hall of five
delegates, of whom three are tellers, with a chair and a wall. The mode that trusts the server is held on the
embedded default (SQLite, one web process and the relay, as `make run` starts them), the tellers' on PostgreSQL.

With WALKTHROUGH=<folder> each step leaves the pictures of chair, delegate and wall there.
"""

import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import expect

from scripts.real_stack import postgres_bin
from tests.e2e.conftest import SIZES
from tests.e2e.test_every_page import AXE, RULES
from tests.faults import stack
from tests.migrated import place_migrated

pytestmark = pytest.mark.e2e

PEOPLE = "Trần Thị Bình; Trưởng Ban Pháp chế\nLê Văn Cường; Phó Trưởng Ban\nPhạm Thị Dung"
PAPER = (5, 5, 5, 0, 0, 2, 4, 1)  # handed out, collected, valid, blank, invalid; for each person
NAMES = ("Trần Thị Bình", "Lê Văn Cường", "Phạm Thị Dung")
# What a tablet leaves to chance takes a tenth of its time, and the page counts the tones that it sounds.
HASTE = """{
  const chance = Math.random, start = OscillatorNode.prototype.start;
  Math.random = () => chance() / 10;
  window.tones = 0;
  OscillatorNode.prototype.start = function (...at) { window.tones += 1; return start.apply(this, at); };
}"""


class Hall(stack.House):
    """The product as one web process with its relay, and a hall that waits for a secret vote."""

    def __init__(self, folder: Path, database_url: str = ""):
        told = stack.furnish(stack.environment(folder, database_url, None), 5, by="tests.e2e.secret_hall")
        super().__init__(folder, database_url=database_url, told=told)
        self.other("relay", "manage.py", "relay")
        self.serve(1)
        self.address = f"http://localhost:{self.webs[0].port}"


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="secret-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as somebody else
        yield folder


@pytest.fixture
def embedded(folder):
    place_migrated(folder / stack.SQLITE)
    house = Hall(folder)
    yield house
    house.close()


@pytest.fixture
def on_postgres(folder):
    try:
        postgres_bin()
    except SystemExit:
        pytest.skip("needs PostgreSQL")
    postgres = stack.Postgres(folder).start()
    house = None
    try:
        house = Hall(folder, postgres.create("secret", folder))
        yield house
    finally:
        if house:
            house.close()
        postgres.stop()


class Person:
    """Somebody in front of a screen."""

    def __init__(self, browser, hall, size: str, session: str, path: str, script: str = ""):
        self.context = browser.new_context(
            viewport=SIZES[size], base_url=hall.address, locale="vi-VN", has_touch=size in ("tablet", "phone")
        )
        self.context.set_default_timeout(20_000)
        self.context.add_cookies([{"name": "sessionid", "value": session, "url": hall.address}])
        self.faults: list[str] = []
        self.page = self.context.new_page()
        self.page.add_init_script(HASTE + script)
        self.page.on(
            "console", lambda said: self.faults.append(f"{said.text} {said.location['url']}") if said.type == "error" else None
        )
        self.page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        self.frames: list[str] = []  # what goes over the socket
        self.page.on("websocket", lambda ws: ws.on("framesent", lambda frame: self.frames.append(str(frame))))
        self.page.goto(path, wait_until="commit")  # several screens load side by side

    def sees(self, words: str, seconds: float = 6):
        expect(self.page.get_by_text(words).filter(visible=True).first).to_be_visible(timeout=seconds * 1000)

    def says(self, words: str, seconds: float = 6):
        """What a delegate's own line says."""
        expect(self.page.locator("[data-secret-mine]")).to_contain_text(words, timeout=seconds * 1000)

    def choose(self, *names: str):
        for name in names:
            self.page.locator(".ss-one", has_text=name).click()

    def cast(self, button: str = "Bỏ phiếu"):
        self.page.locator("[data-secret-cast]").click()
        self.page.locator("dialog[open]").get_by_role("button", name=button, exact=True).click()


@pytest.fixture
def seat(browser, request):
    """Bring somebody to a screen: `seat(2)` is the third delegate's tablet, `seat("desk")`, `seat("wall")`."""
    hall = request.getfixturevalue("embedded" if "embedded" in request.fixturenames else "on_postgres")
    people = []

    def sit(who, size="tablet", **more):
        room, told = f"/hop/{hall.told['sitting']}", hall.told
        session, path, size = {
            "desk": (told["chair_session"], f"{room}/dieu-hanh", "desk"),
            "wall": (told["chair_session"], f"{room}/man-hinh", "wall"),
        }.get(who) or (told["sessions"][who], "/hom-nay", size)
        people.append(Person(browser, hall, size, session, path, **more))
        return people[-1]

    yield sit
    for person in people:
        person.context.close()


def picture(person: Person, name: str) -> None:
    folder = os.environ.get("WALKTHROUGH")
    if folder:
        person.page.wait_for_timeout(400)
        person.page.screenshot(path=Path(folder) / f"{name}.png")


def faults_of(*people: Person) -> list[str]:
    """What axe and the browser have against the screens as they are now; nothing is wider than a screen."""
    found = []
    for person in people:
        if not person.page.evaluate("'axe' in window"):
            person.page.evaluate(AXE)
        found += person.page.evaluate(RULES)
        found += person.faults
        if person.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append(f"{person.page.url} is too wide")
    return found


def prepare(desk: Person, *, secrecy: str, seats: int = 2, kind: str = "election") -> None:
    desk.page.wait_for_load_state()
    desk.page.get_by_role("link", name=re.compile("Chuẩn bị bỏ phiếu kín")).click()
    form = desk.page.locator("#desk-sheet form")
    form.locator("[name=kind]").select_option(kind)
    question = "Bầu Phó Chủ tịch Hội đồng nhân dân" if kind == "election" else "Lấy phiếu tín nhiệm ba Trưởng, Phó Ban"
    form.locator("[name=question]").fill(question)
    form.locator("[name=people]").fill(PEOPLE)
    if kind == "election":
        form.locator("[name=seats]").fill(str(seats))
    form.locator(f"[name=secrecy][value='{secrecy}']").check()
    picture(desk, f"kin-{secrecy}-chuan-bi")
    form.get_by_role("button", name="Chuẩn bị").click()
    desk.sees("Phát phiếu kín mục" if secrecy else "Bắt đầu bỏ phiếu mục")


def press(desk: Person, name: str, agree: str = "") -> None:
    desk.page.locator(".c-primary").get_by_role("button", name=re.compile(name)).click()
    if agree:
        desk.page.locator("dialog[open]").get_by_role("button", name=agree).click()


def test_43_48_a_secret_vote_that_trusts_the_server_leaves_nothing_of_a_choice_on_the_tablets(embedded, seat, folder):
    tablets = [seat(0), seat(1, "phone"), seat(2), seat(3)]
    wall, desk = seat("wall"), seat("desk")
    prepare(desk, secrecy="server")
    picture(desk, "kin-1-ban-chu-toa")
    assert faults_of(desk) == []

    press(desk, "Phát phiếu kín")

    for tablet in tablets:
        tablet.says("Đã nhận phiếu", 10)
    desk.sees("4/5")
    wall.sees("4/5")
    code = tablets[0].page.locator(".ss-say--code .num").inner_text()
    expect(wall.page.locator(".w-foot")).to_contain_text(code)
    late = seat(4)  # was offline when the hand-out began
    late.says("Đã nhận phiếu", 10)
    wall.sees("5/5")
    for who, name in ((desk, "ban-chu-toa"), (wall, "man-hinh"), (tablets[0], "may"), (tablets[1], "dien-thoai")):
        picture(who, f"kin-2-{name}")
    assert faults_of(desk, wall, *tablets[:2]) == []

    tablets[2].page.goto("/ca-nhan")
    tablets[2].page.get_by_role("button", name="Đăng xuất").last.click()
    tablets[2].sees("đang giữ phiếu kín chưa bỏ")
    tablets[2].page.locator("dialog[open]").get_by_role("button", name="Không").click()
    tablets[2].page.goto("/hom-nay")  # loaded anew between hand-out and casting: the token is kept
    tablets[2].says("Đã nhận phiếu")
    tablets[0].page.locator("[data-secret-mine]").click()  # no page sounds before it is touched
    bell = tablets[1].page.locator("#secret-screen [data-mute]")
    bell.click()
    expect(bell).to_have_attribute("aria-pressed", "true")
    late.context.set_offline(True)
    press(desk, "Bắt đầu bỏ phiếu", "Bắt đầu bỏ phiếu")

    first = tablets[0]
    first.sees("Chọn tối đa 2 người")
    tablets[1].sees("Chọn tối đa 2 người")
    assert [tablet.page.evaluate("tones") for tablet in tablets[:2]] == [2, 0]  # the second has muted its own
    first.choose("Trần Thị Bình", "Lê Văn Cường")
    first.sees("Đã chọn 2/2")
    first.choose("Phạm Thị Dung")
    first.sees("Chỉ chọn được tối đa 2 người")
    assert first.page.locator(".ss-one:has(input:checked)").count() == 2
    for box in first.page.locator(".ss-one").all():
        assert box.bounding_box()["height"] >= 56
    tablets[1].page.locator(".ss-one", has_text="Phạm Thị Dung").click()
    for who, name in ((desk, "ban-chu-toa"), (wall, "man-hinh"), (first, "may"), (tablets[1], "dien-thoai")):
        picture(who, f"kin-3-{name}")
    assert faults_of(desk, wall, first, tablets[1]) == []

    sent = []
    for tablet in tablets:
        tablet.context.on("request", lambda r: sent.append(r) if r.url.endswith("/bo") else None)
    title = first.page.title()
    first.cast()
    first.says("đang bỏ vào hòm")
    tablets[1].cast()
    tablets[2].page.bring_to_front()
    for key in ("2", "Backspace", "1", "Enter", "Enter"):  # the last puts it into the box: five keys at the most
        tablets[2].page.keyboard.press(key)
    quiet = tablets[3]  # its way to the box is cut, and its page is loaded anew before the box has answered
    quiet.context.route("**/bo", lambda route: route.abort())
    quiet.cast("Bỏ phiếu trắng")
    quiet.says("máy đang thử lại", 10)
    asked = []  # 39: a named request right before the nameless one would tell whose ballot it is
    quiet.page.on("request", lambda r: asked.append(r.url) if "/phieu-kin/" in r.url else None)
    quiet.page.reload()
    quiet.says("đang bỏ vào hòm")
    quiet.context.unroute("**/bo")
    for tablet in tablets:
        tablet.says("Đã bỏ phiếu", 15)
    assert asked and all(url.endswith("/bo") for url in asked)
    quiet.faults = [fault for fault in quiet.faults if "ERR_FAILED" not in fault]
    late.context.set_offline(False)
    late.sees("Chọn tối đa 2 người", 15)
    late.choose("Trần Thị Bình")
    late.cast()
    late.says("Đã bỏ phiếu", 15)
    desk.sees("trên 5 phiếu đã phát")
    expect(desk.page.locator(".c-turn b")).to_have_text("5", timeout=8000)
    for who, name in ((desk, "ban-chu-toa"), (wall, "man-hinh"), (first, "may"), (tablets[1], "dien-thoai")):
        picture(who, f"kin-4-{name}")
    assert faults_of(desk, first) == []

    # 43: requests of one size; no cookie with them. 48: nothing of the choice is left in the page or its name.
    assert len(sent) > 4  # resent where there was no answer
    assert len({len(request.post_data) for request in sent}) == 1
    assert len({request.post_data for request in sent}) == 4  # and what is sent again is the same ballot
    assert all("cookie" not in request.all_headers() for request in sent)
    assert all(not re.search(r"[?&#]", request.url) for request in sent)
    for tablet in tablets:
        screen = tablet.page.locator("#secret-screen")
        assert not [name for name in NAMES if name in screen.inner_html()]
        assert screen.locator("input").count() == 0
        assert "2/2" not in screen.inner_html()
        assert tablet.page.url.endswith("/hom-nay")
        assert not [frame for frame in tablet.frames if '"mine"' not in frame]  # the socket carries no ballot
    assert first.page.title() == title
    assert first.page.evaluate("history.length") == tablets[1].page.evaluate("history.length")

    press(desk, "Kết thúc bỏ phiếu")

    for tablet in [*tablets, late]:
        tablet.says("Máy đã kiểm tra 5 phiếu công bố", 15)
    for who, name in ((desk, "ban-chu-toa"), (wall, "man-hinh"), (first, "may"), (tablets[1], "dien-thoai")):
        picture(who, f"kin-5-{name}")
    assert faults_of(desk, wall, first) == []

    press(desk, "Công bố kết quả")

    row = wall.page.locator(".outcome tr", has_text="Trần Thị Bình")
    expect(row.locator("td.n b")).to_have_text("3")
    wall.sees("phiếu trắng")
    first.sees("tự đếm lại: khớp với kết quả công bố", 15)
    for who, name in ((desk, "ban-chu-toa"), (wall, "man-hinh"), (first, "may"), (tablets[1], "dien-thoai")):
        picture(who, f"kin-6-{name}")
    assert faults_of(desk, wall, first) == []
    desk.page.get_by_role("button", name="Từng phiếu").click()
    wall.sees("5 phiếu xếp theo mã")
    picture(wall, "kin-7-man-hinh")
    assert faults_of(wall) == []

    # a second one is closed and then cancelled: its ballots are never opened, and the record stays sound
    desk.page.get_by_role("button", name="Chuyển mục sau").or_(desk.page.get_by_role("button", name="Chuyển sang mục")).first.click()
    prepare(desk, secrecy="server")
    press(desk, "Phát phiếu kín")
    tablets[1].says("Đã nhận phiếu", 10)
    press(desk, "Bắt đầu bỏ phiếu", "Bắt đầu bỏ phiếu")
    tablets[1].cast("Bỏ phiếu trắng")
    tablets[1].says("Đã bỏ phiếu", 15)
    press(desk, "Kết thúc bỏ phiếu", "Kết thúc bỏ phiếu")
    tablets[1].says("Máy đã kiểm tra 1 phiếu công bố", 15)  # once it is cancelled there is nothing to check
    desk.page.get_by_role("link", name="Hủy biểu quyết").click()
    desk.page.locator("#desk-sheet [name=reason]").fill("Phát nhầm phiếu")
    desk.page.locator("#desk-sheet").get_by_role("button", name="Hủy biểu quyết").click()
    desk.sees("Phát nhầm phiếu")
    assert faults_of(desk, wall, tablets[1]) == []

    # and the same on paper: the tellers count, one enters, another confirms
    desk.page.get_by_role("link", name=re.compile("Chuẩn bị bỏ phiếu kín")).wait_for()
    prepare(desk, secrecy="")
    press(desk, "Bắt đầu bỏ phiếu")
    wall.sees("Đang bỏ phiếu")
    assert faults_of(desk, wall, tablets[1]) == []
    press(desk, "Kết thúc bỏ phiếu")
    desk.sees("Đang kiểm phiếu")
    enterer, second = tablets[1], tablets[2]
    enterer.page.goto("/hom-nay")
    enterer.page.get_by_role("link", name="Kiểm phiếu").click()
    enterer.page.locator("form.stack input[inputmode=numeric]").first.wait_for()
    assert faults_of(desk, wall, enterer) == []
    for field, figure in zip(enterer.page.locator("form.stack input[inputmode=numeric]").all(), PAPER, strict=True):
        field.fill(str(figure))
    enterer.page.get_by_role("button", name="Ghi số đếm").click()
    enterer.sees("Đang chờ người thứ hai xác nhận")
    second.page.goto(enterer.page.url)
    second.sees("Xin đối chiếu với phiếu rồi xác nhận")
    assert faults_of(desk, wall, enterer, second) == []
    second.page.get_by_role("button", name="Số đếm đúng, xác nhận").click()
    second.page.locator("dialog[open]").get_by_role("button", name="Xác nhận").click()
    second.sees("đã xác nhận lúc")
    desk.page.locator(".c-primary").get_by_role("button", name=re.compile("Công bố kết quả")).wait_for()
    assert faults_of(desk, wall, second) == []
    press(desk, "Công bố kết quả")
    expect(wall.page.locator(".outcome tr", has_text="Lê Văn Cường").locator("td.n b")).to_have_text("4")
    assert faults_of(desk, wall) == []

    first.page.goto("/ca-nhan")  # nothing is held here any more: the way out asks nothing
    first.page.get_by_role("button", name="Đăng xuất").last.click()
    first.page.wait_for_url(re.compile("^(?!.*ca-nhan)"))

    polls = checked_by_anybody(desk, embedded, folder)
    assert all(poll["holds"] for poll in polls)
    declared, cancelled, on_paper = polls[-3:]
    assert declared["said"][0] == "Trần Thị Bình: bầu 3; trúng cử"
    assert cancelled["said"] == ["Đã hủy: Phát nhầm phiếu"]
    assert on_paper["said"][1] == "Lê Văn Cường: bầu 4; trúng cử"

    # web and relay wrote to one file all the while: no lock was waited for in vain, and the box is empty
    said = "".join(process.log.read_text() for process in [*embedded.webs, *embedded.others])
    assert "locked" not in said and "Traceback" not in said, said
    with closing(sqlite3.connect(f"file:{embedded.books}?mode=ro", uri=True)) as books:
        assert books.execute("SELECT count(*) FROM voting_sealedballot").fetchone() == (0,)
        assert books.execute("SELECT count(*) FROM voting_publishedballot").fetchone() == (5,)


def test_a_secret_vote_that_only_the_tellers_can_open(on_postgres, seat):
    tellers = [seat(0), seat(1, "phone"), seat(2)]
    wall, desk = seat("wall"), seat("desk")
    desk.page.locator(".c-ag button", has_text="Bầu Phó Chủ tịch").last.click()
    expect(desk.page.locator("#part-now .label")).to_contain_text("Mục 3")
    prepare(desk, secrecy="tellers", kind="rating")
    expect(desk.page.get_by_role("button", name=re.compile("Phát phiếu kín"))).to_be_disabled()

    for teller in tellers:
        teller.page.get_by_role("link", name="Tạo khóa kiểm phiếu").click()
        teller.page.get_by_role("button", name="Tạo khóa trên máy này").click()
        teller.sees("Máy này đã có khóa")
    tellers[0].page.get_by_role("button", name="Tạo mã niêm phong").click()
    tellers[0].page.locator("dialog[open]").get_by_role("button", name="Tạo mã").click()
    expect(tellers[0].page.locator("[data-code-words]")).to_have_text(re.compile(r"^([0-9A-Z]{4} ){6}[0-9A-Z]{2}$"))
    picture(tellers[0], "kin-khoa-1-may")
    assert faults_of(desk, *tellers[:2]) == []
    tellers[0].page.get_by_role("button", name="Đã cất mã").click()
    expect(tellers[0].page.locator("[data-code-words]")).to_be_empty()
    expect(desk.page.get_by_text("đã có khóa")).to_have_count(3)
    picture(desk, "kin-khoa-1-ban-chu-toa")

    keys_at = tellers[0].page.url
    for teller in tellers:  # a teller votes on the same tablet
        teller.page.goto("/hom-nay", wait_until="commit")
    foreign = seat(3)  # somebody between it and the server gives it an issuer's key of their own
    foreign.page.wait_for_load_state()  # what is laid on a page that still arrives may miss its first requests
    asked = []
    foreign.page.on("request", lambda r: asked.append(r.url) if r.url.endswith("/nhan") else None)
    foreign.page.route(re.compile(r"/phieu-kin/[0-9a-f-]+$"), change_issuer)
    press(desk, "Phát phiếu kín")
    foreign.says("khác với bản ghi trong hồ sơ phiên họp", 10)
    assert asked == []
    foreign.page.unroute(re.compile(r"/phieu-kin/[0-9a-f-]+$"))
    foreign.page.reload()
    plain = seat(4, script="Object.defineProperty(window, 'isSecureContext', { value: false })")
    plain.says("không qua kết nối bảo mật (HTTPS)")  # and that paper is there
    plain.says("phiếu giấy")
    plain.context.close()
    voters = [*tellers, foreign, seat(4)]
    for voter in voters:
        voter.says("Đã nhận phiếu", 10)
    second = seat(4, "tablet")
    second.says("đã phát cho một máy khác", 10)  # one ballot for a delegate, whatever device is used
    press(desk, "Bắt đầu bỏ phiếu", "Bắt đầu bỏ phiếu")

    first = voters[0]
    first.sees("Đã cho ý kiến về 0/3 người")
    first.page.bring_to_front()
    for _name in NAMES:  # five keys for three persons: the last two hand in and confirm
        first.page.keyboard.press("1")
    first.sees("Đã cho ý kiến về 3/3 người")
    picture(first, "kin-khoa-3-may")
    assert faults_of(first) == []
    for voter in voters[1:]:
        voter.page.locator(".ss-group", has_text=NAMES[0]).get_by_text("Tín nhiệm thấp", exact=True).click()
    first.page.keyboard.press("Enter")
    first.page.keyboard.press("Enter")
    for voter in voters[1:]:
        voter.cast()
    for voter in voters:
        voter.says("Đã bỏ phiếu", 15)
        assert voter.page.locator("#secret-screen input").count() == 0
    expect(desk.page.locator(".c-turn b")).to_have_text("5", timeout=8000)
    press(desk, "Kết thúc bỏ phiếu")

    wall.sees("0/2")
    desk.sees("chờ Ban kiểm phiếu mở hòm")
    first.says("Máy đã kiểm tra 5 phiếu công bố", 15)
    picture(desk, "kin-khoa-5-ban-chu-toa")
    picture(wall, "kin-khoa-5-man-hinh")
    picture(first, "kin-khoa-5-may")
    assert faults_of(desk, wall, first) == []
    for teller in tellers[1:]:
        teller.page.goto(keys_at, wait_until="commit")
    tellers[2].sees("Mời công bố khóa")
    tellers[2].page.locator("[name=code]").fill("0000 0000 0000 0000 0000 0000 00")
    tellers[2].page.get_by_role("button", name="Mở bằng mã").click()
    expect(tellers[2].page.locator("[data-code-fault]")).to_be_visible()
    tellers[2].faults.clear()  # the browser notes the refusal
    picture(tellers[2], "kin-khoa-6-may")
    assert faults_of(tellers[2]) == []
    tellers[2].page.get_by_role("button", name="Công bố khóa").click()
    wall.sees("1/2")
    tellers[1].sees("Mời công bố khóa")
    tellers[1].page.get_by_role("button", name="Công bố khóa").click()  # two of three; the third stays unused
    tellers[1].sees("Hòm phiếu đã mở")
    desk.page.locator(".c-primary").get_by_role("button", name=re.compile("Công bố kết quả")).wait_for()
    assert faults_of(desk, wall, tellers[1], first) == []

    press(desk, "Công bố kết quả")
    row = wall.page.locator(".outcome tr", has_text=NAMES[0])
    expect(row.locator("td.n b")).to_have_text(["1", "0", "4"])  # high, middle, low
    first.sees("tự đếm lại: khớp với kết quả công bố", 15)


def checked_by_anybody(person: Person, hall, folder: Path) -> list[dict]:
    """36: what the independent program says of the record as it is now; the page of checking says the same."""
    person.page.goto("/ky-hop/ky-hop-do-thu/kiem-tra")
    expect(person.page.locator("[data-check]")).to_have_attribute("data-state", "good", timeout=20_000)
    export = folder / "so-ghi.json"
    export.write_bytes(person.context.request.get("/ky-hop/ky-hop-do-thu/so-ghi.json").body())
    program = Path(__file__).parents[2] / "verify" / "verify.py"
    said = subprocess.run([sys.executable, program, export, "--json"], capture_output=True, text=True)
    assert said.returncode == 0, said.stdout + said.stderr
    rows = person.page.locator("[data-polls] li > div").evaluate_all(
        "rows => rows.map(row => [...row.querySelectorAll('p')].map(p => p.textContent))"
    )
    polls = json.loads(said.stdout)["polls"]
    assert rows == [[poll["question"], *poll["said"]] for poll in polls]
    assert faults_of(person) == []
    return polls


def change_issuer(route) -> None:
    answer = route.fetch()
    told = answer.json()
    if told.get("manifest"):
        told["manifest"]["issuer"]["n"] = told["manifest"]["issuer"]["n"][:-4] + "AAAB"
    route.fulfill(response=answer, json=told)
