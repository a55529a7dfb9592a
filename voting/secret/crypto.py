"""The arithmetic of a secret vote: blind signatures, sealing, shares, signatures. No database, no settings.

RFC 9474 (RSABSSA-SHA384-PSS-Randomized), RFC 9180 (base mode, P-256, HKDF-SHA256, AES-128-GCM), ECDSA P-256.
Bytes go over the line as base64url without padding. Every refusal is a ValueError that says nothing of the secret.
"""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass

import gmpy2
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hpke, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ISSUER_BITS = 3072
ISSUER_BYTES = ISSUER_BITS // 8
PREFIX_BYTES = 32  # the randomizer that the tablet puts before the message (RFC 9474, 4.1)
POINT_BYTES = 65  # an uncompressed point of P-256
SCALAR_BYTES = 32
SIGNATURE_BYTES = 64
SUITE = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_128_GCM)
SEALED_KEY_BYTES = POINT_BYTES + 32 + 16  # enc || ciphertext of 32 bytes || tag
SEALED_SHARE_BYTES = SEALED_KEY_BYTES + 1
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_ISSUER_PSS = padding.PSS(padding.MGF1(hashes.SHA384()), 48)
_ECDSA = ec.ECDSA(hashes.SHA256())


class Unsound(Exception):
    """A signature that does not verify with the own public key: it never leaves the server."""


# --- Bytes and texts -----------------------------------------------------------------------------


def b64u(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64u(text: str, size: int | None = None) -> bytes:
    """The bytes behind a text; ValueError unless it is exactly what `b64u` writes, of the wanted size."""
    if not isinstance(text, str):
        raise ValueError("not a text")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64u(data) != text or (size is not None and len(data) != size):
        raise ValueError("not base64url of the wanted size")
    return data


def canonical(content) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def digest(content) -> str:
    """SHA-256 (hex) over canonical JSON."""
    return hashlib.sha256(canonical(content)).hexdigest()


# --- The issuer: one blind signature for each delegate ---------------------------------------------


@dataclass(frozen=True)
class Issuer:
    """The private key that signs blinded ballot keys."""

    n: int
    e: int
    p: int
    q: int
    dp: int
    dq: int
    qinv: int

    @classmethod
    def from_numbers(cls, numbers: rsa.RSAPrivateNumbers) -> "Issuer":
        public = numbers.public_numbers
        return cls(public.n, public.e, numbers.p, numbers.q, numbers.dmp1, numbers.dmq1, numbers.iqmp)

    @classmethod
    def load(cls, der: bytes) -> "Issuer":
        key = serialization.load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)  # our own
        return cls.from_numbers(key.private_numbers())

    @property
    def size(self) -> int:
        return (self.n.bit_length() + 7) // 8


def new_issuer() -> bytes:
    """A fresh issuer key as DER; takes up to a second, hence the pool."""
    key = rsa.generate_private_key(65537, ISSUER_BITS)
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def blind_sign(issuer: Issuer, blinded: bytes) -> bytes:
    """BlindSign of RFC 9474: the private operation on a blinded message.

    The base is blinded once more, exponents run in constant time, and the result is checked with the
    public key: a fault in the arithmetic would give the private key away. ValueError: not a number
    below the modulus. Unsound: the check failed.
    """
    if len(blinded) != issuer.size:
        raise ValueError("of the wrong size")
    n, p, q = gmpy2.mpz(issuer.n), gmpy2.mpz(issuer.p), gmpy2.mpz(issuer.q)
    m = gmpy2.mpz(int.from_bytes(blinded))
    if not 0 < m < n or gmpy2.gcd(m, n) != 1:
        raise ValueError("out of range")
    r = gmpy2.mpz(secrets.randbelow(issuer.n - 2) + 2)
    hidden = m * gmpy2.powmod(r, issuer.e, n) % n
    with gmpy2.context(gmpy2.get_context(), allow_release_gil=True):  # a hall asks at once
        left = gmpy2.powmod_sec(hidden, issuer.dp, p)
        right = gmpy2.powmod_sec(hidden, issuer.dq, q)
    s = right + (left - right) * issuer.qinv % p * q
    s = s * gmpy2.invert(r, n) % n
    if gmpy2.powmod(s, issuer.e, n) != m:
        raise Unsound("a blind signature did not verify")
    return int(s).to_bytes(issuer.size)


def verify_token(n: int, e: int, message: bytes, token: bytes) -> bool:
    """Whether the issuer signed a message (with its randomizer before it): RSASSA-PSS, SHA-384, salt 48."""
    try:
        rsa.RSAPublicNumbers(e, n).public_key().verify(token, message, _ISSUER_PSS, hashes.SHA384())
    except (InvalidSignature, ValueError):
        return False
    return True


# --- Points, signatures ----------------------------------------------------------------------------


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def point(key: ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey) -> bytes:
    """The public key as 65 bytes, uncompressed."""
    public = key.public_key() if isinstance(key, ec.EllipticCurvePrivateKey) else key
    return public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def load_point(data: bytes) -> ec.EllipticCurvePublicKey:
    """ValueError unless it is an uncompressed point on the curve."""
    if len(data) != POINT_BYTES:
        raise ValueError("not an uncompressed point")
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data)


def scalar(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_numbers().private_value.to_bytes(SCALAR_BYTES)


def load_scalar(data: bytes) -> ec.EllipticCurvePrivateKey:
    """ValueError unless it is a private key of the curve."""
    if len(data) != SCALAR_BYTES or not 0 < int.from_bytes(data) < _ORDER:
        raise ValueError("not a private key")
    return ec.derive_private_key(int.from_bytes(data), ec.SECP256R1())


def sign(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    r, s = decode_dss_signature(key.sign(message, _ECDSA))
    return r.to_bytes(32) + s.to_bytes(32)


def verify(key: ec.EllipticCurvePublicKey, message: bytes, signature: bytes) -> bool:
    if len(signature) != SIGNATURE_BYTES:
        return False
    pair = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    try:
        key.verify(pair, message, _ECDSA)
    except InvalidSignature:
        return False
    return True


# --- Sealing ---------------------------------------------------------------------------------------


def unseal(key: ec.EllipticCurvePrivateKey, sealed: bytes, info: bytes) -> bytes:
    """What was sealed to a key (enc || ciphertext). ValueError when it was not, or was changed."""
    try:
        return SUITE.decrypt(sealed, key, info)
    except (InvalidTag, ValueError) as fault:
        raise ValueError("cannot be opened") from fault


def seal(key: ec.EllipticCurvePublicKey, plain: bytes, info: bytes) -> bytes:
    return SUITE.encrypt(plain, key, info)


def decrypt(key: bytes, cipher: bytes, aad: bytes) -> bytes:
    """AES-256-GCM with a key that seals one text only, hence the nonce of zeros."""
    try:
        return AESGCM(key).decrypt(bytes(12), cipher, aad)
    except (InvalidTag, ValueError) as fault:
        raise ValueError("cannot be decrypted") from fault


def encrypt(key: bytes, plain: bytes, aad: bytes) -> bytes:
    return AESGCM(key).encrypt(bytes(12), plain, aad)


CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
CODE_LENGTH = 26  # 130 bits


def tidy_code(text: str) -> str:
    """A printed code as it was typed, without separators and with its look-alikes put right. ValueError."""
    code = "".join(text.upper().replace("-", "").split())
    code = code.translate(str.maketrans({"O": "0", "I": "1", "L": "1"}))
    if len(code) != CODE_LENGTH or set(code) - set(CODE_ALPHABET):
        raise ValueError("not a code")
    return code


def key_of_code(code: str) -> ec.EllipticCurvePrivateKey:
    """The key pair behind a printed code: DeriveKeyPair of RFC 9180 over a digest of the code."""
    return derive_key_pair(hashlib.sha256(b"nghi-truong/code/1" + code.encode()).digest())


def derive_key_pair(seed: bytes) -> ec.EllipticCurvePrivateKey:
    """DeriveKeyPair of RFC 9180, 7.1.3, for DHKEM(P-256, HKDF-SHA256)."""
    suite = b"KEM" + (0x0010).to_bytes(2)
    extracted = hmac.digest(bytes(32), b"HPKE-v1" + suite + b"dkp_prk" + seed, "sha256")
    for counter in range(256):
        label = SCALAR_BYTES.to_bytes(2) + b"HPKE-v1" + suite + b"candidate" + bytes([counter])
        candidate = hmac.digest(extracted, label + b"\x01", "sha256")  # HKDF-Expand, one block
        if 0 < int.from_bytes(candidate) < _ORDER:
            return load_scalar(candidate)
    raise ValueError("no key from this seed")


# --- Shares: any two of three ----------------------------------------------------------------------


def combine(shares: list[bytes]) -> bytes:
    """The secret behind shares (x || values) of a polynomial over GF(256), read at zero. ValueError."""
    places = [share[0] for share in shares]
    if len(set(places)) != len(places) or 0 in places or len({len(share) for share in shares}) != 1:
        raise ValueError("shares do not fit together")
    out = bytearray(len(shares[0]) - 1)
    for share in shares:
        factor = 1
        for other in places:
            if other != share[0]:
                factor = _times(factor, _over(other, other ^ share[0]))
        for place, value in enumerate(share[1:]):
            out[place] ^= _times(factor, value)
    return bytes(out)


def _times(a: int, b: int) -> int:
    """Multiplication in GF(256) modulo x^8 + x^4 + x^3 + x + 1."""
    product = 0
    for _bit in range(8):
        product ^= a * (b & 1)
        a = (a << 1) ^ (0x11B * (a >> 7))
        b >>= 1
    return product


def _over(a: int, b: int) -> int:
    inverse = b
    for _step in range(6):  # b^254
        inverse = _times(_times(inverse, inverse), b)
    return _times(a, _times(inverse, inverse))
