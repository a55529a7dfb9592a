"""What a secret opinion poll has besides (voting/secret/, decision 0012): one question on a sealed sheet.

Two times stand in it: until the first (`Opinion.casting_from`) members take their ballot, from then on till
the deadline they put it in. The day in between keeps anybody from matching the one with the other. The
server keeps the key till the close ("tin cậy máy chủ"); tellers' keys need a hall.
"""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from council.errors import BadInput
from council.models import Council, User
from voting.models import Nominee, Poll
from voting.secret import life, modes
from voting.secret.models import SecretBox

SHORTEST = timedelta(hours=1)  # of the hand-out, and of the casting
Phase = SecretBox.Phase


def why_not(council: Council) -> str:
    """Why a body of this council cannot be asked in secret now, in words; empty when it can."""
    return modes.why_not(council, modes.SERVER)


def make_secret(poll: Poll, secrecy: str) -> None:
    """Make an unsaved opinion poll a secret one. BadInput: the way of secrecy cannot be had."""
    if secrecy != modes.SERVER:
        raise BadInput(_("Xin ý kiến kín trên máy chỉ theo cách “tin cậy máy chủ”."))
    if words := why_not(poll.council):
        raise BadInput(words)
    poll.kind, poll.method, poll.secrecy = Poll.Kind.OPINION, Poll.Method.TABLET, Poll.Secrecy.SERVER


def prepare(poll: Poll, by: User) -> None:
    """The one line of the sheet, and the keys of the vote."""
    Nominee.objects.create(poll=poll, order=1, name=_("Nội dung xin ý kiến"))
    life.prepare(poll, by)


def fit_casting_from(casting_from: datetime | None, closes_at: datetime) -> datetime:
    """When casting begins, tidied. BadInput: none, past, or too near to the deadline."""
    if casting_from is None:
        raise BadInput(_("Nêu ngày bắt đầu bỏ phiếu: trước ngày đó thành viên nhận phiếu."))
    if casting_from - timezone.now() < SHORTEST or closes_at - casting_from < SHORTEST:
        raise BadInput(_("Ngày bắt đầu bỏ phiếu ở giữa lúc gửi và hạn, cách mỗi bên ít nhất một giờ."))
    return casting_from


def phase_of(poll: Poll) -> str:
    return SecretBox.objects.values_list("phase", flat=True).get(poll=poll)


def has_begun(poll: Poll) -> bool:
    """Whether ballots may be cast, or were."""
    return phase_of(poll) == Phase.CASTING


def is_due(poll: Poll, now: datetime) -> bool:
    """Whether handing out is to end and casting to begin."""
    if not poll.is_sealed or poll.state != Poll.State.OPEN or now < poll.opinion.casting_from:
        return False
    return phase_of(poll) == Phase.HANDING_OUT
