"""The institution: council, term, bodies, delegates, agencies (Law 72/2025/QH15 art. 5, 29-30)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from council.models.base import DatedModel, PublicIdModel


class Council(PublicIdModel):
    """A People's Council of a province or a commune; everything else hangs from one."""

    class Level(models.TextChoices):
        PROVINCE = "province", _("Cấp tỉnh")
        COMMUNE = "commune", _("Cấp xã")

    name = models.CharField(_("Tên"), max_length=200)  # "Hội đồng nhân dân tỉnh Lam Sơn"
    short_name = models.CharField(_("Tên ngắn"), max_length=80)  # "HĐND tỉnh Lam Sơn"
    place = models.CharField(_("Địa danh"), max_length=80)  # "Lam Sơn": printed before the date
    level = models.CharField(_("Cấp"), max_length=12, choices=Level.choices)
    host = models.CharField(
        _("Tên miền"), max_length=200, blank=True, help_text=_("Để trống nếu chỉ có một hội đồng.")
    )
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host"], condition=~Q(host=""), name="one_council_per_host")
        ]
        ordering = ["pk"]

    def __str__(self):
        return self.short_name


class Term(DatedModel):
    """Five years of one council (art. 5.4), named by a Roman numeral."""

    council = models.ForeignKey(Council, on_delete=models.PROTECT, related_name="terms")
    number = models.CharField(_("Khóa"), max_length=10)  # "XIX"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["council", "number"], name="one_term_number")]
        ordering = ["-starts_on"]

    def __str__(self):
        return f"khóa {self.number}"


class Body(PublicIdModel):
    """Anything that can be convened: the plenary, the Standing Committee, a board, a group, the office."""

    class Kind(models.TextChoices):
        PLENARY = "plenary", _("Toàn thể Hội đồng nhân dân")
        STANDING_COMMITTEE = "standing_committee", _("Thường trực Hội đồng nhân dân")
        BOARD = "board", _("Ban của Hội đồng nhân dân")
        DELEGATE_GROUP = "delegate_group", _("Tổ đại biểu")
        OFFICE = "office", _("Văn phòng")
        TEAM = "team", _("Đoàn công tác")

    council = models.ForeignKey(Council, on_delete=models.PROTECT, related_name="bodies")
    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="bodies", null=True, blank=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    code = models.CharField(max_length=20)  # "HDND", "TT", "KTNS", "TO04"
    name = models.CharField(_("Tên"), max_length=200)
    short_name = models.CharField(_("Tên ngắn"), max_length=80)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["council", "term", "code"], name="one_body_code")
        ]
        ordering = ["order", "code"]

    def __str__(self):
        return self.short_name


class Delegate(PublicIdModel):
    """A seat in the council for one term, held by one person (art. 30-33).

    A user may be a delegate in two councils; the roll of a vote names delegates, never users.
    """

    council = models.ForeignKey(Council, on_delete=models.PROTECT, related_name="delegates")
    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="delegates")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="mandates")
    code = models.CharField(_("Mã đại biểu"), max_length=20)
    full_name = models.CharField(_("Họ và tên"), max_length=120)
    title = models.CharField(_("Chức vụ"), max_length=200, blank=True)
    electoral_unit = models.CharField(_("Đơn vị bầu cử"), max_length=120, blank=True)
    email = models.EmailField(_("Thư điện tử"), blank=True)
    seat_row = models.CharField(_("Hàng ghế"), max_length=3, blank=True)  # "C"
    seat_number = models.PositiveSmallIntegerField(_("Số ghế"), null=True, blank=True)
    mandate_from = models.DateField(_("Nhiệm vụ từ ngày"))
    mandate_to = models.DateField(_("Thôi nhiệm vụ ngày"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["council", "term", "code"], name="one_delegate_code"),
            models.UniqueConstraint(fields=["council", "term", "user"], name="one_mandate_per_term"),
            models.UniqueConstraint(
                fields=["council", "term", "seat_row", "seat_number"],
                condition=~Q(seat_row="") & Q(mandate_to=None),
                name="one_delegate_per_seat",
            ),
        ]
        ordering = ["code"]

    def __str__(self):
        return self.full_name

    @property
    def seat(self) -> str:
        """The seat as printed on the card: row and number, "C07"; empty when none is given."""
        return f"{self.seat_row}{self.seat_number:02d}" if self.seat_number else ""


class Membership(DatedModel):
    """Who belongs to a body, from when to when; a delegate may be moved (art. 29.4, 31.9)."""

    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    delegate = models.ForeignKey(
        Delegate, on_delete=models.PROTECT, related_name="memberships", null=True, blank=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["body", "user"], condition=Q(ends_on=None), name="one_running_membership"
            )
        ]


class Post(DatedModel):
    """An office held in a body: chair, vice-chair, head, deputy (art. 29)."""

    class Kind(models.TextChoices):
        CHAIR = "chair", _("Chủ tịch")
        VICE_CHAIR = "vice_chair", _("Phó Chủ tịch")
        HEAD = "head", _("Trưởng ban")
        DEPUTY = "deputy", _("Phó Trưởng ban")
        GROUP_HEAD = "group_head", _("Tổ trưởng")
        GROUP_DEPUTY = "group_deputy", _("Tổ phó")
        MEMBER = "member", _("Ủy viên")

    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="posts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="posts")
    delegate = models.ForeignKey(Delegate, on_delete=models.PROTECT, related_name="posts", null=True, blank=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    title = models.CharField(_("Chức danh"), max_length=200)


class Agency(PublicIdModel):
    """A department, court or other body that reports to the council or answers voters."""

    class Kind(models.TextChoices):
        PEOPLES_COMMITTEE = "peoples_committee", _("Ủy ban nhân dân")
        DEPARTMENT = "department", _("Sở, ngành")
        JUDICIAL = "judicial", _("Cơ quan tư pháp")
        COMMUNE = "commune", _("Ủy ban nhân dân cấp xã")
        OTHER = "other", _("Cơ quan khác")

    council = models.ForeignKey(Council, on_delete=models.PROTECT, related_name="agencies")
    code = models.CharField(_("Mã"), max_length=20)
    kind = models.CharField(_("Loại"), max_length=20, choices=Kind.choices)
    email = models.EmailField(_("Thư điện tử"), blank=True)
    fields = models.JSONField(default=list, blank=True)  # petition fields it answers for

    class Meta:
        constraints = [models.UniqueConstraint(fields=["council", "code"], name="one_agency_code")]
        ordering = ["code"]

    def __str__(self):
        return self.name

    @property
    def name(self) -> str:
        """Today's name: the running one, else the last one."""
        names = sorted(self.names.all(), key=lambda n: (n.is_former, n.ends_on is not None, n.starts_on))
        return names[0].name if names else self.code


class AgencyName(DatedModel):
    """A name of an agency with its dates; names of merged predecessors stay searchable."""

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="names")
    name = models.CharField(_("Tên"), max_length=200)
    is_former = models.BooleanField(default=False)  # the name of a predecessor merged into this agency

    class Meta:
        ordering = ["is_former", "-starts_on"]
