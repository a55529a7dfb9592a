"""What can be read of a running sitting."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from uuid import UUID

from django.db.models import Max, Prefetch, Q
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from council import regulations
from council.models import Body, Council, Delegate, Membership, User
from council.permissions import Role, grants_of, serves_body
from documents.models import Document, Version
from documents.permissions import readable
from documents.selectors import readable_documents
from sessions.models import (
    AgendaItem,
    Attendance,
    CouncilSession,
    ItemPaper,
    ItemPoll,
    Presentation,
    Sitting,
    TabletCheck,
)
from sessions.permissions import DESK
from sessions.permissions_room import can_conduct, can_follow
from voting import objections
from voting.ballot_box import as_json
from voting.counting import can_count, confirmed_count
from voting.models import Poll, RollEntry
from voting.rules import Entitled, Named, Quorum, quorum
from voting.selectors import my_votes
from voting.tellers import is_teller, serving_tellers

_SITTINGS = Sitting.objects.select_related(
    "council_session__council", "council_session__body", "council_session__term", "current_item"
)


def sitting_by_key(key: str) -> Sitting:
    """The sitting of a room key; Sitting.DoesNotExist when there is none."""
    return _SITTINGS.get(public_id=UUID(key.partition(":")[2]))


def sittings_by_id(ids: Collection[UUID]) -> dict[UUID, Sitting]:
    """Those of the sittings with these public ids that there are."""
    return {sitting.public_id: sitting for sitting in _SITTINGS.filter(public_id__in=ids)}


def get_sitting_for(user: User, council: Council, public_id: UUID) -> Sitting:
    """A sitting that a person may follow in this council, else 404."""
    sitting = _SITTINGS.filter(public_id=public_id, council_session__council=council).first()
    if sitting is None or not can_follow(user, sitting):
        raise Http404
    return sitting


def get_sitting_to_conduct(user: User, council: Council, public_id: UUID) -> Sitting:
    """A sitting that a person may run in this council, else 404."""
    sitting = _SITTINGS.filter(public_id=public_id, council_session__council=council).first()
    if sitting is None or not can_conduct(user, sitting):
        raise Http404
    return sitting


# --- Which sittings concern a person -------------------------------------------------------------


def bodies_of(user: User, council: Council | None = None):
    """The bodies that a person belongs to today, in one council or in all."""
    mine = Membership.objects.filter(user=user).on(timezone.localdate())
    bodies = Body.objects.filter(pk__in=mine.values("body"))
    return bodies.filter(council=council) if council else bodies


def served_bodies(user: User, council: Council | None = None):
    """The bodies for which a person is chair, secretary or office today."""
    grants = grants_of(user).filter(role__in=[Role.SESSION_CHAIR, Role.SESSION_SECRETARY, Role.OFFICE])
    bodies = Body.objects.filter(
        Q(pk__in=grants.exclude(body=None).values("body"))
        | Q(council__in=grants.filter(body=None).values("council"))
    ).exclude(kind=Body.Kind.OFFICE)
    return bodies.filter(council=council) if council else bodies


def meetings_of(user: User, council: Council | None = None):
    """All sittings that a person takes part in or serves, of every body and council, in time order."""
    member = Q(council_session__body__in=bodies_of(user, council)) & ~Q(
        council_session__state=CouncilSession.State.DRAFT
    )
    serves = Q(council_session__body__in=served_bodies(user, council))
    return _SITTINGS.filter(member | serves).order_by("date", "starts_at", "pk")


def sitting_now(user: User, council: Council) -> Sitting | None:
    """The sitting a person should look at: the open one, else today's next, else the next to come,
    else the last that was held. Where several are open, the plenary's comes first."""
    today = timezone.localdate()
    mine = meetings_of(user, council)
    is_open = mine.filter(state=Sitting.State.OPEN).order_by("council_session__body__order", "-opened_at").first()
    if is_open:
        return is_open
    planned = mine.filter(state=Sitting.State.PLANNED, date__gte=today).first()
    if planned:
        return planned
    return mine.order_by("-date", "-starts_at").first()


# --- The roll and who is here --------------------------------------------------------------------


def _members(sitting: Sitting):
    memberships = Membership.objects.filter(body=sitting.council_session.body).on(sitting.date)
    return Delegate.objects.filter(
        pk__in=memberships.exclude(delegate=None).values("delegate"), mandate_from__lte=sitting.date
    ).exclude(mandate_to__lt=sitting.date)


def members_of(sitting: Sitting) -> list[Delegate]:
    """The delegates who make up the convened body on the day of the sitting, by seat."""
    return sorted(_members(sitting), key=_by_seat)


def with_members(sitting: Sitting, people: Collection[Named]) -> list[Named]:
    """Persons on a sheet; a name that one member alone bears is that member."""
    members: dict[str, list[int]] = {}
    for member in members_of(sitting) if people else ():
        members.setdefault(member.full_name.casefold(), []).append(member.pk)
    same = [members.get(" ".join(person.name.split()).casefold(), []) for person in people]
    return [
        replace(person, delegate_id=found[0] if len(found) == 1 else None)
        for person, found in zip(people, same, strict=True)
    ]


def _by_seat(delegate: Delegate):
    return (delegate.seat_row or "~", delegate.seat_number or 0, delegate.code)


def groups_of(sitting: Sitting) -> dict[int, str]:
    """Short name of the delegate group of each delegate id."""
    rows = (
        Membership.objects.filter(
            body__council=sitting.council_session.council,
            body__kind=Body.Kind.DELEGATE_GROUP,
            delegate__isnull=False,
        )
        .on(sitting.date)
        .values_list("delegate_id", "body__short_name")
    )
    return dict(rows)


@dataclass(frozen=True)
class Row:
    """One delegate in the attendance of a sitting."""

    delegate: Delegate
    state: str = Attendance.State.ABSENT
    reason: str = ""
    arrived_at: object = None
    by_tablet: bool = False
    is_marked: bool = False  # somebody has said so; else absent only because nothing is known yet
    group: str = ""

    @property
    def is_present(self) -> bool:
        return self.state == Attendance.State.PRESENT


@dataclass(frozen=True)
class Headcount:
    """How many are here, and whether it is enough: what every screen tells, whoever the delegates are."""

    quorum: Quorum
    basis: str

    @property
    def present(self) -> int:
        return self.quorum.present

    @property
    def total(self) -> int:
        return self.quorum.total

    @property
    def needed(self) -> int:
        return self.quorum.needed

    @property
    def missing(self) -> int:
        return self.total - self.present

    @property
    def is_enough(self) -> bool:
        return self.quorum.is_quorate

    @property
    def why(self) -> str:
        """The quorum in one sentence, with its rule."""
        words = _("Cần có mặt ít nhất %(fraction)s tổng số %(total)s đại biểu, tức từ %(needed)s.") % {
            "fraction": self.quorum.fraction,
            "total": self.total,
            "needed": self.needed,
        }
        return f"{words} {self.basis}."


@dataclass(frozen=True)
class Presence(Headcount):
    """The attendance of a sitting, delegate by delegate."""

    rows: list[Row] = field(default_factory=list)
    excused: list[Row] = field(default_factory=list)
    absent: list[Row] = field(default_factory=list)


def headcount_of(sitting: Sitting) -> Headcount:
    """The numbers of `presence_of` alone, without the delegates' rows.

    Compared here, by sets: of rows just written a database has no statistics, and compares each with each.
    """
    members = set(_members(sitting).values_list("pk", flat=True))
    here = sitting.attendance.filter(state=Attendance.State.PRESENT)
    present = members.intersection(here.values_list("delegate_id", flat=True))
    return Headcount(*_quorum_of(sitting, len(present), len(members)))


def _quorum_of(sitting: Sitting, present: int, total: int) -> tuple[Quorum, str]:
    rule = regulations.setting(sitting.council_session.council, "quorum_fraction", on=sitting.date)
    return quorum(present, total, rule.value), rule.legal_basis


def presence_of(sitting: Sitting) -> Presence:
    """Who is here, who is excused, who is missing, and the quorum by the council's own fraction."""
    known = {row.delegate_id: row for row in sitting.attendance.all()}
    groups = groups_of(sitting)
    rows = []
    for delegate in members_of(sitting):
        mark = known.get(delegate.pk)
        group = groups.get(delegate.pk, "")
        if mark is None:
            rows.append(Row(delegate, group=group))
        else:
            rows.append(Row(delegate, mark.state, mark.reason, mark.arrived_at, mark.by_tablet, True, group))
    return Presence(
        *_quorum_of(sitting, sum(row.is_present for row in rows), len(rows)),
        rows=rows,
        excused=[row for row in rows if row.state == Attendance.State.EXCUSED],
        absent=[row for row in rows if row.state == Attendance.State.ABSENT],
    )


def absences_of(sitting: Sitting) -> Presence:
    """`presence_of` without the rows of those who are here: however full the hall, few are read."""
    marks = {row.delegate_id: row for row in sitting.attendance.exclude(state=Attendance.State.PRESENT)}
    here = sitting.attendance.filter(state=Attendance.State.PRESENT).values("delegate")
    rows = []
    for delegate in sorted(_members(sitting).exclude(pk__in=here), key=_by_seat):
        mark = marks.get(delegate.pk)
        rows.append(Row(delegate, mark.state, mark.reason, is_marked=True) if mark else Row(delegate))
    count = headcount_of(sitting)
    return Presence(
        count.quorum,
        count.basis,
        rows=rows,
        excused=[row for row in rows if row.state == Attendance.State.EXCUSED],
        absent=[row for row in rows if row.state == Attendance.State.ABSENT],
    )


def roll_for(sitting: Sitting) -> list[Entitled]:
    """The roll of a poll: the members of the body, with where they are now."""
    rows = sitting.attendance.filter(state=Attendance.State.PRESENT)
    present, groups = set(rows.values_list("delegate_id", flat=True)), groups_of(sitting)
    columns = ("pk", "full_name", "seat_row", "seat_number", "code")
    members = [Delegate(**dict(zip(columns, row, strict=True))) for row in _members(sitting).values_list(*columns)]
    return [
        Entitled(member.pk, member.full_name, member.seat, groups.get(member.pk, ""), member.pk in present)
        for member in sorted(members, key=_by_seat)
    ]


def delegate_in(user: User, sitting: Sitting) -> Delegate | None:
    """As which delegate a person sits in this sitting, or None."""
    if not user.is_authenticated or not user.is_active:
        return None
    membership = (
        Membership.objects.filter(user=user, body=sitting.council_session.body)
        .on(sitting.date)
        .exclude(delegate=None)
        .select_related("delegate")
        .first()
    )
    if membership is None:
        return None
    delegate = membership.delegate
    if delegate.mandate_to and delegate.mandate_to < sitting.date:
        return None
    return delegate


def my_presence(sitting: Sitting, delegate: Delegate) -> str:
    """Where a delegate is in a sitting: a state of Attendance."""
    row = sitting.attendance.filter(delegate=delegate).first()
    return row.state if row else Attendance.State.ABSENT


# --- Agenda, papers, polls -----------------------------------------------------------------------


def agenda_of(council_session: CouncilSession) -> list[AgendaItem]:
    """All items with their papers and sittings, in order."""
    papers = Prefetch("papers", ItemPaper.objects.select_related("document"))
    return list(council_session.items.select_related("sitting").prefetch_related(papers))


def papers_of(item: AgendaItem) -> list[ItemPaper]:
    """An item's papers that are there to be read, in order."""
    return [paper for paper in item.papers.select_related("document") if is_readable(paper)]


def is_readable(paper: ItemPaper) -> bool:
    return paper.document is not None and paper.document.withdrawn_at is None


def is_shared(paper: ItemPaper) -> bool:
    """Whether everybody who follows the session may read it: what a snapshot for the hall may name."""
    shared = (Document.Visibility.PUBLIC, Document.Visibility.MEMBERS)
    return paper.document is not None and paper.document.visibility in shared


def with_newest(papers: list[ItemPaper]) -> list[ItemPaper]:
    """The same papers, each with `newest`: the number of its newest version, by which a tablet knows a newer one."""
    ready = Version.objects.filter(document__in=[paper.document_id for paper in papers], state=Version.State.READY)
    numbers = dict(ready.values_list("document").annotate(Max("number")).order_by()) if papers else {}
    for paper in papers:
        paper.newest = numbers.get(paper.document_id)
    return papers


def known_to(user: User, council_session: CouncilSession) -> set[int]:
    """Keys of the papers of a session that a person may know of.

    Those that he or she may read, withdrawn ones among them, and expected ones that will be for him or her.
    """
    papers = ItemPaper.objects.filter(item__council_session=council_session)
    council = council_session.council
    may_read = Document.objects.filter(readable(user, council), council=council)
    coming = Q(is_public=True) | Q(readers=ItemPaper.Readers.MEMBERS)
    coming |= Q(readers=ItemPaper.Readers.NAMED, named_bodies__in=bodies_of(user, council))
    if serves_body(user, council_session.body, *DESK):
        coming |= Q(readers=ItemPaper.Readers.NAMED)
    if serves_body(user, council_session.body, Role.OFFICE):
        coming |= Q(readers=ItemPaper.Readers.OFFICE)
    known = papers.filter(Q(document__in=may_read.values("pk")) | (Q(document=None) & coming))
    return set(known.values_list("pk", flat=True))


def agenda_for(user: User, council_session: CouncilSession) -> list[AgendaItem]:
    """All items in order, each with `known_papers`: those of its papers that the person may know of."""
    known, items = known_to(user, council_session), agenda_of(council_session)
    for item in items:
        item.known_papers = [paper for paper in item.papers.all() if paper.pk in known]
    return items


def own_papers(user: User, sitting: Sitting) -> list[ItemPaper]:
    """The papers of the current item that only named boards and groups read, of those for this person.

    They stand in no snapshot, which the whole hall shares; withdrawn ones are among them and say so.
    """
    if sitting.current_item_id is None:
        return []
    council = sitting.council_session.council
    named = Document.objects.filter(
        readable(user, council), council=council, visibility=Document.Visibility.NAMED
    )
    papers = ItemPaper.objects.filter(item=sitting.current_item_id, document__in=named.values("pk"))
    return list(papers.select_related("document"))


def withdrawn_today(sitting: Sitting) -> list[ItemPaper]:
    """The papers of the session that were withdrawn on the day, of those that the whole hall could read."""
    day = timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
    papers = ItemPaper.objects.filter(
        item__council_session=sitting.council_session, document__withdrawn_at__gte=day
    ).select_related("document", "item")
    return [paper for paper in papers.order_by("-document__withdrawn_at") if is_shared(paper)]


def presentation_in(sitting: Sitting) -> Presentation | None:
    """What is presented to the hall now, with paper and presenter."""
    running = Presentation.objects.filter(sitting=sitting, ended_at=None)
    if not running.exists():  # mostly: a hall that waits for a vote need not wait for six joined tables
        return None
    return running.select_related("version__document", "by", "sitting__council_session__body").first()


def presented_to(user: User, sitting: Sitting) -> Presentation | None:
    """What is presented now, for one who may read it; for all others nothing is."""
    running = presentation_in(sitting)
    if running is None:
        return None
    papers = readable_documents(user, sitting.council_session.council)
    return running if papers.filter(pk=running.version.document_id).exists() else None


def polls_on(sitting: Sitting) -> list[ItemPoll]:
    """The open poll of a sitting and all polls of its current item, the newest first."""
    is_open = Q(poll__room=sitting.room, poll__state=Poll.State.OPEN)
    here = Q(item=sitting.current_item_id)
    polls = ItemPoll.objects.filter(is_open | here, item__council_session=sitting.council_session)
    return list(polls.select_related("poll", "item", "paper__document").order_by("-poll", "place"))


def shown_of(found: list[ItemPoll]) -> ItemPoll | None:
    """The poll that the screens are about, of those that `polls_on` found: the open one, else the newest that is
    not cancelled. One that waits for its turn comes only when the item has no other."""
    found = [row for row in found if row.poll.state != Poll.State.CANCELLED]
    waiting = [row for row in found if row.turn is not None and row.poll.state == Poll.State.DRAFT]
    first = next((row for row in found if row.poll.is_open), None) or next(
        (row for row in found if row not in waiting), None
    )
    return first or min(waiting, key=lambda row: row.turn, default=None)


def cancelled_of(item: AgendaItem, found: list[ItemPoll]) -> Poll | None:
    """The newest poll of an item when it was opened and then cancelled: its reason is everybody's to read."""
    opened = [row for row in found if row.item_id == item.pk and row.poll.opened_at]
    last = max(opened, key=lambda row: row.pk, default=None)
    return last.poll if last and last.poll.state == Poll.State.CANCELLED else None


def poll_of(sitting: Sitting) -> ItemPoll | None:
    """The poll that the screens of a sitting are about."""
    return shown_of(polls_on(sitting))


def waiting_in_turn(sitting: Sitting) -> list[ItemPoll]:
    """The votes of this sitting that were prepared to be held one after the other and are still to come."""
    waiting = ItemPoll.objects.filter(poll__room=sitting.room, poll__state=Poll.State.DRAFT, turn__isnull=False)
    return list(waiting.select_related("poll", "item", "paper__document").order_by("turn", "place"))


def item_polls_of(poll: Poll) -> list[ItemPoll]:
    """The item and the draft of each question of a poll, in their places."""
    return list(poll.item_polls.select_related("item", "paper__document").order_by("place"))


def to_count(user: User, sitting: Sitting) -> list[Poll]:
    """Votes of this sitting that wait for a count by this person, the oldest first."""
    ended = Poll.objects.filter(room=sitting.room, state=Poll.State.CLOSED).exclude(method=Poll.Method.TABLET)
    return [poll for poll in ended if confirmed_count(poll) is None and can_count(user, poll)]


def to_seal(user: User, sitting: Sitting) -> list[Poll]:
    """Prepared secret votes for which this teller's tablet is to make a key before they are opened."""
    drafts = Poll.objects.filter(room=sitting.room, state=Poll.State.DRAFT, secrecy=Poll.Secrecy.TELLERS)
    mine = drafts.exclude(recipient_keys__delegate__user=user)
    return [poll for poll in mine if is_teller(user, poll)]


def to_open(user: User, sitting: Sitting) -> list[Poll]:
    """Closed secret votes that wait for keys, for a teller: the own one, or the printed code."""
    ended = Poll.objects.filter(room=sitting.room, state=Poll.State.CLOSED, secret_box__phase="closed")
    return [poll for poll in ended if is_teller(user, poll)]


def counts_here(delegate: Delegate | None, sitting: Sitting) -> bool:
    """Whether a delegate serves on a counting board of this session, a real one or one of a rehearsal."""
    if delegate is None:
        return False
    chain = sitting.council_session.chain_key
    boards = filter(None, (serving_tellers(chain), serving_tellers(chain, is_rehearsal=True)))
    return any(board.members.filter(delegate=delegate).exists() for board in boards)


def undeclared(sitting: Sitting) -> list[ItemPoll]:
    """Votes on other items that ended and are not declared yet: while tellers count, the hall goes on."""
    here = ItemPoll.objects.filter(item=sitting.current_item_id).values("poll")
    found = ItemPoll.objects.filter(poll__room=sitting.room, poll__state=Poll.State.CLOSED, place=1)
    return list(found.exclude(poll__in=here).select_related("poll", "item").order_by("pk"))


def item_poll_of(poll: Poll) -> ItemPoll | None:
    """The item and the draft of a poll, of several questions those of the first."""
    return next(iter(item_polls_of(poll)), None)


def get_poll_in(sitting: Sitting, public_id: UUID) -> Poll:
    """A poll of this sitting's room, else 404."""
    poll = Poll.objects.filter(room=sitting.room, public_id=public_id).first()
    if poll is None:
        raise Http404
    return poll


def checks_on(sitting: Sitting) -> dict[int, TabletCheck]:
    """ "Thử máy của tôi" of that day by delegate id."""
    return {check.delegate_id: check for check in TabletCheck.objects.filter(date=sitting.date)}


def mine_in(sitting: Sitting, delegate: Delegate | None) -> dict:
    """What is a delegate's own in a sitting: presence, and the vote as it is recorded. Never in a snapshot."""
    if delegate is None:
        return {"presence": None, "poll": None}
    return mine_of(sitting.pk, [delegate.pk])[delegate.pk]


def mine_of(sitting_pk: int, delegates: Collection[int]) -> dict[int, dict]:
    """The same for many delegates (ids), to each his or her own: seven queries, however many ask."""
    sitting = _SITTINGS.get(pk=sitting_pk)
    states = dict(sitting.attendance.filter(delegate__in=delegates).values_list("delegate_id", "state"))
    own = {pk: {"presence": states.get(pk, Attendance.State.ABSENT), "poll": None} for pk in delegates}
    found = poll_of(sitting)
    if found is None or found.poll.opened_at is None or found.poll.is_counted:
        return own
    entries = {entry.delegate_id: entry for entry in RollEntry.objects.filter(poll=found.poll, delegate__in=delegates)}
    recorded = my_votes(found.poll, delegates)
    objected = {} if found.poll.is_open else objections.own_objections(found.poll, delegates)
    poll = str(found.poll.public_id)
    return {
        pk: mine
        | {
            "poll": poll,
            "entitled": pk in entries,
            "present": pk in entries and entries[pk].is_present,
            "vote": as_json(recorded.get(pk), entries.get(pk)),
            "objection": objections.as_json(objected.get(pk)),
        }
        for pk, mine in own.items()
    }
