"""What persons do in a secret vote on tablets: hand out, go on to casting, tellers' keys, back to paper.

Same locks and order as in voting/services.py: poll -> roll -> box -> audit head -> room. Casting itself has no
person and stands apart (voting/secret/box.py).
"""

import hashlib

from django.db import transaction
from django.utils.translation import gettext as _

from council.errors import BadInput, NotAllowed, WrongState
from council.live import announce
from council.models import Delegate, User
from voting import services
from voting.models import Poll, RollEntry
from voting.permissions import can_run
from voting.rules import Named
from voting.secret import ballots, crypto, keys, life
from voting.secret.models import HandOut, RecipientKey, SecretBox
from voting.secret.modes import TELLERS
from voting.tellers import is_teller, tellers_of

Phase = SecretBox.Phase


class Refused(Exception):
    """Why a tablet gets no ballot: a code for the tablet, words for the delegate, the HTTP status."""

    def __init__(self, code: str, words: str, status: int):
        super().__init__(code)
        self.code, self.words, self.status = code, words, status


def hand_out(*, poll: Poll, delegate: Delegate, blinded: bytes, manifest: str) -> str:
    """Sign a delegate's blinded ballot key, once; gives the blind signature as base64url.

    The same request gets the same answer for ever; another one is refused, as is who is not on the roll,
    absent, or late. `manifest` is the digest that the tablet has checked. Raises Refused.
    """
    request = hashlib.sha256(blinded).hexdigest()
    if answer := _repeated(poll, delegate, request):
        return answer
    _refuse_hand_out(poll, delegate, manifest)  # asked again under the lock; signing takes a while, so not there
    try:
        signature = crypto.b64u(crypto.blind_sign(keys.issuer_of(poll), blinded))
    except ValueError:
        raise Refused("unfit", _("Yêu cầu nhận phiếu không đúng mẫu."), 422) from None
    except WrongState as gone:  # closed or cancelled in between
        raise Refused("late", gone.message, 409) from None
    with transaction.atomic():
        poll = services.lock(poll)
        if answer := _repeated(poll, delegate, request):
            return answer
        _refuse_hand_out(poll, delegate, manifest)
        HandOut.objects.create(poll=poll, delegate=delegate, request=request, blind_sig=signature)
        announce(poll.room, turnout_only=True)
    return signature


@transaction.atomic
def start_casting(*, poll: Poll, by: User) -> SecretBox:
    """The chair goes on from handing out to casting; from then on nobody is handed a ballot.

    A strictly later phase: the moment of a ballot tells nothing about the moment it was handed out.
    Starting twice changes nothing. WrongState: not handing out, or nobody has a ballot yet.
    """
    poll = services.lock(poll)
    if not can_run(by, poll.room):
        raise NotAllowed(_("Chỉ chủ tọa của phiên họp được chuyển sang bỏ phiếu."))
    if not poll.is_sealed:
        raise WrongState(_("Cuộc này không bỏ phiếu kín trên máy."))
    if poll.state != Poll.State.OPEN:
        raise services.moved_on(poll)
    box = life.start_casting(poll, by)
    announce(poll.room, poll.council)
    return box


@transaction.atomic
def register_key(*, poll: Poll, key: str, by: User, is_code: bool = False) -> RecipientKey:
    """Keep the public half of a teller's one-time key, or of a printed code that the teller made.

    Before the opening only; a teller who lost the own key makes a new one, which replaces it. NotAllowed:
    no teller. BadInput: no point of the curve, or three others are there already.
    """
    poll = services.lock(poll)
    if not is_teller(by, poll):
        raise NotAllowed(_("Chỉ Ban kiểm phiếu tạo khóa mở phiếu."))
    if poll.secrecy != TELLERS:
        raise WrongState(_("Cuộc này không dùng khóa của Ban kiểm phiếu."))
    if poll.state != Poll.State.DRAFT:
        raise services.moved_on(poll)
    try:
        crypto.load_point(crypto.unb64u(key, crypto.POINT_BYTES))
    except ValueError:
        raise BadInput(_("Khóa gửi lên không đúng mẫu.")) from None
    serving = [teller.delegate for teller in tellers_of(poll)]
    poll.recipient_keys.exclude(delegate=None).exclude(delegate__in=serving).delete()  # of an earlier board
    delegate = next(member for member in serving if member.user_id == by.pk)
    rows = {row.slot: row for row in poll.recipient_keys.all()}
    if is_code:
        row = rows.get(ballots.CODE) or RecipientKey(poll=poll, slot=ballots.CODE, name=_("Mã niêm phong"))
    else:
        own = next((row for row in rows.values() if row.delegate_id == delegate.pk), None)
        free = [slot for slot in ballots.TELLERS if slot not in rows]
        if own is None and not free:
            raise WrongState(_("Đã đủ khóa của ba người kiểm phiếu."))
        row = own or RecipientKey(poll=poll, slot=free[0], delegate=delegate, name=delegate.full_name)
    row.key = key
    row.save()
    life.record(by, "voting.key-registered", poll, {"slot": row.slot, "key": key}, slot=row.slot, name=row.name)
    announce(poll.room, poll.council)
    return row


@transaction.atomic
def publish_key(*, poll: Poll, secret: bytes, by: User) -> SecretBox:
    """A teller publishes the private half of the own key after the close; with enough of them the box opens.

    Publishing twice, or once the box is open, changes nothing. BadInput: it does not fit the public half in the manifest.
    """
    poll = _lock_to_open(poll, by)
    row = poll.recipient_keys.filter(delegate__user=by).first()
    if row is None:
        raise NotAllowed(_("Máy này không giữ khóa của cuộc bỏ phiếu này."))
    return _publish(poll, row, secret, by)


@transaction.atomic
def open_with_code(*, poll: Poll, code: str, by: User) -> SecretBox:
    """Open the box with the printed code, typed by a teller. BadInput: not the code of this vote."""
    poll = _lock_to_open(poll, by)
    row = poll.recipient_keys.filter(slot=ballots.CODE).first()
    if row is None:
        raise WrongState(_("Cuộc này không có mã niêm phong."))
    try:
        secret = crypto.scalar(crypto.key_of_code(crypto.tidy_code(code)))
    except ValueError:
        raise BadInput(_("Mã gồm 26 chữ và số. Hãy xem lại từng ký tự.")) from None
    return _publish(poll, row, secret, by)


@transaction.atomic
def back_to_paper(*, poll: Poll, reason: str, by: User) -> tuple[Poll, dict]:
    """Cancel a secret vote on tablets with its reason; gives what `prepare_poll` needs for the same on paper."""
    poll = services.cancel_poll(poll=poll, reason=reason, by=by)
    if not poll.is_sealed:
        raise WrongState(_("Cuộc này không bỏ phiếu trên máy."))
    return poll, {
        "question": poll.question,
        "kind": poll.kind,
        "method": Poll.Method.PAPER,
        "rule": poll.rule,
        "seats": poll.seats,
        "nominees": [Named(n.name, n.note, n.delegate_id) for n in poll.nominees.all()],
        "first_round": poll.first_round,
        "corrects": poll.corrects,
        "is_rehearsal": poll.is_rehearsal,
    }


def _repeated(poll: Poll, delegate: Delegate, request: str) -> str:
    """The stored answer to the very same request; Refused to another one of the same delegate."""
    row = HandOut.objects.filter(poll=poll, delegate=delegate).first()
    if row is None:
        return ""
    if row.request != request:
        words = _("Đại biểu đã nhận phiếu trên một máy khác hoặc trước khi xóa dữ liệu của máy này.")
        raise Refused("other_request", words, 409)
    return row.blind_sig


def _refuse_hand_out(poll: Poll, delegate: Delegate, manifest: str) -> None:
    """One condition per line."""
    entry = RollEntry.objects.filter(poll=poll, delegate=delegate).first()
    if poll.state == Poll.State.DRAFT:
        raise Refused("not_open", _("Chưa phát phiếu."), 409)
    if entry is None:
        raise Refused("not_entitled", _("Đại biểu không có tên trong danh sách biểu quyết."), 403)
    if poll.state == Poll.State.CANCELLED:
        raise Refused("cancelled", _("Cuộc bỏ phiếu đã bị hủy."), 409)
    if poll.state != Poll.State.OPEN:
        raise Refused("closed", _("Cuộc bỏ phiếu đã kết thúc."), 409)
    if entry.steps_out:
        words = _("Đại biểu được ghi là không tham gia biểu quyết nội dung này.")
        raise Refused("stepped_out", words, 403)
    if not entry.is_present:
        words = _("Đại biểu chưa điểm danh có mặt. Hãy điểm danh rồi nhận phiếu.")
        raise Refused("absent", words, 403)
    box = SecretBox.objects.get(poll=poll)
    if box.phase != Phase.HANDING_OUT:
        words = _("Đã chuyển sang bỏ phiếu, không phát thêm phiếu. Mời đại biểu báo chủ tọa.")
        raise Refused("late", words, 409)
    if manifest != box.manifest_digest:
        words = _("Máy này đang giữ một bản kê khai khác với biên bản. Hãy tải lại trang.")
        raise Refused("other_manifest", words, 409)


def _lock_to_open(poll: Poll, by: User) -> Poll:
    poll = services.lock(poll)
    if not is_teller(by, poll):
        raise NotAllowed(_("Chỉ Ban kiểm phiếu mở được phiếu."))
    if poll.secrecy != TELLERS:
        raise WrongState(_("Cuộc này không dùng khóa của Ban kiểm phiếu."))
    if poll.state not in (Poll.State.CLOSED, Poll.State.DECLARED):
        raise services.moved_on(poll)
    return poll


def _publish(poll: Poll, row: RecipientKey, secret: bytes, by: User) -> SecretBox:
    try:
        fits = crypto.b64u(crypto.point(crypto.load_scalar(secret))) == row.key
    except ValueError:
        fits = False
    if not fits:
        raise BadInput(_("Khóa này không phải khóa đã đăng ký cho cuộc bỏ phiếu."))
    box = _box(poll)
    if row.secret or box.phase == Phase.REVEALED:  # who counts again must use the keys that were counted with
        return box
    row.secret = crypto.b64u(secret)
    row.save(update_fields=["secret"])
    said = {"slot": row.slot, "secret": row.secret}
    life.record(by, "voting.key-published", poll, said, name=row.name, **said)
    if box.phase == Phase.CLOSED and life.can_be_opened(poll):
        life.reveal(poll, box, by)
    announce(poll.room, poll.council)
    return box


def _box(poll: Poll) -> SecretBox:
    return SecretBox.objects.select_for_update(no_key=True).get(poll=poll)
