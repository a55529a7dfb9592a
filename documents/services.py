"""What can happen to papers."""

import hashlib
from collections.abc import Iterable
from datetime import date, timedelta

from django.conf import settings
from django.core.cache import cache
from django.core.files import File
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from council import audit, outbox
from council.errors import BadInput, NotAllowed, WrongState
from council.models import Body, Council, RoleGrant, User
from documents import pipeline, stamping
from documents.check import CheckedPaper, MarkedSecret, check_upload, told_when_full
from documents.finding import index_version
from documents.models import Document, Download, ReadReceipt, Version
from documents.permissions import (
    can_add_paper,
    can_change_paper,
    can_open_paper,
    only_for_office,
)
from documents.readers import name_of
from documents.resolution_services import (  # noqa: F401  the room's verbs, all under one name
    continue_series,
    draft_resolution,
    drop_draft,
    edit_resolution,
    issue_resolution,
    publish_resolution,
    render_again,
)

CHECK_EVERY = timedelta(days=1)


def add_paper(
    *,
    council: Council,
    by: User,
    upload,
    title: str,
    kind: str,
    number: str = "",
    issuer: str = "",
    visibility: str = Document.Visibility.MEMBERS,
    body: Body | None = None,
    issued_on: date | None = None,
) -> Version:
    """Take in a paper as the first version of a new document.

    `upload` is an uploaded file, or a `CheckedPaper` from `check_upload` when the caller has a
    transaction open (the check takes seconds and must not hold the database's lock). BadInput in words
    for what is no sound file of a known kind; NotAllowed for who may bring no papers here.
    """
    if not can_add_paper(by, council, body):
        raise NotAllowed(_("Bạn không được tải tài liệu lên đây."))
    if visibility != Document.Visibility.OFFICE and only_for_office(by, council, body):
        raise NotAllowed(_("Tài liệu của cơ quan được văn phòng xem trước khi mở cho người khác."))
    title = title.strip()
    if not title:
        raise BadInput(_("Hãy ghi tên tài liệu."))
    paper = check_paper(upload, council=council, by=by)
    try:
        with transaction.atomic():
            document = Document.objects.create(
                council=council, title=title[:500], kind=kind, number=number, issuer=issuer, issued_on=issued_on,
                visibility=visibility, body=body, created_by=by,
            )  # fmt: skip
            return _store(document, paper, by, "documents.paper-added")
    finally:
        paper.close()


def replace_paper(*, document: Document, by: User, upload) -> Version:
    """Add a newer version; the older ones stay as they were. Refuses what `add_paper` refuses."""
    if not can_change_paper(by, document):
        raise NotAllowed(_("Bạn không được thay tài liệu này."))
    paper = check_paper(upload, council=document.council, by=by)
    try:
        with transaction.atomic():
            document = Document.objects.select_for_update(no_key=True).get(pk=document.pk)
            if not can_change_paper(by, document):  # the check took seconds: asked again under the lock
                raise NotAllowed(_("Bạn không được thay tài liệu này."))
            if document.withdrawn_at is not None:
                raise BadInput(_("Tài liệu này đã được rút."))
            return _store(document, paper, by, "documents.paper-replaced")
    finally:
        paper.close()


def take_in(
    *, council: Council, by: User, paper: CheckedPaper, title: str, kind: str, body: Body, document: Document | None
) -> Version:
    """Keep a checked paper for the office of a body alone, as a new document or as a newer version of `document`.

    For the room above, which knows whom the office asked for it and has asked whether this is one of them.
    """
    with transaction.atomic():
        if document is None:
            document = Document.objects.create(
                council=council, title=title[:500], kind=kind, visibility=Document.Visibility.OFFICE, body=body,
                created_by=by,
            )  # fmt: skip
        else:
            document = Document.objects.select_for_update(no_key=True).get(pk=document.pk)
        return _store(document, paper, by, "documents.paper-taken-in")


@transaction.atomic
def set_readers(
    *, document: Document, visibility: str, by: User, bodies: Iterable[Body] = (),
    is_restricted: bool | None = None, is_closed: bool | None = None,
) -> Document:  # fmt: skip
    """Say who may read a paper, and how. Opening a paper to the public is this explicit act and no other.

    `bodies` with visibility "named" only, and then at least one. `is_restricted` and `is_closed` stay as
    they are where None. BadInput when a restricted paper or one of a closed sitting would become public.
    """
    document = Document.objects.select_for_update(no_key=True).get(pk=document.pk)
    if not can_open_paper(by, document):
        raise NotAllowed(_("Bạn không được đổi người đọc của tài liệu này."))
    if visibility not in Document.Visibility.values:
        raise BadInput(_("Chọn ai được đọc trong danh sách."))
    bodies = list(bodies) if visibility == Document.Visibility.NAMED else []
    if visibility == Document.Visibility.NAMED and not bodies:
        raise BadInput(_("Chọn ít nhất một ban hoặc tổ được đọc."))
    if any(body.council_id != document.council_id for body in bodies):
        raise BadInput(_("Ban, tổ được chọn không thuộc hội đồng này."))
    document.visibility = visibility
    document.is_restricted = document.is_restricted if is_restricted is None else is_restricted
    document.is_closed = document.is_closed if is_closed is None else is_closed
    if visibility == Document.Visibility.PUBLIC and document.is_closed:
        raise BadInput(_("Tài liệu của phiên họp kín không công khai được."))
    if visibility == Document.Visibility.PUBLIC and document.is_restricted:
        raise BadInput(_("Tài liệu hạn chế không công khai được. Bỏ dấu hạn chế trước."))
    document.save(update_fields=["visibility", "is_restricted", "is_closed"])
    document.named_bodies.set(bodies)
    data = {"visibility": visibility, "restricted": document.is_restricted, "closed": document.is_closed}
    if bodies:
        data["bodies"] = [body.code for body in bodies]
    audit.record(by, "documents.visibility-set", document, data=data)
    return document


def set_visibility(*, document: Document, visibility: str, by: User, bodies: Iterable[Body] = ()) -> Document:
    """`set_readers` that leaves the marks of the paper alone."""
    return set_readers(document=document, visibility=visibility, by=by, bodies=bodies)


@transaction.atomic
def withdraw_paper(*, document: Document, by: User, why: str = "") -> Document:
    """Take a paper away from all readers; its versions stay on record. `why` is told to those who could read it."""
    document = Document.objects.select_for_update(no_key=True).get(pk=document.pk)
    if not can_change_paper(by, document):
        raise NotAllowed(_("Bạn không được rút tài liệu này."))
    if document.withdrawn_at is None:
        document.withdrawn_at, document.withdrawn_why = timezone.now(), why.strip()[:200]
        document.save(update_fields=["withdrawn_at", "withdrawn_why"])
        audit.record(by, "documents.paper-withdrawn", document, data={"why": document.withdrawn_why})
    return document


def process_again(*, version: Version, by: User) -> None:
    """Do the failed steps of a version anew; WrongState in words when nothing failed."""
    if not can_change_paper(by, version.document):
        raise NotAllowed(_("Bạn không được xử lý lại tài liệu này."))
    if not pipeline.begin_again(version):
        raise WrongState(_("Tài liệu này không có việc nào cần làm lại."))
    audit.record(by, "documents.processed-again", version.document, data={"version": version.number})


@transaction.atomic
def note_opened(*, version: Version, user: User, page: int = 1) -> ReadReceipt:
    """Remember that a person opened a paper, and the page to come back to.

    The caller has fetched the document for this person. A page outside the paper is brought inside.
    """
    page = min(max(page, 1), max(version.pages, 1))
    receipt, made = ReadReceipt.objects.select_for_update(no_key=True).get_or_create(
        version=version, user=user, defaults={"page": page, "furthest_page": page}
    )
    if not made:
        receipt.page = page
        receipt.furthest_page = max(receipt.furthest_page, page)
        receipt.save(update_fields=["page", "furthest_page", "last_opened_at"])
    return receipt


def check_paper(upload, *, council: Council, by: User) -> CheckedPaper:
    """Check an upload (documents/check.py) outside any transaction; a mark of secrecy is put on record."""
    if isinstance(upload, CheckedPaper):
        return upload
    ask_for_quota(upload.size or 0, council=council, by=by)
    try:
        return check_upload(upload)
    except MarkedSecret:  # the record says that it happened, and nothing of what it was
        audit.record(by, "documents.marked-paper-refused", council=council)
        raise


def ask_for_quota(size: int, *, council: Council, by: User) -> None:
    """Refuse what is more than a person, or an agency, brings within 24 hours (security 63). BadInput in words.

    Two files at the same moment may pass it by one: it keeps a disk from being filled, and counts no bytes for money.
    """
    brought = Version.objects.filter(uploaded_at__gt=timezone.now() - timedelta(hours=24))
    agencies = list(
        by.role_grants.filter(council=council).exclude(agency=None).on(timezone.localdate()).values_list("agency", flat=True)
    )
    quotas = [(brought.filter(uploaded_by=by), settings.MAX_DAY_BYTES)]
    if agencies:
        people = RoleGrant.objects.filter(agency__in=agencies).values("user")
        quotas.append((brought.filter(uploaded_by__in=people), settings.MAX_AGENCY_DAY_BYTES))
    for rows, limit in quotas:
        used = rows.aggregate(bytes=Sum("source_size"))["bytes"] or 0
        if used + size > limit:
            words = _("Trong 24 giờ chỉ nhận %(limit)s MB; đã nhận %(used)s MB nên tệp này chưa nhận được. Hãy nộp tiếp sau, hoặc báo văn phòng.")
            raise BadInput(words % {"limit": limit // (1024 * 1024), "used": used // (1024 * 1024)})


def note_downloaded(*, version: Version, user, way: str = Download.Way.PDF) -> Download | None:
    """Write down that a version was taken along as a file; a citizen who has no name leaves none.

    The caller has fetched the document for this person.
    """
    name = name_of(user)
    if not name:
        return None
    return Download.objects.create(
        version=version, user=user if user.is_authenticated else None, name=name[:200], way=way
    )


def note_reading(*, version: Version, user) -> Download | None:
    """Write down that a reader fetched a restricted version, its bytes or its words: one line for each reading.

    A reading is what its stamped copy serves, ten minutes; a citizen who has no name reads no restricted paper.
    """
    who = f"user:{user.pk}" if user.is_authenticated else f"guest:{getattr(user, 'guest_secret', '')}"
    key = "reading:" + hashlib.sha256(f"{version.pk}:{who}".encode()).hexdigest()
    if not cache.add(key, 1, stamping.KEPT):
        return None
    return note_downloaded(version=version, user=user, way=Download.Way.READING)


def note_taken_out(*, versions, user: User) -> None:
    """Write down that these versions were taken along in one file of a whole session."""
    Download.objects.bulk_create(
        Download(version_id=key, user=user, name=name_of(user)[:200], way=Download.Way.SESSION) for key in versions
    )


def _store(document: Document, paper: CheckedPaper, by: User, event: str) -> Version:
    """Write the row and the bytes; when the transaction fails, the bytes go too."""
    last = document.versions.order_by("-number").values_list("number", flat=True).first() or 0
    version = Version(
        document=document, number=last + 1, format=paper.format, uploaded_by=by, source_name=paper.name,
        source_sha256=paper.sha256, source_size=paper.size, original_name=_name_as_pdf(paper),
    )  # fmt: skip
    if paper.format == Version.Format.PDF:
        version.state, version.sha256, version.size = Version.State.READY, paper.sha256, paper.size
        version.pages, version.has_text, version.has_scripts = paper.pages, paper.has_text, paper.has_scripts
        kept = version.file
    else:
        version.state, version.size = Version.State.PROCESSING, 0
        kept = version.source
    with paper.path.open("rb") as file, told_when_full():
        kept.save("paper", File(file), save=False)
    try:
        version.save(force_insert=True)
        if version.state == Version.State.READY:
            pipeline.tell_changed(version)
        else:
            index_version(version)
        data = {"version": version.number, "sha256": version.source_sha256, "pages": version.pages}
        audit.record(by, event, document, data=data)
        pipeline.begin(version)
        outbox.enqueue(
            "documents.check_files", key="documents.check_files", every=CHECK_EVERY, delay=CHECK_EVERY,
            title=_("Kiểm tra tính toàn vẹn của tài liệu"),
        )  # fmt: skip
        outbox.enqueue(
            "council.sweep_files", key="council.sweep_files", every=CHECK_EVERY, delay=CHECK_EVERY,
            title=_("Dọn tệp không thuộc tài liệu nào"),
        )  # fmt: skip
    except BaseException:
        kept.delete(save=False)
        raise
    return version


def _name_as_pdf(paper: CheckedPaper) -> str:
    """The name under which the paper is sent: what was brought as Word is sent as PDF."""
    return f"{paper.name.rpartition('.')[0]}.pdf"
