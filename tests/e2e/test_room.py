"""A sitting in real browsers: every screen follows the desk, and a blocked socket or a dead network loses nothing."""

import json

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.e2e

# A network that blocks sockets: the constructor fails as a refused connection does.
NO_SOCKETS = """
window.WebSocket = class extends EventTarget {
  static CONNECTING = 0; static OPEN = 1; static CLOSED = 3;
  readyState = 0;
  constructor() { super(); setTimeout(() => { this.readyState = 3; const e = new Event("close"); e.code = 1006; this.dispatchEvent(e); }, 20); }
  close() {} send() { throw new Error("blocked"); }
};
"""


SESSION = """
import json
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from council import second_factor
from council.models import RoleGrant
from sessions.models import Sitting
from sessions.selectors_room import presence_of
from voting.models import Poll
from voting.services import cancel_poll

def sign_in(user, *scopes):
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    for scope in scopes:
        second_factor.grant(user=user, session_key=session.session_key, scope=scope)
    return session.session_key

sitting = Sitting.objects.filter(state="open", council_session__council__is_demo=True).first()
council = sitting.council_session.council
secretary = RoleGrant.objects.filter(council=council, role="session_secretary").first().user
chair = RoleGrant.objects.filter(council=council, role="session_chair").first().user
for poll in Poll.objects.filter(room=sitting.room, state__in=["draft", "open", "closed"]):  # left by a neighbour's test
    cancel_poll(poll=poll, by=secretary, reason="Kết thúc việc dở dang")
here = [r.delegate for r in presence_of(sitting).rows if r.is_present and r.delegate.user_id != secretary.pk]
print(json.dumps({"sitting": str(sitting.public_id), "secretary": sign_in(secretary, sitting.room), "chair": sign_in(chair, sitting.room),
                  "delegates": [sign_in(d.user) for d in here[:3]]}))
"""


@pytest.fixture(scope="module")
def told(house):
    return json.loads(house.python(SESSION).strip().splitlines()[-1])


@pytest.fixture
def at(house, screen):
    """Open a page as somebody: `at("tablet", session, "/hom-nay")`."""

    def open_page(size, session, path, script=""):
        page = screen(size)
        if script:
            page.add_init_script(script)
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": house.address}])
        page.goto(path)
        return page

    return open_page


def test_a_vote_in_a_hall_where_one_tablet_has_no_sockets_and_one_loses_the_network(told, at):
    room = f"/hop/{told['sitting']}"
    desk = at("desk", told["secretary"], f"{room}/dieu-hanh")
    wall = at("wall", told["secretary"], f"{room}/man-hinh")
    first = at("tablet", told["delegates"][0], "/hom-nay")
    blocked = at("tablet", told["delegates"][1], "/hom-nay", NO_SOCKETS)
    lost = at("tablet", told["delegates"][2], "/hom-nay")
    expect(first.locator("#vote-screen")).to_be_hidden()

    desk.keyboard.press("b")  # prepare
    expect(desk.get_by_text("Mở biểu quyết mục")).to_be_visible()
    desk.keyboard.press("b")  # open

    for page in (first, blocked, lost):
        expect(page.locator("#vote-screen")).to_be_visible(timeout=4000)
    expect(wall.get_by_text("Đang biểu quyết")).to_be_visible(timeout=4000)

    first.locator(".vote--for").click()
    expect(first.get_by_text("Đã ghi nhận: Tán thành")).to_be_visible()
    blocked.locator(".vote--for").click()
    expect(blocked.get_by_text("Đã ghi nhận: Tán thành")).to_be_visible()

    lost.context.set_offline(True)
    lost.locator(".vote--against").click()
    expect(lost.get_by_text("Đã ghi nhận")).to_have_count(0)
    lost.context.set_offline(False)
    expect(lost.get_by_text("Đã ghi nhận: Không tán thành")).to_be_visible(timeout=8000)
    expect(desk.locator(".c-turn b")).to_have_text("3", timeout=3000)

    desk.keyboard.press("k")  # some have not voted: asks first
    desk.locator("dialog[open] button[value=yes]").click()

    for page, words in ((first, "Tán thành"), (blocked, "Tán thành"), (lost, "Không tán thành")):
        expect(page.locator(".mine .big")).to_have_text(words, timeout=5000)
    expect(wall.get_by_text("Không được thông qua")).to_be_visible(timeout=4000)

    desk.keyboard.press("c")  # declare
    expect(first.locator("#vote-screen")).to_be_hidden(timeout=4000)
    expect(blocked.locator("#vote-screen")).to_be_hidden(timeout=4000)


def test_every_screen_follows_the_agenda_within_a_second(told, at):
    desk = at("desk", told["secretary"], f"/hop/{told['sitting']}/dieu-hanh")
    tablet = at("tablet", told["delegates"][0], "/hom-nay")
    wall = at("wall", told["secretary"], f"/hop/{told['sitting']}/man-hinh")
    expect(tablet.locator("[data-connection=on]").first).to_be_visible()
    button = desk.locator(".c-ag li:not([aria-current]) button:enabled").last  # no vote was held on it
    number = button.locator(".num").first.inner_text()

    button.click()

    expect(tablet.locator("#part-now .label")).to_contain_text(f"Mục {number}/", timeout=1500)
    expect(wall.locator("#part-scene .label")).to_contain_text(f"Mục {number}", timeout=1500)
