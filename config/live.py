"""Django's side of the event stream: who is calling, what is new, and who may hear of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.core.exceptions import DisallowedHost
from django.core.handlers.wsgi import WSGIRequest
from django.db import close_old_connections, transaction
from django.http import HttpRequest, HttpResponse

from core import context, live_reader
from core.shell.asgi import Scope
from core.shell.environ import environ_of
from core.shell.feed import Batch, Refusal, Viewer
from tenancy import access
from tenancy.middleware import MemberMiddleware, SessionAgeMiddleware
from tenancy.models import Member
from workorders.event_sight import sees_every_event, sees_every_order, sight_of, visible_events

ANONYMOUS = Refusal(401, {"error": "Authentication required"}, [(b"www-authenticate", b"Bearer")])


class EventLog:
    """What `core.shell.feed.Source` asks for. Every method runs in a thread and leaves nothing behind in it."""

    def authorize(self, scope: Scope) -> Viewer | Refusal:
        with fresh_connection():
            try:
                request = WSGIRequest(
                    environ_of(scope, BytesIO(), None, request_id="", trusted_proxy=settings.TRUSTED_PROXY)
                )
                request.get_host()
            except DisallowedHost:
                return Refusal(400, {"error": "Bad request"})
            found = self.key_holder(request) if "Authorization" in request.headers else self.session_holder(request)
            if isinstance(found, Refusal):
                return found
            member, caller = found
            return Viewer(
                tenant=member.tenant_id,
                caller=caller,
                sight=sight_of(member),
                sees_all=sees_every_event(member),
                sees_orders=sees_every_order(member),
                member=member,
                scope=scope,
            )

    @staticmethod
    def key_holder(request: HttpRequest) -> tuple[Member, str] | Refusal:
        kind, _, secret = request.headers["Authorization"].partition(" ")
        found = access.by_secret(secret.strip()) if kind.lower() == "bearer" else None
        named = request.headers.get("X-Tenant")
        if found is None or (named and named != found.member.tenant.slug):
            return ANONYMOUS
        return found.member, f"key:{found.key_id}"

    @staticmethod
    def session_holder(request: HttpRequest) -> tuple[Member, str] | Refusal:
        """The middleware of the pages decides, but nothing is written: an open stream is no sign of a person at work."""
        request.session = import_module(settings.SESSION_ENGINE).SessionStore(
            request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        )
        seen: list[Member | None] = []

        def remember(request: HttpRequest) -> HttpResponse:
            seen.append(request.member)  # type: ignore[attr-defined]
            return HttpResponse()

        AuthenticationMiddleware(SessionAgeMiddleware(MemberMiddleware(remember)))(request)
        if not request.user.is_authenticated:
            return ANONYMOUS
        member = seen[0]
        if member is None:
            return Refusal(403, {"error": "Permission denied", "reason": "You are not a member of this organisation."})
        return member, f"user:{request.user.pk}"

    def latest(self, tenant: UUID) -> live_reader.Cursor:
        with reading(tenant):
            return live_reader.latest(tenant)

    def read(self, tenant: UUID, after: live_reader.Cursor, limit: int) -> Batch:
        with reading(tenant):
            return Batch(*live_reader.read_batch(tenant, after, limit))

    def seen(self, tenant: UUID, viewers: Sequence[Viewer], events: Sequence[Any]) -> list[Collection[Any]]:
        with reading(tenant):
            return [visible_events(viewer.member, events) for viewer in viewers]


@contextmanager
def fresh_connection() -> Iterator[None]:
    """As a request does: drop a connection that is too old or broken, before and after."""
    close_old_connections()
    try:
        yield
    finally:
        context.clear()
        close_old_connections()


@contextmanager
def reading(tenant: UUID) -> Iterator[None]:
    with fresh_connection(), context.use(tenant_id=tenant, source="live"), transaction.atomic():
        yield


class Readers:
    """A few threads of the streams' own, so that slow pages hold up no event. Each keeps its connection."""

    def __init__(self, threads: int = 2) -> None:
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="live")

    async def __call__(self, function: Callable[..., Any], *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self.pool, function, *args)

    def close(self) -> None:
        self.pool.shutdown(wait=False, cancel_futures=True)
