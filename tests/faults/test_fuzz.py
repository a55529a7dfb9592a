"""Thousands of files changed by chance: none crashes the web process, none hangs, every one is taken or refused.

A short seeded set runs always; `make faults` runs 2,000 files of each format. Many files share one child process
under the limits of one step; when that process dies or reaches a limit, each of its files goes through the real door by itself.
"""

import json
import time
from pathlib import Path

import pytest

from council.errors import BadInput
from documents.check import check_upload
from documents.limits import LimitReached, Limits, run_limited
from tests.documents import office_files
from tests.documents.papers import printed, upload
from tests.faults.fuzz_child import mutated

PROGRAM = str(Path(__file__).parent / "fuzz_child.py")
AT_ONCE = 40  # files of one child
DOOR = 20 + 10  # seconds in which the door answers; ten for a machine that does other things


def _seed(format_: str) -> bytes:
    lines = ("Điều 1. Quy định mức thu học phí", "Nghị quyết số 15/2026/NQ-HĐND")
    match format_:
        case "pdf":
            return printed("<h1>Báo cáo</h1>" + "<p>Nội dung</p>" * 60)
        case "docx":
            return office_files.docx(*lines)
        case "xlsx":
            return office_files.xlsx(*lines)
        case "pptx":
            return office_files.pptx(lines[0])
        case "odt":
            return office_files.odt(*lines)
    names = {"png": "PNG", "jpg": "JPEG", "tif": "TIFF", "webp": "WEBP"}
    return office_files.scan(*lines, size=(310, 439), format_=names[format_])


FORMATS = ["pdf", "docx", "xlsx", "pptx", "odt", "png", "jpg", "tif", "webp"]


def fuzz(format_: str, first: int, last: int, tmp_path: Path) -> dict:
    """Give the files first…last to the house; gives how many were taken, refused, and stopped at a limit."""
    seed = tmp_path / f"seed.{format_}"
    seed.write_bytes(_seed(format_))
    told = {"taken": 0, "refused": 0, "stopped": 0}
    for start in range(first, last, AT_ONCE):
        end = min(start + AT_ONCE, last)
        arguments = [format_, str(seed), str(start), str(end)]
        try:
            found = json.loads(run_limited(PROGRAM, arguments, work_dir=str(tmp_path), limits=Limits(wall_seconds=120)))
        except LimitReached:
            found = _one_by_one(format_, seed.read_bytes(), start, end)
        for name, count in found.items():
            told[name] += count
    return told


def _one_by_one(format_: str, sound: bytes, start: int, end: int) -> dict:
    told = {"taken": 0, "refused": 0, "stopped": 0}
    for number in range(start, end):
        began = time.monotonic()
        try:
            check_upload(upload(mutated(sound, format_, number), f"tep.{format_}")).close()
            told["taken"] += 1
        except BadInput as fault:
            told["stopped" if "giới hạn" in fault.message else "refused"] += 1
        assert time.monotonic() - began < DOOR, f"{format_} file {number} kept its bringer waiting"
    return told


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.mark.parametrize("format_", ["pdf", "docx", "odt", "png"])
def test_57_a_few_files_changed_by_chance_are_taken_or_refused(format_, tmp_path):
    told = fuzz(format_, 0, 25, tmp_path)

    assert sum(told.values()) == 25
    assert told["refused"]


@pytest.mark.faults
@pytest.mark.long
@pytest.mark.parametrize("format_", FORMATS)
def test_57_two_thousand_files_of_each_format_are_taken_or_refused(format_, tmp_path):
    told = fuzz(format_, 0, 2000, tmp_path)

    print(f"\n{format_}: {told}")  # noqa: T201  for docs/faults.md
    assert sum(told.values()) == 2000
    assert told["refused"]
