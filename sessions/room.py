"""The room of a sitting: what each audience is shown, as facts and rendered parts (docs/realtime.md).

The pages of a sitting include the same parts, so a page that was opened now and a page that followed
every change are the same page. Nothing personal stands here: a tablet asks for its own vote itself.
"""

from dataclasses import dataclass
from functools import cached_property

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from council import live
from council.accounts.selectors import live_sign_ins
from council.models import Membership, User
from documents.models import Document
from sessions import polls
from sessions.models import AgendaItem, CouncilSession, ItemPaper, ItemPoll, Presentation, Sitting
from sessions.permissions_room import can_conduct, can_follow
from sessions.record import Head, head_of
from sessions.selectors_room import (
    Headcount,
    absences_of,
    agenda_of,
    cancelled_of,
    checks_on,
    headcount_of,
    is_readable,
    is_shared,
    item_polls_of,
    polls_on,
    presence_of,
    presentation_in,
    shown_of,
    sitting_by_key,
    undeclared,
    waiting_in_turn,
    with_newest,
    withdrawn_today,
)
from voting import selectors as votes
from voting.counting import confirmed_count, waiting_count
from voting.models import Objection, Poll, Teller
from voting.objections import objection_until
from voting.secret.selectors import box_facts, opened_ballots
from voting.tellers import serving_tellers

KIND = "sitting"
# naming setting of a named vote's result, by audience of the room
NAMING = {"delegate": "delegates", "desk": "desk", "roll": "desk", "wall": "wall", "public": "public"}
DESK = ("desk", "roll")  # audiences of those who run the sitting


@dataclass
class Scene:
    """Everything that the screens of a sitting tell, read once and only as far as a part asks."""

    sitting: Sitting
    audience: str

    @property
    def is_desk(self) -> bool:
        return self.audience in DESK

    @cached_property
    def council_session(self):
        return self.sitting.council_session

    @cached_property
    def agenda(self) -> list[AgendaItem]:
        return agenda_of(self.council_session)

    @cached_property
    def items(self) -> list[AgendaItem]:
        """The items of this sitting."""
        return [item for item in self.agenda if item.sitting_id == self.sitting.pk]

    @cached_property
    def item(self) -> AgendaItem | None:
        return next((item for item in self.agenda if item.pk == self.sitting.current_item_id), None)

    @cached_property
    def next_item(self) -> AgendaItem | None:
        """The first item after the current one that is still to come."""
        after = self.item.number if self.item else 0
        waiting = [item for item in self.items if item.state == AgendaItem.State.PENDING]
        return next((item for item in waiting if item.number > after), waiting[0] if waiting else None)

    @cached_property
    def done(self) -> list[AgendaItem]:
        return [item for item in self.items if item.state in (AgendaItem.State.DONE, AgendaItem.State.SKIPPED)]

    @cached_property
    def to_come(self) -> list[AgendaItem]:
        return [item for item in self.items if item not in self.done]

    @cached_property
    def papers(self) -> list[ItemPaper]:
        """The papers of the current item that all who get this snapshot may read."""
        papers = [paper for paper in self.item.papers.all() if is_readable(paper)] if self.item else []
        if self.is_desk:
            return [paper for paper in papers if paper.document.visibility != Document.Visibility.OFFICE]
        return with_newest([paper for paper in papers if is_shared(paper)])

    @property
    def named(self) -> str | None:
        """What changes when a tablet has to ask whether the current item has papers for its own board or group."""
        papers = [paper for paper in self.item.papers.all() if paper.document_id] if self.item else []
        named = [paper for paper in papers if paper.document.visibility == Document.Visibility.NAMED]
        return f"{self.item.number}:{sum(paper.is_withdrawn for paper in named)}" if named else None

    @cached_property
    def withdrawn(self) -> list[ItemPaper]:
        """What was withdrawn today, for the tablets."""
        return withdrawn_today(self.sitting) if self.audience == "delegate" else []

    @cached_property
    def next_missing(self) -> int:
        """How many papers of the next item are not there yet."""
        return sum(not is_readable(p) for p in self.next_item.papers.all()) if self.next_item else 0

    @cached_property
    def presence(self) -> Headcount:
        """Who is here: to the hall as numbers, to the desk with those who are missing, to its roll with all."""
        if not self.is_desk:
            return headcount_of(self.sitting)
        return presence_of(self.sitting) if self.audience == "roll" else absences_of(self.sitting)

    @cached_property
    def item_polls(self) -> list[ItemPoll]:
        return polls_on(self.sitting)

    @cached_property
    def item_poll(self) -> ItemPoll | None:
        found = shown_of(self.item_polls)
        if found and found.poll.state == Poll.State.DRAFT and not self.is_desk:
            return None  # nobody but the desk sees a poll before it is open
        if found and self.audience == "public":
            is_shown = found.poll.state == Poll.State.DECLARED and not found.poll.is_rehearsal
            return found if is_shown else None
        return found

    @cached_property
    def poll(self) -> Poll | None:
        return self.item_poll.poll if self.item_poll else None

    @cached_property
    def cancelled(self) -> Poll | None:
        """The poll on the current item that was cancelled last, until another is opened."""
        if self.item is None or (self.poll and self.poll.is_open):
            return None
        return cancelled_of(self.item, self.item_polls)

    @cached_property
    def turnout(self):
        if self.result and self.is_on_tablets:
            return self.result["turnout"]  # it was counted at the close
        return votes.turnout(self.poll) if self.poll and self.poll.opened_at else None

    @cached_property
    def options(self) -> list[dict]:
        return votes.options_of(self.poll) if self.poll else []

    @cached_property
    def text_code(self) -> str:
        return votes.short_hash(self.poll.text_digest) if self.poll else ""

    @cached_property
    def roll_code(self) -> str:
        return votes.short_hash(self.poll.roll_hash) if self.poll else ""

    @property
    def result(self) -> dict | None:
        """The result of the one question; several have theirs in `results`."""
        return self.results[0] if self.results and not self.is_joint else None

    @cached_property
    def results(self) -> list[dict]:
        """The result of each question, in order; one for a single question."""
        return votes.results_of(self.poll) if self.poll else []

    @cached_property
    def is_joint(self) -> bool:
        """Whether several questions are put together: `asked` and `results` have a line for each."""
        return bool(self.poll and self.poll.is_joint)

    @cached_property
    def asked(self) -> list[dict]:
        """The questions with the item and the draft that each is about."""
        if self.poll is None:
            return []
        rows = {row.place: row for row in (item_polls_of(self.poll) if self.is_joint else [self.item_poll])}
        return [line | {"about": rows.get(line["place"])} for line in votes.questions_of(self.poll)]

    @cached_property
    def one_threshold(self) -> bool:
        """Whether one rule decides all questions."""
        return len({str(line["rule"]) for line in self.asked}) == 1

    @cached_property
    def numbers(self) -> str:
        """The numbers of the items voted on: "12", "12, 15", "12–14"."""
        found = sorted({line["about"].item.number for line in self.asked if line["about"]})
        if len(found) > 2 and found[-1] - found[0] == len(found) - 1:
            return f"{found[0]}–{found[-1]}"
        return ", ".join(str(n) for n in found)

    @cached_property
    def objections(self) -> list[Objection]:
        """Delegates who say that their vote is recorded wrongly; for the desk."""
        if self.poll is None or not self.is_desk:
            return []
        return list(self.poll.objections.select_related("delegate"))

    @property
    def open_objections(self) -> int:
        return sum(one.state == one.State.OPEN for one in self.objections)

    @cached_property
    def objection_until(self):
        return objection_until(self.poll) if self.poll else None

    @cached_property
    def needs_confirmation(self) -> bool:
        """Whether a declared vote on persons has no resolution yet that confirms it."""
        if self.poll is None or not self.poll.is_secret or self.poll.state != Poll.State.DECLARED:
            return False
        return not self.poll.confirmations.exclude(state=Poll.State.CANCELLED).exists()

    @cached_property
    def turns(self) -> list[ItemPoll]:
        """The votes that wait for their turn, in order; for the desk."""
        return waiting_in_turn(self.sitting) if self.is_desk else []

    @property
    def in_turn(self) -> ItemPoll | None:
        return self.turns[0] if self.turns else None

    @cached_property
    def sheet(self) -> dict | None:
        """A secret vote: its persons; their outcome for the desk after the count, for the others once declared."""
        facts = votes.sheet_facts(self.poll) if self.poll else None
        if facts and facts["is_counted"] and not (facts["is_declared"] or self.is_desk):
            for line in facts["lines"]:
                line["figures"], line["verdict"] = [], ""
            facts["is_counted"] = False
        return facts

    @cached_property
    def has_outcome(self) -> bool:
        """Whether this audience may see how the vote ended."""
        return bool(self.results or (self.sheet and self.sheet["is_counted"]))

    @cached_property
    def count_state(self) -> str:
        """Where the tellers are: "", "entry", "second" or "done"; "keys" while a secret box waits for their keys."""
        if self.poll is None or self.poll.state not in ("closed", "declared"):
            return ""
        if self.secret:
            return "done" if self.secret["is_revealed"] else "keys"
        if not self.poll.is_counted:
            return ""
        if confirmed_count(self.poll):
            return "done"
        return "second" if waiting_count(self.poll) else "entry"

    @cached_property
    def undeclared(self) -> list[ItemPoll]:
        """Votes of other items that wait for their count or for the chair."""
        return undeclared(self.sitting)

    @cached_property
    def tellers(self) -> list[Teller]:
        """Who counts in this session, the head first; for a rehearsal those of the rehearsal."""
        board = serving_tellers(
            self.council_session.chain_key, is_rehearsal=bool(self.poll and self.poll.is_rehearsal)
        )
        return list(board.members.select_related("delegate")) if board else []

    @cached_property
    def has_tellers(self) -> bool:
        return bool(self.tellers)

    @cached_property
    def teller_names(self) -> str:
        return ", ".join(teller.delegate.full_name for teller in self.tellers)

    @cached_property
    def is_on_tablets(self) -> bool:
        """Whether the vote on screen is a named one that the delegates' tablets take."""
        return self.poll is not None and not self.poll.is_counted and not self.poll.is_secret

    @cached_property
    def is_secret_on_tablets(self) -> bool:
        """Whether the vote on screen is a secret one that the delegates' tablets take."""
        return self.poll is not None and self.poll.is_sealed

    @cached_property
    def secret(self) -> dict | None:
        """The box of a secret vote on tablets: phase, counts, tellers' keys (voting/secret/selectors.py)."""
        return box_facts(self.poll) if self.poll else None

    @cached_property
    def opened_ballots(self) -> list[dict]:
        """The ballots of a secret vote by their codes, once it is declared."""
        is_declared = self.is_secret_on_tablets and self.poll.state == Poll.State.DECLARED
        return opened_ballots(self.poll) if is_declared else []

    @cached_property
    def counted_by(self):
        """The confirmed count of a vote that tellers counted: who entered it, who confirmed, why not on tablets."""
        return confirmed_count(self.poll) if self.poll and self.poll.is_counted else None

    @cached_property
    def naming(self) -> str:
        return votes.naming_for(self.poll, NAMING[self.audience]) if self.poll else "totals"

    @cached_property
    def seats(self) -> list[dict]:
        """The seat map of the result, as far as the naming setting of this audience allows."""
        if not self.result or self.naming == "totals":
            return []
        lines = votes.named_votes(self.poll, self.naming)
        return [
            {"seat": line.seat, "mark": line.choice, "name": line.name, "label": line.label}
            for line in lines
            if line.seat
        ]

    @cached_property
    def seat_rows(self) -> list[tuple[str, list[dict]]]:
        """The seats by row and number with their names, where the council shows names on the wall."""
        if self.naming != "names" or self.audience != "wall":
            return []
        rows: dict[str, list[dict]] = {}
        for seat in self.seats:
            letter = seat["seat"].rstrip("0123456789").rstrip("-. ")
            number = int(seat["seat"][len(letter) :].strip("-. ") or 0)
            rows.setdefault(letter, []).append(seat | {"number": number})
        return sorted((letter, sorted(row, key=lambda s: s["number"])) for letter, row in rows.items())

    @cached_property
    def issues(self):
        """What stands in the way of opening the prepared poll."""
        if self.poll is None or self.poll.state != Poll.State.DRAFT:
            return []
        return polls.opening_issues(self.sitting, self.item_poll)

    @cached_property
    def is_barred(self) -> bool:
        return any(issue.blocking for issue in self.issues)

    @cached_property
    def secretary_votes(self) -> list[dict]:
        return votes.secretary_votes(self.poll) if self.poll and self.poll.opened_at else []

    @cached_property
    def entered(self) -> list[dict]:
        """The same with what they say, after the close: the desk looks at them before it declares."""
        return votes.secretary_votes(self.poll, with_choice=True) if self.is_desk and self.results else []

    @cached_property
    def question(self) -> str:
        """The question a poll on the current item would put."""
        return polls.question_for(self.item) if self.item else ""

    @cached_property
    def checks(self) -> dict:
        return checks_on(self.sitting)

    @cached_property
    def presentation(self) -> Presentation | None:
        """What is presented to the hall now."""
        return presentation_in(self.sitting)

    @cached_property
    def presented_by(self) -> str:
        """Who presents, as a tablet says it: "chủ tọa", or the member's name."""
        running = self.presentation
        if running is None:
            return ""
        return _("chủ tọa") if can_conduct(running.by, self.sitting) else running.by.full_name

    @cached_property
    def record(self) -> Head | None:
        """The signed head of the session's record; not told while a vote is open, when every ballot moves it."""
        if self.poll and self.poll.is_open:
            return None
        return head_of(self.council_session)

    @property
    def shows_record(self) -> bool:
        """Whether the wall has room for the QR code; beside a result it shows the head in words."""
        return self.wall in ("attendance", "pause", "after")

    @cached_property
    def wall(self) -> str:
        """What the wall shows now: pause, attendance, poll, counting, result, ballots, item, before or after."""
        if self.poll and self.poll.is_open:
            return "poll"
        if self.sitting.state == Sitting.State.CLOSED:
            return "after"
        chosen = self.sitting.wall_view
        if chosen == Sitting.WallView.PAUSE:
            return "pause"
        if chosen == Sitting.WallView.ATTENDANCE or self.sitting.state == Sitting.State.PLANNED:
            return "attendance"
        if chosen == Sitting.WallView.BALLOTS:
            if self.opened_ballots:
                return "ballots"
            chosen = Sitting.WallView.AUTO
        if self.has_outcome and chosen == Sitting.WallView.AUTO:
            return "result"
        if self.count_state in ("entry", "second", "done", "keys") and chosen == Sitting.WallView.AUTO:
            return "counting"
        return "item" if self.item else "attendance"


PARTS = {
    "delegate": ("now", "papers", "agenda", "question", "ballot", "turnout", "secret", "record"),
    "desk": ("facts", "agenda", "now", "poll", "next", "side", "foot"),
    "roll": ("facts", "roll"),
    "wall": ("note", "scene", "record"),
    "public": ("now",),
}


# the parts that tell the turnout of an open vote
TURNOUT_PARTS = {"delegate": ("turnout", "secret"), "desk": ("poll",), "roll": (), "wall": ("scene",), "public": ()}
# the parts that differ when a vote is opened or closed; on the smaller audiences' screens any of them may
VOTE_PARTS = PARTS | {"delegate": tuple(name for name in PARTS["delegate"] if name not in ("papers", "agenda"))}
KEPT = ("sitting", "agenda", "presence")  # of a scene, what stands while only the vote on screen changes


@live.register_short(KIND)
def render_vote(key: str, audience: str, earlier: live.Snapshot, turnout_only: bool) -> live.Drawn:
    """What a vote that was opened, cast or closed changes, and a page that was turned for the hall; neither
    agenda nor attendance is read again."""
    if turnout_only and audience == "public":
        return earlier.facts, {}, earlier.kept
    scene = Scene(earlier.kept["sitting"], audience)
    vars(scene).update(earlier.kept)
    if turnout_only and not earlier.facts.get("poll"):
        return earlier.facts | _presenting(scene), {}, earlier.kept
    if turnout_only:
        facts = earlier.facts | {"poll": _poll(scene)} | _presenting(scene)
        return facts, _parts(scene, TURNOUT_PARTS[audience]), earlier.kept
    return _shown(scene), _parts(scene, VOTE_PARTS[audience]), earlier.kept


@live.register_room(KIND)
def render(key: str, audience: str) -> live.Drawn:
    """Facts and parts of a sitting's room for one audience; a closed-door sitting shows no stranger more
    than that it is held."""
    scene = Scene(sitting_by_key(key), audience)
    return _shown(scene), _parts(scene, PARTS[audience]), {name: getattr(scene, name) for name in KEPT}


def _shown(scene: Scene) -> dict:
    if scene.sitting.is_closed_door and scene.audience in ("wall", "public"):
        return {"sitting": _sitting(scene.sitting), "closed_door": True, "poll": None}
    return _facts(scene)


def _parts(scene: Scene, names) -> dict[str, str]:
    context = {"scene": scene, "sitting": scene.sitting, "council": scene.council_session.council}
    folder = "desk" if scene.is_desk else scene.audience
    return {name: render_to_string(f"sessions/room/{folder}/_{name}.html", context) for name in names}


def _facts(scene: Scene) -> dict:
    presence = scene.presence
    return {
        "sitting": _sitting(scene.sitting),
        "item": scene.item.number if scene.item else None,
        "present": presence.present,
        "total": presence.total,
        "needed": presence.needed,
        "enough": presence.is_enough,
        "poll": _poll(scene),
        "wall": scene.wall if scene.audience in ("wall", *DESK) else None,
        "named": scene.named if scene.audience == "delegate" else None,
    } | _record(scene) | _presenting(scene)


def _presenting(scene: Scene) -> dict:
    """What is presented to the hall, by its address only: each tablet asks itself whether it may read that paper."""
    if scene.audience not in ("delegate", "desk"):
        return {}
    running = scene.presentation
    if running is None:
        return {"presenting": None}
    shown = {
        "id": str(running.public_id),
        "paper": str(running.version.document.public_id),
        "version": running.version.number,
        "page": running.page,
        "by": running.by_id,
        "who": scene.presented_by,
    }
    return {"presenting": shown}


def _record(scene: Scene) -> dict:
    """The head of the record, for a tablet to compare with the one that it knows."""
    if scene.audience != "delegate" or scene.record is None:
        return {}
    links = reverse("sessions:record_links", args=[scene.council_session.slug])
    return {"record": scene.record.as_json() | {"links": links}}


def _poll(scene: Scene) -> dict | None:
    poll = scene.poll
    if poll is None or (poll.is_counted and scene.audience == "delegate"):
        return None  # nothing to press on a tablet where tellers count
    secret = scene.secret
    facts = {
        "id": str(poll.public_id),
        "state": poll.state,
        "asks": poll.asks,
        "labels": {option["key"]: option["label"] for option in scene.options},
        "cast": secret["cast"] if secret else scene.turnout.cast if scene.turnout else 0,
        "present": scene.turnout.present if scene.turnout else 0,
        "entitled": poll.entitled,
        "opened_at": poll.opened_at.isoformat() if poll.opened_at else None,
        "closed_at": poll.closed_at.isoformat() if poll.closed_at else None,
        "objection_until": scene.objection_until.isoformat() if scene.objection_until else None,
    }
    if secret:
        names = ("phase", "manifest", "handed_out", "of", "is_all_cast", "ballots_digest", "keys_published", "keys_needed")
        facts |= {"secrecy": poll.secrecy} | {name: secret[name] for name in names}
        if scene.audience == "delegate":
            links = reverse("sessions:record_links", args=[scene.council_session.slug])
            facts["record"] = {"chain": poll.chain, "links": links}  # where a tablet looks for the manifest
    return facts


def _sitting(sitting: Sitting) -> dict:
    return {
        "id": str(sitting.public_id),
        "state": sitting.state,
        "check_in_open": sitting.check_in_open,
    }


# --- Who may watch -------------------------------------------------------------------------------


def may_watch(user: User, sitting: Sitting, audience: str) -> bool:
    """Whether a signed-in person may be served this audience."""
    if audience == "delegate":
        return can_follow(user, sitting)
    if audience in DESK:
        return can_conduct(user, sitting)
    if audience == "wall":
        return can_conduct(user, sitting) or can_follow(user, sitting)
    return audience == "public"


@live.register_rights(KIND)
def still_seated(seats) -> set[live.Seat]:
    """The seats whose sign-in lives and whose person may still watch; asked at every heartbeat.

    A handful of queries for a whole hall of members; only others are asked about one by one.
    """
    sittings = {room: sitting_by_key(room) for room in {seat.room for seat in seats}}
    members = {room: member_ids(sitting) for room, sitting in sittings.items()}
    alive = live_sign_ins({seat.session_key for seat in seats if seat.session_key})
    good = set()
    for seat in seats:
        if not seat.user_id:  # a wall opened by its link: the link holds for the day
            good.add(seat)
            continue
        user = alive.get(seat.session_key)
        if user is None or user.pk != seat.user_id:
            continue
        if seat.audience == "delegate" and user.pk in members[seat.room]:
            good.add(seat)
        elif may_watch(user, sittings[seat.room], seat.audience):
            good.add(seat)
    return good


def member_ids(sitting: Sitting) -> set[int]:
    """The users who may follow a sitting because they belong to the convened body today."""
    if sitting.council_session.state == CouncilSession.State.DRAFT:
        return set()
    memberships = Membership.objects.filter(body=sitting.council_session.body).on(timezone.localdate())
    return set(memberships.values_list("user_id", flat=True))
