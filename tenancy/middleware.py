"""Who is behind a signed-in request, in which tenant."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from core import context
from tenancy import access

Handler = Callable[[HttpRequest], HttpResponse]


class SessionAgeMiddleware:
    """Ends a session that was idle for a shift, or is twelve hours old however busy."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        session = request.session
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            now = int(time.time())
            begun = session.setdefault("begun_at", now)
            seen = session.get("seen_at", now)
            if now - begun > settings.SESSION_ABSOLUTE_SECONDS or now - seen > settings.SESSION_IDLE_SECONDS:
                logout(request)
            elif "seen_at" not in session or now - seen > 300:
                # Written every five minutes at most: a page view need not be a write.
                session["seen_at"] = now
        return self.get_response(request)


class MemberMiddleware:
    """Sets `request.member` (or None) and the context that row-level security reads."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.member = None  # type: ignore[attr-defined]
        request.memberships = []  # type: ignore[attr-defined]
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            identify(request)
        try:
            return self.get_response(request)
        finally:
            context.clear()


def identify(request: HttpRequest) -> None:
    """Resolve the member of a session request: the tenant in `X-Tenant`, else the one chosen before, else the default."""
    members = access.memberships(request.user.pk)  # type: ignore[arg-type]
    named = request.headers.get("X-Tenant")
    member = access.choose(members, named or request.session.get("tenant"))
    if member is None and not named:
        member = access.choose(members, None)
    request.memberships = members  # type: ignore[attr-defined]
    request.member = member  # type: ignore[attr-defined]
    act_as(member, source="admin" if request.path.startswith("/admin/") else "web", user_id=request.user.pk)


def act_as(member: object, *, source: str, user_id: object = None) -> None:
    context.replace_current(
        tenant_id=getattr(member, "tenant_id", None),
        actor_id=getattr(member, "pk", None),
        user_id=user_id or getattr(member, "user_id", None),
        source=source,
    )
