"""Limits per key, per user and per address: a counter per minute in Redis; without Redis nobody is refused.

A process takes calls in lots of one per cent of the limit, so that most requests ask nobody. A lot is counted when it is
taken: the limit is never exceeded, at worst what is left of each process's last lot is lost.
"""

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
MOST_LOTS = 10_000
log = structlog.get_logger("millwright.throttling")
# What is left of the lots this process took, by counter.
_lots: dict[str, int] = {}


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
        left = _lots.get(name, 0)
        if left > 0:
            _lots[name] = left - 1
            return True
        return self.take_lot(name, who, most, period, now)

    def take_lot(self, name: str, who: str, most: int, period: int, now: float) -> bool:
        lot = max(1, most // 100)
        try:
            pipe = redis.client().pipeline(transaction=False)
            pipe.incrby(name, lot)
            pipe.expire(name, period + 1)
            used = int(pipe.execute()[0])
        except (RedisError, OSError):
            return True
        granted = min(lot, most - (used - lot))
        if granted > 0:
            if len(_lots) >= MOST_LOTS:
                _lots.clear()
            _lots[name] = granted - 1
            return True
        self.left = period - now % period
        if used - lot < most + lot:
            log.warning("throttled", who=who)
        return False

    def wait(self) -> float | None:
        return self.left
