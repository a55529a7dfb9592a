"""What can happen to a session before it runs: made, imported, changed, furnished with papers, convened."""

from datetime import date, datetime, time

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from council import audit, live, mail, outbox
from council.errors import BadInput, NotAllowed, WrongState
from council.models import Agency, Body, Council, Mail, Term, User
from documents import services as documents
from documents.models import Document
from sessions import rules
from sessions.importing import SessionPlan
from sessions.models import (
    AgendaItem,
    CouncilSession,
    ItemPaper,
    Notice,
    NoticeDelivery,
    Sitting,
    StagedPaper,
)
from sessions.permissions import can_change_agenda, can_convene, can_prepare
from sessions.selectors import address_of, expected_papers, session_members

_OFFSET = 10_000  # numbers on the way to their new place; no agenda is that long
# What a draft resolution needs by custom (its file: submission, draft, verification).
USUAL_PAPERS = {
    AgendaItem.Kind.DRAFT_RESOLUTION: [
        (Document.Kind.SUBMISSION, gettext_lazy("Tờ trình: %(title)s")),
        (Document.Kind.DRAFT_RESOLUTION, gettext_lazy("Dự thảo %(title)s")),
        (Document.Kind.VERIFICATION_REPORT, gettext_lazy("Báo cáo thẩm tra: %(title)s")),
    ],
    AgendaItem.Kind.REPORT: [(Document.Kind.REPORT, "%(title)s")],
}


# --- Made -----------------------------------------------------------------------------------------
@transaction.atomic
def create_session(
    *, council: Council, body: Body, by: User, number: int, kind: str, title: str, starts_on: date, ends_on: date,
    place: str = "",
) -> CouncilSession:  # fmt: skip
    """Set up an empty session or meeting of a body of this council, to be furnished by hand."""
    if body.council_id != council.pk or not can_convene(by, body):
        raise NotAllowed(_("Chỉ văn phòng phục vụ cơ quan này được lập kỳ họp."))
    if ends_on < starts_on:
        raise BadInput(_("Ngày bế mạc đứng trước ngày khai mạc."))
    term = body.term or _term_on(council, starts_on)
    taken = CouncilSession.objects.filter(body=body, term=term, number=number).first()
    if taken is not None:
        raise BadInput(_("Đã có “%(title)s” mang số này.") % {"title": taken.title})
    try:
        with transaction.atomic():
            made = CouncilSession.objects.create(
                council=council, term=term, body=body, number=number, kind=kind, title=title, place=place,
                slug=_free_slug(council, title), starts_on=starts_on, ends_on=ends_on, created_by=by,
            )  # fmt: skip
    except IntegrityError as fault:  # two clerks at the same moment
        raise BadInput(_("Số này vừa được dùng cho một kỳ họp khác.")) from fault
    audit.record(by, "sessions.created", made, chain=made.chain_key, data={"number": number, "title": title})
    return made


def _term_on(council: Council, day: date) -> Term:
    term = Term.objects.filter(council=council).on(day).first() or council.terms.first()
    if term is None:
        raise BadInput(_("Hội đồng chưa có khóa nào."))
    return term


def _free_slug(council: Council, title: str) -> str:
    """An address without marks that no other session of the council has."""
    plain = slugify(title.replace("đ", "d").replace("Đ", "D"))[:70].strip("-") or "ky-hop"
    taken = set(
        CouncilSession.objects.filter(council=council, slug__startswith=plain).values_list("slug", flat=True)
    )
    slug, n = plain, 1
    while slug in taken:
        n += 1
        slug = f"{plain}-{n}"
    return slug


@transaction.atomic
def create_from_plan(*, council: Council, body: Body, by: User, plan: SessionPlan) -> CouncilSession:
    """Make a session of what `importing.read` understood, whole, in one short transaction."""
    days = [date.fromisoformat(sitting.date) for sitting in plan.sittings]
    made = create_session(
        council=council, body=body, by=by, number=plan.number, kind=plan.kind, title=plan.title,
        place=plan.place, starts_on=min(days), ends_on=max(days),
    )  # fmt: skip
    agencies = set(Agency.objects.filter(council=council).values_list("pk", flat=True))
    sittings = Sitting.objects.bulk_create(
        Sitting(
            council_session=made, number=s.number, title=s.title, date=date.fromisoformat(s.date),
            starts_at=_clock(s.starts_at), is_closed_door=s.closed_door,
        )
        for s in plan.sittings
    )  # fmt: skip
    items, number = [], 0
    for sitting, planned in zip(sittings, plan.sittings, strict=True):
        for item in planned.items:
            number += 1
            items.append(
                AgendaItem(
                    council_session=made, sitting=sitting, number=number, title=item.title,
                    short_title=item.short_title, kind=item.kind, presenter=item.presenter,
                    agency_id=item.agency_id if item.agency_id in agencies else None,
                    starts_at=_clock(item.starts_at), minutes=item.minutes,
                )  # fmt: skip
            )
    items = AgendaItem.objects.bulk_create(items)
    ItemPaper.objects.bulk_create(
        ItemPaper(
            item=item, kind=paper.kind, title=paper.title, number=paper.number, issuer=paper.issuer,
            is_public=paper.public, order=order,
        )
        for item, planned in zip(items, plan.items, strict=True)
        for order, paper in enumerate(planned.papers, 1)
    )  # fmt: skip
    data = {"sittings": len(sittings), "items": len(items), "papers": len(plan.papers)}
    audit.record(by, "sessions.imported", made, chain=made.chain_key, data=data)
    return made


def _clock(words: str) -> time | None:
    return datetime.strptime(words, "%H:%M").time() if words else None


@transaction.atomic
def copy_session(
    *, source: CouncilSession, by: User, number: int, title: str, starts_on: date
) -> CouncilSession:
    """A new session with the sittings, items and expected papers of an earlier one, without its files."""
    if not can_prepare(by, source):
        raise NotAllowed(_("Chỉ văn phòng phục vụ cơ quan này được sao chép kỳ họp."))
    shift = starts_on - source.starts_on
    made = create_session(
        council=source.council, body=source.body, by=by, number=number, kind=source.kind, title=title,
        place=source.place, starts_on=starts_on, ends_on=source.ends_on + shift,
    )  # fmt: skip
    for sitting in source.sittings.prefetch_related("items__papers"):
        copy = Sitting.objects.create(
            council_session=made, number=sitting.number, title=sitting.title, date=sitting.date + shift,
            starts_at=sitting.starts_at, is_closed_door=sitting.is_closed_door,
        )  # fmt: skip
        for item in sitting.items.all():
            new = AgendaItem.objects.create(
                council_session=made, sitting=copy, number=item.number, title=item.title,
                short_title=item.short_title, kind=item.kind, presenter=item.presenter, agency=item.agency,
                starts_at=item.starts_at, minutes=item.minutes,
            )  # fmt: skip
            ItemPaper.objects.bulk_create(
                ItemPaper(item=new, kind=p.kind, title=p.title, issuer=p.issuer, is_public=p.is_public, order=p.order)
                for p in item.papers.all()
            )
    audit.record(by, "sessions.copied", made, chain=made.chain_key, data={"from": source.title})
    return made


# --- Changed ----------------------------------------------------------------------------------------
def _locked(council_session: CouncilSession, by: User) -> CouncilSession:
    """The session's row, locked, for one who may change its agenda."""
    locked = CouncilSession.objects.select_for_update(no_key=True).get(pk=council_session.pk)
    if not can_prepare(by, locked):
        raise NotAllowed(_("Chỉ văn phòng phục vụ cơ quan này được sửa kỳ họp."))
    if not can_change_agenda(by, locked):
        raise WrongState(_("Kỳ họp đã bế mạc, không sửa được nữa."))
    return locked


def _tell_rooms(council_session: CouncilSession) -> None:
    """Screens that follow a sitting of this session are told."""
    for sitting in council_session.sittings.all():
        live.announce(sitting.room, council_session.council)


def _record(by: User, event: str, target, council_session: CouncilSession, **data) -> None:
    audit.record(
        by, event, target, council=council_session.council, chain=council_session.chain_key, data=data
    )


@transaction.atomic
def edit_session(
    *, council_session: CouncilSession, by: User, number: int, kind: str, title: str, starts_on: date,
    ends_on: date, place: str = "",
) -> CouncilSession:  # fmt: skip
    locked = _locked(council_session, by)
    if ends_on < starts_on:
        raise BadInput(_("Ngày bế mạc đứng trước ngày khai mạc."))
    same = CouncilSession.objects.filter(body=locked.body, term=locked.term, number=number).exclude(pk=locked.pk)
    if same.exists():
        raise BadInput(_("Đã có kỳ họp mang số này."))
    locked.number, locked.kind, locked.title, locked.place = number, kind, title, place
    locked.starts_on, locked.ends_on = starts_on, ends_on
    locked.save(update_fields=["number", "kind", "title", "place", "starts_on", "ends_on"])
    _record(by, "sessions.edited", locked, locked, title=title)
    _tell_rooms(locked)
    return locked


@transaction.atomic
def remove_session(*, council_session: CouncilSession, by: User) -> None:
    """Throw away a draft that was set up by mistake, before anything was filed or sent."""
    locked = _locked(council_session, by)
    if locked.state != CouncilSession.State.DRAFT:
        raise WrongState(_("Kỳ họp đã triệu tập thì không xóa được."))
    filed = ItemPaper.objects.filter(item__council_session=locked).exclude(document=None)
    if filed.exists() or locked.staged_papers.exists():
        raise WrongState(_("Kỳ họp này đã có tài liệu. Xóa các tài liệu trước."))
    data = {"number": locked.number, "title": locked.title}
    audit.record(by, "sessions.removed", locked, chain=locked.chain_key, data=data)
    locked.delete()


@transaction.atomic
def save_sitting(
    *, council_session: CouncilSession, by: User, title: str, date: date, starts_at: time,
    is_closed_door: bool = False, sitting: Sitting | None = None,
) -> Sitting:  # fmt: skip
    """Add a sitting at the end, or change one that is not over."""
    locked = _locked(council_session, by)
    if sitting is None:
        last = locked.sittings.aggregate(last=Max("number"))["last"] or 0
        sitting = Sitting(council_session=locked, number=last + 1)
    elif sitting.council_session_id != locked.pk:
        raise NotAllowed
    elif sitting.state == Sitting.State.CLOSED:
        raise WrongState(_("Phiên này đã kết thúc, không sửa được nữa."))
    sitting.title, sitting.date, sitting.starts_at = title, date, starts_at
    sitting.is_closed_door = is_closed_door
    sitting.save()
    _tell_readers(by, item__sitting=sitting)
    _keep_dates(locked)
    _record(by, "sessions.sitting-saved", sitting, locked, number=sitting.number)
    _tell_rooms(locked)
    return sitting


def _keep_dates(council_session: CouncilSession) -> None:
    days = sorted(council_session.sittings.values_list("date", flat=True))
    if days:
        council_session.starts_on, council_session.ends_on = days[0], days[-1]
        council_session.save(update_fields=["starts_on", "ends_on"])


@transaction.atomic
def remove_sitting(*, sitting: Sitting, by: User) -> None:
    """Take out a sitting that holds no items and has not begun; the ones after it move up."""
    locked = _locked(sitting.council_session, by)
    if sitting.state != Sitting.State.PLANNED:
        raise WrongState(_("Phiên đã họp thì không xóa được."))
    if sitting.items.exists():
        raise WrongState(_("Phiên này còn các mục. Chuyển các mục sang phiên khác rồi mới xóa."))
    number = sitting.number
    sitting.delete()
    for later in locked.sittings.filter(number__gt=number).order_by("number"):
        later.number -= 1
        later.save(update_fields=["number"])
    _keep_dates(locked)
    _record(by, "sessions.sitting-removed", locked, locked, number=number)


@transaction.atomic
def save_item(
    *, council_session: CouncilSession, by: User, sitting: Sitting, title: str, kind: str, short_title: str = "",
    presenter: str = "", agency: Agency | None = None, starts_at: time | None = None, minutes: int | None = None,
    item: AgendaItem | None = None, usual_papers: bool = False,
) -> AgendaItem:  # fmt: skip
    """Add an item at the end of a sitting, or change one; `usual_papers` names what such an item needs."""
    locked = _locked(council_session, by)
    if sitting.council_session_id != locked.pk or (agency and agency.council_id != locked.council_id):
        raise NotAllowed
    if sitting.state == Sitting.State.CLOSED:
        raise WrongState(_("Phiên này đã kết thúc, không thêm mục được nữa."))
    moved = item is None or item.sitting_id != sitting.pk
    if item is None:
        item = AgendaItem(council_session=locked, number=_OFFSET - 1)
    elif item.state in (AgendaItem.State.CURRENT, AgendaItem.State.DONE) and moved:
        raise WrongState(_("Mục đã tiến hành thì không chuyển phiên được."))
    item.sitting, item.title, item.kind, item.short_title = sitting, title, kind, short_title
    item.presenter, item.agency, item.starts_at, item.minutes = presenter, agency, starts_at, minutes
    is_new = item.pk is None
    item.save()
    if moved:
        order = [i for i in _in_order(locked) if i.pk != item.pk]
        place = sum(1 for i in order if i.sitting.number <= sitting.number)
        _number(locked, [*order[:place], item, *order[place:]])
        item.refresh_from_db()
        _tell_readers(by, item=item)
    if is_new and usual_papers:
        _add_usual_papers(item)
    _record(by, "sessions.item-added" if is_new else "sessions.item-edited", item, locked, number=item.number)
    _tell_rooms(locked)
    return item


def _add_usual_papers(item: AgendaItem) -> None:
    for order, (kind, pattern) in enumerate(USUAL_PAPERS.get(item.kind, []), 1):
        title = (str(pattern) % {"title": item.title})[:500]
        ItemPaper.objects.create(item=item, kind=kind, title=title, order=order)


def _in_order(council_session: CouncilSession) -> list[AgendaItem]:
    items = council_session.items.select_related("sitting").order_by("sitting__number", "number", "pk")
    return list(items)


def _number(council_session: CouncilSession, items: list[AgendaItem]) -> None:
    """Number items 1, 2, 3 … in this order; only rows whose number changes are written."""
    changed = [(item, n) for n, item in enumerate(items, 1) if item.number != n]
    for item, n in changed:  # first out of the way: a number may not stand twice, not for a moment
        item.number = n + _OFFSET
    AgendaItem.objects.bulk_update([item for item, _n in changed], ["number"])
    for item, n in changed:
        item.number = n
    AgendaItem.objects.bulk_update([item for item, _n in changed], ["number"])


@transaction.atomic
def move_item(*, item: AgendaItem, by: User, up: bool) -> AgendaItem:
    """One place up or down; over the edge of a sitting the item goes into the neighbouring sitting."""
    locked = _locked(item.council_session, by)
    order = _in_order(locked)
    here = next(place for place, other in enumerate(order) if other.pk == item.pk)
    moving, step = order[here], -1 if up else 1
    if moving.state != AgendaItem.State.PENDING:
        raise WrongState(_("Mục đã tiến hành thì không đổi chỗ được."))
    other = order[here + step] if 0 <= here + step < len(order) else None
    if other is not None and other.sitting_id == moving.sitting_id:
        if other.state != AgendaItem.State.PENDING:
            raise WrongState(_("Mục bên cạnh đã tiến hành, không đổi chỗ được."))
        order[here], order[here + step] = other, moving
        _number(locked, order)
    else:
        beside = locked.sittings.filter(number=moving.sitting.number + step).first()
        if beside is None:
            return moving
        if beside.state == Sitting.State.CLOSED:
            raise WrongState(_("Phiên bên cạnh đã kết thúc, không chuyển mục vào được."))
        moving.sitting = beside
        moving.save(update_fields=["sitting"])
        _tell_readers(by, item=moving)
    _record(by, "sessions.item-moved", moving, locked, to=moving.number)
    _tell_rooms(locked)
    return moving


@transaction.atomic
def remove_item(*, item: AgendaItem, by: User) -> dict:
    """Take an item off the agenda; its papers are the office's alone from then on.

    Gives back what `restore_item` needs to undo it (plain values).
    """
    locked = _locked(item.council_session, by)
    item = AgendaItem.objects.select_related("sitting").get(pk=item.pk)
    if item.state != AgendaItem.State.PENDING or item.item_polls.exists():
        raise WrongState(_("Mục đã tiến hành hoặc đã có biểu quyết thì không xóa được."))
    kept = {
        "sitting": item.sitting_id,
        "number": item.number,
        "title": item.title,
        "short_title": item.short_title,
        "kind": item.kind,
        "presenter": item.presenter,
        "agency": item.agency_id,
        "starts_at": f"{item.starts_at:%H:%M}" if item.starts_at else "",
        "minutes": item.minutes,
        "papers": list(
            item.papers.values("kind", "title", "number", "issuer", "is_public", "order", "document_id")
        ),
    }
    for paper in item.papers.filter(document__isnull=False).select_related("document"):
        documents.set_visibility(document=paper.document, visibility=Document.Visibility.OFFICE, by=by)
    item.delete()
    _number(locked, _in_order(locked))
    _record(by, "sessions.item-removed", locked, locked, number=kept["number"], title=kept["title"])
    _tell_rooms(locked)
    return kept


@transaction.atomic
def restore_item(*, council_session: CouncilSession, by: User, kept: dict) -> AgendaItem:
    """Undo `remove_item`: the item stands again where it stood, with its papers."""
    locked = _locked(council_session, by)
    sitting = locked.sittings.filter(pk=kept["sitting"]).first()
    if sitting is None:
        raise WrongState(_("Phiên của mục này không còn nữa."))
    agency = Agency.objects.filter(council=locked.council, pk=kept["agency"]).first() if kept["agency"] else None
    item = AgendaItem.objects.create(
        council_session=locked, sitting=sitting, number=_OFFSET - 1, title=kept["title"],
        short_title=kept["short_title"], kind=kept["kind"], presenter=kept["presenter"], agency=agency,
        starts_at=_clock(kept["starts_at"]), minutes=kept["minutes"],
    )  # fmt: skip
    documents_here = set(
        Document.objects.filter(
            council=locked.council, pk__in=[p["document_id"] for p in kept["papers"] if p["document_id"]]
        ).values_list("pk", flat=True)
    )
    ItemPaper.objects.bulk_create(
        ItemPaper(
            item=item, **{**paper, "document_id": paper["document_id"] if paper["document_id"] in documents_here else None}
        )
        for paper in kept["papers"]
    )  # fmt: skip
    _tell_readers(by, item=item)
    order = [i for i in _in_order(locked) if i.pk != item.pk]
    same = [place for place, i in enumerate(order) if i.sitting_id == sitting.pk]
    first = same[0] if same else sum(1 for i in order if i.sitting.number < sitting.number)
    last = (same[-1] + 1) if same else first
    place = max(first, min(kept["number"] - 1, last))
    _number(locked, [*order[:place], item, *order[place:]])
    item.refresh_from_db()
    _record(by, "sessions.item-restored", item, locked, number=item.number)
    _tell_rooms(locked)
    return item


# --- Papers -------------------------------------------------------------------------------------------
@transaction.atomic
def save_paper(
    *, item: AgendaItem, by: User, kind: str, title: str, number: str = "", issuer: str = "",
    is_public: bool = False, paper: ItemPaper | None = None,
) -> ItemPaper:  # fmt: skip
    """Name a paper that an item needs, or change its particulars; a filed document follows."""
    locked = _locked(item.council_session, by)
    if paper is None:
        last = item.papers.aggregate(last=Max("order"))["last"] or 0
        paper = ItemPaper(item=item, order=last + 1)
    elif paper.item_id != item.pk:
        raise NotAllowed
    paper.kind, paper.title, paper.number, paper.issuer = kind, title, number, issuer
    paper.is_public = is_public
    paper.save()
    if paper.document_id:
        _describe(paper, by)
    _record(by, "sessions.paper-named", paper, locked, item=item.number, public=is_public)
    _tell_rooms(locked)
    return paper


@transaction.atomic
def set_paper_public(*, paper: ItemPaper, by: User, is_public: bool) -> ItemPaper:
    """Say whether citizens may read a paper of the session."""
    locked = _locked(paper.item.council_session, by)
    paper.is_public = is_public
    paper.save(update_fields=["is_public"])
    if paper.document_id:
        _describe(paper, by)
    _record(by, "sessions.paper-public" if is_public else "sessions.paper-not-public", paper, locked)
    return paper


def _describe(paper: ItemPaper, by: User) -> None:
    """Give a filed document the particulars of its place, and its readers.

    A paper of a closed-door sitting is never public (Law 72/2025/QH15 art. 34).
    """
    document = paper.document
    document.title, document.kind = paper.title, paper.kind
    document.number, document.issuer = paper.number, paper.issuer
    document.body = paper.item.council_session.body
    document.save(update_fields=["title", "kind", "number", "issuer", "body"])
    visible = Document.Visibility.MEMBERS
    if paper.is_public and not paper.item.sitting.is_closed_door:
        visible = Document.Visibility.PUBLIC
    if document.visibility != visible:
        documents.set_visibility(document=document, visibility=visible, by=by)


def _tell_readers(by: User, **where) -> None:
    """Ask again who may read these papers: their sitting may have become one behind closed doors."""
    papers = ItemPaper.objects.filter(document__isnull=False, **where)
    for paper in papers.select_related("document", "item__sitting", "item__council_session__body"):
        _describe(paper, by)


@transaction.atomic
def move_paper(*, paper: ItemPaper, by: User, up: bool) -> None:
    """One place up or down among the papers of its item."""
    locked = _locked(paper.item.council_session, by)
    papers = list(paper.item.papers.order_by("order", "pk"))
    here = next(place for place, other in enumerate(papers) if other.pk == paper.pk)
    to = here + (-1 if up else 1)
    if 0 <= to < len(papers):
        papers[here], papers[to] = papers[to], papers[here]
    for order, row in enumerate(papers, 1):
        row.order = order
    ItemPaper.objects.bulk_update(papers, ["order"])
    _tell_rooms(locked)


@transaction.atomic
def remove_paper(*, paper: ItemPaper, by: User) -> None:
    """Take a paper off its item; its document is taken away from all readers and stays on record."""
    locked = _locked(paper.item.council_session, by)
    document = paper.document
    _record(by, "sessions.paper-removed", paper, locked, title=paper.title)
    paper.delete()
    if document is not None and not document.item_papers.exists():
        documents.withdraw_paper(document=document, by=by)
    _tell_rooms(locked)


def file_paper(*, paper: ItemPaper, by: User, upload) -> ItemPaper:
    """Put a file at a paper: the first makes its document, a later one a new version of it.

    The check of the file takes seconds and stands outside the transaction.
    """
    council_session = paper.item.council_session
    if not can_prepare(by, council_session):
        raise NotAllowed(_("Chỉ văn phòng phục vụ cơ quan này được nộp tài liệu."))
    if not can_change_agenda(by, council_session):
        raise WrongState(_("Kỳ họp đã bế mạc, không thêm tài liệu được nữa."))
    if paper.document_id:
        documents.replace_paper(document=paper.document, by=by, upload=upload)
    else:
        version = documents.add_paper(
            council=council_session.council, by=by, upload=upload, title=paper.title, kind=paper.kind,
            number=paper.number, issuer=paper.issuer, visibility=Document.Visibility.OFFICE,
            body=council_session.body,
        )  # fmt: skip
        paper.document = version.document
        try:
            _hang(paper=paper, by=by)
        except WrongState:
            documents.withdraw_paper(document=version.document, by=by)
            raise
        return paper
    _hang(paper=paper, by=by)
    return paper


@transaction.atomic
def _hang(*, paper: ItemPaper, by: User) -> None:
    locked = _locked(paper.item.council_session, by)
    now = ItemPaper.objects.filter(pk=paper.pk).values_list("document").first()
    if now is None or now[0] not in (None, paper.document_id):  # a colleague was quicker
        raise WrongState(_("Văn bản này vừa có tệp khác hoặc vừa bị xóa. Xem lại rồi nộp lại."))
    paper.save(update_fields=["document"])
    _describe(paper, by)
    _record(by, "sessions.paper-filed", paper, locked, item=paper.item.number, title=paper.title)
    _tell_rooms(locked)


def stage_paper(*, council_session: CouncilSession, by: User, upload) -> StagedPaper:
    """Take in a dropped file and propose where it belongs; nobody but the office reads it yet.

    BadInput in words for what is not a sound PDF. The same bytes dropped twice wait once.
    """
    if not can_prepare(by, council_session):
        raise NotAllowed(_("Chỉ văn phòng phục vụ cơ quan này được nộp tài liệu."))
    if not can_change_agenda(by, council_session):
        raise WrongState(_("Kỳ họp đã bế mạc, không thêm tài liệu được nữa."))
    name = (upload.name or _("không tên"))[-255:]
    version = documents.add_paper(
        council=council_session.council, by=by, upload=upload, title=name[:500], kind=Document.Kind.OTHER,
        visibility=Document.Visibility.OFFICE, body=council_session.body,
    )  # fmt: skip
    with transaction.atomic():
        CouncilSession.objects.select_for_update(no_key=True).get(pk=council_session.pk)
        staged = council_session.staged_papers.filter(document__versions__sha256=version.sha256).first()
        if staged is not None:
            documents.withdraw_paper(document=version.document, by=by)
            return staged
        promised = set(
            council_session.staged_papers.exclude(paper=None).values_list("paper", flat=True)
        )  # two files never get the same proposal
        papers = [paper for paper in expected_papers(council_session) if paper.key not in promised]
        match = rules.match_file(name, papers)
        return StagedPaper.objects.create(
            council_session=council_session, document=version.document, name=name,
            paper_id=match.key if match else None, reason=match.why[:300] if match else "",
        )  # fmt: skip


def file_staged(*, council_session: CouncilSession, by: User, choices: dict[int, int]) -> tuple[list, list[str]]:
    """Hang staged files where the office said: {staged id: paper id}. Gives (papers filed, refusals in words).

    Each file stands for itself: one that cannot be filed leaves the others alone.
    """
    filed, refused = [], []
    taken: dict[int, str] = {}
    for staged in council_session.staged_papers.filter(pk__in=choices).select_related("document"):
        paper = (
            ItemPaper.objects.filter(item__council_session=council_session, pk=choices[staged.pk])
            .select_related("item__sitting", "item__council_session", "document")
            .first()
        )
        if paper is None:
            refused.append(_("%(name)s: văn bản đã chọn không còn trong chương trình.") % {"name": staged.name})
            continue
        if paper.pk in taken:
            words = _("%(name)s: văn bản này đã nhận tệp %(other)s cùng lúc.")
            refused.append(words % {"name": staged.name, "other": taken[paper.pk]})
            continue
        try:
            _file_one(staged=staged, paper=paper, by=by)
        except (BadInput, WrongState) as fault:
            refused.append(f"{staged.name}: {fault.message}")
            continue
        taken[paper.pk] = staged.name
        filed.append(paper)
    return filed, refused


def _file_one(*, staged: StagedPaper, paper: ItemPaper, by: User) -> None:
    document = staged.document
    if paper.document_id is None:
        with transaction.atomic():
            paper.document = document
            _hang(paper=paper, by=by)
            staged.delete()
        return
    version = document.versions.first()
    with version.file.open("rb") as file:
        file.name = staged.name
        documents.replace_paper(document=paper.document, by=by, upload=_as_upload(file, staged.name, version.size))
    with transaction.atomic():
        _hang(paper=paper, by=by)
        staged.delete()
        documents.withdraw_paper(document=document, by=by)


def _as_upload(file, name: str, size: int):
    from django.core.files.uploadedfile import UploadedFile

    return UploadedFile(file=file, name=name, content_type="application/pdf", size=size)


@transaction.atomic
def discard_staged(*, staged: StagedPaper, by: User) -> None:
    """Throw away a dropped file that belongs nowhere."""
    locked = _locked(staged.council_session, by)
    document = staged.document
    _record(by, "sessions.staged-discarded", locked, locked, name=staged.name)
    staged.delete()
    documents.withdraw_paper(document=document, by=by)


@transaction.atomic
def remind_of_paper(*, paper: ItemPaper, by: User, deadline: rules.Deadline) -> Mail:
    """Ask the agency that owes a paper for it, by mail; once a day and paper."""
    from django.utils import timezone

    locked = _locked(paper.item.council_session, by)
    agency = paper.item.agency
    if paper.document_id:
        raise WrongState(_("Văn bản này đã có."))
    if agency is None or not agency.email:
        raise BadInput(_("Mục này chưa ghi cơ quan có địa chỉ thư điện tử."))
    day = rules.day_words(deadline.day)
    words = {
        "item": paper.item.number,
        "title": paper.title,
        "session": locked.title,
        "day": day,
        "council": locked.council.name,
    }
    text = _(
        "Kính gửi cơ quan,\n\n"
        "Văn bản sau của %(session)s chưa được nộp: mục %(item)s, %(title)s.\n"
        "Hạn gửi tài liệu cho đại biểu là %(day)s. Đề nghị cơ quan gửi bản PDF cho Văn phòng.\n\n"
        "Văn phòng %(council)s"
    )
    sent = mail.send(
        council=locked.council, to=agency.email, to_name=agency.name,
        subject=_("Nhắc nộp văn bản: mục %(item)s, %(session)s") % words, text=text % words,
        key=f"paper-reminder:{paper.public_id}:{timezone.localdate()}",
    )  # fmt: skip
    _record(by, "sessions.paper-reminded", paper, locked, agency=agency.name)
    return sent


# --- Convened ------------------------------------------------------------------------------------------
@transaction.atomic(durable=True)
def send_notice(
    *, council_session: CouncilSession, by: User, number: str, signed_by: str, signer_title: str, body_text: str
) -> Notice:
    """Convene: the notice, one delivery for each member, and the job that renders and mails it.

    Asking twice gives the notice that was sent: nobody is convened two times.
    """
    locked = CouncilSession.objects.select_for_update(no_key=True).get(pk=council_session.pk)
    if not can_prepare(by, locked):
        raise NotAllowed(_("Chỉ văn phòng phục vụ cơ quan này được gửi thông báo triệu tập."))
    sent = locked.notices.order_by("pk").first()
    if sent is not None:
        return sent
    if locked.state != CouncilSession.State.DRAFT:
        raise WrongState(_("Kỳ họp này đã được triệu tập."))
    if not locked.items.exists():
        raise BadInput(_("Chương trình chưa có mục nào nên chưa gửi được thông báo."))
    delegates = session_members(locked)
    if not delegates:
        raise BadInput(_("Chưa có đại biểu nào trong danh sách nên chưa gửi được thông báo."))
    notice = Notice.objects.create(
        council_session=locked, number=number, signed_by=signed_by, signer_title=signer_title,
        body_text=body_text, sent_by=by,
    )  # fmt: skip
    NoticeDelivery.objects.bulk_create(
        NoticeDelivery(
            notice=notice,
            delegate=delegate,
            problem="" if address_of(delegate) else _("Chưa có địa chỉ thư điện tử"),
        )
        for delegate in delegates
    )
    locked.move_to(CouncilSession.State.CONVENED)
    locked.notice_number = number
    locked.save(update_fields=["state", "notice_number"])
    outbox.enqueue(
        "sessions.send_notice", key=f"notice:{notice.public_id}", council=locked.council,
        title=_("Gửi thông báo %(number)s") % {"number": number}, notice_id=notice.pk,
    )  # fmt: skip
    _record(by, "sessions.convened", locked, locked, notice=number, delegates=len(delegates))
    return notice


@transaction.atomic
def send_notice_again(*, delivery: NoticeDelivery, by: User) -> NoticeDelivery:
    """Try one delegate again: a mail that failed or is in doubt, or an address that is known only now."""
    council_session = delivery.notice.council_session
    if not can_prepare(by, council_session):
        raise NotAllowed(_("Chỉ văn phòng phục vụ cơ quan này được gửi lại."))
    delivery = NoticeDelivery.objects.select_for_update(no_key=True).get(pk=delivery.pk)
    if delivery.mail is not None:
        if delivery.mail.state == Mail.State.FAILED:
            Mail.objects.filter(pk=delivery.mail_id).update(to=address_of(delivery.delegate) or delivery.mail.to)
        mail.send_again(mail=delivery.mail, by=by)
        return delivery
    if not address_of(delivery.delegate):
        raise BadInput(_("Đại biểu này vẫn chưa có địa chỉ thư điện tử."))
    delivery.problem = ""
    delivery.save(update_fields=["problem"])
    outbox.enqueue(
        "sessions.send_notice", key=f"notice:{delivery.notice.public_id}:{delivery.pk}",
        council=council_session.council, notice_id=delivery.notice_id,
        title=_("Gửi lại thông báo %(number)s") % {"number": delivery.notice.number},
    )  # fmt: skip
    _record(by, "sessions.notice-again", delivery.notice, council_session, delegate=delivery.delegate.code)
    return delivery


def session_address(council_session: CouncilSession) -> str:
    """Where the office works on this session."""
    return reverse("sessions:session", args=[council_session.public_id])


