"""The plain page that leads a tablet through trusting the machine says that, and nothing else."""

import http.client
import plistlib
import threading

import pytest
from cryptography import x509

from council import tls, trust


@pytest.fixture
def made(tmp_path):
    return tls.ensure(tmp_path / "tls", ["192.168.7.20", "localhost"])


@pytest.fixture
def ask(made):
    """Ask the running listener: method and path in, status, headers and body out."""
    known = trust.answers(authority=made.authority, host="192.168.7.20", port=8080, https_port=8443)
    server = trust.listener(known, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()

    def asked(path, method="GET"):
        line = http.client.HTTPConnection(*server.server_address, timeout=5)
        line.request(method, path, body=b"x=1" if method == "POST" else None)
        answer = line.getresponse()
        body = answer.read()
        line.close()
        return answer.status, dict(answer.getheaders()), body

    yield asked
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_page_names_the_address_and_the_fingerprint(ask, made):
    status, headers, body = ask("/")
    page = body.decode()

    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert "https://192.168.7.20:8443/" in page
    assert tls.fingerprint(made.authority) in page
    assert page.count('<img src="data:image/svg+xml') == 2
    assert "<script" not in page


def test_android_gets_the_public_certificate(ask, made):
    status, headers, body = ask("/nghi-truong.crt")

    assert status == 200
    assert headers["Content-Type"] == "application/x-x509-ca-cert"
    assert x509.load_der_x509_certificate(body) == x509.load_pem_x509_certificate(made.authority.read_bytes())


def test_an_ipad_gets_a_profile_with_the_same_certificate(ask, made):
    status, headers, body = ask("/nghi-truong.mobileconfig")
    payload = plistlib.loads(body)["PayloadContent"][0]

    assert status == 200
    assert headers["Content-Type"] == "application/x-apple-aspen-config"
    assert payload["PayloadType"] == "com.apple.security.root"
    assert payload["PayloadContent"] == ask("/nghi-truong.crt")[2]


@pytest.mark.parametrize(
    "path", ["/ca.key", "/../data/tls/ca.key", "/static/../council/settings.py", "/tai-khoan/login/", "/api/v1/"]
)
def test_nothing_else_is_served(ask, path):
    assert ask(path)[0] == 404


def test_nothing_can_be_sent_to_it(ask):
    assert ask("/", method="POST")[0] == 501


def test_every_file_that_the_page_names_is_there(ask):
    page = ask("/")[2].decode()
    for link in [part.split('"')[0] for part in page.split('href="')[1:]]:
        if link.startswith("/"):
            assert ask(link)[0] == 200, link
