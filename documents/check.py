"""The check of an uploaded paper: by content, never by its name; refused in words.

What can be seen without a parser (length, head, tail) is looked at here. Parsing happens in a child
process within limits (documents/children/inspect_paper.py). Nothing of a refused file is kept.
"""

import hashlib
import json
import re
import shutil
import tempfile
import unicodedata
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from council.errors import BadInput
from documents.limits import LimitReached, run_limited

PIECE = 1024 * 1024
MAX_NAME = 150  # characters of a file name that are kept
TAIL = 2048  # where the end mark of a PDF stands
_MARKUP = re.compile(rb"<\s*(!doctype|html|script|body|svg|iframe|\?xml)", re.IGNORECASE)
_SECRET_NAME = re.compile(r"(?<!\w)(?<!bí )(?<!bảo )(tuyệt mật|tối mật|mật)(?!\w)")
# the same without marks, as file names often are; "mat tran" (Mặt trận) is no mark
_SECRET_NAME_BARE = re.compile(r"(?i:\b(toi|tuyet) mat\b(?! tran))|^MAT$|[\[(]MAT[\])]")


class MarkedSecret(BadInput):
    """The paper bears a mark of state secrecy: it may not enter this system at all."""


@dataclass
class CheckedPaper:
    """A sound PDF in a temporary folder that lives as long as this object."""

    path: Path
    name: str  # cleaned file name, for people
    sha256: str
    size: int  # bytes
    pages: int
    has_text: bool
    has_scripts: bool  # carries JavaScript or starts programs; it is only ever served in a sandbox
    _folder: tempfile.TemporaryDirectory = field(repr=False)

    def close(self) -> None:
        self._folder.cleanup()


def clean_name(name: str, default: str = "tai-lieu.pdf") -> str:
    """A file name that is safe to show and to send: NFC, no path, no control or direction characters."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    # Cc, Cf (bidi marks, zero widths), Cs, Co: nothing that hides or turns the order of letters
    name = "".join(c for c in name if not unicodedata.category(c).startswith("C"))
    name = re.sub(r'[<>:"|?*;\s]+', " ", name).strip(" .")
    if name.lower().endswith(".pdf"):
        name = name[:-4].rstrip(" .")
    return f"{name[:MAX_NAME]}.pdf" if name else default


def check_upload(upload) -> CheckedPaper:
    """Check an uploaded file (Django `File` with `name` and `chunks()`).

    BadInput in words when it is no sound PDF within the limits, MarkedSecret when its name or a page
    bears a mark of secrecy. Takes up to a minute: call it before opening a transaction.
    """
    name = clean_name(upload.name or "")
    if is_marked_secret(name):
        raise MarkedSecret(secret_words())
    ask_for_room(upload.size or 0)
    folder = tempfile.TemporaryDirectory(prefix="paper-")
    try:
        path = Path(folder.name) / "paper.pdf"
        sha256, size = _copy(upload, path)
        _look_at_bytes(path, size)
        found = _inspect(path, folder.name)
        return CheckedPaper(
            path=path, name=name, sha256=sha256, size=size, pages=found["pages"], has_text=found["has_text"],
            has_scripts=found["has_scripts"], _folder=folder,
        )  # fmt: skip
    except BaseException:
        folder.cleanup()
        raise


def ask_for_room(size: int) -> None:
    """Refuse uploads while the disk is nearly full; votes go on being accepted (security 63)."""
    root = Path(settings.MEDIA_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    disk = shutil.disk_usage(root)
    allowed = getattr(settings, "MAX_DISK_PERCENT", 90)
    if (disk.total - disk.free + size) * 100 > disk.total * allowed:
        raise BadInput(_("Ổ đĩa của máy chủ gần đầy nên tạm dừng nhận tài liệu. Hãy báo người quản trị."))


def _copy(upload, path: Path) -> tuple[str, int]:
    """Write the upload into our folder, counting and hashing; stop as soon as it is over the limit."""
    limit = settings.MAX_PAPER_BYTES
    digest, size = hashlib.sha256(), 0
    if hasattr(upload, "seek"):
        upload.seek(0)
    with path.open("wb") as file:
        for piece in upload.chunks(PIECE):
            size += len(piece)
            if size > limit:
                raise BadInput(_("Tệp lớn hơn %(limit)s MB là mức tối đa.") % {"limit": limit // (1024 * 1024)})
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest(), size


def _look_at_bytes(path: Path, size: int) -> None:
    """What needs no parser: empty, another kind of file, cut off, two kinds of file in one."""
    if size == 0:
        raise BadInput(_("Tệp rỗng, không có nội dung."))
    with path.open("rb") as file:
        head = file.read(1024)
        file.seek(max(0, size - TAIL))
        tail = file.read()
    if not re.match(rb"%PDF-[12]\.\d", head):
        raise BadInput(_("Đây không phải tệp PDF. Hãy lưu văn bản thành PDF rồi tải lên lại."))
    if b"%%EOF" not in tail:
        raise BadInput(_("Tệp PDF bị hỏng hoặc chưa tải lên hết. Hãy lưu lại thành PDF rồi tải lên lại."))
    rest = tail.rpartition(b"%%EOF")[2].strip(b"\x00\r\n\t ")
    if _MARKUP.search(head) or zipfile.is_zipfile(path) or len(rest) > 32 or b"<" in rest or b"PK" in rest:
        raise BadInput(
            _("Tệp này chứa thêm nội dung khác ngoài PDF nên không được nhận. Hãy in ra PDF rồi tải lên lại.")
        )


def _inspect(path: Path, folder: str) -> dict:
    """Let the child read the file; turn what it found into words."""
    try:
        answer = run_limited("inspect_paper.py", [str(path), str(settings.MAX_PAPER_PAGES)], work_dir=folder)
        found = json.loads(answer)
    except (LimitReached, ValueError):
        raise BadInput(
            _("Không đọc được tệp PDF này trong giới hạn cho phép: tệp bị hỏng hoặc quá phức tạp.")
        ) from None
    match found.get("fault"):
        case None:
            pass
        case "encrypted":
            raise BadInput(_("Tệp PDF có mật khẩu hoặc bị khóa. Hãy bỏ khóa rồi tải lên lại."))
        case "pages":
            raise BadInput(
                _("Tệp có %(pages)s trang, nhiều hơn mức tối đa %(limit)s trang.")
                % {"pages": found["pages"], "limit": settings.MAX_PAPER_PAGES}
            )
        case "empty":
            raise BadInput(_("Tệp PDF không có trang nào."))
        case _:
            raise BadInput(_("Tệp PDF bị hỏng. Hãy lưu lại thành PDF rồi tải lên lại."))
    if found["stamp"]:
        raise MarkedSecret(secret_words())
    return found


def is_marked_secret(name: str) -> bool:
    """Whether a file name says Mật, Tối mật or Tuyệt mật ("bí mật nhà nước" is a subject, not a mark)."""
    stem = name.removesuffix(".pdf")
    words = re.sub(r"[\s_.\-\[\]()]+", " ", stem).strip()
    if _SECRET_NAME.search(words.casefold()):
        return True
    return stem.isascii() and bool(_SECRET_NAME_BARE.search(words) or _SECRET_NAME_BARE.search(stem))


def secret_words() -> str:
    return _(
        "Tài liệu có dấu Mật, Tối mật hoặc Tuyệt mật không được đưa vào hệ thống này. "
        "Tệp không được lưu lại; hãy xử lý theo quy định bảo vệ bí mật nhà nước."
    )
