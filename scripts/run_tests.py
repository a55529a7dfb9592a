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
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.supervisor import die_with_parent  # noqa: E402

BIN = Path(sys.executable).parent
PYTEST = [sys.executable, "-m", "pytest", "-q"]
NO_TESTS_COLLECTED = 5

# The environment of the machine must not decide what a test sees.
FOREIGN = ("DATABASE_URL", "REDIS_URL", "DEBUG", "DEMO", "HTTPS", "ALLOWED_HOSTS", "BASE_URL", "EMAIL_URL")


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


def run(part: str) -> bool:
    """Run the commands of one part; the first that fails ends it."""
    environment = {k: v for k, v in os.environ.items() if k not in FOREIGN} | {"TESTING": "1"}
    for command in PARTS[part]():
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False, preexec_fn=die_with_parent)
        code = done.returncode
        if code not in (0, NO_TESTS_COLLECTED if part == "browser" else 0):
            return False
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all of them when none is named")
    parts = parser.parse_args().parts or list(PARTS)

    lines, failed = [], False
    for part in parts:
        print(f"\n=== {part}", flush=True)
        started = time.monotonic()
        held = run(part)
        failed = failed or not held
        lines.append(f"{'held  ' if held else 'FAILED'}  {part:<9} {time.monotonic() - started:6.0f} s")
    print("\n" + "\n".join(lines), flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
