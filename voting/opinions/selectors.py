"""What can be read of opinion polls."""

from collections.abc import Sequence
from datetime import date, datetime

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from council import regulations
from council.calendar import working_calendar
from council.models import Body, Council, Delegate, Mail, Membership, User
from council.permissions import delegate_for
from council.regulations import Setting
from voting import selectors as votes
from voting.count_rules import LABELS_ON_SHEET
from voting.models import HandOut, Poll, RollEntry, Vote, WrittenOpinion
from voting.opinions import permissions, secret
from voting.opinions.rules import (
    SendingFacts,
    deadline_words,
    issues_before_sending,
    may_close_early,
    usual_deadline,
)
from voting.permissions import audience_of
from voting.rules import RULES, Entitled, Issue
from voting.secret.selectors import box_facts
from voting.tellers import is_teller

Polls = Poll.objects.filter(room="").select_related("body", "council", "opinion", "secret_box")


# --- who is asked ----------------------------------------------------------------------------------


def members_on(body: Body, day: date) -> list[Delegate]:
    """The delegates who make up a body on a day, by seat."""
    memberships = Membership.objects.filter(body=body).on(day).exclude(delegate=None)
    found = (
        Delegate.objects.filter(pk__in=memberships.values("delegate"), mandate_from__lte=day)
        .exclude(mandate_to__lt=day)
        .select_related("user")
    )
    return sorted(found, key=lambda d: (d.seat_row or "~", d.seat_number or 0, d.code))


def roll_of(body: Body, day: date) -> list[Entitled]:
    """The roll of an opinion poll: everybody of the body, each free to answer from anywhere."""
    rows = Membership.objects.filter(body__council=body.council, body__kind=Body.Kind.DELEGATE_GROUP).on(day)
    groups = dict(rows.exclude(delegate=None).values_list("delegate_id", "body__short_name"))
    return [
        Entitled(d.pk, d.full_name, seat=d.seat, group=groups.get(d.pk, ""), is_present=True)
        for d in members_on(body, day)
    ]


def address_of(delegate: Delegate) -> str:
    """Where mail to a delegate goes; empty when no address is known."""
    return delegate.email or delegate.user.email


# --- lists and the road from an address -----------------------------------------------------------


def bodies_asked_by(user: User, council: Council) -> list[Body]:
    """The bodies of delegates whose opinion this person may ask."""
    bodies = permissions.bodies_served(user, council, permissions.Role.OFFICE).exclude(kind=Body.Kind.OFFICE)
    members = Membership.objects.filter(body=OuterRef("pk"), delegate__isnull=False)
    return list(bodies.filter(Exists(members.on(timezone.localdate()))))


def opinions_for_desk(user: User, council: Council):
    """The opinion polls of the bodies that a person serves, newest first."""
    bodies = permissions.bodies_served(user, council, *permissions.DESK)
    return Polls.filter(council=council, body__in=bodies).order_by("-pk")


def opinions_of(delegate: Delegate | None):
    """What a delegate was asked, newest first; drafts are nobody's business yet."""
    if delegate is None:
        return Polls.none()
    mine = RollEntry.objects.filter(delegate=delegate, poll=OuterRef("pk"))
    answered = Vote.objects.filter(delegate=delegate, poll=OuterRef("pk"))
    holds = HandOut.objects.filter(delegate=delegate, poll=OuterRef("pk"))
    found = Polls.filter(Exists(mine), opened_at__isnull=False).annotate(
        is_answered=Exists(answered), holds_ballot=Exists(holds)
    )
    return found.order_by("-pk")


def waiting_for(user: User, council: Council) -> list[Poll]:
    """What is asked of a person now and can still be answered: the unanswered first, then by deadline."""
    found = opinions_of(delegate_for(user, council)).filter(state=Poll.State.OPEN, closes_at__gt=timezone.now())
    return sorted(found, key=lambda poll: (poll.is_answered, poll.closes_at))


def to_count(user: User, council: Council) -> list[Poll]:
    """The closed opinion polls on paper that wait for this person's count, or for the second person's word."""
    closed = Polls.filter(council=council, kind=Poll.Kind.OPINION, method=Poll.Method.PAPER, state=Poll.State.CLOSED)
    return [poll for poll in closed.filter(outcomes=None) if is_teller(user, poll)]


def get_opinion_to_count(user: User, council: Council | None, public_id) -> Poll:
    """An opinion poll on paper whose teller this person is, else Http404."""
    found = Polls.filter(council=council, public_id=public_id).first() if council else None
    if found is None or not found.is_counted or not is_teller(user, found):
        raise Http404
    return found


def get_opinion_for(user: User, council: Council | None, public_id) -> Poll:
    """An opinion poll that a person may read, else Http404."""
    found = Polls.filter(council=council, public_id=public_id).first() if council else None
    if found is None or not permissions.can_see_opinion(user, found):
        raise Http404
    return found


def get_opinion_for_desk(user: User, council: Council | None, public_id) -> Poll:
    """An opinion poll whose desk this person is at, else Http404."""
    found = Polls.filter(council=council, public_id=public_id).first() if council else None
    if found is None or not permissions.can_see_desk(user, found):
        raise Http404
    return found


# --- the deadline ------------------------------------------------------------------------------------


def usual_day(council: Council, start: date) -> tuple[date, Setting]:
    """The day that the council's own number of working days leads to, and that setting."""
    setting = regulations.setting(council, "opinion_working_days", on=start)
    return usual_deadline(working_calendar(council), start, setting.value), setting


def deadline_reason(council: Council, start: date, closes_at: datetime) -> str:
    """How a deadline comes about, in words."""
    setting = regulations.setting(council, "opinion_working_days", on=start)
    return deadline_words(
        working_calendar(council),
        dict(council.calendar_days.values_list("date", "name")),
        start=start,
        closes_at=timezone.localtime(closes_at),
        working_days=setting.value,
        basis=setting.legal_basis,
    )


def issues_of(poll: Poll) -> list[Issue]:
    """What the office should know before it sends a prepared opinion poll."""
    now = timezone.localtime()
    members = members_on(poll.body, now.date())
    return issues_before_sending(
        SendingFacts(
            members=len(members),
            closes_at=timezone.localtime(poll.closes_at),
            now=now,
            usual=usual_day(poll.council, now.date())[0],
            without_mail=[d.full_name for d in members if not address_of(d)],
            papers=poll.opinion.papers.count(),
            explanation=bool(poll.opinion.explanation),
            casting_from=poll.opinion.casting_from,
            few=regulations.value(poll.council, "few_ballots"),
            why_not_secret=secret.why_not(poll.council) if poll.is_sealed else "",
        )
    )


# --- answers -----------------------------------------------------------------------------------------


def to_remind(poll: Poll) -> list[RollEntry]:
    """To whom a reminder goes: who has not answered; on paper everybody, since nobody knows whose sheet came;
    in a secret one on devices who holds no ballot yet, later who holds one."""
    if poll.is_counted:
        return list(poll.roll.select_related("delegate__user"))
    if not poll.is_sealed:
        return unanswered(poll)
    holds = HandOut.objects.filter(poll=OuterRef("poll"), delegate=OuterRef("delegate"))
    entries = poll.roll.select_related("delegate__user")
    if secret.phase_of(poll) == secret.Phase.HANDING_OUT:
        return list(entries.filter(~Exists(holds)))
    return list(entries.filter(Exists(holds)))


def is_complete(poll: Poll) -> bool:
    """Whether nobody is left to answer: every member, or every ballot that was handed out lies in the box."""
    if poll.is_sealed:
        return bool(box_facts(poll)["is_all_cast"])
    if poll.is_counted:  # known only when the envelopes are opened
        return False
    return may_close_early(poll.votes.count(), poll.entitled)


def unanswered(poll: Poll) -> list[RollEntry]:
    """Who has not answered yet, in the order of the roll."""
    answered = Vote.objects.filter(poll=OuterRef("poll"), delegate=OuterRef("delegate"))
    return list(poll.roll.filter(~Exists(answered)).select_related("delegate__user"))


def answered(poll: Poll) -> list[dict]:
    """Who has answered, when and how often changed; never what."""
    given = {vote.delegate_id: vote for vote in poll.votes.all()}
    return [
        {
            "entry": entry,
            "at": given[entry.delegate_id].cast_at,
            "changes": given[entry.delegate_id].number - 1,
            "on_paper": given[entry.delegate_id].channel == Vote.Channel.SECRETARY,
        }
        for entry in poll.roll.all()
        if entry.delegate_id in given
    ]


def my_answer(poll: Poll, delegate: Delegate | None) -> dict | None:
    """A delegate's own answer as it counts now, with what was written beside it."""
    vote = votes.my_vote(poll, delegate)
    if vote is None:
        return None
    row = poll.written_opinions.filter(delegate=delegate, number=vote.number).first()
    return {
        "choice": vote.choice,
        "label": votes.labels_of(poll)[vote.choice],
        "number": vote.number,
        "at": vote.cast_at,
        "on_paper": vote.channel == Vote.Channel.SECRETARY,
        "text": row.text if row else "",
    }


def written_opinions(poll: Poll) -> list[dict]:
    """The written opinions that belong to answers that count, by name in the order of the roll."""
    numbers = dict(poll.votes.values_list("delegate_id", "number"))
    rows = {row.delegate_id: row.text for row in _that_count(poll, numbers)}
    return [
        {"name": entry.name, "seat": entry.seat, "text": rows[entry.delegate_id]}
        for entry in poll.roll.all()
        if entry.delegate_id in rows
    ]


def _that_count(poll: Poll, numbers: dict[int, int]) -> Sequence[WrittenOpinion]:
    return [row for row in poll.written_opinions.all() if numbers.get(row.delegate_id) == row.number]


# --- the result --------------------------------------------------------------------------------------


def outcome(poll: Poll, user: User) -> dict | None:
    """What a reader may see of the result, or None before the close.

    The desk sees names and what was written; members see names as far as the naming setting frozen at
    sending allows, and what was written only where names stand.
    """
    audience = audience_of(user, poll) or ("delegates" if permissions.is_asked(user, poll) else None)
    if poll.is_secret:
        return _secret_outcome(poll, audience == "desk") if audience else None
    result = votes.result_facts(poll)
    if result is None or audience is None:
        return None
    naming = votes.naming_for(poll, audience)
    asked = RULES[poll.rule].base
    return result | {
        "verdict": verdict_words(poll),
        "counts": [line for line in result["counts"] if line["mark"] != votes.ABSENT],
        "answered": result["total"] - poll.result.silent,
        "is_of_answers": asked == "collected",
        "naming": naming,
        "basis": poll.terms["naming"].get(audience, {}).get("legal_basis", ""),
        "names": votes.named_votes(poll, naming),
        "written": written_opinions(poll) if naming == "names" else [],
        "is_desk": audience == "desk",
    }


def _secret_outcome(poll: Poll, is_desk: bool) -> dict | None:
    """The result of a secret one: totals alone, in the form of a named one's."""
    line = poll.outcomes.first()
    if line is None or poll.state not in (Poll.State.CLOSED, Poll.State.DECLARED):
        return None
    found, labels = votes.sheet_facts(poll), LABELS_ON_SHEET[poll.kind]
    counts = [{"mark": key, "label": label, "n": line.figures[key]} for key, label in labels.items()]
    counts += [
        {"mark": votes.SILENT, "label": _("Phiếu trắng"), "n": found["blank"]},
        {"mark": votes.SILENT, "label": _("Phiếu không hợp lệ"), "n": found["invalid"]},
        {"mark": votes.ABSENT, "label": _("Không bỏ phiếu"), "n": poll.entitled - found["collected"]},
    ]
    return {
        "verdict": verdict_words(poll),
        "passed": is_carried(poll),
        "mark": "for" if is_carried(poll) else "against",
        "counts": counts,
        "total": poll.entitled,
        "answered": found["collected"],
        "handed_out": found["handed_out"],
        "needed": line.needed,
        "by_secretary": 0,
        "why": line.why,
        "threshold": f"{RULES[poll.rule].label}.",
        "reached": line.why,
        "article": poll.terms["rule"]["article"],
        "naming": "totals",
        "basis": "",
        "names": [],
        "written": [],
        "is_secret": True,
        "is_desk": is_desk,
    }


def is_carried(poll: Poll) -> bool:
    """Whether enough members were in favour; once there is a result."""
    if poll.is_secret:
        return poll.outcomes.get().verdict == "passed"
    return poll.result.passed


def verdict_words(poll: Poll) -> str:
    """Whether the opinion asked for was given by enough members."""
    words = _("Đủ ý kiến tán thành") if is_carried(poll) else _("Không đủ ý kiến tán thành")
    return _("Thử: %(verdict)s") % {"verdict": words[0].lower() + words[1:]} if poll.is_rehearsal else words


# --- mail ------------------------------------------------------------------------------------------


def mail_prefix(poll: Poll) -> str:
    """What the keys of all mails of one opinion poll begin with."""
    return f"opinion:{poll.public_id}:"


def mails_of(poll: Poll):
    return Mail.objects.filter(council=poll.council, job__key__startswith=f"mail:{mail_prefix(poll)}")


def mail_counts(poll: Poll) -> dict[str, int]:
    """How many letters of an opinion poll are in which state."""
    counts = dict.fromkeys(Mail.State.values, 0)
    for state in mails_of(poll).values_list("state", flat=True):
        counts[state] += 1
    counts["waiting"] = counts[Mail.State.QUEUED] + counts[Mail.State.SENDING]
    counts["total"] = sum(counts[state] for state in Mail.State.values)
    return counts


def page_url(poll: Poll) -> str:
    """The whole address of the page where a delegate answers."""
    from django.urls import reverse

    return settings.BASE_URL + reverse("voting:opinion", args=[poll.public_id])


