"""A session is made: empty, from a file, from an earlier one; edited as a whole; thrown away."""

from datetime import date

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from council import audit
from council.errors import BadInput, NotAllowed, WrongState
from council.models import Agency, Body, Council, Term, User
from sessions.importing import SessionPlan
from sessions.models import AgendaItem, CouncilSession, ItemPaper, Sitting
from sessions.permissions import can_convene, can_prepare
from sessions.services.shared import clock, lock, record, refuse_while_asked, tell_rooms


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
            starts_at=clock(s.starts_at), is_closed_door=s.closed_door,
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
                    starts_at=clock(item.starts_at), minutes=item.minutes,
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
            for p in item.papers.all():
                paper = ItemPaper.objects.create(
                    item=new, kind=p.kind, title=p.title, issuer=p.issuer, is_public=p.is_public, order=p.order,
                    readers=p.readers, is_restricted=p.is_restricted,
                )  # fmt: skip
                if p.readers == ItemPaper.Readers.NAMED:
                    paper.named_bodies.set(p.named_bodies.all())
    audit.record(by, "sessions.copied", made, chain=made.chain_key, data={"from": source.title})
    return made


@transaction.atomic
def edit_session(
    *, council_session: CouncilSession, by: User, number: int, kind: str, title: str, starts_on: date,
    ends_on: date, place: str = "",
) -> CouncilSession:  # fmt: skip
    locked = lock(council_session, by)
    if ends_on < starts_on:
        raise BadInput(_("Ngày bế mạc đứng trước ngày khai mạc."))
    same = CouncilSession.objects.filter(body=locked.body, term=locked.term, number=number).exclude(pk=locked.pk)
    if same.exists():
        raise BadInput(_("Đã có kỳ họp mang số này."))
    locked.number, locked.kind, locked.title, locked.place = number, kind, title, place
    locked.starts_on, locked.ends_on = starts_on, ends_on
    locked.save(update_fields=["number", "kind", "title", "place", "starts_on", "ends_on"])
    record(by, "sessions.edited", locked, locked, title=title)
    tell_rooms(locked)
    return locked


@transaction.atomic
def remove_session(*, council_session: CouncilSession, by: User) -> None:
    """Throw away a draft that was set up by mistake, before anything was filed or sent."""
    locked = lock(council_session, by)
    if locked.state != CouncilSession.State.DRAFT:
        raise WrongState(_("Kỳ họp đã triệu tập thì không xóa được."))
    filed = ItemPaper.objects.filter(item__council_session=locked).exclude(document=None)
    if filed.exists() or locked.staged_papers.exists():
        raise WrongState(_("Kỳ họp này đã có tài liệu. Xóa các tài liệu trước."))
    refuse_while_asked(ItemPaper.objects.filter(item__council_session=locked))
    data = {"number": locked.number, "title": locked.title}
    audit.record(by, "sessions.removed", locked, chain=locked.chain_key, data=data)
    locked.delete()
