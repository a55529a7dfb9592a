"""A petition goes to an agency and comes back."""

from datetime import date

import pytest

from council import regulations
from council.errors import BadInput, NotAllowed, WrongState
from council.models import AuditEntry, CalendarDay, Mail
from tests import builders
from voters import services
from voters.models import Petition
from voters.selectors import Days, referrals_for


def test_a_petition_gets_the_next_code_of_its_year(council, office, petition):
    from tests.voters.conftest import record

    second = record(council, office)
    earlier = record(council, office, received_on=date(2025, 12, 1))

    assert [petition.code, second.code, earlier.code] == ["KN-2026-0001", "KN-2026-0002", "KN-2025-0001"]


def test_the_due_date_counts_the_councils_working_days(council, office, petition, agency):
    CalendarDay.objects.create(
        council=council, date=date(2026, 11, 24), kind="holiday", name="Ngày Văn hóa Việt Nam"
    )

    referral = services.refer(petition=petition, agency=agency, by=office, referred_on=date(2026, 11, 23))

    assert referral.working_days == 22
    assert referral.due_on == date(2026, 12, 24)


def test_the_way_to_the_due_date_is_explained(council, office, petition, agency):
    CalendarDay.objects.create(
        council=council, date=date(2026, 11, 24), kind="holiday", name="Ngày Văn hóa Việt Nam"
    )
    referral = services.refer(petition=petition, agency=agency, by=office, referred_on=date(2026, 11, 23))

    due = Days(council).explain(referral)

    assert due.weekend_days == 8
    assert due.holidays == (("Ngày Văn hóa Việt Nam", 1),)
    assert due.working_days + due.weekend_days + 1 == (due.due - due.start).days


def test_the_councils_own_number_of_days_holds(council, office, petition, agency):
    regulations.set_value(
        council=council,
        key="petition_reply_working_days",
        value=10,
        valid_from=date(2026, 1, 1),
        legal_basis="Điều 12 Quy chế làm việc",
        by=office,
    )

    referral = services.refer(petition=petition, agency=agency, by=office, referred_on=date(2026, 11, 2))

    assert (referral.working_days, referral.due_on) == (10, date(2026, 11, 16))


def test_the_agency_is_told_the_case_number_only(referral, petition, agency):
    mail = Mail.objects.get()

    assert mail.to == agency.email
    assert petition.code in mail.subject and petition.code in mail.text
    for content in (petition.title, petition.place, petition.text[:20], "Giao thông", petition.voters):
        assert content not in mail.subject + mail.text + mail.html


def test_only_the_office_refers(petition, agency, agency_clerk, delegate):
    for person in (agency_clerk, delegate.user):
        with pytest.raises(NotAllowed):
            services.refer(petition=petition, agency=agency, by=person)


def test_an_agency_of_another_council_is_refused(petition, other_council, office):
    foreign = builders.agency(other_council, "XA", "Ủy ban nhân dân xã")

    with pytest.raises(BadInput):
        services.refer(petition=petition, agency=foreign, by=office)


def test_a_petition_with_an_agency_is_not_referred_twice(referral, petition, second_agency, office):
    with pytest.raises(WrongState):
        services.refer(petition=petition, agency=second_agency, by=office)


def test_a_withdrawn_petition_goes_to_another_agency_and_leaves_the_first(
    referral, petition, second_agency, office, agency_clerk, second_clerk, council
):
    services.withdraw(petition=petition, by=office, reason="Chuyển nhầm")

    services.refer(petition=petition, agency=second_agency, by=office)

    assert not referrals_for(agency_clerk, council).exists()
    assert referrals_for(second_clerk, council).get().petition == petition


def test_an_agency_hands_back_what_is_not_its_own(referral, petition, agency_clerk, second_clerk):
    with pytest.raises(NotAllowed):
        services.hand_back(referral=referral, by=second_clerk, reason="Không phải của tôi")

    services.hand_back(referral=referral, by=agency_clerk, reason="Không thuộc thẩm quyền")

    petition.refresh_from_db()
    assert petition.state == Petition.State.RECORDED


def test_a_reopened_petition_keeps_its_earlier_reply(accepted, petition, office, agency_clerk):
    referral = services.reopen(petition=petition, by=office, reason="Cử tri hỏi lại", working_days=5)

    petition.refresh_from_db()
    accepted.refresh_from_db()
    assert petition.state == Petition.State.REFERRED
    assert accepted.state == "accepted"
    services.save_draft(referral=referral, by=agency_clerk, text="Trả lời lần hai")


def test_every_step_is_on_the_record_without_text(accepted, petition):
    events = list(AuditEntry.objects.order_by("seq").values_list("event", flat=True))

    assert events == [
        "voters.petition-recorded",
        "voters.petition-referred",
        "voters.reply-sent",
        "voters.reply-accepted",
    ]
    for entry in AuditEntry.objects.all():
        assert "đường" not in str(entry.data)
