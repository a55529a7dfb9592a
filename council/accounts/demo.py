"""Accounts of the demonstration: every secret follows from the user name, so that the seed and
`manage.py demo_accounts` agree without keeping a secret anywhere.

Whoever reads this file can sign in as each of them: production refuses to start while one exists
(council/checks.py).
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from council import second_factor
from council.accounts import rules
from council.models import Council, Delegate, RoleGrant, SeatCard, User


class _QuickHasher(Argon2PasswordHasher):
    """Argon2id at its cheapest: a secret that anyone can compute gains nothing from a costly hash, and
    the seed makes more than two hundred.
    """

    time_cost, memory_cost, parallelism = 1, 64, 1


_QUICK = _QuickHasher()
_KNOWN_TO_ALL = b"Nghi Truong: demonstration, not a secret"


def demo_password(username: str) -> str:
    """The password of a demonstration account, as long as the house demands."""
    return f"trinh-dien-{_digest('password', username).hex()[:8]}"


def demo_pin(username: str) -> str:
    """The six digits that go with the seat card; never one of those that a person may not choose."""
    seed = _digest("pin", username)
    while True:
        pin = f"{int.from_bytes(seed[:8], 'big') % 1_000_000:06d}"
        if not rules.fault_in_pin(pin):
            return pin
        seed = hashlib.sha256(seed).digest()


def demo_totp_secret(username: str) -> str:
    """The shared secret of the authenticator app, base32 (160 bits)."""
    return base64.b32encode(_digest("totp", username)[:20]).decode()


def demo_card_secret(username: str) -> str:
    """The secret in the seat card's QR code (128 bits, 22 URL-safe characters)."""
    return base64.urlsafe_b64encode(_digest("card", username)[:16]).decode().rstrip("=")


def equip(user: User, delegate: Delegate | None = None) -> None:
    """Give a demonstration account its password, its second factor, and its delegate's card and PIN.

    Call it after the roles are granted: only privileged roles get an authenticator, so that a delegate
    signs in with the password alone. Calling it again resets everything to the derived values.
    """
    user.is_demo = True
    user.password = make_password(demo_password(user.username), hasher=_QUICK)
    if delegate is not None:
        user.pin_hash = make_password(demo_pin(user.username), hasher=_QUICK)
        user.pin_set_at = timezone.now()
    user.save(update_fields=["is_demo", "password", "pin_hash", "pin_set_at"])
    Authenticator.objects.filter(user=user).delete()
    if second_factor.is_privileged_anywhere(user):
        TOTP.activate(user, demo_totp_secret(user.username))
    if delegate is not None:
        _deal_card(user, delegate)


@dataclass(frozen=True)
class DemoPerson:
    """An account of the demonstration with the role that it stands for."""

    user: User
    role: str  # a RoleGrant.Role, or "delegate"
    label: str
    delegate: Delegate | None = None

    def as_json(self) -> dict:
        """The line of `manage.py demo_accounts --json`."""
        name = self.user.username
        privileged = second_factor.is_privileged_anywhere(self.user)
        return {
            "role": self.role,
            "username": name,
            "full_name": self.user.full_name,
            "password": demo_password(name),
            "pin": demo_pin(name) if self.delegate else "",
            "totp_secret": demo_totp_secret(name) if privileged else "",
            "card_url": f"{settings.BASE_URL}/the/{demo_card_secret(name)}" if self.delegate else "",
        }


# The order of the buttons on the sign-in page.
_ORDER = ["session_chair", "session_secretary", "delegate", "office", "agency_clerk", "administrator"]


def is_on(council: Council | None) -> bool:
    """Whether the one-tap sign-in may be offered: demonstration mode, and its data loaded."""
    return bool(settings.DEMO and council is not None and council.is_demo)


def people(council: Council | None = None) -> list[DemoPerson]:
    """The accounts of the demonstration, of all councils or one, in the order of the sign-in page."""
    today = timezone.localdate()
    of_council = {"council": council} if council else {}
    grants = RoleGrant.objects.filter(user__is_demo=True, **of_council).on(today).select_related("user")
    roles = {}
    for grant in grants.order_by("pk"):
        roles.setdefault(grant.user_id, grant)
    mandates = {
        delegate.user_id: delegate
        for delegate in Delegate.objects.filter(user__is_demo=True, mandate_to=None, **of_council).order_by("-pk")
    }
    found = []
    for user in User.objects.filter(is_demo=True, is_active=True).order_by("pk"):
        grant = roles.get(user.pk)
        if grant is None and user.pk not in mandates:
            continue
        label = grant.get_role_display() if grant else _("Đại biểu")
        role = grant.role if grant else "delegate"
        found.append(DemoPerson(user, role, label, mandates.get(user.pk)))
    return sorted(found, key=lambda p: _ORDER.index(p.role) if p.role in _ORDER else len(_ORDER))


def buttons(council: Council) -> list[DemoPerson]:
    """One account per role of a council, for the sign-in page."""
    one_each: dict[str, DemoPerson] = {}
    for person in people(council):
        one_each.setdefault(person.role, person)
    return list(one_each.values())


def _deal_card(user: User, delegate: Delegate) -> None:
    secret_hash = rules.hash_of(demo_card_secret(user.username))
    now = timezone.now()
    delegate.cards.exclude(secret_hash=secret_hash).filter(revoked_at=None).update(
        revoked_at=now, revoked_reason="Cấp lại thẻ trình diễn"
    )
    card, _made = SeatCard.objects.update_or_create(
        secret_hash=secret_hash,
        defaults={
            "delegate": delegate,
            "printed_at": now,
            "revoked_at": None,
            "binding_open_until": now + timedelta(days=365),
        },
    )
    card.devices.filter(revoked_at=None).update(revoked_at=now)


def _digest(purpose: str, username: str) -> bytes:
    return hmac.new(_KNOWN_TO_ALL, f"{purpose}:{username}".encode(), hashlib.sha256).digest()
