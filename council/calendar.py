"""Working days: weekends, Vietnamese holidays and make-up days (Labour Code art. 112).

Pure functions over plain dates; `working_calendar(council)` reads the council's own calendar.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from council.models import CalendarDay, Council

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class WorkingCalendar:
    """Days off besides Saturday and Sunday, and weekend days that are worked."""

    holidays: frozenset[date] = frozenset()
    make_up_days: frozenset[date] = frozenset()

    def is_working_day(self, day: date) -> bool:
        if day in self.make_up_days:
            return True
        return day.weekday() < 5 and day not in self.holidays

    def add_working_days(self, start: date, count: int) -> date:
        """The day on which `count` working days after `start` are over; `start` is not counted."""
        day = start
        while count > 0:
            day += ONE_DAY
            if self.is_working_day(day):
                count -= 1
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after `start` up to and with `end`; negative when `end` lies before `start`."""
        if end < start:
            return -self.working_days_between(end, start)
        days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
        return sum(self.is_working_day(day) for day in days)


def working_calendar(council: Council) -> WorkingCalendar:
    """The calendar of a council as its office keeps it."""
    rows = council.calendar_days.values_list("date", "kind")
    return WorkingCalendar(
        holidays=frozenset(d for d, kind in rows if kind == CalendarDay.Kind.HOLIDAY),
        make_up_days=frozenset(d for d, kind in rows if kind == CalendarDay.Kind.MAKE_UP),
    )
