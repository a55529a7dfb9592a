"""A session taken out (decision 0019): one PDF with bookmarks, numbers and contents; a zip with readable names."""

import io
import zipfile

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from council import outbox
from council.models import Job
from documents.services import replace_paper
from sessions.models import CouncilSession, ItemPaper, SessionExport
from sessions.out import services
from sessions.out.names import MOST, MOST_BYTES, Names, safe_name
from sessions.out.selectors import plan_for
from sessions.services import file_paper, save_paper
from sessions.services.shared import describe
from tests import builders
from tests.documents.papers import tiny


@pytest.fixture
def session(council_session, office):
    """Items 2 and 3 with papers of two and three pages; a third paper is restricted, a fourth is the office's."""
    rows = [
        (2, "submission", "Tờ trình về kế hoạch", "279/TTr-UBND", 2),
        (3, "report", "Báo cáo công tác", "", 3),
        (3, "other", "Phụ lục hạn chế", "", 1),
        (3, "other", "Phụ lục của văn phòng", "", 1),
    ]
    for item, kind, title, number, pages in rows:
        paper = save_paper(item=council_session.items.get(number=item), by=office, kind=kind, title=title, number=number)
        file_paper(paper=paper, by=office, upload=SimpleUploadedFile("a.pdf", tiny(f"bai {len(title)}", pages=pages)))
    ItemPaper.objects.filter(title="Phụ lục hạn chế").update(is_restricted=True)
    ItemPaper.objects.filter(title="Phụ lục của văn phòng").update(readers="office")
    for paper in ItemPaper.objects.select_related("item__sitting", "item__council_session"):
        describe(paper, office)
    CouncilSession.objects.filter(pk=council_session.pk).update(state="convened")
    council_session.refresh_from_db()
    return council_session


def made(session, person) -> SessionExport:
    export = services.ask_for_pdf(council_session=session, by=person)
    job = Job.objects.get(kind=services.JOB, args__export_id=export.pk)
    assert outbox.run(job.pk), Job.objects.get(pk=job.pk).last_error
    export.refresh_from_db()
    return export


def address(name, session, *more):
    return reverse(f"sessions:{name}", args=[session.public_id, *more])


def body(response) -> bytes:
    return b"".join(response.streaming_content)


@pytest.mark.slow
def test_a_session_as_one_pdf_with_contents_bookmarks_and_page_numbers(client, session, delegate, delegates):
    client.force_login(delegate.user)
    export = made(session, delegate.user)
    assert (export.state, len(export.versions)) == ("ready", 2)

    answer = client.get(address("session_pdf", session, export.public_id))

    whole = pypdfium2.PdfDocument(body(answer))
    assert len(whole) == 1 + 2 + 3
    marks = [(mark.level, mark.get_title(), mark.get_dest().get_index()) for mark in whole.get_toc()]
    assert marks[:3] == [
        (0, "Mục lục", 0),
        (0, "Mục 2. Nghị quyết về kế hoạch phát triển kinh tế - xã hội năm 2027", 1),
        (1, "279/TTr-UBND: Tờ trình về kế hoạch", 1),
    ]
    assert marks[-1][1:] == ("Báo cáo công tác", 3)
    texts = [page.get_textpage().get_text_range() for page in whole]
    assert all(f"{number} / 6" in text for number, text in enumerate(texts, 1))
    assert "Báo cáo công tác" in texts[0]
    assert "Phụ lục hạn chế: tài liệu hạn chế" in " ".join(texts[0].split())
    assert "văn phòng" not in texts[0]  # what a delegate may not read is not even named
    whole.close()

    for other in (delegates[1].user, builders.person(session.council, "office-2", role="office")):
        client.force_login(other)  # the file is its asker's alone
        assert client.get(address("session_pdf", session, export.public_id)).status_code == 404


def test_a_file_whose_paper_was_withdrawn_or_closed_is_given_out_no_more(client, session, delegate, office, sitting):
    client.force_login(delegate.user)
    plan = plan_for(delegate.user, session)
    export = services.ask_for_pdf(council_session=session, by=delegate.user)
    SessionExport.objects.filter(pk=export.pk).update(
        state="ready", versions=[part.version.pk for part in plan.parts]
    )
    page = address("session_pdf", session, export.public_id)
    SessionExport.objects.get(pk=export.pk).file.save("a.pdf", io.BytesIO(tiny()))
    SessionExport.objects.filter(pk=export.pk).update(size=len(tiny()), sha256="0" * 64)
    assert client.get(page).status_code == 200

    document = plan.parts[0].version.document
    document.is_closed = True
    document.save()

    assert client.get(page).status_code == 404


def test_nothing_of_a_closed_sitting_goes_out(session, delegate, office, sitting):
    from sessions.services import save_sitting

    assert len(plan_for(delegate.user, session).parts) == 2
    save_sitting(
        council_session=session, by=office, sitting=sitting, title=sitting.title, date=sitting.date,
        starts_at=sitting.starts_at, is_closed_door=True,
    )  # fmt: skip

    plan = plan_for(delegate.user, session)

    assert plan.parts == []
    assert "phiên họp kín" in plan.left_out[0]["why"]


def test_a_seat_card_makes_a_file_with_a_delegates_rights_only(session, delegate):
    builders.RoleGrant.objects.create(
        council=session.council, user=delegate.user, role="office", starts_on=builders.TERM_START
    )
    delegate.user.delegate_rights_only = True

    export = services.ask_for_pdf(council_session=session, by=delegate.user)

    assert export.delegate_rights_only
    stored = SessionExport.objects.select_related("user").get(pk=export.pk)
    stored.user.delegate_rights_only = stored.delegate_rights_only
    assert all("văn phòng" not in row["title"] for row in plan_for(stored.user, session).left_out)


def test_the_zip_holds_the_newest_versions_under_names_that_windows_can_store(client, session, delegate, office):
    paper = ItemPaper.objects.get(title="Báo cáo công tác")
    newer = tiny("ban moi", pages=4)
    replace_paper(document=paper.document, by=office, upload=SimpleUploadedFile("b.pdf", newer))
    client.force_login(delegate.user)

    answer = client.get(address("session_zip", session))

    archive = zipfile.ZipFile(io.BytesIO(body(answer)))
    assert archive.testzip() is None
    first, second, listed = archive.namelist()
    assert first == (
        "02 Nghị quyết về kế hoạch phát triển kinh tế - xã hội năm 2027/2.1 279-TTr-UBND- Tờ trình về kế hoạch.pdf"
    )
    assert archive.read(second) == newer
    assert "tài liệu hạn chế" in archive.read(listed).decode("utf-8-sig")
    assert answer["Cache-Control"] == "private, no-store"


def test_who_does_not_attend_takes_nothing_out(client, session, agency_clerk, other_council):
    for person in (agency_clerk, builders.person(other_council, "xa", role="office")):
        client.force_login(person)
        for name in ("take_out", "session_zip"):
            assert client.get(address(name, session)).status_code == 404
        assert client.post(address("ask_for_pdf", session)).status_code == 404


def test_the_page_says_what_goes_out_and_what_does_not(client, session, delegate):
    client.force_login(delegate.user)

    page = client.get(address("take_out", session)).content.decode()

    assert "Phụ lục hạn chế" in page
    assert "chỉ đọc trong phần mềm" in page
    client.post(address("ask_for_pdf", session))
    client.post(address("ask_for_pdf", session))  # one at a time
    assert SessionExport.objects.count() == 1
    waiting = client.get(address("take_out", session))
    assert "Đang ghép: 0/2 tài liệu" in waiting.content.decode()
    assert waiting["Refresh"] == "4"


def test_a_file_is_forgotten_after_a_day(session, delegate, django_capture_on_commit_callbacks):
    export = services.ask_for_pdf(council_session=session, by=delegate.user)
    job = Job.objects.get(kind=services.FORGET)
    assert (job.run_at - export.created_at).total_seconds() == pytest.approx(86_400, abs=5)
    export.file.save("a.pdf", io.BytesIO(tiny()))
    name, storage = export.file.name, export.file.storage

    with django_capture_on_commit_callbacks(execute=True):
        services.forget(export.pk)

    assert not SessionExport.objects.exists()
    assert not storage.exists(name)


@given(st.text(max_size=300))
def test_every_name_can_be_stored_by_windows(words):
    name = safe_name(words, ".pdf")

    assert not set(name) & set('<>:"/\\|?*')
    assert all(ord(c) >= 32 for c in name)
    assert name.endswith(".pdf")
    assert not name.removesuffix(".pdf").endswith((" ", "."))
    assert len(name) <= MOST + 1
    assert len(name.encode()) <= MOST_BYTES + 1
    assert name.split(".")[0].casefold() not in {"con", "prn", "aux", "nul", "com1", "lpt9"}


def test_names_of_devices_and_twins_are_told_apart():
    names = Names()

    assert safe_name("CON", ".pdf") == "_CON.pdf"
    assert names.give("a", "Tờ trình", ".pdf") == "a/Tờ trình.pdf"
    assert names.give("a", "tờ trình", ".pdf") == "a/tờ trình (2).pdf"
