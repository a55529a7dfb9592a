"""Papers beside a question and the printing of a report, as told by the room that has both.

A paper is a value here: public id, version, name and digest. `register` is called once at start.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from council.models import Body, User


@dataclass(frozen=True)
class Paper:
    """One version of a paper, as it is hung beside a question."""

    document: UUID
    version: int
    name: str
    digest: str


@dataclass(frozen=True)
class Source:
    """What the room of papers does for this one.

    `offer(user, body)` gives the papers that this person may hang on a question to this body;
    `bring(user, body, upload)` takes in a new one (BadInput in words for what is no sound PDF);
    `print(template, context)` gives the bytes of a PDF.
    """

    offer: Callable[[User, Body], list[Paper]]
    bring: Callable[[User, Body, object], Paper]
    print: Callable[[str, Mapping], bytes]


_sources: list[Source] = []


def register(source: Source) -> None:
    """Tell who has papers and prints; the last one told counts."""
    _sources[:] = [source]


def offered(user: User, body: Body) -> list[Paper]:
    return _sources[0].offer(user, body) if _sources else []


def bring(user: User, body: Body, upload) -> Paper:
    return _sources[0].bring(user, body, upload)


def print_pdf(template: str, context: Mapping) -> bytes:
    return _sources[0].print(template, context)
