"""A session taken along on a tablet and read with the server really stopped, as one story; then its faults.

The tests of this file follow each other on one running demonstration and one tablet.
"""

import os
import re
import signal
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import SIZES

pytestmark = pytest.mark.e2e

DELEGATE = "db002"
NOTE = "Hỏi lại về số liệu của mục này"
SECRET = "chimngoaituyen"  # a word that stands in one paper only

# A paper of several pieces, one that will be withdrawn, one that will be replaced: hung on the first item.
PREPARE = f"""
from uuid import uuid4
from council.models import User
from documents import notes, pack
from documents.models import Version
from documents.services import add_paper
from sessions.models import CouncilSession, ItemPaper
from tests.documents.papers import pictured, tiny, upload, with_pages
session = CouncilSession.objects.filter(body__kind="plenary").order_by("-starts_on").first()
office = User.objects.filter(role_grants__role="office").first()
item = session.items.order_by("number").first()
def hang(title, content, word):
    version = add_paper(council=session.council, by=office, upload=upload(content), title=title, kind="report", body=session.body)
    pictured(with_pages(version, ["Trang thu nhat " + word]))
    pack.prepare_pdf(version); pack.prepare_pages(version)
    ItemPaper.objects.create(item=item, kind="report", title=title, document=version.document)
    return version
import random
padding = random.Random(1).randbytes(7 * 1024 * 1024).hex()[: 7 * 1024 * 1024]
big = tiny("Tai lieu lon").replace(b"startxref", b"% " + padding.encode() + b"\\nstartxref")
made = [hang("Tài liệu lớn", big, "{SECRET}"), hang("Tài liệu sẽ rút", tiny("Se rut"), "sẽ rút"), hang("Tài liệu sẽ thay", tiny("Ban cu"), "bản cũ")]
for version in Version.objects.filter(state="ready"):
    pack.prepare_pdf(version)  # the relay of a house that has just begun has not come to all of them
def note(text):
    annotation = {{"motivation": "commenting", "body": [{{"type": "TextualBody", "value": text}}],
                  "target": {{"selector": [{{"type": "FragmentSelector", "value": "page=1"}}]}}}}
    notes.save_note(document=made[0].document, by=User.objects.get(username="{DELEGATE}"), note_id=uuid4(), revision=1,
                    version=made[0], annotation=annotation)
for text in ("Sẽ sửa", "Sẽ xóa", "Sẽ sửa ở hai máy"): note(text)
print(" ".join(f"{{version.document.public_id}}:{{version.sha256}}" for version in made), Version.objects.count())
"""

# What another tablet of the same delegate does meanwhile.
ELSEWHERE = """
from documents import note_format, notes
from documents.models import Annotation
note = Annotation.objects.get(text="Sẽ sửa ở hai máy")
place = note.places.get()
annotation = note_format.written(note, place)
annotation["body"][0]["value"] = "Sửa trên máy kia"
notes.save_note(document=note.document, by=note.author, note_id=note.public_id, revision=2, version=place.version, annotation=annotation)
"""

NOTES = f"""
from documents.models import Annotation
for note in Annotation.objects.filter(author__username="{DELEGATE}", document__public_id="{{paper}}").order_by("pk"):
    print(note.kind, note.revision, "removed" if note.removed_at else note.text, sep="|")
"""

SELECT = """(words) => { for (const span of document.querySelectorAll('.textLayer span')) {
  const at = span.firstChild?.data?.indexOf(words) ?? -1; if (at < 0) continue;
  const range = document.createRange(); range.setStart(span.firstChild, at); range.setEnd(span.firstChild, at + words.length);
  getSelection().removeAllRanges(); getSelection().addRange(range); return true } return false }"""

CHANGE = """
from council.models import User
from documents import pack
from documents.models import Document
from documents.services import replace_paper, withdraw_paper
from tests.documents.papers import tiny, upload, with_pages
office = User.objects.filter(role_grants__role="office").first()
withdraw_paper(document=Document.objects.get(public_id="{gone}"), by=office)
newer = replace_paper(document=Document.objects.get(public_id="{replaced}"), by=office, upload=upload(tiny("Ban moi hon")))
with_pages(newer, ["Trang thu nhat cua ban moi"])
pack.prepare_pdf(newer); pack.prepare_pages(newer)
print(newer.sha256)
"""

REVOKE = """
from django.utils import timezone
from council.models import Device
from documents.models import OfflineCopy
for copy in OfflineCopy.objects.filter(user__username="{user}", ended_at=None):
    Device.objects.filter(pk=copy.device_id).update(revoked_at=timezone.now())
"""

# What a stranger with the tablet can read without the PIN.
IN_CLEAR = """async () => {
  const words = [];
  const walk = (value) => {
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) words.push(new TextDecoder().decode(value));
    else if (value instanceof CryptoKey) words.push(value.extractable ? "EXTRACTABLE" : "");
    else if (value && typeof value === "object") Object.values(value).forEach(walk);
    else words.push(String(value));
  };
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((done) => { indexedDB.open(name).onsuccess = (e) => done(e.target.result); });
    for (const store of database.objectStoreNames) {
      const rows = database.transaction(store).objectStore(store).getAll();
      await new Promise((done) => { rows.onsuccess = done; });
      walk(rows.result);
    }
    database.close();
  }
  const kept = [];
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) kept.push(new URL(request.url).pathname);
  }
  return { text: words.join("\\n"), kept, local: Object.keys(localStorage) };
}"""

# How wide the picture was that stood before the paper itself was drawn.
FIRST_PICTURE = """
  new MutationObserver((_, watch) => {
    const picture = document.querySelector(".r-first img");
    if (!picture) return;
    watch.disconnect();
    picture.decode().then(() => { window.stood = picture.naturalWidth; });
  }).observe(document, {childList: true, subtree: true});
"""

STORED = """(digest) => new Promise((done) => {
  indexedDB.open("nghi-truong-pack").onsuccess = (e) => {
    const database = e.target.result;
    const asked = database.transaction("files").objectStore("files").getAll();
    asked.onsuccess = () => { database.close(); done(asked.result.filter((row) => !digest || row.sha256 === digest)); };
  };
})"""

SPOIL = """(digest) => new Promise((done) => {
  indexedDB.open("nghi-truong-pack").onsuccess = (e) => {
    const database = e.target.result;
    const change = database.transaction("pieces", "readwrite");
    const rows = change.objectStore("pieces");
    rows.get([digest, 0]).onsuccess = (found) => {
      const row = found.target.result;
      new Uint8Array(row.data)[20] ^= 1;
      rows.put(row, [digest, 0]);
    };
    change.oncomplete = () => { database.close(); done(); };
  };
})"""


class Tablet:
    """One delegate's tablet, the papers that were prepared for it, and the server that can be stopped."""

    def __init__(self, house, context, account):
        self.house, self.context, self.account = house, context, account
        told = house.python(PREPARE).split()
        pairs = [line.split(":") for line in told if ":" in line]
        (self.big, self.big_digest), (self.gone, self.gone_digest), (self.replaced, self.old_digest) = pairs
        self.papers = int(told[-1])
        self.faults = []

    def page(self):
        page = self.context.new_page()
        page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        return page

    def enter(self, page):
        page.goto("/tai-khoan/dang-nhap?mat-khau")
        page.locator(f"button[value='{DELEGATE}']").click()
        page.wait_for_url("**/hom-nay")

    def begin(self, page):
        page.locator("[data-pack-take]").click()
        page.locator("[data-pack-pin] input").first.fill(self.account["pin"])  # the sixth digit sends it

    def unlock(self, page, pin=None):
        page.locator("#ma-pin").fill(pin or self.account["pin"])

    # The supervisor is put to sleep, so that it does not start the killed web process again.
    def stop_server(self):
        supervisor = self.house.running[-1].pid
        os.kill(supervisor, signal.SIGSTOP)
        for child in Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split():
            if b"uvicorn" in Path(f"/proc/{child}/cmdline").read_bytes():
                os.kill(int(child), signal.SIGKILL)
        with pytest.raises((urllib.error.URLError, OSError)):
            urllib.request.urlopen(f"{self.house.address}/healthz", timeout=2)

    def start_server(self):
        os.kill(self.house.running[-1].pid, signal.SIGCONT)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.house.address}/healthz", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise AssertionError("the web process did not come back")


@pytest.fixture(scope="module")
def tablet(browser, house, accounts):
    context = browser.new_context(
        viewport=SIZES["tablet"], base_url=house.address, locale="vi-VN", has_touch=True, timezone_id="Asia/Ho_Chi_Minh"
    )
    context.set_default_timeout(20_000)
    made = Tablet(house, context, accounts[DELEGATE])
    yield made
    made.start_server()  # whatever happened: the next file finds the house running
    context.close()
    assert made.faults == []


def files_asked_for(page):
    """(digest, Range header) of every file that a page fetches from now on."""
    asked = []

    def note(response):
        if "/mang-theo/" in response.url:
            asked.append((response.headers.get("etag", "").strip('"'), response.request.headers.get("range", "")))

    page.on("response", note)
    return asked


def of(page, name):
    return page.locator(f"[data-off-{name}]")


def test_a_tablet_that_dies_in_the_middle_goes_on_with_the_next_piece(tablet):
    page = tablet.page()
    tablet.enter(page)
    line = tablet.context.new_cdp_session(page)
    line.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": 4_000_000, "uploadThroughput": 1_000_000}
    line.send("Network.emulateNetworkConditions", slow)
    tablet.begin(page)
    expect(page.locator("[data-pack-words]")).to_contain_text("Đã tải")
    deadline = time.monotonic() + 20
    while not (here := page.evaluate(STORED, tablet.big_digest)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert 0 < here[0]["have"] < here[0]["count"]
    page.close()

    page = tablet.page()
    asked = files_asked_for(page)
    page.goto("/hom-nay")

    expect(page.locator("[data-pack]")).to_have_attribute("data-state", "ready", timeout=60_000)
    expect(page.locator("[data-pack-title]")).to_have_text(re.compile(r"Sẵn sàng ngoại tuyến lúc \d\d:\d\d"))
    expect(page.locator("[data-pack-words]")).to_have_text(re.compile(r"\d+ tài liệu, [\d,]+ MB"))
    assert re.fullmatch(r"bytes=[1-9]\d+-", dict(asked)[tablet.big_digest])
    [row] = page.evaluate(STORED, tablet.big_digest)
    assert row["have"] == row["count"] == 4
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.close()


def test_13_14_without_the_pin_nothing_of_the_papers_is_readable(tablet):
    page = tablet.page()
    page.goto("/hom-nay")
    seen = page.evaluate(IN_CLEAR)

    assert len(seen["text"]) > 7_000_000, "the papers are there"
    for word in (SECRET, "Tài liệu lớn", "%PDF", "EXTRACTABLE", tablet.account["full_name"], tablet.account["pin"]):
        assert word not in seen["text"]
    assert all(re.match(r"/static/|/ngoai-tuyen(/doc)?$", path) for path in seen["kept"])
    assert not [name for name in seen["local"] if not name.startswith("so-ghi:")], "but the head of the public record"
    page.close()


def test_with_the_server_stopped_agenda_papers_and_words_are_there(tablet):
    tablet.stop_server()
    page = tablet.page()
    page.goto("/hom-nay")
    expect(of(page, "locked")).to_be_visible()
    assert "Kỳ họp thứ" not in page.locator("main").inner_text()

    tablet.unlock(page, "000000")
    expect(of(page, "pin-fault")).to_contain_text("Còn 4 lần")
    tablet.unlock(page)
    expect(of(page, "shown")).to_be_visible()
    expect(of(page, "agenda")).to_contain_text("Tài liệu lớn")

    page.add_init_script(FIRST_PICTURE)
    page.locator("#off-find").fill(f"thứ nhất {SECRET}")
    expect(of(page, "found")).to_have_text("1 trang có đủ các từ này.")
    began = time.monotonic()
    page.locator("[data-off-hits] a").first.click()
    page.wait_for_selector("[data-reader][data-drawn]")
    page.wait_for_selector(".pdfViewer .page canvas")
    assert time.monotonic() - began < 5, "a paper of the pack stands at once, without the server"
    assert page.evaluate("window.stood") == 1200, "a picture to read stands before the paper is deciphered"
    expect(of(page, "title")).to_have_text("Tài liệu lớn")
    expect(page.locator("[data-reader-count]")).to_have_text(re.compile("1 / 1"))

    page.reload()  # with the server still stopped
    page.wait_for_selector(".pdfViewer .page canvas")
    assert page.locator(".r-tools a[download]").count() == 0

    note_without_a_network(page)
    page.reload()  # and they are all there
    expect(page.locator(".n-layer .n-box")).to_have_count(1)
    page.close()  # the tab dies
    page = tablet.page()
    page.goto(f"/tai-lieu/{tablet.big}")
    expect(page.locator(".n-layer .n-box")).to_have_count(1)
    expect(page.locator(".n-layer svg")).to_have_count(1)
    page.locator("[data-reader-act=panel]").click()
    page.locator("[data-panel-tab=notes]").click()
    expect(page.locator(".n-list")).to_contain_text(NOTE)
    expect(page.locator(".n-list")).not_to_contain_text("Sẽ xóa")
    seen = page.evaluate(IN_CLEAR)
    assert not [word for word in (NOTE, "Sửa khi mất mạng", "Tai lieu", "Sẽ") if word in seen["text"]]
    assert NOTE not in page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")

    page.locator(".r-back").click()
    expect(of(page, "shown")).to_be_visible()
    second = tablet.page()  # another tab finds it open
    second.goto("/chuong-trinh")
    expect(of(second, "shown")).to_be_visible()
    of(second, "lock").click()
    expect(of(second, "locked")).to_be_visible()
    second.close()
    page.close()


def note_without_a_network(page):
    """A text, a highlight, a drawing, two changes and a removal, with the reader's usual tools."""
    state = page.locator("[data-note-state]")
    page.locator("[data-note-act=text]").click()
    page.locator("[data-note-edit] textarea").fill(NOTE)
    page.locator("[data-note-edit] button[type=submit]").click()
    expect(state).to_contain_text("1 ghi chú chưa gửi: đã cất khóa trên máy")

    page.wait_for_function(SELECT, arg="lieu")
    page.locator("[data-note-act=highlight]").click()
    expect(page.locator(".n-layer .n-box")).to_have_count(1)

    page.locator("[data-note-act=pen]").click()
    frame = page.locator(".page[data-page-number='1']").bounding_box()
    page.mouse.move(frame["x"] + 200, frame["y"] + 300)
    page.mouse.down()
    page.mouse.move(frame["x"] + 260, frame["y"] + 340)
    page.mouse.up()
    page.locator("[data-note-act=pen]").click()

    page.locator("[data-reader-act=panel]").click()
    page.locator("[data-panel-tab=notes]").click()
    for text, change in (("Sẽ sửa ở hai máy", "Sửa trên máy này"), ("Sẽ sửa", "Sửa khi mất mạng")):
        page.locator(".n-list button", has_text=text).first.click()
        page.locator("[data-note-edit] textarea").fill(change)
        page.locator("[data-note-edit] button[type=submit]").click()
    page.locator(".n-list button", has_text="Sẽ xóa").click()
    page.locator("[data-note-edit] [data-note-act=remove]").click()
    expect(state).to_contain_text("6 ghi chú chưa gửi")
    page.locator("[data-panel-close]").click()


def test_a_clock_that_is_wrong_by_a_day_takes_nothing_away(tablet):
    for days in (1, -1, 7):
        page = tablet.page()
        page.clock.set_system_time(datetime.now() + timedelta(days=days, hours=12 if days == 7 else 0))
        page.goto("/hom-nay")
        expect(of(page, "locked")).to_be_visible()
        page.close()
    page = tablet.page()
    page.goto("/hom-nay")
    left = page.evaluate(
        """async () => {
          const { timeLeft, DAY } = await import("/static/js/pack/contact.js");
          const heard = { local: 100 * DAY, latest: 100 * DAY, days: 7 };
          const turnedBack = { ...heard, latest: 109 * DAY };
          return [[heard, 107 * DAY], [heard, 108 * DAY + 1], [heard, 99 * DAY], [turnedBack, 100 * DAY]]
            .map(([contact, now]) => timeLeft(contact, now) > 0);
        }"""
    )
    assert left == [True, False, True, False]
    page.close()


def test_a_spoiled_record_is_told_and_fetched_again(tablet):
    page = tablet.page()
    page.goto("/hom-nay")
    tablet.unlock(page)
    expect(of(page, "shown")).to_be_visible()
    page.evaluate(SPOIL, tablet.big_digest)

    page.goto(f"/tai-lieu/{tablet.big}")
    expect(of(page, "fault-words")).to_contain_text("không khớp mã kiểm tra")
    assert page.evaluate(STORED, tablet.big_digest)[0]["have"] == 0
    page.goto("/chuong-trinh")
    of(page, "lock").click()
    expect(of(page, "locked")).to_be_visible()
    page.close()


def test_at_the_next_contact_only_the_difference_comes_and_what_was_withdrawn_is_gone(tablet):
    tablet.house.python(ELSEWHERE)
    newer = tablet.house.python(CHANGE.format(gone=tablet.gone, replaced=tablet.replaced)).split()[-1]
    page = tablet.page()
    page.goto("/chuong-trinh")  # the server is still away: the page of the copy
    expect(page.locator("[data-off-locked], [data-off-shown]").locator("visible=true").first).to_be_visible()
    asked = files_asked_for(page)
    tablet.start_server()

    expect(of(page, "back")).to_be_visible(timeout=30_000)
    deadline = time.monotonic() + 20
    while not (done := page.evaluate(STORED, newer)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert done
    expect(of(page, "back-words")).to_contain_text("Đã có mạng trở lại")
    page.wait_for_timeout(500)
    digests = {row["sha256"] for row in page.evaluate(STORED, "")}
    assert tablet.gone_digest not in digests
    assert tablet.old_digest not in digests
    assert page.evaluate(STORED, tablet.big_digest)[0]["have"] == 4, "the spoiled one is whole again"
    came = [digest for digest, _range in asked]
    assert {tablet.big_digest, newer} <= set(came)
    assert len(came) < tablet.papers, "only what is new, and pages that the house has drawn meanwhile"

    page.locator("[data-off-online]").locator("visible=true").first.click()
    expect(page.locator("[data-pack]")).to_have_attribute("data-state", "ready")
    page.close()


def test_13_notes_made_offline_block_sign_out_and_are_sent_exactly_once_and_conflicts_are_shown(tablet):
    page = tablet.page()
    page.goto("/ca-nhan")
    page.locator("form[action$='/dang-xuat'] button").first.click()
    expect(page.locator("dialog[open]")).to_contain_text("Còn 6 ghi chú chưa gửi")
    page.locator("dialog[open] button[value=no]").click()

    lost = []

    def lose_the_answer(route):
        lost.append(route.fetch().status)  # the house has it, and the tablet does not hear so
        route.abort()

    page.goto(f"/tai-lieu/{tablet.big}")  # the house's own reader says so too, and leads to the PIN
    locked = page.locator("[data-note-locked]")
    expect(locked).to_have_text("Còn 6 ghi chú nằm khóa trên máy. Nhập mã PIN để gửi")
    locked.click()
    page.wait_for_url("**/ngoai-tuyen")
    page.route("**/ghi-chu", lose_the_answer, times=1)
    tablet.unlock(page)
    conflict = page.locator("[data-note-conflict]")
    expect(conflict.locator("[data-mine]")).to_contain_text("Sửa trên máy này", timeout=15_000)
    expect(conflict.locator("[data-theirs]")).to_contain_text("Sửa trên máy kia")
    expect(conflict).to_contain_text("Tài liệu lớn")
    # the one whose answer was lost has been sent again too: of the six only the conflict is left
    expect(of(page, "notes-words")).to_have_text("Đã gửi 5 ghi chú. 1 ghi chú đã sửa ở hai máy: mời chọn.", timeout=15_000)
    of(page, "lock").click()  # nothing of it is lost while its author thinks
    expect(of(page, "locked")).to_be_visible()
    expect(conflict).to_be_hidden()
    tablet.unlock(page)
    expect(conflict.locator("[data-theirs]")).to_contain_text("Sửa trên máy kia")
    conflict.locator("[data-keep=both]").click()
    expect(conflict).to_be_hidden()
    expect(of(page, "notes-words")).to_have_text("Đã gửi 1 ghi chú.", timeout=15_000)
    assert lost == [200]
    kept = tablet.house.python(NOTES.format(paper=tablet.big)).splitlines()
    assert sorted(kept) == sorted(
        ["text|2|Sửa khi mất mạng", "text|2|removed", "text|2|Sửa trên máy kia", "text|1|Sửa trên máy này",
         f"text|1|{NOTE}", "highlight|1|", "pen|1|"]
    )  # fmt: skip

    # the reader of the copy sends by itself when the house comes back while a paper is open
    tablet.context.set_offline(True)
    page.goto(f"/tai-lieu/{tablet.big}")
    page.locator("[data-note-act=bookmark]").click()
    state = page.locator("[data-note-state]")
    expect(state).to_contain_text("1 ghi chú chưa gửi")
    tablet.context.set_offline(False)
    expect(state).to_have_text("Đã lưu", timeout=15_000)
    assert "bookmark|1|" in tablet.house.python(NOTES.format(paper=tablet.big))

    page.goto("/hom-nay")
    expect(page.locator("[data-pack]")).to_have_attribute("data-state", "ready")
    page.close()


def test_11_a_revoked_tablet_wipes_its_copy_at_the_next_contact(tablet):
    tablet.house.python(REVOKE.format(user=DELEGATE))
    page = tablet.page()
    page.goto("/ngoai-tuyen")

    expect(of(page, "none")).to_be_visible(timeout=30_000)

    expect(of(page, "none-title")).to_contain_text("đã được xóa")
    assert page.evaluate(STORED, "") == []
    assert "secret" not in page.evaluate(IN_CLEAR)["text"]
    page.close()


# Chromium without a window keeps no quota, so it is told what a full tablet would tell.
FULL = """
  const said = navigator.storage.estimate.bind(navigator.storage);
  navigator.storage.estimate = async () => window.roomy ? said() : { quota: 20e6, usage: 15e6 };
  const put = IDBObjectStore.prototype.put;
  let pieces = 0;
  IDBObjectStore.prototype.put = function (...row) {
    const asked = put.apply(this, row);
    if (this.name === "pieces" && window.roomy === "no" && ++pieces === 3) {
      const { transaction } = this;
      Object.defineProperty(transaction, "error", { get: () => new DOMException("", "QuotaExceededError") });
      transaction.abort();
    }
    return asked;
  };
"""


def test_a_full_tablet_is_told_before_the_first_byte_and_keeps_what_it_has(tablet):
    tablet.context.clear_cookies()
    page = tablet.page()
    page.add_init_script(FULL)
    tablet.enter(page)

    tablet.begin(page)
    expect(page.locator("[data-pack-words]")).to_contain_text("Máy không đủ chỗ: cần")
    assert page.evaluate(STORED, "") == []

    page.evaluate("window.roomy = 'no'")  # it seemed enough, and was not
    page.locator("[data-pack-take]").click()
    expect(page.locator("[data-pack-words]")).to_contain_text("Máy hết chỗ giữa chừng")
    kept = page.evaluate(STORED, "")
    assert kept

    page.evaluate("window.roomy = 'yes'")
    page.locator("[data-pack-take]").click()
    expect(page.locator("[data-pack]")).to_have_attribute("data-state", "ready", timeout=60_000)
    page.close()


def test_14_five_wrong_pins_wipe_the_copy_and_so_does_signing_out(tablet):
    page = tablet.page()
    page.goto("/ngoai-tuyen")
    for left in (4, 3, 2, 1):
        tablet.unlock(page, "000000")
        expect(of(page, "pin-fault")).to_contain_text(f"Còn {left} lần")
    tablet.unlock(page, "000000")
    expect(of(page, "none")).to_be_visible()
    expect(of(page, "none-words")).to_contain_text("sai 5 lần")
    assert page.evaluate(STORED, "") == []

    page.goto("/hom-nay")
    tablet.begin(page)
    expect(page.locator("[data-pack]")).to_have_attribute("data-state", "ready", timeout=60_000)
    own = tablet.account["pin"]
    for old, new in ((own, "826401"), ("826401", own)):  # a changed PIN opens what the old one opened
        page.goto("/tai-khoan/ma-pin")
        for name, value in (("old", old), ("pin", new), ("again", new)):
            page.locator(f"input[name={name}]").fill(value)
        page.locator("[data-new-pin] button").click()
        page.wait_for_url("**/tai-khoan/may")
    page.goto("/ngoai-tuyen")
    tablet.unlock(page, "826401")
    expect(of(page, "pin-fault")).to_contain_text("Còn 4 lần")
    tablet.unlock(page, own)
    expect(of(page, "shown")).to_be_visible()
    page.goto("/ca-nhan")
    page.locator("form[action$='/dang-xuat'] button").first.click()
    page.wait_for_url(re.compile(r"^(?!.*ca-nhan)"))
    seen = page.evaluate(
        "async () => [(await indexedDB.databases()).length, (await caches.keys()).length,"
        " (await navigator.serviceWorker.getRegistrations()).length]"
    )
    assert seen == [0, 0, 0]
    page.close()
