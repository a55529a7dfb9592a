"""An agency replies; the office accepts, or sends back with a reason."""

from datetime import date

import pytest

from council.errors import BadInput, NotAllowed, WrongState
from voters import services
from voters.models import Petition, Referral, Reply


def test_a_saved_draft_loses_nothing_and_asks_nothing(referral, agency_clerk, petition):
    services.save_draft(referral=referral, by=agency_clerk, text="Đang soạn", number="12")

    draft = services.save_draft(referral=referral, by=agency_clerk, text="Đang soạn tiếp", number="12")

    petition.refresh_from_db()
    assert Reply.objects.get() == draft
    assert (draft.text, draft.outcome, petition.state) == ("Đang soạn tiếp", "", Petition.State.REFERRED)


def test_a_clerk_of_another_agency_writes_no_reply(referral, second_clerk):
    with pytest.raises(NotAllowed):
        services.save_draft(referral=referral, by=second_clerk, text="x")
    with pytest.raises(NotAllowed):
        services.send_reply(referral=referral, by=second_clerk, text="x", outcome="resolved")


def test_a_supporting_agency_reads_but_does_not_reply(
    petition, agency, second_agency, second_clerk, office, council
):
    from voters.selectors import get_referral_for

    services.refer(petition=petition, agency=agency, supporting=[second_agency], by=office)
    referral = get_referral_for(second_clerk, council, petition.public_id)

    with pytest.raises(NotAllowed):
        services.send_reply(referral=referral, by=second_clerk, text="x", outcome="resolved")


def test_work_that_goes_on_needs_a_promised_day(referral, agency_clerk):
    with pytest.raises(BadInput):
        services.send_reply(referral=referral, by=agency_clerk, text="Đang làm", outcome="in_progress")


def test_a_sent_reply_is_changed_by_nobody(sent, referral, agency_clerk):
    with pytest.raises(NotAllowed):
        services.save_draft(referral=referral, by=agency_clerk, text="khác")


def test_a_reply_sent_back_gives_the_agency_a_second_one(sent, referral, agency_clerk, office, petition):
    services.send_back(reply=sent, by=office, reason="Chưa nêu thời gian hoàn thành")

    second = services.send_reply(
        referral=referral, by=agency_clerk, text="Hoàn thành trong tháng 12.", outcome="in_progress",
        promised_on=date(2026, 12, 31),
    )  # fmt: skip

    petition.refresh_from_db()
    sent.refresh_from_db()
    assert petition.state == Petition.State.REPLIED
    assert (sent.state, sent.sent_back_reason) == ("sent_back", "Chưa nêu thời gian hoàn thành")
    assert second.pk != sent.pk


def test_sending_back_needs_a_reason(sent, office):
    with pytest.raises(BadInput):
        services.send_back(reply=sent, by=office, reason="  ")


def test_of_accepting_and_sending_back_only_the_first_holds(sent, office):
    services.accept_reply(reply=sent, by=office, public_text="Đã sửa.", petition_text="Đề nghị sửa đường.")

    with pytest.raises(WrongState):
        services.send_back(reply=sent, by=office, reason="muộn rồi")


def test_only_the_office_accepts(sent, agency_clerk, delegate):
    for person in (agency_clerk, delegate.user):
        with pytest.raises(NotAllowed):
            services.accept_reply(reply=sent, by=person, public_text="x", petition_text="y")


@pytest.mark.parametrize(("due", "kind"), [(date(2026, 1, 5), "late"), (date(2099, 1, 5), "on_time")])
def test_late_and_on_time_are_computed_from_the_day_of_sending(accepted, referral, petition, council, due, kind):
    from voters.selectors import Days, with_referrals

    Referral.objects.filter(pk=referral.pk).update(due_on=due)
    (row,) = with_referrals(Petition.objects.filter(pk=petition.pk))

    assert Days(council).case(row).standing.kind == kind


@pytest.mark.parametrize("secret", ["điện thoại 0912 345 678", "CCCD 040085001234", "gửi an.nguyen@example.vn"])
def test_no_number_or_address_of_a_person_is_published_even_when_reviewed(sent, office, petition, secret):
    for texts in (
        {"public_text": f"Đã sửa, {secret}.", "petition_text": "Đề nghị sửa."},
        {"public_text": "Đã sửa.", "petition_text": f"Đề nghị sửa, {secret}."},
    ):
        with pytest.raises(BadInput):
            services.accept_reply(reply=sent, by=office, reviewed=True, **texts)

    petition.refresh_from_db()
    assert (petition.state, petition.is_public) == (Petition.State.REPLIED, False)


def test_a_name_is_published_only_after_the_office_looked(sent, office):
    text = {"public_text": "Đã trả lời ông Nguyễn Văn An.", "petition_text": "Đề nghị sửa."}
    with pytest.raises(BadInput):
        services.accept_reply(reply=sent, by=office, **text)

    services.accept_reply(reply=sent, by=office, reviewed=True, **text)


def test_a_petition_with_a_phone_number_in_its_title_stays_hidden(council, office):
    from tests.voters.conftest import record

    petition = record(council, office, title="Gọi 0912345678 để sửa đường")

    with pytest.raises(BadInput):
        services.publish_petition(petition=petition, by=office, public_text="Đề nghị sửa đường.", reviewed=True)
