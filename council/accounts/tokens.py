"""API tokens: how a program of the office or of an agency speaks in a person's name (docs/decisions/0008)."""

import hashlib
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from council import audit
from council.accounts import rules
from council.errors import NotAllowed, WrongState
from council.models import ApiToken, Council, RoleGrant, User
from council.permissions import CARRIED_BY_TOKEN

MOST = 10  # live tokens of one person
LONGEST = 365  # days
_NOTE_USE_EVERY = timedelta(minutes=5)  # reading must not write each time


def may_hold_token(user: User) -> bool:
    """Whether a person has, today and in any council, a role whose work a program may do."""
    if not user.is_authenticated or not user.is_active:
        return False
    grants = RoleGrant.objects.filter(user_id=user.pk, role__in=CARRIED_BY_TOKEN)
    return grants.on(timezone.localdate()).exists()


def tokens_of(user: User):
    """A person's live tokens, newest first."""
    return user.api_tokens.filter(revoked_at=None, ends_on__gte=timezone.localdate())


@transaction.atomic
def issue_token(*, user: User, name: str, days: int, council: Council | None) -> tuple[ApiToken, str]:
    """A new token and its secret, which is told this once. The caller has asked for a fresh proof."""
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if not may_hold_token(user):
        raise NotAllowed(_("Mã truy cập chỉ cấp cho văn phòng và cơ quan trả lời kiến nghị."))
    if tokens_of(user).count() >= MOST:
        raise WrongState(_("Đã có %(n)s mã đang dùng. Thu hồi một mã trước.") % {"n": MOST})
    secret = rules.new_secret()
    token = ApiToken.objects.create(
        user=user,
        name=name,
        secret_hash=rules.hash_of(secret),
        password_mark=_mark_of(user),
        ends_on=timezone.localdate() + timedelta(days=min(days, LONGEST)),
    )
    audit.record(user, "council.token-issued", token, council=council, data={"ends_on": str(token.ends_on)})
    return token, secret


@transaction.atomic
def revoke_token(*, token: ApiToken, by: User, council: Council | None) -> None:
    """Take a token back; the program is refused from its next request on."""
    if token.user_id != by.pk:
        raise NotAllowed
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        audit.record(by, "council.token-revoked", token, council=council)


def person_with(secret: str) -> tuple[User, ApiToken] | None:
    """Whose live token this is, with the rights of a token; None for every other text."""
    token = ApiToken.objects.filter(secret_hash=rules.hash_of(secret)).select_related("user").first()
    today, now = timezone.localdate(), timezone.now()
    if token is None or token.revoked_at is not None or token.ends_on < today:
        return None
    if not token.user.is_active or token.password_mark != _mark_of(token.user):
        return None
    if token.last_used_at is None or now - token.last_used_at > _NOTE_USE_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    token.user.by_token = True
    return token.user, token


def _mark_of(user: User) -> str:
    return hashlib.sha256(f"api-token:{user.password}".encode()).hexdigest()
