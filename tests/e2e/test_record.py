"""The public record in real browsers: anybody checks it, and a tablet refuses a history that is not the one it knew."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.test_every_page import AXE, RULES
from tests.e2e.test_room import at, told  # noqa: F401  (fixtures)

pytestmark = pytest.mark.e2e
PAGE = "/ky-hop/ky-hop-thu-4/kiem-tra"
OWN = """
import json
from council.models import Delegate
from sessions import record
from sessions.models import CouncilSession

found = CouncilSession.objects.get(slug="ky-hop-thu-4", council__is_demo=True)
for delegate in Delegate.objects.filter(council=found.council):
    votes = record.own_votes(found, delegate)
    if votes:
        break
print(json.dumps({"code": votes[0].code, "head": record.head_of(found).words}))
"""


@pytest.fixture(scope="module")
def export(house, tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("record") / "so-ghi.json"
    with urllib.request.urlopen(f"{house.address}/ky-hop/ky-hop-thu-4/so-ghi.json") as answer:
        place.write_bytes(answer.read())
    return place


def test_a_citizen_recounts_a_session_on_the_phone_without_an_account(house, screen, export):
    own = json.loads(house.python(OWN).strip().splitlines()[-1])
    content = json.loads(export.read_bytes())
    n = len(content["polls"])
    page = screen("phone")
    page.goto(f"{PAGE}#dau={own['head']}&phieu={own['code']}")

    expect(page.locator("[data-words]")).to_have_text(f"Sổ ghi đúng: {n} cuộc biểu quyết đếm lại đều khớp.")
    expect(page.locator("[data-said]")).to_contain_text("có trong lịch sử này")
    expect(page.locator("[data-said]")).to_contain_text("được tính đúng")
    assert page.locator("[data-polls] li").count() == n
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.evaluate(AXE)
    assert page.evaluate(RULES) == []
    _picture(page, "check-phone-good")

    shown = [entry for entry in content["entries"] if isinstance(entry["open"], dict)]
    entry = next(entry for entry in shown if "result" in entry["open"]["public"])
    entry["open"]["public"]["result"]["for"] += 1
    place = export.with_name("sua.json")
    place.write_text(json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
    page.set_input_files("#so-ghi", place)

    expect(page.locator("[data-words]")).to_have_text("Sổ ghi không đúng. Chỗ sai đầu tiên:")
    expect(page.locator("[data-where]")).to_contain_text(f"Mục {entry['seq']}:")
    assert page.evaluate(RULES) == []
    _picture(page, "check-phone-bad")


def test_the_page_agrees_with_the_independent_program(screen, export):
    """The same file, the same sentences: the browser's module and verify/verify.py."""
    program = Path(__file__).parents[2] / "verify" / "verify.py"
    said = subprocess.run([sys.executable, program, export, "--json"], capture_output=True, text=True)
    page = screen("desk")
    page.goto(PAGE)
    expect(page.locator("[data-check]")).to_have_attribute("data-state", "good")

    rows = page.locator("[data-polls] li > div").evaluate_all(
        "rows => rows.map(row => [...row.querySelectorAll('p')].map(p => p.textContent))"
    )
    assert rows == [[poll["question"], *poll["said"]] for poll in json.loads(said.stdout)["polls"]]
    _picture(page, "check-desk")


HEADS = "Object.entries(localStorage).filter(([k]) => k.startsWith('so-ghi:')).map(([k, v]) => [k, JSON.parse(v)])"


def test_a_tablet_keeps_the_last_head_and_refuses_in_words_an_older_or_different_history(told, at):  # noqa: F811
    page = at("tablet", told["delegates"][0], "/hom-nay")
    for _try in range(40):
        if page.evaluate(HEADS):
            break
        page.wait_for_timeout(250)
    [[name, known]] = page.evaluate(HEADS)
    assert set(known) == {"seq", "hash", "key"}  # nothing else is kept
    expect(page.locator("#part-record")).to_contain_text(f"mục {known['seq']}")
    alarm = page.locator("[data-record-alarm]")
    expect(alarm).to_be_hidden()
    _picture(page, "tablet-head")

    def reopened_after_knowing(**other):
        page.evaluate("([name, head]) => localStorage.setItem(name, JSON.stringify(head))", [name, known | other])
        page.reload()

    reopened_after_knowing(seq=known["seq"] + 1000, hash="0" * 64)
    expect(alarm).to_contain_text("cũ hơn")
    assert page.evaluate(HEADS)[0][1]["seq"] == known["seq"] + 1000  # what it has seen, it keeps
    _picture(page, "tablet-refuses")

    reopened_after_knowing(hash="0" * 64)
    expect(alarm).to_contain_text("đã bị viết lại")

    reopened_after_knowing(seq=known["seq"] - 1, hash="0" * 64)
    expect(alarm).to_contain_text("đã bị viết lại")

    reopened_after_knowing(key="B" + 86 * "A")
    expect(alarm).to_contain_text("khóa khác")

    reopened_after_knowing()
    page.wait_for_timeout(2500)  # the time in which it looks
    expect(alarm).to_be_hidden()


PAUSE = """
from council.live import announce
from sessions.models import Sitting

sitting = Sitting.objects.get(public_id="{sitting}")
Sitting.objects.filter(pk=sitting.pk).update(wall_view="{view}")
announce(sitting.room, sitting.council_session.council)
"""


def test_the_wall_shows_the_head_as_a_code_that_leads_to_the_page_of_checking(house, told, at):  # noqa: F811
    page = at("wall", told["secretary"], f"/hop/{told['sitting']}/man-hinh")
    expect(page.locator(".w-qr")).to_have_count(0)  # an item is being discussed
    try:
        for view in ("pause", "attendance"):
            house.python(PAUSE.format(sitting=told["sitting"], view=view))
            code = page.locator(".w-qr")
            expect(code).to_be_visible()
            expect(page.locator(".w-scene h1")).to_be_visible()
            assert code.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
            _picture(page, f"wall-{view}")
    finally:
        house.python(PAUSE.format(sitting=told["sitting"], view="auto"))


def _picture(page, name: str) -> None:
    """A picture for people to look at, where one is asked for."""
    folder = os.environ.get("PICTURES")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
