"""Polls, who is entitled, votes and results. A poll knows nothing of sessions: it is given a room,
a roll and the digest of the text voted on as values."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from council.models import Body, Council, Delegate, User
from council.models.base import MovesBetweenStates, PublicIdModel


class Poll(MovesBetweenStates, PublicIdModel):
    """One named open vote (art. 35.1): draft → open → closed → declared, or cancelled with a reason."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Chuẩn bị")
        OPEN = "open", _("Đang biểu quyết")
        CLOSED = "closed", _("Đã kết thúc")
        DECLARED = "declared", _("Đã công bố")
        CANCELLED = "cancelled", _("Đã hủy")

    NEXT = {
        State.DRAFT: {State.OPEN, State.CANCELLED},
        State.OPEN: {State.CLOSED, State.CANCELLED},
        State.CLOSED: {State.DECLARED, State.CANCELLED},
    }

    council = models.ForeignKey(Council, on_delete=models.PROTECT, related_name="polls")
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="polls")
    room = models.CharField(max_length=80, db_index=True)  # key of the live room
    chain = models.CharField(max_length=80, blank=True)  # chain of the record that its acts go into
    question = models.CharField(_("Nội dung biểu quyết"), max_length=500)
    text_name = models.CharField(max_length=300, blank=True)  # "Dự thảo nghị quyết, lần 3"
    text_digest = models.CharField(max_length=64, blank=True)  # SHA-256 of the version voted on
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    # Frozen at opening from the council's dated settings: rule, base, threshold, article, labels, naming.
    rule = models.CharField(max_length=40, default="majority_of_all")  # a key of voting.rules.RULES
    terms = models.JSONField(default=dict)
    roll_hash = models.CharField(max_length=64, blank=True)
    present = models.PositiveIntegerField(default=0)  # counters kept under the poll's lock
    entitled = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    declared_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(_("Lý do hủy"), max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room"], condition=Q(state="open"), name="one_open_poll_per_room")
        ]
        ordering = ["pk"]

    def __str__(self):
        return self.question

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class Option(models.Model):
    """A choice on the ballot; labels are the council's setting, keys are fixed."""

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="options")
    key = models.CharField(max_length=20)  # "for", "against", "other"
    label = models.CharField(max_length=60)
    order = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["poll", "key"], name="one_option_per_key")]
        ordering = ["order"]


class RollEntry(models.Model):
    """One delegate on the roll: entitlement frozen at opening, presence kept by attendance changes."""

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="roll")
    delegate = models.ForeignKey(Delegate, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    seat = models.CharField(max_length=8, blank=True)
    group = models.CharField(max_length=80, blank=True)
    is_present = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["poll", "delegate"], name="one_roll_entry")]
        ordering = ["pk"]


class Vote(models.Model):
    """The vote of a delegate that counts; changed until the close, with the number of changes kept."""

    class Channel(models.TextChoices):
        SOCKET = "socket", _("Máy của đại biểu")
        HTTP = "http", _("Máy của đại biểu (đường dự phòng)")
        SECRETARY = "secretary", _("Qua thư ký")

    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="votes")
    delegate = models.ForeignKey(Delegate, on_delete=models.PROTECT, related_name="votes")
    choice = models.CharField(max_length=20)
    number = models.PositiveIntegerField(default=1)  # 1 for the first vote, +1 with every change
    channel = models.CharField(max_length=10, choices=Channel.choices)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)  # why the secretary entered it
    cast_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["poll", "delegate"], name="one_vote_per_delegate")]


class VoteAct(models.Model):
    """One act of casting, by the key that the tablet made: the same key gets the same answer for ever."""

    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="acts")
    delegate = models.ForeignKey(Delegate, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField()
    choice = models.CharField(max_length=20)
    replaces = models.PositiveIntegerField()  # number of the vote that the tablet knew (0: none)
    number = models.PositiveIntegerField()  # number of the vote that counted after this act
    answer = models.CharField(max_length=20)  # "recorded" or "stale"
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["poll", "delegate", "key"], name="one_act_per_key")]


class Result(models.Model):
    """Counted from rows at the close, never typed. for + against + other + silent + absent = total."""

    poll = models.OneToOneField(Poll, on_delete=models.PROTECT, related_name="result")
    votes_for = models.PositiveIntegerField()
    votes_against = models.PositiveIntegerField()
    votes_other = models.PositiveIntegerField()
    silent = models.PositiveIntegerField()  # present, did not vote
    absent = models.PositiveIntegerField()
    total = models.PositiveIntegerField()  # all delegates on the roll
    present = models.PositiveIntegerField()
    by_secretary = models.PositiveIntegerField(default=0)
    needed = models.PositiveIntegerField()
    passed = models.BooleanField()
    why = models.TextField()  # the explanation in words
    article = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    total=models.F("votes_for")
                    + models.F("votes_against")
                    + models.F("votes_other")
                    + models.F("silent")
                    + models.F("absent")
                ),
                name="result_adds_up_to_the_roll",
            )
        ]
