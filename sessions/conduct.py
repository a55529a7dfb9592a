"""What can happen in a running sitting: open, close, move through the agenda, attendance. Votes on items are in sessions/polls.py.

Each act locks the sitting first, asks again, writes, records in the session's own chain, announces.
Lock order everywhere: sitting -> poll -> roll -> audit head -> room.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from council import audit
from council.errors import BadInput, NotAllowed, WrongState
from council.live import announce
from council.models import Delegate, User
from sessions.models import (
    AgendaItem,
    Attendance,
    CouncilSession,
    Sitting,
    TabletCheck,
)
from sessions.permissions_room import can_check_in, can_conduct
from sessions.presenting import end_with_sitting
from sessions.selectors_room import (
    headcount_of,
    members_of,
    presence_of,
)
from voting import services as voting
from voting.models import Poll

REASON_LENGTH = 300

# --- The sitting ---------------------------------------------------------------------------------


@transaction.atomic
def open_sitting(*, sitting: Sitting, by: User) -> Sitting:
    """Open a sitting (again); its session is running from then on. What is not ready warns, never bars.

    WrongState: the session was not convened, or another of its sittings is open.
    """
    sitting = lock_sitting(sitting, by)
    council_session = sitting.council_session
    if sitting.state == Sitting.State.OPEN:
        return sitting
    if council_session.state == CouncilSession.State.DRAFT:
        raise WrongState(_("Kỳ họp chưa được triệu tập nên chưa mở phiên được."))
    if council_session.state == CouncilSession.State.CLOSED:
        raise WrongState(_("Kỳ họp đã bế mạc."))
    other = council_session.sittings.filter(state=Sitting.State.OPEN).first()
    if other is not None:
        raise WrongState(_("Phiên %(number)s đang họp. Hãy kết thúc phiên đó trước.") % {"number": other.number})
    if council_session.state == CouncilSession.State.CONVENED:
        council_session.move_to(CouncilSession.State.RUNNING)
        council_session.save(update_fields=["state"])
    sitting.move_to(Sitting.State.OPEN)
    sitting.opened_at = sitting.opened_at or timezone.now()
    sitting.closed_at = None
    sitting.check_in_open = True
    sitting.save(update_fields=["state", "opened_at", "closed_at", "check_in_open"])
    presence = headcount_of(sitting)
    _record(by, "sessions.sitting-opened", sitting, present=presence.present, total=presence.total)
    return _announced(sitting)


@transaction.atomic
def close_sitting(*, sitting: Sitting, by: User) -> Sitting:
    """End a sitting: its current item is done and the check-in closed. WrongState: a poll is open."""
    sitting = lock_sitting(sitting, by)
    if sitting.state == Sitting.State.CLOSED:
        return sitting
    _refuse_during_poll(sitting)
    sitting.move_to(Sitting.State.CLOSED)
    if sitting.current_item is not None:
        _finish(sitting.current_item)
        sitting.current_item = None
    sitting.closed_at = timezone.now()
    sitting.check_in_open = False
    end_with_sitting(sitting, by)
    sitting.save(update_fields=["state", "closed_at", "check_in_open", "current_item", "presenter"])
    presence = headcount_of(sitting)
    _record(by, "sessions.sitting-closed", sitting, present=presence.present, total=presence.total)
    return _announced(sitting)


@transaction.atomic
def close_session(*, council_session: CouncilSession, by: User) -> CouncilSession:
    """Close the session (bế mạc) after its last sitting. WrongState: one of its sittings is open."""
    council_session = CouncilSession.objects.select_for_update(no_key=True).get(pk=council_session.pk)
    sitting = council_session.sittings.order_by("-number").first()
    if sitting is None or not can_conduct(by, sitting):
        raise NotAllowed(_("Chỉ chủ tọa và thư ký kỳ họp làm được việc này."))
    if council_session.state == CouncilSession.State.CLOSED:
        return council_session
    if council_session.sittings.filter(state=Sitting.State.OPEN).exists():
        raise WrongState(_("Còn phiên đang họp. Hãy kết thúc phiên trước khi bế mạc."))
    council_session.move_to(CouncilSession.State.CLOSED)
    council_session.save(update_fields=["state"])
    audit.record(
        by, "sessions.session-closed", council_session,
        council=council_session.council, chain=council_session.chain_key,
    )  # fmt: skip
    announce(sitting.room, council_session.council)
    return council_session


@transaction.atomic
def go_to_item(*, sitting: Sitting, item: AgendaItem, by: User) -> Sitting:
    """Make an item the current one; the one before it is done. Going back to an earlier item is allowed.

    WrongState: the sitting is not open, or a poll is.
    """
    sitting = lock_sitting(sitting, by)
    if sitting.state != Sitting.State.OPEN:
        raise WrongState(_("Phiên họp chưa mở."))
    if item.sitting_id != sitting.pk:
        raise BadInput(_("Mục này không thuộc phiên đang họp."))
    if sitting.current_item_id == item.pk:
        return sitting
    _refuse_during_poll(sitting)
    if sitting.current_item is not None:
        _finish(sitting.current_item)
    item = AgendaItem.objects.get(pk=item.pk)
    item.state = AgendaItem.State.CURRENT
    item.started_at = item.started_at or timezone.now()
    item.ended_at = None
    item.save(update_fields=["state", "started_at", "ended_at"])
    sitting.current_item = item
    sitting.wall_view = Sitting.WallView.AUTO
    sitting.save(update_fields=["current_item", "wall_view"])
    _record(by, "sessions.item-started", sitting, item=item.number)
    return _announced(sitting)


@transaction.atomic
def finish_item(*, sitting: Sitting, by: User) -> Sitting:
    """The current item is done and none follows yet."""
    sitting = lock_sitting(sitting, by)
    if sitting.current_item is None:
        return sitting
    _refuse_during_poll(sitting)
    number = sitting.current_item.number
    _finish(sitting.current_item)
    sitting.current_item = None
    sitting.save(update_fields=["current_item"])
    _record(by, "sessions.item-finished", sitting, item=number)
    return _announced(sitting)


@transaction.atomic
def skip_item(*, sitting: Sitting, item: AgendaItem, by: User) -> AgendaItem:
    """Leave out an item that has not begun. WrongState: it has begun or is done."""
    sitting = lock_sitting(sitting, by)
    item = AgendaItem.objects.get(pk=item.pk)
    if item.sitting_id != sitting.pk:
        raise BadInput(_("Mục này không thuộc phiên này."))
    if item.state != AgendaItem.State.PENDING:
        raise WrongState(_("Chỉ bỏ qua được mục chưa đến."))
    item.state = AgendaItem.State.SKIPPED
    item.save(update_fields=["state"])
    _record(by, "sessions.item-skipped", sitting, item=item.number)
    _announced(sitting)
    return item


@transaction.atomic
def show_on_wall(*, sitting: Sitting, view: str, by: User) -> Sitting:
    """Choose what the wall shows: a value of Sitting.WallView. An open poll is shown whatever is chosen."""
    sitting = lock_sitting(sitting, by)
    if view not in Sitting.WallView.values:
        raise BadInput(_("Chọn một màn hình trong danh sách."))
    sitting.wall_view = view
    sitting.save(update_fields=["wall_view"])
    return _announced(sitting)


# --- Attendance ----------------------------------------------------------------------------------


@transaction.atomic
def set_check_in(*, sitting: Sitting, is_open: bool, by: User) -> Sitting:
    """Let delegates report their presence from the tablet, or stop that. Before the opening too."""
    sitting = lock_sitting(sitting, by)
    if sitting.state == Sitting.State.CLOSED:
        raise WrongState(_("Phiên họp đã kết thúc."))
    if sitting.check_in_open == is_open:
        return sitting
    sitting.check_in_open = is_open
    sitting.save(update_fields=["check_in_open"])
    _record(by, "sessions.check-in-opened" if is_open else "sessions.check-in-closed", sitting)
    return _announced(sitting)


@transaction.atomic
def check_in(*, sitting: Sitting, delegate: Delegate, by: User) -> Attendance:
    """A delegate reports: I am here. NotAllowed: not one's own seat, not of the body, or not open now."""
    sitting = _fresh(sitting)
    if delegate.user_id != by.pk or not can_check_in(delegate, sitting):
        raise NotAllowed(_("Điểm danh bằng máy đang đóng. Mời đại biểu báo thư ký."))
    row = Attendance.objects.filter(sitting=sitting, delegate=delegate).first()
    if row is not None and row.state == Attendance.State.PRESENT:
        return row
    return _mark(sitting, delegate, Attendance.State.PRESENT, "", by, by_tablet=True)


@transaction.atomic
def set_attendance(*, sitting: Sitting, delegate: Delegate, state: str, by: User, reason: str = "") -> Attendance:
    """The secretary marks a delegate present, absent or excused (with a reason).

    Presence on an open poll's roll follows under that poll's lock; a vote already cast stays.
    """
    sitting = lock_sitting(sitting, by)
    if state not in Attendance.State.values:
        raise BadInput(_("Chọn có mặt, vắng có phép hoặc vắng."))
    reason = " ".join(reason.split())
    if len(reason) > REASON_LENGTH:
        raise BadInput(_("Lý do dài tối đa 300 ký tự."))
    if delegate.pk not in {member.pk for member in members_of(sitting)}:
        raise BadInput(_("Đại biểu không thuộc danh sách của phiên họp này."))
    row = Attendance.objects.filter(sitting=sitting, delegate=delegate).first()
    if row is not None and (row.state, row.reason) == (state, reason):
        return row
    return _mark(sitting, delegate, state, reason, by, by_tablet=False)


@transaction.atomic
def mark_rest_present(*, sitting: Sitting, by: User) -> int:
    """Mark present everybody about whom nothing was said yet; the excused stay excused. Gives how many."""
    sitting = lock_sitting(sitting, by)
    rest = [row.delegate for row in presence_of(sitting).rows if not row.is_marked]
    for delegate in rest:
        voting.set_presence(room=sitting.room, delegate=delegate, is_present=True)
    now = timezone.now()
    Attendance.objects.bulk_create(
        Attendance(sitting=sitting, delegate=delegate, state=Attendance.State.PRESENT, arrived_at=now, set_by=by)
        for delegate in rest
    )
    if rest:
        _record(by, "sessions.all-marked-present", sitting, delegates=[delegate.code for delegate in rest])
        _announced(sitting)
    return len(rest)


def _mark(sitting, delegate, state, reason, by, *, by_tablet) -> Attendance:
    is_present = state == Attendance.State.PRESENT
    voting.set_presence(room=sitting.room, delegate=delegate, is_present=is_present)
    row = Attendance.objects.filter(sitting=sitting, delegate=delegate).first()
    row = row or Attendance(sitting=sitting, delegate=delegate, state=Attendance.State.ABSENT)
    now = timezone.now()
    if is_present and row.state != Attendance.State.PRESENT:
        row.arrived_at, row.left_at = row.arrived_at or now, None
    if not is_present and row.state == Attendance.State.PRESENT:
        row.left_at = now
    row.state, row.reason, row.set_by, row.by_tablet = state, reason, by, by_tablet
    row.save()
    event = "sessions.checked-in" if by_tablet else "sessions.attendance-set"
    _record(by, event, sitting, delegate=delegate.code, state=str(state))
    _announced(sitting)
    return row


# --- The delegate's machine ----------------------------------------------------------------------


@transaction.atomic
def note_tablet_check(
    *, sitting: Sitting, delegate: Delegate, details: dict, by: User, device=None
) -> TabletCheck:
    """Keep what a delegate's tablet could do today; the newest check of the day counts."""
    if delegate.user_id != by.pk:
        raise NotAllowed(_("Chỉ thử được máy của chính mình."))
    names = ("socket", "http", "reader", "sound", "screen")
    kept = {name: bool(details.get(name)) for name in names}
    check, _made = TabletCheck.objects.update_or_create(
        delegate=delegate,
        date=timezone.localdate(),
        defaults={
            # Sockets may be blocked: then the tablet follows over HTTP, which is enough.
            "passed": kept["http"] and kept["reader"],
            "details": kept,
            "device": device,
        },
    )
    announce(sitting.room, sitting.council_session.council)
    return check


# --- Shared --------------------------------------------------------------------------------------


def _fresh(sitting: Sitting) -> Sitting:
    """The sitting's row, locked alone and fresh."""
    return Sitting.objects.select_for_update(no_key=True).get(pk=sitting.pk)


def lock_sitting(sitting: Sitting, by: User) -> Sitting:
    """The same for who conducts it; NotAllowed for anybody else."""
    sitting = _fresh(sitting)
    if not can_conduct(by, sitting):
        raise NotAllowed(_("Chỉ chủ tọa và thư ký kỳ họp làm được việc này."))
    return sitting


def _refuse_during_poll(sitting: Sitting) -> None:
    if Poll.objects.filter(room=sitting.room, state=Poll.State.OPEN).exists():
        raise WrongState(_("Đang biểu quyết. Hãy kết thúc hoặc hủy biểu quyết trước."))


def _finish(item: AgendaItem) -> None:
    item.state = AgendaItem.State.DONE
    item.ended_at = timezone.now()
    item.save(update_fields=["state", "ended_at"])


def _record(by: User, event: str, sitting: Sitting, **data) -> None:
    council_session = sitting.council_session
    audit.record(by, event, sitting, council=council_session.council, chain=council_session.chain_key, data=data)


def _announced(sitting: Sitting) -> Sitting:
    announce(sitting.room, sitting.council_session.council)
    return sitting
