"""The office builds a session: by file, by hand, by copy; the agenda is changed and the change undone."""

from datetime import date, time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from council.errors import NotAllowed, WrongState
from council.models import AuditEntry, CalendarDay
from sessions import rules, selectors, services
from sessions.import_template import as_json, as_xlsx, example
from sessions.models import AgendaItem, CouncilSession, ItemPaper, Sitting
from tests import builders


def upload(client, data: bytes, council, name="ky-hop.xlsx"):
    body = builders.plenary(council).public_id
    return client.post(reverse("sessions:import"), {"file": SimpleUploadedFile(name, data), "body": str(body)})


def titles(council_session) -> list[str]:
    return [f"{i.number}. {i.title}" for i in council_session.items.order_by("number")]


@pytest.fixture
def two_sittings(council_session, sitting):
    """A second sitting with one item beside the three of the first."""
    second = Sitting.objects.create(
        council_session=council_session, number=2, title="Phiên bế mạc", date=sitting.date, starts_at=time(14)
    )
    AgendaItem.objects.create(council_session=council_session, sitting=second, number=4, title="Bế mạc")
    return council_session


# --- Import through the page ---------------------------------------------------------------------------
def test_a_file_is_shown_before_anything_is_written(client, council, office):
    client.force_login(office)

    response = upload(client, as_xlsx(example()), council)

    assert response.status_code == 200
    assert "<strong class=\"num\">3</strong> mục" in response.content.decode()
    assert not CouncilSession.objects.exists()


def test_the_shown_session_is_made_whole_and_once(client, council, office):
    client.force_login(office)
    sealed = upload(client, as_json(example()).encode(), council, "ky-hop.json").context["sealed"]

    first = client.post(reverse("sessions:import_commit"), {"plan": sealed})
    second = client.post(reverse("sessions:import_commit"), {"plan": sealed})

    made = CouncilSession.objects.get()
    assert first.status_code == 302 and first.url == reverse("sessions:session", args=[made.public_id])
    assert second.status_code == 422
    assert (made.sittings.count(), made.items.count(), ItemPaper.objects.count()) == (2, 3, 3)
    assert (made.starts_on, made.ends_on, made.state) == (date(2027, 7, 7), date(2027, 7, 8), "draft")
    assert AuditEntry.objects.filter(event="sessions.imported").count() == 1


def test_a_wrong_file_imports_nothing_and_names_the_cell(client, council, office):
    client.force_login(office)
    bad = as_json(example()).replace('"08:15"', '"25:00"').encode()

    response = upload(client, bad, council)

    assert response.status_code == 422
    assert "trường starts_at: “25:00” không phải là giờ" in response.content.decode()
    assert not CouncilSession.objects.exists()


def test_a_plan_of_somebody_else_is_not_taken(client, council, office):
    client.force_login(office)
    sealed = upload(client, as_xlsx(example()), council).context["sealed"]
    colleague = builders.person(council, "office-2", role="office")
    client.force_login(colleague)

    assert client.post(reverse("sessions:import_commit"), {"plan": sealed}).status_code == 404
    assert client.post(reverse("sessions:import_commit"), {"plan": sealed[:-2] + "xx"}).status_code == 302
    assert not CouncilSession.objects.exists()


@pytest.mark.parametrize("kind", ["xlsx", "json"])
def test_the_template_is_downloaded_from_the_same_page(client, council, office, kind):
    client.force_login(office)
    url = reverse("sessions:import_template", args=[kind])

    page, file = client.get(reverse("sessions:import")), client.get(url)

    assert url in page.content.decode()
    assert upload(client, file.content, council).context["plan"] == example()


# --- By hand and by copy -------------------------------------------------------------------------------
def test_a_board_meeting_is_made_with_the_same_screens(client, council):
    board = builders.board(council)
    clerk = builders.person(council, "ktns", role="office", body=board)
    client.force_login(clerk)
    values = {
        "body": str(board.public_id), "number": 1, "kind": "meeting", "title": "Họp thẩm tra tháng 11",
        "starts_on": "2026-11-25", "ends_on": "2026-11-25",
    }  # fmt: skip

    response = client.post(reverse("sessions:create"), values)

    made = CouncilSession.objects.get()
    assert response.url == reverse("sessions:add_sitting", args=[made.public_id])
    assert made.body == board


def test_the_office_of_a_board_sees_the_meetings_of_that_board_only(client, council, council_session, office):
    board = builders.board(council)
    clerk = builders.person(council, "ktns", role="office", body=board)
    client.force_login(clerk)

    assert client.get(reverse("sessions:session", args=[council_session.public_id])).status_code == 404
    assert council_session.title not in client.get(reverse("sessions:list")).content.decode()
    with pytest.raises(NotAllowed):
        services.create_session(
            council=council, body=builders.plenary(council), by=clerk, number=9, kind="regular", title="x",
            starts_on=date(2026, 12, 1), ends_on=date(2026, 12, 1),
        )  # fmt: skip


def test_a_copy_keeps_items_and_expected_papers_and_moves_the_days(council_session, office):
    item = council_session.items.get(number=2)
    services.save_paper(item=item, by=office, kind="submission", title="Tờ trình", number="1/TTr-UBND")

    made = services.copy_session(
        source=council_session, by=office, number=6, title="Kỳ họp thứ 6", starts_on=date(2027, 7, 7)
    )

    assert titles(made) == titles(council_session)
    assert made.sittings.get().date == date(2027, 7, 7)
    paper = ItemPaper.objects.get(item__council_session=made)
    assert (paper.title, paper.number, paper.document) == ("Tờ trình", "", None)


def test_one_number_is_given_once_in_a_body_and_term(client, council_session, office):
    client.force_login(office)
    values = {
        "body": str(council_session.body.public_id), "number": council_session.number, "kind": "regular",
        "title": "Trùng số", "starts_on": "2027-07-07", "ends_on": "2027-07-08",
    }  # fmt: skip

    response = client.post(reverse("sessions:create"), values)

    assert response.status_code == 422
    assert CouncilSession.objects.count() == 1


# --- Items ----------------------------------------------------------------------------------------------
def test_an_added_item_stands_last_in_its_sitting_and_the_rest_moves_down(client, two_sittings, sitting, office):
    client.force_login(office)
    values = {
        "sitting": str(sitting.public_id), "title": "Nghị quyết về phí", "kind": "draft_resolution", "usual_papers": "on",
    }  # fmt: skip

    client.post(reverse("sessions:add_item", args=[two_sittings.public_id]), values)

    assert titles(two_sittings)[3:] == ["4. Nghị quyết về phí", "5. Bế mạc"]
    kinds = list(two_sittings.items.get(number=4).papers.values_list("kind", flat=True))
    assert kinds == ["submission", "draft_resolution", "verification_report"]


def test_items_change_places_and_cross_into_the_next_sitting(two_sittings, office):
    third = two_sittings.items.get(number=3)

    services.move_item(item=third, by=office, up=True)
    assert [i.title[:9] for i in two_sittings.items.order_by("number")] == [
        "Diễn văn ", "Báo cáo c", "Nghị quyế", "Bế mạc",
    ]  # fmt: skip

    last = two_sittings.items.get(number=3)
    services.move_item(item=last, by=office, up=False)
    last.refresh_from_db()
    assert (last.number, last.sitting.number) == (3, 2)


def test_a_removed_item_comes_back_with_its_papers_by_undo(client, two_sittings, office):
    item = two_sittings.items.get(number=2)
    services.save_paper(item=item, by=office, kind="submission", title="Tờ trình", is_public=True)
    before = titles(two_sittings)
    client.force_login(office)

    client.post(reverse("sessions:remove_item", args=[two_sittings.public_id, item.public_id]))
    assert len(titles(two_sittings)) == 3
    page = client.get(reverse("sessions:session", args=[two_sittings.public_id])).content.decode()
    assert "Hoàn tác" in page
    client.post(reverse("sessions:undo", args=[two_sittings.public_id]))

    assert titles(two_sittings) == before
    assert two_sittings.items.get(number=2).papers.get().is_public


def test_undo_works_once(client, two_sittings, office):
    item = two_sittings.items.get(number=2)
    client.force_login(office)
    client.post(reverse("sessions:remove_item", args=[two_sittings.public_id, item.public_id]))

    client.post(reverse("sessions:undo", args=[two_sittings.public_id]))
    client.post(reverse("sessions:undo", args=[two_sittings.public_id]))

    assert len(titles(two_sittings)) == 4


def test_an_item_that_began_is_neither_moved_nor_removed(two_sittings, office):
    item = two_sittings.items.get(number=2)
    AgendaItem.objects.filter(pk=item.pk).update(state="done")
    item.refresh_from_db()

    with pytest.raises(WrongState):
        services.remove_item(item=item, by=office)
    with pytest.raises(WrongState):
        services.move_item(item=item, by=office, up=True)


def test_a_closed_session_is_not_changed(council_session, sitting, office):
    CouncilSession.objects.update(state="closed")

    with pytest.raises(WrongState):
        services.save_item(council_session=council_session, by=office, sitting=sitting, title="x", kind="other")


def test_an_item_is_moved_with_the_plain_form_and_with_htmx(client, two_sittings, office):
    client.force_login(office)
    url = reverse("sessions:move_item", args=[two_sittings.public_id, two_sittings.items.get(number=1).public_id])

    plain = client.post(url, {"len": "0", "sap-xep": "1"})
    swapped = client.post(url, {"len": "0", "sap-xep": "1"}, headers={"HX-Request": "true"})

    assert plain.url.endswith("?sap-xep=1")
    assert swapped.content.decode().lstrip().startswith('<div id="agenda">')
    assert titles(two_sittings)[2] == "3. Diễn văn khai mạc"


def test_a_sitting_with_items_is_not_removed(two_sittings, sitting, office):
    with pytest.raises(WrongState):
        services.remove_sitting(sitting=sitting, by=office)


def test_a_draft_set_up_by_mistake_is_thrown_away_and_a_convened_session_is_not(client, council_session, office):
    client.force_login(office)
    url = reverse("sessions:remove", args=[council_session.public_id])
    CouncilSession.objects.update(state="convened")
    assert client.post(url).status_code == 409

    CouncilSession.objects.update(state="draft")
    client.post(url)

    assert not CouncilSession.objects.exists()
    assert AuditEntry.objects.filter(event="sessions.removed").exists()


# --- Who -----------------------------------------------------------------------------------------------
SEES = {"office": 200, "chair": 200, "secretary": 200}


@pytest.mark.parametrize("who", ["office", "chair", "secretary", "delegate", "agency_clerk", "administrator"])
def test_the_desk_of_a_session_is_for_office_chair_and_secretary(request, client, council_session, who):
    person = request.getfixturevalue(who)
    client.force_login(getattr(person, "user", person))

    response = client.get(reverse("sessions:session", args=[council_session.public_id]))

    assert response.status_code == SEES.get(who, 404)


@pytest.mark.parametrize("who", ["chair", "secretary", "delegate", "agency_clerk", "administrator"])
def test_only_the_office_changes_the_agenda(request, client, council_session, sitting, who):
    person = request.getfixturevalue(who)
    client.force_login(getattr(person, "user", person))
    item = council_session.items.first()

    answers = {
        client.post(reverse("sessions:remove_item", args=[council_session.public_id, item.public_id])).status_code,
        client.post(reverse("sessions:add_item", args=[council_session.public_id]), {"title": "x"}).status_code,
        client.get(reverse("sessions:import")).status_code,
        client.post(reverse("sessions:notice", args=[council_session.public_id]), {"number": "1"}).status_code,
    }

    assert answers == {404}
    assert council_session.items.count() == 3


def test_another_council_and_a_stranger_see_nothing(client, council_session, other_council):
    url = reverse("sessions:session", args=[council_session.public_id])
    assert client.get(url).status_code == 302  # to the sign-in

    stranger = builders.person(other_council, "xa", role="office")
    client.force_login(stranger)
    assert client.get(url).status_code == 404


# --- Deadlines explain themselves ---------------------------------------------------------------------
def test_the_papers_deadline_counts_working_days_back_and_names_the_days_off(council, council_session):
    CouncilSession.objects.update(starts_on=date(2027, 1, 6))
    CalendarDay.objects.create(council=council, date=date(2027, 1, 1), kind="holiday", name="Tết Dương lịch")
    council_session.refresh_from_db()

    deadline = selectors.deadlines(council_session).papers

    assert deadline.day == date(2026, 12, 29)
    assert deadline.why == (
        "Khai mạc 06/01/2027, lùi 5 ngày làm việc là 29/12/2026, "
        "không tính thứ Bảy, Chủ nhật và ngày nghỉ 01/01/2027."
    )


def test_the_notice_deadline_follows_the_kind_of_session(council_session):
    CouncilSession.objects.update(starts_on=date(2026, 12, 9), kind="thematic")
    council_session.refresh_from_db()

    deadline = selectors.deadlines(council_session).notice

    assert deadline.day == date(2026, 12, 2)
    assert deadline.why == "Khai mạc 09/12/2026, lùi 7 ngày là 02/12/2026."


# --- What is missing ----------------------------------------------------------------------------------
def test_a_missing_verification_report_is_named_in_the_table(client, council_session, office):
    item = council_session.items.get(number=2)
    services.save_paper(item=item, by=office, kind="verification_report", title="Báo cáo thẩm tra")
    client.force_login(office)

    page = client.get(reverse("sessions:session", args=[council_session.public_id])).content.decode()

    assert "Thiếu thẩm tra" in page
    assert "0/1" in page


def expected(key, title, kind="submission", number="", item=1, missing=True):
    return rules.Expected(key, kind, title, number, item, missing)


PAPERS = [
    expected(1, "Tờ trình về mức thu học phí năm học 2026 - 2027", number="279/TTr-UBND", item=30),
    expected(2, "Dự thảo Nghị quyết quy định mức thu học phí", "draft_resolution", item=30),
    expected(3, "Báo cáo thẩm tra mức thu học phí", "verification_report", "71/BC-HĐND", 30),
    expected(4, "Báo cáo công tác của Tòa án nhân dân tỉnh", "report", "712/BC-TA", 5),
]


@pytest.mark.parametrize(
    ("name", "key", "why"),
    [
        ("279-TTr-UBND.pdf", 1, "Số 279/TTr-UBND có trong tên tệp."),
        ("TT 0279_TTr-UBND ky so.pdf", 1, "Số 279/TTr-UBND có trong tên tệp."),
        ("71_BC-HDND.signed.pdf", 3, "Số 71/BC-HĐND có trong tên tệp."),
        ("Muc 30 - tham tra.pdf", 3, "Tên tệp ghi mục 30, đúng loại văn bản."),
    ],
)
def test_a_file_finds_its_paper_by_number_or_item(name, key, why):
    assert rules.match_file(name, PAPERS) == rules.Match(key, why)


@pytest.mark.parametrize(
    ("name", "key"),
    [("bao cao cong tac toa an nhan dan tinh.pdf", 4), ("Dự thảo NQ mức thu học phí.pdf", 2)],
)
def test_a_file_finds_its_paper_by_the_words_of_the_title(name, key):
    assert rules.match_file(name, PAPERS).key == key


@pytest.mark.parametrize("name", ["scan0001.pdf", "79-TTr-UBND.pdf", "279.pdf", "a.pdf", ".pdf", ""])
def test_a_file_that_says_nothing_gets_no_proposal(name):
    assert rules.match_file(name, PAPERS) is None
