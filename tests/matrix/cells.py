"""Ask every address as every role, and say in one word what came of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.shortcuts import resolve_url
from django.test import Client, RequestFactory
from django.test.client import ClientHandler
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from council import second_factor
from tests.matrix.world import ROLES, World

# A route that shows different things by a word in its address is asked with each.
VARIANTS = {
    "sessions:live": [{"audience": word} for word in ("delegate", "desk", "roll", "wall", "public")],
    "sessions:import_template": [{"kind": word} for word in ("json", "xlsx")],
}
# Objects of a body that the person does not belong to, and things of another delegate.
BOARD_KWARGS = {"pk", "council_session", "sitting", "slug", "public_id"}
OTHERS = {"council:revoke_device", "sessions:mark"}
NOT_SERVED = {"account_signup"}
WRITES = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)"?', re.IGNORECASE)


@dataclass(frozen=True)
class Route:
    """One address: its name (with the variant's word), its pattern and its kwargs."""

    name: str
    pattern: str
    kwargs: tuple[str, ...]
    variant: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        return f"{self.name}[{self.variant[0][1]}]" if self.variant else self.name

    @property
    def is_api(self) -> bool:
        return self.pattern.startswith("api/")

    @property
    def methods(self) -> tuple[str, ...]:
        return ("GET", "POST", "PUT") if self.is_api else ("GET", "POST")

    @property
    def targets(self) -> list[str]:
        """Whose things are asked for: the own council's always, the others where an address names a thing."""
        named = set(self.kwargs) - {"audience", "kind", "number", "secret", "uidb36", "key", "year"}
        if self.name.startswith("mfa_"):
            named = set()
        found = ["own"]
        if named:
            found.append("foreign")
        if named & BOARD_KWARGS and self.name.startswith("sessions:"):
            found.append("board")
        if self.name in OTHERS:
            found.append("other")
        return found

    def roles(self, target: str, own: dict[str, str]) -> list[str]:
        """Who is asked: everybody for the own council's things; for others' whoever comes in there, and a few."""
        if target == "own":
            return list(ROLES)
        few = ("anonymous", "delegate", "office", "agency_clerk", "administrator")
        return [role for role in ROLES if role in few or own.get(role) == "in"]


def routes() -> list[Route]:
    """Every address of the house, from the resolver."""
    found = []
    for name, pattern, kwargs in _walk(get_resolver()):
        for variant in VARIANTS.get(name, [{}]):
            found.append(Route(name, pattern, kwargs, tuple(variant.items())))
    return found


def _walk(resolver, prefix="", namespace=()) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for entry in resolver.url_patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = (*namespace, entry.namespace) if entry.namespace else namespace
            yield from _walk(entry, pattern, inner)
        elif isinstance(entry, URLPattern):
            kwargs = tuple(re.findall(r"<(?:\w+:)?(\w+)>", pattern))
            yield ":".join((*namespace, entry.name or pattern)), pattern, kwargs


def address(world: World, route: Route, target: str) -> str:
    """The address of a route for a target's things."""
    things = world.things["own"] | (world.things[target] if target != "own" else {})
    values = {}
    for name in route.kwargs:
        special = world.special.get(route.name, {}).get(name)
        if special is not None and target in ("own", "foreign"):
            values[name] = special[target]
        else:
            values[name] = things.get(name, 1) if not route.name.startswith("mfa_") else 1
    return reverse(route.name, kwargs=values | dict(route.variant))


class Browser(RequestFactory):
    """A client that loads the house once and keeps no copies of what was rendered."""

    handler = None

    def request(self, **request):
        if Browser.handler is None:
            Browser.handler = ClientHandler(enforce_csrf_checks=False)
        return Browser.handler(self._base_environ(**request))


class Asker:
    """Sign-ins made once; each question is asked in a transaction that is taken back."""

    def __init__(self, world: World):
        self.world = world
        self.cookies = {}
        for role in ROLES[1:]:
            client, user = Client(), world.people[role]
            client.force_login(user)
            if second_factor.is_privileged_anywhere(user):
                for scope in (second_factor.OFFICE, *world.rooms):
                    second_factor.grant(user=user, session_key=client.session.session_key, scope=scope)
            self.cookies[role] = client.cookies[settings.SESSION_COOKIE_NAME].value

    def ask(self, route: Route, method: str, role: str, target: str):
        """(word, response, tables written) of one request."""
        browser = Browser()
        if role != "anonymous":
            browser.cookies[settings.SESSION_COOKIE_NAME] = self.cookies[role]
        written: set[str] = set()

        def watch(execute, sql, params, many, context):
            if found := WRITES.match(sql):
                written.add(found[1].lower())
            return execute(sql, params, many, context)

        cache.clear()
        url = address(self.world, route, target)
        content = {"content_type": "application/json"} if route.is_api and method != "GET" else {}
        with taken_back(), connection.execute_wrapper(watch):
            response = getattr(browser, method.lower())(url, {}, **content)
        return word(response), response, written


class taken_back(transaction.Atomic):  # noqa: N801  (reads like a word)
    """A transaction that is always rolled back, in which outermost verbs may run."""

    def __init__(self):
        super().__init__(using=None, savepoint=True, durable=False)
        self._from_testcase = True

    def __exit__(self, *fault):
        transaction.set_rollback(True)
        super().__exit__(*fault)


def word(response) -> str:
    """in, login, step (second factor asked), refused, missing, method, busy or broken."""
    status = response.status_code
    if status in (301, 302):
        place = response["Location"]
        if place.startswith(resolve_url(settings.LOGIN_URL)):
            return "login"
        if place.startswith(reverse("council:step_up")):
            return "step"
        return "in"
    if status >= 500:
        return "broken"
    return {401: "login", 403: "refused", 404: "missing", 405: "method", 429: "busy"}.get(status, "in")


def compact(words: dict[str, str]):
    """A row of the matrix: one word for all, or roles by word with the commonest as "*"."""
    by_word: dict[str, list[str]] = {}
    for role, said in words.items():
        by_word.setdefault(said, []).append(role)
    if len(by_word) == 1:
        return next(iter(by_word))
    most = max(by_word, key=lambda said: (len(by_word[said]), said != "in"))
    return {said: "*" if said == most else roles for said, roles in by_word.items()}


def expanded(row) -> dict[str, str]:
    """The word of each role in a row of the matrix."""
    if isinstance(row, str):
        return dict.fromkeys(ROLES, row)
    default = next((said for said, roles in row.items() if roles == "*"), "in no row")
    words = dict.fromkeys(ROLES, default)
    for said, roles in row.items():
        if roles != "*":
            words |= dict.fromkeys(roles, said)
    return words


def as_path(pattern: str) -> str:
    """A pattern as the schema writes it: api/v1/petitions/{code}."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", pattern)


def as_toml(rows: dict[str, dict]) -> str:
    """The rows in the form of matrix.toml."""

    def value(row) -> str:
        if isinstance(row, str):
            return f'"{row}"'
        parts = []
        for said, roles in row.items():
            named = '"*"' if roles == "*" else "[" + ", ".join(f'"{role}"' for role in roles) + "]"
            parts.append(f"{said} = {named}")
        return "{ " + ", ".join(parts) + " }"

    lines = []
    for key, methods in rows.items():
        lines.append(f'[route."{key}"]')
        lines += [f"{name} = {value(row)}" for name, row in methods.items()]
        lines.append("")
    return "\n".join(lines)
