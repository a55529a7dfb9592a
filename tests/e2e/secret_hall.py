"""Fill an empty database with a small hall before a secret vote, and print who is in it.

    python -m tests.e2e.secret_hall 5

Everybody is present and signed in, the hall is at an item about persons, and the first three delegates were
elected tellers by an open vote.
"""

import json
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "council.settings")


def main(delegates: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from benchmarks import hall

    call_command("migrate", verbosity=0, interactive=False)
    told = hall.fill(delegates, 3)
    told["sessions"] = hall.sign_in_all(told["delegates"])
    told["other_tablets"] = hall.sign_in_all(told["delegates"])
    elect_tellers(told["sitting"])
    let_count(told["sitting"], told["sessions"][:3])
    sys.stdout.write(json.dumps(told))


def let_count(sitting: str, sessions: list[str]) -> None:
    """The tellers have given their second factor for this sitting: they may count on paper too."""
    from council import second_factor
    from council.models import Delegate
    from sessions.models import Sitting

    room = Sitting.objects.get(public_id=sitting).room
    for delegate, session in zip(Delegate.objects.order_by("pk"), sessions, strict=False):
        second_factor.grant(user=delegate.user, session_key=session, scope=room)


def elect_tellers(sitting: str) -> None:
    from council.models import Delegate, RoleGrant, User
    from sessions import conduct, polls
    from sessions.models import AgendaItem, Sitting
    from voting import services as voting

    chair = User.objects.get(username="chu-toa")
    secretary = User.objects.create(username="thu-ky", full_name="Thư ký")
    grant = chair.role_grants.get()
    RoleGrant.objects.create(
        council=grant.council, user=secretary, role=RoleGrant.Role.SESSION_SECRETARY, starts_on=grant.starts_on
    )
    found = Sitting.objects.get(public_id=sitting)
    item = found.items.get(number=1)
    conduct.go_to_item(sitting=found, item=item, by=chair)
    seats = list(Delegate.objects.order_by("pk"))
    poll = polls.propose_tellers(sitting=found, item=item, members=seats[:3], head=seats[0], by=chair).poll
    polls.open_item_poll(sitting=found, poll=poll, by=chair)
    for delegate in seats:
        voting.cast_by_secretary(poll=poll, delegate=delegate, choice="for", reason="Giơ tay", by=secretary)
    voting.close_poll(poll=poll, by=chair)
    voting.declare_result(poll=poll, by=chair)
    for personnel in found.items.filter(number__gt=1):
        AgendaItem.objects.filter(pk=personnel.pk).update(
            kind=AgendaItem.Kind.PERSONNEL, title="Bầu Phó Chủ tịch Hội đồng nhân dân"
        )
    conduct.go_to_item(sitting=found, item=found.items.get(number=2), by=chair)


if __name__ == "__main__":
    main(int(sys.argv[1]))
