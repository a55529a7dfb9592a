"""What can happen between the office and those who owe papers: ask, hand in, accept, ask back, withdraw."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from council import outbox, regulations
from council.errors import BadInput, NotAllowed, WrongState
from council.models import Agency, Body, Job, User
from documents import services as documents
from documents.models import Version
from sessions import rules, selectors
from sessions.handin.permissions import can_hand_in
from sessions.models import CouncilSession, HandIn, ItemPaper, PaperRequest
from sessions.permissions import can_change_agenda, can_prepare
from sessions.services.papers import file_paper
from sessions.services.shared import lock, record

State, Answer = PaperRequest.State, HandIn.Answer
MORNING = time(7, 30)  # when reminders leave


@dataclass(frozen=True)
class Wanted:
    """A paper and whom it is asked of: exactly one of agency and body."""

    paper: ItemPaper
    agency: Agency | None = None
    body: Body | None = None


# --- the office asks -------------------------------------------------------------------------------------
@transaction.atomic
def ask_for_papers(
    *, council_session: CouncilSession, by: User, wanted: Sequence[Wanted], due_on: date | None = None, note: str = ""
) -> list[PaperRequest]:
    """Ask agencies and boards for papers; each gets one letter that names all of theirs.

    Without `due_on` the day is counted from the council's regulations. A paper that is asked for already
    is asked of the one named now, for the day named now. BadInput: a day that is past or after the opening.
    """
    locked = lock(council_session, by)
    day, by_hand = _due_day(locked, due_on)
    made = []
    for want in wanted:
        _check(want, locked)
        request = PaperRequest.objects.select_for_update(no_key=True).filter(paper=want.paper).first()
        if request is None:
            request = PaperRequest(paper=want.paper)
        elif request.state == State.WITHDRAWN:
            request.move_to(State.ASKED)
        elif request.state not in PaperRequest.OWED:
            raise WrongState(_("“%(title)s” đã được nộp.") % {"title": want.paper.title})
        request.agency, request.body = want.agency, want.body
        request.due_on, request.due_by_hand, request.note = day, by_hand, note.strip()[:1000]
        request.asked_by = by
        request.save()
        record(
            by, "sessions.paper-asked", request, locked,
            item=want.paper.item.number, of=request.asked_of, due=str(day), by_hand=by_hand,
        )  # fmt: skip
        made.append(request)
    for asked in _by_asked(made):
        _write("asked", asked)
        _schedule(locked, asked[0])
    return made


@transaction.atomic
def set_due_day(*, request: PaperRequest, by: User, due_on: date | None) -> PaperRequest:
    """Give another day: set by hand, or None for the regulations' own; whoever was asked is told by mail."""
    locked = lock(request.paper.item.council_session, by)
    request = _locked(request)
    if request.state not in PaperRequest.OWED:
        raise WrongState(_("Văn bản này không còn chờ nộp, không đổi hạn nữa."))
    request.due_on, request.due_by_hand = _due_day(locked, due_on)
    request.save(update_fields=["due_on", "due_by_hand"])
    record(by, "sessions.paper-due-set", request, locked, due=str(request.due_on), by_hand=request.due_by_hand)
    _write("due", [request])
    _schedule(locked, request)
    return request


@transaction.atomic
def withdraw_request(*, request: PaperRequest, by: User) -> PaperRequest:
    """Ask no more; what was handed in stays on record, and whoever was asked is told by mail."""
    locked = lock(request.paper.item.council_session, by)
    request = _locked(request)
    request.move_to(State.WITHDRAWN)
    request.save(update_fields=["state"])
    record(by, "sessions.paper-ask-withdrawn", request, locked)
    _write("withdrawn", [request])
    return request


@transaction.atomic
def remind_now(*, request: PaperRequest, by: User) -> None:
    """Remind whoever owes the paper, by mail; once a day and request."""
    locked = lock(request.paper.item.council_session, by)
    request = _locked(request)
    if request.state not in PaperRequest.OWED:
        raise WrongState(_("Văn bản này không còn chờ nộp."))
    today = str(timezone.localdate())
    if Job.objects.filter(key=f"hand-in:reminded:{request.public_id.hex}:{today}").exists():
        raise WrongState(_("Hôm nay đã nhắc văn bản này."))
    _write("reminded", [request], today)
    record(by, "sessions.paper-reminded", request, locked, of=request.asked_of)


# --- the agency or board hands in ---------------------------------------------------------------------------
def hand_in(*, request: PaperRequest, by: User, upload, note: str = "") -> HandIn:
    """Bring a file for a paper that was asked for; only the office reads it until it accepts.

    A newer file overtakes one that waits; one that was accepted stays in the agenda until the office
    accepts the newer one. BadInput in words for what is not a sound paper (documents/check.py).
    """
    if not can_hand_in(by, request):
        raise NotAllowed(_("Văn bản này không chờ cơ quan của ông (bà) nộp."))
    council_session = request.paper.item.council_session
    paper = documents.check_paper(upload, council=council_session.council, by=by)
    try:
        with transaction.atomic():
            CouncilSession.objects.select_for_update(no_key=True).get(pk=council_session.pk)
            request = _locked(request)
            if not can_hand_in(by, request):  # the check took seconds: asked again under the lock
                raise NotAllowed(_("Văn bản này không chờ cơ quan của ông (bà) nộp."))
            same = request.tray and request.tray.versions.filter(sha256=paper.sha256).order_by("-number").first()
            if same and same.hand_in.answer != Answer.SENT_BACK and not request.hand_ins.filter(pk__gt=same.hand_in.pk).exists():
                return same.hand_in  # sent twice: it waits, or was accepted, once
            request.move_to(State.HANDED_IN)
            version = documents.take_in(
                council=council_session.council, by=by, paper=paper, title=request.paper.title,
                kind=request.paper.kind, body=council_session.body, document=request.tray,
            )  # fmt: skip
            request.tray = version.document
            request.save(update_fields=["state", "tray"])
            request.hand_ins.filter(answer=Answer.WAITING).update(answer=Answer.OVERTAKEN, answered_at=timezone.now())
            brought = HandIn.objects.create(
                request=request, version=version, note=note.strip()[:1000], handed_in_by=by
            )
            record(
                by, "sessions.paper-handed-in", request, council_session,
                item=request.paper.item.number, version=version.number, sha256=version.sha256,
            )  # fmt: skip
            return brought
    finally:
        paper.close()


# --- the office answers ----------------------------------------------------------------------------------
def accept(*, hand_in: HandIn, by: User) -> ItemPaper:
    """Take what was handed in: it becomes the paper of the item, or a new version of it, and delegates read it.

    The file is checked once more on its way (seconds, outside the transaction). WrongState: a newer one
    has come, or it was answered already.
    """
    request = hand_in.request
    council_session = request.paper.item.council_session
    if not can_prepare(by, council_session):
        raise NotAllowed(_("Chỉ văn phòng phục vụ cơ quan này được nhận văn bản."))
    if not can_change_agenda(by, council_session):
        raise WrongState(_("Kỳ họp đã bế mạc, không thêm tài liệu được nữa."))
    version = hand_in.version
    if version.state != Version.State.READY:
        raise WrongState(_("Tệp này chưa xử lý xong. Đợi ít phút rồi nhận lại."))
    with version.file.open("rb") as file:
        upload = UploadedFile(
            file=file, name=version.original_name, content_type="application/pdf", size=version.size
        )
        checked = documents.check_paper(upload, council=council_session.council, by=by)
    try:
        with transaction.atomic():
            locked = lock(council_session, by)
            request = _locked(request)
            hand_in = HandIn.objects.select_related("version").get(pk=hand_in.pk)
            if hand_in.answer != Answer.WAITING:
                words = _("Bản này không còn chờ nhận: %(answer)s.")
                raise WrongState(words % {"answer": hand_in.get_answer_display().lower()})
            paper = file_paper(paper=request.paper, by=by, upload=checked)
            request.move_to(State.ACCEPTED)
            request.save(update_fields=["state"])
            _answer(hand_in, Answer.ACCEPTED, by)
            record(by, "sessions.hand-in-accepted", request, locked, version=version.number, sha256=version.sha256)
            _write("accepted", [request])
            return paper
    finally:
        checked.close()


@transaction.atomic
def ask_back(*, request: PaperRequest, by: User, reason: str, due_on: date | None = None) -> PaperRequest:
    """Ask for another file, with the reason, which is mailed: instead of the one that waits, or to replace an accepted one.

    `due_on` gives another day; without it the day stays.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise BadInput(_("Hãy ghi lý do để cơ quan biết cần sửa gì."))
    locked = lock(request.paper.item.council_session, by)
    request = _locked(request)
    waiting = request.hand_ins.filter(answer=Answer.WAITING).first()
    last = waiting or request.hand_ins.first()
    if last is None:
        raise WrongState(_("Văn bản này chưa được nộp lần nào."))
    request.move_to(State.SENT_BACK)
    if due_on is not None:
        request.due_on, request.due_by_hand = _due_day(locked, due_on)
    request.save(update_fields=["state", "due_on", "due_by_hand"])
    _answer(last, Answer.SENT_BACK, by, reason)
    record(by, "sessions.hand-in-sent-back", request, locked, version=last.version.number, reason=reason)
    _write("sent_back", [request], last.public_id.hex)
    _schedule(locked, request)
    return request


# --- shared -------------------------------------------------------------------------------------------------
def _locked(request: PaperRequest) -> PaperRequest:
    return (
        PaperRequest.objects.select_for_update(no_key=True, of=("self",))
        .select_related("paper__item__council_session__body", "agency", "body", "tray")
        .get(pk=request.pk)
    )


def _answer(hand_in: HandIn, answer: str, by: User, reason: str = "") -> None:
    hand_in.answer, hand_in.reason = answer, reason[:1000]
    hand_in.answered_by, hand_in.answered_at = by, timezone.now()
    hand_in.save(update_fields=["answer", "reason", "answered_by", "answered_at"])


def _due_day(council_session: CouncilSession, due_on: date | None) -> tuple[date, bool]:
    """(the day, whether the office set it): the regulations' day, never one that is past."""
    today = timezone.localdate()
    if due_on is None:
        return max(selectors.deadlines(council_session).hand_in.day, today), False
    if due_on < today:
        raise BadInput(_("Hạn nộp không thể là ngày đã qua."))
    if due_on > council_session.ends_on:
        raise BadInput(_("Hạn nộp đứng sau ngày bế mạc %(day)s.") % {"day": rules.day_words(council_session.ends_on)})
    return due_on, True


def _check(want: Wanted, council_session: CouncilSession) -> None:
    if want.paper.item.council_session_id != council_session.pk:
        raise NotAllowed
    if (want.agency is None) == (want.body is None):
        raise BadInput(_("Chọn một cơ quan hoặc một ban để đề nghị nộp “%(title)s”.") % {"title": want.paper.title})
    if (want.agency or want.body).council_id != council_session.council_id:
        raise NotAllowed


def _by_asked(requests: Sequence[PaperRequest]) -> list[list[PaperRequest]]:
    groups: dict[tuple, list[PaperRequest]] = {}
    for request in requests:
        groups.setdefault((request.agency_id, request.body_id), []).append(request)
    return list(groups.values())


def _write(what: str, requests: Sequence[PaperRequest], key: str = "") -> None:
    """Order one letter to the agency or board about these requests; the same `key` is the same letter."""
    first = requests[0]
    stamp = key or f"{timezone.now():%Y%m%d%H%M%S%f}"
    outbox.enqueue(
        "sessions.hand_in_letter", key=f"hand-in:{what}:{first.public_id.hex}:{stamp}",
        council=first.paper.item.council_session.council, title=_("Thư về nộp văn bản: %(name)s") % {"name": first.asked_of},
        what=what, request_ids=",".join(str(request.pk) for request in requests), stamp=stamp,
    )  # fmt: skip


def _schedule(council_session: CouncilSession, request: PaperRequest) -> None:
    """The reminders of whoever was asked for the day of this request: some days before it, and on it.

    One letter names all that is still owed then; where nothing is, none is written.
    """
    days = regulations.value(council_session.council, "hand_in_reminder_days")
    whose = f"a{request.agency_id}" if request.agency_id else f"b{request.body_id}"
    for what, day in (("before", request.due_on - timedelta(days=days)), ("due", request.due_on)):
        if what == "before" and not days:
            continue
        moment = timezone.make_aware(datetime.combine(day, MORNING))
        if moment <= timezone.now():
            continue
        outbox.enqueue(
            "sessions.hand_in_reminder", key=f"hand-in:remind:{council_session.pk}:{whose}:{request.due_on}:{what}",
            council=council_session.council, title=_("Nhắc nộp văn bản: %(name)s") % {"name": request.asked_of},
            delay=moment - timezone.now(), session_id=council_session.pk, agency_id=request.agency_id,
            body_id=request.body_id, due_on=str(request.due_on), what=what,
        )  # fmt: skip
