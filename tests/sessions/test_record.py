"""The public record over HTTP: for whom, how it is kept, what of it a tablet may follow."""

import base64
import json
import re

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from django.urls import reverse

from council import audit, live
from sessions import record
from sessions.models import CouncilSession, Sitting
from tests import builders
from tests.sessions import hall
from tests.verify import held
from voting import services

pytestmark = pytest.mark.django_db


@pytest.fixture
def running(sitting, secretary, delegates):
    return hall.run(sitting, secretary, present=delegates[:4])


@pytest.fixture
def voted(running, chair, delegates):
    poll = hall.open_vote(running, chair)
    held.cast(poll, dict.fromkeys(delegates[:3], "for"))
    return held.end(poll, chair)


def url(name, sitting):
    return reverse(f"sessions:{name}", args=[sitting.council_session.slug])


def test_anybody_gets_the_record_and_asks_again_for_nothing(client, voted, running):
    answer = client.get(url("public_record", running))

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert json.loads(answer.content)["head"]["hash"] == record.head_of(running.council_session).hash
    again = client.get(url("public_record", running), HTTP_IF_NONE_MATCH=answer["ETag"])
    assert (again.status_code, again.content) == (304, b"")


def test_a_new_entry_gives_a_new_file(client, voted, running, chair):
    before = client.get(url("public_record", running))["ETag"]

    hall.open_vote(running, chair)

    assert client.get(url("public_record", running), HTTP_IF_NONE_MATCH=before).status_code == 200


def test_the_head_is_signed_by_the_key_that_the_first_entry_names(voted, running):
    head = record.head_of(running.council_session)
    first = json.loads(record.export(running.council_session))["entries"][0]["open"]["public"]

    def raw(text):
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    signature = raw(head.signature)
    pair = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    message = audit.canonical(
        {"format": "nghi-truong/head/1", "chain": head.chain, "seq": head.seq, "hash": head.hash}
    )
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw(first["key"]))
    key.verify(pair, message.encode(), ec.ECDSA(hashes.SHA256()))


def test_the_record_of_a_meeting_of_a_board_is_not_public(client, council, office, voted):
    board = builders.board(council)
    meeting = builders.council_session(council, office, body=board, number=9)
    CouncilSession.objects.filter(pk=meeting.pk).update(state="convened")
    audit.record(office, "sessions.tested", meeting, chain=meeting.chain_key)

    for name in ("public_record", "check_record", "record_qr", "record_links"):
        assert client.get(reverse(f"sessions:{name}", args=[meeting.slug])).status_code == 404


def test_a_tablet_follows_the_chain_in_digests_from_what_it_knew(client, voted, running):
    entries = json.loads(record.export(running.council_session))["entries"]

    way = client.get(url("record_links", running), {"tu": 2}).json()

    known = way["hash"]
    assert known == entries[1]["hash"]
    for seq, (opened, sealed) in enumerate(way["links"], 3):
        known = audit.sha256({"seq": seq, "previous": known, "open": opened, "sealed": sealed})
    assert (known, way["head"]["seq"]) == (way["head"]["hash"], entries[-1]["seq"])
    assert client.get(url("record_links", running), {"tu": 999}).json()["hash"] is None
    assert client.get(url("record_links", running), {"tu": "-1"}).status_code == 400


def test_every_screen_shows_the_head_but_for_the_time_of_a_vote(running, chair, delegates):
    def shown(audience):
        snapshot = live.render(running.room, audience)
        return snapshot.facts.get("record"), snapshot.parts.get("record", "").strip()

    services_head = record.head_of(running.council_session)
    facts, part = shown("delegate")
    assert facts["hash"] == services_head.hash and services_head.short in part
    poll = hall.open_vote(running, chair)
    assert shown("delegate") == (None, "")
    services.close_poll(poll=poll, by=chair)
    assert shown("delegate")[0]["seq"] > services_head.seq

    on_wall = live.render(running.room, "wall").parts
    assert on_wall["record"].strip() == ""  # nothing lies over the numbers of a result
    assert record.head_of(running.council_session).short in on_wall["scene"]
    Sitting.objects.filter(pk=running.pk).update(wall_view="pause")
    assert f"muc={record.head_of(running.council_session).seq}" in shown("wall")[1]
    Sitting.objects.filter(pk=running.pk).update(is_closed_door=True)
    assert shown("wall")[1] == ""


def test_the_code_on_the_wall_leads_to_the_page_of_checking_with_the_head_behind_a_hash(client, voted, running):
    head = record.head_of(running.council_session)

    answer = client.get(url("record_qr", running), {"muc": head.seq})

    assert answer["Content-Type"] == "image/svg+xml" and b"<svg" in answer.content
    assert head.url.endswith(f"/ky-hop/{running.council_session.slug}/kiem-tra#dau={head.words}")
    assert client.get(url("record_qr", running), {"muc": head.seq + 1}).status_code == 404


def test_the_public_page_leads_to_the_record(client, voted, running):
    page = client.get(url("public_session", running)).content.decode()

    assert url("check_record", running) in page and url("public_record", running) in page
    assert client.get(url("check_record", running)).status_code == 200


def test_34_a_delegate_sees_the_own_votes_with_their_codes_and_nobody_elses(voted, running, delegates, chair):
    address = reverse("sessions:my_votes", args=[running.council_session.public_id])
    mine, other = (hall.browser(delegate.user).get(address) for delegate in delegates[:2])

    codes = [re.findall(rf"{voted.public_id}\.\d+\.1\.for\.[0-9a-f]{{32}}", page.content.decode()) for page in (mine, other)]
    assert len(set(codes[0])) == len(set(codes[1])) == 1 and codes[0] != codes[1]
    assert "no-store" in mine["Cache-Control"]
    assert hall.browser(chair).get(address).status_code == 404
