"""The fictional province of Lam Sơn: 85 delegates, bodies, agencies, office; and a commune beside it."""

from dataclasses import dataclass, field
from datetime import date

from council.accounts import demo as accounts
from council.models import (
    Agency,
    AgencyName,
    Body,
    CalendarDay,
    Council,
    Delegate,
    Membership,
    Post,
    RoleGrant,
    Term,
    User,
)

TERM_START = date(2026, 3, 26)
SURNAMES = [
    "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý", "Vi", "Lò", "Hà", "Cao",
]  # fmt: skip
# Given names that nobody bears: each says that the person is made up.
GIVEN = [
    "Minh Họa",
    "Thí Dụ",
    "Ví Dụ",
    "Mô Phỏng",
    "Giả Định",
    "Bản Mẫu",
    "Tạm Gọi",
    "Trình Diễn",
    "Làm Thử",
    "Phác Thảo",
]
GROUPS = [
    "Hạc Thành", "Lam Giang", "Châu Sơn", "Mường Lam", "Lạch Đông", "Yên Thượng", "Bình Lộc", "Thạch Quý", "Ngọc Lũ", "Hải An",
]  # fmt: skip
BOARDS = [
    ("KTNS", "Ban Kinh tế - Ngân sách"),
    ("PC", "Ban Pháp chế"),
    ("VHXH", "Ban Văn hóa - Xã hội"),
]
AGENCIES = [
    ("SNV", "Sở Nội vụ", "department", ["labour", "social_policy", "civil_service"], ["Sở Lao động - Thương binh và Xã hội"]),
    ("STP", "Sở Tư pháp", "department", ["safety"], []),
    ("STC", "Sở Tài chính", "department", ["market_fees"], ["Sở Kế hoạch và Đầu tư"]),
    ("SCT", "Sở Công Thương", "department", ["electricity", "market"], []),
    (
        "SNNMT",
        "Sở Nông nghiệp và Môi trường",
        "department",
        ["agriculture", "irrigation", "dyke", "disaster", "environment", "minerals", "water",
         "land_certificate", "land_use", "land_compensation", "resettlement"],
        ["Sở Nông nghiệp và Phát triển nông thôn", "Sở Tài nguyên và Môi trường"],
    ),
    ("SXD", "Sở Xây dựng", "department", ["roads", "lighting", "urban", "drainage", "housing"], ["Sở Giao thông vận tải"]),
    ("SKHCN", "Sở Khoa học và Công nghệ", "department", ["post_telecom"], ["Sở Thông tin và Truyền thông"]),
    ("SVHTTDL", "Sở Văn hóa, Thể thao và Du lịch", "department", ["culture"], ["Sở Du lịch"]),
    ("SGDDT", "Sở Giáo dục và Đào tạo", "department", ["education"], []),
    ("SYT", "Sở Y tế", "department", ["health", "health_insurance"], []),
    ("SDTTG", "Sở Dân tộc và Tôn giáo", "department", [], ["Ban Dân tộc"]),
    ("TTR", "Thanh tra tỉnh", "department", [], []),
    ("CAT", "Công an tỉnh", "other", ["public_security"], []),
    ("VPUB", "Văn phòng Ủy ban nhân dân tỉnh", "department", [], []),
]  # fmt: skip
# Beside the fourteen that answer voters: who reports at a session.
REPORTING = [
    ("UBND", "Ủy ban nhân dân tỉnh", "peoples_committee"),
    ("MTTQ", "Ủy ban Mặt trận Tổ quốc Việt Nam tỉnh", "other"),
    ("TAND", "Tòa án nhân dân tỉnh", "judicial"),
    ("VKSND", "Viện kiểm sát nhân dân tỉnh", "judicial"),
    ("THADS", "Thi hành án dân sự tỉnh", "judicial"),
]
HOLIDAYS = {  # 2026 as published; 2027 computed, for the office to correct
    "2026-01-01": "Tết Dương lịch",
    "2026-01-02": "Nghỉ hoán đổi dịp Tết Dương lịch",
    **{f"2026-02-{day}": "Tết Nguyên đán" for day in range(16, 21)},
    "2026-04-27": "Nghỉ bù Giỗ Tổ Hùng Vương",
    "2026-04-30": "Ngày Giải phóng miền Nam, thống nhất đất nước",
    "2026-05-01": "Ngày Quốc tế Lao động",
    "2026-08-31": "Nghỉ hoán đổi dịp Quốc khánh",
    "2026-09-01": "Quốc khánh",
    "2026-09-02": "Quốc khánh",
    "2026-11-24": "Ngày Văn hóa Việt Nam",
    "2027-01-01": "Tết Dương lịch",
    **{f"2027-02-{day:02d}": "Tết Nguyên đán" for day in (4, 5, 8, 9, 10)},
    "2027-04-16": "Giỗ Tổ Hùng Vương",
    "2027-04-30": "Ngày Giải phóng miền Nam, thống nhất đất nước",
    "2027-05-03": "Nghỉ bù Ngày Quốc tế Lao động",
    "2027-09-02": "Quốc khánh",
    "2027-09-03": "Quốc khánh",
    "2027-11-24": "Ngày Văn hóa Việt Nam",
}
MAKE_UP = {"2026-01-10": "Làm bù ngày 02/01", "2026-08-22": "Làm bù ngày 31/8"}


@dataclass
class House:
    """What the other parts of the seed build on."""

    council: Council
    term: Term
    plenary: Body
    standing: Body
    boards: list[Body]
    groups: list[Body]
    delegates: list[Delegate]
    agencies: dict[str, Agency]
    users: dict[str, User] = field(default_factory=dict)
    commune: Council | None = None


def user(username: str, full_name: str) -> User:
    return User(username=username, full_name=full_name, email=f"{username}@lam-son.example", is_demo=True)


def grant(council: Council, person: User, role: str, **more) -> RoleGrant:
    return RoleGrant.objects.create(council=council, user=person, role=role, starts_on=TERM_START, **more)


def make_house() -> House:
    """The province with everybody in it."""
    council = Council.objects.create(
        name="Hội đồng nhân dân tỉnh Lam Sơn", short_name="HĐND tỉnh Lam Sơn", place="Lam Sơn",
        level=Council.Level.PROVINCE, is_demo=True,
    )  # fmt: skip
    term = Term.objects.create(council=council, number="XIX", starts_on=TERM_START)

    def body(kind, code, name, short, order):
        return Body.objects.create(
            council=council, term=term, kind=kind, code=code, name=name, short_name=short, order=order
        )

    house = House(
        council=council,
        term=term,
        plenary=body("plenary", "HDND", council.name, "Hội đồng nhân dân tỉnh", 1),
        standing=body("standing_committee", "TT", "Thường trực Hội đồng nhân dân tỉnh", "Thường trực HĐND", 2),
        boards=[
            body("board", code, f"{name} Hội đồng nhân dân tỉnh", name, 3 + n)
            for n, (code, name) in enumerate(BOARDS)
        ],
        groups=[
            body("delegate_group", f"TO{n:02d}", f"Tổ đại biểu số {n}, {place}", f"Tổ số {n}", 10 + n)
            for n, place in enumerate(GROUPS, 1)
        ],
        delegates=[],
        agencies={},
    )
    office = body("office", "VP", "Văn phòng Đoàn đại biểu Quốc hội và Hội đồng nhân dân tỉnh", "Văn phòng", 30)
    _make_delegates(house)
    _make_agencies(house)
    _make_staff(house, office)
    _make_calendar(council)
    house.commune = _make_commune(house)
    return house


def _make_delegates(house: House) -> None:
    people = []
    for n in range(1, 86):
        name = f"{SURNAMES[n % 17]} {'Thị' if n % 3 == 0 else 'Văn'} {GIVEN[(n * 7) % 10]}"
        people.append(user(f"db{n:03d}", name))
    people = User.objects.bulk_create(people)
    rows = "ABCDE"
    for n, person in enumerate(people, 1):
        row, seat = rows[(n - 1) // 17], (n - 1) % 17 + 1
        house.delegates.append(
            Delegate(
                council=house.council, term=house.term, user=person, code=f"DB{n:03d}",
                full_name=person.full_name, title=_title(n), electoral_unit=f"Đơn vị bầu cử số {(n - 1) // 5 + 1}",
                email=person.email, seat_row=row, seat_number=seat, mandate_from=TERM_START,
            )
        )  # fmt: skip
    house.delegates = Delegate.objects.bulk_create(house.delegates)
    memberships, posts = [], []

    def join(body, delegate):
        memberships.append(Membership(body=body, user=delegate.user, delegate=delegate, starts_on=TERM_START))

    def post(body, delegate, kind, title):
        posts.append(
            Post(body=body, user=delegate.user, delegate=delegate, kind=kind, title=title, starts_on=TERM_START)
        )

    for n, delegate in enumerate(house.delegates):
        join(house.plenary, delegate)
        join(house.groups[n % 10], delegate)
        if n % 5 in (0, 1):
            join(house.boards[n % 3], delegate)
    for n, (kind, title) in enumerate(
        [
            ("chair", "Chủ tịch Hội đồng nhân dân tỉnh"),
            ("vice_chair", "Phó Chủ tịch Hội đồng nhân dân tỉnh"),
            ("vice_chair", "Phó Chủ tịch Hội đồng nhân dân tỉnh"),
        ]
    ):
        join(house.standing, house.delegates[n])
        post(house.standing, house.delegates[n], kind, title)
    for board in house.boards:
        head = next(
            d for d in house.delegates[5:] if any(m.body is board and m.delegate is d for m in memberships)
        )
        join(house.standing, head)
        post(board, head, "head", f"Trưởng {board.short_name}")
    for n, group in enumerate(house.groups):
        post(group, house.delegates[n], "group_head", f"Tổ trưởng {group.short_name}")
    Membership.objects.bulk_create(memberships)
    Post.objects.bulk_create(posts)


def _title(n: int) -> str:
    return {
        1: "Chủ tịch Hội đồng nhân dân tỉnh",
        2: "Phó Chủ tịch Hội đồng nhân dân tỉnh",
        3: "Phó Chủ tịch Hội đồng nhân dân tỉnh",
    }.get(n, "Đại biểu Hội đồng nhân dân tỉnh")


def _make_agencies(house: House) -> None:
    for code, name, kind, fields, former in AGENCIES:
        made = Agency.objects.create(
            council=house.council, code=code, kind=kind, fields=fields, email=f"{code.lower()}@lam-son.example"
        )
        AgencyName.objects.create(agency=made, name=name, starts_on=date(2025, 3, 1))
        for old in former:
            AgencyName.objects.create(
                agency=made, name=old, starts_on=date(2016, 1, 1), ends_on=date(2025, 2, 28), is_former=True
            )
        house.agencies[code] = made
    for code, name, kind in REPORTING:
        made = Agency.objects.create(council=house.council, code=code, kind=kind)
        AgencyName.objects.create(agency=made, name=name, starts_on=date(2016, 1, 1))
        house.agencies[code] = made


def _make_staff(house: House, office: Body) -> None:
    chair, secretary = house.delegates[0].user, house.delegates[4].user
    grant(house.council, chair, "session_chair")
    grant(house.council, secretary, "session_secretary")
    staff = [
        ("vanphong", "Ngô Thị Soạn Thử", "office", {}),
        ("quantri", "Đinh Văn Vận Hành", "administrator", {}),
        ("coquan", "Phan Thị Trả Lời", "agency_clerk", {"agency": house.agencies["SNNMT"]}),
        ("soxaydung", "Tạ Văn Giải Trình", "agency_clerk", {"agency": house.agencies["SXD"]}),
        ("kiemtra", "Mai Thị Đối Chiếu", "auditor", {}),
        ("khach", "Kiều Văn Dự Thính", "guest", {}),
    ]
    for username, name, role, more in staff:
        person = user(username, name)
        person.save()
        grant(house.council, person, role, **more)
        accounts.equip(person)
        house.users[username] = person
        if role == "office":
            Membership.objects.create(body=office, user=person, starts_on=TERM_START)
    for delegate in house.delegates:  # after the roles: only privileged ones get an authenticator
        accounts.equip(delegate.user, delegate)
    house.users |= {"chair": chair, "secretary": secretary, "delegate": house.delegates[9].user}


def _make_calendar(council: Council) -> None:
    CalendarDay.objects.bulk_create(
        [
            CalendarDay(council=council, date=day, kind="holiday", name=name, is_official=day < "2027")
            for day, name in HOLIDAYS.items()
        ]
        + [CalendarDay(council=council, date=day, kind="make_up", name=name) for day, name in MAKE_UP.items()]
    )


def _make_commune(house: House) -> Council:
    """A second, small council, so that the switch has somewhere to go."""
    commune = Council.objects.create(
        name="Hội đồng nhân dân xã Châu Sơn", short_name="HĐND xã Châu Sơn", place="Châu Sơn",
        level=Council.Level.COMMUNE, is_demo=True, host="chau-son.localhost",
    )  # fmt: skip
    term = Term.objects.create(council=commune, number="I", starts_on=TERM_START)
    plenary = Body.objects.create(
        council=commune,
        term=term,
        kind="plenary",
        code="HDND",
        name=commune.name,
        short_name="Hội đồng nhân dân xã",
        order=1,
    )
    for n in range(1, 21):
        person = user(f"xa{n:02d}", f"{SURNAMES[-n % 17]} Văn {GIVEN[n % 10]}")
        person.save()
        made = Delegate.objects.create(
            council=commune, term=term, user=person, code=f"X{n:02d}", full_name=person.full_name,
            title="Đại biểu Hội đồng nhân dân xã", email=person.email, seat_row="AB"[(n - 1) // 10],
            seat_number=(n - 1) % 10 + 1, mandate_from=TERM_START,
        )  # fmt: skip
        Membership.objects.create(body=plenary, user=person, delegate=made, starts_on=TERM_START)
        accounts.equip(person, made)
    grant(commune, house.users["vanphong"], "office")
    _make_calendar(commune)
    return commune
