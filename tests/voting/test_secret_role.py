"""The box of sealed ballots under a database role of its own (BALLOT_DATABASE_URL): PostgreSQL."""

# ruff: noqa: F811  (fixtures are imported, and asked for by name)

import pytest
from django.conf import settings
from django.db import ProgrammingError, connection, connections

from tests.voting.test_secret_vote import (  # noqa: F401  (fixtures)
    draft,
    fresh,
    hand_out,
    pool,
    real_box,
    spare_keys,
    tellers,
)
from voting import services
from voting.models import PublishedBallot
from voting.secret import box, life, roles
from voting.secret import services as secret

pytestmark = pytest.mark.postgres
ROLE = "ballots_test"


@pytest.fixture(scope="module")
def own_role(django_db_setup, django_db_blocker):
    """A second alias for the same database, whose role may do nothing but write the box."""
    if connection.vendor != "postgresql":
        return
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"DROP ROLE IF EXISTS {ROLE}")
        cursor.execute(f"CREATE ROLE {ROLE} LOGIN")
        roles.grant_to(ROLE)
    mirror = connection.settings_dict["TEST"] | {"MIRROR": "default"}  # so that a test's end leaves it alone
    alias = connection.settings_dict | {"USER": ROLE, "OPTIONS": {}, "TEST": mirror}
    connections.settings["ballots"] = settings.DATABASES["ballots"] = alias
    yield
    connections["ballots"].close()
    del connections["ballots"], connections.settings["ballots"]
    settings.DATABASES.pop("ballots", None)
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"DROP OWNED BY {ROLE}")
        cursor.execute(f"DROP ROLE {ROLE}")


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_97_a_whole_vote_with_the_boxs_own_role_which_may_do_nothing_else(
    own_role, real_box, council, chair, hall, tellers, roll, delegates
):
    poll = draft(council, chair, hall)
    services.open_poll(poll=poll, roll=roll, by=chair)
    held = [hand_out(poll, delegate) for delegate in delegates[:2]]
    secret.start_casting(poll=poll, by=chair)
    bodies = [tablet.ballot(["1"]) for tablet in held]
    first = [box.cast_and_wait(poll.public_id, body) for body in bodies]
    again = [box.cast_and_wait(poll.public_id, body) for body in bodies]

    assert first == again and {said.status for said in first} == {200}
    assert life.box_alias() == "ballots" and life.sealed(poll).count() == 2
    for table in ("voting_handout", "voting_secretkeys", "voting_rollentry", "council_user", "voting_publishedballot"):
        with pytest.raises(ProgrammingError), connections["ballots"].cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
    services.close_poll(poll=fresh(poll), by=chair)
    assert (life.sealed(poll).count(), PublishedBallot.objects.count()) == (0, 2)
    assert fresh(poll).secret_box.figures["1"] == {"for": 2}
