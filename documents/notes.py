"""What can happen to a reader's notes, and who sees them: the author, and whom the author lets see them.

Nothing of what a note says goes into the record, a job, a log or a message: they hold row numbers only.
"""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from council import outbox
from council.errors import BadInput, NotAllowed
from council.models import Body, Council, Delegate, User
from documents import anchors, note_format, pipeline
from documents.models import Annotation, AnnotationPlace, AnnotationShare, Document, Version
from documents.selectors import readable_documents

MOST = 1_000  # notes of one person on one paper
JOB = "documents.carry_notes"
BATCH = 200
PLACED, DOUBT, KEPT = AnnotationPlace.State.PLACED, AnnotationPlace.State.DOUBT, AnnotationPlace.State.KEPT


class NoteConflict(Exception):
    """Another revision is stored than the tablet believed; `note` is what is stored."""

    def __init__(self, note: Annotation):
        super().__init__("another revision")
        self.note = note


# --- Keeping notes -----------------------------------------------------------------------------------
def save_note(
    *, document: Document, by: User, note_id: UUID, revision: int, version: Version, annotation: dict | None
) -> Annotation:
    """Create or change a note, or with `annotation=None` remove it; the same sent again changes nothing.

    `revision` is the number that this state of the note gets: one more than what the tablet knew.
    NoteConflict when another revision is stored; BadInput in words for what is no note or too much;
    NotAllowed for who may not read the paper.
    """
    note = note_format.read(annotation) if annotation is not None else None
    if note and note.until > max(version.pages, 1):
        raise BadInput(_("Trang này không có trong tài liệu."))
    digest = note_format.digest_of([str(document.public_id), version.number, revision, annotation])
    try:
        with transaction.atomic():
            return _save(document, by, note_id, revision, version, note, digest)
    except IntegrityError:  # the same note sent twice at the same moment: the second finds the first
        with transaction.atomic():
            return _save(document, by, note_id, revision, version, note, digest)


def _save(document, by, note_id, revision, version, note, digest) -> Annotation:
    # before the note's own row, as a refusal does: no note is kept on what is being refused
    state = Version.objects.select_for_update(no_key=True).filter(pk=version.pk).values_list("state", flat=True).get()
    row = Annotation.objects.select_for_update(no_key=True).filter(public_id=note_id).first()
    is_ready = state == Version.State.READY
    if not is_ready or not readable_documents(by, document.council).filter(pk=document.pk).exists():
        raise NotAllowed(_("Bạn không đọc được tài liệu này nữa."))
    if row is not None and (row.author_id != by.pk or row.document_id != document.pk):
        raise BadInput(_("Mã của ghi chú này không dùng được."))
    stored = row.revision if row else 0
    if row is not None and revision == stored and digest == row.digest:
        return row
    if revision != stored + 1:
        if row is None:
            raise BadInput(_("Ghi chú này chưa có trên máy chủ."))
        raise NoteConflict(row)
    if row is None and note is None:
        raise BadInput(_("Ghi chú này chưa có trên máy chủ."))
    if row is None:
        _refuse_too_many(document, by)
        row = Annotation(public_id=note_id, author=by, document=document)
    row.revision, row.digest = revision, digest
    if note is None:
        row.text, row.removed_at = "", timezone.now()
        row.save()
        row.places.all().delete()
        row.shares.all().delete()
        return row
    row.kind, row.colour, row.text, row.removed_at = note.kind, note.colour, note.text, None
    row.save()
    target = note_format.target_of(
        note, document=document.public_id, version=version.number, sha256=version.sha256
    )
    AnnotationPlace.objects.update_or_create(
        annotation=row, version=version,
        defaults={"state": PLACED, "page": note.page, "target": target, "came_from": None, "reason": "", "snippet": ""},
    )  # fmt: skip
    newest = _newest_with_text(document)
    if newest and newest.number > version.number and not row.places.filter(version=newest).exists():
        ask_to_carry(newest, of=f"{row.pk}:{revision}")
    return row


def _refuse_too_many(document, by) -> None:
    if Annotation.objects.filter(author=by, document=document, removed_at=None).count() >= MOST:
        raise BadInput(
            _("Bạn đã có 1.000 ghi chú trong tài liệu này. Hãy xóa bớt ghi chú không cần nữa rồi thêm tiếp.")
        )


# --- Reading notes -----------------------------------------------------------------------------------
def own_notes(user: User, council: Council):
    """A person's own notes on papers of a council that the person may still read."""
    if not user.is_authenticated:
        return Annotation.objects.none()
    papers = readable_documents(user, council).values("pk")
    return Annotation.objects.filter(author=user, document__in=papers, removed_at=None).select_related("document")


def shared_notes(user: User, council: Council):
    """Notes of others that their authors let this person see, on papers that the person may read."""
    if not user.is_authenticated or not user.is_active:
        return Annotation.objects.none()
    bodies = user.memberships.filter(body__council=council).on(timezone.localdate()).values("body")
    shares = AnnotationShare.objects.filter(Q(user=user) | Q(body__in=bodies))
    papers = readable_documents(user, council).values("pk")
    return (
        Annotation.objects.filter(pk__in=shares.values("annotation"), document__in=papers, removed_at=None)
        .exclude(author=user)
        .select_related("document", "author")
    )


def get_own_note(user: User, council: Council, public_id) -> Annotation:
    """One of the person's own notes, else Http404; another's does not exist, whoever asks."""
    try:
        return own_notes(user, council).get(public_id=public_id)
    except Annotation.DoesNotExist:
        raise Http404 from None


def notes_on(version: Version, user: User) -> list[dict]:
    """What the reader shows of a version: own notes and those shared with the person, as W3C annotations."""
    council = version.document.council
    places = AnnotationPlace.objects.filter(version=version).select_related("annotation__author")
    own = places.filter(annotation__in=own_notes(user, council).filter(document=version.document))
    others = places.filter(
        state=PLACED, annotation__in=shared_notes(user, council).filter(document=version.document)
    )
    found = [note_format.written(place.annotation, place) | {"nt:mine": True} for place in own]
    found += [
        note_format.written(place.annotation, place, author=place.annotation.author.full_name) | {"nt:mine": False}
        for place in others
    ]
    return found


def shown_place(note: Annotation) -> AnnotationPlace | None:
    """Where a note stands in the newest version in which it has a place."""
    return note.places.filter(state=PLACED).select_related("version").order_by("-version__number").first()


# --- Sharing -----------------------------------------------------------------------------------------
def own_groups(user: User, council: Council):
    """The delegate groups to which a person belongs today."""
    mine = user.memberships.filter(body__council=council).on(timezone.localdate()).values("body")
    return Body.objects.filter(pk__in=mine, kind=Body.Kind.DELEGATE_GROUP)


def fellow_delegates(user: User, council: Council):
    """The delegates with an account whom a person may name, without the person."""
    today = timezone.localdate()
    return (
        Delegate.objects.filter(council=council, user__isnull=False, user__is_active=True, mandate_from__lte=today)
        .exclude(mandate_to__lt=today)
        .exclude(user=user)
        .select_related("user")
        .order_by("full_name")
    )


@transaction.atomic
def share_note(*, note: Annotation, by: User, users=(), bodies=()) -> None:
    """Let delegates by name, or the own group, see a note. NotAllowed for anybody else, and for another's note."""
    note = Annotation.objects.select_for_update(no_key=True).get(pk=note.pk)
    council = note.document.council
    if note.author_id != by.pk or note.removed_at is not None:
        raise NotAllowed(_("Chỉ người viết mới chia sẻ được ghi chú."))
    known = set(fellow_delegates(by, council).values_list("user", flat=True))
    groups = set(own_groups(by, council).values_list("pk", flat=True))
    if not {user.pk for user in users} <= known or not {body.pk for body in bodies} <= groups:
        raise NotAllowed(_("Ghi chú chỉ chia sẻ được với đại biểu hoặc tổ của bạn."))
    for user in users:
        AnnotationShare.objects.get_or_create(annotation=note, user=user)
    for body in bodies:
        AnnotationShare.objects.get_or_create(annotation=note, body=body)


@transaction.atomic
def take_back(*, note: Annotation, by: User, share: int | None = None) -> None:
    """Take back one share, or all of them: from then on the others do not see the note."""
    note = Annotation.objects.select_for_update(no_key=True).get(pk=note.pk)
    if note.author_id != by.pk:
        raise NotAllowed(_("Chỉ người viết mới thôi chia sẻ được ghi chú."))
    shares = note.shares.all()
    (shares.filter(pk=share) if share else shares).delete()


# --- A new version -----------------------------------------------------------------------------------
@pipeline.register_after
def _text_is_there(version: Version) -> None:
    if version.number > 1:
        ask_to_carry(version, of=f"{version.text_complete_at:%Y%m%d%H%M%S%f}" if version.text_complete_at else "")


def ask_to_carry(version: Version, *, of: str) -> None:
    """Have a version's older notes carried to it, once the transaction at hand has been kept."""
    outbox.enqueue(
        JOB, key=f"{JOB}:{version.pk}:{of}", council=version.document.council, version_id=version.pk,
        title=_("Chuyển ghi chú sang bản mới của tài liệu"),
    )  # fmt: skip


def carry_notes(version: Version) -> int:
    """Give each note of older versions its place in this one, or lay it before its author. Doing it again is harmless.

    Texts are compared outside of any transaction; what was found is written in short ones. Gives the number written.
    """
    settled = AnnotationPlace.objects.filter(version=version).exclude(state=DOUBT).values("annotation")
    older = (
        AnnotationPlace.objects.filter(
            annotation__document=version.document, annotation__removed_at=None, version__number__lt=version.number
        )
        .exclude(annotation__in=settled)
        .exclude(state=DOUBT)
        .select_related("version")
        .order_by("version__number")
    )
    sources = {place.annotation_id: place for place in older}  # the newest of each wins
    by_version: dict[int, list[AnnotationPlace]] = {}
    for place in sources.values():
        by_version.setdefault(place.version_id, []).append(place)
    if not by_version:
        return 0
    new, written = _text_of(version), 0
    for places in by_version.values():
        old = _text_of(places[0].version)
        placed = [place for place in places if place.state == PLACED]
        results = anchors.carry([note_format.anchor_in(place.target) for place in placed], old, new)
        rows = [_carried(place, result, version) for place, result in zip(placed, results, strict=True)]
        rows += [_kept_again(place, version) for place in places if place.state == KEPT]
        for at in range(0, len(rows), BATCH):
            written += _write(rows[at : at + BATCH], version)
    return written


@transaction.atomic
def _write(rows: list[AnnotationPlace], version: Version) -> int:
    ids = [row.annotation_id for row in rows]
    living = set(Annotation.objects.filter(pk__in=ids, removed_at=None).values_list("pk", flat=True))
    AnnotationPlace.objects.filter(version=version, state=DOUBT, annotation__in=ids).delete()
    rows = [row for row in rows if row.annotation_id in living]
    AnnotationPlace.objects.bulk_create(rows, ignore_conflicts=True)  # the author was quicker: the author's stays
    return len(rows)


def _text_of(version: Version) -> anchors.PagedText:
    pages = dict(version.page_rows.values_list("number", "text"))
    return anchors.PagedText([pages.get(number, "") for number in range(1, version.pages + 1)])


def _carried(place: AnnotationPlace, result, version: Version) -> AnnotationPlace:
    if isinstance(result, anchors.Doubt):
        return AnnotationPlace(
            annotation_id=place.annotation_id, version=version, state=DOUBT, page=result.page or 0,
            target=place.target, came_from=place.version, reason=result.reason, snippet=result.snippet[:500],
        )  # fmt: skip
    return AnnotationPlace(
        annotation_id=place.annotation_id, version=version, page=result.page, came_from=place.version,
        target=_target_at(place.target, version, result.page, result.quote, result.prefix, result.suffix, result.until),
    )  # fmt: skip


def _kept_again(place: AnnotationPlace, version: Version) -> AnnotationPlace:
    return AnnotationPlace(
        annotation_id=place.annotation_id, version=version, state=KEPT, target=place.target,
        came_from=place.came_from or place.version,
    )  # fmt: skip


def _target_at(target: dict, version: Version, page: int, quote="", prefix="", suffix="", until=0) -> dict:
    """The same target at a place in another version. Boxes are drawn anew from the words there."""
    digest = version.page_rows.filter(number=page).values_list("text_sha256", flat=True).first() or ""
    note = note_format.Note(
        kind="", colour="", text="", page=page, quote=quote, prefix=prefix, suffix=suffix,
        ink=note_format.ink_in(target), page_digest=digest, beyond=[(n, []) for n in range(page + 1, until + 1)],
    )  # fmt: skip
    document = version.document.public_id
    return note_format.target_of(note, document=document, version=version.number, sha256=version.sha256)


def _newest_with_text(document: Document) -> Version | None:
    return document.versions.exclude(text_complete_at=None).order_by("-number").first()


# --- The tray "Cần xem lại" --------------------------------------------------------------------------
def tray(user: User, council: Council):
    """The person's notes whose place in the newest version they stand at is in doubt."""
    newest = Version.objects.filter(state=Version.State.READY).order_by("-number")
    places = (
        AnnotationPlace.objects.filter(annotation__in=own_notes(user, council), state=DOUBT)
        .select_related("annotation__document", "version", "came_from")
        .order_by("annotation__document", "page", "pk")
    )
    current: dict[int, int | None] = {}
    found = []
    for place in places:
        paper = place.annotation.document_id
        if paper not in current:
            current[paper] = newest.filter(document=paper).values_list("pk", flat=True).first()
        if place.version_id == current[paper]:
            found.append(place)
    return found


@transaction.atomic
def resolve(*, note: Annotation, by: User, how: str) -> None:
    """The author says what becomes of a note in doubt: `place` where the tray proposed, `keep` at the old version, `drop`."""
    note = Annotation.objects.select_for_update(no_key=True).get(pk=note.pk)
    if note.author_id != by.pk:
        raise NotAllowed(_("Chỉ người viết mới xử lý được ghi chú."))
    place = note.places.filter(state=DOUBT).select_related("version__document").order_by("-version__number").first()
    if place is None or note.removed_at:
        return  # said before, perhaps on another tablet
    if how == "place":
        if not place.page:
            raise BadInput(_("Bản mới không có chỗ nào giống. Hãy giữ ở bản cũ hoặc bỏ ghi chú."))
        place.target = _target_at(place.target, place.version, place.page, place.snippet if place.reason != "page" else "")
        place.state = PLACED
    elif how == "keep":
        place.state = KEPT
    elif how == "drop":
        note.text, note.removed_at, note.revision = "", timezone.now(), note.revision + 1
        note.digest = ""
        note.save()
        note.places.all().delete()
        note.shares.all().delete()
        return
    else:
        raise BadInput(_("Chọn một cách xử lý."))
    place.reason = place.snippet = ""
    place.save()
