"""What can happen to guests: asked in to an item, given a card for the table, the card taken back."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from council.accounts.rules import hash_of, new_secret
from council.errors import BadInput, NotAllowed, WrongState
from council.models import User
from council.permissions import councils_of
from documents.models import Document
from documents.selectors import readable_documents
from sessions.models import AgendaItem, CouncilSession, GuestLink, ItemGuest, ItemPaper, Sitting
from sessions.permissions import can_prepare
from sessions.services.shared import record

LONGEST = timedelta(days=30)  # from now to the end of a card


def _lock(council_session: CouncilSession, by: User) -> CouncilSession:
    locked = CouncilSession.objects.select_for_update(no_key=True).get(pk=council_session.pk)
    if not can_prepare(by, locked):
        raise NotAllowed(_("Chỉ văn phòng phục vụ cơ quan này được mời khách."))
    return locked


@transaction.atomic
def invite_guest(*, item: AgendaItem, user: User, by: User) -> ItemGuest:
    """Ask a person with an account in to an item: its papers are open to him or her until the session ends."""
    locked = _lock(item.council_session, by)
    if not councils_of(user).filter(pk=locked.council_id).exists():
        raise BadInput(_("Người này không có tài khoản trong hội đồng."))
    guest, made = ItemGuest.objects.get_or_create(item=item, user=user, defaults={"invited_by": by})
    if made:
        record(by, "sessions.guest-invited", item, locked, item=item.number, guest=user.full_name)
    return guest


@transaction.atomic
def uninvite_guest(*, guest: ItemGuest, by: User) -> None:
    locked = _lock(guest.item.council_session, by)
    record(by, "sessions.guest-uninvited", guest.item, locked, item=guest.item.number, guest=guest.user.full_name)
    guest.delete()


@transaction.atomic
def make_guest_link(
    *, sitting: Sitting, by: User, name: str, papers: Iterable[Document], expires_at: datetime,
    item: AgendaItem | None = None,
) -> GuestLink:  # fmt: skip
    """Make a card for a sitting or an item with its own list of papers. It opens nothing before it is printed.

    BadInput without a name or a paper, for a paper that does not hang there, and for an end that is past or
    more than 30 days away.
    """
    locked = _lock(sitting.council_session, by)
    papers, name = list(papers), name.strip()
    if not name:
        raise BadInput(_("Ghi tên khách hoặc bàn."))
    if not papers:
        raise BadInput(_("Chọn ít nhất một tài liệu cho khách."))
    if not timezone.now() < expires_at <= timezone.now() + LONGEST:
        raise BadInput(_("Thẻ khách dùng được đến một lúc trong 30 ngày tới."))
    if not {paper.pk for paper in papers} <= {paper.pk for paper in papers_for_guests(sitting, by, item)}:
        raise BadInput(_("Có tài liệu không thuộc mục hoặc phiên này."))
    link = GuestLink.objects.create(sitting=sitting, item=item, name=name[:120], expires_at=expires_at, made_by=by)
    link.papers.set(papers)
    record(by, "sessions.guest-link-made", link, locked, name=link.name, papers=len(papers))
    return link


def papers_for_guests(sitting: Sitting, by: User, item: AgendaItem | None = None) -> list[Document]:
    """The documents of a sitting, or of one of its items, that may stand on a card: never the office's own."""
    hung = ItemPaper.objects.filter(item=item) if item else ItemPaper.objects.filter(item__sitting=sitting)
    mine = readable_documents(by, sitting.council_session.council).exclude(visibility=Document.Visibility.OFFICE)
    return list(mine.filter(pk__in=hung.exclude(document=None).values("document")))


@transaction.atomic
def renew_guest_link(*, link: GuestLink, by: User) -> str:
    """A new secret for a card, to be printed at once: it is kept nowhere. Cards printed before end here."""
    locked = _lock(link.sitting.council_session, by)
    link = GuestLink.objects.select_for_update(no_key=True).get(pk=link.pk)
    if link.revoked_at is not None or link.expires_at <= timezone.now():
        raise WrongState(_("Thẻ này đã hết hiệu lực. Tạo thẻ mới."))
    secret = new_secret()
    link.secret_hash, link.printed_at = hash_of(secret), timezone.now()
    link.save(update_fields=["secret_hash", "printed_at"])
    record(by, "sessions.guest-link-printed", link, locked, name=link.name)
    return secret


@transaction.atomic
def revoke_guest_link(*, link: GuestLink, by: User) -> GuestLink:
    """End a card now: the next thing that its bearer asks for is not there."""
    locked = _lock(link.sitting.council_session, by)
    link = GuestLink.objects.select_for_update(no_key=True).get(pk=link.pk)
    if link.revoked_at is None:
        link.revoked_at = timezone.now()
        link.save(update_fields=["revoked_at"])
        record(by, "sessions.guest-link-revoked", link, locked, name=link.name)
    return link
