"""Signing in by card, the second factor, one's own devices, the demonstration's buttons."""

import time

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from council import second_factor
from council.accounts import demo, rules, selectors, services, tokens
from council.accounts.forms import ApiTokenForm, ChangePinForm, NewPinForm, PinForm, StepUpForm
from council.accounts.selectors import DEVICE_COOKIE, CardState
from council.errors import BadInput, WrongState
from council.models import Device, SeatCard
from council.permissions import councils_of, delegate_for

_FRESH_KEY = 120  # seconds for which a security key's answer counts on the page that asked
_YEAR = 365 * 24 * 3600


# --- Seat card ------------------------------------------------------------------------------------


@require_GET
@never_cache
def scan_card(request, secret):
    """The address in the QR code. The secret leaves the address bar at once."""
    card = selectors.card_with_secret(secret)
    if card is None:
        return render(request, "account/card_unknown.html", status=404)
    response = redirect("council:card")
    device_secret = device_secret_of(request)
    if not device_secret:
        device_secret = rules.new_secret()
        _keep(response, device_secret)
    label = rules.device_label(request.headers.get("User-Agent", ""))
    services.note_scan(card=card, device_secret=device_secret, label=label)
    request.session["card"] = card.pk
    return response


@require_http_methods(["GET", "POST"])
@never_cache
@sensitive_post_parameters("pin", "again")
def card(request):
    """The PIN of the card that this device holds, or has just read."""
    device_secret = device_secret_of(request)
    held = _card_in_hand(request, device_secret)
    if held is None:
        return redirect("account_login")
    state = selectors.card_state(held, device_secret)
    form_class = {"pin": PinForm, "choose_pin": NewPinForm}.get(state.step)
    if request.method == "GET":
        return _show_card(request, state, form_class() if form_class else None)
    if form_class is None:
        return _show_card(request, state, None, status=422)
    form = form_class(request.POST)
    if not form.is_valid():
        return _show_card(request, state, form, status=422)
    sign_in = services.sign_in_by_card if state.step == "pin" else services.choose_pin
    result = sign_in(request=request, card=held, device_secret=device_secret, pin=form.cleaned_data["pin"])
    if isinstance(result, CardState):
        form = form_class() if result.step == "pin" else None
        words = _("Mã PIN không đúng. Hãy nhập lại.") if result.step == "pin" else ""
        return _show_card(request, result, form, status=422, wrong=words)
    response = redirect(_next(request))
    _keep(response, result.device_secret)
    return response


@require_POST
def other_card(request):
    """This is not me: forget the card that was read, and wait for another."""
    if request.user.is_authenticated:
        logout(request)
    request.session.pop("card", None)
    request.session["other_card"] = True
    return redirect("account_login")


def _card_in_hand(request, device_secret) -> SeatCard | None:
    if not device_secret:
        return None
    read = SeatCard.objects.filter(pk=request.session.get("card"), revoked_at=None, delegate__user__is_active=True)
    read = read.select_related("delegate__council", "delegate__term", "delegate__user").first()
    if read is not None:
        return read
    if request.session.get("other_card"):
        return None
    return selectors.card_of_device(device_secret)


def _show_card(request, state: CardState, form, status=200, wrong=""):
    context = {
        "state": state,
        "delegate": state.delegate,
        "group": selectors.group_of(state.delegate),
        "form": form,
        "wrong": wrong,
        "next": request.GET.get("next") or request.POST.get("next", ""),
    }
    return render(request, "account/card.html", context, status=status)


def device_secret_of(request) -> str:
    return request.COOKIES.get(_cookie_name(), "")


def _keep(response, device_secret) -> None:
    response.set_cookie(
        _cookie_name(),
        device_secret,
        max_age=_YEAR,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def _cookie_name() -> str:
    return f"__Host-{DEVICE_COOKIE}" if settings.SESSION_COOKIE_SECURE else DEVICE_COOKIE


def _next(request) -> str:
    url = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure()):
        return url
    return reverse("council:start")


# --- Second factor -----------------------------------------------------------------------------------


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password", "code")
def step_up(request):
    """Ask for the second factor for one scope, and go back to where the person was."""
    scope = (request.POST.get("pham-vi") or request.GET.get("pham-vi") or second_factor.OFFICE)[:80]
    if scope == second_factor.EVERYWHERE or not second_factor.may_give(request.user, request.council):
        raise Http404
    back = _next(request)
    if second_factor.has_stepped_up(request.session.session_key, request.user, scope):
        return redirect(back)
    if not second_factor.has_authenticator(request.user):
        return render(request, "account/set_up_second_factor.html", {"back": back})
    by_card = request.session.get("via") == "card"
    kept = {"user": request.user, "by_card": by_card, "code_needed": not _key_just_answered(request)}
    form = StepUpForm(request.POST or None, **kept)
    if (request.method == "POST" and form.is_valid()) or not form.fields:
        services.step_up(request=request, scope=scope)
        return redirect(back)
    context = {
        "form": form,
        "scope": scope,
        "is_sitting": scope != second_factor.OFFICE,
        "back": back,
        "by_card": by_card,
        "has_key": second_factor.has_security_key(request.user),
    }
    return render(request, "account/step_up.html", context, status=422 if form.errors else 200)


def _key_just_answered(request) -> bool:
    """Whether a security key answered on this device a moment ago (allauth's own page asks it)."""
    records = get_authentication_records(request, request.user)
    return any(
        record["method"] == "mfa" and record.get("reauthenticated") and time.time() - record["at"] < _FRESH_KEY
        for record in records
    )


# --- One's own devices and PIN ---------------------------------------------------------------------------


@login_required
@require_GET
def devices(request):
    """Where I am signed in, and by what."""
    is_delegate = request.council is not None and delegate_for(request.user, request.council) is not None
    context = {
        "frame": "base_delegate.html" if is_delegate else "account/frame.html",
        "devices": selectors.devices_of(request.user),
        "current": request.session.get("device"),
        "privileged": second_factor.is_privileged_anywhere(request.user),
        "has_authenticator": second_factor.has_authenticator(request.user),
        "may_hold_token": tokens.may_hold_token(request.user),
    }
    return render(request, "account/devices.html", context)


@login_required
@require_POST
def revoke_device(request, public_id):
    """Sign one of my devices out."""
    device = get_object_or_404(selectors.devices_of(request.user), public_id=public_id)
    services.revoke_device(device=device, by=request.user)
    if device.pk == request.session.get("device"):
        return redirect("account_login")
    messages.success(request, _("Đã đăng xuất máy %(label)s.") % {"label": device.label})
    return redirect("council:devices")


@login_required
@require_http_methods(["GET", "POST"])
@second_factor.second_factor_required(second_factor.OFFICE)
def api_tokens(request):
    """The programs that speak in my name; a new token is shown this once."""
    if not tokens.may_hold_token(request.user):
        raise Http404
    form, made = ApiTokenForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        second_factor.require_fresh_proof(request)
        try:
            made = tokens.issue_token(user=request.user, council=request.council, **form.cleaned_data)
        except WrongState as fault:
            form.add_error(None, fault.message)
        else:
            form = ApiTokenForm()
    context = {"form": form, "made": made, "tokens": tokens.tokens_of(request.user)}
    return render(request, "account/api_tokens.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
@second_factor.second_factor_required(second_factor.OFFICE)
def revoke_api_token(request, public_id):
    """Take one of my tokens back."""
    token = get_object_or_404(tokens.tokens_of(request.user), public_id=public_id)
    tokens.revoke_token(token=token, by=request.user, council=request.council)
    messages.success(request, _("Đã thu hồi mã “%(name)s”.") % {"name": token.name})
    return redirect("council:api_tokens")


@login_required
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("old", "pin", "again")
def change_pin(request):
    """Change the PIN of my seat card. `goi-lai` says that this tablet wraps its copy anew (static/js/pack/new-pin.js)."""
    if not request.user.pin_hash:
        raise Http404
    form = ChangePinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            said = form.cleaned_data
            device = Device.objects.filter(pk=request.session.get("device"), user=request.user).first()
            services.change_pin(
                user=request.user, old=said["old"], new=said["pin"], device=device if "goi-lai" in request.POST else None
            )
        except BadInput as fault:
            form.add_error("old", fault.message)
        else:
            messages.success(request, _("Đã đổi mã PIN."))
            return redirect("council:devices")
    return render(request, "account/change_pin.html", {"form": form}, status=422 if form.errors else 200)


# --- Councils, demonstration --------------------------------------------------------------------------------


@login_required
@require_POST
def switch_council(request):
    """Work for another of my councils from now on; a meeting there is led to at once."""
    chosen = get_object_or_404(councils_of(request.user), public_id=request.POST.get("council"))
    request.session["council"] = chosen.pk
    return redirect(_next(request))


@require_POST
def demo_sign_in(request):
    """One tap into a role of the demonstration, second factor included; nowhere else."""
    person = next((p for p in demo.people() if p.user.username == request.POST.get("username")), None)
    if not demo.is_on(request.council) or person is None:
        raise Http404
    services.sign_in_for_demonstration(request=request, user=person.user)
    return redirect("council:start")
