"""The way of a paper after its upload: each step in pieces, each piece in a child process within limits.

A step is a row that the office sees. The outbox does one piece of a step at a time (`work`), so that a paper of
a thousand pages keeps nobody else's mail waiting; what a piece found is written in one short transaction. A
worker may die anywhere: the next one looks at the rows and goes on. Doing a piece twice changes nothing.

A sound PDF is read from its upload on; nobody waits for text or pictures.
"""

import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from council import outbox
from documents.limits import LimitReached, run_limited
from documents.models import Page, Step, Version
from documents.pictures import SMALL, WIDE, keep_pictures
from documents.search import fold

JOB = "documents.process_version"
SECONDS = 8  # of work before the other jobs get their turn
TEXT_BATCH = 50  # pages of one piece
PICTURE_BATCH = 6

# Told in the transaction in which the text of all pages is complete: fn(version).
_after: list[Callable[[Version], None]] = []


def register_after(fn: Callable[[Version], None]) -> Callable[[Version], None]:
    """Add what follows from a version's complete text: its search index, the notes carried to it.

    Called once, in the transaction in which the text becomes complete; again when it is made anew because a
    clerk asked for the recognition of scanned pages later.
    """
    _after.append(fn)
    return fn


@transaction.atomic
def begin(version: Version) -> None:
    """Ask for the processing of a version, in the transaction that keeps it. Asking twice is asking once."""
    _steps(version)
    outbox.enqueue(
        JOB, key=f"{JOB}:{version.pk}", council=version.document.council, version_id=version.pk,
        title=(_("Xử lý tài liệu: %(title)s") % {"title": version.document.title})[:200],
    )  # fmt: skip


def work(version_id: int) -> bool:
    """Go on with the first step that is not done, for about `SECONDS`. True while more is left."""
    until = time.monotonic() + SECONDS
    while _do_a_piece(version_id):
        if time.monotonic() >= until:
            return True
    return False


def _do_a_piece(version_id: int) -> bool:
    version = Version.objects.select_related("document__council").filter(pk=version_id).first()
    if version is None or version.state in (Version.State.REFUSED, Version.State.FAILED):
        return False
    for step in _steps(version):
        if step.state in (Step.State.WAITING, Step.State.RUNNING):
            _DO[step.kind](version, step)
            return True
    return False


def _steps(version: Version) -> list[Step]:
    """The steps of a version in their order, made on the first call."""
    wanted = [Step.Kind.TEXT, Step.Kind.PICTURES]
    steps = {step.kind: step for step in version.steps.all()}
    for kind in wanted:
        if kind not in steps:
            steps[kind], _made = Step.objects.get_or_create(version=version, kind=kind)
    return [steps[kind] for kind in Step.ORDER if kind in steps]


# --- Text ---------------------------------------------------------------------------------------------


def _read_text(version: Version, step: Step) -> None:
    """Text and size of the next pages; with the last ones the text is complete."""
    known = set(version.page_rows.values_list("number", flat=True))
    missing = [number for number in range(1, version.pages + 1) if number not in known]
    _begin(step, done=len(known), total=version.pages)
    if missing:
        first, last = _batch(missing, TEXT_BATCH)
        found = _found_text(version, first, last)
        with transaction.atomic():
            Page.objects.bulk_create(
                [_page(version, row) for row in found["pages"]],
                update_conflicts=True, unique_fields=["version", "number"],
                update_fields=["width", "height", "text", "search_text", "text_sha256"],
            )  # fmt: skip
            if "outline" in found:
                Version.objects.filter(pk=version.pk).update(outline=found["outline"])
            _go_on(step, done=len(known) + last - first + 1)
        return
    with transaction.atomic():
        _end(step)
        text_is_complete(version)


def _found_text(version: Version, first: int, last: int) -> dict:
    """What the child read; when a batch is too heavy its pages are tried one by one."""
    with _paper_of(version) as (folder, paper):
        answer = Path(folder) / "text.json"
        try:
            run_limited("read_pages.py", [str(paper), str(first), str(last), str(answer)], work_dir=folder)
            return json.loads(answer.read_text())
        except (LimitReached, ValueError, FileNotFoundError):
            if first == last:  # a page that cannot be read within the limits has no text
                return {"pages": [{"number": first, "width": 595.0, "height": 842.0, "text": ""}]}
    found = {"pages": []}
    for number in range(first, last + 1):
        one = _found_text(version, number, number)
        found["pages"] += one.pop("pages")
        found |= one
    return found


def _page(version: Version, row: dict) -> Page:
    text = row["text"]
    return Page(
        version=version, number=row["number"], width=row["width"], height=row["height"], text=text,
        search_text=fold(text), text_sha256=hashlib.sha256(text.encode()).hexdigest(),
    )  # fmt: skip


def text_is_complete(version: Version) -> None:
    """Tell those who wait for the text of all pages; inside the transaction that wrote the last of it."""
    version.refresh_from_db()
    version.text_complete_at = timezone.now()
    version.save(update_fields=["text_complete_at"])
    for fn in _after:
        fn(version)


# --- Pictures -----------------------------------------------------------------------------------------


def _draw_pictures(version: Version, step: Step) -> None:
    """Pictures of the next pages; `step.done` is the last page that was tried."""
    _begin(step, total=version.pages)
    if step.done < version.pages:
        first, last = step.done + 1, min(step.done + PICTURE_BATCH, version.pages)
        drawn = _drawn(version, first, last)
        with transaction.atomic():
            version.page_rows.filter(number__in=drawn).update(has_image=True)
            _go_on(step, done=last)
        return
    _end(step)


def _drawn(version: Version, first: int, last: int) -> list[int]:
    """Draw and keep some pages; gives those that could be drawn."""
    with _paper_of(version) as (folder, paper):
        arguments = [str(paper), str(first), str(last), folder, str(WIDE), str(SMALL)]
        try:
            run_limited("draw_pages.py", arguments, work_dir=folder)
        except LimitReached:
            if first == last:
                return []
        else:
            return [n for n in range(first, last + 1) if keep_pictures(version, n, Path(folder))]
    return [n for number in range(first, last + 1) for n in _drawn(version, number, number)]


# --- What the steps share -----------------------------------------------------------------------------


@contextmanager
def _paper_of(version: Version) -> Iterator[tuple[str, Path]]:
    """A temporary folder for a child, and the path of a version's PDF; a copy where it lies on another machine."""
    with tempfile.TemporaryDirectory(prefix="paper-") as folder:
        try:
            paper = Path(version.file.path)
        except NotImplementedError:  # a storage without paths
            paper = Path(folder) / "paper.pdf"
            with version.file.open("rb") as stored, paper.open("wb") as copy:
                for piece in stored.chunks():
                    copy.write(piece)
        yield folder, paper


def _batch(numbers: list[int], most: int) -> tuple[int, int]:
    """First and last of the pages that stand together at the beginning of `numbers`, `most` at most."""
    last = first = numbers[0]
    while last + 1 - first < most and last + 1 in numbers:
        last += 1
    return first, last


def _begin(step: Step, *, total: int, done: int | None = None) -> None:
    if step.state == Step.State.WAITING:
        step.state, step.began_at, step.ended_at, step.error = Step.State.RUNNING, timezone.now(), None, ""
    step.total, step.done = total, step.done if done is None else done
    step.save(update_fields=["state", "began_at", "ended_at", "error", "done", "total"])


def _go_on(step: Step, *, done: int) -> None:
    step.done = done
    step.save(update_fields=["done"])


def _end(step: Step) -> None:
    step.state, step.ended_at, step.done = Step.State.DONE, timezone.now(), step.total
    step.save(update_fields=["state", "ended_at", "done"])


_DO = {Step.Kind.TEXT: _read_text, Step.Kind.PICTURES: _draw_pictures}
