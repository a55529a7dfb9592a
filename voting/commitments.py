"""What the public record says of one vote and of one line of the roll: a salted digest, opened or not.

A commitment can be opened by who knows its salt: the delegate for the own vote, everybody where the
council's naming setting for the public shows votes. Nobody finds the choice without it (128 random bits).
"""

import os

from council.audit import sha256
from voting.models import RollEntry


def new_salt() -> str:
    return os.urandom(16).hex()


def vote_commitment(poll: str, line: int, number: int, choice: str, salt: str) -> str:
    """The digest that stands for the `number`th vote of the delegate on a line of the roll of a poll."""
    return sha256({"choice": choice, "line": line, "number": number, "poll": poll, "salt": salt})


def person_commitment(poll: str, entry: RollEntry) -> str:
    """The digest that stands for the name on a line of the roll."""
    return sha256(person_opening(poll, entry))


def person_opening(poll: str, entry: RollEntry) -> dict:
    salt = sha256(["who", entry.salt])[:32]  # who is shown the seat alone does not learn this one
    return {"poll": poll, "name": entry.name, "group": entry.group, "salt": salt}


def line_commitment(poll: str, entry: RollEntry) -> str:
    """The digest that stands for one line of the roll: its place, the seat, and the person on it."""
    return sha256(
        {
            "poll": poll,
            "line": entry.line,
            "seat": entry.seat,
            "who": person_commitment(poll, entry),
            "salt": entry.salt,
        }
    )
