"""The pipeline under faults: a worker killed at any moment, a full disk, two people at the same paper."""

import errno
import random
import shutil
import sqlite3
import threading
import time

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import connection
from django.utils import timezone

from council import outbox
from council.errors import BadInput
from council.models import Job
from documents import pipeline
from documents.jobs import digest_of, process_version
from documents.models import Document, PaperText, Version
from documents.services import add_paper, process_again, replace_paper
from tests import builders
from tests.documents import office_files
from tests.documents.papers import printed, processed, tiny, upload
from tests.processes import Product


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def bring(council, by, content, name) -> Version:
    return add_paper(
        council=council, by=by, upload=upload(content, name), title="Báo cáo", kind="report",
        body=builders.plenary(council),
    )  # fmt: skip


def run_until_it_rests(job: Job) -> Job:
    """The relay's rounds without its pauses."""
    while job.state == Job.State.DUE:
        Job.objects.filter(pk=job.pk).update(run_at=timezone.now())
        outbox.run(job.pk)
        job.refresh_from_db()
    return job


def test_63_a_full_disk_stops_the_work_in_words_and_it_goes_on_when_there_is_room(council, office, settings):
    version = bring(council, office, office_files.scan("Trang quét"), "a.png")
    settings.MAX_DISK_PERCENT = 0

    job = run_until_it_rests(Job.objects.get(kind=pipeline.JOB))

    step = version.steps.get(kind="convert")
    assert (job.state, step.state) == ("parked", "failed")
    assert "ổ đĩa" in step.error
    assert version.source.open().read()

    settings.MAX_DISK_PERCENT = 99.9
    settings.TESSERACT = "/nowhere"  # what this test is not about
    process_again(version=version, by=office)
    assert processed(version).state == "ready"


class Killed(BaseException):
    """Stands for the end of a process: nothing of ours catches it."""


@pytest.mark.parametrize("moment", [2, 4, 6, 8])
def test_a_worker_that_dies_between_any_two_queries_is_carried_on_by_the_next(council, office, settings, moment):
    """The worker ends at its n-th write; the next one finds the rows and makes the paper whole."""
    settings.TESSERACT = "/nowhere"
    version = bring(council, office, tiny(pages=2), "a.pdf")
    writes = iter(range(1, 1000))

    def dying(execute, sql, *rest):
        if sql.startswith(("INSERT", "UPDATE")) and next(writes) == moment:
            raise Killed
        return execute(sql, *rest)

    with pytest.raises(Killed), connection.execute_wrapper(dying):
        processed(version)

    processed(version)
    pages = list(version.page_rows.values_list("number", "text", "has_image"))
    assert pages == [(1, "Xin chao", True), (2, "Xin chao", True)]
    assert {step.state for step in version.steps.all()} == {"done"}
    assert version.text_complete_at is not None


@pytest.mark.faults
@pytest.mark.long
@pytest.mark.parametrize("name", ["a.docx", "a.png"])
def test_a_worker_that_dies_in_every_step_is_carried_on_each_time(council, office, name):
    """At every kind of write in every step once: in conversion, text, pictures, recognition, and what tablets take along."""
    if not shutil.which("soffice" if name == "a.docx" else "tesseract"):
        pytest.skip("needs LibreOffice and tesseract")
    content = office_files.docx("Trang thu nhat") if name == "a.docx" else office_files.scan("Trang thu nhat")
    version, ended_at = bring(council, office, content, name), []

    def dying(execute, sql, *rest):
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            running = version.steps.filter(state="running").values_list("kind", flat=True).first()
            place = (running, sql.partition(" WHERE ")[0][:120])
            if place not in ended_at:
                ended_at.append(place)
                raise Killed
        return execute(sql, *rest)

    for _worker in range(80):
        try:
            with connection.execute_wrapper(dying):
                while process_version(version.pk) is outbox.MORE:
                    pass
        except Killed:
            continue
        break
    else:
        pytest.fail("the work never came to its end")

    steps = dict(version.steps.values_list("kind", "state"))
    assert set(steps.values()) == {"done"}
    assert set(steps) <= {step for step, _sql in ended_at}, "each step was cut off at least once"
    assert len(ended_at) >= 12
    [page] = version.page_rows.all()
    assert (page.text.strip(), page.has_image) == ("Trang thu nhat", True)
    version.refresh_from_db()
    assert (version.state, version.pack_files.count()) == ("ready", 2)
    assert PaperText.objects.get().version == version
    assert digest_of(version.file) == version.sha256


class FullDisk(FileSystemStorage):
    """A disk on which nothing has room."""

    def _save(self, name, content):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_63_a_disk_that_fills_up_under_an_upload_is_told_in_words_and_nothing_is_kept(council, office, settings):
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "tests.faults.test_papers_processed.FullDisk"}}

    with pytest.raises(BadInput, match="Ổ đĩa"):
        bring(council, office, tiny(), "a.pdf")

    assert not Version.objects.exists()
    assert not Document.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_people_replacing_the_same_paper_make_two_versions(council, office):
    first = bring(council, office, tiny(), "a.pdf")
    made, refused = [], []

    def replace(words):
        try:
            made.append(replace_paper(document=first.document, by=office, upload=upload(tiny(words))).number)
        except Exception as fault:
            refused.append(fault)
        finally:
            connection.close()

    both = [threading.Thread(target=replace, args=[f"ban {n}"]) for n in (1, 2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()

    assert (sorted(made), refused) == ([2, 3], [])
    assert first.document.versions.count() == 3
    assert len({version.sha256 for version in first.document.versions.all()}) == 3


@pytest.mark.faults
@pytest.mark.long
def test_a_relay_killed_again_and_again_makes_every_paper_whole(tmp_path):
    """Real kills at random moments, in conversion, recognition, drawing and reading.

    Work that is cut off five times is given up and says so; asked again, it is done.
    """
    product = Product(tmp_path, OUTBOX_LEASE_SECONDS="1")
    product.manage("migrate", "-v0")
    for name, content in {
        "a.docx": office_files.docx("Tờ trình"),
        "b.pdf": office_files.scanned_pdf(office_files.scan("Trang quét thứ nhất"), office_files.scan("Trang thứ hai")),
        "c.pdf": printed("<p style='page-break-after:always'>Báo cáo</p>" * 30),
    }.items():
        (tmp_path / name).write_bytes(content)
    product.python(
        "from datetime import date\nfrom pathlib import Path\n"
        "from django.core.files.uploadedfile import SimpleUploadedFile\n"
        "from council.models import User\nfrom documents.services import add_paper\nfrom tests import builders\n"
        "c = builders.council(); u = builders.person(c, 'office', role='office')\n"
        f"for n in ('a.docx', 'b.pdf', 'c.pdf'):\n"
        f"    add_paper(council=c, by=u, upload=SimpleUploadedFile(n, Path('{tmp_path}', n).read_bytes()),\n"
        "              title=n, kind='report', body=builders.plenary(c))\n"
    )
    random.seed(11)
    began, lived = time.monotonic(), 2.0
    try:
        while open_steps(tmp_path):
            assert time.monotonic() - began < 400
            relay = product.start("manage.py", "relay")
            time.sleep(lived + 2 * random.random())
            lived += 0.5
            product.kill(relay)
        product.python(
            "from documents.models import Version\nfrom documents.pipeline import begin_again\n"
            "for version in Version.objects.filter(steps__state='failed').distinct():\n    begin_again(version)"
        )
        relay = product.start("manage.py", "relay")
        while open_steps(tmp_path):
            assert time.monotonic() - began < 500
            time.sleep(1)
    finally:
        product.stop_all()

    with sqlite3.connect(tmp_path / "nghi-truong.sqlite3") as database:
        versions = dict(database.execute("SELECT source_name, state FROM documents_version"))
        pages = dict(
            database.execute(
                "SELECT v.source_name, count(*) FROM documents_page p JOIN documents_version v ON v.id = p.version_id"
                " WHERE p.has_image AND p.text <> '' GROUP BY v.source_name"
            )
        )
    assert versions == {"a.docx": "ready", "b.pdf": "ready", "c.pdf": "ready"}
    assert pages == {"a.docx": 1, "b.pdf": 2, "c.pdf": 30}


def open_steps(folder) -> list:
    with sqlite3.connect(folder / "nghi-truong.sqlite3") as database:
        return database.execute("SELECT kind, state FROM documents_step WHERE state IN ('waiting', 'running')").fetchall()
