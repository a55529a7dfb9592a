"""Read receipts for the office: by paper and by delegate, how far, when first and last; and who took a copy along."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from council.models import Delegate, Membership
from documents.models import Document, Download, ReadReceipt
from documents.selectors import current_version
from sessions.models import CouncilSession, ItemPaper
from sessions.selectors import session_members


@dataclass
class Reading:
    """One paper and one delegate."""

    paper: ItemPaper
    delegate: Delegate
    pages: int  # of the newest version
    newest: int  # its number
    version: int = 0  # the newest that was opened; 0: none
    reached: int = 0
    first: datetime | None = None
    last: datetime | None = None
    downloads: list[Download] = field(default_factory=list)

    @property
    def copies(self) -> list[Download]:
        """What was taken along; that a restricted paper was opened is told beside it."""
        return [row for row in self.downloads if row.way != Download.Way.READING]

    @property
    def is_opened(self) -> bool:
        return self.version > 0

    @property
    def is_finished(self) -> bool:
        """Whether the newest version was read to its last page."""
        return self.version == self.newest and self.pages > 0 and self.reached >= self.pages

    @property
    def words(self) -> str:
        if not self.is_opened:
            return _("chưa mở")
        if self.version != self.newest:
            return _("mới mở bản lần %(n)s") % {"n": self.version}
        if self.is_finished:
            return _("đã đọc hết")
        return _("đến trang %(n)s/%(all)s") % {"n": self.reached, "all": self.pages}


@dataclass
class Line:
    """The readings of one paper, or of one delegate."""

    readings: list[Reading]
    paper: ItemPaper | None = None
    delegate: Delegate | None = None
    guests: list[Download] = field(default_factory=list)  # copies that others than the delegates took along

    @property
    def total(self) -> int:
        return len(self.readings)

    @property
    def opened(self) -> int:
        return sum(reading.is_opened for reading in self.readings)

    @property
    def finished(self) -> int:
        return sum(reading.is_finished for reading in self.readings)

    @property
    def downloads(self) -> int:
        return sum(len(reading.copies) for reading in self.readings) + sum(row.way != Download.Way.READING for row in self.guests)

    @property
    def last(self) -> datetime | None:
        return max((reading.last for reading in self.readings if reading.last), default=None)


def by_paper(council_session: CouncilSession) -> list[Line]:
    """A line for each filed paper, in the order of the agenda; withdrawn ones among them."""
    papers, members, readings, others = _gather(council_session)
    return [
        Line([r for r in readings if r.paper.pk == paper.pk], paper=paper, guests=others.get(paper.document_id, []))
        for paper in papers
    ]


def by_delegate(council_session: CouncilSession) -> list[Line]:
    """A line for each delegate who is convened, by seat, over the papers that he or she may read."""
    _papers, members, readings, _others = _gather(council_session)
    mine: dict[int, list[Reading]] = defaultdict(list)
    for reading in readings:
        mine[reading.delegate.pk].append(reading)
    return [Line(mine[member.pk], delegate=member) for member in members]


def _gather(council_session: CouncilSession):
    papers = list(
        ItemPaper.objects.filter(item__council_session=council_session)
        .exclude(document=None)
        .select_related("item", "document")
        .prefetch_related("document__named_bodies")
        .order_by("item__number", "order", "pk")
    )
    members = session_members(council_session)
    bodies = _bodies_of(member.user_id for member in members)
    documents = [paper.document_id for paper in papers]
    receipts: dict[tuple[int, int], ReadReceipt] = {}
    rows = ReadReceipt.objects.filter(version__document__in=documents).select_related("version")
    for receipt in rows.order_by("version__number"):  # a newer version's takes the older one's place
        key = (receipt.version.document_id, receipt.user_id)
        older = receipts.get(key)
        receipt.began = older.began if older else receipt.first_opened_at
        receipts[key] = receipt
    taken: dict[tuple[int, int], list[Download]] = defaultdict(list)
    others: dict[int, list[Download]] = defaultdict(list)
    users = {member.user_id for member in members}
    for row in Download.objects.filter(version__document__in=documents).select_related("version"):
        if row.user_id in users:
            taken[row.version.document_id, row.user_id].append(row)
        else:
            others[row.version.document_id].append(row)
    readings = []
    for paper in papers:
        newest = current_version(paper.document)
        for member in members:
            key = (paper.document_id, member.user_id)
            if not _is_for(paper.document, bodies[member.user_id]) and key not in receipts:
                continue
            reading = Reading(
                paper, member, newest.pages if newest else 0, newest.number if newest else 0, downloads=taken[key]
            )
            if (receipt := receipts.get(key)) is not None:
                reading.version, reading.reached = receipt.version.number, receipt.furthest_page
                reading.first, reading.last = receipt.began, receipt.last_opened_at
            readings.append(reading)
    return papers, members, readings, others


def _bodies_of(users: Iterable[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    rows = Membership.objects.filter(user__in=list(users)).on(timezone.localdate())
    for user, body in rows.values_list("user", "body"):
        found[user].add(body)
    return found


def _is_for(document: Document, bodies: set[int]) -> bool:
    """Whether a member of the convened body with these memberships is among the paper's readers."""
    if document.visibility == Document.Visibility.OFFICE:
        return False
    if document.visibility == Document.Visibility.NAMED:
        return bool(bodies & {body.pk for body in document.named_bodies.all()})
    return True
