"""Copies that tablets keep: begun, asked after, ended. The key of a copy never comes here.

A tablet asks with a secret of its own whether it may still keep what it has. That needs no sign-in: a sign-in
ends after a night, and the papers should still be there in the morning. It is told no once its device or card
was revoked, its person has no account any more, it was signed out, or it was not heard of for the days that
the council sets.
"""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.core.internal import ratelimit
from django.contrib.auth.hashers import check_password
from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.dispatch import receiver
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from council import audit, regulations
from council.accounts import rules
from council.accounts.services import register_new_pin
from council.errors import BadInput, NotAllowed, WrongState
from council.models import Council, Device, User
from documents.models import OfflineCopy

_TRIES = {"offline-pin": "5/15m/key"}  # as many as on the card's own page


@dataclass(frozen=True)
class Begun:
    """A copy that may be filled; the secret is told this once."""

    copy: OfflineCopy
    secret: str


@dataclass(frozen=True)
class Kept:
    """The copy may stay: until when by the server's clock, if nothing is heard of it again."""

    now: datetime
    days: int


def begin_copy(*, request, council: Council, user: User, pin: str, again: str = "") -> Begun:
    """Let this device keep papers. The PIN is the seat card's; who has none chooses one for this tablet (`again`).

    The PIN is looked at and not kept: it makes the key on the tablet. BadInput in words for a wrong or an easy one.
    """
    device = Device.objects.filter(pk=request.session.get("device"), user=user, revoked_at=None).first()
    if device is None:
        raise NotAllowed(_("Máy này chưa được ghi nhận. Hãy đăng xuất rồi đăng nhập lại."))
    if user.pin_hash:
        tried = ratelimit.consume(request, app="documents", action="offline-pin", config=_TRIES, key=str(user.pk))
        if not tried:
            raise WrongState(_("Mã PIN đã sai nhiều lần. Hãy đợi 15 phút rồi thử lại."))
        if not check_password(pin, user.pin_hash):
            raise BadInput(_("Mã PIN không đúng. Đây là mã PIN của thẻ ghế."))
        tried.rollback()  # a right PIN costs nothing
    elif fault := rules.fault_in_pin(pin):
        raise BadInput(fault)
    elif pin != again:
        raise BadInput(_("Hai lần nhập mã PIN không giống nhau."))
    return _begin(device=device, council=council, user=user)


@transaction.atomic
def _begin(*, device: Device, council: Council, user: User) -> Begun:
    end_copies(device=device)
    secret = rules.new_secret()
    copy = OfflineCopy.objects.create(
        user=user, council=council, device=device, secret_hash=rules.hash_of(secret), seen_at=timezone.now()
    )
    audit.record(user, "documents.offline-copy-begun", device, council=council)
    return Begun(copy, secret)


@transaction.atomic
def ask_after(*, secret: str) -> Kept | None:
    """Whether the tablet that holds this secret may keep its copy; None when it must wipe it now."""
    copy = (
        OfflineCopy.objects.filter(secret_hash=rules.hash_of(secret), ended_at=None)
        .select_related("user", "device__card", "council")
        .first()
    )
    if copy is None:
        return None
    now, days = timezone.now(), days_kept(copy.council)
    device = copy.device
    is_revoked = device.revoked_at is not None or (device.card is not None and device.card.revoked_at is not None)
    is_old = (copy.seen_at or copy.made_at) < now - timedelta(days=days)
    if is_revoked or is_old or not copy.user.is_active:
        end_copies(device=device)
        return None
    OfflineCopy.objects.filter(pk=copy.pk).update(seen_at=now)
    return Kept(now, days)


@register_new_pin
def end_with_the_pin(user: User, device: Device | None) -> None:
    """An earlier PIN opens no papers: a person's copies end, but that of a device which wraps its own anew."""
    copies = OfflineCopy.objects.filter(user=user, ended_at=None)
    copies.exclude(device=device).update(ended_at=timezone.now())


def end_copies(*, device: Device | None = None, secret: str = "") -> int:
    """End the copy of a device, or the one with this secret: at its next contact the tablet wipes it."""
    copies = OfflineCopy.objects.filter(ended_at=None)
    copies = copies.filter(device=device) if device else copies.filter(secret_hash=rules.hash_of(secret))
    return copies.update(ended_at=timezone.now())


def days_kept(council: Council) -> int:
    """After how many days without contact a copy is wiped: the council's own number, one at least."""
    return max(1, regulations.value(council, "offline_pack_days"))


@receiver(user_logged_out, dispatch_uid="documents.offline")
def end_at_sign_out(sender, request, user, **kwargs):
    """Signing out wipes the tablet; should its browser not do so, the next contact does."""
    device = Device.objects.filter(pk=request.session.get("device")).first()
    if device is not None:
        end_copies(device=device)


def mark_of(user: User) -> str:
    """Whose copy lies on a tablet, for that tablet alone: it says nothing to anybody else."""
    return salted_hmac("sessions.pack", str(user.pk)).hexdigest()[:16]


def seal_of(user: User) -> str:
    """The key (AES-256, base64) under which a person's tablet seals notes that it could not send yet.

    The house makes it anew at each sign-in and keeps it nowhere: what lies on the tablet is opened by its author signed in.
    """
    key = salted_hmac("documents.unsent-notes", str(user.pk), algorithm="sha256").digest()
    return base64.b64encode(key).decode()
