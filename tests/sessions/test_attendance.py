"""Attendance: who is here, who may say so, and what it does to the quorum and to an open vote."""

import pytest

from council import regulations
from council.errors import BadInput, NotAllowed
from council.models import AuditEntry
from sessions import conduct
from sessions.models import Attendance
from sessions.selectors_room import presence_of
from tests import builders
from tests.sessions import hall
from voting import services as voting
from voting.models import RollEntry, Vote


def test_a_delegate_reports_presence_while_the_check_in_is_open(sitting, secretary, delegate):
    sitting = conduct.set_check_in(sitting=hall.convene(sitting), is_open=True, by=secretary)

    row = conduct.check_in(sitting=sitting, delegate=delegate, by=delegate.user)

    assert (row.state, row.by_tablet) == (Attendance.State.PRESENT, True)
    assert row.arrived_at is not None


def test_no_check_in_by_tablet_while_it_is_closed(sitting, delegate):
    with pytest.raises(NotAllowed):
        conduct.check_in(sitting=hall.convene(sitting), delegate=delegate, by=delegate.user)

    assert not Attendance.objects.exists()


def test_nobody_checks_in_for_a_neighbour(sitting, secretary, delegates):
    sitting = conduct.set_check_in(sitting=hall.convene(sitting), is_open=True, by=secretary)

    with pytest.raises(NotAllowed):
        conduct.check_in(sitting=sitting, delegate=delegates[1], by=delegates[0].user)

    assert not Attendance.objects.exists()


def test_an_excused_absence_keeps_its_reason(sitting, secretary, delegate):
    row = conduct.set_attendance(
        sitting=sitting, delegate=delegate, state="excused", reason="  Đi công tác  ", by=secretary
    )

    assert (row.state, row.reason) == (Attendance.State.EXCUSED, "Đi công tác")


def test_a_delegate_marks_nobody(sitting, delegates):
    with pytest.raises(NotAllowed):
        conduct.set_attendance(sitting=sitting, delegate=delegates[1], state="present", by=delegates[0].user)


def test_a_delegate_of_another_body_is_not_on_the_roll(council, sitting, secretary):
    stranger = builders.delegate(council, 9, body=builders.board(council))

    with pytest.raises(BadInput):
        conduct.set_attendance(sitting=sitting, delegate=stranger, state="present", by=secretary)


def test_marking_the_rest_present_leaves_those_already_marked(sitting, secretary, delegates):
    conduct.set_attendance(sitting=sitting, delegate=delegates[0], state="excused", by=secretary)
    conduct.set_attendance(sitting=sitting, delegate=delegates[1], state="absent", by=secretary)

    assert conduct.mark_rest_present(sitting=sitting, by=secretary) == 3

    states = [row.state for row in presence_of(sitting).rows]
    assert states == ["excused", "absent", "present", "present", "present"]


def test_the_quorum_is_the_councils_own_fraction_and_says_so(council, sitting, office, secretary, delegates):
    regulations.set_value(
        council=council,
        key="quorum_fraction",
        value="1/2",
        valid_from=sitting.date,
        legal_basis="Điều 9 Quy chế làm việc",
        by=office,
    )
    for delegate in delegates[:3]:
        conduct.set_attendance(sitting=sitting, delegate=delegate, state="present", by=secretary)

    presence = presence_of(sitting)

    assert (presence.present, presence.total, presence.needed, presence.is_enough) == (3, 5, 3, True)
    assert presence.why == "Cần có mặt ít nhất 1/2 tổng số 5 đại biểu, tức từ 3. Điều 9 Quy chế làm việc."


def test_two_thirds_of_five_are_four(sitting, secretary, delegates):
    for delegate in delegates[:3]:
        conduct.set_attendance(sitting=sitting, delegate=delegate, state="present", by=secretary)

    presence = presence_of(sitting)

    assert (presence.needed, presence.is_enough) == (4, False)


def test_a_missing_quorum_warns_and_does_not_bar_the_opening(sitting, secretary, delegates):
    opened = conduct.open_sitting(sitting=hall.convene(sitting), by=secretary)

    assert opened.state == "open"
    assert not presence_of(opened).is_enough


def test_who_leaves_during_a_vote_keeps_the_vote_and_leaves_the_roll(sitting, chair, secretary, delegates):
    sitting = hall.run(sitting, secretary, present=delegates)
    poll = hall.open_vote(sitting, chair)
    voting.cast_by_secretary(poll=poll, delegate=delegates[0], choice="for", reason="máy hỏng", by=secretary)

    conduct.set_attendance(sitting=sitting, delegate=delegates[0], state="absent", by=secretary)

    assert not RollEntry.objects.get(poll=poll, delegate=delegates[0]).is_present
    assert Vote.objects.get(poll=poll, delegate=delegates[0]).choice == "for"


def test_who_comes_late_may_vote_in_the_open_poll(sitting, chair, secretary, delegates):
    sitting = hall.run(sitting, secretary, present=delegates[:4])
    poll = hall.open_vote(sitting, chair)

    conduct.set_attendance(sitting=sitting, delegate=delegates[4], state="present", by=secretary)

    assert RollEntry.objects.get(poll=poll, delegate=delegates[4]).is_present
    poll.refresh_from_db()
    assert poll.present == 5


def test_attendance_is_recorded_in_the_sessions_own_chain(sitting, secretary, delegate):
    conduct.set_attendance(sitting=sitting, delegate=delegate, state="present", by=secretary)

    entry = AuditEntry.objects.get(event="sessions.attendance-set")
    assert entry.chain.key == sitting.council_session.chain_key
    assert entry.data == {"delegate": delegate.code, "state": "present"}
