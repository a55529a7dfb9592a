"""Notes as W3C Web Annotations (docs/notes-format.md): read strictly, written the one way. No database here.

What a tablet sends is taken apart into plain values, each checked, and put together anew: nothing that was not
understood is stored.
"""

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass, field
from uuid import UUID

from django.utils.translation import gettext as _

from council.errors import BadInput
from documents.anchors import MAX_PAGES, Anchor

CONTEXT = ["http://www.w3.org/ns/anno.jsonld", {"nt": "urn:nghi-truong:notes#"}]
MAX_BODY = 256 * 1024  # bytes of one note as it is sent
MAX_TEXT = 10_000  # characters of a text note
MAX_QUOTE = 10_000
MAX_CONTEXT = 4_000  # characters of prefix or suffix
MAX_BOXES = 300
MAX_INK = 150_000  # characters of a drawing
MOTIVATIONS = {"highlight": "highlighting", "text": "commenting", "pen": "describing", "bookmark": "bookmarking"}
KINDS = {motivation: kind for kind, motivation in MOTIVATIONS.items()}
COLOURS = ("vang", "xanh-la", "xanh-duong", "hong", "cam")
PAGE_RFC, BOX_RFC = "http://tools.ietf.org/rfc/rfc3778", "http://www.w3.org/TR/media-frags/"
_PAGE = re.compile(r"page=(\d{1,5})")
_BOX = re.compile(r"xywh=percent:(\d{1,3}(?:\.\d{1,4})?),(\d{1,3}(?:\.\d{1,4})?),(\d{1,3}(?:\.\d{1,4})?),(\d{1,3}(?:\.\d{1,4})?)")
# Lines in thousandths of the page's width and height; nothing else is a drawing.
_INK = re.compile(
    r'<svg xmlns="http://www\.w3\.org/2000/svg" viewBox="0 0 1000 1000" preserveAspectRatio="none">'
    r'(?:<path d="M\d{1,4} \d{1,4}(?:L\d{1,4} \d{1,4})*"/>){1,500}</svg>'
)
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})?")


@dataclass(frozen=True)
class Note:
    """What a tablet says of one note."""

    kind: str
    colour: str
    text: str
    page: int
    quote: str = ""
    prefix: str = ""
    suffix: str = ""
    boxes: list[tuple[float, ...]] = field(default_factory=list)  # percent of the page: x, y, width, height
    ink: str = ""
    page_digest: str = ""  # SHA-256 (hex) of the (first) page's text, "" when the tablet did not know it
    # Words that run over the edge of a page: (page, boxes there) of each that follows.
    beyond: list[tuple[int, list[tuple[float, ...]]]] = field(default_factory=list)

    @property
    def until(self) -> int:
        return self.beyond[-1][0] if self.beyond else self.page


def digest_of(sent) -> str:
    """SHA-256 (hex) of what was sent, whatever the order of its names."""
    return hashlib.sha256(json.dumps(sent, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def read(annotation) -> Note:
    """Take a W3C annotation apart. BadInput in words for what is not one of ours."""
    odd = BadInput(_("Không đọc được ghi chú này."))
    try:
        kind = KINDS[annotation["motivation"]]
        target = annotation["target"]
        text = _text_in(annotation.get("body"))
        selectors = target["selector"]
        pages = _boxes_by_page(selectors)
        page, *_rest = pages
        quotes = [s for s in selectors if s["type"] == "TextQuoteSelector"]
        boxes = [box for there in pages.values() for box in there]
        inks = [s["value"] for s in selectors if s["type"] == "SvgSelector"]
        colour = target.get("styleClass", COLOURS[0])
        digest = _DIGEST.fullmatch(target.get("nt:pageText") or "sha256:")
        words = [_clean(quotes[0].get(name, "")) if quotes else "" for name in ("exact", "prefix", "suffix")]
    except (KeyError, TypeError, AttributeError, StopIteration, ValueError):
        raise odd from None
    if colour not in COLOURS or digest is None or page < 1 or len(quotes) > 1 or len(inks) > 1:
        raise odd
    if list(pages) != list(range(page, page + len(pages))) or (len(pages) > 1 and not words[0]):
        raise odd
    if len(text) > MAX_TEXT:
        raise BadInput(_("Ghi chú dài quá %(n)s chữ. Hãy tách thành nhiều ghi chú.") % {"n": "10.000"})
    if len(words[0]) > MAX_QUOTE or max(len(words[1]), len(words[2])) > MAX_CONTEXT or len(boxes) > MAX_BOXES or len(pages) > MAX_PAGES:
        raise BadInput(_("Đoạn được đánh dấu quá dài. Hãy đánh dấu từng đoạn ngắn hơn."))
    if inks and len(inks[0]) > MAX_INK:
        raise BadInput(_("Nét vẽ quá dài. Hãy nhấc bút và vẽ tiếp thành ghi chú khác."))
    if inks and not _INK.fullmatch(inks[0]):
        raise odd
    if (kind == "pen") != bool(inks) or (kind == "highlight" and not words[0]):
        raise odd
    return Note(
        kind, colour, text, page, *words, pages.pop(page), inks[0] if inks else "", digest[1] or "",
        list(pages.items()),
    )  # fmt: skip


def _boxes_by_page(selectors) -> dict[int, list[tuple[float, ...]]]:
    """The boxes (x, y, width, height in percent) by page: each lies on the page that was named last before it.

    Boxes before any page lie on the first one that is named.
    """
    pages: dict[int, list[tuple[float, ...]]] = {}
    early: list[tuple[float, ...]] = []
    there = early
    for selector in selectors:
        value = selector.get("value", "")
        if match := _PAGE.fullmatch(value):
            there = pages.setdefault(int(match[1]), early if not pages else [])
        elif match := _BOX.fullmatch(value):
            there.append(tuple(float(number) for number in match.groups()))
    return pages


def _text_in(body) -> str:
    bodies = body if isinstance(body, list) else [body] if body else []
    texts = [one["value"] for one in bodies if one["type"] == "TextualBody"]
    return _clean(texts[0]) if texts else ""


def _clean(text: str) -> str:
    """NFC without NUL and other controls; line breaks stay."""
    text = unicodedata.normalize("NFC", text)
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs", "Co"))


def target_of(note: Note, *, document: UUID, version: int, sha256: str) -> dict:
    """The target as it is stored and given out."""
    selectors = [{"type": "FragmentSelector", "conformsTo": PAGE_RFC, "value": f"page={note.page}"}]
    if note.quote:
        selectors.append(
            {"type": "TextQuoteSelector", "exact": note.quote, "prefix": note.prefix, "suffix": note.suffix}
        )
    selectors += [_box(box) for box in note.boxes]
    for page, boxes in note.beyond:
        selectors.append({"type": "FragmentSelector", "conformsTo": PAGE_RFC, "value": f"page={page}"})
        selectors += [_box(box) for box in boxes]
    if note.ink:
        selectors.append({"type": "SvgSelector", "value": note.ink})
    return {
        "type": "SpecificResource",
        "source": f"urn:uuid:{document}",
        "selector": selectors,
        "nt:version": version,
        "nt:versionSha256": sha256,
        "nt:pageText": f"sha256:{note.page_digest}",
    }


def _box(box: tuple[float, ...]) -> dict:
    value = "xywh=percent:" + ",".join(f"{n:g}" for n in box)
    return {"type": "FragmentSelector", "conformsTo": BOX_RFC, "value": value}


def quote_in(target: dict) -> tuple[str, str, str]:
    """Words, prefix and suffix of a stored target; empty for drawings and bookmarks."""
    for selector in target.get("selector", ()):
        if selector["type"] == "TextQuoteSelector":
            return selector["exact"], selector["prefix"], selector["suffix"]
    return "", "", ""


def page_in(target: dict) -> int:
    """The (first) page of a stored target, 0 when there is none."""
    return next(iter(boxes_in(target)), 0)


def until_in(target: dict) -> int:
    """The page on which the words of a stored target end, 0 when they end where they begin."""
    pages = list(boxes_in(target))
    return pages[-1] if len(pages) > 1 else 0


def boxes_in(target: dict) -> dict[int, list[tuple[float, ...]]]:
    """The boxes of a stored target by page, each x, y, width and height in percent of the page."""
    return _boxes_by_page(target.get("selector", ()))


def ink_in(target: dict) -> str:
    """The drawing of a stored target as SVG, "" when there is none."""
    return next((s["value"] for s in target.get("selector", ()) if s["type"] == "SvgSelector"), "")


def anchor_in(target: dict) -> Anchor:
    return Anchor(page_in(target), *quote_in(target), until_in(target))


def written(note, place, *, author: str = "") -> dict:
    """A stored note as a W3C annotation: `note` an Annotation row, `place` one of its places or None."""
    annotation = {
        "@context": CONTEXT,
        "id": f"urn:uuid:{note.public_id}",
        "type": "Annotation",
        "motivation": MOTIVATIONS[note.kind],
        "created": note.created_at.isoformat(),
        "modified": note.changed_at.isoformat(),
        "nt:revision": note.revision,
        "nt:kind": note.kind,
    }
    if author:
        annotation["creator"] = {"type": "Person", "name": author}
    if note.removed_at:
        return annotation | {"nt:removed": True}
    if note.text:
        purpose = "commenting"
        annotation["body"] = [
            {"type": "TextualBody", "value": note.text, "format": "text/plain", "purpose": purpose, "language": "vi"}
        ]
    if place is not None:
        annotation["target"] = place.target | {"styleClass": note.colour}
        annotation["nt:state"] = place.state
    return annotation
