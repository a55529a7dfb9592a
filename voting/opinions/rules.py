"""The arithmetic of an opinion poll, and its deadline in words. Plain values, no database.

The law says nothing of opinion polls outside a sitting: who carries, in how many days, when people are
reminded stands in the council's Working Regulations (dated settings `opinion_*`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from council.calendar import WorkingCalendar
from voting.rules import RULES, Issue, MajorityRule, base_of, tally, why

REGULATIONS = "Quy chế làm việc của Hội đồng nhân dân"
# Nobody is present at an opinion poll, and no ballot is invalid.
OPINION_RULES = {key: rule for key, rule in RULES.items() if rule.base in ("all", "in_office", "collected")}
CLOSING_HOUR = 17  # the end of an office day, offered as the time of the deadline
LONGEST = timedelta(days=90)


def tally_opinion(
    rule: MajorityRule, counts: Mapping[str, int], *, total: int, article: str = "", whole: int = 0
) -> dict:
    """The fields of `Result`: who did not answer is `silent`, and nobody is absent.

    `counts` gives answers by choice, `total` all members asked. A rule on the sheets that came back
    (`collected`) takes its share of the answers. Raises ValueError as voting.rules.tally does.
    """
    answered = sum(counts.values())
    fields = tally(RULES["majority_of_all"], counts, total=total, silent=total - answered, whole=whole)
    votes_for = fields["votes_for"]
    base = answered if rule.base == "collected" else base_of(rule, total=total, present=total, whole=whole)
    return fields | {
        "base": base,
        "needed": rule.needed(base),
        "passed": votes_for >= rule.needed(base),
        "why": why(rule, votes_for, base),
        "article": article or REGULATIONS,
    }


def usual_deadline(calendar: WorkingCalendar, start: date, working_days: int) -> date:
    """The day on which the council's number of working days after `start` (not counted) is over."""
    return calendar.add_working_days(start, max(1, working_days))


def deadline_words(
    calendar: WorkingCalendar,
    names: Mapping[date, str],
    *,
    start: date,
    closes_at: datetime,
    working_days: int,
    basis: str,
) -> str:
    """How a deadline (in council time) comes about, in words: working days, what lies off, the regulation.

    `names` gives a holiday's name by its day. A shorter time than usual is said, never barred.
    """
    day = closes_at.date()
    counted = max(0, calendar.working_days_between(start, day))
    off = [
        start + timedelta(days=n)
        for n in range(1, (day - start).days + 1)
        if (start + timedelta(days=n)).weekday() < 5 and not calendar.is_working_day(start + timedelta(days=n))
    ]
    words = f"{counted} ngày làm việc kể từ {start:%d/%m/%Y}, không tính thứ Bảy, Chủ nhật"
    if off:
        listed = {names.get(d, "ngày nghỉ") for d in off}
        words += f" và {', '.join(sorted(listed))} ({', '.join(f'{d:%d/%m}' for d in off)})"
    usual = usual_deadline(calendar, start, working_days)
    if day < usual:
        words += f". Ngắn hơn thời hạn thường lệ {working_days} ngày làm việc (đến {usual:%d/%m/%Y})"
    elif day > usual:
        words += f". Thời hạn thường lệ là {working_days} ngày làm việc (đến {usual:%d/%m/%Y})"
    return f"{words}. {basis.rstrip('.')}."


@dataclass(frozen=True)
class SendingFacts:
    """What is known when the office is about to send an opinion poll."""

    members: int
    closes_at: datetime
    now: datetime
    usual: date  # the last day by the council's own number of working days
    without_mail: Sequence[str] = ()
    papers: int = 0
    explanation: bool = False
    casting_from: datetime | None = None  # of a secret one
    few: int = 0  # below so many members a secret one may tell who chose what
    why_not_secret: str = ""


def issues_before_sending(facts: SendingFacts) -> list[Issue]:
    """What stands in the way of sending, or is worth a second look; the gravest first. One list for
    button and service."""
    found = []
    if not facts.members:
        found.append(Issue("empty_roll", "Cơ quan này chưa có thành viên nào là đại biểu.", blocking=True))
    if facts.closes_at <= facts.now:
        found.append(Issue("too_late", "Hạn trả lời đã qua. Hãy chọn hạn khác.", blocking=True))
    elif facts.casting_from and facts.casting_from <= facts.now:
        found.append(Issue("casting_too_early", "Ngày bắt đầu bỏ phiếu đã qua. Hãy chọn ngày khác.", blocking=True))
    if facts.why_not_secret:
        found.append(Issue("no_secret", facts.why_not_secret, blocking=True))
    if facts.casting_from and facts.members < facts.few:
        words = f"Chỉ có {facts.members} thành viên: kết quả phiếu kín có thể cho biết ai chọn thế nào."
        found.append(Issue("few_ballots", words))
    if facts.now < facts.closes_at and facts.closes_at.date() < facts.usual:
        words = f"Hạn trả lời ngắn hơn thời hạn thường lệ (đến {facts.usual:%d/%m/%Y})."
        found.append(Issue("short_deadline", words))
    if facts.without_mail:
        names = ", ".join(facts.without_mail)
        found.append(Issue("no_address", f"Không có thư điện tử, cần báo cách khác: {names}."))
    if not facts.papers and not facts.explanation:
        found.append(Issue("nothing_to_read", "Phiếu chưa có giải trình và tài liệu kèm theo."))
    return found


def may_close_early(answered: int, total: int) -> bool:
    """Whether nobody is left to answer, so that closing before the deadline needs no reason."""
    return total > 0 and answered >= total


def time_left(now: datetime, closes_at: datetime) -> str:
    """How long an answer can still be given, in one unit: "còn 5 ngày", "còn 3 giờ", "còn 20 phút"."""
    minutes = max(0, int((closes_at - now).total_seconds() // 60))
    if minutes >= 2 * 24 * 60:
        return f"còn {minutes // (24 * 60)} ngày"
    if minutes >= 2 * 60:
        return f"còn {minutes // 60} giờ"
    return f"còn {minutes} phút" if minutes else "sắp hết hạn"
