"""ASGI entry: sockets and ballots; with the embedded default, pages too."""

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "council.settings")
pages = get_asgi_application()

from council.accounts.sockets import BindMiddleware  # noqa: E402  (apps must be loaded first)
from council.checks import limit_statements, refuse_demo_accounts, refuse_forgetful_database  # noqa: E402
from sessions.routing import websocket_urlpatterns  # noqa: E402

limit_statements()
refuse_demo_accounts()
refuse_forgetful_database()

application = ProtocolTypeRouter(
    {
        "http": pages,
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(BindMiddleware(URLRouter(websocket_urlpatterns)))),
    }
)
