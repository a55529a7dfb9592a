"""A delegate objects to how the own vote is recorded; the chair answers in words, or has the council vote anew.

No vote is ever edited (security 35): an objection that is right ends in a cancelled poll, or in a new vote that
corrects a declared one. How long one may object is a dated setting of the council, frozen at the opening.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from council import audit
from council.errors import BadInput, NotAllowed, WrongState
from council.live import announce
from council.models import Delegate, User
from voting.models import Count, Objection, Poll, RollEntry
from voting.permissions import can_run


def objection_until(poll: Poll) -> datetime | None:
    """Until when a delegate may object, or None: no vote of one's own is recorded, or the council sets no time.

    It runs from the close; where tellers noted names, from the moment when the count was confirmed.
    """
    seconds = poll.terms.get("objection", {}).get("value", 0)
    if poll.is_secret or poll.state not in (Poll.State.CLOSED, Poll.State.DECLARED) or not seconds:
        return None
    known = poll.closed_at
    if poll.is_counted:
        count = poll.counts.filter(state=Count.State.CONFIRMED).first()
        known = count.checked_at if count and count.names else None
    return known + timedelta(seconds=seconds) if known else None


@transaction.atomic
def object_to_record(*, poll: Poll, delegate: Delegate, words: str, by: User) -> Objection:
    """Say that one's own vote is recorded wrongly. Saying it twice changes nothing.

    NotAllowed: another's vote, or not on the roll. WrongState: not closed yet, cancelled, or the time is over.
    """
    words = _words(words, _("Nêu ghi chưa đúng thế nào."))
    poll = Poll.objects.select_for_update(no_key=True).get(pk=poll.pk)
    entry = RollEntry.objects.filter(poll=poll, delegate=delegate).first()
    if delegate.user_id != by.pk or entry is None:
        raise NotAllowed(_("Chỉ báo được về phiếu của chính mình."))
    made = Objection.objects.filter(poll=poll, delegate=delegate).first()
    if made is not None:
        return made
    until, now = objection_until(poll), timezone.now()
    if poll.state not in (Poll.State.CLOSED, Poll.State.DECLARED):
        raise WrongState(_("Chỉ báo được sau khi kết thúc biểu quyết và khi kết quả chưa bị hủy."))
    if until is None or now > until:
        raise WrongState(_("Đã hết thời gian báo ghi chưa đúng. Mời đại biểu phát biểu với chủ tọa."))
    made = Objection.objects.create(poll=poll, delegate=delegate, words=words, made_at=now)
    _record(
        by, "voting.objection-made", made, {"line": entry.line},
        delegate=delegate.pk, name=entry.name, words=words,
    )  # fmt: skip
    announce(poll.room, poll.council)
    return made


@transaction.atomic
def reject_objection(*, objection: Objection, reason: str, by: User) -> Objection:
    """The chair answers that the record stands, and why. Answering twice changes nothing.

    To uphold it: cancel the poll, or prepare the vote that corrects it once it is declared.
    """
    reason = _words(reason, _("Nêu lý do không chấp nhận."))
    poll = Poll.objects.select_for_update(no_key=True).get(pk=objection.poll_id)
    if not can_run(by, poll.room):
        raise NotAllowed(_("Chỉ chủ tọa của phiên họp trả lời việc này."))
    objection = Objection.objects.select_for_update(no_key=True).get(pk=objection.pk)
    if objection.state == Objection.State.REJECTED:
        return objection
    _answer(objection, Objection.State.REJECTED, reason, by)
    announce(poll.room, poll.council)
    return objection


def uphold_all(poll: Poll, *, reason: str, by: User) -> None:
    """The council votes anew: what was objected to is upheld. Called inside the act that brings it about."""
    for objection in poll.objections.filter(state=Objection.State.OPEN).select_for_update(no_key=True):
        _answer(objection, Objection.State.UPHELD, reason, by)


def own_objections(poll: Poll, delegates: Collection[int]) -> dict[int, Objection]:
    """The objections of these delegates (ids), to each the own one."""
    return {one.delegate_id: one for one in poll.objections.filter(delegate__in=delegates)}


def open_objections(poll: Poll) -> int:
    """How many wait for the chair's answer."""
    return poll.objections.filter(state=Objection.State.OPEN).count()


def as_json(objection: Objection | None) -> dict | None:
    """One's own objection and its answer."""
    if objection is None:
        return None
    return {
        "state": objection.state,
        "label": objection.get_state_display(),
        "words": objection.words,
        "made_at": objection.made_at.isoformat(),
        "answer": objection.answer,
    }


def _answer(objection: Objection, state: str, words: str, by: User) -> None:
    objection.move_to(state)
    objection.answer, objection.answered_by, objection.answered_at = words, by, timezone.now()
    objection.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    _record(
        by, "voting.objection-answered", objection, {"state": str(state)},
        state=str(state), answer=words, delegate=objection.delegate_id,
    )  # fmt: skip


def _record(by: User, event: str, objection: Objection, public: dict, **data) -> None:
    poll = objection.poll
    name = {"poll": str(poll.public_id), "objection": str(objection.public_id)}
    audit.record(
        by, event, poll, council=poll.council, chain=poll.chain,
        data={"objection": str(objection.public_id)} | data, public=name | public,
    )  # fmt: skip


def _words(text: str, missing: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise BadInput(missing)
    if len(text) > 300:
        raise BadInput(_("Dài tối đa 300 ký tự."))
    return text
