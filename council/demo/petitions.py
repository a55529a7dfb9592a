"""Two hundred petitions in every state, from fictional places, in the words in which voters ask."""

import random
from datetime import datetime, time, timedelta

from django.utils import timezone

from council.calendar import working_calendar
from council.demo.people import GROUPS, House
from voters import search
from voters.models import Petition, Referral, Reply, VoterMeeting

PLACES = [
    f"{kind} {name}"
    for kind, names in (
        (
            "Xã",
            "Châu Sơn,Mường Lam,Bản Sầm,Yên Thượng,Bình Lộc,Ngọc Lũ,Hải An,Đồng Xuân,Tân Phú,Nậm Cắn,Thạch Khê,Vân Đình",
        ),
        ("Phường", "Hạc Thành,Lam Giang,Lạch Đông,Thạch Quý,Đông Vệ,Quảng Tiến"),
    )
    for name in names.split(",")
]
# (field, agency code, title, request, reply)
ASKED = [
    ("roads", "SXD", "Sửa chữa mặt đường liên thôn xuống cấp", "Tuyến đường liên thôn dài khoảng 3 km đã bong tróc, nhiều ổ gà, đi lại khó khăn trong mùa mưa. Đề nghị sớm sửa chữa.", "Tuyến đường đã được đưa vào danh mục bảo trì năm nay; khối lượng vá ổ gà hoàn thành, phần thảm lại mặt đường thực hiện trong quý tới."),
    ("lighting", "SXD", "Lắp đèn chiếu sáng đường tỉnh qua khu dân cư", "Đoạn đường tỉnh qua khu dân cư chưa có đèn chiếu sáng, buổi tối dễ xảy ra tai nạn. Đề nghị lắp đèn.", "Sở đã khảo sát và thống nhất vị trí lắp đặt 42 cột đèn, dự kiến hoàn thành trước Tết Nguyên đán."),
    ("irrigation", "SNNMT", "Sửa chữa hồ chứa và kênh dẫn nước", "Hồ chứa nước bị bồi lắng, kênh dẫn vỡ nhiều đoạn, không đủ nước tưới vụ đông xuân. Đề nghị nạo vét, sửa kênh.", "Đã bố trí kinh phí sửa chữa kênh; việc nạo vét lòng hồ đang lập dự án."),
    ("land_certificate", "SNNMT", "Chậm cấp giấy chứng nhận quyền sử dụng đất", "Nhiều hộ dân nộp hồ sơ cấp giấy chứng nhận đã hơn một năm chưa có kết quả. Đề nghị trả lời rõ lý do.", "Còn 64 hồ sơ vướng về nguồn gốc đất; các hồ sơ đủ điều kiện được trả trong tháng này."),
    ("environment", "SNNMT", "Mùi hôi từ trang trại chăn nuôi", "Trang trại chăn nuôi gần khu dân cư xả thải gây mùi hôi. Đề nghị kiểm tra, xử lý.", "Đoàn kiểm tra đã lập biên bản, yêu cầu trang trại cải tạo hệ thống xử lý nước thải trong 60 ngày."),
    ("water", "SNNMT", "Công trình nước sạch nông thôn ngừng hoạt động", "Công trình cấp nước sạch đã ngừng hoạt động, người dân phải dùng nước khe. Đề nghị khắc phục.", "Đang lựa chọn đơn vị quản lý, vận hành mới; trước mắt sửa máy bơm để cấp nước theo giờ."),
    ("education", "SGDDT", "Trường mầm non thiếu phòng học", "Trường mầm non thiếu bốn phòng học, trẻ phải học ghép. Đề nghị đầu tư xây dựng.", "Việc xây bốn phòng học đã có trong kế hoạch đầu tư công trung hạn."),
    ("health", "SYT", "Trạm y tế thiếu bác sĩ", "Trạm y tế không có bác sĩ thường trực từ đầu năm. Đề nghị bố trí.", "Sở điều động một bác sĩ về trạm ba ngày mỗi tuần trong khi chờ tuyển dụng."),
    ("electricity", "SCT", "Điện yếu vào giờ cao điểm", "Điện sinh hoạt yếu vào buổi tối, không dùng được máy bơm. Đề nghị nâng công suất trạm biến áp.", "Công ty Điện lực đã lắp thêm một trạm biến áp 250 kVA, điện áp đã bảo đảm."),
    ("social_policy", "SNV", "Chế độ cho người có công", "Một số người có công chưa được hưởng hỗ trợ sửa chữa nhà ở. Đề nghị rà soát.", "Đã rà soát, bổ sung 17 hộ vào danh sách hỗ trợ năm nay."),
    ("post_telecom", "SKHCN", "Vùng lõm sóng điện thoại", "Ba bản chưa có sóng điện thoại di động. Đề nghị phủ sóng.", "Doanh nghiệp viễn thông cam kết phát sóng trạm mới trong năm."),
    ("culture", "SVHTTDL", "Tu bổ đình làng xuống cấp", "Đình làng là di tích cấp tỉnh, mái đã dột nhiều chỗ. Đề nghị hỗ trợ tu bổ.", "Hồ sơ tu bổ cấp thiết đang được thẩm định."),
    ("public_security", "CAT", "Thanh thiếu niên tụ tập đua xe", "Buổi tối cuối tuần có thanh thiếu niên tụ tập đua xe trên đường ven biển. Đề nghị xử lý.", "Đã tăng cường tuần tra, xử lý 23 trường hợp trong quý."),
    ("dyke", "SNNMT", "Kè chống sạt lở bờ sông", "Bờ sông sạt lở sát nhà dân. Đề nghị xây kè.", "Đoạn sạt lở nguy hiểm nhất dài 400 m đã được bố trí vốn khẩn cấp."),
    ("market", "SCT", "Chợ xã xuống cấp", "Chợ xã mái tôn hư hỏng, thoát nước kém. Đề nghị đầu tư nâng cấp.", "Việc nâng cấp chợ được đưa vào kế hoạch, chưa cân đối được vốn năm nay."),
]  # fmt: skip
OUTCOMES = ["resolved", "in_progress", "planned", "explained", "not_yet"]


def make_petitions(house: House) -> None:
    """200 petitions: recorded, referred in time and overdue, replied, sent back, published on time and late."""
    chance = random.Random(2026)
    calendar = working_calendar(house.council)
    today = timezone.localdate()
    meetings = [
        VoterMeeting.objects.create(
            council=house.council,
            group=group,
            held_on=today - timedelta(days=40 + n),
            place=f"Nhà văn hóa {PLACES[n]}",
        )
        for n, group in enumerate(house.groups)
    ]
    plan = (
        ["recorded"] * 24 + ["closed"] * 8 + ["referred"] * 40 + ["overdue"] * 14 + ["replied"] * 18
        + ["sent_back"] * 8 + ["published"] * 68 + ["published_late"] * 20
    )  # fmt: skip
    chance.shuffle(plan)
    petitions, referrals, replies = [], [], []
    for n, fate in enumerate(plan, 1):
        field, code, title, request, answer = ASKED[n % len(ASKED)]
        place = PLACES[(n * 5) % len(PLACES)]
        age = {"recorded": 6, "closed": 60, "referred": 14, "overdue": 60, "replied": 25, "sent_back": 28}.get(
            fate, 130
        )
        received = today - timedelta(days=age + n % 9)
        public = fate in ("published", "published_late") or (fate in ("referred", "overdue") and n % 2 == 0)
        petition = Petition(
            council=house.council, term=house.term, code=f"KN-{received.year}-{n:04d}",
            state={"overdue": "referred", "sent_back": "referred", "published_late": "published"}.get(fate, fate),
            session_number=4 if age > 100 else 5, phase="before" if n % 4 else "after",
            meeting=meetings[n % len(meetings)], voters=f"Cử tri {place[0].lower()}{place[1:]}", place=place,
            former_place=f"Huyện {GROUPS[n % 10]} (cũ)" if place.startswith("Xã") else "", field=field,
            authority_level="province", title=f"{title}, {place[0].lower()}{place[1:]}", text=request,
            public_text=request if public else "", is_public=public, received_on=received,
            created_by=house.users["vanphong"],
        )  # fmt: skip
        petitions.append(petition)
        if fate in ("recorded", "closed"):
            continue
        referred = received + timedelta(days=2)
        days = 22 if fate != "overdue" else 15
        referral = Referral(
            petition=petition, agency=house.agencies[code], referred_on=referred, working_days=days,
            due_on=calendar.add_working_days(referred, days), referred_by=house.users["vanphong"],
        )  # fmt: skip
        referrals.append(referral)
        if fate in ("referred", "overdue"):
            continue
        sent = (
            referral.due_on + timedelta(days=6)
            if fate == "published_late"
            else min(referral.due_on - timedelta(days=2), today)
        )
        accepted = fate.startswith("published")
        replies.append(
            Reply(
                referral=referral, outcome=OUTCOMES[n % 5], number=f"{300 + n}/{code}-VP", text=answer,
                state={"replied": "sent", "sent_back": "sent_back"}.get(fate, "accepted"),
                public_text=answer if accepted else "", sent_on=sent, sent_at=_noon(sent),
                sent_back_reason="Trả lời chưa nêu rõ thời hạn thực hiện." if fate == "sent_back" else "",
                decided_by=None if fate == "replied" else house.users["vanphong"],
                decided_at=None if fate == "replied" else _noon(sent + timedelta(days=1)),
            )
        )  # fmt: skip
    Petition.objects.bulk_create(petitions)
    Referral.objects.bulk_create(referrals)
    Reply.objects.bulk_create(replies)
    search.reindex(Petition.objects.filter(council=house.council).values_list("pk", flat=True))


def _noon(day) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(10)))
