"""What every request passes: which council, no copies left behind, refusals in words."""

from django.db import connection
from django.http import JsonResponse
from django.shortcuts import render

from council.errors import as_refusal
from council.models import Council
from council.permissions import councils_of


class CouncilMiddleware:
    """Set `request.council`: the one switched to, else the host's, else the first (or None)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        # The question whether the database is there must not need it.
        request.council = None if request.path == "/healthz" else council_of(request)
        return self.get_response(request)


def council_of(request) -> Council | None:
    """The council that this request is about; a switch is followed only while the person has a role there."""
    chosen = request.session.get("council") if hasattr(request, "session") else None
    if chosen and request.user.is_authenticated:
        council = councils_of(request.user).filter(pk=chosen).first()
        if council:
            return council
    return council_of_host(request.get_host().rsplit(":", 1)[0])


def council_of_host(host: str) -> Council | None:
    """The council that is served under a host name, without its port; else the first (or None)."""
    return Council.objects.filter(host=host).first() or Council.objects.first()


class NoStoreMiddleware:
    """An answer to a signed-in person, or to a guest with a card, is never kept by a browser or a proxy (security 13, 15)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        user = getattr(request, "user", None)
        is_somebody = user is not None and (user.is_authenticated or getattr(user, "guest_secret", ""))
        if is_somebody and "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        response.setdefault(
            "Permissions-Policy", "camera=(self), geolocation=(), microphone=(), payment=(), usb=()"
        )
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class RefusalMiddleware:
    """Turn a service's refusal that a view did not handle into a page in words."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        refusal = as_refusal(exception)
        if refusal is None or request.path.startswith("/api/"):
            return None  # the API's own handler speaks JSON
        if request.headers.get("Accept", "").startswith("application/json"):
            return JsonResponse({"error": refusal.message}, status=refusal.status)
        if connection.needs_rollback:
            connection.set_rollback(True)
        told = {"message": refusal.message, "status": refusal.status}
        return render(request, "refused.html", told, status=refusal.status)
