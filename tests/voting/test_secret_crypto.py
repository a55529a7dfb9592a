"""The arithmetic of secret votes against the RFCs' own vectors."""

import json
import math
import os
import time
import uuid
from bisect import bisect
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature

from tests.voting import secret_client as client
from voting.secret import ballots, crypto

VECTORS = json.loads((Path(__file__).parent.parent / "data" / "rfc9474.json").read_text())
BLIND = {row["name"]: row for row in VECTORS}


def issuer_of(row) -> crypto.Issuer:
    p, q, d, n, e = (int(row[name], 16) for name in ("p", "q", "d", "n", "e"))
    return crypto.Issuer(n, e, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))


@pytest.fixture(scope="module")
def issuer():
    return crypto.Issuer.load(crypto.new_issuer())


@pytest.mark.parametrize("name", ["RSABSSA-SHA384-PSS-Randomized", "RSABSSA-SHA384-PSS-Deterministic"])
def test_47_the_vectors_of_rfc_9474_pass(name):
    row = BLIND[name]
    key, message = issuer_of(row), bytes.fromhex(row["prepared_msg"])
    r = pow(int(row["inv"], 16), -1, key.n)

    blinded, inverse = client.blind(key.n, key.e, message, salt=bytes.fromhex(row["salt"]), r=r)
    assert blinded.hex() == row["blinded_msg"]
    assert crypto.blind_sign(key, blinded).hex() == row["blind_sig"]

    token = client.finalize(key.n, key.e, message, bytes.fromhex(row["blind_sig"]), inverse)
    assert token.hex() == row["sig"]
    assert crypto.verify_token(key.n, key.e, message, token)
    assert row["prepared_msg"].endswith(row["msg"])


def test_47_a_wrong_result_never_leaves_the_server(issuer):
    """A fault in one half of the arithmetic would give the private key away (Boneh, DeMillo, Lipton)."""
    broken = crypto.Issuer(issuer.n, issuer.e, issuer.p, issuer.q, issuer.dp + 2, issuer.dq, issuer.qinv)
    blinded, _inverse = client.blind(issuer.n, issuer.e, b"x")

    assert crypto.blind_sign(issuer, blinded)
    with pytest.raises(crypto.Unsound):
        crypto.blind_sign(broken, blinded)


@pytest.mark.parametrize("what", [b"", b"\x00" * 384, b"\xff" * 384, b"\x01" * 383])
def test_a_blinded_message_out_of_range_is_refused(issuer, what):
    with pytest.raises(ValueError):
        crypto.blind_sign(issuer, what)


def test_a_token_of_another_issuer_or_another_message_is_none(issuer):
    blinded, inverse = client.blind(issuer.n, issuer.e, b"message")
    signature = crypto.blind_sign(issuer, blinded)

    token = client.finalize(issuer.n, issuer.e, b"message", signature, inverse)
    other = crypto.Issuer.load(crypto.new_issuer())

    assert crypto.verify_token(issuer.n, issuer.e, b"message", token)
    assert not crypto.verify_token(issuer.n, issuer.e, b"massage", token)
    assert not crypto.verify_token(other.n, other.e, b"message", token)
    with pytest.raises(InvalidSignature):
        client.finalize(issuer.n, issuer.e, b"massage", signature, inverse)


def test_what_the_issuer_sees_is_the_same_for_every_ballot_key(issuer):
    """Any blinded message could have been made from any key: there is a blinding factor for each."""
    size = issuer.size
    blinded, _inverse = client.blind(issuer.n, issuer.e, b"one", salt=bytes(48))
    other = int.from_bytes(client.emsa_pss(b"two", issuer.n.bit_length() - 1, bytes(48)))
    d = pow(issuer.e, -1, (issuer.p - 1) * (issuer.q - 1))

    r = pow(int.from_bytes(blinded) * pow(other, -1, issuer.n), d, issuer.n)

    assert (other * pow(r, issuer.e, issuer.n) % issuer.n).to_bytes(size) == blinded


def test_derive_key_pair_gives_the_key_of_rfc_9180():
    """Appendix A.3.1: DHKEM(P-256, HKDF-SHA256), the ephemeral key."""
    seed = bytes.fromhex("4270e54ffd08d79d5928020af4686d8f6b7d35dbe470265f1f5aa22816ce860e")

    key = crypto.derive_key_pair(seed)

    assert crypto.scalar(key).hex() == "4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb"


def test_any_two_of_three_shares_give_the_secret_and_one_does_not():
    secret = os.urandom(32)
    one, two, three = client.split(secret)

    for pair in ((one, two), (two, three), (three, one)):
        assert crypto.combine(list(pair)) == secret
    assert one[1:] != secret
    with pytest.raises(ValueError):
        crypto.combine([one, one])


def test_what_is_sealed_for_one_ballot_does_not_open_in_another():
    key = crypto.new_key()
    info = ballots.share_info(bytes(16), b"a" * 65)
    sealed = client.SUITE.encrypt(b"k" * 32, client.load_point(crypto.point(key)), info)

    assert crypto.unseal(key, sealed, info) == b"k" * 32
    for wrong in (ballots.share_info(bytes(16), b"b" * 65), ballots.share_info(b"\x01" * 16, b"a" * 65)):
        with pytest.raises(ValueError):
            crypto.unseal(key, sealed, wrong)
    with pytest.raises(ValueError):
        crypto.unseal(crypto.new_key(), sealed, info)


@pytest.mark.parametrize(
    "typed", ["0123456789ABCDEFGHJKMNPQRS", "0123-4567-89ab-cdef-ghjk-mnpq-rs", " oi23 456789ABCDEFGHJKMNPQRS "]
)
def test_a_code_is_read_as_people_type_it(typed):
    assert crypto.tidy_code(typed) == "0123456789ABCDEFGHJKMNPQRS"


@pytest.mark.parametrize("typed", ["", "0123", "U" * 26, "0" * 27])
def test_what_is_no_code_is_refused(typed):
    with pytest.raises(ValueError):
        crypto.tidy_code(typed)


@pytest.mark.parametrize("text", ["AA==", "A", "AB", "A A", "é", 3])
def test_bytes_have_one_spelling(text):
    with pytest.raises(ValueError):
        crypto.unb64u(text)


# --- What stands on a ballot -----------------------------------------------------------------------

NOMINEES = ["1", "2", "3"]


def read(content, kind="election", seats=2):
    plain = content if isinstance(content, bytes) else json.dumps(content).encode()
    return ballots.read_choice(plain + b"   ", kind, NOMINEES, seats)


def test_a_ballot_is_valid_blank_or_invalid():
    assert read({"choice": ["1", "3"]}) == {"1": "for", "3": "for"}
    assert read({"choice": []}) == {}
    assert read({"choice": {"2": "high"}}, "rating") == {"2": "high"}
    assert read({"choice": {}}, "removal") == {}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"choice": ["1", "2", "3"]}, "election"),  # more than there are seats
        ({"choice": ["1", "1"]}, "election"),
        ({"choice": ["4"]}, "election"),
        ({"choice": "1"}, "election"),
        ({"choice": [["1"]]}, "election"),
        ({"choice": {"1": "high"}}, "election"),
        ({"choice": {"1": "best"}}, "rating"),
        ({"choice": {"9": "high"}}, "rating"),
        ({"choice": {"1": ["high"]}}, "rating"),
        ({"choice": ["1"]}, "removal"),
        ({"choice": [], "name": "A"}, "election"),
        (["1"], "election"),
        (b"", "election"),
        (b"\xff\xfe", "election"),
        (b"[" * 5000, "election"),
    ],
)
def test_what_cannot_be_read_is_invalid(content, kind):
    assert read(content, kind) is None


def test_the_count_of_opened_ballots_adds_up():
    said = [{"1": "for"}, {"1": "for", "2": "for"}, {}, None]

    count = ballots.count(said, kind="election", nominees=NOMINEES, handed_out=5)

    assert (count.handed_out, count.collected, count.valid, count.blank, count.invalid) == (5, 4, 2, 1, 1)
    assert count.figures == {"1": {"for": 2}, "2": {"for": 1}, "3": {"for": 0}}


@pytest.mark.parametrize("kind", ["election", "dismissal", "removal", "rating", "confidence"])
def test_43_the_longest_choice_of_a_hundred_persons_fits_into_the_padding(kind):
    nominees = [str(n) for n in range(1, 101)]
    padded = ballots.padded_bytes(kind, nominees)
    widest = max(ballots.CHOICES_ON_SHEET[kind], key=len)
    choice = nominees if kind == "election" else dict.fromkeys(nominees, widest)

    assert len(client.canonical({"choice": choice})) < padded < 4000


@pytest.mark.slow
def test_43_the_time_of_the_checks_does_not_tell_the_choice(issuer):
    """Two choices, in turn: the two distributions of times are one (Kolmogorov-Smirnov)."""
    nominees = [{"key": key, "name": key, "note": ""} for key in NOMINEES]
    recipient = client.TellersTablet()
    manifest = {
        "v": 1, "poll": str(uuid.uuid4()), "kind": "election", "sheet": {"nominees": nominees, "seats": 3},
        "issuer": {"n": client.b64u(issuer.n.to_bytes(issuer.size)), "e": "AQAB"}, "threshold": 1, "padded": 128,
        "recipients": [{"id": "server", "key": recipient.public, "name": ""}],
    }  # fmt: skip
    tablet, read_manifest = client.Tablet(manifest), ballots.Manifest.read(manifest)
    tablet.take(crypto.b64u(crypto.blind_sign(issuer, tablet.blinded)))
    bodies = [(choice, tablet.ballot(choice)) for _n in range(300) for choice in ([], NOMINEES)]
    times = {0: [], 3: []}
    for choice, body in bodies:
        begun = time.process_time_ns()
        ballots.check(body, read_manifest)
        times[len(choice)].append(time.process_time_ns() - begun)

    blank, full = sorted(times[0]), sorted(times[3])
    apart = max(abs(bisect(blank, t) - bisect(full, t)) / 300 for t in blank + full)

    assert apart < 2.2 * math.sqrt(2 / 300)  # one in ten thousand would be further apart by chance
