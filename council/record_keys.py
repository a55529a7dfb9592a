"""The key of a session's record: ECDSA P-256 with SHA-256, made with the chain's first entry.

The private key lies in the chain's row, sealed under a key that is derived from SECRET_KEY: a copy of the
database alone signs nothing. It signs heads of the chain and nothing else (docs/record.md, "Signature").
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)
from django.conf import settings

from council.models import AuditChain


class LostKey(Exception):
    """The key cannot be opened with this installation's SECRET_KEY, nor with an earlier one that is set."""


_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def make(chain: AuditChain) -> None:
    """Give a chain its key; the caller saves the row."""
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    chain.public_key = b64u(point)
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    chain.sealed_key = _safe().encrypt(der).decode()


def sign(chain: AuditChain, message: bytes) -> str:
    """The signature over a message, r and s as 64 bytes in base64url; the same message, the same signature. LostKey.

    `s` is the smaller of its two values, so that nobody can make a second valid signature of the first.
    """
    try:
        der = _safe().decrypt(chain.sealed_key.encode())
    except InvalidToken:
        raise LostKey(chain.key) from None
    key = load_der_private_key(der, password=None)
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))
    s = min(s, _ORDER - s)
    return b64u(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def b64u(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _safe() -> MultiFernet:
    """What seals the keys; SECRET_KEY_FALLBACKS still open what an earlier SECRET_KEY sealed."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    derived = [hashlib.sha256(b"nghi-truong/record-key/" + secret.encode()).digest() for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])
