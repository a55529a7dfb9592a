"""One sealed ballot: its form, its checks, what is signed, how it is opened and read. Pure; see the realtime docs.

A ballot is the JSON body that the tablet sends: `key` (its own public key), `prefix` and `token` (the issuer's
signature over that key), `sealed` (the choice), `sig` (the ballot key's signature over the rest).
"""

import hashlib
import json
import uuid
from dataclasses import dataclass

from voting.count_rules import CHOICES_ON_SHEET, ELECTION, Sheets
from voting.secret import crypto
from voting.secret.crypto import b64u, unb64u

MAX_BYTES = 16 * 1024
STEP = 64  # plaintexts are padded to a multiple of it
FIELDS = {"key", "prefix", "token", "sealed", "sig"}
PARTS = {"c", "k", "shares"}
SERVER, CODE = "server", "code"
TELLERS = ("t1", "t2", "t3")


class Unfit(ValueError):
    """A ballot that cannot be taken; `code` says why: "unfit", "bad_signature", "bad_token"."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Manifest:
    """What the box checks a ballot against, read from the frozen manifest."""

    poll: bytes  # the uuid's 16 bytes
    n: int
    e: int
    recipients: frozenset[str]
    threshold: int
    padded: int

    @classmethod
    def read(cls, manifest: dict) -> "Manifest":
        return cls(
            uuid.UUID(manifest["poll"]).bytes,
            int.from_bytes(unb64u(manifest["issuer"]["n"])),
            int.from_bytes(unb64u(manifest["issuer"]["e"])),
            frozenset(recipient["id"] for recipient in manifest["recipients"]),
            manifest["threshold"],
            manifest["padded"],
        )


@dataclass(frozen=True)
class Sealed:
    """A ballot that was checked. `place` is the digest of its key, `digest` that of the whole body (hex)."""

    place: str
    digest: str
    body: str  # canonical JSON


def message(poll: bytes, key: bytes) -> bytes:
    """What the issuer signs blindly, before the randomizer."""
    return b"nghi-truong/ballot/1" + poll + key


def share_info(poll: bytes, key: bytes) -> bytes:
    return b"nghi-truong/share/1" + poll + key


def ack_message(poll: bytes, digest: str) -> bytes:
    """What the box signs when a ballot lies in it."""
    return b"nghi-truong/ack/1" + poll + bytes.fromhex(digest)


def parse(raw: bytes) -> dict:
    """The body of a request as a dict. Unfit: too big, no JSON, other fields."""
    if len(raw) > MAX_BYTES:
        raise Unfit("unfit")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise Unfit("unfit") from None
    if not isinstance(body, dict) or set(body) != FIELDS:
        raise Unfit("unfit")
    return body


def check(body: dict, manifest: Manifest) -> Sealed:
    """Everything about a ballot that can be told without opening it. Unfit with the reason."""
    try:
        key = unb64u(body["key"], crypto.POINT_BYTES)
        public = crypto.load_point(key)
        prefix = unb64u(body["prefix"], crypto.PREFIX_BYTES)
        token = unb64u(body["token"], crypto.ISSUER_BYTES)
        signature = unb64u(body["sig"], crypto.SIGNATURE_BYTES)
        _refuse_other_shape(body["sealed"], manifest)
    except (ValueError, TypeError):
        raise Unfit("unfit") from None
    if not crypto.verify(public, crypto.canonical({k: v for k, v in body.items() if k != "sig"}), signature):
        raise Unfit("bad_signature")
    if not crypto.verify_token(manifest.n, manifest.e, prefix + message(manifest.poll, key), token):
        raise Unfit("bad_token")
    text = crypto.canonical(body)
    return Sealed(hashlib.sha256(key).hexdigest(), hashlib.sha256(text).hexdigest(), text.decode())


def _refuse_other_shape(sealed, manifest: Manifest) -> None:
    """Every ballot of a vote has the same parts of the same length: sizes tell nothing (security 43)."""
    if not isinstance(sealed, dict) or set(sealed) != PARTS or not isinstance(sealed["shares"], dict):
        raise ValueError("other parts")
    if set(sealed["shares"]) != manifest.recipients:
        raise ValueError("other recipients")
    unb64u(sealed["c"], manifest.padded + 16)
    unb64u(sealed["k"], 32)
    for recipient, share in sealed["shares"].items():
        whole = manifest.threshold == 1 or recipient == CODE
        unb64u(share, crypto.SEALED_KEY_BYTES if whole else crypto.SEALED_SHARE_BYTES)


def open_ballot(body: dict, manifest: Manifest, keys: dict) -> bytes:
    """The plaintext, by the private keys of recipients ({id: key}). ValueError: it does not open."""
    key, sealed = unb64u(body["key"]), body["sealed"]
    info, aad = share_info(manifest.poll, key), manifest.poll + key
    for secret in _candidates(sealed["shares"], manifest, keys, info):
        if hashlib.sha256(secret).digest() == unb64u(sealed["k"]):
            return crypto.decrypt(secret, unb64u(sealed["c"]), aad)
    raise ValueError("no keys open it")


def _candidates(shares: dict, manifest: Manifest, keys: dict, info: bytes):
    """The ballot's own key, as whole shares give it and as any two of three do."""
    opened = {}
    for recipient, key in sorted(keys.items()):
        try:
            opened[recipient] = crypto.unseal(key, unb64u(shares[recipient]), info)
        except ValueError:
            continue
    for recipient, secret in opened.items():
        if manifest.threshold == 1 or recipient == CODE:
            yield secret
    parts = [opened[slot] for slot in TELLERS if slot in opened]
    for first in range(len(parts)):
        for second in range(first + 1, len(parts)):
            try:
                yield crypto.combine([parts[first], parts[second]])
            except ValueError:
                continue


def padded_bytes(kind: str, nominees: list[str]) -> int:
    """The length that every plaintext of a vote is padded to: room for the longest choice, and some more."""
    if kind == ELECTION:
        longest = {"choice": nominees}
    else:
        widest = max(CHOICES_ON_SHEET[kind], key=len)
        longest = {"choice": dict.fromkeys(nominees, widest)}
    return -(-(len(crypto.canonical(longest)) + STEP) // STEP) * STEP


def read_choice(plain: bytes, kind: str, nominees: list[str], seats: int) -> dict[str, str] | None:
    """{nominee: choice} of a ballot; empty for a blank one, None for an invalid one."""
    try:
        said = json.loads(plain.rstrip(b" ").decode(), parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or set(said) != {"choice"}:
        return None
    choice = said["choice"]
    if kind == ELECTION:
        if not isinstance(choice, list) or not all(isinstance(key, str) for key in choice):
            return None
        if len(set(choice)) != len(choice) or set(choice) - set(nominees) or len(choice) > seats:
            return None
        return dict.fromkeys(choice, "for")
    if not isinstance(choice, dict) or set(choice) - set(nominees):
        return None
    if any(not isinstance(one, str) or one not in CHOICES_ON_SHEET[kind] for one in choice.values()):
        return None
    return choice


def _refuse(word: str):
    raise ValueError(word)  # NaN and Infinity are no JSON: a browser that counts again does not read them


def count(choices: list[dict[str, str] | None], *, kind: str, nominees: list[str], handed_out: int) -> Sheets:
    """The count of opened ballots (None: invalid), in the form in which tellers write theirs down."""
    figures = {key: dict.fromkeys(CHOICES_ON_SHEET[kind], 0) for key in nominees}
    for choice in choices:
        for key, one in (choice or {}).items():
            figures[key][one] += 1
    invalid = sum(choice is None for choice in choices)
    blank = sum(choice == {} for choice in choices)
    return Sheets(handed_out, len(choices), len(choices) - blank - invalid, blank, invalid, figures)


def key_text(key) -> str:
    """A private key as it is published."""
    return b64u(crypto.scalar(key))
