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
from contextlib import contextmanager, suppress
from pathlib import Path

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from council import audit, outbox
from council.errors import BadInput
from documents.check import MarkedSecret, ask_for_room, check_made, secret_words
from documents.children.stamps import stamp_in
from documents.children.texts import clean
from documents.converters import CannotConvert, lacking_for, lacking_for_recognition, office_to_pdf, recognise
from documents.limits import LimitReached, run_limited
from documents.models import Annotation, AnnotationPlace, Page, Step, Version
from documents.pictures import SMALL, WIDE, keep_pictures, picture_name
from documents.search import fold

JOB = "documents.process_version"
SECONDS = 3  # of work before the other jobs get their turn
TEXT_BATCH = 50  # pages of one piece
PICTURE_BATCH = 6

SCAN_DPI = 300
FEW_LETTERS = 10  # fewer on a page with a picture: the text is in the picture

# Told in the transaction in which the text of all pages is complete: fn(version).
_after: list[Callable[[Version], None]] = []
# Told in the transaction in which a version becomes ready, or is refused after all: fn(version).
_changed: list[Callable[[Version], None]] = []


def register_after(fn: Callable[[Version], None]) -> Callable[[Version], None]:
    """Add what follows from a version's complete text: its search index, the notes carried to it.

    Called once, in the transaction in which the text becomes complete; again when it is made anew because a
    clerk asked for the recognition of scanned pages later.
    """
    _after.append(fn)
    return fn


def register_changed(fn: Callable[[Version], None]) -> Callable[[Version], None]:
    """Add what follows when a version becomes ready, at once or when it is converted, or turns out to be a state secret.

    Look at `version.state`: of a refused version nothing of the content may stay anywhere.
    """
    _changed.append(fn)
    return fn


def tell_changed(version: Version) -> None:
    """Call what follows from a version's new state, in the transaction that gives it."""
    for fn in _changed:
        fn(version)


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
            try:
                _DO[step.kind](version, step)
            except MarkedSecret:
                refuse_marked(version)
                return False
            return True
        if step.kind == Step.Kind.CONVERT and step.state != Step.State.DONE:
            return False  # what comes after needs the PDF
    return False


def _steps(version: Version) -> list[Step]:
    """The steps of a version in their order; those that are certain are made on the first call."""
    wanted = [Step.Kind.TEXT, Step.Kind.PICTURES]
    if version.source:
        wanted.insert(0, Step.Kind.CONVERT)
    steps = {step.kind: step for step in version.steps.all()}
    for kind in wanted:
        if kind not in steps:
            steps[kind], _made = Step.objects.get_or_create(version=version, kind=kind)
    return [steps[kind] for kind in Step.ORDER if kind in steps]


def work_was_given_up(version_id: int) -> None:
    """The outbox tried five times: say so at the step that was under way."""
    words = _("Đã thử nhiều lần mà chưa xong. Kiểm tra ổ đĩa của máy chủ còn chỗ, rồi bấm Thử lại.")
    running = Step.objects.filter(version=version_id, state__in=[Step.State.WAITING, Step.State.RUNNING])
    running.update(state=Step.State.FAILED, error=words, ended_at=timezone.now())


@transaction.atomic
def begin_again(version: Version) -> bool:
    """Do anew what failed or lacked a program; False when nothing of the kind is there."""
    version = Version.objects.select_for_update(no_key=True).get(pk=version.pk)
    if version.state == Version.State.REFUSED:
        return False
    stuck = version.steps.filter(state__in=[Step.State.FAILED, Step.State.LACKING])
    if not stuck.update(state=Step.State.WAITING, error="", done=0, began_at=None, ended_at=None):
        return False
    if version.state == Version.State.FAILED:
        version.state, version.error = Version.State.PROCESSING, ""
        version.save(update_fields=["state", "error"])
    begin(version)
    outbox.wake(JOB, version_id=version.pk)
    return True


@transaction.atomic
def refuse_marked(version: Version) -> None:
    """A mark of secrecy was found after the upload: remove all content, keep that it happened (security 78)."""
    version = Version.objects.select_for_update(no_key=True).select_related("document__council").get(pk=version.pk)
    if version.state == Version.State.REFUSED:
        return
    names = [stored.name for stored in (version.file, version.source, version.layered) if stored]
    names += [name for n in range(1, version.pages + 1) for name in names_of_page(version.public_id, n)]
    names += [row.file.name for row in version.pack_files.all() if row.file]
    version.pack_files.all().delete()
    version.page_rows.all().delete()
    version.steps.all().delete()
    _forget_notes(version)
    version.file = version.source = version.layered = ""
    version.original_name = version.source_name = ""
    version.sha256 = version.source_sha256 = version.layered_sha256 = ""
    version.size = version.source_size = version.layered_size = version.pages = 0
    version.outline, version.text_complete_at = [], None
    version.state, version.error = Version.State.REFUSED, secret_words()
    version.save()
    audit.record(None, "documents.marked-paper-refused", council=version.document.council)
    tell_changed(version)
    transaction.on_commit(lambda: [default_storage.delete(name) for name in names])


def _forget_notes(version: Version) -> None:
    """Notes quote the words they stand on: their places here go, and what stood nowhere else is emptied.

    A note in doubt, or left behind, bears the old words in a newer version: it loses them. One that found its place there
    quotes the newer text, and stays.
    """
    later = AnnotationPlace.objects.filter(came_from=version)
    later.exclude(state=AnnotationPlace.State.PLACED).update(target={}, snippet="")
    later.update(came_from=None)
    AnnotationPlace.objects.filter(version=version).delete()
    nowhere = Annotation.objects.filter(document=version.document_id, removed_at=None, places=None)
    nowhere.update(text="", removed_at=timezone.now())


# --- PDF ----------------------------------------------------------------------------------------------


def _convert(version: Version, step: Step) -> None:
    """Make the PDF of what was brought in another form; then the paper is ready."""
    _begin(step, total=1)
    extension = version.source_name.rsplit(".", 1)[-1]
    if lacking := lacking_for(extension):
        return _stop(step, Step.State.LACKING, lacking)
    with tempfile.TemporaryDirectory(prefix="paper-") as folder:
        source = Path(folder) / f"source.{extension}"
        _copy_out(version.source, source)
        try:
            made = _made_pdf(version, source, folder)
            found = check_made(made, folder)
        except MarkedSecret:
            raise
        except (BadInput, CannotConvert, LimitReached, ValueError) as fault:
            words = getattr(fault, "message", "") or _(
                "Không chuyển được tệp này sang PDF. Hãy mở tệp trên máy, lưu thành PDF rồi thay bản mới."
            )
            with transaction.atomic():
                Version.objects.filter(pk=version.pk).update(state=Version.State.FAILED, error=words[:300])
                _stop(step, Step.State.FAILED, words)
            return
        _keep_pdf(version, step, made, found)


def _made_pdf(version: Version, source: Path, folder: str) -> Path:
    made = Path(folder) / "made.pdf"
    if version.format == Version.Format.PICTURE:
        found = json.loads(run_limited("picture_to_pdf.py", [str(source), str(made)], work_dir=folder))
        if "fault" in found:
            raise CannotConvert(found["fault"])
        return made
    harmless = Path(folder) / f"harmless{source.suffix}"
    found = json.loads(run_limited("inspect_office.py", [str(source), str(harmless)], work_dir=folder))
    if found.get("stamp"):
        raise MarkedSecret
    if "fault" in found:
        raise CannotConvert(found["fault"])
    return office_to_pdf(harmless, folder)


def _keep_pdf(version: Version, step: Step, made: Path, found: dict) -> None:
    name, sha256, size = _store(version, made, "")
    with transaction.atomic():
        version = Version.objects.select_for_update(no_key=True).select_related("document").get(pk=version.pk)
        if version.state != Version.State.PROCESSING:  # somebody else was quicker
            default_storage.delete(name)
            return
        version.file, version.sha256, version.size, version.pages = name, sha256, size, found["pages"]
        version.has_text, version.has_scripts = found["has_text"], found["has_scripts"]
        version.state, version.error = Version.State.READY, ""
        version.save()
        _end(step)
        data = {"version": version.number, "sha256": sha256, "source": version.source_sha256, "pages": version.pages}
        audit.record(None, "documents.paper-converted", version.document, data=data)
        tell_changed(version)


# --- Text ---------------------------------------------------------------------------------------------


def _read_text(version: Version, step: Step) -> None:
    """Text and size of the next pages; with the last ones the text is complete."""
    known = set(version.page_rows.values_list("number", flat=True))
    missing = [number for number in range(1, version.pages + 1) if number not in known]
    _begin(step, done=len(known), total=version.pages)
    if missing:
        first, last = _batch(missing, TEXT_BATCH)
        found = _found_text(version, first, last)
        for row in found["pages"]:
            _ask_for_stamps(row["text"], row["number"])
        with transaction.atomic():
            Page.objects.bulk_create(
                [_page(version, row) for row in found["pages"]],
                update_conflicts=True, unique_fields=["version", "number"],
                update_fields=["width", "height", "text", "search_text", "text_sha256", "is_scanned"],
            )  # fmt: skip
            if "outline" in found:
                Version.objects.filter(pk=version.pk).update(outline=found["outline"])
            _go_on(step, done=len(known) + last - first + 1)
        return
    with transaction.atomic():
        _end(step)
        if version.page_rows.filter(is_scanned=True).exists():
            Step.objects.get_or_create(version=version, kind=Step.Kind.RECOGNISE)
        else:
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
    return Page(
        version=version, number=row["number"], width=row["width"], height=row["height"], **_words(row["text"]),
        is_scanned=row.get("is_picture", False) and row["letters"] < FEW_LETTERS,
    )  # fmt: skip


def _words(text: str) -> dict:
    """The fields of a page that follow from its text."""
    return {"text": text, "search_text": fold(text), "text_sha256": hashlib.sha256(text.encode()).hexdigest()}


def _ask_for_stamps(text: str, number: int, *, recognised: bool = False) -> None:
    if stamp_in(text, first_page=number == 1, recognised=recognised):
        raise MarkedSecret


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


# --- Recognised text -----------------------------------------------------------------------------------


def _recognise(version: Version, step: Step) -> None:
    """Recognise the text of the next scanned page; after the last one lay it over a copy of the paper."""
    scanned = list(version.page_rows.filter(is_scanned=True).values_list("number", flat=True))
    _begin(step, total=len(scanned))
    if lacking := lacking_for_recognition():
        with transaction.atomic():
            _stop(step, Step.State.LACKING, lacking)
            if version.text_complete_at is None:
                text_is_complete(version)
        return
    if step.done >= len(scanned):
        return _lay_text(version, step, scanned)
    number = scanned[step.done]
    text = _recognised(version, number)
    _ask_for_stamps(text, number, recognised=True)
    with transaction.atomic():
        version.page_rows.filter(number=number).update(is_recognised=bool(text), **_words(text))
        _go_on(step, done=step.done + 1)


def _recognised(version: Version, number: int) -> str:
    """The text of one scanned page; its layer waits in storage for the others. "" when nothing was made out."""
    with _paper_of(version) as (folder, paper):
        picture = Path(folder) / "page.png"
        try:
            answer = run_limited("draw_scan.py", [str(paper), str(number), str(picture), str(SCAN_DPI)], work_dir=folder)
            text, layer = recognise(picture, folder, json.loads(answer)["dpi"])
        except (LimitReached, CannotConvert, ValueError):
            return ""
        name = layer_name(version.public_id, number)
        default_storage.delete(name)
        default_storage.save(name, ContentFile(layer.read_bytes()))
        return clean(text)


def _lay_text(version: Version, step: Step, scanned: list[int]) -> None:
    """Make the copy with the text over the pages, and read it as every reader will."""
    with _paper_of(version) as (folder, paper):
        layers = Path(folder) / "layers"
        layers.mkdir()
        for number in version.page_rows.filter(is_recognised=True).values_list("number", flat=True):
            with suppress(FileNotFoundError), default_storage.open(layer_name(version.public_id, number)) as stored:
                (layers / f"{number}.pdf").write_bytes(stored.read())
        copy, rows, words = Path(folder) / "layered.pdf", [], ""
        try:
            run_limited("lay_text.py", [str(paper), str(layers), str(copy)], work_dir=folder)
            for first, last in _batches(scanned, TEXT_BATCH):
                answer = Path(folder) / "text.json"
                run_limited("read_pages.py", [str(copy), str(first), str(last), str(answer)], work_dir=folder)
                rows += json.loads(answer.read_text())["pages"]
            name, sha256, size = _store(version, copy, "-chu")
        except (LimitReached, ValueError, FileNotFoundError):
            name, rows = "", []
            words = _("Chữ đã nhận dạng dùng được để tìm kiếm, nhưng chưa gắn được lên trang.")
    for row in rows:
        _ask_for_stamps(row["text"], row["number"], recognised=True)
    with transaction.atomic():
        if name:
            _drop_layered(version)
            facts = {"layered": name, "layered_sha256": sha256, "layered_size": size}
            Version.objects.filter(pk=version.pk).update(**facts)
        for row in rows:
            version.page_rows.filter(number=row["number"], is_recognised=True).update(**_words(row["text"]))
        _end(step)
        Step.objects.filter(pk=step.pk).update(error=words)
        text_is_complete(version)
    for number in scanned:
        default_storage.delete(layer_name(version.public_id, number))


def _drop_layered(version: Version) -> None:
    """An earlier copy gives way, once the new one is committed."""
    if version.layered:
        earlier = version.layered.name
        transaction.on_commit(lambda: default_storage.delete(earlier))


def layer_name(version_id, number: int) -> str:
    """Where a recognised page's text waits for the others; nothing names it in a row, so a forgotten one is swept."""
    return f"pages/{version_id.hex[:2]}/{version_id.hex}/{number}-chu.pdf"


def names_of_page(version_id, number: int) -> list[str]:
    """All files that the steps may have left for a page."""
    pictures = [picture_name(version_id, number, small=small) for small in (False, True)]
    return [*pictures, layer_name(version_id, number)]


# --- What the steps share -----------------------------------------------------------------------------


@contextmanager
def _paper_of(version: Version) -> Iterator[tuple[str, Path]]:
    """A temporary folder for a child, and the path of a version's PDF; a copy where it lies on another machine."""
    with tempfile.TemporaryDirectory(prefix="paper-") as folder:
        try:
            paper = Path(version.file.path)
        except NotImplementedError:  # a storage without paths
            paper = Path(folder) / "paper.pdf"
            _copy_out(version.file, paper)
        yield folder, paper


def _copy_out(stored_file, path: Path) -> None:
    with stored_file.open("rb") as stored, path.open("wb") as copy:
        for piece in stored.chunks():
            copy.write(piece)


def _store(version: Version, path: Path, suffix: str) -> tuple[str, str, int]:
    """Keep a file that a step made under a name of its own: gives name, SHA-256 (hex) and size."""
    ask_for_room(path.stat().st_size)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        hex_ = version.public_id.hex
        name = default_storage.save(f"versions/{hex_[:2]}/{hex_}-{sha256[:8]}{suffix}.pdf", File(file))
    return name, sha256, path.stat().st_size


def _batch(numbers: list[int], most: int) -> tuple[int, int]:
    """First and last of the pages that stand together at the beginning of `numbers`, `most` at most."""
    last = first = numbers[0]
    while last + 1 - first < most and last + 1 in numbers:
        last += 1
    return first, last


def _batches(numbers: list[int], most: int) -> Iterator[tuple[int, int]]:
    while numbers:
        first, last = _batch(numbers, most)
        yield first, last
        numbers = [number for number in numbers if number > last]


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


def _stop(step: Step, state: str, words: str) -> None:
    step.state, step.error, step.ended_at = state, words[:300], timezone.now()
    step.save(update_fields=["state", "error", "ended_at"])


_DO = {
    Step.Kind.CONVERT: _convert,
    Step.Kind.TEXT: _read_text,
    Step.Kind.PICTURES: _draw_pictures,
    Step.Kind.RECOGNISE: _recognise,
}
