"""A delegate's tablet in a secret vote, in Python: what the browser does, by the RFCs alone. Imports no product code.

tablet = Tablet(manifest)                  # as GET /phieu-kin/<poll> gives it
tablet.request()                           # body for …/nhan
tablet.take(answer["blind_sig"])           # unblinds and checks the issuer's signature
body = tablet.ballot(["1"])                # body for …/bo
tablet.check_ack(body, answer)             # the box's receipt
"""

import base64
import hashlib
import json
import os
import secrets
import uuid

from cryptography.hazmat.primitives import hashes, hpke, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SUITE = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_128_GCM)
ECDSA = ec.ECDSA(hashes.SHA256())
HASH, SALT = "sha384", 48


def b64u(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64u(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def canonical(content) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def point(key) -> bytes:
    public = key.public_key() if hasattr(key, "public_key") else key
    return public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def load_point(data: bytes):
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data)


# --- RFC 9474, the client's side -------------------------------------------------------------------


def _mgf1(seed: bytes, length: int) -> bytes:
    blocks = (hashlib.new(HASH, seed + i.to_bytes(4)).digest() for i in range(-(-length // 48)))
    return b"".join(blocks)[:length]


def emsa_pss(message: bytes, bits: int, salt: bytes) -> bytes:
    """EMSA-PSS-ENCODE (RFC 8017, 9.1.1) with SHA-384."""
    size = -(-bits // 8)
    hashed = hashlib.new(HASH, message).digest()
    inner = hashlib.new(HASH, bytes(8) + hashed + salt).digest()
    data = bytes(size - len(salt) - 48 - 2) + b"\x01" + salt
    masked = bytearray(a ^ b for a, b in zip(data, _mgf1(inner, len(data)), strict=True))
    masked[0] &= 0xFF >> (8 * size - bits)
    return bytes(masked) + inner + b"\xbc"


def blind(n: int, e: int, message: bytes, *, salt: bytes | None = None, r: int | None = None) -> tuple[bytes, int]:
    """Blind (RFC 9474, 4.2): the blinded message and the inverse to keep."""
    size = (n.bit_length() + 7) // 8
    salt = os.urandom(SALT) if salt is None else salt
    m = int.from_bytes(emsa_pss(message, n.bit_length() - 1, salt))
    r = r or secrets.randbelow(n - 2) + 2
    return (m * pow(r, e, n) % n).to_bytes(size), pow(r, -1, n)


def finalize(n: int, e: int, message: bytes, blind_sig: bytes, inverse: int, salt: int = SALT) -> bytes:
    """Finalize (RFC 9474, 4.4): the signature, checked. InvalidSignature when the issuer cheated."""
    signature = (int.from_bytes(blind_sig) * inverse % n).to_bytes(len(blind_sig))
    public = rsa.RSAPublicNumbers(e, n).public_key()
    public.verify(signature, message, padding.PSS(padding.MGF1(hashes.SHA384()), salt), hashes.SHA384())
    return signature


# --- Shamir over GF(256) ---------------------------------------------------------------------------


def _times(a: int, b: int) -> int:
    out = 0
    while b:
        if b & 1:
            out ^= a
        a = (a << 1) ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return out


def split(secret: bytes, places=(1, 2, 3)) -> list[bytes]:
    """Shares of which any two give the secret."""
    slopes = os.urandom(len(secret))
    return [
        bytes([x]) + bytes(s ^ _times(slope, x) for s, slope in zip(secret, slopes, strict=True)) for x in places
    ]


class Tablet:
    """One delegate's ballot, from the key pair to the receipt."""

    def __init__(self, manifest: dict):
        self.manifest = manifest
        self.poll = uuid.UUID(manifest["poll"]).bytes
        self.n = int.from_bytes(unb64u(manifest["issuer"]["n"]))
        self.e = int.from_bytes(unb64u(manifest["issuer"]["e"]))
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.prefix = os.urandom(32)
        message = b"nghi-truong/ballot/1" + self.poll + point(self.key)
        self.message = self.prefix + message
        self.blinded, self._inverse = blind(self.n, self.e, self.message)
        self.token = b""

    @property
    def digest(self) -> str:
        return hashlib.sha256(canonical(self.manifest)).hexdigest()

    def request(self) -> dict:
        return {"blinded": b64u(self.blinded), "manifest": self.digest}

    def take(self, blind_sig: str) -> bytes:
        self.token = finalize(self.n, self.e, self.message, unb64u(blind_sig), self._inverse)
        return self.token

    def ballot(self, choice, *, plain: bytes | None = None) -> dict:
        """The sealed body; `plain` instead of a choice for what no honest tablet sends."""
        if plain is None:
            plain = canonical({"choice": choice})
        plain = plain.ljust(self.manifest["padded"])
        secret, mine = os.urandom(32), point(self.key)
        cipher = AESGCM(secret).encrypt(bytes(12), plain, self.poll + mine)
        whole = self.manifest["threshold"] == 1
        shares = dict(zip(("t1", "t2", "t3"), split(secret), strict=True))
        sealed = {}
        for recipient in self.manifest["recipients"]:
            slot = recipient["id"]
            part = secret if whole or slot == "code" else shares[slot]
            info = b"nghi-truong/share/1" + self.poll + mine
            sealed[slot] = b64u(SUITE.encrypt(part, load_point(unb64u(recipient["key"])), info))
        body = {
            "key": b64u(mine),
            "prefix": b64u(self.prefix),
            "token": b64u(self.token),
            "sealed": {"c": b64u(cipher), "k": b64u(hashlib.sha256(secret).digest()), "shares": sealed},
        }
        return self.sign(body)

    def sign(self, body: dict) -> dict:
        body = {k: v for k, v in body.items() if k != "sig"}
        r, s = decode_dss_signature(self.key.sign(canonical(body), ECDSA))
        return body | {"sig": b64u(r.to_bytes(32) + s.to_bytes(32))}

    def check_ack(self, body: dict, answer: dict) -> None:
        """InvalidSignature or AssertionError unless the box acknowledged exactly this ballot."""
        digest = hashlib.sha256(canonical(body)).hexdigest()
        assert answer["ballot"] == digest
        ack = unb64u(answer["ack"])
        pair = encode_dss_signature(int.from_bytes(ack[:32]), int.from_bytes(ack[32:]))
        message = b"nghi-truong/ack/1" + self.poll + bytes.fromhex(digest)
        load_point(unb64u(self.manifest["box"])).verify(pair, message, ECDSA)


# What no honest tablet writes, and what whoever counts must make of it in an election of persons 1 and 2, two seats.
ODD = {
    b'{"choice":["1"],"x":1}': None,
    b'\xef\xbb\xbf{"choice":["1"]}': None,
    b'{"choice":NaN,"choice":["1"]}': None,
    b'{"choice":["1","1"]}': None,
    b'{"choice":["1","2","3"]}': None,
    b'{"choice":{"1":"for"}}': None,
    b'{"choice":["\\ud800"]}': None,
    b'{"__proto__":{"choice":["1"]}}': None,
    b'["choice"]': None,
    b"null": None,
    b"\xff": None,
    b'{"choice":["1"],"choice":["2"]}': {"2": "for"},
    b' {"choice" :\t["2"]}': {"2": "for"},
    b'{"choice":[ ]}': {},
}


def odd_ballots(manifest: dict) -> list[tuple[dict, dict | None]]:
    """Ballots of a vote sealed to three tellers that are unlike others, each with what stands on it. The last has one
    share that its teller cannot open."""
    made = [(Tablet(manifest).ballot(None, plain=plain), read) for plain, read in ODD.items()]
    tablet = Tablet(manifest)
    body = tablet.ballot(["1"])
    foreign = tablet.ballot(["1"])["sealed"]["shares"]["t2"]
    body["sealed"]["shares"] |= {"t1": foreign}
    return [*made, (tablet.sign(body), {"1": "for"})]


class TellersTablet:
    """A teller's one-time key: made before the opening, published after the close."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())

    @property
    def public(self) -> str:
        return b64u(point(self.key))

    @property
    def secret(self) -> str:
        return b64u(self.key.private_numbers().private_value.to_bytes(32))


# --- Over HTTP, with Django's test client ------------------------------------------------------------


def post(client, path: str, content: dict, **more):
    return client.post(path, json.dumps(content), content_type="application/json", **more)


def take_ballot(client, poll: str) -> Tablet:
    """The whole first phase on one delegate's browser."""
    tablet = Tablet(client.get(f"/phieu-kin/{poll}").json()["manifest"])
    answer = post(client, f"/phieu-kin/{poll}/nhan", tablet.request())
    assert answer.status_code == 200, answer.content.decode()
    tablet.take(answer.json()["blind_sig"])
    return tablet


def cast(client, poll: str, body: dict):
    """The second phase: from a browser without cookies."""
    return post(client, f"/phieu-kin/{poll}/bo", body)
