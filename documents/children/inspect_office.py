"""Look into an office file (Word, Excel, PowerPoint, OpenDocument) and write a harmless copy of it. Runs within limits.

    inspect_office.py FILE [COPY]

Prints {"fault": …} when it cannot be taken, else {"format", "stamp"}; faults: "damaged", "encrypted", "macros",
"archive" (a zip that is no office file), "names" (paths that lead out, links), "bomb" (unpacks to too much),
"hostile" (declarations of entities, encodings that hide). No word of the content is printed.

The copy is what the converter opens: without embedded objects and scripts, and without addresses from which
anything would be fetched. What a reader sees of the file stays; links to click stay too.
"""

import json
import re
import stat
import sys
import zipfile
import zlib
from html import unescape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from stamps import stamp_in  # noqa: E402

MOST_ENTRIES = 10_000
MOST_BYTES = 300 * 1024 * 1024  # of all parts unpacked
MOST_XML = 64 * 1024 * 1024  # of one part that is parsed
MOST_DEPTH = 200  # elements within elements
PIECE = 1024 * 1024

MAIN_PARTS = {
    "wordprocessingml.document.main+xml": "docx",
    "wordprocessingml.template.main+xml": "docx",
    "spreadsheetml.sheet.main+xml": "xlsx",
    "spreadsheetml.template.main+xml": "xlsx",
    "presentationml.presentation.main+xml": "pptx",
    "presentationml.slideshow.main+xml": "pptx",
    "presentationml.template.main+xml": "pptx",
}
OPEN_DOCUMENT = {"text": "odt", "spreadsheet": "ods", "presentation": "odp"}
SAID = re.compile(
    r"(word/(document|header\d*|footer\d*|footnotes)\.xml|xl/sharedStrings\.xml|xl/worksheets/[^/]+\.xml"
    r"|ppt/slides/[^/]+\.xml|content\.xml|styles\.xml)$"
)
DROPPED = re.compile(
    r"(^|/)(embeddings|activeX|ctrlProps|customUI|externalLinks|webextensions|Basic|Scripts|Configurations2|Object[ _]\d+)/"
    r"|vbaProject|oleObject|\.(bin|exe|dll|js|vbs|html?|svgz?|class|jar|hta|lnk|swf)$",
    re.IGNORECASE,
)
MACROS = re.compile(r"vbaProject|macroEnabled|(^|/)xl/macrosheets/|(^|/)Basic/.+\.xml$|(^|/)Scripts/", re.IGNORECASE)
FETCHING_FIELDS = re.compile(r"INCLUDE\s*TEXT|INCLUDE\s*PICTURE|DDE|IMPORT|\bLINK\b|DATABASE|\bRD\b", re.IGNORECASE)
FIELD = re.compile(r"(<(?:[\w.-]+:)?(?:instrText|delInstrText)\b[^>]*>)([^<]*)(</)")
SIMPLE_FIELD = re.compile(r"(<(?:[\w.-]+:)?fldSimple\b[^>]*?\b(?:[\w.-]+:)?instr\s*=\s*)(\"[^\"]*\"|'[^']*')")
RELATIONSHIP = re.compile(r"<(?:[\w.-]+:)?Relationship\b[^>]*>")
HREF = re.compile(r"<((?:[\w.-]+:)?)([\w.-]+)\b[^<>]*?[\w.-]+:href\s*=[^<>]*>")
HREF_VALUE = re.compile(r"([\w.-]+:href\s*=\s*)(\"[^\"]*\"|'[^']*')")
INSIDE = re.compile(r"(\./)?(Pictures|media|ObjectReplacements|Thumbnails)/[\w .-]+$|#")


class Refused(Exception):
    """The file is not taken; the one argument says why."""


def look(path: str, copy: str | None) -> dict:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = entries_of(archive, path)
            format_ = format_of(archive, entries)
            stamp = read_through(archive, entries, copy)
    except Refused as fault:
        return {"fault": str(fault)}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError, zlib.error):
        return {"fault": "damaged"}
    return {"format": format_, "stamp": stamp}


def entries_of(archive: zipfile.ZipFile, path: str) -> list[zipfile.ZipInfo]:
    """The files of the archive, when every one has a plain name inside it and its size is within reason."""
    entries = archive.infolist()
    if not entries or len(entries) > MOST_ENTRIES:
        raise Refused("bomb" if entries else "damaged")
    if min(entry.header_offset for entry in entries) != 0 or not ends_with_directory(path, len(archive.comment)):
        raise Refused("hostile")  # something lies before or behind: two kinds of file in one
    seen = set()
    for entry in entries:
        name, mode = entry.filename, entry.external_attr >> 16
        parts = name.replace("\\", "/").split("/")
        if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\x00" in name or stat.S_ISLNK(mode):
            raise Refused("names")
        if name.casefold() in seen:
            raise Refused("hostile")  # two readers would see two different files
        seen.add(name.casefold())
        if entry.flag_bits & 1:
            raise Refused("encrypted")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refused("hostile")
    if sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise Refused("bomb")
    return [entry for entry in entries if not entry.is_dir()]


def ends_with_directory(path: str, comment: int) -> bool:
    """Whether the archive's directory is the last thing in the file."""
    with open(path, "rb") as file:
        file.seek(-min(22 + comment, Path(path).stat().st_size), 2)
        return comment <= 32 and file.read(4) == b"PK\x05\x06"


def format_of(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> str:
    names = {entry.filename: entry for entry in entries}
    if "[Content_Types].xml" in names:
        types = xml_of(archive, names["[Content_Types].xml"])
        if MACROS.search(types) or any(MACROS.search(name) for name in names):
            raise Refused("macros")
        for content_type, format_ in MAIN_PARTS.items():
            if content_type in types:
                return format_
    if "mimetype" in names and names["mimetype"].file_size < 200:
        told = archive.read("mimetype").decode("ascii", "replace").strip()
        kind = told.removeprefix("application/vnd.oasis.opendocument.").removesuffix("-template")
        if kind in OPEN_DOCUMENT and "content.xml" in names:
            if any(MACROS.search(name) for name in names if not name.endswith(("script-lc.xml", "script-lb.xml"))):
                raise Refused("macros")
            if "META-INF/manifest.xml" in names and "encryption-data" in xml_of(archive, names["META-INF/manifest.xml"]):
                raise Refused("encrypted")
            return OPEN_DOCUMENT[kind]
    raise Refused("archive")


def xml_of(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str:
    """One part as text. Refused when it declares entities, hides behind an encoding, or is nested without end."""
    if entry.file_size > MOST_XML:
        raise Refused("bomb")
    raw = archive.read(entry)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00")) or b"\x00" in raw[:64]:
        raise Refused("hostile")
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise Refused("hostile")
    encoding = re.search(rb"""<\?xml[^>]*encoding\s*=\s*["']([^"']+)["']""", raw[:200])
    if encoding and encoding[1].lower() not in (b"utf-8", b"us-ascii", b"ascii"):
        raise Refused("hostile")
    text = raw.decode("utf-8-sig")  # ValueError: damaged
    if too_deep(text):
        raise Refused("bomb")
    return text


def too_deep(text: str) -> bool:
    depth = 0
    for tag in re.finditer(r"<(/?)[\w:.-][^<>]*?(/?)>", text):
        depth += -1 if tag[1] else 0 if tag[2] else 1
        if depth > MOST_DEPTH:
            return True
    return False


def read_through(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], copy: str | None) -> str:
    """Unpack every part within the limits, look for stamps, write the harmless copy; gives the stamp found."""
    stamp, left = "", MOST_BYTES
    made = zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) if copy else None
    for entry in entries:
        name = entry.filename
        if name.endswith((".xml", ".rels")) and not DROPPED.search(name):
            text = xml_of(archive, entry)
            left -= len(text)
            if SAID.match(name):
                stamp = stamp or stamp_of(text)
            content = harmless(name, text).encode()
        else:
            content = None
        if left < 0:
            raise Refused("bomb")
        if content is None:
            left = pass_on(archive, entry, left, None if DROPPED.search(name) else made)
        elif made:
            made.writestr(zipfile.ZipInfo(name), content)
    if made:
        made.close()
    return stamp


def pass_on(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int, made: zipfile.ZipFile | None) -> int:
    """Unpack a picture or the like, into the copy when it belongs there; gives how many bytes may still come."""
    info = zipfile.ZipInfo(entry.filename)
    info.compress_type = zipfile.ZIP_STORED
    target = made.open(info, "w") if made else None
    with archive.open(entry) as source:
        while piece := source.read(PIECE):
            left -= len(piece)
            if left < 0:
                raise Refused("bomb")
            if target:
                target.write(piece)
    if target:
        target.close()
    return left


def stamp_of(text: str) -> str:
    """The stamp among the words of a part: paragraphs and cells are lines."""
    text = re.sub(r"</(?:[\w.-]+:)?(?:p|h|si|is|c|tr|line-break|txbxContent)\s*>|<(?:[\w.-]+:)?(?:br|line-break)\s*/>", "\n", text)
    text = unescape(re.sub(r"<[^<>]*>", "", text))
    return stamp_in(text[:3000], first_page=True) or stamp_in(text)


def harmless(name: str, text: str) -> str:
    """A part without addresses from which anything would be fetched."""
    if name.endswith(".rels"):
        return RELATIONSHIP.sub(_stay_inside, text)
    if name.startswith(("word/", "xl/", "ppt/")):
        told = "".join(match[2] for match in FIELD.finditer(text)) + "".join(m[2] for m in SIMPLE_FIELD.finditer(text))
        if FETCHING_FIELDS.search(unescape(told)):
            text = SIMPLE_FIELD.sub(r'\1""', FIELD.sub(r"\1\3", text))
        return text
    return HREF.sub(_no_fetching, text)


def _stay_inside(match: re.Match) -> str:
    """A relationship that leads outside keeps its place, but leads nowhere; a link to click is left."""
    tag = match[0]
    target = re.search(r"Target\s*=\s*(\"[^\"]*\"|'[^']*')", tag)
    value = unescape(target[1][1:-1]).strip() if target else ""
    leads_out = re.search(r"TargetMode\s*=\s*[\"']\s*External", tag, re.IGNORECASE) or re.match(r"[\w.+-]+:|//|\\\\|/etc|\.\./\.\./\.\.", value)
    if not leads_out or re.search(r"Type\s*=\s*[\"'][^\"']*/hyperlink[\"']", tag):
        return tag
    return tag.replace(target[1], '"about:blank"') if target else tag


def _no_fetching(match: re.Match) -> str:
    """An element of an OpenDocument file with an address: a link to click is left, what is inside is left."""
    if match[2] == "a":
        return match[0]

    def kept(value: re.Match) -> str:
        address = unescape(value[2][1:-1]).strip()
        return value[0] if INSIDE.match(address) else value[1] + '""'

    return HREF_VALUE.sub(kept, match[0])


if __name__ == "__main__":
    print(json.dumps(look(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)))  # noqa: T201
