"""What is shipped for a data centre: the compose file and the proxy's configuration say what they should."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = "deploy/production.env.example"

compose = pytest.mark.skipif(not shutil.which("docker-compose"), reason="docker-compose is not installed")
caddy = pytest.mark.skipif(not shutil.which("caddy"), reason="caddy is not installed")
pytestmark = pytest.mark.slow


def run(*command, **environment):
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False
    )


def proxy_configuration(**environment):
    """The proxy's configuration as Caddy understands it."""
    answer = run("caddy", "adapt", "--config", "deploy/Caddyfile", SITE="hdnd.example.vn", **environment)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def upstreams(node, path=()):
    """Each upstream with the paths that lead to it."""
    found = []
    if isinstance(node, list):
        return [pair for part in node for pair in upstreams(part, path)]
    if isinstance(node, dict):
        for match in node.get("match", []) if isinstance(node.get("match"), list) else []:
            path = tuple(match.get("path", path))
        if node.get("handler") == "reverse_proxy":
            found.append((path, node["upstreams"][0]["dial"]))
        for value in node.values():
            found += upstreams(value, path)
    return found


@compose
def test_the_compose_file_is_valid():
    answer = run("docker-compose", "config", "-q", ENV_FILE=EXAMPLE)

    assert answer.returncode == 0, answer.stderr


@compose
def test_everything_that_the_product_needs_is_in_the_compose_file():
    answer = run("docker-compose", "config", "--services", ENV_FILE=EXAMPLE)

    assert set(answer.stdout.split()) == {
        "setup", "web", "live", "relay", "worker", "papers", "postgres", "redis", "proxy"
    }  # fmt: skip


@compose
def test_only_the_proxy_can_be_reached_from_outside():
    published = run("docker-compose", "config", ENV_FILE=EXAMPLE).stdout.count("published:")
    text = (ROOT / "docker-compose.yml").read_text()

    assert text.count("ports:") == 1
    assert published in (0, 2)


def test_production_starts_empty_with_debug_off():
    text = (ROOT / "Dockerfile").read_text() + (ROOT / EXAMPLE).read_text()

    assert "DEBUG=0" in text
    assert "DEMO=0" in text
    assert "DEBUG=1" not in text and "DEMO=1" not in text


def test_the_image_does_not_run_as_root():
    assert "\nUSER app\n" in (ROOT / "Dockerfile").read_text()


@caddy
@pytest.mark.parametrize("tls_line", ["", "tls internal"])
def test_the_proxys_configuration_is_valid(tls_line, tmp_path):
    answer = run("caddy", "validate", "--config", "deploy/Caddyfile", TLS_LINE=tls_line, HOME=str(tmp_path))

    assert answer.returncode == 0, answer.stderr


@caddy
def test_sockets_live_pages_and_ballots_go_to_the_asgi_side_and_the_rest_to_pages():
    found = upstreams(proxy_configuration())

    assert (("/ws/*", "/live/*", "/bo-phieu/*", "/phieu-kin/*", "/mang-theo/*"), "live:8000") in found
    assert ((), "web:8000") in found


@caddy
def test_41_the_proxy_writes_no_line_about_a_sealed_ballot():
    written = json.dumps(proxy_configuration())

    assert "phieu-kin/[0-9a-f-]+/bo$" in written and '"skip_log": true' in written


@caddy
def test_the_proxy_logs_neither_addresses_nor_headers():
    written = json.dumps(proxy_configuration()["logging"])

    for field in ("headers", "uri", "remote_ip"):
        assert f'"request>{field}": {{"filter": "delete"}}' in written
