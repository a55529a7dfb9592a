"""Secret ballots on tablets, counted again by the independent verifier from what is published (security 36, 47)."""

import copy
import json
import uuid
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from council.models import AuditChain
from sessions import polls
from tests.sessions import hall
from tests.verify import held
from tests.verify.held import as_bytes, exported
from tests.verify.test_verify import _held as signer
from tests.verify.test_verify import resigned
from tests.voting import secret_client as tablets
from tests.voting.test_secret_vote import cast, close, fresh, hand_out, pool, spare_keys  # noqa: F401  (fixtures)
from voting import services
from voting.models import PublishedBallot
from voting.rules import Named
from voting.secret import services as secret

pytestmark = pytest.mark.django_db

CHOICES = [["1", "2"], ["1"], ["1"], ["1", "2", "3"]]  # three valid, one that marks too many


@pytest.fixture
def running(sitting, secretary, chair, delegates):
    running = hall.run(sitting, secretary, present=delegates[:4])
    held.tellers(running, chair, delegates)
    return running


def sealed_vote(running, chair, secrecy):
    people = [Named(f"Người Thứ {n}") for n in (1, 2, 3)]
    return held.prepared(
        running, chair, question="Bầu hai ủy viên", kind="election", method="tablet", secrecy=secrecy,
        nominees=people, seats=2,
    )  # fmt: skip


def hold(running, poll, chair, delegates):
    poll = fresh(polls.open_item_poll(sitting=running, poll=poll, by=chair))
    tablets_ = [hand_out(poll, delegate) for delegate in delegates[:4]]
    secret.start_casting(poll=poll, by=chair)
    for tablet, choice in zip(tablets_, CHOICES, strict=True):
        assert cast(poll, tablet.ballot(choice)).status == 200
    close(poll, chair)
    return fresh(poll)


@pytest.fixture
def export(running, chair, delegates):
    """The record of a secret vote in the mode that trusts the server, declared."""
    poll = hold(running, sealed_vote(running, chair, "server"), chair, delegates)
    services.declare_result(poll=poll, by=chair)
    signer["chain"] = AuditChain.objects.get(key=running.council_session.chain_key)
    yield exported(running.council_session)
    signer.clear()


def test_36_47_a_sealed_vote_is_opened_and_counted_again(verifier, export):
    report = verifier.check(as_bytes(export))

    assert report.bad is None
    assert report.polls[-1].said == [
        "Người Thứ 1: bầu 3; trúng cử",
        "Người Thứ 2: bầu 1; không trúng cử",
        "Người Thứ 3: bầu 0; không trúng cử",
    ]


def test_a_sealed_vote_that_was_closed_and_then_cancelled_spoils_no_record(verifier, running, chair, delegates):
    poll = hold(running, sealed_vote(running, chair, "server"), chair, delegates)
    services.cancel_poll(poll=poll, reason="Phát nhầm phiếu", by=chair)

    report = verifier.check(as_bytes(exported(running.council_session)))

    assert report.bad is None
    assert report.polls[-1].said == ["Đã hủy: Phát nhầm phiếu"]
    assert not PublishedBallot.objects.exists()  # they are never opened, so they do not lie about
    assert not poll.recipient_keys.exclude(secret="").exists()  # nor does what would open a copy of them


def test_whoever_holds_the_key_of_the_record_cannot_change_a_sealed_vote_unseen(verifier, export):
    def of(event, change):
        forged = copy.deepcopy(export)
        entries = [e for e in forged["entries"] if isinstance(e["open"], dict) and e["open"]["event"] == event]
        change(entries[-1]["open"]["public"])
        return forged

    def ballots(change):
        forged = copy.deepcopy(export)
        change(next(p["ballots"] for p in forged["polls"].values() if "ballots" in p))
        return forged

    other = tablets.TellersTablet()
    forgeries = [
        of("voting.box-opened", lambda said: said["manifest"].update(padded=64)),
        of("voting.box-prepared", lambda said: said.update(box=other.public)),
        of("voting.poll-closed", lambda said: said.update(cast=3)),
        of("voting.count-confirmed", lambda said: said["count"]["figures"]["2"].update({"for": 2})),
        of("voting.count-confirmed", lambda said: said["keys"].update(server=other.secret)),
        ballots(lambda rows: rows.pop()),
        ballots(lambda rows: rows.append(rows[0])),
        ballots(lambda rows: rows.reverse()),
        ballots(lambda rows: rows[0].update(token=rows[1]["token"])),
        ballots(lambda rows: rows[0]["sealed"].update(c=rows[1]["sealed"]["c"])),
    ]
    for number, forged in enumerate(forgeries):
        assert verifier.check(as_bytes(resigned(forged))).bad is not None, f"forgery {number}"


def test_no_ballot_can_be_tied_to_a_line_of_the_roll(export):
    """The published ballots name nobody, and stand in the order of their digests."""
    poll = next(p for p in export["polls"].values() if "ballots" in p)

    assert len(poll["ballots"]) == 4 and poll["votes"] == [] and poll["presence"] is None
    assert {field for body in poll["ballots"] for field in body} == {"key", "prefix", "token", "sealed", "sig"}
    text = json.dumps(poll["ballots"])
    assert "Đại biểu" not in text and "line" not in text


@pytest.mark.postgres
def test_36_a_vote_sealed_to_three_tellers_is_opened_with_two_of_their_keys(verifier, running, chair, delegates):
    draft = sealed_vote(running, chair, "tellers")
    keys = [tablets.TellersTablet() for _teller in range(3)]
    for delegate, tablet in zip(delegates, keys, strict=False):
        secret.register_key(poll=draft, key=tablet.public, by=delegate.user)
    poll = hold(running, draft, chair, delegates)
    for n in (2, 0):
        secret.publish_key(poll=poll, secret=tablets.unb64u(keys[n].secret), by=delegates[n].user)
    services.declare_result(poll=fresh(poll), by=chair)

    report = verifier.check(as_bytes(exported(running.council_session)))

    assert report.bad is None
    assert report.polls[-1].said[0] == "Người Thứ 1: bầu 3; trúng cử"


# --- The verifier's own arithmetic ---


@pytest.fixture(scope="module")
def module(verifier):
    return verifier.polls.secret


@pytest.mark.parametrize("slots", [("t1", "t2", "t3"), ("t1", "code")])
def test_36_the_verifier_reads_odd_ballots_as_server_and_tablets_do(module, slots):
    """tests/e2e/test_secret_crypto.py tries the same ballots on the other two."""
    keys = {slot: tablets.TellersTablet() for slot in ("t1", "t2", "t3", "code")}
    recipients = [{"id": slot, "key": key.public} for slot, key in keys.items()]
    modulus = tablets.b64u((2**3217 - 1).to_bytes(403))  # a prime: nobody signs here
    manifest = {"poll": str(uuid.uuid4()), "issuer": {"n": modulus, "e": "AQAB"}}
    manifest |= {"recipients": recipients, "threshold": 2, "padded": 128}
    box = module.Box({"secrecy": "tellers", "box": "", "issuer": ""})
    box.poll, box.threshold = uuid.UUID(manifest["poll"]).bytes, 2
    box.keys = {slot: key.public for slot, key in keys.items()}
    for slot in slots:
        box.publish(slot, keys[slot].secret)

    odd = tablets.odd_ballots(manifest)

    found = [box._choice(body, "election", ["1", "2"], ("for",), 2) for body, _said in odd]
    assert found == [said for _body, said in odd]


def test_47_the_verifier_accepts_the_signatures_of_rfc_9474(module):
    vectors = json.loads((Path(__file__).parents[1] / "data" / "rfc9474.json").read_text())
    for vector in vectors:
        salt = len(vector["salt"]) // 2
        n, e = int(vector["n"], 16), int(vector["e"], 16)
        message, signature = bytes.fromhex(vector["prepared_msg"]), bytes.fromhex(vector["sig"])
        assert module.verify_pss(n, e, message, signature, salt), vector["name"]
        assert not module.verify_pss(n, e, message + b".", signature, salt)
        assert not module.verify_pss(n, e, message, signature[:-1] + bytes([signature[-1] ^ 1]), salt)


@settings(max_examples=20, database=None)
@given(st.binary(min_size=16, max_size=40), st.binary(max_size=40), st.sampled_from([16, 32]))
def test_the_verifiers_aes_gcm_opens_what_the_library_seals(module, plain, aad, size):
    aes = module.aes
    key, nonce = bytes(range(size)), bytes(12)
    sealed = AESGCM(key).encrypt(nonce, plain, aad)
    assert aes.decrypt(key, nonce, sealed, aad) == plain
    with pytest.raises(ValueError):
        aes.decrypt(key, nonce, sealed[:-1] + bytes([sealed[-1] ^ 1]), aad)
