"""How fast a hall's votes are acknowledged, and how soon the result is on the last tablet.

    python benchmarks/votes.py --postgres --delegates 100 1000 --json votes.json
    python benchmarks/votes.py --postgres --delegates 1000 --scenario http reconnect
    python benchmarks/votes.py --postgres --delegates 500 --scenario calm
    python benchmarks/votes.py --postgres --delegates 125 --scenario hall

Starts the product on an empty database (SQLite in a temporary folder; `--postgres`: a throw-away PostgreSQL
that waits for the disk as production does; or DATABASE_URL when given), and drives it as an outside client
would, through the documented protocol. In turns with it, against the same database, the floor
(benchmarks/floor.py) takes the same shape of load. Listens on the loopback address only, and ends by itself.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import uvloop  # noqa: E402

from benchmarks import crowds, rounds  # noqa: E402
from benchmarks.house import house_of, machine  # noqa: E402
from scripts import real_stack  # noqa: E402

SCENARIOS = {
    "rush": rounds.rush,
    "http": rounds.http,
    "calm": crowds.calm,
    "reconnect": crowds.reconnect,
    "hall": crowds.slow_hall,
}
OBSERVERS = {"calm": 1500, "hall": 130}  # screens of people without a vote
FAULTS = ("lost", "doubled", "late", "untrue")


def run(scenario: str, delegates: int, options) -> dict:
    """One scenario with one size of hall, on a database of its own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="votes-")))
        folder.chmod(0o755)  # PostgreSQL runs as another user and must reach its own folder inside
        env, pid = {}, None
        if options.postgres:
            env["DATABASE_URL"] = stack.enter_context(real_stack.postgres(folder, lasting=True))
            pid = int((folder / "pg" / "postmaster.pid").read_text().split()[0])
        house = stack.enter_context(house_of(folder / "house", delegates, OBSERVERS.get(scenario, 0), options.rounds, env, pid))
        limit = asyncio.wait_for(SCENARIOS[scenario](house, options), options.limit)
        return uvloop.run(limit)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--delegates", type=int, nargs="+", default=[85], help="one or more sizes of the hall")
    parser.add_argument("--scenario", nargs="+", choices=SCENARIOS, default=["rush"])
    parser.add_argument("--postgres", action="store_true", help="start a PostgreSQL for this run")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--rounds", type=int, default=8, help="votes held; the first is not counted")
    parser.add_argument("--rush", type=float, default=0, help="seconds in which all press; 0: at once")
    parser.add_argument("--limit", type=float, default=300, help="seconds after which a scenario is given up")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # a polite end takes the servers down too
    on_postgres = options.postgres or os.environ.get("DATABASE_URL")

    figures = {"machine": machine("PostgreSQL" if on_postgres else "SQLite")}
    for scenario in options.scenario:
        sizes = {delegates: run(scenario, delegates, options) for delegates in sorted(options.delegates)}
        largest, smallest = sizes[max(sizes)], sizes[min(sizes)]
        figures |= largest
        if len(sizes) > 1:
            figures.setdefault("sizes", {}).setdefault(scenario, {}).update(sizes)
            if scenario == "rush":
                ratio = largest["cast_cpu_ms_per_ballot"] / smallest["cast_cpu_ms_per_ballot"]
                figures["cpu_per_ballot_largest_over_smallest"] = round(ratio, 2)
    text = json.dumps(figures, ensure_ascii=False, indent=2)
    if options.json:
        options.json.write_text(text + "\n")
    print(text)
    return 1 if any(value for key, value in figures.items() if key.endswith(FAULTS)) else 0


if __name__ == "__main__":
    sys.exit(main())
