"""Production settings are safe as they come, and what makes no sense is refused at start, in words."""

import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.migrated import place_migrated

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


def run(tmp_path, *command, **environment):
    """Run python in a process with production settings; gives its code and all that it said."""
    clean = {k: v for k, v in os.environ.items() if k not in ("TESTING", "DATABASE_URL", "REDIS_URL")}
    production = {
        "DATA_DIR": str(tmp_path),
        "ALLOWED_HOSTS": "hdnd.example.vn",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "DEBUG": "0",
        "DEMO": "0",
    }
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=clean | production | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def manage(tmp_path, *arguments, **environment):
    return run(tmp_path, "manage.py", *arguments, **environment)


def read_settings(tmp_path, **environment):
    return run(tmp_path, "-c", "import council.settings", **environment)


def test_the_deployment_check_finds_nothing(tmp_path):
    code, said = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING")

    assert code == 0, said


@pytest.mark.parametrize(
    "environment",
    [
        {"SECRET_KEY": "short"},
        {"ALLOWED_HOSTS": "*"},
        {"DATABASE_URL": "mysql://app@localhost/app"},
        {"REDIS_URL": "redis://localhost:6379/0"},
        {"REDIS_URL": "localhost", "DATABASE_URL": "postgres://app@localhost/app"},
        {"TRUSTED_NETWORKS": "0.0.0.0/0"},
        {"TRUSTED_NETWORKS": "hall"},
        {"BALLOT_DATABASE_URL": "postgres://ballots@localhost/app"},
        {"DATABASE_URL": "postgres://app@localhost/app", "BALLOT_DATABASE_URL": "postgres://ballots@localhost/other"},
        {"OUTBOX_LEASE_SECONDS": "0"},
    ],
    ids=lambda e: " ".join(f"{k}={v}" for k, v in e.items()),
)
def test_nonsense_is_refused_at_start_and_named(tmp_path, environment):
    code, said = read_settings(tmp_path, **environment)

    assert code != 0
    assert "ImproperlyConfigured" in said
    assert next(iter(environment)) in said.splitlines()[-1]


def test_a_secret_key_that_others_can_read_is_refused(tmp_path):
    read_settings(tmp_path, SECRET_KEY="")
    key = tmp_path / "secret_key"
    assert key.stat().st_mode & 0o777 == 0o600
    key.chmod(0o644)

    code, said = read_settings(tmp_path, SECRET_KEY="")

    assert code != 0
    assert "chmod 600" in said


def test_production_does_not_start_while_demonstration_accounts_exist(tmp_path):
    program = (
        "import django; django.setup()\n"
        "from council.models import User\n"
        "User.objects.create(username='dung-thu', is_demo=True)\n"
    )
    assert manage(tmp_path, "migrate", "--noinput")[0] == 0
    manage(tmp_path, "shell", "-c", program)

    code, said = manage(tmp_path, "migrate", "--noinput")

    assert code != 0
    assert "Demonstration accounts exist" in said


@pytest.mark.postgres
@pytest.mark.parametrize("entry", ["council.asgi", "council.wsgi"])
def test_87_a_web_process_lets_no_statement_run_longer_than_five_seconds(tmp_path, entry):
    asked = (
        f"import {entry}; from django.db import connection; cursor = connection.cursor(); "
        "cursor.execute('SHOW statement_timeout'); print('limit', cursor.fetchone()[0])"
    )
    code, said = run(tmp_path, "-c", asked, DATABASE_URL=os.environ["DATABASE_URL"], DEBUG="1")

    assert code == 0, said
    assert "limit 5s" in said


@pytest.fixture(scope="module")
def careful_postgres():
    """A PostgreSQL with the settings it comes with, and what changes one of them for every later connection."""
    real_stack = pytest.importorskip("scripts.real_stack")
    with tempfile.TemporaryDirectory(prefix="careful-") as name:
        Path(name).chmod(0o755)
        with real_stack.postgres(Path(name), lasting=True) as url:
            yield url


@pytest.mark.postgres
@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_25_production_refuses_a_postgresql_that_may_forget_what_it_committed(tmp_path, careful_postgres, setting):
    import psycopg

    def change(what):
        with psycopg.connect(careful_postgres, autocommit=True) as database:
            database.execute(what)
            database.execute("SELECT pg_reload_conf()")

    production = {"DATABASE_URL": careful_postgres, "HTTPS": "off"}
    for entry in ("council.asgi", "council.wsgi"):
        code, said = run(tmp_path, "-c", f"import {entry}", **production)
        assert code == 0, said
    change(f"ALTER SYSTEM SET {setting} = off")
    try:
        for command in (["-c", "import council.asgi"], ["-c", "import council.wsgi"], ["manage.py", "migrate"]):
            code, said = run(tmp_path, *command, **production)
            assert code != 0
            assert f"{setting} off" in said
        assert run(tmp_path, "-c", "import council.asgi", **production | {"DEMO": "1"})[0] == 0
    finally:
        change(f"ALTER SYSTEM RESET {setting}")


@pytest.mark.postgres
def test_25_a_web_process_that_is_told_to_commit_without_waiting_refuses_to_start(tmp_path, careful_postgres):
    """The product asks for it on every connection, so only changed code or a pooler could turn it off."""
    program = (
        "from django.conf import settings; import django; django.setup()\n"
        "settings.DATABASES['default']['OPTIONS']['options'] = '-c synchronous_commit=off'\n"
        "import council.wsgi"
    )
    environment = {"DATABASE_URL": careful_postgres, "DJANGO_SETTINGS_MODULE": "council.settings"}

    code, said = run(tmp_path, "-c", program, **environment)

    assert code != 0
    assert "synchronous_commit off" in said


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"track_commit_timestamp": "off", "log_statement": "none", "log_min_duration_statement": "-1"}, []),
        ({"log_statement": "ddl"}, []),
        ({"track_commit_timestamp": "on"}, ["track_commit_timestamp=on"]),
        ({"log_statement": "mod"}, ["log_statement=mod"]),
        ({"log_statement": "all", "log_min_duration_statement": "0"}, ["log_min_duration_statement=0", "log_statement=all"]),
        ({"log_min_duration_statement": "250"}, ["log_min_duration_statement=250"]),
        ({"log_min_duration_sample": "100"}, ["log_min_duration_sample=100"]),
    ],
)  # fmt: skip
def test_42_what_postgresql_may_not_note_of_a_ballot(values, found):
    from council.checks import telling

    assert telling(values) == found


@pytest.mark.postgres
def test_42_production_refuses_a_postgresql_that_notes_statements_of_the_ballots_role(tmp_path, careful_postgres):
    import psycopg

    with psycopg.connect(careful_postgres, autocommit=True) as database:
        database.execute("ALTER ROLE app SET log_statement = 'mod'")
    try:
        code, said = run(tmp_path, "-c", "import council.asgi", DATABASE_URL=careful_postgres, HTTPS="off")
    finally:
        with psycopg.connect(careful_postgres, autocommit=True) as database:
            database.execute("ALTER ROLE app RESET log_statement")

    assert code != 0
    assert "log_statement=mod" in said


READ_HEADERS = """
import django, json
django.setup()
from django.core.management import call_command
from django.test import Client
call_command("collectstatic", verbosity=0, interactive=False)
for path in ("/tai-khoan/dang-nhap", "/nghi-quyet", "/healthz"):
    answer = Client(headers={"host": "hdnd.example.vn"}).get(path, secure=True)
    print("HEADERS", path, answer.status_code)
    for name, value in sorted(answer.items()):
        print("HEADERS", " ", name + ":", "; ".join(sorted(value.split("; "))))
"""
CHANGING = ("Content-Length", "ETag", "Last-Modified", "Expires", "X-Request-ID", "Date")


def test_92_the_headers_of_every_answer_are_those_on_file(tmp_path):
    """What a browser is told to forbid is compared with a file, so that nobody loosens it unseen."""
    place_migrated(tmp_path / "nghi-truong.sqlite3")
    more = {"DJANGO_SETTINGS_MODULE": "council.settings", "STATIC_ROOT": str(tmp_path / "static")}
    code, said = run(tmp_path, "-c", READ_HEADERS, **more)
    assert code == 0, said
    lines = [line.removeprefix("HEADERS ") for line in said.splitlines() if line.startswith("HEADERS ")]
    kept = [line for line in lines if not line.strip().startswith(CHANGING)]

    assert "\n".join(kept) + "\n" == (ROOT / "tests/data/headers.txt").read_text()
