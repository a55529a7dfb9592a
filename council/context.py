"""What every page's frame needs."""

from django.conf import settings

from council import second_factor
from council.navigation import SETTINGS, entries_for
from council.permissions import councils_of, delegate_for, roles_of


def chrome(request) -> dict:
    """council, demo_mode, nav, nav_settings, roles, my_delegate, my_councils, rights_to_open, text_size."""
    council = getattr(request, "council", None)
    user = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated and council)
    roles = roles_of(user, council) if signed_in else frozenset()
    return {
        "council": council,
        "demo_mode": bool(settings.DEMO and council and council.is_demo),
        "roles": roles,
        "my_delegate": delegate_for(user, council) if signed_in else None,
        "my_councils": councils_of(user) if signed_in else [],
        "rights_to_open": signed_in and second_factor.has_closed_rights(user, council),
        "nav": entries_for(request, roles) if signed_in else [],
        "nav_settings": entries_for(request, roles, SETTINGS) if signed_in else [],
        "text_size": request.COOKIES.get("text_size", ""),
    }
