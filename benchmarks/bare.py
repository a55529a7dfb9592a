"""The floor under the page figures: a Django with one view, no middleware, no database, no template.

    BARE_BYTES=20000 uvicorn benchmarks.bare:application
"""

import os

import django
from django.conf import settings
from django.http import HttpResponse
from django.urls import path

settings.configure(
    SECRET_KEY="only for a measurement on this machine",  # noqa: S106
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[],
    INSTALLED_APPS=[],
)
django.setup()

PAGE = b"x" * int(os.environ.get("BARE_BYTES", "20000"))


def page(request):
    return HttpResponse(PAGE, headers={"Content-Length": len(PAGE)})


urlpatterns = [path("", page)]

from django.core.asgi import get_asgi_application  # noqa: E402  needs the settings above

application = get_asgi_application()
