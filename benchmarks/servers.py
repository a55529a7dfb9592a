"""Start the product, or the floor beside it, as a stranger would: a process, a port, a data folder."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(data_dir: Path, **changes: str) -> dict[str, str]:
    """The product's own default on localhost, in a folder of its own. DATABASE_URL is kept when given."""
    kept = {k: v for k, v in os.environ.items() if k not in ("DEBUG", "HTTPS", "TESTING")}
    return kept | {
        "DATA_DIR": str(data_dir),
        "DEMO": "1",  # as `make run`: static files straight from their folder, no TLS on localhost
        "TRUSTED_NETWORKS": "127.0.0.0/8",
        "PYTHONPATH": str(ROOT),
        **changes,
    }


def fill_hall(env: dict[str, str], delegates: int, *more: str) -> dict:
    """Migrate an empty database and fill it (benchmarks/hall.py, with its options)."""
    command = [sys.executable, "-m", "benchmarks.hall", "--delegates", str(delegates), *more]
    done = subprocess.run(command, env=env, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def family(pid: int) -> list[int]:
    """A process and its children, such as the backends of a PostgreSQL."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *map(int, children)]


def cpu_of(pids: list[int]) -> float:
    """Processor seconds of processes since they started, user and system, to the nanosecond where the
    process still lives; what its ended children had used comes in hundredths."""
    total = 0.0
    for pid in pids:
        try:
            total += time.clock_gettime((~pid << 3) | 2)  # the process's own clock: CPUCLOCK_SCHED
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
        except OSError:
            continue  # ended meanwhile: its parent has counted it
    return total


def memory_of(pids: list[int]) -> float:
    """Bytes that processes hold; what they share is counted once (proportional set size)."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


class Server:
    """One uvicorn with one ASGI application on a free port of this machine."""

    def __init__(self, application: str, env: dict[str, str], log: Path, port: int = 0):
        self.application, self.env, self.log = application, env, log
        self.port = port or free_port()
        self.process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        command = [sys.executable, "-m", "uvicorn", self.application, "--port", str(self.port)]
        command += ["--lifespan", "off", "--log-level", "warning", "--ws-max-size", "16384", "--no-access-log"]
        return command + ["--timeout-graceful-shutdown", "8", "--ws-per-message-deflate", "false"]

    def start(self) -> "Server":
        command = self.command()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env=self.env, cwd=ROOT, stdout=log, stderr=log)
        self.wait()
        return self

    def wait(self, seconds: float = 60) -> None:
        """Until it answers, with whatever status."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended at once:\n{self.log.read_text()[-3000:]}")
            try:
                urllib.request.urlopen(f"{self.url}/healthz", timeout=5)
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError("the server does not answer")

    @property
    def pids(self) -> list[int]:
        return family(self.process.pid)

    def kill(self) -> None:
        """As a power cut would: SIGKILL."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Pages(Server):
    """The processes for pages and forms beside the one for sockets, as docker-compose.yml starts them.

    Where both want the processor, ballots come first: there by `cpu_shares`, here by a nice value of the same weight.
    """

    def __init__(self, env: dict[str, str], log: Path):
        super().__init__("council.wsgi:application", env, log)

    def command(self) -> list[str]:
        command = ["nice", "-n", "6", sys.executable, "-m", "gunicorn", self.application, "--bind", f"127.0.0.1:{self.port}"]
        return [*command, "--workers", "2", "--log-level", "warning"]
