"""The nightly check of every stored file (security 49)."""

from pathlib import Path

import pytest

from council import outbox
from council.models import AuditEntry, Job
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
