"""The bell: tells the processes that serve screens to look at a room sooner than at their next round.

Nothing depends on it. Inside this process listeners are called at once; with Redis the room's key is
published for the other processes, and Redis that is down costs a quarter of a second every ten.
"""

import logging
import time
from collections.abc import Callable

from django.conf import settings

CHANNEL = "nghi-truong:rooms"
_PAUSE = 10.0  # seconds without a try after Redis did not answer

logger = logging.getLogger(__name__)
_listeners: list[Callable[[str], None]] = []
_client = None
_quiet_until = 0.0


def listen(function: Callable[[str], None]) -> None:
    """Call `function` with the key of each room that changed in this process. It must not block."""
    if function not in _listeners:
        _listeners.append(function)


def ring(key: str) -> None:
    """Say that a room has changed; called after the commit."""
    for listener in _listeners:
        listener(key)
    if settings.REDIS_URL:
        _publish(key)


def _publish(key: str) -> None:
    global _client, _quiet_until
    if time.monotonic() < _quiet_until:
        return
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    if _client is None:
        _client = redis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=0.25,
            socket_connect_timeout=0.25,
            retry=Retry(NoBackoff(), 0),
        )
    try:
        _client.publish(CHANNEL, key)
    except redis.RedisError as error:
        _quiet_until = time.monotonic() + _PAUSE
        logger.warning("redis does not answer; screens follow by the clock: %s", type(error).__name__)
