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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

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


# Each waits for its servers half of its time: beside each other they take as long as the longer one.
BESIDE = {"faults": "attack"}


def run(part: str, said=None) -> bool:
    """Run the commands of one part; the first that fails ends it. What they say goes to the file `said`, if any."""
    environment = {k: v for k, v in os.environ.items() if k not in FOREIGN} | OURS | {"TEST_RUN": f"{part}-"}
    for command in PARTS[part]():
        done = subprocess.run(
            command, cwd=ROOT, env=environment, check=False, preexec_fn=die_with_parent, stdout=said, stderr=said
        )
        code = done.returncode
        if code not in (0, NO_TESTS_COLLECTED if part == "browser" else 0):
            return False
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all of them when none is named")
    parts = parser.parse_args().parts or list(PARTS)

    lines, failed = [], False
    while parts:
        part = parts.pop(0)
        beside = BESIDE.get(part)
        beside = beside if beside in parts else None
        print(f"\n=== {part}", flush=True)
        with ThreadPoolExecutor() as second, tempfile.TemporaryFile("w+") as said:
            waiting = second.submit(timed, beside, said) if beside else None
            results = [(part, *timed(part))]
            if waiting:
                parts.remove(beside)
                results.append((beside, *waiting.result()))
                said.seek(0)
                print(f"\n=== {beside}\n{said.read()}", flush=True)
        for name, held, seconds in results:
            failed = failed or not held
            lines.append(f"{'held  ' if held else 'FAILED'}  {name:<9} {seconds:6.0f} s")
    print("\n" + "\n".join(lines), flush=True)
    return int(failed)


def timed(part: str, said=None) -> tuple[bool, float]:
    """Whether a part held, and the seconds that it took."""
    started = time.monotonic()
    return run(part, said), time.monotonic() - started


if __name__ == "__main__":
    sys.exit(main())
