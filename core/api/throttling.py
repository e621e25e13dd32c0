"""Limits per key and per user, kept in the cache; without the cache nobody is refused."""

from __future__ import annotations

from typing import Any

from rest_framework.throttling import SimpleRateThrottle


class CallerThrottle(SimpleRateThrottle):
    scope = "caller"

    def get_cache_key(self, request: Any, view: Any) -> str | None:
        key = getattr(request.auth, "key_id", None)
        if key:
            return f"throttle:key:{key}"
        if request.user and request.user.is_authenticated:
            return f"throttle:user:{request.user.pk}"
        return f"throttle:address:{self.get_ident(request)}"
