"""Accounts of the demonstration: every secret follows from the user name, so that the seed and
`manage.py demo_accounts` agree without keeping a secret anywhere.

Whoever reads this file can sign in as each of them: production refuses to start while one exists
(council/checks.py).
"""

import base64
import hashlib
import hmac
from datetime import timedelta

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from council import second_factor
from council.accounts import rules
from council.models import Delegate, SeatCard, User

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
    user.password = make_password(demo_password(user.username))
    if delegate is not None:
        user.pin_hash = make_password(demo_pin(user.username))
        user.pin_set_at = timezone.now()
    user.save(update_fields=["is_demo", "password", "pin_hash", "pin_set_at"])
    Authenticator.objects.filter(user=user).delete()
    if second_factor.is_privileged_anywhere(user):
        TOTP.activate(user, demo_totp_secret(user.username))
    if delegate is not None:
        _deal_card(user, delegate)


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
