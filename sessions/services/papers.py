"""Papers of a session: named, dropped, matched, filed, opened to the public, taken away."""

from collections.abc import Collection
from datetime import date

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from council import mail
from council.errors import BadInput, NotAllowed, WrongState
from council.models import Mail, User
from documents import services as documents
from documents.first_page import first_page_text
from documents.models import Document
from sessions import rules
from sessions.letterhead import Head, match_paper, read_head
from sessions.models import AgendaItem, CouncilSession, ItemPaper, PaperBatch, PaperRequest, StagedPaper
from sessions.permissions import can_change_agenda, can_prepare
from sessions.selectors import expected_papers
from sessions.services.shared import describe, lock, record, refuse_while_asked, tell_rooms


@transaction.atomic
def save_paper(
    *, item: AgendaItem, by: User, kind: str, title: str, number: str = "", issuer: str = "",
    issued_on: date | None = None, is_public: bool = False, paper: ItemPaper | None = None,
) -> ItemPaper:  # fmt: skip
    """Name a paper that an item needs, or change its particulars; a filed document follows."""
    locked = lock(item.council_session, by)
    if paper is None:
        last = item.papers.aggregate(last=Max("order"))["last"] or 0
        paper = ItemPaper(item=item, order=last + 1)
    elif paper.item_id != item.pk:
        raise NotAllowed
    paper.kind, paper.title, paper.number, paper.issuer = kind, title, number, issuer
    paper.issued_on, paper.is_public = issued_on, is_public
    paper.save()
    if paper.document_id:
        describe(paper, by)
    record(by, "sessions.paper-named", paper, locked, item=item.number, public=is_public)
    tell_rooms(locked)
    return paper


@transaction.atomic
def set_paper_public(*, paper: ItemPaper, by: User, is_public: bool) -> ItemPaper:
    """Say whether citizens may read a paper of the session; who reads it besides stays as it was said."""
    locked = lock(paper.item.council_session, by)
    if is_public and paper.is_restricted:
        raise BadInput(_("Tài liệu hạn chế không công khai được. Bỏ dấu hạn chế trước."))
    paper.is_public = is_public
    paper.save(update_fields=["is_public"])
    if paper.document_id:
        describe(paper, by)
    record(by, "sessions.paper-public" if is_public else "sessions.paper-not-public", paper, locked)
    return paper


@transaction.atomic
def set_paper_readers(
    *, paper: ItemPaper, by: User, visibility: str, bodies=(), is_restricted: bool = False
) -> ItemPaper:
    """Say who reads a paper: "public", or one of ItemPaper.Readers; with "named" the boards and groups.

    BadInput for a named paper without a body, and for a public one that is restricted or of a closed sitting.
    """
    locked = lock(paper.item.council_session, by)
    bodies = list(bodies) if visibility == ItemPaper.Readers.NAMED else []
    is_public = visibility == Document.Visibility.PUBLIC
    if not is_public and visibility not in ItemPaper.Readers.values:
        raise BadInput(_("Chọn ai được đọc trong danh sách."))
    if visibility == ItemPaper.Readers.NAMED and not bodies:
        raise BadInput(_("Chọn ít nhất một ban hoặc tổ được đọc."))
    if any(body.council_id != locked.council_id for body in bodies):
        raise BadInput(_("Ban, tổ được chọn không thuộc hội đồng này."))
    if is_public and paper.item.sitting.is_closed_door:
        raise BadInput(_("Tài liệu của phiên họp kín không công khai được."))
    if is_public and is_restricted:
        raise BadInput(_("Tài liệu hạn chế không công khai được. Bỏ dấu hạn chế trước."))
    paper.is_public, paper.is_restricted = is_public, is_restricted
    paper.readers = ItemPaper.Readers.MEMBERS if is_public else visibility
    paper.save(update_fields=["is_public", "is_restricted", "readers"])
    paper.named_bodies.set(bodies)
    if paper.document_id and not paper.is_withdrawn:
        describe(paper, by)
    named = {"bodies": [body.code for body in bodies]} if bodies else {}
    record(by, "sessions.paper-readers", paper, locked, readers=visibility, restricted=is_restricted, **named)
    tell_rooms(locked)
    return paper


@transaction.atomic
def withdraw_paper(*, paper: ItemPaper, by: User, why: str = "") -> ItemPaper:
    """Take a filed paper away from its readers at once, after the session too; its line on the agenda says so.

    Every screen that follows the session is told in the same transaction.
    """
    locked = CouncilSession.objects.select_for_update(no_key=True).get(pk=paper.item.council_session_id)
    if not can_prepare(by, locked):
        raise NotAllowed(_("Chỉ văn phòng phục vụ cơ quan này được rút tài liệu."))
    if paper.document_id is None:
        raise WrongState(_("Văn bản này chưa có tệp."))
    if paper.is_withdrawn:
        return paper
    paper.document = documents.withdraw_paper(document=paper.document, by=by, why=why)
    record(by, "sessions.paper-withdrawn", paper, locked, item=paper.item.number, title=paper.title)
    tell_rooms(locked)
    return paper


@transaction.atomic
def move_paper(*, paper: ItemPaper, by: User, up: bool) -> None:
    """One place up or down among the papers of its item."""
    locked = lock(paper.item.council_session, by)
    papers = list(paper.item.papers.order_by("order", "pk"))
    here = next(place for place, other in enumerate(papers) if other.pk == paper.pk)
    to = here + (-1 if up else 1)
    if 0 <= to < len(papers):
        papers[here], papers[to] = papers[to], papers[here]
    for order, row in enumerate(papers, 1):
        row.order = order
    ItemPaper.objects.bulk_update(papers, ["order"])
    tell_rooms(locked)


@transaction.atomic
def remove_paper(*, paper: ItemPaper, by: User) -> None:
    """Take a paper off its item; its document is taken away from all readers and stays on record."""
    locked = lock(paper.item.council_session, by)
    refuse_while_asked([paper])
    document = paper.document
    record(by, "sessions.paper-removed", paper, locked, title=paper.title)
    paper.delete()
    if document is not None and not document.item_papers.exists():
        documents.withdraw_paper(document=document, by=by)
    tell_rooms(locked)


def file_paper(*, paper: ItemPaper, by: User, upload) -> ItemPaper:
    """Put a file at a paper: the first makes its document, a later one a new version of it.

    The check of the file takes seconds and stands outside the transaction.
    """
    council_session = paper.item.council_session
    if not can_prepare(by, council_session):
        raise NotAllowed(_("Chỉ văn phòng phục vụ cơ quan này được nộp tài liệu."))
    if not can_change_agenda(by, council_session):
        raise WrongState(_("Kỳ họp đã bế mạc, không thêm tài liệu được nữa."))
    if paper.document_id and not paper.is_withdrawn:
        documents.replace_paper(document=paper.document, by=by, upload=upload)
    else:
        version = documents.add_paper(
            council=council_session.council, by=by, upload=upload, title=paper.title, kind=paper.kind,
            number=paper.number, issuer=paper.issuer, issued_on=paper.issued_on, visibility=Document.Visibility.OFFICE,
            body=council_session.body,
        )  # fmt: skip
        paper.document = version.document
        try:
            _hang(paper=paper, by=by)
        except WrongState:
            documents.withdraw_paper(document=version.document, by=by)
            raise
        return paper
    _hang(paper=paper, by=by)
    return paper


@transaction.atomic
def _hang(*, paper: ItemPaper, by: User) -> None:
    locked = lock(paper.item.council_session, by)
    now = ItemPaper.objects.filter(pk=paper.pk).values_list("document", "document__withdrawn_at").first()
    is_free = now is not None and (now[0] in (None, paper.document_id) or now[1] is not None)
    if not is_free:  # a colleague was quicker
        raise WrongState(_("Văn bản này vừa có tệp khác hoặc vừa bị xóa. Xem lại rồi nộp lại."))
    paper.save(update_fields=["document"])
    describe(paper, by)
    owed = PaperRequest.objects.filter(paper=paper, state__in=PaperRequest.OWED)
    came_otherwise = owed.update(state=PaperRequest.State.ACCEPTED)  # nobody is reminded of it any more
    record(
        by, "sessions.paper-filed", paper, locked,
        item=paper.item.number, title=paper.title, came_otherwise=bool(came_otherwise),
    )  # fmt: skip
    tell_rooms(locked)


def stage_paper(
    *, council_session: CouncilSession, by: User, upload, folder: str = "", batch: PaperBatch | None = None,
    entry: int | None = None,
) -> StagedPaper:  # fmt: skip
    """Take in a dropped file and propose where it belongs; nobody but the office reads it yet.

    The proposal follows from the first page, the file's name and the `folder` in which it lay; what the page
    says is kept beside it. BadInput in words for what is not a sound paper. The same bytes dropped twice wait
    once. A file of a zip names its `batch` and its `entry` there.
    """
    if not can_prepare(by, council_session):
        raise NotAllowed(_("Chỉ văn phòng phục vụ cơ quan này được nộp tài liệu."))
    if not can_change_agenda(by, council_session):
        raise WrongState(_("Kỳ họp đã bế mạc, không thêm tài liệu được nữa."))
    name = (upload.name or _("không tên"))[-255:]
    checked = documents.check_paper(upload, council=council_session.council, by=by)
    try:
        head = read_head(first_page_text(checked))
        with transaction.atomic():
            CouncilSession.objects.select_for_update(no_key=True).get(pk=council_session.pk)
            same = council_session.staged_papers.filter(document__versions__source_sha256=checked.sha256).first()
            if same is not None:
                return same
            version = documents.add_paper(
                council=council_session.council, by=by, upload=checked, title=name[:500],
                kind=Document.Kind.OTHER, visibility=Document.Visibility.OFFICE, body=council_session.body,
            )  # fmt: skip
            staged = StagedPaper(
                council_session=council_session, document=version.document, name=name, folder=folder[-255:],
                batch=batch, entry=entry,
            )  # fmt: skip
            _propose(staged, head)
            staged.save()
            return staged
    finally:
        checked.close()


def _propose(staged: StagedPaper, head: Head) -> None:
    """Write down what the first page says and which paper that means, with the reasons; two files never get the same."""
    council_session = staged.council_session
    others = council_session.staged_papers.exclude(paper=None).exclude(pk=staged.pk)
    promised = set(others.values_list("paper", flat=True))
    papers = [paper for paper in expected_papers(council_session) if paper.key not in promised]
    match = match_paper(staged.name, head, papers, opening=council_session.starts_on, folder=staged.folder)
    staged.found = head.as_values() if head else {}
    staged.paper_id = match.key if match else None
    staged.reason, staged.doubt = (match.why[:600], match.doubt[:600]) if match else ("", "")


@transaction.atomic
def propose_again(*, staged: StagedPaper, text: str) -> None:
    """The first page could be read only later (converted, recognised): propose now, unless a paper is proposed already."""
    staged = StagedPaper.objects.select_for_update(no_key=True, of=("self",)).get(pk=staged.pk)
    if staged.found or staged.paper_id is not None:
        return
    _propose(staged, read_head(text))
    staged.save(update_fields=["found", "paper", "reason", "doubt"])


def file_staged(
    *, council_session: CouncilSession, by: User, choices: dict[int, int], adopt: Collection[int] = ()
) -> tuple[list, list[str]]:
    """Hang staged files where the office said: {staged id: paper id}. Gives (papers filed, refusals in words).

    Each file stands for itself: one that cannot be filed leaves the others alone. For the staged ids in
    `adopt` number, day and issuer read from the first page fill what the agenda left empty.
    """
    filed, refused = [], []
    taken: dict[int, str] = {}
    for staged in council_session.staged_papers.shown().filter(pk__in=choices).select_related("document"):
        paper = (
            ItemPaper.objects.filter(item__council_session=council_session, pk=choices[staged.pk])
            .select_related("item__sitting", "item__council_session", "document")
            .first()
        )
        if paper is None:
            refused.append(_("%(name)s: văn bản đã chọn không còn trong chương trình.") % {"name": staged.name})
            continue
        if paper.pk in taken:
            words = _("%(name)s: văn bản này đã nhận tệp %(other)s cùng lúc.")
            refused.append(words % {"name": staged.name, "other": taken[paper.pk]})
            continue
        wants_found = staged.pk in adopt  # asked before the row goes
        try:
            _file_one(staged=staged, paper=paper, by=by)
            if wants_found:
                adopt_found(paper=paper, found=staged.found, by=by)
        except (BadInput, WrongState) as fault:
            refused.append(f"{staged.name}: {fault.message}")
            continue
        taken[paper.pk] = staged.name
        filed.append(paper)
    return filed, refused


@transaction.atomic
def adopt_found(*, paper: ItemPaper, found: dict, by: User) -> ItemPaper:
    """Fill number, day and issuer that the agenda left empty with what the first page says; nothing is overwritten."""
    locked = lock(paper.item.council_session, by)
    filled = {}
    if found.get("number") and not paper.number:
        paper.number = filled["number"] = found["number"][:60]
    if found.get("issuer") and not paper.issuer:
        paper.issuer = filled["issuer"] = found["issuer"][:200]
    if found.get("day") and paper.issued_on is None:
        paper.issued_on, filled["issued_on"] = date.fromisoformat(found["day"]), found["day"]
    if filled:
        paper.save(update_fields=["number", "issuer", "issued_on"])
        describe(paper, by)
        record(by, "sessions.paper-named", paper, locked, item=paper.item.number, **filled)
    return paper


def _file_one(*, staged: StagedPaper, paper: ItemPaper, by: User) -> None:
    document = staged.document
    if paper.document_id is None:
        with transaction.atomic():
            paper.document = document
            _hang(paper=paper, by=by)
            staged.delete()
        return
    version = document.versions.first()
    with version.brought.open("rb") as file:
        file.name = staged.name
        upload = _as_upload(file, staged.name, version.source_size)
        documents.replace_paper(document=paper.document, by=by, upload=upload)
    with transaction.atomic():
        _hang(paper=paper, by=by)
        staged.delete()
        documents.withdraw_paper(document=document, by=by)


def _as_upload(file, name: str, size: int):
    from django.core.files.uploadedfile import UploadedFile

    return UploadedFile(file=file, name=name, content_type="application/pdf", size=size)


@transaction.atomic
def discard_staged(*, staged: StagedPaper, by: User) -> None:
    """Throw away a dropped file that belongs nowhere."""
    locked = lock(staged.council_session, by)
    document = staged.document
    record(by, "sessions.staged-discarded", locked, locked, name=staged.name)
    staged.delete()
    documents.withdraw_paper(document=document, by=by)


@transaction.atomic
def remind_of_paper(*, paper: ItemPaper, by: User, deadline: rules.Deadline) -> Mail:
    """Ask the agency that owes a paper for it, by mail; once a day and paper."""
    locked = lock(paper.item.council_session, by)
    agency = paper.item.agency
    if paper.document_id:
        raise WrongState(_("Văn bản này đã có."))
    if agency is None or not agency.email:
        raise BadInput(_("Mục này chưa ghi cơ quan có địa chỉ thư điện tử."))
    day = rules.day_words(deadline.day)
    words = {
        "item": paper.item.number,
        "title": paper.title,
        "session": locked.title,
        "day": day,
        "council": locked.council.name,
    }
    text = _(
        "Kính gửi cơ quan,\n\n"
        "Văn bản sau của %(session)s chưa được nộp: mục %(item)s, %(title)s.\n"
        "Hạn gửi tài liệu cho đại biểu là %(day)s. Đề nghị cơ quan gửi bản PDF cho Văn phòng.\n\n"
        "Văn phòng %(council)s"
    )
    sent = mail.send(
        council=locked.council, to=agency.email, to_name=agency.name,
        subject=_("Nhắc nộp văn bản: mục %(item)s, %(session)s") % words, text=text % words,
        key=f"paper-reminder:{paper.public_id}:{timezone.localdate()}",
    )  # fmt: skip
    record(by, "sessions.paper-reminded", paper, locked, agency=agency.name)
    return sent
