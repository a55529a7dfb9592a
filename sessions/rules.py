"""Pure rules of preparing a session: deadlines that explain themselves, matching a file to a paper.

Law 72/2025/QH15 leaves the days of notice and of papers to each council's Working Regulations; the
numbers come in as values (council/regulations.py), the words come out.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import SequenceMatcher

from django.utils.translation import gettext as _

from council.calendar import ONE_DAY, WorkingCalendar
from council.text import fold


def day_words(day: date) -> str:
    return f"{day:%d/%m/%Y}"


@dataclass(frozen=True)
class Deadline:
    """The last good day, how it was counted, and the regulation it follows from."""

    day: date
    why: str
    basis: str

    def days_late(self, today: date) -> int:
        """Calendar days by which `today` is past the deadline; 0 when it is in time."""
        return max(0, (today - self.day).days)


def notice_deadline(opening: date, days: int, basis: str) -> Deadline:
    """The last day to send the convening notice: `days` calendar days before the opening."""
    day = opening - timedelta(days=days)
    why = _("Khai mạc %(opening)s, lùi %(days)s ngày là %(day)s.") % {
        "opening": day_words(opening),
        "days": days,
        "day": day_words(day),
    }
    return Deadline(day, why, basis)


def papers_deadline(opening: date, days: int, calendar: WorkingCalendar, basis: str) -> Deadline:
    """The last day to send papers: `days` working days before the opening, which is not counted."""
    day, left, off = opening, days, []
    while left > 0:
        day -= ONE_DAY
        if calendar.is_working_day(day):
            left -= 1
        elif day.weekday() < 5:
            off.append(day)
    why = _("Khai mạc %(opening)s, lùi %(days)s ngày làm việc là %(day)s, không tính thứ Bảy, Chủ nhật") % {
        "opening": day_words(opening),
        "days": days,
        "day": day_words(day),
    }
    if off:
        why += _(" và ngày nghỉ ") + ", ".join(day_words(d) for d in sorted(off))
    return Deadline(day, why + ".", basis)


def hand_in_deadline(papers: Deadline, days: int, calendar: WorkingCalendar, basis: str) -> Deadline:
    """The last day to hand a paper to the office: `days` working days before papers go to the delegates."""
    counted = papers_deadline(papers.day, days, calendar, basis)
    why = _("Hạn gửi tài liệu cho đại biểu là %(papers)s; lùi thêm %(days)s ngày làm việc là %(day)s.") % {
        "papers": day_words(papers.day),
        "days": days,
        "day": day_words(counted.day),
    }
    return Deadline(counted.day, why, basis)


# --- Which expected paper a dropped file is ------------------------------------------------------

_NUMBER = re.compile(r"^0*(\d{1,5}) ([a-z][a-z0-9 ]*)$")
_KIND_WORDS = {
    "submission": ("to trinh", "ttr"),
    "draft_resolution": ("du thao nghi quyet", "du thao nq", "dt nq", "du thao"),
    "verification_report": ("bao cao tham tra", "tham tra", "bctt"),
    "revision_report": ("tiep thu", "giai trinh"),
}
ENOUGH = 0.45  # a title less alike than this is no proposal


@dataclass(frozen=True)
class Expected:
    """An expected paper as plain values."""

    key: int
    kind: str
    title: str
    number: str
    item_number: int
    is_missing: bool
    issuer: str = ""
    issued_on: date | None = None


@dataclass(frozen=True)
class Match:
    """The paper that a file seems to be, the reason in words, and what speaks against it."""

    key: int
    why: str
    doubt: str = ""


def match_file(name: str, papers: list[Expected]) -> Match | None:
    """Propose the expected paper that a file name means; None when nothing is clear.

    First the number ("279-TTr-UBND.pdf"), then the item ("Muc 12 - to trinh.pdf"), then the words of
    the title. Two papers that fit equally well are no proposal: the office says which.
    """
    stem = fold(name.rsplit(".", 1)[0])
    by_number = [p for p in papers if _has_number(stem, p.number)]
    if len(by_number) == 1:
        paper = by_number[0]
        return Match(paper.key, _("Số %(number)s có trong tên tệp.") % {"number": paper.number})
    found = re.search(r"\bmuc 0*(\d{1,3})\b", stem)
    if found:
        item = int(found[1])
        here = [p for p in papers if p.item_number == item]
        kind = kind_in(stem)
        fitting = [p for p in here if p.kind == kind] if kind else here
        if len(fitting) == 1:
            return Match(fitting[0].key, _("Tên tệp ghi mục %(item)s, đúng loại văn bản.") % {"item": item})
    candidates = by_number or papers
    kind = kind_in(stem)
    scored = sorted(
        ((likeness(stem, paper, kind), paper.is_missing, paper) for paper in candidates),
        key=lambda row: (row[0], row[1]),
        reverse=True,
    )
    if not scored or scored[0][0] < ENOUGH:
        return None
    if len(scored) > 1 and scored[0][0] - scored[1][0] < 0.02 and scored[0][1] == scored[1][1]:
        return None
    score, _missing, paper = scored[0]
    return Match(paper.key, _("Tên tệp giống tên văn bản %(percent)s%%.") % {"percent": round(score * 100)})


def same_number(words: str, number: str) -> bool:
    """Whether a number like "279/TTr-UBND" stands in some words, however it is written there."""
    return _has_number(fold(words), number)


def _has_number(stem: str, number: str) -> bool:
    parts = _NUMBER.match(fold(number))
    if not parts:
        return False
    digits, symbol = parts.groups()
    return re.search(rf"(?:^| )0*{digits} {re.escape(symbol)}(?: |$)", stem) is not None


def kind_in(stem: str) -> str:
    """The kind of paper that folded words name, or ""."""
    for kind, words in _KIND_WORDS.items():
        if any(re.search(rf"\b{word}\b", stem) for word in words):
            return kind
    return ""


def likeness(stem: str, paper: Expected, kind: str) -> float:
    """How alike a file name and a title are, 0 to 1: shared words first, then order of letters."""
    title = fold(paper.title)
    mine, theirs = set(stem.split()), set(title.split())
    if not mine or not theirs:
        return 0.0
    shared = len(mine & theirs) / min(len(theirs), max(len(mine), 4))
    score = 0.7 * shared + 0.3 * SequenceMatcher(None, stem, title, autojunk=False).ratio()
    if kind and kind != paper.kind:
        score *= 0.6
    return min(score, 1.0)
