"""What changed between two versions of a paper: pure rules, without a database.

A text is cut into its parts: chapters, articles (Điều), clauses (Khoản), points (Điểm); a paper without
articles into paragraphs. The parts of both texts are put side by side, and inside a changed part the
words: those that went, those that came, and of what sort they are, for a changed amount of money means
more than a changed word. Time grows with the text, not with its square: where two passages are too long
or too different for a comparison word by word, they are shown whole, and said to be.
"""

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

MAX_CHARACTERS = 2_000_000  # of one text; what is longer is compared up to there, and said to be
MAX_PARTS = 20_000
PAIRING = 40  # parts between two fixed ones that are paired by likeness; of more, only what bears the same name
MAX_EDITS = 400  # words gone and come in one part, beyond which the part is shown whole
WORK = 2_000_000  # steps that the comparison of all words may take
BAGS = 2_000_000  # characters that may be held against each other between two fixed parts
ALIKE = 0.4  # share of common words from which on two parts are the same one, changed

# --- Parts -------------------------------------------------------------------------------------------
_ARTICLE = re.compile(r"^\s*(Điều\s+\d{1,4}[a-zđ]?)\s*[.:]\s*(.*)$")
_CHAPTER = re.compile(r"^\s*((?:Chương|CHƯƠNG|Mục|MỤC|Phần|PHẦN)\s+(?:[IVXLC]{1,7}|\d{1,3}|thứ\s+\w+))\b\s*[.:]?\s*(.*)$")
_CLAUSE = re.compile(r"^\s*(\d{1,3})\s*\.(?!\d)\s+(\S.*)$")
_POINT = re.compile(r"^\s*([a-zđ])\s*\)\s*(.*)$")
_PAGE_NUMBER = re.compile(r"^\s*(?:-\s*)?\d{1,4}(?:\s*/\s*\d{1,4})?(?:\s*-)?\s*$")
_SENTENCE_ENDS = re.compile(r"[.;:!?”\"]\s*$")
_BEGINS = re.compile(r"^\s*(?:[-–•+*]\s|[IVXLC]{1,7}\.\s|\d{1,3}(?:\.\d{1,3})*[.)]\s|[a-zđ][.)]\s|Căn cứ\b|Điều\s+\d)")


@dataclass(frozen=True)
class Part:
    """One part of a text. `path` names it from the outside in: ("Điều 5", "Khoản 2", "Điểm a")."""

    path: tuple[str, ...]
    text: str  # in one line
    page: int  # from 1, where it begins

    @property
    def label(self) -> str:
        return ", ".join(reversed(self.path))


def split(pages: list[str]) -> list[Part]:
    """The parts of a paper in their order. Without an article anywhere: its paragraphs, with no path."""
    lines = list(_lines(pages))
    has_articles = any(_ARTICLE.match(line) for line, _page in lines)
    return (_by_articles(lines) if has_articles else _by_paragraphs(lines))[:MAX_PARTS]


def _lines(pages: list[str]):
    """Lines with their page; page numbers that stand alone at the top or foot of a page are none."""
    left = MAX_CHARACTERS
    for number, page in enumerate(pages, 1):
        lines = [line.strip() for line in unicodedata.normalize("NFC", page[:left]).split("\n")]
        left -= len(page)
        seen = [place for place, line in enumerate(lines) if line]
        for place, line in enumerate(lines):
            edge = seen and place in (seen[0], seen[-1])
            if not (edge and _PAGE_NUMBER.match(line)):
                yield line, number
        if left <= 0:
            return


class _Builder:
    def __init__(self):
        self.parts: list[Part] = []
        self.words: list[str] = []
        self.path: tuple[str, ...] = ()
        self.page = 1

    def begin(self, path: tuple[str, ...], words: str, page: int) -> None:
        self.end()
        self.path, self.words, self.page = path, [words] if words else [], page

    def end(self) -> None:
        text = " ".join(" ".join(self.words).split())
        if text or self.path:
            self.parts.append(Part(self.path, text, self.page))
        self.words = []


def _by_articles(lines) -> list[Part]:
    """Chapters, articles, clauses and points; what stands before the first of them by paragraphs."""
    built, chapter, article, clause = _Builder(), "", "", ""
    for line, page in lines:
        if match := _CHAPTER.match(line):
            chapter, article, clause = " ".join(match[1].split()), "", ""
            built.begin((chapter,), match[2], page)
        elif match := _ARTICLE.match(line):
            article, clause = " ".join(match[1].split()), ""
            built.begin((article,), match[2], page)
        elif article and (match := _CLAUSE.match(line)):
            clause = f"Khoản {match[1]}"
            built.begin((article, clause), match[2], page)
        elif article and (match := _POINT.match(line)):
            built.begin(tuple(filter(None, (article, clause, f"Điểm {match[1]}"))), match[2], page)
        elif not article and (not line or _starts_paragraph(built, line)):
            built.begin((), line, page)
        elif line:
            built.words.append(line)
    built.end()
    return built.parts


def _by_paragraphs(lines) -> list[Part]:
    built = _Builder()
    for line, page in lines:
        if not line or _starts_paragraph(built, line):
            built.begin((), line, page)
        else:
            built.words.append(line)
    built.end()
    return built.parts


def _starts_paragraph(built: _Builder, line: str) -> bool:
    if not built.words:
        return True
    before = built.words[-1]
    return bool(_BEGINS.match(line)) or bool(_SENTENCE_ENDS.search(before) and line[:1].isupper() and len(before) < 70)


# --- Words -------------------------------------------------------------------------------------------
_UPPER = "A-ZÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬĐÈÉẺẼẸÊỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢÙÚỦŨỤƯỪỨỬỮỰỲÝỶỸỴ"
_LOWER = "a-zàáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ"
_NUMBER = r"\d{1,30}(?:[.,]\d{1,30})*"
_WORD = re.compile(
    rf"""
    (?P<code>\d{{1,6}}(?:/\d{{4}})?/[{_UPPER}]{{2}}[{_UPPER}0-9]{{0,10}}(?:-[{_UPPER}0-9]{{1,12}}){{0,4}})
  | (?P<date>\d{{1,2}}[/-]\d{{1,2}}[/-]\d{{4}} | ngày\s\d{{1,2}}\stháng\s\d{{1,2}}(?:\snăm\s\d{{4}})?)
  | (?P<money>{_NUMBER}\s(?:(?:nghìn|ngàn|triệu|tỷ|tỉ)\s)*(?:đồng|VNĐ|VND|USD|đô\sla)\b | {_NUMBER}\s(?:nghìn|ngàn|triệu|tỷ|tỉ)\b | {_NUMBER}\s?(?:đ|₫|VNĐ|VND)(?!\w))
  | (?P<number>{_NUMBER}\s?(?:%|phần\străm\b)? | \b(?:[IVX]{{2,7}})\b)
  | (?P<name>[{_UPPER}][{_LOWER}]+(?:\s[{_UPPER}][{_LOWER}]+)+)
  | (?P<word>\w+)
  | (?P<mark>[^\w\s])
    """,
    re.VERBOSE,
)  # fmt: skip
KINDS = ("money", "number", "date", "code", "name", "word", "mark")
_BEFORE_NAMES = ("Điều", "Khoản", "Điểm", "Chương", "Mục", "Phần")


@dataclass(frozen=True)
class Word:
    """A word, a number, an amount of money, a date, a paper's number, a name or a punctuation mark."""

    text: str
    kind: str
    space: bool = True  # whether a space stands before it


def words_of(text: str) -> list[Word]:
    """The words of a line; an amount, a date, a paper's number and a name are one word each."""
    return [
        Word(match[0], match.lastgroup or "word", match.start() > 0 and text[match.start() - 1].isspace())
        for match in _WORD.finditer(text)
    ]


@dataclass(frozen=True)
class Piece:
    """A run of words of one sort: `op` is same, gone or came; `kind` of what changed is one of KINDS."""

    op: str
    text: str
    kind: str = ""


@dataclass
class Budget:
    """How much work a comparison may still cost; shared by all its parts."""

    left: int = WORK



def compare_words(old: str, new: str, budget: Budget | None = None) -> tuple[list[Piece], bool]:
    """What went and what came, word by word; and whether it was too much for that (then it is all of it)."""
    budget = budget or Budget()
    before, after = words_of(old), words_of(new)
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    middle_before, middle_after = before[head : len(before) - tail], after[head : len(after) - tail]
    matched = _matches([w.text for w in middle_before], [w.text for w in middle_after], budget)
    ops, i0, j0 = [("same", before[:head])], 0, 0
    for i, j in [*(matched or []), (len(middle_before), len(middle_after))]:
        ops += [("gone", middle_before[i0:i]), ("came", middle_after[j0:j])]
        if i < len(middle_before):
            ops.append(("same", [middle_after[j]]))
        i0, j0 = i + 1, j + 1
    ops.append(("same", after[len(after) - tail :] if tail else []))
    return _pieces(ops), matched is None


def _matches(one: list[str], two: list[str], budget: Budget) -> list[tuple[int, int]] | None:
    """The words that stay, as pairs of places (Myers 1986, O(ND)); None when there are too many differences."""
    furthest, trace = {1: 0}, []
    for steps in range(min(len(one) + len(two), MAX_EDITS) + 1):
        budget.left -= steps + 1
        if budget.left < 0:
            return None
        trace.append(dict(furthest))
        for line in range(-steps, steps + 1, 2):
            down = line == -steps or (line != steps and furthest[line - 1] < furthest[line + 1])
            x = furthest[line + 1] if down else furthest[line - 1] + 1
            while x < len(one) and x - line < len(two) and one[x] == two[x - line]:
                x += 1
            furthest[line] = x
            if x >= len(one) and x - line >= len(two):
                return _walk_back(trace, one, two)
    return None


def _walk_back(trace, one, two) -> list[tuple[int, int]]:
    pairs, x, y = [], len(one), len(two)
    for steps in range(len(trace) - 1, -1, -1):
        furthest, line = trace[steps], x - y
        down = line == -steps or (line != steps and furthest[line - 1] < furthest[line + 1])
        from_line = line + 1 if down else line - 1
        from_x = furthest[from_line] if steps else 0
        from_y = from_x - from_line if steps else 0
        while x > from_x and y > from_y and x > 0 and y > 0 and one[x - 1] == two[y - 1]:
            x, y = x - 1, y - 1
            pairs.append((x, y))
        x, y = from_x, from_y
    return pairs[::-1]


def _common(one: list[Word], two: list[Word]) -> int:
    count = 0
    for a, b in zip(one, two, strict=False):
        if a.text != b.text:
            break
        count += 1
    return count


def _pieces(ops) -> list[Piece]:
    """Runs of one operation; a changed number, amount, date or name is a run of its own."""
    runs: list[tuple[str, str, list[str]]] = []
    for op, words in ops:
        for word in words:
            kind = "" if op == "same" else ("word" if word.kind == "mark" else word.kind)
            text = (" " if word.space else "") + word.text
            if runs and runs[-1][0] == op and runs[-1][1] == kind and kind in ("", "word"):
                runs[-1][2].append(text)
            else:
                runs.append((op, kind, [text]))
    return [Piece(op, "".join(texts), kind) for op, kind, texts in runs]


# --- Side by side ------------------------------------------------------------------------------------
# renumbered: the same words under another number; moved: unchanged, at another place.
WHATS = ("same", "changed", "renumbered", "moved", "added", "removed")


@dataclass
class Change:
    """One part of the older text beside one of the newer. `what` is one of WHATS."""

    what: str
    old: Part | None
    new: Part | None
    pieces: list[Piece] = field(default_factory=list)
    coarse: bool = False  # too long or too different to be compared word by word

    @property
    def kinds(self) -> list[str]:
        """Which sorts of words changed, the weightiest first."""
        held = {piece.kind for piece in self.pieces if piece.op != "same"}
        return [kind for kind in KINDS if kind in held]

    @property
    def label(self) -> str:
        return (self.new or self.old).label


@dataclass
class Comparison:
    """All parts side by side, in the order of the newer text; what was removed stands where it stood."""

    changes: list[Change]
    is_cut: bool = False  # one of the texts is longer than what is compared

    @property
    def differing(self) -> list[Change]:
        return [change for change in self.changes if change.what != "same"]

    @property
    def pages(self) -> list[int]:
        """The pages of the newer version on which something changed."""
        found, last = set(), 1
        for change in self.changes:
            if change.new:
                last = change.new.page
            if change.what != "same":
                found.add(last)
        return sorted(found)


def compare(old: list[str], new: list[str]) -> Comparison:
    """Compare two papers, page texts in, changes out."""
    before, after = split(old), split(new)
    is_cut = any(sum(map(len, pages)) > MAX_CHARACTERS for pages in (old, new))
    is_cut = is_cut or MAX_PARTS in (len(before), len(after))
    budget = Budget()
    pairs = _pair(before, after)
    taken = {i for i, _j in pairs}
    moved = _moved(before, after, pairs)
    changes, at = [], 0
    by_new = {j: i for i, j in pairs}
    for j, part in enumerate(after):
        if j in by_new:
            i = by_new[j]
            while at < i:  # what stood before it and is in the newer text no more
                if at not in taken and at not in moved.values():
                    changes.append(Change("removed", before[at], None, *_whole("gone", before[at].text)))
                at += 1
            at = max(at, i + 1)
            if before[i].text == part.text:
                renamed = before[i].path[-1:] != part.path[-1:]
                pieces = [Piece("same", part.text)] if renamed else []
                changes.append(Change("renumbered" if renamed else "same", before[i], part, pieces))
            else:
                pieces, coarse = compare_words(before[i].text, part.text, budget)
                changes.append(Change("changed", before[i], part, pieces, coarse))
        elif j in moved:
            changes.append(Change("moved", before[moved[j]], part, [Piece("same", part.text)]))
        else:
            changes.append(Change("added", None, part, *_whole("came", part.text)))
    for rest in range(at, len(before)):
        if rest not in taken and rest not in moved.values():
            changes.append(Change("removed", before[rest], None, *_whole("gone", before[rest].text)))
    return Comparison(changes, is_cut)


def _whole(op: str, text: str) -> tuple[list[Piece]]:
    return (_pieces([(op, words_of(text))]),)


def _pair(before: list[Part], after: list[Part]) -> list[tuple[int, int]]:
    """Which part became which, in one order: what is the same, then what bears the same name, then what is alike."""
    return _between(before, after, _by_text, lambda left, right: _pair_named(before, after, left, right))


def _between(before, after, key, rest, left: range | None = None, right: range | None = None) -> list[tuple[int, int]]:
    """Pair what has the same key once on both sides, and let `rest` pair what lies between."""
    left = range(len(before)) if left is None else left
    right = range(len(after)) if right is None else right
    fixed = _fixed(_once(before, left, key), _once(after, right, key))
    pairs, i0, j0 = [], left.start, right.start
    for i, j in [*fixed, (left.stop, right.stop)]:
        if i0 < i and j0 < j:
            pairs += rest(range(i0, i), range(j0, j))
        if i < left.stop and j < right.stop:
            pairs.append((i, j))
        i0, j0 = i + 1, j + 1
    return pairs


def _by_text(part: Part):
    return part.text


def _by_name(part: Part):
    return part.path


def _pair_named(before, after, left: range, right: range) -> list[tuple[int, int]]:
    named = _between(
        before, after, _by_name, lambda one, two: _pair_alike(before, after, one, two), left, right
    )  # fmt: skip
    return [(i, j) for i, j in named if _are_alike(before[i], after[j])]


def _are_alike(one: Part, two: Part) -> bool:
    return _likeness(one, two, _bag(one), _bag(two)) >= ALIKE


def _bag(part: Part) -> Counter:
    return Counter(part.text.split())


def _fixed(one: list, two: list) -> list[tuple[int, int]]:
    """The longest row of keys that stand once in each, in the same order in both (patience)."""
    once = {key: i for i, key in one}
    both = [(once[key], j) for j, key in two if key in once]
    tails: list[int] = []  # index into `both` by length of the rising row that it ends
    ends: list[int] = []
    previous = [-1] * len(both)
    for place, (i, _j) in enumerate(both):
        length = bisect_left(ends, i)
        previous[place] = tails[length - 1] if length else -1
        if length == len(ends):
            ends.append(i)
            tails.append(place)
        else:
            ends[length], tails[length] = i, place
    row, place = [], tails[-1] if tails else -1
    while place >= 0:
        row.append(both[place])
        place = previous[place]
    return row[::-1]


def _once(parts, places: range, key) -> list[tuple[int, object]]:
    keys = {i: key(parts[i]) for i in places}
    counts = Counter(keys.values())
    return [(i, held) for i, held in keys.items() if held and counts[held] == 1]


def _pair_alike(before, after, left: range, right: range) -> list[tuple[int, int]]:
    """By likeness, where that is not too much work."""
    size = sum(len(before[i].text) for i in left) * len(right) + sum(len(after[j].text) for j in right) * len(left)
    if len(left) * len(right) > PAIRING * PAIRING or size > BAGS:
        return []
    return _best_row(before, after, left, right)


def _best_row(before, after, left: range, right: range) -> list[tuple[int, int]]:
    """The pairing in order with the greatest likeness altogether."""
    bags = {("o", i): _bag(before[i]) for i in left} | {("n", j): _bag(after[j]) for j in right}
    wide = len(right) + 1
    score = [[0.0] * wide for _row in range(len(left) + 1)]
    like = {}
    for a in range(len(left) - 1, -1, -1):
        for b in range(len(right) - 1, -1, -1):
            like[a, b] = _likeness(before[left[a]], after[right[b]], bags["o", left[a]], bags["n", right[b]])
            pair = like[a, b] + score[a + 1][b + 1] if like[a, b] >= ALIKE else 0.0
            score[a][b] = max(pair, score[a + 1][b], score[a][b + 1])
    pairs, a, b = [], 0, 0
    while a < len(left) and b < len(right):
        if like[a, b] >= ALIKE and score[a][b] == like[a, b] + score[a + 1][b + 1]:
            pairs.append((left[a], right[b]))
            a, b = a + 1, b + 1
        elif score[a][b] == score[a + 1][b]:
            a += 1
        else:
            b += 1
    return pairs


def _likeness(one: Part, two: Part, bag: Counter, other: Counter) -> float:
    """How much of two parts' words is common (0 to 1), a little more when they bear the same name."""
    total = bag.total() + other.total()
    share = 2 * (bag & other).total() / total if total else 1.0
    if not one.path and not two.path:
        return share
    return min(share + 0.25, 1.2) if one.path == two.path else share


def _moved(before, after, pairs) -> dict[int, int]:
    """What stands unchanged at another place: new part by old part, only where both are unique."""
    used_old, used_new = {i for i, _j in pairs}, {j for _i, j in pairs}
    old = {key: i for i, key in _once(before, range(len(before)), _by_text) if i not in used_old}
    new = _once(after, range(len(after)), _by_text)
    return {j: old[key] for j, key in new if j not in used_new and key in old}
