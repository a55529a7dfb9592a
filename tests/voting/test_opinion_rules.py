"""The arithmetic and the deadline of an opinion poll, in plain values."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from council.calendar import WorkingCalendar
from council.regulations import OPINION_MAJORITIES
from voting.opinions.rules import (
    OPINION_RULES,
    SendingFacts,
    deadline_words,
    issues_before_sending,
    may_close_early,
    tally_opinion,
    time_left,
    usual_deadline,
)
from voting.rules import RULES

NEW_YEAR = WorkingCalendar(holidays=frozenset({date(2027, 1, 1)}))


def test_the_settings_offer_exactly_the_rules_of_opinion_polls():
    assert {key for key, _label in OPINION_MAJORITIES} == set(OPINION_RULES)


@given(st.lists(st.sampled_from(["for", "against", "other"]), max_size=90), st.integers(0, 60), st.data())
def test_32_the_numbers_of_an_opinion_poll_add_up_to_the_roll(answers, missing, data):
    """Security 32: and nobody is absent."""
    rule = RULES[data.draw(st.sampled_from(sorted(OPINION_RULES)))]
    counts = {choice: answers.count(choice) for choice in set(answers)}

    found = tally_opinion(rule, counts, total=len(answers) + missing)

    assert found["votes_for"] + found["votes_against"] + found["votes_other"] + found["silent"] == found["total"]
    assert (found["absent"], found["silent"]) == (0, missing)
    assert found["passed"] == (found["votes_for"] >= found["needed"] > 0)


@pytest.mark.parametrize(
    ("rule", "votes_for", "passed", "needed"),
    [
        ("majority_of_all", 42, False, 43),
        ("majority_of_all", 43, True, 43),
        ("majority_of_collected", 31, True, 31),
        ("majority_of_collected", 30, False, 31),
        ("two_thirds_of_collected", 40, True, 40),
    ],
)
def test_a_rule_on_the_answers_takes_its_share_of_the_answers(rule, votes_for, passed, needed):
    answered = 60
    counts = {"for": votes_for, "against": answered - votes_for}

    found = tally_opinion(RULES[rule], counts, total=85)

    assert (found["passed"], found["needed"]) == (passed, needed)


def test_nothing_is_carried_by_no_answers():
    assert not tally_opinion(RULES["majority_of_collected"], {}, total=9)["passed"]


def test_a_deadline_counts_working_days_and_names_the_holidays_in_between():
    start = date(2026, 12, 29)  # a Tuesday
    due = usual_deadline(NEW_YEAR, start, 5)

    words = deadline_words(
        NEW_YEAR, {date(2027, 1, 1): "Tết Dương lịch"}, start=start,
        closes_at=datetime(2027, 1, 6, 17), working_days=5, basis="Điều 18 Quy chế làm việc.",
    )  # fmt: skip

    assert due == date(2027, 1, 6)
    assert words == (
        "5 ngày làm việc kể từ 29/12/2026, không tính thứ Bảy, Chủ nhật và Tết Dương lịch (01/01). "
        "Điều 18 Quy chế làm việc."
    )


def test_a_shorter_deadline_is_said_and_bars_nothing():
    words = deadline_words(
        WorkingCalendar(), {}, start=date(2026, 11, 23), closes_at=datetime(2026, 11, 25, 17), working_days=5, basis="QC"
    )
    issues = issues_before_sending(
        SendingFacts(members=5, closes_at=datetime(2026, 11, 25, 17), now=datetime(2026, 11, 23), usual=date(2026, 11, 30))
    )

    assert "Ngắn hơn thời hạn thường lệ 5 ngày làm việc (đến 30/11/2026)" in words
    assert [(i.code, i.blocking) for i in issues] == [("short_deadline", False), ("nothing_to_read", False)]


def test_an_empty_body_and_a_past_deadline_bar_the_sending():
    issues = issues_before_sending(
        SendingFacts(members=0, closes_at=datetime(2026, 11, 23), now=datetime(2026, 11, 23), usual=date(2026, 11, 30))
    )

    assert [i.code for i in issues if i.blocking] == ["empty_roll", "too_late"]


def test_only_when_nobody_is_left_may_it_end_without_a_reason():
    assert may_close_early(7, 7)
    assert not may_close_early(6, 7)
    assert not may_close_early(0, 0)


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=6, hours=1), "còn 6 ngày"),
        (timedelta(hours=47, minutes=59), "còn 47 giờ"),
        (timedelta(minutes=119), "còn 119 phút"),
        (timedelta(seconds=30), "sắp hết hạn"),
        (timedelta(hours=-1), "sắp hết hạn"),
    ],
)
def test_the_time_left_is_told_in_one_unit(left, words):
    now = datetime(2026, 11, 25, 9)

    assert time_left(now, now + left) == words
