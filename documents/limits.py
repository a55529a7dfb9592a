"""Run a program of documents/children in a process of its own, within limits (security 56).

CPU, memory and file size are rlimits of the child, which also gives way to whoever serves pages; the
clock is ours: when it runs out, the child's whole process group is killed. The child gets an empty environment (no proxies, no secrets), a
temporary directory that is removed afterwards, and no network where the kernel allows taking it away.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

CHILDREN = Path(__file__).resolve().parent / "children"
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What a child may use: seconds of CPU and by the clock, bytes of address space and per file."""

    cpu_seconds: int = 20
    wall_seconds: float = 60
    memory: int = 512 * MEGABYTE
    file_size: int = 256 * MEGABYTE
    open_files: int = 128


class LimitReached(Exception):
    """The child was stopped at a limit, or died: what it worked on is too heavy or hostile."""

    def __init__(self, words: str, code: int | None = None):
        super().__init__(words)
        self.code = code  # what a child that ended by itself said


class TooBusy(Exception):
    """All places for a kind of child were taken for as long as the caller would wait."""


def run_limited(
    program: str, arguments: list[str], *, work_dir: str, limits: Limits | None = None, env: dict | None = None
) -> str:
    """Run children/<program>, or a program of the system given with its whole path, and give back what it printed.

    LimitReached when it did not end well. `env` is added to the empty environment.
    """
    limits = limits or Limits()
    command = [sys.executable, "-I", str(CHILDREN / "start.py"), str(CHILDREN / program)]
    command += [str(limits.cpu_seconds), str(limits.memory), str(limits.file_size), str(limits.open_files), *arguments]
    child = subprocess.Popen(
        command,
        cwd=work_dir,
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": work_dir, "TMPDIR": work_dir} | (env or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        output, errors = child.communicate(timeout=limits.wall_seconds)
    except BaseException as fault:  # our clock ran out, or we are being stopped ourselves
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        if isinstance(fault, subprocess.TimeoutExpired):
            raise LimitReached("time") from None
        raise
    if child.returncode != 0:
        raise LimitReached(errors.decode(errors="replace")[-2000:] or f"exit {child.returncode}", child.returncode)
    return output.decode(errors="replace")


@contextmanager
def turn(kind: str, *, patience: float, places: int = 2):
    """One of the machine's places for a kind of child; a process that dies frees its place.

    TooBusy when none was free for `patience` seconds.
    """
    started = time.monotonic()
    paths = [settings.DATA_DIR / f"{kind}-{number}.lock" for number in range(places)]
    while True:
        for path in paths:
            with path.open("w") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                yield
                return
        if time.monotonic() - started >= patience:
            raise TooBusy
        time.sleep(0.1)
