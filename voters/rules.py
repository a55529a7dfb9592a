"""Due dates and how they come about, in plain values (Working Regulations of the council).

No national number of days exists for a reply to a voters' petition; each council sets its own
(`petition_reply_working_days`). A day counts when the council's calendar says that it is worked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from council.calendar import WorkingCalendar


@dataclass(frozen=True)
class DueDate:
    """A due day and what lies between: counted working days, weekend days, holidays, make-up days."""

    start: date
    working_days: int
    due: date
    weekend_days: int
    holidays: tuple[tuple[str, int], ...]  # (name, weekdays off), in the order of the calendar
    make_up_days: tuple[date, ...]  # weekend days that were worked and so count


def explain_due(
    calendar: WorkingCalendar, names: Mapping[date, str], start: date, working_days: int, due: date | None = None
) -> DueDate:
    """The due date `working_days` after `start` (not counted) and every day left out on the way.

    `names` gives a holiday's name by its day. With `due` given (a stored date) the way to it is told.
    The parts add up: working days + weekend days + holidays = calendar days from start to due.
    """
    due = due or calendar.add_working_days(start, working_days)
    weekend, made_up, off = 0, [], {}
    for n in range(1, (due - start).days + 1):
        day = start + timedelta(days=n)
        if calendar.is_working_day(day):
            if day.weekday() >= 5:
                made_up.append(day)
        elif day.weekday() >= 5:
            weekend += 1
        else:
            name = names.get(day, "")
            off[name] = off.get(name, 0) + 1
    return DueDate(start, working_days, due, weekend, tuple(off.items()), tuple(made_up))


@dataclass(frozen=True)
class Standing:
    """Where a referral stands against its due date; `days` are working days, never negative."""

    kind: str  # "waiting", "overdue", "on_time", "late"
    days: int

    @property
    def is_late(self) -> bool:
        return self.kind in ("overdue", "late")


def standing(calendar: WorkingCalendar, due: date, today: date, sent: date | None) -> Standing:
    """Overdue and late are computed, never stored: the due day itself is still on time."""
    if sent is not None:
        late = calendar.working_days_between(due, sent)
        return Standing("late", max(1, late)) if sent > due else Standing("on_time", 0)
    if today > due:
        return Standing("overdue", max(1, calendar.working_days_between(due, today)))
    return Standing("waiting", calendar.working_days_between(today, due))


def similarity(left: str, right: str) -> float:
    """How much two folded texts share, 0 to 1: common words against all words (Jaccard)."""
    a, b = set(left.split()), set(right.split())
    return len(a & b) / len(a | b) if a and b else 0.0
