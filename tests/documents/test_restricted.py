"""Restricted papers: a name on everything that leaves; downloads written down; a withdrawn paper told in words."""

import hashlib
from io import BytesIO

import pypdfium2
import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from PIL import Image, ImageChops

from documents import stamping
from documents.door import travelling
from documents.finding import index_version
from documents.models import Document, Download, PackFile
from documents.pictures import picture_name
from documents.pipeline import text_is_complete
from documents.services import add_paper, replace_paper, set_readers, withdraw_paper
from documents.stamping import CannotStamp, stamped_copy, stamped_picture
from tests import builders
from tests.documents.papers import tiny, upload, with_pages

CONTENT = tiny("Noi dung han che", pages=2)


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def version(council, office):
    return add_paper(
        council=council, by=office, upload=upload(CONTENT), title="Báo cáo hạn chế", kind="report",
        body=builders.plenary(council),
    )  # fmt: skip


@pytest.fixture
def restricted(version, office):
    set_readers(document=version.document, visibility="members", is_restricted=True, by=office)
    version.document.refresh_from_db()
    return version


def url(name, version):
    args = [version.document.public_id]
    return reverse(f"documents:{name}", args=args if name in ("read", "state", "compare") else [*args, version.number])


def body_of(response) -> bytes:
    return b"".join(response.streaming_content)


def words_on(content: bytes) -> list[str]:
    with pypdfium2.PdfDocument(BytesIO(content)) as paper:
        return [page.get_textpage().get_text_bounded() for page in paper]


def test_53_every_page_of_a_restricted_paper_carries_the_readers_name_and_the_time(client, restricted, delegate):
    delegate.user.full_name = "Nguyễn Thị Hường"
    delegate.user.save()
    client.force_login(delegate.user)

    sent = body_of(client.get(url("bytes", restricted)))

    pages = words_on(sent)
    assert len(pages) == 2
    for page in pages:
        assert page.count("Nguyễn Thị Hường") == 4
        assert "HĐND tỉnh Lam Sơn" in page
        assert "Noi dung han che" in page
    assert CONTENT not in sent  # no earlier state of the file lies in it
    assert hashlib.sha256(sent).hexdigest() != restricted.sha256


def test_53_the_office_gets_its_own_name_too_and_each_reader_another_copy(client, restricted, delegate, office):
    client.force_login(office)
    of_office = body_of(client.get(url("download", restricted)))
    client.force_login(delegate.user)
    of_delegate = body_of(client.get(url("download", restricted)))

    assert office.full_name in words_on(of_office)[0]
    assert office.full_name not in words_on(of_delegate)[0]
    assert delegate.user.full_name in words_on(of_delegate)[0]


def test_a_readers_many_requests_are_parts_of_one_copy(client, restricted, delegate, monkeypatch):
    client.force_login(delegate.user)
    whole = client.get(url("bytes", restricted))
    content = body_of(whole)
    monkeypatch.setattr(stamping, "_make", None)  # making another one would fail

    part = client.get(url("bytes", restricted), headers={"Range": "bytes=101-1200"})

    assert part.status_code == 206
    assert body_of(part) == content[101:1201]
    assert part["ETag"] == whole["ETag"]


def test_13_the_copy_rests_as_noise_and_without_its_key(restricted, delegate):
    copy = stamped_copy(restricted, delegate.user)
    with copy.open() as file:
        plain = file.read()

    kept = copy.path.read_bytes()

    assert plain.startswith(b"%PDF")
    assert b"PDF" not in kept[:64]
    assert len(kept) == len(plain)
    cache.clear()
    assert stamped_copy(restricted, delegate.user).path != copy.path


def test_a_paper_that_cannot_be_marked_is_not_sent(client, restricted, delegate, monkeypatch):
    def fail(*args, **kwargs):
        raise CannotStamp

    monkeypatch.setattr(stamping, "_make", fail)
    client.force_login(delegate.user)

    assert client.get(url("bytes", restricted)).status_code == 503


def test_53_the_pictures_of_its_pages_carry_the_name_too(client, version, restricted, delegate, settings):
    with_pages(restricted, ["một", "hai"])
    restricted.page_rows.update(has_image=True)
    out = BytesIO()
    Image.new("RGB", (600, 848), "white").save(out, "WEBP")
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    for small in (False, True):
        default_storage.save(picture_name(restricted.public_id, 1, small=small), ContentFile(out.getvalue()))
    client.force_login(delegate.user)

    for name in ("page_image", "page_thumb"):
        address = reverse(f"documents:{name}", args=[restricted.document.public_id, 1, 1])
        response = client.get(address)
        shown = Image.open(BytesIO(response.content)).convert("RGB")
        assert ImageChops.difference(shown, Image.new("RGB", shown.size, "white")).getbbox() is not None
        assert response["Cache-Control"] == "private, no-store"


def test_a_picture_of_any_size_takes_the_words():
    for size in ((160, 226), (1200, 300), (40, 40)):
        out = BytesIO()
        Image.new("RGB", size, "white").save(out, "WEBP")
        assert Image.open(BytesIO(stamped_picture(out.getvalue(), "Nguyễn Văn A · 25/11/2026 09:00"))).size == size


def test_the_reader_offers_no_print_of_a_restricted_paper(client, restricted, delegate):
    client.force_login(delegate.user)

    page = client.get(url("read", restricted)).content.decode()

    assert 'data-reader-act="print"' not in page
    assert "data-restricted" in page
    assert "mỗi trang mang tên người đọc" in page


def test_a_restricted_paper_is_in_no_pack(version, office):
    row = PackFile.objects.create(version=version, kind=PackFile.Kind.PAGES, sha256="0" * 64, size=1)
    assert travelling([row.pk]) == {row.pk: row}

    set_readers(document=version.document, visibility="members", is_restricted=True, by=office)

    assert travelling([row.pk]) == {}


# --- downloads -----------------------------------------------------------------------------------------


def test_53_a_download_is_written_down_and_reading_is_not(client, version, delegate):
    client.force_login(delegate.user)
    client.get(url("read", version))
    client.get(url("bytes", version), headers={"Sec-Fetch-Mode": "cors"})
    client.head(url("download", version))
    assert not Download.objects.exists()

    assert body_of(client.get(url("download", version))) == CONTENT

    row = Download.objects.get()
    assert (row.user, row.version, row.name, row.way) == (delegate.user, version, delegate.user.full_name, "pdf")


def test_who_opens_the_readers_address_by_hand_is_led_to_the_download(client, version, delegate):
    client.force_login(delegate.user)

    response = client.get(url("bytes", version), headers={"Sec-Fetch-Mode": "navigate"})

    assert (response.status_code, response["Location"]) == (302, url("download", version))


def test_a_citizen_leaves_no_name(version, office):
    set_readers(document=version.document, visibility="public", by=office)

    assert Client().get(url("download", version)).status_code == 200
    assert not Download.objects.exists()


def test_who_may_not_read_downloads_nothing(client, version, council):
    client.force_login(builders.person(council, "quan-tri", role="administrator"))

    assert client.get(url("download", version)).status_code == 404
    assert not Download.objects.exists()


# --- the words of a restricted paper -------------------------------------------------------------------


def test_53_opening_a_restricted_paper_is_written_down_once_for_each_reading(client, restricted, delegate):
    with_pages(restricted, ["một"])
    client.force_login(delegate.user)
    for _part in range(3):  # the reader asks in many parts, and for the words
        client.get(url("bytes", restricted), headers={"Sec-Fetch-Mode": "cors"})
        client.get(url("page_texts", restricted), headers={"Sec-Fetch-Mode": "cors"})
    client.head(url("bytes", restricted))

    row = Download.objects.get()
    assert (row.user, row.version, row.way) == (delegate.user, restricted, "reading")

    cache.clear()  # the ten minutes of this reading are over
    client.get(url("page_texts", restricted), headers={"Sec-Fetch-Mode": "cors"})
    assert Download.objects.count() == 2


def test_53_the_words_of_its_pages_carry_the_name_and_open_in_the_reader_only(client, restricted, delegate):
    with_pages(restricted, ["một", "hai"])
    client.force_login(delegate.user)

    pages = client.get(url("page_texts", restricted), headers={"Sec-Fetch-Mode": "cors"}).json()
    by_hand = client.get(url("page_texts", restricted), headers={"Sec-Fetch-Mode": "navigate"})

    assert [page["text"] for page in pages] == ["một", "hai"]
    assert all(delegate.user.full_name in page["for"] for page in pages)
    assert (by_hand.status_code, by_hand["Location"]) == (302, url("read", restricted))


def test_53_a_program_finds_a_restricted_paper_by_its_pages_and_gets_none_of_its_words(client, restricted, delegate):
    with_pages(restricted, ["Kế hoạch chim cánh cụt"])
    index_version(restricted)
    client.force_login(delegate.user)

    [hit] = client.get("/api/v1/search", {"q": "chim canh cut"}).json()["results"]

    assert hit["pages"] == [{"page": 1, "around": []}]


def test_53_a_comparison_of_a_restricted_paper_bears_its_reader_on_every_printed_sheet(client, restricted, office, delegate):
    newer = replace_paper(document=restricted.document, by=office, upload=upload(tiny("Ban hai")))
    for version, text in ((restricted, "Điều 1. Mức thu 10 đồng"), (newer, "Điều 1. Mức thu 20 đồng")):
        text_is_complete(with_pages(version, [text]))
    client.force_login(delegate.user)

    page = client.get(url("compare", restricted)).content.decode()

    assert page.count(f"<span>{delegate.user.full_name} · ") == 3
    assert "data-print" not in page
    assert Download.objects.get().way == "reading"


def test_53_the_original_of_a_restricted_paper_goes_to_who_may_replace_it_and_is_written_down(
    client, restricted, office, delegate
):
    address = reverse("documents:brought", args=[restricted.document.public_id, 1])
    client.force_login(delegate.user)
    assert client.get(address).status_code == 404

    client.force_login(office)
    assert body_of(client.get(address)) == CONTENT

    row = Download.objects.get()
    assert (row.user, row.way) == (office, "original")


# --- withdrawn -----------------------------------------------------------------------------------------


def test_who_could_read_a_withdrawn_paper_is_told_and_nobody_else(client, version, office, delegate):
    client.force_login(delegate.user)
    assert client.get(url("state", version)).json() == {"state": "ready", "version": 1}

    withdraw_paper(document=version.document, by=office, why="Phát hành nhầm")

    said = client.get(url("state", version)).json()
    assert said["state"] == "withdrawn"
    assert "Phát hành nhầm" in said["words"]
    page = client.get(url("read", version))
    assert page.status_code == 410
    assert "Phát hành nhầm" in page.content.decode()
    for name in ("bytes", "download"):
        assert client.get(url(name, version)).status_code == 404
    stranger = Client()
    assert [stranger.get(url(name, version)).status_code for name in ("state", "read")] == [404, 404]


def test_a_withdrawn_restricted_paper_leaves_no_copy_to_send(client, restricted, office, delegate):
    client.force_login(delegate.user)
    client.get(url("bytes", restricted))

    withdraw_paper(document=restricted.document, by=office)

    assert client.get(url("bytes", restricted)).status_code == 404
    assert Document.objects.get().withdrawn_at is not None
