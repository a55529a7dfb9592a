"""Secret votes sealed to the tellers' own keys, a box with a role of its own, a close against a rush: PostgreSQL."""

# ruff: noqa: F811  (fixtures are imported, and asked for by name)

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from council import outbox
from council.errors import BadInput, NotAllowed, WrongState
from council.models import AuditEntry, Job
from tests.voting import secret_client as tablets
from tests.voting.test_counting import prepare
from tests.voting.test_secret_vote import (  # noqa: F401  (fixtures)
    cast,
    close,
    draft,
    fresh,
    hand_out,
    pool,
    real_box,
    spare_keys,
    tellers,
)
from voting import services
from voting.models import Poll, PublishedBallot, RecipientKey, SealedBallot
from voting.secret import box, crypto, life, selectors
from voting.secret import services as secret
from voting.selectors import sheet_facts
from voting.tellers import name_tellers

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
CODE = "0123456789ABCDEFGHJKMNPQRS"


@pytest.fixture
def sealed(council, chair, hall, tellers):
    """A draft that waits for the tellers' keys."""
    return draft(council, chair, hall, secrecy="tellers")


@pytest.fixture
def keys(sealed, tellers):
    """Each teller's tablet has made its key and registered the public half."""
    made = [tablets.TellersTablet() for _teller in tellers]
    for teller, tablet in zip(tellers, made, strict=True):
        secret.register_key(poll=sealed, key=tablet.public, by=teller)
    return made


def opened(poll, roll, chair):
    services.open_poll(poll=poll, roll=roll, by=chair)
    return fresh(poll)


def hold(poll, chair, delegates, choices):
    held = [hand_out(poll, delegate) for delegate, _choice in zip(delegates, choices, strict=False)]
    secret.start_casting(poll=poll, by=chair)
    for tablet, choice in zip(held, choices, strict=True):
        assert cast(poll, tablet.ballot(choice)).status == 200
    close(poll, chair)


def publish(poll, teller, tablet):
    return secret.publish_key(poll=poll, secret=tablets.unb64u(tablet.secret), by=teller)


def with_code(poll, teller):
    key = crypto.b64u(crypto.point(crypto.key_of_code(CODE)))
    return secret.register_key(poll=poll, key=key, by=teller, is_code=True)


# --- Before the opening -----------------------------------------------------------------------------


def test_a_vote_sealed_to_tellers_does_not_open_before_three_keys_or_the_code(sealed, tellers, roll, chair):
    for teller in tellers[:2]:
        secret.register_key(poll=sealed, key=tablets.TellersTablet().public, by=teller)
    with pytest.raises(WrongState):
        opened(sealed, roll, chair)

    with_code(sealed, tellers[0])

    manifest = opened(sealed, roll, chair).secret_box.manifest
    assert [r["id"] for r in manifest["recipients"]] == ["code"] and manifest["threshold"] == 1


def test_three_tellers_keys_stand_in_the_manifest_and_a_lost_one_is_made_anew(sealed, keys, tellers, roll, chair):
    again = tablets.TellersTablet()
    secret.register_key(poll=sealed, key=again.public, by=tellers[1])

    manifest = opened(sealed, roll, chair).secret_box.manifest

    assert {r["id"]: r["key"] for r in manifest["recipients"]} == {
        "t1": keys[0].public, "t2": again.public, "t3": keys[2].public
    }  # fmt: skip
    assert manifest["threshold"] == 2
    with pytest.raises(WrongState):
        secret.register_key(poll=sealed, key=again.public, by=tellers[0])


def test_only_tellers_register_keys_and_only_points_of_the_curve(sealed, tellers, chair, delegates):
    for stranger in (chair, delegates[3].user):
        with pytest.raises(NotAllowed):
            secret.register_key(poll=sealed, key=tablets.TellersTablet().public, by=stranger)
    for key in ("", "AA", "A" * 87, crypto.b64u(b"\x04" + b"\x01" * 64)):
        with pytest.raises(BadInput):
            secret.register_key(poll=sealed, key=key, by=tellers[0])


def test_a_new_board_takes_the_places_of_the_old_one(
    sealed,
    keys,
    council,
    chair,
    secretary,
    hall,
    roll,
    delegates,
):
    poll = prepare(council, chair, hall, question="Ban kiểm phiếu mới")
    name_tellers(poll=poll, members=delegates[1:4], head=delegates[1], by=chair)
    services.open_poll(poll=poll, roll=roll, by=chair)
    for delegate in delegates[:4]:
        services.cast_by_secretary(poll=poll, delegate=delegate, choice="for", reason="thử", by=secretary)
    services.close_poll(poll=poll, by=chair)
    services.declare_result(poll=poll, by=chair)
    with pytest.raises(WrongState):  # one of the three keys is of a teller who serves no longer
        opened(sealed, roll, chair)

    row = secret.register_key(poll=sealed, key=tablets.TellersTablet().public, by=delegates[3].user)

    assert row.slot == "t1"
    assert opened(sealed, roll, chair).secret_box.manifest["threshold"] == 2


# --- After the close --------------------------------------------------------------------------------


def test_40_nobody_opens_a_ballot_before_two_of_three_tellers_publish(
    sealed, keys, tellers, roll, chair, delegates
):
    poll = opened(sealed, roll, chair)
    hold(poll, chair, delegates, [["1"], ["1"], ["1"], []])
    assert selectors.box_facts(fresh(poll))["is_waiting"]
    with pytest.raises(WrongState):
        services.declare_result(poll=poll, by=chair)

    publish(poll, tellers[0], keys[0])
    assert not poll.outcomes.exists() and selectors.opened_ballots(fresh(poll)) == []
    assert selectors.published(fresh(poll), with_keys=True)["keys"] == {}
    publish(poll, tellers[2], keys[2])

    facts = sheet_facts(services.declare_result(poll=poll, by=chair))
    assert [line["verdict"] for line in facts["lines"]] == ["Trúng cử", "Không trúng cử"]
    assert (facts["valid"], facts["blank"], facts["invalid"]) == (3, 1, 0)


@pytest.mark.parametrize("pair", [(0, 1), (1, 2), (0, 2)])
def test_any_two_tellers_open_the_same_ballots(sealed, keys, tellers, roll, chair, delegates, pair):
    poll = opened(sealed, roll, chair)
    hold(poll, chair, delegates, [["2"], ["1"]])

    for place in pair:
        publish(poll, tellers[place], keys[place])

    assert fresh(poll).secret_box.figures == {"1": {"for": 1}, "2": {"for": 1}}


def test_the_third_key_and_the_same_key_again_change_nothing(sealed, keys, tellers, roll, chair, delegates):
    poll = opened(sealed, roll, chair)
    hold(poll, chair, delegates, [["2"], ["1"]])
    for place in (0, 0, 1, 1, 2, 2):
        publish(poll, tellers[place], keys[place])

    assert AuditEntry.objects.filter(event="voting.count-confirmed").count() == 1
    # the keys that were counted with are the published ones: with a third, who counts again could open more
    assert AuditEntry.objects.filter(event="voting.key-published").count() == 2
    assert set(selectors.published(fresh(poll), with_keys=True)["keys"]) == {"t1", "t2"}


def test_a_wrong_key_and_a_stranger_open_nothing(sealed, keys, tellers, roll, chair, delegates):
    poll = opened(sealed, roll, chair)
    with pytest.raises(WrongState):  # still open
        publish(poll, tellers[0], keys[0])
    hold(poll, chair, delegates, [["2"]])

    for wrong in (keys[1], tablets.TellersTablet()):
        with pytest.raises(BadInput):
            publish(poll, tellers[0], wrong)
    with pytest.raises(NotAllowed):
        publish(poll, chair, keys[0])
    assert not RecipientKey.objects.exclude(secret="").exists()


def test_the_printed_code_opens_alone(sealed, keys, tellers, roll, chair, delegates):
    with_code(sealed, tellers[1])
    poll = opened(sealed, roll, chair)
    hold(poll, chair, delegates, [["2"], ["2"]])

    with pytest.raises(BadInput):
        secret.open_with_code(poll=poll, code="1" * 26, by=tellers[0])
    found = secret.open_with_code(poll=poll, code="0123-4567-89ab-cdef-ghjk-mnpq-rs", by=tellers[0])

    assert found.phase == "revealed" and found.figures["2"] == {"for": 2}


def test_a_ballot_that_two_tellers_open_differently_is_invalid_for_all(
    sealed, keys, tellers, roll, chair, delegates
):
    """A share that is not one of the three: the digest of the ballot's own key tells."""
    poll = opened(sealed, roll, chair)
    held = hand_out(poll, delegates[0])
    secret.start_casting(poll=poll, by=chair)
    honest, other = held.ballot(["1"]), held.ballot(["1"])
    shares = honest["sealed"]["shares"] | {slot: other["sealed"]["shares"][slot] for slot in ("t1", "t2")}
    cast(poll, held.sign(honest | {"sealed": honest["sealed"] | {"shares": shares}}))
    close(poll, chair)

    for place in (0, 1):
        publish(poll, tellers[place], keys[place])

    assert fresh(poll).secret_box.invalid == 1


def test_over_http_tellers_register_and_publish(sealed, tellers, roll, chair, delegates, client):
    made, path = [tablets.TellersTablet() for _n in range(3)], f"/phieu-kin/{sealed.public_id}"
    for place, teller in enumerate(tellers):
        client.force_login(teller)
        said = tablets.post(client, f"{path}/khoa", {"slot": "own", "key": made[place].public})
        assert said.json() == {"slot": f"t{place + 1}"}
    assert client.get(path).json()["me"]["teller"] == "t3"
    poll = opened(sealed, roll, chair)
    hold(poll, chair, delegates, [["1"]])

    client.force_login(tellers[0])
    wrong = tablets.post(client, f"{path}/mo", {"secret": made[1].secret})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong_key")
    said = [tablets.post(client, f"{path}/mo", {"secret": made[0].secret}).json()]
    client.force_login(tellers[1])
    said.append(tablets.post(client, f"{path}/mo", {"secret": made[1].secret}).json())

    assert [(one["phase"], one["published"]) for one in said] == [("closed", 1), ("revealed", 2)]


def test_the_code_is_typed_into_a_plain_form_too(sealed, tellers, roll, chair, delegates, client):
    with_code(sealed, tellers[0])
    poll = opened(sealed, roll, chair)
    hold(poll, chair, delegates, [["1"]])
    client.force_login(tellers[1])
    path = f"/phieu-kin/{poll.public_id}/mo"

    wrong, right = client.post(path, {"code": "1" * 26}), client.post(path, {"code": f" {CODE.lower()} "})

    assert wrong.status_code == 422 and "không phải khóa đã đăng ký" in wrong.content.decode()
    assert right.status_code == 302 and fresh(poll).secret_box.phase == "revealed"


# --- Races and crashes ------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_27_a_rush_against_the_close_is_acknowledged_and_counted_or_refused(
    real_box,
    council,
    chair,
    hall,
    tellers,
    roll,
    delegates,
):
    poll = draft(council, chair, hall)
    services.open_poll(poll=poll, roll=roll, by=chair)
    bodies = []
    for delegate in delegates[:4]:
        held = hand_out(poll, delegate)
        bodies.append(held.ballot(["1"]))
    secret.start_casting(poll=poll, by=chair)
    gate = threading.Barrier(5)

    def press(body):
        gate.wait()
        said = box.cast_and_wait(poll.public_id, body)
        again = box.cast_and_wait(poll.public_id, body)
        connections.close_all()
        return said, again

    def end():
        gate.wait()
        services.close_poll(poll=Poll.objects.get(pk=poll.pk), by=chair)
        connections.close_all()

    with ThreadPoolExecutor(5) as hands:
        ending = hands.submit(end)
        answers = list(hands.map(press, bodies))
        ending.result()

    in_box = set(PublishedBallot.objects.values_list("digest", flat=True))
    for body, (said, again) in zip(bodies, answers, strict=True):
        assert said.status == again.status
        assert (said.status == 200) == (crypto.digest(body) in in_box)
        assert said.status == 200 or said.code == "closed"
    assert fresh(poll).secret_box.collected == len(in_box) == sum(said.status == 200 for said, _again in answers)
    assert not SealedBallot.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_26_a_double_hand_out_from_two_tablets_gives_one_ballot(
    real_box, council, chair, hall, tellers, roll, delegates
):
    poll = draft(council, chair, hall)
    services.open_poll(poll=poll, roll=roll, by=chair)
    manifest = fresh(poll).secret_box.manifest
    pair = [tablets.Tablet(manifest), tablets.Tablet(manifest)]
    gate = threading.Barrier(2)

    def ask(tablet):
        gate.wait()
        try:
            return secret.hand_out(
                poll=Poll.objects.get(pk=poll.pk), delegate=delegates[0], blinded=tablet.blinded,
                manifest=tablet.digest,
            )  # fmt: skip
        except secret.Refused as refused:
            return refused.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as hands:
        said = list(hands.map(ask, pair))

    assert sorted(one == "other_request" for one in said) == [False, True]
    assert poll.hand_outs.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_process_that_dies_between_the_close_and_the_emptying_leaves_it_to_the_outbox(
    real_box,
    council,
    chair,
    hall,
    tellers,
    roll,
    delegates,
    monkeypatch,
):
    poll = draft(council, chair, hall)
    services.open_poll(poll=poll, roll=roll, by=chair)
    held = hand_out(poll, delegates[0])
    secret.start_casting(poll=poll, by=chair)
    box.cast_and_wait(poll.public_id, held.ballot(["1"]))
    with monkeypatch.context() as dead:
        dead.setattr(life, "empty", lambda poll: None)
        services.close_poll(poll=poll, by=chair)
    assert SealedBallot.objects.count() == PublishedBallot.objects.count() == 1

    assert outbox.run(Job.objects.get(kind="voting.empty_box").pk)

    assert not SealedBallot.objects.exists() and PublishedBallot.objects.count() == 1
    with connection.cursor() as cursor:  # 47: no row version of the destroyed keys is left either
        cursor.execute("SELECT pg_relation_size('voting_secretkeys')")
        assert cursor.fetchone() == (0,)
