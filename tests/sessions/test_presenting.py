"""Following the chair: who may lead the hall through a paper, who sees which page, and what it costs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from council import live
from council.errors import BadInput, NotAllowed, WrongState
from council.models import AuditEntry
from documents.models import Document, Version
from documents.services import set_visibility
from sessions import conduct, presenting
from sessions.models import ItemPaper, Presentation, Sitting
from tests import builders
from tests.sessions import hall


def filed(council, sitting, number=3, title="Báo cáo thẩm tra 71", pages=12) -> Version:
    """A paper of `pages` pages on an item."""
    document = Document.objects.create(council=council, title=title, body=builders.plenary(council))
    ItemPaper.objects.create(item=sitting.items.get(number=number), kind="report", title=title, document=document)
    return Version.objects.create(
        document=document, original_name="a.pdf", sha256="1" * 64, size=9, pages=pages, state="ready"
    )


@pytest.fixture
def running(sitting, secretary):
    return hall.run(sitting, secretary)


@pytest.fixture
def version(council, running):
    return filed(council, running)


def shown(sitting: Sitting, audience="delegate"):
    return live.snapshot(sitting.room, audience).facts.get("presenting")


def events(sitting) -> list[str]:
    kinds = AuditEntry.objects.filter(chain__key=sitting.council_session.chain_key).order_by("pk")
    return [row.event for row in kinds if "present" in row.event]


def test_the_chairs_page_is_on_every_tablet_and_nothing_else_is_told_of_the_paper(running, chair, version):
    presenting.start_presenting(sitting=running, version=version, page=3, by=chair)
    presenting.turn_page(sitting=running, page=6, turn=1, by=chair)

    told = shown(running)

    assert (told["paper"], told["version"], told["page"], told["who"]) == (
        str(version.document.public_id), 1, 6, "chủ tọa",
    )  # fmt: skip
    frame = live.snapshot(running.room, "delegate").frame()
    assert "Báo cáo thẩm tra 71" not in frame  # a tablet asks itself whether it may read that paper
    for stranger in ("wall", "public"):
        assert "presenting" not in live.snapshot(running.room, stranger).facts


def test_only_chair_secretary_and_whom_they_let_may_present(running, chair, delegates, version):
    member, other = delegates[:2]
    with pytest.raises(NotAllowed):
        presenting.start_presenting(sitting=running, version=version, page=1, by=member.user)

    presenting.let_present(sitting=running, delegate=member, by=chair)
    presenting.start_presenting(sitting=running, version=version, page=1, by=member.user)

    assert shown(running)["who"] == member.user.full_name
    with pytest.raises(NotAllowed):
        presenting.turn_page(sitting=running, page=2, turn=1, by=other.user)
    with pytest.raises(NotAllowed):
        presenting.let_present(sitting=running, delegate=other, by=member.user)

    presenting.let_present(sitting=running, delegate=None, by=chair)

    assert shown(running) is None
    with pytest.raises(NotAllowed):
        presenting.turn_page(sitting=running, page=2, turn=2, by=member.user)


def test_one_presents_at_a_time_and_the_chair_takes_over(running, chair, delegates, council, version):
    member = delegates[0]
    presenting.let_present(sitting=running, delegate=member, by=chair)
    presenting.start_presenting(sitting=running, version=version, page=1, by=chair)
    with pytest.raises(WrongState):
        presenting.start_presenting(sitting=running, version=version, page=1, by=member.user)
    presenting.stop_presenting(sitting=running, by=chair)
    presenting.start_presenting(sitting=running, version=version, page=1, by=member.user)

    second = filed(council, running, number=2, title="Tờ trình")
    presenting.start_presenting(sitting=running, version=second, page=4, by=chair)

    assert Presentation.objects.filter(ended_at=None).get().by == chair
    assert shown(running)["paper"] == str(second.document.public_id)


def test_the_record_tells_beginning_and_end_and_no_page(running, chair, version):
    presenting.start_presenting(sitting=running, version=version, page=1, by=chair)
    for turn in range(1, 31):
        presenting.turn_page(sitting=running, page=turn % 12 + 1, turn=turn, by=chair)
    conduct.close_sitting(sitting=running, by=chair)

    assert events(running) == ["sessions.presenting-started", "sessions.presenting-ended"]
    assert Presentation.objects.count() == 1  # thirty turns, one row
    assert shown(running) is None


def test_of_several_turns_under_way_the_latest_wins(running, chair, version):
    presenting.start_presenting(sitting=running, version=version, page=1, by=chair)

    assert presenting.turn_page(sitting=running, page=8, turn=20, by=chair)
    assert not presenting.turn_page(sitting=running, page=7, turn=19, by=chair)

    assert shown(running)["page"] == 8
    presenting.turn_page(sitting=running, page=400, turn=21, by=chair)
    assert shown(running)["page"] == 12


def test_a_turned_page_costs_the_hall_one_query_and_one_small_frame(running, chair, version):
    presenting.start_presenting(sitting=running, version=version, page=1, by=chair)
    before = live.snapshot(running.room, "delegate")
    presenting.turn_page(sitting=running, page=2, turn=1, by=chair)

    with CaptureQueriesContext(connection) as asked:
        after = live.snapshot(running.room, "delegate")

    assert len(asked) <= 5  # the room's numbers, the presentation, whose turn of words it is; never the agenda
    assert not any("agendaitem" in query["sql"] for query in asked)
    assert after.parts == before.parts
    assert len(after.frame(before)) < 1500
    assert after.facts == live.render(running.room, "delegate").facts


def test_who_may_not_read_the_paper_is_shown_none(running, chair, delegates, version):
    presenting.start_presenting(sitting=running, version=version, page=2, by=chair)
    url = reverse("sessions:presented", args=[running.public_id])
    reader = hall.browser(delegates[0].user)
    assert "Báo cáo thẩm tra 71" in reader.get(url).content.decode()

    version.document.visibility = "named"  # and no body is
    version.document.save()

    assert reader.get(url).status_code == 204
    today = reader.get(reverse("sessions:today")).content.decode()
    assert "Báo cáo thẩm tra 71" not in today.split("data-presented")[1].split("</section>")[0]


def test_a_paper_of_the_office_alone_is_not_presented(running, chair, office, version):
    set_visibility(document=version.document, visibility="office", by=office)

    with pytest.raises((BadInput, NotAllowed)):
        presenting.start_presenting(sitting=running, version=version, page=1, by=chair)


def test_the_presented_paper_is_one_tap_from_today(running, chair, delegate, version):
    presenting.start_presenting(sitting=running, version=version, page=2, by=chair)

    today = hall.browser(delegate.user).get(reverse("sessions:today")).content.decode()

    link = reverse("documents:read", args=[version.document.public_id])
    assert f'class="paper paper--led" href="{link}?' in today


def test_chair_presents_from_the_reader_after_the_second_factor(running, chair, delegate, version):
    start = {"paper": version.document.public_id, "version": 1, "page": 5}
    url = reverse("sessions:start_presenting", args=[running.public_id])
    assert "step_up" in hall.browser(chair).post(url, start, HTTP_ACCEPT="application/json").json()

    desk = hall.browser(chair, running)
    assert desk.post(url, start, HTTP_ACCEPT="application/json").status_code == 200
    turn = reverse("sessions:turn_page", args=[running.public_id])
    assert desk.post(turn, {"page": 6, "turn": 1}).status_code == 204

    assert shown(running)["page"] == 6
    reader = hall.browser(delegate.user).get(reverse("documents:read", args=[version.document.public_id]))
    assert "data-follow" in reader.content.decode()
    assert "data-follow-start" not in reader.content.decode()
    mine = desk.get(reverse("documents:read", args=[version.document.public_id])).content.decode()
    assert f'name="paper" value="{version.document.public_id}"' in mine.split("data-follow-start")[1]
    assert hall.act(desk, "stop_presenting", running).status_code == 200
    assert shown(running) is None
