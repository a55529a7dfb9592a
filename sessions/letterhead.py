"""Reading the head of an official paper, and which expected paper it is: pure rules over text, with reasons.

The layout is that of Decree 30/2020/NĐ-CP, Appendix I: issuer top left, "Số: …/…" under it, place and date
on the right, then the kind of the paper and its subject (trích yếu). Extraction mixes the two columns, and
recognition of a scan loses signs, so everything is looked for by its words, never by its place.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from council.text import fold
from sessions.rules import Expected, Match, day_words, kind_in, likeness, match_file, same_number

HEAD_LINES = 45  # the head of a paper is over by then
ENOUGH = 0.6  # evidence below this is no proposal
AHEAD = 0.12  # and so is a paper that leads the next one by less
OLD_DAYS = 400  # a paper older than this at the opening is probably of an earlier session

_MOTTO = (
    re.compile(r"C[ỘO]NG\s+H(?:ÒA|OÀ|OA)\s+X[ÃA]\s+H[ỘO]I\s+CH[ỦU]\s+NGH[ĨI]A\s+VI[ỆE]T\s+NAM", re.IGNORECASE),
    re.compile(r"Đ[ộo]c\s+l[ậa]p\s*[-–—]?\s*T[ựu]\s+do\s*[-–—]?\s*H[ạa]nh\s+ph[úu]c", re.IGNORECASE),
)
# Capital S at the beginning of a line, or a colon: "số 279/TTr-UBND" in a sentence is another paper's number.
_NUMBER = re.compile(
    r"(?:^\s*S[ốô6]\s*[:.]?|\bS[ốô]\s*:)\s*(\d{1,5})\s*/\s*((?:[^\W_]|[.\-–/])+(?:\s*[-–]\s*(?:[^\W_]|[.])+)?)", re.MULTILINE
)
_DAY = re.compile(r"ng[àa]y\s*(\d{1,2})\s*th[áa]ng\s*(\d{1,2})\s*n[ăa]m\s*(\d{4})", re.IGNORECASE)
_PLACE_DAY = re.compile(r"[^,\n]{0,60},?\s*ng[àa]y[\s\d.…]*th[áa]ng[\s\d.…]*n[ăa]m[\s\d.…]*", re.IGNORECASE)
_ABOUT = re.compile(r"\bV/v\s*:?\s*(.+)", re.IGNORECASE)
_STOP = re.compile(r"^\s*(Kính gửi|Kinh gui|Căn cứ|Can cu|Thực hiện|Theo đề nghị|Nơi nhận|Xét |Điều 1\b|I\.|1\.|_{3,}|-{3,})", re.IGNORECASE)
# What the kind of a paper is called -> the kinds of this house; the longer names first.
_KINDS = (
    ("bao cao tham tra", "verification_report"),
    ("bao cao tiep thu", "revision_report"),
    ("bao cao giai trinh", "revision_report"),
    ("to trinh", "submission"),
    ("du thao nghi quyet", "draft_resolution"),
    ("nghi quyet", "draft_resolution"),
    ("bao cao", "report"),
    ("chuong trinh", "agenda"),
    ("thong bao", "notice"),
    ("ke hoach", "other"),
    ("quyet dinh", "other"),
    ("cong van", "other"),
    ("danh sach", "other"),
    ("phu luc", "other"),
)  # fmt: skip


@dataclass(frozen=True)
class Head:
    """What the first page says of a paper; empty where nothing was found."""

    number: str = ""  # "279/TTr-UBND"
    day: date | None = None
    issuer: str = ""
    kind: str = ""
    subject: str = ""

    def __bool__(self) -> bool:
        return bool(self.number or self.day or self.issuer or self.subject)

    def as_values(self) -> dict:
        """Plain values for a JSON field."""
        return {
            "number": self.number, "day": self.day.isoformat() if self.day else "", "issuer": self.issuer,
            "kind": self.kind, "subject": self.subject,
        }  # fmt: skip


def read_head(text: str) -> Head:
    """Read number, day, issuer, kind and subject from the text of the first page; never raises."""
    text = unicodedata.normalize("NFC", text)[:20_000]
    for motto in _MOTTO:
        text = motto.sub("", text)
    lines = [line.strip() for line in text.splitlines()][:HEAD_LINES]
    head = "\n".join(lines)
    number = _NUMBER.search(head)
    kind, subject = _kind_and_subject(lines)
    return Head(
        number=f"{number[1]}/{_tight(number[2])}"[:60] if number else "",
        day=_day(head),
        issuer=_issuer(lines),
        kind=kind,
        subject=subject,
    )


def _tight(symbol: str) -> str:
    return re.sub(r"\s*[-–]\s*", "-", symbol).rstrip(".-/")


def _day(head: str) -> date | None:
    for day, month, year in _DAY.findall(head):
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            continue
    return None


def _issuer(lines: list[str]) -> str:
    """The lines in capitals before the number or the kind: the parent above, the body below."""
    found = []
    for line in lines[:12]:
        line = _PLACE_DAY.sub("", line).strip(" -–—_*")
        if re.match(r"S[ốô6]\s*[:.]?\s*\d", line) or re.match(r"S[ốô]\s*:", line):
            break
        if _kind_of(line):
            break
        letters = [c for c in line if c.isalpha()]
        if len(letters) < 3:
            continue
        if sum(c.isupper() for c in letters) < 0.8 * len(letters) or fold(line) == "du thao":
            continue
        found.append(" ".join(line.split()))
        if len(found) == 3:
            break
    return " ".join(found)[:200]


def _kind_of(line: str) -> str:
    """The kind that a line of capitals names, or ""."""
    letters = [c for c in line if c.isalpha()]
    if len(letters) < 6 or sum(c.isupper() for c in letters) < 0.8 * len(letters):
        return ""
    words = fold(line)
    return next((kind for name, kind in _KINDS if words == name or words.startswith(f"{name} ")), "")


def _kind_and_subject(lines: list[str]) -> tuple[str, str]:
    for place, line in enumerate(lines):
        kind = _kind_of(line)
        if kind:
            subject = _lines_of_subject(lines[place + 1 :])
            rest = _after_name(line)
            return _closer_kind(kind, subject), " ".join(filter(None, [rest, subject]))[:500]
        if about := _ABOUT.search(line):
            return "", " ".join([about[1], _lines_of_subject(lines[place + 1 : place + 3])]).strip()[:500]
    return "", ""


def _after_name(line: str) -> str:
    """What stands behind the kind on its own line: "BÁO CÁO KẾT QUẢ …"."""
    words, folded = line.split(), fold(line)
    name = next((name for name, _kind in _KINDS if folded == name or folded.startswith(f"{name} ")), "")
    return " ".join(words[len(name.split()) :])


def _lines_of_subject(lines: list[str]) -> str:
    found = []
    for line in lines:
        if not line or line.strip("_-–— ") == "":
            if found:
                break
            continue
        if _STOP.match(line) or _PLACE_DAY.fullmatch(line) or len(found) == 6:
            break
        letters = [c for c in line if c.isalpha()]
        if found and len(letters) > 12 and all(c.isupper() for c in letters):
            break  # the next heading: HỘI ĐỒNG NHÂN DÂN …
        found.append(line)
    return " ".join(found)


def _closer_kind(kind: str, subject: str) -> str:
    words = fold(subject)
    if kind == "report" and words.startswith("tham tra"):
        return "verification_report"
    if kind == "report" and ("tiep thu" in words or "giai trinh" in words):
        return "revision_report"
    return kind


# --- Which expected paper it is -------------------------------------------------------------------------


@dataclass(frozen=True)
class Clue:
    """One piece of evidence for or against a paper, in words."""

    weight: float
    words: str

    @property
    def speaks_against(self) -> bool:
        return self.weight < 0


def match_paper(name: str, head: Head, papers: list[Expected], *, opening: date, folder: str = "") -> Match | None:
    """Propose the expected paper that a file is, by its first page, its name and its folder; None when nothing is clear.

    Every proposal tells its reasons, and what speaks against it. Without a readable page the name alone decides.
    """
    if not head:
        return match_file(name, papers)
    weighed = sorted(
        ((clues, sum(clue.weight for clue in clues), paper) for paper in papers if (clues := _clues(name, head, paper, folder))),
        key=lambda row: (row[1], row[2].is_missing),
        reverse=True,
    )
    if not weighed or weighed[0][1] < ENOUGH:
        return match_file(name, papers) if not weighed else None
    if len(weighed) > 1 and weighed[0][1] - weighed[1][1] < AHEAD and weighed[0][2].is_missing == weighed[1][2].is_missing:
        return None
    clues, _score, paper = weighed[0]
    why = [clue.words for clue in sorted(clues, key=lambda clue: -clue.weight) if not clue.speaks_against and clue.words]
    doubts = [clue.words for clue in clues if clue.speaks_against]
    if head.day and paper.issued_on is None and (opening - head.day).days > OLD_DAYS:
        doubts.append(_("trang đầu ghi ngày %(day)s, xem có phải văn bản của kỳ họp trước") % {"day": day_words(head.day)})
    return Match(paper.key, _sentence(why), _sentence(doubts))


def _sentence(parts: list[str]) -> str:
    words = "; ".join(parts)
    return words[:1].upper() + words[1:] + "." if words else ""


def _clues(name: str, head: Head, paper: Expected, folder: str) -> list[Clue]:
    """All that speaks for or against a paper; nothing when nothing speaks for it."""
    stem, found = fold(name.rsplit(".", 1)[0]), []
    if head.number and paper.number:
        if same_number(head.number, paper.number):
            found.append(Clue(1.0, _("trang đầu ghi số %(number)s") % {"number": head.number}))
        else:
            words = _("trang đầu ghi số %(number)s, chương trình ghi %(other)s")
            found.append(Clue(-0.5, words % {"number": head.number, "other": paper.number}))
    elif paper.number and same_number(stem, paper.number):
        found.append(Clue(0.7, _("số %(number)s có trong tên tệp") % {"number": paper.number}))
    if head.day and paper.issued_on:
        if head.day == paper.issued_on:
            found.append(Clue(0.3, _("đúng ngày %(day)s") % {"day": day_words(head.day)}))
        else:
            words = _("trang đầu ghi ngày %(day)s, chương trình ghi %(other)s")
            found.append(Clue(-0.3, words % {"day": day_words(head.day), "other": day_words(paper.issued_on)}))
    if head.issuer and paper.issuer:
        alike = _issuers_alike(head.issuer, paper.issuer)
        if alike >= 0.75:
            found.append(Clue(0.25, _("cơ quan ban hành là %(issuer)s") % {"issuer": paper.issuer}))
        elif alike < 0.4:
            words = _("trang đầu ghi cơ quan %(issuer)s, chương trình ghi %(other)s")
            found.append(Clue(-0.25, words % {"issuer": head.issuer, "other": paper.issuer}))
    if head.subject:
        alike = likeness(fold(head.subject), paper, "")
        if alike >= 0.45:
            found.append(Clue(0.8 * alike, _("trích yếu giống tên văn bản %(n)s%%") % {"n": round(alike * 100)}))
    by_name = likeness(stem, paper, "")
    if by_name >= 0.5:
        found.append(Clue(0.3 * by_name, _("tên tệp giống tên văn bản %(n)s%%") % {"n": round(by_name * 100)}))
    item = _item_in(f"{fold(folder)} {stem}")
    if item is not None and item == paper.item_number:
        found.append(Clue(0.45, _("tên tệp hoặc thư mục ghi mục %(n)s") % {"n": item}))
    elif item is not None:
        found.append(Clue(-0.3, _("tên tệp hoặc thư mục ghi mục %(n)s, văn bản này ở mục %(other)s") % {"n": item, "other": paper.item_number}))
    kind = head.kind or kind_in(stem)
    if kind and kind == paper.kind:
        found.append(Clue(0.2, _("đúng loại văn bản")))
    elif kind and kind != "other":
        found.append(Clue(-0.35, _("trang đầu là loại văn bản khác")))
    worth = [clue for clue in found if not clue.speaks_against and clue.weight > 0.2]
    return found if worth else []


def _item_in(words: str) -> int | None:
    found = re.search(r"\bmuc 0*(\d{1,3})\b", words)
    return int(found[1]) if found else None


def _issuers_alike(one: str, other: str) -> float:
    """How many words of the shorter name are in the longer one, 0 to 1; "UBND" is the People's Committee."""
    a, b = _issuer_words(one), _issuer_words(other)
    return len(a & b) / min(len(a), len(b)) if a and b else 0.0


def _issuer_words(name: str) -> set[str]:
    words = f" {fold(name)} "
    words = words.replace(" ubnd ", " uy ban nhan dan ").replace(" hdnd ", " hoi dong nhan dan ")
    return set(words.split())
