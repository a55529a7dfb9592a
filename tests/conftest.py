"""What every test may ask for: a council with its people, a session with a sitting."""

import gc
import os
import re
import tempfile
from pathlib import Path
from types import SimpleNamespace

# For what the tests start; this process has read its own settings already (council/settings.py: TESTING).
os.environ["TESTING"] = "1"
_own_data = tempfile.TemporaryDirectory(prefix="nghi-truong-test-")  # database, files and keys of those processes
os.environ["DATA_DIR"] = _own_data.name

import hypothesis
import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY, record_authentication
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client

from tests import builders
from tests.migrated import place_migrated

# Each test process its own Redis database: `cache.clear()` of one must not empty the other's. The
# settings were read before this file, so they are changed and not the environment.
if settings.REDIS_URL:
    _number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) + 1
    settings.REDIS_URL = re.sub(r"(?:/\d*)?$", f"/{_number}", settings.REDIS_URL, count=1)
    settings.CACHES["default"]["LOCATION"] = settings.REDIS_URL
    os.environ["REDIS_URL"] = settings.REDIS_URL

# A busy machine is no fault of the property under test.
hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("house")

# Hostile files, printed pages and whole secret votes take seconds each.
SLOW = (
    "tests/voting/test_rules.py::test_33_no_percentage_of_a_council_is_off_by_more_than_half_a_hundredth",
    "tests/attack/",
    "tests/faults/",
    "tests/documents/test_conversion.py",
    "tests/documents/test_printing.py",
    "tests/documents/test_resolution_sheet.py",
    "tests/documents/test_restricted.py",
    "tests/sessions/test_notice.py",
    "tests/documents/test_papers.py::test_a_page_stamped_secret_is_refused",
    "tests/documents/test_desk.py::test_the_whole_way_from_the_vote_to_the_public_page",
    "tests/council/test_people.py::test_all_cards_come_as_one_pdf_of_eight_to_a_page",
    "tests/sessions/test_kinds_of_votes.py::test_minutes_are_a_pdf",
    "tests/sessions/test_mixed_votes.py",
    "tests/sessions/test_secret_on_tablets.py",
    "tests/verify/",
    "tests/voting/test_opinion_secret.py",
    "tests/voting/test_secret",
)

# Single tests that take more than this of the processor, with their children; measured, not guessed.
DEAR_SECONDS = 0.3
DEAR_LIST = Path(__file__).with_name("dear.txt")
DEAR = {line for line in DEAR_LIST.read_text().splitlines() if not line.startswith("#")}
CENTRAL = ("tests/voting/test_rules.py", "tests/council/test_matrix.py")

# What no database decides: rules, permissions, sheets, start-up with settings of its own, servers on SQLite
# by name. It runs once, in the embedded part, and is not repeated on PostgreSQL and Redis. So does every test
# that asks for no database at all, except where it starts servers on the part's own one.
ONCE = (
    "tests/council/test_matrix.py",
    "tests/council/test_sign_in.py::test_a_thousand_wrong_tries_do_not_keep_the_chair_out",
    "tests/council/test_sign_in.py::test_unknown_and_known_user_take_the_same_time",
    "tests/documents/test_conversion.py",
    "tests/documents/test_printing.py",
    "tests/documents/test_resolution_sheet.py",
    "tests/documents/test_restricted.py",
    "tests/faults/test_uploads_hostile.py",
    "tests/infra/test_compose.py",
    "tests/infra/test_docs.py",
    "tests/infra/test_logs.py",
    "tests/infra/test_production.py",
    "tests/infra/test_repository.py",
    "tests/infra/test_secure_line.py",
    "tests/infra/test_serve.py",
    "tests/infra/test_supervisor.py",
    "tests/infra/test_tls.py",
    "tests/infra/test_trust_page.py",
    "tests/sessions/test_notice.py",
    "tests/voting/test_benchmark.py",
    "tests/voting/test_rules.py",
)


SERVERS = ("tests/faults/", "tests/attack/", "tests/e2e/")


def runs_once(item) -> bool:
    """Whether a test says nothing about the database, so that the second one has nothing to add."""
    if item.get_closest_marker("postgres") or item.get_closest_marker("redis"):
        return False
    return item.nodeid.startswith(ONCE) or not (asks_for_database(item) or item.nodeid.startswith(SERVERS))


def asks_for_database(item) -> bool:
    """Whether a test has rows; without the mark or one of these fixtures, pytest-django lets it make no query."""
    fixtures = {"db", "transactional_db", "django_db_setup", "live_server"}
    return bool(item.get_closest_marker("django_db")) or not fixtures.isdisjoint(item.fixturenames)


def pytest_collection_modifyitems(config, items):
    """What empties the whole database after itself, or takes seconds, is left by `make check` to `make test`."""
    if connection.vendor == "postgresql" and settings.REDIS_URL:
        kept = [item for item in items if not runs_once(item)]
        config.hook.pytest_deselected(items=[item for item in items if runs_once(item)])
        items[:] = kept
    for item in items:
        marker = item.get_closest_marker("django_db")
        empties = (marker and marker.kwargs.get("transaction")) or "transactional_db" in item.fixturenames
        if empties or item.nodeid.startswith(SLOW) or function_of(item) in DEAR:
            item.add_marker(pytest.mark.slow)
        if item.get_closest_marker("postgres") and connection.vendor != "postgresql":
            item.add_marker(pytest.mark.skip(reason="only PostgreSQL can do it"))
        if item.get_closest_marker("redis") and not settings.REDIS_URL:
            item.add_marker(pytest.mark.skip(reason="needs Redis"))


def pytest_collection_finish():
    """What was loaded stays to the end: as in the product (council/asgi.py), the collector need not walk through it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)


def function_of(item) -> str:
    """The name of a test without its parameters."""
    return item.nodeid.partition("[")[0]


if os.environ.get("DEAR_WRITE"):
    # The first test of a process pays for the database and the imports, so nothing is said of it.
    _first = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(item, nextitem):
        began = os.times()[:4]
        try:
            return (yield)
        finally:
            seconds = sum(os.times()[:4]) - sum(began)
            name = function_of(item)
            if _first and seconds > DEAR_SECONDS and name not in DEAR and not name.startswith(CENTRAL):
                DEAR.add(name)
                with DEAR_LIST.open("a") as kept:
                    kept.write(name + "\n")
            _first.append(name)


@pytest.fixture(autouse=True)
def empty_cache():
    """Nobody inherits another test's throttle or rendered page."""
    cache.clear()


class SignedInClient(Client):
    """A browser. `force_login` stands for a sign-in with password and, for the office, second factor."""

    def force_login(self, user, backend=None, second_factor=True):
        """`second_factor=False` leaves it out; give("sitting:…") adds the one of a sitting."""
        from council import second_factor as factor

        super().force_login(user, backend)
        self.signed_in_as = user
        self.prove()
        if second_factor and factor.is_privileged_anywhere(user):
            self.give(factor.OFFICE)

    def prove(self, minutes_ago=0):
        """Note that the person gave the password now, or some minutes ago."""
        session = self.session
        session.pop(AUTHENTICATION_METHODS_SESSION_KEY, None)
        record_authentication(SimpleNamespace(session=session), self.signed_in_as, method="password")
        session[AUTHENTICATION_METHODS_SESSION_KEY][0]["at"] -= minutes_ago * 60
        session.save()

    def give(self, scope):
        """Note the second factor of the person signed in, for a scope."""
        from council import second_factor as factor

        factor.grant(user=self.signed_in_as, session_key=self.session.session_key, scope=scope)


@pytest.fixture
def client():
    return SignedInClient()


@pytest.fixture
def council(db):
    """A province's council with a running term and its plenary body."""
    return builders.council()


@pytest.fixture
def other_council(db):
    """A commune's council beside it."""
    return builders.council(name="Hội đồng nhân dân xã Châu Sơn", short_name="HĐND xã Châu Sơn", level="commune")


@pytest.fixture
def delegates(council):
    """Five delegates with seats A01 to A05, members of the plenary."""
    return [builders.delegate(council, n) for n in range(1, 6)]


@pytest.fixture
def delegate(delegates):
    return delegates[0]


@pytest.fixture
def office(council):
    return builders.person(council, "office", role="office")


@pytest.fixture
def chair(council):
    return builders.person(council, "chair", role="session_chair")


@pytest.fixture
def secretary(council):
    return builders.person(council, "secretary", role="session_secretary")


@pytest.fixture
def administrator(council):
    return builders.person(council, "administrator", role="administrator")


@pytest.fixture
def agency(council):
    return builders.agency(council, "SXD", "Sở Xây dựng")


@pytest.fixture
def agency_clerk(council, agency):
    return builders.person(council, "clerk", role="agency_clerk", agency=agency)


@pytest.fixture
def council_session(council, office):
    return builders.council_session(council, by=office)


@pytest.fixture
def sitting(council_session):
    """The first sitting, with three agenda items, not opened yet."""
    return council_session.sittings.get(number=1)


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings):
    """On SQLite the database of this process starts as a copy that has every migration."""
    if connection.vendor != "sqlite":
        return False
    place_migrated(Path(connection.settings_dict["TEST"]["NAME"]))
    return True


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Between tests SQLite is emptied with DELETE, which the record's guard refuses: lift that one.

    tests/council/test_audit.py puts it back for the test that shows it.
    """
    with django_db_blocker.unblock():
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("DROP TRIGGER IF EXISTS audit_no_delete")
        else:
            connection.ops.sql_flush = sql_flush_of_few_rows


def sql_flush_of_few_rows(style, tables, *, reset_sequences=False, allow_cascade=False):
    """Empty the tables that hold something. TRUNCATE takes a file per table and index: a quarter of a second for all."""
    rows = "\n".join(
        f"IF EXISTS (SELECT FROM {name}) THEN DELETE FROM {name}; END IF;" for name in map('"{}"'.format, tables)
    )
    return [
        "SET session_replication_role = replica",  # neither foreign keys nor the record's guard
        f"DO $$ BEGIN {rows} END $$",
        "SET session_replication_role = DEFAULT",
    ]
