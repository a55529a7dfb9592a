"""List a zip, or take one file out of it. Runs within limits; nothing is ever written under a name from the zip.

    read_zip.py list FILE MOST_FILES MOST_BYTES
        {"entries": [{"index", "name", "folder", "size"}], "skipped": n} or {"fault", "name"}; a file that cannot
        be taken, while the others can, has "fault" beside its name
    read_zip.py take FILE INDEX OUT MOST_BYTES
        writes the bytes of entry INDEX to OUT; {"size"} or {"fault"}

Faults of the whole: damaged, many, large, bomb, overlap, encrypted, link, outside. Of one file: archive, deep, empty.
"""

import json
import re
import struct
import sys
import unicodedata
import zipfile
import zlib

MOST_RATIO = 200  # unpacked bytes for one packed byte, of what is larger than a megabyte
MOST_DEPTH = 8  # folders in folders
MEGABYTE = 1024 * 1024
PIECE = 256 * 1024
UTF8_NAME = 0x800
ENCRYPTED = 0x1 | 0x40
UNICODE_PATH = 0x7075  # extra field of Info-ZIP: the name in UTF-8
_SYSTEM = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|\._|Thumbs\.db$|desktop\.ini$|~\$)", re.IGNORECASE)
_ARCHIVE = re.compile(r"\.(zip|rar|7z|tar|gz|tgz|bz2|xz|zst|cab|iso|arj|lzh|jar)$", re.IGNORECASE)
_VIETNAMESE = set("ăâđêôơưĂÂĐÊÔƠƯáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ")


def name_of(entry: zipfile.ZipInfo) -> str:
    """The name as its maker meant it: UTF-8 where it says so, else UTF-8, Windows-1258 or the PC's old letters."""
    if found := _unicode_path(entry):
        return found
    if entry.flag_bits & UTF8_NAME:
        return unicodedata.normalize("NFC", entry.filename)
    raw = entry.orig_filename.encode("cp437", "replace")
    for encoding in ("utf-8", "cp1258"):
        try:
            name = unicodedata.normalize("NFC", raw.decode(encoding))
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or set(name) & _VIETNAMESE:
            return name
    return unicodedata.normalize("NFC", entry.orig_filename)


def _unicode_path(entry: zipfile.ZipInfo) -> str:
    """The name in the extra field 0x7075, when it was made for this very entry."""
    extra = entry.extra
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == UNICODE_PATH and len(field) > 5 and field[0] == 1:
            raw = entry.orig_filename.encode("utf-8" if entry.flag_bits & UTF8_NAME else "cp437", "replace")
            if struct.unpack("<L", field[1:5])[0] == zlib.crc32(raw):
                return unicodedata.normalize("NFC", field[5:].decode("utf-8", "replace"))
    return ""


def leads_outside(name: str) -> bool:
    """Whether a name would leave the folder: absolute, with a drive, or with steps upwards (zip slip)."""
    name = name.replace("\\", "/")
    return name.startswith("/") or bool(re.match(r"[A-Za-z]:", name)) or ".." in name.split("/") or "\0" in name


def is_link(entry: zipfile.ZipInfo) -> bool:
    """A symbolic link or another special file of Unix."""
    kind = (entry.external_attr >> 16) & 0o170000
    return kind not in (0, 0o100000, 0o040000)


def list_entries(path: str, most_files: int, most_bytes: int) -> dict:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return {"fault": "damaged", "name": ""}
    entries, skipped, whole, begins = [], 0, 0, []
    infos = archive.infolist()
    if len(infos) > 4 * most_files:
        return {"fault": "many", "name": "", "count": len(infos)}
    for index, entry in enumerate(infos):
        name = name_of(entry)
        shown = "".join(c for c in name if not unicodedata.category(c).startswith("C"))[:200]
        if leads_outside(entry.orig_filename) or leads_outside(name):
            return {"fault": "outside", "name": shown}
        if is_link(entry):
            return {"fault": "link", "name": shown}
        if entry.flag_bits & ENCRYPTED:
            return {"fault": "encrypted", "name": shown}
        begins.append((entry.header_offset, entry.header_offset + 30 + entry.compress_size))
        if entry.is_dir() or name.endswith("/"):
            continue
        if _SYSTEM.search(name):
            skipped += 1
            continue
        whole += entry.file_size
        if whole > most_bytes:
            return {"fault": "large", "name": shown}
        if entry.file_size > MEGABYTE and entry.file_size > MOST_RATIO * max(1, entry.compress_size):
            return {"fault": "bomb", "name": shown}
        folder, _slash, last = shown.replace("\\", "/").rpartition("/")
        row = {"index": index, "name": last or shown, "folder": folder, "size": entry.file_size}
        if folder.count("/") >= MOST_DEPTH:
            row["fault"] = "deep"
        elif _ARCHIVE.search(last):
            row["fault"] = "archive"
        elif entry.file_size == 0:
            row["fault"] = "empty"
        entries.append(row)
    if len(entries) > most_files:
        return {"fault": "many", "name": "", "count": len(entries)}
    begins.sort()
    if any(after[0] < before[1] for before, after in zip(begins, begins[1:], strict=False)):
        return {"fault": "overlap", "name": ""}  # entries that share bytes: a bomb
    return {"entries": entries, "skipped": skipped}


def take(path: str, index: int, out: str, most_bytes: int) -> dict:
    """Unpack one entry, counting: what a zip says of its sizes is not believed."""
    try:
        archive = zipfile.ZipFile(path)
        entry = archive.infolist()[index]
        size = 0
        with archive.open(entry) as packed, open(out, "wb") as file:
            while piece := packed.read(PIECE):
                size += len(piece)
                if size > most_bytes or size > entry.file_size:
                    return {"fault": "large"}
                file.write(piece)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError, NotImplementedError, IndexError):
        return {"fault": "damaged"}
    return {"size": size}


if __name__ == "__main__":
    if sys.argv[1] == "list":
        answer = list_entries(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        answer = take(sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5]))
    json.dump(answer, sys.stdout, ensure_ascii=False)
