"""What a tablet takes along to read without a network: files in pieces whose digests are known beforehand.

A tablet fetches a file from where it stopped, checks each piece of PIECE bytes against its digest before it
keeps it, and the whole file against its own digest before it shows it. The digests are computed once for a
version, by the outbox, from bytes whose digest is the version's: a manifest for a hall full of tablets reads
rows and no files. Which papers a session has is told by the room above (sessions/pack.py).

Of each version there are two files: the PDF, and its pages: what they say and how they look, small.
The second one is `NTP1`, the length of a JSON list (4 bytes, big-endian), the list, then the pictures one
after the other: [{"page", "width", "height", "text", "sha256", "image": bytes of its WebP or 0}]. The first line has
"large" too, the bytes of that page's large picture, which is the last: it stands until the paper has been opened.
"""

import hashlib
import io
import json
from collections.abc import Callable, Iterable

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from council.models import User
from documents import pipeline
from documents.models import AnnotationPlace, Document, PackFile, Version
from documents.note_format import written
from documents.pictures import picture_name
from documents.selectors import current_version

PIECE = 2 * 1024 * 1024  # bytes; part of the format: a tablet cuts where the server has cut
_READ = 256 * 1024
_MAGIC = b"NTP1"


class BrokenFile(Exception):
    """The stored bytes are not those that were taken in."""


def prepare_pdf(version: Version) -> PackFile:
    """Compute the digests of a version's PDF, once; BrokenFile when the bytes are not the version's."""
    kept = version.pack_files.filter(kind=PackFile.Kind.PDF).first()
    if kept is not None:
        return kept
    with version.file.open("rb") as stored:
        sha256, size, pieces = digests_of(stored)
    if (sha256, size) != (version.sha256, version.size):
        raise BrokenFile(f"version {version.pk}: {sha256} of {size} bytes")
    values = {"sha256": sha256, "size": size, "pieces": pieces}
    return PackFile.objects.get_or_create(version=version, kind=PackFile.Kind.PDF, defaults=values)[0]


def prepare_pages(version: Version) -> PackFile | None:
    """Put the texts and small pictures of a version's pages into one file, once; None while they are not known."""
    kept = version.pack_files.filter(kind=PackFile.Kind.PAGES).first()
    if kept is not None or version.text_complete_at is None:
        return kept
    content = pages_file(version)
    sha256, size, pieces = digests_of(io.BytesIO(content))
    row = PackFile(version=version, kind=PackFile.Kind.PAGES, sha256=sha256, size=size, pieces=pieces)
    row.file.save("", ContentFile(content), save=False)
    values = {"sha256": sha256, "size": size, "pieces": pieces, "file": row.file.name}
    return PackFile.objects.get_or_create(version=version, kind=PackFile.Kind.PAGES, defaults=values)[0]


def pages_file(version: Version) -> bytes:
    """The pages of a version as one file (its form stands above)."""
    lines, pictures, large = [], [], b""
    for page in version.page_rows.order_by("number"):
        picture = _picture(version, page.number) if page.has_image else b""
        if page.number == 1 and page.has_image:
            large = _picture(version, 1, small=False)
        pictures.append(picture)
        lines.append(
            {
                "page": page.number,
                "width": page.width,
                "height": page.height,
                "text": page.text,
                "sha256": page.text_sha256,
                "image": len(picture),
            }
        )
    if lines:
        lines[0]["large"] = len(large)
    head = json.dumps(lines, ensure_ascii=False, separators=(",", ":")).encode()
    return b"".join([_MAGIC, len(head).to_bytes(4, "big"), head, *pictures, large])


def _picture(version: Version, number: int, *, small: bool = True) -> bytes:
    try:
        with default_storage.open(picture_name(version.public_id, number, small=small)) as stored:
            return stored.read()
    except FileNotFoundError:
        return b""


@pipeline.register_after
def make_pages_anew(version: Version) -> None:
    """Scanned pages were recognised after all: what was put together before says less than they do now."""
    version.pack_files.filter(kind=PackFile.Kind.PAGES).delete()


def digests_of(stored) -> tuple[str, int, list[str]]:
    """(SHA-256 of the whole, bytes, SHA-256 of each piece) of an open file, read a little at a time."""
    whole, piece, size, pieces, left = hashlib.sha256(), hashlib.sha256(), 0, [], PIECE
    while some := stored.read(min(_READ, left)):
        whole.update(some)
        piece.update(some)
        size, left = size + len(some), left - len(some)
        if left == 0:
            pieces.append(piece.hexdigest())
            piece, left = hashlib.sha256(), PIECE
    if left < PIECE:
        pieces.append(piece.hexdigest())
    return whole.hexdigest(), size, pieces


def can_travel(document: Document) -> bool:
    """Whether a paper may lie on a tablet. Never the office's own, nor one of a closed sitting; a restricted one is
    read with a network only, because its watermark names reader and time at each reading."""
    if document.visibility == Document.Visibility.OFFICE or document.is_closed:
        return False
    return not document.is_restricted


def papers_in(documents: Iterable[Document], address: Callable[[PackFile], str]) -> dict[str, dict]:
    """The papers of a manifest by public id, for documents that the person may read and that may travel.

    `address` tells where a file is fetched. `files` is empty while the server has not computed the digests: the tablet asks again.
    The documents come with `ready_versions` (documents.selectors.with_current_version).
    """
    versions = {document.pk: current_version(document) for document in documents}
    ids = [version.pk for version in versions.values() if version]
    files: dict[int, list[PackFile]] = {}
    for row in PackFile.objects.filter(version__in=ids).order_by("-kind"):
        files.setdefault(row.version_id, []).append(row)
    papers = {}
    for document in documents:
        version = versions[document.pk]
        if version is None:
            continue
        papers[str(document.public_id)] = {
            "title": document.title,
            "kind": str(document.get_kind_display()),
            "number": document.number,
            "issuer": document.issuer,
            "version": version.number,
            "pages": version.pages,
            "sha256": version.sha256,
            "size": version.size,
            "outline": version.outline,
            "files": [_line(row, address(row)) for row in files.get(version.pk, [])],
        }
    return papers


def notes_in(documents: Iterable[Document], user: User) -> dict[str, list[dict]]:
    """A person's own notes on the papers of a manifest, as W3C annotations, by the paper's public id.

    The documents are those that the person may read.
    """
    versions = {version.pk: document for document in documents if (version := current_version(document))}
    places = AnnotationPlace.objects.filter(
        version__in=versions,
        annotation__author=user,
        annotation__removed_at=None,
        state=AnnotationPlace.State.PLACED,
    ).select_related("annotation__document")
    found: dict[str, list[dict]] = {}
    for place in places.order_by("page", "pk"):
        key = str(versions[place.version_id].public_id)
        found.setdefault(key, []).append(written(place.annotation, place))
    return found


def _line(row: PackFile, url: str) -> dict:
    return {
        "kind": row.kind,
        "url": url,
        "sha256": row.sha256,
        "size": row.size,
        "pieces": row.pieces,
    }
