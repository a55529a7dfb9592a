"""Papers, their versions, pages and processing, who read them, and resolutions with their register of numbers."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from council.models import Body, Council, Device, Term, User
from council.models.base import MovesBetweenStates, PublicIdModel


class Document(PublicIdModel):
    """A paper of a session or of a reply. Its content is in its versions."""

    class Kind(models.TextChoices):
        SUBMISSION = "submission", _("Tờ trình")
        DRAFT_RESOLUTION = "draft_resolution", _("Dự thảo nghị quyết")
        VERIFICATION_REPORT = "verification_report", _("Báo cáo thẩm tra")
        REVISION_REPORT = "revision_report", _("Báo cáo tiếp thu, giải trình")
        REPORT = "report", _("Báo cáo")
        AGENDA = "agenda", _("Chương trình")
        NOTICE = "notice", _("Thông báo")
        OTHER = "other", _("Tài liệu khác")

    class Visibility(models.TextChoices):
        PUBLIC = "public", _("Công khai")
        MEMBERS = "members", _("Đại biểu của kỳ họp")
        NAMED = "named", _("Ban, tổ được chọn")
        OFFICE = "office", _("Văn phòng")

    council = models.ForeignKey(Council, on_delete=models.PROTECT, related_name="documents")
    title = models.CharField(_("Tên tài liệu"), max_length=500)
    kind = models.CharField(_("Loại"), max_length=24, choices=Kind.choices, default=Kind.OTHER)
    number = models.CharField(_("Số, ký hiệu"), max_length=60, blank=True)  # "279/TTr-UBND"
    issuer = models.CharField(_("Cơ quan ban hành"), max_length=200, blank=True)
    issued_on = models.DateField(_("Ngày ban hành"), null=True, blank=True)
    visibility = models.CharField(
        _("Ai được đọc"), max_length=10, choices=Visibility.choices, default=Visibility.MEMBERS
    )
    # Whose members may read it: the convened body. Given by the session as a value.
    body = models.ForeignKey(Body, on_delete=models.PROTECT, null=True, blank=True, related_name="documents")
    # With visibility "named": the boards and groups whose members read it.
    named_bodies = models.ManyToManyField(Body, related_name="named_documents", blank=True)
    # Of a sitting behind closed doors: only who sits in it reads it, whatever else is said. Told by the session.
    is_closed = models.BooleanField(default=False)
    # Every copy that leaves the server carries the reader's name and the time (docs/decisions/0018).
    is_restricted = models.BooleanField(_("Hạn chế"), default=False)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_why = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(visibility="public") | Q(is_closed=False, is_restricted=False),
                name="no_closed_or_restricted_paper_is_public",
            ),
        ]

    def __str__(self):
        return self.title


def version_path(version, filename):
    """Where a version's bytes live; the name says nothing of the content."""
    return f"versions/{version.public_id.hex[:2]}/{version.public_id.hex}.pdf"


def source_path(version, filename):
    """Where the bytes lie that were brought, when the paper was made from them: a Word file, a picture."""
    return f"versions/{version.public_id.hex[:2]}/{version.public_id.hex}.src"


def layered_path(version, filename):
    """Where the copy with a text layer lies."""
    return f"versions/{version.public_id.hex[:2]}/{version.public_id.hex}-chu.pdf"


class Version(PublicIdModel):
    """One immutable state of a paper's content; a new one never overwrites an old one.

    `file` with its digest is the paper itself, and what is voted on names it. What was brought in
    another form is kept beside it as `source`; the copy in which recognised text lies over scanned
    pages is `layered`. Neither ever takes the place of `file`.
    """

    class State(models.TextChoices):
        PROCESSING = "processing", _("Đang xử lý")
        READY = "ready", _("Sẵn sàng")
        FAILED = "failed", _("Không xử lý được")
        REFUSED = "refused", _("Bị từ chối, nội dung đã xóa")

    class Format(models.TextChoices):
        PDF = "pdf", "PDF"
        DOCX = "docx", "Word"
        XLSX = "xlsx", "Excel"
        PPTX = "pptx", "PowerPoint"
        ODT = "odt", "OpenDocument"
        PICTURE = "picture", _("Ảnh")

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField(default=1)
    file = models.FileField(upload_to=version_path, max_length=200)
    original_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()  # bytes
    pages = models.PositiveIntegerField(default=0)
    has_text = models.BooleanField(default=True)  # False: scanned pages without a text layer
    has_scripts = models.BooleanField(default=False)  # JavaScript or launch actions; served in a sandbox
    state = models.CharField(max_length=12, choices=State.choices, default=State.PROCESSING)
    error = models.CharField(max_length=300, blank=True)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    # What was brought: for a PDF the digest is that of `file`, and there is no second copy of it.
    format = models.CharField(max_length=8, choices=Format.choices, default=Format.PDF)
    source = models.FileField(upload_to=source_path, max_length=200, blank=True)
    source_name = models.CharField(max_length=255, blank=True)
    source_sha256 = models.CharField(max_length=64, blank=True)
    source_size = models.PositiveBigIntegerField(default=0)  # bytes
    layered = models.FileField(upload_to=layered_path, max_length=200, blank=True)
    layered_sha256 = models.CharField(max_length=64, blank=True)
    layered_size = models.PositiveBigIntegerField(default=0)  # bytes
    outline = models.JSONField(default=list, blank=True)  # [{"title", "page", "level"}], pages and levels from 1
    text_complete_at = models.DateTimeField(null=True, blank=True)  # the text of every page is known
    changes = models.JSONField(null=True, blank=True)  # since the version before: {"from", "pages", "parts"}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="one_version_number")]
        ordering = ["document", "-number"]

    @property
    def brought(self):
        """The file as it was brought, byte for byte."""
        return self.source or self.file

    @property
    def reading_copy(self) -> tuple:
        """File, digest and size of what a reader draws: with recognised text where there is some, else the paper."""
        if self.layered:
            return self.layered, self.layered_sha256, self.layered_size
        return self.file, self.sha256, self.size


class Page(models.Model):
    """One page of a version as the pipeline found it: what it says, how large it is, whether it was drawn."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="page_rows")
    number = models.PositiveIntegerField()  # from 1
    width = models.FloatField()  # PDF points, as displayed
    height = models.FloatField()
    text = models.TextField(blank=True)  # NFC, "\n" between lines
    search_text = models.TextField(blank=True)  # folded, see documents/search.py
    text_sha256 = models.CharField(max_length=64)  # hex, of the text in UTF-8
    is_scanned = models.BooleanField(default=False)  # a picture of a page, without text of its own
    is_recognised = models.BooleanField(default=False)  # the text was read from a picture of the page
    has_image = models.BooleanField(default=False)  # page and thumbnail lie in storage, see documents/pictures.py

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "number"], name="one_page_number")]
        ordering = ["version", "number"]


class Step(models.Model):
    """One step of the way from an upload to a paper that is read; the office sees it and may ask for it again."""

    class Kind(models.TextChoices):
        CONVERT = "convert", _("Chuyển sang PDF")
        TEXT = "text", _("Lấy chữ và mục lục")
        PICTURES = "pictures", _("Vẽ ảnh các trang")
        RECOGNISE = "recognise", _("Nhận dạng chữ trang quét")

    class State(models.TextChoices):
        WAITING = "waiting", _("Đang chờ")
        RUNNING = "running", _("Đang làm")
        DONE = "done", _("Xong")
        LACKING = "lacking", _("Máy chủ thiếu phần mềm")
        FAILED = "failed", _("Không làm được")

    ORDER = (Kind.CONVERT, Kind.TEXT, Kind.PICTURES, Kind.RECOGNISE)

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)  # pages
    total = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)  # in words, for the office
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "kind"], name="one_step_of_a_kind")]
        ordering = ["version", "pk"]


class ReadReceipt(models.Model):
    """That a person opened a paper, and the page to come back to."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="receipts")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="receipts")
    first_opened_at = models.DateTimeField(auto_now_add=True)
    last_opened_at = models.DateTimeField(auto_now=True)
    page = models.PositiveIntegerField(default=1)
    furthest_page = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "user"], name="one_receipt")]


def pack_path(pack_file, filename):
    """Where what is taken along of a version lies; the name says nothing of the content."""
    return f"packs/{pack_file.sha256[:2]}/{pack_file.sha256}.bin"


class PackFile(models.Model):
    """What a tablet takes along of a version: one file, and the digests of its pieces (documents/pack.py)."""

    class Kind(models.TextChoices):
        PDF = "pdf", _("Tệp PDF")
        PAGES = "pages", _("Chữ và ảnh nhỏ của các trang")

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="pack_files")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    file = models.FileField(upload_to=pack_path, max_length=200, blank=True)  # empty: the version's own
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()  # bytes
    pieces = models.JSONField(default=list)  # SHA-256 (hex) of each piece of PIECE bytes, the last one shorter

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "kind"], name="one_pack_file_per_kind")]

    @property
    def stored(self):
        """The file itself."""
        return self.file or self.version.file


class OfflineCopy(PublicIdModel):
    """That a person keeps papers on a device to read them without a network; ended, the device wipes them.

    The row knows nothing of the key: only whether the copy may still be kept.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="offline_copies")
    council = models.ForeignKey(Council, on_delete=models.CASCADE, related_name="+")
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="offline_copies")
    secret_hash = models.CharField(max_length=64, unique=True)  # SHA-256 of what the tablet asks with
    made_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(null=True, blank=True)  # when the tablet last asked
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device"], condition=Q(ended_at=None), name="one_offline_copy_per_device")
        ]


class PaperText(models.Model):
    """What search knows of a paper (documents/finding.py): its names, and its newest ready version's words."""

    document = models.OneToOneField(Document, on_delete=models.CASCADE, primary_key=True, related_name="search_row")
    version = models.ForeignKey(Version, on_delete=models.CASCADE, null=True, related_name="+")  # whose pages
    heading = models.TextField()  # title, number and issuer, folded
    marked = models.TextField()  # every word once, with its marks in plain letters; on PostgreSQL
    year = models.PositiveSmallIntegerField(default=0)  # of issue, else of arrival
    place = models.CharField(max_length=40, blank=True)  # key of the session to which it belongs, told from above


class Download(models.Model):
    """That a version was taken along as a file, by whom; of a restricted one also that its reader fetched it."""

    class Way(models.TextChoices):
        PDF = "pdf", _("Tệp PDF")
        WITH_NOTES = "notes", _("PDF kèm ghi chú")
        SESSION = "session", _("Trong tệp cả kỳ họp")
        ORIGINAL = "original", _("Tệp gốc đã nộp")
        READING = "reading", _("Mở đọc (tài liệu hạn chế)")

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="downloads")
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="downloads")
    name = models.CharField(max_length=200)  # of the reader, as it was then; of a guest what the card says
    way = models.CharField(max_length=8, choices=Way.choices, default=Way.PDF)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]


class NumberSeries(models.Model):
    """The last number given in a series; its row is locked while the next one is given."""

    council = models.ForeignKey(Council, on_delete=models.PROTECT, related_name="number_series")
    key = models.CharField(max_length=60)  # "normative:2026", "individual:2026" or "individual:term-3"
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["council", "key"], name="one_series_per_key")]


class Resolution(MovesBetweenStates, PublicIdModel):
    """An adopted text: draft → numbered → published. The vote that adopted it is kept as values."""

    class Kind(models.TextChoices):
        INDIVIDUAL = "individual", _("Nghị quyết cá biệt")
        NORMATIVE = "normative", _("Nghị quyết quy phạm pháp luật")

    class State(models.TextChoices):
        DRAFT = "draft", _("Đang soạn")
        NUMBERED = "numbered", _("Đã vào số")
        PUBLISHED = "published", _("Đã công bố")

    NEXT = {State.DRAFT: {State.NUMBERED}, State.NUMBERED: {State.PUBLISHED}}

    council = models.ForeignKey(Council, on_delete=models.PROTECT, related_name="resolutions")
    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="resolutions")
    kind = models.CharField(_("Loại"), max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    title = models.CharField(_("Trích yếu"), max_length=500)
    # Legal bases, articles with clauses and points, recipients, signature: see documents/resolution_text.py
    text = models.JSONField(default=dict)
    series = models.CharField(max_length=60, blank=True)
    number = models.PositiveIntegerField(null=True, blank=True)
    symbol = models.CharField(_("Số, ký hiệu"), max_length=40, blank=True)  # "62/NQ-HĐND"
    slug = models.CharField(max_length=60, blank=True)  # "62-nq-hdnd": last part of the public URL
    adopted_on = models.DateField(_("Ngày thông qua"), null=True, blank=True)
    effective_on = models.DateField(_("Ngày có hiệu lực"), null=True, blank=True)
    session_name = models.CharField(max_length=200, blank=True)  # "Kỳ họp thứ 5"
    session_url = models.CharField(max_length=200, blank=True)
    # The vote that adopted it, as values: poll public id, counts, why, text digest.
    adoption = models.JSONField(default=dict)
    draft = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, blank=True, related_name="resolutions"
    )
    pdf = models.FileField(upload_to="resolutions/%Y/", max_length=200, blank=True)
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    pdf_error = models.CharField(max_length=300, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)  # digital signature; empty: "chưa ký số"
    published_at = models.DateTimeField(null=True, blank=True)
    search_text = models.TextField(blank=True)  # folded, see documents/search.py
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["council", "series", "number"], condition=Q(number__isnull=False), name="no_number_twice"
            ),
        ]
        ordering = ["-adopted_on", "-number"]

    def __str__(self):
        return self.symbol or self.title


class Annotation(PublicIdModel):
    """A reader's own note on a paper: its author's and nobody else's, unless the author shares it.

    `public_id` and `revision` come from the author's tablet, times from the server. Where it stands is a row
    for each version of the paper (`AnnotationPlace`). Format: docs/notes-format.md.
    """

    class Kind(models.TextChoices):
        HIGHLIGHT = "highlight", _("Tô màu")
        TEXT = "text", _("Ghi chú")
        PEN = "pen", _("Nét vẽ")
        BOOKMARK = "bookmark", _("Đánh dấu trang")

    class Colour(models.TextChoices):
        YELLOW = "vang", _("Vàng")
        GREEN = "xanh-la", _("Xanh lá")
        BLUE = "xanh-duong", _("Xanh dương")
        PINK = "hong", _("Hồng")
        ORANGE = "cam", _("Cam")

    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="annotations")
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="annotations")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    colour = models.CharField(max_length=12, choices=Colour.choices, default=Colour.YELLOW)
    text = models.TextField(blank=True)
    revision = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)  # of what the tablet sent as this revision: the same sent again is known
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    removed_at = models.DateTimeField(null=True, blank=True)  # what it said is gone then; the row keeps the number

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["author", "document"], name="notes_of_author")]

    def __str__(self):
        return f"note {self.public_id}"  # never what it says: this may be logged


class AnnotationPlace(models.Model):
    """Where a note stands in one version of its paper, or that this is for its author to say."""

    class State(models.TextChoices):
        PLACED = "placed", _("Đúng chỗ")
        DOUBT = "doubt", _("Cần xem lại")
        KEPT = "kept", _("Để ở bản cũ")

    annotation = models.ForeignKey(Annotation, on_delete=models.CASCADE, related_name="places")
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.PLACED)
    page = models.PositiveIntegerField(default=0)  # from 1; of a doubt where it may be, 0: nowhere
    target = models.JSONField(default=dict)  # W3C target; of a doubt that of the older version
    came_from = models.ForeignKey(Version, on_delete=models.CASCADE, null=True, related_name="+")
    reason = models.CharField(max_length=10, blank=True)  # of a doubt: one of anchors.REASONS
    snippet = models.TextField(blank=True)  # of a doubt: the words that stand where it may be

    class Meta:
        constraints = [models.UniqueConstraint(fields=["annotation", "version"], name="one_place_per_version")]
        ordering = ["page", "pk"]


class AnnotationShare(models.Model):
    """That an author lets one person, or the own group, see a note. Taking it back deletes the row."""

    annotation = models.ForeignKey(Annotation, on_delete=models.CASCADE, related_name="shares")
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    body = models.ForeignKey(Body, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    shared_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user=None, body__isnull=False) | Q(user__isnull=False, body=None), name="share_with_one"
            ),
            models.UniqueConstraint(fields=["annotation", "user"], name="one_share_per_person"),
            models.UniqueConstraint(fields=["annotation", "body"], name="one_share_per_group"),
        ]
