"""Bringing papers and reading them: who may, and what is kept."""

import hashlib
import os
import stat
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.utils import timezone

from council.errors import BadInput, NotAllowed
from council.models import AuditEntry, Membership, RoleGrant
from documents.check import check_upload, clean_name
from documents.models import Document, ReadReceipt, Version
from documents.selectors import get_document_for, last_page, readable_documents
from documents.services import add_paper, note_opened, replace_paper, set_visibility, withdraw_paper
from tests import builders
from tests.documents.papers import printed, tiny, upload


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def bring(council, by, content=None, **fields) -> Version:
    fields = {"title": "Tờ trình về đầu tư công", "kind": "submission", "body": builders.plenary(council)} | fields
    return add_paper(council=council, by=by, upload=upload(content or tiny()), **fields)


def test_a_paper_keeps_digest_size_pages_and_bringer(council, office):
    content = tiny(pages=3)

    version = bring(council, office, content)

    assert version.sha256 == hashlib.sha256(content).hexdigest()
    assert (version.size, version.pages, version.number, version.state) == (len(content), 3, 1, "ready")
    assert version.uploaded_by == office
    assert version.file.open().read() == content


def test_the_file_is_named_by_id_and_readable_by_its_owner_only(council, office):
    version = bring(council, office)

    assert version.public_id.hex in version.file.name
    assert "trinh" not in version.file.name
    assert stat.S_IMODE(os.stat(version.file.path).st_mode) == 0o600


def test_a_scanned_paper_is_known_to_have_no_text(council, office):
    assert bring(council, office, tiny(text="")).has_text is False
    assert bring(council, office, tiny(text="Nghi quyet so 31")).has_text is True


def test_a_paper_is_put_on_record(council, office):
    version = bring(council, office)

    entry = AuditEntry.objects.get(event="documents.paper-added")
    assert entry.target == f"documents.document:{version.document.public_id}"
    assert entry.data["sha256"] == version.sha256


def test_a_delegate_brings_no_papers(council, delegate):
    with pytest.raises(NotAllowed):
        bring(council, delegate.user)

    assert not Document.objects.exists()


def test_the_office_of_another_council_brings_no_papers(council, other_council):
    stranger = builders.person(other_council, "stranger", role="office")

    with pytest.raises(NotAllowed):
        bring(council, stranger)


def test_a_newer_version_leaves_the_older_one_as_it_was(council, office):
    first = bring(council, office)
    before = first.file.open().read()

    second = replace_paper(document=first.document, by=office, upload=upload(tiny("ban hai")))

    first.refresh_from_db()
    assert second.number == 2
    assert (first.number, first.file.open().read()) == (1, before)


def test_an_upload_can_be_checked_before_the_transaction(council, office):
    checked = check_upload(upload(tiny(pages=2)))

    version = add_paper(
        council=council, by=office, upload=checked, title="Báo cáo", kind="report", body=builders.plenary(council)
    )

    assert version.pages == 2
    assert not checked.path.exists()


def test_a_refused_file_leaves_nothing_behind(council, office, settings):
    with pytest.raises(BadInput):
        bring(council, office, b"khong phai pdf")

    assert not Document.objects.exists()
    assert not [p for p in settings.MEDIA_ROOT.rglob("*") if p.is_file()]


@pytest.mark.parametrize(
    "name", ["MẬT - kế hoạch.pdf", "tối mật.pdf", "Ke hoach TUYET MAT.pdf", "[MAT] ke_hoach.pdf"]
)
def test_a_name_that_says_secret_is_refused_and_leaves_no_content(council, office, name):
    with pytest.raises(BadInput, match="Mật"):
        add_paper(council=council, by=office, upload=upload(tiny(), name), title="x", kind="report")

    assert not Document.objects.exists()
    assert AuditEntry.objects.get(event="documents.marked-paper-refused").data == {}


@pytest.mark.parametrize(
    "name", ["Bảo vệ bí mật nhà nước.pdf", "Ý kiến tới Mặt trận.pdf", "toi mat tran.pdf", "Danh sách có mặt.pdf"]
)
def test_a_name_that_only_speaks_of_secrets_is_taken(council, office, name):
    version = add_paper(council=council, by=office, upload=upload(tiny(), name), title="x", kind="report")

    assert version.original_name == name


@pytest.mark.parametrize("stamp", ["MẬT", "TỐI MẬT", "TUYỆT MẬT", "M Ậ T", "Độ mật: Tối mật"])
def test_a_page_stamped_secret_is_refused(council, office, stamp):
    content = printed(f"<p>Số: 12/BC-UBND</p><div>{stamp}</div><p>Nội dung báo cáo của Ủy ban nhân dân.</p>")

    with pytest.raises(BadInput, match="Mật"):
        bring(council, office, content)

    assert not Document.objects.exists()


def test_a_heading_about_state_secrets_is_no_stamp(council, office):
    content = printed("<h1>NGHỊ QUYẾT VỀ BẢO VỆ BÍ<br>MẬT<br>NHÀ NƯỚC</h1><p>Văn bản mật được quản lý riêng.</p>")

    assert bring(council, office, content).pages == 1


def test_a_full_disk_refuses_uploads_in_words(council, office, settings):
    settings.MAX_DISK_PERCENT = 0

    with pytest.raises(BadInput, match="Ổ đĩa"):
        bring(council, office)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\tai lieu\\Tờ trình.PDF", "Tờ trình.pdf"),
        ("Tơ\u0300 tri\u0300nh.pdf", "Tờ trình.pdf"),
        ("bao cao\u202efdp.exe", "bao caofdp.exe.pdf"),
        ("a\x00b\r\nc.pdf", "abc.pdf"),
        ("", "tai-lieu.pdf"),
        ('x"; filename="y.html', "x filename= y.html.pdf"),
    ],
)
def test_a_file_name_is_made_harmless(given, kept):
    assert clean_name(given) == kept


# --- Who reads -------------------------------------------------------------------------------------


def test_members_of_the_body_read_its_papers_and_strangers_do_not(council, office, delegate):
    document = bring(council, office).document
    stranger = builders.user("nguoi-la")

    assert document in readable_documents(delegate.user, council)
    assert document not in readable_documents(stranger, council)
    assert document not in readable_documents(AnonymousUser(), council)
    with pytest.raises(Http404):
        get_document_for(stranger, council, document.public_id)


def test_a_boards_papers_are_for_its_members_only(council, office, delegates):
    board = builders.board(council)
    today = timezone.localdate()
    member, other = delegates[:2]
    Membership.objects.create(body=board, user=member.user, delegate=member, starts_on=date(2026, 4, 1))
    former = delegates[2]
    Membership.objects.create(
        body=board, user=former.user, starts_on=date(2026, 4, 1), ends_on=today - timedelta(days=1)
    )
    document = bring(council, office, body=board).document

    assert document in readable_documents(member.user, council)
    assert document not in readable_documents(other.user, council)
    assert document not in readable_documents(former.user, council)


def test_a_secretary_of_another_body_reads_nothing_of_this_one(council, office):
    board = builders.board(council)
    secretary = builders.person(council, "thu-ky-ban", role="session_secretary", body=board)
    document = bring(council, office).document

    assert document not in readable_documents(secretary, council)


def test_the_offices_papers_are_not_for_members(council, office, delegate, chair):
    document = bring(council, office, visibility="office").document

    assert document in readable_documents(office, council)
    assert document not in readable_documents(delegate.user, council)
    assert document not in readable_documents(chair, council)


def test_an_administrator_has_no_read_path_to_drafts(council, office, administrator):
    document = bring(council, office).document

    assert document not in readable_documents(administrator, council)


def test_an_agency_brings_papers_for_the_office_only_and_opens_none(council, office, agency_clerk):
    with pytest.raises(NotAllowed):
        bring(council, agency_clerk, body=None, visibility="public")
    document = bring(council, agency_clerk, body=None, visibility="office").document

    assert document in readable_documents(agency_clerk, council)
    with pytest.raises(NotAllowed):
        set_visibility(document=document, visibility="public", by=agency_clerk)
    set_visibility(document=document, visibility="public", by=office)
    with pytest.raises(NotAllowed):  # what was opened is the office's to change
        replace_paper(document=document, by=agency_clerk, upload=upload(tiny()))


def test_a_seat_card_carries_a_delegates_rights_only(council, office, delegate):
    document = bring(council, office, visibility="office").document
    RoleGrant.objects.create(council=council, user=delegate.user, role="office", starts_on=date(2026, 4, 1))
    assert document in readable_documents(delegate.user, council)

    delegate.user.delegate_rights_only = True

    assert document not in readable_documents(delegate.user, council)


def test_opening_a_paper_to_the_public_is_an_explicit_act(council, office, delegate):
    document = bring(council, office).document
    with pytest.raises(NotAllowed):
        set_visibility(document=document, visibility="public", by=delegate.user)

    set_visibility(document=document, visibility="public", by=office)

    assert document in readable_documents(AnonymousUser(), council)


def test_a_paper_of_another_council_is_not_there(council, other_council, office):
    document = bring(council, office, visibility="public").document

    with pytest.raises(Http404):
        get_document_for(AnonymousUser(), other_council, document.public_id)


def test_a_withdrawn_paper_is_gone_for_everybody(council, office, delegate):
    document = bring(council, office, visibility="public").document

    withdraw_paper(document=document, by=office)

    for user in (office, delegate.user, AnonymousUser()):
        assert document not in readable_documents(user, council)


def test_the_page_is_remembered_and_the_furthest_kept(council, office, delegate):
    version = bring(council, office, tiny(pages=9))

    note_opened(version=version, user=delegate.user, page=7)
    note_opened(version=version, user=delegate.user, page=2)
    note_opened(version=version, user=office, page=400)

    receipt = ReadReceipt.objects.get(user=delegate.user)
    assert (receipt.page, receipt.furthest_page) == (2, 7)
    assert last_page(version, delegate.user) == 2
    assert last_page(version, office) == 9
