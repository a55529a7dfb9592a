"""A session (kỳ họp) or a meeting of any body: sittings, agenda, papers, polls, attendance, notice."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from council.models import Agency, Body, Council, Delegate, Device, Mail, Term, User
from council.models.base import MovesBetweenStates, PublicIdModel
from council.text import fold
from documents.models import Document, Version
from voting.models import Poll


class CouncilSession(MovesBetweenStates, PublicIdModel):
    """What is convened: the plenary's session is the large case, a board's meeting the small one."""

    class Kind(models.TextChoices):
        FIRST = "first", _("Kỳ họp thứ nhất")
        REGULAR = "regular", _("Thường lệ")
        THEMATIC = "thematic", _("Chuyên đề")
        URGENT = "urgent", _("Giải quyết công việc phát sinh đột xuất")
        MEETING = "meeting", _("Cuộc họp")

    class State(models.TextChoices):
        DRAFT = "draft", _("Đang chuẩn bị")
        CONVENED = "convened", _("Đã triệu tập")
        RUNNING = "running", _("Đang họp")
        CLOSED = "closed", _("Đã bế mạc")

    NEXT = {
        State.DRAFT: {State.CONVENED},
        State.CONVENED: {State.RUNNING},
        State.RUNNING: {State.CLOSED},
    }

    council = models.ForeignKey(Council, on_delete=models.PROTECT, related_name="council_sessions")
    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="council_sessions")
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="council_sessions")
    number = models.PositiveSmallIntegerField(_("Kỳ họp thứ"))
    kind = models.CharField(_("Loại"), max_length=12, choices=Kind.choices)
    title = models.CharField(_("Tên"), max_length=200)  # "Kỳ họp thứ 5, thường lệ cuối năm 2026"
    slug = models.SlugField(max_length=80)  # public URL: /ky-hop/<slug>
    place = models.CharField(_("Địa điểm"), max_length=200, blank=True)
    starts_on = models.DateField(_("Khai mạc"))
    ends_on = models.DateField(_("Bế mạc"))
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    notice_number = models.CharField(_("Số thông báo"), max_length=40, blank=True)  # "118/TB-HĐND.TT"
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["body", "term", "number"], name="one_session_number"),
            models.UniqueConstraint(fields=["council", "slug"], name="one_session_slug"),
        ]
        ordering = ["-starts_on", "-number"]

    def __str__(self):
        return self.title

    @property
    def chain_key(self) -> str:
        """Key of this session's own chain in the record (council/audit.py)."""
        return f"session:{self.public_id}"


class Sitting(MovesBetweenStates, PublicIdModel):
    """One sitting (phiên); its room is what every tablet and the wall follow."""

    class State(models.TextChoices):
        PLANNED = "planned", _("Chưa họp")
        OPEN = "open", _("Đang họp")
        CLOSED = "closed", _("Đã kết thúc")

    NEXT = {State.PLANNED: {State.OPEN}, State.OPEN: {State.CLOSED}, State.CLOSED: {State.OPEN}}

    class WallView(models.TextChoices):
        AUTO = "auto", _("Theo việc đang làm")
        ITEM = "item", _("Mục đang bàn")
        ATTENDANCE = "attendance", _("Điểm danh")
        PAUSE = "pause", _("Tạm nghỉ")
        BALLOTS = "ballots", _("Từng phiếu")  # of a secret vote on tablets, once declared

    council_session = models.ForeignKey(CouncilSession, on_delete=models.CASCADE, related_name="sittings")
    number = models.PositiveSmallIntegerField(_("Phiên"))
    title = models.CharField(_("Tên phiên"), max_length=300)
    date = models.DateField(_("Ngày"))
    starts_at = models.TimeField(_("Giờ bắt đầu"))
    is_closed_door = models.BooleanField(_("Họp kín"), default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    check_in_open = models.BooleanField(default=False)  # delegates may report their presence
    # What the wall shows; an open poll is always shown.
    wall_view = models.CharField(max_length=12, choices=WallView.choices, default=WallView.AUTO)
    current_item = models.ForeignKey(
        "AgendaItem", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # Whom the chair lets present papers besides chair and secretary; a member of the body.
    presenter = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["council_session", "number"], name="one_sitting_number"),
            models.UniqueConstraint(
                fields=["council_session"], condition=Q(state="open"), name="one_open_sitting"
            ),
        ]
        ordering = ["number"]

    def __str__(self):
        return self.title

    @property
    def room(self) -> str:
        """Key of the live room of this sitting."""
        return f"sitting:{self.public_id}"


class Presentation(PublicIdModel):
    """A paper that somebody leads the hall through, page by page; one at a time in a sitting.

    Turning a page changes this row and makes none: `turn` is the presenter's own count, and a turn that
    comes late, after a newer one, changes nothing.
    """

    sitting = models.ForeignKey(Sitting, on_delete=models.CASCADE, related_name="presentations")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="presentations")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="presentations")
    page = models.PositiveIntegerField(default=1)
    turn = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sitting"], condition=Q(ended_at=None), name="one_presentation"),
        ]
        ordering = ["pk"]


class AgendaItem(PublicIdModel):
    """One item of the agenda, numbered through the whole session."""

    class Kind(models.TextChoices):
        CEREMONY = "ceremony", _("Nghi thức")
        REPORT = "report", _("Báo cáo")
        DRAFT_RESOLUTION = "draft_resolution", _("Dự thảo nghị quyết")
        DISCUSSION = "discussion", _("Thảo luận")
        INTERPELLATION = "interpellation", _("Chất vấn")
        VOTE = "vote", _("Biểu quyết")
        PERSONNEL = "personnel", _("Nhân sự")
        OTHER = "other", _("Nội dung khác")

    class State(models.TextChoices):
        PENDING = "pending", _("Chưa đến")
        CURRENT = "current", _("Đang tiến hành")
        DONE = "done", _("Đã xong")
        SKIPPED = "skipped", _("Bỏ qua")

    council_session = models.ForeignKey(CouncilSession, on_delete=models.CASCADE, related_name="items")
    sitting = models.ForeignKey(Sitting, on_delete=models.CASCADE, related_name="items")
    number = models.PositiveSmallIntegerField(_("Mục"))
    title = models.CharField(_("Nội dung"), max_length=500)
    short_title = models.CharField(_("Tên ngắn"), max_length=60, blank=True)
    kind = models.CharField(_("Loại"), max_length=20, choices=Kind.choices, default=Kind.OTHER)
    presenter = models.CharField(_("Trình bày"), max_length=200, blank=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="items")
    starts_at = models.TimeField(_("Giờ"), null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(_("Số phút"), null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["council_session", "number"], name="one_item_number")
        ]
        ordering = ["number"]

    def __str__(self):
        return self.title

    @property
    def name(self) -> str:
        """The short title for lists, else the whole title."""
        return self.short_title or self.title


class ItemPaper(PublicIdModel):
    """A paper that an item needs; without a document it is missing and the office sees so."""

    class Readers(models.TextChoices):
        MEMBERS = "members", _("Đại biểu của kỳ họp")
        NAMED = "named", _("Ban, tổ được chọn")
        OFFICE = "office", _("Chỉ văn phòng")

    item = models.ForeignKey(AgendaItem, on_delete=models.CASCADE, related_name="papers")
    kind = models.CharField(_("Loại"), max_length=24, choices=Document.Kind.choices)
    title = models.CharField(_("Tên tài liệu"), max_length=500)
    number = models.CharField(_("Số, ký hiệu"), max_length=60, blank=True)
    issuer = models.CharField(_("Cơ quan ban hành"), max_length=200, blank=True)
    issued_on = models.DateField(_("Ngày ban hành"), null=True, blank=True)
    is_public = models.BooleanField(_("Công khai"), default=False)
    # Who reads it while it is not public; told to the document when one is filed.
    readers = models.CharField(
        _("Ai được đọc"), max_length=10, choices=Readers.choices, default=Readers.MEMBERS
    )
    named_bodies = models.ManyToManyField(Body, related_name="+", blank=True)  # with readers "named"
    is_restricted = models.BooleanField(_("Hạn chế"), default=False)
    order = models.PositiveSmallIntegerField(default=0)
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, blank=True, related_name="item_papers"
    )

    class Meta:
        ordering = ["order", "pk"]

    @property
    def heading(self) -> str:
        """Kind, number and title in one line; the kind is left out where the title begins with it."""
        kind = str(self.get_kind_display())
        words = [] if fold(self.title).startswith(fold(kind)) else [kind]
        head = " ".join([*words, self.number] if self.number else words)
        return f"{head}: {self.title}" if head else self.title

    @property
    def is_withdrawn(self) -> bool:
        return self.document is not None and self.document.withdrawn_at is not None


class PaperRequest(MovesBetweenStates, PublicIdModel):
    """That the office asked an agency or a board for a paper of an item, by a day.

    Late is computed from the days, never stored. What was handed in is in its rows of `HandIn`; nobody but
    the office and whoever was asked reads those until the office accepts one.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("Chưa nộp")
        HANDED_IN = "handed_in", _("Chờ văn phòng nhận")
        SENT_BACK = "sent_back", _("Đề nghị nộp lại")
        ACCEPTED = "accepted", _("Đã nhận")
        WITHDRAWN = "withdrawn", _("Thôi đề nghị")

    # A newer file may come while one waits, and after one was accepted: it waits for the office again.
    NEXT = {
        State.ASKED: {State.HANDED_IN, State.ACCEPTED, State.WITHDRAWN},
        State.HANDED_IN: {State.HANDED_IN, State.SENT_BACK, State.ACCEPTED, State.WITHDRAWN},
        State.SENT_BACK: {State.HANDED_IN, State.ACCEPTED, State.WITHDRAWN},
        State.ACCEPTED: {State.HANDED_IN, State.SENT_BACK, State.WITHDRAWN},
        State.WITHDRAWN: {State.ASKED},
    }
    OWED = (State.ASKED, State.SENT_BACK)  # the next step is the agency's or the board's

    paper = models.OneToOneField(ItemPaper, on_delete=models.CASCADE, related_name="request")
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="paper_requests"
    )
    body = models.ForeignKey(Body, on_delete=models.PROTECT, null=True, blank=True, related_name="paper_requests")
    due_on = models.DateField(_("Hạn nộp"))
    due_by_hand = models.BooleanField(default=False)  # set by the office, not counted from the regulations
    note = models.CharField(_("Yêu cầu của văn phòng"), max_length=1000, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    # The files as they were handed in, the office's alone; an accepted one is copied to the paper's document.
    tray = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, blank=True, related_name="paper_requests"
    )
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(agency__isnull=False, body=None) | Q(agency=None, body__isnull=False),
                name="asked_of_one",
            ),
        ]
        ordering = ["due_on", "pk"]

    @property
    def asked_of(self) -> str:
        """The name of the agency or board."""
        return self.agency.name if self.agency_id else self.body.name


class HandIn(PublicIdModel):
    """One file as it was handed in, and what the office said of it; kept, whatever came after."""

    class Answer(models.TextChoices):
        WAITING = "waiting", _("Chờ văn phòng")
        ACCEPTED = "accepted", _("Đã nhận")
        SENT_BACK = "sent_back", _("Đề nghị nộp lại")
        OVERTAKEN = "overtaken", _("Đã nộp bản khác")

    request = models.ForeignKey(PaperRequest, on_delete=models.CASCADE, related_name="hand_ins")
    version = models.OneToOneField(Version, on_delete=models.PROTECT, related_name="hand_in")
    note = models.CharField(_("Ghi chú cho văn phòng"), max_length=1000, blank=True)
    handed_in_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    handed_in_at = models.DateTimeField(auto_now_add=True)
    answer = models.CharField(max_length=10, choices=Answer.choices, default=Answer.WAITING)
    reason = models.CharField(_("Lý do"), max_length=1000, blank=True)  # why it was asked back
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request"], condition=Q(answer="waiting"), name="one_hand_in_waits"
            ),
        ]
        ordering = ["-pk"]


class ItemGuest(models.Model):
    """A person with an account who was asked in to one item, and reads its papers while the session runs."""

    item = models.ForeignKey(AgendaItem, on_delete=models.CASCADE, related_name="guests")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invitations")
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "user"], name="one_invitation_per_item")]


class GuestLink(PublicIdModel):
    """A QR card on the table: whoever reads it sees its own list of papers and nothing else, until it ends.

    Only a hash of the secret is kept, from the printing of the card on; printing again makes a new secret.
    """

    sitting = models.ForeignKey(Sitting, on_delete=models.CASCADE, related_name="guest_links")
    item = models.ForeignKey(AgendaItem, on_delete=models.CASCADE, null=True, blank=True, related_name="guest_links")
    name = models.CharField(_("Khách"), max_length=120)  # "Sở Tài chính": on the card and in watermarks
    papers = models.ManyToManyField(Document, related_name="+")
    secret_hash = models.CharField(max_length=64, null=True, blank=True, unique=True)  # SHA-256 of 128 random bits
    expires_at = models.DateTimeField(_("Dùng đến"))
    printed_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return self.name


class PaperBatch(MovesBetweenStates, PublicIdModel):
    """A zip that was dropped on a session: unpacked file by file by a job, shown when all of it is read.

    The office sees how far it is. Its files wait with the others once it is ready; until then nobody sees them.
    """

    class State(models.TextChoices):
        READING = "reading", _("Đang đọc")
        READY = "ready", _("Đã đọc xong")
        FAILED = "failed", _("Không đọc được")

    NEXT = {State.READING: {State.READY, State.FAILED}}

    council_session = models.ForeignKey(CouncilSession, on_delete=models.CASCADE, related_name="paper_batches")
    name = models.CharField(max_length=255)  # of the zip as it was dropped
    file = models.FileField(upload_to="batches/%Y/", max_length=200, blank=True)  # gone when it was read
    state = models.CharField(max_length=8, choices=State.choices, default=State.READING)
    total = models.PositiveIntegerField(default=0)  # files in it
    done = models.PositiveIntegerField(default=0)
    refused = models.JSONField(default=list)  # [{"name", "words"}]: the office reads why
    skipped = models.PositiveIntegerField(default=0)  # files of the operating system
    error = models.CharField(max_length=300, blank=True)
    is_closed = models.BooleanField(default=False)  # the office has read what it says
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    @property
    def taken(self) -> int:
        """How many of its files wait or were filed."""
        return self.done - len(self.refused)


class StagedPapers(models.QuerySet):
    def shown(self):
        """Those that the office may file: dropped alone, or of a zip that was read to its end."""
        return self.filter(Q(batch=None) | Q(batch__state=PaperBatch.State.READY))


class StagedPaper(PublicIdModel):
    """A file that was dropped on a session and waits for the office to say where it belongs.

    Its document is readable by the office only until it is hung on an item.
    """

    council_session = models.ForeignKey(CouncilSession, on_delete=models.CASCADE, related_name="staged_papers")
    batch = models.ForeignKey(PaperBatch, on_delete=models.SET_NULL, null=True, blank=True, related_name="staged")
    entry = models.PositiveIntegerField(null=True, blank=True)  # its place in the zip
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=255)  # of the file as it was dropped
    folder = models.CharField(max_length=255, blank=True)  # in which it lay, "Muc 12/Tham tra"
    found = models.JSONField(default=dict)  # what its first page says: sessions/letterhead.py
    paper = models.ForeignKey(ItemPaper, on_delete=models.SET_NULL, null=True, blank=True, related_name="staged")
    reason = models.CharField(max_length=600, blank=True)  # why this paper was proposed, in words
    doubt = models.CharField(max_length=600, blank=True)  # what speaks against it
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StagedPapers.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "entry"], condition=Q(batch__isnull=False), name="one_file_per_entry"
            ),
        ]
        ordering = ["pk"]


class SessionExport(MovesBetweenStates, PublicIdModel):
    """A session as one PDF, made by a job for one person, kept for a day (sessions/out/)."""

    class State(models.TextChoices):
        MAKING = "making", _("Đang ghép")
        READY = "ready", _("Đã ghép xong")
        FAILED = "failed", _("Không ghép được")

    NEXT = {State.MAKING: {State.READY, State.FAILED}}

    council_session = models.ForeignKey(CouncilSession, on_delete=models.CASCADE, related_name="exports")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="session_exports")
    # Asked for on a seat card: made with a delegate's rights only, whatever else the person may.
    delegate_rights_only = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.MAKING)
    done = models.PositiveIntegerField(default=0)  # papers fetched
    total = models.PositiveIntegerField(default=0)
    versions = models.JSONField(default=list)  # keys of the versions that are in it
    left_out = models.JSONField(default=list)  # [{"title", "why"}]
    file = models.FileField(upload_to="exports/%Y/", max_length=200, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    pages = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["council_session", "user"], condition=Q(state="making"), name="one_export_at_a_time"
            ),
        ]
        ordering = ["-pk"]


class ItemPoll(models.Model):
    """A poll held on an item, and the draft that it was about; of several questions one row each, in their places.

    `turn` is given to votes that are prepared together to be held one after the other: the desk opens the
    next one with one press.
    """

    class About(models.TextChoices):
        DRAFT = "draft", _("Toàn văn dự thảo, hoặc việc của mục này")
        ARTICLE = "article", _("Một điều của dự thảo")
        PROCEDURE = "procedure", _("Việc về thủ tục")
        AGENDA = "agenda", _("Chương trình")

    item = models.ForeignKey(AgendaItem, on_delete=models.CASCADE, related_name="item_polls")
    about = models.CharField(_("Biểu quyết về"), max_length=10, choices=About.choices, default=About.DRAFT)
    poll = models.ForeignKey(
        Poll, on_delete=models.CASCADE, related_name="item_polls", related_query_name="item_poll"
    )
    place = models.PositiveSmallIntegerField(default=1)
    turn = models.PositiveSmallIntegerField(null=True, blank=True)
    paper = models.ForeignKey(ItemPaper, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["poll", "place"], name="one_item_per_question")]
        ordering = ["pk"]


class Attendance(models.Model):
    """Where a delegate is in a sitting: absent until checked in."""

    class State(models.TextChoices):
        PRESENT = "present", _("Có mặt")
        ABSENT = "absent", _("Vắng chưa rõ lý do")
        EXCUSED = "excused", _("Vắng có phép")

    sitting = models.ForeignKey(Sitting, on_delete=models.CASCADE, related_name="attendance")
    delegate = models.ForeignKey(Delegate, on_delete=models.PROTECT, related_name="attendance")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ABSENT)
    reason = models.CharField(_("Lý do"), max_length=300, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    by_tablet = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sitting", "delegate"], name="one_attendance_row")]


class Notice(PublicIdModel):
    """A convening notice as it was sent: the rendered PDF and one delivery for every delegate."""

    council_session = models.ForeignKey(CouncilSession, on_delete=models.CASCADE, related_name="notices")
    number = models.CharField(_("Số thông báo"), max_length=40)
    signed_by = models.CharField(_("Người ký"), max_length=120)
    signer_title = models.CharField(_("Chức vụ người ký"), max_length=120)
    body_text = models.TextField(_("Nội dung"), blank=True)
    pdf = models.FileField(upload_to="notices/%Y/", max_length=200, blank=True)
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    error = models.CharField(max_length=300, blank=True)
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]


class NoticeDelivery(models.Model):
    """The notice to one delegate; whether it went out is the state of its mail."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="deliveries")
    delegate = models.ForeignKey(Delegate, on_delete=models.PROTECT, related_name="notice_deliveries")
    mail = models.ForeignKey(Mail, on_delete=models.SET_NULL, null=True, blank=True, related_name="deliveries")
    problem = models.CharField(max_length=200, blank=True)  # "Chưa có địa chỉ thư điện tử"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "delegate"], name="one_delivery")]


class TabletCheck(models.Model):
    """"Thử máy của tôi": what a delegate's tablet could do on a day."""

    delegate = models.ForeignKey(Delegate, on_delete=models.CASCADE, related_name="tablet_checks")
    device = models.ForeignKey(Device, on_delete=models.SET_NULL, null=True, blank=True, related_name="checks")
    date = models.DateField()
    passed = models.BooleanField()
    details = models.JSONField(default=dict)  # socket, http fallback, pdf, sound, screen
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delegate", "date"], name="one_check_per_day")]
