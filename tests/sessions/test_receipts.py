"""Read receipts: by paper and by delegate, pages reached, first and last; downloads; for the office alone."""

import csv
from io import StringIO

import pytest
from django.urls import reverse

from council.models import Membership
from documents.services import note_downloaded, note_opened
from sessions import services
from sessions.models import CouncilSession
from sessions.receipts import by_delegate, by_paper
from tests import builders
from tests.documents.papers import tiny, upload


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def convened(council_session):
    CouncilSession.objects.filter(pk=council_session.pk).update(state=CouncilSession.State.RUNNING)
    council_session.refresh_from_db()
    return council_session


@pytest.fixture
def paper(convened, office):
    item = convened.items.get(number=2)
    paper = services.save_paper(item=item, by=office, kind="report", title="=Báo cáo", number="12/BC-UBND")
    return services.file_paper(paper=paper, by=office, upload=upload(tiny(pages=4)))


def version_of(paper):
    return paper.document.versions.first()


def test_a_papers_receipts_tell_how_far_each_delegate_came(convened, paper, delegates):
    first, second = delegates[0].user, delegates[1].user
    note_opened(version=version_of(paper), user=first, page=4)
    note_opened(version=version_of(paper), user=first, page=2)
    note_opened(version=version_of(paper), user=second, page=2)

    (line,) = by_paper(convened)

    words = {reading.delegate.user: reading.words for reading in line.readings}
    assert words[first] == "đã đọc hết"
    assert words[second] == "đến trang 2/4"
    assert words[delegates[2].user] == "chưa mở"
    assert (line.opened, line.finished, line.total) == (2, 1, len(delegates))
    reading = line.readings[0]
    assert reading.first <= reading.last


def test_who_read_an_older_version_only_has_not_read_the_newest(convened, paper, delegates, office):
    note_opened(version=version_of(paper), user=delegates[0].user, page=4)
    services.file_paper(paper=paper, by=office, upload=upload(tiny("hai", pages=2)))

    (line,) = by_paper(convened)

    assert (line.readings[0].words, line.finished) == ("mới mở bản lần 1", 0)


def test_a_boards_paper_counts_its_members_only(convened, paper, delegates, office, council):
    board = builders.board(council)
    Membership.objects.create(
        body=board, user=delegates[0].user, delegate=delegates[0], starts_on=builders.TERM_START
    )
    services.set_paper_readers(paper=paper, by=office, visibility="named", bodies=[board])

    (line,) = by_paper(convened)

    assert [reading.delegate for reading in line.readings] == [delegates[0]]
    totals = {row.delegate: row.total for row in by_delegate(convened)}
    assert (totals[delegates[0]], totals[delegates[1]]) == (1, 0)


def test_downloads_stand_beside_the_reading_and_others_apart(convened, paper, delegates, office):
    note_downloaded(version=version_of(paper), user=delegates[0].user)
    note_downloaded(version=version_of(paper), user=office)

    (line,) = by_paper(convened)

    assert (len(line.readings[0].downloads), [row.name for row in line.guests]) == (1, [office.full_name])
    assert line.downloads == 2


def test_the_office_sees_and_takes_the_tables(convened, paper, delegates, office, client):
    note_opened(version=version_of(paper), user=delegates[0].user, page=4)
    note_downloaded(version=version_of(paper), user=delegates[0].user)
    client.force_login(office)
    urls = [
        reverse("sessions:receipts", args=[convened.public_id]),
        reverse("sessions:receipts", args=[convened.public_id]) + "?theo=dai-bieu",
        reverse("sessions:receipts_of_paper", args=[convened.public_id, paper.public_id]),
        reverse("sessions:receipts_of_delegate", args=[convened.public_id, delegates[0].public_id]),
    ]
    for url in urls:
        page = client.get(url)
        assert page.status_code == 200
        assert "1/" in page.content.decode()

    table = client.get(urls[2] + "?dang=csv")

    rows = list(csv.reader(StringIO(table.content.decode("utf-8-sig"))))
    assert rows[1][1] == "'=Báo cáo"  # no formula reaches a spreadsheet
    assert (rows[1][3], rows[1][5], rows[1][7], rows[1][11]) == (delegates[0].full_name, "đã đọc hết", "4", "1")
    assert len(rows) == 1 + len(delegates)


def test_nobody_but_the_office_sees_who_reads(convened, paper, delegates, chair, client):
    for user in (delegates[0].user, chair):
        client.force_login(user)
        for name, args in (("receipts", []), ("receipts_of_paper", [paper.public_id])):
            url = reverse(f"sessions:{name}", args=[convened.public_id, *args])
            assert client.get(url).status_code == 404
