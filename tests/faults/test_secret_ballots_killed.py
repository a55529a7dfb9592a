"""The power goes while a hall casts secret ballots: what was acknowledged is counted once, and nothing twice."""

import http.client
import json
import subprocess
import sys
import threading
import time

import pytest

from benchmarks.servers import Server, environment, fill_hall
from tests.processes import ROOT
from tests.voting.secret_client import Tablet

pytestmark = [pytest.mark.faults, pytest.mark.long]
DELEGATES = 24
CSRF = "a" * 32


@pytest.fixture
def hall(tmp_path, monkeypatch):
    """A house of its own on a SQLite file, with everybody signed in and ballots being handed out."""
    for name in ("DATABASE_URL", "REDIS_URL", "BALLOT_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    env = environment(tmp_path)
    filled = fill_hall(env, DELEGATES, "--items", "1", "--signed-in")
    command = [sys.executable, "-m", "tests.faults.secret_hall"]
    poll = subprocess.run(command, env=env, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    return filled | {"poll": poll, "env": env, "folder": tmp_path}


def ask(port: int, method: str, path: str, body: dict | None = None, session: str = "") -> tuple[int, dict]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if session:
        headers |= {"Cookie": f"sessionid={session}; csrftoken={CSRF}", "X-CSRFToken": CSRF}
    connection.request(method, path, json.dumps(body) if body is not None else None, headers)
    answer = connection.getresponse()
    text = answer.read()
    return answer.status, json.loads(text) if text.startswith(b"{") else {}


def act(hall, port: int, name: str) -> None:
    path = f"/hop/{hall['sitting']}/bieu-quyet/{hall['poll']}/{name}"
    status, said = ask(port, "POST", path, {}, hall["chair_session"])
    assert status == 200, said


def take_ballots(hall, port: int) -> list[Tablet]:
    path, held = f"/phieu-kin/{hall['poll']}", []
    for session in hall["delegate_sessions"]:
        _status, said = ask(port, "GET", path, session=session)
        tablet = Tablet(said["manifest"])
        status, said = ask(port, "POST", f"{path}/nhan", tablet.request(), session)
        assert status == 200, said
        tablet.take(said["blind_sig"])
        held.append(tablet)
    return held


def test_25_sealed_ballots_acknowledged_before_a_kill_9_are_counted_once(hall):
    """Every tablet sends until it has an answer; the house dies with half of them, and comes back."""
    log = hall["folder"] / "log"
    server = Server("council.asgi:application", hall["env"], log).start()
    held = take_ballots(hall, server.port)
    act(hall, server.port, "bat-dau-bo-phieu")
    bodies = [tablet.ballot([str(n % 3 + 1)] if n % 4 else []) for n, tablet in enumerate(held)]
    path, acks, over = f"/phieu-kin/{hall['poll']}/bo", {}, threading.Event()
    port = [server.port]

    def send(place: int) -> None:
        time.sleep(place * 0.05)
        while place not in acks and not over.is_set():
            try:
                status, said = ask(port[0], "POST", path, bodies[place])
            except (OSError, http.client.HTTPException):
                time.sleep(0.2)
                continue
            assert status in (200, 503), said
            if status == 200:
                held[place].check_ack(bodies[place], said)
                acks[place] = said

    senders = [threading.Thread(target=send, args=(place,), daemon=True) for place in range(DELEGATES)]
    for sender in senders:
        sender.start()
    while not acks:
        time.sleep(0.01)
    server.kill()
    before = dict(acks)
    again = Server("council.asgi:application", hall["env"], log).start()
    port[0] = again.port
    for sender in senders:
        sender.join(30)
    over.set()

    assert len(acks) == DELEGATES and 0 < len(before) < DELEGATES
    for place, said in before.items():  # a receipt stays the same over the death of the house
        assert ask(again.port, "POST", path, bodies[place]) == (200, said)
    act(hall, again.port, "ket-thuc")
    act(hall, again.port, "cong-bo")
    _status, published = ask(again.port, "GET", f"/phieu-kin/{hall['poll']}/phieu.json", session=hall["chair_session"])
    again.stop()

    assert sorted(map(json.dumps, published["ballots"])) == sorted(json.dumps(body, sort_keys=True) for body in bodies)
    assert (published["handed_out"], published["cast"]) == (DELEGATES, DELEGATES)
    assert published["count"]["blank"] == 6 and published["count"]["invalid"] == 0
    words = log.read_text()
    assert f"{hall['poll']}/bo" not in words  # 41: not one line, in a rush, a death and a return
