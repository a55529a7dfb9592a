"""The power goes in the middle of a rush: what was acknowledged is there, and nothing is there twice."""

import http.client
import json
import sqlite3
import threading
import time
import uuid

import pytest

from benchmarks.servers import Server, environment, fill_hall

pytestmark = pytest.mark.slow
DELEGATES = 16
CSRF = "a" * 32


class Tablet(threading.Thread):
    """One delegate who changes the vote as fast as answers come, and notes every answer."""

    def __init__(self, number, port, poll, session):
        super().__init__(daemon=True)
        self.number, self.port, self.poll, self.session = number, port, poll, session
        self.recorded: list[tuple[str, int, str]] = []  # key, number, choice
        self.pending: tuple[str, int, str] | None = None  # key, replaces, choice: sent, unanswered
        self.stopping = False

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        while not self.stopping:
            known = self.recorded[-1][1] if self.recorded else 0
            choice = ("for", "against", "other")[(known + self.number) % 3]
            self.pending = (str(uuid.uuid4()), known, choice)
            try:
                said = self.send(connection)
            except (OSError, http.client.HTTPException):
                return
            assert said["answer"] == "recorded", said
            self.recorded.append((said["key"], said["number"], choice))
            self.pending = None

    def send(self, connection) -> dict:
        key, replaces, choice = self.pending
        connection.request(
            "POST",
            f"/bo-phieu/{self.poll}",
            json.dumps({"choice": choice, "key": key, "replaces": replaces}),
            {
                "Content-Type": "application/json",
                "Cookie": f"sessionid={self.session}; csrftoken={CSRF}",
                "X-CSRFToken": CSRF,
            },
        )
        return json.loads(connection.getresponse().read())


@pytest.fixture
def hall(tmp_path, monkeypatch):
    """A house of its own on a SQLite file, with everybody signed in and a vote open."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    env = environment(tmp_path)
    filled = fill_hall(env, DELEGATES, "--items", "1", "--signed-in", "--open-poll")
    return filled | {"env": env, "folder": tmp_path}


def rows(hall, query):
    with sqlite3.connect(hall["folder"] / "nghi-truong.sqlite3") as database:
        return database.execute(query).fetchall()


def test_25_votes_acknowledged_before_a_kill_9_are_all_there(hall):
    """Security 25: acknowledgement only after COMMIT, and a kill in between."""
    server = Server("council.asgi:application", hall["env"], hall["folder"] / "log").start()
    tablets = [
        Tablet(n, server.port, hall["poll"], session) for n, session in enumerate(hall["delegate_sessions"])
    ]
    try:
        for tablet in tablets:
            tablet.start()
        deadline = time.monotonic() + 60
        while sum(len(t.recorded) for t in tablets) < 60 and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        server.kill()
    for tablet in tablets:
        tablet.stopping = True
        tablet.join(15)

    acknowledged = [answer for tablet in tablets for answer in tablet.recorded]
    assert len(acknowledged) >= 60
    acts = {
        uuid.UUID(key): (number, choice)
        for key, number, choice in rows(hall, "SELECT key, number, choice FROM voting_voteact")
    }
    assert [a for a in acknowledged if acts.get(uuid.UUID(a[0])) != (a[1], a[2])] == []
    votes = rows(hall, "SELECT delegate_id, COUNT(*), MAX(number) FROM voting_vote GROUP BY 1")
    assert all(count == 1 for _delegate, count, _number in votes)
    in_flight = sum(1 for tablet in tablets if tablet.pending)
    assert 0 <= sum(n for _d, _c, n in votes) - len(acknowledged) <= in_flight
    assert rows(hall, "PRAGMA integrity_check") == [("ok",)]

    _send_again(hall, server, tablets)


def _send_again(hall, server, tablets):
    """The house is started again: every kept choice is sent once more with its key and is recorded once."""
    again = Server("council.asgi:application", hall["env"], hall["folder"] / "log").start()
    try:
        for tablet in tablets:
            connection = http.client.HTTPConnection("127.0.0.1", again.port, timeout=30)
            if tablet.pending:
                said = tablet.send(connection)
                assert said["answer"] == "recorded"
                tablet.recorded.append((said["key"], said["number"], tablet.pending[2]))
            if not tablet.recorded:
                continue
            key, number, choice = tablet.recorded[-1]
            tablet.pending = (key, number - 1, choice)
            said = tablet.send(connection)
            assert (said["answer"], said["number"], said["vote"]["choice"]) == (
                "recorded",
                number,
                choice,
            )
    finally:
        again.stop()
    final = rows(hall, "SELECT number, choice FROM voting_vote ORDER BY number, choice")
    assert final == sorted((t.recorded[-1][1], t.recorded[-1][2]) for t in tablets if t.recorded)


def test_a_polite_end_answers_every_ballot_that_came_in(hall):
    """SIGTERM in the rush: no ballot is left without an answer that the server had taken."""
    server = Server("council.asgi:application", hall["env"], hall["folder"] / "log").start()
    tablets = [
        Tablet(n, server.port, hall["poll"], session) for n, session in enumerate(hall["delegate_sessions"])
    ]
    for tablet in tablets:
        tablet.start()
    deadline = time.monotonic() + 60
    while sum(len(t.recorded) for t in tablets) < 30 and time.monotonic() < deadline:
        time.sleep(0.01)
    server.stop()
    for tablet in tablets:
        tablet.stopping = True
        tablet.join(15)

    acknowledged = sum(len(tablet.recorded) for tablet in tablets)
    assert acknowledged >= 30
    ((written,),) = rows(hall, "SELECT COUNT(*) FROM voting_voteact")
    assert written == acknowledged
