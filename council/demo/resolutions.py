"""The resolutions of the finished session: numbered and published; two adopted drafts still wait for the office."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from council.demo.agenda import DRAFTS
from council.demo.people import House
from documents import resolution_services as register
from documents.models import Resolution
from documents.selectors import adoptions_waiting

BASES = [
    "Luật Tổ chức chính quyền địa phương số 72/2025/QH15",
    "Luật Ban hành văn bản quy phạm pháp luật số 64/2025/QH15",
    "Luật Ngân sách nhà nước số 89/2025/QH15",
]
WAITING = 2


def publish_resolutions(house: House) -> None:
    """Write each adopted draft as a resolution; the relay makes the PDFs after the start."""
    office = house.users["vanphong"]
    adopted = adoptions_waiting(office, house.council)
    for adoption, (_title, _short, _code, _board, normative) in list(zip(adopted, DRAFTS, strict=False))[
        :-WAITING
    ]:
        resolution = register.draft_resolution(
            council=house.council,
            term=house.term,
            by=office,
            kind="normative" if normative else "individual",
            title=adoption.title,
            text=_text(house, adoption.title),
            adoption=adoption.vote,
            adopted_on=adoption.adopted_on,
            effective_on=adoption.adopted_on + timedelta(days=10),
            session_name=adoption.session_name,
            session_url=adoption.session_url,
            draft=adoption.draft,
        )
        resolution = register.issue_resolution(resolution=resolution, by=office)
        # Publishing waits for the PDF, which takes a second each; here it follows after the start.
        published = timezone.make_aware(datetime.combine(adoption.adopted_on + timedelta(days=3), time(9)))
        Resolution.objects.filter(pk=resolution.pk).update(
            state=Resolution.State.PUBLISHED, published_at=published
        )


def _text(house: House, title: str) -> dict:
    place = house.council.place
    return {
        "bases": BASES,
        "considering": [
            f"Xét Tờ trình của Ủy ban nhân dân tỉnh {place}; Báo cáo thẩm tra của Ban của Hội đồng nhân dân tỉnh; "
            "ý kiến thảo luận của đại biểu Hội đồng nhân dân tại kỳ họp"
        ],
        "articles": [
            {
                "heading": f"Thông qua {title[0].lower()}{title[1:]}"[:180],
                "body": "1. Nội dung minh họa của bản trình diễn, không có giá trị pháp lý.\n"
                "2. Mức chi, nguồn vốn và thời gian thực hiện như sau:\na) Nguồn ngân sách địa phương;\n"
                "b) Nguồn vốn hợp pháp khác.",
            },
            {
                "heading": "Tổ chức thực hiện",
                "body": "1. Giao Ủy ban nhân dân tỉnh tổ chức thực hiện Nghị quyết này.\n"
                "2. Thường trực, các Ban, các Tổ đại biểu và đại biểu Hội đồng nhân dân tỉnh giám sát việc thực hiện.",
            },
        ],
        "recipients": [
            "Ủy ban Thường vụ Quốc hội, Chính phủ",
            "Ủy ban nhân dân tỉnh",
            "Ủy ban Mặt trận Tổ quốc Việt Nam tỉnh",
            "Các sở, ban, ngành cấp tỉnh",
            "Lưu: VT",
        ],
        "signer": house.delegates[0].full_name,
        "signer_title": "Chủ tịch",
    }
