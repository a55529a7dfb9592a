"""What tellers count, and what follows: elections, dismissal, removal, rating, confidence."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from council import regulations
from voting.count_rules import (
    CHOICES_ON_SHEET,
    CONFIDENCE,
    DISMISSAL,
    ELECTION,
    RATING,
    REMOVAL,
    Sheets,
    faults_in,
    outcomes,
    seats_left,
    telling,
)
from voting.rules import (
    OPEN_RULES,
    RULES,
    OpeningFacts,
    art_49_holds,
    issues_before_opening,
    months_between,
    tally,
)


def sheets(figures, *, handed_out=80, collected=80, valid=78, blank=1, invalid=1):
    return Sheets(handed_out, collected, valid, blank, invalid, figures)


def faults(kind, counted, *, seats=1, present=80):
    return faults_in(kind, counted, nominees=list(counted.figures), seats=seats, present=present)


def verdicts(
    kind, counted, rule="majority_of_all", *, seats=1, second="two_thirds_of_valid", total=85, present=80
):
    lines = outcomes(
        kind,
        counted,
        nominees=list(counted.figures),
        seats=seats,
        rule=RULES[rule],
        second_rule=RULES[second],
        total=total,
        present=present,
    )
    return [line.verdict for line in lines]


def elect(*votes):
    return sheets({str(place): {"for": n} for place, n in enumerate(votes, 1)})


# --- The sheet holds together ---


def test_a_count_whose_numbers_fit_together_has_no_fault():
    assert faults(ELECTION, elect(50, 28), seats=1) == []
    assert faults(RATING, sheets({"1": {"high": 40, "middle": 30, "low": 8}})) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"handed_out": 81}, "phát ra"),
        ({"collected": 81}, "thu về"),
        ({"blank": 2}, "cộng lại"),
        ({"invalid": 0}, "cộng lại"),
        ({"valid": 79}, "cộng lại"),
    ],
)
def test_numbers_that_cannot_be_are_refused_in_words(change, word):
    counted = sheets({"1": {"for": 50, "against": 28}}, **change)

    assert any(word in fault for fault in faults(DISMISSAL, counted))


def test_a_person_cannot_have_more_marks_than_there_are_valid_ballots():
    assert faults(DISMISSAL, sheets({"1": {"for": 50, "against": 29}}))
    assert faults(ELECTION, elect(79), seats=1)


def test_a_ballot_cannot_choose_more_than_there_are_seats():
    assert faults(ELECTION, elect(78, 78, 1), seats=2)
    assert faults(ELECTION, elect(78, 78, 0), seats=2) == []


def test_a_ballot_that_chooses_nobody_is_blank_not_valid():
    assert any("phiếu trắng" in fault for fault in faults(ELECTION, elect(40, 37), seats=1))


@pytest.mark.parametrize("bad", [-1, 1.5, "3", None, True])
def test_only_whole_numbers_from_zero_are_counts(bad):
    assert faults(DISMISSAL, sheets({"1": {"for": bad, "against": 0}}))


def test_every_person_and_every_choice_of_the_sheet_is_counted_and_no_other():
    counted = sheets({"1": {"for": 1, "against": 1}})

    assert faults_in(DISMISSAL, counted, nominees=["1", "2"], seats=0, present=80)
    assert faults_in(RATING, counted, nominees=["1"], seats=0, present=80)


# --- Elections ---


def test_who_has_more_than_half_of_all_delegates_is_elected():
    assert verdicts(ELECTION, elect(43, 35)) == ["elected", "not_elected"]
    assert verdicts(ELECTION, elect(42, 36)) == ["not_elected", "not_elected"]


def test_more_candidates_with_a_majority_than_seats_the_most_votes_are_elected():
    assert verdicts(ELECTION, elect(60, 50, 45), seats=2) == ["elected", "elected", "not_elected"]


def test_a_tie_for_the_last_seat_elects_none_of_the_tied():
    assert verdicts(ELECTION, elect(60, 45, 45), seats=2) == ["elected", "tied", "tied"]
    assert verdicts(ELECTION, elect(45, 45, 44), seats=1) == ["tied", "tied", "not_elected"]


def test_a_tie_within_the_seats_is_no_tie():
    assert verdicts(ELECTION, elect(45, 45, 10), seats=2) == ["elected", "elected", "not_elected"]


@given(
    votes=st.lists(st.integers(0, 85), min_size=1, max_size=8),
    seats=st.integers(1, 8),
)
def test_never_more_elected_than_seats_and_nobody_below_the_majority(votes, seats):
    found = verdicts(ELECTION, elect(*votes), seats=seats)

    assert found.count("elected") <= seats
    assert all(n >= 43 for n, verdict in zip(votes, found, strict=True) if verdict in ("elected", "tied"))
    worst = min((n for n, v in zip(votes, found, strict=True) if v == "elected"), default=None)
    if worst is not None:
        assert all(n <= worst for n, v in zip(votes, found, strict=True) if v != "elected")
    assert seats_left(found, seats) == max(0, seats - found.count("elected"))


# --- Dismissal, removal, confidence ---


def test_removal_needs_at_least_two_thirds_of_all_delegates():
    """Domain fact: 85 delegates -> 57."""
    assert verdicts(REMOVAL, sheets({"1": {"for": 57, "against": 21}}), "two_thirds_of_all") == ["passed"]
    assert verdicts(REMOVAL, sheets({"1": {"for": 56, "against": 22}}), "two_thirds_of_all") == ["not_passed"]


def test_each_person_on_a_sheet_has_an_own_outcome():
    counted = sheets({"1": {"for": 50, "against": 28}, "2": {"for": 20, "against": 58}})

    assert verdicts(DISMISSAL, counted) == ["passed", "not_passed"]


def test_low_ratings_from_more_than_half_let_resign_and_from_two_thirds_propose_dismissal():
    def low(n):
        return verdicts(
            RATING, sheets({"1": {"high": 78 - n, "middle": 0, "low": n}}), "majority_of_valid", present=80
        )

    assert [low(n) for n in (39, 40, 51, 52)] == [["kept"], ["may_resign"], ["may_resign"], ["dismissal_proposed"]]


def test_more_than_half_no_confidence_is_distrust():
    assert verdicts(CONFIDENCE, sheets({"1": {"trust": 36, "distrust": 42}})) == ["kept"]
    assert verdicts(CONFIDENCE, sheets({"1": {"trust": 35, "distrust": 43}})) == ["distrusted"]


@pytest.mark.parametrize(
    ("rule", "base"),
    [
        ("majority_of_all", 85),
        ("majority_of_present", 80),
        ("majority_of_collected", 79),
        ("majority_of_valid", 70),
    ],
)
def test_a_majority_is_reckoned_against_the_base_that_the_council_set(rule, base):
    counted = sheets({"1": {"for": 40, "against": 30}}, collected=79, valid=70, blank=5, invalid=4)
    line = outcomes(DISMISSAL, counted, nominees=["1"], seats=0, rule=RULES[rule], total=85, present=80)[0]

    assert (line.base, line.needed) == (base, base // 2 + 1)
    assert f"40/{base}" in line.why


# --- The council's settings and the law ---


def test_the_settings_offer_exactly_the_rules_that_there_are():
    assert [key for key, _label in regulations.MAJORITIES] == list(RULES)
    assert {str(label) for _key, label in regulations.MAJORITIES} == {rule.label for rule in RULES.values()}
    for kind in CHOICES_ON_SHEET:
        assert regulations.RULES[f"{kind}_rule"].default in RULES


def test_an_open_vote_is_never_reckoned_against_ballots():
    assert {rule.base for rule in OPEN_RULES.values()} == {"all", "in_office", "present"}


def test_the_total_number_may_be_more_than_those_in_office():
    result = tally(RULES["majority_of_all"], {"for": 42}, total=80, silent=30, whole=85)
    of_office = tally(RULES["two_thirds_in_office"], {"for": 54}, total=80, silent=10, whole=85)

    assert (result["base"], result["needed"], result["passed"]) == (85, 43, False)
    assert (of_office["base"], of_office["needed"], of_office["passed"]) == (80, 54, True)


def test_art_49_holds_with_few_seats_filled_near_the_end_of_the_term():
    assert art_49_holds(56, 85, 18)
    assert not art_49_holds(57, 85, 18)
    assert not art_49_holds(56, 85, 19)
    assert not art_49_holds(56, 85, None)


def test_months_are_whole_and_never_below_zero():
    assert months_between(date(2026, 1, 15), date(2027, 7, 15)) == 18
    assert months_between(date(2026, 1, 16), date(2027, 7, 15)) == 17
    assert months_between(date(2026, 1, 1), date(2025, 1, 1)) == 0
    assert months_between(date(2026, 1, 1), None) is None


def codes(**facts):
    base = {
        "rule": RULES["majority_of_all"],
        "entitled": 85,
        "present": 80,
        "is_secret": True,
        "nominees": 2,
        "seats": 1,
    }
    return {issue.code: issue.blocking for issue in issues_before_opening(OpeningFacts(**base | facts))}


def test_a_secret_vote_is_barred_without_tellers_or_a_sheet():
    assert codes() == {}
    assert codes(has_tellers=False) == {"no_tellers": True}
    assert codes(nominees=0, seats=0) == {"no_nominees": True}
    assert codes(seats=3) == {"too_few_nominees": True}
    assert codes(tellers_on_sheet=("Nguyễn Văn An",)) == {"teller_on_sheet": True}


def test_the_chair_is_warned_where_a_secret_vote_may_tell_who_chose_what():
    """Security 45: fewer than five ballots."""
    assert codes(entitled=5, present=4) == {"few_ballots": False}


def test_the_chair_is_told_of_article_49():
    assert codes(entitled=50, present=50, whole=85, months_left=10, is_secret=False)["art_49"] is False


@pytest.mark.parametrize(
    ("collected", "figures", "said"),
    [
        (6, {"1": {"for": 5, "against": 1}}, ""),
        (6, {"1": {"for": 6, "against": 0}}, "Mọi phiếu chọn như nhau về A"),
        (6, {"1": {"for": 0, "against": 6}}, "Mọi phiếu chọn như nhau về A"),
        (4, {"1": {"for": 2, "against": 2}}, "Chỉ có 4 phiếu"),
        (6, {"1": {"for": 5, "against": 0}}, ""),  # one blank ballot hides the others
    ],
)
def test_45_the_chair_is_told_before_declaring_where_the_figures_say_who_chose_what(collected, figures, said):
    sheets = Sheets(6, collected, collected, 0, 0, figures)

    words = telling(sheets, {"1": "A"}, few=5)

    assert words.startswith(said) and bool(words) == bool(said)
