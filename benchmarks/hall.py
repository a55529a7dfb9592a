"""Fill an empty database with a council of N delegates in an open sitting, and print who is in it.

    python -m benchmarks.hall --delegates 85

Run by the benchmarks in the product's own environment (DATA_DIR or DATABASE_URL). All delegates are
present and share one password. The chair gets a session in which the second factor was given: the
desk's sign-in is not what is measured.
"""

import argparse
import json
import os
from datetime import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "council.settings")

PASSWORD = "phien hop thu nghiem 2026"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delegates", type=int, default=85)
    parser.add_argument("--items", type=int, default=12)
    parser.add_argument("--observers", type=int, default=0, help="members of the body who are no delegates")
    parser.add_argument("--signed-in", action="store_true", help="give every delegate a session")
    parser.add_argument("--open-poll", action="store_true", help="open a vote of the whole roll")
    options = parser.parse_args()

    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    hall = fill(options.delegates, options.items)
    observers = observe(options.observers)
    if options.signed_in:
        hall["delegate_sessions"] = sign_in_all(hall["delegates"])
        hall["observer_sessions"] = sign_in_all(observers)
    if options.open_poll:
        hall["poll"] = open_poll(hall["sitting"])
    print(json.dumps(hall))


def fill(delegates: int, items: int) -> dict:
    """Make the hall; gives the sitting's id, its items, the delegates' user names, the chair's session."""
    from django.contrib.auth.hashers import make_password
    from django.db import transaction
    from django.utils import timezone

    from council.models import (
        Body,
        Council,
        Delegate,
        Membership,
        RoleGrant,
        Room,
        Term,
        User,
    )
    from sessions.models import AgendaItem, Attendance, CouncilSession, Sitting
    from sessions.permissions_room import wall_token

    today = timezone.localdate()
    start = today.replace(month=1, day=1)
    with transaction.atomic():
        council = Council.objects.create(
            name="Hội đồng nhân dân tỉnh Đo Thử",
            short_name="HĐND tỉnh Đo Thử",
            place="Đo Thử",
            level="province",
        )
        term = Term.objects.create(council=council, number="XIX", starts_on=start)
        body = Body.objects.create(
            council=council,
            term=term,
            kind=Body.Kind.PLENARY,
            code="HDND",
            name=council.name,
            short_name="Hội đồng nhân dân",
        )
        password = make_password(PASSWORD)  # one hash for all: making 500 is not what is measured
        people = User.objects.bulk_create(
            User(
                username=f"dai-bieu-{n:03d}",
                full_name=f"Đại biểu Số {n}",
                email=f"dai-bieu-{n}@example.vn",
                password=password,
            )
            for n in range(1, delegates + 1)
        )
        seats = Delegate.objects.bulk_create(
            Delegate(
                council=council,
                term=term,
                user=user,
                code=f"DB{n:03d}",
                full_name=user.full_name,
                seat_row="ABCDEFGHIJKLMNOPQRSTUVWXYZ"[(n - 1) // 40 % 26],
                seat_number=(n - 1) % 40 + 1,
                mandate_from=start,
            )
            for n, user in enumerate(people, 1)
        )
        Membership.objects.bulk_create(
            Membership(body=body, user=seat.user, delegate=seat, starts_on=start) for seat in seats
        )
        chair = User.objects.create(username="chu-toa", full_name="Chủ tọa", password=password)
        RoleGrant.objects.create(council=council, user=chair, role=RoleGrant.Role.SESSION_CHAIR, starts_on=start)
        council_session = CouncilSession.objects.create(
            council=council,
            term=term,
            body=body,
            number=1,
            kind=CouncilSession.Kind.REGULAR,
            title="Kỳ họp đo thử",
            slug="ky-hop-do-thu",
            starts_on=today,
            ends_on=today,
            state=CouncilSession.State.RUNNING,
        )
        sitting = Sitting.objects.create(
            council_session=council_session,
            number=1,
            title="Phiên đo thử",
            date=today,
            starts_at=time(8),
            state=Sitting.State.OPEN,
            opened_at=timezone.now(),
        )
        Room.objects.create(council=council, key=sitting.room)
        rows = AgendaItem.objects.bulk_create(
            AgendaItem(
                council_session=council_session,
                sitting=sitting,
                number=n,
                title=f"Nghị quyết đo thử số {n}",
                kind=AgendaItem.Kind.VOTE,
            )
            for n in range(1, items + 1)
        )
        Attendance.objects.bulk_create(
            Attendance(
                sitting=sitting,
                delegate=seat,
                state=Attendance.State.PRESENT,
                arrived_at=timezone.now(),
            )
            for seat in seats
        )
        session_key = session_of(chair, sitting.room)
        token = wall_token(sitting)
    return {
        "council": str(council.public_id),
        "sitting": str(sitting.public_id),
        "items": [str(row.public_id) for row in rows],
        "delegates": [user.username for user in people],
        "password": PASSWORD,
        "chair_session": session_key,
        "wall_token": token,
    }


def observe(count: int) -> list[str]:
    """People who follow the sitting on their screens and have no vote; their user names."""
    from django.utils import timezone

    from council.models import Body, Membership, User

    names = [f"quan-sat-{n}" for n in range(1, count + 1)]
    people = User.objects.bulk_create(User(username=name, full_name=f"Khách {name}") for name in names)
    today, body = timezone.localdate(), Body.objects.get()
    Membership.objects.bulk_create(Membership(body=body, user=user, starts_on=today) for user in people)
    return names


def sign_in_all(usernames: list[str]) -> list[str]:
    """A session for each, without the door: for what is no test of the door."""
    from council.models import User

    users = {user.username: user for user in User.objects.filter(username__in=usernames)}
    return [session_of(users[name]) for name in usernames]


def open_poll(sitting_id: str) -> str:
    """Open a vote in the sitting's room, with everybody on the roll and present; its id."""
    from council.models import Delegate, User
    from sessions.models import Sitting
    from voting import services
    from voting.rules import Entitled

    sitting = Sitting.objects.select_related("council_session").get(public_id=sitting_id)
    council_session, chair = sitting.council_session, User.objects.get(username="chu-toa")
    poll = services.prepare_poll(
        council=council_session.council,
        body=council_session.body,
        room=sitting.room,
        question="Biểu quyết thử",
        chain=council_session.chain_key,
        by=chair,
    )
    roll = [Entitled(d.pk, d.full_name, seat=d.seat, is_present=True) for d in Delegate.objects.all()]
    return str(services.open_poll(poll=poll, roll=roll, by=chair).public_id)


def session_of(user, *scopes: str) -> str:
    """A session as sign-in would leave it, with the second factor given for these scopes."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from council import second_factor

    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    for scope in scopes:
        second_factor.grant(user=user, session_key=session.session_key, scope=scope)
    return session.session_key


if __name__ == "__main__":
    main()
