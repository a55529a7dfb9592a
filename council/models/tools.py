"""Rows of the shared tools: settings, calendar, record, queue, mail, rooms."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from council.models.accounts import User
from council.models.base import PublicIdModel
from council.models.institution import Council


class RegulationValue(models.Model):
    """A number or choice of a council's Working Regulations, from a day on (council/regulations.py)."""

    council = models.ForeignKey(Council, on_delete=models.CASCADE, related_name="regulation_values")
    key = models.CharField(max_length=60)
    value = models.JSONField()
    valid_from = models.DateField(_("Áp dụng từ ngày"))
    legal_basis = models.CharField(_("Căn cứ"), max_length=300)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["key", "-valid_from", "-pk"]


class CalendarDay(models.Model):
    """A day that is not what its weekday says: a holiday, or a make-up working day."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday", _("Ngày nghỉ")
        MAKE_UP = "make_up", _("Ngày làm bù")

    council = models.ForeignKey(Council, on_delete=models.CASCADE, related_name="calendar_days")
    date = models.DateField(_("Ngày"))
    kind = models.CharField(_("Loại"), max_length=10, choices=Kind.choices)
    name = models.CharField(_("Tên"), max_length=200)
    is_official = models.BooleanField(_("Đã công bố chính thức"), default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["council", "date"], name="one_calendar_row_per_day")]
        ordering = ["date"]


class AuditChain(models.Model):
    """The head of one hash chain: one per session, one per council for the rest."""

    council = models.ForeignKey(Council, on_delete=models.PROTECT, null=True, related_name="audit_chains")
    key = models.CharField(max_length=80, unique=True)
    seq = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True)
    # A session's chain is signed: its public point, and the private key sealed (council/record_keys.py).
    public_key = models.CharField(max_length=87, blank=True)
    sealed_key = models.TextField(blank=True)

    @property
    def is_published(self) -> bool:
        """Whether the chain is a session's, which anybody may come to check."""
        return self.key.startswith("session:")


class AuditEntry(models.Model):
    """One line of the record: who did what, never what was chosen. Never changed, never deleted."""

    chain = models.ForeignKey(AuditChain, on_delete=models.PROTECT, related_name="entries")
    seq = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=150)  # user name at the time, or "system"
    event = models.CharField(max_length=60)  # "voting.poll-closed"
    target = models.CharField(max_length=120, blank=True)  # "voting.poll:<public id>"
    data = models.JSONField(default=dict)
    public = models.JSONField(null=True)  # what the public record says of it; None: nothing
    seed = models.CharField(max_length=32, db_default="")  # of its salts; empty: an entry of the first format
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "seq"], name="one_entry_per_place")]
        ordering = ["chain", "seq"]


class Job(PublicIdModel):
    """A row of the outbox: work that was decided together with the change that asks for it."""

    class State(models.TextChoices):
        DUE = "due", _("Chờ xử lý")
        RUNNING = "running", _("Đang xử lý")
        DONE = "done", _("Đã xong")
        PARKED = "parked", _("Dừng lại sau nhiều lần lỗi")

    council = models.ForeignKey(Council, on_delete=models.CASCADE, null=True, related_name="jobs")
    kind = models.CharField(max_length=60)  # name of the handler, "sessions.render_notice"
    args = models.JSONField(default=dict)  # row ids only, never facts
    key = models.CharField(max_length=120, unique=True)  # asking twice for the same work is one job
    title = models.CharField(max_length=200, blank=True)  # what the office reads when it is parked
    state = models.CharField(max_length=10, choices=State.choices, default=State.DUE)
    run_at = models.DateTimeField()
    every_seconds = models.PositiveIntegerField(null=True, blank=True)  # a recurring job comes back
    tries = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.CharField(max_length=36, blank=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["run_at"], condition=Q(state__in=["due", "running"]), name="job_due")
        ]


class Mail(PublicIdModel):
    """One message to one person. What SMTP cannot tell after a crash is `unknown` for the office to decide."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Chờ gửi")
        SENDING = "sending", _("Đang gửi")
        SENT = "sent", _("Đã gửi")
        FAILED = "failed", _("Gửi lỗi")
        UNKNOWN = "unknown", _("Không rõ")

    council = models.ForeignKey(Council, on_delete=models.CASCADE, related_name="mails")
    to = models.EmailField()
    to_name = models.CharField(max_length=120, blank=True)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    message_id = models.CharField(max_length=200, unique=True)  # stable over retries
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    error = models.CharField(max_length=300, blank=True)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="mails")
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]


class MailAttachment(models.Model):
    """A stored file (storage name) or a short text sent along with a message."""

    mail = models.ForeignKey(Mail, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=150)
    content_type = models.CharField(max_length=100)
    stored_as = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)


class Room(models.Model):
    """A live room, known by key only; its number counts every change that a screen may show."""

    council = models.ForeignKey(Council, on_delete=models.CASCADE, related_name="rooms")
    key = models.CharField(max_length=80, unique=True)  # "sitting:<uuid>"
    seq = models.PositiveBigIntegerField(default=0)
    turnouts = models.PositiveBigIntegerField(default=0)  # how many of them changed a turnout only
    votes = models.PositiveBigIntegerField(default=0)  # how many opened or closed a vote, and no more
    changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["key", "seq"], name="room_watch")]
