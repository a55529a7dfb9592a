"""Thousands of files changed by chance: none crashes the web process, none hangs, every one is taken or refused.

A short seeded set runs always; `make faults` runs 2,000 files of each format. Many files share one child process
under the limits of one step; when that process dies or reaches a limit, each of its files goes through the real door by itself.
What the door takes of office files then goes through LibreOffice itself, as many as its minutes allow, while pages are asked for.
"""

import json
import shutil
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest

from council.errors import BadInput
from documents import converters, pipeline
from documents.check import MarkedSecret, check_made, check_upload
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


# --- Through LibreOffice ------------------------------------------------------------------------------

TAKEN = 60  # files of a format that the converter gets
MINUTES = 2.5  # of one format
GIVES_UP = converters.OFFICE.wall_seconds + 30  # seconds in which a conversion has ended, one way or the other


def through_the_converter(content: bytes, format_: str) -> str:
    """The way of the pipeline's first step: "refused" at the door, "made" a sound PDF, or "failed" in words."""
    try:
        checked = check_upload(upload(content, f"tep.{format_}"))
    except BadInput:
        return "refused"
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / f"source.{format_}"
        shutil.copyfile(checked.path, source)
        checked.close()
        try:
            check_made(pipeline._made_pdf(SimpleNamespace(format=format_), source, folder), folder)
        except (BadInput, MarkedSecret, converters.CannotConvert, LimitReached, ValueError):
            return "failed"
    return "made"


@pytest.fixture
def pages_asked(box):
    """A web process beside the work, asked for a page all the time: gives the list of what it answered."""
    box.serve(1)
    answers, over = [], threading.Event()

    def ask():
        while not over.wait(0.2):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{box.webs[0].port}/nghi-quyet", timeout=10) as answer:
                    answers.append(answer.status)
            except OSError as fault:
                answers.append(str(fault))

    thread = threading.Thread(target=ask)
    thread.start()
    yield answers
    over.set()
    thread.join()
    assert box.webs[0].runs


@pytest.mark.faults
@pytest.mark.long
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
@pytest.mark.parametrize("format_", ["docx", "xlsx", "pptx", "odt"])
def test_57_58_files_changed_by_chance_go_through_libreoffice_and_pages_are_answered(format_, pages_asked):
    sound, told, began, number = _seed(format_), {"made": 0, "failed": 0, "refused": 0}, time.monotonic(), 0
    assert through_the_converter(sound, format_) == "made"

    while told["made"] + told["failed"] < TAKEN and time.monotonic() - began < MINUTES * 60:
        started = time.monotonic()
        told[through_the_converter(mutated(sound, format_, number), format_)] += 1
        assert time.monotonic() - started < GIVES_UP, f"{format_} file {number} hangs"
        number += 1

    print(f"\n{format_}: {told}, {len(pages_asked)} pages meanwhile")  # noqa: T201  for docs/faults.md
    assert told["made"] + told["failed"] >= 10
    assert set(pages_asked) == {200}
