"""The product as it is served, on servers of its own that may be broken: PostgreSQL, Redis, two web processes
behind a wire that can be cut, relay and worker; or the embedded default, one process on SQLite.

Everything lies in one temporary folder, listens on random ports of the loopback address, and dies with
the test process.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg

from scripts.real_stack import free_port, postgres_bin, postgres_user, run_as, wait_for_port
from scripts.supervisor import die_with_parent
from tests.faults.wire import Wire
from tests.migrated import kept_migrated
from tests.processes import ROOT

PRODUCT = "council.asgi:application"
SQLITE = "nghi-truong.sqlite3"  # in the data folder of a house without PostgreSQL
SECRET_KEY = secrets.token_urlsafe(64)  # the furnished sessions are signed with it
WRAPPED = "tests.faults.inside:application"  # the same with a planted defect, or with a clock that can be set


# Linux lets a child die with the thread that started it, so one thread that lives to the end starts them all.
_starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="starter")


class Process:
    """One process in a session of its own, its words in a log; it dies with the tests."""

    def __init__(self, command: list[str], log: Path, *, env=None, cwd="/", user=None):
        self.command, self.log, self.env, self.cwd, self.user = command, log, env, cwd, user
        self.popen: subprocess.Popen | None = None

    def start(self):
        self.popen = _starter.submit(self._start).result()
        return self

    def _start(self) -> subprocess.Popen:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                self.command, env=self.env, cwd=self.cwd, user=self.user, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=die_with_parent,
            )  # fmt: skip

    @property
    def runs(self) -> bool:
        return self.popen is not None and self.popen.poll() is None

    def signal(self, number: int) -> None:
        """To the process and its children."""
        try:
            os.killpg(self.popen.pid, number)
        except ProcessLookupError:
            pass

    def kill(self) -> None:
        """kill -9, as a power cut would."""
        if self.popen is not None:
            self.signal(signal.SIGKILL)
            self.popen.wait()

    def end(self, seconds: float = 15) -> None:
        """Ask it to end; kill it when it does not."""
        if self.runs:
            self.signal(signal.SIGTERM)
            try:
                self.popen.wait(seconds)
            except subprocess.TimeoutExpired:
                pass
        self.kill()


class Postgres:
    """A cluster with the durable settings of production, started without pg_ctl so that it can be killed.

    `wal_writer_delay` is at its longest: what was committed without waiting for the disk stays unwritten for
    seconds, and a kill loses it for certain instead of now and then. The log is kept, as an archive keeps it.
    """

    def __init__(self, folder: Path):
        self.data, self.port, self.user = folder / "pg", free_port(), postgres_user()
        self.data.mkdir(mode=0o700)
        if self.user:
            shutil.chown(self.data, self.user)
        initdb = str(postgres_bin() / "initdb")
        run_as(self.user, initdb, "-D", str(self.data), "-A", "trust", "-U", "app", "-E", "UTF8",
               "--locale=C.UTF-8", "--no-sync")  # fmt: skip
        command = [
            str(postgres_bin() / "postgres"),
            "-D",
            str(self.data),
            "-p",
            str(self.port),
            "-k",
            str(self.data),
        ]
        command += ["-h", "127.0.0.1", "-c", "max_connections=200", "-c", "wal_writer_delay=10s"]
        command += ["-c", "wal_writer_flush_after=1GB", "-c", "wal_keep_size=1GB"]
        self.process = Process(command, folder / "pg.log", user=self.user)

    def start(self):
        self.process.start()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                self.sql("SELECT 1", database="postgres")
            except psycopg.OperationalError:
                time.sleep(0.1)
            else:
                return self
        raise RuntimeError(f"PostgreSQL does not start:\n{self.process.log.read_text()[-2000:]}")

    def url(self, database: str) -> str:
        return f"postgres://app@127.0.0.1:{self.port}/{database}"

    def sql(self, query: str, *values, database: str = "postgres") -> list[tuple]:
        with psycopg.connect(self.url(database), autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(query, values or None)
            return cursor.fetchall() if cursor.description else []

    def create(self, name: str, folder: Path) -> str:
        """A database with every migration applied; gives its URL. What applying them made is kept as a dump."""
        self.sql(f'CREATE DATABASE "{name}"')
        with kept_migrated(".sql") as dump:
            tool = {"command": "psql", "options": ["-q", "-v", "ON_ERROR_STOP=1", "-f", str(dump)]}
            if not dump.exists():
                env = environment(folder, self.url(name), None)
                command = [sys.executable, "manage.py", "migrate", "--noinput", "--verbosity", "0"]
                subprocess.run(command, cwd=ROOT, env=env, check=True, timeout=120)
                tool = {"command": "pg_dump", "options": ["--no-owner", "-f", str(dump)]}
            command = [str(postgres_bin() / tool["command"]), *tool["options"], self.url(name)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=120)
        return self.url(name)

    def copy(self, template: str, name: str) -> None:
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        self.sql("CHECKPOINT")  # else a crash sets its sequences back to those of the template

    def drop(self, name: str) -> None:
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def kill(self) -> None:
        """kill -9 of every process of the cluster at one moment: nothing more is written by anybody."""
        head = self.process.popen.pid
        os.kill(head, signal.SIGSTOP)
        for child in children_of(head):
            try:
                os.kill(child, signal.SIGKILL)
            except ProcessLookupError:
                pass
        os.kill(head, signal.SIGKILL)
        self.process.popen.wait()

    def stop(self) -> None:
        if self.process.runs:
            os.kill(self.process.popen.pid, signal.SIGQUIT)  # at once
            try:
                self.process.popen.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()


def children_of(parent: int) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent:
                found.append(int(folder.name))
    return found


class Redis:
    """A Redis that keeps nothing on disk, as in production."""

    def __init__(self, folder: Path):
        self.port = free_port()
        command = [shutil.which("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"]
        self.process = Process(command, folder / "redis.log", cwd=folder)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self):
        self.process.start()
        wait_for_port(self.port)
        return self

    def client(self):
        import redis

        return redis.Redis(host="127.0.0.1", port=self.port, socket_timeout=5)

    def ask(self, *words: str):
        with self.client() as client:
            return client.execute_command(*words)

    def kill(self) -> None:
        self.process.kill()

    def pause(self) -> None:
        """Connections stay open and nothing answers, as a machine that hangs."""
        self.process.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.signal(signal.SIGCONT)


class Web(Process):
    """One uvicorn with the product."""

    def __init__(self, name: str, house: "House", *, code: Path = ROOT, **env: str):
        self.port = free_port()
        wrapped = any(key.startswith("FAULTS_") for key in env)
        command = [sys.executable, "-m", "uvicorn", WRAPPED if wrapped else PRODUCT, "--port", str(self.port)]
        command += ["--lifespan", "off", "--log-level", house.log_level, "--no-access-log", "--no-proxy-headers"]
        command += ["--ws-max-size", "16384", "--ws-per-message-deflate", "false"]
        command += ["--timeout-graceful-shutdown", "8"]
        super().__init__(
            command, house.folder / f"{name}.log", cwd=code, env=house.env | {"PYTHONPATH": str(code)} | env
        )

    def start(self, *, wait: bool = True):
        super().start()
        if wait:
            self.wait()
        return self

    def wait(self, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.runs:
                raise RuntimeError(f"the web process ended at once:\n{self.log.read_text()[-3000:]}")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5):
                    return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the web process does not answer")


class House:
    """An installation: its servers, its processes, and the address at which its tablets find it."""

    def __init__(self, folder: Path, *, database_url: str = "", redis: Redis | None = None, told: dict):
        self.folder, self.database_url, self.redis, self.told = folder, database_url, redis, told
        self.env = environment(folder, database_url, redis)
        self.webs: list[Web] = []
        self.others: list[Process] = []
        self.log_level = "warning"  # of the server itself; the product's own is LOG_LEVEL
        self.wire = Wire()

    @property
    def books(self) -> str:
        """Where the checker reads: the URL of the database, or the path of its file."""
        return self.database_url or str(self.folder / SQLITE)

    @property
    def port(self) -> int:
        return self.wire.port

    def serve(self, count: int, **env: str) -> "House":
        """Start web processes and lay the wire to them."""
        self.webs = [Web(f"web-{number}", self, **env).start(wait=False) for number in range(count)]
        for web in self.webs:
            web.wait()
        self.connect()
        return self

    def connect(self) -> None:
        self.wire.lead_to([web.port for web in self.webs])

    def manage(self, *arguments: str, code: Path = ROOT) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=code, env=self.env | {"PYTHONPATH": str(code)},
            text=True, check=False, capture_output=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def other(self, name: str, *command: str, **env: str) -> Process:
        """Start a relay or a worker."""
        process = Process([sys.executable, *command], self.folder / f"{name}.log", env=self.env | env, cwd=ROOT)
        self.others.append(process.start())
        return process

    def revive(self) -> None:
        """Start again what was killed; afterwards everything runs as before the fault."""
        for web in self.webs:
            if not web.runs:
                web.start(wait=False)
        for web in self.webs:
            web.wait()
        for other in self.others:
            if not other.runs:
                other.start()

    def close(self) -> None:
        self.wire.close()
        for process in [*self.webs, *self.others]:
            process.kill()

    def logs(self) -> str:
        return "\n".join(
            f"--- {web.log.name}\n{web.log.read_text()[-3000:]}" for web in self.webs if web.log.exists()
        )


def environment(folder: Path, database_url: str, redis: Redis | None) -> dict[str, str]:
    """As `make run` serves it: plain HTTP on the loopback address, static files from where they lie."""
    foreign = ("DATABASE_URL", "REDIS_URL", "TESTING", "DATA_DIR", "DEBUG", "BASE_URL", "PYTEST_XDIST_WORKER")
    env = {key: value for key, value in os.environ.items() if key not in foreign}
    env |= {
        "DATA_DIR": str(folder),
        "SECRET_KEY": SECRET_KEY,
        "DEMO": "1",
        "TRUSTED_NETWORKS": "127.0.0.0/8",
        "OUTBOX_LEASE_SECONDS": "2",
        "PYTHONPATH": str(ROOT),
    }
    if database_url:
        env["DATABASE_URL"] = database_url
    if redis:
        env["REDIS_URL"] = redis.url
    return env


def furnish(env: dict[str, str], *arguments, by: str = "tests.faults.furnish") -> dict:
    """Fill an empty database, migrated or not: a council in an open sitting, everybody present and signed in."""
    done = subprocess.run(
        [sys.executable, "-m", by, *map(str, arguments)],
        cwd=ROOT, env=env, text=True, check=False, capture_output=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@contextmanager
def served(folder: Path, postgres: Postgres, redis: Redis, template: str, told: dict, **env: str):
    """Two web processes on a fresh copy of a furnished database."""
    name = f"house_{secrets.token_hex(4)}"
    postgres.copy(template, name)
    house = House(folder, database_url=postgres.url(name), redis=redis, told=told)
    house.env |= env
    try:
        yield house
    finally:
        house.close()
        if postgres.process.runs:
            postgres.drop(name)
