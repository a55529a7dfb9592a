"""What tellers count and what follows from it: elections, dismissal, removal, confidence. Integers only.

A sheet names persons (nominees). Ballots are handed out (phát ra), collected (thu về), and are valid,
blank or invalid. The sentences are kept with the outcome as a record, in the language of the council.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from voting.rules import MajorityRule, base_words, percent

ELECTION, DISMISSAL, REMOVAL = "election", "dismissal", "removal"
RATING, CONFIDENCE = "rating", "confidence"
OPINION = "opinion"  # a question asked in secret outside a sitting; its one "nominee" is the question
CHOICES_ON_SHEET: dict[str, tuple[str, ...]] = {
    ELECTION: ("for",),
    DISMISSAL: ("for", "against"),
    REMOVAL: ("for", "against"),
    RATING: ("high", "middle", "low"),
    CONFIDENCE: ("trust", "distrust"),
    OPINION: ("for", "against", "other"),
}
LABELS_ON_SHEET = {
    ELECTION: {"for": "Bầu"},
    DISMISSAL: {"for": "Đồng ý miễn nhiệm", "against": "Không đồng ý miễn nhiệm"},
    REMOVAL: {"for": "Đồng ý bãi nhiệm", "against": "Không đồng ý bãi nhiệm"},
    RATING: {"high": "Tín nhiệm cao", "middle": "Tín nhiệm", "low": "Tín nhiệm thấp"},
    CONFIDENCE: {"trust": "Tín nhiệm", "distrust": "Không tín nhiệm"},
    OPINION: {"for": "Tán thành", "against": "Không tán thành", "other": "Ý kiến khác"},
}
FEW_BALLOTS = 5  # below it a secret result may tell who chose what (security 45)


@dataclass(frozen=True)
class Sheets:
    """What the tellers wrote down. `figures` gives for each nominee's key the number of each choice."""

    handed_out: int
    collected: int
    valid: int
    blank: int
    invalid: int
    figures: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """What a secret vote says of one person."""

    nominee: str
    figures: dict[str, int]
    base: int
    needed: int
    verdict: str  # a key of VERDICTS
    why: str


VERDICTS = {
    "elected": "Trúng cử",
    "not_elected": "Không trúng cử",
    "tied": "Bằng phiếu, bầu lại",
    "passed": "Được thông qua",
    "not_passed": "Không được thông qua",
    "kept": "Đủ tín nhiệm",
    "may_resign": "Có thể xin từ chức",
    "dismissal_proposed": "Đề nghị miễn nhiệm",
    "distrusted": "Không được tín nhiệm",
}
GOOD = {"elected", "passed", "kept"}


def faults_in(kind: str, sheets: Sheets, *, nominees: Sequence[str], seats: int, present: int) -> list[str]:
    """Everything in a count that cannot be, in words; an empty list when the numbers fit together.

    `nominees` are the keys on the sheet, `seats` how many a ballot may choose at an election,
    `present` the delegates in the hall. Refuses rather than repairs: tellers count again.
    """
    numbers = [sheets.handed_out, sheets.collected, sheets.valid, sheets.blank, sheets.invalid]
    choices = CHOICES_ON_SHEET[kind]
    if set(sheets.figures) != set(nominees):
        return ["Phải có số phiếu của từng người trong danh sách, không thừa, không thiếu."]
    for row in sheets.figures.values():
        if set(row) != set(choices):
            return ["Phải có số phiếu của từng mức trên phiếu."]
        numbers += row.values()
    if any(not isinstance(n, int) or isinstance(n, bool) or n < 0 for n in numbers):
        return ["Mỗi ô là một số nguyên từ 0 trở lên."]

    faults = []
    if sheets.handed_out > present:
        faults.append(f"Số phiếu phát ra ({sheets.handed_out}) nhiều hơn số đại biểu có mặt ({present}).")
    if sheets.collected > sheets.handed_out:
        faults.append(f"Số phiếu thu về ({sheets.collected}) nhiều hơn số phiếu phát ra ({sheets.handed_out}).")
    parts = sheets.valid + sheets.blank + sheets.invalid
    if parts != sheets.collected:
        faults.append(
            f"Hợp lệ, phiếu trắng và không hợp lệ cộng lại là {parts}, không bằng số phiếu thu về "
            f"({sheets.collected})."
        )
    for place, key in enumerate(nominees, 1):
        marked = sum(sheets.figures[key].values())
        if marked > sheets.valid:
            faults.append(f"Người thứ {place}: {marked} phiếu, nhiều hơn số phiếu hợp lệ ({sheets.valid}).")
    if kind == ELECTION:
        chosen = sum(row["for"] for row in sheets.figures.values())
        if chosen > sheets.valid * seats:
            faults.append(
                f"Tổng số lượt bầu ({chosen}) nhiều hơn {sheets.valid} phiếu hợp lệ nhân với {seats} người được bầu."
            )
        if chosen < sheets.valid:
            faults.append(
                f"Tổng số lượt bầu ({chosen}) ít hơn số phiếu hợp lệ ({sheets.valid}): "
                "phiếu không bầu ai là phiếu trắng."
            )
    return faults


def telling(sheets: Sheets, names: Mapping[str, str], few: int) -> str:
    """Why the figures of a secret vote say who chose what, in words for the chair; empty when they do not.

    Few ballots, or all alike about a person: then everybody knows of everybody (security 45).
    """
    if sheets.collected < few:
        return f"Chỉ có {sheets.collected} phiếu: con số có thể cho biết ai chọn thế nào."
    alike = [names[key] for key, row in sheets.figures.items() if sheets.collected in row.values()]
    if alike:
        return f"Mọi phiếu chọn như nhau về {', '.join(alike)}: công bố là cho biết ai chọn thế nào."
    return ""


def base_of(rule: MajorityRule, *, total: int, present: int, sheets: Sheets) -> int:
    """The number that a majority is reckoned against."""
    return {
        "all": total,
        "in_office": total,
        "present": present,
        "collected": sheets.collected,
        "valid": sheets.valid,
    }[rule.base]


def outcomes(
    kind: str,
    sheets: Sheets,
    *,
    nominees: Sequence[str],
    seats: int,
    rule: MajorityRule,
    second_rule: MajorityRule | None = None,
    total: int,
    present: int,
) -> list[Line]:
    """What the count says of each nominee, in the order of the sheet.

    Election: who reaches the majority is elected, the most votes first, as far as there are seats; a tie
    for the last seat elects none of those tied. Rating: `rule` is the share of low ratings from which a
    person may resign, `second_rule` the share from which the dismissal is proposed. Confidence: `rule`
    is the share of distrust. Law 72/2025/QH15 art. 36 and the council's dated settings.
    """
    base = base_of(rule, total=total, present=present, sheets=sheets)
    needed = rule.needed(base)
    rows = {key: dict(sheets.figures[key]) for key in nominees}
    if kind == ELECTION:
        verdicts = _elected({key: row["for"] for key, row in rows.items()}, needed, seats)
        lead = "for"
    elif kind in (DISMISSAL, REMOVAL, OPINION):
        verdicts = {key: "passed" if row["for"] >= needed else "not_passed" for key, row in rows.items()}
        lead = "for"
    elif kind == CONFIDENCE:
        verdicts = {key: "distrusted" if row["distrust"] >= needed else "kept" for key, row in rows.items()}
        lead = "distrust"
    else:
        graver = (second_rule or rule).needed(base)
        verdicts = {key: _rated(row["low"], needed, graver) for key, row in rows.items()}
        lead = "low"
    label = LABELS_ON_SHEET[kind][lead]
    return [
        Line(key, row, base, needed, verdicts[key], _why(label, row[lead], rule, base, needed))
        for key, row in rows.items()
    ]


def _elected(votes: dict[str, int], needed: int, seats: int) -> dict[str, str]:
    reached = sorted((n for n in votes.values() if n >= needed), reverse=True)
    verdicts = {}
    for key, n in votes.items():
        if n < needed:
            verdicts[key] = "not_elected"
        elif sum(other > n for other in reached) >= seats:
            verdicts[key] = "not_elected"
        elif sum(other >= n for other in reached) > seats:
            verdicts[key] = "tied"
        else:
            verdicts[key] = "elected"
    return verdicts


def _rated(low: int, may_resign: int, proposed: int) -> str:
    if low >= proposed:
        return "dismissal_proposed"
    return "may_resign" if low >= may_resign else "kept"


def _why(label: str, n: int, rule: MajorityRule, base: int, needed: int) -> str:
    return f"{label}: {n}/{base}, bằng {percent(n, base)} {base_words(rule.base)}; cần từ {needed}."


def seats_left(verdicts: Sequence[str], seats: int) -> int:
    """How many of the seats an election has not filled: what a second round is held for."""
    return max(0, seats - sum(verdict == "elected" for verdict in verdicts))


def default_rules() -> dict[str, str]:
    """The setting of the council that gives the rule of each kind of secret vote."""
    return {kind: f"{kind}_rule" for kind in CHOICES_ON_SHEET}
