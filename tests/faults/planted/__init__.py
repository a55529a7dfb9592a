"""Defects that a product like this one is known to have, each planted into a started server process.

Every function takes one promise away, in the smallest way that somebody could really write. None of it can
reach the product: only tests.faults.inside loads it, in a process that a test starts.
"""

from collections.abc import Callable

DEFECTS: dict[str, Callable[[], None]] = {}
BEFORE: dict[str, list[str]] = {}  # what has to be taken out of the planted house's database, as SQL


def defect(*sql: str):
    """Register a defect by its function's name; `sql` takes the database's own guards against it away."""

    def register(function: Callable[[], None]) -> Callable[[], None]:
        DEFECTS[function.__name__] = function
        BEFORE[function.__name__] = list(sql)
        return function

    return register


def plant(name: str) -> None:
    """Put a defect into this process; Django must be set up."""
    from tests.faults.planted import ballots, desk, screens  # noqa: F401  (they register themselves)

    DEFECTS[name]()


def guards_of(name: str) -> list[str]:
    """The SQL of a defect; imports nothing of the product."""
    from tests.faults.planted import ballots, desk, screens  # noqa: F401

    return BEFORE[name]
