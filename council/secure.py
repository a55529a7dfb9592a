"""The line to the browser: whose address it is, and nobody signs in over an open one (security 80, 94).

Plain HTTP from another machine is refused, in words. The demonstration on localhost needs no TLS. Public pages may be read over plain HTTP; passwords, cards and sessions
never travel that way.
"""

import ipaddress

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.shortcuts import render
from django.utils.translation import gettext as _

from council.errors import NotAllowed

SIGN_IN = ("/tai-khoan/", "/dang-nhap", "/the/")


def is_open_line(request) -> bool:
    """True when what the browser sends can be read on its way: not HTTPS, and not from this very machine."""
    if request.is_secure():
        return False
    try:
        return not ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False  # a socket file: the proxy on this machine


class ClientAddressMiddleware:
    """Behind our own proxy, REMOTE_ADDR is the browser's address, for throttles and the record (security 94).

    Only the last entry of X-Forwarded-For is taken: the proxy wrote it. Without BEHIND_PROXY the header means nothing.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if settings.BEHIND_PROXY:
            forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")[-1].strip()
            if is_address(forwarded):
                request.META["REMOTE_ADDR"] = forwarded
        return self.get_response(request)


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


class SecureLineMiddleware:
    """Refuse sign-in pages, sessions and tokens on an open line, before a password is typed."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if is_open_line(request) and carries_secrets(request):
            return render(request, "council/insecure.html", {"host": request.get_host()}, status=403)
        return self.get_response(request)


def carries_secrets(request) -> bool:
    return (
        request.path.startswith(SIGN_IN)
        or settings.SESSION_COOKIE_NAME in request.COOKIES
        or "Authorization" in request.headers
    )


@receiver(user_logged_in, dispatch_uid="council.secure")
def refuse_open_line(sender, request, user, **kwargs):
    """The last guard, whatever road led to it: a sign-in over an open line leaves no session behind."""
    if request is not None and is_open_line(request):
        request.session.flush()
        raise NotAllowed(
            _("Không thể đăng nhập qua đường truyền không bảo mật. Hãy mở địa chỉ bắt đầu bằng https.")
        )
