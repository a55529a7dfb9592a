"""Secret ballots on tablets, checked and counted again: blind tokens, sealed ballots, the published keys.

RFC 9474 (RSABSSA-SHA384-PSS-Randomized), RFC 9180 (base mode, P-256, HKDF-SHA256, AES-128-GCM), ECDSA P-256, and
Shamir's shares over GF(256). What is what stands in docs/record.md, "Secret ballots".
"""

import hashlib
import hmac
import json
import uuid

import aes
import p256
from record import Bad, b64u, canonical, is_number, sha256

TELLERS = ("t1", "t2", "t3")


class Box:
    """The ballot box of one secret vote, as the record tells of it."""

    def __init__(self, said: dict):
        self.secrecy, self.box, self.issuer = said["secrecy"], said["box"], said["issuer"]
        self.registered: dict[str, str] = {}  # slot -> public key, the last one that was registered
        self.published: dict[str, str] = {}  # slot -> private key, after the close
        self.bodies: list[dict] = []

    def register(self, said: dict) -> None:
        if self.secrecy != "tellers":
            raise Bad("cuộc này không dùng khóa của Ban kiểm phiếu")
        self.registered[said["slot"]] = said["key"]

    def open(self, manifest: dict, digest: str, poll) -> None:
        """The manifest must be that of this vote, with the keys that the record has named before."""
        if sha256(manifest) != digest or manifest["poll"] != poll.name:
            raise Bad("mã của bản kê khai không khớp với nội dung")
        sheet = poll.terms["sheet"]
        nominees = [[one["key"], one["name"], one["note"]] for one in manifest["sheet"]["nominees"]]
        fits = (
            manifest["question"] == poll.question
            and manifest["kind"] == poll.kind
            and manifest["rule"] == poll.rule
            and manifest["roll_hash"] == poll.frozen_hash
            and manifest["mode"] == self.secrecy == poll.secrecy
            and nominees == [[str(order), name, note] for order, name, note in sheet["nominees"]]
            and manifest["sheet"]["seats"] == sheet["seats"]
            and [one["key"] for one in manifest["sheet"]["choices"]] == list(sheet["choices"])
        )
        if not fits:
            raise Bad("bản kê khai khác với những gì đã chốt khi mở")
        modulus = b64u(manifest["issuer"]["n"])
        if manifest["box"] != self.box or hashlib.sha256(modulus).hexdigest() != self.issuer:
            raise Bad("khóa phát phiếu hoặc khóa của hòm phiếu khác với khóa đã ghi lúc chuẩn bị")
        self.n, self.e = int.from_bytes(modulus, "big"), int.from_bytes(b64u(manifest["issuer"]["e"]), "big")
        if self.n.bit_length() != 3072 or self.e != 65537:
            raise Bad("khóa phát phiếu không đủ mạnh")
        self.keys = {one["id"]: one["key"] for one in manifest["recipients"]}
        self._check_recipients(manifest)
        self.poll, self.padded = uuid.UUID(poll.name).bytes, manifest["padded"]

    def _check_recipients(self, manifest: dict) -> None:
        slots = set(self.keys)
        if len(manifest["recipients"]) != len(slots):
            raise Bad("một khóa mở phiếu được ghi hai lần")
        if self.secrecy == "server":
            fits = slots == {"server"}
        else:
            fits = slots in ({*TELLERS}, {"code"}, {*TELLERS, "code"})
            fits = fits and all(self.registered.get(slot) == key for slot, key in self.keys.items())
        if not fits or manifest["threshold"] != (2 if slots & {*TELLERS} else 1):
            raise Bad("khóa mở phiếu trong bản kê khai khác với khóa đã ghi vào sổ")
        self.threshold = manifest["threshold"]

    def close(self, said: dict, bodies: list) -> None:
        """All ballots that lay in the box: as many as were cast, each signed, each handed out, none twice."""
        self.handed_out, self.cast = said["handed_out"], said["cast"]
        if not is_number(self.cast) or not is_number(self.handed_out) or self.cast > self.handed_out:
            raise Bad("trong hòm có nhiều phiếu hơn số đã phát")
        if self.handed_out > said["present"]:
            raise Bad("số phiếu đã phát nhiều hơn số đại biểu có mặt")
        digests = [sha256(body) for body in bodies]
        if len(bodies) != self.cast or digests != sorted(digests) or sha256(digests) != said["ballots"]:
            raise Bad(f"các phiếu kín trong tệp không phải là {self.cast} phiếu đã ghi lúc kết thúc")
        if len({body["key"] for body in bodies}) != len(bodies):
            raise Bad("có hai phiếu cùng một khóa")
        for body, digest in zip(bodies, digests, strict=True):
            self._check_ballot(body, digest[:8].upper())
        self.bodies = bodies

    def _check_ballot(self, body: dict, code: str) -> None:
        if set(body) != {"key", "prefix", "token", "sealed", "sig"}:
            raise Bad(f"phiếu kín {code} không đúng mẫu")
        key, rest = b64u(body["key"]), {name: value for name, value in body.items() if name != "sig"}
        if not p256.verify(key, canonical(rest).encode(), b64u(body["sig"]), low_s=False):
            raise Bad(f"phiếu kín {code} không có chữ ký đúng của chính nó")
        message = b64u(body["prefix"]) + b"nghi-truong/ballot/1" + self.poll + key
        if len(b64u(body["prefix"])) != 32 or not verify_pss(self.n, self.e, message, b64u(body["token"])):
            raise Bad(f"phiếu kín {code} không phải do hội đồng phát ra")

    def publish(self, slot: str, secret: str) -> None:
        """A private key that its holder has published; it must be that of the manifest."""
        number = int.from_bytes(b64u(secret), "big")
        point = p256.multiply(number, p256.G) if 0 < number < p256.N else None
        if point is None or encode(point) != b64u(self.keys[slot]):
            raise Bad("khóa mở phiếu được công bố không phải là khóa đã ghi trong bản kê khai")
        self.published[slot] = secret

    def count(self, said: dict, keys: dict, poll) -> None:
        """Open every ballot with the published keys and count; it must be what the record says."""
        if self.secrecy == "server":
            for slot, secret in keys.items():
                self.publish(slot, secret)
        if keys != self.published:
            raise Bad("khóa dùng để mở phiếu khác với khóa đã công bố")
        if not set(keys) & {"server", "code"} and len(keys) < self.threshold:
            raise Bad("chưa đủ khóa để mở phiếu")
        people = [str(order) for order, _name, _note in poll.terms["sheet"]["nominees"]]
        choices = tuple(poll.terms["sheet"]["choices"])
        figures = {person: dict.fromkeys(choices, 0) for person in people}
        blank = invalid = 0
        for body in self.bodies:
            marked = self._choice(body, poll.kind, people, choices, poll.terms["sheet"]["seats"])
            blank, invalid = blank + (marked == {}), invalid + (marked is None)
            for person, choice in (marked or {}).items():
                figures[person][choice] += 1
        found = {
            "handed_out": self.handed_out,
            "collected": self.cast,
            "valid": self.cast - blank - invalid,
            "blank": blank,
            "invalid": invalid,
            "figures": figures,
        }
        if found != said:
            raise Bad("mở và đếm lại các phiếu kín được con số khác với sổ ghi")

    def _choice(self, body: dict, kind: str, people: list, choices: tuple, seats: int) -> dict | None:
        """Whom a ballot marks and how: {} where it is blank, None where it cannot be opened or read."""
        try:
            told = json.loads(self._open(body).rstrip(b" ").decode(), parse_constant=_refuse)
        except (ValueError, TypeError, KeyError, RecursionError):
            return None
        if not isinstance(told, dict) or set(told) != {"choice"}:
            return None
        said = told["choice"]
        if kind == "election":
            if not isinstance(said, list) or not all(isinstance(one, str) for one in said):
                return None
            fits = len(said) <= seats and len(set(said)) == len(said) and set(said) <= set(people)
            return dict.fromkeys(said, "for") if fits else None
        if not isinstance(said, dict) or not set(said) <= set(people):
            return None
        return said if all(isinstance(one, str) and one in choices for one in said.values()) else None

    def _open(self, body: dict) -> bytes:
        key, sealed = b64u(body["key"]), body["sealed"]
        info, aad = b"nghi-truong/share/1" + self.poll + key, self.poll + key
        opened = {}
        for slot, secret in self.published.items():
            try:
                opened[slot] = unseal(b64u(secret), b64u(self.keys[slot]), b64u(sealed["shares"][slot]), info)
            except ValueError:
                continue
        whole = [value for slot, value in opened.items() if self.threshold == 1 or slot == "code"]
        parts = [opened[slot] for slot in TELLERS if slot in opened and self.threshold == 2]
        pairs = [(a, b) for n, a in enumerate(parts) for b in parts[n + 1 :]]
        for secret in whole + [combine(a, b) for a, b in pairs]:
            if secret is not None and hashlib.sha256(secret).digest() == b64u(sealed["k"]):
                return aes.decrypt(secret, bytes(12), b64u(sealed["c"]), aad)
        raise ValueError("no published key opens it")


def _refuse(word: str):
    raise ValueError(word)  # NaN and Infinity are no JSON: a browser that counts again does not read them


# --- RSASSA-PSS with SHA-384, salt of 48 bytes (RFC 8017, 9.1.2; RFC 9474) ---


def verify_pss(n: int, e: int, message: bytes, signature: bytes, salt: int = 48) -> bool:
    size, bits = (n.bit_length() + 7) // 8, n.bit_length() - 1
    number = int.from_bytes(signature, "big")
    if len(signature) != size or number >= n:
        return False
    length = (bits + 7) // 8
    encoded = pow(number, e, n)
    if encoded >> 8 * length:
        return False
    em = encoded.to_bytes(length, "big")
    if em[-1] != 0xBC or em[0] >> (8 - (8 * length - bits)):
        return False
    masked, digest = em[: length - 49], em[length - 49 : -1]
    block = bytearray(a ^ b for a, b in zip(masked, _mgf1(digest, len(masked)), strict=True))
    block[0] &= 0xFF >> (8 * length - bits)
    zeros = len(block) - salt - 1
    if zeros < 0 or any(block[:zeros]) or block[zeros] != 1:
        return False
    inner = bytes(8) + hashlib.sha384(message).digest() + bytes(block[zeros + 1 :])
    return hmac.compare_digest(hashlib.sha384(inner).digest(), digest)


def _mgf1(seed: bytes, length: int) -> bytes:
    out = b""
    while len(out) < length:
        out += hashlib.sha384(seed + (len(out) // 48).to_bytes(4, "big")).digest()
    return out[:length]


# --- HPKE, base mode, one message (RFC 9180) ---

_KEM = b"KEM" + (0x0010).to_bytes(2, "big")
_SUITE = b"HPKE" + (0x0010).to_bytes(2, "big") + (0x0001).to_bytes(2, "big") * 2


def unseal(secret: bytes, own: bytes, sealed: bytes, info: bytes) -> bytes:
    """What was sealed to the key pair (`secret`, `own`). ValueError where it was not, or was changed."""
    enc, cipher = sealed[:65], sealed[65:]
    point = p256.decode_point(enc)
    shared = point and p256.multiply(int.from_bytes(secret, "big"), point)
    if not shared:
        raise ValueError("no point of the curve")
    prk = _extract(_KEM, b"", b"eae_prk", shared[0].to_bytes(32, "big"))
    key = _expand(_KEM, prk, b"shared_secret", enc + own, 32)
    context = b"\0" + _extract(_SUITE, b"", b"psk_id_hash", b"") + _extract(_SUITE, b"", b"info_hash", info)
    prk = _extract(_SUITE, key, b"secret", b"")
    nonce = _expand(_SUITE, prk, b"base_nonce", context, 12)
    return aes.decrypt(_expand(_SUITE, prk, b"key", context, 16), nonce, cipher)


def _extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")


def _expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand of one block, which is all that is ever asked here."""
    labelled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(prk, labelled + b"\x01", "sha256")[:length]


# --- Two of three shares: a line over GF(256), read at zero ---


def combine(one: bytes, two: bytes) -> bytes | None:
    """The secret of two shares (x, then a value for each byte); None where they do not fit together."""
    x, y = one[0], two[0]
    if x == y or 0 in (x, y) or len(one) != len(two):
        return None
    left, right = _times(y, _inverse(x ^ y)), _times(x, _inverse(x ^ y))
    return bytes(_times(left, a) ^ _times(right, b) for a, b in zip(one[1:], two[1:], strict=True))


def _times(a: int, b: int) -> int:
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a = a << 1 ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return product


def _inverse(a: int) -> int:
    return next(b for b in range(1, 256) if _times(a, b) == 1)


def encode(point: tuple[int, int]) -> bytes:
    return b"\x04" + point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big")
