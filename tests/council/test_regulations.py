"""Dated settings of a council."""

from datetime import date

import pytest

from council import regulations
from council.errors import BadInput, NotAllowed


def test_a_value_holds_from_its_day_on(council, office):
    regulations.set_value(
        council=council,
        key="notice_days_regular",
        value=15,
        valid_from=date(2026, 7, 1),
        legal_basis="Quy chế",
        by=office,
    )

    assert regulations.value(council, "notice_days_regular", on=date(2026, 6, 30)) == 20
    assert regulations.value(council, "notice_days_regular", on=date(2026, 7, 1)) == 15


def test_a_delegate_may_not_change_a_setting(council, delegate):
    with pytest.raises(NotAllowed):
        regulations.set_value(
            council=council,
            key="notice_days_regular",
            value=1,
            valid_from=date(2026, 7, 1),
            legal_basis="Quy chế",
            by=delegate.user,
        )


@pytest.mark.parametrize("label", ["Có mặt, không biểu quyết", "Không biểu quyết", "Có mặt", "  "])
def test_no_button_may_read_like_the_name_of_silence(council, office, label):
    with pytest.raises(BadInput):
        regulations.set_value(
            council=council,
            key="vote_label_other",
            value=label,
            valid_from=date(2026, 7, 1),
            legal_basis="x",
            by=office,
        )
