"""HTTPS in the hall: an authority of the machine's own, narrow, renewed, and trusted by a real TLS client."""

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from council import tls

NAMES = ["192.168.7.20", "nghi-truong.local", "localhost", "127.0.0.1", "::1"]
NOW = datetime.now(UTC)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "tls"


def parsed(path):
    return x509.load_pem_x509_certificate(path.read_bytes())


def handshake(server_certificate, authority, name):
    """One real TLS handshake over a socket pair: gives the protocol, or raises what the client found."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(server_certificate.certificate, server_certificate.key)
    client = ssl.create_default_context(cafile=authority)
    ours, theirs = socket.socketpair()

    def serve():
        try:
            with serving.wrap_socket(theirs, server_side=True) as line:
                line.recv(1)
        except (ssl.SSLError, OSError):
            pass

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with client.wrap_socket(ours, server_hostname=name) as line:
            line.send(b"x")
            return line.version()
    finally:
        ours.close()
        thread.join()


@pytest.mark.parametrize("name", ["192.168.7.20", "nghi-truong.local", "127.0.0.1"])
def test_a_tablet_that_trusts_the_authority_trusts_the_server(folder, name):
    made = tls.ensure(folder, NAMES)

    assert handshake(made, made.authority, name) == "TLSv1.3"


def test_a_tablet_that_does_not_trust_the_authority_is_warned(folder, tmp_path):
    made = tls.ensure(folder, NAMES)
    another = tls.ensure(tmp_path / "another", NAMES)

    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(made, another.authority, "192.168.7.20")


def test_the_authority_cannot_speak_for_a_public_name(folder):
    """Its key, stolen, is worth nothing outside the local network."""
    tls.ensure(folder, NAMES)
    authority, key = tls.read_pair(folder / "ca")
    certificate, server_key = tls.make_server(["ngan-hang.example.vn"], authority, key, NOW)
    tls.write_pair(certificate, server_key, folder / "stolen")
    stolen = tls.ServerCertificate(folder / "stolen.crt", folder / "stolen.key", None, [])

    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        handshake(stolen, folder / "ca.crt", "ngan-hang.example.vn")


def test_the_server_certificate_lives_no_longer_than_browsers_accept(folder):
    made = tls.ensure(folder, NAMES, NOW)

    server, authority = parsed(made.certificate), parsed(made.authority)

    assert server.not_valid_after_utc - server.not_valid_before_utc <= timedelta(days=397)
    assert authority.not_valid_after_utc - NOW <= timedelta(days=730)


def test_a_second_start_keeps_the_certificate(folder):
    first = tls.ensure(folder, NAMES)
    before = first.certificate.read_bytes()

    again = tls.ensure(folder, NAMES)

    assert first.renewed
    assert not again.renewed
    assert again.certificate.read_bytes() == before


def test_a_new_address_renews_the_server_and_keeps_the_authority(folder):
    before = tls.ensure(folder, NAMES)
    authority = before.authority.read_bytes()

    after = tls.ensure(folder, ["10.0.0.5", *NAMES[1:]])

    assert after.renewed
    assert after.authority.read_bytes() == authority
    assert handshake(after, after.authority, "10.0.0.5") == "TLSv1.3"


def test_a_certificate_near_its_end_is_renewed(folder):
    tls.ensure(folder, NAMES, NOW)

    assert not tls.ensure(folder, NAMES, NOW + timedelta(days=360)).renewed
    assert tls.ensure(folder, NAMES, NOW + timedelta(days=370)).renewed


def test_an_authority_near_its_end_is_replaced_with_its_server(folder):
    before = tls.ensure(folder, NAMES, NOW).authority.read_bytes()

    after = tls.ensure(folder, NAMES, NOW + timedelta(days=705))

    assert after.renewed
    assert after.authority.read_bytes() != before


def test_a_server_never_outlives_its_authority(folder):
    tls.ensure(folder, NAMES, NOW)

    late = tls.ensure(folder, NAMES, NOW + timedelta(days=600))

    assert parsed(late.certificate).not_valid_after_utc == parsed(late.authority).not_valid_after_utc


def test_keys_are_readable_by_their_owner_only(folder):
    made = tls.ensure(folder, NAMES)

    assert made.key.stat().st_mode & 0o777 == 0o600
    assert (folder / "ca.key").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_key_that_others_can_read_is_refused_in_words(folder):
    made = tls.ensure(folder, NAMES)
    made.key.chmod(0o644)

    with pytest.raises(tls.TlsFault, match="chmod 600"):
        tls.ensure(folder, NAMES)


def test_halves_that_do_not_belong_together_are_made_anew(folder):
    """Power lost between the two files of a pair."""
    made = tls.ensure(folder, NAMES)
    (folder / "server.key").unlink()
    tls.write(folder / "server.key", (folder / "ca.key").read_bytes(), 0o600)

    assert tls.ensure(folder, NAMES).renewed
    assert handshake(made, made.authority, "192.168.7.20") == "TLSv1.3"


def test_a_name_of_the_internet_asks_for_the_operators_own_certificate(folder):
    with pytest.raises(tls.TlsFault, match="TLS_CERT"):
        tls.ensure(folder, ["hdnd.example.vn"])


def test_a_machine_with_an_odd_address_gets_an_authority_for_exactly_that_one(folder):
    """Some offices hand out addresses that are not private; the authority still speaks for no neighbour."""
    before = tls.ensure(folder, NAMES).authority.read_bytes()
    made = tls.ensure(folder, ["203.0.113.9", *NAMES[1:]])

    assert made.authority.read_bytes() != before
    assert handshake(made, made.authority, "203.0.113.9") == "TLSv1.3"
    assert not tls.permits(parsed(made.authority), ["203.0.113.10"])


def test_the_operators_own_certificate_is_served(folder, tmp_path, monkeypatch):
    own = tls.ensure(folder, NAMES)
    monkeypatch.setenv("TLS_CERT", str(own.certificate))
    monkeypatch.setenv("TLS_KEY", str(own.key))

    found = tls.from_environment(tmp_path)

    assert found.certificate == own.certificate
    assert found.authority is None
    assert "192.168.7.20" in found.names
    assert not (tmp_path / "tls" / "ca.key").is_file() or folder == tmp_path / "tls"


def test_a_certificate_without_its_key_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("TLS_CERT", "/etc/ssl/own.crt")
    monkeypatch.delenv("TLS_KEY", raising=False)

    with pytest.raises(tls.TlsFault, match="belong together"):
        tls.from_environment(tmp_path)


def test_a_key_of_another_certificate_is_refused(folder, tmp_path):
    one, two = tls.ensure(folder, NAMES), tls.ensure(tmp_path / "two", NAMES)

    with pytest.raises(tls.TlsFault, match="does not belong"):
        tls.brought(one.certificate, two.key)


def test_an_expired_certificate_of_the_operator_is_refused(folder):
    authority, key = tls.make_authority(NOW - timedelta(days=500), NAMES)
    folder.mkdir()
    tls.write_pair(*tls.make_server(NAMES, authority, key, NOW - timedelta(days=500)), folder / "old")

    with pytest.raises(tls.TlsFault, match="expired"):
        tls.brought(folder / "old.crt", folder / "old.key")
