"""The tablets' short road over HTTP decides nothing that the pages' way decides otherwise."""

import asyncio
import json
import uuid

import httpx
import pytest
from asgiref.sync import SyncToAsync
from django.conf import settings
from django.db import connections

from council import gather
from council.models import Device
from tests import builders
from tests.voting.conftest import vote
from voting import ballot_box, services
from voting.door import BallotDoor
from voting.models import Vote

pytestmark = pytest.mark.django_db(transaction=True)  # the ballot box has a thread of its own
TOKEN = "a" * 32


@pytest.fixture
def tablet(client, delegate):
    client.force_login(delegate.user)
    return client


def post(poll, body=None, *, client=None, application=None, content=None, **headers):
    """One POST to the whole application, or to another one; the answer."""
    from council.asgi import application as whole

    cookies = {settings.CSRF_COOKIE_NAME: TOKEN}
    if client is not None:
        cookies[settings.SESSION_COOKIE_NAME] = client.session.session_key
    sent = {"X-CSRFToken": TOKEN, "Origin": "http://localhost", "Content-Type": "application/json"} | headers
    body = body or {"choice": "for", "key": str(uuid.uuid4()), "replaces": 0}

    async def story():
        way = httpx.ASGITransport(app=application or whole)
        async with httpx.AsyncClient(transport=way, base_url="http://localhost", cookies=cookies) as browser:
            return await browser.post(f"/bo-phieu/{poll.public_id}", content=content or json.dumps(body), headers=sent)

    try:
        return asyncio.run(story())
    finally:
        ballot_box.stop()
        for thread in (gather._thread, SyncToAsync.single_thread_executor):
            thread.submit(connections.close_all).result()


async def no_pages(scope, receive, send):
    raise AssertionError("a plain ballot went the pages' way")


def test_a_plain_ballot_is_answered_without_the_pages(tablet, open_poll):
    key = str(uuid.uuid4())

    answer = post(
        open_poll, {"choice": "for", "key": key, "replaces": 0}, client=tablet, application=BallotDoor(no_pages)
    )

    assert (answer.status_code, answer.json()["answer"], answer.json()["key"]) == (200, "recorded", key)
    counted = Vote.objects.get()
    assert (counted.choice, counted.channel) == ("for", "http")


def test_both_ways_give_the_same_answer_with_the_same_headers(tablet, open_poll):
    from council.asgi import pages

    body = {"choice": "for", "key": str(uuid.uuid4()), "replaces": 0}
    short = post(open_poll, body, client=tablet, application=BallotDoor(no_pages))
    long = post(open_poll, body, client=tablet, application=pages)

    def told(answer):
        return {name: text for name, text in answer.headers.items() if name not in ("vary", "content-language")}

    assert short.json() == long.json()
    assert told(short) == told(long)
    assert "Cookie" in short.headers["Vary"]


def test_the_refusals_of_the_box_keep_their_status(tablet, open_poll, delegate, chair):
    key = str(uuid.uuid4())
    vote(open_poll, delegate, "other", key=key)

    def press(choice, used=None):
        said = {"choice": choice, "key": used or str(uuid.uuid4()), "replaces": 0}
        return post(open_poll, said, client=tablet, application=BallotDoor(no_pages))

    assert (press("against", key).status_code, press("against").json()["answer"]) == (409, "stale")
    assert press("maybe").status_code == 422
    services.close_poll(poll=open_poll, by=chair)
    assert press("for").json()["code"] == "closed"
    assert (press("other", key).status_code, Vote.objects.get().choice) == (200, "other")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://example.org"}, 403),
        ({"X-CSRFToken": "b" * 32}, 403),
        ({"X-CSRFToken": ""}, 403),
        ({"Host": "example.org"}, 400),
    ],
)
def test_a_foreign_page_casts_no_ballot(tablet, open_poll, headers, status):
    assert post(open_poll, client=tablet, **headers).status_code == status
    assert not Vote.objects.exists()


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "{",
        '{"choice": "for"}',
        '{"choice": ["for"], "key": "8b1f0e5e-0f4b-4c8f-9c1c-2f5d6a7b8c9d", "replaces": 0}',
        '{"choice": "for", "key": "8b1f0e5e-0f4b-4c8f-9c1c-2f5d6a7b8c9d", "replaces": true}',
        '{"choice": "for", "key": "8b1f0e5e-0f4b-4c8f-9c1c-2f5d6a7b8c9d", "replaces": -1}',
        '{"choice": "for", "key": "8b1f0e5e-0f4b-4c8f-9c1c-2f5d6a7b8c9d", "replaces": 0, "delegate": 2}',
        '{"choice": "%s", "key": "8b1f0e5e-0f4b-4c8f-9c1c-2f5d6a7b8c9d", "replaces": 0}' % ("x" * 20000),
    ],
)
def test_an_unfit_ballot_goes_the_pages_way_and_is_refused_there(tablet, open_poll, content):
    answer = post(open_poll, client=tablet, content=content)

    if "true" in content:  # what the form takes for a number, it takes
        assert answer.status_code in (200, 409, 422)
    else:
        assert (answer.status_code, answer.json()["code"]) == (422, "unfit")
        assert not Vote.objects.exists()


def test_who_is_not_signed_in_is_told_so(client, open_poll):
    answer = post(open_poll)

    assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")


def test_who_was_signed_out_or_whose_tablet_was_revoked_casts_no_ballot(tablet, open_poll, delegate):
    device = Device.objects.create(user=delegate.user, secret_hash="x" * 64)
    session = tablet.session
    session["device"] = device.pk
    session.save()
    Device.objects.filter(pk=device.pk).update(revoked_at="2026-01-01T00:00+07:00")
    with pytest.raises(AssertionError, match="the pages' way"):
        post(open_poll, client=tablet, application=BallotDoor(no_pages))

    type(delegate.user).objects.filter(pk=delegate.user_id).update(is_active=False)
    assert post(open_poll, client=tablet).status_code == 401
    assert not Vote.objects.exists()


def test_who_is_not_on_the_roll_is_refused_in_words(client, council, open_poll):
    client.force_login(builders.person(council, "guest", role="guest"))

    answer = post(open_poll, client=client)

    assert answer.status_code in (403, 404)
    assert not Vote.objects.exists()


def test_a_delegate_who_has_switched_councils_goes_the_pages_way(tablet, open_poll, other_council):
    session = tablet.session
    session["council"] = other_council.pk
    session.save()

    with pytest.raises(AssertionError, match="the pages' way"):
        post(open_poll, client=tablet, application=BallotDoor(no_pages))


def test_a_poll_of_another_council_is_not_there(tablet, open_poll, other_council, council):
    other_council.host = "localhost"
    other_council.save()

    assert post(open_poll, client=tablet).status_code == 404
    assert not Vote.objects.exists()


def test_a_rush_over_http_asks_for_all_senders_together(open_poll, delegates, django_assert_max_num_queries):
    from tests.conftest import SignedInClient
    from voting.door import Sender, delegates_of

    keys = []
    for delegate in delegates:
        browser = SignedInClient()
        browser.force_login(delegate.user)
        keys.append(browser.session.session_key)

    with django_assert_max_num_queries(8):
        found = delegates_of([Sender(key, "localhost", open_poll.public_id) for key in keys])

    assert found == [delegate.pk for delegate in delegates]
