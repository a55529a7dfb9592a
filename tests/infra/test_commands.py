"""The commands that people and other programs rely on are there, and setting up twice costs nothing."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import prepare

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("target", ["run", "test", "check", "fmt", "seed", "lint", "lock", "help"])
def test_the_makefile_has_the_command(target):
    answer = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)

    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.strip()


def test_make_run_stays_in_the_foreground():
    answer = subprocess.run(["make", "-n", "run"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert "exec .venv/bin/python scripts/serve.py" in answer.stdout
    assert "&\n" not in answer.stdout


def test_the_ci_script_runs_the_whole_test_command():
    script = ROOT / ".ci" / "run"

    assert os.access(script, os.X_OK)
    assert "exec make test" in script.read_text()
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0


def test_a_stamp_holds_as_long_as_the_lock_is_the_same(tmp_path):
    lock, stamp = tmp_path / "lock", tmp_path / "stamp"
    lock.write_text("one==1")

    assert not prepare.stamped(stamp, prepare.digest(lock))
    stamp.write_text(prepare.digest(lock) + "\n")
    assert prepare.stamped(stamp, prepare.digest(lock))
    lock.write_text("one==2")
    assert not prepare.stamped(stamp, prepare.digest(lock))


def test_every_script_tells_what_it_does():
    for name in ("copy_vendor", "prepare", "run_tests"):
        answer = subprocess.run(
            [sys.executable, f"scripts/{name}.py", "--help"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert answer.returncode == 0, name


def test_every_variable_that_is_read_is_in_the_manual():
    manual = (ROOT / "docs" / "operations.md").read_text()
    sources = [ROOT / "council" / "settings.py", ROOT / "council" / "tls.py", *(ROOT / "scripts").glob("*.py")]
    pattern = re.compile(r"""(?:env\.\w+|environ\.get|environ\.setdefault)\(\s*["']([A-Z][A-Z0-9_]+)["']""")
    read = {name for path in sources for name in pattern.findall(path.read_text())}
    internal = {"TESTING", "TEST_RUN", "PYTEST_XDIST_WORKER"}

    assert [name for name in sorted(read - internal) if f"`{name}`" not in manual] == []


def test_a_package_that_is_still_missing_is_known_when_apt_offers_it(tmp_path, monkeypatch):
    """On a bare machine everything is missing; taken for unknown, version 1 of the typeface came instead."""
    apt_cache = tmp_path / "apt-cache"
    apt_cache.write_text('#!/bin/sh\nprintf "%s:\\n  Installed: (none)\\n  Candidate: $OFFERS\\n" "$2"\n')
    apt_cache.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    monkeypatch.setenv("OFFERS", "2.1.5-1")
    assert prepare.known("fonts-liberation2")
    monkeypatch.setenv("OFFERS", "(none)")
    assert not prepare.known("fonts-liberation2")
