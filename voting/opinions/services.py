"""What can happen to an opinion poll. Same locks and the same order as in voting/services.py:
poll -> roll -> audit head. It has no room, so nothing is announced; its jobs commit with the act.
"""

import hashlib
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from council import audit, outbox, regulations
from council.errors import BadInput, NotAllowed, WrongState
from council.models import Body, Council, Delegate, User
from voting import ballot_box, services
from voting.ballot_box import Answer, Ballot
from voting.commitments import new_salt, vote_commitment
from voting.models import (
    Opinion,
    OpinionExtension,
    OpinionPaper,
    Option,
    Poll,
    Result,
    RollEntry,
    Vote,
    VoteAct,
    WrittenOpinion,
)
from voting.opinions import secret, selectors
from voting.opinions.papers import Paper
from voting.opinions.permissions import can_ask
from voting.opinions.rules import LONGEST, OPINION_RULES, REGULATIONS, tally_opinion
from voting.rules import CHOICES, OTHER, RULES
from voting.secret import life as box

TEXT_LENGTH = 2000  # of a written opinion
EXPLANATION_LENGTH = 5000
MOST_PAPERS = 20
PAUSE = timedelta(minutes=30)  # between two rounds of reminders that the office asks for
JOBS = ("voting.opinion_close", "voting.opinion_remind", "voting.opinion_cast")


# --- prepare, send ----------------------------------------------------------------------------------


@transaction.atomic
def prepare_opinion(
    *,
    council: Council,
    body: Body,
    question: str,
    closes_at: datetime,
    by: User,
    explanation: str = "",
    rule: str = "",
    papers: Sequence[Paper] = (),
    remind_hours: int | None = None,
    is_rehearsal: bool = False,
    secrecy: str = "",
    casting_from: datetime | None = None,
    tellers: Sequence[Delegate] = (),
    head: Delegate | None = None,
) -> Poll:
    """Write down what a body will be asked, until when; nobody sees it yet.

    Without `rule` and `remind_hours` the council's dated settings are taken. With `secrecy` ("server") it
    is asked in secret on the members' devices: ballots are handed out until `casting_from` and cast from
    then on till the deadline; with "paper" on sheets that `tellers` of the body count (voting/opinions/secret.py).
    BadInput in words: no question, unknown rule, a
    deadline that is past or too far away, a way of secrecy that cannot be had. NotAllowed: not the body's office.
    """
    if body.council_id != council.pk or not can_ask(by, body):
        raise NotAllowed(_("Chỉ văn phòng phục vụ cơ quan này được xin ý kiến."))
    poll = Poll(council=council, body=body, room="", created_by=by, is_rehearsal=is_rehearsal)
    poll.chain = f"opinion:{poll.public_id}"
    opinion = Opinion(poll=poll)
    if secrecy:
        secret.make_secret(poll, secrecy)
    _fill(poll, opinion, question, closes_at, explanation, rule, remind_hours, casting_from)
    poll.save()
    opinion.poll = poll
    opinion.save()
    _hang(opinion, papers)
    if poll.is_secret:
        secret.prepare(poll, by, tellers, head)
    prepared = {
        "question": poll.question, "rule": poll.rule, "kind": str(poll.kind), "method": str(poll.method),
        "rehearsal": is_rehearsal, "body": body.short_name, "papers": _digests(opinion), "secrecy": str(poll.secrecy),
    }  # fmt: skip
    _record(by, "voting.poll-prepared", poll, prepared, **prepared)
    return poll


@transaction.atomic
def change_opinion(
    *,
    poll: Poll,
    question: str,
    closes_at: datetime,
    by: User,
    explanation: str = "",
    rule: str = "",
    papers: Sequence[Paper] = (),
    remind_hours: int | None = None,
    casting_from: datetime | None = None,
    tellers: Sequence[Delegate] = (),
    head: Delegate | None = None,
) -> Poll:
    """Write a draft anew; named or secret it stays. WrongState once it was sent: what members read is never edited."""
    poll = _locked(poll, by)
    if poll.state != Poll.State.DRAFT:
        raise _moved_on(poll)
    opinion = poll.opinion
    _fill(poll, opinion, question, closes_at, explanation, rule, remind_hours, casting_from)
    poll.save(update_fields=["question", "closes_at", "rule"])
    opinion.save()
    opinion.papers.all().delete()
    _hang(opinion, papers)
    if poll.is_secret and not poll.is_sealed:
        secret.name_board(poll, by, tellers, head)
    _record(by, "voting.poll-changed", poll, question=poll.question, rule=poll.rule, papers=_digests(opinion))
    return poll


@transaction.atomic
def send_opinion(*, poll: Poll, by: User) -> Poll:
    """Ask: freeze the roll (the body's members today), the rule, labels and naming, with a hash.

    Letters to the members, the reminder and the closing are jobs of the same transaction. Sending twice
    changes nothing. WrongState: closed or cancelled, or something that bars it (`issues_of`).
    """
    poll = _locked(poll, by)
    if poll.state == Poll.State.OPEN:
        return poll
    if poll.state != Poll.State.DRAFT:
        raise _moved_on(poll)
    barred = [issue.words for issue in selectors.issues_of(poll) if issue.blocking]
    if barred:
        raise WrongState(" ".join(barred))
    today = timezone.localdate()
    roll = selectors.roll_of(poll.body, today)
    poll.opinion.deadline_why = selectors.deadline_reason(poll.council, today, poll.closes_at)[:400]
    poll.opinion.save(update_fields=["deadline_why"])
    poll.terms = _terms(poll, roll)
    labels = poll.terms.get("labels", {})  # a secret sheet has its own
    Option.objects.bulk_create(
        Option(poll=poll, key=key, label=label["value"], order=place)
        for place, (key, label) in enumerate(labels.items(), 1)
    )
    services.write_roll(poll, roll)
    frozen = services.frozen_content(poll)
    poll.roll_hash = audit.sha256(frozen)
    poll.entitled = poll.present = len(roll)
    poll.opened_at = timezone.now()
    poll.move_to(Poll.State.OPEN)
    poll.save()
    _record(
        by, "voting.poll-opened", poll,
        {"frozen": frozen, "hash": poll.roll_hash, "entitled": poll.entitled, "present": poll.present},
        hash=poll.roll_hash, entitled=poll.entitled, rule=poll.rule, closes_at=poll.closes_at.isoformat(),
    )  # fmt: skip
    if poll.is_sealed:
        box.freeze(poll, by)
    _write_to_members(poll, "asked")
    _schedule(poll)
    return poll


# --- answer ------------------------------------------------------------------------------------------


@transaction.atomic
def answer_opinion(
    *,
    poll: Poll,
    delegate: Delegate,
    choice: str,
    by: User,
    text: str = "",
    key: uuid.UUID | None = None,
    replaces: int = 0,
) -> Answer:
    """Record or change a delegate's own answer; the ballot box decides, by the same rules as in the hall.

    The written opinion goes with "ý kiến khác" only, and with the number of the vote it was sent with:
    another text is another number, with its own line in the record. The same key gets the same answer for ever and changes no text.
    BadInput: a text too long, or beside another choice. NotAllowed: somebody else's answer.
    """
    if delegate.user_id != by.pk:
        raise NotAllowed(_("Mỗi đại biểu chỉ trả lời phần của mình."))
    if poll.is_secret:
        raise WrongState(_("Phiếu này kín: nhận phiếu và bỏ phiếu trên máy của đại biểu."))
    text = text.strip()
    if len(text) > TEXT_LENGTH:
        raise BadInput(_("Ý kiến viết dài tối đa %(n)s ký tự.") % {"n": TEXT_LENGTH})
    if text and choice != OTHER:
        raise BadInput(_("Chỉ viết thêm khi chọn “Ý kiến khác”. Hãy xóa phần viết hoặc chọn lại."))
    poll = Poll.objects.select_for_update(no_key=True).get(pk=poll.pk)
    vote = Vote.objects.filter(poll=poll, delegate=delegate).first()
    written = WrittenOpinion.objects.filter(poll=poll, delegate=delegate, number=vote.number if vote else 0).first()
    ballot = Ballot(
        poll.public_id, delegate.pk, choice, key or uuid.uuid4(), replaces, Vote.Channel.HTTP,
        renews=text != (written.text if written else ""),
    )  # fmt: skip
    is_repeated = VoteAct.objects.filter(poll=poll, delegate=delegate, key=ballot.key).exists()
    (said,), _room = ballot_box.write(poll.public_id, [ballot])
    if said.answer == "recorded" and text and ballot.renews and not is_repeated:
        WrittenOpinion.objects.create(
            poll=poll, delegate=delegate, number=said.number, text=text, written_at=timezone.now()
        )
    return said


@transaction.atomic
def enter_answer(
    *, poll: Poll, delegate: Delegate, choice: str, reason: str, by: User, text: str = ""
) -> Vote:
    """The office enters an answer that came on paper; it bears who entered it and why.

    The delegate's own later answer replaces it. WrongState: not open, the deadline has come, or the
    delegate has answered already: a paper never replaces what was given on the own device.
    """
    reason = _reason(reason, _("Nêu lý do ghi thay, ví dụ: nhận phiếu giấy có chữ ký."))
    text = text.strip()[:TEXT_LENGTH]
    poll = _locked(poll, by)
    _refuse_unless_running(poll)
    if poll.is_secret:
        raise WrongState(_("Phiếu kín không ghi thay được: không ai được biết lựa chọn của đại biểu."))
    if choice not in CHOICES:
        raise BadInput(_("Chọn một trong các ý kiến trên phiếu."))
    if text and choice != OTHER:
        raise BadInput(_("Chỉ viết thêm khi chọn “Ý kiến khác”. Hãy xóa phần viết hoặc chọn lại."))
    entry = RollEntry.objects.filter(poll=poll, delegate=delegate).first()
    if entry is None:
        raise BadInput(_("Đại biểu không có tên trong danh sách được xin ý kiến."))
    if Vote.objects.filter(poll=poll, delegate=delegate).exists():
        raise WrongState(_("Đại biểu đã trả lời rồi; muốn đổi thì tự đổi trên máy của mình."))
    vote = Vote.objects.create(
        poll=poll, delegate=delegate, choice=choice, channel=Vote.Channel.SECRETARY, entered_by=by,
        reason=reason, cast_at=timezone.now(), salt=new_salt(),
    )  # fmt: skip
    sealed = vote_commitment(str(poll.public_id), entry.line, vote.number, choice, vote.salt)
    if text:
        WrittenOpinion.objects.create(
            poll=poll, delegate=delegate, number=vote.number, text=text, written_at=vote.cast_at
        )
    _record(
        by, "voting.vote-entered", poll, {"channel": "secretary", "votes": [[entry.line, vote.number, sealed]]},
        delegate=delegate.pk, name=entry.name, number=vote.number,
        replaced=False, reason=reason,
    )  # fmt: skip
    return vote


# --- while it runs ------------------------------------------------------------------------------------


@transaction.atomic
def extend_deadline(*, poll: Poll, until: datetime, reason: str, by: User) -> Poll:
    """Give more time, with a reason that everybody asked reads. Only ever later.

    An opinion poll whose deadline has come is over, also while the job that closes it is late.
    """
    reason = _reason(reason, _("Nêu lý do gia hạn."))
    poll = _locked(poll, by)
    _refuse_unless_running(poll)
    if until <= poll.closes_at:
        raise BadInput(_("Hạn mới phải sau hạn đang có."))
    _refuse_unfit_deadline(until)
    was, poll.closes_at = poll.closes_at, until
    poll.save(update_fields=["closes_at"])
    OpinionExtension.objects.create(
        opinion=poll.opinion, was=was, until=until, reason=reason, by=by, at=timezone.now()
    )
    _record(
        by, "voting.deadline-extended", poll, was=was.isoformat(), until=until.isoformat(), reason=reason
    )
    _write_to_members(poll, "extended", poll.opinion.extensions.count())
    _schedule(poll)  # the jobs of the deadline before find that their time has not come
    return poll


@transaction.atomic
def remind_now(*, poll: Poll, by: User) -> int:
    """Write to everybody who has not answered; gives how many that is now.

    Who has cast in a secret one is known to nobody: its reminder goes to all who hold a ballot, and while
    ballots are handed out to all who hold none. WrongState: not running, everybody has answered, or a round of reminders went out minutes ago.
    """
    poll = _locked(poll, by)
    _refuse_unless_running(poll)
    opinion, now = poll.opinion, timezone.now()
    if opinion.reminded_at and now - opinion.reminded_at < PAUSE:
        raise WrongState(
            _("Vừa nhắc lúc %(at)s. Mỗi lần nhắc cách nhau ít nhất %(n)s phút.")
            % {"at": f"{timezone.localtime(opinion.reminded_at):%H:%M}", "n": PAUSE.seconds // 60}
        )
    missing = len(selectors.to_remind(poll))
    if not missing:
        raise WrongState(_("Mọi người đã trả lời, không còn ai để nhắc."))
    opinion.reminders += 1
    opinion.reminded_at = now
    opinion.save(update_fields=["reminders", "reminded_at"])
    _record(by, "voting.opinion-reminded", poll, round=opinion.reminders, missing=missing)
    _write_to_members(poll, "reminded", opinion.reminders)
    return missing


# --- the end ------------------------------------------------------------------------------------------


@transaction.atomic
def close_early(*, poll: Poll, by: User, reason: str = "") -> Result | None:
    """End before the deadline: when everybody has answered, or with a reason. Twice gives the same result.

    None for a secret one, whose outcome comes from its ballots. WrongState: its ballots are still handed out.
    """
    poll = _locked(poll, by)
    if poll.state in (Poll.State.CLOSED, Poll.State.DECLARED):
        return poll.results.first()
    if poll.state != Poll.State.OPEN:
        raise _moved_on(poll)
    if not poll.is_over(timezone.now()) and not selectors.is_complete(poll):
        reason = _reason(reason, _("Còn người chưa trả lời: nêu lý do kết thúc trước hạn."))
        poll.opinion.close_reason = reason
        poll.opinion.save(update_fields=["close_reason"])
    return _close(poll, by, reason)


@transaction.atomic
def close_at_deadline(*, poll: Poll) -> Result | Poll | None:
    """The job of the deadline: close what is over. None when it is not over (extended), or not open."""
    poll = Poll.objects.select_for_update(no_key=True).get(pk=poll.pk)
    if poll.state != Poll.State.OPEN or not poll.is_over(timezone.now()):
        return None
    if poll.is_sealed and not secret.has_begun(poll):  # nobody could cast: there is nothing to count
        return _cancel(poll, None, _("Hết hạn khi chưa bỏ phiếu."))
    return _close(poll, None, "")


@transaction.atomic
def start_casting(*, poll: Poll) -> bool:
    """The job of the day from which a secret one is cast: no ballot is handed out any more; holders are told.

    False when it is not the time, or done. Where nobody took a ballot it is called off.
    """
    poll = Poll.objects.select_for_update(no_key=True).get(pk=poll.pk)
    if not secret.is_due(poll, timezone.now()):
        return False
    if not poll.hand_outs.exists():
        _cancel(poll, None, _("Không thành viên nào nhận phiếu trước ngày bỏ phiếu."))
        return False
    box.start_casting(poll, None)
    _write_to_members(poll, "casting")
    return True


@transaction.atomic
def publish_result(*, poll: Poll, by: User) -> Poll:
    """Tell the members the result; from then on it is final. Twice changes nothing."""
    poll = _locked(poll, by)
    if poll.state == Poll.State.DECLARED:
        return poll
    if poll.state != Poll.State.CLOSED:
        raise _moved_on(poll)
    if not services.has_result(poll):
        raise WrongState(_("Chưa có kết quả kiểm phiếu được hai người xác nhận."))
    poll.move_to(Poll.State.DECLARED)
    poll.declared_at = timezone.now()
    poll.save(update_fields=["state", "declared_at"])
    said = {"passed": selectors.is_carried(poll)}
    _record(by, "voting.result-declared", poll, said, **said)
    _write_to_members(poll, "result")
    return poll


@transaction.atomic
def cancel_opinion(*, poll: Poll, reason: str, by: User) -> Poll:
    """Call an opinion poll off, with a reason that everybody asked reads; answers count for nothing."""
    reason = _reason(reason, _("Nêu lý do hủy."))
    poll = _locked(poll, by)
    if poll.state == Poll.State.CANCELLED:
        return poll
    if poll.state == Poll.State.DECLARED:
        raise _moved_on(poll)
    return _cancel(poll, by, reason)


# --- shared -------------------------------------------------------------------------------------------


def _cancel(poll: Poll, by: User | None, reason: str) -> Poll:
    before = poll.state
    poll.move_to(Poll.State.CANCELLED)
    poll.cancelled_at = timezone.now()
    poll.cancel_reason = reason
    poll.save(update_fields=["state", "cancelled_at", "cancel_reason"])
    _record(by, "voting.poll-cancelled", poll, {"reason": reason, "was": str(before)}, reason=reason, was=str(before))
    outbox.withdraw(*JOBS, poll_id=poll.pk)
    if poll.is_sealed:
        box.cancel(poll)
    if before != Poll.State.DRAFT:
        _write_to_members(poll, "cancelled")
    return poll


def _close(poll: Poll, by: User | None, reason: str) -> Result | None:
    poll.move_to(Poll.State.CLOSED)
    poll.closed_at = timezone.now()
    poll.save(update_fields=["state", "closed_at"])
    outbox.withdraw(*JOBS, poll_id=poll.pk)
    if poll.is_sealed:
        _open_box(poll, by, reason)
        return None
    if poll.is_counted:
        roll = services.presence_at_close(poll, services.roll_lines(poll))
        facts = {"present": poll.present, "total": poll.entitled, "presence": audit.sha256(roll)}
        _record(
            by, "voting.poll-closed", poll, facts, roll=roll, total=poll.entitled, reason=reason,
            closes_at=poll.closes_at.isoformat(),
        )  # fmt: skip
        return None
    counts: dict[str, int] = {}
    for choice in poll.votes.values_list("choice", flat=True):
        counts[choice] = counts.get(choice, 0) + 1
    terms = poll.terms["rule"]
    fields = tally_opinion(
        RULES[poll.rule], counts, total=poll.entitled, article=terms["article"], whole=terms["whole"]
    )
    by_secretary = poll.votes.filter(channel=Vote.Channel.SECRETARY).count()
    result = Result.objects.create(poll=poll, by_secretary=by_secretary, **fields)
    roll = services.presence_at_close(poll, services.roll_lines(poll))
    facts = {"present": poll.present, "total": poll.entitled, "presence": audit.sha256(roll)}
    _record(
        by, "voting.poll-closed", poll, facts | {"result": services.result_numbers(result)}, roll=roll,
        voted=sum(counts.values()), total=result.total, passed=result.passed, reason=reason,
        closes_at=poll.closes_at.isoformat(),
    )  # fmt: skip
    return result


def _open_box(poll: Poll, by: User | None, reason: str) -> None:
    """The ballots of a secret one are taken out, published sorted, and opened."""
    taken = box.take_out(poll)
    roll = services.presence_at_close(poll, services.roll_lines(poll))
    facts = {"present": poll.present, "total": poll.entitled, "presence": audit.sha256(roll)} | taken
    _record(
        by, "voting.poll-closed", poll, facts, roll=roll, total=poll.entitled, reason=reason,
        closes_at=poll.closes_at.isoformat(), **taken,
    )  # fmt: skip
    box.open_by_server(poll, by)


def _locked(poll: Poll, by: User) -> Poll:
    """The poll's row, fresh and alone, for an act of its office."""
    poll = Poll.objects.select_for_update(no_key=True).get(pk=poll.pk)
    if not can_ask(by, poll.body):
        raise NotAllowed(_("Chỉ văn phòng phục vụ cơ quan này làm được việc này."))
    return poll


def _refuse_unless_running(poll: Poll) -> None:
    if poll.state != Poll.State.OPEN:
        raise _moved_on(poll)
    if poll.is_over(timezone.now()):
        raise WrongState(_("Đã hết hạn trả lời."))


def _moved_on(poll: Poll) -> WrongState:
    words = {
        Poll.State.DRAFT: _("Phiếu xin ý kiến này chưa gửi."),
        Poll.State.OPEN: _("Phiếu xin ý kiến này đã gửi."),
        Poll.State.CLOSED: _("Phiếu xin ý kiến này đã kết thúc."),
        Poll.State.DECLARED: _("Kết quả phiếu xin ý kiến này đã được thông báo."),
        Poll.State.CANCELLED: _("Phiếu xin ý kiến này đã bị hủy."),
    }
    return WrongState(words[Poll.State(poll.state)])


def _fill(
    poll: Poll, opinion: Opinion, question, closes_at, explanation, rule, remind_hours, casting_from
) -> None:
    question = " ".join(question.split())
    if not question or len(question) > 500:
        raise BadInput(_("Nội dung xin ý kiến từ 1 đến 500 ký tự."))
    explanation = explanation.replace("\r\n", "\n").strip()
    if len(explanation) > EXPLANATION_LENGTH:
        raise BadInput(_("Giải trình dài tối đa %(n)s ký tự.") % {"n": EXPLANATION_LENGTH})
    rule = rule or regulations.value(poll.council, "opinion_rule")
    if rule not in OPINION_RULES:
        raise BadInput(_("Chọn một cách tính kết quả trong danh sách."))
    if remind_hours is None:
        remind_hours = regulations.value(poll.council, "opinion_reminder_hours")
    if not 0 <= remind_hours <= 24 * 30:
        raise BadInput(_("Nhắc trước từ 0 giờ (không nhắc) đến 30 ngày."))
    _refuse_unfit_deadline(closes_at)
    poll.question, poll.rule, poll.closes_at = question, rule, closes_at
    opinion.explanation, opinion.remind_hours = explanation, remind_hours
    opinion.casting_from = secret.fit_casting_from(casting_from, closes_at) if poll.is_sealed else None


def _refuse_unfit_deadline(closes_at: datetime) -> None:
    now = timezone.now()
    if closes_at <= now:
        raise BadInput(_("Hạn trả lời phải ở phía trước."))
    if closes_at - now > LONGEST:
        raise BadInput(_("Hạn trả lời trong vòng %(n)s ngày.") % {"n": LONGEST.days})


def _hang(opinion: Opinion, papers: Sequence[Paper]) -> None:
    papers = list({paper.document: paper for paper in papers}.values())
    if len(papers) > MOST_PAPERS:
        raise BadInput(_("Kèm tối đa %(n)s tài liệu.") % {"n": MOST_PAPERS})
    OpinionPaper.objects.bulk_create(
        OpinionPaper(
            opinion=opinion, document=p.document, version=p.version, name=p.name[:300], digest=p.digest, order=place
        )
        for place, p in enumerate(papers, 1)
    )


def _digests(opinion: Opinion) -> list[str]:
    return list(opinion.papers.values_list("digest", flat=True))


def _terms(poll: Poll, roll) -> dict:
    """What an opinion poll is held by: as a vote in the hall, but nobody is present and no quorum is asked."""
    terms = services.frozen_terms(poll, roll)
    terms.pop("quorum", None)
    chosen = regulations.setting(poll.council, "opinion_rule")
    is_own = chosen.value == poll.rule and chosen.valid_from is not None
    terms["rule"]["article"] = chosen.legal_basis if is_own else REGULATIONS
    if terms["rule"]["base"] == "collected":
        terms["rule"]["needed"] = None  # known at the close only
    terms["opinion"] = {
        "closes_at": poll.closes_at.isoformat(),
        "casting_from": poll.opinion.casting_from.isoformat() if poll.is_sealed else None,
        "explanation": hashlib.sha256(poll.opinion.explanation.encode()).hexdigest(),
        "papers": [[str(p.document), p.version, p.digest] for p in poll.opinion.papers.all()],
    }
    return terms


def _schedule(poll: Poll) -> None:
    """The jobs of the deadline as it stands: one closes, one reminds in time."""
    now, stamp = timezone.now(), f"{poll.closes_at:%Y%m%d%H%M%S}"
    title = _("Phiếu xin ý kiến: %(question)s") % {"question": poll.question}
    outbox.enqueue(
        "voting.opinion_close", key=f"opinion:{poll.public_id}:close:{stamp}", council=poll.council,
        title=title[:200], delay=poll.closes_at - now, poll_id=poll.pk,
    )  # fmt: skip
    moments = [poll.closes_at]
    if poll.is_sealed and poll.opinion.casting_from > now:
        moments.append(poll.opinion.casting_from)
        outbox.enqueue(
            "voting.opinion_cast", key=f"opinion:{poll.public_id}:cast", council=poll.council,
            title=title[:200], delay=poll.opinion.casting_from - now, poll_id=poll.pk,
        )  # fmt: skip
    for moment in moments:
        remind_at = moment - timedelta(hours=poll.opinion.remind_hours)
        if poll.opinion.remind_hours and remind_at > now:
            outbox.enqueue(
                "voting.opinion_remind", key=f"opinion:{poll.public_id}:remind:{moment:%Y%m%d%H%M%S}",
                council=poll.council, title=title[:200], delay=remind_at - now, poll_id=poll.pk,
            )  # fmt: skip


def _write_to_members(poll: Poll, what: str, round_: int = 0) -> None:
    outbox.enqueue(
        "voting.opinion_letters", key=f"opinion:{poll.public_id}:{what}:{round_}", council=poll.council,
        title=poll.question[:200], poll_id=poll.pk, what=what, round=round_,
    )  # fmt: skip


def _reason(text: str, missing: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise BadInput(missing)
    if len(text) > 300:
        raise BadInput(_("Lý do dài tối đa 300 ký tự."))
    return text


def _record(by: User | None, event: str, poll: Poll, public: dict | None = None, **data) -> None:
    public = {"poll": str(poll.public_id)} | (public or {})
    audit.record(by, event, poll, council=poll.council, chain=poll.chain, data=data, public=public)
