"""Opinion polls in a browser: a named answer by a plain form, a secret one sealed on the member's own device."""

import re

import pytest

from tests.e2e.test_every_page import AXE, RULES

pytestmark = pytest.mark.e2e

RUN = """
from datetime import timedelta
from django.utils import timezone
from voting.models import Opinion, Poll
from voting.opinions import services
poll = Poll.objects.get(public_id="{poll}")
now = timezone.now()
"""
CAST = RUN + """
Opinion.objects.filter(poll=poll).update(casting_from=now - timedelta(minutes=1))
print(services.start_casting(poll=Poll.objects.get(pk=poll.pk)))
"""
CLOSE = RUN + """
Poll.objects.filter(pk=poll.pk).update(closes_at=now)
services.close_at_deadline(poll=poll)
print(poll.outcomes.get().figures)
"""


def signed_in(screen, size: str, role: str, **options):
    page = screen(size, **options)
    page.goto("/tai-khoan/dang-nhap")
    page.get_by_role("button", name=re.compile(f"^{role}")).first.click()
    page.wait_for_load_state("load")
    return page


def look(*pages) -> None:
    """Axe has nothing against these screens as they stand."""
    for page in pages:
        page.evaluate(AXE)
        assert page.evaluate(RULES) == [], page.url


def test_a_delegate_answers_on_a_phone_without_javascript(screen, house):
    page = signed_in(screen, "phone", "Đại biểu", java_script_enabled=False)
    page.goto("/hom-nay")
    page.get_by_role("link", name="Đọc và trả lời").first.click()

    other = signed_in(screen, "tablet", "Đại biểu")  # axe is a script: it looks at the same page beside it
    other.goto(page.url)
    look(other)
    page.get_by_label("Ý kiến khác").first.check(force=True)
    page.get_by_label("Viết ý kiến khác").fill("Đề nghị phân bổ 8 tỷ đồng trước.")
    page.get_by_role("button", name="Gửi ý kiến").click()

    assert "Đã ghi nhận" in page.inner_text("main")
    other.reload()
    look(other)
    assert "Đề nghị phân bổ 8 tỷ đồng trước." in page.inner_text("main")


def test_a_cancelled_one_says_why_on_both_sides(screen, house):
    office = signed_in(screen, "desk", "Văn phòng")
    office.goto("/van-phong/xin-y-kien/soan")
    office.get_by_label("Nội dung xin ý kiến").fill("Cho ý kiến về lịch tiếp xúc cử tri")
    office.get_by_role("button", name="Lưu và xem lại").click()
    office.get_by_role("button", name="Gửi xin ý kiến").click()
    office.locator("dialog[open]").get_by_role("button", name="Gửi").click()
    office.locator("summary").filter(has_text="Hủy phiếu").click()
    look(office)
    office.get_by_label("Lý do hủy").fill("Gửi nhầm nội dung")
    office.locator("details[open]").get_by_role("button", name="Hủy phiếu").click()
    office.locator("dialog[open] button[value=yes]").click()
    office.get_by_text("Gửi nhầm nội dung").wait_for()
    phone = signed_in(screen, "phone", "Đại biểu")
    phone.goto(f"/xin-y-kien/{office.url.rsplit('/', 1)[1]}")
    for page in (office, phone):
        assert "Gửi nhầm nội dung" in page.inner_text("main")
    look(office, phone)


def test_a_secret_one_is_taken_cast_and_checked_on_the_same_device(screen, house):
    office = signed_in(screen, "desk", "Văn phòng")
    office.goto("/van-phong/xin-y-kien/soan")
    office.get_by_label("Nội dung xin ý kiến").fill("Cho ý kiến về nhân sự dự kiến")
    office.get_by_label(re.compile("^Phiếu kín trên máy")).check()
    look(office)
    office.get_by_role("button", name="Lưu và xem lại").click()
    office.get_by_role("button", name="Gửi xin ý kiến").wait_for()
    look(office)
    office.get_by_role("button", name="Gửi xin ý kiến").click()
    office.locator("dialog[open]").get_by_role("button", name="Gửi").click()
    office.get_by_text("thành viên đã nhận phiếu").wait_for()
    desk = office.url
    poll = desk.rsplit("/", 1)[1]

    phone = signed_in(screen, "phone", "Đại biểu")
    phone.goto(f"/xin-y-kien/{poll}")
    phone.get_by_text("Đã nhận phiếu").wait_for()
    look(office, phone)
    assert "True" in house.python(CAST.format(poll=poll))

    phone.reload()
    phone.locator("label.vote--against").click()
    look(phone)
    phone.get_by_role("button", name="Bỏ phiếu").first.click()
    phone.locator("dialog[open]").get_by_role("button", name="Bỏ phiếu").click()
    phone.get_by_text("Hòm phiếu đã ký nhận").wait_for()
    office.goto(desk)
    assert "Đã bỏ đủ 1 phiếu" in office.inner_text("main")
    look(office, phone)

    assert "'against': 1" in house.python(CLOSE.format(poll=poll))
    phone.reload()
    phone.get_by_text("Máy đã kiểm tra các phiếu công bố").wait_for()
    office.reload()
    look(office, phone)
