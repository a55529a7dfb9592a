"""Polls, who is entitled, votes and results. A poll knows nothing of sessions: it is given a room,
a roll and the digest of the text voted on as values."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from council.models import Body, Council, Delegate, User
from council.models.base import MovesBetweenStates, PublicIdModel


class Poll(MovesBetweenStates, PublicIdModel):
    """One vote (art. 35.1): draft → open → closed → declared, or cancelled with a reason.

    An open one is named and on the delegates' tablets, or counted by tellers (hands, paper, another
    system). A secret one is on sheets that name persons: on paper counted by tellers, or on the tablets as
    sealed ballots (voting/secret/). An opinion
    poll (phiếu xin ý kiến) is held outside a sitting: it has no room, and a deadline that closes it.
    """

    class Kind(models.TextChoices):
        NAMED = "named", _("Biểu quyết")
        ELECTION = "election", _("Bầu")
        DISMISSAL = "dismissal", _("Miễn nhiệm")
        REMOVAL = "removal", _("Bãi nhiệm")
        RATING = "rating", _("Lấy phiếu tín nhiệm")
        CONFIDENCE = "confidence", _("Bỏ phiếu tín nhiệm")
        OPINION = "opinion", _("Xin ý kiến kín")  # a question on a secret sheet; only outside a sitting

    class Method(models.TextChoices):
        TABLET = "tablet", _("Trên máy của đại biểu")
        HANDS = "hands", _("Giơ tay")
        PAPER = "paper", _("Phiếu giấy")
        OUTSIDE = "outside", _("Hệ thống biểu quyết khác")

    class Secrecy(models.TextChoices):
        NONE = "", _("Không dùng")
        SERVER = "server", _("Tin cậy máy chủ")
        TELLERS = "tellers", _("Khóa của Ban kiểm phiếu")

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
    room = models.CharField(max_length=80, blank=True, db_index=True)  # key of the live room; an opinion poll has none
    chain = models.CharField(max_length=80, blank=True)  # chain of the record that its acts go into
    kind = models.CharField(_("Loại"), max_length=12, choices=Kind.choices, default=Kind.NAMED)
    method = models.CharField(_("Hình thức"), max_length=8, choices=Method.choices, default=Method.TABLET)
    # How the ballots of a secret vote on tablets are sealed; empty for every other vote.
    secrecy = models.CharField(max_length=8, choices=Secrecy.choices, default=Secrecy.NONE, blank=True)
    is_rehearsal = models.BooleanField(_("Biểu quyết thử"), default=False)
    seats = models.PositiveSmallIntegerField(_("Số người được bầu"), default=0)  # of an election
    # The declared vote that this one puts right (never an edit), and the election that this one goes on with.
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections"
    )
    first_round = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="later_rounds"
    )
    # The declared vote on persons whose result is confirmed by the resolution that this one is about.
    confirms = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="confirmations"
    )
    # How many questions a delegate answers in one vote; more than one: each is a Question with a place.
    asks = models.PositiveSmallIntegerField(default=1)
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
    closes_at = models.DateTimeField(null=True, blank=True)  # the deadline of an opinion poll: no vote from then on
    closed_at = models.DateTimeField(null=True, blank=True)
    declared_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(_("Lý do hủy"), max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["room"], condition=Q(state="open") & ~Q(room=""), name="one_open_poll_per_room"
            ),
            models.CheckConstraint(
                condition=~Q(room="") | Q(closes_at__isnull=False), name="a_poll_without_a_room_has_a_deadline"
            ),
            models.CheckConstraint(
                condition=Q(kind="named") | ~Q(method="hands"), name="a_secret_vote_is_never_by_hands"
            ),
            models.CheckConstraint(
                condition=Q(kind="named", secrecy="")
                | (~Q(kind="named") & ~Q(method="tablet") & Q(secrecy=""))
                | (~Q(kind="named") & Q(method="tablet") & Q(secrecy__in=["server", "tellers"])),
                name="a_secret_vote_on_tablets_is_sealed",
            ),
            models.CheckConstraint(
                condition=Q(asks=1) | Q(asks__gt=1, kind="named", method="tablet"),
                name="questions_put_together_are_on_tablets",
            ),
        ]
        ordering = ["pk"]

    def __str__(self):
        return self.question

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def is_opinion(self) -> bool:
        """Whether it is held outside a sitting, until its deadline."""
        return not self.room

    def is_over(self, now) -> bool:
        """Whether its deadline has come, by the server's clock; the job that closes it may be late."""
        return self.closes_at is not None and now >= self.closes_at

    @property
    def is_secret(self) -> bool:
        """Personnel votes are secret (bỏ phiếu kín); no screen and no row tells who chose what."""
        return self.kind != self.Kind.NAMED

    @property
    def is_joint(self) -> bool:
        """Whether several questions are put together; each has its own rule and its own result."""
        return self.asks > 1

    @property
    def result(self) -> "Result":
        """The result of the one question asked. Result.DoesNotExist before the count, and where there are several."""
        if self.is_joint:
            raise Result.DoesNotExist("several questions: Poll.results")
        return self.results.get()

    @property
    def is_sealed(self) -> bool:
        """Whether it is a secret vote on the delegates' tablets (voting/secret/)."""
        return bool(self.secrecy)

    @property
    def is_counted(self) -> bool:
        """Whether tellers count it; else the rows of the tablets' votes, or the opened ballots, do."""
        return self.method != self.Method.TABLET


class Question(models.Model):
    """One of several questions put together in one poll, in its place; a poll of one question has none.

    Its place is the place of its choice in every vote ("for,against,for"), and of its result.
    """

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="questions")
    place = models.PositiveSmallIntegerField()
    question = models.CharField(_("Nội dung biểu quyết"), max_length=500)
    text_name = models.CharField(max_length=300, blank=True)
    text_digest = models.CharField(max_length=64, blank=True)
    rule = models.CharField(max_length=40, default="majority_of_all")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["poll", "place"], name="one_question_per_place")]
        ordering = ["place"]

    def __str__(self):
        return self.question


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
    # The place in the roll as it is published, in no order that tells anything; 0: from before it was.
    line = models.PositiveSmallIntegerField(default=0)
    salt = models.CharField(max_length=32, blank=True)  # opens this line of the record (voting/commitments.py)
    steps_out = models.CharField(max_length=300, blank=True)  # why: a conflict of interest; empty: takes part

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["poll", "delegate"], name="one_roll_entry"),
            models.CheckConstraint(
                condition=Q(steps_out="") | Q(is_present=False), name="who_steps_out_takes_no_part"
            ),
        ]
        ordering = ["pk"]


class Vote(models.Model):
    """The vote of a delegate that counts; changed until the close, with the number of changes kept."""

    class Channel(models.TextChoices):
        SOCKET = "socket", _("Máy của đại biểu")
        HTTP = "http", _("Máy của đại biểu (đường dự phòng)")
        SECRETARY = "secretary", _("Qua thư ký")
        TELLERS = "tellers", _("Ban kiểm phiếu ghi")

    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="votes")
    delegate = models.ForeignKey(Delegate, on_delete=models.PROTECT, related_name="votes")
    choice = models.CharField(max_length=200)  # "for"; of several questions "for,against,": one place each
    number = models.PositiveIntegerField(default=1)  # 1 for the first vote, +1 with every change
    channel = models.CharField(max_length=10, choices=Channel.choices)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)  # why the secretary entered it
    cast_at = models.DateTimeField()
    salt = models.CharField(max_length=32, blank=True)  # opens its commitment in the record

    class Meta:
        constraints = [models.UniqueConstraint(fields=["poll", "delegate"], name="one_vote_per_delegate")]


class VoteAct(models.Model):
    """One act of casting, by the key that the tablet made: the same key gets the same answer for ever."""

    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="acts")
    delegate = models.ForeignKey(Delegate, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField()
    choice = models.CharField(max_length=200)
    replaces = models.PositiveIntegerField()  # number of the vote that the tablet knew (0: none)
    number = models.PositiveIntegerField()  # number of the vote that counted after this act
    answer = models.CharField(max_length=20)  # "recorded" or "stale"
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["poll", "delegate", "key"], name="one_act_per_key")]


class Result(models.Model):
    """Counted from rows at the close, never typed. for + against + other + silent + absent = total.

    One row for each question of the poll.
    """

    poll = models.ForeignKey(
        Poll, on_delete=models.PROTECT, related_name="results", related_query_name="result"
    )
    place = models.PositiveSmallIntegerField(default=1)  # of the question, where there are several
    votes_for = models.PositiveIntegerField()
    votes_against = models.PositiveIntegerField()
    votes_other = models.PositiveIntegerField()
    silent = models.PositiveIntegerField()  # present, did not vote
    absent = models.PositiveIntegerField()
    total = models.PositiveIntegerField()  # all delegates on the roll
    present = models.PositiveIntegerField()
    by_secretary = models.PositiveIntegerField(default=0)
    stepped_out = models.PositiveIntegerField(default=0)  # among the absent: a conflict of interest
    base = models.PositiveIntegerField(default=0)  # what the threshold is a share of
    needed = models.PositiveIntegerField()
    passed = models.BooleanField()
    why = models.TextField()  # the explanation in words
    article = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["poll", "place"], name="one_result_per_question"),
            models.CheckConstraint(
                condition=Q(
                    total=models.F("votes_for")
                    + models.F("votes_against")
                    + models.F("votes_other")
                    + models.F("silent")
                    + models.F("absent")
                ),
                name="result_adds_up_to_the_roll",
            ),
        ]
        ordering = ["poll", "place"]

    @property
    def cast(self) -> int:
        """How many answered this question."""
        return self.votes_for + self.votes_against + self.votes_other



class Opinion(models.Model):
    """What an opinion poll (phiếu xin ý kiến) has besides the poll: why it is asked, papers, reminders."""

    poll = models.OneToOneField(Poll, on_delete=models.PROTECT, related_name="opinion")
    explanation = models.TextField(_("Nội dung giải trình"), blank=True)
    deadline_why = models.CharField(max_length=400, blank=True)  # how the deadline was counted, with its basis
    # A secret one: ballots are handed out until then, and cast from then on till the deadline.
    casting_from = models.DateTimeField(null=True, blank=True)
    remind_hours = models.PositiveSmallIntegerField(_("Nhắc trước (giờ)"), default=24)  # 0: no reminder
    reminders = models.PositiveSmallIntegerField(default=0)  # rounds of reminders that the office asked for
    reminded_at = models.DateTimeField(null=True, blank=True)
    close_reason = models.CharField(max_length=300, blank=True)  # why it was closed before the deadline


class OpinionPaper(models.Model):
    """A paper beside the question, as values: the version that was asked about, by its digest."""

    opinion = models.ForeignKey(Opinion, on_delete=models.CASCADE, related_name="papers")
    document = models.UUIDField()  # public id
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=300)
    digest = models.CharField(max_length=64)  # SHA-256
    order = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["opinion", "document"], name="no_paper_twice_in_an_opinion_poll")
        ]
        ordering = ["order"]


class OpinionExtension(models.Model):
    """One extension of the deadline; only ever to a later time."""

    opinion = models.ForeignKey(Opinion, on_delete=models.PROTECT, related_name="extensions")
    was = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=models.F("was")), name="an_extension_is_later")
        ]
        ordering = ["pk"]


class WrittenOpinion(models.Model):
    """What a delegate wrote beside "Ý kiến khác"; it belongs to one number of the vote and goes with it."""

    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="written_opinions")
    delegate = models.ForeignKey(Delegate, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()  # of the vote that it was sent with
    text = models.TextField()
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["poll", "delegate", "number"], name="one_written_opinion_per_vote")
        ]


class Objection(MovesBetweenStates, PublicIdModel):
    """A delegate says that the own vote is recorded wrongly; the chair answers, and no vote is ever edited."""

    class State(models.TextChoices):
        OPEN = "open", _("Chờ chủ tọa trả lời")
        REJECTED = "rejected", _("Chủ tọa không chấp nhận")
        UPHELD = "upheld", _("Chấp nhận: biểu quyết lại")

    NEXT = {State.OPEN: {State.REJECTED, State.UPHELD}}

    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="objections")
    delegate = models.ForeignKey(Delegate, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    words = models.CharField(_("Ghi chưa đúng thế nào"), max_length=300)
    made_at = models.DateTimeField()
    answer = models.CharField(_("Trả lời"), max_length=300, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["poll", "delegate"], name="one_objection_per_delegate"),
            models.CheckConstraint(
                condition=Q(state="open") | ~Q(answer=""), name="an_objection_is_answered_in_words"
            ),
        ]
        ordering = ["made_at", "pk"]


class Nominee(models.Model):
    """One person on the sheet of a secret vote, in its order."""

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="nominees")
    order = models.PositiveSmallIntegerField()
    name = models.CharField(_("Họ và tên"), max_length=120)
    note = models.CharField(_("Chức vụ"), max_length=200, blank=True)
    delegate = models.ForeignKey(Delegate, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["poll", "order"], name="one_nominee_per_place"),
            models.UniqueConstraint(fields=["poll", "name", "note"], name="nobody_twice_on_a_sheet"),
        ]
        ordering = ["order"]

    def __str__(self):
        return self.name

    @property
    def key(self) -> str:
        return str(self.order)


class Tellers(PublicIdModel):
    """A counting board (Ban kiểm phiếu) as it was put to an open vote; it serves once that vote passed."""

    council = models.ForeignKey(Council, on_delete=models.PROTECT, related_name="tellers")
    room = models.CharField(max_length=80, db_index=True)
    chain = models.CharField(max_length=80)  # the session's chain: the board serves all its sittings
    elected_by = models.OneToOneField(Poll, on_delete=models.PROTECT, related_name="proposed_tellers")

    class Meta:
        ordering = ["-pk"]


class Teller(models.Model):
    board = models.ForeignKey(Tellers, on_delete=models.CASCADE, related_name="members")
    delegate = models.ForeignKey(Delegate, on_delete=models.PROTECT, related_name="+")
    is_head = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["board", "delegate"], name="nobody_twice_among_tellers"),
            models.UniqueConstraint(fields=["board"], condition=Q(is_head=True), name="one_head_of_tellers"),
        ]
        ordering = ["-is_head", "pk"]


class Count(MovesBetweenStates, PublicIdModel):
    """What the tellers counted by hand: entered by one person, confirmed by another, never edited."""

    class State(models.TextChoices):
        ENTERED = "entered", _("Chờ người thứ hai xác nhận")
        CONFIRMED = "confirmed", _("Đã xác nhận")
        RETURNED = "returned", _("Đã trả lại để đếm lại")

    NEXT = {State.ENTERED: {State.CONFIRMED, State.RETURNED}}

    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="counts")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ENTERED)
    handed_out = models.PositiveIntegerField(default=0)  # phát ra
    collected = models.PositiveIntegerField(default=0)  # thu về
    valid = models.PositiveIntegerField(default=0)
    blank = models.PositiveIntegerField(default=0)
    invalid = models.PositiveIntegerField(default=0)
    # Secret: {"1": {"for": 44}, …} by the nominee's place. Open: {"for": 60, "against": 3, "other": 1}.
    figures = models.JSONField(default=dict)
    names = models.JSONField(default=dict)  # open, where names were noted: {delegate id: choice}
    reason = models.CharField(max_length=300, blank=True)  # why an open vote was not on the tablets
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    checked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField(null=True, blank=True)
    return_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["poll"], condition=~Q(state="returned"), name="one_count_of_a_poll_at_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed")
                | (Q(checked_by__isnull=False) & ~Q(checked_by=models.F("entered_by"))),
                name="a_second_person_confirms_a_count",
            ),
            models.CheckConstraint(
                condition=Q(collected=models.F("valid") + models.F("blank") + models.F("invalid")),
                name="collected_ballots_add_up",
            ),
        ]
        ordering = ["pk"]


class Outcome(models.Model):
    """What a secret vote says of one person; worked out from the confirmed count, never typed."""

    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="outcomes")
    nominee = models.OneToOneField(Nominee, on_delete=models.PROTECT, related_name="outcome")
    figures = models.JSONField()  # {"for": 44, "against": 2}
    base = models.PositiveIntegerField()
    needed = models.PositiveIntegerField()
    verdict = models.CharField(max_length=20)  # a key of voting.count_rules.VERDICTS
    why = models.TextField()
    article = models.CharField(max_length=200)

    class Meta:
        ordering = ["nominee__order"]


from voting.secret.models import (  # noqa: E402, F401  (rows of this app; they name Poll by its label)
    HandOut,
    PublishedBallot,
    RecipientKey,
    SealedBallot,
    SecretBox,
    SecretKeys,
    SpareIssuer,
)
