"""Accounts, roles, seat cards and tablets."""

from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from council.models.base import DatedModel, PublicIdModel
from council.models.institution import Agency, Body, Council, Delegate


class User(AbstractUser):
    """A person who signs in. What the person may do is told by roles, never by is_staff."""

    first_name = None
    last_name = None
    full_name = models.CharField(_("Họ và tên"), max_length=120)
    pin_hash = models.CharField(max_length=200, blank=True)  # 6-digit PIN of the seat card, Argon2id
    pin_set_at = models.DateTimeField(null=True, blank=True)
    is_demo = models.BooleanField(default=False)

    REQUIRED_FIELDS = ["email", "full_name"]

    def __str__(self):
        return self.full_name or self.username

    def check_password(self, raw_password):
        """A demonstration account keeps its cheap hash: renewing it would end the person's sessions."""
        if self.is_demo:
            return check_password(raw_password, self.password)
        return super().check_password(raw_password)

    def get_full_name(self):
        return self.full_name

    def get_short_name(self):
        return self.full_name


class RoleGrant(DatedModel):
    """A role of a person in a council. Being a delegate is told by Delegate, not here."""

    class Role(models.TextChoices):
        ADMINISTRATOR = "administrator", _("Quản trị hệ thống")
        OFFICE = "office", _("Văn phòng")
        SESSION_CHAIR = "session_chair", _("Chủ tọa kỳ họp")
        SESSION_SECRETARY = "session_secretary", _("Thư ký kỳ họp")
        TELLER = "teller", _("Ban kiểm phiếu")
        AGENCY_CLERK = "agency_clerk", _("Cán bộ cơ quan")
        AGENCY_HEAD = "agency_head", _("Lãnh đạo cơ quan")
        GUEST = "guest", _("Khách mời")
        AUDITOR = "auditor", _("Kiểm tra, giám sát hệ thống")

    council = models.ForeignKey(Council, on_delete=models.PROTECT, related_name="role_grants")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="role_grants")
    role = models.CharField(_("Vai trò"), max_length=20, choices=Role.choices)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="clerks")
    # Office, chair and secretary work for one body, or (empty) for the plenary and every body.
    body = models.ForeignKey(Body, on_delete=models.PROTECT, null=True, blank=True, related_name="role_grants")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(role__in=["agency_clerk", "agency_head"]) | Q(agency__isnull=False),
                name="agency_role_names_its_agency",
            ),
        ]


class SeatCard(PublicIdModel):
    """The QR card on a delegate's seat. Only a hash of its secret is kept.

    A card alone opens nothing: it needs the delegate's PIN, and it signs in one device.
    """

    delegate = models.ForeignKey(Delegate, on_delete=models.PROTECT, related_name="cards")
    secret_hash = models.CharField(max_length=64, unique=True)  # SHA-256 of 128 random bits
    issued_at = models.DateTimeField(auto_now_add=True)
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    printed_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=200, blank=True)
    # Until when a card may be tied to a new device (set by the office: first check-in, move).
    binding_open_until = models.DateTimeField(null=True, blank=True)
    # Wrong PINs on devices that the card is not bound to; too many close the window.
    new_device_tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["delegate"], condition=Q(revoked_at=None), name="one_live_card_per_delegate"
            )
        ]


class Device(PublicIdModel):
    """A tablet or browser that a card was bound to, or that signed in with a password."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="devices")
    card = models.ForeignKey(SeatCard, on_delete=models.CASCADE, null=True, blank=True, related_name="devices")
    secret_hash = models.CharField(max_length=64, unique=True)  # of the device cookie
    label = models.CharField(max_length=120, blank=True)  # "iPad, Safari"
    session_key = models.CharField(max_length=40, blank=True)
    bound_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["card"], condition=Q(revoked_at=None, card__isnull=False), name="one_device_per_card"
            )
        ]


class ApiToken(PublicIdModel):
    """What lets a program of the office or of an agency speak in a person's name; only a hash is kept.

    What it may do is less than the person may: docs/decisions/0008. It ends by its date, by hand, with the
    account, and with the password that it was given under.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("Dùng cho"), max_length=80)
    secret_hash = models.CharField(max_length=64, unique=True)  # SHA-256 of 128 random bits
    password_mark = models.CharField(max_length=64)  # of the password then; another password ends the token
    ends_on = models.DateField(_("Dùng đến hết ngày"))
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]


class CardScan(PublicIdModel):
    """One card read by one device: what the office confirms or moves, and the wrong PINs given there."""

    card = models.ForeignKey(SeatCard, on_delete=models.CASCADE, related_name="scans")
    secret_hash = models.CharField(max_length=64)  # of the device cookie
    label = models.CharField(max_length=120, blank=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)  # the office lets this very device in
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    wrong_pins = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["card", "secret_hash"], name="one_scan_per_card_and_device")
        ]


class StepUp(models.Model):
    """A second factor given for the chair's and secretary's acts: once per sitting and device."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="step_ups")
    session_key = models.CharField(max_length=40)
    scope = models.CharField(max_length=80)  # room key of the sitting, or "office"
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "session_key", "scope"], name="one_step_up_per_scope")
        ]
