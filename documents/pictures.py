"""Pictures of pages in storage: one to read before the PDF is there, and a small one for lists.

Their names follow from the version's id and the page's number; `Page.has_image` says whether they lie there.
"""

from collections.abc import Iterator
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from council import files
from documents.models import Page, Version

WIDE, SMALL = 1200, 160  # pixels
MOST_BYTES = 4 * 1024 * 1024  # of one picture


def picture_name(version_id, number: int, *, small: bool = False) -> str:
    """Where the picture of a page lies in storage; `version_id` is the version's public id."""
    return f"pages/{version_id.hex[:2]}/{version_id.hex}/{number}{'-nho' if small else ''}.webp"


def keep_pictures(version: Version, number: int, folder: Path) -> bool:
    """Take over the two pictures of a page that a child drew; False when they are not there or no WebP."""
    drawn = [folder / f"{number}.webp", folder / f"{number}-nho.webp"]
    if not all(_is_webp(path) for path in drawn):
        return False
    for path, small in zip(drawn, (False, True), strict=True):
        name = picture_name(version.public_id, number, small=small)
        default_storage.delete(name)  # a worker that died here before left one behind
        default_storage.save(name, ContentFile(path.read_bytes()))
    return True


def remove_pictures(version: Version) -> None:
    """Delete all pictures of a version."""
    for number in version.page_rows.values_list("number", flat=True):
        for small in (False, True):
            default_storage.delete(picture_name(version.public_id, number, small=small))


@files.register_names
def names_in_use() -> Iterator[str]:
    """The names of all pictures that some page says it has."""
    drawn = Page.objects.filter(has_image=True).values_list("version__public_id", "number")
    for version_id, number in drawn.iterator():
        yield picture_name(version_id, number)
        yield picture_name(version_id, number, small=True)


def _is_webp(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(12)
        return head[:4] == b"RIFF" and head[8:] == b"WEBP" and path.stat().st_size <= MOST_BYTES
    except FileNotFoundError:
        return False
