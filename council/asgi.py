"""ASGI entry: sockets and ballots; with the embedded default, pages too."""

import gc
import os

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "council.settings")
handler = get_asgi_application()

from django.db import close_old_connections  # noqa: E402  (apps must be loaded first)

from council.checks import (  # noqa: E402
    limit_statements,
    refuse_demo_accounts,
    refuse_forgetful_database,
    refuse_telling_database,
)
from documents.door import PackDoor  # noqa: E402
from sessions.routing import websocket_urlpatterns  # noqa: E402
from voting.door import BallotDoor  # noqa: E402

limit_statements()
refuse_demo_accounts()
refuse_forgetful_database()
refuse_telling_database()


async def pages(scope, receive, send):
    """Django's handler; whatever becomes of a request, its connection goes back to the pool.

    Where the page that tells of an error fails too, as when the database was cut off, Django ends the
    request without giving its connection back: a few of those, and the process would have none left.
    """
    async with ThreadSensitiveContext():  # the request's own thread, which has the connection
        try:
            await handler(scope, receive, send)
        finally:
            await sync_to_async(close_old_connections)()


application = ProtocolTypeRouter(
    {
        "http": BallotDoor(PackDoor(pages)),
        "websocket": AllowedHostsOriginValidator(URLRouter(websocket_urlpatterns)),
    }
)

# What was loaded stays for good: the collector need not walk through it again and again in the middle of a
# rush, when a thousand ballots make a hundred thousand small objects that their counts free anyway.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 50, 50)
