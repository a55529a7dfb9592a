"""An opinion poll under way: plain functions for its tests."""

import uuid
from datetime import timedelta
from unittest import mock

from django.utils import timezone

from council import outbox
from tests import builders
from voting.models import Poll
from voting.opinions import services


def prepared(council, office, *, body=None, hours=72, **fields) -> Poll:
    """A draft that asks a body (by default the plenary), to be answered within some hours."""
    given = {
        "question": "Cho ý kiến về phân bổ dự phòng ngân sách năm 2026",
        "explanation": "Ủy ban nhân dân trình phương án phân bổ 12 tỷ đồng.",
        "closes_at": timezone.now() + timedelta(hours=hours),
    }
    return services.prepare_opinion(
        council=council, body=body or builders.plenary(council), by=office, **given | fields
    )


def sent(council, office, **fields) -> Poll:
    """One that was sent to its members."""
    return services.send_opinion(poll=prepared(council, office, **fields), by=office)


def answer(poll, delegate, choice="for", text="", *, key=None, replaces=0, by=None):
    """What the delegate sends from the own device."""
    return services.answer_opinion(
        poll=poll, delegate=delegate, choice=choice, text=text, key=key or uuid.uuid4(), replaces=replaces,
        by=by or delegate.user,
    )  # fmt: skip


def at(moment):
    """The server's clock shows this moment."""
    return mock.patch("django.utils.timezone.now", return_value=moment)


def do_jobs(*kinds) -> int:
    """The relay takes up what is due, of these kinds of work (all without)."""
    from council.models import Job

    done = 0
    while ids := outbox.due_ids():
        mine = [pk for pk in ids if not kinds or Job.objects.get(pk=pk).kind in kinds]
        if not mine:
            break
        for pk in mine:
            assert outbox.run(pk), Job.objects.get(pk=pk).last_error
            done += 1
    return done
