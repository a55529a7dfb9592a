"""A Redis cache that forgets instead of failing: Redis down must not stop a sitting."""

import redis.exceptions
from django.core.cache.backends.redis import RedisCache

_DOWN = (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError)


class ForgivingRedisCache(RedisCache):
    """Reads miss and writes are dropped while Redis cannot be reached."""

    def get(self, key, default=None, version=None):
        try:
            return super().get(key, default, version)
        except _DOWN:
            return default

    def set(self, *args, **kwargs):
        try:
            super().set(*args, **kwargs)
        except _DOWN:
            pass

    def add(self, *args, **kwargs):
        try:
            return super().add(*args, **kwargs)
        except _DOWN:
            return True

    def incr(self, key, delta=1, version=None):
        try:
            return super().incr(key, delta, version)
        except _DOWN:
            return delta

    def delete(self, *args, **kwargs):
        try:
            return super().delete(*args, **kwargs)
        except _DOWN:
            return False
