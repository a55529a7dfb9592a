"""A Redis cache that goes on without Redis: its loss must neither stop a sitting nor lift a lock-out."""

import redis.exceptions
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache

_DOWN = (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError)


class ForgivingRedisCache(RedisCache):
    """While Redis cannot be reached each process remembers by itself.

    Counters of wrong passwords go on per process, so an address is locked after at most as many tries
    as there are processes times the limit, never left open (security 3).
    """

    def __init__(self, server, params):
        super().__init__(server, params)
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
        try:
            return getattr(super(), verb)(*args, **kwargs)
        except _DOWN:
            return getattr(self._own, verb)(*args, **kwargs)
