"""What a tablet may rely on: acknowledged is counted, the same key gets the same answer for ever."""

import asyncio
import time
import uuid
from concurrent.futures import Future

import pytest
from django.db import connection, transaction
from django.utils import timezone

from council.models import AuditEntry, Room
from tests import builders
from tests.voting.conftest import vote
from voting import ballot_box, services
from voting.models import Poll, Vote, VoteAct

pytestmark = pytest.mark.django_db(transaction=True)  # the ballot box has a thread of its own


def test_a_vote_is_recorded_with_its_number(open_poll, delegate):
    said = vote(open_poll, delegate, "for")

    assert (said.answer, said.number, said.status) == ("recorded", 1, 200)
    assert said.vote["choice"] == "for"
    assert Vote.objects.get().choice == "for"


def test_a_vote_may_be_changed_until_the_close(open_poll, delegate):
    vote(open_poll, delegate, "for")

    said = vote(open_poll, delegate, "against", replaces=1)

    assert (said.answer, said.number) == ("recorded", 2)
    assert [(v.choice, v.number) for v in Vote.objects.all()] == [("against", 2)]


def test_pressing_the_same_choice_again_is_no_change(open_poll, delegate):
    vote(open_poll, delegate, "for")

    said = vote(open_poll, delegate, "for", replaces=1)

    assert (said.answer, said.number) == ("recorded", 1)


def test_26_the_same_key_gets_the_same_answer_for_ever(open_poll, delegate, chair):
    """Security 26."""
    key = uuid.uuid4()
    first = vote(open_poll, delegate, "for", key=key)
    vote(open_poll, delegate, "against", replaces=1)
    services.close_poll(poll=open_poll, by=chair)

    again = vote(open_poll, delegate, "for", key=key)

    assert again == first
    assert again.vote["choice"] == "against"  # and what counts now is told beside it
    assert VoteAct.objects.count() == 2


def test_26_the_same_key_with_another_choice_is_refused(open_poll, delegate):
    """Security 26."""
    key = uuid.uuid4()
    vote(open_poll, delegate, "for", key=key)

    said = vote(open_poll, delegate, "against", key=key)

    assert (said.answer, said.code, said.status) == ("refused", "key_reused", 409)
    assert Vote.objects.get().choice == "for"


def test_two_delegates_may_have_made_the_same_key(open_poll, delegates):
    key = uuid.uuid4()

    assert vote(open_poll, delegates[0], "for", key=key).answer == "recorded"
    assert vote(open_poll, delegates[1], "against", key=key).answer == "recorded"


def test_a_late_older_choice_is_stale_and_gets_the_current_vote(open_poll, delegate):
    vote(open_poll, delegate, "against")

    said = vote(open_poll, delegate, "for", replaces=0)

    assert (said.answer, said.status, said.number) == ("stale", 409, 1)
    assert said.vote["choice"] == "against"
    assert Vote.objects.get().choice == "against"


def test_a_vote_that_replaces_one_that_never_was_is_stale(open_poll, delegate):
    said = vote(open_poll, delegate, "for", replaces=3)

    assert (said.answer, said.vote) == ("stale", None)
    assert not Vote.objects.exists()


def test_27_a_vote_after_the_close_is_refused(open_poll, delegate, chair):
    """Security 27."""
    services.close_poll(poll=open_poll, by=chair)

    said = vote(open_poll, delegate, "for")

    assert (said.answer, said.code, said.status) == ("refused", "closed", 409)
    assert said.words == "Biểu quyết đã kết thúc, phiếu này không được ghi."
    assert not Vote.objects.exists()


def test_a_vote_on_a_cancelled_poll_is_refused(open_poll, delegate, chair):
    services.cancel_poll(poll=open_poll, reason="Mở nhầm", by=chair)

    assert vote(open_poll, delegate, "for").code == "cancelled"


def test_a_vote_before_the_opening_is_refused(draft, delegate):
    assert vote(draft, delegate, "for").code == "not_open"


def test_a_vote_of_an_absent_delegate_is_refused_until_checked_in(open_poll, delegates):
    absent = delegates[4]
    key = uuid.uuid4()

    assert vote(open_poll, absent, "for", key=key).code == "absent"

    services.set_presence(room=open_poll.room, delegate=absent, is_present=True)
    assert vote(open_poll, absent, "for", key=key).answer == "recorded"


def test_a_vote_of_somebody_not_on_the_roll_is_refused(open_poll, council):
    newcomer = builders.delegate(council, 9)

    said = vote(open_poll, newcomer, "for")

    assert (said.code, said.status) == ("not_entitled", 403)
    assert not Vote.objects.exists()


@pytest.mark.parametrize("choice", ["yes", "", "silent", "absent", "FOR", "x" * 300])
def test_a_vote_for_a_foreign_option_is_refused(open_poll, delegate, choice):
    said = vote(open_poll, delegate, choice)

    assert (said.code, said.status) == ("unknown_option", 422)
    assert not Vote.objects.exists()


def test_a_vote_in_a_poll_that_is_not_there_is_refused(open_poll, delegate):
    said = ballot_box.cast_and_wait(uuid.uuid4(), delegate.pk, "for", uuid.uuid4())

    assert (said.code, said.status) == ("not_found", 404)


def test_what_waits_at_the_same_moment_is_one_transaction_and_one_entry(open_poll, delegates):
    ballots = [ballot_box.Ballot(open_poll.public_id, d.pk, "for", uuid.uuid4()) for d in delegates[:4]]

    with transaction.atomic():
        answers, room = ballot_box.write(open_poll.public_id, ballots + ballots[:1])

    assert [a.answer for a in answers] == ["recorded"] * 5
    assert room == open_poll.room
    entry = AuditEntry.objects.get(event="voting.votes-cast")
    assert [act["name"] for act in entry.data["acts"]] == [d.full_name for d in delegates[:4]]


def test_the_record_tells_who_voted_and_never_what(open_poll, delegate):
    vote(open_poll, delegate, "against")

    entry = AuditEntry.objects.get(event="voting.votes-cast")
    assert entry.chain.key == "session:1"
    assert set(entry.data["acts"][0]) == {"delegate", "name", "key", "answer", "number"}
    assert "against" not in str(entry.data)


def test_a_refused_ballot_does_not_spoil_the_others_of_its_batch(open_poll, delegates):
    choices = ["for", "nonsense", "other"]
    ballots = [
        ballot_box.Ballot(open_poll.public_id, d.pk, c, uuid.uuid4())
        for d, c in zip(delegates, choices, strict=False)
    ]

    with transaction.atomic():
        answers, _room = ballot_box.write(open_poll.public_id, ballots)

    assert [a.answer for a in answers] == ["recorded", "refused", "recorded"]
    assert Vote.objects.count() == 2


def test_a_ballot_is_written_when_the_tablet_went_away_meanwhile(open_poll, delegate):
    async def press_and_leave():
        waiting = asyncio.ensure_future(
            ballot_box.cast(open_poll.public_id, delegate.pk, "for", uuid.uuid4(), 0, "socket")
        )
        await asyncio.sleep(0)
        waiting.cancel()

    asyncio.run(press_and_leave())
    ballot_box.stop()  # writes what waits

    assert Vote.objects.get().choice == "for"


def test_the_box_writes_what_waits_before_it_stops(open_poll, delegates):
    box = ballot_box.box()
    waiting = [Future() for _delegate in delegates[:4]]
    for delegate, answer in zip(delegates, waiting, strict=False):
        box.put(ballot_box.Ballot(open_poll.public_id, delegate.pk, "for", uuid.uuid4()), answer)

    ballot_box.stop()

    assert all(w.done() for w in waiting)
    assert Vote.objects.count() == 4


def test_a_rush_of_votes_announces_the_turnout_at_most_four_times_a_second(open_poll, delegate):
    before, started = Room.objects.get(key=open_poll.room).seq, time.monotonic()

    for number in range(30):
        vote(open_poll, delegate, ("for", "against")[number % 2], replaces=number)
    ballot_box.stop()

    allowed = 4 * (time.monotonic() - started) + 2  # the first one, and the last one at once
    assert Vote.objects.get().number == 30
    assert 1 <= Room.objects.get(key=open_poll.room).seq - before <= allowed


def test_the_last_vote_of_a_rush_is_announced_too(open_poll, delegates):
    vote(open_poll, delegates[0])
    seq = Room.objects.get(key=open_poll.room).seq
    vote(open_poll, delegates[1])  # within the same breath

    deadline = time.monotonic() + 3
    while Room.objects.get(key=open_poll.room).seq == seq and time.monotonic() < deadline:
        time.sleep(0.02)

    assert Room.objects.get(key=open_poll.room).seq == seq + 1


def test_25_the_database_keeps_what_it_commits(open_poll):
    """Security 25: a commit is on the disk before it is acknowledged, by the settings of each connection."""
    query, kept = {
        "sqlite": ("PRAGMA synchronous", 2),  # FULL
        "postgresql": ("SHOW synchronous_commit", "on"),
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(query)
        assert cursor.fetchone() == (kept,)


def test_37_the_time_of_a_vote_is_the_servers(open_poll, delegate):
    """Security 37: a ballot has no field for a time; the row gets the server's, between open and now."""
    vote(open_poll, delegate)

    assert "at" not in ballot_box.Ballot.__dataclass_fields__
    assert Poll.objects.get().opened_at <= Vote.objects.get().cast_at <= timezone.now()
