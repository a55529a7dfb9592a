"""SQLite's own pages, in the file and in its write-ahead log: which row was written in which commit.

The format is public (https://www.sqlite.org/fileformat2.html); rows that overflow a page are read as far as they go.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

LEAF, INTERIOR = 0x0D, 0x05


@dataclass
class Frame:
    page: int
    commit: int  # counted from 1; frames of one transaction share it
    content: bytes


def varint(page: bytes, at: int) -> tuple[int, int]:
    value = 0
    for n in range(9):
        byte = page[at + n]
        if n == 8:
            return (value << 8) | byte, at + 9
        value = (value << 7) | (byte & 0x7F)
        if byte < 0x80:
            return value, at + n + 1
    raise AssertionError


def cells(number: int, page: bytes) -> dict[int, bytes]:
    """Rowid -> payload, as far as it lies on this page, of a leaf of a table."""
    head = 100 if number == 1 else 0
    if len(page) < head + 8 or page[head] != LEAF:
        return {}
    found = {}
    (count,) = struct.unpack_from(">H", page, head + 3)
    for place in range(count):
        try:
            (at,) = struct.unpack_from(">H", page, head + 8 + 2 * place)
            size, at = varint(page, at)
            rowid, at = varint(page, at)
        except (IndexError, struct.error):  # a page that is no leaf any more
            continue
        found[rowid] = page[at : at + size]
    return found


def children(number: int, page: bytes) -> list[int]:
    head = 100 if number == 1 else 0
    if page[head] != INTERIOR:
        return []
    (count,) = struct.unpack_from(">H", page, head + 3)
    pointers = struct.unpack_from(f">{count}H", page, head + 12)
    last = struct.unpack_from(">I", page, head + 8)[0]
    return [struct.unpack_from(">I", page, at)[0] for at in pointers] + [last]


class Pages:
    """The pages of a database file and the frames of its log."""

    def __init__(self, path: Path):
        content = path.read_bytes()
        self.size = struct.unpack_from(">H", content, 16)[0] or 65536
        if self.size == 1:
            self.size = 65536
        count = len(content) // self.size
        self.main = {n + 1: content[n * self.size : (n + 1) * self.size] for n in range(count)}
        log = path.with_name(path.name + "-wal")
        self.frames = self._frames(log.read_bytes()) if log.exists() else []

    def _frames(self, log: bytes) -> list[Frame]:
        """All frames; those that a new start of the log has not yet written over come first: they are older."""
        if len(log) < 32:
            return []
        salt, step = log[16:24], 24 + self.size
        older, newer = [], []
        for at in range(32, len(log) - step + 1, step):
            page, ends = struct.unpack_from(">II", log, at)
            is_current = log[at + 8 : at + 16] == salt
            (newer if is_current else older).append((page, ends, log[at + 24 : at + step]))
        found, commit = [], 1
        for page, ends, content in older + newer:
            found.append(Frame(page, commit, content))
            commit += bool(ends)
        return found

    def now(self) -> dict[int, bytes]:
        """The pages as a reader sees them."""
        return self.main | {frame.page: frame.content for frame in self.frames}

    def of_table(self, root: int) -> set[int]:
        """The pages that belong to a table, from its root down."""
        pages, found, open_ = self.now(), set(), [root]
        while open_:
            number = open_.pop()
            if number in found or number not in pages:
                continue
            found.add(number)
            open_ += children(number, pages[number])
        return found

    def written(self, tables: dict[str, int]):
        """Every writing of a row that the log shows: (table or None, rowid, payload, commit)."""
        owner = {page: name for name, root in tables.items() for page in self.of_table(root)}
        kept = {}
        for number, page in self.main.items():
            for rowid, payload in cells(number, page).items():
                kept[owner.get(number), rowid] = payload
        first = {frame.page for frame in self.frames}
        for number in first:  # what the log will change is not known to be older than the log
            for rowid in cells(number, self.main.get(number, b"")):
                if not self._stands_before(number):
                    kept.pop((owner.get(number), rowid), None)
        for frame in self.frames:
            table = owner.get(frame.page)
            for rowid, payload in cells(frame.page, frame.content).items():
                if kept.get((table, rowid)) != payload:
                    kept[table, rowid] = payload
                    yield table, rowid, payload, frame.commit

    def _stands_before(self, number: int) -> bool:
        """Whether the page in the file differs from the newest in the log, so that it is the older one."""
        newest = next(f.content for f in reversed(self.frames) if f.page == number)
        return newest != self.main[number]
