"""Convening: one notice, one message with agenda and calendar for each delegate, and what became of it."""

from datetime import date, time, timedelta
from email.utils import parseaddr

import pytest
from django.core import mail as outgoing
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from council import outbox
from council.errors import BadInput, NotAllowed, WrongState
from council.models import Job, Mail
from documents.services import note_opened
from sessions import ics, notices, selectors, services
from sessions.models import CouncilSession, Notice, Sitting
from tests import builders
from tests.documents.papers import tiny, upload

FORM = {
    "number": "118/TB-HĐND.TT",
    "body_text": "Thường trực Hội đồng nhân dân trân trọng thông báo.\nTài liệu được gửi trên phần mềm.",
    "signer_title": "Chủ tịch",
    "signed_by": "Trần Văn Thử",
    "buoc": "gui",
}
WORDS = {key: FORM[key] for key in ("number", "body_text", "signer_title", "signed_by")}


def run_jobs() -> None:
    """Do all due work, as the relay does."""
    for _round in range(4):
        for job_id in outbox.due_ids(100):
            outbox.run(job_id)


def send(client, council_session):
    return client.post(reverse("sessions:notice", args=[council_session.public_id]), FORM)


@pytest.fixture
def sent(council_session, delegates, office):
    return services.send_notice(council_session=council_session, by=office, **WORDS)


def test_the_notice_is_previewed_and_nothing_is_sent(client, council_session, delegates, office):
    client.force_login(office)

    response = client.post(reverse("sessions:notice", args=[council_session.public_id]), FORM | {"buoc": "xem"})

    page = response.content.decode()
    assert "118/TB-HĐND.TT" in page and "Gửi cho 5 đại biểu" in page and "TM. THƯỜNG TRỰC" in page
    assert not Notice.objects.exists()


def test_a_previewed_notice_is_taken_back_to_its_form_with_what_was_typed(client, council_session, delegates, office):
    client.force_login(office)

    response = client.post(reverse("sessions:notice", args=[council_session.public_id]), FORM | {"buoc": "sua"})

    assert response.status_code == 200
    assert 'value="118/TB-HĐND.TT"' in response.content.decode() and "Xem trước" in response.content.decode()
    assert not Notice.objects.exists()


def test_the_notice_goes_to_every_delegate_with_pdf_and_calendar(client, council_session, delegates, office):
    client.force_login(office)

    send(client, council_session)
    run_jobs()

    council_session.refresh_from_db()
    assert (council_session.state, council_session.notice_number) == ("convened", "118/TB-HĐND.TT")
    assert {parseaddr(m.to[0])[1] for m in outgoing.outbox} == {d.email for d in delegates}
    assert len(outgoing.outbox) == 5
    message = outgoing.outbox[0]
    (pdf_name, pdf, pdf_type), (ics_name, calendar, _ics_type) = message.attachments
    assert (pdf_name, pdf_type, pdf[:5]) == ("118-TB-HDND.TT.pdf", "application/pdf", b"%PDF-")
    assert ics_name == "lich-hop.ics" and "BEGIN:VEVENT" in calendar
    assert "Nghị quyết về kế hoạch phát triển kinh tế - xã hội năm 2027" in message.body
    delivery = selectors.delivery_of(Notice.objects.get())
    assert (delivery.sent, delivery.total) == (5, 5)


def test_pressing_twice_sends_once(client, council_session, delegates, office):
    client.force_login(office)

    send(client, council_session)
    again = send(client, council_session)
    run_jobs()
    run_jobs()

    assert again.status_code == 302
    assert Notice.objects.count() == 1
    assert len(outgoing.outbox) == 5


def test_two_sends_at_the_same_moment_give_one_notice(council_session, delegates, office):
    first = services.send_notice(council_session=council_session, by=office, **WORDS)
    stale = CouncilSession(pk=council_session.pk, state="draft", body=council_session.body)

    second = services.send_notice(council_session=stale, by=office, **WORDS)

    assert first == second
    assert Job.objects.filter(kind="sessions.send_notice").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clerks_who_press_at_the_same_moment_convene_once(council_session, delegates, office):
    from concurrent.futures import ThreadPoolExecutor

    def press(_n):
        try:
            return services.send_notice(council_session=council_session, by=office, **WORDS).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as clerks:
        notices_made = set(clerks.map(press, range(4)))

    assert len(notices_made) == 1
    assert Notice.objects.count() == 1
    assert Job.objects.filter(kind="sessions.send_notice").count() == 1


def test_a_mail_in_doubt_is_marked_received_when_the_delegate_says_so(client, council_session, sent, office):
    notices.send(sent.pk)
    row = sent.deliveries.order_by("pk").first()
    Mail.objects.filter(pk=row.mail_id).update(state="unknown")
    client.force_login(office)

    client.post(reverse("sessions:notice_received", args=[council_session.public_id]), {"dai-bieu": row.pk})

    assert Mail.objects.get(pk=row.mail_id).state == "sent"


def test_a_job_that_is_done_again_writes_no_second_message(sent):
    notices.send(sent.pk)
    notices.send(sent.pk)

    assert Mail.objects.count() == 5


def test_a_delegate_without_address_is_told_and_reached_later(client, council_session, delegates, office):
    lost = delegates[2]
    lost.email = lost.user.email = ""
    lost.save()
    lost.user.save()
    client.force_login(office)
    send(client, council_session)
    run_jobs()
    page = client.get(reverse("sessions:notice", args=[council_session.public_id])).content.decode()
    assert "Chưa có địa chỉ thư điện tử" in page
    assert len(outgoing.outbox) == 4

    lost.email = "moi@example.vn"
    lost.save()
    row = Notice.objects.get().deliveries.get(delegate=lost)
    client.post(reverse("sessions:notice_again", args=[council_session.public_id]), {"dai-bieu": row.pk})
    run_jobs()

    assert len(outgoing.outbox) == 5


def test_the_office_sees_failed_and_unknown_and_sends_failed_ones_again(client, council_session, sent, office):
    notices.send(sent.pk)
    failed, unknown, *_rest = Mail.objects.order_by("pk")
    Mail.objects.update(state="sent")
    Mail.objects.filter(pk=failed.pk).update(state="failed", error="550 hộp thư đầy")
    Mail.objects.filter(pk=unknown.pk).update(state="unknown")
    client.force_login(office)
    url = reverse("sessions:notice", args=[council_session.public_id])

    page = client.get(url).content.decode()
    assert "Gửi lỗi: 550 hộp thư đầy" in page and "Không rõ đã đi chưa" in page
    client.post(reverse("sessions:notice_again", args=[council_session.public_id]))

    assert list(Mail.objects.order_by("pk").values_list("state", flat=True)[:2]) == ["queued", "unknown"]


def test_the_office_sees_who_opened_the_papers(council_session, sent, office, delegates):
    item = council_session.items.get(number=2)
    for n in range(2):
        paper = services.save_paper(item=item, by=office, kind="report", title=f"Báo cáo {n}")
        services.file_paper(paper=paper, by=office, upload=upload(tiny(f"so {n}"), f"{n}.pdf"))
    note_opened(version=paper.document.versions.get(), user=delegates[0].user, page=1)

    rows = {row.delegate: (row.opened, row.papers) for row in selectors.delivery_of(sent).rows}

    assert rows[delegates[0]] == (1, 2)
    assert rows[delegates[1]] == (0, 2)


def test_a_late_notice_is_warned_of_with_numbers_and_still_sent(client, council_session, delegates, office):
    start = timezone.localdate() + timedelta(days=17)
    CouncilSession.objects.update(starts_on=start, ends_on=start)
    client.force_login(office)

    page = client.get(reverse("sessions:notice", args=[council_session.public_id])).content.decode()
    assert "là chậm 3 ngày so với hạn" in page
    send(client, council_session)

    assert Notice.objects.exists()


def test_a_notice_in_time_is_not_warned_of(council_session):
    start = timezone.localdate() + timedelta(days=20)
    CouncilSession.objects.update(starts_on=start, ends_on=start)
    council_session.refresh_from_db()

    assert notices.late_words(council_session) == ""


def test_an_empty_agenda_or_an_empty_roll_is_not_convened(council_session, delegates, office):
    council_session.items.all().delete()
    with pytest.raises(BadInput):
        services.send_notice(council_session=council_session, by=office, **WORDS)


def test_who_joins_before_the_first_day_is_convened_and_who_left_is_not(council_session, delegates, office):
    start = timezone.localdate() + timedelta(days=30)
    CouncilSession.objects.update(starts_on=start, ends_on=start)
    council_session.refresh_from_db()
    delegates[0].memberships.update(ends_on=start - timedelta(days=1))
    delegates[1].memberships.update(starts_on=start)

    notice = services.send_notice(council_session=council_session, by=office, **WORDS)

    assert {row.delegate for row in notice.deliveries.all()} == set(delegates[1:])


def test_a_draft_of_a_past_day_is_convened_with_todays_members(council_session, delegates, office):
    CouncilSession.objects.update(starts_on=date(2025, 12, 11), ends_on=date(2025, 12, 12))
    council_session.refresh_from_db()

    notice = services.send_notice(council_session=council_session, by=office, **WORDS)

    assert notice.deliveries.count() == 5


def test_the_chair_does_not_send_the_notice(council_session, delegates, chair):
    with pytest.raises(NotAllowed):
        services.send_notice(council_session=council_session, by=chair, **WORDS)
    assert not Notice.objects.exists()


def test_a_board_convenes_its_own_members_only(council, delegates):
    board = builders.board(council)
    clerk = builders.person(council, "ktns", role="office", body=board)
    member = builders.delegate(council, 40, row="B", body=board)
    meeting = builders.council_session(council, by=clerk, body=board, number=1)

    notice = services.send_notice(council_session=meeting, by=clerk, **WORDS)

    assert [row.delegate for row in notice.deliveries.all()] == [member]


def test_the_notice_text_follows_what_people_typed_and_escapes_it(client, council_session, delegates, office):
    client.force_login(office)

    response = client.post(
        reverse("sessions:notice", args=[council_session.public_id]),
        FORM | {"buoc": "xem", "body_text": "<script>alert(1)</script>"},
    )

    assert "<script>alert(1)" not in response.content.decode()


# --- The calendar file --------------------------------------------------------------------------------
@pytest.fixture
def calendar_text(council_session, sitting):
    Sitting.objects.create(
        council_session=council_session, number=2, title="Chất vấn; trả lời, nhóm \\ 1", date=date(2026, 12, 10),
        starts_at=time(14), is_closed_door=True,
    )  # fmt: skip
    Sitting.objects.filter(pk=sitting.pk).update(date=date(2026, 12, 9))
    return ics.calendar(council_session, selectors.agenda(council_session), stamp=council_session.created_at)


def test_each_sitting_is_an_event_with_a_stable_id_in_the_zone_of_hanoi(council_session, calendar_text):
    again = ics.calendar(council_session, selectors.agenda(council_session), stamp=council_session.created_at)

    assert again == calendar_text
    lines = unfolded(calendar_text)
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-1] == "END:VCALENDAR"
    assert "TZID:Asia/Ho_Chi_Minh" in lines
    assert "DTSTART;TZID=Asia/Ho_Chi_Minh:20261209T080000" in lines
    uids = [line for line in lines if line.startswith("UID:")]
    assert uids == [f"UID:{s.public_id}@nghi-truong" for s in council_session.sittings.order_by("number")]


def test_no_line_is_longer_than_75_octets_and_ends_are_crlf(calendar_text):
    assert all(len(line.encode()) <= 75 for line in calendar_text.split("\r\n"))
    assert calendar_text.count("\n") == calendar_text.count("\r\n")


def test_commas_semicolons_and_backslashes_are_escaped(calendar_text):
    assert any(line.endswith(r"Chất vấn\; trả lời\, nhóm \\ 1") for line in unfolded(calendar_text))


def test_the_agenda_of_a_closed_sitting_stays_out_of_the_calendar(council_session, calendar_text):
    closed = calendar_text.split("BEGIN:VEVENT")[2]

    assert "CLASS:PRIVATE" in closed and "DESCRIPTION" not in closed


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def test_the_session_page_does_not_grow_with_the_agenda(client, council_session, sitting, office, django_assert_max_num_queries):
    from sessions.models import AgendaItem, ItemPaper

    client.force_login(office)
    for n in range(10, 50):
        item = AgendaItem.objects.create(council_session=council_session, sitting=sitting, number=n, title=f"Mục {n}")
        ItemPaper.objects.create(item=item, kind="report", title="x")

    with django_assert_max_num_queries(75):
        client.get(reverse("sessions:session", args=[council_session.public_id]))


# --- What changed afterwards ------------------------------------------------------------------------------

CHANGES = FORM | {"number": "121/TB-HĐND.TT", "body_text": "Bổ sung mục 4: Báo cáo của Viện kiểm sát."}


def supplement(client, council_session, **changes):
    return client.post(reverse("sessions:supplement", args=[council_session.public_id]), CHANGES | changes)


def test_what_changed_is_told_to_everybody_with_the_agenda_as_it_is_now(client, sent, council_session, office):
    run_jobs()
    outgoing.outbox.clear()
    services.save_item(
        council_session=council_session, by=office, sitting=council_session.sittings.get(),
        title="Báo cáo của Viện kiểm sát", kind="report",
    )  # fmt: skip
    client.force_login(office)

    shown = supplement(client, council_session, buoc="xem").content.decode()
    assert "Về việc bổ sung, điều chỉnh" in shown and "Báo cáo của Viện kiểm sát" in shown
    answer = supplement(client, council_session)
    supplement(client, council_session)  # pressed twice
    run_jobs()

    assert answer.status_code == 302
    assert Notice.objects.count() == 2
    assert len(outgoing.outbox) == 5
    letter = outgoing.outbox[0]
    assert letter.subject.startswith("Thông báo bổ sung, điều chỉnh")
    calendar = next(a for a in letter.attachments if a[0] == "lich-hop.ics")[1]
    assert "SEQUENCE:1" in calendar and "Viện kiểm sát" in calendar.replace("\r\n ", "")
    council_session.refresh_from_db()
    assert (council_session.state, council_session.notice_number) == ("convened", "118/TB-HĐND.TT")


def test_both_notices_can_be_looked_at(client, sent, council_session, office):
    client.force_login(office)
    supplement(client, council_session)
    run_jobs()
    address = reverse("sessions:notice", args=[council_session.public_id])

    newest, first = client.get(address), client.get(f"{address}?so={sent.public_id}")

    assert (newest.context["notice"].number, first.context["notice"].number) == ("121/TB-HĐND.TT", "118/TB-HĐND.TT")
    assert "Triệu tập: 118/TB-HĐND.TT" in newest.content.decode()
    assert client.get(f"{address}?so=khong-co").status_code == 404


def test_nothing_is_supplemented_before_the_convening_or_after_the_end(council_session, delegates, office):
    for state in ("draft", "closed"):
        CouncilSession.objects.update(state=state)
        with pytest.raises(WrongState):
            services.send_supplement(council_session=council_session, by=office, **WORDS)


def test_a_supplement_has_a_number_of_its_own(sent, council_session, office):
    with pytest.raises(BadInput):
        services.send_supplement(council_session=council_session, by=office, **WORDS)


def test_the_chair_sends_no_supplement(sent, council_session, chair):
    with pytest.raises(NotAllowed):
        services.send_supplement(council_session=council_session, by=chair, **WORDS | {"number": "2/TB"})
