"""Tells the voting room who runs the votes of a sitting, how one is prepared and opened, and who may see it."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from council import audit
from council.errors import BadInput, WrongState
from council.models import Body, User
from sessions import polls
from sessions.models import CouncilSession, Sitting
from sessions.permissions_room import can_conduct, can_enter_for_others
from sessions.room import KIND
from sessions.selectors_room import item_poll_of, sitting_by_key, with_members
from voting.models import Poll
from voting.permissions import register_desk
from voting.rules import Issue


def may_run(user: User, room: str) -> bool:
    """Chair or secretary of the sitting's body; the second factor is asked at the edge."""
    try:
        return can_conduct(user, sitting_by_key(room))
    except Sitting.DoesNotExist:
        return False


def may_enter(user: User, room: str) -> bool:
    """The secretary only."""
    try:
        return can_enter_for_others(user, sitting_by_key(room))
    except Sitting.DoesNotExist:
        return False


def prepare(
    room: str,
    *,
    by: User,
    question: str,
    rule: str,
    questions: Sequence[dict] = (),
    is_rehearsal: bool = False,
    **ballot,
) -> Poll:
    """Prepare a vote of any kind on the item that the sitting is at; several questions are put together.

    `ballot` is what polls.prepare_item_poll takes besides: kind, method, secrecy, nominees, seats.
    """
    sitting = sitting_by_key(room)
    if sitting.current_item is None:
        raise WrongState(_("Phiên họp chưa đến mục nào của chương trình."))
    if questions:
        if ballot.get("kind", Poll.Kind.NAMED) != Poll.Kind.NAMED or "method" in ballot:
            raise BadInput(_("Nhiều nội dung cùng lúc chỉ biểu quyết trên máy; cách khác thì biểu quyết lần lượt."))
        chosen = [polls.Choice(sitting.current_item, **one) for one in questions]
        made = polls.prepare_together(
            sitting=sitting, chosen=chosen, question=question, by=by, is_rehearsal=is_rehearsal
        )
        return made.poll
    ballot["nominees"] = with_members(sitting, ballot.get("nominees", ()))
    made = polls.prepare_item_poll(
        sitting=sitting,
        item=sitting.current_item,
        by=by,
        question=question,
        rule=rule,
        is_rehearsal=is_rehearsal,
        **ballot,
    )
    return made.poll


def issues(poll: Poll) -> list[Issue]:
    """What the console's button asks: the same list."""
    item_poll = item_poll_of(poll)
    return polls.opening_issues(sitting_by_key(poll.room), item_poll) if item_poll else []


def open_poll(poll: Poll, *, by: User) -> Poll:
    """Open it with the sitting's roll, under the lock that attendance changes take too."""
    return polls.open_item_poll(sitting=sitting_by_key(poll.room), poll=poll, by=by)


def is_public(room: str) -> bool:
    """Results of an open plenary sitting; never of a closed-door one."""
    sitting = sitting_by_key(room)
    council_session = sitting.council_session
    if sitting.is_closed_door or council_session.body.kind != Body.Kind.PLENARY:
        return False
    return council_session.state != CouncilSession.State.DRAFT


def chain_names(keys: list[str]) -> dict[str, str]:
    """The convened plenary sessions behind keys of chains, by their titles.

    A board's meeting and a draft stay with their keys: auditor and administrator see the record's chains,
    and these titles are not for them.
    """
    ids = [key.partition(":")[2] for key in keys if key.startswith("session:")]
    known = CouncilSession.objects.filter(public_id__in=ids, body__kind=Body.Kind.PLENARY)
    return {row.chain_key: row.title for row in known.exclude(state=CouncilSession.State.DRAFT)}


def register() -> None:
    register_desk(
        KIND, may_run, may_enter=may_enter, prepare=prepare, open=open_poll, is_public=is_public, issues=issues
    )
    audit.register_names(chain_names)
