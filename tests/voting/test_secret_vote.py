"""A secret vote on tablets, from the manifest to the outcome: what is taken, refused, counted, forgotten."""

import json
import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import IntegrityError, connection, transaction
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.test import APIClient

from council import audit, regulations, second_factor
from council.errors import BadInput, NotAllowed, WrongState
from council.models import AuditEntry, Job
from tests import builders
from tests.voting import secret_client as tablets
from tests.voting.test_counting import CHAIN, prepare
from voting import ballot_box, services
from voting.models import (
    HandOut,
    Poll,
    PublishedBallot,
    RecipientKey,
    Result,
    SealedBallot,
    SecretKeys,
    SpareIssuer,
    Teller,
    Tellers,
    Vote,
)
from voting.rules import Named
from voting.secret import ballots, box, crypto, keys, life, selectors
from voting.secret import services as secret
from voting.secret.line import NotOfBallots, nameless_middleware
from voting.selectors import sheet_facts

pytestmark = pytest.mark.django_db
for_real = pytest.mark.django_db(transaction=True)  # through the box's own thread, with commits

PEOPLE = [Named("Trần Thị Bình", "Trưởng Ban Pháp chế"), Named("Lê Văn Cường")]


@pytest.fixture
def real_box(transactional_db, monkeypatch):
    """The box with its thread; a short window."""
    monkeypatch.setattr(box, "WINDOW", (0.0, 0.01))
    yield
    box.stop()


@pytest.fixture(scope="module")
def spare_keys():
    """Issuer keys are slow to make: two serve all tests."""
    return [crypto.new_issuer() for _key in range(2)]


@pytest.fixture(autouse=True)
def pool(db, spare_keys):
    for der in spare_keys:
        SpareIssuer.objects.create(wrapped=keys.wrap(der))


@pytest.fixture
def tellers(council, hall, delegates):
    """A serving board, as the open vote that elected it leaves it; that vote has tests of its own."""
    now = timezone.now()
    poll = Poll.objects.create(
        council=council, body=builders.plenary(council), room=hall.key, chain=CHAIN, state="declared",
        question="Thông qua Ban kiểm phiếu", opened_at=now, closed_at=now, declared_at=now,
    )  # fmt: skip
    Result.objects.create(
        poll=poll, votes_for=4, votes_against=0, votes_other=0, silent=0, absent=1, total=5, present=4,
        needed=3, passed=True, why="", article="",
    )  # fmt: skip
    board = Tellers.objects.create(council=council, room=hall.key, chain=CHAIN, elected_by=poll)
    Teller.objects.bulk_create(
        Teller(board=board, delegate=delegate, is_head=not place) for place, delegate in enumerate(delegates[:3])
    )
    return [delegate.user for delegate in delegates[:3]]


def draft(council, chair, hall, **fields):
    given = {"kind": "election", "method": "tablet", "secrecy": "server", "seats": 1, "nominees": PEOPLE}
    return prepare(council, chair, hall, **given | fields)


@pytest.fixture
def vote(council, chair, hall, roll, tellers):
    """Open, ballots are being handed out: two candidates for one seat, four of five present."""
    poll = draft(council, chair, hall)
    services.open_poll(poll=poll, roll=roll, by=chair)
    return Poll.objects.get(pk=poll.pk)


def tablet_of(poll: Poll) -> tablets.Tablet:
    return tablets.Tablet(Poll.objects.get(pk=poll.pk).secret_box.manifest)


def hand_out(poll, delegate, tablet=None) -> tablets.Tablet:
    tablet = tablet or tablet_of(poll)
    said = secret.hand_out(poll=fresh(poll), delegate=delegate, blinded=tablet.blinded, manifest=tablet.digest)
    tablet.take(said)
    return tablet


def fresh(poll) -> Poll:
    return Poll.objects.get(pk=poll.pk)


def cast(poll, body) -> box.Said:
    """What the box's thread does with a batch of one."""
    return box.write(poll.public_id, [body])[0]


def close(poll, chair) -> None:
    """Close, and do what follows the commit."""
    services.close_poll(poll=poll, by=chair)
    life.empty(poll)


def hold(poll, chair, delegates, choices) -> list[dict]:
    """Hand out, cast these choices (bytes: a plaintext as it is), close; gives the bodies."""
    held = [hand_out(poll, delegate) for delegate, _choice in zip(delegates, choices, strict=False)]
    secret.start_casting(poll=poll, by=chair)
    bodies = []
    for tablet, choice in zip(held, choices, strict=True):
        body = tablet.ballot(None, plain=choice) if isinstance(choice, bytes) else tablet.ballot(choice)
        tablet.check_ack(body, cast(poll, body).as_json())
        bodies.append(body)
    close(poll, chair)
    return bodies


def refused(poll, delegate, tablet=None) -> str:
    tablet = tablet or tablet_of(poll)
    with pytest.raises(secret.Refused) as why:
        secret.hand_out(poll=fresh(poll), delegate=delegate, blinded=tablet.blinded, manifest=tablet.digest)
    return why.value.code


# --- The whole way, the server trusted --------------------------------------------------------------


def test_a_vote_from_the_manifest_to_the_declared_outcome(vote, chair, delegates):
    hold(vote, chair, delegates, [["1"], ["1"], ["2"], []])

    facts = sheet_facts(services.declare_result(poll=vote, by=chair))

    assert [line["verdict"] for line in facts["lines"]] == ["Không trúng cử", "Không trúng cử"]  # two of five
    assert [line["figures"][0]["n"] for line in facts["lines"]] == [2, 1]
    numbers = ("handed_out", "collected", "valid", "blank", "invalid")
    assert [facts[name] for name in numbers] == [4, 4, 3, 1, 0]
    assert not Vote.objects.filter(poll=vote).exists()


def test_the_outcome_follows_from_the_ballots_as_from_a_tellers_count(vote, chair, delegates):
    hold(vote, chair, delegates, [["1"], ["1"], ["1"], ["2"]])

    assert list(fresh(vote).outcomes.values_list("verdict", "base", "needed")) == [
        ("elected", 5, 3), ("not_elected", 5, 3)
    ]  # fmt: skip


def test_blank_and_invalid_ballots_are_counted_apart(vote, chair, delegates):
    """What does not open or cannot be read is invalid; nobody's ballot vanishes."""
    hold(vote, chair, delegates, [["1"], [], ["1", "2"], b"\x00not json"])

    found = vote.secret_box
    found.refresh_from_db()
    assert (found.collected, found.valid, found.blank, found.invalid) == (4, 1, 1, 2)


def test_a_ballot_sealed_to_a_stranger_is_invalid(vote, chair, delegates):
    held = hand_out(vote, delegates[0])
    secret.start_casting(poll=vote, by=chair)
    manifest = json.loads(json.dumps(held.manifest))
    manifest["recipients"][0]["key"] = tablets.TellersTablet().public
    held.manifest = manifest

    assert cast(vote, held.ballot(["1"])).status == 200
    close(vote, chair)

    vote.secret_box.refresh_from_db()
    assert vote.secret_box.invalid == 1


@pytest.mark.parametrize(
    ("kind", "choice", "figures"),
    [
        ("rating", {"1": "high", "2": "low"}, {"1": {"high": 1, "middle": 0, "low": 0}, "2": {"high": 0, "middle": 0, "low": 1}}),
        ("confidence", {"1": "trust"}, {"1": {"trust": 1, "distrust": 0}, "2": {"trust": 0, "distrust": 0}}),
        ("dismissal", {"2": "against"}, {"1": {"for": 0, "against": 0}, "2": {"for": 0, "against": 1}}),
        ("removal", {"1": "for", "2": "for"}, {"1": {"for": 1, "against": 0}, "2": {"for": 1, "against": 0}}),
    ],
)  # fmt: skip
def test_every_kind_of_secret_vote_can_be_held(
    council, chair, hall, roll, tellers, delegates, kind, choice, figures
):
    poll = draft(council, chair, hall, kind=kind, seats=0)
    services.open_poll(poll=poll, roll=roll, by=chair)

    hold(poll, chair, delegates[:1], [choice])

    poll.secret_box.refresh_from_db()
    assert poll.secret_box.figures == figures and poll.outcomes.count() == 2


# --- Handing out ------------------------------------------------------------------------------------


def test_26_the_same_request_gets_the_same_answer_for_ever_and_another_one_none(vote, chair, delegates):
    tablet = tablet_of(vote)
    again = {"poll": vote, "delegate": delegates[0], "blinded": tablet.blinded, "manifest": tablet.digest}
    first = secret.hand_out(**again)

    assert secret.hand_out(**again) == first
    assert refused(vote, delegates[0]) == "other_request"

    tablet.take(first)
    secret.start_casting(poll=vote, by=chair)
    assert secret.hand_out(**again) == first
    cast(vote, tablet.ballot(["1"]))
    close(vote, chair)
    assert secret.hand_out(**again | {"poll": fresh(vote)}) == first
    assert HandOut.objects.filter(poll=vote).count() == 1


def test_who_is_absent_a_stranger_or_stepped_out_gets_no_ballot(vote, delegates, council, secretary):
    stranger = builders.delegate(council, 9)
    services.step_out(poll=vote, delegate=delegates[3], reason="Người thân trên phiếu", by=secretary)

    assert refused(vote, delegates[4]) == "absent"
    assert refused(vote, stranger) == "not_entitled"
    assert refused(vote, delegates[3]) == "stepped_out"
    hand_out(vote, delegates[2])
    with pytest.raises(WrongState):
        services.step_out(poll=vote, delegate=delegates[2], reason="x", by=secretary)


def test_a_late_delegate_gets_none_once_casting_has_begun(vote, chair, delegates):
    """A strictly later phase: no moment of handing out lies beside a moment of casting."""
    hand_out(vote, delegates[0])
    secret.start_casting(poll=vote, by=chair)

    assert refused(vote, delegates[1]) == "late"


def test_a_tablet_with_another_manifest_is_told(vote, delegates):
    tablet = tablet_of(vote)
    tablet.manifest = tablet.manifest | {"question": "Câu khác"}

    assert refused(vote, delegates[0], tablet) == "other_manifest"


def test_nobody_casts_while_ballots_are_handed_out_and_nobody_closes(vote, chair, delegates):
    tablet = hand_out(vote, delegates[0])

    assert cast(vote, tablet.ballot(["1"])).code == "not_open"
    with pytest.raises(WrongState):
        services.close_poll(poll=vote, by=chair)
    assert fresh(vote).state == "open"


def test_casting_starts_by_the_chair_alone_and_with_a_ballot_out(vote, chair, delegates):
    with pytest.raises(WrongState):
        secret.start_casting(poll=vote, by=chair)
    hand_out(vote, delegates[0])
    with pytest.raises(NotAllowed):
        secret.start_casting(poll=vote, by=delegates[0].user)
    for _time in range(2):
        secret.start_casting(poll=vote, by=chair)

    assert AuditEntry.objects.filter(event="voting.casting-started").count() == 1


# --- Casting ----------------------------------------------------------------------------------------


@pytest.fixture
def casting(vote, chair, delegates):
    """One ballot is out and casting has begun."""
    tablet = hand_out(vote, delegates[0])
    secret.start_casting(poll=vote, by=chair)
    return vote, tablet


def test_26_sending_again_changes_nothing_and_another_ballot_of_the_key_is_refused(casting, chair):
    vote, tablet = casting
    body, other = tablet.ballot(["1"]), tablet.ballot(["2"])
    first = cast(vote, body)

    assert cast(vote, body) == first
    assert (cast(vote, other).status, cast(vote, other).code) == (409, "other_ballot")
    close(vote, chair)
    assert cast(vote, body) == first
    assert cast(vote, other).code == "closed"
    assert PublishedBallot.objects.count() == 1


def test_a_ballot_after_the_close_or_the_cancellation_is_refused(vote, chair, delegates):
    held = [hand_out(vote, delegate) for delegate in delegates[:2]]
    secret.start_casting(poll=vote, by=chair)
    cast(vote, held[0].ballot(["1"]))
    close(vote, chair)

    assert cast(vote, held[1].ballot(["1"])).code == "closed"
    services.cancel_poll(poll=vote, reason="Nhầm danh sách", by=chair)
    assert cast(vote, held[1].ballot(["1"])).code == "cancelled"


def test_a_forged_or_borrowed_token_is_no_ballot(casting, vote, delegates):
    vote, tablet = casting
    stranger = tablet_of(vote)
    stranger.token = b"\x01" * 384
    borrower = tablet_of(vote)
    borrower.token, borrower.prefix = tablet.token, tablet.prefix

    assert cast(vote, stranger.ballot(["1"])).code == "bad_token"
    assert cast(vote, borrower.ballot(["1"])).code == "bad_token"
    body = tablet.ballot(["1"])
    assert cast(vote, body | {"prefix": stranger.sign(body)["sig"][:43]}).code in ("unfit", "bad_signature")
    assert not SealedBallot.objects.exists()


def test_47_the_token_of_another_vote_is_no_ballot(casting, council, chair, delegates, roll, hall):
    """A key per vote: what another issuer signed is worth nothing here."""
    vote, tablet = casting
    other = tablets.Tablet(vote.secret_box.manifest)
    foreign = crypto.Issuer.load(crypto.new_issuer())
    other.n = foreign.n
    other.blinded, other._inverse = tablets.blind(foreign.n, foreign.e, other.message)
    other.take(crypto.b64u(crypto.blind_sign(foreign, other.blinded)))

    assert cast(vote, other.ballot(["1"])).code == "bad_token"


@pytest.mark.parametrize("part", ["key", "prefix", "token", "sig", "c", "k", "server"])
def test_a_ballot_changed_on_its_way_is_refused(casting, part):
    vote, tablet = casting
    body = tablet.ballot(["1"])
    where = body if part in body else body["sealed"] if part in body["sealed"] else body["sealed"]["shares"]
    letter = "A" if where[part][5] != "A" else "B"
    where[part] = where[part][:5] + letter + where[part][6:]

    said = cast(vote, body)

    assert said.status == 422 and not SealedBallot.objects.exists()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda b: b | {"name": "A"},
        lambda b: {k: v for k, v in b.items() if k != "sig"},
        lambda b: b | {"sealed": b["sealed"] | {"c": b["sealed"]["c"] + "AAAA"}},
        lambda b: b | {"sealed": b["sealed"] | {"shares": b["sealed"]["shares"] | {"t1": "AA"}}},
        lambda b: b | {"sealed": b["sealed"] | {"shares": {}}},
        lambda b: b | {"key": 5},
        lambda b: b | {"sealed": "x"},
    ],
)
def test_43_a_ballot_of_another_shape_is_refused(casting, spoil):
    vote, tablet = casting
    body = spoil(tablet.ballot(["1"]))
    if "sig" in body:
        body = tablet.sign(body)  # soundly signed, and still refused

    with pytest.raises(ballots.Unfit) as why:
        ballots.check(ballots.parse(json.dumps(body).encode()), ballots.Manifest.read(tablet.manifest))

    assert why.value.code == "unfit"


@for_real
def test_43_request_and_answer_have_one_size_whatever_is_chosen(
    real_box, council, chair, hall, roll, tellers, delegates, client
):
    poll = draft(council, chair, hall, kind="rating", seats=0)
    services.open_poll(poll=poll, roll=roll, by=chair)
    held = [hand_out(poll, delegate) for delegate in delegates[:4]]
    secret.start_casting(poll=poll, by=chair)
    choices = [{}, {"1": "high"}, {"1": "middle", "2": "middle"}, {"1": "low", "2": "high"}]
    bodies = [tablet.ballot(choice) for tablet, choice in zip(held, choices, strict=True)]

    answers = [tablets.cast(client, poll.public_id, body) for body in bodies]

    assert len({len(tablets.canonical(body)) for body in bodies}) == 1
    assert {answer.status_code for answer in answers} == {200}
    assert len({len(answer.content) for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers)) for answer in answers}) == 1


@for_real
def test_39_ballots_are_stored_in_shuffled_batches_and_acknowledged_after_the_commit(
    real_box, vote, chair, delegates, monkeypatch
):
    monkeypatch.setattr(box, "WINDOW", (0.3, 0.3))
    held = [hand_out(vote, delegate) for delegate in delegates[:4]]
    secret.start_casting(poll=vote, by=chair)
    seen = []
    monkeypatch.setattr(
        box, "write", lambda poll, bodies, real=box.write: seen.append(len(bodies)) or real(poll, bodies)
    )

    with ThreadPoolExecutor(4) as hands:
        said = list(hands.map(lambda tablet: box.cast_and_wait(vote.public_id, tablet.ballot(["1"])), held))

    assert seen == [4] and {one.status for one in said} == {200}
    assert SealedBallot.objects.count() == 4


# --- At rest ----------------------------------------------------------------------------------------


def test_38_no_column_of_a_ballot_could_name_a_person_or_a_time():
    """The allow-list: whoever adds a column has to come here."""
    columns = {model: [field.column for field in model._meta.fields] for model in (SealedBallot, PublishedBallot)}

    assert columns[SealedBallot] == ["place", "poll", "digest", "body", "ack"]
    assert columns[PublishedBallot] == ["digest", "poll", "place", "body", "ack"]
    for model in columns:
        kinds = {field.get_internal_type() for field in model._meta.fields}
        assert kinds <= {"CharField", "TextField", "UUIDField"}
    assert [field.column for field in HandOut._meta.fields] == [
        "id",
        "poll_id",
        "delegate_id",
        "request",
        "blind_sig",
    ]


def test_40_nothing_of_a_choice_lies_in_clear_before_the_close(casting):
    vote, tablet = casting
    cast(vote, tablet.ballot(["1"]))

    row = SealedBallot.objects.get()
    written = json.dumps(
        [row.body, row.ack, list(AuditEntry.objects.values_list("data", flat=True))], ensure_ascii=False
    )

    assert '"choice"' not in written.replace('"choices"', "")
    assert SecretKeys.objects.get(poll=vote).server  # wrapped: the database alone opens nothing
    with pytest.raises(ValueError):
        crypto.load_scalar(bytes(SecretKeys.objects.get(poll=vote).server))


def test_39_the_box_is_empty_after_the_close_and_what_is_published_is_sorted(vote, chair, delegates):
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # the gaps that other tests left in the file would be filled first
            cursor.execute("TRUNCATE TABLE voting_publishedballot")
    bodies = hold(vote, chair, delegates, [["1"], ["2"], [], ["1"]])

    assert not SealedBallot.objects.exists()
    digests = list(PublishedBallot.objects.order_by("digest").values_list("digest", flat=True))
    with connection.cursor() as cursor:
        order = {"postgresql": "ctid", "sqlite": "rowid"}[connection.vendor]
        cursor.execute(f"SELECT digest FROM voting_publishedballot ORDER BY {order}")
        assert [digest for (digest,) in cursor.fetchall()] == digests
    assert selectors.bodies(vote) == sorted(bodies, key=lambda body: crypto.digest(body))
    assert Job.objects.filter(kind="voting.empty_box").count() == 1


@for_real
@pytest.mark.postgres
def test_39_no_row_version_of_the_open_box_is_left_in_the_tables_file(real_box, vote, chair, delegates):
    hold(vote, chair, delegates, [["1"], ["2"], [], ["1"]])

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size('voting_sealedballot')")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(DISTINCT xmin::text) FROM voting_publishedballot")
        assert cursor.fetchone() == (1,)


@for_real
@pytest.mark.skipif(connection.vendor != "sqlite", reason="the file of SQLite")
def test_39_the_file_and_the_journal_of_sqlite_hold_nothing_of_the_open_box(real_box, vote, chair, delegates):
    bodies = hold(vote, chair, delegates, [["1"], ["2"]])
    life.empty(vote)

    place = Path(connection.settings_dict["NAME"])
    assert place.with_name(place.name + "-wal").stat().st_size == 0
    text = place.read_bytes()
    for body in bodies:
        assert text.count(body["sealed"]["c"][:40].encode()) == 1  # as it was published, and never else


def test_47_the_issuers_key_is_destroyed_at_the_close(vote, chair, delegates):
    hold(vote, chair, delegates, [["1"]])

    assert not SecretKeys.objects.filter(poll=vote).exists()
    with pytest.raises(WrongState):
        keys.issuer_of(vote)
    assert refused(vote, delegates[1]) == "closed"


def test_a_cancelled_votes_ballots_are_never_opened(casting, chair):
    vote, tablet = casting
    cast(vote, tablet.ballot(["1"]))

    services.cancel_poll(poll=vote, reason="Mất điện", by=chair)
    life.empty(vote)

    assert not SealedBallot.objects.exists() and not PublishedBallot.objects.exists()
    assert not SecretKeys.objects.filter(poll=vote).exists()
    assert not RecipientKey.objects.exclude(secret="").exists()


def test_the_box_of_an_open_vote_is_not_emptied(casting):
    vote, tablet = casting
    cast(vote, tablet.ballot(["1"]))

    with pytest.raises(WrongState):
        life.empty(vote)
    assert SealedBallot.objects.count() == 1


def test_emptying_one_box_leaves_another_votes_ballots(casting, vote, chair):
    vote, tablet = casting
    cast(vote, tablet.ballot(["1"]))
    SealedBallot.objects.create(place="f" * 64, poll=uuid.uuid4(), digest="e" * 64, body="{}", ack="x")

    close(vote, chair)

    assert [row.place for row in SealedBallot.objects.all()] == ["f" * 64]


# --- The record, the published ballots --------------------------------------------------------------


def test_the_record_tells_keys_counts_and_digests_and_no_choice_before_the_box_is_opened(vote, chair, delegates):
    hold(vote, chair, delegates, [["1"], ["2"]])

    events = AuditEntry.objects.filter(chain__key="session:1", seq__gt=0).order_by("seq")
    told = [e.event.removeprefix("voting.") for e in events if e.target.endswith(str(vote.public_id))]
    assert told == [
        "poll-prepared", "box-prepared", "poll-opened", "box-opened", "casting-started", "poll-closed",
        "count-confirmed",
    ]  # fmt: skip
    closed = events.get(event="voting.poll-closed", target__endswith=str(vote.public_id)).data
    assert (closed["handed_out"], closed["cast"]) == (2, 2)
    assert closed["ballots"] == crypto.digest(sorted(PublishedBallot.objects.values_list("digest", flat=True)))
    opened = events.get(event="voting.box-opened").data
    assert opened["digest"] == crypto.digest(opened["manifest"])


def test_anybody_can_check_and_recount_a_vote_from_what_is_published(vote, chair, delegates, client):
    hold(vote, chair, delegates, [["1"], ["1"], ["2"], []])
    services.declare_result(poll=vote, by=chair)

    said = client.get(f"/phieu-kin/{vote.public_id}/phieu.json").json()

    counted = recount(said)
    assert counted == {"valid": 3, "blank": 1, "invalid": 0, "figures": {"1": 2, "2": 1}}
    assert (said["handed_out"], said["cast"]) == (4, 4)


def test_the_second_value_of_a_signature_makes_no_second_ballot(casting, vote, chair):
    """ECDSA has two values s for one message. Who turns one into the other has no second vote, and harms nobody."""
    _vote, tablet = casting
    body = tablet.ballot(["1"])
    sig = tablets.unb64u(body["sig"])
    turned = sig[:32] + (crypto._ORDER - int.from_bytes(sig[32:])).to_bytes(32)
    twin = body | {"sig": tablets.b64u(turned)}
    read = ballots.Manifest.read(vote.secret_box.manifest)
    assert ballots.check(twin, read).place == ballots.check(body, read).place  # valid, and the same place in the box

    assert cast(vote, body).status == 200
    assert cast(vote, twin).code == "other_ballot"

    close(vote, chair)
    assert PublishedBallot.objects.get().digest == crypto.digest(body)  # not the twin, which the tablet would miss


def test_the_list_is_written_once_for_a_whole_hall_and_asked_again_by_its_tag(
    casting, chair, delegates, client
):
    vote, tablet = casting
    cast(vote, tablet.ballot(["1"]))
    close(vote, chair)
    path = f"/phieu-kin/{vote.public_id}/phieu.json"
    client.force_login(delegates[3].user)
    first = client.get(path)

    PublishedBallot.objects.update(body="{}")  # what was answered is not read again
    second = client.get(path)
    same = client.get(path, headers={"If-None-Match": first["ETag"]})

    assert second.json() == first.json() and first.json()["cast"] == 1
    assert same.status_code == 304
    services.declare_result(poll=vote, by=chair)
    assert client.get(path)["ETag"] != first["ETag"]  # with the keys now


def test_the_manifest_comes_with_its_entry_of_the_record(vote, delegates, client):
    client.force_login(delegates[0].user)

    told = client.get(f"/phieu-kin/{vote.public_id}").json()

    entry = AuditEntry.objects.get(event="voting.box-opened")
    assert told["entry"]["seq"] == entry.seq
    assert crypto.digest(told["entry"]["open"]) == crypto.digest(audit.open_half(entry))
    assert told["entry"]["open"]["public"]["manifest"] == told["manifest"]
    assert selectors.code_of(told["digest"]) == " ".join(re.findall("....", told["digest"].upper())[:4])


def recount(said: dict) -> dict:
    """An independent count of what was published: signatures, tokens, uniqueness, choices. Mode "server" only."""
    manifest = said["manifest"]
    poll = uuid.UUID(manifest["poll"]).bytes
    issuer = rsa.RSAPublicNumbers(65537, int.from_bytes(tablets.unb64u(manifest["issuer"]["n"]))).public_key()
    server = ec.derive_private_key(int.from_bytes(tablets.unb64u(said["keys"]["server"])), ec.SECP256R1())
    figures = {person["key"]: 0 for person in manifest["sheet"]["nominees"]}
    count, seen = {"valid": 0, "blank": 0, "invalid": 0}, set()
    for body in said["ballots"]:
        key, sig = tablets.unb64u(body["key"]), tablets.unb64u(body["sig"])
        pair = encode_dss_signature(int.from_bytes(sig[:32]), int.from_bytes(sig[32:]))
        rest = tablets.canonical({k: v for k, v in body.items() if k != "sig"})
        tablets.load_point(key).verify(pair, rest, tablets.ECDSA)
        message = tablets.unb64u(body["prefix"]) + b"nghi-truong/ballot/1" + poll + key
        pss = padding.PSS(padding.MGF1(hashes.SHA384()), 48)
        issuer.verify(tablets.unb64u(body["token"]), message, pss, hashes.SHA384())
        assert key not in seen
        seen.add(key)
        sealed = body["sealed"]
        info = b"nghi-truong/share/1" + poll + key
        secret_key = tablets.SUITE.decrypt(tablets.unb64u(sealed["shares"]["server"]), server, info)
        plain = AESGCM(secret_key).decrypt(bytes(12), tablets.unb64u(sealed["c"]), poll + key)
        choice = json.loads(plain)["choice"]
        count["valid" if choice else "blank"] += 1
        for person in choice:
            figures[person] += 1
    return count | {"figures": figures}


def test_ballots_are_published_after_the_close_and_keys_to_the_hall_with_the_declaration(
    casting, chair, delegates, client
):
    vote, tablet = casting
    cast(vote, tablet.ballot(["1"]))
    path = f"/phieu-kin/{vote.public_id}/phieu.json"
    client.force_login(delegates[3].user)  # no teller
    assert client.get(path).status_code == 404

    close(vote, chair)
    before = client.get(path).json()
    client.logout()
    assert client.get(path).status_code == 404
    client.force_login(chair)
    desk = client.get(path).json()
    services.declare_result(poll=vote, by=chair)
    client.logout()

    assert len(before["ballots"]) == 1 and before["keys"] == {} and before["count"] is None
    assert desk["count"]["valid"] == 1
    assert set(client.get(path).json()["keys"]) == {"server"}


def test_the_wall_can_show_ballot_codes_with_choices(vote, chair, delegates):
    bodies = hold(vote, chair, delegates, [["1"], [], b"x", ["2"]])

    lines = selectors.opened_ballots(fresh(vote))

    assert sorted(line["choices"] for line in lines) == [
        ["Không hợp lệ"], ["Lê Văn Cường: Bầu"], ["Phiếu trắng"], ["Trần Thị Bình: Bầu"]
    ]  # fmt: skip
    assert {line["digest"] for line in lines} == {crypto.digest(body) for body in bodies}


@pytest.mark.parametrize(("n", "out", "shown"), [(0, 12, 0), (4, 12, 0), (9, 12, 5), (12, 12, 12), (31, 40, 31)])
def test_44_a_running_total_goes_in_steps_where_few_vote(n, out, shown):
    assert selectors.in_steps(n, out) == shown


def test_44_nobody_is_told_who_has_cast(casting, client, delegates, chair):
    vote, tablet = casting
    cast(vote, tablet.ballot(["1"]))
    client.force_login(delegates[0].user)

    mine = client.get(f"/phieu-kin/{vote.public_id}").json()

    assert set(mine["me"]) == {"entitled", "is_present", "request", "is_teller", "teller"}
    assert set(selectors.box_facts(vote)) & {"voters", "who", "missing"} == set()


# --- Over HTTP --------------------------------------------------------------------------------------


@for_real
def test_a_delegate_takes_a_ballot_with_the_session_and_casts_it_without(real_box, vote, chair, delegates, client):
    client.force_login(delegates[0].user)
    tablet = tablets.take_ballot(client, vote.public_id)
    secret.start_casting(poll=vote, by=chair)
    nobody = type(client)()

    answer = tablets.cast(nobody, vote.public_id, body := tablet.ballot(["1"]))

    assert answer.status_code == 200
    tablet.check_ack(body, answer.json())
    assert not answer.cookies and answer["Cache-Control"] == "no-store"


def test_handing_out_needs_a_session_a_token_against_forgery_and_a_known_vote(vote, delegates, client, council):
    tablet, path = tablet_of(vote), f"/phieu-kin/{vote.public_id}/nhan"
    assert tablets.post(client, path, tablet.request()).json()["code"] == "signed_out"
    client.force_login(delegates[0].user)
    assert tablets.post(client, f"/phieu-kin/{uuid.uuid4()}/nhan", tablet.request()).status_code == 404
    assert tablets.post(client, path, {"blinded": "AA", "manifest": ""}).json()["code"] == "unfit"

    strict = type(client)(enforce_csrf_checks=True)
    strict.force_login(delegates[0].user)
    assert tablets.post(strict, path, tablet.request()).status_code == 403
    assert not HandOut.objects.exists()


@for_real
def test_41_a_cast_reads_no_cookie_and_leaves_no_line_in_any_log(real_box, casting, client, delegates, caplog):
    vote, tablet = casting
    client.force_login(delegates[0].user)
    spoiled = tablet.ballot(["1"]) | {"token": "canary-choice-41"}
    caplog.set_level(0)
    caplog.clear()

    agent = {"HTTP_USER_AGENT": "canary-agent-41", "HTTP_X_FORWARDED_FOR": "203.0.113.41"}
    first = tablets.post(client, f"/phieu-kin/{vote.public_id}/bo", tablet.ballot(["1"]), **agent)
    second = tablets.post(client, f"/phieu-kin/{vote.public_id}/bo", spoiled, **agent)
    third = client.get(f"/phieu-kin/{vote.public_id}/bo", **agent)

    assert [a.status_code for a in (first, second, third)] == [200, 422, 405]

    kept = [r for r in caplog.records if NotOfBallots().filter(r)]
    lines = "\n".join(
        f"{r.name} {r.getMessage()} {r.__dict__.get('request', '')}" for r in kept if r.name != "asyncio"
    )
    assert "canary" not in lines and str(vote.public_id) not in lines and "203.0.113.41" not in lines
    assert "request_started" not in lines and "request_finished" not in lines


def test_38_the_sender_is_stripped_before_anything_reads_the_request(rf, delegates):
    seen = []
    through = nameless_middleware(lambda request: seen.append(request) or HttpResponse())
    for path in (f"/phieu-kin/{uuid.uuid4()}/bo", "/hom-nay"):
        request = rf.post(
            path, HTTP_USER_AGENT="agent", HTTP_X_FORWARDED_FOR="203.0.113.9", REMOTE_ADDR="203.0.113.9"
        )
        request.META["HTTP_COOKIE"] = "sessionid=abc"
        through(request)

    stripped, other = seen
    assert not stripped.COOKIES and stripped.META["REMOTE_ADDR"] == ""
    assert not {"HTTP_USER_AGENT", "HTTP_X_FORWARDED_FOR", "HTTP_COOKIE"} & set(stripped.META)
    assert other.COOKIES == {"sessionid": "abc"} and other.META["REMOTE_ADDR"] == "203.0.113.9"


def test_over_an_open_line_a_ballot_is_refused_in_words(casting, client):
    vote, tablet = casting

    answer = tablets.post(
        client, f"/phieu-kin/{vote.public_id}/bo", tablet.ballot(["1"]), REMOTE_ADDR="192.168.1.20"
    )

    assert answer.status_code == 403 and answer.json()["code"] == "insecure" and "https" in answer.json()["words"]
    assert not SealedBallot.objects.exists()


@for_real
def test_a_body_that_is_no_json_or_too_big_is_refused(real_box, casting, client):
    vote, _tablet = casting
    path = f"/phieu-kin/{vote.public_id}/bo"

    for raw in (b"", b"[]", b"{", b"[" * 9000, b'{"key": "' + b"a" * 17000 + b'"}'):
        assert client.post(path, raw, content_type="application/json").status_code == 422
    assert (
        tablets.cast(
            client, uuid.uuid4(), dict.fromkeys(("key", "prefix", "token", "sealed", "sig"), "x")
        ).status_code
        == 409
    )


# --- Which modes; the plain ballot box; paper -------------------------------------------------------


def test_a_council_sets_which_ways_it_allows(council, chair, hall, office, tellers):
    regulations.set_value(
        council=council, key="secret_on_tablets", value="paper", valid_from=builders.TERM_START,
        legal_basis="Điều 20 Quy chế", by=office,
    )  # fmt: skip

    with pytest.raises(BadInput):
        draft(council, chair, hall)
    assert draft(council, chair, hall, method="paper", secrecy="").method == "paper"


def test_without_https_tablets_are_refused_in_words_and_paper_is_not(council, chair, hall, settings, tellers):
    settings.HTTPS, settings.BASE_URL = False, "http://192.168.1.5:8000"

    with pytest.raises(BadInput) as why:
        draft(council, chair, hall)

    assert "https" in why.value.message
    assert draft(council, chair, hall, method="paper", secrecy="")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has roles")
def test_the_embedded_database_knows_the_trusting_mode_alone(council, chair, hall, tellers):
    with pytest.raises(BadInput) as why:
        draft(council, chair, hall, secrecy="tellers")
    assert "PostgreSQL" in why.value.message


def test_the_database_refuses_a_secret_vote_on_tablets_that_is_not_sealed(council):
    for fields in (
        {"kind": "election", "method": "tablet", "secrecy": ""},
        {"kind": "election", "method": "paper", "secrecy": "server"},
        {"kind": "election", "method": "hands", "secrecy": ""},
        {"kind": "named", "method": "tablet", "secrecy": "server"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Poll.objects.create(council=council, body=builders.plenary(council), room="hall:1", **fields)


def test_the_open_ballot_box_and_the_secretary_take_no_part_in_a_secret_vote(vote, delegates, secretary):
    press = ballot_box.Ballot(vote.public_id, delegates[0].pk, "for", uuid.uuid4())
    assert ballot_box.write(vote.public_id, [press])[0][0].code == "not_on_tablets"
    with pytest.raises(WrongState):
        services.cast_by_secretary(poll=vote, delegate=delegates[0], choice="for", reason="x", by=secretary)


def test_paper_is_one_act_away(casting, chair):
    vote, tablet = casting
    cast(vote, tablet.ballot(["1"]))

    old, again = secret.back_to_paper(poll=vote, reason="Máy của nhiều đại biểu hết pin", by=chair)

    assert old.state == "cancelled" and again["method"] == "paper"
    assert [person.name for person in again["nominees"]] == [person.name for person in PEOPLE]
    life.empty(vote)
    assert not SealedBallot.objects.exists()


# --- Keys of the server -----------------------------------------------------------------------------


def test_preparing_works_with_an_empty_pool_and_asks_for_it_to_be_filled(council, chair, hall, tellers):
    SpareIssuer.objects.all().delete()

    poll = draft(council, chair, hall)

    assert keys.issuer_of(poll).n.bit_length() == 3072
    assert Job.objects.filter(kind="voting.make_issuer_keys").exists()
    keys.fill_pool()
    assert SpareIssuer.objects.count() == keys.SPARE


def test_a_pool_key_serves_one_vote_only(council, chair, hall, tellers):
    before = SpareIssuer.objects.count()

    first, second = draft(council, chair, hall), draft(council, chair, hall)

    assert SpareIssuer.objects.count() == before - 2
    assert first.secret_box.issuer != second.secret_box.issuer


def test_96_keys_live_through_a_change_of_the_servers_own_key(vote, delegates, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another " * 10

    hand_out(vote, delegates[0])
    settings.SECRET_KEY_FALLBACKS = []
    assert refused(vote, delegates[1]) == "late"


# --- The pooled answer of a full or broken box ------------------------------------------------------


def test_a_full_box_asks_to_send_again(casting, monkeypatch):
    vote, tablet = casting
    monkeypatch.setattr(box, "MOST_WAITING", 0)

    assert box.cast_and_wait(vote.public_id, tablet.ballot(["1"])).code == "busy"


def test_who_left_after_taking_a_ballot_counts_as_present(vote, chair, delegates):
    held = [hand_out(vote, delegate) for delegate in delegates[:2]]
    services.set_presence(room=vote.room, delegate=delegates[0], is_present=False)
    secret.start_casting(poll=vote, by=chair)
    for tablet in held:
        cast(vote, tablet.ballot(["1"]))

    close(vote, chair)

    assert fresh(vote).present == 4


def test_a_box_with_more_ballots_than_were_handed_out_is_not_counted(casting, chair):
    vote, tablet = casting
    cast(vote, tablet.ballot(["1"]))
    SealedBallot.objects.create(place="f" * 64, poll=vote.public_id, digest="e" * 64, body="{}", ack="x")

    with pytest.raises(WrongState):
        services.close_poll(poll=vote, by=chair)
    assert fresh(vote).state == "open" and not PublishedBallot.objects.exists()


# --- Over the API -----------------------------------------------------------------------------------


def test_the_desk_goes_on_to_casting_over_the_api_and_reads_totals(vote, chair, delegates):
    desk, delegate = APIClient(), APIClient()
    desk.force_login(chair)
    delegate.force_login(delegates[0].user)
    path = f"/api/v1/polls/{vote.public_id}"
    hand_out(vote, delegates[0])

    assert desk.post(f"{path}/start-casting", {}, format="json").status_code == 403  # no second factor yet
    second_factor.grant(user=chair, session_key=desk.session.session_key, scope=vote.room)
    assert delegate.post(f"{path}/start-casting", {}, format="json").status_code == 403
    said = desk.post(f"{path}/start-casting", {}, format="json")

    assert said.status_code == 200
    assert (said.json()["secrecy"], said.json()["box"]["phase"], said.json()["box"]["handed_out"]) == (
        "server", "casting", 1
    )  # fmt: skip
    assert delegate.get(path).json()["box"]["cast"] == 0
