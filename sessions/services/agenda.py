"""The agenda is changed: sittings and items added, edited, moved, removed and brought back."""

from datetime import date, time

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from council.errors import NotAllowed, WrongState
from council.models import Agency, Body, User
from documents import services as documents
from documents.models import Document
from sessions.models import AgendaItem, CouncilSession, ItemPaper, Sitting
from sessions.services.shared import clock, lock, record, refuse_while_asked, tell_readers, tell_rooms

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


@transaction.atomic
def save_sitting(
    *, council_session: CouncilSession, by: User, title: str, date: date, starts_at: time,
    is_closed_door: bool = False, sitting: Sitting | None = None,
) -> Sitting:  # fmt: skip
    """Add a sitting at the end, or change one that is not over."""
    locked = lock(council_session, by)
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
    tell_readers(by, item__sitting=sitting)
    _keep_dates(locked)
    record(by, "sessions.sitting-saved", sitting, locked, number=sitting.number)
    tell_rooms(locked)
    return sitting


def _keep_dates(council_session: CouncilSession) -> None:
    days = sorted(council_session.sittings.values_list("date", flat=True))
    if days:
        council_session.starts_on, council_session.ends_on = days[0], days[-1]
        council_session.save(update_fields=["starts_on", "ends_on"])


@transaction.atomic
def remove_sitting(*, sitting: Sitting, by: User) -> None:
    """Take out a sitting that holds no items and has not begun; the ones after it move up."""
    locked = lock(sitting.council_session, by)
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
    record(by, "sessions.sitting-removed", locked, locked, number=number)


@transaction.atomic
def save_item(
    *, council_session: CouncilSession, by: User, sitting: Sitting, title: str, kind: str, short_title: str = "",
    presenter: str = "", agency: Agency | None = None, starts_at: time | None = None, minutes: int | None = None,
    item: AgendaItem | None = None, usual_papers: bool = False,
) -> AgendaItem:  # fmt: skip
    """Add an item at the end of a sitting, or change one; `usual_papers` names what such an item needs."""
    locked = lock(council_session, by)
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
        tell_readers(by, item=item)
    if is_new and usual_papers:
        _add_usual_papers(item)
    record(by, "sessions.item-added" if is_new else "sessions.item-edited", item, locked, number=item.number)
    tell_rooms(locked)
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
    locked = lock(item.council_session, by)
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
        tell_readers(by, item=moving)
    record(by, "sessions.item-moved", moving, locked, to=moving.number)
    tell_rooms(locked)
    return moving


@transaction.atomic
def remove_item(*, item: AgendaItem, by: User) -> dict:
    """Take an item off the agenda; its papers are the office's alone from then on.

    Gives back what `restore_item` needs to undo it (plain values).
    """
    locked = lock(item.council_session, by)
    item = AgendaItem.objects.select_related("sitting").get(pk=item.pk)
    if item.state != AgendaItem.State.PENDING or item.item_polls.exists():
        raise WrongState(_("Mục đã tiến hành hoặc đã có biểu quyết thì không xóa được."))
    refuse_while_asked(item.papers.all())
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
        "papers": [_kept(paper) for paper in item.papers.all()],
    }
    for paper in item.papers.filter(document__isnull=False).select_related("document"):
        documents.set_visibility(document=paper.document, visibility=Document.Visibility.OFFICE, by=by)
    item.delete()
    _number(locked, _in_order(locked))
    record(by, "sessions.item-removed", locked, locked, number=kept["number"], title=kept["title"])
    tell_rooms(locked)
    return kept


_KEPT = ("kind", "title", "number", "issuer", "is_public", "readers", "is_restricted", "order", "document_id")


def _kept(paper: ItemPaper) -> dict:
    """A paper as plain values, with who may read it: undoing never opens it to more people."""
    bodies = list(paper.named_bodies.values_list("pk", flat=True))
    return {name: getattr(paper, name) for name in _KEPT} | {
        "named_bodies": bodies,
        "issued_on": paper.issued_on and paper.issued_on.isoformat(),
    }


@transaction.atomic
def restore_item(*, council_session: CouncilSession, by: User, kept: dict) -> AgendaItem:
    """Undo `remove_item`: the item stands again where it stood, with its papers."""
    locked = lock(council_session, by)
    sitting = locked.sittings.filter(pk=kept["sitting"]).first()
    if sitting is None:
        raise WrongState(_("Phiên của mục này không còn nữa."))
    agency = Agency.objects.filter(council=locked.council, pk=kept["agency"]).first() if kept["agency"] else None
    item = AgendaItem.objects.create(
        council_session=locked, sitting=sitting, number=_OFFSET - 1, title=kept["title"],
        short_title=kept["short_title"], kind=kept["kind"], presenter=kept["presenter"], agency=agency,
        starts_at=clock(kept["starts_at"]), minutes=kept["minutes"],
    )  # fmt: skip
    documents_here = set(
        Document.objects.filter(
            council=locked.council, pk__in=[p["document_id"] for p in kept["papers"] if p["document_id"]]
        ).values_list("pk", flat=True)
    )
    for paper in kept["papers"]:
        document_id = paper["document_id"] if paper["document_id"] in documents_here else None
        fields = {name: paper[name] for name in (*_KEPT, "issued_on")}
        made = ItemPaper.objects.create(item=item, **fields | {"document_id": document_id})
        made.named_bodies.set(Body.objects.filter(council=locked.council, pk__in=paper["named_bodies"]))
    tell_readers(by, item=item)
    order = [i for i in _in_order(locked) if i.pk != item.pk]
    same = [place for place, i in enumerate(order) if i.sitting_id == sitting.pk]
    first = same[0] if same else sum(1 for i in order if i.sitting.number < sitting.number)
    last = (same[-1] + 1) if same else first
    place = max(first, min(kept["number"] - 1, last))
    _number(locked, [*order[:place], item, *order[place:]])
    item.refresh_from_db()
    record(by, "sessions.item-restored", item, locked, number=item.number)
    tell_rooms(locked)
    return item
