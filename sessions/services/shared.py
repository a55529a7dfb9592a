"""What the verbs of preparing a session share: the lock, the record, who hears and who reads."""

from datetime import datetime, time

from django.utils.translation import gettext as _

from council import audit, live
from council.errors import NotAllowed, WrongState
from council.models import User
from documents import services as documents
from documents.finding import index_names
from documents.models import Document
from sessions.models import CouncilSession, ItemPaper, PaperRequest
from sessions.permissions import can_change_agenda, can_prepare


def lock(council_session: CouncilSession, by: User) -> CouncilSession:
    """The session's row, locked, for one who may change its agenda."""
    locked = CouncilSession.objects.select_for_update(no_key=True).get(pk=council_session.pk)
    if not can_prepare(by, locked):
        raise NotAllowed(_("Chỉ văn phòng phục vụ cơ quan này được sửa kỳ họp."))
    if not can_change_agenda(by, locked):
        raise WrongState(_("Kỳ họp đã bế mạc, không sửa được nữa."))
    return locked


def tell_rooms(council_session: CouncilSession) -> None:
    """Screens that follow a sitting of this session are told."""
    for sitting in council_session.sittings.all():
        live.announce(sitting.room, council_session.council)


def record(by: User, event: str, target, council_session: CouncilSession, **data) -> None:
    audit.record(
        by, event, target, council=council_session.council, chain=council_session.chain_key, data=data
    )


def describe(paper: ItemPaper, by: User) -> None:
    """Give a filed document the particulars of its place, and its readers.

    A paper of a closed-door sitting is never public (Law 72/2025/QH15 art. 34).
    """
    # as it is now, not as somebody fetched it
    document = paper.document = Document.objects.get(pk=paper.document_id)
    document.title, document.kind = paper.title, paper.kind
    document.number, document.issuer, document.issued_on = paper.number, paper.issuer, paper.issued_on
    document.body = paper.item.council_session.body
    document.save(update_fields=["title", "kind", "number", "issuer", "issued_on", "body"])
    index_names(document)
    is_closed = paper.item.sitting.is_closed_door
    visible = paper.readers
    if paper.is_public and not is_closed and not paper.is_restricted:
        visible = Document.Visibility.PUBLIC
    bodies = list(paper.named_bodies.all()) if visible == Document.Visibility.NAMED else []
    if visible == Document.Visibility.NAMED and not bodies:
        visible = Document.Visibility.OFFICE  # a board that is no more opens nothing to others
    now = (document.visibility, document.is_closed, document.is_restricted, set(document.named_bodies.all()))
    if now != (visible, is_closed, paper.is_restricted, set(bodies)):
        documents.set_readers(
            document=document, visibility=visible, by=by, bodies=bodies, is_restricted=paper.is_restricted,
            is_closed=is_closed,
        )  # fmt: skip


def refuse_while_asked(papers) -> None:
    """A paper that somebody is asked for, or that waits for the office, is not taken away under their hands."""
    open_ones = PaperRequest.objects.filter(paper__in=papers).exclude(
        state__in=[PaperRequest.State.ACCEPTED, PaperRequest.State.WITHDRAWN]
    )
    found = open_ones.select_related("paper").first()
    if found:
        words = _("Đang đề nghị nộp “%(title)s”. Hãy thôi đề nghị ở trang Thu văn bản trước khi xóa.")
        raise WrongState(words % {"title": found.paper.title})


def tell_readers(by: User, **where) -> None:
    """Ask again who may read these papers: their sitting may have become one behind closed doors."""
    papers = ItemPaper.objects.filter(document__isnull=False, **where)
    for paper in papers.select_related("document", "item__sitting", "item__council_session__body"):
        describe(paper, by)


def clock(words: str) -> time | None:
    return datetime.strptime(words, "%H:%M").time() if words else None
