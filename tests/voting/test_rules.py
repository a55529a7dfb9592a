"""Majorities, quorum and results: integers, tables, and the words why."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voting.rules import (
    CHOICES,
    OPEN_RULES,
    RULES,
    OpeningFacts,
    issues_before_opening,
    percent,
    quorum,
    tally,
)

COUNCILS = range(1, 501)
TABLE = [  # delegates, more than half, at least two thirds
    (1, 1, 1),
    (2, 2, 2),
    (3, 2, 2),
    (4, 3, 3),
    (15, 8, 10),
    (30, 16, 20),
    (50, 26, 34),
    (83, 42, 56),
    (84, 43, 56),
    (85, 43, 57),
    (125, 63, 84),
    (500, 251, 334),
]


@pytest.mark.parametrize(("delegates", "half", "two_thirds"), TABLE)
def test_thresholds_are_those_of_the_law(delegates, half, two_thirds):
    assert RULES["majority_of_all"].needed(delegates) == half
    assert RULES["majority_of_present"].needed(delegates) == half
    assert RULES["two_thirds_of_all"].needed(delegates) == two_thirds
    assert RULES["two_thirds_of_present"].needed(delegates) == two_thirds


@pytest.mark.parametrize("key", RULES)
def test_33_majorities_are_exact_for_every_council_of_1_to_500(key):
    """Security 33: the smallest number that carries is the smallest that satisfies the fraction itself."""
    rule = RULES[key]
    share = Fraction(rule.numerator, rule.denominator)
    for base in COUNCILS:
        carries = [n for n in range(base + 2) if (n > share * base if rule.exceeded else n >= share * base)]
        assert rule.needed(base) == carries[0], base


@pytest.mark.parametrize("key", OPEN_RULES)
def test_33_one_vote_less_fails_and_the_threshold_passes(key):
    rule = RULES[key]
    for base in COUNCILS:
        needed = rule.needed(base)
        if needed > base:
            continue
        at = tally(rule, {"for": needed, "against": base - needed}, total=base, silent=0)
        below = tally(rule, {"for": needed - 1, "against": base - needed + 1}, total=base, silent=0)
        assert (at["passed"], below["passed"]) == (True, False), base


def test_a_tie_fails():
    result = tally(RULES["majority_of_all"], {"for": 42, "against": 42}, total=84, silent=0)

    assert result["passed"] is False


def test_absent_delegates_count_in_the_base_of_the_total():
    result = tally(RULES["majority_of_all"], {"for": 42}, total=85, silent=0)

    assert (result["passed"], result["needed"], result["absent"]) == (False, 43, 43)


def test_the_same_votes_pass_when_the_base_is_those_present():
    result = tally(RULES["majority_of_present"], {"for": 42}, total=85, silent=0)

    assert (result["passed"], result["needed"], result["present"]) == (True, 22, 42)


def test_nobody_present_passes_nothing():
    for rule in OPEN_RULES.values():
        assert tally(rule, {}, total=85, silent=0)["passed"] is False


def test_the_words_say_why_it_passed():
    result = tally(RULES["majority_of_all"], {"for": 71, "against": 3, "other": 4}, total=85, silent=1)

    assert result["why"] == "Cần quá nửa tổng số đại biểu: từ 43/85. Đạt 71/85, bằng 83,53%."
    assert result["article"].startswith("Khoản 2 Điều 35 Luật Tổ chức chính quyền địa phương")
    assert (result["absent"], result["present"]) == (6, 79)


def test_the_words_name_two_thirds_and_those_present():
    result = tally(RULES["two_thirds_of_present"], {"for": 40}, total=85, silent=39)

    assert result["why"] == ("Cần ít nhất hai phần ba số đại biểu có mặt: từ 53/79. Đạt 40/79, bằng 50,63%.")


@given(
    st.integers(1, 500).flatmap(
        lambda n: st.tuples(st.just(n), st.lists(st.integers(0, 4), min_size=n, max_size=n))
    )
)
def test_32_the_five_numbers_add_up_to_the_roll(case):
    """Security 32: for, against, other, silent, absent are five values and make up the roll."""
    total, fates = case
    counts = {choice: fates.count(i) for i, choice in enumerate(CHOICES)}

    result = tally(RULES["majority_of_all"], counts, total=total, silent=fates.count(3))

    five = [result[k] for k in ("votes_for", "votes_against", "votes_other", "silent", "absent")]
    assert sum(five) == total
    assert result["absent"] == fates.count(4)
    assert result["present"] == total - result["absent"]


def test_more_votes_than_delegates_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError):
        tally(RULES["majority_of_all"], {"for": 3}, total=2, silent=0)


def test_an_unknown_choice_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError):
        tally(RULES["majority_of_all"], {"maybe": 1}, total=2, silent=0)


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (71, 85, "83,53%"),
        (71, 79, "89,87%"),
        (49, 50, "98%"),
        (1, 8, "12,5%"),
        (2, 3, "66,67%"),
        (1, 3, "33,33%"),
        (85, 85, "100%"),
        (0, 85, "0%"),
        (0, 0, "0%"),
        (99999, 100000, "99,99%"),
        (1, 100000, "0,01%"),
    ],
)
def test_a_percentage_is_an_exact_string(part, whole, words):
    assert percent(part, whole) == words


def test_33_no_percentage_of_a_council_is_off_by_more_than_half_a_hundredth():
    for whole in COUNCILS:
        for part in range(whole + 1):
            shown = Fraction(percent(part, whole).rstrip("%").replace(",", "."))
            assert abs(shown - Fraction(100 * part, whole)) <= Fraction(1, 200)


@pytest.mark.parametrize(
    ("present", "total", "fraction", "needed", "is_quorate"),
    [(57, 85, "2/3", 57, True), (56, 85, "2/3", 57, False), (43, 85, "1/2", 43, True), (5, 5, "1/1", 5, True)],
)
def test_a_quorum_is_at_least_the_fraction_of_all(present, total, fraction, needed, is_quorate):
    found = quorum(present, total, fraction)

    assert (found.needed, found.is_quorate) == (needed, is_quorate)


def test_33_the_quorum_is_exact_for_every_council_of_1_to_500():
    for total in COUNCILS:
        for fraction in ("1/2", "2/3", "3/4"):
            needed = quorum(0, total, fraction).needed
            assert needed >= Fraction(fraction) * total > needed - 1


def test_the_quorum_says_so_in_words():
    assert quorum(79, 85).words == "Có mặt 79/85, đủ điều kiện họp (cần 57)"
    assert quorum(40, 85).words == "Có mặt 40/85, chưa đủ điều kiện họp (cần 57)"


def opening(**facts):
    base = {"rule": RULES["majority_of_all"], "entitled": 85, "present": 79}
    return [(i.code, i.blocking) for i in issues_before_opening(OpeningFacts(**(base | facts)))]


def test_a_full_hall_has_no_issue_before_opening():
    assert opening() == []


def test_a_missing_quorum_warns_and_does_not_bar():
    assert opening(present=50) == [("no_quorum", False)]


def test_too_few_present_to_pass_is_told_beforehand():
    assert opening(present=40) == [("no_quorum", False), ("cannot_pass", False)]


def test_an_empty_roll_or_hall_bars_the_vote():
    assert opening(entitled=0, present=0) == [("empty_roll", True)]
    assert opening(present=0) == [("nobody_present", True)]


def test_another_open_poll_bars_the_vote():
    assert opening(other_poll_open=True) == [("other_poll_open", True)]


def test_a_vote_without_a_text_is_told():
    assert opening(has_text=False) == [("no_text", False)]
