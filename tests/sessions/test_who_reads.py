"""Who may read a paper of a session: everybody, delegates, named boards and groups, only who sits in a closed sitting."""

import itertools

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from council import live
from council.errors import BadInput, NotAllowed
from council.models import Membership
from documents.models import Document
from documents.permissions import member_reads
from documents.selectors import readable_documents
from documents.services import set_readers, set_visibility
from sessions import services
from sessions.models import CouncilSession, ItemPaper, Sitting
from tests import builders
from tests.documents.papers import tiny, upload


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def convened(council_session):
    CouncilSession.objects.filter(pk=council_session.pk).update(state=CouncilSession.State.RUNNING)
    council_session.refresh_from_db()
    return council_session


@pytest.fixture
def sitting(convened):
    sitting = convened.sittings.get()
    sitting.state, sitting.current_item = Sitting.State.OPEN, convened.items.get(number=2)
    sitting.save()
    return sitting


@pytest.fixture
def board(council, delegates):
    """A board of which only the first delegate is a member."""
    board = builders.board(council)
    first = delegates[0]
    Membership.objects.create(body=board, user=first.user, delegate=first, starts_on=builders.TERM_START)
    return board


def paper_of(council_session, office, title="Báo cáo giám sát", number=2) -> ItemPaper:
    item = council_session.items.get(number=number)
    paper = services.save_paper(item=item, by=office, kind="report", title=title)
    return services.file_paper(paper=paper, by=office, upload=upload(tiny(title[:5].encode("ascii", "ignore").decode())))


def readers_of(document: Document, *users) -> list:
    return [user for user in users if readable_documents(user, document.council).filter(pk=document.pk).exists()]


def test_a_paper_for_named_boards_is_read_by_their_members_and_by_who_serves(convened, office, delegates, board, chair):
    paper = paper_of(convened, office)
    first, second = delegates[0].user, delegates[1].user
    assert readers_of(paper.document, first, second) == [first, second]

    services.set_paper_readers(paper=paper, by=office, visibility="named", bodies=[board])

    assert readers_of(paper.document, first, second, office, chair) == [first, office, chair]


def test_a_paper_can_name_several_boards_and_groups(convened, council, office, delegates, board):
    paper, group = paper_of(convened, office), builders.board(council, code="TO01", name="Tổ số 1")
    third = delegates[2]
    Membership.objects.create(body=group, user=third.user, delegate=third, starts_on=builders.TERM_START)

    services.set_paper_readers(paper=paper, by=office, visibility="named", bodies=[board, group])

    users = [delegate.user for delegate in delegates]
    assert readers_of(paper.document, *users) == [users[0], users[2]]


def test_who_left_the_board_reads_it_no_more(convened, office, delegates, board):
    paper = paper_of(convened, office)
    services.set_paper_readers(paper=paper, by=office, visibility="named", bodies=[board])
    Membership.objects.filter(body=board).update(ends_on=builders.TERM_START)

    assert readers_of(paper.document, delegates[0].user) == []


def test_naming_nobody_and_naming_another_councils_board_are_refused(convened, office, other_council):
    paper = paper_of(convened, office)

    with pytest.raises(BadInput):
        services.set_paper_readers(paper=paper, by=office, visibility="named")
    with pytest.raises(BadInput):
        foreign = builders.board(other_council)
        services.set_paper_readers(paper=paper, by=office, visibility="named", bodies=[foreign])
    with pytest.raises(BadInput):
        services.set_paper_readers(paper=paper, by=office, visibility="everyone")


def test_the_readers_said_before_the_file_came_hold_for_the_file(convened, office, delegates, board):
    item = convened.items.get(number=2)
    paper = services.save_paper(item=item, by=office, kind="report", title="Báo cáo giám sát")
    services.set_paper_readers(paper=paper, by=office, visibility="named", bodies=[board])

    services.file_paper(paper=paper, by=office, upload=upload(tiny()))

    assert readers_of(paper.document, *[d.user for d in delegates[:2]]) == [delegates[0].user]


def test_undoing_and_copying_never_open_a_paper_to_more_people(convened, office, delegates, board):
    paper = paper_of(convened, office)
    services.set_paper_readers(paper=paper, by=office, visibility="named", bodies=[board], is_restricted=True)

    kept = services.remove_item(item=paper.item, by=office)
    assert readers_of(paper.document, delegates[0].user, office) == [office]
    services.restore_item(council_session=convened, by=office, kept=kept)

    assert readers_of(paper.document, *[d.user for d in delegates[:2]]) == [delegates[0].user]
    paper.document.refresh_from_db()
    assert paper.document.is_restricted
    copy = services.copy_session(
        source=convened, by=office, number=9, title="Kỳ họp thứ 9", starts_on=convened.starts_on
    )
    copied = ItemPaper.objects.get(item__council_session=copy, title=paper.title)
    assert (copied.readers, list(copied.named_bodies.all())) == ("named", [board])


# --- closed sitting ----------------------------------------------------------------------------------


@pytest.fixture
def closed(convened, office):
    """The sitting behind closed doors."""
    sitting = convened.sittings.get()
    services.save_sitting(
        council_session=convened, by=office, sitting=sitting, title=sitting.title, date=sitting.date,
        starts_at=sitting.starts_at, is_closed_door=True,
    )  # fmt: skip
    return sitting


def test_a_closed_sittings_papers_are_for_who_sits_in_it(convened, council, office, delegates, board, closed):
    outsider = builders.user("thanh-vien-ban-ngoai")
    Membership.objects.create(body=board, user=outsider, starts_on=builders.TERM_START)
    paper = paper_of(convened, office)
    services.set_paper_readers(paper=paper, by=office, visibility="named", bodies=[board])

    assert readers_of(paper.document, delegates[0].user, delegates[1].user, outsider) == [delegates[0].user]


def test_a_closed_sittings_paper_is_never_public(convened, office, closed, client):
    paper = paper_of(convened, office)

    with pytest.raises(BadInput):
        services.set_paper_readers(paper=paper, by=office, visibility="public")
    with pytest.raises(BadInput):
        set_visibility(document=paper.document, visibility="public", by=office)
    with pytest.raises((IntegrityError, ValidationError)), transaction.atomic():
        Document.objects.filter(pk=paper.document.pk).update(visibility="public")

    assert client.get(reverse("documents:read", args=[paper.document.public_id])).status_code == 404


def test_a_public_paper_whose_sitting_is_closed_afterwards_is_taken_back(convened, office, delegates, client):
    paper = paper_of(convened, office, title="Tài liệu chim công")
    services.set_paper_readers(paper=paper, by=office, visibility="public")
    read = reverse("documents:read", args=[paper.document.public_id])
    assert client.get(read).status_code == 200
    sitting = convened.sittings.get()

    services.save_sitting(
        council_session=convened, by=office, sitting=sitting, title=sitting.title, date=sitting.date,
        starts_at=sitting.starts_at, is_closed_door=True,
    )  # fmt: skip

    assert client.get(read).status_code == 404
    public = client.get(reverse("sessions:public_session", args=[convened.slug])).content.decode()
    assert "Phiên họp kín" in public
    assert "chim công" not in public
    assert readers_of(paper.document, delegates[0].user) == [delegates[0].user]


def test_an_agency_does_not_read_its_own_upload_of_a_closed_sitting(convened, council, office, closed):
    agency = builders.agency(council, "SXD", "Sở Xây dựng")
    clerk = builders.person(council, "can-bo", role="agency_clerk", agency=agency)
    paper = paper_of(convened, office)
    Document.objects.filter(pk=paper.document.pk).update(created_by=clerk)

    assert readers_of(paper.document, clerk) == []


# --- restricted ---------------------------------------------------------------------------------------


def test_a_restricted_paper_is_never_public(convened, office):
    paper = paper_of(convened, office)

    with pytest.raises(BadInput):
        services.set_paper_readers(paper=paper, by=office, visibility="public", is_restricted=True)

    services.set_paper_readers(paper=paper, by=office, visibility="members", is_restricted=True)
    with pytest.raises(BadInput):
        services.set_paper_public(paper=paper, by=office, is_public=True)
    with pytest.raises(BadInput):
        set_readers(document=paper.document, visibility="public", by=office)
    paper.document.refresh_from_db()
    assert (paper.document.is_restricted, paper.document.visibility) == (True, "members")


# --- what the screens tell ----------------------------------------------------------------------------


def texts_of(client, convened, sitting) -> dict[str, str]:
    urls = {
        "today": reverse("sessions:today"),
        "papers": reverse("sessions:my_papers"),
        "agenda": reverse("sessions:agenda", args=[convened.public_id]),
        "ask": reverse("sessions:ask", args=[sitting.public_id]),
        "api": reverse("api-papers", args=[convened.public_id]),
    }
    return {name: client.get(url).content.decode() for name, url in urls.items()}


def test_21_the_name_of_a_boards_paper_stands_on_no_other_tablet(convened, sitting, office, delegates, board, client):
    paper = paper_of(convened, office, title="Tài liệu chimboard")
    services.set_paper_readers(paper=paper, by=office, visibility="named", bodies=[board])

    client.force_login(delegates[0].user)
    mine = texts_of(client, convened, sitting)
    client.force_login(delegates[1].user)
    others = texts_of(client, convened, sitting)

    assert {name for name, text in mine.items() if "chimboard" in text} == {"today", "papers", "agenda", "ask", "api"}
    assert {name for name, text in others.items() if "chimboard" in text} == set()
    for audience in ("delegate", "wall", "public"):
        assert "chimboard" not in live.snapshot(sitting.room, audience).frame()


def test_an_expected_paper_for_the_office_is_named_to_the_office_only(convened, sitting, office, delegates, client):
    item = convened.items.get(number=2)
    paper = services.save_paper(item=item, by=office, kind="report", title="Báo cáo chimoffice")
    services.set_paper_readers(paper=paper, by=office, visibility="office")
    client.force_login(delegates[1].user)

    assert not any("chimoffice" in text for text in texts_of(client, convened, sitting).values())


# --- withdrawing ----------------------------------------------------------------------------------------


def test_a_withdrawn_paper_is_told_on_every_tablet_and_opens_nowhere(convened, sitting, office, delegates, client):
    paper = paper_of(convened, office)
    before = live.snapshot(sitting.room, "delegate").seq
    client.force_login(delegates[1].user)
    assert client.get(reverse("documents:read", args=[paper.document.public_id])).status_code == 200

    services.withdraw_paper(paper=paper, by=office, why="Phát hành nhầm bản")

    now = live.snapshot(sitting.room, "delegate")
    assert now.seq > before
    assert "Đã rút tài liệu lúc" in now.parts["papers"]
    assert "Phát hành nhầm bản" in now.parts["papers"]
    texts = texts_of(client, convened, sitting)
    read = reverse("documents:read", args=[paper.document.public_id])
    assert not any(read in text for text in texts.values())
    assert "đã rút lúc" in texts["agenda"]
    assert client.get(read).status_code in (404, 410)
    assert client.get(reverse("documents:bytes", args=[paper.document.public_id, 1])).status_code in (404, 410)


def test_a_new_file_takes_the_place_of_a_withdrawn_one_as_another_paper(convened, office, delegates):
    paper = paper_of(convened, office)
    old = paper.document
    services.withdraw_paper(paper=paper, by=office)
    paper.refresh_from_db()

    services.file_paper(paper=paper, by=office, upload=upload(tiny("moi")))

    paper.refresh_from_db()
    assert paper.document != old
    assert readers_of(paper.document, delegates[0].user) == [delegates[0].user]
    assert readers_of(old, delegates[0].user, office) == []


def test_a_paper_can_be_withdrawn_after_the_session_and_only_by_the_office(convened, office, delegates):
    paper = paper_of(convened, office)
    CouncilSession.objects.filter(pk=convened.pk).update(state=CouncilSession.State.CLOSED)
    with pytest.raises(NotAllowed):
        services.withdraw_paper(paper=paper, by=delegates[0].user)

    services.withdraw_paper(paper=paper, by=office)

    assert readers_of(paper.document, delegates[0].user) == []


def test_the_offices_forms_say_who_reads_and_withdraw(convened, office, board, client):
    paper = paper_of(convened, office)
    client.force_login(office)
    readers = reverse("sessions:paper_readers", args=[convened.public_id, paper.public_id])
    assert "Ai được đọc" in client.get(readers).content.decode()
    assert client.post(readers, {"visibility": "named"}).status_code == 422
    assert client.post(readers, {"visibility": "public", "is_restricted": "on"}).status_code == 422

    said = {"visibility": "named", "bodies": [board.public_id], "is_restricted": "on"}
    assert client.post(readers, said).status_code == 302

    paper.refresh_from_db()
    assert (paper.readers, paper.is_restricted, list(paper.named_bodies.all())) == ("named", True, [board])
    item = client.get(reverse("sessions:item", args=[convened.public_id, paper.item.public_id])).content.decode()
    assert "Ban Kinh tế - Ngân sách" in item
    withdraw = reverse("sessions:withdraw_paper", args=[convened.public_id, paper.public_id])
    assert client.get(withdraw).status_code == 200
    assert client.post(withdraw, {"why": "Nhầm"}).status_code == 302
    paper.document.refresh_from_db()
    assert paper.document.withdrawn_why == "Nhầm"


def test_what_memberships_alone_allow_is_never_more_than_the_whole_condition(council, office, delegates):
    """The road of the packs decides by memberships (documents/door.py); the one condition stays the measure."""
    plenary, board, other = builders.plenary(council), builders.board(council), builders.board(council, "VHXH", "Ban Văn hóa")
    Membership.objects.create(body=board, user=delegates[1].user, delegate=delegates[1], starts_on=builders.TERM_START)
    people = [delegates[0].user, delegates[1].user, office, builders.person(council, "quan-tri", role="administrator")]
    allowed = 0
    for visibility, is_closed, body in itertools.product(Document.Visibility.values, (False, True), (plenary, board, None)):
        if visibility == "public" and is_closed:
            continue
        paper = Document.objects.create(council=council, title="x", visibility=visibility, is_closed=is_closed, body=body)
        named = [board] if body == plenary else [other]
        paper.named_bodies.set(named if visibility == "named" else [])
        for person in people:
            bodies = set(person.memberships.values_list("body", flat=True))
            told = member_reads(paper, bodies, [body.pk for body in paper.named_bodies.all()])
            assert not told or readable_documents(person, council).filter(pk=paper.pk).exists(), (visibility, person)
            allowed += told
    assert allowed > 10
