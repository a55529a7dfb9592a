"""Real processes for tests that kill things: the product on a database file of its own."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """A TCP port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Product:
    """One installation in a folder: `manage.py` commands and long-running processes, killed at the end."""

    def __init__(self, folder: Path, **env: str):
        self.folder = folder
        self.running: list[subprocess.Popen] = []
        self.env = (
            {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL", "TESTING", "DATA_DIR")}
            | {"DATA_DIR": str(folder), "DEBUG": "1", "DEMO": "1", "DJANGO_SETTINGS_MODULE": "council.settings"}
            | env
        )

    def manage(self, *arguments: str, stdin: str | None = None) -> str:
        """Run a command to its end; what it printed."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.env, input=stdin, text=True, check=True, capture_output=True, timeout=180,
        ).stdout  # fmt: skip

    def python(self, code: str) -> str:
        """Run Python in the product's own shell; what it printed."""
        return self.manage("shell", "-v0", "-c", code)

    def start(self, *command: str) -> subprocess.Popen:
        """Start a process of the product, such as `manage.py relay`, in a process group of its own."""
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=self.env, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.running.append(process)
        return process

    def kill(self, process: subprocess.Popen) -> None:
        """kill -9, as a power cut would."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()

    def stop_all(self) -> None:
        for process in self.running:
            self.kill(process)
