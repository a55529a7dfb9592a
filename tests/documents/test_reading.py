"""The reader's page, the bytes in parts, and the way back."""

import uuid

import pytest
from django.urls import reverse

from documents import selectors
from documents.models import ReadReceipt
from documents.services import add_paper, replace_paper, set_visibility, withdraw_paper
from documents.serving import part_asked_for
from tests import builders
from tests.documents.papers import tiny, upload

CONTENT = tiny(pages=4)


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def version(council, office):
    return add_paper(
        council=council, by=office, upload=upload(CONTENT), title="Tờ trình 279", kind="submission",
        body=builders.plenary(council),
    )  # fmt: skip


def bytes_url(version):
    return reverse("documents:bytes", args=[version.document.public_id, version.number])


def read_url(version):
    return reverse("documents:read", args=[version.document.public_id])


def body_of(response) -> bytes:
    return b"".join(response.streaming_content)


def test_a_member_reads_and_a_stranger_finds_nothing(client, version, delegate):
    for url in (read_url(version), bytes_url(version)):
        assert client.get(url).status_code == 404

    client.force_login(delegate.user)

    assert client.get(read_url(version)).status_code == 200
    assert body_of(client.get(bytes_url(version))) == CONTENT


def test_another_councils_paper_is_not_there(client, version, other_council, delegate):
    stranger = builders.delegate(other_council, 1)
    client.force_login(stranger.user)
    session = client.session
    session["council"] = other_council.pk
    session.save()

    assert client.get(read_url(version)).status_code == 404
    assert client.get(bytes_url(version)).status_code == 404


def test_the_offices_papers_open_behind_its_second_factor(client, version, office):
    set_visibility(document=version.document, visibility="office", by=office)
    client.force_login(office, second_factor=False)
    for url in (read_url(version), bytes_url(version)):
        assert client.get(url).status_code == 302

    client.force_login(office)

    for url in (read_url(version), bytes_url(version)):
        assert client.get(url).status_code == 200


def test_a_public_paper_is_read_without_an_account(client, version, office):
    set_visibility(document=version.document, visibility="public", by=office)

    assert client.get(read_url(version)).status_code == 200
    assert body_of(client.get(bytes_url(version))) == CONTENT


def test_a_withdrawn_paper_is_gone(client, version, office):
    set_visibility(document=version.document, visibility="public", by=office)
    withdraw_paper(document=version.document, by=office)

    assert client.get(read_url(version)).status_code == 404
    assert client.get(bytes_url(version)).status_code == 404


def test_an_id_that_never_was_is_404(client, office):
    client.force_login(office)

    assert client.get(reverse("documents:read", args=[uuid.uuid4()])).status_code == 404


def test_the_bytes_are_a_harmless_download_that_nobody_keeps(client, version, delegate):
    client.force_login(delegate.user)

    response = client.get(bytes_url(version))

    assert response["Content-Disposition"].startswith("attachment")
    assert "T%E1%BB%9D%20tr%C3%ACnh.pdf" in response["Content-Disposition"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [("bytes=0-9", 0, 9), ("bytes=100-", 100, None), ("bytes=-20", -20, None), ("bytes=5-99999999", 5, None)],
)
def test_a_part_is_sent_on_request(client, version, delegate, header, first, last):
    client.force_login(delegate.user)

    response = client.get(bytes_url(version), headers={"Range": header})

    expected = CONTENT[first : last + 1 if last is not None else None]
    assert response.status_code == 206
    assert body_of(response) == expected
    assert int(response["Content-Length"]) == len(expected)
    start = first if first >= 0 else len(CONTENT) + first
    assert response["Content-Range"] == f"bytes {start}-{start + len(expected) - 1}/{len(CONTENT)}"


def test_a_part_outside_the_file_is_416_and_nonsense_is_the_whole(client, version, delegate):
    client.force_login(delegate.user)

    assert client.get(bytes_url(version), headers={"Range": f"bytes={len(CONTENT)}-"}).status_code == 416
    for header in ("bytes=0-1,5-6", "pages=1-2", "bytes=9-3", "bytes=-"):
        assert client.get(bytes_url(version), headers={"Range": header}).status_code == 200
    with pytest.raises(ValueError):
        part_asked_for("bytes=-0", 10)


def test_a_part_of_an_older_content_is_not_mixed_with_the_new(client, version, delegate):
    client.force_login(delegate.user)

    response = client.get(bytes_url(version), headers={"Range": "bytes=0-9", "If-Range": '"another"'})

    assert response.status_code == 200


def test_a_public_paper_is_not_sent_twice_to_who_has_it(client, version, office):
    set_visibility(document=version.document, visibility="public", by=office)
    first = client.get(bytes_url(version))

    again = client.get(bytes_url(version), headers={"If-None-Match": first["ETag"]})

    assert (first["Cache-Control"], again.status_code) == ("public, no-cache", 304)


@pytest.mark.parametrize(
    ("asked", "leads"),
    [
        ("/hop/1/chuong-trinh?phien=2#muc-31", "/hop/1/chuong-trinh?phien=2#muc-31"),
        ("https://evil.example/x", None),
        ("//evil.example/x", None),
        ("/\\evil.example", None),
        ("javascript:alert(1)", None),
        ("", None),
    ],
)
def test_back_leads_to_a_place_of_this_site_only(client, version, delegate, asked, leads):
    client.force_login(delegate.user)

    response = client.get(read_url(version), {"ve": asked})

    assert response.context["back"] == (leads or reverse("council:start"))


def test_the_page_is_remembered_for_the_person(client, version, delegate):
    client.force_login(delegate.user)
    url = reverse("documents:progress", args=[version.document.public_id])

    assert client.post(url, {"version": 1, "page": 3}).status_code == 204

    assert client.get(read_url(version)).context["page"] == 3
    assert ReadReceipt.objects.get().user == delegate.user


def test_the_page_can_be_remembered_only_by_who_may_read(client, version):
    url = reverse("documents:progress", args=[version.document.public_id])
    client.force_login(builders.user("nguoi-la"))

    assert client.post(url, {"version": 1, "page": 3}).status_code == 404
    assert client.get(url).status_code == 405
    client.logout()
    assert client.post(url, {"version": 1, "page": 3}).status_code == 302
    assert not ReadReceipt.objects.exists()


def test_opening_alone_changes_nothing(client, version, delegate):
    client.force_login(delegate.user)

    client.get(read_url(version))

    assert not ReadReceipt.objects.exists()


def test_an_older_version_says_that_there_is_a_newer_one(client, version, office, delegate):
    replace_paper(document=version.document, by=office, upload=upload(tiny("ban hai", pages=2)))
    client.force_login(delegate.user)

    assert client.get(read_url(version)).context["version"].number == 2
    older = client.get(read_url(version), {"ban": 1})
    assert older.context["version"].number == 1
    assert "Đã có bản mới hơn" in older.content.decode()


def test_the_papers_beside_are_those_that_the_person_may_read(
    client, version, office, council, delegate, monkeypatch
):
    def bring(title, **fields):
        return add_paper(
            council=council, by=office, upload=upload(tiny()), title=title, kind="report",
            body=builders.plenary(council), **fields,
        ).document  # fmt: skip

    hidden, after = bring("Của văn phòng", visibility="office"), bring("Báo cáo thẩm tra")
    row = [version.document, hidden, after]
    monkeypatch.setattr(selectors, "_neighbours", [lambda document: row])

    assert selectors.papers_beside(version.document, delegate.user) == (None, after)
    assert selectors.papers_beside(after, delegate.user) == (version.document, None)
    assert selectors.papers_beside(after, office) == (hidden, None)


def test_many_small_pieces_come_in_one_answer(client, version, delegate):
    client.force_login(delegate.user)
    size = len(CONTENT)

    answer = client.get(f"{bytes_url(version)}?manh=0-9,100-119,-16")

    assert answer.status_code == 200
    assert answer.content == CONTENT[:10] + CONTENT[100:120] + CONTENT[-16:]
    assert answer["X-Whole-Length"] == str(size)
    assert answer["Cache-Control"] == "private, no-store"
    assert client.get(f"{bytes_url(version)}?manh=0-{size * 9}").content == CONTENT


@pytest.mark.parametrize("asked", ["", "a-b", "5-2", "9999999-", "0-1;2-3", "-0", ",".join(["0-1"] * 401)])
def test_pieces_that_are_not_there_or_too_many_are_refused(client, version, delegate, asked):
    client.force_login(delegate.user)

    assert client.get(f"{bytes_url(version)}?manh={asked}").status_code == 416


def test_pieces_are_for_whom_may_read_the_paper(client, version):
    assert client.get(f"{bytes_url(version)}?manh=0-9").status_code == 404


def test_a_paper_beside_another_is_the_same_paper_for_the_same_people(client, version, delegate):
    url = reverse("documents:pane", args=[version.document.public_id])
    assert client.get(url).status_code == 404

    client.force_login(delegate.user)
    part = client.get(url).content.decode()

    assert 'id="trang-2"' in part
    assert "<html" not in part
    assert client.get(f"{url}?ban=7").status_code == 404
