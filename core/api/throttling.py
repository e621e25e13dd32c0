"""Limits per key, per user and per address: a counter per minute in Redis, one round trip; without Redis nobody is refused."""

from __future__ import annotations

import time
from functools import cache
from typing import Any

import structlog
from redis.exceptions import RedisError
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from core import redis

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
log = structlog.get_logger("millwright.throttling")


@cache
def rate(text: str) -> tuple[int, int]:
    """`1200/min` as number and seconds."""
    number, _, period = text.partition("/")
    return int(number), SECONDS[period[0]]


class CallerThrottle(BaseThrottle):
    """`caller` for those who are known, `anonymous` per address for the rest."""

    left: float | None = None

    def allow_request(self, request: Any, view: Any) -> bool:
        key_id = getattr(request.auth, "key_id", None)
        if key_id:
            who, scope = f"key:{key_id}", "caller"
        elif request.user and request.user.is_authenticated:
            who, scope = f"user:{request.user.pk}", "caller"
        else:
            who, scope = f"address:{request.META.get('REMOTE_ADDR', '')}", "anonymous"
        most, period = rate(api_settings.DEFAULT_THROTTLE_RATES[scope])
        now = time.time()
        name = f"mw:rate:{who}:{int(now // period)}"
        try:
            pipe = redis.client().pipeline(transaction=False)
            pipe.incr(name)
            pipe.expire(name, period + 1)
            used = pipe.execute()[0]
        except (RedisError, OSError):
            return True
        self.left = period - now % period
        if used == most + 1:
            log.warning("throttled", who=who)
        return bool(used <= most)

    def wait(self) -> float | None:
        return self.left
