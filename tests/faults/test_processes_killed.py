"""kill -9 of what serves: one web process, all of them, the worker, PostgreSQL; connections cut; new code."""

import asyncio
import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.faults import stories
from tests.faults.drill import drill, rush_through
from tests.faults.stack import Web
from tests.processes import ROOT

pytestmark = pytest.mark.faults


def test_25_one_of_two_web_processes_is_killed_in_a_rush(house, run):
    people = run(stories.one_process_is_killed(house))
    assert people.broken == []
    assert len(people.answers("ok")) > 60


@pytest.mark.long
def test_25_all_web_processes_are_killed_in_a_rush(house, run):
    people = run(stories.all_processes_are_killed(house))
    assert people.broken == []
    assert people.answers("unknown")


def test_25_postgresql_is_killed_in_a_rush(house, postgres, run):
    people = run(stories.postgresql_is_killed(house, postgres))
    assert people.broken == []
    assert len(people.answers("ok")) > 60


@pytest.mark.long
def test_114_connections_to_the_database_are_cut_again_and_again(house, postgres, run):
    async def fault(people):
        for _cut in range(6):
            cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'house_%'"
            await asyncio.to_thread(postgres.sql, cut)
            await asyncio.sleep(0.3)

    people = run(rush_through(house, fault))
    assert people.broken == []
    assert len(people.answers("ok")) > 60


@pytest.mark.long
def test_115_the_worker_is_killed_in_a_rush_and_every_job_is_done_once(house, run):
    """Votes need no worker; what waits in the outbox meanwhile is sent, and nothing twice."""
    relay = house.other("relay", "manage.py", "relay")
    worker = house.other(
        "worker", "-m", "celery", "-A", "council", "worker", "--concurrency", "1", "--loglevel", "error"
    )
    mails = 60

    async def fault(people):
        write = (
            "from council.models import Council; from council import mail\n"
            "c = Council.objects.get()\n"
            f"[mail.send(council=c, to=f'd{{n}}@example.vn', subject='s', text='t', key=str(n)) for n in range({mails})]"
        )
        await asyncio.to_thread(house.manage, "shell", "-v0", "-c", write)
        for victim in (worker, relay, worker):
            await asyncio.sleep(0.7)
            victim.kill()
            await asyncio.to_thread(house.revive)

    async def story():
        people = await rush_through(house, fault, seconds=5)
        async with asyncio.timeout(90):
            while await asyncio.to_thread(mails_in, house, ("queued", "sending")):
                await asyncio.sleep(0.5)
        return people

    try:
        people = run(story())
    finally:
        for process in house.others:
            process.end(5)
        house.others.clear()
    assert people.broken == []
    sent = [path.read_text().count("\nTo: ") for path in (house.folder / "mails").glob("*.log")]
    assert mails_in(house, ("sent",)) + mails_in(house, ("unknown",)) == mails
    assert mails_in(house, ("sent",)) <= sum(sent) <= mails


def mails_in(house, states) -> int:
    from tests.faults.checker import read

    query = "SELECT count(*) AS n FROM council_mail WHERE state IN (" + ", ".join(f"'{s}'" for s in states) + ")"
    return read(house.books, {"mails": query})["mails"][0]["n"]


@pytest.mark.long
def test_new_code_takes_over_in_the_middle_of_a_vote(house, run, tmp_path):
    """One process after the other is replaced, with a column added to the votes while the old code still runs."""
    new = tmp_path / "new"
    copy_product(new)
    migrations = new / "voting" / "migrations"
    newest = max(path.stem for path in migrations.glob("[0-9]*.py"))
    (migrations / "9999_of_the_next_version.py").write_text(
        "from django.db import migrations, models\n\n\n"
        "class Migration(migrations.Migration):\n"
        f"    dependencies = [('voting', '{newest}')]\n"
        "    operations = [migrations.AddField('vote', 'of_the_next_version', models.TextField(null=True))]\n"
    )
    models = new / "voting" / "models.py"
    was = "class Vote(models.Model):\n"
    head, found, rest = models.read_text().partition(was)
    assert found
    body = re.search(r"\n    poll = models", rest).start() + 1
    models.write_text(
        f"{head}{was}{rest[:body]}    of_the_next_version = models.TextField(null=True)\n{rest[body:]}"
    )

    async def fault(people):
        await asyncio.to_thread(lambda: house.manage("migrate", "-v0", "--noinput", code=new))
        for place, old in enumerate(house.webs):
            fresh = Web(f"new-{place}", house, code=new)
            await asyncio.to_thread(fresh.start)
            house.webs[place] = fresh
            house.connect()
            await asyncio.to_thread(old.end)

    people = run(rush_through(house, fault, seconds=6))
    assert people.broken == []
    assert len(people.answers("ok")) > 60
    assert {web.cwd for web in house.webs} == {new}


def copy_product(to: Path) -> None:
    to.mkdir()
    for name in (
        "council",
        "documents",
        "voting",
        "sessions",
        "voters",
        "templates",
        "tests",
        "scripts",
        "benchmarks",
    ):
        shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("static", "locale"):
        if (ROOT / name).exists():
            (to / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "manage.py", to)


@pytest.mark.long
def test_25_the_embedded_process_is_killed_in_a_rush(box, run):
    """The default of one box: one process, SQLite."""
    box.serve(1)

    async def fault(people):
        box.webs[0].kill()
        await asyncio.to_thread(box.revive)

    people = run(rush_through(box, fault, patience=20))
    assert people.broken == []
    assert len(people.answers("ok")) > 60
    with sqlite3.connect(box.books) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.long
def test_ballots_that_wait_for_each_other_leave_the_box_a_connection(house, run):
    """Thirty tablets press at the same moment with sockets blocked: more than a process has connections."""

    async def story():
        async with drill(house, sockets=0) as people:
            poll = await people.open()
            for choice in ("for", "against", "other"):
                await asyncio.gather(*[t.press(poll, choice, socket=False, patience=0) for t in people.tablets])
            slowest = max(line["answered"] - line["sent"] for line in people.answers("ok"))
            await people.finish(poll)
            return people, slowest

    people, slowest = run(story())
    assert people.broken == []
    assert people.answers("unknown", "busy") == []
    assert slowest < 4
