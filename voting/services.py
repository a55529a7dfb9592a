"""What can happen to a poll. Each act locks the poll's row alone and first, asks again, writes, records,
announces; locks are taken in one order everywhere: poll -> roll -> audit head -> room.

The tablets' votes are written by the ballot box (voting/ballot_box.py), under the same lock. What a secret
vote on tablets does besides is told in voting/secret/.
"""

import random
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from council import audit, regulations
from council.errors import BadInput, NotAllowed, WrongState
from council.live import announce
from council.models import Body, Council, Delegate, User
from council.rows import insert_rows
from voting import objections
from voting.commitments import line_commitment, new_salt, vote_commitment
from voting.count_rules import CHOICES_ON_SHEET
from voting.models import Nominee, Option, Poll, Question, Result, RollEntry, Vote
from voting.permissions import can_enter, can_run
from voting.rules import (
    CHOICES,
    OPEN_RULES,
    QUESTIONS_MOST,
    RULES,
    Asked,
    Entitled,
    MajorityRule,
    Named,
    by_question,
    is_on_ballot,
    quorum,
    tally,
)
from voting.secret import life as box
from voting.tellers import tellers_of

AUDIENCES = ("wall", "delegates", "public")  # of the three dated settings of naming


@transaction.atomic
def prepare_poll(
    *,
    council: Council,
    body: Body,
    room: str,
    question: str,
    by: User,
    text_name: str = "",
    text_digest: str = "",
    rule: str = "",
    chain: str = "",
    kind: str = Poll.Kind.NAMED,
    method: str = Poll.Method.TABLET,
    secrecy: str = Poll.Secrecy.NONE,
    nominees: Sequence[Named] = (),
    seats: int = 0,
    is_rehearsal: bool = False,
    corrects: Poll | None = None,
    confirms: Poll | None = None,
    first_round: Poll | None = None,
    questions: Sequence[Asked] = (),
) -> Poll:
    """Write down what will be voted on, in a room, on a text named by its SHA-256; nobody sees it yet.

    `chain` is the chain of the record for every act on this poll (`council_session.chain_key`), by
    default the council's own. `rule` is a key of voting.rules.RULES; without it an open vote takes the
    majority of all delegates, a secret one the council's dated setting of its kind. A secret kind names
    its `nominees`, an election also how many `seats` it fills; on tablets its `secrecy` says how ballots are
    sealed (voting/secret/). `corrects` is the declared vote that this one puts right (security 35),
    `confirms` the declared vote on persons that the resolution of this one confirms,
    `first_round` the election that it goes on with. Several `questions` are
    put together: a delegate answers all of them in one vote, on the tablets, and each has its own text,
    rule and result; `question` is then what they have in common.
    BadInput: no question, unknown rule, a sheet that does not hold together. NotAllowed: not the room's desk.
    """
    if body.council_id != council.pk or not can_run(by, room):
        raise NotAllowed(_("Chỉ chủ tọa hoặc thư ký của phiên họp được chuẩn bị biểu quyết."))
    question = " ".join(question.split())
    if not question or len(question) > 500:
        raise BadInput(_("Nội dung biểu quyết từ 1 đến 500 ký tự."))
    if kind not in Poll.Kind.values or kind == Poll.Kind.OPINION or method not in Poll.Method.values:
        raise BadInput(_("Chọn loại và hình thức biểu quyết trong danh sách."))
    is_secret = kind != Poll.Kind.NAMED
    asked = _asked(questions, kind, method)
    if asked:
        rule, text_name, text_digest = asked[0].rule, "", ""
    rule = rule or (regulations.value(council, f"{kind}_rule") if is_secret else "majority_of_all")
    if rule not in (RULES if is_secret else OPEN_RULES):
        raise BadInput(_("Chọn một cách tính kết quả trong danh sách."))
    is_sealed = is_secret and method == Poll.Method.TABLET
    if is_secret and (method == Poll.Method.HANDS or (is_sealed and not secrecy)):
        raise BadInput(_("Việc về nhân sự phải bỏ phiếu kín: chọn phiếu giấy."))
    named = _sheet(kind, nominees, seats)
    if confirms is not None and (
        is_secret or not confirms.is_secret or confirms.room != room or confirms.state != Poll.State.DECLARED
    ):
        raise BadInput(_("Nghị quyết xác nhận là về một cuộc bỏ phiếu đã công bố của phiên này."))
    if corrects is not None and (corrects.room != room or corrects.state != Poll.State.DECLARED):
        raise BadInput(_("Chỉ biểu quyết lại được một cuộc đã công bố của phiên này."))
    poll = Poll.objects.create(
        council=council,
        body=body,
        room=room,
        chain=chain or audit.council_chain(council),
        kind=kind,
        method=method,
        secrecy=secrecy if is_sealed else Poll.Secrecy.NONE,
        is_rehearsal=is_rehearsal,
        seats=seats if kind == Poll.Kind.ELECTION else 0,
        corrects=corrects,
        confirms=confirms,
        first_round=first_round,
        question=question,
        asks=len(asked) or 1,
        text_name=text_name[:300],
        text_digest=text_digest,
        rule=rule,
        created_by=by,
    )
    Question.objects.bulk_create(
        Question(poll=poll, place=place, **vars(one)) for place, one in enumerate(asked, 1)
    )
    Nominee.objects.bulk_create(
        Nominee(poll=poll, order=place, name=person.name, note=person.note, delegate_id=person.delegate_id)
        for place, person in enumerate(named, 1)
    )
    prepared = {
        "question": question,
        "rule": rule,
        "text": text_digest,
        "kind": str(kind),
        "method": str(method),
        "rehearsal": is_rehearsal,
        "corrects": str(corrects.public_id) if corrects else "",
        "confirms": str(confirms.public_id) if confirms else "",
        "first_round": str(first_round.public_id) if first_round else "",
        "nominees": [person.name for person in named],
    }
    if asked:
        prepared["questions"] = [vars(one) for one in asked]
    if corrects is not None:
        objections.uphold_all(corrects, reason=_("Hội đồng biểu quyết lại."), by=by)
    _record(by, "voting.poll-prepared", poll, prepared, **prepared)
    if poll.is_sealed:
        box.prepare(poll, by)
    announce(poll.room, council)
    return poll


@transaction.atomic
def set_texts(*, poll: Poll, texts: dict[int, tuple[str, str]]) -> None:
    """Name the versions that a prepared poll is about: {place: (name, SHA-256)}; place 1 of a single question.

    Called by the room above inside its own act, just before opening; nothing happens once the poll is open.
    """
    poll = lock(poll)
    if poll.state != Poll.State.DRAFT:
        return
    for place, (name, digest) in texts.items():
        rows = Question.objects.filter(poll=poll, place=place) if poll.is_joint else Poll.objects.filter(pk=poll.pk)
        rows.update(text_name=name[:300], text_digest=digest)


@transaction.atomic
def open_poll(*, poll: Poll, roll: list[Entitled], by: User) -> Poll:
    """Open a prepared poll: freeze the roll, the options, the rule and the naming settings, with a hash.

    `roll` names every delegate entitled, with presence as it is now. The caller reads it in the same
    transaction and holds its own lock on attendance meanwhile (its lock comes before the poll's).
    WrongState: not a draft any more, or another poll of this room is open. BadInput: an unfit roll.
    """
    poll = lock(poll)
    if not can_run(by, poll.room):
        raise NotAllowed(_("Chỉ chủ tọa của phiên họp được mở biểu quyết."))
    if poll.state != Poll.State.DRAFT:
        raise moved_on(poll)
    _refuse_unfit_roll(poll, roll)

    if poll.is_secret and not tellers_of(poll):
        raise WrongState(_("Chưa có Ban kiểm phiếu. Hãy biểu quyết thông qua Ban kiểm phiếu trước."))
    poll.terms = frozen_terms(poll, roll)
    if not poll.is_secret:
        labels = poll.terms["labels"]
        Option.objects.bulk_create(
            Option(poll=poll, key=key, label=labels[key]["value"], order=place)
            for place, key in enumerate(CHOICES, 1)
        )
    write_roll(poll, roll)
    frozen = frozen_content(poll)
    poll.roll_hash = audit.sha256(frozen)
    poll.entitled = len(roll)
    poll.present = sum(entry.is_present for entry in roll)
    poll.opened_at = timezone.now()
    poll.move_to(Poll.State.OPEN)
    try:
        with transaction.atomic():
            poll.save()
    except IntegrityError:  # one_open_poll_per_room
        raise WrongState(
            _("Phòng họp này đang có một cuộc biểu quyết khác. Hãy kết thúc hoặc hủy cuộc đó trước.")
        ) from None
    _record(
        by,
        "voting.poll-opened",
        poll,
        {"frozen": frozen, "hash": poll.roll_hash, "entitled": poll.entitled, "present": poll.present},
        hash=poll.roll_hash,
        entitled=poll.entitled,
        present=poll.present,
        rule=poll.rule,
    )
    if poll.is_sealed:
        box.freeze(poll, by)
    announce(poll.room, poll.council, vote_only=True)
    return poll


@transaction.atomic
def close_poll(*, poll: Poll, by: User) -> Result | None:
    """Stop taking votes and count them; closing twice gives the same result. WrongState otherwise.

    None for a vote that tellers count: its result comes with the confirmed count (voting/counting.py). Of
    several questions, that of the first; `poll.results` has them all.
    None too for a sealed vote, whose outcome comes from the opened ballots (voting/secret/life.py).
    """
    poll = lock(poll)
    if not can_run(by, poll.room):
        raise NotAllowed(_("Chỉ chủ tọa của phiên họp được kết thúc biểu quyết."))
    if poll.state in (Poll.State.CLOSED, Poll.State.DECLARED):
        return Result.objects.filter(poll=poll).first()
    if poll.state != Poll.State.OPEN:
        raise moved_on(poll)
    poll.move_to(Poll.State.CLOSED)
    poll.closed_at = timezone.now()
    poll.save(update_fields=["state", "closed_at"])
    ballots = box.take_out(poll) if poll.is_sealed else {}
    lines = roll_lines(poll)
    roll = presence_at_close(poll, lines)
    facts = {"present": poll.present, "total": poll.entitled, "presence": audit.sha256(roll)} | ballots
    if poll.is_counted or poll.is_sealed:
        _record(
            by, "voting.poll-closed", poll, facts, roll=roll, present=poll.present, total=poll.entitled, **ballots
        )
        if poll.is_sealed:
            box.open_by_server(poll, by)
        announce(poll.room, poll.council, vote_only=True)
        return None
    results = [
        Result.objects.create(poll=poll, place=place, **fields)
        for place, fields in enumerate(count(poll, lines), 1)
    ]
    _record(
        by,
        "voting.poll-closed",
        poll,
        facts | {"present": results[0].present} | _numbers(poll, results),
        roll=roll,
        voted=poll.votes.count() if poll.is_joint else results[0].cast,
        present=results[0].present,
        total=results[0].total,
        **_verdicts(poll, results),
    )
    announce(poll.room, poll.council, vote_only=True)
    return results[0]


@transaction.atomic
def declare_result(*, poll: Poll, by: User, despite_objections: bool = False) -> Poll:
    """The chair declares the result; from then on it is public and final. Declaring twice changes nothing.

    NotAllowed for who entered votes in delegates' places: a second person looks at them and declares.
    WrongState while a delegate's objection waits for an answer, unless the chair says `despite_objections`.
    """
    poll = lock(poll)
    if not can_run(by, poll.room):
        raise NotAllowed(_("Chỉ chủ tọa của phiên họp được công bố kết quả."))
    if poll.state == Poll.State.DECLARED:
        return poll
    if poll.state != Poll.State.CLOSED:
        raise moved_on(poll)
    if not has_result(poll):
        if poll.is_sealed:
            raise WrongState(_("Phiếu chưa được mở: chờ khóa của Ban kiểm phiếu."))
        raise WrongState(_("Chưa có kết quả kiểm phiếu được hai người xác nhận."))
    if not poll.is_rehearsal and poll.votes.filter(channel=Vote.Channel.SECRETARY, entered_by=by).exists():
        raise NotAllowed(_("Có phiếu do chính người này ghi qua thư ký: mời người khác xem lại và công bố."))
    waiting = objections.open_objections(poll)
    if waiting and not despite_objections:
        raise WrongState(_("Còn %(n)s đại biểu báo ghi chưa đúng, chưa được trả lời.") % {"n": waiting})
    poll.move_to(Poll.State.DECLARED)
    poll.declared_at = timezone.now()
    poll.save(update_fields=["state", "declared_at"])
    if poll.is_secret:
        verdicts = dict(poll.outcomes.values_list("nominee__name", "verdict"))
        _record(by, "voting.result-declared", poll, {"verdicts": verdicts}, verdicts=verdicts)
    else:
        said = _verdicts(poll, poll.results.all())
        if waiting:
            said["open_objections"] = waiting
        _record(by, "voting.result-declared", poll, said, **said)
    announce(poll.room, poll.council)
    return poll


@transaction.atomic
def cancel_poll(*, poll: Poll, reason: str, by: User) -> Poll:
    """Cancel a poll that is not declared yet; the reason is public and the votes count for nothing."""
    reason = _reason(reason, _("Nêu lý do hủy biểu quyết."))
    poll = lock(poll)
    if not can_run(by, poll.room):
        raise NotAllowed(_("Chỉ chủ tọa của phiên họp được hủy biểu quyết."))
    if poll.state in (Poll.State.DECLARED, Poll.State.CANCELLED):
        raise moved_on(poll)
    before = poll.state
    poll.move_to(Poll.State.CANCELLED)
    poll.cancelled_at = timezone.now()
    poll.cancel_reason = reason
    poll.save(update_fields=["state", "cancelled_at", "cancel_reason"])
    if poll.is_sealed:
        box.cancel(poll)
    said = {"reason": reason, "was": str(before)}
    objections.uphold_all(poll, reason=reason, by=by)
    _record(by, "voting.poll-cancelled", poll, said, **said)
    announce(poll.room, poll.council)
    return poll


@transaction.atomic
def cast_by_secretary(*, poll: Poll, delegate: Delegate, choice: str, reason: str, by: User) -> Vote:
    """Enter the vote of a delegate who is present but whose tablet does not work.

    The vote bears who entered it and why, on every screen that shows it. The delegate's own later
    vote replaces it like any other. NotAllowed: not on the roll, or absent. WrongState: not open.
    """
    reason = _reason(reason, _("Nêu lý do ghi phiếu qua thư ký."))
    poll = lock(poll)
    if not can_enter(by, poll.room):
        raise NotAllowed(_("Chỉ thư ký của phiên họp được ghi phiếu thay máy của đại biểu."))
    if poll.state != Poll.State.OPEN:
        raise moved_on(poll)
    if poll.is_counted:
        raise WrongState(_("Cuộc này do Ban kiểm phiếu đếm, không ghi phiếu qua thư ký."))
    if poll.is_secret:
        raise WrongState(_("Phiếu kín không ghi qua thư ký được: không ai được biết lựa chọn của đại biểu."))
    if not is_on_ballot(choice, poll.asks):
        raise BadInput(_("Chọn một trong các ý kiến trên phiếu."))
    entry = RollEntry.objects.filter(poll=poll, delegate=delegate).first()
    if entry is None:
        raise NotAllowed(_("Đại biểu không có tên trong danh sách biểu quyết."))
    if not entry.is_present:
        raise NotAllowed(_("Đại biểu vắng mặt, không thể ghi phiếu thay."))
    vote = Vote.objects.filter(poll=poll, delegate=delegate).first()
    replaced = vote is not None
    vote = vote or Vote(poll=poll, delegate=delegate, number=0)
    vote.choice = choice
    vote.number += 1
    vote.channel = Vote.Channel.SECRETARY
    vote.entered_by = by
    vote.reason = reason
    vote.cast_at = timezone.now()
    vote.salt = new_salt()
    vote.save()
    sealed = vote_commitment(str(poll.public_id), entry.line, vote.number, choice, vote.salt)
    _record(
        by,
        "voting.vote-entered",
        poll,
        {"channel": "secretary", "votes": [[entry.line, vote.number, sealed]]},
        delegate=entry.delegate_id,
        name=entry.name,
        number=vote.number,
        replaced=replaced,
        reason=reason,
    )
    announce(poll.room, poll.council)
    return vote


@transaction.atomic
def set_presence(*, room: str, delegate: Delegate, is_present: bool) -> bool:
    """Keep the presence of a delegate on the roll of the room's open poll, under the poll's lock.

    Leaving keeps a cast vote. True when a roll changed. Called by attendance inside its own
    transaction, before it records and announces: those locks come after the poll's.
    """
    poll = Poll.objects.select_for_update(no_key=True).filter(room=room, state=Poll.State.OPEN).first()
    if poll is None:
        return False
    entries = RollEntry.objects.filter(poll=poll, delegate=delegate, is_present=not is_present)
    changed = entries.filter(steps_out="").update(is_present=is_present)
    if changed:
        poll.present += 1 if is_present else -1
        poll.save(update_fields=["present"])
    return bool(changed)


@transaction.atomic
def step_out(*, poll: Poll, delegate: Delegate, reason: str, by: User) -> RollEntry:
    """The secretary notes that a delegate takes no part in an open vote because of a conflict of interest.

    The delegate counts among the absent of this one vote. WrongState: not open, or has voted already.
    """
    reason = _reason(reason, _("Nêu lý do không tham gia biểu quyết."))
    poll = lock(poll)
    if not can_enter(by, poll.room):
        raise NotAllowed(_("Chỉ thư ký của phiên họp ghi được việc này."))
    if poll.state != Poll.State.OPEN:
        raise moved_on(poll)
    entry = RollEntry.objects.filter(poll=poll, delegate=delegate).first()
    if entry is None:
        raise NotAllowed(_("Đại biểu không có tên trong danh sách biểu quyết."))
    if entry.steps_out:
        return entry
    if Vote.objects.filter(poll=poll, delegate=delegate).exists():
        raise WrongState(_("Đại biểu đã biểu quyết rồi."))
    if poll.hand_outs.filter(delegate=delegate).exists():
        raise WrongState(_("Đại biểu đã nhận phiếu rồi."))
    if entry.is_present:
        poll.present -= 1
        poll.save(update_fields=["present"])
    entry.steps_out, entry.is_present = reason, False
    entry.save(update_fields=["steps_out", "is_present"])
    public = {"line": entry.line}
    _record(by, "voting.stepped-out", poll, public, delegate=entry.delegate_id, name=entry.name, reason=reason)
    announce(poll.room, poll.council)
    return entry


@transaction.atomic
def step_in(*, poll: Poll, delegate: Delegate, is_present: bool, by: User) -> RollEntry:
    """Take back that a delegate steps out; `is_present` is what the attendance says of him or her."""
    poll = lock(poll)
    if not can_enter(by, poll.room):
        raise NotAllowed(_("Chỉ thư ký của phiên họp ghi được việc này."))
    if poll.state != Poll.State.OPEN:
        raise moved_on(poll)
    entry = RollEntry.objects.filter(poll=poll, delegate=delegate).exclude(steps_out="").first()
    if entry is None:
        raise WrongState(_("Đại biểu đang tham gia biểu quyết."))
    entry.steps_out, entry.is_present = "", is_present
    entry.save(update_fields=["steps_out", "is_present"])
    if is_present:
        poll.present += 1
        poll.save(update_fields=["present"])
    public = {"line": entry.line}
    _record(by, "voting.stepped-in", poll, public, delegate=entry.delegate_id, name=entry.name)
    announce(poll.room, poll.council)
    return entry


def has_result(poll: Poll) -> bool:
    """Whether the result is known: at once for the tablets' votes, after the confirmed count for others."""
    if poll.is_secret:
        return poll.outcomes.exists()
    return Result.objects.filter(poll=poll).exists()


class RollLine(NamedTuple):
    """A line of the roll as the close finds it."""

    line: int
    delegate_id: int
    is_present: bool
    steps_out: str


def roll_lines(poll: Poll) -> list[RollLine]:
    """The roll in the order of its lines, for those who count and who record: a thousand rows, read once."""
    rows = poll.roll.order_by("line").values_list("line", "delegate_id", "is_present", "steps_out")
    return [RollLine(*row) for row in rows]


def count(poll: Poll, roll: list[RollLine]) -> list[dict]:
    """The fields of the results of an open vote, one for each question, counted from its stored rows and nothing else."""
    # Compared here, by sets: a database that has no statistics of rows just written compares each with each.
    cast = list(poll.votes.order_by().values_list("delegate_id", "choice", "channel"))
    votes = by_question(Counter(choice for _delegate, choice, _channel in cast), poll.asks)
    silent = {one.delegate_id for one in roll if one.is_present}.difference(who for who, *_rest in cast)
    channels = {
        "by_secretary": sum(channel == Vote.Channel.SECRETARY for *_rest, channel in cast),
        "stepped_out": sum(bool(one.steps_out) for one in roll),
    }
    return [
        tally(
            RULES[terms["key"]],
            {choice: n for choice, n in counts.items() if choice},
            total=len(roll),
            silent=len(silent) + counts.get("", 0),  # who voted and left this question open was silent on it
            article=terms["article"],
            whole=terms.get("whole", 0),
        )
        | channels
        for terms, counts in zip(rule_terms(poll), votes, strict=True)
    ]


def rule_terms(poll: Poll) -> list[dict]:
    """The frozen rule of each question in its place, with its `key`."""
    if poll.is_joint:
        return [one["rule"] for one in poll.terms["questions"]]
    return [poll.terms["rule"] | {"key": poll.rule}]


def frozen_terms(poll: Poll, roll: list[Entitled]) -> dict:
    """What a poll is held by, copied from the rule and the council's dated settings, each with its basis."""
    enough = _setting(poll.council, "quorum_fraction")
    seats = quorum(sum(e.is_present for e in roll), len(roll), enough["value"])
    whole = len(roll)
    if poll.body.kind == Body.Kind.PLENARY:  # the base of a board or the Standing Committee is its own members
        whole = max(whole, regulations.value(poll.council, "delegates_elected"))
    terms = {
        "rule": _terms_of_rule(RULES[poll.rule], len(roll), whole),
        "quorum": enough | {"needed": seats.needed, "words": seats.words, "was_met": seats.is_quorate},
    }
    if poll.is_secret:
        terms["sheet"] = {
            "choices": list(CHOICES_ON_SHEET[poll.kind]),
            "nominees": list(poll.nominees.values_list("order", "name", "note")),
            "seats": poll.seats,
        }
        if poll.kind == Poll.Kind.RATING:
            terms["second_rule"] = _setting(poll.council, "rating_second_rule")
        if regulations.RULES.get(f"{poll.kind}_rule"):
            terms["rule_setting"] = _setting(poll.council, f"{poll.kind}_rule")
        return terms
    if poll.is_joint:
        terms["questions"] = [
            {
                "question": one.question,
                "text": [one.text_name, one.text_digest],
                "rule": _terms_of_rule(RULES[one.rule], len(roll), whole) | {"key": one.rule},
            }
            for one in poll.questions.all()
        ]
    return terms | {
        "objection": _setting(poll.council, "objection_seconds"),
        "labels": {key: _setting(poll.council, f"vote_label_{key}") for key in CHOICES},
        "naming": {who: _setting(poll.council, f"naming_{who}") for who in AUDIENCES},
    }


def _terms_of_rule(rule: MajorityRule, in_office: int, whole: int) -> dict:
    return {
        "label": rule.label,
        "words": rule.words,
        "article": rule.article,
        "of_present": rule.of_present,
        "numerator": rule.numerator,
        "denominator": rule.denominator,
        "exceeded": rule.exceeded,
        "base": rule.base,
        "whole": whole,
        # against those present or against ballots the number is known only at the close
        "needed": rule.needed({"all": whole, "in_office": in_office}[rule.base])
        if rule.base in ("all", "in_office")
        else None,
    }


def frozen_content(poll: Poll) -> dict:
    """All that opening froze: the text, the terms, the options, and the roll by the digests of its lines.

    Presence is no part of it: it changes while the poll is open.
    """
    name = str(poll.public_id)
    sealed = {"secrecy": poll.secrecy} if poll.is_sealed else {}
    return sealed | {
        "poll": name,
        "kind": [poll.kind, poll.method, poll.is_rehearsal],
        "question": poll.question,
        "text": [poll.text_name, poll.text_digest],
        "rule": poll.rule,
        "terms": poll.terms,
        "options": [list(row) for row in poll.options.order_by("order").values_list("order", "key", "label")],
        "roll": audit.sha256([line_commitment(name, entry) for entry in poll.roll.order_by("line", "pk")]),
    }


def frozen_hash(poll: Poll) -> str:
    """SHA-256 (hex) over what opening froze, as it stands in the rows now."""
    return audit.sha256(frozen_content(poll))


def presence_at_close(poll: Poll, roll: list[RollLine]) -> dict:
    """Which lines of the roll were there at the close, and which stepped out; salted, since it may stay sealed."""
    return {
        "poll": str(poll.public_id),
        "present": [one.line for one in roll if one.is_present],
        "stepped_out": [one.line for one in roll if one.steps_out],
        "salt": new_salt(),
    }


def result_numbers(result: Result) -> dict:
    """The numbers of an open vote's result, as the record holds them."""
    names = ("silent", "absent", "total", "present", "base", "needed", "passed", "by_secretary", "stepped_out")
    votes = {"for": result.votes_for, "against": result.votes_against, "other": result.votes_other}
    return votes | {name: getattr(result, name) for name in names}


def moved_on(poll: Poll) -> WrongState:
    """The refusal of an act that came after somebody else's, with the state that holds now."""
    words = {
        Poll.State.DRAFT: _("Biểu quyết này chưa mở."),
        Poll.State.OPEN: _("Biểu quyết này đang mở."),
        Poll.State.CLOSED: _("Biểu quyết này đã kết thúc."),
        Poll.State.DECLARED: _("Kết quả biểu quyết này đã được công bố."),
        Poll.State.CANCELLED: _("Biểu quyết này đã bị hủy."),
    }
    return WrongState(words[Poll.State(poll.state)])


def lock(poll: Poll) -> Poll:
    """The poll's row, fresh and alone: a joined row could be stale."""
    return Poll.objects.select_for_update(no_key=True).get(pk=poll.pk)


def _record(by: User | None, event: str, poll: Poll, public: dict | None = None, **data) -> None:
    """One entry; `public` is what the public record says of it, with the poll's name."""
    public = {"poll": str(poll.public_id)} | (public or {})
    audit.record(by, event, poll, council=poll.council, chain=poll.chain, data=data, public=public)


def write_roll(poll: Poll, roll: list[Entitled]) -> None:
    """The roll's rows; their lines are drawn by lot, so that a line tells nothing of who stands on it."""
    lines = list(range(1, len(roll) + 1))
    random.SystemRandom().shuffle(lines)
    insert_rows(
        RollEntry,
        ("poll", "delegate", "name", "seat", "group", "is_present", "steps_out", "line", "salt"),
        [
            (poll.pk, e.delegate_id, e.name, e.seat, e.group, e.is_present, "", line, new_salt())
            for e, line in zip(roll, lines, strict=True)
        ],
    )


def _reason(text: str, missing: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise BadInput(missing)
    if len(text) > 300:
        raise BadInput(_("Lý do dài tối đa 300 ký tự."))
    return text


def _verdicts(poll: Poll, results) -> dict:
    """What the record says of the results: one answer, or one for each question in its place."""
    passed = [row.passed for row in results]
    return {"passed": passed if poll.is_joint else passed[0]}


def _numbers(poll: Poll, results) -> dict:
    """The results as the public record tells them: `result` of one question, `results` of several in their places."""
    numbers = [result_numbers(row) for row in results]
    return {"results": numbers} if poll.is_joint else {"result": numbers[0]}


def _asked(questions: Sequence[Asked], kind: str, method: str) -> list[Asked]:
    """Several questions put together, tidied; empty for a poll of one question. BadInput in words."""
    if not questions:
        return []
    if not 2 <= len(questions) <= QUESTIONS_MOST:
        raise BadInput(_("Biểu quyết cùng lúc từ 2 đến %(n)s nội dung.") % {"n": QUESTIONS_MOST})
    if kind != Poll.Kind.NAMED or method != Poll.Method.TABLET:
        raise BadInput(_("Nhiều nội dung cùng lúc chỉ biểu quyết trên máy; cách khác thì biểu quyết lần lượt."))
    asked = []
    for one in questions:
        words, rule = " ".join(one.question.split()), one.rule or "majority_of_all"
        if not words or len(words) > 500:
            raise BadInput(_("Nội dung biểu quyết từ 1 đến 500 ký tự."))
        if rule not in OPEN_RULES:
            raise BadInput(_("Chọn một cách tính kết quả trong danh sách."))
        asked.append(Asked(words, rule, one.text_name[:300], one.text_digest))
    if len({one.question for one in asked}) != len(asked):
        raise BadInput(_("Có nội dung biểu quyết trùng nhau."))
    return asked


def _refuse_unfit_roll(poll: Poll, roll: list[Entitled]) -> None:
    ids = {entry.delegate_id for entry in roll}
    if not roll:
        raise BadInput(_("Danh sách biểu quyết chưa có ai."))
    if len(ids) != len(roll):
        raise BadInput(_("Danh sách biểu quyết có người trùng."))
    if Delegate.objects.filter(pk__in=ids, council_id=poll.council_id).count() != len(ids):
        raise BadInput(_("Danh sách biểu quyết có người ngoài Hội đồng."))


def _sheet(kind: str, nominees: Sequence[Named], seats: int) -> list[Named]:
    """The persons on the sheet of a secret vote, tidied. BadInput in words when they do not hold together."""
    if kind == Poll.Kind.NAMED:
        if nominees:
            raise BadInput(_("Biểu quyết công khai không có danh sách người trên phiếu."))
        return []
    people = [
        Named(" ".join(p.name.split())[:120], " ".join(p.note.split())[:200], p.delegate_id) for p in nominees
    ]
    people = [person for person in people if person.name]
    if len(people) > 100:
        raise BadInput(_("Danh sách trên phiếu có tối đa 100 người."))
    if len({(person.name, person.note) for person in people}) != len(people):
        raise BadInput(_("Danh sách trên phiếu có người trùng."))
    if kind == Poll.Kind.ELECTION and seats < 1:
        raise BadInput(_("Nêu số người được bầu."))
    return people


def _setting(council: Council, key: str) -> dict:
    found = regulations.setting(council, key)
    return {
        "value": found.value,
        "legal_basis": found.legal_basis,
        "valid_from": found.valid_from.isoformat() if found.valid_from else None,
    }
