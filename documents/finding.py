"""Search in papers: who may read is a part of the question, so that nothing else is ever found or counted.

One `fold()` for index and query (council/text.py). Each paper has one row of what is known of it (PaperText): its
names, and the pages of its newest ready version. SQLite keeps an FTS5 index of whole papers beside that row;
PostgreSQL the set of a paper's words, and an index of pages for phrases (its positions end at 16,383 words, which a
page never reaches). A paper is found when every word occurs in its names or on some page, a phrase on one page.
Docs/decisions/0018.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils import timezone

from council.models import Council, User
from council.text import fold
from documents.models import Document, Page, PaperText, Version
from documents.permissions import readable
from documents.search import _statements
from documents.selectors import readable_documents

LONGEST = 200  # characters of a question
MOST_PHRASES, MOST_TOKENS = 12, 20
SHORTEST_BEGINNING = 2  # letters of a last word that may be a beginning
PAGES_SHOWN = 3  # of one paper, with their words; the others by number
AROUND = 110  # characters on each side of the first hit
SUGGESTED = 8
_BREAK = " 0trang0 "  # between pages: no phrase goes on from one to the next

_SQLITE = """
CREATE VIRTUAL TABLE IF NOT EXISTS documents_paper_search
    USING fts5(heading, body, marked, tokenize='unicode61', prefix='2 3');
CREATE TRIGGER IF NOT EXISTS paper_search_delete AFTER DELETE ON documents_papertext BEGIN
    DELETE FROM documents_paper_search WHERE rowid = old.document_id;
END;
"""
# Without statistics of the two sets PostgreSQL takes their index for common words too. With them it reads the rows,
# which looks cheaper than it is: each set lies compressed beside its row.
_POSTGRESQL = """
ALTER TABLE documents_page ADD COLUMN IF NOT EXISTS search tsvector
    GENERATED ALWAYS AS (to_tsvector('simple', search_text)) STORED;
CREATE INDEX IF NOT EXISTS page_search ON documents_page USING gin (search);
CREATE INDEX IF NOT EXISTS paper_heading_search ON documents_papertext USING gin (to_tsvector('simple', heading));
ALTER TABLE documents_papertext ADD COLUMN IF NOT EXISTS marks tsvector
    GENERATED ALWAYS AS (strip(to_tsvector('simple', marked))) STORED;
CREATE INDEX IF NOT EXISTS paper_marks_search ON documents_papertext USING gin (marks);
DROP INDEX IF EXISTS paper_marked_search;
ALTER TABLE documents_papertext ADD COLUMN IF NOT EXISTS words tsvector;
CREATE INDEX IF NOT EXISTS paper_words_search ON documents_papertext USING gin (words);
UPDATE documents_papertext p SET words = strip(to_tsvector('simple', p.heading || ' ' || coalesce(
    (SELECT string_agg(search_text, ' ') FROM documents_page WHERE version_id = p.version_id), '')))
    WHERE words IS NULL;
ALTER TABLE documents_papertext ALTER COLUMN words SET STATISTICS 0, ALTER COLUMN marks SET STATISTICS 0;
"""


def install(schema_editor) -> None:
    """Lay the index for the database at hand; laying it twice is harmless."""
    script = _SQLITE if schema_editor.connection.vendor == "sqlite" else _POSTGRESQL
    for statement in _statements(script):
        schema_editor.execute(statement, params=None)


# --- words ---------------------------------------------------------------------------------------------

_WORD = re.compile(r"[^\W_]+")
_TONES = {"\u0301": "1", "\u0300": "2", "\u0309": "3", "\u0303": "4", "\u0323": "5"}
_LETTERS = {"\u0302": "6", "\u031b": "7", "\u0306": "8"}


@lru_cache(maxsize=50_000)
def marked(word: str) -> str:
    """A word with its marks in plain letters and figures, the tone last: "nông" is "no6ng", "hoà" and "hòa" "hoa2".

    Both databases cut such words alike, whatever their notion of a letter is.
    """
    letters, tones = [], []
    for sign in unicodedata.normalize("NFD", word.casefold().replace("đ", "d9")):
        if sign in _TONES:
            tones.append(_TONES[sign])
        elif sign in _LETTERS:
            letters.append(_LETTERS[sign])
        elif not unicodedata.combining(sign):
            letters.append(sign)
    return fold("".join(letters + tones)).replace(" ", "")


@dataclass(frozen=True)
class Phrase:
    """Folded words that stand side by side; of the last one only the beginning when `is_open`."""

    tokens: tuple[str, ...]
    is_open: bool = False
    marks: tuple[str, ...] = ()  # the same words with their marks, when there are any

    @property
    def text(self) -> str:
        return " ".join(self.tokens)

    def is_in(self, folded: str) -> bool:
        """Whether it occurs in a folded text."""
        return f" {self.text}{'' if self.is_open else ' '}" in f" {folded} "


def phrases_of(words: str) -> list[Phrase]:
    """What a question looks for. Quotes keep words together, and so does writing without spaces: 15/2026/NQ-HĐND."""
    words = unicodedata.normalize("NFC", words[:LONGEST]).replace("“", '"').replace("”", '"')
    found, in_quotes = [], False
    for place, part in enumerate(words.split('"')):
        in_quotes = place % 2 == 1
        found += [(part, True)] if in_quotes else [(chunk, False) for chunk in part.split()]
    phrases = []
    for text, quoted in found:
        tokens = tuple(fold(text).split())[:MOST_TOKENS]
        if tokens:
            marks = tuple(word for word in map(marked, _WORD.findall(text)) if word)
            phrases.append((tokens, marks if marks != tokens else (), quoted))
    phrases = phrases[:MOST_PHRASES]
    made = []
    for place, (tokens, marks, quoted) in enumerate(phrases):
        is_last = place == len(phrases) - 1 and not quoted
        made.append(Phrase(tokens, is_last and len(tokens[-1]) >= SHORTEST_BEGINNING, marks))
    return made


# --- the index -------------------------------------------------------------------------------------------


@transaction.atomic
def index_paper(document_id: int) -> None:
    """Write what is known of a paper anew: its names, the pages of its newest ready version. Cheap to repeat."""
    document = Document.objects.filter(pk=document_id).first()
    if document is None:
        return
    version = document.versions.filter(state=Version.State.READY).order_by("-number").first()
    pages = list(version.page_rows.order_by("number").values_list("search_text", "text")) if version else []
    heading = fold(" ".join([document.title, document.number, document.issuer]))
    words = set(_WORD.findall(" ".join([document.title, document.number, document.issuer])))
    for _search_text, text in pages:
        words.update(_WORD.findall(unicodedata.normalize("NFC", text)))
    is_sqlite = connection.vendor == "sqlite"
    marks = " ".join(sorted({marked(word) for word in words}))
    # SQLite keeps the marked words in its index only: in the row they would stand before what is read of thousands.
    values = {"version": version, "heading": heading, "year": _year(document), "marked": "" if is_sqlite else marks}
    for rule in _place_of:
        values["place"] = rule(document_id)
    PaperText.objects.update_or_create(document=document, defaults=values)
    with connection.cursor() as cursor:
        if not is_sqlite:
            # Each word once: a long paper has more places of words than a tsvector counts, and needs none of them.
            words = " ".join({word for text in (heading, *(page for page, _text in pages)) for word in text.split()})
            cursor.execute(
                "UPDATE documents_papertext SET words = strip(to_tsvector('simple', %s)) WHERE document_id = %s",
                [words, document_id],
            )
            return
        body = _BREAK.join(search_text for search_text, _text in pages)
        cursor.execute("DELETE FROM documents_paper_search WHERE rowid = %s", [document_id])
        cursor.execute(
            "INSERT INTO documents_paper_search(rowid, heading, body, marked) VALUES (%s, %s, %s, %s)",
            [document_id, heading, body, marks],
        )


def _year(document: Document) -> int:
    return (document.issued_on or timezone.localdate(document.created_at)).year


def index_names(document: Document) -> None:
    """After a paper was named anew or hung somewhere; does nothing when all of it is the same."""
    same = {"heading": fold(" ".join([document.title, document.number, document.issuer])), "year": _year(document)}
    for rule in _place_of:
        same["place"] = rule(document.pk)
    if not PaperText.objects.filter(document=document, **same).exists():
        index_paper(document.pk)


def index_version(version: Version) -> None:
    """After the text of a version is complete, or a version became the newest that is ready."""
    index_paper(version.document_id)


def rebuild() -> int:
    """Index every paper anew, each in its own short transaction; gives how many there are."""
    keys = list(Document.objects.order_by("pk").values_list("pk", flat=True))
    for key in keys:
        index_paper(key)
    return len(keys)


def _matching(phrases: list[Phrase], columns: str) -> RawSQL:
    """The ids of documents that hold every phrase in `columns`: "names", "all", or "marks" (their marked words)."""
    return _matching_sqlite(phrases, columns) if connection.vendor == "sqlite" else _matching_pg(phrases, columns)


def _matching_sqlite(phrases: list[Phrase], columns: str) -> RawSQL:
    place = {"names": "{heading}", "all": "{heading body}", "marks": "{marked}"}[columns]
    if columns == "marks":
        asked = [f'"{word}"' for phrase in phrases for word in phrase.marks]
    else:
        asked = [f'"{phrase.text}"{" *" if phrase.is_open else ""}' for phrase in phrases]
    sql = "SELECT rowid FROM documents_paper_search WHERE documents_paper_search MATCH %s"
    return RawSQL(sql, [f"{place} : ({' AND '.join(asked)})"])  # noqa: S611  only folded words and quotes of ours


def _matching_pg(phrases: list[Phrase], columns: str) -> RawSQL:
    """Whole papers by the set of their words; only of those that hold all words of a phrase are pages looked at."""
    heading = "to_tsvector('simple', p.heading) @@ to_tsquery('simple', %s)"
    if columns == "marks":
        conditions = ["p.marks @@ to_tsquery('simple', %s)"]
        parameters = [" & ".join(word for phrase in phrases for word in phrase.marks)]
    elif columns == "names":
        conditions = [heading] * len(phrases)
        parameters = [_asked(phrase, " <-> ") for phrase in phrases]
    else:
        conditions = ["p.words @@ to_tsquery('simple', %s)"]
        parameters = [" & ".join(_asked(phrase, " & ") for phrase in phrases)]
        for phrase in phrases:
            if len(phrase.tokens) > 1:
                conditions.append(
                    f"({heading} OR EXISTS (SELECT 1 FROM documents_page g"
                    " WHERE g.version_id = p.version_id AND g.search @@ to_tsquery('simple', %s)))"
                )
                parameters += [_asked(phrase, " <-> ")] * 2
    sql = f"SELECT p.document_id FROM documents_papertext p WHERE {' AND '.join(conditions)}"  # noqa: S608
    return RawSQL(sql, parameters)  # noqa: S611


def _asked(phrase: Phrase, between: str) -> str:
    return between.join(phrase.tokens) + (":*" if phrase.is_open else "")


# --- a question and its answer ---------------------------------------------------------------------------

# To which session a paper belongs: told by the room of sessions, as a key; and the titles of the sessions that a
# person may know of, {key: title}. The count of no other session is told.
_place_of: list[Callable[[int], str]] = []
_place_names: list[Callable[[User, Council], dict[str, str]]] = []


def register_place(rule: Callable[[int], str]):
    """Add who knows the session of a document (its key)."""
    _place_of.append(rule)
    return rule


def register_place_names(rule: Callable[[User, Council], dict[str, str]]):
    """Add who names the sessions that a person may know of."""
    _place_names.append(rule)
    return rule


@dataclass(frozen=True)
class Question:
    """What is looked for, and the filters: keys as in the answer's facets, "" for all."""

    words: str
    session: str = ""
    kind: str = ""
    issuer: str = ""
    year: str = ""


@dataclass
class PageHit:
    number: int
    pieces: list[tuple[str, bool]]  # the words around, each piece lit or not


@dataclass
class Hit:
    document: Document
    version: Version | None
    pages: list[PageHit] = field(default_factory=list)
    more_pages: list[int] = field(default_factory=list)
    title: list[tuple[str, bool]] = field(default_factory=list)


@dataclass
class Facet:
    name: str
    values: list[tuple[str, str, int]]  # key, words, how many papers


@dataclass
class Answer:
    phrases: list[Phrase]
    count: int = 0
    keys: list[int] = field(default_factory=list)  # of all documents found, in order
    facets: list[Facet] = field(default_factory=list)


def ask(user: User, council: Council, question: Question, *, with_office: bool = True) -> Answer:
    """The papers that this person may read and that hold every word, the best first, with counts by filter.

    Names before contents, words with the very marks before others, new before old. `with_office` False leaves
    out the office's own papers, which open behind its second factor.
    """
    phrases = phrases_of(question.words)
    if not phrases:
        return Answer(phrases)
    rows = _rows(user, council, phrases, with_office)
    names: dict[str, str] = {}
    for rule in _place_names:
        names |= rule(user, council)
    wanted = {name: getattr(question, name) for name in _COLUMNS if getattr(question, name)}
    if wanted.get("session", "") not in ("", *names):
        rows = []
    keys = sorted((row[0] for row in _fitting(rows, wanted)), reverse=True)
    named = _ids(_matching(phrases, "names"))
    with_marks = [phrase for phrase in phrases if phrase.marks]
    exact = _ids(_matching(with_marks, "marks")) if with_marks else set()
    for first in (exact, named):  # the last one is the strongest
        if first:
            keys = [key for key in keys if key in first] + [key for key in keys if key not in first]
    return Answer(phrases, len(keys), keys, _facets(rows, wanted, names))


_COLUMNS = {"session": 4, "kind": 1, "issuer": 2, "year": 3}  # where each filter's fact stands in a row


def _rows(user: User, council: Council, phrases: list[Phrase], with_office: bool) -> list[tuple]:
    """(id, kind, issuer, year, session) of what is found; read in one piece, since there may be thousands."""
    found = Document.objects.filter(
        readable(user, council), council=council, withdrawn_at=None, pk__in=_matching(phrases, "all")
    )
    if not with_office:
        found = found.exclude(visibility=Document.Visibility.OFFICE)
    columns = ("pk", "kind", "issuer", "search_row__year", "search_row__place")
    sql, parameters = found.order_by().values_list(*columns).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows = cursor.fetchall()
    return list({row[0]: row for row in rows}.values())  # a rule that joins may name a paper twice


def _ids(matching: RawSQL) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(matching.sql, matching.params)
        return {row[0] for row in cursor.fetchall()}


def _fitting(rows: list[tuple], wanted: dict[str, str], but: str = "") -> list[tuple]:
    """The rows that fit the filters, all but one of them."""
    for name, key in wanted.items():
        if name != but:
            column = _COLUMNS[name]
            key = int(key) if name == "year" and key.isdecimal() else key
            rows = [row for row in rows if row[column] == key]
    return rows


def _facets(rows: list[tuple], wanted: dict[str, str], sessions: dict[str, str]) -> list[Facet]:
    """Per filter how many papers each of its values leaves, the other filters kept."""
    kinds = {key: str(label) for key, label in Document.Kind.choices}
    facets = []
    for name, column in _COLUMNS.items():
        counts = Counter(map(itemgetter(column), _fitting(rows, wanted, but=name)))
        words = {"session": sessions, "kind": kinds}.get(name)
        if name == "year":
            counts = Counter({str(key or ""): n for key, n in counts.items()})
        values = [(key, words[key] if words else key, n) for key, n in counts.items() if key and (words is None or key in words)]
        if name == "year":
            values.sort(key=lambda value: value[0], reverse=True)
        else:
            values.sort(key=lambda value: (-value[2], value[1]))
        facets.append(Facet(name, values[:20]))
    return facets


def shown(answer: Answer, keys: Iterable[int]) -> list[Hit]:
    """Some of an answer's documents with the pages on which the words stand."""
    keys = list(keys)
    documents = {d.pk: d for d in Document.objects.filter(pk__in=keys).select_related("search_row__version")}
    hits = {}
    for key in keys:
        if (document := documents.get(key)) is not None:
            row = getattr(document, "search_row", None)
            hits[key] = Hit(document, row.version if row else None, title=lit(document.title, answer.phrases))
    versions = {hit.version.pk: hit for hit in hits.values() if hit.version is not None}
    _add_pages(versions, answer.phrases)
    return list(hits.values())


def _add_pages(versions: dict[int, Hit], phrases: list[Phrase]) -> None:
    any_of = Q()
    for phrase in phrases:
        any_of |= Q(search_text__contains=phrase.text)
    rows = Page.objects.filter(any_of, version__in=versions).order_by("number")
    by_version: dict[int, list] = {}
    for version, number, folded in rows.values_list("version", "number", "search_text"):
        held = sum(phrase.is_in(folded) for phrase in phrases)
        if held:
            by_version.setdefault(version, []).append((-held, number))
    wanted = Q()
    for version, pages in by_version.items():
        pages.sort()
        best = [number for _held, number in pages[:PAGES_SHOWN]]
        versions[version].more_pages = sorted(number for _held, number in pages[PAGES_SHOWN:])
        wanted |= Q(version=version, number__in=best)
    if not by_version:
        return
    texts = {(version, number): text for version, number, text in Page.objects.filter(wanted).values_list("version", "number", "text")}
    for version, pages in by_version.items():
        for _held, number in pages[:PAGES_SHOWN]:
            text = texts.get((version, number), "")
            versions[version].pages.append(PageHit(number, around(text, phrases)))


class _Flat(dict):
    """Letter by letter what `fold` makes of it, so that a flat text has the places of the text itself."""

    def __missing__(self, code: int) -> str:
        self[code] = (fold(chr(code)) or " ")[0]
        return self[code]


_FLAT = _Flat()


@lru_cache(maxsize=500)
def _pattern(phrase: Phrase) -> re.Pattern:
    beginning = "[0-9a-z]*" if phrase.is_open else ""
    return re.compile(rf"(?<![0-9a-z]){' +'.join(phrase.tokens)}{beginning}(?![0-9a-z])")


def _spans(text: str, phrases: list[Phrase]) -> list[tuple[int, int]]:
    """First and last place of every occurrence in a text (NFC), in order, none over another."""
    flat = text.translate(_FLAT)
    found = sorted(match.span() for phrase in phrases for match in _pattern(phrase).finditer(flat))
    spans: list[tuple[int, int]] = []
    for start, end in found:
        if not spans or start >= spans[-1][1]:
            spans.append((start, end))
    return spans


def _pieces(text: str, spans: list[tuple[int, int]], start: int, end: int) -> list[tuple[str, bool]]:
    pieces, at = [], start
    for first, last in spans:
        if first < start or last > end:
            continue
        pieces += [(text[at:first], False), (text[first:last], True)]
        at = last
    pieces.append((text[at:end], False))
    return [(" ".join(piece.split()) if is_lit else re.sub(r"\s+", " ", piece), is_lit) for piece, is_lit in pieces if piece]


def lit(text: str, phrases: list[Phrase]) -> list[tuple[str, bool]]:
    """A short text in pieces, the words looked for lit."""
    text = unicodedata.normalize("NFC", text)
    return _pieces(text, _spans(text, phrases), 0, len(text))


def around(text: str, phrases: list[Phrase]) -> list[tuple[str, bool]]:
    """The words around the place of a page's text where most is found, in pieces."""
    text = unicodedata.normalize("NFC", text)
    spans = _spans(text, phrases)
    if not spans:
        return [(text[: AROUND * 2], False)]
    best = max(spans, key=lambda span: (sum(span[0] <= other[0] < span[0] + AROUND for other in spans), -span[0]))
    start, end = max(0, best[0] - AROUND), min(len(text), best[1] + AROUND)
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    pieces = _pieces(text, spans, start, end)
    if start > 0:
        pieces.insert(0, ("… ", False))
    return [*pieces, (" …", False)] if end < len(text) else pieces


def suggestions(user: User, council: Council, words: str, *, with_office: bool = True) -> list[Document]:
    """The newest papers that this person may read whose names hold the words, a few."""
    phrases = phrases_of(words)
    if not phrases:
        return []
    mine = readable_documents(user, council)
    if not with_office:
        mine = mine.exclude(visibility=Document.Visibility.OFFICE)
    return list(mine.filter(pk__in=_matching(phrases, "names")).order_by("-pk")[:SUGGESTED])
