"""Fill an empty database for the faults, in the product's own environment, and print who is in it.

    python -m tests.faults.furnish 40

The hall of the benchmarks, a secretary beside the chair, and two signed-in tablets for every delegate.
"""

import json
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "council.settings")


def main(delegates: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from benchmarks import hall

    if not connection.introspection.table_names():
        call_command("migrate", verbosity=0, interactive=False)
    told = hall.fill(delegates, 3)
    told["sessions"] = [hall.sign_in_all(told["delegates"]) for _tablet in range(2)]
    told["secretary_session"] = secretary(told["sitting"])
    begin(told["sitting"])
    told["codes"] = codes()
    sys.stdout.write(json.dumps(told))


def secretary(sitting: str) -> str:
    from django.utils import timezone

    from benchmarks import hall
    from council.models import Council, RoleGrant, User

    user = User.objects.create(username="thu-ky", full_name="Thư ký")
    start = timezone.localdate().replace(month=1, day=1)
    RoleGrant.objects.create(
        council=Council.objects.get(), user=user, role=RoleGrant.Role.SESSION_SECRETARY, starts_on=start
    )
    return hall.session_of(user, f"sitting:{sitting}")


def begin(sitting: str) -> None:
    """The sitting is at its first item: votes are prepared on it."""
    from council.models import User
    from sessions import conduct
    from sessions.models import Sitting

    found = Sitting.objects.get(public_id=sitting)
    conduct.go_to_item(sitting=found, item=found.items.get(number=1), by=User.objects.get(username="chu-toa"))


def codes() -> dict[str, str]:
    """The public ids of the delegates by user name: attendance is marked by them."""
    from council.models import Delegate

    return {d.user.username: str(d.public_id) for d in Delegate.objects.select_related("user")}


if __name__ == "__main__":
    main(int(sys.argv[1]))
