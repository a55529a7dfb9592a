"""A Redis cache that goes on without Redis: its loss must neither stop a sitting nor lift a lock-out."""

import time

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

_PATIENCE = 0.25  # seconds for an answer; a hall must not wait for a counter
_PAUSE = 10.0  # seconds without a try after Redis did not answer
_quiet_until: dict[str, float] = {}  # by address; of the process, since every thread has its own cache object


class ForgivingRedisCache(RedisCache):
    """While Redis cannot be reached, hangs or is full, each process remembers by itself.

    Counters of wrong passwords go on per process, so an address is locked after at most as many tries
    as there are processes times the limit, never left open (security 3).
    """

    def __init__(self, server, params):
        patience = {"socket_timeout": _PATIENCE, "socket_connect_timeout": _PATIENCE}
        options = patience | {"retry": Retry(NoBackoff(), 0)} | params.get("OPTIONS", {})
        super().__init__(server, params | {"OPTIONS": options})
        self._address = str(server)
        self._own = LocMemCache("while-redis-is-away", params)

    def get(self, key, default=None, version=None):
        return self._ask("get", key, default, version)

    def set(self, *args, **kwargs):
        return self._ask("set", *args, **kwargs)

    def add(self, *args, **kwargs):
        return self._ask("add", *args, **kwargs)

    def incr(self, key, delta=1, version=None):
        return self._ask("incr", key, delta, version)

    def delete(self, *args, **kwargs):
        return self._ask("delete", *args, **kwargs)

    def _ask(self, verb, *args, **kwargs):
        if time.monotonic() >= _quiet_until.get(self._address, 0.0):
            try:
                return getattr(super(), verb)(*args, **kwargs)
            except RedisError:
                _quiet_until[self._address] = time.monotonic() + _PAUSE
        return getattr(self._own, verb)(*args, **kwargs)
