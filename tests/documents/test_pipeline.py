"""What the pipeline makes of a paper: its text, its pages' sizes, its outline, its pictures."""

import hashlib
import io
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse
from PIL import Image

from council import files, outbox
from council.models import Job
from documents import pipeline
from documents.models import Step
from documents.pictures import picture_name
from documents.services import add_paper
from tests import builders
from tests.documents.papers import assemble, printed, processed, tiny, upload


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def bring(council, by, content=None, name="Tờ trình.pdf", **fields):
    fields = {"title": "Tờ trình về đầu tư công", "kind": "submission", "body": builders.plenary(council)} | fields
    return add_paper(council=council, by=by, upload=upload(content or tiny(), name), **fields)


@pytest.fixture
def told():
    """The versions whose complete text was told while the test ran."""
    heard = []
    pipeline.register_after(heard.append)
    yield heard
    pipeline._after.remove(heard.append)


def test_a_paper_is_read_at_once_and_processed_afterwards(council, office):
    version = bring(council, office)

    job = Job.objects.get(kind=pipeline.JOB)
    assert version.state == "ready"
    assert (job.args, job.state) == ({"version_id": version.pk}, "due")
    assert [(step.kind, step.state) for step in version.steps.all()] == [
        ("text", "waiting"), ("pictures", "waiting"),
    ]  # fmt: skip


def test_every_page_gets_its_text_its_size_and_its_pictures(council, office, told):
    sheets = [
        "<p>Điều 1. Quy định mức thu học phí</p>",
        "<p>Điều 2. Tổ chức thực hiện</p>",
        "<p style='page:ngang'>Phụ lục</p>",
    ]
    content = printed(
        "<style>@page{size:A4} @page ngang{size:A4 landscape} p{page-break-after:always}</style>" + "".join(sheets)
    )

    version = processed(bring(council, office, content))

    pages = list(version.page_rows.all())
    assert [page.text for page in pages] == [
        "Điều 1. Quy định mức thu học phí", "Điều 2. Tổ chức thực hiện\n2", "Phụ lục\n3",
    ]  # fmt: skip
    assert pages[0].search_text == "dieu 1 quy dinh muc thu hoc phi"
    assert pages[0].text_sha256 == hashlib.sha256(pages[0].text.encode()).hexdigest()
    assert [(round(page.width), round(page.height)) for page in pages] == [(595, 842), (595, 842), (842, 595)]
    assert [page.has_image for page in pages] == [True, True, True]
    with default_storage.open(picture_name(version.public_id, 1)) as stored:
        assert Image.open(io.BytesIO(stored.read())).size == (1200, 1698)
    with default_storage.open(picture_name(version.public_id, 3, small=True)) as stored:
        assert Image.open(io.BytesIO(stored.read())).width == 160
    assert {step.state for step in version.steps.all()} == {"done"}
    assert told == [version]


def test_the_outline_leads_to_pages(council, office):
    content = printed(
        "<style>h1{page-break-before:always}</style><p>Trang đầu</p><h1>Chương I</h1><h2>Mục 1</h2><h1>Chương II</h1>"
    )

    version = processed(bring(council, office, content))

    assert version.outline == [
        {"title": "Chương I", "page": 2, "level": 1},
        {"title": "Mục 1", "page": 2, "level": 2},
        {"title": "Chương II", "page": 3, "level": 1},
    ]


def test_a_piece_done_twice_changes_nothing(council, office, told):
    version = processed(bring(council, office, tiny(pages=3)))
    before = list(version.page_rows.values())
    version.steps.update(state=Step.State.WAITING, done=0)

    processed(version)

    assert list(version.page_rows.values()) == before
    assert sum(1 for _name in files.stored_names("pages")) == 6


def test_the_work_of_a_long_paper_lets_other_jobs_pass(council, office, monkeypatch):
    monkeypatch.setattr(pipeline, "SECONDS", 0)
    version = bring(council, office, tiny(pages=2))
    job = Job.objects.get(kind=pipeline.JOB)
    other = outbox.enqueue("tests.nothing", key="tests.nothing")

    outbox.run(job.pk)

    job.refresh_from_db()
    assert (job.state, job.tries) == ("due", 0)
    assert other.pk in outbox.due_ids()
    assert outbox.due_ids(patient=True) == [job.pk]  # waits until nothing else is due
    while job.state == "due":
        outbox.run(job.pk)
        job.refresh_from_db()
    assert job.state == "done"
    assert version.page_rows.filter(has_image=True).count() == 2


def test_pictures_of_pages_are_no_files_to_be_swept(council, office, monkeypatch):
    version = processed(bring(council, office))
    monkeypatch.setattr(files, "KEEP", timedelta(seconds=-1))
    left_over = default_storage.save("pages/ab/cd/1.webp", io.BytesIO(b"x"))

    assert files.sweep() == [left_over]
    assert default_storage.exists(picture_name(version.public_id, 1))


def test_a_page_that_cannot_be_drawn_or_read_leaves_the_others_alone(council, office):
    """The second page's content is a stream that no reader can unpack."""
    page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {} 0 R /Resources << /Font << /F1 6 0 R >> >> >>"
    content = assemble(
        [
            "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>",
            page.format(5), page.format(7),
            "<< /Length 43 >>\nstream\nBT /F1 24 Tf 72 720 Td (Trang thu nhat) Tj ET\nendstream",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            "<< /Length 5 /Filter /FlateDecode >>\nstream\nxxxxx\nendstream",
        ]
    )  # fmt: skip

    version = processed(bring(council, office, content))

    assert [page.text for page in version.page_rows.all()] == ["Trang thu nhat", ""]


# --- Who sees pages -----------------------------------------------------------------------------------


def address(name, version, *page):
    return reverse(f"documents:{name}", args=[version.document.public_id, version.number, *page])


def test_a_reader_gets_pictures_and_texts_of_pages(council, office, delegate, client):
    version = processed(bring(council, office))
    client.force_login(delegate.user)

    picture = client.get(address("page_image", version, 1))
    small = client.get(address("page_thumb", version, 1))
    texts = client.get(address("page_texts", version))

    assert (picture["Content-Type"], picture["Cache-Control"]) == ("image/webp", "private, no-store")
    assert len(small.content) < len(picture.content)
    assert texts.json() == [
        {
            "page": 1, "width": 595.0, "height": 842.0, "text": "Xin chao",
            "sha256": hashlib.sha256(b"Xin chao").hexdigest(),
        }
    ]  # fmt: skip
    assert client.get(address("page_image", version, 2)).status_code == 404


def test_pages_of_a_public_paper_are_asked_for_anew_each_time(council, office, client):
    version = processed(bring(council, office, visibility="public"))

    picture = client.get(address("page_image", version, 1))
    again = client.get(address("page_image", version, 1), headers={"If-None-Match": picture["ETag"]})

    assert picture["Cache-Control"] == "public, no-cache"
    assert (again.status_code, again.content) == (304, b"")


def test_a_stranger_sees_no_page(council, office, client):
    version = processed(bring(council, office))
    client.force_login(builders.user("nguoi-la"))

    for name, page in (("page_image", [1]), ("page_thumb", [1]), ("page_texts", [])):
        assert client.get(address(name, version, *page)).status_code == 404
