"""The road of a sealed ballot through the server: nothing that names a person, and no line in a log (38, 41).

Every web process has it (settings.MIDDLEWARE); proxy and servers leave the address out of their access logs too.
"""

import logging
import re

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.utils.decorators import sync_and_async_middleware
from django_structlog.middlewares import RequestMiddleware

from council.secure import is_open_line

CAST = re.compile(r"^/phieu-kin/[0-9a-f-]{36}/bo$")
# All that a tablet's browser, or a proxy, says of itself. What stays: host, length, type, kind of line.
_KEPT = ("HTTP_HOST", "HTTP_X_FORWARDED_PROTO")


def is_cast(path: str) -> bool:
    return CAST.match(path) is not None


@sync_and_async_middleware
def nameless_middleware(get_response):
    """Take from a cast request whatever could name its sender, before anything else reads it."""

    def strip(request):
        if is_cast(request.path):
            request.on_open_line = is_open_line(request)
            for key in [key for key in request.META if key.startswith("HTTP_") and key not in _KEPT]:
                del request.META[key]
            request.META["REMOTE_ADDR"] = ""
            request.META.pop("REMOTE_PORT", None)
            request.__dict__.pop("COOKIES", None)
            request.__dict__.pop("headers", None)

    if iscoroutinefunction(get_response):

        async def middleware(request):
            strip(request)
            return await get_response(request)

        markcoroutinefunction(middleware)
        return middleware

    def middleware(request):
        strip(request)
        return get_response(request)

    return middleware


class QuietRequestMiddleware(RequestMiddleware):
    """The request log, silent where a sealed ballot passes: begin, end and a fault alike."""

    def prepare(self, request):
        if not is_cast(request.path):
            super().prepare(request)

    def handle_response(self, request, response):
        if not is_cast(request.path):
            super().handle_response(request, response)

    def process_got_request_exception(self, sender, request, **kwargs):
        if not is_cast(request.path):
            super().process_got_request_exception(sender, request, **kwargs)


class NotOfBallots(logging.Filter):
    """Drops every record that names the address of a cast, whoever wrote it."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        path = getattr(request, "path", "")
        return not (isinstance(path, str) and is_cast(path)) and "/phieu-kin/" not in record.getMessage()
