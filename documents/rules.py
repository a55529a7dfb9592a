"""Numbers of resolutions: series, symbols and addresses. Pure functions."""

import re
from datetime import date

from council.text import fold

INDIVIDUAL, NORMATIVE = "individual", "normative"


def series_key(kind: str, adopted_on: date, *, reset: str, term_id: int) -> str:
    """The series in which a resolution is numbered.

    Normative ones start anew every year; individual ones by year or by term, as the council's
    setting `individual_number_reset` says.
    """
    if kind == INDIVIDUAL and reset == "term":
        return f"individual:term-{term_id}"
    return f"{kind}:{adopted_on.year}"


def symbol(kind: str, number: int, adopted_on: date) -> str:
    """ "62/NQ-HĐND", or "05/2025/NQ-HĐND" for a normative one; at least two digits."""
    if number < 1:
        raise ValueError("numbers begin with 1")
    if kind == NORMATIVE:
        return f"{number:02d}/{adopted_on.year}/NQ-HĐND"
    return f"{number:02d}/NQ-HĐND"


def slug(symbol_: str) -> str:
    """The last part of the public address: "62-nq-hdnd"."""
    return fold(symbol_).replace(" ", "-")


_SUBJECT = re.compile(
    r"^(biểu quyết\s+)?(thông qua\s+)?(các\s+)?(dự thảo\s+)?nghị quyết\s+(của hội đồng nhân dân tỉnh\s+)?(về\s+(việc\s+)?)?",
    re.IGNORECASE,
)


def subject_of(title: str) -> str:
    """The subject (trích yếu) in an agenda's title: "Dự thảo Nghị quyết về kế hoạch …" -> "Kế hoạch …"."""
    subject = _SUBJECT.sub("", title.strip()).strip() or title.strip()
    return subject[:1].upper() + subject[1:]


def likely_kind(subject: str) -> str:
    """What a subject sounds like; the office decides. Normative ones lay down rules."""
    words = fold(subject)
    is_rule = words.startswith(("quy dinh", "ban hanh quy", "sua doi bo sung", "bai bo"))
    return NORMATIVE if is_rule else INDIVIDUAL
