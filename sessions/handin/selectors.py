"""What can be read of papers that were asked for: the agency's own list, the office's overview."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from council.models import Agency, Body, Council, RoleGrant, User
from council.permissions import Role
from council.text import fold
from documents.models import Document
from sessions.handin.permissions import asked
from sessions.models import CouncilSession, HandIn, ItemPaper, PaperRequest

State = PaperRequest.State
_REQUESTS = PaperRequest.objects.select_related(
    "paper__item__council_session__body", "paper__item__sitting", "paper__document", "agency__council", "body", "tray"
).prefetch_related("agency__names", "hand_ins__version", "hand_ins__handed_in_by")


def with_parts():
    """Requests with what their lines tell: paper, item, session, names, files."""
    return _REQUESTS.all()


@dataclass(frozen=True)
class Standing:
    """Where one request stands on a day, in words; `tone` is ok, warn, bad, act or ""."""

    request: PaperRequest
    today: date

    @property
    def last(self) -> HandIn | None:
        return next(iter(self.request.hand_ins.all()), None)

    @property
    def is_live(self) -> bool:
        return self.request.state != State.WITHDRAWN

    @property
    def is_owed(self) -> bool:
        return self.request.state in PaperRequest.OWED

    @property
    def handed_in_on(self) -> date | None:
        """The day of the file that counts: the accepted one, else the newest that was not asked back."""
        rows = [row for row in self.request.hand_ins.all() if row.answer != HandIn.Answer.SENT_BACK]
        accepted = [row for row in rows if row.answer == HandIn.Answer.ACCEPTED]
        found = accepted[-1:] or rows[-1:]  # the first of them: a correction that follows is not late
        return timezone.localdate(found[0].handed_in_at) if found else None

    @property
    def days_late(self) -> int:
        """Calendar days past the due day: until it came, or until today while it is owed; computed, never stored."""
        if self.request.state == State.WITHDRAWN:
            return 0
        day = self.today if self.is_owed else self.handed_in_on
        return max(0, (day - self.request.due_on).days) if day else 0

    @property
    def days_left(self) -> int:
        return (self.request.due_on - self.today).days

    @property
    def words(self) -> str:
        state, late = self.request.state, self.days_late
        if state in PaperRequest.OWED:
            said = _("Chưa nộp") if state == State.ASKED else _("Phải nộp lại")
            if late:
                return _("%(said)s, quá hạn %(n)s ngày") % {"said": said, "n": late}
            if self.days_left == 0:
                return _("%(said)s, hạn hôm nay") % {"said": said}
            return _("%(said)s, còn %(n)s ngày") % {"said": said, "n": self.days_left}
        said = str(self.request.get_state_display())
        if state == State.ACCEPTED and all(row.answer != HandIn.Answer.ACCEPTED for row in self.request.hand_ins.all()):
            return _("Văn phòng đã có văn bản")
        return _("%(said)s, nộp muộn %(n)s ngày") % {"said": said, "n": late} if late else said

    @property
    def tone(self) -> str:
        if self.request.state == State.HANDED_IN:
            return "act"
        if self.request.state == State.ACCEPTED:
            return "ok"
        if not self.is_owed:
            return ""
        return "bad" if self.days_late else "warn" if self.days_left <= 3 or self.request.state == State.SENT_BACK else ""

    @property
    def icon(self) -> str:
        return {"ok": "check", "bad": "warn", "warn": "clock", "act": "inbox"}.get(self.tone, "clock")


def standing(request: PaperRequest, today: date | None = None) -> Standing:
    return Standing(request, today or timezone.localdate())


# --- The own list of an agency or a board ---------------------------------------------------------------
def requests_for(user: User, council: Council):
    """What the office asked of this person's agencies and boards; nothing of anybody else's."""
    return (
        _REQUESTS.filter(asked(user, council), paper__item__council_session__council=council)
        .exclude(state=State.WITHDRAWN)
        .order_by("due_on", "paper__item__number", "pk")
    )


def get_request_for(user: User, council: Council | None, public_id) -> PaperRequest:
    """One request of this person's agency or board, else Http404."""
    if council is None:
        raise Http404
    found = requests_for(user, council).filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def owed_by(user: User, council: Council) -> list[Standing]:
    """What this person's agency or board still owes, what is due first before the rest."""
    return [standing(row) for row in requests_for(user, council).filter(state__in=PaperRequest.OWED)]


# --- The office's overview ---------------------------------------------------------------------------------
def requests_of(council_session: CouncilSession):
    """All requests of a session, withdrawn ones too, in the order of the agenda."""
    rows = _REQUESTS.filter(paper__item__council_session=council_session)
    return rows.order_by("paper__item__number", "paper__order", "paper__pk")


def get_request_of(council_session: CouncilSession, public_id) -> PaperRequest:
    found = requests_of(council_session).filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


@dataclass
class Line:
    """A paper of the agenda in the overview: what was asked of whom, or whom one would ask and why."""

    paper: ItemPaper
    standing: Standing | None
    guess: "Guess | None" = None

    @property
    def is_open(self) -> bool:
        """Nobody was asked and there is no file: the office may ask now."""
        is_asked = self.standing is not None and self.standing.is_live
        return not is_asked and self.paper.document_id is None


@dataclass(frozen=True)
class Guess:
    """Whom the office probably wants to ask, and the reason in words."""

    value: str  # "a:<public id>" of an agency, "b:<public id>" of a board
    why: str


def overview(council_session: CouncilSession) -> list[Line]:
    """Every paper that the agenda names, with its request or a guess whom to ask."""
    today = timezone.localdate()
    requests = {row.paper_id: Standing(row, today) for row in requests_of(council_session)}
    papers = (
        ItemPaper.objects.filter(item__council_session=council_session)
        .select_related("item__agency", "item__sitting", "document")
        .prefetch_related("item__agency__names")
        .order_by("item__number", "order", "pk")
    )
    lines = [Line(paper, requests.get(paper.pk)) for paper in papers]
    guess = Guesser(council_session)
    for line in lines:
        if line.is_open:
            line.guess = guess.whom(line.paper)
    return lines


class Guesser:
    """Whom to ask for a paper: by the issuer that the agenda names, else by the kind, else by the item's agency."""

    def __init__(self, council_session: CouncilSession):
        self.agencies = list(agencies_of(council_session.council))
        self.boards = list(boards_of(council_session.council))
        self.names = [(fold(agency.name), f"a:{agency.public_id}", agency.name) for agency in self.agencies]
        self.names += [(fold(body.name), f"b:{body.public_id}", body.name) for body in self.boards]

    def whom(self, paper: ItemPaper) -> Guess | None:
        issuer = fold(paper.issuer)
        if issuer:
            for name, value, shown in self.names:
                if name == issuer or (len(name) > 8 and (name in issuer or issuer in name)):
                    return Guess(value, _("Chương trình ghi cơ quan ban hành là %(name)s.") % {"name": shown})
        words = fold(f"{paper.title} {paper.item.presenter}")
        for name, value, shown in self.names:
            if value.startswith("b:") and len(name) > 8 and name in words:
                return Guess(value, _("Tên văn bản hoặc người trình bày có “%(name)s”.") % {"name": shown})
        if paper.kind == Document.Kind.VERIFICATION_REPORT:
            return None  # verification is a board's work: the item's agency is never the one
        if paper.item.agency_id:
            value = f"a:{paper.item.agency.public_id}"
            return Guess(value, _("Cơ quan của mục này là %(name)s.") % {"name": paper.item.agency.name})
        return None


def agencies_of(council: Council):
    return Agency.objects.filter(council=council).prefetch_related("names")


def boards_of(council: Council):
    """The boards and groups that may be asked for a paper."""
    return council.bodies.exclude(kind=Body.Kind.PLENARY).order_by("pk")


@dataclass(frozen=True)
class Tally:
    """How the collecting stands, for the head of the page."""

    late: int
    owed: int  # asked, not late
    waiting: int  # for the office
    accepted: int
    unasked: int

    @property
    def words(self) -> str:
        parts = []
        if self.waiting:
            parts.append(ngettext("%(n)s văn bản chờ nhận", "%(n)s văn bản chờ nhận", self.waiting) % {"n": self.waiting})
        if self.late:
            parts.append(ngettext("%(n)s văn bản quá hạn", "%(n)s văn bản quá hạn", self.late) % {"n": self.late})
        return ", ".join(parts)


def tally(lines: list[Line]) -> Tally:
    asked_for = [line.standing for line in lines if line.standing and line.standing.is_live]
    owed = [row for row in asked_for if row.is_owed]
    late = sum(row.days_late > 0 for row in owed)
    return Tally(
        late=late,
        owed=len(owed) - late,
        waiting=sum(row.request.state == State.HANDED_IN for row in asked_for),
        accepted=sum(row.request.state == State.ACCEPTED for row in asked_for),
        unasked=sum(line.is_open for line in lines),
    )


# --- Addresses -----------------------------------------------------------------------------------------------
def addresses_of(*, agency: Agency | None, body: Body | None) -> list[tuple[str, str]]:
    """(address, name) of everybody who is written to: the agency and its clerks, or the board's members; each once."""
    today = timezone.localdate()
    found: dict[str, str] = {}
    if agency is not None:
        if agency.email:
            found[agency.email] = agency.name
        roles = (Role.AGENCY_CLERK, Role.AGENCY_HEAD)
        grants = RoleGrant.objects.filter(agency=agency, role__in=roles).on(today).select_related("user")
        people = [(grant.user.email, grant.user.full_name, grant.user.is_active) for grant in grants]
    else:
        members = body.memberships.on(today).select_related("user", "delegate")
        people = [
            ((row.delegate.email if row.delegate_id else "") or row.user.email, row.user.full_name, row.user.is_active)
            for row in members
            if row.user_id
        ]
    for address, name, is_active in people:
        if address and is_active:
            found.setdefault(address, name)
    return list(found.items())


def owed_on(council_session_id: int, due_on: date, of: Q) -> list[PaperRequest]:
    """What one agency or board still owes for a day, for its reminder."""
    rows = _REQUESTS.filter(
        of, paper__item__council_session=council_session_id, due_on=due_on, state__in=PaperRequest.OWED
    ).exclude(paper__item__council_session__state=CouncilSession.State.CLOSED)
    return list(rows.order_by("paper__item__number", "pk"))
