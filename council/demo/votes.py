"""The votes of the finished session, held through the real services and dated back to their day."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from council.demo.people import House
from sessions.models import CouncilSession, ItemPoll
from voting import services
from voting.models import Poll, RollEntry, Vote
from voting.rules import Entitled


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
        Vote.objects.bulk_create(
            Vote(
                poll=poll,
                delegate_id=entry.delegate_id,
                choice=_choice(n, k, len(items)),
                channel="socket",
                cast_at=at,
            )
            for k, entry in enumerate(RollEntry.objects.filter(poll=poll, is_present=True))
            if (k + n) % 41
        )
        result = services.close_poll(poll=poll, by=chair)
        services.declare_result(poll=poll, by=chair)
        Poll.objects.filter(pk=poll.pk).update(
            opened_at=at, closed_at=at + timedelta(minutes=2), declared_at=at + timedelta(minutes=3)
        )
        held.append((item, poll, result))
    return held


def _choice(n: int, k: int, of: int) -> str:
    if n == of - 1:  # the one that is not adopted
        return "for" if k % 2 == 0 else ("against" if k % 3 else "other")
    if (k * 3 + n) % 23 == 0:
        return "against"
    return "other" if (k + n * 2) % 31 == 0 else "for"
