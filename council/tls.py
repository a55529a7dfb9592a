"""A certificate for the hall's own network, from an authority that this machine makes itself.

Tablets keep papers offline and take push messages only over HTTPS, and no public authority signs for 192.168.…
So the machine makes a small authority once, people trust it once on each tablet (council/trust.py leads them), and
the server's certificate is renewed under it without anybody noticing.

What limits the harm if the authority's key is stolen: it may only speak for private addresses, this machine's own
and names of the local network (critical name constraints), it lives two years, and its key file is readable by its owner alone.

Needs no Django: scripts/serve.py calls it before the settings are known.
"""

import ipaddress
import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LIFE = timedelta(days=730)
SERVER_LIFE = timedelta(days=397)  # the longest that browsers accept
RENEW_BEFORE = timedelta(days=30)
CLOCK_SKEW = timedelta(days=1)  # a tablet whose clock is a little behind

PRIVATE = [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "127.0.0.0/8",
    "fc00::/7",
    "fe80::/10",
    "::1/128",
]
LOCAL_NAMES = ["localhost", "local", "lan", "internal", "home.arpa"]


class TlsFault(Exception):
    """A reason, in words for the operator, why no certificate can be used."""


@dataclass(frozen=True)
class ServerCertificate:
    """Where the server's certificate lies, for which names (the address for people first), and whether it is new."""

    certificate: Path
    key: Path
    authority: Path | None  # None when the operator brought the certificate
    names: list[str]
    renewed: bool = False


# --- names


def own_names() -> list[str]:
    """The addresses and names of this machine in its network, the one to show to people first."""
    names = [name for name in os.environ.get("LAN_NAMES", "").split(",") if name]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; asks which address faces the network
            names.append(probe.getsockname()[0])
        except OSError:
            pass
    host = socket.gethostname().split(".")[0].lower()
    names += [f"{host}.local", "localhost", "127.0.0.1", "::1"]
    return list(dict.fromkeys(names))


def networks_for(names: list[str]) -> list[str]:
    """The networks that an authority may speak for: private ones, and this machine's own address when it is odd."""
    addresses = [ipaddress.ip_address(name) for name in names if is_address(name)]
    odd = [a for a in addresses if not any(a in ipaddress.ip_network(net) for net in PRIVATE)]
    return PRIVATE + [str(ipaddress.ip_network(address)) for address in odd]


def is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_local(name: str) -> bool:
    """Tell whether a name is one of a local network; a name of the Internet wants a public authority."""
    return name.rsplit(".", 1)[-1] in LOCAL_NAMES or name.endswith(".home.arpa")


def permits(authority: x509.Certificate, names: list[str]) -> bool:
    """Tell whether an authority's constraints let it speak for all these addresses."""
    found = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees
    networks = [general.value for general in found if isinstance(general, x509.IPAddress)]
    return all(any(ipaddress.ip_address(n) in net for net in networks) for n in names if is_address(n))


def general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def names_in(certificate: x509.Certificate) -> set[str]:
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(found.get_values_for_type(x509.DNSName)) | {
        str(address) for address in found.get_values_for_type(x509.IPAddress)
    }


# --- files


def check_key_file(path: Path) -> None:
    """Refuse a key that others on this machine can read (security 96)."""
    if path.stat().st_mode & 0o077:
        raise TlsFault(f"{path} must be readable by its owner only: chmod 600 {path}")


def write(path: Path, content: bytes, mode: int) -> None:
    """Put a file in place whole; a key is never, not for a moment, readable by others."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    fresh.replace(path)


def write_pair(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey, stem: Path) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write(stem.with_suffix(".key"), pem, 0o600)
    write(stem.with_suffix(".crt"), certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def read_pair(stem: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None:
    crt, key = stem.with_suffix(".crt"), stem.with_suffix(".key")
    if not (crt.exists() and key.exists()):
        return None
    check_key_file(key)
    pair = (
        x509.load_pem_x509_certificate(crt.read_bytes()),
        serialization.load_pem_private_key(key.read_bytes(), password=None),
    )
    # Written one after the other: power lost in between leaves two that do not belong together.
    return pair if pair[0].public_key() == pair[1].public_key() else None


# --- certificates


def builder(subject: x509.Name, issuer: x509.Name, key, now: datetime, until: datetime):
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def usage(**allowed: bool) -> x509.KeyUsage:
    fields = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement "
        "key_cert_sign crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**{field: allowed.get(field, False) for field in fields.split()})


def make_authority(now: datetime, names: list[str]):
    """Make an authority that can sign for this network only."""
    key = ec.generate_private_key(ec.SECP256R1())
    title = f"Nghị Trường {socket.gethostname().split('.')[0]} {now:%d.%m.%Y}"
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title[:64])])
    permitted = [x509.IPAddress(ipaddress.ip_network(net)) for net in networks_for(names)]
    permitted += [x509.DNSName(local) for local in LOCAL_NAMES]
    certificate = (
        builder(name, name, key, now, now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate, key


def make_server(names: list[str], authority: x509.Certificate, authority_key, now: datetime):
    """Make the server's certificate for its names, never outliving the authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    until = min(now + SERVER_LIFE - CLOCK_SKEW, authority.not_valid_after_utc)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    signer = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    certificate = (
        builder(subject, authority.subject, key, now, until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([general_name(name) for name in names]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(signer), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    return certificate, key


def still_good(server: x509.Certificate, names: list[str], authority: x509.Certificate, now: datetime) -> bool:
    try:
        server.verify_directly_issued_by(authority)
    except Exception:  # whatever is wrong with it, a new one is made
        return False
    return set(names) <= names_in(server) and server.not_valid_after_utc - now > RENEW_BEFORE


def ensure(folder: Path, names: list[str] | None = None, now: datetime | None = None) -> ServerCertificate:
    """Give a certificate for this machine, making or renewing what is missing, expired or for another address.

    A new authority is made only when there is none, it ends within 30 days, or the machine moved to an address
    outside private networks: each tablet must trust it again.
    Raises TlsFault for a key that others can read and for a name of the Internet.
    """
    now, names = now or datetime.now(UTC), names or own_names()
    foreign = [name for name in names if not is_address(name) and not is_local(name)]
    if foreign:
        raise TlsFault(
            f"{', '.join(foreign)} is not a name of a local network: "
            "bring a certificate of a public authority with TLS_CERT and TLS_KEY"
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    authority = read_pair(folder / "ca")
    ending = authority and authority[0].not_valid_after_utc - now <= RENEW_BEFORE
    if authority is None or ending or not permits(authority[0], names):
        authority = make_authority(now, names)
        write_pair(*authority, folder / "ca")

    server = read_pair(folder / "server")
    renewed = server is None or not still_good(server[0], names, authority[0], now)
    if renewed:
        write_pair(*make_server(names, *authority, now), folder / "server")
    return ServerCertificate(folder / "server.crt", folder / "server.key", folder / "ca.crt", names, renewed)


def brought(certificate: Path, key: Path) -> ServerCertificate:
    """Take the operator's own certificate (TLS_CERT, TLS_KEY) after looking at it; its names come from it."""
    for path in (certificate, key):
        if not path.exists():
            raise TlsFault(f"{path} does not exist")
    check_key_file(key)
    parsed = x509.load_pem_x509_certificate(certificate.read_bytes())
    private = serialization.load_pem_private_key(key.read_bytes(), password=None)
    if parsed.public_key() != private.public_key():
        raise TlsFault(f"{key} does not belong to {certificate}")
    if parsed.not_valid_after_utc <= datetime.now(UTC):
        raise TlsFault(f"{certificate} has expired on {parsed.not_valid_after_utc:%Y-%m-%d}")
    names = sorted(name for name in names_in(parsed) if not name.startswith("*."))
    return ServerCertificate(certificate, key, None, names or own_names())


def from_environment(data_folder: Path) -> ServerCertificate:
    """The certificate to serve with: the operator's own when TLS_CERT names one, else this machine's."""
    certificate, key = os.environ.get("TLS_CERT"), os.environ.get("TLS_KEY")
    if bool(certificate) != bool(key):
        raise TlsFault("TLS_CERT and TLS_KEY belong together: set both or neither")
    if certificate:
        return brought(Path(certificate), Path(key))
    return ensure(data_folder / "tls")


def fingerprint(path: Path) -> str:
    """The SHA-256 of a certificate in groups that a person can compare."""
    digest = x509.load_pem_x509_certificate(path.read_bytes()).fingerprint(hashes.SHA256())
    return digest.hex(" ", 2).upper()
