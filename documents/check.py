"""The check of an uploaded paper: by content, never by its name; refused in words.

What can be seen without a parser (length, head, tail) is looked at here. Parsing happens in a child
process within limits (documents/children/). Nothing of a refused file is kept. What is no PDF is made
into one by the pipeline.
"""

import hashlib
import json
import re
import shutil
import tempfile
import time
import unicodedata
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from council.errors import BadInput, is_full_disk
from documents.limits import LimitReached, Limits, TooBusy, run_limited, turn
from documents.scanning import ask_scanner

PIECE = 1024 * 1024
MAX_NAME = 150  # characters of a file name that are kept
TAIL = 2048  # where the end mark of a PDF stands
CHECK = Limits(cpu_seconds=15, wall_seconds=18)  # a person waits for the answer
DOOR = 20  # seconds in which whoever brings a file has an answer
PATIENCE = 8  # seconds of these that may go by before a place is free
_FORMATS = {"docx": "docx", "xlsx": "xlsx", "pptx": "pptx", "odt": "odt", "ods": "odt", "odp": "odt"}
_PICTURES = [
    ("jpg", re.compile(rb"\xff\xd8\xff")),
    ("png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("tif", re.compile(rb"II\*\x00|MM\x00\*")),
    ("webp", re.compile(rb"RIFF....WEBP", re.DOTALL)),
    ("gif", re.compile(rb"GIF8[79]a")),
    ("bmp", re.compile(rb"BM....\x00\x00\x00\x00", re.DOTALL)),
]
_MARKUP = re.compile(rb"<\s*(!doctype|html|script|body|svg|iframe|\?xml)", re.IGNORECASE)
_SECRET_NAME = re.compile(r"(?<!\w)(?<!bí )(?<!bảo )(tuyệt mật|tối mật|mật)(?!\w)")
# the same without marks, as file names often are; "mat tran" (Mặt trận) is no mark
_SECRET_NAME_BARE = re.compile(r"(?i:\b(toi|tuyet) mat\b(?! tran))|^MAT$|[\[(]MAT[\])]")


class MarkedSecret(BadInput):
    """The paper bears a mark of state secrecy: it may not enter this system at all."""


@dataclass
class CheckedPaper:
    """A sound file in a temporary folder that lives as long as this object."""

    path: Path
    name: str  # cleaned file name, for people
    sha256: str
    size: int  # bytes
    pages: int  # 0 for what is no PDF yet
    has_text: bool
    has_scripts: bool  # carries JavaScript or starts programs; it is only ever served in a sandbox
    format: str  # of `Version.Format`
    _folder: tempfile.TemporaryDirectory = field(repr=False)

    def close(self) -> None:
        self._folder.cleanup()


def clean_name(name: str, default: str = "tai-lieu.pdf", extension: str = "pdf") -> str:
    """A file name that is safe to show and to send: NFC, no path, no control or direction characters.

    It ends with `extension`, which the content decided.
    """
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    # Cc, Cf (bidi marks, zero widths), Cs, Co: nothing that hides or turns the order of letters
    name = "".join(c for c in name if not unicodedata.category(c).startswith("C"))
    name = re.sub(r'[<>:"|?*;\s]+', " ", name).strip(" .")
    if name.lower().endswith(f".{extension}"):
        name = name[: -len(extension) - 1].rstrip(" .")
    return f"{name[:MAX_NAME]}.{extension}" if name else default


def check_upload(upload) -> CheckedPaper:
    """Check an uploaded file (Django `File` with `name` and `chunks()`).

    BadInput in words when it is no sound file of a known kind within the limits, MarkedSecret when its
    name or its text bears a mark of secrecy. Takes up to twenty seconds: call it before a transaction.
    """
    began = time.monotonic()
    if is_marked_secret(clean_name(upload.name or "")):
        raise MarkedSecret(secret_words())
    ask_for_room(upload.size or 0)
    folder = tempfile.TemporaryDirectory(prefix="paper-")
    try:
        path = Path(folder.name) / "paper.pdf"
        with told_when_full():
            sha256, size = _copy(upload, path)
        found = _looked_into(path, size, folder.name)
        ask_scanner(path, seconds=max(2, DOOR - (time.monotonic() - began)))
        name = clean_name(upload.name or "", f"tai-lieu.{found['extension']}", found["extension"])
        return CheckedPaper(
            path=path, name=name, sha256=sha256, size=size, pages=found["pages"], has_text=found["has_text"],
            has_scripts=found["has_scripts"], format=found["format"], _folder=folder,
        )  # fmt: skip
    except BaseException:
        folder.cleanup()
        raise


def check_made(path: Path, folder: str) -> dict:
    """Check a PDF that the house itself made of what was brought: {"pages", "has_text", "has_scripts"}."""
    _look_at_bytes(path, path.stat().st_size)
    return _inspect(path, folder)


def ask_for_room(size: int) -> None:
    """Refuse uploads while the disk is nearly full; votes go on being accepted (security 63)."""
    root = Path(settings.MEDIA_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    disk = shutil.disk_usage(root)
    allowed = getattr(settings, "MAX_DISK_PERCENT", 90)
    if (disk.total - disk.free + size) * 100 > disk.total * allowed:
        raise BadInput(_full())


@contextmanager
def told_when_full():
    """What finds no room on the disk ends in words for who brought the file."""
    try:
        yield
    except OSError as fault:
        if not is_full_disk(fault):
            raise
        raise BadInput(_full()) from None


def _full() -> str:
    return _("Ổ đĩa của máy chủ gần đầy nên tạm dừng nhận tài liệu. Hãy báo người quản trị.")


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


def _looked_into(path: Path, size: int, folder: str) -> dict:
    """What kind of file it is, told by its first bytes, and what the child for that kind found."""
    if size == 0:
        raise BadInput(_("Tệp rỗng, không có nội dung."))
    with path.open("rb") as file:
        head = file.read(1024)
    if re.match(rb"%PDF-[12]\.\d", head):
        _look_at_bytes(path, size)
        return _inspect(path, folder) | {"format": "pdf", "extension": "pdf"}
    found = {"pages": 0, "has_text": True, "has_scripts": False}
    if head.startswith(b"PK\x03\x04"):
        kind = _inspect_office(path, folder)
        return found | {"format": _FORMATS[kind], "extension": kind}
    for extension, mark in _PICTURES:
        if mark.match(head):
            _inspect_picture(path, folder)
            return found | {"format": "picture", "extension": extension, "has_text": False}
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise BadInput(
            _("Tệp Office kiểu cũ (.doc, .xls, .ppt) hoặc có mật khẩu. Hãy bỏ mật khẩu, lưu thành .docx, .xlsx, .pptx hoặc PDF rồi tải lên lại.")
        )
    if _MARKUP.search(head):
        raise BadInput(_("Không nhận trang web hay hình vẽ SVG. Hãy in ra PDF rồi tải lên lại."))
    raise BadInput(
        _("Đây không phải tệp PDF, Word, Excel, PowerPoint, OpenDocument hay ảnh. Hãy lưu văn bản thành PDF rồi tải lên lại.")
    )


def _look_at_bytes(path: Path, size: int) -> None:
    """What needs no parser in a PDF: cut off, two kinds of file in one."""
    with path.open("rb") as file:
        head = file.read(1024)
        file.seek(max(0, size - TAIL))
        tail = file.read()
    if b"%%EOF" not in tail:
        raise BadInput(_("Tệp PDF bị hỏng hoặc chưa tải lên hết. Hãy lưu lại thành PDF rồi tải lên lại."))
    rest = tail.rpartition(b"%%EOF")[2].strip(b"\x00\r\n\t ")
    if _MARKUP.search(head) or zipfile.is_zipfile(path) or len(rest) > 32 or b"<" in rest or b"PK" in rest:
        raise BadInput(
            _("Tệp này chứa thêm nội dung khác ngoài PDF nên không được nhận. Hãy in ra PDF rồi tải lên lại.")
        )


def _inspect(path: Path, folder: str) -> dict:
    """Let the child read the file; turn what it found into words."""
    found = _asked("inspect_paper.py", [str(path), str(settings.MAX_PAPER_PAGES)], folder)
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


def _inspect_office(path: Path, folder: str) -> str:
    """The kind of office file, by its extension: "docx", "ods" …"""
    found = _asked("inspect_office.py", [str(path)], folder)
    if fault := found.get("fault"):
        raise BadInput(_office_faults()[fault])
    if found["stamp"]:
        raise MarkedSecret(secret_words())
    return found["format"]


def _office_faults() -> dict[str, str]:
    return {
        "damaged": _("Tệp bị hỏng hoặc chưa tải lên hết. Hãy mở tệp trên máy, lưu lại rồi tải lên lại."),
        "encrypted": _("Tệp có mật khẩu. Hãy bỏ mật khẩu rồi tải lên lại."),
        "macros": _("Tệp có macro (lệnh chạy tự động) nên không được nhận. Hãy lưu thành .docx, .xlsx, .pptx không có macro hoặc thành PDF."),
        "archive": _("Đây là tệp nén, không phải văn bản. Hãy giải nén rồi tải lên từng văn bản."),
        "names": _("Bên trong tệp có đường dẫn ra ngoài tệp nên không được nhận. Hãy lưu lại thành PDF."),
        "bomb": _("Tệp bung ra quá lớn hoặc quá phức tạp nên không được nhận. Hãy lưu lại thành PDF."),
        "hostile": _("Tệp có cấu trúc bất thường nên không được nhận. Hãy mở tệp trên máy, lưu lại rồi tải lên lại."),
    }  # fmt: skip


def _inspect_picture(path: Path, folder: str) -> None:
    match _asked("picture_to_pdf.py", [str(path)], folder).get("fault"):
        case None:
            return
        case "pixels":
            raise BadInput(_("Ảnh quá lớn. Hãy quét ở 300 dpi hoặc chụp lại với kích thước nhỏ hơn."))
        case "pages":
            raise BadInput(_("Tệp ảnh có quá nhiều trang. Hãy chia nhỏ hoặc quét thành PDF."))
        case _:
            raise BadInput(_("Tệp ảnh bị hỏng. Hãy lưu lại rồi tải lên lại."))


def _asked(child: str, arguments: list[str], folder: str) -> dict:
    """What a child says of a file, in time that a person waits: 18 s with the wait for a place."""
    began = time.monotonic()
    try:
        with turn("check", patience=PATIENCE):
            left = replace(CHECK, wall_seconds=CHECK.wall_seconds - (time.monotonic() - began))
            return json.loads(run_limited(child, arguments, work_dir=folder, limits=left))
    except TooBusy:
        raise BadInput(_("Máy chủ đang kiểm tra nhiều tệp khác. Hãy tải lên lại sau một phút.")) from None
    except (LimitReached, ValueError):
        raise BadInput(
            _("Không đọc được tệp này trong giới hạn cho phép: tệp bị hỏng hoặc quá phức tạp.")
        ) from None


def is_marked_secret(name: str) -> bool:
    """Whether a file name says Mật, Tối mật or Tuyệt mật ("bí mật nhà nước" is a subject, not a mark)."""
    stem = name.removesuffix(".pdf")
    stem = re.sub(r"\.(docx|xlsx|pptx|odt|ods|odp|jpe?g|png|tiff?|webp)$", "", stem, flags=re.IGNORECASE)
    words = re.sub(r"[\s_.\-\[\]()]+", " ", stem).strip()
    if _SECRET_NAME.search(words.casefold()):
        return True
    return stem.isascii() and bool(_SECRET_NAME_BARE.search(words) or _SECRET_NAME_BARE.search(stem))


def secret_words() -> str:
    return _(
        "Tài liệu có dấu Mật, Tối mật hoặc Tuyệt mật không được đưa vào hệ thống này. "
        "Tệp không được lưu lại; hãy xử lý theo quy định bảo vệ bí mật nhà nước."
    )
