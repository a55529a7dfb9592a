"""What tellers do after the close: enter the count, confirm it as a second person, or have it done again.

A count is never edited: a wrong one is returned with a reason and a new one entered. Until it is
confirmed nobody but tellers sees a number. Same locks and the same order as in voting/services.py.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from council import audit
from council.errors import BadInput, NotAllowed, WrongState
from council.live import announce
from council.models import User
from voting import services
from voting.commitments import new_salt, vote_commitment
from voting.count_rules import Sheets, faults_in
from voting.models import Count, Poll, Result, SecretBox, Vote
from voting.outcomes import write_outcomes
from voting.permissions import can_enter, can_run
from voting.rules import CHOICES, RULES, tally
from voting.tellers import is_teller


def can_count(user: User, poll: Poll) -> bool:
    """Who counts: the tellers; an open vote may also be counted by the desk of its room."""
    if is_teller(user, poll):
        return True
    return not poll.is_secret and (can_enter(user, poll.room) or can_run(user, poll.room))


@transaction.atomic
def enter_sheets(*, poll: Poll, sheets: Sheets, by: User) -> Count:
    """Write down what the tellers counted on the sheets of a secret vote, for a second one to confirm.

    BadInput: the numbers do not fit together, each fault in words. WrongState: still open, declared, or
    another count waits.
    """
    poll = _lock(poll, by)
    if not poll.is_secret:
        raise BadInput(_("Cuộc này là biểu quyết công khai."))
    faults = faults_in(
        poll.kind,
        sheets,
        nominees=[nominee.key for nominee in poll.nominees.all()],
        seats=poll.seats,
        present=poll.present,
    )
    if faults:
        raise BadInput(" ".join(faults))
    numbers = {"handed_out", "collected", "valid", "blank", "invalid"}
    figures = {key: dict(row) for key, row in sheets.figures.items()}
    return _enter(poll, by, figures=figures, **{name: getattr(sheets, name) for name in numbers})


@transaction.atomic
def enter_totals(
    *, poll: Poll, figures: dict[str, int], reason: str, by: User, names: dict[int, str] | None = None
) -> Count:
    """Write down the count of an open vote that was not on the tablets: by hands, paper, another system.

    `figures` gives the number of each choice; where `names` are noted ({delegate id: choice}) it must
    agree with them. BadInput: more votes than delegates present, or no reason.
    """
    poll = _lock(poll, by)
    if poll.is_secret:
        raise BadInput(_("Cuộc này là phiếu kín."))
    reason = " ".join(reason.split())[:300]
    if not reason:
        raise BadInput(_("Nêu lý do không biểu quyết trên máy."))
    figures = {choice: figures.get(choice, 0) for choice in CHOICES} | {
        key: n for key, n in figures.items() if key not in CHOICES
    }
    if set(figures) != set(CHOICES) or any(not isinstance(n, int) or n < 0 for n in figures.values()):
        raise BadInput(_("Mỗi ý kiến có một số nguyên từ 0 trở lên."))
    if sum(figures.values()) > poll.present:
        raise BadInput(
            _("Tổng số phiếu (%(n)s) nhiều hơn số đại biểu có mặt (%(all)s).")
            % {"n": sum(figures.values()), "all": poll.present}
        )
    names = names or {}
    if names:
        _refuse_wrong_names(poll, names, figures)
    cast = sum(figures.values())
    return _enter(
        poll, by, figures=figures, names={str(key): choice for key, choice in names.items()}, reason=reason,
        handed_out=poll.present, collected=cast, valid=cast,
    )  # fmt: skip


@transaction.atomic
def confirm_count(*, count: Count, by: User) -> Poll:
    """A second person confirms the count; the result follows from it. Confirming twice changes nothing."""
    poll = _lock(count.poll, by, keep_state=True)
    count = Count.objects.select_for_update(no_key=True).get(pk=count.pk)
    if count.state == Count.State.CONFIRMED:
        return poll
    if poll.state != Poll.State.CLOSED:
        raise services.moved_on(poll)
    if count.state != Count.State.ENTERED:
        raise WrongState(_("Bản kiểm phiếu này đã được trả lại."))
    if count.entered_by_id == by.pk:
        raise NotAllowed(_("Người thứ hai xác nhận, không phải người đã nhập."))
    count.move_to(Count.State.CONFIRMED)
    count.checked_by, count.checked_at = by, timezone.now()
    count.save(update_fields=["state", "checked_by", "checked_at"])
    follows = write_outcomes(poll, sheets_of(count)) if poll.is_secret else _write_result(poll, count)
    numbers = {name: getattr(count, name) for name in ("handed_out", "collected", "valid", "blank", "invalid")}
    numbers |= {"figures": count.figures}
    _record(
        by, "voting.count-confirmed", poll, {"count": numbers} | follows,
        **numbers, entered_by=count.entered_by.get_username(), reason=count.reason,
    )  # fmt: skip
    announce(poll.room, poll.council)
    return poll


@transaction.atomic
def return_count(*, count: Count, reason: str, by: User) -> Count:
    """Have the count done again, with a reason that stays in the record. WrongState: confirmed already."""
    reason = " ".join(reason.split())[:300]
    if not reason:
        raise BadInput(_("Nêu lý do đếm lại."))
    poll = _lock(count.poll, by)
    count = Count.objects.select_for_update(no_key=True).get(pk=count.pk)
    if count.state == Count.State.RETURNED:
        return count
    if count.state != Count.State.ENTERED:
        raise WrongState(_("Bản kiểm phiếu này đã được xác nhận."))
    count.move_to(Count.State.RETURNED)
    count.checked_by, count.checked_at, count.return_reason = by, timezone.now(), reason
    count.save(update_fields=["state", "checked_by", "checked_at", "return_reason"])
    _record(by, "voting.count-returned", poll, reason=reason)
    announce(poll.room, poll.council)
    return count


def waiting_count(poll: Poll) -> Count | None:
    """The count that waits for its second person, or None."""
    return poll.counts.filter(state=Count.State.ENTERED).select_related("entered_by").first()


def confirmed_count(poll: Poll) -> Count | None:
    """The count that the result was worked out from, or None."""
    return poll.counts.filter(state=Count.State.CONFIRMED).select_related("entered_by", "checked_by").first()


def finished_count(poll: Poll):
    """The count that the outcomes of a secret vote rest on: two tellers', or that of the opened ballots; or None.

    Both have handed_out, collected, valid, blank, invalid and figures.
    """
    if not poll.is_sealed:
        return confirmed_count(poll)
    return SecretBox.objects.filter(poll=poll, phase=SecretBox.Phase.REVEALED).first()


def sheets_of(count: Count) -> Sheets:
    """A stored count as the rules read it."""
    return Sheets(count.handed_out, count.collected, count.valid, count.blank, count.invalid, count.figures)


def _lock(poll: Poll, by: User, *, keep_state: bool = False) -> Poll:
    poll = Poll.objects.select_for_update(no_key=True).get(pk=poll.pk)
    if not can_count(by, poll):
        raise NotAllowed(_("Chỉ Ban kiểm phiếu làm được việc này."))
    if not poll.is_counted:
        raise WrongState(_("Cuộc này biểu quyết trên máy, không có kiểm phiếu."))
    if not keep_state and poll.state != Poll.State.CLOSED:
        raise services.moved_on(poll)
    return poll


def _enter(poll: Poll, by: User, **fields) -> Count:
    if poll.counts.exclude(state=Count.State.RETURNED).exists():
        raise WrongState(_("Đã có một bản kiểm phiếu. Hãy xác nhận hoặc trả lại bản đó trước."))
    count = Count.objects.create(poll=poll, entered_by=by, entered_at=timezone.now(), **fields)
    # The numbers themselves come into the record when they are confirmed; until then only their digest.
    _record(by, "voting.count-entered", poll, digest=audit.sha256([count.figures, count.names]))
    announce(poll.room, poll.council)
    return count


def _refuse_wrong_names(poll: Poll, names: dict[int, str], figures: dict[str, int]) -> None:
    present = set(poll.roll.filter(is_present=True).values_list("delegate_id", flat=True))
    if set(names) - present:
        raise BadInput(_("Chỉ ghi được tên đại biểu có mặt trong danh sách biểu quyết."))
    noted = {choice: sum(said == choice for said in names.values()) for choice in CHOICES}
    if set(names.values()) - set(CHOICES) or noted != figures:
        raise BadInput(_("Tổng số từng ý kiến không khớp với danh sách tên."))


def _write_result(poll: Poll, count: Count) -> dict:
    """The result of an open vote; gives what the public record says of it, with sealed votes where names were noted."""
    votes = _write_named(poll, count)
    fields = tally(
        RULES[poll.rule],
        count.figures,
        total=poll.entitled,
        silent=poll.present - sum(count.figures.values()),
        article=poll.terms["rule"]["article"],
        whole=poll.terms["rule"].get("whole", 0),
    )
    stepped_out = poll.roll.exclude(steps_out="").count()
    result = Result.objects.create(poll=poll, stepped_out=stepped_out, **fields)
    return {"result": services.result_numbers(result), "channel": "tellers", "votes": votes}


def _write_named(poll: Poll, count: Count) -> list[list]:
    if not count.names:
        return []
    lines = dict(poll.roll.values_list("delegate_id", "line"))
    votes = [
        Vote(
            poll=poll, delegate_id=int(delegate), choice=choice, channel=Vote.Channel.TELLERS,
            entered_by=count.entered_by, reason=count.reason, cast_at=poll.closed_at, salt=new_salt(),
        )
        for delegate, choice in count.names.items()
    ]  # fmt: skip
    Vote.objects.bulk_create(votes)
    name = str(poll.public_id)
    return sorted(
        [lines[v.delegate_id], 1, vote_commitment(name, lines[v.delegate_id], 1, v.choice, v.salt)] for v in votes
    )


def _record(by: User, event: str, poll: Poll, public: dict | None = None, **data) -> None:
    public = {"poll": str(poll.public_id)} | (public or {})
    audit.record(by, event, poll, council=poll.council, chain=poll.chain, data=data, public=public)
