"""How allauth behaves in this house: who is slowed down, what a sign-in leaves behind, how secrets rest."""

import base64
import hashlib

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib.auth import get_user_model
from django.template.loader import render_to_string
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

from council import mail, second_factor
from council.accounts import rules, services

# Wrong passwords from one address; the hall's own networks have a limit that 130 tablets do not reach.
_PER_ADDRESS = {"address": "30/5m/ip"}
_PER_TRUSTED_ADDRESS = {"address": "3000/5m/ip"}
_FLOOD = {"flood": "1500/5m/ip"}


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in with user name and password."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("Tên đăng nhập hoặc mật khẩu không đúng."),
        "too_many_login_attempts": _("Đã sai quá nhiều lần. Hãy đợi 5 phút rồi thử lại, hoặc gặp văn phòng."),
        "enter_current_password": _("Mật khẩu hiện tại không đúng."),
        "incorrect_password": _("Mật khẩu không đúng."),
        "rate_limited": _("Đã thử quá nhiều lần. Hãy đợi vài phút rồi thử lại."),
        "incorrect_code": _("Mã không đúng hoặc đã dùng. Hãy đợi mã mới rồi nhập lại."),
        "invalid_password_reset": _("Liên kết đặt lại mật khẩu không còn dùng được."),
        "password_mismatch": _("Hai lần nhập mật khẩu không giống nhau."),
    }

    def is_open_for_signup(self, request):
        return False

    def pre_authenticate(self, request, **credentials):
        """Count the try, per account and per address. Above either limit only a person with a second
        factor gets in, so that nobody can keep the chair out by typing wrong passwords."""
        trusted = rules.is_in(self.get_client_ip(request), settings.TRUSTED_NETWORKS)
        address_limit = _PER_TRUSTED_ADDRESS if trusted else _PER_ADDRESS
        if not ratelimit.consume(request, app="council", action="flood", config=_FLOOD) and not trusted:
            raise self.validation_error("too_many_login_attempts")
        counted = [
            ratelimit.consume(request, app="council", action="address", config=address_limit),
            ratelimit.consume(
                request,
                app="allauth.account",
                action="login_failed",
                key=self._get_login_attempts_cache_key(request, **credentials),
            ),
        ]
        self._counted = [usage for usage in counted if usage]
        self._is_locked = len(self._counted) < len(counted)

    def authenticate(self, request, **credentials):
        user = super().authenticate(request, **credentials)
        if self._is_locked and (user is None or not second_factor.has_authenticator(user)):
            raise self.validation_error("too_many_login_attempts")
        return user

    def _rollback_login_failed_rl_usage(self):
        for usage in self._counted:  # a right password costs nothing
            usage.rollback()

    def login(self, request, user):
        super().login(request, user)
        services.note_password_sign_in(request=request, user=user)

    def send_mail(self, template_prefix, email, context):
        """Queue a letter instead of waiting for the mail server: same time whether an account exists."""
        request = context.get("request") or self.request
        context = {"email": email, "base_url": settings.BASE_URL} | context
        mail.send(
            council=request.council,
            to=email,
            to_name=getattr(context.get("user"), "full_name", ""),
            subject=" ".join(render_to_string(f"{template_prefix}_subject.txt", context).split()),
            text=render_to_string(f"{template_prefix}_message.txt", context).strip() + "\n",
            key=f"account:{get_random_string(22)}",
        )

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        """Tell a person of a change to the account, when a letter for it exists."""


class SecondFactorAdapter(DefaultMFAAdapter):
    """The authenticator app's secrets rest encrypted; QR codes are drawn by the house's own library."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
        "cannot_delete_authenticator": _("Vai trò của bạn bắt buộc có lớp bảo vệ thứ hai, không thể bỏ."),
    }

    def encrypt(self, text):
        return _vault().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        return _vault().decrypt(encrypted_text.encode()).decode()

    def build_totp_svg(self, url):
        import segno

        return segno.make(url, error="m").svg_inline(scale=5, border=2)

    def can_delete_authenticator(self, authenticator):
        """The last second factor of a privileged person stays."""
        others = (
            authenticator.__class__.objects.filter(user_id=authenticator.user_id)
            .exclude(pk=authenticator.pk)
            .exclude(type=authenticator.Type.RECOVERY_CODES)
        )
        user = get_user_model().objects.get(pk=authenticator.user_id)
        return others.exists() or not second_factor.is_privileged_anywhere(user)


def _vault() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(b"second factor:" + key.encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def display_name(user) -> str:
    """What allauth's pages and a security key call a person."""
    return user.get_full_name() or user.get_username()
