"""Whom a piece of bytes speaks of: the words by which voters and ballots are known, found in rows and in files."""

import base64
import struct
import uuid
from collections import defaultdict
from collections.abc import Iterable

Subject = tuple[str, int]  # ("voter", 17) or ("ballot", 4)
SHORTEST = 8  # bytes: shorter words are found everywhere
CHUNK = 1 << 14


class Names:
    """The known words. A word that two subjects share tells nothing and is forgotten."""

    def __init__(self):
        self.owner: dict[bytes, Subject | None] = {}
        self._by_tail: dict[int, list[bytes]] = {}

    def learn(self, subject: Subject, *words) -> int:
        """Take words in, in every form in which they may lie about; how many were new."""
        new = 0
        for word in words:
            for form in forms(word):
                if len(form) < SHORTEST:
                    continue
                if form not in self.owner:
                    self.owner[form] = subject
                    new += 1
                    self._by_tail.setdefault(_tail(form), []).append(form)
                elif self.owner[form] != subject:
                    self.owner[form] = None
        return new

    def find(self, blob: bytes) -> list[tuple[int, Subject]]:
        """Every place of a known word, in order."""
        found, known = [], self._by_tail
        for start in range(0, len(blob), CHUNK):
            chunk = blob[start : start + CHUNK + SHORTEST - 1]
            for shift in range(SHORTEST):
                count = (len(chunk) - shift) // SHORTEST
                if count <= 0:
                    continue
                numbers = struct.unpack_from(f"<{count}Q", chunk, shift)
                if known.keys().isdisjoint(numbers):
                    continue
                for place in [n for n, number in enumerate(numbers) if number in known]:
                    end = start + shift + place * SHORTEST + SHORTEST
                    for word in known[numbers[place]]:
                        subject = self.owner[word]
                        if subject and end >= len(word) and blob.startswith(word, end - len(word)):
                            found.append((end - len(word), subject))
        return sorted(set(found))

    def whom(self, blob: bytes) -> set[Subject]:
        return {subject for _place, subject in self.find(blob)}


def _tail(word: bytes) -> int:
    return int.from_bytes(word[-SHORTEST:], "little")


def forms(word) -> Iterable[bytes]:
    """A word as it may be written: bytes as they are, in hex and base64; ids with and without dashes."""
    if isinstance(word, memoryview):
        word = bytes(word)
    if isinstance(word, uuid.UUID):
        return {word.bytes, word.hex.encode(), str(word).encode()}
    if isinstance(word, str):
        written = {word.encode()}
        try:
            raw = bytes.fromhex(word)
        except ValueError:
            return written
        return written | ({raw} if len(raw) >= SHORTEST else set())
    if isinstance(word, bytes):
        # The last group of base64 depends on how long the rest is: without it the words are the same in every text.
        plain = base64.b64encode(word).rstrip(b"=")
        return {word, word.hex().encode(), plain, plain.translate(bytes.maketrans(b"+/", b"-_"))}
    return set()


def as_bytes(value) -> bytes:
    """A value of a row as bytes to look for words in."""
    if isinstance(value, bytes | memoryview):
        return bytes(value)
    return b"" if value is None else str(value).encode()


class Sightings:
    """Where and when each subject was seen, by source. A position is a number that only compares within its unit."""

    def __init__(self):
        self.at: dict[tuple[str, str], dict[Subject, list[float]]] = defaultdict(lambda: defaultdict(list))

    def note(self, source: str, unit: str, subject: Subject, position: float) -> None:
        self.at[source, unit][subject].append(position)

    def in_bytes(self, source: str, blob: bytes, names: Names) -> None:
        for place, subject in names.find(blob):
            self.note(source, source, subject, place)

    def add(self, other: "Sightings") -> None:
        for key, seen in other.at.items():
            for subject, positions in seen.items():
                self.at[key][subject] += positions
