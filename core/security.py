"""The content security policy and the other headers every answer carries."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from core import uploads

# No inline script, no inline style, no other origin: what user text contains cannot run.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; worker-src 'self'"
)


def policy() -> str:
    """Pictures and films come from us or from the bucket; nothing else ever does."""
    return with_origin(uploads.origin()) if settings.S3_BUCKET else POLICY


@cache
def with_origin(origin: str) -> str:
    found = POLICY
    for name in ("img-src 'self'", "media-src 'self'"):
        found = found.replace(name, f"{name} {origin}")
    return found


class SecurityHeadersMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.policy = policy()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        headers = response.headers
        headers.setdefault("Content-Security-Policy", self.policy)
        headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(), microphone=()")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("X-Content-Type-Options", "nosniff")
        if not request.path.startswith("/static/"):
            headers.setdefault("Cache-Control", "private, no-store")
        return response
