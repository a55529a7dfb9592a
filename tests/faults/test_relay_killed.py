"""Killing the relay at any moment loses no job and sends no message twice."""

import collections
import random
import shutil
import sqlite3
import time
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from tests.documents import office_files
from tests.processes import Product, free_port

MAILS = 40


class SlowServer:
    """A mail server that takes its time, so that a kill falls into the middle of a message."""

    def __init__(self):
        self.received = collections.Counter()

    async def handle_DATA(self, server, session, envelope):
        time.sleep(0.05)
        self.received[envelope.rcpt_tos[0]] += 1
        return "250 OK"


@pytest.fixture
def server():
    controller = Controller(SlowServer(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()


@pytest.mark.slow
def test_killing_the_relay_sends_nothing_twice_and_loses_nothing(tmp_path, server):
    product = Product(tmp_path, EMAIL_URL=f"smtp://127.0.0.1:{server.port}", OUTBOX_LEASE_SECONDS="1")
    product.manage("migrate", "-v0")
    product.python(
        "from council.models import Council; from council import mail\n"
        "c = Council.objects.create(name='HĐND', short_name='HĐND', place='X', level='commune')\n"
        f"[mail.send(council=c, to=f'd{{n}}@example.vn', subject='s', text='t', key=str(n)) for n in range({MAILS})]"
    )
    random.seed(7)
    started, lived = time.monotonic(), 1.5
    try:
        while states(tmp_path).keys() & {"queued", "sending"}:
            assert time.monotonic() - started < 240
            relay = product.start("manage.py", "relay")
            time.sleep(lived + random.random())
            lived += 0.25  # on a busy machine a short life may not be enough for one mail
            product.kill(relay)
    finally:
        product.stop_all()

    found = states(tmp_path)
    assert found["sent"] + found.get("unknown", 0) == MAILS
    assert max(server.handler.received.values()) == 1  # nobody got it twice
    sent = {row[0] for row in rows(tmp_path, "SELECT \"to\" FROM council_mail WHERE state = 'sent'")}
    assert sent <= set(server.handler.received)  # what is said to be sent was taken


def rows(folder, query):
    with sqlite3.connect(folder / "nghi-truong.sqlite3", timeout=10) as database:
        return database.execute(query).fetchall()


def states(folder) -> dict[str, int]:
    return dict(rows(folder, "SELECT state, count(*) FROM council_mail GROUP BY state"))


@pytest.mark.faults
@pytest.mark.long
def test_a_letter_goes_out_while_libreoffice_hangs_and_a_kill_leaves_nothing_running(tmp_path, server):
    """One process serves the jobs (SQLite, no Redis). Its converter hangs; the relay is killed; the next one ends the work."""
    fake = tmp_path / "office"
    fake.mkdir()
    for name in ("soffice", "soffice.bin"):
        (fake / name).write_text(f"#!/bin/sh\necho $$ >> {fake}/pids\nexec sleep 600\n")
        (fake / name).chmod(0o755)
    (fake / "libswlo.so").touch()
    (tmp_path / "a.docx").write_bytes(office_files.docx("Tờ trình"))
    product = Product(
        tmp_path, EMAIL_URL=f"smtp://127.0.0.1:{server.port}", OUTBOX_LEASE_SECONDS="1", SOFFICE=str(fake / "soffice")
    )
    product.manage("migrate", "-v0")
    product.python(BRING_A_WORD_FILE)

    relay = product.start("manage.py", "relay")
    try:
        pid = int(until(lambda: (fake / "pids").exists() and (fake / "pids").read_text().strip()).split()[0])
        product.python(
            "from council import mail; from council.models import Council\n"
            "mail.send(council=Council.objects.get(), to='d@example.vn', subject='s', text='t', key='1')"
        )
        until(lambda: server.handler.received["d@example.vn"] == 1)
        assert rows(tmp_path, "SELECT kind, state FROM documents_step WHERE state = 'running'") == [("convert", "running")]

        product.kill(relay)
        until(lambda: not Path(f"/proc/{pid}").exists())
        if shutil.which("soffice"):
            product.env["SOFFICE"] = ""
            product.start("manage.py", "relay")
            until(lambda: rows(tmp_path, "SELECT state FROM documents_version") == [("ready",)])
    finally:
        product.stop_all()


BRING_A_WORD_FILE = """
from pathlib import Path
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from documents.services import add_paper
from tests import builders
council = builders.council()
add_paper(council=council, by=builders.person(council, "office", role="office"), title="Tờ trình", kind="report",
          body=builders.plenary(council), upload=SimpleUploadedFile("a.docx", (settings.DATA_DIR / "a.docx").read_bytes()))
"""


def until(true, seconds: float = 90):
    """Wait for what the product does by itself; gives what became true."""
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.1)
    return found
