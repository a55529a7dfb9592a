"""The attack has teeth: it links more than 95 % of the ballots of every naive build, and it sees a crowd of ten.

It also knows when there is nothing to be seen, or a test that finds no leak would show nothing.
"""

import random
import secrets
from pathlib import Path

import pytest

from tests.attack import evidence, link, naive
from tests.attack.names import Names
from tests.attack.rows import PostgresAtRest

pytestmark = pytest.mark.faults
DELEGATES = 100


def names_of(hall: naive.Hall, codes: list[str]) -> Names:
    names = Names()
    for n, key in enumerate(hall.told):
        names.learn(("voter", n), key, f"dai-bieu-{n:03d}")
    for n, code in enumerate(codes):
        names.learn(("ballot", n), code)
    return names


def linked(vote: link.Vote) -> float:
    _method, found = link.best(vote)
    return found / len(vote.truth)


def on_sqlite(path: Path, story, delegates: int = DELEGATES, seed: int = 3) -> tuple[link.Vote, dict[str, bytes]]:
    """Hold a vote in a fresh database; what is seen afterwards, and all bytes that lie about."""
    log = path.with_suffix(".log")
    log.touch()
    connection = naive.connect_sqlite(path)
    hall = naive.Hall(connection, "?", delegates, log, random.Random(seed))
    hall.found()
    told = story(hall)
    names = names_of(hall, told.codes)
    seen = evidence.of_sqlite(path, names)
    seen.add(evidence.of_files([log], names))
    lying_about = evidence.sqlite_files(path)
    connection.close()
    return link.Vote(seen, delegates, told.truth), lying_about


@pytest.mark.parametrize("build", naive.BUILDS)
def test_39_a_naive_build_on_postgresql_is_linked(build, place, postgres, tmp_path):
    name = f"naive_{secrets.token_hex(4)}"
    postgres.sql(f"CREATE DATABASE {name}")
    log = tmp_path / "requests.log"
    log.touch()
    at_rest = PostgresAtRest(postgres.url(name), postgres.data)
    with naive.connect_postgres(postgres.url(name)) as connection:
        connection.execute("SET synchronous_commit = off")  # this hall need not survive
        hall = naive.Hall(connection, "%s", DELEGATES, log, random.Random(3))
        hall.found()
        since = at_rest.position()
        told = naive.run(hall, *naive.BUILDS[build])
    names = names_of(hall, told.codes)
    seen = evidence.of_postgres(at_rest, since, names)
    seen.add(evidence.of_files([log], names))
    at_rest.close()

    assert linked(link.Vote(seen, DELEGATES, told.truth)) > 0.95


@pytest.mark.parametrize("build", naive.BUILDS)
def test_39_a_naive_build_on_sqlite_is_linked(build, tmp_path):
    vote, _bytes = on_sqlite(tmp_path / "naive.sqlite3", lambda hall: naive.run(hall, *naive.BUILDS[build]))

    assert linked(vote) > 0.95


def test_39_a_crowd_of_ten_is_better_than_guessing(tmp_path):
    """Learnt on one vote, tried on another: one in ten is linked, and that is seen."""
    known, other = [
        on_sqlite(tmp_path / f"{seed}.sqlite3", naive.run_in_shuffled_batches, 200, seed)[0] for seed in (1, 2)
    ]
    verdict = link.attack(known, other)

    assert verdict.linked < 0.3 * 200
    assert verdict.is_better_than_guessing, verdict


def test_39_where_the_orders_are_apart_there_is_nothing_to_be_seen(tmp_path):
    known, other = [on_sqlite(tmp_path / f"{seed}.sqlite3", naive.run_in_two_phases, 200, seed)[0] for seed in (1, 2)]
    verdict = link.attack(known, other)

    assert not verdict.is_better_than_guessing, verdict


def test_40_a_choice_in_clear_is_found(tmp_path):
    _vote, lying_about = on_sqlite(
        tmp_path / "naive.sqlite3", lambda hall: naive.run(hall, *naive.BUILDS["in one transaction"])
    )

    assert evidence.leaks(lying_about, naive.CHOICES[0].encode())
    for shift in range(3):  # base64 hides nothing, wherever it begins
        written = evidence.base64.urlsafe_b64encode(b"x" * shift + b'{"choice":["1"]}')
        assert evidence.leaks({"log": b"..." + written}, b'{"choice":')
