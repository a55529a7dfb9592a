"""What can be read of sessions: lists by role, the agenda with its papers, what is missing, the check."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Prefetch, Q
from django.http import Http404
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from council import regulations
from council.calendar import working_calendar
from council.models import Body, Council, Delegate, Mail, User
from documents.models import Document, ReadReceipt
from documents.selectors import register_neighbours
from sessions import rules
from sessions.models import (
    AgendaItem,
    Attendance,
    CouncilSession,
    ItemPaper,
    Notice,
    NoticeDelivery,
    Sitting,
)
from sessions.permissions import bodies_served, can_attend, can_prepare, can_see_desk

NOTICE_DAYS = {
    CouncilSession.Kind.FIRST: "notice_days_regular",
    CouncilSession.Kind.REGULAR: "notice_days_regular",
    CouncilSession.Kind.THEMATIC: "notice_days_thematic",
    CouncilSession.Kind.URGENT: "notice_days_urgent",
    CouncilSession.Kind.MEETING: "notice_days_meeting",
}
# "Thiếu thẩm tra": what the table says of a missing paper, in two words.
LACKS = {
    Document.Kind.SUBMISSION: gettext_lazy("Thiếu tờ trình"),
    Document.Kind.DRAFT_RESOLUTION: gettext_lazy("Thiếu dự thảo"),
    Document.Kind.VERIFICATION_REPORT: gettext_lazy("Thiếu thẩm tra"),
    Document.Kind.REVISION_REPORT: gettext_lazy("Thiếu tiếp thu"),
    Document.Kind.REPORT: gettext_lazy("Thiếu báo cáo"),
}


# --- The road from a URL to an object ---------------------------------------------------------------
def sessions_for(user: User, council: Council):
    """The sessions and meetings of the bodies that a person serves, newest first."""
    bodies = bodies_served(user, council)
    return (
        CouncilSession.objects.filter(council=council, body__in=bodies)
        .select_related("body", "term")
        .annotate(
            sitting_count=Count("sittings", distinct=True),
            item_count=Count("items", distinct=True),
        )
        .order_by("-starts_on", "-number")
    )


def get_council_session_for(user: User, council: Council, public_id) -> CouncilSession:
    """A session that this person's desk may see; 404 for every other one."""
    found = (
        CouncilSession.objects.filter(council=council, public_id=public_id)
        .select_related("body", "term", "council")
        .first()
    )
    if found is None or not can_see_desk(user, found):
        raise Http404
    return found


def get_prepared_session_for(user: User, council: Council, public_id) -> CouncilSession:
    """A session that this person prepares (office of its body); 404 for every other one."""
    found = get_council_session_for(user, council, public_id)
    if not can_prepare(user, found):
        raise Http404
    return found


def attended_sessions(user: User, council: Council):
    """Sessions whose agenda and papers this person may read: own bodies' convened ones, and the desk's."""
    mine = Body.objects.filter(
        council=council, pk__in=user.memberships.on(timezone.localdate()).values("body")
    )
    return (
        CouncilSession.objects.filter(council=council)
        .filter(
            Q(body__in=bodies_served(user, council))
            | (Q(body__in=mine) & ~Q(state=CouncilSession.State.DRAFT))
        )
        .select_related("body", "term")
        .distinct()
    )


def get_attended_session_for(user: User, council: Council, public_id) -> CouncilSession:
    """A session whose agenda this person may read; 404 for every other one."""
    found = CouncilSession.objects.filter(council=council, public_id=public_id).select_related("body", "term").first()
    if found is None or not can_attend(user, found):
        raise Http404
    return found


# --- Agenda ------------------------------------------------------------------------------------------
def agenda(council_session: CouncilSession) -> list[Sitting]:
    """The sittings with `agenda_items`, each with `listed_papers`: three queries, whatever the size."""
    papers = Prefetch("papers", ItemPaper.objects.select_related("document"), to_attr="listed_papers")
    items = Prefetch(
        "items",
        AgendaItem.objects.select_related("agency").prefetch_related("agency__names", papers).order_by("number"),
        to_attr="agenda_items",
    )
    sittings = list(council_session.sittings.order_by("number").prefetch_related(items))
    for sitting in sittings:
        for item in sitting.agenda_items:
            item.have = sum(paper.document_id is not None for paper in item.listed_papers)
            item.lacking = [paper for paper in item.listed_papers if paper.document_id is None]
            item.lack_words = _lack_words(item.lacking)
    return sittings


def _lack_words(lacking: list[ItemPaper]) -> str:
    if not lacking:
        return ""
    if len(lacking) > 1:
        return _("Thiếu %(count)s văn bản") % {"count": len(lacking)}
    return str(LACKS.get(lacking[0].kind) or _("Thiếu %(kind)s") % {"kind": lacking[0].get_kind_display().lower()})


def missing_papers(council_session: CouncilSession) -> list[ItemPaper]:
    """Papers that the agenda names and nobody has filed yet, in the order of the agenda."""
    return list(
        ItemPaper.objects.filter(item__council_session=council_session, document=None)
        .select_related("item", "item__agency")
        .prefetch_related("item__agency__names")
        .order_by("item__number", "order", "pk")
    )


def paper_counts(council_session: CouncilSession) -> tuple[int, int]:
    """(papers filed, papers that the agenda names)."""
    papers = ItemPaper.objects.filter(item__council_session=council_session)
    return papers.exclude(document=None).count(), papers.count()


@register_neighbours
def papers_of_same_item(document: Document) -> list[Document]:
    """The papers that lie beside one on its item, in their order: its submission, draft, verification."""
    here = ItemPaper.objects.filter(document=document).first()
    if here is None:
        return []
    papers = ItemPaper.objects.filter(item=here.item_id).exclude(document=None)
    return [paper.document for paper in papers.select_related("document").order_by("order", "pk")]


@dataclass(frozen=True)
class Deadlines:
    notice: rules.Deadline
    papers: rules.Deadline
    hand_in: rules.Deadline  # of agencies and boards, to the office


def deadlines(council_session: CouncilSession) -> Deadlines:
    """Last days of the convening notice and of the papers, by the council's regulations of that day."""
    council, opening = council_session.council, council_session.starts_on
    days = regulations.setting(council, NOTICE_DAYS[council_session.kind], on=opening)
    working = regulations.setting(council, "paper_working_days", on=opening)
    before = regulations.setting(council, "hand_in_working_days", on=opening)
    calendar = working_calendar(council)
    papers = rules.papers_deadline(opening, working.value, calendar, working.legal_basis)
    return Deadlines(
        notice=rules.notice_deadline(opening, days.value, days.legal_basis),
        papers=papers,
        hand_in=rules.hand_in_deadline(papers, before.value, calendar, before.legal_basis),
    )


def expected_papers(council_session: CouncilSession) -> list[rules.Expected]:
    """The papers of the agenda as plain values for matching a dropped file."""
    rows = ItemPaper.objects.filter(item__council_session=council_session).select_related("item")
    return [
        rules.Expected(
            key=paper.pk,
            kind=paper.kind,
            title=paper.title,
            number=paper.number,
            item_number=paper.item.number,
            is_missing=paper.document_id is None,
            issuer=paper.issuer,
            issued_on=paper.issued_on,
        )
        for paper in rows
    ]


# --- Members and the notice ----------------------------------------------------------------------------
def members(body: Body, on: date | None = None) -> list[Delegate]:
    """The delegates who belong to a body on a day (default today), by seat, then name."""
    on = on or timezone.localdate()
    ids = body.memberships.on(on).exclude(delegate=None).values("delegate")
    found = (
        Delegate.objects.filter(pk__in=ids, mandate_from__lte=on)
        .exclude(mandate_to__lt=on)
        .select_related("user")
    )
    return sorted(found, key=lambda d: (d.seat_row, d.seat_number or 0, d.code))


def session_members(council_session: CouncilSession) -> list[Delegate]:
    """The delegates who are convened: members of the body on the first day of the session.

    A draft whose first day is past is convened today, so today's members count.
    """
    day = council_session.starts_on
    if council_session.state == CouncilSession.State.DRAFT:
        day = max(day, timezone.localdate())
    return members(council_session.body, day)


def address_of(delegate: Delegate) -> str:
    return delegate.email or delegate.user.email


def current_notice(council_session: CouncilSession) -> Notice | None:
    return council_session.notices.order_by("-pk").first()


@dataclass
class Reached:
    """How far a notice got with one delegate."""

    delegate: Delegate
    delivery: NoticeDelivery | None
    state: str  # sent, queued, failed, unknown, no_address
    words: str
    opened: int  # papers opened
    papers: int  # papers there are

    @property
    def mail(self) -> Mail | None:
        return self.delivery.mail if self.delivery else None


@dataclass
class Delivery:
    """A notice as the office follows it."""

    rows: list[Reached] = field(default_factory=list)

    def count(self, *states: str) -> int:
        return sum(row.state in states for row in self.rows)

    @property
    def total(self) -> int:
        return len(self.rows)

    @property
    def sent(self) -> int:
        return self.count("sent")

    @property
    def queued(self) -> int:
        return self.count("queued")

    @property
    def failed(self) -> int:
        return self.count("failed", "no_address")

    @property
    def unknown(self) -> int:
        return self.count("unknown")

    @property
    def opened(self) -> int:
        return sum(row.opened > 0 for row in self.rows)


_MAIL_WORDS = {
    Mail.State.QUEUED: ("queued", gettext_lazy("Đang chờ gửi")),
    Mail.State.SENDING: ("queued", gettext_lazy("Đang gửi")),
    Mail.State.SENT: ("sent", gettext_lazy("Đã gửi")),
    Mail.State.FAILED: ("failed", gettext_lazy("Gửi lỗi")),
    Mail.State.UNKNOWN: ("unknown", gettext_lazy("Không rõ đã đi chưa")),
}


def delivery_of(notice: Notice) -> Delivery:
    """Per delegate: sent, failed, in doubt, without an address; and how many papers were opened."""
    council_session = notice.council_session
    opened, papers = opened_papers(council_session)
    rows = []
    deliveries = notice.deliveries.select_related("delegate", "delegate__user", "mail").order_by("delegate__code")
    for delivery in deliveries:
        if delivery.problem:
            state, words = "no_address", delivery.problem
        elif delivery.mail is None:
            state, words = "queued", _("Chờ dựng thông báo")
        else:
            state, words = _MAIL_WORDS[delivery.mail.state]
            words = str(words)
            if delivery.mail.error and state in ("failed", "unknown"):
                words = f"{words}: {delivery.mail.error}"
        rows.append(Reached(delivery.delegate, delivery, state, words, opened.get(delivery.delegate.user_id, 0), papers))
    return Delivery(rows)


def opened_papers(council_session: CouncilSession) -> tuple[dict[int, int], int]:
    """({user id: papers of this session opened}, papers there are)."""
    documents = list(
        ItemPaper.objects.filter(item__council_session=council_session)
        .exclude(document=None)
        .values_list("document", flat=True)
    )
    rows = (
        ReadReceipt.objects.filter(version__document__in=documents)
        .values("user")
        .annotate(count=Count("version__document", distinct=True))
    )
    return {row["user"]: row["count"] for row in rows}, len(set(documents))


# --- Addresses of rooms that may not be there -------------------------------------------------------
def address(name: str, *args) -> str:
    """The address of a page, or an empty string while there is none."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


# --- What citizens see -----------------------------------------------------------------------------
def public_sessions(council: Council):
    """Sessions of the plenary that have been convened; meetings of other bodies are not listed."""
    return (
        CouncilSession.objects.filter(council=council, body__kind=Body.Kind.PLENARY)
        .exclude(state=CouncilSession.State.DRAFT)
        .select_related("term")
    )


def get_public_session(council: Council, slug: str) -> CouncilSession:
    found = public_sessions(council).filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


def attendance_counts(council_session: CouncilSession) -> dict[int, dict[str, int]]:
    """{sitting id: {"present": n, "excused": n, "absent": n, "total": n}} of sittings that were opened.

    A sitting over keeps who was there when it was; one who left before the end has come.
    """
    counts: dict[int, dict[str, int]] = defaultdict(lambda: {"present": 0, "excused": 0, "absent": 0, "total": 0})
    rows = (
        Attendance.objects.filter(sitting__council_session=council_session)
        .exclude(sitting__state=Sitting.State.PLANNED)
        .values("sitting", "state")
        .annotate(n=Count("pk"))
    )
    for row in rows:
        counts[row["sitting"]][row["state"]] += row["n"]
        counts[row["sitting"]]["total"] += row["n"]
    return dict(counts)
