"""A zip dropped on a session: looked through at once, unpacked file by file by a job, shown when all is read.

The zip is opened in children within limits only (documents/children/read_zip.py). Each file of it takes the
way of a file dropped alone; one that is refused is told by name and leaves the others alone.
"""

import json
import tempfile
import time
import unicodedata
from pathlib import Path

from django.conf import settings
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from council import outbox
from council.errors import BadInput, NotAllowed, WrongState
from council.models import User
from documents.check import ask_for_room, clean_name, is_marked_secret, secret_words
from documents.limits import LimitReached, Limits, run_limited
from sessions.models import CouncilSession, PaperBatch
from sessions.permissions import can_change_agenda, can_prepare
from sessions.services.papers import stage_paper
from sessions.services.shared import lock, record

MOST_FILES = 300
MOST_BYTES = 2 * 1024**3  # of all files unpacked
MOST_PACKED = 1024**3
SECONDS = 30  # of work before other jobs get their turn; the office watches
JOB = "sessions.unpack_batch"
_OFFICE_NAMES = (".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".docm", ".xlsm", ".pptm")
State = PaperBatch.State


def is_zip(upload) -> bool:
    """Whether an upload is a zip of files, by its first bytes; papers of office programs are zips inside too."""
    if (upload.name or "").lower().endswith(_OFFICE_NAMES):
        return False
    upload.seek(0)
    head = upload.read(60)
    upload.seek(0)
    if not head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return False
    return not (b"[Content_Types].xml" in head or b"mimetype" in head[30:38])


def clean_folder(name: str) -> str:
    """The folder in which a dropped file lay, safe to show: no path upwards, no control or direction characters."""
    parts = unicodedata.normalize("NFC", name).replace("\\", "/").split("/")
    parts = ["".join(c for c in part if not unicodedata.category(c).startswith("C")).strip() for part in parts]
    return "/".join(part for part in parts if part not in ("", ".", ".."))[-255:]


def take_batch(*, council_session: CouncilSession, by: User, upload) -> PaperBatch:
    """Look through a dropped zip and put it aside for its job; BadInput in words for one that is refused whole."""
    if not can_prepare(by, council_session):
        raise NotAllowed(_("Chỉ văn phòng phục vụ cơ quan này được nộp tài liệu."))
    if not can_change_agenda(by, council_session):
        raise WrongState(_("Kỳ họp đã bế mạc, không thêm tài liệu được nữa."))
    if (upload.size or 0) > MOST_PACKED:
        raise BadInput(_("Tệp nén lớn hơn %(n)s MB. Hãy chia thành nhiều tệp nén.") % {"n": MOST_PACKED // 1024**2})
    name = clean_name(upload.name or "").removesuffix(".pdf")[-255:]
    if is_marked_secret(name):
        raise BadInput(secret_words())
    ask_for_room(2 * (upload.size or 0))
    with tempfile.TemporaryDirectory(prefix="batch-") as folder:
        path = Path(folder) / "batch.zip"
        with path.open("wb") as file:
            for piece in upload.chunks():
                file.write(piece)
        found = look_through(path, folder)
        batch = PaperBatch(
            council_session=council_session, name=name, total=len(found["entries"]), skipped=found["skipped"],
            created_by=by,
        )  # fmt: skip
        with path.open("rb") as file:
            batch.file.save(f"{batch.public_id.hex}.zip", File(file), save=False)
    try:
        with transaction.atomic():
            locked = lock(council_session, by)
            batch.save()
            record(by, "sessions.batch-dropped", batch, locked, files=batch.total)
            outbox.enqueue(
                JOB, key=f"{JOB}:{batch.public_id}", council=locked.council, batch_id=batch.pk, delay=outbox.A_PERSON_WAITS,
                title=(_("Đọc tệp nén: %(name)s") % {"name": name})[:200],
            )  # fmt: skip
    except BaseException:
        batch.file.delete(save=False)
        raise
    return batch


def look_through(path: Path, folder: str) -> dict:
    """The files of a zip, as the child listed them; BadInput in words for one that is refused whole."""
    arguments = ["list", str(path), str(MOST_FILES), str(MOST_BYTES)]
    try:
        found = json.loads(run_limited("read_zip.py", arguments, work_dir=folder))
    except (LimitReached, ValueError):
        raise BadInput(_("Không đọc được tệp nén này trong giới hạn cho phép.")) from None
    if "fault" in found:
        raise BadInput(_words(found["fault"]) % {"name": found["name"], "most": MOST_FILES, "gb": MOST_BYTES // 1024**3})
    if not found["entries"]:
        raise BadInput(_("Tệp nén không có tệp nào."))
    return found


def _words(fault: str) -> str:
    return {
        "many": _("Tệp nén có nhiều hơn %(most)s tệp. Hãy chia thành nhiều tệp nén."),
        "large": _("Giải nén ra lớn hơn %(gb)s GB. Hãy chia thành nhiều tệp nén."),
        "bomb": _("“%(name)s” giải nén ra lớn bất thường nên không nhận cả tệp nén."),
        "overlap": _("Tệp nén có cấu trúc bất thường nên không được nhận."),
        "encrypted": _("Tệp nén có mật khẩu (“%(name)s”). Hãy bỏ mật khẩu rồi thả lại."),
        "link": _("Tệp nén có liên kết thay cho tệp (“%(name)s”) nên không được nhận."),
        "outside": _("Tệp nén có tên trỏ ra ngoài thư mục (“%(name)s”) nên không được nhận."),
        "archive": _("Tệp nén nằm trong tệp nén: hãy giải nén rồi thả các tệp bên trong."),
        "deep": _("Nằm quá sâu trong các thư mục."),
        "empty": _("Tệp rỗng, không có nội dung."),
    }.get(fault, _("Tệp nén bị hỏng hoặc không phải tệp ZIP."))


def unpack(batch_id: int) -> bool:
    """Go on with a zip for some seconds, file by file; True while more is left. Doing a file twice changes nothing."""
    batch = PaperBatch.objects.select_related("council_session__council", "created_by").filter(pk=batch_id).first()
    if batch is None or batch.state != State.READING:
        return False
    until = time.monotonic() + SECONDS
    with tempfile.TemporaryDirectory(prefix="batch-") as folder:
        path = _path_of(batch, folder)
        entries = look_through(path, folder)["entries"]
        for place, entry in enumerate(entries[batch.done :], batch.done + 1):
            if time.monotonic() >= until:
                return True
            words = _words(entry["fault"]) if "fault" in entry else _stage(batch, entry, path, folder)
            _note(batch, place, entry, words)
    _finish(batch)
    return False


def _path_of(batch: PaperBatch, folder: str) -> Path:
    try:
        return Path(batch.file.path)
    except NotImplementedError:  # a storage without paths
        path = Path(folder) / "batch.zip"
        with batch.file.open("rb") as stored, path.open("wb") as copy:
            for piece in stored.chunks():
                copy.write(piece)
        return path


def _stage(batch: PaperBatch, entry: dict, path: Path, folder: str) -> str:
    """Take one file out and in; "" or why it was refused."""
    if batch.staged.filter(entry=entry["index"]).exists():
        return ""  # a worker died after it
    out = Path(folder) / "entry"
    most = settings.MAX_PAPER_BYTES
    if entry["size"] > most:
        return _("Tệp lớn hơn %(limit)s MB là mức tối đa.") % {"limit": most // (1024 * 1024)}
    try:
        answer = json.loads(
            run_limited(
                "read_zip.py", ["take", str(path), str(entry["index"]), str(out), str(most)], work_dir=folder,
                limits=Limits(file_size=most + 1024),
            )
        )  # fmt: skip
    except (LimitReached, ValueError):
        return _("Không giải nén được tệp này trong giới hạn cho phép.")
    if "fault" in answer:
        return _("Không giải nén được: tệp bị hỏng.")
    try:
        with out.open("rb") as file:
            staged = stage_paper(
                council_session=batch.council_session, by=batch.created_by, folder=clean_folder(entry["folder"]),
                upload=UploadedFile(file=file, name=entry["name"], size=answer["size"]), batch=batch,
                entry=entry["index"],
            )  # fmt: skip
    except (BadInput, WrongState, NotAllowed) as fault:
        return str(fault.message)
    finally:
        out.unlink(missing_ok=True)
    if (staged.batch_id, staged.entry) != (batch.pk, entry["index"]):
        return _("Cùng nội dung với “%(name)s” đang chờ xếp, không nhận hai lần.") % {"name": staged.name}
    return ""


@transaction.atomic
def _note(batch: PaperBatch, place: int, entry: dict, words: str) -> None:
    if words:
        name = f"{entry['folder']}/{entry['name']}" if entry["folder"] else entry["name"]
        batch.refused = [*batch.refused, {"name": name[-255:], "words": words}]
    batch.done = place
    batch.save(update_fields=["done", "refused"])


@transaction.atomic
def _finish(batch: PaperBatch) -> None:
    """Show its files: one flag. The zip itself is not kept."""
    batch.move_to(State.READY)
    _forget_file(batch)
    batch.save(update_fields=["state", "file"])
    record(
        batch.created_by, "sessions.batch-read", batch, batch.council_session,
        files=batch.done, refused=len(batch.refused),
    )  # fmt: skip


def _forget_file(batch: PaperBatch) -> None:
    """Delete the zip when the change that no longer needs it is committed."""
    name, batch.file = batch.file.name, ""
    transaction.on_commit(lambda: batch.file.storage.delete(name))


@transaction.atomic
def give_up(batch_id: int, error: str) -> None:
    """Its job was parked: say so, and show what was read until then."""
    batch = PaperBatch.objects.filter(pk=batch_id, state=State.READING).first()
    if batch is None:
        return
    batch.move_to(State.FAILED)
    batch.error = error[:300]
    _forget_file(batch)
    batch.save(update_fields=["state", "error", "file"])
    batch.staged.update(batch=None)


@transaction.atomic
def close_batch(*, batch: PaperBatch, by: User) -> None:
    """The office has read what became of a zip; its line goes."""
    lock(batch.council_session, by)
    if batch.state == State.READING:
        raise WrongState(_("Tệp nén này đang được đọc."))
    batch.is_closed = True
    batch.save(update_fields=["is_closed"])
