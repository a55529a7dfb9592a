"""Run the whole proof, part by part, and say at the end what held and how long it took.

    python scripts/run_tests.py                  all parts
    python scripts/run_tests.py embedded real    these parts

lint        the linter, the import contract, Django's checks
embedded    the suite on SQLite with nothing else, as on one box
real        the same suite on a PostgreSQL and a Redis started for it
browser     the tests that drive a browser, in pytest processes of their own, each with a house of its own
faults      the short set of what breaks the served product on purpose (all of it: make faults)
attack      whether anything at rest after a secret vote links a ballot to its delegate
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.supervisor import die_with_parent  # noqa: E402

BIN = Path(sys.executable).parent
PYTEST = [sys.executable, "-m", "pytest", "-q"]
NO_TESTS_COLLECTED = 5

# The environment of the machine must not decide what a test sees, nor that nothing compiled is kept.
FOREIGN = ("DATABASE_URL", "REDIS_URL", "DEBUG", "DEMO", "HTTPS", "ALLOWED_HOSTS", "BASE_URL", "EMAIL_URL")
FOREIGN += ("PYTHONDONTWRITEBYTECODE",)
OURS = {"TESTING": "1", "PYTHONPYCACHEPREFIX": str(ROOT / ".pytest_cache" / "bytecode")}


def jobs() -> str:
    # One more than there are cores: a test waits for its database or its clock a third of the time.
    return os.environ.get("JOBS") or str(min(8, (os.cpu_count() or 2) + 1))


def lint() -> list[list[str]]:
    manage = [sys.executable, "manage.py"]
    return [
        [str(BIN / "ruff"), "check", "."],
        [str(BIN / "lint-imports"), "--no-logo"],
        [*manage, "check"],
        [*manage, "makemigrations", "--check", "--dry-run"],
        [str(BIN / "djlint"), "templates", "--lint", "--quiet"],
    ]


PARTS = {
    "lint": lint,
    "embedded": lambda: [[*PYTEST, "-n", jobs()]],
    "real": lambda: [[sys.executable, "scripts/real_stack.py", *PYTEST, "-n", jobs()]],
    "browser": lambda: [[*PYTEST, "-m", "e2e", "-n", "2", "--dist", "loadfile"]],
    "faults": lambda: [[*PYTEST, "-m", "faults and not long", "tests/faults"]],
    "attack": lambda: [[*PYTEST, "-m", "faults and not long", "tests/attack"]],
}


# Browsers and killed servers wait half of their time, for people's delays and for each other: meanwhile, and only
# then, the processor is given to the parts that never wait.
FRONT = [["browser"], ["faults", "attack"]]  # one after the other; those of a list beside each other
BEHIND = [["lint"], ["embedded"], ["real"]]


class Said(NamedTuple):
    """What came of a part: whether it held, after how many seconds."""

    part: str
    held: bool
    seconds: float


def run(part: str, said, start: Callable[[], None]) -> bool:
    """Run the commands of one part; the first that fails ends it. What they say goes to the file `said`."""
    environment = {k: v for k, v in os.environ.items() if k not in FOREIGN} | OURS | {"TEST_RUN": f"{part}-"}
    for command in PARTS[part]():
        done = subprocess.run(
            command, cwd=ROOT, env=environment, check=False, preexec_fn=start, stdout=said, stderr=subprocess.STDOUT
        )
        code = done.returncode
        if code not in (0, NO_TESTS_COLLECTED if part == "browser" else 0):
            return False
    return True


def timed(part: str, start: Callable[[], None], *, at_once: bool) -> Said:
    """Run a part. What it says is printed at once, or when it ended: of parts that run beside each other one talks."""
    began = time.monotonic()
    if at_once:
        print(f"\n=== {part}", flush=True)
        held = run(part, None, start)
        return Said(part, held, time.monotonic() - began)
    with tempfile.TemporaryFile("w+") as said:
        held = run(part, said, start)
        said.seek(0)
        print(f"\n=== {part}\n{said.read()}", end="", flush=True)
    return Said(part, held, time.monotonic() - began)


def low() -> None:
    """Run only when nobody else wants the processor: by its own weight, and by that of its session where Linux
    shares the processor among sessions first."""
    die_with_parent()
    os.setsid()
    os.nice(19)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text("19")


def lane(groups: list[list[str]], wanted: list[str], start: Callable[[], None]) -> list[Said]:
    """Those parts of a lane that are wanted, group after group."""
    done = []
    for group in groups:
        parts = [part for part in group if part in wanted]
        talks = len(wanted) == 1 or (groups is FRONT and len(parts) == 1)
        with ThreadPoolExecutor() as beside:
            done += beside.map(lambda part: timed(part, start, at_once=talks), parts)  # noqa: B023
    return done


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all of them when none is named")
    wanted = parser.parse_args().parts or list(PARTS)
    with ThreadPoolExecutor() as beside:
        try:
            behind = beside.submit(lane, BEHIND, wanted, low)
            done = lane(FRONT, wanted, die_with_parent) + behind.result()
        except KeyboardInterrupt:  # Ctrl-C does not reach the other session; the end of this process does
            os._exit(130)
    print(*[f"\n{'held  ' if one.held else 'FAILED'}  {one.part:<9} {one.seconds:6.0f} s" for one in done], sep="", flush=True)
    return int(not all(one.held for one in done))


if __name__ == "__main__":
    sys.exit(main())
