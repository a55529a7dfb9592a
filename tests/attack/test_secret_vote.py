"""The attack on ourselves: what lies about after a secret vote of a whole hall links no ballot to its delegate.

The attacker has everything at rest, and more: a vote whose links are all known to learn on. The same attacker
links every naive build (test_naive.py). What must not be found is bounded by chance: one right link in a vote
of any size, three sigma above.
"""

import asyncio
import random
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.attack import evidence, hall, link
from tests.attack.names import Names
from tests.attack.rows import PostgresAtRest, sqlite_files, sqlite_tables
from tests.faults import stack
from tests.migrated import place_migrated

pytestmark = pytest.mark.faults
DELEGATES = {"tellers": 200, "server": 150}
CAST_SECONDS = 3.0


@dataclass
class AtRest:
    """Where everything lies that one installation keeps."""

    house: stack.House
    database: PostgresAtRest | None
    redis: stack.Redis | None
    sqlite: Path | None

    def position(self) -> str:
        return self.database.position() if self.database else ""

    def names(self, vote: hall.SecretVote) -> Names:
        names = Names()
        told = self.house.told
        people = zip(told["delegates"], told["sessions"], told["numbers"], strict=True)
        for n, (who, session, number) in enumerate(people):
            names.learn(("voter", n), who, session, told["codes"][who], f'"user_id": {number},')
        for n, (_voter, body) in enumerate(vote.ballots()):
            names.learn(("ballot", n), *hall.words_of(body))
        return names

    def seen(self, vote: hall.SecretVote, since: str) -> link.Vote:
        names = self.names(vote)
        if self.database:
            seen = evidence.of_postgres(self.database, since, names)
        else:
            seen = evidence.of_sqlite(self.sqlite, names)
        if self.redis:
            with self.redis.client() as client:
                seen.add(evidence.of_redis(client, names))
        seen.add(evidence.of_files(self.files(), names))
        truth = {n: voter for n, (voter, _body) in enumerate(vote.ballots())}
        return link.Vote(seen, len(vote.sessions), truth)

    def files(self) -> list[Path]:
        """Logs of the processes and of the servers, mails, whatever the house wrote; not the database itself."""
        own = [p for p in self.house.folder.rglob("*") if p.is_file() and "sqlite3" not in p.name]
        logs = [self.house.folder.parent / name for name in ("pg.log", "redis.log")]
        return sorted(own) + [log for log in logs if log.exists()]

    def outside(self) -> dict[str, bytes]:
        """All bytes that lie about outside the database, by where they lie."""
        found = {path.name: path.read_bytes() for path in self.files()}
        if self.redis:
            with self.redis.client() as client:
                found |= {f"redis {key!r}": key + value for key, value in evidence.redis_keys(client).items()}
        return found

    def contents(self, since: str) -> dict[str, bytes]:
        """All bytes that lie about."""
        if self.database:
            return self.outside() | self.database.files() | {"log": self.database.log(since).stream}
        return self.outside() | sqlite_files(self.sqlite)

    def rows(self) -> dict[str, set]:
        """Every row with its numbers, for comparing two moments."""
        tables = self.database.tables() if self.database else sqlite_tables(self.sqlite)
        return {
            name: {
                (repr(sorted(row.values.items(), key=str)), repr(sorted(row.place.items()))) for row in table.rows
            }
            for name, table in tables.items()
        }


@dataclass
class Held:
    """Two votes that were held, and what the attacker found at each moment."""

    votes: list[hall.SecretVote]
    before: list[link.Vote]  # everybody has cast, the chair has not closed
    after: list[link.Vote]
    open_contents: dict[str, bytes]  # of the first vote before the close
    closed_contents: dict[str, bytes]  # after the close, before the tellers publish
    keys: list[bytes]  # that opened it in the end
    around_one: tuple[dict, dict]  # two snapshots, and one ballot cast between them
    outside: dict[str, bytes]  # at the end: logs, Redis with its messages, every file that is no database


async def hold(at_rest: AtRest, kind=hall.SecretVote) -> Held:
    chance = random.Random(11)
    votes = [kind(at_rest.house, number, chance) for number in (0, 1)]
    before, after, contents, keys, snapshots, lone = [], [], {}, [], (), 7
    for vote in votes:
        is_first = vote.number == 0
        since = at_rest.position()
        await vote.open()
        await vote.take_ballots()
        await vote.start_casting()
        await vote.cast_all(CAST_SECONDS, but=set() if is_first else {lone})
        if not is_first:
            await asyncio.sleep(1.2)
            one = at_rest.rows()
            await vote.cast(lone)
            snapshots = (one, at_rest.rows())
        before.append(at_rest.seen(vote, since))
        if is_first:
            contents["open"] = at_rest.contents(since)
        await vote.close()
        if is_first:
            contents["closed"] = at_rest.contents(since)
        await vote.publish_keys()
        keys = keys or await vote.keys()
        assert [hall.digest(body) for body in await vote.published()] == [
            hall.digest(body) for _voter, body in vote.ballots()
        ]
        after.append(at_rest.seen(vote, since))
    return Held(votes, before, after, contents["open"], contents["closed"], keys, snapshots, at_rest.outside())


@contextmanager
def served(folder: Path, mode: str, *, postgres=None, redis=None) -> Iterator[AtRest]:
    """A furnished house, all its logs at their most talkative, and the attacker's hand on everything it keeps."""
    url = postgres.create(f"attacked_{secrets.token_hex(4)}", folder) if postgres else ""
    if not postgres:
        place_migrated(folder / stack.SQLITE)
    told = stack.furnish(stack.environment(folder, url, redis), DELEGATES[mode], mode, by="tests.attack.furnish")
    house = stack.House(folder, database_url=url, redis=redis, told=told)
    house.log_level = "debug"
    house.env["LOG_LEVEL"] = "DEBUG"
    database = PostgresAtRest(url, postgres.data) if postgres else None
    try:
        house.serve(2 if postgres else 1)
        yield AtRest(house, database, redis, None if postgres else Path(house.books))
    finally:
        house.close()
        if database:
            database.close()


def folder_in(place: Path) -> Path:
    return Path(tempfile.mkdtemp(prefix="attacked-", dir=place))


@pytest.fixture(scope="module")
def on_postgresql(place, postgres, redis):
    """With the tellers' keys, on PostgreSQL and Redis, two web processes."""
    with served(folder_in(place), "tellers", postgres=postgres, redis=redis) as at_rest:
        yield asyncio.run(hold(at_rest))


@pytest.fixture(scope="module")
def on_sqlite(place):
    """The mode that trusts the server, on the embedded default: one process, SQLite."""
    with served(folder_in(place), "server") as at_rest:
        yield asyncio.run(hold(at_rest))


@pytest.fixture(params=["on_postgresql", "on_sqlite"])
def held(request) -> Held:
    return request.getfixturevalue(request.param)


def test_39_nothing_at_rest_after_the_close_links_a_ballot_to_its_delegate(held):
    verdict = link.attack(*held.after)
    assert not verdict.is_better_than_guessing, verdict


def test_39_nothing_at_rest_while_the_box_is_open_links_a_ballot_to_its_delegate(held):
    verdict = link.attack(*held.before)
    assert not verdict.is_better_than_guessing, verdict


def test_40_no_choice_lies_about_before_the_tellers_publish(held):
    assert evidence.leaks(held.open_contents | held.closed_contents, b'{"choice":') == []


def test_40_the_keys_that_open_the_ballots_lie_nowhere_in_clear_before_the_close(held):
    assert held.keys
    for key in held.keys:
        assert evidence.leaks(held.open_contents, key) == []


def test_40_the_tellers_keys_lie_nowhere_before_they_are_published(on_postgresql):
    assert len(on_postgresql.keys) == 2
    for key in on_postgresql.keys:
        assert evidence.leaks(on_postgresql.closed_contents, key) == []


def test_41_no_log_no_message_and_no_cache_knows_of_a_ballot(held):
    """At debug level: not its digest, its key or its token, nor that something was cast."""
    names = Names()
    for vote in held.votes:
        for n, (_voter, body) in enumerate(vote.ballots()):
            names.learn(("ballot", 1000 * vote.number + n), *hall.words_of(body))
    outside = {name: content for name, content in held.outside.items() if content}
    assert {name for name in outside if name.startswith("web-")}  # they do talk
    assert {name: found for name, content in outside.items() if (found := names.find(content))} == {}
    assert {name for name, content in outside.items() if b"/bo " in content or b'/bo"' in content} == set()


def test_46_two_snapshots_around_one_ballot_tell_of_nobody(held):
    """Replica, backup, point in time: the one who cast has touched nothing else."""
    one, other = held.around_one
    changed = {name: other[name] - one[name] for name in other if other[name] != one[name]}
    assert len(changed.pop("voting_sealedballot")) == 1
    assert set(changed) <= {"council_room", "voting_poll"}  # the turnout's number, and the lock of the vote


class Telltale(hall.SecretVote):
    """Tablets that read a page of their own as soon as the box has acknowledged the ballot."""

    async def cast(self, voter: int) -> None:
        await super().cast(voter)
        path = f"/live/{self.house.told['sitting']}/delegate"
        await hall.speak(self.house.port, "GET", path, session=self.sessions[voter])


@pytest.mark.long
def test_39_tablets_that_ask_for_a_page_after_casting_would_be_found_out(place, postgres, redis):
    """What the product's pages never do: with the log of requests the order of ballots would tell whose they are."""
    with served(folder_in(place), "tellers", postgres=postgres, redis=redis) as at_rest:
        held = asyncio.run(hold(at_rest, Telltale))

    assert abs(link.attack(*held.before).sigma) > 3
