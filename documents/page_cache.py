"""Pages for strangers, rendered once: the answer is kept under everything that it depends on.

What was published makes a new key, so nobody waits for a cache to run out, and nothing that was not
public is ever kept. Signed-in people always get a page of their own.
"""

import hashlib
from collections.abc import Callable

from django.contrib.messages import get_messages
from django.core.cache import cache
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import get_language

KEPT = 300  # seconds


def page_for_strangers(request, depends_on: list, render_: Callable[[], HttpResponse]) -> HttpResponse:
    """The page `render_` gives, or the same page as kept for the same `depends_on`, address and day."""
    is_somebody = request.user.is_authenticated or getattr(request.user, "guest_secret", "")
    if is_somebody or len(get_messages(request)):  # a word meant for one person
        return render_()
    depends_on = [
        request.get_host(), request.get_full_path(), request.COOKIES.get("text_size", ""), get_language(),
        timezone.localdate(), *depends_on,
    ]  # fmt: skip
    key = "page:" + hashlib.sha256(repr([str(part) for part in depends_on]).encode()).hexdigest()
    content = cache.get(key)
    if content is not None:
        return HttpResponse(content)
    response = render_()
    if response.status_code == 200 and not request.META.get("CSRF_COOKIE_NEEDS_UPDATE"):  # no one's token in it
        cache.set(key, response.content, KEPT)
    return response
