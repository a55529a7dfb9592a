"""The long run of the property that no note is moved silently: tens of thousands of mutated papers."""

import pytest

from tests.documents.mutations import silent_mistakes

pytestmark = [pytest.mark.faults, pytest.mark.long]


@pytest.mark.parametrize("part", range(10))
def test_50_no_note_is_moved_silently_in_a_thousand_mutated_papers(part):
    wrong, placed, doubted = [], 0, 0
    for seed in range(part * 1000, (part + 1) * 1000):
        mistakes, here, there = silent_mistakes(seed, 1 + seed % 9)
        wrong, placed, doubted = wrong + mistakes, placed + here, doubted + there

    assert wrong == []
    assert placed > 1000  # the rule is careful, not idle
