"""The office sees what happens to a paper after its upload, may ask again, and gets back what was brought."""

import pytest
from django.urls import reverse

from council.models import Job
from documents import pipeline
from documents.models import Step
from documents.services import add_paper
from tests import builders
from tests.documents import office_files
from tests.documents.papers import processed, tiny, upload


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def bring(council, by, content=None, name="a.pdf", **fields):
    fields = {"title": "Báo cáo thu chi", "kind": "report", "body": builders.plenary(council)} | fields
    return add_paper(council=council, by=by, upload=upload(content or tiny(), name), **fields)


def address(name, version):
    return reverse(f"documents:{name}", args=[version.document.public_id, version.number])


def test_the_office_sees_progress_in_words_and_the_page_asks_again(council, office, client):
    version = bring(council, office)
    version.steps.filter(kind="pictures").update(state=Step.State.RUNNING, done=12, total=300)
    client.force_login(office)

    page = client.get(reverse("documents:processing")).content.decode()

    assert "Báo cáo thu chi" in page
    assert "Vẽ ảnh các trang: <b>Đang làm</b>" in page
    assert "12/300" in page
    assert 'hx-trigger="every 3s"' in page


def test_a_page_where_all_is_done_asks_no_more(council, office, client):
    version = bring(council, office)
    version.steps.update(state=Step.State.DONE)
    client.force_login(office)

    page = client.get(reverse("documents:processing")).content.decode()

    assert "Không còn tài liệu nào đang chờ" in page
    assert "every 3s" not in page


def test_what_is_missing_is_named_with_the_command_that_installs_it(council, office, client, settings):
    settings.SOFFICE = settings.TESSERACT = "/nowhere/program"
    version = processed(bring(council, office, office_files.docx("Báo cáo"), "Báo cáo.docx"))
    client.force_login(office)

    page = client.get(reverse("documents:processing")).content.decode()

    assert version.state == "processing"
    for package in ("libreoffice-writer-nogui", "libreoffice-calc-nogui", "tesseract-ocr-vie"):
        assert f"apt-get install {package}" in page or f" {package}." in page
    assert "Máy chủ thiếu phần mềm" in page
    assert "Thử lại tất cả" in page


def test_the_office_asks_again_from_the_page(council, office, client, settings):
    settings.SOFFICE = "/nowhere/program"
    version = processed(bring(council, office, office_files.docx("Báo cáo"), "a.docx"))
    Job.objects.filter(kind=pipeline.JOB).update(state="parked")
    client.force_login(office)

    one = client.post(address("process_again", version))
    again = client.post(address("process_again", version), follow=True)

    assert one.url == reverse("documents:processing")
    assert version.steps.get(kind="convert").state == "waiting"
    assert Job.objects.get(kind=pipeline.JOB).state == "due"
    assert "không có việc nào cần làm lại" in again.content.decode()


def test_what_was_given_up_says_so_at_its_step(council, office):
    version = bring(council, office)
    version.steps.filter(kind="text").update(state=Step.State.RUNNING)

    pipeline.work_was_given_up(version.pk)

    step = version.steps.get(kind="text")
    assert (step.state, "Thử lại" in step.error) == ("failed", True)


def test_59_what_was_brought_comes_back_byte_for_byte_as_a_download(council, office, client):
    content = office_files.docx("Báo cáo")
    version = bring(council, office, content, "Báo cáo.docx")
    client.force_login(office)

    answer = client.get(address("brought", version))

    assert b"".join(answer.streaming_content) == content
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert answer["Cache-Control"] == "private, no-store"


def test_a_delegate_gets_neither_the_original_nor_the_button(council, office, delegate, client):
    version = bring(council, office)
    client.force_login(delegate.user)

    assert client.get(address("brought", version)).status_code == 404
    assert client.post(address("process_again", version)).status_code == 404
    assert client.get(reverse("documents:processing")).status_code == 404


def test_a_reader_of_a_paper_that_is_being_converted_is_told_and_comes_in_by_itself(council, office, delegate, client):
    version = bring(council, office, office_files.docx("Báo cáo"), "a.docx")
    client.force_login(delegate.user)

    answer = client.get(reverse("documents:read", args=[version.document.public_id]))

    assert answer["Refresh"] == "5"
    assert "đang được chuyển sang PDF" in answer.content.decode()


def test_78_the_office_is_told_why_a_paper_was_refused_after_its_upload(council, office, delegate, client):
    version = bring(council, office)
    pipeline.refuse_marked(version)
    client.force_login(office)

    page = client.get(reverse("documents:processing")).content.decode()

    assert "bảo vệ bí mật nhà nước" in page
    assert client.get(reverse("documents:read", args=[version.document.public_id])).status_code == 200
