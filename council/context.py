"""What a page's frame may need: read when a template asks for it, and once a page."""

from functools import cache

from django.conf import settings

from council import second_factor
from council.navigation import SETTINGS, entries_for
from council.permissions import councils_of, delegate_for, roles_beside


def chrome(request) -> dict:
    """council, demo_mode, nav, nav_settings, roles, my_delegate, my_councils, rights_to_open, text_size.

    What costs a query is a function that templates call: a citizen's page, and the thousands that say
    "not found" or "not yours", show none of it.
    """
    council = getattr(request, "council", None)
    user = getattr(request, "user", None)

    @cache
    def signed_in() -> bool:
        return bool(user and user.is_authenticated and council)

    @cache
    def my_delegate():
        return delegate_for(user, council) if signed_in() else None

    @cache
    def roles() -> frozenset[str]:
        return roles_beside(my_delegate(), user, council) if signed_in() else frozenset()

    @cache
    def my_councils() -> list:
        return list(councils_of(user)) if signed_in() else []

    return {
        "council": council,
        "demo_mode": bool(settings.DEMO and council and council.is_demo),
        "roles": roles,
        "my_delegate": my_delegate,
        "my_councils": my_councils,
        "rights_to_open": lambda: signed_in() and second_factor.has_closed_rights(user, council),
        "nav": lambda: entries_for(request, roles()) if signed_in() else [],
        "nav_settings": lambda: entries_for(request, roles(), SETTINGS) if signed_in() else [],
        "text_size": request.COOKIES.get("text_size", ""),
    }
