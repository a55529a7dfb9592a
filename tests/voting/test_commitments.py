"""What the record says of a vote in public: sealed, so that only who knows its salt can open it."""

import uuid

import pytest
from django.db import transaction

from council.audit import sha256
from council.models import AuditEntry
from tests.voting.conftest import vote
from voting import ballot_box, services
from voting.commitments import vote_commitment
from voting.models import Vote

pytestmark = pytest.mark.django_db(transaction=True)


def sealed_votes():
    """[line, number, commitment] of every vote that the record tells of, in its order."""
    entries = AuditEntry.objects.filter(event__startswith="voting.vote").order_by("seq")
    return [line for entry in entries if entry.public for line in entry.public["votes"]]


def test_each_vote_stands_in_the_record_as_a_commitment_that_the_delegate_can_open(open_poll, delegate):
    mine = vote(open_poll, delegate, "against").vote

    opened = vote_commitment(str(open_poll.public_id), mine["line"], 1, "against", mine["salt"])
    assert sealed_votes() == [[mine["line"], 1, opened]]
    assert opened == sha256(
        {"poll": str(open_poll.public_id), "line": mine["line"], "number": 1, "choice": "against", "salt": mine["salt"]}
    )


def test_the_record_holds_neither_choice_nor_salt(open_poll, delegate):
    mine = vote(open_poll, delegate, "against").vote

    entry = AuditEntry.objects.get(event="voting.votes-cast")
    told = str(entry.public) + str(entry.data)
    assert len(mine["salt"]) == 32
    assert mine["salt"] not in told and "against" not in told


def test_a_changed_vote_gets_a_new_commitment_and_an_unchanged_one_none(open_poll, delegate):
    first = vote(open_poll, delegate, "for").vote
    again = vote(open_poll, delegate, "for", replaces=1).vote
    second = vote(open_poll, delegate, "other", replaces=1).vote

    assert again == first
    assert second["salt"] != first["salt"]
    assert [number for _line, number, _sealed in sealed_votes()] == [1, 2]


def test_two_changes_in_one_batch_are_both_in_the_record(open_poll, delegate):
    ballots = [
        ballot_box.Ballot(open_poll.public_id, delegate.pk, choice, uuid.uuid4(), replaces)
        for replaces, choice in enumerate(["for", "against"])
    ]
    with transaction.atomic():
        ballot_box.write(open_poll.public_id, ballots)

    stored = Vote.objects.get()
    line = open_poll.roll.get(delegate=delegate).line
    last = vote_commitment(str(open_poll.public_id), line, 2, "against", stored.salt)
    assert [(place, number) for place, number, _sealed in sealed_votes()] == [(line, 1), (line, 2)]
    assert sealed_votes()[-1][2] == last


def test_a_vote_entered_by_the_secretary_is_marked_as_such(open_poll, delegate, secretary):
    services.cast_by_secretary(poll=open_poll, delegate=delegate, choice="for", reason="Máy hỏng", by=secretary)

    entry = AuditEntry.objects.get(event="voting.vote-entered")
    stored = Vote.objects.get()
    line = open_poll.roll.get(delegate=delegate).line
    sealed = vote_commitment(str(open_poll.public_id), line, 1, "for", stored.salt)
    assert (entry.public["channel"], entry.public["votes"]) == ("secretary", [[line, 1, sealed]])
    assert delegate.full_name not in str(entry.public)


def test_lines_of_the_roll_are_drawn_by_lot_and_told_to_nobody_else(open_poll, delegates):
    lines = list(open_poll.roll.values_list("line", flat=True))

    assert sorted(lines) == [1, 2, 3, 4, 5]
    assert len(set(open_poll.roll.values_list("salt", flat=True))) == 5
    opened = AuditEntry.objects.get(event="voting.poll-opened")
    assert sha256(opened.public["frozen"]) == open_poll.roll_hash
    assert not any(delegate.full_name in str(opened.public) for delegate in delegates)
