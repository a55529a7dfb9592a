"""Running a sitting: its order, its agenda, and the votes on its items."""

import pytest
from django.urls import reverse

from council.errors import NotAllowed, WrongState
from council.models import AuditEntry
from sessions import conduct, polls
from sessions.models import AgendaItem, CouncilSession, ItemPaper, Sitting
from sessions.selectors_room import poll_of
from tests import builders
from tests.sessions import hall
from voting import services as voting
from voting.models import Vote

pytestmark = pytest.mark.django_db


def test_opening_the_first_sitting_makes_the_session_run(sitting, chair):
    opened = conduct.open_sitting(sitting=hall.convene(sitting), by=chair)

    assert opened.state == Sitting.State.OPEN
    assert opened.check_in_open
    assert CouncilSession.objects.get(pk=sitting.council_session_id).state == "running"


def test_a_session_that_was_not_convened_is_not_opened(sitting, chair):
    with pytest.raises(WrongState):
        conduct.open_sitting(sitting=sitting, by=chair)


def test_a_delegate_does_not_open_a_sitting(sitting, delegate):
    with pytest.raises(NotAllowed):
        conduct.open_sitting(sitting=hall.convene(sitting), by=delegate.user)


def test_the_secretary_of_one_board_does_not_run_the_plenary(council, sitting):
    other = builders.person(council, "thu-ky-ban", role="session_secretary", body=builders.board(council))

    with pytest.raises(NotAllowed):
        conduct.open_sitting(sitting=hall.convene(sitting), by=other)


def test_one_sitting_of_a_session_is_open_at_a_time(sitting, chair, secretary):
    hall.run(sitting, secretary)
    second = Sitting.objects.create(
        council_session=sitting.council_session, number=2, title="Phiên 2", date=sitting.date, starts_at="14:00"
    )

    with pytest.raises(WrongState):
        conduct.open_sitting(sitting=second, by=chair)


def test_going_to_an_item_finishes_the_one_before(sitting, chair, secretary):
    sitting = hall.run(sitting, secretary)
    first, second, _third = sitting.items.all()
    conduct.go_to_item(sitting=sitting, item=first, by=chair)

    conduct.go_to_item(sitting=sitting, item=second, by=chair)

    assert list(sitting.items.values_list("state", flat=True)) == ["done", "current", "pending"]
    assert Sitting.objects.get(pk=sitting.pk).current_item == second
    assert AgendaItem.objects.get(pk=first.pk).ended_at is not None


def test_an_item_is_left_out_from_the_desk_and_can_be_taken_up_again(sitting, chair, secretary):
    sitting = hall.run(sitting, secretary)
    first, second, third = sitting.items.all()
    conduct.go_to_item(sitting=sitting, item=first, by=chair)
    desk = hall.browser(chair, sitting)
    page = desk.get(reverse("sessions:console", args=[sitting.public_id])).content.decode()
    assert reverse("sessions:skip_item", args=[sitting.public_id, second.public_id]) in page

    said = hall.act(desk, "skip_item", sitting, second.public_id)

    assert said.status_code == 200
    page = desk.get(reverse("sessions:console", args=[sitting.public_id])).content.decode()
    assert reverse("sessions:skip_item", args=[sitting.public_id, third.public_id]) in page
    assert list(sitting.items.values_list("state", flat=True)) == ["current", "skipped", "pending"]
    conduct.go_to_item(sitting=sitting, item=second, by=chair)
    assert list(sitting.items.values_list("state", flat=True)) == ["done", "current", "pending"]


def test_what_has_begun_is_not_left_out(sitting, chair, secretary):
    sitting = hall.run(sitting, secretary)
    first = sitting.items.first()
    conduct.go_to_item(sitting=sitting, item=first, by=chair)

    with pytest.raises(WrongState):
        conduct.skip_item(sitting=sitting, item=first, by=chair)


def test_the_agenda_stands_still_while_a_vote_is_open(sitting, chair, secretary, delegates):
    sitting = hall.run(sitting, secretary, present=delegates)
    hall.open_vote(sitting, chair)

    with pytest.raises(WrongState):
        conduct.go_to_item(sitting=sitting, item=sitting.items.get(number=3), by=chair)
    with pytest.raises(WrongState):
        conduct.close_sitting(sitting=sitting, by=chair)


def test_closing_the_sitting_finishes_its_item_and_the_check_in(sitting, chair, secretary):
    sitting = hall.run(sitting, secretary)
    conduct.go_to_item(sitting=sitting, item=sitting.items.get(number=1), by=chair)

    closed = conduct.close_sitting(sitting=sitting, by=chair)

    assert (closed.state, closed.current_item, closed.check_in_open) == ("closed", None, False)
    assert sitting.items.get(number=1).state == "done"


def test_the_session_closes_after_its_last_sitting(sitting, chair, secretary):
    sitting = hall.run(sitting, secretary)
    with pytest.raises(WrongState):
        conduct.close_session(council_session=sitting.council_session, by=chair)
    conduct.close_sitting(sitting=sitting, by=chair)

    assert conduct.close_session(council_session=sitting.council_session, by=chair).state == "closed"
    with pytest.raises(WrongState):
        conduct.open_sitting(sitting=sitting, by=chair)


@pytest.mark.parametrize(
    ("title", "question"),
    [
        ("Nghị quyết về biên chế năm 2027", "Thông qua Nghị quyết về biên chế năm 2027"),
        ("Dự thảo Nghị quyết về biên chế năm 2027", "Thông qua Nghị quyết về biên chế năm 2027"),
        ("Biểu quyết thông qua chương trình kỳ họp", "Biểu quyết thông qua chương trình kỳ họp"),
    ],
)
def test_the_question_comes_from_the_item(sitting, title, question):
    item = sitting.items.get(number=2)
    item.title = title

    assert polls.question_for(item) == question


def test_preparing_twice_gives_the_same_draft(sitting, chair, secretary):
    sitting = hall.run(sitting, secretary)
    item = sitting.items.get(number=2)

    first = polls.prepare_item_poll(sitting=sitting, item=item, by=chair)

    assert polls.prepare_item_poll(sitting=sitting, item=item, by=chair) == first


def test_a_vote_opens_with_the_bodys_members_and_their_presence(sitting, chair, secretary, delegates):
    sitting = hall.run(sitting, secretary, present=delegates[:3])

    poll = hall.open_vote(sitting, chair)

    assert (poll.entitled, poll.present) == (5, 3)
    assert [entry.name for entry in poll.roll.all()] == [delegate.full_name for delegate in delegates]
    assert poll.chain == sitting.council_session.chain_key


def test_nobody_present_bars_the_opening_in_words(sitting, chair, secretary, delegates):
    sitting = hall.run(sitting, secretary)

    with pytest.raises(WrongState) as refusal:
        hall.open_vote(sitting, chair)

    assert refusal.value.message == "Chưa có đại biểu nào điểm danh."


def test_a_vote_needs_an_open_sitting(sitting, chair):
    sitting = hall.convene(sitting)
    prepared = polls.prepare_item_poll(sitting=sitting, item=sitting.items.get(number=2), by=chair)

    with pytest.raises(WrongState):
        polls.open_item_poll(sitting=sitting, poll=prepared.poll, by=chair)


def test_only_the_secretary_votes_for_a_dead_tablet(sitting, chair, secretary, delegates):
    sitting = hall.run(sitting, secretary, present=delegates)
    poll = hall.open_vote(sitting, chair)
    given = {"sitting": sitting, "poll": poll, "delegate": delegates[0], "choice": "for", "reason": "máy hết pin"}

    with pytest.raises(NotAllowed):
        polls.vote_through_secretary(**given, by=chair)
    vote = polls.vote_through_secretary(**given, by=secretary)

    assert (vote.channel, vote.entered_by) == (Vote.Channel.SECRETARY, secretary)


def test_a_cancelled_vote_leaves_the_screens(sitting, chair, secretary, delegates):
    sitting = hall.run(sitting, secretary, present=delegates)
    poll = hall.open_vote(sitting, chair)
    sitting.refresh_from_db()
    assert poll_of(sitting).poll == poll

    voting.cancel_poll(poll=poll, reason="mở nhầm mục", by=chair)

    assert poll_of(sitting) is None


def test_a_draft_without_a_file_is_told_and_does_not_bar(sitting, chair, secretary, delegates):
    sitting = hall.run(sitting, secretary, present=delegates)
    item = sitting.items.get(number=2)
    ItemPaper.objects.create(item=item, kind="draft_resolution", title="Dự thảo")
    prepared = polls.prepare_item_poll(sitting=sitting, item=item, by=chair)

    issues = polls.opening_issues(sitting, prepared)

    assert [(issue.code, issue.blocking) for issue in issues] == [("no_text", False)]


def test_every_act_of_the_sitting_is_in_one_chain(sitting, chair, secretary, delegates):
    sitting = hall.run(sitting, secretary, present=delegates)
    poll = hall.open_vote(sitting, chair)
    voting.close_poll(poll=poll, by=chair)

    events = AuditEntry.objects.filter(chain__key=sitting.council_session.chain_key).values_list(
        "event", flat=True
    )

    assert [event for event in events if event != "sessions.attendance-set"] == [
        "council.record-begun",
        "sessions.sitting-opened",
        "sessions.item-started",
        "voting.poll-prepared",
        "voting.poll-opened",
        "voting.poll-closed",
    ]


def test_the_record_of_a_sitting_goes_by_the_sessions_name(client, council_session, sitting, chair, secretary, office):
    hall.run(sitting, secretary)
    client.force_login(office)

    page = client.get(reverse("council:operations")).content.decode()

    assert council_session.title in page
    assert council_session.chain_key not in page
