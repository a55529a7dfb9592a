"""Papers and resolutions over the API: the same rules as on the screens."""

import uuid

import pytest
from django.core.files.base import ContentFile

from documents import selectors
from documents.models import Document, ReadReceipt, Resolution
from documents.selectors import Adoption
from documents.services import add_paper, issue_resolution, publish_resolution
from tests import builders
from tests.documents.papers import tiny, upload
from tests.documents.resolutions import TEXT, VOTE, draft

PAPERS, RESOLUTIONS = "/api/v1/documents", "/api/v1/resolutions"


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def document(council, office) -> Document:
    return add_paper(
        council=council, by=office, upload=upload(tiny(pages=3)), title="Tờ trình 279", kind="submission",
        body=builders.plenary(council),
    ).document  # fmt: skip


def published(council, office, **fields) -> Resolution:
    made = issue_resolution(resolution=draft(council, office, **fields), by=office)
    made.pdf.save("x.pdf", ContentFile(tiny()), save=True)
    return publish_resolution(resolution=made, by=office)


def send(client, url, data=None, method="post"):
    return getattr(client, method)(url, data or {}, content_type="application/json")


def test_a_member_lists_and_reads_papers_and_a_stranger_finds_none(client, document, delegate):
    assert client.get(PAPERS).status_code in (401, 403)
    client.force_login(builders.user("nguoi-la"))
    assert client.get(PAPERS).json()["results"] == []
    assert client.get(f"{PAPERS}/{document.public_id}").status_code == 404

    client.force_login(delegate.user)

    (line,) = client.get(PAPERS).json()["results"]
    assert (line["id"], line["version"]["pages"]) == (str(document.public_id), 3)
    assert set(line) == {
        "id", "title", "kind", "number", "issuer", "issued_on", "visibility", "body", "created_at", "version",
    }  # fmt: skip


def test_the_office_brings_replaces_opens_and_withdraws(client, council, office):
    client.force_login(office)
    body = str(builders.plenary(council).public_id)

    made = client.post(PAPERS, {"file": upload(tiny()), "title": "Báo cáo", "kind": "report", "body": body})
    url = f"{PAPERS}/{made.json()['id']}"
    replaced = client.post(f"{url}/versions", {"file": upload(tiny(pages=2))})
    opened = send(client, f"{url}/visibility", {"visibility": "public"})

    assert (made.status_code, replaced.status_code, opened.status_code) == (201, 201, 200)
    assert replaced.json()["version"]["number"] == 2
    assert opened.json()["visibility"] == "public"
    assert send(client, f"{url}/withdrawal").status_code == 204
    assert client.get(url).status_code == 404


def test_what_is_no_pdf_is_422_in_words(client, council, office):
    client.force_login(office)

    response = client.post(PAPERS, {"file": upload(b"x"), "title": "Báo cáo", "kind": "report"})

    assert response.status_code == 422
    assert "không phải tệp PDF" in response.json()["detail"]


def test_a_member_may_read_and_not_write(client, document, delegate):
    client.force_login(delegate.user)
    url = f"{PAPERS}/{document.public_id}"

    assert client.post(PAPERS, {"file": upload(tiny()), "title": "x", "kind": "report"}).status_code == 403
    assert client.post(f"{url}/versions", {"file": upload(tiny())}).status_code == 403
    assert send(client, f"{url}/visibility", {"visibility": "public"}).status_code == 403
    assert send(client, f"{url}/withdrawal").status_code == 403
    assert send(client, f"{url}/progress", {"version": 1, "page": 2}).status_code == 204
    assert ReadReceipt.objects.get().page == 2


def test_the_offices_acts_need_the_second_factor(client, document, council, office):
    resolution = draft(council, office)
    client.force_login(office, second_factor=False)

    assert send(client, f"{PAPERS}/{document.public_id}/withdrawal").status_code == 403
    assert client.get(f"{RESOLUTIONS}/{resolution.public_id}").status_code == 403
    assert send(client, f"{RESOLUTIONS}/{resolution.public_id}/number").status_code == 403


def test_unknown_fields_are_refused(client, document, office):
    client.force_login(office)

    response = send(client, f"{PAPERS}/{document.public_id}/visibility", {"visibility": "public", "created_by": 1})

    assert response.status_code == 400


def test_published_resolutions_are_for_everybody_and_drafts_for_nobody(client, council, office, delegate):
    hidden = draft(council, office, title="Tiếng chim canh gác")
    shown = published(council, office, adoption=VOTE)

    for user in (None, delegate.user):
        if user:
            client.force_login(user)
        (line,) = client.get(RESOLUTIONS).json()["results"]
        assert (line["id"], line["symbol"]) == (str(shown.public_id), "01/NQ-HĐND")
        assert client.get(f"{RESOLUTIONS}/{hidden.public_id}").status_code == 404
        found = client.get(f"{RESOLUTIONS}/{shown.public_id}").json()
        assert (found["vote"]["votes_for"], found["is_signed"]) == (71, False)
        assert found["lines"][-1]["text"].endswith("./.")


def test_resolutions_are_searched_and_filtered(client, council, office):
    published(council, office, title="Mức thu học phí", kind="normative")
    published(council, office, title="Đầu tư công")

    def symbols(**query):
        return [line["symbol"] for line in client.get(RESOLUTIONS, query).json()["results"]]

    assert symbols(q="hoc phi") == ["01/2026/NQ-HĐND"]
    assert symbols(kind="individual") == ["01/NQ-HĐND"]
    assert symbols(year=2025) == []
    assert client.get(RESOLUTIONS, {"ordering": "created_by"}).status_code == 400
    assert client.get(RESOLUTIONS, {"page_size": 5000}).status_code == 200


def test_the_office_writes_numbers_and_publishes(client, council, office, monkeypatch):
    adoption = Adoption(VOTE["poll"], "x", VOTE, draft(council, office).adopted_on, "Kỳ họp thứ 5", "/ky-hop/5")
    monkeypatch.setattr(selectors, "_adoptions", [lambda user, council: [adoption]])
    client.force_login(office)
    body = {
        "kind": "individual",
        "title": "Dự toán",
        "text": TEXT,
        "adopted_on": "2026-12-11",
        "poll": VOTE["poll"],
    }

    made = send(client, RESOLUTIONS, body)
    url = f"{RESOLUTIONS}/{made.json()['id']}"
    edited = send(
        client, url, {key: body[key] for key in ("kind", "text", "adopted_on")} | {"title": "Dự toán 2027"}, "put"
    )
    numbered = send(client, f"{url}/number")
    early = send(client, f"{url}/publication")
    Resolution.objects.get(symbol="01/NQ-HĐND").pdf.save("x.pdf", ContentFile(tiny()), save=True)
    public = send(client, f"{url}/publication")

    assert [made.status_code, edited.status_code, numbered.status_code, early.status_code, public.status_code] == [
        201, 200, 200, 409, 200,
    ]  # fmt: skip
    assert (public.json()["title"], public.json()["symbol"], public.json()["vote"]["total"]) == (
        "Dự toán 2027",
        "01/NQ-HĐND",
        85,
    )
    assert send(client, RESOLUTIONS, body).status_code == 404  # this vote has its resolution


def test_what_a_text_lacks_is_listed(client, council, office):
    resolution = draft(council, office, text={})
    client.force_login(office)

    response = send(client, f"{RESOLUTIONS}/{resolution.public_id}/number")

    assert response.status_code == 422
    assert "Chưa có điều nào." in response.json()["faults"]


def test_others_write_nothing(client, council, office, other_council, delegate, chair):
    resolution = draft(council, office)
    for user in (delegate.user, chair):
        client.force_login(user)
        assert send(client, RESOLUTIONS, {}).status_code == 403
        assert send(client, f"{RESOLUTIONS}/{resolution.public_id}/number").status_code == 404
    client.logout()
    assert send(client, RESOLUTIONS, {}).status_code == 403
    assert send(client, f"{RESOLUTIONS}/{uuid.uuid4()}/publication").status_code == 404
