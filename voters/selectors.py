"""What can be read of petitions, and by whom. Another council's or agency's petition is not there."""

import uuid
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Prefetch, Q, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from council.calendar import WorkingCalendar, working_calendar
from council.models import Agency, Council, User
from council.permissions import agencies_for
from council.text import fold
from voters import rules, search
from voters.models import Field, Petition, Referral, Reply
from voters.permissions import can_manage
from voters.timeline import late_words

SOON = 5  # working days before a due date from which its badge warns
WAITING = (Petition.State.RECORDED, Petition.State.REFERRED, Petition.State.REPLIED)
PUBLIC_STATES = (*WAITING, Petition.State.PUBLISHED)


def with_referrals(petitions: QuerySet) -> QuerySet:
    """With the running referral, its agencies and its replies, for a list in four queries."""
    referrals = (
        Referral.objects.filter(withdrawn_at=None)
        .select_related("agency")
        .prefetch_related(
            "agency__names",
            "supporting__names",
            Prefetch("replies", queryset=Reply.objects.order_by("-pk"), to_attr="latest_replies"),
        )
    )
    return petitions.prefetch_related(Prefetch("referrals", queryset=referrals, to_attr="running_referrals"))


# --- office -----------------------------------------------------------------------------------------


def petitions_for(user: User, council: Council) -> QuerySet:
    """All petitions of the council for its office; nothing for anybody else."""
    if council is None or not can_manage(user, council):
        return Petition.objects.none()
    return Petition.objects.filter(council=council)


def get_petition_for(user: User, council: Council, public_id) -> Petition:
    """The office's petition, or 404."""
    return _one(with_referrals(petitions_for(user, council)), public_id)


# --- agency -----------------------------------------------------------------------------------------


def referrals_for(user: User, council: Council) -> QuerySet:
    """Referrals that are with the person's agencies now, as lead or as support; first due first."""
    if council is None:
        return Referral.objects.none()
    mine = agencies_for(user, council)
    involved = Q(agency__in=mine) | Q(
        pk__in=Referral.supporting.through.objects.filter(agency__in=mine).values("referral")
    )
    return (
        Referral.objects.filter(involved, petition__council=council, withdrawn_at=None)
        .exclude(petition__state__in=[Petition.State.RECORDED, Petition.State.CLOSED])
        .select_related("petition", "petition__council", "agency")
        .prefetch_related("agency__names", "supporting__names")
    )


def get_referral_for(user: User, council: Council, petition_id) -> Referral:
    """The running referral of a petition that is with the person's agency, or 404."""
    referral = referrals_for(user, council).filter(petition__public_id=_uuid(petition_id)).first()
    if referral is None:
        raise Http404
    return referral


def reply_in_hand(referral: Referral) -> Reply | None:
    """The agency's draft, or the reply that waits for the office."""
    return (
        referral.replies.filter(state__in=[Reply.State.DRAFT, Reply.State.SENT]).select_related("document").first()
    )


def last_sent_back(referral: Referral) -> Reply | None:
    return referral.replies.filter(state=Reply.State.SENT_BACK).order_by("-pk").first()


# --- public -----------------------------------------------------------------------------------------


def public_petitions(council: Council) -> QuerySet:
    """What everybody may see: petitions that the office has made public and that are on their way."""
    return Petition.objects.filter(council=council, is_public=True, state__in=PUBLIC_STATES)


def get_public_petition(council: Council, code: str) -> Petition:
    """A petition by its code, or 404."""
    if council is None:
        raise Http404
    petition = with_referrals(public_petitions(council)).filter(code=code.upper()).first()
    if petition is None:
        raise Http404
    return petition


def public_replies(petition: Petition) -> list[Reply]:
    """The accepted replies of a public petition, the newest first."""
    return list(
        Reply.objects.filter(referral__petition=petition, state=Reply.State.ACCEPTED)
        .select_related("referral__agency", "document")
        .prefetch_related("referral__agency__names")
        .order_by("-pk")
    )


def public_counts(council: Council) -> dict[str, int]:
    """Figures for the home page: all, answered, waiting, overdue."""
    today = timezone.localdate()
    rows = public_petitions(council)
    by_state = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    answered = by_state.get(Petition.State.PUBLISHED, 0)
    total = sum(by_state.values())
    return {
        "all": total,
        "answered": answered,
        "waiting": total - answered,
        "overdue": overdue(rows, today).count(),
    }


# --- filters, the same for every list ----------------------------------------------------------------


def overdue(petitions: QuerySet, today: date) -> QuerySet:
    """Petitions that an agency should have answered before today; computed, never stored."""
    late = Referral.objects.filter(withdrawn_at=None, due_on__lt=today)
    return petitions.filter(state=Petition.State.REFERRED, pk__in=late.values("petition"))


def narrow(
    petitions: QuerySet,
    *,
    words: str = "",
    place: str = "",
    state: str = "",
    agency: str = "",
    topic: str = "",
    session: str = "",
    is_overdue: bool = False,
    public: bool = False,
) -> QuerySet:
    """Filter a list; empty values filter nothing. `public` searches only what the public may read.

    `place` is found with or without marks; `state` is a state of a petition, "waiting", "overdue",
    "answered" or an outcome; `agency` is an agency's code.
    """
    today = timezone.localdate()
    column = "public_search" if public else "search_text"
    petitions = search.matching(petitions, words, column=column)
    if fold(place):
        petitions = search.matching(petitions, place, column=column)
        keys = [
            pk
            for pk, now, before in petitions.values_list("pk", "place", "former_place")
            if fold(place) in fold(f"{now} {before}")
        ]
        petitions = petitions.filter(pk__in=keys)
    if agency:
        led = Referral.objects.filter(
            withdrawn_at=None, agency__code=agency, agency__council_id=F("petition__council_id")
        )
        petitions = petitions.filter(pk__in=led.values("petition"))
    if topic in Field.values:
        petitions = petitions.filter(field=topic)
    if str(session).isdigit():
        petitions = petitions.filter(session_number=int(session))
    if is_overdue or state == "overdue":
        petitions = overdue(petitions, today)
    elif state == "waiting":
        petitions = petitions.filter(state__in=WAITING)
    elif state == "answered":
        petitions = petitions.filter(state=Petition.State.PUBLISHED)
    elif state in Reply.Outcome.values:
        known = Reply.objects.filter(state=Reply.State.ACCEPTED, outcome=state, referral__withdrawn_at=None)
        petitions = petitions.filter(state=Petition.State.PUBLISHED, pk__in=known.values("referral__petition"))
    elif state in Petition.State.values:
        petitions = petitions.filter(state=state)
    return petitions


# --- one petition, told -------------------------------------------------------------------------------


@dataclass
class Case:
    """A petition with its running referral and where it stands, as lists and pages show it."""

    petition: Petition
    referral: Referral | None
    reply: Reply | None  # the accepted reply of the running referral
    standing: rules.Standing | None
    pending: Reply | None = None  # the reply that waits for the office

    @property
    def words(self) -> str:
        """Where it stands, for a badge: the time left, else the state."""
        if self.pending and self.reply is None:
            return _("Chờ văn phòng duyệt")
        return late_words(self.standing) or self.petition.get_state_display()

    @property
    def short(self) -> str:
        """The same for a narrow column: "Quá 6 ngày", "Còn 2 ngày"."""
        if self.standing is None or self.standing.kind not in ("waiting", "overdue") or self.pending:
            return self.words
        words = _("Còn %(n)s ngày") if self.standing.kind == "waiting" else _("Quá %(n)s ngày")
        return words % {"n": self.standing.days}

    @property
    def tone(self) -> str:
        """The badge's kind: "", ok, warn or bad."""
        if self.standing is None or (self.pending and self.reply is None):
            return "act" if self.pending else ""
        if self.standing.kind == "waiting":
            return "warn" if self.standing.days <= SOON else ""
        return {"overdue": "bad", "late": "warn", "on_time": "ok"}[self.standing.kind]

    @property
    def icon(self) -> str:
        return {"ok": "check", "warn": "clock", "bad": "warn"}.get(self.tone, "")


class Days:
    """The council's calendar, read once for a whole page."""

    def __init__(self, council: Council):
        rows = list(council.calendar_days.values_list("date", "name", "kind", "is_official"))
        self.calendar: WorkingCalendar = working_calendar(council)
        self.names = {day: name for day, name, kind, _official in rows if kind == "holiday"}
        self.known_years = {day.year for day, _name, _kind, official in rows if official}
        self.today = timezone.localdate()

    def explain(self, referral: Referral) -> rules.DueDate:
        return rules.explain_due(
            self.calendar, self.names, referral.referred_on, referral.working_days, referral.due_on
        )

    def is_uncertain(self, due: rules.DueDate) -> bool:
        """Whether the holidays of a year on the way were not officially announced yet."""
        return any(year not in self.known_years for year in range(due.start.year, due.due.year + 1))

    def case(self, petition: Petition) -> Case:
        """Tell a petition that was fetched `with_referrals`."""
        referral = petition.running_referrals[0] if petition.running_referrals else None
        if referral is None or petition.state in (Petition.State.RECORDED, Petition.State.CLOSED):
            return Case(petition, None, None, None)
        replies = referral.latest_replies
        accepted = next((r for r in replies if r.state == Reply.State.ACCEPTED), None)
        pending = next((r for r in replies if r.state == Reply.State.SENT), None)
        told = accepted or pending
        if told is not None and told.sent_on is None:  # an old reply whose day nobody wrote down
            return Case(petition, referral, accepted, None, pending)
        sent = told.sent_on if told else None
        return Case(
            petition, referral, accepted, rules.standing(self.calendar, referral.due_on, self.today, sent), pending
        )


def similar_petitions(petition: Petition, limit: int = 5) -> list[tuple[Petition, int]]:
    """Petitions of the same place that say much the same, with percent; suggested only, nothing is deleted."""
    mine = fold(petition.text)
    place = fold(petition.place)
    others = Petition.objects.filter(council=petition.council_id, search_text__contains=place).exclude(
        pk=petition.pk
    )
    found = []
    for pk, text, other_place, former in others.values_list("pk", "text", "place", "former_place"):
        if place not in (fold(other_place), fold(former)):
            continue
        share = rules.similarity(mine, fold(text))
        if share >= 0.5:
            found.append((share, pk))
    found = sorted(found, reverse=True)[:limit]
    rows = Petition.objects.in_bulk([pk for _share, pk in found])
    return [(rows[pk], round(share * 100)) for share, pk in found]


_FAMILIES = {
    Field.LAND_CERTIFICATE: "land", Field.LAND_USE: "land", Field.LAND_COMPENSATION: "land",
    Field.RESETTLEMENT: "land", Field.HEALTH_INSURANCE: "health", Field.POST_TELECOM: "telecom",
    Field.DYKE: "irrigation", Field.DISASTER: "irrigation", Field.WATER: "irrigation",
    Field.DRAINAGE: "urban", Field.LIGHTING: "urban", Field.MARKET: "trade", Field.MARKET_FEES: "trade",
}  # fmt: skip


def suggested_agency(petition: Petition) -> Agency | None:
    """The agency that answers for the petition's field, by the agencies' own list of fields."""
    agencies = list(petition.council.agencies.all())
    for wanted in (petition.field, _FAMILIES.get(petition.field)):
        for agency in agencies:
            if wanted and wanted in agency.fields:
                return agency
    return None


def agencies_of(council: Council) -> QuerySet:
    return council.agencies.prefetch_related("names")


def _one(rows: QuerySet, public_id):
    row = rows.filter(public_id=_uuid(public_id)).first()
    if row is None:
        raise Http404
    return row


def _uuid(value) -> uuid.UUID:
    try:
        return value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))
    except ValueError:
        raise Http404 from None
