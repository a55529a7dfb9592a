"""In a filled hall (benchmarks/hall.py): a counting board and a secret vote on tablets, ready to be handed out.

    python -m tests.faults.secret_hall

Run in the product's own environment; prints the poll's id.
"""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "council.settings")


def main() -> None:
    import django

    django.setup()
    sys.stdout.write(open_secret_vote())


def open_secret_vote() -> str:
    """An election of one of three, sealed to the server; everybody is on the roll and present."""
    from council.models import Delegate, RoleGrant, User
    from sessions.models import Sitting
    from voting import services
    from voting.models import Poll
    from voting.rules import Entitled, Named
    from voting.tellers import name_tellers

    sitting = Sitting.objects.select_related("council_session__council", "council_session__body").get()
    council_session, chair = sitting.council_session, User.objects.get(username="chu-toa")
    secretary = User.objects.create(username="thu-ky-kin", full_name="Thư ký")
    RoleGrant.objects.create(
        council=council_session.council, user=secretary, role=RoleGrant.Role.SESSION_SECRETARY,
        starts_on=council_session.term.starts_on,
    )  # fmt: skip
    delegates = list(Delegate.objects.order_by("pk"))
    roll = [Entitled(d.pk, d.full_name, seat=d.seat, is_present=True) for d in delegates]

    def prepare(**ballot) -> Poll:
        return services.prepare_poll(
            council=council_session.council, body=council_session.body, room=sitting.room,
            chain=council_session.chain_key, by=chair, **ballot,
        )  # fmt: skip

    board = prepare(question="Thông qua Ban kiểm phiếu")
    name_tellers(poll=board, members=delegates[:3], head=delegates[0], by=chair)
    services.open_poll(poll=board, roll=roll, by=chair)
    for delegate in delegates[: len(delegates) // 2 + 1]:
        services.cast_by_secretary(poll=board, delegate=delegate, choice="for", reason="thử", by=secretary)
    services.close_poll(poll=board, by=chair)
    services.declare_result(poll=board, by=chair)
    poll = prepare(
        question="Bầu Phó Chủ tịch", kind="election", method="tablet", secrecy="server", seats=1,
        nominees=[Named("Người A"), Named("Người B"), Named("Người C")],
    )  # fmt: skip
    return str(services.open_poll(poll=poll, roll=roll, by=chair).public_id)


if __name__ == "__main__":
    main()
