"""The votes of the finished session, held through the real services and dated back to their day."""

import uuid
from datetime import datetime, time, timedelta

from django.utils import timezone

from council.demo.agenda import PERSONNEL
from council.demo.people import House
from sessions.models import AgendaItem, CouncilSession, ItemPoll, Sitting
from voting import ballot_box, counting, services
from voting.count_rules import Sheets
from voting.models import Poll, RollEntry, Vote
from voting.rules import Entitled, Named
from voting.tellers import name_tellers


def hold_votes(house: House, finished: CouncilSession) -> list[tuple]:
    """One named vote on every draft resolution; gives (item, poll, result). The last one falls through."""
    chair = house.users["chair"]
    sitting = finished.sittings.get(number=4)
    present = {a.delegate_id: a.state == "present" for a in sitting.attendance.all()}
    roll = [
        Entitled(
            delegate_id=d.pk, name=d.full_name, seat=d.seat, group=house.groups[n % 10].short_name,
            is_present=present.get(d.pk, False),
        )
        for n, d in enumerate(house.delegates)
    ]  # fmt: skip
    held = []
    began = timezone.make_aware(datetime.combine(sitting.date, time(14, 30)))
    items = list(finished.items.filter(kind="draft_resolution"))
    for n, item in enumerate(items):
        poll = services.prepare_poll(
            council=house.council, body=house.plenary, room=sitting.room, question=item.title, by=chair,
            text_name="Dự thảo trình kỳ họp", chain=finished.chain_key,
        )  # fmt: skip
        ItemPoll.objects.create(item=item, poll=poll)
        poll = services.open_poll(poll=poll, roll=roll, by=chair)
        at = began + timedelta(minutes=6 * n)
        choices = {
            entry.delegate_id: _choice(n, k, len(items))
            for k, entry in enumerate(RollEntry.objects.filter(poll=poll, is_present=True))
            if (k + n) % 41
        }
        _cast(poll, choices, at)
        result = services.close_poll(poll=poll, by=chair)
        services.declare_result(poll=poll, by=chair)
        Poll.objects.filter(pk=poll.pk).update(
            opened_at=at, closed_at=at + timedelta(minutes=2), declared_at=at + timedelta(minutes=3)
        )
        held.append((item, poll, result))
    _elect(house, finished, sitting, roll, began + timedelta(minutes=6 * len(items)))
    return held


def _elect(house: House, finished: CouncilSession, sitting: Sitting, roll: list[Entitled], at: datetime) -> None:
    """A counting board by open vote, then an election on paper that two of its members count."""
    chair = house.users["chair"]
    board_item, election_item = finished.items.filter(title__in=[title for title, *_rest in PERSONNEL])
    here = [d for d, entry in zip(house.delegates, roll, strict=True) if entry.is_present]
    tellers = here[20:25]
    names = ", ".join(teller.full_name for teller in tellers)
    open_vote = _prepared(house, finished, sitting, board_item, f"Thông qua Ban kiểm phiếu gồm: {names}")
    name_tellers(poll=open_vote, members=tellers, head=tellers[0], by=chair)
    open_vote = services.open_poll(poll=open_vote, roll=roll, by=chair)
    _cast(open_vote, {delegate.pk: "for" for delegate in here}, at)
    services.close_poll(poll=open_vote, by=chair)
    services.declare_result(poll=open_vote, by=chair)

    candidates = [Named(here[n].full_name, "Đại biểu Hội đồng nhân dân tỉnh", here[n].pk) for n in (30, 41)]
    election = _prepared(
        house, finished, sitting, election_item, election_item.title,
        kind="election", method="paper", seats=1, nominees=candidates,
    )  # fmt: skip
    services.open_poll(poll=election, roll=roll, by=chair)
    services.close_poll(poll=election, by=chair)
    cast = len(here) - 1
    valid = cast - 2
    sheets = Sheets(
        handed_out=len(here), collected=cast, valid=valid, blank=1, invalid=1,
        figures={"1": {"for": valid - 9}, "2": {"for": 9}},
    )  # fmt: skip
    count = counting.enter_sheets(poll=election, sheets=sheets, by=tellers[0].user)
    counting.confirm_count(count=count, by=tellers[1].user)
    services.declare_result(poll=election, by=chair)
    for n, poll in enumerate((open_vote, election)):
        start = at + timedelta(minutes=30 * n)
        Poll.objects.filter(pk=poll.pk).update(
            opened_at=start, closed_at=start + timedelta(minutes=10), declared_at=start + timedelta(minutes=25)
        )


def _cast(poll: Poll, choices: dict[int, str], at: datetime) -> None:
    """Put these votes in through the ballot box's own hand, so that the record tells of them."""
    ballots = [
        ballot_box.Ballot(poll.public_id, delegate, choice, uuid.uuid4(), 0, Vote.Channel.SOCKET)
        for delegate, choice in choices.items()
    ]
    ballot_box.write(poll.public_id, ballots)
    Vote.objects.filter(poll=poll).update(cast_at=at)


def _prepared(
    house: House, finished: CouncilSession, sitting: Sitting, item: AgendaItem, question: str, **ballot
) -> Poll:
    poll = services.prepare_poll(
        council=house.council, body=house.plenary, room=sitting.room, question=question,
        by=house.users["chair"], chain=finished.chain_key, **ballot,
    )  # fmt: skip
    ItemPoll.objects.create(item=item, poll=poll)
    return poll


def _choice(n: int, k: int, of: int) -> str:
    if n == of - 1:  # the one that is not adopted
        return "for" if k % 2 == 0 else ("against" if k % 3 else "other")
    if (k * 3 + n) % 23 == 0:
        return "against"
    return "other" if (k + n * 2) % 31 == 0 else "for"
