"""Match sightings of ballots with sightings of voters in every way that an order or a time allows.

Nothing here knows where a sighting comes from: a serial number, a transaction, a place in a file, a time.
"""

import bisect
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.attack.names import Sightings, Subject

ENOUGH = 0.8  # of the subjects that a trace must have seen


@dataclass
class Trace:
    """One order of voters, or of ballots."""

    name: str
    unit: str
    at: dict[int, float]
    all: dict[int, list[float]] = field(repr=False, default_factory=dict)


@dataclass(frozen=True)
class Method:
    """A way of matching that can be used again on another vote."""

    voters: str
    ballots: str
    how: str


def traces(seen: Sightings, side: str, count: int) -> list[Trace]:
    """First and last sighting of every subject of a side, for each source that has seen enough of them."""
    found = []
    for (source, unit), subjects in seen.at.items():
        own: dict[Subject, list[float]] = {s: p for s, p in subjects.items() if s[0] == side}
        if len(own) < ENOUGH * count:
            continue
        every = {subject[1]: sorted(positions) for subject, positions in own.items()}
        for kind, place in {"last": -1, "first": 0}.items():
            at = {number: positions[place] for number, positions in every.items()}
            if len(set(at.values())) > 1:  # one value for all is no order
                found.append(Trace(f"{source}, {unit}, {kind}", unit, at, every))
            if all(len(positions) == 1 for positions in every.values()):
                break  # the first is the last
    return found


def different(found: list[Trace], units: set[str]) -> list[Trace]:
    """One trace of each order. Those in a unit of the other side too are kept apart: they can be near to it."""
    kept = {}
    for trace in found:
        order = tuple(sorted(trace.at, key=lambda n: (trace.at[n], n)))
        kept.setdefault((trace.name if trace.unit in units else "", order), trace)
    return list(kept.values())


def guesses(of_voters: list[Trace], of_ballots: list[Trace], chance: random.Random) -> Iterator[tuple[Method, dict]]:
    """Every method that the traces allow, with what it says: ballot -> voter. Ties are broken by lot."""
    ranks = {id(t): sorted(t.at, key=lambda n: (t.at[n], chance.random())) for t in [*of_voters, *of_ballots]}
    for v in of_voters:
        for b in of_ballots:
            voters, ballots = ranks[id(v)], ranks[id(b)]
            yield Method(v.name, b.name, "rank"), _side_by_side(voters, ballots)
            yield Method(v.name, b.name, "reverse"), _side_by_side(voters[::-1], ballots)
            if v.unit == b.unit:
                for how in ("nearest", "before", "after"):
                    yield Method(v.name, b.name, how), _nearest(v, b, how, chance)


def _side_by_side(voters: list[int], ballots: list[int]) -> dict[int, int]:
    step = len(voters) / len(ballots)
    return {ballot: voters[min(int(place * step), len(voters) - 1)] for place, ballot in enumerate(ballots)}


def _nearest(v: Trace, b: Trace, how: str, chance: random.Random) -> dict[int, int]:
    """For each ballot the voter who was seen nearest to it, among all sightings, ties by lot."""
    seen = sorted((p, chance.random(), voter) for voter, positions in v.all.items() for p in positions)
    places = [p for p, _lot, _voter in seen]
    said = {}
    for ballot, at in b.at.items():
        left, right = bisect.bisect_left(places, at), bisect.bisect_right(places, at)
        if left < right:  # at the very same place
            said[ballot] = seen[chance.randrange(left, right)][2]
            continue
        near = []
        if how != "after" and left > 0:
            near.append((at - places[left - 1], seen[left - 1][2]))
        if how != "before" and right < len(seen):
            near.append((places[right] - at, seen[right][2]))
        if near:
            said[ballot] = min(near)[1]
    return said


def hits(said: dict[int, int], truth: dict[int, int]) -> int:
    return sum(truth[ballot] == voter for ballot, voter in said.items())


def correlation(v: Trace, b: Trace, truth: dict[int, int]) -> float:
    """Spearman's rank correlation of the two orders over the true pairs, in units of its standard deviation."""
    pairs = [(v.at[voter], b.at[ballot]) for ballot, voter in truth.items() if voter in v.at and ballot in b.at]
    if len(pairs) < 10:
        return 0.0
    xs, ys = _ranks([x for x, _y in pairs]), _ranks([y for _x, y in pairs])
    middle = (len(pairs) - 1) / 2
    over = math.sqrt(sum((x - middle) ** 2 for x in xs) * sum((y - middle) ** 2 for y in ys))
    if not over:
        return 0.0
    rho = sum((x - middle) * (y - middle) for x, y in zip(xs, ys, strict=True)) / over
    return rho * math.sqrt(len(pairs) - 1)


def _ranks(values: list[float]) -> list[float]:
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks, place = [0.0] * len(values), 0
    while place < len(order):
        end = place
        while end < len(order) and values[order[end]] == values[order[place]]:
            end += 1
        for n in order[place:end]:
            ranks[n] = (place + end - 1) / 2
        place = end
    return ranks


class Vote:
    """One vote as the attacker sees it afterwards; `truth` (ballot -> voter) only ever grades the attacker."""

    def __init__(self, seen: Sightings, voters: int, truth: dict[int, int]):
        self.truth = truth
        self.of_voters = traces(seen, "voter", voters)
        self.of_ballots = traces(seen, "ballot", len(truth))
        shared = {t.unit for t in self.of_voters} & {t.unit for t in self.of_ballots}
        self.voters, self.ballots = different(self.of_voters, shared), different(self.of_ballots, shared)

    def correlations(self) -> dict[tuple[str, str], float]:
        return {(v.name, b.name): correlation(v, b, self.truth) for v in self.voters for b in self.ballots}

    def named(self, voters: str, ballots: str) -> tuple[list[Trace], list[Trace]]:
        """The traces of these names, if this vote left them too."""
        return [t for t in self.of_voters if t.name == voters], [t for t in self.of_ballots if t.name == ballots]


def best(vote: Vote, seed: int = 1) -> tuple[Method | None, int]:
    """The method that links most of a vote whose truth is known, and how many."""
    found = (None, -1)
    for method, said in guesses(vote.voters, vote.ballots, random.Random(seed)):
        if (n := hits(said, vote.truth)) > found[1]:
            found = (method, n)
    return found


def linked(method: Method, vote: Vote, seed: int = 1) -> int:
    """How many ballots of a vote a method links rightly; none where the vote left no such traces."""
    for other, said in guesses(*vote.named(method.voters, method.ballots), random.Random(seed)):
        if other == method:
            return hits(said, vote.truth)
    return 0


@dataclass
class Verdict:
    """How well an attacker who has learnt on one vote does on another."""

    method: Method | None
    learnt: int  # of the vote on which it was chosen: the luckiest of many methods
    linked: int  # of the other vote: one method, so chance gives 1 with a deviation of 1
    ballots: int
    pair: tuple[str, str] | None
    sigma: float  # of the orders that fitted best on the first vote, on the second
    strongest: float  # of all pairs of orders on the second vote
    limit: float  # what the strongest of so many pairs may be by chance

    @property
    def is_better_than_guessing(self) -> bool:
        return self.linked > 1 + 3 or abs(self.sigma) > 3 or self.strongest > self.limit


def attack(known: Vote, other: Vote) -> Verdict:
    """Learn on a vote whose truth the attacker knows, then link another."""
    method, learnt = best(known)
    before, now = known.correlations(), other.correlations()
    pair = max(before, key=lambda p: abs(before[p]), default=None)
    v, b = other.named(*pair) if pair else ([], [])
    sigma = correlation(v[0], b[0], other.truth) if v and b else 0.0
    return Verdict(
        method, learnt, linked(method, other) if method else 0, len(other.truth), pair, sigma,
        max((abs(z) for z in now.values()), default=0.0), limit(len(now)),
    )  # fmt: skip


def limit(pairs: int) -> float:
    """Three sigma for the strongest of many: the chance of one false alarm is as small as that of a single test."""
    wanted, low, high = 0.0027 / max(pairs, 1), 0.0, 20.0
    for _step in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if math.erfc(middle / math.sqrt(2)) > wanted else (low, middle)
    return high
