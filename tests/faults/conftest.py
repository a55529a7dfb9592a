"""Servers that live for the whole run, and a furnished database that every house copies."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from scripts.real_stack import postgres_bin
from tests.faults import stack
from tests.migrated import place_migrated

DELEGATES = 30


@pytest.fixture(scope="session")
def place():
    """A folder that the user of PostgreSQL reaches."""
    name = tempfile.mkdtemp(prefix="faults-")
    Path(name).chmod(0o755)
    yield Path(name)
    if not os.environ.get("KEEP"):  # KEEP=1 leaves logs and histories to look at
        shutil.rmtree(name, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(place):
    try:
        postgres_bin()
    except SystemExit:
        pytest.skip("needs PostgreSQL")
    cluster = stack.Postgres(place).start()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def redis(place):
    if not shutil.which("redis-server"):
        pytest.skip("needs redis-server")
    server = stack.Redis(place).start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def furnished(place, postgres, redis):
    """The name of a database with a hall of delegates, and who is in it."""
    folder = place / "furnishing"
    folder.mkdir()
    env = stack.environment(folder, postgres.create("furnished", folder), redis)
    return "furnished", stack.furnish(env, DELEGATES)


@pytest.fixture(scope="session")
def houses(place, postgres, redis, furnished):
    """The house that is standing, if one is: built once, and anew after a fault that it did not survive."""
    with ExitStack() as standing:

        def build():
            standing.close()
            folder = Path(tempfile.mkdtemp(prefix="house-", dir=place))
            built = standing.enter_context(stack.served(folder, postgres, redis, *furnished))
            return built.serve(2)

        yield build


_standing = {}


@pytest.fixture
def house(request, houses):
    """Two web processes on PostgreSQL and Redis; every fault heals before the next."""
    if "house" not in _standing:
        _standing["house"] = houses()
    yield _standing["house"]
    if request.node.stash.get(FAILED, True):
        _standing.pop("house").close()


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture
def own_house(place, postgres, redis, furnished):
    """Build a house for one test: its processes take `FAULTS_…`, its database lacks the guards in `without`."""
    with ExitStack() as standing:

        def build(*, without: Sequence[str] = (), **env: str):
            folder = Path(tempfile.mkdtemp(prefix="own-", dir=place))
            built = standing.enter_context(stack.served(folder, postgres, redis, *furnished))
            for guard in without:
                postgres.sql(guard, database=built.database_url.rpartition("/")[2])
            return built.serve(2, FAULTS_CLOCK=str(folder / "clock"), **env)

        yield build


@pytest.fixture(scope="session")
def embedded_template(place):
    """The folder of a furnished installation on SQLite."""
    folder = place / "embedded"
    folder.mkdir()
    place_migrated(folder / stack.SQLITE)
    return folder, stack.furnish(stack.environment(folder, "", None), DELEGATES)


@pytest.fixture
def box(place, embedded_template):
    """The embedded default: one process, SQLite, nothing else."""
    template, told = embedded_template
    folder = Path(tempfile.mkdtemp(prefix="box-", dir=place)) / "data"
    shutil.copytree(template, folder)
    built = stack.House(folder, told=told)
    yield built
    built.close()


@pytest.fixture
def run():
    """Run the story of a fault to its end, at most three minutes."""

    def through(story):
        return asyncio.run(asyncio.wait_for(story, 180))

    return through
