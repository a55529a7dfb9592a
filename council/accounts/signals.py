"""What follows from allauth's and Django's own events."""

from allauth.account.signals import password_changed, password_reset
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver

from council import audit
from council.accounts import services
from council.models import Device


@receiver(user_logged_out)
def close_session(sender, request, user, **kwargs):
    if user is not None and request.session.session_key:
        services.note_sign_out(session_key=request.session.session_key)


@receiver(password_changed)
def end_other_sessions(sender, request, user, **kwargs):
    """All other sessions end on a change of the password (security 5); this one has a new key."""
    if "device" in request.session:
        Device.objects.filter(pk=request.session["device"]).update(session_key=request.session.session_key)
    services.end_all_sessions(user=user, keep=request.session.session_key)
    audit.record(user, "council.password-changed", user, council=request.council)


@receiver(password_reset)
def end_sessions(sender, request, user, **kwargs):
    services.end_all_sessions(user=user)
    audit.record(user, "council.password-reset", user, council=request.council)
