"""The draft budget of the demonstration in its two versions; every figure is made up."""

REVENUE = ("18.450 tỷ đồng", "18.620 tỷ đồng")  # in the first and in the second version
DOMESTIC = ("14.200 tỷ đồng", "14.370 tỷ đồng")
RESERVE = ("2% tổng chi", "2,5% tổng chi")
SCHOOLS = "Ưu tiên vốn cho trường học, trạm y tế và nước sạch ở các xã vùng cao"
INVESTMENT = "Chi đầu tư phát triển: 6.310 tỷ đồng"


def articles(version: int) -> tuple[tuple[str, list[str]], ...]:
    """The articles of the draft budget in its first (1) or second (2) version: what `Sheet.text` takes."""
    n = version - 1
    spending = [
        "1. Tổng chi ngân sách địa phương: 21.730 tỷ đồng, gồm:",
        f"a) {INVESTMENT};",
        "b) Chi thường xuyên: 14.985 tỷ đồng;",
        f"c) Dự phòng ngân sách: {RESERVE[n]} ngân sách địa phương.",
        f"2. {SCHOOLS}; mỗi công trình có địa chỉ, thời hạn và người chịu trách nhiệm.",
    ]
    if version == 2:
        spending.append(
            "3. Bố trí 120 tỷ đồng khắc phục hậu quả bão cho bảy xã ven sông, giải ngân trước ngày 30 tháng 6."
        )
    return (
        (
            "Điều 1. Dự toán thu ngân sách nhà nước trên địa bàn",
            [
                f"1. Tổng thu ngân sách nhà nước trên địa bàn: {REVENUE[n]}, gồm:",
                f"a) Thu nội địa: {DOMESTIC[n]};",
                "b) Thu từ hoạt động xuất khẩu, nhập khẩu: 4.250 tỷ đồng.",
                "2. Các khoản thu viện trợ được ghi thu theo thực tế phát sinh.",
            ],
        ),
        ("Điều 2. Dự toán chi ngân sách địa phương", spending),
        (
            "Điều 3. Nguyên tắc điều hành",
            [
                "1. Thu đúng, thu đủ, thu kịp thời; không đặt ra khoản thu ngoài quy định.",
                "2. Không bổ sung dự toán cho nhiệm vụ chưa thật sự cấp bách.",
                "3. Ủy ban nhân dân tỉnh báo cáo Thường trực Hội đồng nhân dân tình hình thực hiện mỗi quý.",
            ],
        ),
        (
            "Điều 4. Tổ chức thực hiện",
            [
                "1. Giao Ủy ban nhân dân tỉnh tổ chức thực hiện Nghị quyết này theo quy định của pháp luật.",
                "2. Giao Thường trực, các Ban, các Tổ đại biểu và đại biểu Hội đồng nhân dân tỉnh giám sát việc thực hiện.",
            ],
        ),
    )
