"""Paper in reserve: each sheet names every delegate and every draft, and nothing needs a network."""

import pytest
from django.urls import reverse


@pytest.fixture
def desk(client, secretary):
    client.force_login(secretary)
    return client


def sheet(desk, council_session, name, query="") -> str:
    response = desk.get(reverse(f"sessions:{name}", args=[council_session.public_id]) + query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_roll_has_a_line_to_sign_for_every_delegate_and_the_quorum(desk, council_session, delegates):
    page = sheet(desk, council_session, "print_roll")

    assert all(delegate.full_name in page for delegate in delegates)
    assert "Ký tên" in page and "Cần có mặt ít nhất 2/3 tổng số đại biểu" in page


def test_there_is_a_ballot_sheet_for_each_draft_with_the_labels_of_the_council(desk, council_session, delegates):
    page = sheet(desk, council_session, "print_ballots")

    assert page.count("PHIẾU BIỂU QUYẾT GHI TÊN") == 1
    assert page.count('class="tick-box"') == 3 * len(delegates)
    assert all(label in page for label in ("Tán thành", "Không tán thành", "Ý kiến khác"))


def test_the_agenda_and_the_seats_are_printed(desk, council_session, delegates):
    assert "Diễn văn khai mạc" in sheet(desk, council_session, "print_agenda")
    assert "A05" in sheet(desk, council_session, "print_seats")


def test_the_menu_leads_to_every_sheet(desk, council_session):
    page = sheet(desk, council_session, "print")

    for name in ("print_agenda", "print_roll", "print_ballots", "print_seats"):
        assert reverse(f"sessions:{name}", args=[council_session.public_id]) in page


@pytest.mark.parametrize("name", ["print", "print_agenda", "print_roll", "print_ballots", "print_seats"])
@pytest.mark.parametrize("who", ["delegate", "agency_clerk"])
def test_sheets_are_for_the_desk(request, client, council_session, name, who):
    person = request.getfixturevalue(who)
    client.force_login(getattr(person, "user", person))

    assert client.get(reverse(f"sessions:{name}", args=[council_session.public_id])).status_code == 404
