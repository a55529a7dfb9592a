"""How papers arrive (decision 0019): asked of an agency or board, handed in there, accepted or asked back by the office."""

import shutil
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from council import outbox
from council.errors import BadInput, NotAllowed, WrongState
from council.models import AuditEntry, Job, Mail, Membership
from documents.models import Version
from sessions import selectors as session_selectors
from sessions.handin import selectors
from sessions.handin import services as handin
from sessions.handin.services import Wanted
from sessions.models import CouncilSession, HandIn, ItemPaper, PaperRequest
from sessions.services import file_paper, remove_item, remove_paper, save_paper
from tests import builders
from tests.documents import office_files
from tests.documents.papers import processed, tiny

State = PaperRequest.State


@pytest.fixture
def session(council_session):
    """A session that opens in a month, so that there is time to ask."""
    opening = timezone.localdate() + timedelta(days=30)
    CouncilSession.objects.filter(pk=council_session.pk).update(starts_on=opening, ends_on=opening)
    council_session.refresh_from_db()
    return council_session


@pytest.fixture
def paper(session, office):
    item = session.items.get(number=2)
    return save_paper(item=item, by=office, kind="submission", title="Tờ trình về kế hoạch", number="279/TTr-UBND")


@pytest.fixture
def report(session, office):
    item = session.items.get(number=2)
    return save_paper(item=item, by=office, kind="verification_report", title="Báo cáo thẩm tra kế hoạch")


@pytest.fixture
def board(council, delegates):
    made = builders.board(council)
    Membership.objects.create(
        body=made, user=delegates[1].user, delegate=delegates[1], starts_on=builders.TERM_START
    )
    return made


@pytest.fixture
def request_(session, paper, agency, office):
    return handin.ask_for_papers(council_session=session, by=office, wanted=[Wanted(paper, agency=agency)])[0]


def pdf(words="To trinh", name="to-trinh.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, tiny(words), content_type="application/pdf")


def run_jobs(*kinds):
    for job in Job.objects.filter(kind__in=kinds, state=Job.State.DUE, run_at__lte=timezone.now()).order_by("pk"):
        assert outbox.run(job.pk), Job.objects.get(pk=job.pk).last_error


def letters():
    run_jobs("sessions.hand_in_letter", "sessions.hand_in_reminder")
    return list(Mail.objects.order_by("pk"))


# --- asking -----------------------------------------------------------------------------------------------
def test_the_office_asks_and_the_day_is_counted_from_the_regulations(session, paper, agency, agency_clerk, office):
    deadlines = session_selectors.deadlines(session)

    (made,) = handin.ask_for_papers(council_session=session, by=office, wanted=[Wanted(paper, agency=agency)])

    assert (made.due_on, made.due_by_hand) == (deadlines.hand_in.day, False)
    assert deadlines.hand_in.day < deadlines.papers.day
    assert AuditEntry.objects.filter(event="sessions.paper-asked", chain__key=session.chain_key).count() == 1


def test_each_agency_and_board_gets_one_letter_that_names_all_of_its_papers(
    session, paper, report, agency, agency_clerk, board, office, delegates
):
    other = save_paper(item=paper.item, by=office, kind="draft_resolution", title="Dự thảo nghị quyết")

    handin.ask_for_papers(
        council_session=session,
        by=office,
        wanted=[Wanted(paper, agency=agency), Wanted(other, agency=agency), Wanted(report, body=board)],
        note="Gửi bản có chữ ký số",
    )

    sent = letters()
    assert sorted(mail.to for mail in sent) == sorted([agency.email, agency_clerk.email, delegates[1].email])
    to_agency = next(mail for mail in sent if mail.to == agency_clerk.email)
    assert "Tờ trình về kế hoạch" in to_agency.text
    assert "Dự thảo nghị quyết" in to_agency.text
    assert "Gửi bản có chữ ký số" in to_agency.text
    assert "thẩm tra" not in to_agency.text


def test_a_day_that_is_past_or_after_the_session_is_refused(session, paper, agency, office):
    for day in (timezone.localdate() - timedelta(days=1), session.ends_on + timedelta(days=1)):
        with pytest.raises(BadInput):
            handin.ask_for_papers(
                council_session=session, by=office, wanted=[Wanted(paper, agency=agency)], due_on=day
            )
    assert not PaperRequest.objects.exists()


def test_only_the_office_of_the_body_asks(session, paper, agency, agency_clerk, chair, delegate):
    for person in (agency_clerk, chair, delegate.user):
        with pytest.raises(NotAllowed):
            handin.ask_for_papers(council_session=session, by=person, wanted=[Wanted(paper, agency=agency)])


def test_the_overview_proposes_whom_to_ask_with_the_reason(client, session, paper, report, agency, board, office):
    ItemPaper.objects.filter(pk=paper.pk).update(issuer="Sở Xây dựng")
    ItemPaper.objects.filter(pk=report.pk).update(title=f"Báo cáo thẩm tra của {board.name}")

    lines = {line.paper.pk: line for line in selectors.overview(session)}

    assert lines[paper.pk].guess.value == f"a:{agency.public_id}"
    assert lines[paper.pk].guess.why == "Chương trình ghi cơ quan ban hành là Sở Xây dựng."
    assert lines[report.pk].guess.value == f"b:{board.public_id}"
    client.force_login(office)
    page = client.get(reverse("sessions:collect", args=[session.public_id])).content.decode()
    assert "Chương trình ghi cơ quan ban hành là Sở Xây dựng." in page
    client.post(
        reverse("sessions:ask_for_papers", args=[session.public_id]),
        {f"chon-{paper.public_id}": "1", f"ai-{paper.public_id}": f"a:{agency.public_id}"},
    )
    assert [row.paper for row in PaperRequest.objects.all()] == [paper]


# --- handing in ---------------------------------------------------------------------------------------------
def test_until_the_office_accepts_nobody_else_reads_it(client, session, request_, agency_clerk, office, chair, delegate, administrator):
    brought = handin.hand_in(request=request_, by=agency_clerk, upload=pdf(), note="Bản đã ký")
    address = reverse("documents:read", args=[brought.version.document.public_id])

    readers = {}
    for person in (agency_clerk, office, chair, delegate.user, administrator):
        client.force_login(person)
        readers[person.username] = client.get(address).status_code
    outsider = builders.person(
        session.council, "other-clerk", role="agency_clerk", agency=builders.agency(session.council, "SYT", "Sở Y tế")
    )
    client.force_login(outsider)

    assert readers == {
        agency_clerk.username: 200, office.username: 200, chair.username: 404,
        delegate.user.username: 404, administrator.username: 404,
    }  # fmt: skip
    assert client.get(address).status_code == 404
    request_.refresh_from_db()
    assert (request_.state, request_.paper.document) == (State.HANDED_IN, None)


def test_a_second_agency_and_a_second_council_see_nothing_and_hand_nothing_in(
    client, session, request_, agency_clerk, other_council
):
    council = session.council
    second = builders.person(council, "clerk-2", role="agency_clerk", agency=builders.agency(council, "SYT", "Sở Y tế"))
    abroad = builders.person(
        other_council, "clerk-3", role="agency_clerk", agency=builders.agency(other_council, "SXD", "Sở Xây dựng")
    )
    one = reverse("sessions:hand_in", args=[request_.public_id])
    bring = reverse("sessions:bring", args=[request_.public_id])
    client.force_login(agency_clerk)
    assert client.get(one).status_code == 200

    for person in (second, abroad):
        client.force_login(person)
        assert client.get(one).status_code == 404
        assert client.post(bring, {"files": [pdf()]}).status_code == 404
    client.force_login(second)
    assert "Tờ trình về kế hoạch" not in client.get(reverse("sessions:hand_ins")).content.decode()
    with pytest.raises(NotAllowed):
        handin.hand_in(request=request_, by=second, upload=pdf())


def test_a_boards_member_hands_in_for_the_board(client, session, report, board, office, delegates):
    (asked,) = handin.ask_for_papers(council_session=session, by=office, wanted=[Wanted(report, body=board)])
    client.force_login(delegates[1].user)
    assert "Báo cáo thẩm tra" in client.get(reverse("sessions:hand_ins")).content.decode()
    assert "Báo cáo thẩm tra" in client.get(reverse("sessions:today")).content.decode()

    client.post(reverse("sessions:bring", args=[asked.public_id]), {"files": [pdf("Tham tra")]})

    asked.refresh_from_db()
    assert asked.state == State.HANDED_IN
    client.force_login(delegates[2].user)  # no member of the board
    assert client.get(reverse("sessions:hand_in", args=[asked.public_id])).status_code == 404


def test_a_damaged_file_is_refused_in_words_and_nothing_is_handed_in(client, request_, agency_clerk):
    client.force_login(agency_clerk)
    broken = SimpleUploadedFile("a.pdf", b"%PDF-1.7 nothing")

    answer = client.post(
        reverse("sessions:bring", args=[request_.public_id]), {"files": [broken]}, headers={"X-File-Drop": "1"}
    )

    assert answer.status_code == 422
    assert "PDF" in answer.json()["message"]
    request_.refresh_from_db()
    assert (request_.state, HandIn.objects.count()) == (State.ASKED, 0)


def test_78_a_paper_named_secret_is_refused_where_agencies_hand_in(request_, agency_clerk):
    with pytest.raises(BadInput):
        handin.hand_in(request=request_, by=agency_clerk, upload=pdf(name="Tối mật - kế hoạch.pdf"))

    assert not HandIn.objects.exists()
    assert AuditEntry.objects.filter(event="documents.marked-paper-refused").count() == 1


def test_the_same_bytes_sent_twice_wait_once(request_, agency_clerk):
    first = handin.hand_in(request=request_, by=agency_clerk, upload=pdf())
    request_.refresh_from_db()

    assert handin.hand_in(request=request_, by=agency_clerk, upload=pdf()) == first
    assert HandIn.objects.count() == 1


# --- the office answers -----------------------------------------------------------------------------------------
def test_accepting_puts_it_into_the_agenda_and_a_correction_becomes_a_new_version(request_, agency_clerk, office, session):
    first = handin.hand_in(request=request_, by=agency_clerk, upload=pdf("Ban mot"))
    handin.accept(hand_in=first, by=office)
    paper = ItemPaper.objects.get(pk=request_.paper_id)
    assert paper.document.visibility == "members"
    assert paper.document.versions.get().sha256 == first.version.sha256
    request_.refresh_from_db()

    second = handin.hand_in(request=request_, by=agency_clerk, upload=pdf("Ban hai"))
    assert paper.document.versions.count() == 1  # the accepted one stands until the office accepts the newer

    handin.accept(hand_in=second, by=office)
    assert [v.sha256 for v in paper.document.versions.order_by("number")] == [first.version.sha256, second.version.sha256]
    assert [row.answer for row in request_.hand_ins.order_by("pk")] == ["accepted", "accepted"]


def test_63_a_person_and_an_agency_bring_so_much_in_a_day_and_no_more(request_, agency_clerk, agency, council, office, settings):
    colleague = builders.person(council, "dong-nghiep", role="agency_clerk", agency=agency)
    settings.MAX_AGENCY_DAY_BYTES = len(tiny("Ban mot")) + 100
    handin.hand_in(request=request_, by=agency_clerk, upload=pdf("Ban mot"))

    for person in (agency_clerk, colleague):
        with pytest.raises(BadInput, match="24 giờ"):
            handin.hand_in(request=request_, by=person, upload=pdf("Ban hai"))

    Version.objects.update(uploaded_at=timezone.now() - timedelta(hours=25))
    handin.hand_in(request=request_, by=colleague, upload=pdf("Ban hai"))
    settings.MAX_DAY_BYTES = 10
    with pytest.raises(BadInput, match="24 giờ"):
        file_paper(paper=request_.paper, by=office, upload=pdf("Ban ba"))


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_a_word_file_handed_in_is_converted_before_it_is_accepted_and_kept_as_it_was_brought(request_, agency_clerk, office):
    content = office_files.docx("Tờ trình về kế hoạch đầu tư công")
    upload = SimpleUploadedFile("to-trinh.docx", content)
    waiting = handin.hand_in(request=request_, by=agency_clerk, upload=upload)
    with pytest.raises(WrongState, match="chưa xử lý xong"):
        handin.accept(hand_in=waiting, by=office)

    tray = processed(waiting.version)
    waiting.refresh_from_db()
    paper = handin.accept(hand_in=waiting, by=office)

    version = paper.document.versions.get()
    assert (version.state, version.format, version.sha256) == ("ready", "pdf", tray.sha256)
    assert "Tờ trình về kế hoạch đầu tư công" in processed(version).page_rows.get().text
    assert (tray.format, tray.source.open().read()) == ("docx", content)


def test_asking_back_needs_a_reason_which_is_mailed_and_the_versions_are_kept(request_, agency_clerk, office):
    handin.hand_in(request=request_, by=agency_clerk, upload=pdf("Ban mot"))
    with pytest.raises(BadInput):
        handin.ask_back(request=request_, by=office, reason="  ")

    handin.ask_back(request=request_, by=office, reason="Thiếu phụ lục 2")

    assert any("Thiếu phụ lục 2" in mail.text for mail in letters() if mail.to == agency_clerk.email)
    request_.refresh_from_db()
    assert request_.state == State.SENT_BACK
    handin.hand_in(request=request_, by=agency_clerk, upload=pdf("Ban hai"))
    assert [row.answer for row in request_.hand_ins.order_by("pk")] == ["sent_back", "waiting"]
    request_.refresh_from_db()
    assert request_.tray.versions.count() == 2


def test_what_was_overtaken_or_asked_back_is_not_accepted(request_, agency_clerk, office):
    first = handin.hand_in(request=request_, by=agency_clerk, upload=pdf("Ban mot"))
    request_.refresh_from_db()
    second = handin.hand_in(request=request_, by=agency_clerk, upload=pdf("Ban hai"))

    with pytest.raises(WrongState):
        handin.accept(hand_in=first, by=office)
    handin.ask_back(request=request_, by=office, reason="Sai số liệu")
    with pytest.raises(WrongState):
        handin.accept(hand_in=second, by=office)
    assert not ItemPaper.objects.exclude(document=None).exists()


def test_a_paper_that_the_office_files_itself_is_no_longer_owed(request_, office):
    file_paper(paper=request_.paper, by=office, upload=pdf())

    request_.refresh_from_db()
    assert (request_.state, selectors.standing(request_).words) == (State.ACCEPTED, "Văn phòng đã có văn bản")


def test_a_paper_that_is_asked_for_is_not_removed_with_its_item(request_, office):
    with pytest.raises(WrongState):
        remove_paper(paper=request_.paper, by=office)
    with pytest.raises(WrongState):
        remove_item(item=request_.paper.item, by=office)

    handin.withdraw_request(request=request_, by=office)
    remove_paper(paper=request_.paper, by=office)
    assert not PaperRequest.objects.exists()


def test_every_state_has_its_next_ones_and_no_other(request_):
    legal = {(a, b) for a, after in PaperRequest.NEXT.items() for b in after}
    for before in State:
        for after in State:
            request_.state = before
            if (before, after) in legal:
                request_.move_to(after)
            else:
                with pytest.raises(WrongState):
                    request_.move_to(after)


# --- days ------------------------------------------------------------------------------------------------------
def test_late_is_computed_from_the_days_and_never_stored(request_, agency_clerk, office):
    day = request_.due_on
    assert selectors.standing(request_, day).days_late == 0
    assert selectors.standing(request_, day + timedelta(days=4)).words == "Chưa nộp, quá hạn 4 ngày"

    handin.hand_in(request=request_, by=agency_clerk, upload=pdf())
    HandIn.objects.update(handed_in_at=timezone.localtime().replace(hour=12) + (day - timezone.localdate()) + timedelta(days=2))
    request_ = selectors.with_parts().get()

    assert selectors.standing(request_).words == "Chờ văn phòng nhận, nộp muộn 2 ngày"
    assert "late" not in {field.name for field in PaperRequest._meta.fields}


def _when_it_is_time(job):
    Mail.objects.all().delete()
    Job.objects.filter(pk=job.pk).update(run_at=timezone.now())
    return letters()


def test_who_owes_is_reminded_before_the_day_and_on_it_and_nobody_else(request_, agency, agency_clerk, office):
    letters()
    Mail.objects.all().delete()
    first, last = Job.objects.filter(kind="sessions.hand_in_reminder").order_by("run_at")
    assert timezone.localdate(first.run_at) == request_.due_on - timedelta(days=2)
    assert timezone.localdate(last.run_at) == request_.due_on

    before = _when_it_is_time(first)
    handin.hand_in(request=request_, by=agency_clerk, upload=pdf())
    on_the_day = _when_it_is_time(last)

    assert {mail.to for mail in before} == {agency.email, agency_clerk.email}
    assert all(mail.subject.startswith("Sắp đến hạn nộp 1 văn bản") for mail in before)
    assert on_the_day == []  # it had come


def test_the_office_reminds_by_hand_once_a_day(request_, office):
    handin.remind_now(request=request_, by=office)
    with pytest.raises(WrongState):
        handin.remind_now(request=request_, by=office)


def test_the_sessions_page_says_from_whom_what_is_missing_and_how_late(client, session, request_, office):
    PaperRequest.objects.update(due_on=timezone.localdate() - timedelta(days=3))
    client.force_login(office)

    page = client.get(reverse("sessions:session", args=[session.public_id])).content.decode()

    assert "Sở Xây dựng: " in page
    assert "Chưa nộp, quá hạn 3 ngày" in page
    assert "1 văn bản quá hạn" in page


# --- the same verbs in JSON -------------------------------------------------------------------------------------
def test_the_whole_way_over_the_api(client, session, paper, agency, agency_clerk, office):
    client.force_login(office)
    wanted = {"wanted": [{"paper": str(paper.public_id), "agency": str(agency.public_id)}]}
    asked = client.post(reverse("api-paper-requests", args=[session.public_id]), wanted, "application/json")
    assert asked.status_code == 200, asked.content
    client.force_login(agency_clerk)
    (mine,) = client.get(reverse("api-hand-ins")).json()
    brought = client.post(reverse("api-bring", args=[mine["id"]]), {"file": pdf(), "note": "Bản ký"})
    assert brought.json()["state"] == "handed_in"
    client.force_login(office)

    taken = client.post(reverse("api-accept-hand-in", args=[session.public_id, mine["id"]]))

    assert (taken.json()["state"], taken.json()["hand_ins"][0]["answer"]) == ("accepted", "accepted")
    paper.refresh_from_db()
    assert paper.document.visibility == "members"
