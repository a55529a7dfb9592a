"""Fill an empty database for the attack, in the product's own environment, and print who is in it.

    python -m tests.attack.furnish 200 server

A hall with its tellers elected, every delegate on a tablet of the house, and two elections prepared, to be held
by secret ballot on tablets.
"""

import json
import os
import sys
from hashlib import sha256

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "council.settings")

PEOPLE = ["Trần Thị Bình", "Lê Văn Cường", "Phạm Thị Dung", "Hoàng Văn Đức", "Vũ Thị Giang"]
SEATS = 2


def main(delegates: int, mode: str) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from benchmarks import hall
    from tests.faults.furnish import begin, codes, secretary

    if not connection.introspection.table_names():
        call_command("migrate", verbosity=0, interactive=False)
    told = hall.fill(delegates, 3)
    told["sessions"] = hall.sign_in_all(told["delegates"])
    told["secretary_session"] = secretary(told["sitting"])
    begin(told["sitting"])
    told["codes"] = codes()
    bind_tablets(told)
    elect_tellers(told)
    told["polls"], told["keys"] = prepare(told, mode)
    sys.stdout.write(json.dumps(told))


def bind_tablets(told: dict) -> None:
    """Each sign-in belongs to a tablet that the office knows; the logs know people by their number."""
    from council.models import Device, User

    users = {user.username: user for user in User.objects.filter(username__in=told["delegates"])}
    told["numbers"] = [users[name].pk for name in told["delegates"]]
    Device.objects.bulk_create(
        Device(
            user=users[name], secret_hash=sha256(name.encode()).hexdigest(), label="Máy của hội trường", session_key=key
        )
        for name, key in zip(told["delegates"], told["sessions"], strict=True)
    )


def the_sitting(told: dict):
    from council.models import User
    from sessions.models import Sitting

    sitting = Sitting.objects.select_related("council_session").get(public_id=told["sitting"])
    return sitting, list(sitting.items.order_by("number")), User.objects.get(username="chu-toa")


def elect_tellers(told: dict) -> None:
    """The open vote that elects the counting board: everybody for it."""
    import uuid

    from django.db import transaction

    from council.models import Delegate
    from sessions import polls
    from voting import ballot_box, services

    sitting, items, chair = the_sitting(told)
    delegates = list(Delegate.objects.order_by("pk"))
    made = polls.propose_tellers(
        sitting=sitting, item=items[2], members=delegates[:3], head=delegates[0], by=chair
    )
    poll = polls.open_item_poll(sitting=sitting, poll=made.poll, by=chair)
    with transaction.atomic():
        ballot_box.write(
            poll.public_id, [ballot_box.Ballot(poll.public_id, d.pk, "for", uuid.uuid4()) for d in delegates]
        )
    services.close_poll(poll=poll, by=chair)
    services.declare_result(poll=poll, by=chair)


def prepare(told: dict, mode: str) -> tuple[list[str], list[list[str]]]:
    """Two elections; with tellers' keys, their private halves are told too (they lie on the tellers' tablets)."""
    from council.models import Delegate
    from sessions import polls
    from tests.voting.secret_client import TellersTablet
    from voting.rules import Named
    from voting.secret import services

    sitting, items, chair = the_sitting(told)
    tellers = [delegate.user for delegate in Delegate.objects.order_by("pk")[:3]]
    made_polls, private = [], []
    for item in items[:2]:
        made = polls.prepare_item_poll(
            sitting=sitting, item=item, by=chair, question=f"Bầu Ủy viên, {item.title}", kind="election",
            method="tablet", secrecy=mode, seats=SEATS, nominees=[Named(name) for name in PEOPLE],
        )  # fmt: skip
        tablets = [TellersTablet() for _teller in tellers] if mode == "tellers" else []
        for tablet, teller in zip(tablets, tellers, strict=False):
            services.register_key(poll=made.poll, key=tablet.public, by=teller)
        made_polls.append(str(made.poll.public_id))
        private.append([tablet.secret for tablet in tablets])
    return made_polls, private


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
