"""What a citizen meets first, with and without data."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from council.models import Body, Membership
from documents.models import Resolution
from documents.search import index_text
from tests import builders
from voters.models import Petition, Referral


def make_resolution(council, title, state="published", **fields):
    return Resolution.objects.create(
        council=council, term=council.terms.get(), kind="individual", title=title, state=state,
        symbol="62/NQ-HĐND", slug="62-nq-hdnd", adopted_on=date(2026, 7, 10),
        search_text=index_text(title), **fields,
    )  # fmt: skip


def make_petition(council, title, *, is_public=True, state="recorded", code="KN-2026-0001", **fields):
    return Petition.objects.create(
        council=council, term=council.terms.get(), code=code, title=title, text="Bà Nguyễn Thị X kể",
        place="Xã Châu Sơn", voters="Cử tri xã Châu Sơn", is_public=is_public, state=state,
        received_on=date(2026, 7, 1), session_number=5, **fields,
    )  # fmt: skip


def test_an_empty_machine_says_which_command_makes_a_council(client, db):
    page = client.get(reverse("home"))

    assert page.status_code == 200
    assert "Chưa có hội đồng nào" in page.content.decode()


def test_a_council_without_data_shows_what_will_stand_there(client, council):
    page = client.get(reverse("home")).content.decode()

    assert "Chưa công bố nghị quyết nào." in page
    assert "Chưa công khai kiến nghị nào." in page


def test_the_first_page_shows_published_resolutions_and_no_drafts(client, council):
    make_resolution(council, "Nghị quyết đã công bố")
    make_resolution(council, "Nghị quyết còn soạn", state="draft")

    page = client.get(reverse("home")).content.decode()

    assert "Nghị quyết đã công bố" in page
    assert "Nghị quyết còn soạn" not in page


def test_the_first_page_shows_public_petitions_without_their_private_words(client, council):
    make_petition(council, "Sửa hồ chứa nước")
    make_petition(council, "Chuyện riêng của một nhà", is_public=False, code="KN-2026-0002")

    page = client.get(reverse("home")).content.decode()

    assert "Sửa hồ chứa nước" in page
    assert "Chuyện riêng của một nhà" not in page
    assert "Nguyễn Thị X" not in page


def test_another_councils_rows_are_not_on_the_first_page(client, council, other_council):
    make_resolution(other_council, "Nghị quyết của xã")
    make_petition(other_council, "Kiến nghị của xã")

    page = client.get(reverse("home")).content.decode()

    assert "của xã</b>" not in page


@pytest.mark.parametrize(
    ("due_in", "words"),
    [(0, "Hạn trả lời là hôm nay"), (-30, "Quá hạn"), (60, "Còn")],
)
def test_how_late_a_petition_is_follows_from_its_dates(client, council, due_in, words):
    petition = make_petition(council, "Sửa hồ chứa nước", state="referred")
    today = timezone.localdate()
    Referral.objects.create(
        petition=petition, agency=builders.agency(council, "SXD", "Sở Xây dựng"),
        referred_on=today - timedelta(days=60), working_days=20, due_on=today + timedelta(days=due_in),
    )  # fmt: skip

    page = client.get(reverse("home")).content.decode()

    assert words in page


def test_the_search_finds_with_and_without_marks(client, council):
    make_resolution(council, "Quy định mức học phí")

    for words in ("học phí", "hoc phi", "HOC  phi"):
        assert "Quy định mức học phí" in client.get(reverse("search"), {"q": words}).content.decode()


def test_a_search_that_finds_nothing_says_so(client, council):
    page = client.get(reverse("search"), {"q": "khong co gi"}).content.decode()

    assert "Không tìm thấy" in page


def test_the_list_of_delegates_never_tells_how_to_reach_them(client, council, delegates):
    first = delegates[0]
    group = Body.objects.create(
        council=council, term=council.terms.get(), kind="delegate_group", code="TO01",
        name="Tổ đại biểu số 1", short_name="Tổ 1",
    )  # fmt: skip
    Membership.objects.create(body=group, user=first.user, delegate=first, starts_on=builders.TERM_START)
    first.email = "rieng@example.vn"
    first.save()

    page = client.get(reverse("public_delegates")).content.decode()

    assert first.full_name in page
    assert "Tổ đại biểu số 1" in page
    assert "@" not in page
    assert first.user.username not in page.replace(first.full_name, "")


def test_a_delegate_whose_mandate_ended_is_no_longer_listed(client, council, delegates):
    gone = delegates[0]
    gone.full_name, gone.mandate_to = "Người Đã Thôi", timezone.localdate() - timedelta(days=1)
    gone.save()

    assert "Người Đã Thôi" not in client.get(reverse("public_delegates")).content.decode()
