"""A sitting that is under way, and what a browser brings along: plain functions for the room's tests."""

from django.test import Client
from django.urls import reverse

from council import second_factor
from council.models import User
from sessions import conduct, polls
from sessions.models import CouncilSession, Sitting
from voting.models import Poll


def convene(sitting: Sitting) -> Sitting:
    """The session's members know of it; nothing is open yet."""
    CouncilSession.objects.filter(pk=sitting.council_session_id).update(state=CouncilSession.State.CONVENED)
    return Sitting.objects.get(pk=sitting.pk)


def run(sitting: Sitting, secretary: User, present=()) -> Sitting:
    """Open the sitting with these delegates present."""
    sitting = conduct.open_sitting(sitting=convene(sitting), by=secretary)
    for delegate in present:
        conduct.set_attendance(sitting=sitting, delegate=delegate, state="present", by=secretary)
    return sitting


def prepare_vote(sitting: Sitting, chair: User, number: int = 2) -> Poll:
    """Go to an item and prepare a named vote on it."""
    item = sitting.items.get(number=number)
    conduct.go_to_item(sitting=sitting, item=item, by=chair)
    return polls.prepare_item_poll(sitting=sitting, item=item, by=chair).poll


def open_vote(sitting: Sitting, chair: User, number: int = 2) -> Poll:
    """Go to an item and open a named vote on it."""
    poll = prepare_vote(sitting, chair, number)
    return polls.open_item_poll(sitting=sitting, poll=poll, by=chair)


def browser(user: User, sitting: Sitting | None = None) -> Client:
    """A signed-in browser; with a sitting, the second factor was given for it."""
    client = Client()
    client.force_login(user)
    if sitting is not None:
        second_factor.grant(user=user, session_key=client.session.session_key, scope=sitting.room)
    return client


def act(client: Client, name: str, sitting: Sitting, *more, **data):
    """Post an act of the desk as its script does."""
    url = reverse(f"sessions:{name}", args=[sitting.public_id, *more])
    return client.post(url, data, HTTP_ACCEPT="application/json")
