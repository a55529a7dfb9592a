"""Run a command against a throw-away PostgreSQL and Redis, then take both down.

    python scripts/real_stack.py pytest -q

The command finds them in DATABASE_URL and REDIS_URL. Everything lies in one temporary folder, listens on the
loopback address only, and is gone afterwards, also when the command fails or is interrupted.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.supervisor import die_with_parent  # noqa: E402

OLDEST_POSTGRES = 15


def postgres_bin() -> Path:
    """Find the newest PostgreSQL that Debian or the PATH offers, at least version 15."""
    found = [p for p in Path("/usr/lib/postgresql").glob("*/bin") if p.parent.name.isdigit()]
    found = [p for p in found if int(p.parent.name) >= OLDEST_POSTGRES and (p / "initdb").exists()]
    if found:
        return max(found, key=lambda p: int(p.parent.name))
    if initdb := shutil.which("initdb"):
        return Path(initdb).resolve().parent
    raise SystemExit("PostgreSQL 15 or newer is missing: apt-get install postgresql")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def postgres_user() -> str | None:
    """PostgreSQL refuses to run as root: then the system user postgres owns it."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return "nobody"


def run_as(user: str | None, *command: str) -> None:
    subprocess.run(command, user=user, check=True, stdout=subprocess.DEVNULL, cwd="/")


@contextmanager
def postgres(folder: Path, *, lasting: bool = False):
    """Start an empty cluster and give the URL of a database `app` in it.

    `lasting` keeps what is committed, as in production; the suite need not wait for the disk.
    """
    bin_folder, port, user = postgres_bin(), free_port(), postgres_user()
    data = folder / "pg"
    data.mkdir(mode=0o700)
    if user:
        shutil.chown(data, user)
    options = [
        "-D",
        str(data),
        "-A",
        "trust",
        "-U",
        "app",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    ]
    run_as(user, str(bin_folder / "initdb"), *options)
    settings = f"-p {port} -k {data} -h 127.0.0.1 -c max_connections=300"
    if not lasting:
        settings += " -c fsync=off -c full_page_writes=off"
    pg_ctl = str(bin_folder / "pg_ctl")
    log = str(data / "log")
    run_as(user, pg_ctl, "-D", str(data), "-w", "-l", log, "-o", settings, "start")
    try:
        run_as(
            user,
            str(bin_folder / "createdb"),
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
            "-U",
            "app",
            "app",
        )
        yield f"postgres://app@127.0.0.1:{port}/app"
    finally:
        run_as(user, pg_ctl, "-D", str(data), "-m", "immediate", "stop")


@contextmanager
def redis(folder: Path):
    """Start a Redis that keeps nothing and give its URL."""
    server = shutil.which("redis-server")
    if not server:
        raise SystemExit("Redis is missing: apt-get install redis-server")
    port = free_port()
    command = [
        server,
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
    ]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait()


def wait_for_port(port: int, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port} after {seconds:.0f} s")


@contextmanager
def real_stack():
    """Both servers for as long as the block runs; gives the environment that leads to them."""
    with tempfile.TemporaryDirectory(prefix="stack-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # so that the user postgres reaches its own folder inside
        with postgres(folder) as database_url, redis(folder) as redis_url:
            yield {"DATABASE_URL": database_url, "REDIS_URL": redis_url}


def main() -> int:
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    # A polite end goes through the finally blocks above.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with real_stack() as environment:
        command = subprocess.run(
            sys.argv[1:], env=os.environ | environment, check=False, preexec_fn=die_with_parent
        )
        return command.returncode


if __name__ == "__main__":
    sys.exit(main())
