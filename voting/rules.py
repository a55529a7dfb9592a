"""The arithmetic of a vote: majorities, quorum, the result and the words why. Integers only, no database.

The sentences of this file are kept with the result as a record, in the language of the council, so
they are not translated with the reader's screen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

FOR, AGAINST, OTHER = "for", "against", "other"
CHOICES = (FOR, AGAINST, OTHER)
LAW = "Luật Tổ chức chính quyền địa phương số 72/2025/QH15"


@dataclass(frozen=True)
class Entitled:
    """One delegate of the roll, as the room above knows him or her when the vote opens."""

    delegate_id: int
    name: str
    seat: str = ""
    group: str = ""
    is_present: bool = False


@dataclass(frozen=True)
class Asked:
    """One of several questions put together: the words, the rule that decides it, the text by its SHA-256."""

    question: str
    rule: str = "majority_of_all"
    text_name: str = ""
    text_digest: str = ""


@dataclass(frozen=True)
class Named:
    """One person on the sheet of a secret vote: the name, the post, and as which delegate, if one."""

    name: str
    note: str = ""
    delegate_id: int | None = None


@dataclass(frozen=True)
class MajorityRule:
    """How many votes in favour carry a text: a share of a base, exactly reached or exceeded."""

    key: str
    label: str
    numerator: int
    denominator: int
    exceeded: bool  # "more than" the share; else "at least" the share
    base: str  # what the share is taken of: a key of BASES
    article: str

    @property
    def of_present(self) -> bool:
        return self.base == "present"

    def needed(self, base: int) -> int:
        """Votes in favour that carry the text, out of `base` delegates; never fewer than one.

        Law 72/2025/QH15 art. 35.2: 83 delegates -> 42 (more than half), 56 (at least two thirds).
        """
        share, rest = divmod(base * self.numerator, self.denominator)
        if self.exceeded or rest:
            share += 1
        return max(1, share)

    @property
    def words(self) -> str:
        """The threshold in words, to be followed by a number: "quá nửa tổng số đại biểu"."""
        shares = {(1, 2): "nửa", (2, 3): "hai phần ba"}
        share = shares[self.numerator, self.denominator]
        how = "quá" if self.exceeded else "ít nhất"
        return f"{how} {share} {base_words(self.base)}"


BASES = {
    "all": "tổng số đại biểu",
    "in_office": "tổng số đại biểu đương nhiệm",
    "present": "số đại biểu có mặt",
    "collected": "số phiếu thu về",
    "valid": "số phiếu hợp lệ",
}


def base_words(base: str) -> str:
    """The base of a majority in words."""
    return BASES[base]


_BY_REGULATIONS = "Quy chế làm việc của Hội đồng nhân dân"
RULES: dict[str, MajorityRule] = {
    rule.key: rule
    for rule in (
        MajorityRule(
            "majority_of_all",
            "Quá nửa tổng số đại biểu",
            1,
            2,
            exceeded=True,
            base="all",
            article=f"Khoản 2 Điều 35 {LAW}",
        ),
        MajorityRule(
            "two_thirds_of_all",
            "Ít nhất hai phần ba tổng số đại biểu",
            2,
            3,
            exceeded=False,
            base="all",
            article=f"Khoản 2 Điều 35 {LAW}",
        ),
        MajorityRule(
            "two_thirds_in_office",
            "Quá hai phần ba tổng số đại biểu đương nhiệm",
            2,
            3,
            exceeded=True,
            base="in_office",
            article=f"Điểm b khoản 2 Điều 49 {LAW}",
        ),
        MajorityRule(
            "majority_of_present",
            "Quá nửa số đại biểu có mặt",
            1,
            2,
            exceeded=True,
            base="present",
            article=_BY_REGULATIONS,
        ),
        MajorityRule(
            "two_thirds_of_present",
            "Ít nhất hai phần ba số đại biểu có mặt",
            2,
            3,
            exceeded=False,
            base="present",
            article=_BY_REGULATIONS,
        ),
        MajorityRule(
            "majority_of_collected",
            "Quá nửa số phiếu thu về",
            1,
            2,
            exceeded=True,
            base="collected",
            article=_BY_REGULATIONS,
        ),
        MajorityRule(
            "two_thirds_of_collected",
            "Ít nhất hai phần ba số phiếu thu về",
            2,
            3,
            exceeded=False,
            base="collected",
            article=_BY_REGULATIONS,
        ),
        MajorityRule(
            "majority_of_valid",
            "Quá nửa số phiếu hợp lệ",
            1,
            2,
            exceeded=True,
            base="valid",
            article=_BY_REGULATIONS,
        ),
        MajorityRule(
            "two_thirds_of_valid",
            "Ít nhất hai phần ba số phiếu hợp lệ",
            2,
            3,
            exceeded=False,
            base="valid",
            article=_BY_REGULATIONS,
        ),
    )
}


QUESTIONS_MOST = 20  # put together in one poll: what a tablet can show and a hall can follow


def is_on_ballot(choice: str, asks: int = 1) -> bool:
    """Whether a choice answers a ballot of an open vote.

    For one question "for", "against" or "other". For several one place each, in their order, joined by
    commas: "for,,against" leaves the second question unanswered. At least one place is filled.
    """
    if asks == 1:
        return choice in CHOICES
    places = choice.split(",")
    return len(places) == asks and any(places) and all(place in ("", *CHOICES) for place in places)


def by_question(counts: Mapping[str, int], asks: int) -> list[dict[str, int]]:
    """The votes of a poll, counted by whole choice ("for,against": 31), apart for each question.

    The key "" counts those who voted but left that question unanswered.
    """
    found: list[dict[str, int]] = [{} for _place in range(asks)]
    for choice, n in counts.items():
        for place, said in enumerate(choice.split(",") if asks > 1 else [choice]):
            found[place][said] = found[place].get(said, 0) + n
    return found


# An open vote knows no ballots that are collected or invalid.
OPEN_RULES = {key: rule for key, rule in RULES.items() if rule.base in ("all", "in_office", "present")}


def tally(
    rule: MajorityRule,
    counts: Mapping[str, int],
    *,
    total: int,
    silent: int,
    article: str = "",
    whole: int = 0,
) -> dict:
    """The result of an open vote: the fields of `Result`, counted and never typed.

    `counts` gives votes by choice, `total` all delegates on the roll, `silent` those present at the
    close who did not vote. Who voted and left counts among those present. `whole` is the number of
    delegates that the council reckons "tổng số đại biểu" by, where that is more than stand on the roll.
    Raises ValueError when the numbers cannot belong to one roll, or a choice is unknown.
    """
    if set(counts) - set(CHOICES):
        raise ValueError(f"unknown choices: {sorted(set(counts) - set(CHOICES))}")
    votes = {choice: counts.get(choice, 0) for choice in CHOICES}
    present = sum(votes.values()) + silent
    absent = total - present
    if absent < 0 or silent < 0 or min(votes.values()) < 0:
        raise ValueError("more delegates took part than stand on the roll")
    base = base_of(rule, total=total, present=present, whole=whole)
    needed = rule.needed(base)
    passed = votes[FOR] >= needed
    return {
        "votes_for": votes[FOR],
        "votes_against": votes[AGAINST],
        "votes_other": votes[OTHER],
        "silent": silent,
        "absent": absent,
        "total": total,
        "present": present,
        "base": base,
        "needed": needed,
        "passed": passed,
        "why": why(rule, votes[FOR], base),
        "article": article or rule.article,
    }


def base_of(rule: MajorityRule, *, total: int, present: int, whole: int = 0) -> int:
    """The number that a rule of an open vote takes its share of."""
    return {"all": max(total, whole), "in_office": total, "present": present}[rule.base]


def why(rule: MajorityRule, votes_for: int, base: int) -> str:
    """Why a vote passed or failed, in one line."""
    return (
        f"Cần {rule.words}: từ {rule.needed(base)}/{base}. "
        f"Đạt {votes_for}/{base}, bằng {percent(votes_for, base)}."
    )


def percent(part: int, whole: int) -> str:
    """A share as a Vietnamese percentage with at most two decimals, half rounded up: "83,53%".

    A share short of the whole is never shown as "100%", nor one above nothing as "0%".
    """
    if whole <= 0:
        return "0%"
    hundredths = (part * 20000 + whole) // (2 * whole)
    if part < whole:
        hundredths = min(hundredths, 9999)
    if part > 0:
        hundredths = max(hundredths, 1)
    units, rest = divmod(hundredths, 100)
    decimals = f"{rest:02d}".rstrip("0")
    return f"{units},{decimals}%" if decimals else f"{units}%"


@dataclass(frozen=True)
class Quorum:
    """Whether enough delegates are present; the share is the council's own regulation."""

    present: int
    total: int
    fraction: str
    needed: int

    @property
    def is_quorate(self) -> bool:
        return self.present >= self.needed

    @property
    def words(self) -> str:
        verdict = "đủ điều kiện họp" if self.is_quorate else "chưa đủ điều kiện họp"
        return f"Có mặt {self.present}/{self.total}, {verdict} (cần {self.needed})"


def quorum(present: int, total: int, fraction: str = "2/3") -> Quorum:
    """The quorum of a meeting: at least `fraction` of all delegates ("2/3"), never fewer than one."""
    numerator, _, denominator = fraction.partition("/")
    needed = max(1, -(-total * int(numerator) // int(denominator)))
    return Quorum(present, total, fraction, needed)


def is_quorate(present: int, total: int, fraction: str = "2/3") -> bool:
    return quorum(present, total, fraction).is_quorate


@dataclass(frozen=True)
class OpeningFacts:
    """What is known when a chair is about to open a vote."""

    rule: MajorityRule
    entitled: int
    present: int
    quorum_fraction: str = "2/3"
    has_text: bool = True  # the version voted on is tied to the poll by its digest
    other_poll_open: bool = False
    whole: int = 0  # delegates that "tổng số đại biểu" is reckoned by, where more than stand on the roll
    months_left: int | None = None  # of the term, as far as it is known
    is_secret: bool = False
    nominees: int = 0
    seats: int = 0  # how many an election fills; 0 for every other kind
    has_tellers: bool = True
    tellers_on_sheet: tuple[str, ...] = ()  # tellers who stand on the sheet themselves
    few_ballots: int = 5
    box_lacks: str = ""  # what a secret vote on tablets still lacks, in words


@dataclass(frozen=True)
class Issue:
    """Something the chair should know before opening; only a `blocking` one keeps the vote shut."""

    code: str
    words: str
    blocking: bool = False


def months_between(day: date, end: date | None) -> int | None:
    """Whole months from a day to the end of a term, never below zero; None when the end is not known."""
    if end is None:
        return None
    months = (end.year - day.year) * 12 + end.month - day.month - (end.day < day.day)
    return max(0, months)


def art_49_holds(in_office: int, whole: int, months_left: int | None) -> bool:
    """Whether decisions need more than two thirds of the delegates in office.

    Law 72/2025/QH15 art. 49.2b: fewer than two thirds of the seats are filled and at most 18 months of
    the term remain. False where the number of seats or the end of the term is not known.
    """
    return months_left is not None and months_left <= 18 and 3 * in_office < 2 * whole


def issues_before_opening(facts: OpeningFacts) -> list[Issue]:
    """What stands in the way of a vote, or makes it void of sense; the gravest first.

    The quorum of a meeting stands in the council's regulations, no longer in the law: its lack is
    told and does not bar the vote. Button and service use this one list.
    """
    found = []
    if facts.other_poll_open:
        words = "Phòng họp này đang có một cuộc biểu quyết khác."
        found.append(Issue("other_poll_open", words, blocking=True))
    if facts.entitled == 0:
        found.append(Issue("empty_roll", "Danh sách biểu quyết chưa có ai.", blocking=True))
        return found
    if facts.present == 0:
        found.append(Issue("nobody_present", "Chưa có đại biểu nào điểm danh.", blocking=True))
        return found
    if facts.is_secret:
        found += _issues_of_sheet(facts)
    seats = quorum(facts.present, facts.entitled, facts.quorum_fraction)
    if not seats.is_quorate:
        found.append(Issue("no_quorum", f"{seats.words}."))
    if facts.rule.base in ("all", "in_office", "present"):
        needed = facts.rule.needed(
            base_of(facts.rule, total=facts.entitled, present=facts.present, whole=facts.whole)
        )
        if facts.present < needed:
            words = f"Có mặt {facts.present} đại biểu, ít hơn {needed} phiếu tán thành cần có để thông qua."
            found.append(Issue("cannot_pass", words))
    if facts.rule.base != "in_office" and art_49_holds(facts.entitled, facts.whole, facts.months_left):
        words = (
            f"Còn {facts.entitled}/{facts.whole} đại biểu và nhiệm kỳ còn {facts.months_left} tháng: theo điểm b "
            "khoản 2 Điều 49, cần quá hai phần ba tổng số đại biểu đương nhiệm."
        )
        found.append(Issue("art_49", words))
    if not facts.is_secret and not facts.has_text:
        found.append(Issue("no_text", "Chưa gắn văn bản được biểu quyết."))
    return found


def _issues_of_sheet(facts: OpeningFacts) -> list[Issue]:
    found = []
    if not facts.has_tellers:
        words = "Chưa có Ban kiểm phiếu. Hãy biểu quyết thông qua Ban kiểm phiếu trước."
        found.append(Issue("no_tellers", words, blocking=True))
    if facts.nominees == 0:
        found.append(Issue("no_nominees", "Danh sách trên phiếu chưa có ai.", blocking=True))
    if facts.seats > facts.nominees:
        words = f"Bầu {facts.seats} người nhưng danh sách chỉ có {facts.nominees} người."
        found.append(Issue("too_few_nominees", words, blocking=True))
    if facts.tellers_on_sheet:
        names = ", ".join(facts.tellers_on_sheet)
        words = f"Người trong danh sách không ở trong Ban kiểm phiếu: {names}."
        found.append(Issue("teller_on_sheet", words, blocking=True))
    if facts.box_lacks:
        found.append(Issue("box_lacks", facts.box_lacks, blocking=True))
    if facts.present < facts.few_ballots:
        words = f"Chỉ có {facts.present} đại biểu có mặt: kết quả phiếu kín có thể cho biết ai chọn thế nào."
        found.append(Issue("few_ballots", words))
    return found
