"""A small supervisor: processes that must run, started again when they die, stopped in order when asked."""

import ctypes
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

GRACE_SECONDS = 15  # longer than uvicorn's own graceful shutdown below
LONGEST_PAUSE = 30
STABLE_SECONDS = 60
LOOK_EVERY = 0.2
PR_SET_PDEATHSIG = 1


def say(words: str) -> None:
    print(words, flush=True)


def die_with_parent() -> None:
    """Ask Linux for SIGTERM when the parent goes, even by kill -9; elsewhere do nothing."""
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    except (OSError, AttributeError):
        pass


def before_child() -> None:
    os.setpgrp()  # Ctrl-C reaches the supervisor alone, which stops its children in order
    die_with_parent()


@dataclass
class Child:
    """One process that must be there as long as the product runs."""

    name: str
    command: list[str]
    process: subprocess.Popen | None = None
    started: float = 0
    pause: float = 0
    due: float = 0

    def start(self) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(self.command, cwd=ROOT, preexec_fn=before_child)

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def tend(self) -> None:
        """Start it again once it has died, at once or after a growing pause."""
        if self.running():
            return
        now = time.monotonic()
        if self.process is not None:
            lived = now - self.started
            self.pause = 0 if lived > STABLE_SECONDS else min(max(1, self.pause * 2), LONGEST_PAUSE)
            self.due = now + self.pause
            say(f"{self.name} ended with {self.process.returncode}; starting again in {self.pause:.0f} s")
            self.process = None
        if now >= self.due:
            self.start()

    def stop(self) -> None:
        """Ask it to end, wait, and end it when it does not listen."""
        if not self.running():
            return
        self.process.terminate()
        try:
            self.process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            say(f"{self.name} does not stop; killing it")
            self.process.kill()
            self.process.wait()


class Supervisor:
    """Keeps its children running until SIGTERM or Ctrl-C, then stops them in the order given."""

    def __init__(self, children: list[Child]):
        self.children = children
        self.stopping = False
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self.ask_to_stop)

    def ask_to_stop(self, *_) -> None:
        self.stopping = True

    def run(self, each_round=lambda: None) -> None:
        try:
            while not self.stopping:
                for child in self.children:
                    child.tend()
                each_round()
                time.sleep(LOOK_EVERY)
        finally:
            for child in self.children:
                child.stop()
