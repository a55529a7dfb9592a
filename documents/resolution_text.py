"""The text of a resolution: its parts as stored, and the lines in which it is read and printed.

Stored as JSON:

    {"bases": ["Luật …", …],            legal bases, without "Căn cứ" before and ";" behind
     "considering": ["Xét Tờ trình …"],  what was considered, whole sentences
     "articles": [{"heading": "Phạm vi", "body": [
         {"text": "…", "clauses": false} …
     ]}],
     "recipients": ["Ủy ban nhân dân tỉnh", …],
     "signer": "Nguyễn Văn Mẫu", "signer_title": "Chủ tịch", "signer_for": "KT. Chủ tịch",
     "regulation_title": "Quy định …", "regulation": "Chương I\\nĐiều 1. …"}   form 18 only

A regulation that a normative resolution enacts ("ban hành kèm theo") is kept as written, line by line:
chapters, sections, articles, clauses, points.

An article's body is written as people write it: a line "1. …" is a clause (khoản), "a) …" a point
(điểm), anything else a paragraph. Decree 30/2020/NĐ-CP, Appendix I; Decrees 78 and 187/2025, forms 17 and 18.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from itertools import count

from django.utils.translation import gettext as _

# Points are lettered with the Vietnamese alphabet; ă, â, ê, ô, ơ, ư are not used.
POINTS = "abcdđeghiklmnopqrstuvxy"
_CLAUSE = re.compile(r"(\d{1,3})\.\s+(?=\S)")
_POINT = re.compile(r"([a-zđ])\)\s+(?=\S)")


@dataclass(frozen=True)
class Line:
    """One paragraph as printed: what it is (basis, considering, article, clause, point, paragraph, closing), its words."""

    kind: str
    text: str
    label: str = ""  # "Điều 1." "1." "a)": part of `text` too

    @property
    def rest(self) -> str:
        """The words after the label."""
        return self.text.removeprefix(self.label).strip()


def clean_text(text: dict) -> dict:
    """The same text in its one stored form: NFC, single spaces, no empty parts, no marks that we print."""

    def words(value) -> str:
        return re.sub(r"[ \t\u00a0]+", " ", unicodedata.normalize("NFC", str(value or "")).strip())

    def plain(value) -> str:
        return words(value).rstrip(";,. ").strip()

    bases = [re.sub(r"^Căn cứ\s+", "", plain(line)) for line in text.get("bases", [])]
    articles = []
    for article in text.get("articles", []):
        body = [words(line) for line in str(article.get("body", "")).splitlines()]
        kept = {"heading": plain(article.get("heading")), "body": "\n".join(line for line in body if line)}
        if kept["heading"] or kept["body"]:
            articles.append(kept)
    recipients = [re.sub(r"^[-–]\s*", "", plain(line)) for line in text.get("recipients", [])]
    regulation = [words(line) for line in str(text.get("regulation") or "").splitlines()]
    attached = {
        "regulation_title": plain(text.get("regulation_title")),
        "regulation": "\n".join(line for line in regulation if line),
    }
    return {
        "bases": [line for line in bases if line],
        "considering": [line for line in (plain(line) for line in text.get("considering", [])) if line],
        "articles": articles,
        "recipients": [line for line in recipients if line],
        "signer": words(text.get("signer")),
        "signer_title": words(text.get("signer_title")) or "Chủ tịch",
        "signer_for": words(text.get("signer_for")),
    } | {key: value for key, value in attached.items() if value}


def faults_in(text: dict) -> list[str]:
    """What a resolution still lacks before it can get its number, in words."""
    faults = []
    if not text.get("bases"):
        faults.append(_("Chưa có căn cứ pháp lý nào."))
    if not text.get("articles"):
        faults.append(_("Chưa có điều nào."))
    for number, article in enumerate(text.get("articles", []), 1):
        if not article["body"] and not article["heading"]:
            faults.append(_("Điều %(n)s chưa có nội dung.") % {"n": number})
        faults += [
            _("Điều %(n)s: %(fault)s") % {"n": number, "fault": fault} for fault in _order_faults(article["body"])
        ]
    faults += _regulation_faults(text)
    if not text.get("recipients"):
        faults.append(_("Chưa có nơi nhận."))
    if not text.get("signer"):
        faults.append(_("Chưa có họ tên người ký."))
    return faults


def _regulation_faults(text: dict) -> list[str]:
    title, lines = text.get("regulation_title"), regulation_lines(text)
    if not title and not lines:
        return []
    if not title:
        return [_("Văn bản ban hành kèm theo chưa có tên.")]
    articles = [line for line in lines if line.kind in ("article", "article-text")]
    if not articles:
        return [_("Văn bản ban hành kèm theo chưa có điều nào.")]
    faults, body = [], {}
    for line in lines:
        if line.kind in ("article", "article-text"):
            number = int(re.search(r"\d+", line.label)[0])
            if number != len(body) + 1:
                faults.append(
                    _("Văn bản kèm theo: Điều %(found)s đứng ở chỗ của Điều %(due)s.")
                    % {"found": number, "due": len(body) + 1}
                )
            body[len(body) + 1] = []
        elif body:
            body[len(body)].append(line.text)
    for number, under in body.items():
        faults += [
            _("Văn bản kèm theo, Điều %(n)s: %(fault)s") % {"n": number, "fault": fault}
            for fault in _order_faults("\n".join(under))
        ]
    return faults


def _order_faults(body: str) -> list[str]:
    """Clauses count 1, 2, 3 …; points a, b, c, d, đ … anew in each clause."""
    faults, clause, point = [], 0, 0
    for line in body.splitlines():
        if found := _CLAUSE.match(line):
            clause, point = clause + 1, 0
            if int(found[1]) != clause:
                faults.append(
                    _("khoản %(found)s đứng ở chỗ của khoản %(due)s.") % {"found": found[1], "due": clause}
                )
                clause = int(found[1])
        elif found := _POINT.match(line):
            due = POINTS[point] if point < len(POINTS) else "?"
            if found[1] != due:
                faults.append(_("điểm %(found)s) đứng ở chỗ của điểm %(due)s).") % {"found": found[1], "due": due})
                point = POINTS.find(found[1])
            point += 1
    return faults


def basis_lines(text: dict) -> list[Line]:
    """Legal bases and what was considered, each on its own line: ";" behind each, "." behind the last."""
    lines = [("basis", f"Căn cứ {line}") for line in text.get("bases", [])]
    lines += [("considering", line) for line in text.get("considering", [])]
    last = len(lines) - 1
    return [Line(kind, line + ("." if place == last else ";")) for place, (kind, line) in enumerate(lines)]


def article_lines(text: dict) -> list[Line]:
    """The articles in order: heading, paragraphs, clauses and points."""
    lines = []
    for number, article in zip(count(1), text.get("articles", []), strict=False):
        label = f"Điều {number}."
        body = article["body"].splitlines()
        if article["heading"]:
            lines.append(Line("article", f"{label} {article['heading']}", label))
        elif body and not _CLAUSE.match(body[0]) and not _POINT.match(body[0]):
            lines.append(Line("article-text", f"{label} {body.pop(0)}", label))
        else:
            lines.append(Line("article", label, label))
        for line in body:
            if found := _CLAUSE.match(line):
                lines.append(Line("clause", line, f"{found[1]}."))
            elif found := _POINT.match(line):
                lines.append(Line("point", line, f"{found[1]})"))
            else:
                lines.append(Line("paragraph", line))
    return lines


_CHAPTER = re.compile(r"(Chương|Phần)\s+[IVXLC\d]+\b[.:]?", re.IGNORECASE)
_SECTION = re.compile(r"Mục\s+\d+\b[.:]?", re.IGNORECASE)
_NUMBERED_ARTICLE = re.compile(r"(Điều\s+\d+)\s*[.:]\s*(.*)", re.IGNORECASE)


def regulation_lines(text: dict) -> list[Line]:
    """The regulation that a resolution enacts, line by line: chapters, sections, articles, clauses, points.

    A line after a chapter or section without words of its own is its name. Form 18 of Decree 187/2025.
    """
    lines: list[Line] = []
    for row in str(text.get("regulation") or "").splitlines():
        before = lines[-1] if lines else None
        if found := _CHAPTER.match(row):
            lines.append(Line("chapter", row, found[0]))
        elif found := _SECTION.match(row):
            lines.append(Line("section", row, found[0]))
        elif found := _NUMBERED_ARTICLE.match(row):
            label = f"{found[1]}."
            is_heading = not found[2].endswith((".", ";", ":"))
            lines.append(Line("article" if is_heading else "article-text", f"{label} {found[2]}".strip(), label))
        elif before and before.kind in ("chapter", "section") and before.text == before.label:
            lines.append(Line(f"{before.kind}-name", row))
        elif found := _CLAUSE.match(row):
            lines.append(Line("clause", row, f"{found[1]}."))
        elif found := _POINT.match(row):
            lines.append(Line("point", row, f"{found[1]})"))
        else:
            lines.append(Line("paragraph", row))
    return lines


_TYPES = ("Quy định", "Quy chế", "Điều lệ", "Quy chuẩn")


def regulation_head(text: dict) -> tuple[str, str]:
    """The type of the attached regulation and its subject: ("Quy định", "Chính sách hỗ trợ …")."""
    title = text.get("regulation_title", "")
    for kind in _TYPES:
        if title.lower().startswith(kind.lower()):
            subject = title[len(kind) :].strip()
            return kind, subject[:1].upper() + subject[1:]
    return "Quy định", title


def closing_line(council_name: str, term: str, session_name: str, adopted_on: date | None) -> Line:
    """The last line of the text: which council adopted it, when; it ends "./."."""
    when = day_in_words(adopted_on) if adopted_on else "ngày … tháng … năm …"
    session = f", {session_name[:1]}{session_name[1:]}" if session_name else ""
    return Line("closing", f"Nghị quyết này đã được {council_name} khóa {term}{session} thông qua {when}./.")


def day_in_words(day: date) -> str:
    """Days 01-09 and months 01, 02 with a zero (Decree 30/2020, Appendix I)."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def recipient_lines(text: dict) -> list[str]:
    """The list under "Nơi nhận": "- " before, ";" behind, the last "Lưu: …" with "."."""
    recipients = list(text.get("recipients", []))
    if recipients and not recipients[-1].startswith("Lưu"):
        recipients.append("Lưu: VT")
    last = len(recipients) - 1
    return [f"- {line}{'.' if place == last else ';'}" for place, line in enumerate(recipients)]


_ARTICLE = re.compile(r"Điều\s+\d+[a-zđ]?\s*[.:]\s*(.*)", re.IGNORECASE)


def split_text(whole: str) -> dict:
    """Sort a pasted resolution into its parts: bases, considerations, articles, recipients.

    The first line of an article is its heading when it is short and ends without a full stop;
    otherwise it is text. What stands before the first basis (heads, titles) is left out.
    """
    text: dict = {"bases": [], "considering": [], "articles": [], "recipients": []}
    place = ""
    for line in (" ".join(raw.split()) for raw in unicodedata.normalize("NFC", whole).splitlines()):
        if not line:
            continue
        if found := _ARTICLE.match(line):
            place, rest = "articles", found[1].strip()
            is_heading = bool(rest) and len(rest) <= 200 and not rest.endswith((".", ";", ":"))
            text["articles"].append({"heading": rest if is_heading else "", "body": "" if is_heading else rest})
        elif line.lower().startswith("nơi nhận"):
            place = "recipients"
        elif place == "recipients":
            if line.startswith(("-", "–")):
                text["recipients"].append(line)
        elif place == "articles":
            if not line.startswith("Nghị quyết này đã được"):
                article = text["articles"][-1]
                article["body"] = f"{article['body']}\n{line}".strip()
        elif line.startswith("Căn cứ"):
            place = "bases"
            text["bases"].append(line)
        elif line.startswith("Xét"):
            place = "considering"
            text["considering"].append(line)
    return clean_text(text)
