"""A socket's user has the rights that its session was opened with, like a page's."""

from channels.db import database_sync_to_async

from council import second_factor


class BindMiddleware:
    """Stands inside AuthMiddlewareStack: caps `scope["user"]` to a card's rights."""

    def __init__(self, inner):
        self.inner = inner

    async def __call__(self, scope, receive, send):
        if scope["user"].is_authenticated:
            await database_sync_to_async(second_factor.bind)(scope["user"], scope["session"])
        return await self.inner(scope, receive, send)
