"""Where a person lands after signing in: the first thing that the role needs."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse

from council.permissions import roles_of

_FIRST = [
    ("session_chair", "sessions:today"),
    ("session_secretary", "sessions:list"),
    ("office", "sessions:list"),
    ("delegate", "sessions:today"),
    ("agency_clerk", "voters:agency"),
    ("agency_head", "voters:agency"),
    ("administrator", "council:operations"),
    ("auditor", "council:operations"),
    ("guest", "sessions:public_sessions"),
]


@login_required
def start(request):
    roles = roles_of(request.user, request.council) if request.council else frozenset()
    for role, name in _FIRST:
        if role in roles:
            try:
                return redirect(reverse(name))
            except NoReverseMatch:
                continue
    return redirect("home")
