"""What citizens see of resolutions: only what was published, found with and without marks."""

from datetime import date, timedelta

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from documents.models import Resolution
from documents.search import search
from documents.services import (
    add_paper,
    issue_resolution,
    publish_resolution,
    set_visibility,
)
from tests import builders
from tests.documents.papers import tiny, upload
from tests.documents.resolutions import TEXT, VOTE, draft

LIST = reverse("documents:public_resolutions")


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def numbered(council, office, **fields) -> Resolution:
    """A numbered resolution with a PDF in its place (printing has its own tests)."""
    made = issue_resolution(resolution=draft(council, office, **fields), by=office)
    made.pdf.save("x.pdf", ContentFile(tiny()), save=False)
    made.pdf_sha256 = "0" * 64
    made.save(update_fields=["pdf", "pdf_sha256"])
    return made


def published(council, office, **fields) -> Resolution:
    return publish_resolution(resolution=numbered(council, office, **fields), by=office)


def addresses(resolution):
    year = resolution.adopted_on.year
    slug = resolution.slug or "01-nq-hdnd"
    return [
        reverse("documents:public_resolution", args=[year, slug]),
        reverse("documents:public_resolution_pdf", args=[year, slug]),
    ]


def test_before_it_is_published_nobody_finds_it(client, council, office):
    resolution = numbered(council, office, title="Tiếng chim canh gác")

    for url in addresses(resolution):
        assert client.get(url).status_code == 404
    for url in (LIST, f"{LIST}?q=chim", reverse("home"), f"{reverse('search')}?q=chim"):
        assert "chim canh gác" not in client.get(url).content.decode()
    client.force_login(office)
    assert client.get(addresses(resolution)[0]).status_code == 404


def test_publishing_is_one_act_that_opens_page_list_and_pdf(client, council, office):
    resolution = published(council, office, adoption=VOTE)

    page = client.get(addresses(resolution)[0]).content.decode()
    pdf = client.get(addresses(resolution)[1])

    for part in (
        "01/NQ-HĐND",
        "Kế hoạch phát triển kinh tế - xã hội năm 2027",
        "71/85",
        "11/12/2026",
        "chưa ký số",
    ):
        assert part in page
    assert pdf.status_code == 200
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf["X-Content-Type-Options"] == "nosniff"
    assert resolution.title in client.get(LIST).content.decode()


def test_a_kept_page_never_hides_what_was_published_or_withdrawn_since(client, council, office):
    paper = add_paper(
        council=council, by=office, upload=upload(tiny()), title="Dự thảo lần ba", kind="draft_resolution",
        body=builders.plenary(council), visibility="public",
    ).document  # fmt: skip
    first = published(council, office, title="Nghị quyết đầu", draft=paper)
    assert "Dự thảo lần ba" in client.get(addresses(first)[0]).content.decode()
    assert client.get(LIST).content == client.get(LIST).content

    published(council, office, title="Nghị quyết thứ hai")
    set_visibility(document=paper, visibility="members", by=office)

    assert "Nghị quyết thứ hai" in client.get(LIST).content.decode()
    assert "Dự thảo lần ba" not in client.get(addresses(first)[0]).content.decode()
    client.cookies["text_size"] = "lon"
    assert 'data-text="lon"' in client.get(LIST).content.decode()


def test_who_is_signed_in_gets_a_page_of_the_own_and_strangers_never_see_it(client, council, office):
    published(council, office)
    client.force_login(office)
    mine = client.get(LIST)
    assert mine["Cache-Control"] == "no-store"

    client.logout()

    assert "csrf" not in client.get(LIST).content.decode()


def test_a_lost_pdf_does_not_take_the_page_away(client, council, office):
    resolution = published(council, office)
    resolution.pdf.storage.delete(resolution.pdf.name)

    page, pdf = (client.get(url) for url in addresses(resolution))

    assert (page.status_code, pdf.status_code) == (200, 404)
    assert "đang được tạo" in page.content.decode()


def test_the_page_shows_every_line_of_the_text(client, council, office):
    from django.utils.html import escape

    from documents.printing import resolution_lines

    resolution = published(council, office)

    page = client.get(addresses(resolution)[0]).content.decode()

    for line in resolution_lines(resolution):
        assert escape(line.rest) in page


def test_an_address_of_another_council_is_404(client, council, other_council, office, settings):
    settings.ALLOWED_HOSTS = ["*"]
    other_council.host = "chauson.example.vn"
    other_council.save()
    resolution = published(council, office)

    for url in addresses(resolution):
        assert client.get(url, headers={"Host": "chauson.example.vn"}).status_code == 404
    assert resolution.title not in client.get(LIST, headers={"Host": "chauson.example.vn"}).content.decode()


def test_in_force_or_not_yet_is_told(client, council, office):
    today = timezone.localdate()
    now = published(council, office, adopted_on=today, effective_on=today)
    later = published(council, office, adopted_on=today, effective_on=today + timedelta(days=10))

    assert "Đang có hiệu lực" in client.get(addresses(now)[0]).content.decode()
    assert "Chưa có hiệu lực" in client.get(addresses(later)[0]).content.decode()


def test_the_public_file_shows_public_papers_only(client, council, office):
    paper = add_paper(
        council=council, by=office, upload=upload(tiny()), title="Dự thảo lần ba", kind="draft_resolution",
        body=builders.plenary(council),
    ).document  # fmt: skip
    resolution = published(council, office, draft=paper)
    assert "Dự thảo lần ba" not in client.get(addresses(resolution)[0]).content.decode()

    set_visibility(document=paper, visibility="public", by=office)

    assert "Dự thảo lần ba" in client.get(addresses(resolution)[0]).content.decode()


@pytest.fixture
def three(council, office):
    return [
        published(council, office, title="Mức thu học phí năm học 2026 - 2027", kind="normative"),
        published(
            council,
            office,
            title="Sắp xếp các đơn vị hành chính cấp xã",
            adopted_on=date(2027, 7, 9),
            effective_on=None,
        ),
        published(council, office, title="Kế hoạch đầu tư công trung hạn"),
    ]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("học phí", {0}),
        ("hoc phi", {0}),
        ("HỌC PHÍ", {0}),
        ("01/2026/NQ-HĐND", {0}),
        ("01/2026/nq-hdnd", {0}),
        ("01/NQ-HĐND", {1, 2}),  # individual ones of two years
        ("2026/01", set()),
        ("đầu tư công", {2}),
        ("dau tu cong", {2}),
        ("don vi hanh chinh", {1}),
        ("NQ-HĐND", {0, 1, 2}),
        ("chỉ tiêu chủ yếu", {0, 1, 2}),  # words of the text
        ("học phí đầu tư công", set()),
        ("sắp xế", {1}),  # the beginning of the last word
        ("khong-co-chu-nay", set()),
        ('" OR *', set()),
        ("'; DROP TABLE x; --", set()),
        ("!&|():*", {0, 1, 2}),  # no word at all
        ("\x00học\x00phí", {0}),
    ],
)
def test_search_finds_with_and_without_marks(council, three, words, found):
    assert {three.index(row) for row in search(Resolution.objects.all(), words)} == found


def test_the_index_follows_every_change(council, office, three):
    three[2].delete()

    assert not search(Resolution.objects.all(), "đầu tư công").exists()
    Resolution.objects.filter(pk=three[0].pk).update(search_text="chu khac")
    assert list(search(Resolution.objects.all(), "chữ khác")) == [three[0]]


def test_the_list_is_filtered_by_year_and_kind(client, three):
    def titles(**query):
        return {row.title for row in client.get(LIST, query).context["page"]}

    assert titles(nam=2027) == {three[1].title}
    assert titles(loai="normative") == {three[0].title}
    assert titles(nam=2026, loai="individual", q="dau tu") == {three[2].title}
    assert titles(nam="khong phai nam", loai="la gi") == {row.title for row in three}
    assert client.get(LIST).context["years"] == [2027, 2026]


def test_the_list_has_pages_of_twenty(client, council, office):
    for number in range(23):
        published(council, office, title=f"Nghị quyết thứ {number}")

    first, second = client.get(LIST), client.get(LIST, {"page": 2})

    assert (len(first.context["page"]), len(second.context["page"])) == (20, 3)
    assert client.get(LIST, {"page": "9999"}).status_code == 200


def test_empty_lists_say_so(client, council):
    assert "Chưa công bố nghị quyết nào" in client.get(LIST).content.decode()
    assert "Không tìm thấy" in client.get(LIST, {"q": "gì đó"}).content.decode()


def test_what_people_wrote_is_shown_as_text(client, council, office):
    text = TEXT | {"articles": [{"heading": "<script>alert(1)</script>", "body": "<b>x</b>"}]}
    resolution = published(council, office, title="<img src=x onerror=alert(1)>", text=text)

    page = client.get(addresses(resolution)[0]).content.decode()

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page
