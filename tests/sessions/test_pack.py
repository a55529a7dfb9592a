"""What a session consists of on a tablet that takes it along."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from documents import door, pack
from documents.door import PackDoor
from documents.models import PackFile
from documents.services import add_paper, replace_paper, set_visibility, withdraw_paper
from documents.serving import PIECE
from sessions.models import CouncilSession, ItemPaper
from tests import builders
from tests.documents.papers import tiny, upload, with_pages


@pytest.fixture
def convened(settings, tmp_path, council_session):
    settings.MEDIA_ROOT = tmp_path / "files"
    council_session.state = CouncilSession.State.CONVENED
    council_session.save()
    return council_session


@pytest.fixture
def paper(convened, council, office):
    version = add_paper(
        council=council, by=office, upload=upload(tiny()), title="Tờ trình về đất đai", kind="submission",
        number="15/TTr-UBND", body=builders.plenary(council),
    )  # fmt: skip
    hang(convened, version.document)
    with_pages(version, ["Xin chao"])
    pack.prepare_pdf(version)
    pack.prepare_pages(version)
    return version


def hang(council_session, document):
    item = council_session.items.get(number=2)
    return ItemPaper.objects.create(item=item, kind=document.kind, title=document.title, document=document)


def ask(client, council_session, user):
    client.force_login(user)
    return client.get(reverse("sessions:pack", args=[council_session.public_id]))


def test_the_manifest_holds_agenda_and_papers_with_their_digests(client, convened, paper, delegate):
    manifest = ask(client, convened, delegate.user).json()

    key = str(paper.document.public_id)
    items = manifest["sittings"][0]["items"]
    assert [item["number"] for item in items] == [1, 2, 3]
    assert items[1]["papers"] == [
        {"title": "Tờ trình về đất đai", "kind": "Tờ trình", "number": "", "document": key, "away": ""}
    ]
    files = {file["kind"]: file for file in manifest["papers"][key]["files"]}
    assert files["pdf"]["sha256"] == paper.sha256
    assert files["pdf"]["size"] == paper.size
    assert manifest["piece"] == pack.PIECE
    for file in files.values():
        answer = client.get(file["url"])
        content = b"".join(answer.streaming_content)
        assert (answer.status_code, len(content)) == (200, file["size"])


def first_file(client, convened, user):
    manifest = ask(client, convened, user).json()
    return next(iter(manifest["papers"].values()))["files"][0]


def through_the_door(client, url, *, after=lambda sent: None, **headers):
    """What the tablets' own road answers: (status, headers, body); None when it hands on to the pages.

    `after` is told the bytes so far after each piece.
    """
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    sent = {b"host": b"testserver", b"cookie": cookie.encode()} | {
        name.replace("_", "-").encode(): value.encode() for name, value in headers.items()
    }
    scope = {"type": "http", "method": "GET", "path": url, "query_string": b"", "headers": list(sent.items())}
    scope |= {"client": ("127.0.0.1", 1), "server": ("testserver", 80), "scheme": "http"}
    said, handed_on = [], []

    async def pages(scope, receive, send):
        handed_on.append(True)

    async def send(event):
        said.append(event)
        await asyncio.to_thread(after, sum(len(event.get("body", b"")) for event in said))

    asyncio.run(PackDoor(pages)(scope, None, send))
    if handed_on:
        return None
    return said[0]["status"], dict(said[0]["headers"]), b"".join(event["body"] for event in said[1:])


@pytest.mark.django_db(transaction=True)  # the door reads in a thread of its own
def test_a_file_is_sent_by_its_ticket_whole_and_from_where_a_tablet_stopped(client, convened, paper, delegate):
    file = first_file(client, convened, delegate.user)
    stored = paper.file.open("rb").read()

    status, headers, body = through_the_door(client, file["url"])
    assert (status, body) == (200, stored)
    assert headers[b"cache-control"] == b"private, no-store"
    assert headers[b"content-security-policy"].startswith(b"sandbox")

    status, headers, body = through_the_door(client, file["url"], range="bytes=100-", if_range=f'"{file["sha256"]}"')
    assert (status, body) == (206, stored[100:])
    assert through_the_door(client, file["url"], range="bytes=100-", if_range='"other"')[0] == 200
    assert through_the_door(client, file["url"], range=f"bytes={file['size']}-")[0] == 416


@pytest.mark.django_db(transaction=True)
def test_a_ticket_is_worth_nothing_to_another_nor_after_sign_out_nor_for_a_withdrawn_paper(
    client, convened, paper, delegates, office
):
    mine = first_file(client, convened, delegates[0].user)["url"]
    other = Client()
    other.force_login(delegates[1].user)

    assert through_the_door(other, mine) is None
    assert other.get(mine).status_code == 404
    assert through_the_door(client, mine[:-3] + "abc") is None
    assert through_the_door(client, mine)[0] == 200

    withdraw_paper(document=paper.document, by=office)
    assert through_the_door(client, mine) is None
    assert client.get(mine).status_code == 404

    paper.document.withdrawn_at = None
    paper.document.save()
    assert through_the_door(client, mine)[0] == 200
    Session.objects.filter(session_key=client.session.session_key).delete()
    assert through_the_door(client, mine) is None


def leaves_the_body(delegate, paper, office):
    delegate.user.memberships.update(ends_on=timezone.localdate() - timedelta(days=1))


def is_kept_from(delegate, paper, office):
    board = builders.board(paper.document.council)
    set_visibility(document=paper.document, visibility="named", bodies=[board], by=office)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("happens", [leaves_the_body, is_kept_from])
def test_07_a_ticket_ends_within_five_seconds_after_the_right_to_its_paper(
    client, convened, paper, delegate, office, happens, monkeypatch
):
    mine = first_file(client, convened, delegate.user)["url"]
    assert through_the_door(client, mine)[0] == 200
    assert door.BELIEVED < 5

    happens(delegate, paper, office)
    monkeypatch.setattr(door, "BELIEVED", 1e-9)  # those seconds have passed

    assert through_the_door(client, mine) is None
    assert client.get(mine).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_07_a_long_file_stops_in_the_middle_when_the_sign_in_ends(client, convened, paper, delegate, monkeypatch):
    mine = first_file(client, convened, delegate.user)["url"]
    row = PackFile.objects.get(kind="pdf")
    Path(row.stored.path).chmod(0o600)
    Path(row.stored.path).write_bytes(bytes(5 * PIECE))
    PackFile.objects.filter(pk=row.pk).update(size=5 * PIECE)
    monkeypatch.setattr(door, "BELIEVED", 1e-9)

    def ends_the_sign_in(sent):
        if sent == PIECE:
            Session.objects.filter(session_key=client.session.session_key).delete()

    status, headers, body = through_the_door(client, mine, after=ends_the_sign_in)

    assert (status, headers[b"content-length"]) == (200, str(5 * PIECE).encode())
    assert len(body) == PIECE


def test_a_paper_whose_digests_are_not_known_yet_is_told_and_asked_for_again(client, convened, paper, delegate):
    paper.pack_files.all().delete()

    manifest = ask(client, convened, delegate.user).json()

    assert manifest["papers"][str(paper.document.public_id)]["files"] == []


def test_21_what_was_withdrawn_is_in_no_manifest(client, convened, paper, delegate, office):
    assert "đất đai" in ask(client, convened, delegate.user).content.decode()

    withdraw_paper(document=paper.document, by=office)

    manifest = ask(client, convened, delegate.user)
    assert manifest.json()["papers"] == {}
    assert "đất đai" not in manifest.content.decode()


def test_a_newer_version_takes_the_place_of_the_older(client, convened, paper, delegate, office):
    newer = replace_paper(document=paper.document, by=office, upload=upload(tiny("Ban moi")))
    pack.prepare_pdf(newer)

    told = ask(client, convened, delegate.user).json()["papers"][str(paper.document.public_id)]

    assert (told["version"], told["files"][0]["sha256"]) == (2, newer.sha256)


def test_the_offices_own_papers_never_travel(client, convened, paper, office):
    set_visibility(document=paper.document, visibility="office", by=office)

    manifest = ask(client, convened, office).json()

    assert manifest["papers"] == {}
    assert manifest["sittings"][0]["items"][1]["papers"][0]["away"] == "online"


def test_who_does_not_belong_to_the_session_gets_nothing(client, convened, paper, council, agency_clerk):
    assert ask(client, convened, agency_clerk).status_code == 404
    assert Client().get(reverse("sessions:pack", args=[convened.public_id])).status_code == 302


def test_a_session_that_is_over_for_the_councils_days_is_taken_along_no_more(client, convened, paper, delegate):
    convened.ends_on = timezone.localdate() - timedelta(days=7)
    convened.starts_on = convened.ends_on
    convened.save()
    assert ask(client, convened, delegate.user).status_code == 200

    convened.ends_on -= timedelta(days=1)
    convened.save()

    assert ask(client, convened, delegate.user).status_code == 404


def test_a_manifest_costs_the_same_for_few_papers_and_many(
    client, convened, paper, delegate, council, office, django_assert_max_num_queries
):
    for number in range(2):
        version = add_paper(
            council=council, by=office, upload=upload(tiny(f"So {number}")), title=f"Báo cáo {number}", kind="report",
            body=builders.plenary(council),
        )  # fmt: skip
        hang(convened, version.document)
        pack.prepare_pdf(version)
    client.force_login(delegate.user)

    with django_assert_max_num_queries(45):
        answer = client.get(reverse("sessions:pack", args=[convened.public_id]))

    assert len(answer.json()["papers"]) == 3
