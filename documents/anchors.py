"""Where a note belongs in a text: pure rules, without a database (docs/decisions/0016-anchors.md).

An anchor says which words were marked: the words themselves, some before and after, the page. `carry`
looks for them in a newer text and gives either the one place where they certainly stand, or a `Doubt`
that says why not and where they may be. It never guesses: a note that might belong elsewhere is doubted.

Texts are compared without spaces, line breaks and invisible characters (*squeezed*): a screen's text
layer and the server's extraction break lines differently, and a new print of the same words as well.
"""

import hashlib
import re
import unicodedata
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property

CONTEXT = 32  # squeezed characters on each side that have to stand around the words
WIDE = 200  # and where similar passages exist
MAX_CONTEXT = 1024  # how far the context grows to tell a place from its double in the old text
SHINGLE = 8  # characters of the pieces by which similar passages are found
ALIKE = 1 / 3  # share of common pieces from which on a passage may be mistaken for another
MAX_PAGES = 4  # pages over which marked words may run
MAX_QUOTE = 20_000  # characters of a quote that are looked for at all
_UNSEEN = re.compile(r"[\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufe00-\ufe0f\ufeff\x00-\x1f\x7f-\x9f]+")


def squeeze(text: str) -> str:
    """The characters of a text that one sees, in compatibility form."""
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text))


def digest(text: str) -> str:
    """SHA-256 (hex) of a page's text in UTF-8, as `Page.text_sha256` holds it."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Anchor:
    """What a note is fastened to. Without a quote (pen, bookmark) it is the page as a whole."""

    page: int  # from 1
    quote: str = ""
    prefix: str = ""
    suffix: str = ""
    until: int = 0  # the page on which the words end, where that is another; else 0


@dataclass(frozen=True)
class Placed:
    """The one place: page, the words as they stand there, what stands around them, and the page where they end."""

    page: int
    quote: str = ""
    prefix: str = ""
    suffix: str = ""
    until: int = 0


@dataclass(frozen=True)
class Doubt:
    """Why a note was not carried, and where its words may be now (`page` is None: nowhere)."""

    reason: str  # one of REASONS
    page: int | None = None
    snippet: str = ""  # the words that stand there


# gone: nothing like it is there; changed: like it, but not the same; several: it stands there more than
# once, or something just like it does; unclear: the old place itself cannot be told; page: a drawing or
# bookmark whose page has changed or is gone.
REASONS = ("gone", "changed", "several", "unclear", "page")


class PagedText:
    """A paper's text, page by page, with what `carry` asks of it."""

    def __init__(self, pages: list[str]):
        self.pages = [unicodedata.normalize("NFC", page) for page in pages]
        self._squeezed = [squeeze(page) for page in self.pages]
        self.whole = "".join(self._squeezed)
        self.starts, at = [], 0
        for page in self._squeezed:
            self.starts.append(at)
            at += len(page)

    @cached_property
    def digests(self) -> Counter:
        return Counter(self._squeezed)

    def page_of(self, at: int) -> int:
        """The number (from 1) of the page that holds a squeezed position."""
        return max(bisect_right(self.starts, at), 1)

    def page_with(self, squeezed: str) -> int:
        return self._squeezed.index(squeezed) + 1

    def squeezed_page(self, number: int) -> str:
        return self._squeezed[number - 1] if 1 <= number <= len(self.pages) else ""

    def count(self, words: str, most: int = 2) -> list[int]:
        """Where words stand in the squeezed text, overlapping ones too; not more than `most` places."""
        places, at = [], self.whole.find(words) if words else -1
        while at >= 0 and len(places) < most:
            places.append(at)
            at = self.whole.find(words, at + 1)
        return places

    def readable(self, start: int, end: int) -> str:
        """The words of a squeezed range as they stand on the page where it begins, in one line."""
        if start >= end:
            return ""
        number = self.page_of(start)
        text, first, left = self.pages[number - 1], start - self.starts[number - 1], end - start
        begin = _raw_place(text, first)
        finish = _raw_place(text, first + left)
        return " ".join(text[begin:finish].split())

    def words(self, start: int, end: int) -> str:
        """The words of a squeezed range in one line, over the edges of pages too."""
        parts = []
        while start < end:
            number = self.page_of(start)
            edge = min(end, self.starts[number - 1] + len(self._squeezed[number - 1]))
            parts.append(self.readable(start, edge))
            start = edge
        return " ".join(parts)

    def squeezed_pages(self, first: int, last: int) -> str:
        return "".join(self._squeezed[first - 1 : last])

    def shingles(self, wanted: set[str]) -> dict[str, list[int]]:
        """Where each of the wanted pieces stands; one walk through the text."""
        found, whole = defaultdict(list), self.whole
        for at in range(len(whole) - SHINGLE + 1):
            piece = whole[at : at + SHINGLE]
            if piece in wanted:
                found[piece].append(at)
        return found


def _raw_place(text: str, seen: int) -> int:
    """The index in a text before which `seen` squeezed characters stand."""
    low, high = 0, len(text)
    while low < high:  # squeezing more text never gives less
        middle = (low + high) // 2
        if len(squeeze(text[:middle])) < seen:
            low = middle + 1
        else:
            high = middle
    if seen and low < len(text):
        return low
    while low < len(text) and not squeeze(text[low]):
        low += 1
    return low


def locate(anchor: Anchor, text: PagedText) -> tuple[int, int] | None:
    """The squeezed range of an anchor's words in the text that they were marked in, None when it is not one."""
    until = anchor.until or anchor.page
    if not 1 <= anchor.page <= until <= len(text.pages):
        return None
    quote = squeeze(anchor.quote)
    page, offset = text.squeezed_pages(anchor.page, until), text.starts[anchor.page - 1]
    if not quote or len(quote) > MAX_QUOTE:
        return None
    prefix, suffix = squeeze(anchor.prefix), squeeze(anchor.suffix)
    places = _all(page, quote)
    fitting = [
        at
        for at in places
        if page[:at].endswith(prefix[-at:] if at else "") and page[at + len(quote) :].startswith(suffix[: len(page) - at - len(quote)])
    ]  # fmt: skip
    if len(fitting) != 1 and not (not fitting and len(places) == 1):
        return None
    at = (fitting or places)[0] + offset
    if (text.page_of(at), text.page_of(at + len(quote) - 1)) != (anchor.page, until):
        return None
    return at, at + len(quote)


def _all(text: str, words: str, most: int = 10_000) -> list[int]:
    places, at = [], text.find(words)
    while at >= 0 and len(places) < most:
        places.append(at)
        at = text.find(words, at + 1)
    return places


def carry(anchors: list[Anchor], old: PagedText, new: PagedText) -> list[Placed | Doubt]:
    """For each anchor in the old text the place of the same words in the new one, or the doubt."""
    spots = [locate(anchor, old) if anchor.quote else None for anchor in anchors]
    windows = [spot and _grown(spot, old) for spot in spots]
    wanted: set[str] = set()
    for window in windows:
        if window:
            wanted |= _pieces(old.whole[window[0] : window[1]])
            wanted |= _pieces(_wide(window, old)[0])
    known = _Pieces(wanted, old, new) if wanted else None
    return [
        _carry_words(anchor, spot, window, old, new, known) if anchor.quote else _carry_page(anchor, old, new)
        for anchor, spot, window in zip(anchors, spots, windows, strict=True)
    ]


class _Pieces:
    """Where the pieces of all windows stand in both texts."""

    def __init__(self, wanted, old, new):
        self.old, self.new = old.shingles(wanted), new.shingles(wanted)


def _pieces(words: str) -> set[str]:
    return {words[at : at + SHINGLE] for at in range(len(words) - SHINGLE + 1)}


def _grown(spot, old: PagedText) -> tuple[int, int] | None:
    """The words with as much around them as it takes to stand only once in the old text."""
    width = CONTEXT
    while width <= MAX_CONTEXT:
        start, end = max(0, spot[0] - width), min(len(old.whole), spot[1] + width)
        if len(old.count(old.whole[start:end])) == 1:
            return start, end
        if start == 0 and end == len(old.whole):
            return None
        width *= 2
    return None


def _wide(window, old: PagedText) -> tuple[str, int]:
    """The words with the wide context, and how far before the window that begins."""
    start, end = max(0, window[0] - WIDE), min(len(old.whole), window[1] + WIDE)
    return old.whole[start:end], window[0] - start


def _likeness(words: str, where: dict[str, list[int]], own: tuple[int, int]) -> tuple[float, int]:
    """How much of some words the likest other passage holds (0 to 1), and where that is."""
    pieces = _pieces(words)
    if not pieces:
        return 0.0, 0
    size = max(len(words), SHINGLE)
    buckets: dict[int, dict[str, int]] = defaultdict(dict)
    for piece in pieces:
        for at in where.get(piece, ()):
            if not own[0] <= at <= own[1] - SHINGLE:
                buckets[at // size].setdefault(piece, at)
    best, place = 0, 0
    for bucket, held in buckets.items():
        both = held | buckets[bucket + 1] if bucket + 1 in buckets else held
        if len(both) > best:
            best, place = len(both), min(both.values())
    return best / len(pieces), place


def _carry_words(anchor, spot, window, old, new, known) -> Placed | Doubt:
    if spot is None:
        return Doubt("unclear", *_guess(squeeze(anchor.quote), new, None))
    words = old.whole[slice(*spot)]
    if window is None:
        return Doubt("several", *_guess(words, new, spot[0] / max(len(old.whole), 1)))
    around = old.whole[slice(*window)]
    if same := _same_pages(anchor.page, anchor.until or anchor.page, old, new):
        start = new.starts[same - 1] + spot[0] - old.starts[anchor.page - 1]
        return _placed(start, start + len(words), new)
    places = new.count(around)
    if len(places) > 1:
        return Doubt("several", *_guess(words, new, spot[0] / len(old.whole)))
    if not places:
        return _unfound(spot, window, words, old, new, known)
    at = places[0]
    doubled_before, _where = _likeness(around, known.old, window)
    doubled_now, _where = _likeness(around, known.new, (at, at + len(around)))
    if max(doubled_before, doubled_now) >= ALIKE and not _surely(spot, window, at, old, new, known):
        return Doubt("several", *_guess(words, new, spot[0] / len(old.whole)))
    start = at + spot[0] - window[0]
    return _placed(start, start + len(words), new)


def _placed(start: int, end: int, new: PagedText) -> Placed | Doubt:
    """The range with as much around it as it takes to find it again on its page, or on the pages that it runs over."""
    page, until = new.page_of(start), new.page_of(end - 1)
    text, offset = new.squeezed_pages(page, until), new.starts[page - 1]
    if until - page >= MAX_PAGES:
        return Doubt("changed", page, new.readable(start, end))
    width = CONTEXT
    while True:
        before, after = max(offset, start - width), min(offset + len(text), end + width)
        if len(_all(text, new.whole[before:after], 2)) == 1:
            around = new.words(before, start), new.words(end, after)
            return Placed(page, new.words(start, end), *around, until if until > page else 0)
        if width > MAX_CONTEXT:
            return Doubt("several", page, new.readable(start, end))
        width *= 2


def _surely(spot, window, at, old, new, known) -> bool:
    """Whether, among passages that look alike, the wider surroundings leave one place only."""
    wide, before = _wide(window, old)
    if len(old.count(wide)) != 1 or new.count(wide) != [at - before]:
        return False
    head, tail = wide[: before + spot[0] - window[0]], wide[before + spot[1] - window[0] :]
    for text in (old, new):  # told by its surroundings alone, whatever stands between them
        if len(head) < WIDE // 2 and len(tail) < WIDE // 2:
            return False
        if _framed(text.whole, head, tail, spot[1] - spot[0]) != 1:
            return False
    if any(len(_all(new.whole, part)) > len(_all(old.whole, part)) for part in _parts(spot, old)):
        return False  # half of it stands where nothing of it stood: one of the two is a copy
    own_old = (window[0] - before, window[0] - before + len(wide))
    own_new = (at - before, at - before + len(wide))
    twin_before, _where = _likeness(wide, known.old, own_old)
    twin_now, _where = _likeness(wide, known.new, own_new)
    return twin_now < ALIKE or twin_now <= twin_before


def _parts(spot, old: PagedText) -> list[str]:
    """What is left of a passage when it was changed on one side: the words with what stands on the other."""
    start, end = spot
    parts = [old.whole[max(0, start - width) : end] for width in (CONTEXT, WIDE)]
    parts += [old.whole[start : end + width] for width in (CONTEXT, WIDE)]
    if end - start >= 2 * SHINGLE:
        parts.append(old.whole[start:end])
    return parts


def _framed(whole: str, head: str, tail: str, between: int) -> int:
    """How often a head is followed by a tail with about `between` characters between them.

    One that is empty (begin or end of the paper) leaves the other to tell the place.
    """
    if not head or not tail:
        return len(_all(whole, head or tail, 3))
    slack = between + CONTEXT
    return sum(
        whole.find(tail, at + len(head), at + len(head) + slack + len(tail)) >= 0 for at in _all(whole, head, 50)
    )


def _unfound(spot, window, words, old, new, known) -> Doubt:
    """The words with their surroundings are not there: where is what looks most like them?"""
    here = new.count(words, 3)
    if len(here) == 1 and len(words) >= 2 * SHINGLE:
        return Doubt("changed", new.page_of(here[0]), new.readable(here[0], here[0] + len(words)))
    share, place = _likeness(old.whole[slice(*window)], known.new, (-1, -1))
    if share < ALIKE:
        return Doubt("gone", *(_guess(words, new, spot[0] / len(old.whole)) if here else (None, "")))
    start = min(place + spot[0] - window[0], len(new.whole) - 1)
    end = min(len(new.whole), start + len(words) + CONTEXT)
    return Doubt("changed", new.page_of(start), new.readable(start, end))


def _guess(words: str, new: PagedText, share: float | None) -> tuple[int | None, str]:
    """The page and the words there of the place nearest to where they stood, to be looked at by the author."""
    places = new.count(words, 200)
    if not places:
        return None, ""
    wanted = (share or 0) * len(new.whole)
    at = min(places, key=lambda place: abs(place - wanted))
    end = min(len(new.whole), at + len(words) + CONTEXT)
    return new.page_of(at), new.readable(at, end)


def _carry_page(anchor: Anchor, old: PagedText, new: PagedText) -> Placed | Doubt:
    """A drawing or a bookmark goes along only with a page whose text is the same, and the only one with it."""
    if same := _same_page(anchor.page, old, new):
        return Placed(same)
    if anchor.page <= len(new.pages):
        return Doubt("page", anchor.page, " ".join(new.pages[anchor.page - 1].split())[:160])
    return Doubt("page", None, "")


def _same_page(number: int, old: PagedText, new: PagedText) -> int:
    """The one page of the new text with the same text as a page of the old one, 0 when it is not the only one."""
    text = old.squeezed_page(number)
    if len(text) < 2 * CONTEXT or old.digests[text] != 1 or new.digests[text] != 1:
        return 0
    return new.page_with(text)


def _same_pages(first: int, last: int, old: PagedText, new: PagedText) -> int:
    """The first of the new pages with the same text as these old ones, in their order; 0 when it is not the only place."""
    same = [_same_page(number, old, new) for number in range(first, last + 1)]
    return same[0] if same == list(range(same[0], same[0] + len(same))) and same[0] else 0
