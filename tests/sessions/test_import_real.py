"""The programme of a real regular session goes in through the page, as the office of that council has it."""

from datetime import date
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from council.models import AgencyName
from sessions.models import AgendaItem, CouncilSession, ItemPaper
from tests import builders

DATA = Path(__file__).parent.parent / "data"
AGENCIES = [
    "Ủy ban nhân dân tỉnh", "Sở Tài chính", "Sở Nông nghiệp và Môi trường", "Sở Xây dựng", "Sở Giáo dục và Đào tạo",
    "Sở Văn hóa, Thể thao và Du lịch", "Sở Công Thương", "Thanh tra tỉnh", "Tòa án nhân dân tỉnh",
    "Viện kiểm sát nhân dân tỉnh",
]  # fmt: skip


@pytest.fixture
def agencies(council):
    made = {name: builders.agency(council, f"A{n}", name) for n, name in enumerate(AGENCIES)}
    AgencyName.objects.create(
        agency=made["Sở Xây dựng"], name="Sở Giao thông vận tải", starts_on=builders.TERM_START, is_former=True
    )
    return made


@pytest.mark.parametrize("name", ["ky-hop-thuong-le.xlsx", "ky-hop-thuong-le.json"])
def test_a_real_regular_session_goes_in_through_the_page(client, council, agencies, office, name):
    client.force_login(office)
    file = SimpleUploadedFile(name, (DATA / name).read_bytes())

    shown = client.post(
        reverse("sessions:import"), {"file": file, "body": str(builders.plenary(council).public_id)}
    )
    answer = client.post(reverse("sessions:import_commit"), {"plan": shown.context["sealed"]}, follow=True)

    made = CouncilSession.objects.get()
    assert (made.number, made.title) == (35, "Kỳ họp thứ 35, thường lệ cuối năm 2025")
    assert (made.starts_on, made.ends_on) == (date(2025, 12, 11), date(2025, 12, 12))
    assert [s.items.count() for s in made.sittings.all()] == [10, 2, 3, 3, 20, 4]
    papers = ItemPaper.objects.filter(item__council_session=made)
    assert (made.items.count(), papers.count(), papers.filter(kind="report").count()) == (42, 114, 27)
    assert made.items.filter(kind=AgendaItem.Kind.DRAFT_RESOLUTION).count() == 19
    assert papers.get(number="279/TTr-HĐND").kind == "submission"
    assert papers.get(number="783/BC-UBND").title == "Báo cáo kết quả giải quyết kiến nghị cử tri"
    assert made.items.get(number=17).agency == agencies["Sở Xây dựng"]  # the file still has its former name
    page = answer.content.decode()
    assert "42 mục, 6 phiên" in page and "0/114 văn bản" in page
    assert "Đã nhập 42 mục, 6 phiên, 114 văn bản." in page
