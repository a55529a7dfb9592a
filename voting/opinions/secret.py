"""What a secret opinion poll has besides: one question on a secret sheet, on the members' devices or on paper.

On the devices (voting/secret/, decision 0012):two times stand in it: until the first (`Opinion.casting_from`) members take their ballot, from then on till
the deadline they put it in. The day in between keeps anybody from matching the one with the other. The
server keeps the key till the close ("tin cậy máy chủ"); tellers' keys need a hall.

On paper: sheets go out and come back in envelopes to a board that the office names from among the members; two
of them agree on the count (voting/counting.py).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from council.errors import BadInput
from council.models import Council, Delegate, User
from voting.models import Nominee, Poll, Tellers
from voting.secret import life, modes
from voting.secret.models import SecretBox
from voting.tellers import name_tellers

PAPER = "paper"
SHORTEST = timedelta(hours=1)  # of the hand-out, and of the casting
Phase = SecretBox.Phase


def why_not(council: Council) -> str:
    """Why a body of this council cannot be asked in secret now, in words; empty when it can."""
    return modes.why_not(council, modes.SERVER)


def make_secret(poll: Poll, secrecy: str) -> None:
    """Make an unsaved opinion poll a secret one. BadInput: the way of secrecy cannot be had."""
    if secrecy == PAPER:
        poll.kind, poll.method = Poll.Kind.OPINION, Poll.Method.PAPER
        return
    if secrecy != modes.SERVER:
        raise BadInput(_("Xin ý kiến kín trên máy chỉ theo cách “tin cậy máy chủ”."))
    if words := why_not(poll.council):
        raise BadInput(words)
    poll.kind, poll.method, poll.secrecy = Poll.Kind.OPINION, Poll.Method.TABLET, Poll.Secrecy.SERVER


def prepare(poll: Poll, by: User, tellers: Sequence[Delegate], head: Delegate | None) -> None:
    """The one line of the sheet; the keys of the vote, or who counts it. BadInput: too few tellers, strangers."""
    Nominee.objects.create(poll=poll, order=1, name=_("Nội dung xin ý kiến"))
    if poll.is_sealed:
        life.prepare(poll, by)
    else:
        name_board(poll, by, tellers, head)


def name_board(poll: Poll, by: User, tellers: Sequence[Delegate], head: Delegate | None) -> None:
    """Who counts the papers of a draft, anew. BadInput: too few, strangers to the body, no head."""
    if head is None:
        raise BadInput(_("Chọn Tổ trưởng Tổ kiểm phiếu."))
    members = set(poll.body.memberships.on(timezone.localdate()).values_list("delegate", flat=True))
    if {teller.pk for teller in tellers} - members:
        raise BadInput(_("Tổ kiểm phiếu là thành viên của cơ quan được xin ý kiến."))
    Tellers.objects.filter(elected_by=poll).delete()
    name_tellers(poll=poll, members=tellers, head=head, by=by)


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
    """Whether handing out is to end and casting to begin; never once the deadline has come."""
    if not poll.is_sealed or poll.state != Poll.State.OPEN:
        return False
    if now < poll.opinion.casting_from or poll.is_over(now):
        return False
    return phase_of(poll) == Phase.HANDING_OUT
