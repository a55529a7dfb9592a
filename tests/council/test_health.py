"""/healthz: what start scripts, the proxy and outside programs wait for."""

import pytest
from django.db import DatabaseError

from council import health
from council.models import Council

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def looked_at_anew(monkeypatch):
    monkeypatch.setitem(health._known, "migrated", False)


def test_200_when_the_migrations_are_applied(client, settings):
    settings.DEMO = False

    response = client.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-store" in response["Cache-Control"]


def test_503_until_the_demonstration_is_loaded(client, settings, council):
    settings.DEMO = True
    assert client.get("/healthz").json() == {"status": "waiting", "for": "demonstration"}
    Council.objects.update(is_demo=True)

    assert client.get("/healthz").status_code == 200


def test_503_while_a_migration_waits(client, settings, monkeypatch):
    settings.DEMO = False
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda self, targets: [("one", False)])

    response = client.get("/healthz")

    assert (response.status_code, response.json()["for"]) == (503, "migrations")


def test_503_without_a_database(client, settings, monkeypatch):
    def gone():
        raise DatabaseError

    monkeypatch.setattr(health.connection, "cursor", gone)

    assert client.get("/healthz").status_code == 503


def test_it_is_only_read(client):
    assert client.post("/healthz").status_code == 405
