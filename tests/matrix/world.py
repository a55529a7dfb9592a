"""A council with one person in every role and one of every thing, and a second council beside it.

Every text that somebody must not see carries a canary: a word that occurs nowhere else.
"""

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from council import audit
from council.accounts import tokens
from council.accounts.rules import hash_of
from council.models import Body, CalendarDay, Delegate, Device, Job, Mail, Membership, Post, User
from documents.models import Annotation, AnnotationPlace, Document, Page, Resolution, Version
from documents.pictures import picture_name
from sessions.models import (
    AgendaItem,
    CouncilSession,
    GuestLink,
    HandIn,
    ItemGuest,
    ItemPaper,
    ItemPoll,
    Notice,
    PaperBatch,
    PaperRequest,
    SessionExport,
    Sitting,
    StagedPaper,
)
from tests import builders
from voters import search
from voters.models import Petition, Referral, Reply
from voting.models import Objection, Opinion, Option, Poll, RollEntry

ROLES = (
    "anonymous",
    "delegate",
    "group_head",
    "board_member",
    "office",
    "session_secretary",
    "session_chair",
    "teller",
    "agency_clerk",
    "agency_head",
    "guest",
    "auditor",
    "administrator",
)
GRANTED = ROLES[4:]
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@dataclass
class World:
    """The people by role, the things by kwarg name (for each target), and the canaries by what they mark."""

    people: dict[str, User] = field(default_factory=dict)
    things: dict[str, dict] = field(default_factory=dict)  # target -> kwarg -> value
    special: dict[str, dict] = field(default_factory=dict)  # route -> kwarg -> (target -> value)
    rooms: list[str] = field(default_factory=list)
    sitting: Sitting | None = None
    foreign_sitting: Sitting | None = None
    board_sitting: Sitting | None = None


def build() -> World:
    """Both councils, filled."""
    world = World()
    council = builders.council()
    commune = builders.council(
        name="Hội đồng nhân dân xã Châu Sơn", short_name="HĐND xã Châu Sơn", level="commune", place="Châu Sơn"
    )
    mine = _fill(council, "own")
    theirs = _fill(commune, "foreign")
    world.people = mine["people"]
    world.things = {
        "own": mine["things"],
        "foreign": theirs["things"],
        "board": mine["board"],
        "other": mine["other"],
    }
    for route, kwargs in mine["special"].items():
        world.special[route] = {
            name: {"own": value, "foreign": theirs["special"][route][name]} for name, value in kwargs.items()
        }
    world.rooms = [mine["sitting"].room, theirs["sitting"].room, mine["board_sitting"].room]
    world.sitting, world.foreign_sitting = mine["sitting"], theirs["sitting"]
    world.board_sitting = mine["board_sitting"]
    return world


def canary(kind: str, side: str = "own") -> str:
    """The word that marks a kind of thing on one side; letters only, so that folding keeps it."""
    return f"chim{kind}{'nha' if side == 'own' else 'xa'}"


def guest_secret(kind: str, side: str) -> str:
    """The secret in the QR code of a guest's card."""
    return f"the-khach-{kind}-{side}"


def _fill(council, side: str) -> dict:
    year = 2026 if side == "own" else 2025  # so that the public codes of the two councils differ
    delegates = [builders.delegate(council, n) for n in range(1, 5)]
    Delegate.objects.filter(council=council).update(title=f"Đại biểu {side}")
    board = builders.board(council)
    other_board = builders.board(council, code="PC", name="Ban Pháp chế")
    group = Body.objects.create(
        council=council,
        term=council.terms.get(),
        kind="delegate_group",
        code="TO01",
        name="Tổ số 1",
        short_name="Tổ 1",
    )
    agency = builders.agency(council, "SXD", f"Sở Xây dựng {side}")
    second = builders.agency(council, "SYT", f"Sở Y tế {side}")
    people = {
        role: builders.person(
            council, f"{side}-{role}", role=role, **({"agency": agency} if "agency" in role else {})
        )
        for role in GRANTED
    }
    people |= {
        "delegate": delegates[0].user,
        "group_head": delegates[1].user,
        "board_member": delegates[2].user,
    }
    start = builders.TERM_START
    Post.objects.create(
        body=group,
        user=delegates[1].user,
        delegate=delegates[1],
        kind="group_head",
        title="Tổ trưởng",
        starts_on=start,
    )
    for body in (board, other_board):
        Membership.objects.create(body=body, user=delegates[2].user, delegate=delegates[2], starts_on=start)
    office = people["office"]

    session = _session(council, builders.plenary(council), office, side, "session", 5)
    meeting = _session(council, board, office, side, "board", 1)
    asked = _request(session, agency, people["agency_clerk"], office, side)
    opinion = _opinion(council, builders.plenary(council), office, delegates, side)
    petitions = _petitions(council, office, people["agency_clerk"], agency, second, side, year)
    token, _secret = tokens.issue_token(user=people["office"], name="Phần mềm", days=30, council=council)
    devices = [
        Device.objects.create(user=user, secret_hash=uuid4().hex * 2, label="iPad")
        for user in (delegates[0].user, delegates[3].user)
    ]
    resolution = Resolution.objects.create(
        council=council,
        term=council.terms.get(),
        kind=Resolution.Kind.INDIVIDUAL,
        state=Resolution.State.DRAFT,
        title=f"Nghị quyết {canary('resolution', side)}",
    )
    Resolution.objects.filter(pk=resolution.pk).update(created_by=office)
    published = Resolution.objects.create(
        council=council,
        term=council.terms.get(),
        kind=Resolution.Kind.INDIVIDUAL,
        state=Resolution.State.PUBLISHED,
        title="Nghị quyết đã công bố",
        number=1,
        series=f"individual:{year}",
        symbol="01/NQ-HĐND",
        slug=f"01-nq-hdnd-{side}",
        adopted_on=date(year, 7, 10),
        published_at=timezone.now(),
    )
    published.pdf.save("nghi-quyet.pdf", ContentFile(PDF))
    job = Job.objects.create(
        council=council, kind="x", key=f"x-{side}", state=Job.State.PARKED, run_at=timezone.now()
    )
    mail = Mail.objects.create(
        council=council,
        to="a@example.vn",
        subject="Thư",
        text="Thư",
        message_id=f"<{side}>",
        state=Mail.State.FAILED,
        job=job,
    )
    holiday = CalendarDay.objects.create(
        council=council, date=date(year, 11, 24), kind="holiday", name="Ngày nghỉ"
    )
    things = session["things"] | {
        "delegate": delegates[0].public_id,
        "code": petitions["public"].code.lower(),
        "petition_id": petitions["sent"].public_id,
        "reply_id": petitions["reply"].public_id,
        "kind": "json",
        "number": 1,
        "secret": "khong-co-the-nay",
        "uidb36": "1",
        "key": "set-password",
        "username": people["delegate"].username,
        "document_id": session["document"].public_id,
        "resolution_id": resolution.public_id,
        "session_id": session["things"]["pk"],
        "paper_id": session["things"]["paper_pk"],
        "year": year,
        "opinion": opinion.public_id,
        "request_pk": asked.request.public_id,
        "request_id": asked.request.public_id,
        "hand_in_pk": asked.public_id,
    }
    documents = {"public_id": session["document"].public_id}
    drafts = {"public_id": resolution.public_id}
    person = {"public_id": delegates[0].public_id}
    poll = {"public_id": session["poll"].public_id}
    at_agency = {"petition_id": petitions["referred"].public_id, "reply_id": petitions["draft"].public_id}
    special = {
        "sessions:guest_enter": {"secret": guest_secret("session", side)},
        "documents:read": documents,
        "documents:pane": documents,
        "documents:progress": documents,
        "documents:layered_bytes": documents,
        "documents:brought": documents,
        "documents:process_again": documents,
        "documents:bytes": documents,
        "documents:download": documents,
        "documents:with_notes": documents,
        "documents:state": documents,
        "documents:page_image": documents,
        "documents:page_thumb": documents,
        "documents:page_texts": documents,
        "documents:annotations": documents,
        "documents:compare": documents,
        "documents:share_note": {"note": session["things"]["note"]},
        "documents:resolve_note": {"note": session["things"]["note"]},
        **{
            f"documents:{name}": drafts
            for name in ("resolution", "preview", "resolution_pdf", "issue", "publish", "render_again", "drop")
        },
        "documents:public_resolution": {"slug": published.slug},
        "documents:public_resolution_pdf": {"slug": published.slug},
        "council:revoke_device": {"public_id": devices[0].public_id},
        "council:revoke_api_token": {"public_id": token.public_id},
        "council:delegate": person,
        "council:card_act": person,
        "council:regulation": {"key": "quorum_fraction"},
        "council:calendar_remove": {"pk": holiday.pk},
        "council:job_retry": {"public_id": job.public_id},
        "council:mail_decide": {"public_id": mail.public_id},
        "voters:public_petition_file": {"reply_id": petitions["accepted"].public_id},
        **{
            f"voters:{name}": at_agency
            for name in ("agency_petition", "reply", "hand_back", "agency_file", "refer", "withdraw")
        },
        **{f"api-agency-{name}": at_agency for name in ("petition", "draft", "send", "hand-back")},
    }
    return {
        "people": people,
        "things": poll | things,
        "board": poll | things | meeting["things"],
        "other": {"public_id": devices[1].public_id, "delegate": delegates[3].public_id},
        "special": special,
        "sitting": session["sitting"],
        "board_sitting": meeting["sitting"],
    }


def _session(council, body, office, side, kind, number) -> dict:
    session = builders.council_session(council, by=office, body=body, number=number)
    word = canary(kind, side)
    CouncilSession.objects.filter(pk=session.pk).update(
        title=f"Kỳ họp {word}", slug=f"{kind}-{side}-{number}", state=CouncilSession.State.RUNNING
    )
    sitting = session.sittings.get()
    Sitting.objects.filter(pk=sitting.pk).update(
        state=Sitting.State.OPEN, opened_at=timezone.now(), check_in_open=True
    )
    session.refresh_from_db()
    sitting.refresh_from_db()
    item = session.items.get(number=2)
    AgendaItem.objects.filter(pk=item.pk).update(title=f"Dự thảo {word}", state=AgendaItem.State.CURRENT)
    document = _document(council, body, office, f"Tài liệu {canary(kind + 'paper', side)}", "members")
    paper = ItemPaper.objects.create(item=item, kind="submission", title=document.title, document=document)
    if kind == "session":
        _special_papers(council, body, office, session, side)
    waiting = _document(council, body, office, f"Tệp {canary(kind + 'staged', side)}", "office")
    audit.record(office, "sessions.created", session, chain=session.chain_key)
    staged = StagedPaper.objects.create(council_session=session, document=waiting, name="tep.pdf")
    batch = PaperBatch.objects.create(
        council_session=session, name="goi.zip", state=PaperBatch.State.READY, created_by=office
    )
    export = SessionExport.objects.create(
        council_session=session, user=council.delegates.first().user, state=SessionExport.State.READY, size=len(PDF),
        sha256="0" * 64, expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    export.file.save("a.pdf", ContentFile(PDF))
    notice = Notice.objects.create(
        council_session=session,
        number="118/TB-HĐND.TT",
        signed_by="Chủ tịch",
        signer_title="Chủ tịch",
        sent_by=office,
    )
    notice.pdf.save("thong-bao.pdf", ContentFile(PDF))
    poll = Poll.objects.create(
        council=council,
        body=body,
        room=sitting.room,
        chain=session.chain_key,
        question=f"Biểu quyết {word}",
        created_by=office,
    )
    for order, key in enumerate(("for", "against", "other")):
        Option.objects.create(poll=poll, key=key, label=key, order=order)
    ItemPoll.objects.create(item=item, poll=poll, paper=paper)
    objection = Objection.objects.create(
        poll=poll, delegate=council.delegates.first(), words=f"Ghi sai {word}", made_at=timezone.now()
    )
    card = GuestLink.objects.create(
        sitting=sitting, item=item, name=f"Khách {canary(kind + 'guest', side)}", made_by=office,
        secret_hash=hash_of(guest_secret(kind, side)), expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    card.papers.set([document])
    guest = ItemGuest.objects.create(item=item, user=builders.user(f"khach-{kind}-{side}"), invited_by=office)
    things = {
        "link": card.public_id,
        "guest": guest.pk,
        "pk": session.public_id,
        "council_session": session.public_id,
        "slug": session.slug,
        "sitting": sitting.public_id,
        "sitting_pk": sitting.public_id,
        "item": item.public_id,
        "item_pk": item.public_id,
        "paper_pk": paper.public_id,
        "staged_pk": staged.public_id,
        "batch_pk": batch.public_id,
        "export": export.public_id,
        "poll": poll.public_id,
        "objection": objection.public_id,
        "note": _note(document, council.delegates.first().user, f"Ghi chú {canary(kind + 'note', side)}").public_id,
    }
    return {"things": things, "sitting": sitting, "poll": poll, "document": document}


def _note(document, author, text) -> Annotation:
    """A reader's own note, seen by nobody else."""
    note = Annotation.objects.create(
        author=author, document=document, kind="text", text=text, revision=1, digest="0" * 64
    )  # fmt: skip
    AnnotationPlace.objects.create(annotation=note, version=document.versions.get(), page=1)
    return note


def _request(session, agency, clerk, office, side) -> HandIn:
    """A paper that the agency was asked for and handed in, and that waits for the office."""
    item = AgendaItem.objects.get(public_id=session["things"]["item"])
    word = canary("handedin", side)
    paper = ItemPaper.objects.create(item=item, kind="report", title="Báo cáo của sở")
    tray = _document(agency.council, item.council_session.body, clerk, f"Tệp nộp {word}", "office")
    request = PaperRequest.objects.create(
        paper=paper, agency=agency, due_on=timezone.localdate(), state=PaperRequest.State.HANDED_IN, tray=tray,
        asked_by=office,
    )  # fmt: skip
    return HandIn.objects.create(request=request, version=tray.versions.get(), handed_in_by=clerk)


def _special_papers(council, body, office, session, side) -> None:
    """A paper for a board alone, one of a closed sitting, and one that was withdrawn, each on an item."""
    board = council.bodies.filter(kind="board").first()
    closed = Sitting.objects.create(
        council_session=session, number=2, title="Phiên họp kín", date=session.ends_on, starts_at=time(14),
        is_closed_door=True,
    )  # fmt: skip
    item = AgendaItem.objects.create(council_session=session, sitting=closed, number=4, title="Nội dung họp kín")
    open_item = session.items.get(number=2)
    for word, where, fields in (
        ("named", open_item, {"visibility": "named"}),
        ("closed", item, {"is_closed": True}),
        ("withdrawn", open_item, {"withdrawn_at": timezone.now()}),
    ):
        document = _document(council, body, office, f"Tài liệu {canary(word, side)}", "members")
        Document.objects.filter(pk=document.pk).update(**fields)
        if word == "named":
            document.named_bodies.set([board])
        ItemPaper.objects.create(item=where, kind="report", title=document.title, document=document)


def _opinion(council, body, office, delegates, side) -> Poll:
    """A question that the plenary is asked outside its sittings."""
    poll = Poll.objects.create(
        council=council, body=body, question=f"Xin ý kiến {canary('opinion', side)}", created_by=office,
        state=Poll.State.OPEN, opened_at=timezone.now(), closes_at=timezone.now() + timedelta(days=5),
        chain=f"opinion:{side}", entitled=len(delegates), present=len(delegates),
        terms={"labels": {key: {"value": key} for key in ("for", "against", "other")}},
    )  # fmt: skip
    Opinion.objects.create(poll=poll, explanation=f"Giải trình {canary('opinion', side)}")
    RollEntry.objects.bulk_create(
        RollEntry(poll=poll, delegate=d, name=d.full_name, is_present=True) for d in delegates
    )
    return poll


def _document(council, body, office, title: str, visibility: str) -> Document:
    document = Document.objects.create(
        council=council, title=title, kind="submission", visibility=visibility, body=body, created_by=office
    )
    version = Version(
        document=document, original_name="a.pdf", sha256="0" * 64, size=len(PDF), pages=1, state="ready"
    )
    version.file.save("a.pdf", ContentFile(PDF))
    Page.objects.create(
        version=version, number=1, width=595, height=842, text=title, has_image=True,
        text_sha256="0" * 64,
    )  # fmt: skip
    for small in (False, True):
        default_storage.save(picture_name(version.public_id, 1, small=small), ContentFile(b"RIFF"))
    return document


def _petitions(council, office, clerk, agency, second, side, year) -> dict:
    today = timezone.localdate()

    def petition(number, state, word, **fields) -> Petition:
        return Petition.objects.create(
            council=council,
            term=council.terms.get(),
            code=f"KN-{year}-{number:04d}",
            state=state,
            voters="Cử tri xã Châu Sơn",
            place="Xã Châu Sơn",
            title=f"Kiến nghị {canary(word, side)}",
            text=f"Nội dung {canary(word + 'text', side)}",
            internal_note=canary("note", side),
            received_on=date(2026, 10, 1),
            created_by=office,
            **fields,
        )

    def referral(petition, to) -> Referral:
        return Referral.objects.create(
            petition=petition,
            agency=to,
            referred_on=today,
            working_days=22,
            due_on=today + timedelta(days=30),
            referred_by=office,
        )

    def reply(petition, to, state, word) -> Reply:
        return Reply.objects.create(
            referral=referral(petition, to),
            state=state,
            outcome="resolved",
            text=f"Trả lời {canary(word, side)}",
            public_text="Đã xong." if state == "accepted" else "",
            written_by=clerk,
            sent_on=None if state == "draft" else today,
        )

    State = Petition.State
    made = {
        "recorded": petition(1, State.RECORDED, "recorded"),
        "referred": petition(2, State.REFERRED, "referred"),
        "sent": petition(3, State.REPLIED, "sent"),
        "second": petition(4, State.REFERRED, "second"),
        "public": petition(5, State.PUBLISHED, "published", is_public=True, public_text="Đề nghị sửa đường."),
    }
    referral(made["second"], second)
    made |= {
        "draft": reply(made["referred"], agency, "draft", "draft"),
        "reply": reply(made["sent"], agency, "sent", "pending"),
        "accepted": reply(made["public"], agency, "accepted", "acceptedtext"),
    }
    search.reindex(Petition.objects.filter(council=council).values_list("pk", flat=True))
    return made
