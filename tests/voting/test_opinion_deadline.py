"""An opinion poll stands outside every room, and its deadline closes it to votes by the server's clock."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from council.live import announce
from council.models import Room
from tests import builders
from voting import ballot_box
from voting.models import Poll, RollEntry, Vote

pytestmark = pytest.mark.django_db


def asked(council, delegates, *, hours=24, **fields) -> Poll:
    """An open poll without a room, whose deadline lies some hours ahead (or, negative, behind)."""
    now = timezone.now()
    poll = Poll.objects.create(
        council=council, body=builders.plenary(council), question="Xin ý kiến", state=Poll.State.OPEN,
        opened_at=now - timedelta(days=1), closes_at=now + timedelta(hours=hours),
        terms={"labels": {"for": {}, "against": {}, "other": {}}}, **fields,
    )  # fmt: skip
    RollEntry.objects.bulk_create(
        RollEntry(poll=poll, delegate=d, name=d.full_name, is_present=True) for d in delegates
    )
    return poll


def put_in(poll, delegate, choice="for"):
    ballot = ballot_box.Ballot(poll.public_id, delegate.pk, choice, uuid.uuid4())
    (said,), room = ballot_box.write(poll.public_id, [ballot])
    assert room is None  # there is no room to tell
    return said


def test_several_opinion_polls_may_be_open_at_once(council, delegates):
    asked(council, delegates)
    asked(council, delegates)

    assert Poll.objects.filter(state=Poll.State.OPEN, room="").count() == 2


def test_a_room_still_holds_one_open_poll(council, delegates):
    asked(council, delegates, room="hall:1")

    with pytest.raises(IntegrityError), transaction.atomic():
        asked(council, delegates, room="hall:1")


def test_a_poll_without_a_room_must_have_a_deadline(council):
    with pytest.raises(IntegrityError), transaction.atomic():
        Poll.objects.create(council=council, body=builders.plenary(council), question="Xin ý kiến")


def test_an_answer_before_the_deadline_is_recorded(council, delegates):
    poll = asked(council, delegates)

    said = put_in(poll, delegates[0])

    assert (said.answer, said.number) == ("recorded", 1)


def test_37_a_late_answer_is_refused_in_words_though_nobody_has_closed_the_poll(council, delegates):
    """Security 37: the deadline itself decides, by the server's clock."""
    poll = asked(council, delegates, hours=-1)

    said = put_in(poll, delegates[0])

    assert (said.code, said.status, said.words) == ("closed", 409, "Đã hết hạn trả lời, ý kiến này không được ghi.")
    assert not Vote.objects.exists()


def test_what_has_no_room_announces_nothing(council):
    announce("", council)

    assert not Room.objects.exists()
