"""The nightly check of every stored file (security 49), and of files that belong to nothing."""

import os
import time
from pathlib import Path

import pytest
from django.db import transaction

from council import files, outbox
from council.models import AuditEntry, Job
from documents.check import check_upload
from documents.jobs import check_files
from documents.services import add_paper
from tests import builders
from tests.documents.papers import tiny, upload


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def version(council, office):
    return add_paper(
        council=council, by=office, upload=upload(tiny()), title="Tờ trình", kind="submission",
        body=builders.plenary(council),
    )  # fmt: skip


def test_the_check_comes_back_every_day(version):
    job = Job.objects.get(kind="documents.check_files")

    assert job.every_seconds == 24 * 3600


def test_sound_files_leave_no_word(version):
    check_files()

    assert not AuditEntry.objects.filter(event="documents.file-broken").exists()


@pytest.mark.parametrize("harm", ["change", "remove"])
def test_one_changed_byte_or_a_lost_file_is_named(version, harm):
    path = Path(version.file.path)
    if harm == "remove":
        path.unlink()
    else:
        content = bytearray(path.read_bytes())
        content[40] ^= 1
        path.write_bytes(content)

    with pytest.raises(outbox.Parked):
        check_files()

    assert AuditEntry.objects.get(event="documents.file-broken").data["expected"] == version.sha256


def grow_old(path: Path, days: int) -> None:
    then = time.time() - days * 24 * 3600
    os.utime(path, (then, then))


@pytest.fixture
def left_behind(council, office, settings):
    """The bytes of a paper whose caller changed its mind after they were written."""
    paper = check_upload(upload(tiny()))
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        added = add_paper(
            council=council, by=office, upload=paper, title="Báo cáo", kind="report", body=builders.plenary(council)
        )
        path = Path(added.file.path)
        raise ZeroDivisionError
    return path


def test_a_file_that_belongs_to_nothing_is_swept_after_a_week(version, left_behind):
    sound = Path(version.file.path)
    grow_old(sound, 30)
    grow_old(left_behind, 8)

    swept = files.sweep()

    assert not left_behind.exists()
    assert sound.exists()
    assert [Path(name).name for name in swept] == [left_behind.name]
    assert AuditEntry.objects.get(event="council.files-swept").data["files"] == 1


def test_what_was_just_written_is_left_to_its_transaction(left_behind):
    assert files.sweep() == []
    assert left_behind.exists()


def test_the_sweep_comes_back_every_day(version):
    assert Job.objects.get(kind="council.sweep_files").every_seconds == 24 * 3600


def test_nothing_is_swept_where_nothing_was_stored(db):
    assert files.sweep() == []
