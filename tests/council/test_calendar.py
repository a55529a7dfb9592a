"""Working days: weekends, Vietnamese holidays and make-up days (Labour Code art. 112)."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from council.calendar import WorkingCalendar, working_calendar
from council.models import CalendarDay
from voters.rules import explain_due, standing

_DAYS = json.loads((Path(__file__).parents[1] / "data" / "lich-nghi.json").read_text())
NAMES = {date.fromisoformat(row["date"]): row["name"] for row in _DAYS["holidays"]}
CALENDAR = WorkingCalendar(
    holidays=frozenset(NAMES),
    make_up_days=frozenset(date.fromisoformat(row["date"]) for row in _DAYS["make_up"]),
)


def test_nobody_works_over_tet_2026():
    """The ninth to the seventeenth day: 14 to 22 February, with both weekends."""
    days = [date(2026, 2, 14) + timedelta(days=n) for n in range(9)]

    assert [day for day in days if CALENDAR.is_working_day(day)] == []
    assert CALENDAR.is_working_day(date(2026, 2, 13))
    assert CALENDAR.is_working_day(date(2026, 2, 23))
    assert CALENDAR.add_working_days(date(2026, 2, 13), 1) == date(2026, 2, 23)


@pytest.mark.parametrize("day", [date(2026, 8, 31), date(2026, 9, 1), date(2026, 9, 2)])
def test_nobody_works_over_national_day_2026(day):
    assert not CALENDAR.is_working_day(day)


@pytest.mark.parametrize("day", [date(2026, 1, 10), date(2026, 8, 22)])
def test_a_make_up_saturday_is_worked(day):
    assert day.weekday() == 5
    assert CALENDAR.is_working_day(day)
    assert not CALENDAR.is_working_day(day + timedelta(days=1))


def test_the_swapped_day_off_is_not_worked():
    assert not CALENDAR.is_working_day(date(2026, 1, 2))
    assert CALENDAR.add_working_days(date(2025, 12, 31), 1) == date(2026, 1, 5)


def test_a_make_up_day_counts_towards_a_due_date():
    assert CALENDAR.add_working_days(date(2026, 1, 9), 1) == date(2026, 1, 10)
    assert CALENDAR.add_working_days(date(2026, 8, 21), 6) == date(2026, 8, 28)


def test_a_holiday_on_a_weekend_is_made_good_on_the_next_working_day():
    """Hùng Kings' day 2026 falls on a Sunday; Monday is off."""
    assert not CALENDAR.is_working_day(date(2026, 4, 27))


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        (date(2026, 11, 2), 30, date(2026, 12, 15)),  # with 24 November off
        (date(2026, 11, 23), 22, date(2026, 12, 24)),
        (date(2026, 2, 13), 5, date(2026, 2, 27)),
        (date(2026, 4, 24), 3, date(2026, 5, 4)),  # 27 and 30 April, 1 May off
        (date(2026, 12, 31), 1, date(2027, 1, 4)),
        (date(2026, 12, 5), 1, date(2026, 12, 7)),  # from a Saturday
    ],
)
def test_due_dates(start, count, due):
    assert CALENDAR.add_working_days(start, count) == due


@pytest.mark.parametrize("count", [1, 5, 22, 30, 66, 250])
@pytest.mark.parametrize("start", [date(2025, 12, 20), date(2026, 2, 12), date(2026, 8, 20), date(2026, 11, 23)])
def test_the_sum_of_a_due_date_adds_up(start, count):
    due = explain_due(CALENDAR, NAMES, start, count)

    off = due.weekend_days + sum(days for _name, days in due.holidays)
    assert due.working_days + off == (due.due - due.start).days
    assert CALENDAR.working_days_between(start, due.due) == count


def test_between_is_the_counterpart_of_adding():
    start = date(2026, 1, 1)
    for count in range(1, 200):
        due = CALENDAR.add_working_days(start, count)
        assert CALENDAR.working_days_between(start, due) == count
        assert CALENDAR.working_days_between(due, start) == -count


def test_the_due_day_itself_is_on_time():
    due = date(2026, 12, 15)

    assert standing(CALENDAR, due, due, None).kind == "waiting"
    assert standing(CALENDAR, due, due + timedelta(days=1), None) == standing(
        CALENDAR, due, date(2026, 12, 16), None
    )
    assert standing(CALENDAR, due, date(2026, 12, 16), None).kind == "overdue"
    assert standing(CALENDAR, due, date(2026, 12, 30), due).kind == "on_time"
    assert standing(CALENDAR, due, date(2026, 12, 30), date(2026, 12, 17)).days == 2


def test_late_by_a_weekend_is_late_by_a_day():
    friday = date(2026, 12, 11)

    assert (
        standing(CALENDAR, friday, date(2026, 12, 12), None).days,
        standing(CALENDAR, friday, friday, None).days,
    ) == (1, 0)


def test_a_council_keeps_its_own_calendar(council, other_council):
    CalendarDay.objects.create(
        council=council, date=date(2026, 11, 24), kind="holiday", name="Ngày Văn hóa Việt Nam"
    )
    CalendarDay.objects.create(council=council, date=date(2026, 11, 28), kind="make_up", name="Làm bù")

    mine, theirs = working_calendar(council), working_calendar(other_council)

    assert (mine.is_working_day(date(2026, 11, 24)), theirs.is_working_day(date(2026, 11, 24))) == (False, True)
    assert (mine.is_working_day(date(2026, 11, 28)), theirs.is_working_day(date(2026, 11, 28))) == (True, False)
