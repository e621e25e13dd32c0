"""The plain answer while the database or the broker is away, and for the moment when two writers collide.

Pages get a small page that retries by itself (a form's page says that nothing was saved); the API gets its JSON. The
connection is dropped, so that the next request dials anew.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import orjson
import structlog
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError, connections
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

RETRY_AFTER = 5
# deadlock_detected, serialization_failure, lock_not_available: the database is well, somebody else was faster.
COLLISIONS = frozenset({"40P01", "40001", "55P03"})
AWAY = (OperationalError, InterfaceError, RedisConnectionError, RedisTimeoutError)

log = structlog.get_logger(__name__)


def state_of(error: BaseException) -> str | None:
    """PostgreSQL's five-letter reason, where the error came from there."""
    return getattr(error.__cause__, "sqlstate", None)


def wants_json(request: HttpRequest) -> bool:
    return request.path.startswith("/api/") or "application/json" in request.headers.get("Accept", "")


def answer(request: HttpRequest, error: BaseException) -> HttpResponse:
    collision = state_of(error) in COLLISIONS
    status = 409 if collision else 503
    if wants_json(request):
        body: dict[str, Any] = {"error": "Service temporarily unavailable"}
        if collision:
            body = {
                "error": "Conflict",
                "reason": "Somebody else is changing the same data; nothing was saved",
                "code": "collision",
            }
        response = HttpResponse(orjson.dumps(body), status=status, content_type="application/json")
    else:
        reading = request.method in {"GET", "HEAD"}
        if collision:
            title, sentence = (
                "Somebody else is changing the same data",
                "Nothing was saved. Go back and try again.",
            )
        elif reading:
            title, sentence = (
                "We will be right back",
                "The service is starting or resting. This page tries again by itself.",
            )
        else:
            title, sentence = (
                "Nothing was saved",
                "The service is not available right now. Go back and send the form again in a moment.",
            )
        # The template asks nobody anything: neither the database nor the session.
        page = render_to_string(
            "503.html",
            {
                "title": title,
                "sentence": sentence,
                "again": "" if reading else "/",
                "refresh": RETRY_AFTER if reading and not collision else 0,
            },
        )
        response = HttpResponse(page, status=status, content_type="text/html; charset=utf-8")
        if request.headers.get("HX-Request") == "true":
            # A fragment of a page must not be replaced by this one: the browser side shows its own notice.
            response["HX-Reswap"] = "none"
            response["HX-Trigger"] = "mw:unavailable"
    response["Retry-After"] = "1" if collision else str(RETRY_AFTER)
    response["Cache-Control"] = "no-store"
    # One warning is written below; the framework's own line for every 5xx would say it again as an error.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


class UnavailableMiddleware:
    """Turns "the database is away" into 503, wherever in the request it showed: view, commit or another middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        # Errors of the middleware further in are turned into a 500 before they get here; the signal still sees them.
        got_request_exception.connect(remember_error, dispatch_uid="core.unavailable")

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        error = request.__dict__.get("_away")
        if error is None:
            return response
        if response.status_code == 500:
            response = answer(request, error)
        if state_of(error) not in COLLISIONS:
            for connection in connections.all(initialized_only=True):
                if not connection.in_atomic_block:
                    connection.close()
        log.warning(
            "unavailable",
            error=type(error).__name__,
            sqlstate=state_of(error),
            status=response.status_code,
        )
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, AWAY):
            request.__dict__["_away"] = exception
            return answer(request, exception)
        return None


def remember_error(sender: Any = None, request: HttpRequest | None = None, **kwargs: Any) -> None:
    error = sys.exc_info()[1]
    if request is not None and isinstance(error, AWAY):
        request.__dict__["_away"] = error
