"""What a citizen sees of a session: agenda, attendance, named votes as far as the council says, public papers."""

import uuid

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from council import regulations
from documents.models import Document
from sessions import services
from sessions.models import Attendance, CouncilSession, ItemPoll
from tests import builders
from tests.documents.papers import tiny, upload
from voting import ballot_box
from voting import permissions as voting_permissions
from voting import services as voting
from voting.rules import Entitled


@pytest.fixture
def convened(council_session):
    council_session.state = "convened"
    council_session.save()
    return council_session


def page_of(client, council_session) -> str:
    response = client.get(reverse("sessions:public_session", args=[council_session.slug]))
    assert response.status_code == 200
    return response.content.decode()


def test_a_convened_session_is_listed_with_its_agenda(client, convened):
    assert convened.title in client.get(reverse("sessions:public_sessions")).content.decode()
    assert "Báo cáo công tác của Tòa án nhân dân tỉnh" in page_of(client, convened)


def test_a_session_that_is_prepared_is_hidden(client, council_session):
    assert council_session.title not in client.get(reverse("sessions:public_sessions")).content.decode()
    assert client.get(reverse("sessions:public_session", args=[council_session.slug])).status_code == 404


def test_a_meeting_of_a_board_is_not_public(client, council, office):
    meeting = builders.council_session(council, by=office, body=builders.board(council), number=1)
    CouncilSession.objects.update(state="convened")

    assert client.get(reverse("sessions:public_session", args=[meeting.slug])).status_code == 404


def test_another_councils_session_is_not_found(client, convened, other_council):
    other = builders.council_session(other_council, by=builders.person(other_council, "x", role="office"), number=8)
    CouncilSession.objects.filter(pk=other.pk).update(state="convened", slug="ky-hop-khac")

    assert client.get(reverse("sessions:public_session", args=["ky-hop-khac"])).status_code == 404


def test_of_a_closed_door_sitting_only_the_line_is_shown(client, convened, sitting, office):
    paper = services.save_paper(
        item=convened.items.get(number=2), by=office, kind="report", title="Tài liệu chim hoàng yến", is_public=True
    )
    services.file_paper(paper=paper, by=office, upload=upload(tiny(), "a.pdf"))
    sitting.is_closed_door = True
    sitting.save()

    page = page_of(client, convened)

    assert "Phiên khai mạc" in page and "Phiên họp kín" in page
    assert "Diễn văn khai mạc" not in page and "chim hoàng yến" not in page


def test_only_papers_that_the_office_opened_are_linked(client, convened, office):
    item = convened.items.get(number=2)
    for n, public in enumerate([True, False]):
        paper = services.save_paper(
            item=item, by=office, kind="report", title=f"Báo cáo {'mở' if public else 'nội bộ'}", is_public=public
        )
        services.file_paper(paper=paper, by=office, upload=upload(tiny(f"{n}"), f"{n}.pdf"))
    assert Document.objects.count() == 2

    page = page_of(client, convened)

    assert "Báo cáo nội bộ" not in page
    assert "Báo cáo mở" in page


def test_attendance_is_shown_once_the_sitting_was_opened(client, convened, sitting, delegates):
    for n, delegate in enumerate(delegates):
        Attendance.objects.create(sitting=sitting, delegate=delegate, state="present" if n < 4 else "excused")
    assert "Có mặt" not in page_of(client, convened)

    sitting.state = "open"
    sitting.save()

    assert 'Có mặt <strong class="num">4/5</strong> đại biểu; vắng có phép 1, vắng chưa rõ lý do 0.' in page_of(
        client, convened
    )


@pytest.fixture
def voting_desk():
    """The chair runs the votes of a sitting; the room of the sitting says so itself once it is built."""
    if voting_permissions.desk_of("sitting:x") is None:
        voting_permissions.register_desk("sitting", lambda user, room: True)
        yield
        del voting_permissions._desks["sitting"]
    else:
        yield


@pytest.fixture
def declared(voting_desk, convened, sitting, delegates, chair):
    """A vote on item 2: three for, one against, one present and silent; declared."""
    roll = [Entitled(d.pk, d.full_name, d.seat, "", True) for d in delegates]
    poll = voting.prepare_poll(
        council=convened.council, body=convened.body, room=sitting.room, question="Thông qua", by=chair,
        text_name="Dự thảo", text_digest="0" * 64, rule="majority_of_all",
    )  # fmt: skip
    ItemPoll.objects.create(item=convened.items.get(number=2), poll=poll)
    poll = voting.open_poll(poll=poll, roll=roll, by=chair)
    for delegate, choice in zip(delegates, ["for", "for", "for", "against"], strict=False):
        with transaction.atomic():
            ballot_box.write(poll.public_id, [ballot_box.Ballot(poll.public_id, delegate.pk, choice, uuid.uuid4())])
    return poll


@pytest.mark.parametrize(
    ("naming", "seats", "names"), [("totals", False, False), ("seats", True, False), ("names", True, True)]
)
@pytest.mark.django_db(transaction=True)
def test_the_named_vote_is_shown_as_far_as_the_council_says(client, convened, office, request, chair, naming, seats, names):
    regulations.set_value(
        council=convened.council, key="naming_public", value=naming, valid_from=timezone.localdate(),
        legal_basis="Quy chế", by=office,
    )  # fmt: skip
    poll = request.getfixturevalue("declared")
    voting.close_poll(poll=poll, by=chair)
    assert "Được thông qua" not in page_of(client, convened)  # closed, not declared yet
    voting.declare_result(poll=poll, by=chair)

    page = page_of(client, convened)

    assert "Được thông qua" in page
    assert ("A04" in page) == seats
    assert ("Đại biểu Số 4" in page) == names
