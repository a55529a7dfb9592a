"""Votes in a sitting: prepared on an item, several together or in turn, opened, corrected, confirmed by a resolution.

Every act locks the sitting first (sessions/conduct.py) and then the poll; what a vote itself is, voting/ knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from council import regulations
from council.errors import BadInput, NotAllowed, WrongState
from council.models import Body, Delegate, User
from documents.models import Document, Version
from sessions.conduct import go_to_item, lock_sitting
from sessions.models import (
    AgendaItem,
    Attendance,
    CouncilSession,
    ItemPaper,
    ItemPoll,
    Sitting,
)
from sessions.permissions_room import can_enter_for_others
from sessions.selectors_room import (
    headcount_of,
    item_polls_of,
    members_of,
    poll_of,
    roll_for,
    waiting_in_turn,
)
from voting import services as voting
from voting.count_rules import seats_left
from voting.models import Poll, Vote
from voting.rules import (
    RULES,
    Asked,
    Issue,
    Named,
    OpeningFacts,
    art_49_holds,
    issues_before_opening,
    months_between,
)
from voting.secret import services as secret
from voting.secret.life import missing_before_opening
from voting.tellers import name_tellers, tellers_of


@transaction.atomic
def prepare_item_poll(
    *,
    sitting: Sitting,
    item: AgendaItem,
    by: User,
    question: str = "",
    paper: ItemPaper | None = None,
    rule: str = "",
    about: str = ItemPoll.About.DRAFT,
    **ballot,
) -> ItemPoll:
    """Prepare a vote on an item; asking twice gives the draft that is there.

    `about` says whether it is about the item's draft, one article of it, a procedural question or the
    agenda; only the first adopts the draft.

    The question and the text come from the item's draft resolution when none is given; the poll keeps
    the digest of the version that is current now. `ballot` is what voting.services.prepare_poll takes
    besides: kind, method, secrecy, nominees, seats, is_rehearsal, corrects, first_round.
    """
    sitting = lock_sitting(sitting, by)
    if item.council_session_id != sitting.council_session_id:
        raise BadInput(_("Mục này không thuộc kỳ họp."))
    draft = _draft_on(item)
    if draft is not None:
        return draft
    kind = ballot.get("kind", Poll.Kind.NAMED)
    if about not in ItemPoll.About.values:
        raise BadInput(_("Chọn việc được biểu quyết trong danh sách."))
    if BLANK in question:
        raise BadInput(_("Ghi rõ điều nào của dự thảo."))
    if kind == Poll.Kind.NAMED:
        has_text = about in (ItemPoll.About.DRAFT, ItemPoll.About.ARTICLE)
        paper = (paper or draft_of(item)) if has_text else None
        rule = rule or usual_rule(sitting)
    version = _version_of(paper)
    council_session = sitting.council_session
    poll = voting.prepare_poll(
        council=council_session.council,
        body=council_session.body,
        room=sitting.room,
        question=question.strip() or usual_questions(item)[about],
        text_name=_text_name(paper, version),
        text_digest=version.sha256 if version else "",
        rule=rule,
        by=by,
        chain=council_session.chain_key,
        **ballot,
    )
    return ItemPoll.objects.create(item=item, poll=poll, paper=paper, about=about)


@dataclass(frozen=True)
class Choice:
    """A draft of the agenda that the desk chose for a vote; question and rule are the usual ones when empty."""

    item: AgendaItem
    paper: ItemPaper | None = None
    question: str = ""
    rule: str = ""


@transaction.atomic
def prepare_together(
    *, sitting: Sitting, chosen: Sequence[Choice], by: User, question: str = "", is_rehearsal: bool = False
) -> ItemPoll:
    """Prepare one vote with several questions (cùng lúc): one screen, one sending, a result for each.

    It is opened from the first item chosen. BadInput: an item of another session, or fewer than two.
    """
    sitting = lock_sitting(sitting, by)
    _refuse_strange_items(sitting, chosen)
    council_session = sitting.council_session
    versions = [_version_of(one.paper) for one in chosen]
    poll = voting.prepare_poll(
        council=council_session.council,
        body=council_session.body,
        room=sitting.room,
        chain=council_session.chain_key,
        question=question.strip() or _("Biểu quyết %(n)s nội dung") % {"n": len(chosen)},
        questions=[
            Asked(
                one.question.strip() or question_for(one.item, one.paper),
                one.rule or usual_rule(sitting),
                _text_name(one.paper, version),
                version.sha256 if version else "",
            )
            for one, version in zip(chosen, versions, strict=True)
        ],
        is_rehearsal=is_rehearsal,
        by=by,
    )
    rows = [
        ItemPoll(item=one.item, poll=poll, paper=one.paper, place=place) for place, one in enumerate(chosen, 1)
    ]
    return ItemPoll.objects.bulk_create(rows)[0]


@transaction.atomic
def prepare_in_turn(
    *, sitting: Sitting, chosen: Sequence[Choice], by: User, is_rehearsal: bool = False
) -> list[ItemPoll]:
    """Prepare several votes to be held one after the other (lần lượt), after those that wait already."""
    sitting = lock_sitting(sitting, by)
    _refuse_strange_items(sitting, chosen)
    council_session = sitting.council_session
    last = ItemPoll.objects.filter(poll__room=sitting.room).aggregate(last=Max("turn"))["last"] or 0
    made = []
    for turn, one in enumerate(chosen, last + 1):
        version = _version_of(one.paper)
        poll = voting.prepare_poll(
            council=council_session.council,
            body=council_session.body,
            room=sitting.room,
            chain=council_session.chain_key,
            question=one.question.strip() or question_for(one.item, one.paper),
            text_name=_text_name(one.paper, version),
            text_digest=version.sha256 if version else "",
            rule=one.rule or usual_rule(sitting),
            is_rehearsal=is_rehearsal,
            by=by,
        )
        made.append(ItemPoll.objects.create(item=one.item, poll=poll, paper=one.paper, turn=turn))
    return made


@transaction.atomic
def open_next(*, sitting: Sitting, by: User) -> Poll:
    """Go to the item of the vote that is next in turn and open it: one press for the desk.

    WrongState: none waits, an issue bars it, or the vote before it is not declared yet.
    """
    sitting = lock_sitting(sitting, by)
    waiting = next(iter(waiting_in_turn(sitting)), None)
    if waiting is None:
        raise WrongState(_("Không còn cuộc biểu quyết nào chờ đến lượt."))
    if Poll.objects.filter(room=sitting.room, state=Poll.State.CLOSED, method=Poll.Method.TABLET).exists():
        raise WrongState(_("Hãy công bố hoặc hủy cuộc biểu quyết trước, rồi mở cuộc tiếp theo."))
    if sitting.current_item_id != waiting.item_id:
        go_to_item(sitting=sitting, item=waiting.item, by=by)
    return open_item_poll(sitting=sitting, poll=waiting.poll, by=by)


def _refuse_strange_items(sitting: Sitting, chosen: Sequence[Choice]) -> None:
    if len(chosen) < 2:
        raise BadInput(_("Chọn ít nhất hai nội dung."))
    for one in chosen:
        if one.item.sitting_id != sitting.pk:
            raise BadInput(_("Mục này không thuộc phiên họp này."))
        if one.paper is not None and one.paper.item_id != one.item.pk:
            raise BadInput(_("Văn bản không thuộc mục này."))


def _draft_on(item: AgendaItem) -> ItemPoll | None:
    """The vote being prepared on an item, those that wait for their turn apart."""
    drafts = item.item_polls.filter(poll__state=Poll.State.DRAFT, turn__isnull=True)
    return drafts.select_related("poll").first()


@transaction.atomic
def open_item_poll(*, sitting: Sitting, poll: Poll, by: User) -> Poll:
    """Open a prepared poll with the body's members and where they are at this moment.

    The text is the version that is current now. WrongState: the sitting is not open, or an issue bars it.
    """
    sitting = lock_sitting(sitting, by)
    if sitting.state != Sitting.State.OPEN:
        raise WrongState(_("Phiên họp chưa mở nên chưa biểu quyết được."))
    rows = item_polls_of(poll)
    for issue in opening_issues(sitting, rows[0]):
        if issue.blocking:
            raise WrongState(issue.words)
    versions = {row.place: (row.paper, _version_of(row.paper)) for row in rows}
    voting.set_texts(
        poll=poll,
        texts={place: (_text_name(p, v), v.sha256) for place, (p, v) in versions.items() if v is not None},
    )
    return voting.open_poll(poll=poll, roll=roll_for(sitting), by=by)


@transaction.atomic
def vote_through_secretary(
    *, sitting: Sitting, poll: Poll, delegate: Delegate, choice: str, reason: str, by: User
) -> Vote:
    """Enter the vote of a present delegate whose tablet failed, marked as such on every screen."""
    sitting = lock_sitting(sitting, by)
    if not can_enter_for_others(by, sitting):
        raise NotAllowed(_("Chỉ thư ký kỳ họp ghi phiếu thay máy của đại biểu."))
    return voting.cast_by_secretary(poll=poll, delegate=delegate, choice=choice, reason=reason, by=by)


@transaction.atomic
def propose_tellers(
    *, sitting: Sitting, item: AgendaItem, members: list[Delegate], head: Delegate, by: User, **ballot
) -> ItemPoll:
    """Put a counting board (Ban kiểm phiếu) to an open vote on an item; it serves once that vote passed.

    BadInput: fewer members than the council's setting asks, a head who is no member, somebody absent
    from the body. WrongState: another vote is being prepared on the item.
    """
    sitting = lock_sitting(sitting, by)
    if _draft_on(item) is not None:
        raise WrongState(_("Mục này đang chuẩn bị một cuộc biểu quyết khác."))
    if {member.pk for member in members} - {member.pk for member in members_of(sitting)}:
        raise BadInput(_("Ban kiểm phiếu gồm đại biểu của phiên họp này."))
    names = ", ".join(member.full_name for member in members)
    question = _("Thông qua Ban kiểm phiếu gồm: %(names)s; Trưởng ban: %(head)s")
    made = prepare_item_poll(
        sitting=sitting,
        item=item,
        by=by,
        question=(question % {"names": names, "head": head.full_name})[:500],
        **ballot,
    )
    name_tellers(poll=made.poll, members=members, head=head, by=by)
    return made


@transaction.atomic
def prepare_second_round(*, sitting: Sitting, poll: Poll, by: User) -> ItemPoll:
    """Prepare the next round of an election that left seats open, with those who were not elected.

    Where some were tied for the last seats, the next round is among them. WrongState: no seat is left.
    """
    sitting = lock_sitting(sitting, by)
    poll = Poll.objects.get(pk=poll.pk)
    if poll.kind != Poll.Kind.ELECTION or poll.state != Poll.State.DECLARED:
        raise WrongState(_("Chỉ bầu tiếp sau khi kết quả lần bầu trước đã công bố."))
    rows = list(poll.outcomes.select_related("nominee"))
    left = seats_left([row.verdict for row in rows], poll.seats)
    if not left:
        raise WrongState(_("Đã bầu đủ số người."))
    again = [row.nominee for row in rows if row.verdict == "tied"]
    again = again or [row.nominee for row in rows if row.verdict != "elected"]
    rounds = (poll.first_round or poll).later_rounds.exclude(state=Poll.State.CANCELLED).count() + 2
    return prepare_item_poll(
        sitting=sitting,
        item=item_polls_of(poll)[0].item,
        by=by,
        question=_("%(question)s (lần %(n)s)")
        % {"question": (poll.first_round or poll).question[:480], "n": rounds},
        kind=poll.kind,
        method=poll.method,
        secrecy=poll.secrecy,
        rule=poll.rule,
        seats=left,
        nominees=[Named(nominee.name, nominee.note, nominee.delegate_id) for nominee in again],
        first_round=poll.first_round or poll,
        is_rehearsal=poll.is_rehearsal,
    )


@transaction.atomic
def prepare_correction(*, sitting: Sitting, poll: Poll, by: User) -> ItemPoll:
    """Prepare a new, announced vote that puts a declared one right; the old one stays as it was (security 35).

    WrongState: not declared, or put right already.
    """
    sitting = lock_sitting(sitting, by)
    poll = Poll.objects.get(pk=poll.pk)
    if poll.state != Poll.State.DECLARED:
        raise WrongState(_("Chỉ biểu quyết lại được một cuộc đã công bố của phiên này."))
    if poll.corrections.filter(state=Poll.State.DECLARED).exists():
        raise WrongState(_("Cuộc này đã được biểu quyết lại."))
    if poll.is_joint:
        return _correct_together(sitting, poll, by)
    item_poll = item_polls_of(poll)[0]
    return prepare_item_poll(
        sitting=sitting,
        item=item_poll.item,
        by=by,
        paper=item_poll.paper,
        question=_("Biểu quyết lại: %(question)s") % {"question": poll.question[:480]},
        kind=poll.kind,
        method=poll.method,
        secrecy=poll.secrecy,
        rule=poll.rule,
        seats=poll.seats,
        nominees=[Named(n.name, n.note, n.delegate_id) for n in poll.nominees.all()],
        corrects=poll,
        is_rehearsal=poll.is_rehearsal,
        about=item_poll.about,
    )


@transaction.atomic
def prepare_confirmation(*, sitting: Sitting, poll: Poll, by: User) -> ItemPoll:
    """Prepare the open vote on the resolution that confirms the result of a vote on persons.

    WrongState: not declared, or confirmed already. Asking twice gives the draft that is there.
    """
    sitting = lock_sitting(sitting, by)
    poll = Poll.objects.get(pk=poll.pk)
    if not poll.is_secret or poll.state != Poll.State.DECLARED:
        raise WrongState(_("Chỉ xác nhận kết quả bỏ phiếu đã công bố."))
    if poll.confirmations.filter(state=Poll.State.DECLARED, result__passed=True).exists():
        raise WrongState(_("Kết quả này đã có nghị quyết xác nhận."))
    return prepare_item_poll(
        sitting=sitting,
        item=item_polls_of(poll)[0].item,
        by=by,
        question=confirming(poll)[:500],
        confirms=poll,
        is_rehearsal=poll.is_rehearsal,
    )


def confirming(poll: Poll) -> str:
    """The question of the resolution that confirms: "Thông qua Nghị quyết xác nhận kết quả bầu …"."""
    rows = poll.outcomes.select_related("nominee")
    elected = [row.nominee.name for row in rows if row.verdict == "elected"]
    words = f"Thông qua Nghị quyết xác nhận kết quả {str(poll.get_kind_display()).lower()}"
    return f"{words}: {', '.join(elected)}" if elected else f"{words} ({poll.question})"


def _correct_together(sitting: Sitting, poll: Poll, by: User) -> ItemPoll:
    again = voting.prepare_poll(
        council=poll.council,
        body=poll.body,
        room=poll.room,
        chain=poll.chain,
        question=_("Biểu quyết lại: %(question)s") % {"question": poll.question[:480]},
        questions=[Asked(q.question, q.rule, q.text_name, q.text_digest) for q in poll.questions.all()],
        corrects=poll,
        is_rehearsal=poll.is_rehearsal,
        by=by,
    )
    rows = [ItemPoll(item=row.item, poll=again, paper=row.paper, place=row.place) for row in item_polls_of(poll)]
    return ItemPoll.objects.bulk_create(rows)[0]


@transaction.atomic
def start_casting(*, sitting: Sitting, poll: Poll, by: User) -> None:
    """Go on from handing out the ballots of a secret vote on tablets to casting them."""
    sitting = lock_sitting(sitting, by)
    secret.start_casting(poll=poll, by=by)


@transaction.atomic
def back_to_paper(*, sitting: Sitting, poll: Poll, reason: str, by: User) -> ItemPoll:
    """Cancel a secret vote on tablets, with its reason, and prepare the same sheet on paper in one act.

    WrongState: declared or cancelled already, or not on tablets.
    """
    sitting = lock_sitting(sitting, by)
    item = ItemPoll.objects.select_related("item").get(poll=poll).item
    _old, again = secret.back_to_paper(poll=poll, reason=reason, by=by)
    return prepare_item_poll(sitting=sitting, item=item, by=by, **again)


@transaction.atomic
def step_out_of_poll(*, sitting: Sitting, poll: Poll, delegate: Delegate, reason: str, by: User) -> None:
    """Note that a delegate takes no part in an open vote (conflict of interest); the secretary only."""
    sitting = lock_sitting(sitting, by)
    voting.step_out(poll=poll, delegate=delegate, reason=reason, by=by)


@transaction.atomic
def step_into_poll(*, sitting: Sitting, poll: Poll, delegate: Delegate, by: User) -> None:
    """Take that back; presence follows the attendance."""
    sitting = lock_sitting(sitting, by)
    row = Attendance.objects.filter(sitting=sitting, delegate=delegate).first()
    is_present = row is not None and row.state == Attendance.State.PRESENT
    voting.step_in(poll=poll, delegate=delegate, is_present=is_present, by=by)


def opening_issues(sitting: Sitting, item_poll: ItemPoll) -> list[Issue]:
    """What the chair should know before opening; the blocking ones keep the button shut.

    Of several questions each is looked at by its own rule and text; what is said once is not said again.
    """
    presence = headcount_of(sitting)
    shown = poll_of(sitting)
    council_session, poll = sitting.council_session, item_poll.poll
    council = council_session.council
    tellers = tellers_of(poll) if poll.is_secret else []
    on_sheet = set(poll.nominees.values_list("delegate_id", flat=True)) if poll.is_secret else set()
    facts = OpeningFacts(
        rule=RULES[poll.rule],
        entitled=presence.total,
        present=presence.present,
        quorum_fraction=presence.quorum.fraction,
        has_text=_has_its_text(item_poll) or hasattr(poll, "proposed_tellers"),
        other_poll_open=bool(shown and shown.poll.is_open and shown.poll_id != item_poll.poll_id),
        whole=_elected(council_session, sitting),
        months_left=months_between(sitting.date, council_session.term.ends_on),
        is_secret=poll.is_secret,
        nominees=poll.nominees.count() if poll.is_secret else 0,
        seats=poll.seats,
        has_tellers=bool(tellers),
        tellers_on_sheet=tuple(t.delegate.full_name for t in tellers if t.delegate_id in on_sheet),
        few_ballots=regulations.value(council, "few_ballots", on=sitting.date),
        box_lacks=missing_before_opening(poll) if poll.is_sealed else "",
    )
    if not poll.is_joint:
        return issues_before_opening(facts)
    rules = [RULES[one.rule] for one in poll.questions.all()]
    texts = [_has_its_text(row) for row in item_polls_of(poll)]
    found = [
        issue
        for rule, has_text in zip(rules, texts, strict=True)
        for issue in issues_before_opening(replace(facts, rule=rule, has_text=has_text))
    ]
    return list(dict.fromkeys(found))


@dataclass(frozen=True)
class DraftRow:
    """A draft of the agenda that may be put to the vote, with the usual question."""

    item: AgendaItem
    paper: ItemPaper | None
    question: str

    @property
    def key(self) -> str:
        return f"{self.item.public_id}/{self.paper.public_id if self.paper else ''}"


def drafts_to_vote(sitting: Sitting) -> list[DraftRow]:
    """The drafts of a sitting that were not voted on and are not being prepared, in the order of the agenda.

    An item with several drafts has a row for each; an item to be voted on without a draft has one.
    """
    taken = {
        (row.item_id, row.paper_id)
        for row in ItemPoll.objects.filter(item__sitting=sitting, poll__is_rehearsal=False).exclude(
            poll__state=Poll.State.CANCELLED
        )
    }
    kinds = (AgendaItem.Kind.DRAFT_RESOLUTION, AgendaItem.Kind.VOTE)
    rows = []
    for item in sitting.items.filter(kind__in=kinds).exclude(state=AgendaItem.State.SKIPPED):
        drafts = list(item.papers.filter(kind=Document.Kind.DRAFT_RESOLUTION).select_related("document"))
        rows += [
            DraftRow(item, paper, question_for(item, paper))
            for paper in drafts or [None]
            if (item.pk, paper.pk if paper else None) not in taken
        ]
    return rows


def _elected(council_session: CouncilSession, sitting: Sitting) -> int:
    """How many delegates the council reckons "tổng số đại biểu" by; 0 for a body that is its own base."""
    if council_session.body.kind != Body.Kind.PLENARY:
        return 0
    return regulations.value(council_session.council, "delegates_elected", on=sitting.date)


def usual_rule(sitting: Sitting) -> str:
    """By which rule an open vote is decided unless the desk chooses another: that of art. 49.2b where it holds."""
    council_session = sitting.council_session
    whole = regulations.value(council_session.council, "delegates_elected", on=sitting.date)
    left = months_between(sitting.date, council_session.term.ends_on)
    special = art_49_holds(headcount_of(sitting).total, whole, left)
    return "two_thirds_in_office" if special else "majority_of_all"


def draft_of(item: AgendaItem) -> ItemPaper | None:
    """The draft resolution among an item's papers."""
    papers = item.papers.filter(kind=Document.Kind.DRAFT_RESOLUTION).select_related("document")
    return papers.exclude(document=None).first() or papers.first()


def question_for(item: AgendaItem, paper: ItemPaper | None = None) -> str:
    """The usual question: to pass the item's draft, or what the item says; of one draft among several, its title."""
    title = item.title.strip()
    if paper is not None and item.papers.filter(kind=Document.Kind.DRAFT_RESOLUTION).count() > 1:
        title = paper.title.strip()
    if title.lower().startswith(("thông qua", "biểu quyết", "quyết nghị")):
        return title
    if title.lower().startswith("dự thảo nghị quyết"):
        return f"Thông qua Nghị quyết{title[len('dự thảo nghị quyết') :]}"
    return f"Thông qua {title}"


BLANK = "[số]"  # stands in the usual question about an article until the desk has said which


def usual_questions(item: AgendaItem) -> dict[str, str]:
    """The fitting question for each thing that a vote on an item may be about."""
    draft = question_for(item).removeprefix("Thông qua ")
    return {
        ItemPoll.About.DRAFT: question_for(item),
        ItemPoll.About.ARTICLE: f"Thông qua Điều {BLANK} của dự thảo {draft}",
        ItemPoll.About.PROCEDURE: "Kết thúc thảo luận và chuyển sang biểu quyết",
        ItemPoll.About.AGENDA: "Thông qua chương trình kỳ họp",
    }


def _has_its_text(item_poll: ItemPoll) -> bool:
    """Whether the text voted on is there; a procedural question and the agenda need none."""
    if item_poll.about in (ItemPoll.About.PROCEDURE, ItemPoll.About.AGENDA):
        return True
    return _version_of(item_poll.paper) is not None


def _version_of(paper: ItemPaper | None) -> Version | None:
    if paper is None or paper.document is None:
        return None
    return paper.document.versions.filter(state=Version.State.READY).order_by("-number").first()


def _text_name(paper: ItemPaper | None, version: Version | None) -> str:
    if paper is None:
        return ""
    name = paper.get_kind_display()
    return f"{name}, lần {version.number}" if version else name
