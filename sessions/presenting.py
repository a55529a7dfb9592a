"""Leading the hall through a paper: who presents it, and which page every tablet may follow.

What presents is state, not events: the paper, its version and page stand in the room's facts. A page turn
is one update of one row and one small frame for the whole hall, however fast the pages are turned
(docs/realtime.md). The record tells the beginning and the end, not the pages.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from council import audit
from council.errors import BadInput, NotAllowed, WrongState
from council.live import announce
from council.models import Delegate, User
from documents.models import Document, Version
from documents.selectors import readable_documents
from sessions.models import Presentation, Sitting
from sessions.permissions_room import can_conduct, can_present
from sessions.selectors_room import members_of, presentation_in


@transaction.atomic
def start_presenting(*, sitting: Sitting, version: Version, page: int, by: User) -> Presentation:
    """Lead the hall through a paper from a page on; what was presented before, by the same person or, for
    chair and secretary, by anybody, ends.

    NotAllowed: neither chair nor secretary nor whom they let present, or a paper the person may not read.
    WrongState: the sitting is not open, or somebody else presents. BadInput: a paper of the office alone.
    """
    sitting = _locked(sitting)
    if not can_present(by, sitting):
        raise NotAllowed(_("Chỉ chủ tọa, thư ký và người được chủ tọa mời mới trình bày được tài liệu."))
    if sitting.state != Sitting.State.OPEN:
        raise WrongState(_("Phiên họp chưa mở."))
    document = version.document
    if not readable_documents(by, sitting.council_session.council).filter(pk=document.pk).exists():
        raise NotAllowed(_("Bạn không được đọc tài liệu này."))
    if document.visibility == Document.Visibility.OFFICE:
        raise BadInput(_("Tài liệu này chưa mở cho đại biểu, nên chưa trình bày được."))
    page = min(max(page, 1), max(version.pages, 1))
    running = presentation_in(sitting)
    if running and running.by_id == by.pk and running.version_id == version.pk:
        return running
    if running and running.by_id != by.pk and not can_conduct(by, sitting):
        raise WrongState(_("Đang có người khác trình bày. Hãy chờ chủ tọa."))
    if running:
        _end(running, by)
    begun = Presentation.objects.create(sitting=sitting, version=version, page=page, by=by)
    data = {"paper": str(document.public_id), "version": version.number, "sha256": version.sha256}
    _record(by, "sessions.presenting-started", sitting, **data)
    announce(sitting.room, sitting.council_session.council)
    return begun


@transaction.atomic
def turn_page(*, sitting: Sitting, page: int, turn: int, by: User) -> bool:
    """Show the hall another page of what the person presents; whether it is the newest turn.

    A turn older than one that came before it changes nothing: the latest wins. NotAllowed: the person
    does not present now. Neither locks the sitting nor records: a lecture has hundreds of turns.
    """
    running = presentation_in(sitting)
    if running is None or running.by_id != by.pk or not can_present(by, running.sitting):
        raise NotAllowed(_("Việc trình bày đã dừng."))
    page = min(max(page, 1), max(running.version.pages, 1))
    mine = Presentation.objects.filter(pk=running.pk, ended_at=None, turn__lt=turn)
    if not mine.update(page=page, turn=turn):
        return False
    announce(sitting.room, turnout_only=True)
    return True


@transaction.atomic
def stop_presenting(*, sitting: Sitting, by: User) -> None:
    """End what is presented: the presenter, or chair and secretary. Ending twice is no mistake."""
    sitting = _locked(sitting)
    running = presentation_in(sitting)
    if running is None:
        return
    if running.by_id != by.pk and not can_conduct(by, sitting):
        raise NotAllowed(_("Chỉ người đang trình bày, chủ tọa và thư ký mới dừng được."))
    _end(running, by)
    announce(sitting.room, sitting.council_session.council)


@transaction.atomic
def let_present(*, sitting: Sitting, delegate: Delegate | None, by: User) -> Sitting:
    """Say which member may present papers besides chair and secretary; None takes it back, and what that
    member presents ends."""
    sitting = _locked(sitting)
    if not can_conduct(by, sitting):
        raise NotAllowed(_("Chỉ chủ tọa và thư ký kỳ họp làm được việc này."))
    if delegate is not None and (delegate.user_id is None or delegate not in members_of(sitting)):
        raise BadInput(_("Chọn một đại biểu của phiên họp này."))
    person = delegate.user if delegate else None
    if sitting.presenter == person:
        return sitting
    before, sitting.presenter = sitting.presenter, person
    sitting.save(update_fields=["presenter"])
    running = presentation_in(sitting)
    if running and running.by == before and not can_present(before, sitting):
        _end(running, by)
    _record(by, "sessions.presenter-named", sitting, delegate=delegate.pk if delegate else None)
    announce(sitting.room, sitting.council_session.council)
    return sitting


def end_with_sitting(sitting: Sitting, by: User) -> None:
    """End what is presented when its sitting closes; inside the closing's transaction and lock."""
    running = presentation_in(sitting)
    if running:
        _end(running, by)
    sitting.presenter = None


def _end(running: Presentation, by: User) -> None:
    running.ended_at = timezone.now()
    running.save(update_fields=["ended_at"])
    data = {"paper": str(running.version.document.public_id), "version": running.version.number, "page": running.page}
    _record(by, "sessions.presenting-ended", running.sitting, **data)


def _locked(sitting: Sitting) -> Sitting:
    return Sitting.objects.select_for_update(no_key=True).get(pk=sitting.pk)


def _record(by: User, event: str, sitting: Sitting, **data) -> None:
    held = sitting.council_session
    audit.record(by, event, sitting, council=held.council, chain=held.chain_key, data=data)
