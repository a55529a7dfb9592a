"""Secret votes as they are usually built: who has voted stands in one table, an anonymous ballot in another.

Each build hides the link a little better than the one before, and each leaves it lying about. Plain SQL,
nothing of the product. `run` casts one vote per delegate in an order that only the truth knows.
"""

import random
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

CHOICES = ("đồng ý", "không đồng ý", "phiếu trắng")
SCHEMA = [
    "CREATE TABLE delegate (id integer PRIMARY KEY, username varchar(40))",
    "CREATE TABLE signed_in (key varchar(40) PRIMARY KEY, delegate_id integer REFERENCES delegate (id), seen {time})",
    "CREATE TABLE has_voted (id {serial}, delegate_id integer REFERENCES delegate (id), at {time})",
    "CREATE TABLE ballot (id {serial}, code varchar(40), choice varchar(200), at {time})",
]


@dataclass
class Hall:
    """Delegates with their sign-ins, and one naive database."""

    connection: object
    mark: str  # how the driver writes a parameter
    delegates: int
    log: Path
    chance: random.Random
    told: list[str] = None  # the session key of each delegate

    def do(self, text: str, *values):
        return self.connection.execute(text.replace("?", self.mark), values)

    def commit(self):
        self.connection.commit()

    def write(self, line: str) -> None:
        with self.log.open("a") as file:
            file.write(f"{datetime.now(UTC).isoformat()} {line}\n")

    def found(self) -> None:
        serial = "serial PRIMARY KEY" if self.mark == "%s" else "integer PRIMARY KEY"
        moment = "timestamptz" if self.mark == "%s" else "text"
        for statement in SCHEMA:
            self.do(statement.format(serial=serial, time=moment))
        self.told = [secrets.token_hex(16) for _n in range(self.delegates)]
        for n, key in enumerate(self.told):
            self.do("INSERT INTO delegate (id, username) VALUES (?, ?)", n, f"dai-bieu-{n:03d}")
            self.do("INSERT INTO signed_in (key, delegate_id) VALUES (?, ?)", key, n)
        self.commit()


Cast = Callable[[Hall, int, str, str], None]


def now() -> str:
    return datetime.now(UTC).isoformat()


def in_one_transaction(hall: Hall, voter: int, code: str, choice: str) -> None:
    hall.do("INSERT INTO has_voted (delegate_id) VALUES (?)", voter)
    hall.do("INSERT INTO ballot (code, choice) VALUES (?, ?)", code, choice)
    hall.commit()


def with_random_keys(hall: Hall, voter: int, code: str, choice: str) -> None:
    """No serial tells the order, the transaction does."""
    hall.do("INSERT INTO has_voted (id, delegate_id) VALUES (?, ?)", hall.chance.getrandbits(30), voter)
    hall.do("INSERT INTO ballot (id, code, choice) VALUES (?, ?, ?)", hall.chance.getrandbits(30), code, choice)
    hall.commit()


def in_two_transactions(hall: Hall, voter: int, code: str, choice: str) -> None:
    """One after the other: the order of rows, and of transactions."""
    hall.do("INSERT INTO has_voted (id, delegate_id) VALUES (?, ?)", hall.chance.getrandbits(30), voter)
    hall.commit()
    hall.do("INSERT INTO ballot (id, code, choice) VALUES (?, ?, ?)", hall.chance.getrandbits(30), code, choice)
    hall.commit()


def with_times(hall: Hall, voter: int, code: str, choice: str) -> None:
    """Only the sign-in is touched; the ballot bears a time, as rows do by habit."""
    hall.do("UPDATE signed_in SET seen = ? WHERE delegate_id = ?", now(), voter)
    hall.commit()
    hall.do(
        "INSERT INTO ballot (id, code, choice, at) VALUES (?, ?, ?, ?)",
        hall.chance.getrandbits(30), code, choice, now(),
    )  # fmt: skip
    hall.commit()


def with_a_log(hall: Hall, voter: int, code: str, choice: str) -> None:
    """Nothing in the database but the ballot; the log of requests knows the sign-in."""
    hall.write(f"POST /vote session={hall.told[voter]}")
    hall.do("INSERT INTO ballot (id, code, choice) VALUES (?, ?, ?)", hall.chance.getrandbits(30), code, choice)
    hall.commit()
    hall.write(f"200 receipt={code}")


def rewrite(hall: Hall) -> None:
    """Write the ballots anew, sorted by their random code, in one transaction."""
    rows = hall.do("SELECT code, choice FROM ballot ORDER BY code").fetchall()
    hall.do("DELETE FROM ballot")
    for n, (code, choice) in enumerate(rows):
        hall.do("INSERT INTO ballot (id, code, choice) VALUES (?, ?, ?)", n, code, choice)
    hall.commit()


BUILDS: dict[str, tuple[Cast, Callable | None]] = {
    "in one transaction": (in_one_transaction, None),
    "with random keys": (with_random_keys, None),
    "in two transactions": (in_two_transactions, None),
    "with times": (with_times, None),
    "with a log of requests": (with_a_log, None),
    "rewritten afterwards": (in_two_transactions, rewrite),
}


@dataclass
class Told:
    """The codes of the ballots, sorted, and the truth: ballot -> voter."""

    codes: list[str]
    truth: dict[int, int]


def run(hall: Hall, cast: Cast, afterwards: Callable | None) -> Told:
    """One vote, everybody in an order of chance."""
    order, codes = drawn(hall)
    for voter, code in zip(order, codes, strict=True):
        cast(hall, voter, code, hall.chance.choice(CHOICES))
    if afterwards:
        afterwards(hall)
    return told(order, codes)


def run_in_shuffled_batches(hall: Hall, size: int = 10) -> Told:
    """Who has voted is noted at once, ballots are held back and written ten at a time, shuffled: a crowd of ten."""
    order, codes = drawn(hall)
    for start in range(0, len(order), size):
        for voter in order[start : start + size]:
            hall.do("INSERT INTO has_voted (id, delegate_id) VALUES (?, ?)", hall.chance.getrandbits(30), voter)
            hall.commit()
        for code in sorted(codes[start : start + size]):
            hall.do("INSERT INTO ballot (code, choice) VALUES (?, ?)", code, hall.chance.choice(CHOICES))
        hall.commit()
    return told(order, codes)


def run_in_two_phases(hall: Hall) -> Told:
    """All are handed something first, in one order; ballots come later, in another. Nothing here can be linked."""
    order, codes = drawn(hall)
    handed = list(order)
    hall.chance.shuffle(handed)
    for voter in handed:
        hall.do("INSERT INTO has_voted (delegate_id, at) VALUES (?, ?)", voter, now())
        hall.commit()
    for code in codes:
        hall.do("INSERT INTO ballot (code, choice) VALUES (?, ?)", code, hall.chance.choice(CHOICES))
        hall.commit()
    return told(order, codes)


def drawn(hall: Hall) -> tuple[list[int], list[str]]:
    order = list(range(hall.delegates))
    hall.chance.shuffle(order)
    return order, [secrets.token_hex(16) for _voter in order]


def told(order: list[int], codes: list[str]) -> Told:
    places = sorted(range(len(codes)), key=codes.__getitem__)
    return Told([codes[p] for p in places], {n: order[p] for n, p in enumerate(places)})


def connect_postgres(url: str):
    return psycopg.connect(url)


def connect_sqlite(path: Path):
    connection = sqlite3.connect(path, isolation_level="DEFERRED")
    connection.execute("PRAGMA journal_mode=WAL")
    return connection
