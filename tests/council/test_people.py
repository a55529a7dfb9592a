"""The office's desks: delegates and cards, accounts and roles, regulations, calendar, operations."""

import io
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from council import audit, calendar, holidays, outbox, regulations
from council.accounts import people, services
from council.errors import BadInput, NotAllowed, WrongState
from council.models import AuditEntry, CalendarDay, Job, Mail, RoleGrant, SeatCard, User
from council.permissions import has_role
from tests import builders

DESKS = ["council:delegates", "council:regulations", "council:calendar", "council:operations"]


@pytest.mark.parametrize("desk", [*DESKS, "council:accounts"])
def test_a_delegate_finds_no_desk_of_the_office(client, delegate, desk):
    client.force_login(delegate.user)

    assert client.get(reverse(desk)).status_code == 404


@pytest.mark.parametrize("desk", [*DESKS, "council:accounts"])
def test_a_stranger_is_led_to_the_door(client, council, desk):
    response = client.get(reverse(desk))

    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("desk", DESKS)
def test_the_office_opens_its_desks(client, office, delegates, desk):
    client.force_login(office)

    assert client.get(reverse(desk)).status_code == 200


def test_accounts_are_the_administrators_alone(client, office, administrator):
    client.force_login(office)
    assert client.get(reverse("council:accounts")).status_code == 404
    client.force_login(administrator)
    assert client.get(reverse("council:accounts")).status_code == 200


# --- Cards on the desk ----------------------------------------------------------------------------------


def test_all_cards_come_as_one_pdf_of_eight_to_a_page(client, council, office):
    for number in range(1, 11):
        builders.delegate(council, number)
    client.force_login(office)

    response = client.post(reverse("council:print_cards"), {"who": "all"})

    assert response["Content-Type"] == "application/pdf"
    assert SeatCard.objects.filter(revoked_at=None).count() == 10
    import pypdfium2

    pdf = pypdfium2.PdfDocument(response.content)
    assert len(pdf) == 2
    words = pdf[0].get_textpage().get_text_range()
    assert "Đại biểu Số 8" in words
    assert "A08" in words


def test_printing_for_those_without_a_tablet_leaves_the_others_alone(client, council, delegates, office):
    (bound, _), *_rest = services.issue_cards(council=council, delegates=delegates, by=office)
    builders.user("khac")
    bound.devices.create(user=delegates[0].user, secret_hash="x" * 64)
    client.force_login(office)

    client.post(reverse("council:print_cards"), {"who": "unused"})

    bound.refresh_from_db()
    assert bound.revoked_at is None
    assert delegates[1].cards.count() == 2


def test_the_list_costs_the_same_for_five_and_for_fifty(
    client, council, delegates, office, django_assert_max_num_queries
):
    for number in range(6, 40):
        builders.delegate(council, number)
    services.issue_cards(council=council, delegates=list(council.delegates.all()), by=office)
    client.force_login(office)

    with django_assert_max_num_queries(30):
        client.get(reverse("council:delegates"))


def test_a_seat_that_is_taken_is_told_beside_the_field(client, delegates, office):
    client.force_login(office)

    response = client.post(
        reverse("council:delegate", args=[delegates[0].public_id]),
        {"seat_row": "A", "seat_number": 2, "email": "a@example.vn"},
    )

    assert response.status_code == 422
    assert "Ghế này đã xếp cho đại biểu Đại biểu Số 2" in response.content.decode()


def test_another_councils_delegate_is_not_found(client, office, other_council):
    stranger = builders.delegate(other_council, 1)
    client.force_login(office)

    assert client.get(reverse("council:delegate", args=[stranger.public_id])).status_code == 404
    assert (
        client.post(reverse("council:card_act", args=[stranger.public_id]), {"act": "reissue"}).status_code == 404
    )


@pytest.mark.parametrize("act", ["reset_pin", "free", "revoke"])
def test_each_act_on_a_card_works_from_the_desk(client, council, delegates, office, act):
    services.issue_cards(council=council, delegates=delegates[:1], by=office)
    client.force_login(office)

    response = client.post(reverse("council:card_act", args=[delegates[0].public_id]), {"act": act})

    assert response.status_code == 302


# --- Accounts ----------------------------------------------------------------------------------------------


def test_a_new_person_gets_a_role_and_a_link_to_set_the_password(client, council, administrator):
    client.force_login(administrator)

    client.post(
        reverse("council:accounts"),
        {"username": "nguyen.an", "full_name": "Nguyễn Văn An", "email": "an@example.vn", "role": "office"},
    )

    person = User.objects.get(username="nguyen.an")
    assert has_role(person, council, "office")
    assert not person.has_usable_password()
    assert [mail.to for mail in Mail.objects.all()] == ["an@example.vn"]
    events = list(AuditEntry.objects.filter(event__startswith="council.").values_list("event", flat=True))
    assert events == ["council.account-created", "council.role-granted", "council.password-link-sent"]


def test_an_office_clerk_makes_no_administrators(council, office):
    with pytest.raises(NotAllowed):
        people.grant_role(
            council=council, person=office, by=office, role="administrator", starts_on=date(2026, 5, 1)
        )


def test_a_clerk_of_an_agency_needs_the_agency(client, council, administrator):
    client.force_login(administrator)

    response = client.post(
        reverse("council:accounts"),
        {"username": "so.xd", "full_name": "Cán bộ", "email": "so@example.vn", "role": "agency_clerk"},
    )

    assert response.status_code == 422
    assert "Chọn cơ quan của người này" in response.content.decode()


def test_a_role_ends_with_its_last_day(council, administrator, office):
    yesterday = timezone.localdate() - timedelta(days=1)

    people.end(council=council, row=office.role_grants.get(), by=administrator, ends_on=yesterday)

    assert not has_role(office, council, "office")
    assert RoleGrant.objects.filter(user=office).exists()  # history stays


def test_the_last_administrator_stays(council, administrator):
    with pytest.raises(WrongState):
        people.end(
            council=council, row=administrator.role_grants.get(), by=administrator, ends_on=timezone.localdate()
        )


def test_a_closed_account_is_out_at_once(client, council, administrator, office):
    client.force_login(office)
    assert client.get(reverse("council:delegates")).status_code == 200

    people.set_active(council=council, person=office, by=administrator, is_active=False)

    assert client.get(reverse("council:delegates")).status_code == 302


def test_a_delegate_joins_a_board_with_a_post(council, administrator, delegate):
    board = builders.board(council)

    people.place_in_body(
        council=council,
        person=delegate.user,
        by=administrator,
        body=board,
        kind="head",
        starts_on=date(2026, 5, 1),
    )

    assert board.memberships.get().delegate == delegate
    assert board.posts.get().title == "Trưởng ban Ban Kinh tế - Ngân sách"


def test_a_body_of_another_council_is_refused(council, other_council, administrator, delegate):
    with pytest.raises(NotAllowed):
        people.place_in_body(
            council=council,
            person=delegate.user,
            by=administrator,
            body=builders.plenary(other_council),
            starts_on=date(2026, 5, 1),
        )


def test_a_person_of_two_councils_switches_in_sight(client, council, other_council, office):
    RoleGrant.objects.create(council=other_council, user=office, role="office", starts_on=builders.TERM_START)
    client.force_login(office)
    assert "HĐND xã Châu Sơn" in client.get(reverse("council:regulations")).content.decode()

    client.post(reverse("council:switch_council"), {"council": other_council.public_id})

    assert client.get(reverse("council:regulations")).wsgi_request.council == other_council


def test_nobody_switches_to_a_council_without_a_role(client, office, other_council):
    client.force_login(office)

    response = client.post(reverse("council:switch_council"), {"council": other_council.public_id})

    assert response.status_code == 404


# --- Regulations -------------------------------------------------------------------------------------------


def test_a_new_value_holds_from_its_day_and_the_history_stays(client, council, office):
    client.force_login(office)
    today = timezone.localdate()

    response = client.post(
        reverse("council:regulation", args=["notice_days_regular"]),
        {"value": 15, "valid_from": today.isoformat(), "legal_basis": "Điều 12 Quy chế làm việc"},
    )

    assert response.status_code == 302
    assert regulations.value(council, "notice_days_regular") == 15
    assert regulations.value(council, "notice_days_regular", on=today - timedelta(days=1)) == 20
    page = client.get(reverse("council:regulation", args=["notice_days_regular"])).content.decode()
    assert "Điều 12 Quy chế làm việc" in page


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("vote_label_other", "Không biểu quyết", "dễ nhầm với"),
        ("quorum_fraction", "3/2", "phân số"),
        ("notice_days_regular", "nhiều", "số nguyên"),
        ("naming_public", "all", "all"),
    ],
)
def test_a_value_that_cannot_be_is_told_beside_the_field(client, office, key, value, words):
    client.force_login(office)

    response = client.post(
        reverse("council:regulation", args=[key]), {"value": value, "valid_from": "2026-12-01", "legal_basis": "x"}
    )

    assert response.status_code == 422
    assert words in response.content.decode()


# --- Calendar ----------------------------------------------------------------------------------------------

HOLIDAYS = Path(__file__).parents[1] / "data" / "holidays-2024-2027.xlsx"


def upload(client, name, content):
    return client.post(reverse("council:calendar_import"), {"file": SimpleUploadedFile(name, content)})


def sheet(*rows):
    from openpyxl import Workbook

    book = Workbook()
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_the_real_holidays_go_in_as_the_office_has_them(client, council, office):
    client.force_login(office)

    response = upload(client, HOLIDAYS.name, HOLIDAYS.read_bytes())

    assert response.status_code == 302
    assert CalendarDay.objects.filter(kind="make_up").count() == 4
    days = calendar.working_calendar(council)
    assert not days.is_working_day(date(2026, 2, 17))  # Tết
    assert days.is_working_day(date(2026, 1, 10))  # a Saturday worked for 2 January
    assert days.is_working_day(date(2026, 8, 22))


def test_importing_again_renews_and_doubles_nothing(client, council, office):
    client.force_login(office)
    upload(client, HOLIDAYS.name, HOLIDAYS.read_bytes())
    before = CalendarDay.objects.count()

    upload(client, HOLIDAYS.name, HOLIDAYS.read_bytes())

    assert CalendarDay.objects.count() == before


def test_every_fault_is_told_with_its_row_and_column_and_nothing_goes_in(client, office):
    client.force_login(office)
    content = sheet(
        ["ngày", "loại", "tên"],
        ["02/09/2027", "ngày nghỉ", "Quốc khánh"],
        ["32/09/2027", "ngày nghỉ", "Không có ngày này"],
        ["03/09/2027", "lễ lớn", ""],
        ["02/09/2027", "ngày nghỉ", "Lặp lại"],
        ["06/09/2027", "ngày làm bù", "Thứ Hai"],
    )

    response = upload(client, "le.xlsx", content)

    assert response.status_code == 422
    assert not CalendarDay.objects.exists()
    assert [(fault.row, fault.column) for fault in response.context["faults"]] == [
        (3, "ngày"), (4, "loại"), (4, "tên"), (5, "ngày"), (6, "ngày"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("le.xlsx", b""),
        ("le.xlsx", b"%PDF-1.4"),
        ("le.json", b"{"),
        ("le.json", b"[1]"),
        ("le.xlsx", sheet(["a", "b"])),
        ("le.json", b"[]"),
    ],
)
def test_what_is_no_calendar_is_refused_in_words(client, office, name, content):
    client.force_login(office)

    response = upload(client, name, content)

    assert response.status_code == 422
    assert not CalendarDay.objects.exists()


def test_json_does_as_well():
    days = holidays.read_days(
        name="le.json", content='[{"date": "2027-09-02", "kind": "holiday", "name": "Quốc khánh"}]'.encode()
    )

    assert days == [holidays.Day(date(2027, 9, 2), "holiday", "Quốc khánh")]


def test_the_template_goes_back_in():
    assert len(holidays.read_days(name="mau.xlsx", content=holidays.template())) == 2


def test_one_day_is_added_and_taken_out(client, council, office):
    client.force_login(office)
    data = {"date": "2027-11-24", "kind": "holiday", "name": "Ngày Văn hóa Việt Nam", "is_official": "on"}
    client.post(reverse("council:calendar"), data)
    again = client.post(reverse("council:calendar"), data)

    assert again.status_code == 422
    client.post(reverse("council:calendar_remove", args=[CalendarDay.objects.get().pk]))
    assert not CalendarDay.objects.exists()


def test_a_delegate_may_not_change_the_calendar(council, delegate):
    with pytest.raises(NotAllowed):
        holidays.add_day(council=council, by=delegate.user, date=date(2027, 1, 1), kind="holiday", name="x")


# --- Operations --------------------------------------------------------------------------------------------


def test_a_parked_job_is_shown_and_tried_again(client, council, office):
    job = outbox.enqueue("test.nothing", key="k", council=council, title="Dựng thông báo triệu tập")
    Job.objects.update(state=Job.State.PARKED, last_error="máy in hỏng")
    client.force_login(office)
    assert "Dựng thông báo triệu tập" in client.get(reverse("council:operations")).content.decode()

    client.post(reverse("council:job_retry", args=[job.public_id]))

    job.refresh_from_db()
    assert (job.state, job.tries) == (Job.State.DUE, 0)


@pytest.fixture
def doubtful(council):
    return Mail.objects.create(
        council=council, to="a@example.vn", subject="Thư", text="x", message_id="<1@x>", state=Mail.State.UNKNOWN
    )


@pytest.mark.parametrize(("act", "state"), [("received", "sent"), ("again", "queued")])
def test_the_office_decides_about_a_letter_in_doubt(client, office, doubtful, act, state):
    client.force_login(office)

    client.post(reverse("council:mail_decide", args=[doubtful.public_id]), {"act": act})

    doubtful.refresh_from_db()
    assert doubtful.state == state


def test_another_councils_letter_is_not_found(client, office, other_council, doubtful):
    Mail.objects.update(council=other_council)
    client.force_login(office)

    assert (
        client.post(reverse("council:mail_decide", args=[doubtful.public_id]), {"act": "again"}).status_code == 404
    )


def test_the_record_is_checked_from_the_desk(client, council, office):
    audit.record(office, "council.test", council=council)
    client.force_login(office)

    page = client.post(reverse("council:verify_record"), follow=True).content.decode()

    assert "Nhật ký nguyên vẹn" in page


def test_an_auditor_sees_whether_the_record_holds_and_no_letters(client, council, office, doubtful):
    audit.record(office, "council.test", council=council)
    client.force_login(builders.person(council, "kiem-tra", role="auditor"))

    page = client.get(reverse("council:start"), follow=True).content.decode()
    checked = client.post(reverse("council:verify_record"), follow=True).content.decode()

    assert "Nhật ký không sửa được" in page
    assert "Việc chung của hội đồng" in page
    assert doubtful.to not in page
    assert "Nhật ký nguyên vẹn" in checked
    assert client.post(reverse("council:mail_decide", args=[doubtful.public_id])).status_code == 404


def test_a_parked_job_of_the_machine_itself_is_shown_too(client, council, office):
    job = outbox.enqueue("test.nothing", key="k", title="Kiểm tra tính toàn vẹn của tài liệu")
    Job.objects.update(state=Job.State.PARKED, last_error="một tệp đã đổi")
    client.force_login(office)

    assert job.title in client.get(reverse("council:operations")).content.decode()


def test_a_guest_is_led_to_what_guests_may_read(client, council):
    client.force_login(builders.person(council, "khach-moi", role="guest"))

    response = client.get(reverse("council:start"))

    assert response.url == reverse("sessions:public_sessions")
    assert reverse("account_logout") in client.get(response.url).content.decode()


def test_a_wrong_file_is_bad_input_not_a_crash():
    with pytest.raises(BadInput):
        holidays.read_days(name="x.xlsx", content=b"PK\x03\x04 nothing")
