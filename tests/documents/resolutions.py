"""A resolution with every part, for tests."""

from datetime import date

from documents.models import Resolution
from documents.services import draft_resolution

TEXT = {
    "bases": [
        "Luật Tổ chức chính quyền địa phương số 72/2025/QH15",
        "Căn cứ Luật Ngân sách nhà nước số 89/2025/QH15;",
    ],
    "considering": [
        "Xét Tờ trình số 279/TTr-UBND ngày 27 tháng 11 năm 2026 của Ủy ban nhân dân tỉnh; Báo cáo thẩm tra số"
        " 71/BC-KTNS của Ban Kinh tế - Ngân sách; ý kiến thảo luận của đại biểu Hội đồng nhân dân tại kỳ họp"
    ],
    "articles": [
        {
            "heading": "Mục tiêu và chỉ tiêu",
            "body": "1. Mục tiêu tổng quát: phát triển kinh tế nhanh, bền vững.\n2. Các chỉ tiêu chủ yếu:\n"
            "a) Tốc độ tăng tổng sản phẩm trên địa bàn từ 10,5% trở lên;\nb) Thu ngân sách nhà nước 25.000 tỷ đồng;\n"
            "c) Tổng vốn đầu tư toàn xã hội 110.000 tỷ đồng.",
        },
        {"heading": "", "body": "Giao Ủy ban nhân dân tỉnh tổ chức thực hiện Nghị quyết này."},
    ],
    "recipients": ["Ủy ban Thường vụ Quốc hội", "Chính phủ", "- Thường trực Tỉnh ủy;", "Lưu: VT, CTHĐND"],
    "signer": "Nguyễn Văn Mẫu",
    "signer_title": "Chủ tịch",
}
VOTE = {
    "poll": "5f3c0000-0000-4000-8000-000000000001", "for": 71, "against": 3, "other": 4, "silent": 1, "absent": 6,
    "total": 85, "present": 79, "needed": 43, "passed": True, "why": "71 trên 85 đại biểu tán thành, cần từ 43.",
    "article": "Điều 35 khoản 2 Luật số 72/2025/QH15",
}  # fmt: skip


def draft(council, office, **fields) -> Resolution:
    given = {
        "kind": "individual", "title": "Kế hoạch phát triển kinh tế - xã hội năm 2027", "text": TEXT,
        "adopted_on": date(2026, 12, 11), "effective_on": date(2026, 12, 11), "session_name": "Kỳ họp thứ 5",
    } | fields  # fmt: skip
    return draft_resolution(council=council, term=council.terms.first(), by=office, **given)
