"""Any body can be convened: a board's meeting, from its making to its result, over the pages of the plenary's session."""

import pytest
from django.urls import reverse
from django.utils import timezone

from council.models import Membership
from documents.models import Document
from sessions import services
from sessions.models import CouncilSession
from sessions.selectors import session_members
from tests import builders
from tests.documents.papers import tiny, upload
from tests.sessions import hall

pytestmark = pytest.mark.django_db


@pytest.fixture
def board(council):
    return builders.board(council)


@pytest.fixture
def members(board, delegates):
    """The first three of five delegates sit on the board."""
    for delegate in delegates[:3]:
        Membership.objects.create(
            body=board, user=delegate.user, delegate=delegate, starts_on=builders.TERM_START
        )
    return delegates[:3]


@pytest.fixture
def clerk(council, board):
    return builders.person(council, "van-phong-ban", role="office", body=board)


@pytest.fixture
def desk(council, board):
    """The board's own chair and secretary."""
    return [
        builders.person(council, f"ban-{role}", role=role, body=board)
        for role in ("session_chair", "session_secretary")
    ]


@pytest.fixture
def meeting(client, council, board, members, clerk):
    """Made, furnished and convened by the board's clerk with the forms of the office."""
    client.force_login(clerk)
    today = timezone.localdate()
    particulars = {
        "number": 1, "kind": "meeting", "title": "Họp thẩm tra dự toán", "starts_on": today, "ends_on": today,
        "body": str(board.public_id),
    }  # fmt: skip
    client.post(reverse("sessions:create"), particulars)
    made = CouncilSession.objects.get()
    client.post(
        reverse("sessions:add_sitting", args=[made.public_id]),
        {"title": "Họp Ban", "date": today, "starts_at": "08:00"},
    )
    client.post(
        reverse("sessions:add_item", args=[made.public_id]),
        {"sitting": str(made.sittings.get().public_id), "title": "Thông qua báo cáo thẩm tra dự toán", "kind": "vote"},
    )
    paper = services.save_paper(item=made.items.get(), by=clerk, kind="verification_report", title="Báo cáo thẩm tra")
    services.file_paper(paper=paper, by=clerk, upload=upload(tiny()))
    return made


@pytest.fixture
def convened(meeting, clerk):
    # the verb is an outermost transaction, so the page that calls it is shown in test_notice.py
    CouncilSession.objects.filter(pk=meeting.pk).update(state=CouncilSession.State.CONVENED)
    return CouncilSession.objects.get(pk=meeting.pk)


def test_its_members_find_agenda_and_papers_and_the_meeting_in_their_calendar(convened, members):
    tablet = hall.browser(members[0].user)
    document = Document.objects.get()

    agenda = tablet.get(reverse("sessions:agenda", args=[convened.public_id])).content.decode()

    assert "Thông qua báo cáo thẩm tra dự toán" in agenda
    assert tablet.get(reverse("documents:read", args=[document.public_id])).status_code == 200
    assert convened.title in tablet.get(reverse("sessions:calendar")).content.decode()
    assert convened.body.short_name in tablet.get(reverse("sessions:today")).content.decode()


def test_who_is_no_member_finds_nothing_of_it(client, convened, delegates, chair):
    """A delegate of the plenary outside the board; the plenary's own chair does serve every body."""
    sitting, document = convened.sittings.get(), Document.objects.get()
    client.force_login(delegates[4].user)
    addresses = [
        reverse("sessions:agenda", args=[convened.public_id]),
        reverse("sessions:session", args=[convened.public_id]),
        reverse("sessions:live", args=[sitting.public_id, "delegate"]),
        reverse("sessions:mine", args=[sitting.public_id]),
        reverse("sessions:console", args=[sitting.public_id]),
        reverse("sessions:public_session", args=[convened.slug]),
        reverse("documents:read", args=[document.public_id]),
        f"/api/v1/sessions/{convened.public_id}",
        f"{reverse('sessions:today')}?phien={sitting.public_id}",
    ]

    assert {address: client.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 404)
    assert convened.title not in client.get(reverse("sessions:calendar")).content.decode()


def test_it_has_its_own_roll_quorum_and_majority(convened, members, desk, delegates):
    chair, secretary = desk
    sitting = convened.sittings.get()
    table, notes = hall.browser(chair, sitting), hall.browser(secretary, sitting)
    hall.act(table, "open_sitting", sitting)
    for member in members[:2]:
        hall.act(notes, "mark", sitting, member.public_id, state="present")
    outsider = hall.act(notes, "mark", sitting, delegates[4].public_id, state="present")
    assert outsider.status_code == 404  # not on this roll

    page = table.get(reverse("sessions:console", args=[sitting.public_id])).content.decode()
    assert "2/3" in page and "2/5" not in page

    item = sitting.items.get()
    hall.act(table, "go_to_item", sitting, item.public_id)
    hall.act(table, "prepare_poll", sitting, item.public_id, rule="majority_of_all")
    poll = item.item_polls.get().poll
    hall.act(table, "open_poll", sitting, poll.public_id)
    for member in members[:2]:
        hall.act(
            notes, "secretary_vote", sitting, poll.public_id, delegate=member.pk, choice="for", reason="Máy hỏng"
        )
    hall.act(table, "close_poll", sitting, poll.public_id)
    hall.act(table, "declare_result", sitting, poll.public_id)

    poll.refresh_from_db()
    assert poll.state == "declared"
    assert (poll.result.votes_for, poll.result.total, poll.result.passed) == (2, 3, True)


def test_only_its_members_are_called_to_it(meeting, members):
    assert {delegate.pk for delegate in session_members(meeting)} == {member.pk for member in members}


def test_two_boards_do_not_see_each_other(client, council, convened):
    other = builders.board(council, code="PC", name="Ban Pháp chế")
    client.force_login(builders.person(council, "van-phong-pc", role="office", body=other))

    assert client.get(reverse("sessions:session", args=[convened.public_id])).status_code == 404
    assert convened.title not in client.get(reverse("sessions:list")).content.decode()


def test_one_clerk_of_two_bodies_moves_between_them_in_sight(client, council, convened, clerk):
    other = builders.board(council, code="PC", name="Ban Pháp chế")
    builders.RoleGrant.objects.create(
        council=council, user=clerk, role="office", body=other, starts_on=builders.TERM_START
    )
    second = builders.council_session(council, clerk, body=other, number=2)
    client.force_login(clerk)

    page = client.get(reverse("sessions:list"))
    tabs = {str(tab["label"]): tab["url"] for tab in page.context["tabs"]}

    assert {"Ban Kinh tế - Ngân sách", "Ban Pháp chế"} <= set(tabs)
    chosen = client.get(reverse("sessions:list") + tabs["Ban Pháp chế"].replace(reverse("sessions:list"), ""))
    assert second.title in chosen.content.decode()
    assert convened.title not in chosen.content.decode()
