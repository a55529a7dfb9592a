"""Hostile files come in while others read: each is answered in words in the door's time, and the readers notice nothing.

The product as it is served (one web process, the relay beside it), every file over HTTP. How fast pages are is asked of
the same machine in the same minute, so that a busy machine is no fault.
"""

import http.client
import io
import json
import statistics
import threading
import time
import uuid
import zipfile
from collections import defaultdict

import pytest

from tests.documents import office_files
from tests.documents.papers import assemble, tiny
from tests.faults.tablets import CSRF
from tests.faults.test_uploads_hostile import (
    bomb_of_circles,
    bomb_of_depth,
    bomb_of_nested_streams,
    bomb_of_objects,
)

DOOR = 20 + 5  # seconds in which the door answers; five for a machine that does other things
SLOWER = 12  # times the quiet median: what the slower half of the answers may never come to
SLOWEST = 60  # times the quiet median: what no single answer may come to
DESK = (
    "from benchmarks import hall; from council.models import Body, User; from council.second_factor import OFFICE\n"
    "print(hall.session_of(User.objects.get(username='chu-toa'), OFFICE), Body.objects.get().public_id)"
)
AT_ONCE = 2  # people who bring hostile files at the same time
WAVES = 4  # of all the files


def polyglot() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.html", "<script>1</script>")
    return tiny() + archive.getvalue()


def a_page_without_end() -> bytes:
    """A sound page of 300,000 strokes: taken, then drawn by the relay as far as its limits allow."""
    content = "".join(f"{n % 595} 0 m {(n * 7) % 595} 842 l S\n" for n in range(300_000))
    return assemble(
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>",
            f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        ]
    )


HOSTILE = {
    "10000-trang.pdf": lambda: tiny(pages=10_000),
    "bom.pdf": bomb_of_nested_streams,
    "sau.pdf": bomb_of_depth,
    "nhieu.pdf": bomb_of_objects,
    "vong.pdf": bomb_of_circles,
    "hai-mat.pdf": polyglot,
    "bung.docx": lambda: office_files.docx("Báo cáo", **{f"word/media/{n}.png": bytes(1 << 26) for n in range(6)}),
    "long.docx": lambda: office_files.docx("Báo cáo", body="<w:p>" * 5000 + "</w:p>" * 5000),
    "ra-ngoai.docx": lambda: office_files.docx("Báo cáo", **{"../../etc/cron.d/x": "x"}),
}
HEAVY = {"net-ve.pdf": a_page_without_end, "2000-trang.pdf": lambda: tiny(pages=2000)}


class Reader:
    """One person's browser: pages over a connection that stays open, each with the seconds that it took."""

    def __init__(self, port: int, cookie: str, pages: list[str]):
        self.port, self.cookie, self.pages = port, cookie, pages
        self.took = defaultdict(list)

    def read(self, rounds: int | None = None, *, until: threading.Event | None = None) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while rounds if rounds is not None else not until.is_set():
            rounds = rounds and rounds - 1
            for page in self.pages:
                began = time.monotonic()
                line.request("GET", page, headers={"Cookie": self.cookie})
                answer = line.getresponse()
                answer.read()
                assert answer.status == 200, (page, answer.status)
                self.took[page].append(time.monotonic() - began)
            time.sleep(0.05)


def bring(port: int, cookie: str, name: str, content: bytes, body: str) -> tuple[int, str, float]:
    """Hand a file in over the API as the desk does; status, words, seconds."""
    mark = uuid.uuid4().hex
    fields = {"title": name, "kind": "report", "body": body}
    head = "".join(f'--{mark}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items())
    head += f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=90)
    began = time.monotonic()
    line.request(
        "POST", "/api/v1/documents", head.encode() + content + f"\r\n--{mark}--\r\n".encode(),
        {"Cookie": f"{cookie}; csrftoken={CSRF}", "X-CSRFToken": CSRF, "Origin": f"http://127.0.0.1:{port}",
         "Content-Type": f"multipart/form-data; boundary={mark}"},
    )  # fmt: skip
    answer = line.getresponse()
    said = json.loads(answer.read())
    return answer.status, str(said.get("detail") or said), time.monotonic() - began


@pytest.mark.faults
@pytest.mark.long
def test_57_hostile_files_are_answered_in_words_while_the_pages_of_others_stay_fast(box):
    box.serve(1)
    box.other("relay", "manage.py", "relay")
    desk, body = box.manage("shell", "-v0", "-c", DESK).split()
    delegate = Reader(box.webs[0].port, f"sessionid={box.told['sessions'][0][0]}", ["/", "/tim?q=hoc"])
    stranger = Reader(box.webs[0].port, "", ["/nghi-quyet"])
    for reader in (delegate, stranger):
        reader.read(rounds=3)  # what is made once is made
        reader.took.clear()
        reader.read(rounds=25)
    quiet = {page: statistics.median(took) for r in (delegate, stranger) for page, took in r.took.items()}
    for reader in (delegate, stranger):
        reader.took.clear()

    made = [(name, make()) for name, make in {**HOSTILE, **HEAVY}.items()]
    files, told, all_told, faults = made * WAVES, [], threading.Event(), []

    def bringing():
        while files:
            name, content = files.pop(0)
            told.append((name, *bring(box.webs[0].port, f"sessionid={desk}", name, content, body)))

    def reading(reader):
        try:
            reader.read(until=all_told)
        except Exception as fault:
            faults.append(fault)

    readers = [threading.Thread(target=reading, args=[reader]) for reader in (delegate, stranger)]
    bringers = [threading.Thread(target=bringing) for _person in range(AT_ONCE)]
    for thread in [*readers, *bringers]:
        thread.start()
    for thread in bringers:
        thread.join()
    all_told.set()
    for thread in readers:
        thread.join()
    busy = {page: took for reader in (delegate, stranger) for page, took in reader.took.items()}

    assert not faults
    assert [(name, status) for name, status, _words, _took in told if status != 422 and name not in HEAVY] == []
    assert {status for name, status, _words, _took in told if name in HEAVY} == {201}
    assert all(words for _name, status, words, _took in told if status == 422)
    assert max(took for *_told, took in told) < DOOR
    for page, took in busy.items():
        assert len(took) > 15, f"{page} was hardly asked"
        assert statistics.median(took) < SLOWER * quiet[page], page
        assert max(took) < SLOWEST * quiet[page], page
    assert all(process.runs for process in [*box.webs, *box.others])
