"""Who may what: every address and every message of the socket, every role, own and others' things.

The expected answers stand in tests/matrix/matrix.toml. A route that is missing there fails. After a
change that is meant, `MATRIX_WRITE=1 pytest tests/council/test_matrix.py -m slow` writes what the house
answers into tests/matrix/observed.toml, to be read line by line before it becomes the new matrix.
"""

import os
import tomllib
from pathlib import Path

import pytest
from django.test import override_settings
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator
from rest_framework.permissions import AllowAny
from rest_framework.settings import api_settings

from council.api import Denied
from tests.matrix import cells, world

HERE = Path(__file__).parents[1] / "matrix"
MATRIX = tomllib.loads((HERE / "matrix.toml").read_text())
ROUTES = cells.routes()
# Kept by the frame itself on any request: that the session lives, and from where.
# And that a paper was downloaded, which the office wants to know.
HARMLESS = {"django_session", "usersessions_usersession", "council_device", "documents_download"}
WORDS = {"in", "login", "step", "refused", "missing", "method"}
OBSERVED: dict[str, dict] = {}


@pytest.fixture(scope="module")
def asker(django_db_setup, django_db_blocker, tmp_path_factory):
    """One world for all cells; every question is taken back."""
    media = tmp_path_factory.mktemp("files")
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=media), cells.taken_back():
        yield cells.Asker(world.build())
    if os.environ.get("MATRIX_WRITE"):
        (HERE / "observed.toml").write_text(cells.as_toml(OBSERVED))


def test_every_route_stands_in_the_matrix():
    known = set(MATRIX["route"])

    assert {route.key for route in ROUTES} - known == set(), "routes without a row"
    assert known - {route.key for route in ROUTES} == set(), "rows without a route"


def test_the_matrix_knows_its_words_and_roles():
    for key, rows in MATRIX["route"].items():
        for row in rows.values():
            said = {row} if isinstance(row, str) else set(row)
            named = (
                [] if isinstance(row, str) else [role for roles in row.values() if roles != "*" for role in roles]
            )
            assert said <= WORDS, key
            assert set(named) <= set(world.ROLES), key


def test_what_is_open_to_everybody_is_named():
    """A new page without an account has to be written down here; all others ask who comes."""
    open_to_all = {
        key
        for key, rows in MATRIX["route"].items()
        if any(
            cells.expanded(rows[method])["anonymous"] == "in"
            for method in ("GET", "POST", "PUT")
            if method in rows
        )
    }

    assert open_to_all == set(MATRIX["public"]["routes"])


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)
def test_a_route_answers_each_role_as_the_matrix_says(asker, route):
    expected = MATRIX["route"].get(route.key, {})
    wrong, seen = {}, OBSERVED.setdefault(route.key, {})
    for method in route.methods:
        own: dict[str, str] = {}
        for target in route.targets:
            row = method if target == "own" else f"{method}_{target}"
            if target != "own" and set(own.values()) == {"method"}:
                continue
            due = cells.expanded(expected[row]) if row in expected else {}
            words = {}
            for role in route.roles(target, own):
                words[role], response, written = asker.ask(route, method, role, target)
                if words[role] != due.get(role):
                    wrong[f"{row} as {role}"] = f"{words[role]}, not {due.get(role)}"
                if method == "GET":
                    if changed := written - HARMLESS:
                        wrong[f"{row} as {role} changes"] = sorted(changed)
                    if said := strangers_words(role, response):
                        wrong[f"{row} as {role} tells"] = said
            seen[row] = cells.compact(words)
            own = own or words

    if os.environ.get("MATRIX_WRITE"):
        return
    assert wrong == {}


def strangers_words(role: str, response) -> list[str]:
    """The canaries in an answer that this role must never read."""
    kind = response.headers.get("Content-Type", "")
    if response.streaming or not ("text" in kind or "json" in kind):
        return []
    content = response.content.decode(errors="replace")
    if "chim" not in content:
        return []
    allowed = MATRIX["canary"]
    found = [
        kind
        for kind, roles in allowed.items()
        if world.canary(kind) in content and roles != "*" and role not in roles
    ]
    return found + [f"{kind} of the other council" for kind in allowed if world.canary(kind, "foreign") in content]


# --- the API ------------------------------------------------------------------------------------


def views(resolver=None, prefix=""):
    """(pattern, view class) of every address of the API."""
    for entry in (resolver or get_resolver()).url_patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from views(entry, pattern)
        elif isinstance(entry, URLPattern) and pattern.startswith("api/v1/"):
            yield pattern, entry.callback.cls


def test_every_address_of_the_api_is_in_its_schema():
    described = set(SchemaGenerator().get_schema(request=None, public=True)["paths"])
    served = {f"/{cells.as_path(pattern)}" for pattern, _view in views() if not pattern.endswith("schema")}

    assert served == described


def test_a_view_of_the_api_that_names_no_permission_is_closed():
    assert api_settings.DEFAULT_PERMISSION_CLASSES == [Denied]
    assert not Denied().has_permission(None, None)


def test_only_named_addresses_of_the_api_are_open_to_everybody():
    opened = {
        cells.as_path(pattern)
        for pattern, view in views()
        if AllowAny in view.permission_classes or not view.permission_classes
    }

    assert opened == set(MATRIX["public"]["api"])
