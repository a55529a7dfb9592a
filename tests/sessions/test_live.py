"""The socket of the room: who gets in, what is sent, what closes it, who loses it."""

import asyncio
import json
import uuid

import pytest
from asgiref.sync import SyncToAsync, sync_to_async
from channels.testing import WebsocketCommunicator
from django.db import connections
from django.test import Client
from django.utils import timezone

from council import gather
from council import hub as hub_module
from council.models import Device, Membership
from sessions import conduct
from sessions.permissions_room import wall_token
from tests.sessions import hall
from voting import ballot_box
from voting import services as voting
from voting.models import Vote

pytestmark = pytest.mark.django_db(transaction=True)  # the hub and the ballot box have threads of their own


@pytest.fixture(autouse=True)
def empty_box():
    yield
    ballot_box.stop()


@pytest.fixture
def running(sitting, secretary, delegates):
    return hall.run(sitting, secretary, present=delegates)


def cookies(client: Client) -> bytes:
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items()).encode()


class Screen:
    """A socket of one browser: `async with Screen(...) as screen`."""

    def __init__(self, sitting, audience, client=None, origin=b"http://localhost", query=""):
        from council.asgi import application

        headers = [(b"host", b"localhost")]
        headers += [(b"origin", origin)] if origin else []
        headers += [(b"cookie", cookies(client))] if client else []
        self.wire = WebsocketCommunicator(
            application, f"/ws/hop/{sitting.public_id}/{audience}{query}", headers=headers
        )

    async def __aenter__(self):
        self.is_in, _protocol = await self.wire.connect(timeout=5)
        return self

    async def __aexit__(self, *_error):
        await self.wire.disconnect()

    async def hear(self, kind="snapshot", timeout=5):
        """The next message of a kind; heartbeats and others are passed over."""
        async with asyncio.timeout(timeout):
            while True:
                message = json.loads(await self.wire.receive_from(timeout))
                if message["type"] == kind:
                    return message

    async def say(self, **message):
        await self.wire.send_to(text_data=json.dumps(message))

    async def closed_with(self, timeout=6):
        """The close code, once everything before it was heard."""
        async with asyncio.timeout(timeout):
            while True:
                output = await self.wire.receive_output(timeout)
                if output["type"] == "websocket.close":
                    return output.get("code")


def run(story):
    """Run a story in an event loop of its own, as a server process does.

    A query that nobody waits for any more may still be under way in its thread; the next test must not
    empty the tables under it.
    """
    try:
        return asyncio.run(story())
    finally:
        for thread in (hub_module._thread, gather._thread, SyncToAsync.single_thread_executor):
            thread.submit(connections.close_all).result()


later = sync_to_async  # acts of other people happen in another thread


def test_a_delegate_gets_the_whole_room_and_then_only_what_differs(running, secretary, delegate):
    client, item = hall.browser(delegate.user), running.items.get(number=1)

    async def story():
        async with Screen(running, "delegate", client) as screen:
            first = await screen.hear()
            await later(conduct.go_to_item)(sitting=running, item=item, by=secretary)
            return first, await screen.hear()

    first, second = run(story)

    assert first["base"] is None
    assert set(first["parts"]) == {"now", "papers", "agenda", "question", "ballot", "turnout", "secret", "record"}
    assert second["base"] == first["seq"] < second["seq"]
    assert "ballot" not in second["parts"]
    assert second["facts"]["item"] == 1


@pytest.mark.parametrize("audience", ["delegate", "desk", "wall"])
def test_nobody_gets_in_without_signing_in(running, audience):
    async def story():
        async with Screen(running, audience) as screen:
            return screen.is_in

    assert run(story) is False


@pytest.mark.parametrize("audience", ["desk", "public", "x"])
def test_a_delegate_gets_in_to_no_other_audience(running, delegate, audience):
    client = hall.browser(delegate.user, running)

    async def story():
        async with Screen(running, audience, client) as screen:
            return screen.is_in

    assert run(story) is False


def test_the_desks_socket_needs_the_second_factor(running, chair):
    plain, stepped_up = hall.browser(chair), hall.browser(chair, running)

    async def story():
        async with Screen(running, "desk", plain) as first, Screen(running, "desk", stepped_up) as second:
            return first.is_in, second.is_in

    assert run(story) == (False, True)


def test_a_wall_gets_in_by_its_link(running):
    token = wall_token(running)

    async def story():
        async with Screen(running, "wall", query=f"?khoa={token}") as screen:
            return screen.is_in, (await screen.hear())["facts"]["present"]

    assert run(story) == (True, 5)


@pytest.mark.parametrize("origin", [b"", b"null", b"https://example.org"])
def test_a_foreign_page_opens_no_socket(running, delegate, origin):
    client = hall.browser(delegate.user)

    async def story():
        async with Screen(running, "delegate", client, origin=origin) as screen:
            return screen.is_in

    assert run(story) is False


def test_a_vote_goes_over_the_socket_and_is_answered_after_it_is_written(running, chair, delegate):
    poll = hall.open_vote(running, chair)
    client = hall.browser(delegate.user)
    key = str(uuid.uuid4())

    async def story():
        async with Screen(running, "delegate", client) as screen:
            await screen.hear()
            await screen.say(type="cast", poll=str(poll.public_id), choice="for", key=key, replaces=0)
            answer = await screen.hear("cast")
            await screen.say(type="mine")
            return answer, await screen.hear("mine")

    answer, mine = run(story)

    vote = Vote.objects.get(poll=poll, delegate=delegate)
    assert (answer["answer"], answer["key"], answer["number"]) == ("recorded", key, 1)
    assert (vote.choice, vote.channel) == ("for", "socket")
    assert mine["vote"]["choice"] == "for"
    assert mine["entitled"] and mine["present"]


def test_a_vote_after_the_close_is_told_so_and_not_counted(running, chair, delegate):
    poll = hall.open_vote(running, chair)
    voting.close_poll(poll=poll, by=chair)
    client = hall.browser(delegate.user)

    async def story():
        async with Screen(running, "delegate", client) as screen:
            await screen.say(
                type="cast", poll=str(poll.public_id), choice="for", key=str(uuid.uuid4()), replaces=0
            )
            return await screen.hear("cast")

    assert run(story)["code"] == "closed"
    assert not Vote.objects.exists()


def test_the_turnout_counts_up_without_a_message_per_vote(running, chair, delegates):
    poll = hall.open_vote(running, chair)
    clients = [hall.browser(delegate.user) for delegate in delegates]

    async def story():
        frames = 0
        async with Screen(running, "delegate", clients[0]) as watcher:
            await watcher.hear()
            for delegate in delegates:
                await ballot_box.cast(poll.public_id, delegate.pk, "for", uuid.uuid4())
            while True:
                frame = await watcher.hear()
                frames += 1
                if frame["facts"]["poll"]["cast"] == 5:
                    return frames, frame

    frames, last = run(story)

    assert frames <= 3
    assert set(last["parts"]) == {"turnout"}


def deep(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"bytes_data": b"\x00"}, 1003),
        ({"text_data": "no json"}, 1008),
        ({"text_data": "[]"}, 1008),
        ({"text_data": deep(8000)}, 1008),
        ({"text_data": '{"a":' * 2000 + "1" + "}" * 2000}, 1008),
        ({"text_data": '{"type":"close_poll"}'}, 1008),
        ({"text_data": '{"type":["cast"]}'}, 1008),
        ({"text_data": '{"type":"cast"}'}, 1008),
        ({"text_data": '{"type":"cast","poll":1,"key":{},"replaces":"x"}'}, 1008),
        ({"text_data": '{"type":"ping","echo":"' + "x" * 17000 + '"}'}, 1009),
    ],
)
def test_what_the_room_does_not_understand_closes_the_socket_quietly(running, delegate, caplog, sent, code):
    client = hall.browser(delegate.user)

    async def story():
        async with Screen(running, "delegate", client) as screen:
            await screen.wire.send_to(**sent)
            return await screen.closed_with()

    assert run(story) == code
    assert not [record for record in caplog.records if record.exc_info]


def test_more_than_ten_messages_a_second_close_the_socket(running, delegate):
    client = hall.browser(delegate.user)

    async def story():
        async with Screen(running, "delegate", client) as screen:
            for _number in range(11):
                await screen.say(type="ping")
            return await screen.closed_with()

    assert run(story) == 1008


def test_a_fourth_screen_of_a_person_closes_the_first(running, delegate):
    client = hall.browser(delegate.user)

    async def story():
        screens = [Screen(running, "delegate", client) for _number in range(4)]
        for screen in screens:
            await screen.__aenter__()
        code = await screens[0].closed_with()
        await screens[3].hear()
        for screen in screens[1:]:
            await screen.__aexit__()
        return code

    assert run(story) == 1008


def test_a_full_server_takes_no_more_sockets(running, delegates, monkeypatch):
    monkeypatch.setattr(hub_module, "MAX_SOCKETS", 1)
    clients = [hall.browser(delegate.user) for delegate in delegates[:2]]

    async def story():
        async with Screen(running, "delegate", clients[0]), Screen(running, "delegate", clients[1]) as second:
            return await second.closed_with()

    assert run(story) == 1008


def sign_out(client, delegate):
    client.logout()


def disable(client, delegate):
    type(delegate.user).objects.filter(pk=delegate.user_id).update(is_active=False)


def leave_the_body(client, delegate):
    Membership.objects.filter(delegate=delegate).update(ends_on="2026-04-01")


def change_password(client, delegate):
    delegate.user.set_password("mot mat khau moi 2026")
    delegate.user.save()


@pytest.mark.parametrize("happens", [sign_out, disable, leave_the_body, change_password])
def test_who_loses_the_right_loses_the_socket_within_five_seconds(running, delegates, happens):
    client, other = hall.browser(delegates[0].user), hall.browser(delegates[1].user)

    async def story():
        async with Screen(running, "delegate", client) as screen, Screen(running, "delegate", other) as neighbour:
            await screen.hear()
            await later(happens)(client, delegates[0])
            code = await screen.closed_with(timeout=5)
            return code, (await neighbour.hear("beat"))["type"]

    assert run(story) == (4401, "beat")


def test_the_heartbeat_carries_the_newest_number(running, delegate):
    client = hall.browser(delegate.user)

    async def story():
        async with Screen(running, "delegate", client) as screen:
            first = await screen.hear()
            return first["seq"], (await screen.hear("beat", timeout=6))["seq"]

    shown, beaten = run(story)
    assert shown == beaten


def test_a_revoked_tablet_loses_its_socket_within_five_seconds(running, delegate):
    client = hall.browser(delegate.user)
    device = Device.objects.create(user=delegate.user, secret_hash="x" * 64)
    session = client.session
    session["device"] = device.pk
    session.save()

    async def story():
        async with Screen(running, "delegate", client) as screen:
            await screen.hear("beat", timeout=6)
            await later(Device.objects.filter(pk=device.pk).update)(revoked_at=timezone.now())
            return await screen.closed_with(timeout=5)

    assert run(story) == 4401
