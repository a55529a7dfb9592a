"""Run a program of documents/children in a process of its own, within limits (security 56).

CPU, memory and file size are rlimits of the child; the clock is ours: when it runs out, the child's
whole process group is killed. The child gets an empty environment (no proxies, no secrets), a
temporary directory that is removed afterwards, and no network where the kernel allows taking it away.
"""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

CHILDREN = Path(__file__).resolve().parent / "children"
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What a child may use: seconds of CPU and by the clock, bytes of address space and per file."""

    cpu_seconds: int = 20
    wall_seconds: int = 60
    memory: int = 512 * MEGABYTE
    file_size: int = 256 * MEGABYTE


class LimitReached(Exception):
    """The child was stopped at a limit, or died: what it worked on is too heavy or hostile."""


def run_limited(program: str, arguments: list[str], *, work_dir: str, limits: Limits | None = None) -> str:
    """Run children/<program> and give back what it printed. LimitReached when it did not end well."""
    limits = limits or Limits()
    command = [sys.executable, "-I", str(CHILDREN / "start.py"), str(CHILDREN / program)]
    command += [str(limits.cpu_seconds), str(limits.memory), str(limits.file_size), *arguments]
    child = subprocess.Popen(
        command,
        cwd=work_dir,
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": work_dir, "TMPDIR": work_dir},
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
        raise LimitReached(errors.decode(errors="replace")[-2000:] or f"exit {child.returncode}")
    return output.decode()
