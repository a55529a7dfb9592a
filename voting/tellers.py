"""The counting board (Ban kiểm phiếu): put to an open vote first, it serves once that vote passed."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from council import audit, regulations
from council.errors import BadInput
from council.models import Council, Delegate, User
from council.second_factor import register_asked
from voting.models import Poll, Teller, Tellers


def serving_tellers(chain: str, *, is_rehearsal: bool = False) -> Tellers | None:
    """The board that counts in a session: the newest whose election passed and was declared.

    `chain` is the session's chain of the record (`council_session.chain_key`). A board elected in a
    rehearsal counts in rehearsals only; a real one counts there too.
    """
    boards = Tellers.objects.filter(
        chain=chain, elected_by__state=Poll.State.DECLARED, elected_by__result__passed=True
    )
    if not is_rehearsal:
        boards = boards.exclude(elected_by__is_rehearsal=True)
    return boards.order_by("-elected_by__declared_at", "-pk").first()


def _board_of(poll: Poll) -> Tellers | None:
    """Who counts a vote: the session's board, or the one that the office named with an opinion poll."""
    if poll.is_opinion:
        return Tellers.objects.filter(elected_by=poll).first()
    return serving_tellers(poll.chain, is_rehearsal=poll.is_rehearsal)


def tellers_of(poll: Poll) -> list[Teller]:
    """The tellers who count a vote, the head first; empty when none were elected."""
    board = _board_of(poll)
    return list(board.members.select_related("delegate__user")) if board else []


def is_teller(user: User, poll: Poll) -> bool:
    """Whether a person counts this vote."""
    if not user.is_authenticated or not user.is_active:
        return False
    board = _board_of(poll)
    return board is not None and board.members.filter(delegate__user=user).exists()


@register_asked
def sits_on_a_board(user: User, council: Council) -> bool:
    """Whoever was put on a counting board gives the second factor for its pages, also without a role."""
    return Teller.objects.filter(delegate__user=user, board__council=council).exists()


@transaction.atomic
def name_tellers(*, poll: Poll, members: Sequence[Delegate], head: Delegate, by: User) -> Tellers:
    """Hang a proposed board on the open vote (a draft) that is to elect it, or on the opinion poll that it counts.

    The caller has prepared the poll with its permission asked. BadInput: too few members, somebody
    twice, or a head who is no member; the least number is the council's setting.
    """
    least = regulations.value(poll.council, "tellers_least")
    ids = {member.pk for member in members}
    if len(ids) != len(members):
        raise BadInput(_("Ban kiểm phiếu có người trùng."))
    if len(ids) < least:
        raise BadInput(_("Ban kiểm phiếu có ít nhất %(n)s người.") % {"n": least})
    if head.pk not in ids:
        raise BadInput(_("Chọn Trưởng ban trong số các thành viên."))
    if any(member.council_id != poll.council_id for member in members):
        raise BadInput(_("Ban kiểm phiếu có người ngoài Hội đồng."))
    board = Tellers.objects.create(council=poll.council, room=poll.room, chain=poll.chain, elected_by=poll)
    Teller.objects.bulk_create(
        Teller(board=board, delegate=member, is_head=member.pk == head.pk) for member in members
    )
    names = [member.full_name for member in members]
    said = {"names": names, "head": head.full_name}
    audit.record(
        by, "voting.tellers-named", poll, council=poll.council, chain=poll.chain,
        data=said, public={"poll": str(poll.public_id)} | said,
    )  # fmt: skip
    return board
