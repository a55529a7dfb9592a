"""What the logs of a running process say, and what they must not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.migrated import place_migrated

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import logging, django
django.setup()
from django.test import Client
Client().get("/healthz?tim=benh-an", headers={"user-agent": "Trinh-duyet-rieng"})
Client().get("/the/Zq8x7Kd92mNvPw41LtYb0A", headers={"user-agent": "Trinh-duyet-rieng"})
logging.getLogger("mot.phong").error("hong\\n{\\"gia\\": 1}")
"""


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def talkative(tmp_path_factory):
    return lines(tmp_path_factory.mktemp("info"), "INFO")


def lines(tmp_path, level):
    """Run a process of its own with a real log and give its lines."""
    place_migrated(tmp_path / "nghi-truong.sqlite3")
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "council.settings",
        "DATA_DIR": str(tmp_path),
        "LOG_LEVEL": level,
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "ALLOWED_HOSTS": "testserver",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return (done.stdout + done.stderr).splitlines()


def test_every_line_is_json_with_a_time_in_utc(talkative):
    for line in talkative:
        assert json.loads(line)["timestamp"].endswith("Z")


def test_no_address_query_or_secret_of_a_person_is_logged(talkative):
    text = "\n".join(talkative)

    assert "GET /healthz" in text
    for secret in ("benh-an", "Trinh-duyet-rieng", "Zq8x7Kd92mNvPw41LtYb0A", "127.0.0.1"):
        assert secret not in text


def test_a_message_cannot_forge_a_line(talkative):
    forged = [line for line in talkative if "hong" in line]

    assert len(forged) == 1


def test_requests_are_not_logged_by_default(tmp_path):
    assert not [line for line in lines(tmp_path, "WARNING") if "healthz" in line]
