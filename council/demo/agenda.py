"""The agenda of the demonstration: order of business and volumes of a real regular session, a fictional province."""

SITTINGS = [  # title, day (0: yesterday), hour, minute
    ("Phiên khai mạc", 0, 7, 45),
    ("Phiên nghe các báo cáo, tờ trình", 0, 14, 0),
    ("Phiên thảo luận, biểu quyết các dự thảo nghị quyết", 1, 8, 0),
    ("Phiên thảo luận, biểu quyết các dự thảo nghị quyết (tiếp)", 1, 14, 0),
    ("Phiên chất vấn và trả lời chất vấn", 2, 8, 0),
    ("Phiên bế mạc", 2, 14, 0),
]

OPENING = [  # title, short title, kind, minutes
    ("Chào cờ, tuyên bố lý do, giới thiệu đại biểu", "Chào cờ, giới thiệu đại biểu", "ceremony", 10),
    ("Thông qua chương trình kỳ họp", "Thông qua chương trình", "vote", 5),
    ("Diễn văn khai mạc của Chủ tịch Hội đồng nhân dân tỉnh", "Diễn văn khai mạc", "ceremony", 15),
]
# (title, short title, presenter, agency code, number of reports handed in with it)
REPORT_ITEMS = [
    (
        "Báo cáo tình hình kinh tế - xã hội, quốc phòng, an ninh năm {year}, nhiệm vụ năm {next}",
        "Kinh tế - xã hội năm {year}",
        "UBND tỉnh",
        "UBND",
        3,
    ),
    (
        "Thông báo của Ủy ban Mặt trận Tổ quốc Việt Nam tỉnh về công tác tham gia xây dựng chính quyền",
        "Thông báo của Mặt trận Tổ quốc",
        "UBMTTQ tỉnh",
        "MTTQ",
        1,
    ),
    (
        "Báo cáo tổng hợp ý kiến, kiến nghị của cử tri và kết quả giải quyết",
        "Ý kiến, kiến nghị cử tri",
        "Thường trực HĐND tỉnh",
        "MTTQ",
        2,
    ),
    (
        "Báo cáo công tác của Tòa án nhân dân tỉnh năm {year}",
        "Công tác của Tòa án",
        "Chánh án TAND tỉnh",
        "TAND",
        1,
    ),
    (
        "Báo cáo công tác của Viện kiểm sát nhân dân tỉnh năm {year}",
        "Công tác của Viện kiểm sát",
        "Viện trưởng VKSND tỉnh",
        "VKSND",
        1,
    ),
    (
        "Báo cáo công tác thi hành án dân sự năm {year}",
        "Thi hành án dân sự",
        "Thi hành án dân sự tỉnh",
        "THADS",
        1,
    ),
    (
        "Báo cáo dự toán, quyết toán và phân bổ ngân sách địa phương",
        "Ngân sách địa phương",
        "Sở Tài chính",
        "STC",
        4,
    ),
    (
        "Báo cáo công tác phòng, chống tham nhũng, lãng phí; tiếp công dân, giải quyết khiếu nại, tố cáo",
        "Tiếp công dân, khiếu nại, tố cáo",
        "Thanh tra tỉnh",
        "TTR",
        2,
    ),
    (
        "Báo cáo công tác bảo vệ môi trường, phòng chống thiên tai năm {year}",
        "Môi trường, thiên tai",
        "Sở Nông nghiệp và Môi trường",
        "SNNMT",
        3,
    ),
    (
        "Báo cáo tình hình thực hiện các chương trình mục tiêu quốc gia",
        "Chương trình mục tiêu quốc gia",
        "UBND tỉnh",
        "UBND",
        2,
    ),
    (
        "Báo cáo tình hình an ninh, trật tự, phòng chống tội phạm năm {year}",
        "An ninh, trật tự",
        "Công an tỉnh",
        "CAT",
        1,
    ),
    (
        "Báo cáo hoạt động của Hội đồng nhân dân tỉnh năm {year}, chương trình năm {next}",
        "Hoạt động của HĐND tỉnh",
        "Thường trực HĐND tỉnh",
        "MTTQ",
        3,
    ),
    (
        "Báo cáo thẩm tra của các Ban Hội đồng nhân dân tỉnh",
        "Thẩm tra của các Ban",
        "Các Ban HĐND tỉnh",
        "MTTQ",
        3,
    ),
]
# (title, short title, agency code, board index, normative)
DRAFTS = [
    ("Kế hoạch phát triển kinh tế - xã hội năm {next}", "Kế hoạch kinh tế - xã hội {next}", "STC", 0, False),
    (
        "Dự toán thu ngân sách nhà nước trên địa bàn, thu, chi ngân sách địa phương năm {next}",
        "Dự toán ngân sách {next}",
        "STC",
        0,
        False,
    ),
    ("Phân bổ ngân sách địa phương năm {next}", "Phân bổ ngân sách {next}", "STC", 0, False),
    ("Kế hoạch đầu tư công năm {next}", "Đầu tư công {next}", "STC", 0, False),
    (
        "Điều chỉnh kế hoạch đầu tư công trung hạn vốn ngân sách địa phương",
        "Điều chỉnh đầu tư công trung hạn",
        "STC",
        0,
        False,
    ),
    ("Danh mục công trình, dự án cần thu hồi đất năm {next}", "Danh mục thu hồi đất {next}", "SNNMT", 0, False),
    (
        "Chuyển mục đích sử dụng đất trồng lúa, đất rừng phòng hộ để thực hiện dự án",
        "Chuyển mục đích đất lúa, đất rừng",
        "SNNMT",
        0,
        False,
    ),
    ("Chủ trương đầu tư đường nối quốc lộ 45 với cảng Lạch Đông", "Đường nối cảng Lạch Đông", "SXD", 0, False),
    (
        "Quy định mức thu, quản lý và sử dụng học phí năm học {year}-{next}",
        "Học phí {year}-{next}",
        "SGDDT",
        2,
        True,
    ),
    (
        "Quy định một số chính sách hỗ trợ phát triển nông nghiệp, nông thôn giai đoạn {next}-2030",
        "Hỗ trợ nông nghiệp, nông thôn",
        "SNNMT",
        0,
        True,
    ),
    (
        "Sửa đổi, bổ sung quy định chế độ công tác phí, chế độ chi hội nghị",
        "Công tác phí, chi hội nghị",
        "STC",
        0,
        True,
    ),
    ("Quy định mức chi cho các hoạt động khuyến công", "Mức chi khuyến công", "SCT", 0, True),
    (
        "Quy định giá dịch vụ khám bệnh, chữa bệnh không thuộc phạm vi thanh toán của Quỹ bảo hiểm y tế",
        "Giá khám bệnh, chữa bệnh",
        "SYT",
        2,
        True,
    ),
    (
        "Chính sách hỗ trợ nghệ nhân, câu lạc bộ di sản văn hóa phi vật thể",
        "Hỗ trợ nghệ nhân, câu lạc bộ",
        "SVHTTDL",
        2,
        True,
    ),
    ("Chính sách hỗ trợ bố trí ổn định dân cư vùng thiên tai", "Dân cư vùng thiên tai", "SNNMT", 0, True),
    (
        "Phân bổ vốn thực hiện Chương trình mục tiêu quốc gia giảm nghèo bền vững",
        "Vốn giảm nghèo bền vững",
        "STC",
        0,
        False,
    ),
    ("Giải quyết ý kiến, kiến nghị của cử tri gửi đến kỳ họp", "Giải quyết kiến nghị cử tri", "VPUB", 1, False),
    (
        "Chương trình giám sát của Hội đồng nhân dân tỉnh năm {next}",
        "Chương trình giám sát {next}",
        "VPUB",
        1,
        False,
    ),
    (
        "Thành lập Đoàn giám sát chuyên đề về quy hoạch, sắp xếp mạng lưới trường, lớp",
        "Đoàn giám sát trường, lớp",
        "VPUB",
        2,
        False,
    ),
]
INTERPELLATION = [
    (
        "Chất vấn nhóm vấn đề thứ nhất: quản lý đất đai, bảo vệ môi trường",
        "Chất vấn: đất đai, môi trường",
        "SNNMT",
    ),
    (
        "Chất vấn nhóm vấn đề thứ hai: đầu tư, bảo trì đường giao thông nông thôn",
        "Chất vấn: giao thông nông thôn",
        "SXD",
    ),
    ("Chất vấn nhóm vấn đề thứ ba: tuyển dụng, bố trí giáo viên", "Chất vấn: giáo viên", "SGDDT"),
    (
        "Phát biểu của Chủ tịch Ủy ban nhân dân tỉnh làm rõ các vấn đề đại biểu quan tâm",
        "Phát biểu của Chủ tịch UBND",
        "UBND",
    ),
]
# Persons are elected by secret ballot; who counts is put to an open vote first.
PERSONNEL = [
    ("Thông qua danh sách Ban kiểm phiếu", "Ban kiểm phiếu", "vote", 10),
    (
        "Bầu bổ sung Phó Trưởng Ban Kinh tế - Ngân sách của Hội đồng nhân dân tỉnh",
        "Bầu Phó Trưởng Ban",
        "personnel",
        30,
    ),
]

CLOSING = [
    ("Báo cáo tiếp thu, giải trình ý kiến đại biểu", "Tiếp thu, giải trình", "report", 20),
    ("Thông qua Nghị quyết kỳ họp", "Nghị quyết kỳ họp", "vote", 10),
    ("Diễn văn bế mạc, chào cờ", "Diễn văn bế mạc", "ceremony", 15),
]
