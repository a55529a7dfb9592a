"""What can be read about polls. What a reader may see is asked by the caller (voting/permissions.py)."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from council import regulations
from council.models import Council, Delegate, RoleGrant, User
from council.permissions import grants_of
from voting.count_rules import GOOD, LABELS_ON_SHEET, VERDICTS, seats_left, telling
from voting.counting import finished_count
from voting.models import Poll, Result, RollEntry, Vote
from voting.permissions import audience_of, can_see_poll
from voting.rules import CHOICES, RULES, percent
from voting.secret.selectors import box_facts

Role = RoleGrant.Role
SILENT, ABSENT = "silent", "absent"


@dataclass(frozen=True)
class Turnout:
    """How many have voted, of those present and of the roll; never what."""

    cast: int
    present: int
    entitled: int

    @property
    def missing(self) -> int:
        return self.present - self.cast


@dataclass(frozen=True)
class Answered:
    """What a delegate answered to one question."""

    place: int
    choice: str  # "for", "against", "other", "silent", "absent"
    label: str


@dataclass(frozen=True)
class NamedVote:
    """A line of the named result; name, seat and group are empty as far as the naming setting hides them.

    `choice` and `label` are those of the one question; of several they join the places, and `answers` has each.
    """

    choice: str
    label: str
    answers: tuple[Answered, ...]
    seat: str = ""
    name: str = ""
    group: str = ""
    by_secretary: bool = False
    changes: int = 0


def polls_for(user: User, council: Council):
    """The polls that a person may see, newest first: all for the desk, opened ones for the body."""
    polls = Poll.objects.filter(council=council).select_related("body").order_by("-pk")
    if not user.is_authenticated or not user.is_active:
        return polls.none()
    member_of = user.memberships.filter(ends_on=None).values("body")
    mine = Q(body__in=member_of, opened_at__isnull=False)
    desk = [Role.OFFICE, Role.SESSION_CHAIR, Role.SESSION_SECRETARY]
    grants = grants_of(user, council.pk).filter(role__in=desk)
    if grants.filter(body=None).exists():
        return polls
    return polls.filter(mine | Q(body__in=grants.values("body")))


def get_poll_for(user: User, council: Council, public_id) -> Poll | None:
    """The poll behind an address, or None when it is hidden from this person."""
    found = Poll.objects.filter(council=council, public_id=public_id).select_related("body").first()
    if found is None or not user.is_authenticated or not can_see_poll(user, found):
        return None
    return found


def get_result_for(user: User, council: Council, public_id) -> tuple[Poll, str] | None:
    """A closed or declared poll and the audience as which this person sees it, or None."""
    found = Poll.objects.filter(council=council, public_id=public_id).select_related("body").first()
    if found is None or found.state not in (Poll.State.CLOSED, Poll.State.DECLARED):
        return None
    if found.is_secret or not Result.objects.filter(poll=found).exists():
        return None
    audience = audience_of(user, found)
    return (found, audience) if audience else None


def turnout(poll: Poll) -> Turnout:
    """The counter of an open vote. Who voted and then left stays among those present."""
    if poll.is_sealed:  # who has cast is known to nobody
        facts = box_facts(poll)
        return Turnout(facts["cast"], poll.present, poll.entitled)
    absent = list(poll.roll.filter(is_present=False).order_by().values_list("delegate_id", flat=True))
    left = poll.votes.filter(delegate__in=absent).count() if absent else 0
    return Turnout(poll.votes.count(), poll.entitled - len(absent) + left, poll.entitled)


def my_vote(poll: Poll, delegate: Delegate | None) -> Vote | None:
    """How a delegate's own vote is recorded now."""
    if delegate is None:
        return None
    return my_votes(poll, [delegate.pk]).get(delegate.pk)


def my_votes(poll: Poll, delegates) -> dict[int, Vote]:
    """The recorded votes of these delegates (ids), by delegate: to be told to each of them alone."""
    return {vote.delegate_id: vote for vote in Vote.objects.filter(poll=poll, delegate__in=delegates)}


def naming_for(poll: Poll, audience: str) -> str:
    """What an audience ("desk", "delegates", "wall", "public") sees: "totals", "seats" or "names"."""
    if audience == "desk":
        return "names"
    return poll.terms.get("naming", {}).get(audience, {}).get("value", "totals")


def labels_of(poll: Poll) -> dict[str, str]:
    """The words of the five values; the three on the ballot are those frozen at opening."""
    frozen = poll.terms.get("labels", {})
    defaults = {"for": _("Tán thành"), "against": _("Không tán thành"), "other": _("Ý kiến khác")}
    labels = {key: frozen.get(key, {}).get("value", defaults[key]) for key in CHOICES}
    if poll.is_opinion:
        return labels | {SILENT: _("Không trả lời"), ABSENT: _("Vắng mặt")}
    return labels | {SILENT: _("Có mặt, không biểu quyết"), ABSENT: _("Vắng mặt")}


def options_of(poll: Poll) -> list[dict]:
    """The buttons of the ballot in their fixed order: key and label; none on a secret vote's screens."""
    if poll.is_secret:
        return []
    labels = labels_of(poll)
    return [{"key": key, "label": labels[key]} for key in CHOICES]


def named_votes(poll: Poll, naming: str) -> list[NamedVote]:
    """Who voted how, in the order of seats, as far as `naming` allows: nothing, seats, or names.

    Nothing for a secret vote, nor where tellers counted hands or papers without noting names.
    """
    if naming not in ("seats", "names") or poll.is_secret:
        return []
    if poll.is_counted and not poll.votes.exists():
        return []
    labels = labels_of(poll)
    votes = {vote.delegate_id: vote for vote in poll.votes.all()}
    lines = []
    for entry in poll.roll.all():
        vote = votes.get(entry.delegate_id)
        answers = _answers(poll, vote, entry, labels)
        lines.append(
            NamedVote(
                choice=vote.choice if vote else answers[0].choice,
                label="; ".join(answer.label for answer in answers) if vote else answers[0].label,
                answers=answers,
                seat=entry.seat,
                name=entry.name if naming == "names" else "",
                group=entry.group if naming == "names" else "",
                by_secretary=bool(vote and vote.channel == Vote.Channel.SECRETARY),
                changes=vote.number - 1 if vote else 0,
            )
        )
    return sorted(lines, key=lambda line: (line.seat == "", line.seat, line.name))


def _answers(poll: Poll, vote: Vote | None, entry: RollEntry, labels: dict[str, str]) -> tuple[Answered, ...]:
    if vote is None:
        said = [SILENT if entry.is_present else ABSENT] * poll.asks
    else:
        said = [choice or SILENT for choice in choices_in(poll, vote.choice)]
    return tuple(Answered(place, choice, labels[choice]) for place, choice in enumerate(said, 1))


def choices_in(poll: Poll, choice: str) -> list[str]:
    """The choices of a vote, one for each question; "" where it was left unanswered."""
    return choice.split(",") if poll.is_joint else [choice]


def answers_in(poll: Poll, choice: str) -> list[Answered]:
    """A vote in words, question by question: for the delegate's own eyes."""
    labels = labels_of(poll)
    said = [one or SILENT for one in choices_in(poll, choice)]
    return [Answered(place, one, labels[one]) for place, one in enumerate(said, 1)]


def questions_of(poll: Poll) -> list[dict]:
    """What the poll asks, in order: as frozen at opening, before that as prepared. One line for one question."""
    if not poll.is_joint:
        return [{"place": 1, "question": poll.question, "text_name": poll.text_name,
                 "text_digest": poll.text_digest, "text_code": short_hash(poll.text_digest),
                 "rule": poll.terms.get("rule")}]  # fmt: skip
    frozen = poll.terms.get("questions", [])
    return [
        {
            "place": one.place,
            "question": one.question,
            "text_name": one.text_name,
            "text_digest": one.text_digest,
            "text_code": short_hash(one.text_digest),
            "rule": frozen[one.place - 1]["rule"] if frozen else {"label": RULES[one.rule].label},
        }
        for one in poll.questions.all()
    ]


def seats_marks(poll: Poll) -> dict[str, str]:
    """The mark of every seat after the close, for the seat map: "C07" -> "for"."""
    return {line.seat: line.answers[0].choice for line in named_votes(poll, "seats") if line.seat}


def voted_seats(poll: Poll) -> set[int]:
    """Delegates who have voted, while the poll is open; for the desk only, never with the choice."""
    return set(poll.votes.values_list("delegate_id", flat=True))


def not_voted_yet(poll: Poll) -> list[RollEntry]:
    """Delegates present who have not voted; for the secretary only."""
    voted = voted_seats(poll)
    return [entry for entry in poll.roll.filter(is_present=True) if entry.delegate_id not in voted]


def secretary_votes(poll: Poll, *, with_choice: bool = False) -> list[dict]:
    """Votes entered by the secretary, with who and why; `with_choice` after the close, for the desk."""
    votes = poll.votes.filter(channel=Vote.Channel.SECRETARY).select_related("delegate", "entered_by")
    return [
        {
            "name": vote.delegate.full_name,
            "seat": vote.delegate.seat,
            "entered_by": str(vote.entered_by),
            "reason": vote.reason,
            "at": vote.cast_at,
            "label": "; ".join(one.label for one in answers_in(poll, vote.choice)) if with_choice else "",
        }
        for vote in votes.order_by("cast_at")
    ]


def counts_of(result: Result, poll: Poll) -> list[dict]:
    """The five numbers of a result, each with its mark and label, in the order of the law."""
    labels = labels_of(poll)
    numbers = {
        "for": result.votes_for,
        "against": result.votes_against,
        "other": result.votes_other,
        SILENT: result.silent,
        ABSENT: result.absent,
    }
    return [{"mark": key, "label": labels[key], "n": n} for key, n in numbers.items()]


def result_facts(poll: Poll) -> dict | None:
    """What a screen says of the result of the one question; None before the count, after a cancellation, and
    for several questions: those are told by `results_of`."""
    found = results_of(poll)
    return found[0] if found and not poll.is_joint else None


def results_of(poll: Poll) -> list[dict]:
    """What a screen says of the result of each question, in order; empty before the count."""
    if poll.state not in (Poll.State.CLOSED, Poll.State.DECLARED) or poll.is_secret:
        return []
    rows = list(poll.results.all())  # none while tellers are counting
    return [_result(poll, asked, row) for asked, row in zip(questions_of(poll), rows, strict=True)] if rows else []


def _result(poll: Poll, asked: dict, result: Result) -> dict:
    threshold, _sep, reached = result.why.partition(". ")
    return asked | {
        "passed": result.passed,
        "verdict": _worded(_("Được thông qua") if result.passed else _("Không được thông qua"), poll),
        "mark": "for" if result.passed else "against",
        "counts": counts_of(result, poll),
        "total": result.total,
        "present": result.present,
        "needed": result.needed,
        "of_present": asked["rule"]["of_present"],
        "percent_of_all": percent(result.votes_for, result.total),
        "percent_of_present": percent(result.votes_for, result.present),
        "votes_for": result.votes_for,
        "turnout": Turnout(result.cast, result.present, result.total),
        "why": result.why,
        "threshold": f"{threshold}.",
        "reached": reached,
        "article": result.article,
        "by_secretary": result.by_secretary,
        "stepped_out": result.stepped_out,
        "method": poll.method,
        "method_label": poll.get_method_display(),
        "is_counted": poll.is_counted,
        "is_rehearsal": poll.is_rehearsal,
        "is_declared": poll.state == Poll.State.DECLARED,
    }


def sheet_facts(poll: Poll) -> dict | None:
    """What a screen says of a secret vote: its persons, and after the confirmed count the outcome of each.

    None for an open vote. `lines` have figures only once two tellers have agreed on the count, or the ballots are opened.
    """
    if not poll.is_secret:
        return None
    labels = LABELS_ON_SHEET[poll.kind]
    count = finished_count(poll)
    outcomes = {row.nominee_id: row for row in poll.outcomes.all()} if count else {}
    lines = []
    for nominee in poll.nominees.all():
        found = outcomes.get(nominee.pk)
        line = {"order": nominee.order, "name": nominee.name, "note": nominee.note, "verdict": ""}
        if found:
            line |= {
                "figures": [
                    {"key": key, "label": label, "n": found.figures[key], "percent": percent(found.figures[key], found.base)}
                    for key, label in labels.items()  # in the sheet's order: PostgreSQL keeps none in its JSON
                ],
                "verdict": _worded(VERDICTS[found.verdict], poll),
                "is_good": found.verdict in GOOD,
                "base": found.base,
                "needed": found.needed,
                "why": found.why,
                "article": found.article,
            }
        lines.append(line)
    facts = {
        "kind": poll.kind,
        "kind_label": poll.get_kind_display(),
        "labels": [{"key": key, "label": label} for key, label in labels.items()],
        "seats": poll.seats,
        "lines": lines,
        "is_counted": count is not None,
        "is_sealed": poll.is_sealed,
        "is_declared": poll.state == Poll.State.DECLARED,
        "is_rehearsal": poll.is_rehearsal,
        "threshold": RULES[poll.rule].label,
    }
    if count is None:
        return facts
    names = {str(line["order"]): line["name"] for line in lines}
    few = regulations.value(poll.council, "few_ballots")
    verdicts = [row.verdict for row in outcomes.values()]
    left = seats_left(verdicts, poll.seats) if poll.kind == Poll.Kind.ELECTION else 0
    return facts | {
        "handed_out": count.handed_out,
        "collected": count.collected,
        "valid": count.valid,
        "blank": count.blank,
        "invalid": count.invalid,
        "seats_left": left,
        "telling": telling(count, names, few),
        "article": next((row.article for row in outcomes.values()), ""),
        "total": poll.entitled,
        "present": poll.present,
    }


def _worded(verdict: str, poll: Poll) -> str:
    """A verdict as a screen says it: that of a practice vote is never read as a real one."""
    if not poll.is_rehearsal:
        return verdict
    return _("Thử: %(verdict)s") % {"verdict": verdict[0].lower() + verdict[1:]}


def short_hash(digest: str) -> str:
    """A digest as it is shown and read aloud: "7F3A 19C4"."""
    return f"{digest[:4]} {digest[4:8]}".upper() if digest else ""

