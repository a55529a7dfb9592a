"""Papers of a session: several at once, each matched, confirmed and filed; refusals in words, each for itself."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from documents.models import Document, Version
from sessions import services
from sessions.models import ItemPaper, StagedPaper
from tests import builders
from tests.documents.papers import printed, tiny, with_pages


@pytest.fixture
def papers(council_session, office):
    """Three papers that item 2 needs."""
    item = council_session.items.get(number=2)
    rows = [
        ("submission", "Tờ trình về kế hoạch phát triển", "279/TTr-UBND"),
        ("draft_resolution", "Dự thảo Nghị quyết về kế hoạch phát triển", ""),
        ("verification_report", "Báo cáo thẩm tra kế hoạch phát triển", "71/BC-HĐND"),
    ]
    return [
        services.save_paper(item=item, by=office, kind=kind, title=title, number=number) for kind, title, number in rows
    ]


def named(name: str, content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, tiny(name) if content is None else content, content_type="application/pdf")


def drop(client, council_session, *files, each=False):
    headers = {"X-File-Drop": "1"} if each else {}
    return client.post(reverse("sessions:drop_papers", args=[council_session.public_id]), {"files": files}, headers=headers)


def confirm(client, council_session, choices: dict):
    values = {f"tep-{staged.public_id}": str(paper.public_id) for staged, paper in choices.items()}
    return client.post(reverse("sessions:file_staged", args=[council_session.public_id]), values)


def test_dropped_files_are_matched_with_a_reason_and_saved_only_after_confirmation(client, council_session, papers, office):
    client.force_login(office)

    drop(client, council_session, named("279-TTr-UBND.pdf"), named("scan0001.pdf"))

    first, second = StagedPaper.objects.order_by("pk")
    assert (first.paper, first.reason) == (papers[0], "Số 279/TTr-UBND có trong tên tệp.")
    assert second.paper is None
    assert not ItemPaper.objects.exclude(document=None).exists()
    page = client.get(reverse("sessions:papers", args=[council_session.public_id])).content.decode()
    assert "Số 279/TTr-UBND có trong tên tệp." in page

    confirm(client, council_session, {first: papers[0]})

    papers[0].refresh_from_db()
    assert papers[0].document.title == "Tờ trình về kế hoạch phát triển"
    assert papers[0].document.visibility == "members"
    assert list(StagedPaper.objects.all()) == [second]


def test_a_waiting_file_is_read_by_the_office_only(council_session, papers, office, delegate):
    from documents.selectors import readable_documents

    staged = services.stage_paper(council_session=council_session, by=office, upload=named("279-TTr-UBND.pdf"))

    assert staged.document in readable_documents(office, council_session.council)
    assert staged.document not in readable_documents(delegate.user, council_session.council)


def test_a_bad_file_is_refused_in_words_and_the_others_go_in(client, council_session, papers, office):
    client.force_login(office)

    response = drop(
        client, council_session,
        named("279-TTr-UBND.pdf"), named("71-BC-HDND.pdf", b"MZ no pdf"), named("rong.pdf", b""), named("du thao.pdf"),
    )  # fmt: skip

    page = response.content.decode()
    assert response.status_code == 200
    assert "2 tệp bị từ chối" in page and "71-BC-HDND.pdf" in page
    assert StagedPaper.objects.count() == 2


def test_each_file_of_a_drop_gets_its_own_answer(client, council_session, papers, office):
    client.force_login(office)

    good = drop(client, council_session, named("71_BC-HDND.pdf"), each=True)
    bad = drop(client, council_session, named("x.pdf", b"no"), each=True)

    assert good.json()["message"].startswith("Mục 2: Báo cáo thẩm tra")
    assert bad.status_code == 422 and bad.json()["message"]


def test_the_office_may_choose_another_paper_than_the_proposed_one(client, council_session, papers, office):
    client.force_login(office)
    drop(client, council_session, named("279-TTr-UBND.pdf"))

    confirm(client, council_session, {StagedPaper.objects.get(): papers[1]})

    assert [p.document_id is not None for p in ItemPaper.objects.order_by("pk")] == [False, True, False]


def test_a_file_for_a_filed_paper_becomes_its_next_version(client, council_session, papers, office):
    client.force_login(office)
    services.file_paper(paper=papers[0], by=office, upload=named("279-TTr-UBND.pdf"))
    drop(client, council_session, named("279-TTr-UBND lan 2.pdf"))

    confirm(client, council_session, {StagedPaper.objects.get(): papers[0]})

    papers[0].refresh_from_db()
    assert list(papers[0].document.versions.values_list("number", flat=True)) == [2, 1]
    assert not StagedPaper.objects.exists()


def test_the_same_file_dropped_twice_waits_once(client, council_session, papers, office):
    client.force_login(office)
    content = tiny("same")

    drop(client, council_session, named("279-TTr-UBND.pdf", content))
    drop(client, council_session, named("279-TTr-UBND.pdf", content))

    assert StagedPaper.objects.count() == 1


def test_two_files_for_one_paper_are_not_both_filed(client, council_session, papers, office):
    client.force_login(office)
    drop(client, council_session, named("a.pdf"), named("b.pdf"))
    first, second = StagedPaper.objects.order_by("pk")

    confirm(client, council_session, {first: papers[0], second: papers[0]})

    assert list(StagedPaper.objects.all()) == [second]
    assert Version.objects.filter(document__item_papers=papers[0]).count() == 1


def test_a_paper_is_public_only_when_the_office_says_so(client, council_session, papers, office):
    services.file_paper(paper=papers[0], by=office, upload=named("a.pdf"))
    client.force_login(office)
    url = reverse("sessions:paper_public", args=[council_session.public_id, papers[0].public_id])
    document = Document.objects.get()
    assert document.visibility == "members"

    client.post(url, {"cong-khai": "1"})
    document.refresh_from_db()
    assert document.visibility == "public"

    client.post(url, {"cong-khai": "0"})
    document.refresh_from_db()
    assert document.visibility == "members"


def test_a_paper_of_a_closed_door_sitting_is_never_public(council_session, sitting, papers, office):
    sitting.is_closed_door = True
    sitting.save()
    paper = ItemPaper.objects.select_related("item__sitting").get(pk=papers[0].pk)

    services.file_paper(paper=paper, by=office, upload=named("a.pdf"))
    services.set_paper_public(paper=paper, by=office, is_public=True)

    assert Document.objects.get().visibility == "members"


def test_a_sitting_that_becomes_closed_door_takes_its_papers_from_the_public(council_session, sitting, papers, office):
    services.set_paper_public(paper=papers[0], by=office, is_public=True)
    paper = ItemPaper.objects.get(pk=papers[0].pk)
    services.file_paper(paper=paper, by=office, upload=named("a.pdf"))
    assert Document.objects.get().visibility == "public"

    services.save_sitting(
        council_session=council_session, by=office, sitting=sitting, title=sitting.title, date=sitting.date,
        starts_at=sitting.starts_at, is_closed_door=True,
    )  # fmt: skip

    assert Document.objects.get().visibility == "members"


def test_a_removed_paper_is_withdrawn_from_its_readers(client, council_session, papers, office):
    services.file_paper(paper=papers[0], by=office, upload=named("a.pdf"))
    client.force_login(office)

    client.post(reverse("sessions:remove_paper", args=[council_session.public_id, papers[0].public_id]))

    assert Document.objects.get().withdrawn_at is not None
    assert ItemPaper.objects.count() == 2


def test_papers_change_places(council_session, papers, office):
    services.move_paper(paper=papers[2], by=office, up=True)

    assert list(papers[0].item.papers.values_list("pk", flat=True)) == [papers[0].pk, papers[2].pk, papers[1].pk]


def test_the_agency_is_reminded_once_a_day_of_a_missing_paper(client, council_session, papers, office, agency):
    from council.models import Mail

    item = papers[2].item
    item.agency = agency
    item.save()
    client.force_login(office)
    url = reverse("sessions:remind", args=[council_session.public_id, papers[2].public_id])

    client.post(url)
    client.post(url)

    assert Mail.objects.get().to == agency.email


@pytest.mark.parametrize("who", ["delegate", "agency_clerk", "chair"])
def test_only_the_office_brings_papers(request, client, council_session, papers, who):
    person = request.getfixturevalue(who)
    client.force_login(getattr(person, "user", person))

    answers = {
        drop(client, council_session, named("279-TTr-UBND.pdf")).status_code,
        client.get(reverse("sessions:papers", args=[council_session.public_id])).status_code,
        client.post(reverse("sessions:remove_paper", args=[council_session.public_id, papers[0].public_id])).status_code,
    }

    assert answers == {404}
    assert not Document.objects.exists()


def test_a_paper_of_another_session_is_not_found(client, council, council_session, papers, office):
    other = builders.council_session(council, by=office, number=6)
    client.force_login(office)

    response = client.post(reverse("sessions:remove_paper", args=[other.public_id, papers[0].public_id]))

    assert response.status_code == 404
    assert ItemPaper.objects.count() == 3


def test_the_papers_of_a_removed_item_are_the_offices_alone_until_undo(council_session, papers, office):
    services.set_paper_public(paper=papers[0], by=office, is_public=True)
    paper = ItemPaper.objects.get(pk=papers[0].pk)
    services.file_paper(paper=paper, by=office, upload=named("a.pdf"))
    assert Document.objects.get().visibility == "public"

    kept = services.remove_item(item=paper.item, by=office)
    assert Document.objects.get().visibility == "office"

    services.restore_item(council_session=council_session, by=office, kept=kept)
    assert Document.objects.get().visibility == "public"


def test_a_paper_that_a_colleague_filed_first_is_not_overwritten(council_session, papers, office):
    from council.errors import WrongState

    stale = ItemPaper.objects.get(pk=papers[0].pk)
    services.file_paper(paper=papers[0], by=office, upload=named("a.pdf"))

    with pytest.raises(WrongState):
        services.file_paper(paper=stale, by=office, upload=named("b.pdf"))

    assert ItemPaper.objects.get(pk=stale.pk).document == papers[0].document
    assert Document.objects.exclude(pk=papers[0].document_id).get().withdrawn_at is not None


def test_what_the_first_page_says_is_shown_and_fills_only_what_the_agenda_left_empty(client, council_session, papers, office):
    page = printed(
        "<p>ỦY BAN NHÂN DÂN<br>TỈNH LAM SƠN</p><p>Số: 280/DT-UBND</p><p>Lam Sơn, ngày 12 tháng 11 năm 2026</p>"
        "<p>NGHỊ QUYẾT</p><p>Về kế hoạch phát triển</p><p>Căn cứ Luật</p>"
    )
    client.force_login(office)
    drop(client, council_session, named("scan0001.pdf", page))
    staged = StagedPaper.objects.get()
    assert (staged.paper, staged.found["number"]) == (papers[1], "280/DT-UBND")
    shown = client.get(reverse("sessions:papers", args=[council_session.public_id])).content.decode()
    assert "số 280/DT-UBND, ngày 12/11/2026" in shown
    assert staged.reason in shown

    client.post(
        reverse("sessions:file_staged", args=[council_session.public_id]),
        {f"tep-{staged.public_id}": str(papers[1].public_id), f"ghi-{staged.public_id}": "1"},
    )

    papers[1].refresh_from_db()
    assert (papers[1].number, str(papers[1].issued_on)) == ("280/DT-UBND", "2026-11-12")
    assert papers[1].title == "Dự thảo Nghị quyết về kế hoạch phát triển"
    assert papers[1].document.number == "280/DT-UBND"


def test_a_scan_is_matched_once_its_letters_are_recognised(client, council_session, papers, office):
    client.force_login(office)
    drop(client, council_session, named("scan0002.pdf"))
    staged = StagedPaper.objects.get()
    assert (staged.paper, staged.found) == (None, {})

    with_pages(staged.document.versions.get(), ["Số: 71/BC-HĐND\nBÁO CÁO\nThẩm tra kế hoạch phát triển\nKính gửi"])

    staged.refresh_from_db()
    assert staged.paper == papers[2]
    assert staged.reason.startswith("Trang đầu ghi số 71/BC-HĐND")
