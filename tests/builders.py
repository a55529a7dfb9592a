"""Rows that many tests need, made the shortest way. Not a fixture framework: plain functions."""

from datetime import date, time, timedelta

from django.utils import timezone

from council.models import (
    Agency,
    AgencyName,
    Body,
    Council,
    Delegate,
    Membership,
    RoleGrant,
    Term,
    User,
)
from sessions.models import AgendaItem, CouncilSession, Sitting

TERM_START = date(2026, 3, 26)
PASSWORD = "mat khau du dai 2026"


def council(
    name="Hội đồng nhân dân tỉnh Lam Sơn",
    short_name="HĐND tỉnh Lam Sơn",
    place="Lam Sơn",
    level="province",
    **fields,
) -> Council:
    """A council with a running term XIX and its plenary body."""
    made = Council.objects.create(name=name, short_name=short_name, place=place, level=level, **fields)
    term = Term.objects.create(council=made, number="XIX", starts_on=TERM_START)
    Body.objects.create(
        council=made, term=term, kind=Body.Kind.PLENARY, code="HDND", name=name, short_name="Hội đồng nhân dân"
    )
    return made


def plenary(council: Council) -> Body:
    return council.bodies.get(kind=Body.Kind.PLENARY)


def board(council: Council, code="KTNS", name="Ban Kinh tế - Ngân sách") -> Body:
    return Body.objects.create(
        council=council, term=council.terms.get(), kind=Body.Kind.BOARD, code=code, name=name, short_name=name
    )


def user(username: str, full_name: str = "") -> User:
    return User.objects.create_user(
        username=username, password=PASSWORD, email=f"{username}@example.vn", full_name=full_name or username
    )


def person(council: Council, username: str, role: str, **grant) -> User:
    """A user with one role in the council since the start of the term."""
    made = user(username if not User.objects.filter(username=username).exists() else f"{username}-{council.pk}")
    RoleGrant.objects.create(council=council, user=made, role=role, starts_on=TERM_START, **grant)
    return made


def delegate(council: Council, number: int, *, row: str = "A", body: Body | None = None) -> Delegate:
    """A delegate with a seat and an account, member of the plenary (or of another body)."""
    account = user(f"dai-bieu-{council.pk}-{number}", f"Đại biểu Số {number}")
    made = Delegate.objects.create(
        council=council,
        term=council.terms.get(),
        user=account,
        code=f"DB{number:03d}",
        full_name=account.full_name,
        email=account.email,
        seat_row=row,
        seat_number=number,
        mandate_from=TERM_START,
    )
    Membership.objects.create(body=body or plenary(council), user=account, delegate=made, starts_on=TERM_START)
    return made


def agency(council: Council, code: str, name: str) -> Agency:
    made = Agency.objects.create(
        council=council, code=code, kind=Agency.Kind.DEPARTMENT, email=f"{code}@example.vn"
    )
    AgencyName.objects.create(agency=made, name=name, starts_on=TERM_START)
    return made


def council_session(council: Council, by: User, *, body: Body | None = None, number: int = 5) -> CouncilSession:
    """A convened-to-be session of one sitting today with three items, the second a draft resolution."""
    today = timezone.localdate()
    made = CouncilSession.objects.create(
        council=council,
        term=council.terms.get(),
        body=body or plenary(council),
        number=number,
        kind=CouncilSession.Kind.REGULAR,
        title=f"Kỳ họp thứ {number}, thường lệ cuối năm 2026",
        slug=f"ky-hop-thu-{number}",
        place="Hội trường tỉnh",
        starts_on=today,
        ends_on=today + timedelta(days=1),
        created_by=by,
    )
    sitting = Sitting.objects.create(
        council_session=made, number=1, title="Phiên khai mạc", date=today, starts_at=time(8)
    )
    titles = [
        ("Diễn văn khai mạc", "ceremony"),
        ("Nghị quyết về kế hoạch phát triển kinh tế - xã hội năm 2027", "draft_resolution"),
        ("Báo cáo công tác của Tòa án nhân dân tỉnh", "report"),
    ]
    for number_, (title, kind) in enumerate(titles, 1):
        AgendaItem.objects.create(
            council_session=made,
            sitting=sitting,
            number=number_,
            title=title,
            kind=kind,
            starts_at=time(8, 10 * number_),
        )
    return made
