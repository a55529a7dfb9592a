"""The second factor: once at sign-in for the office, once per sitting and device for chair and secretary.

A seat card with its PIN gives a delegate's rights only. What a privileged role may do needs the
password and a code of the person's authenticator (or a recovery code, or a security key) on that very
device, for one scope: the key of a sitting's room, or `OFFICE` for the office's pages of one day.

Services take `by` only. The question is asked at the edge: by `second_factor_required` on a view, by
`has_stepped_up` in a socket or an API call.
"""

import time
from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode, urlsplit

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from council.models import Council, RoleGrant, StepUp, User
from council.permissions import PRIVILEGED

OFFICE = "office"  # the office's and the administrator's pages; holds for the day
EVERYWHERE = "*"  # the demonstration's one-tap sign-in; never honoured outside it


def is_privileged(user: User, council: Council | None) -> bool:
    """Whether a person holds, today, a role whose acts need a second factor; however signed in."""
    if council is None or not user.is_authenticated or not user.is_active:
        return False
    grants = RoleGrant.objects.filter(user_id=user.pk, council=council, role__in=PRIVILEGED)
    return grants.on(timezone.localdate()).exists()


def is_privileged_anywhere(user: User) -> bool:
    """Whether a person holds, today, a privileged role in any council."""
    grants = RoleGrant.objects.filter(user_id=user.pk, role__in=PRIVILEGED)
    return grants.on(timezone.localdate()).exists()


# A room above may ask the second factor of more people: the delegates who count a vote.
_also_asked: list[Callable[[User, Council], bool]] = []


def register_asked(rule: Callable[[User, Council], bool]) -> Callable[[User, Council], bool]:
    """Add a rule that tells who gives the second factor without a privileged role."""
    _also_asked.append(rule)
    return rule


def may_give(user: User, council: Council | None) -> bool:
    """Whether the page that asks is for this person: a privileged role, or a task that a room asks it for."""
    return is_privileged(user, council) or (
        council is not None and user.is_active and any(rule(user, council) for rule in _also_asked)
    )


def has_authenticator(user: User) -> bool:
    """Whether a person has set up an authenticator app or a security key."""
    return is_mfa_enabled(user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN])


def has_security_key(user: User) -> bool:
    """Whether one of a person's authenticators is a security key (WebAuthn)."""
    return is_mfa_enabled(user, [Authenticator.Type.WEBAUTHN])


def has_stepped_up(session_key: str | None, user: User, scope: str) -> bool:
    """Whether a person gave the second factor for a scope in this session (`session.session_key`).

    `scope` is a sitting's room key ("sitting:<id>") or `OFFICE`, which holds until midnight.
    """
    if not session_key or not user.is_authenticated or not user.is_active:
        return False
    given = StepUp.objects.filter(user_id=user.pk, session_key=session_key)
    if settings.DEMO and user.is_demo and given.filter(scope=EVERYWHERE).exists():
        return True
    given = given.filter(scope=scope)
    if scope == OFFICE:
        given = given.filter(at__date=timezone.localdate())
    return given.exists()


def grant(*, user: User, session_key: str, scope: str) -> StepUp:
    """Note that a person gave the second factor for a scope in a session; again renews the day."""
    step_up, made = StepUp.objects.get_or_create(user=user, session_key=session_key, scope=scope)
    if not made:
        StepUp.objects.filter(pk=step_up.pk).update(at=timezone.now())
    return step_up


def bind(user: User, session) -> None:
    """Cap a person's rights to what the session was opened with.

    After a sign-in by seat card `permissions` sees a delegate only, until the password and the second
    factor were given on that device. Call it wherever a user is taken from a session.
    """
    if not user.is_authenticated or session.get("via") != "card":
        return
    given = StepUp.objects.filter(user_id=user.pk, session_key=session.session_key)
    user.delegate_rights_only = not given.exists()


def has_closed_rights(user: User, council: Council | None) -> bool:
    """Whether a person who came by card has privileged rights that this device does not carry yet."""
    return getattr(user, "delegate_rights_only", False) and is_privileged(user, council)


def second_factor_required(scope_from: str | Callable[..., str]):
    """Decorate a view: a privileged person gives the second factor first, once per scope and device.

    `scope_from` is the scope itself, or a function of the view's own arguments that gives it. Whoever
    has no privileged role passes through to the view, which refuses by its own rule. The person is led
    to the page that asks and comes back to where he or she was; a JSON caller gets 403 in words.
    """

    def decorate(view):
        @wraps(view)
        def asked(request, *args, **kwargs):
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not is_privileged(request.user, request.council):
                return view(request, *args, **kwargs)
            scope = scope_from(request, *args, **kwargs) if callable(scope_from) else scope_from
            if has_stepped_up(request.session.session_key, request.user, scope):
                return view(request, *args, **kwargs)
            return ask(request, scope)

        return asked

    return decorate


def proved_lately(request) -> bool:
    """Whether the person gave a password, a code or a key on this device within the last minutes.

    The time is `ACCOUNT_REAUTHENTICATION_TIMEOUT` (seconds). The demonstration's one-tap sign-in counts.
    """
    if not request.user.is_authenticated:
        return False
    if settings.DEMO and request.user.is_demo and has_stepped_up(request.session.session_key, request.user, OFFICE):
        return True
    proofs = [record["at"] for record in get_authentication_records(request, request.user)]
    return bool(proofs) and time.time() - max(proofs) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def require_fresh_proof(request) -> None:
    """Before a role changes or data goes out: have the password asked again (security 8).

    Called after the view has found that the person may do it. Not asked within minutes of the last
    proof. What was being sent waits and is done after the answer. Never on an act in front of the hall.
    Raises ReauthenticationRequired, which allauth's middleware answers with its page.
    """
    if not proved_lately(request):
        raise ReauthenticationRequired


def ask(request, scope: str) -> HttpResponse:
    """Lead a privileged person to the page that asks for the second factor and back."""
    back = request.get_full_path() if request.method in ("GET", "HEAD") else _page_before(request)
    url = f"{reverse('council:step_up')}?{urlencode({'pham-vi': scope, 'next': back})}"
    words = _("Hãy xác nhận lớp bảo vệ thứ hai trên máy này, rồi làm lại.")
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    if request.path.startswith("/api/") or "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"error": words, "step_up": url}, status=403)
    return HttpResponseRedirect(url)


def _page_before(request) -> str:
    referer = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(referer, {request.get_host()}):
        parts = urlsplit(referer)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return reverse("council:start")
