"""Structured logs: one JSON object (production) or one readable line (local) per fact, each with its request id.

Whatever comes from outside is escaped, so that a name can neither start a line of its own nor colour a terminal, and
what looks like a secret is replaced. `configure()` is called by the settings; Celery's side is in `core.task_logs`.
"""

from __future__ import annotations

import logging
import logging.config
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

import orjson
import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from core import context
from core.request_ids import HEADER, accepted_or_new

REDACTED = "[redacted]"
SECRET_NAME = re.compile(
    r"pass(word|wd|phrase)|secret|token|authorization|cookie|session_?(id|key)|api_?key|otp|csrf|signature",
    re.IGNORECASE,
)
# Path parts that open a door: reset and invitation links, signed file addresses.
SECRET_PART = SECRET_NAME.pattern + r"|^(key|uidb36|uidb64|code|sig)$"
SECRET_TEXT = re.compile(
    r"(?P<name>authorization['\"]?\s*[=:]\s*['\"]?(?:\w+ )?|bearer |basic "
    r"|(?:password|passwd|secret|token|api_?key|sessionid|csrftoken|signature)['\"]?\s*[=:]\s*['\"]?"
    r"|://[^\s:/@]*:)(?P<value>[^\s'\"&,;@]+)",
    re.IGNORECASE,
)
# C0 and C1 controls, line and paragraph separators, and the marks that reorder text on a terminal.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
LAYOUT = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
QUIET_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})

EventDict = MutableMapping[str, Any]


def escape(text: str, pattern: re.Pattern[str] = CONTROL) -> str:
    if pattern.search(text) is None:
        return text
    return pattern.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), text)


def scrub(text: str) -> str:
    """Replace what looks like a credential inside a sentence."""
    return SECRET_TEXT.sub(lambda found: found["name"] + REDACTED, text)


def clean(value: Any, name: str = "") -> Any:
    if name and SECRET_NAME.search(name) and value not in (None, "", True, False):
        return REDACTED
    if isinstance(value, str):
        return escape(scrub(value))
    if isinstance(value, Mapping):
        return {escape(str(key)): clean(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [clean(item) for item in value]
    if isinstance(value, bytes):
        return escape(scrub(value.decode("utf-8", "replace")))
    return value


def add_context(logger: Any, method: str, event: EventDict) -> EventDict:
    """Which request or task, whose, in which tenant."""
    now = context.current()
    if now.request_id:
        event.setdefault("request_id", now.request_id)
    if now.tenant_id is not None:
        event.setdefault("tenant", str(now.tenant_id))
    if now.actor_id is not None:
        event.setdefault("member", str(now.actor_id))
    return event


def protect(logger: Any, method: str, event: EventDict) -> EventDict:
    for name, value in event.items():
        if name == "exception" and isinstance(value, str):
            event[name] = escape(scrub(value), LAYOUT)
        elif not isinstance(value, int | float) and name not in {"level", "timestamp"}:
            event[name] = clean(value, name)
    return event


def quote_traceback(logger: Any, method: str, event: EventDict) -> EventDict:
    """On a console each line of a traceback carries a mark: text within it cannot pass for a line of the log."""
    trace = event.get("exception")
    if isinstance(trace, str):
        event["exception"] = "\n".join(f"  | {line}" for line in trace.split("\n"))
    return event


def to_json(logger: Any, method: str, event: EventDict) -> str:
    return orjson.dumps(event, default=lambda value: clean(str(value)), option=orjson.OPT_NON_STR_KEYS).decode()


class Stderr:
    """Writes whole lines, looked up at each call because test runners and launchers replace the stream."""

    lock = threading.Lock()

    def msg(self, line: str) -> None:
        with self.lock:
            try:
                sys.stderr.write(line + "\n")
                sys.stderr.flush()
            except (ValueError, OSError):
                return  # the stream is closed: a log line must never be the reason that a request fails

    debug = info = warning = warn = error = critical = fatal = exception = log = msg


class StderrHandler(logging.Handler):
    out = Stderr()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self.out.msg(self.format(record))
        except Exception:  # as the standard library's handlers do: logging never raises
            self.handleError(record)


class SaidElsewhere(logging.Filter):
    """An outage is one warning per request (core/unavailable.py); a traceback each, with the server's address, buries it."""

    def filter(self, record: logging.LogRecord) -> bool:
        from core.unavailable import AWAY

        return not (record.exc_info and isinstance(record.exc_info[1], AWAY))


class NotOurConcern(logging.Filter):
    """The server's remark about a response that was cut on purpose: a stream whose reader was too slow or went away."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "returned without completing response" not in str(record.msg)


# Loggers keep this very list, so configuring again reaches those that were used before.
_processors: list[Any] = []


def configure(*, level: str = "INFO", style: str = "json") -> None:
    """Route structlog and the standard library through the same processors to standard error."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        add_context,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        protect,
    ]
    render: list[Any]
    if style == "json":
        render = [to_json]
    else:
        render = [
            quote_traceback,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0, sort_keys=False),
        ]
    _processors[:] = [*shared, *render]
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    structlog.configure(
        processors=_processors,
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *args: Stderr(),
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [structlog.stdlib.add_logger_name, *shared],
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *render,
        ],
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"concern": {"()": NotOurConcern}, "said": {"()": SaidElsewhere}},
            "formatters": {"line": formatter},
            "handlers": {"stderr": {"()": StderrHandler, "formatter": "line"}},
            "root": {"handlers": ["stderr"], "level": number},
            "loggers": {
                # One access line per request is written below; these would repeat it or add only noise.
                "uvicorn": {"handlers": [], "propagate": True},
                "uvicorn.access": {
                    "handlers": [],
                    "propagate": False,
                    "level": "CRITICAL",
                },
                "uvicorn.error": {
                    "handlers": [],
                    "propagate": True,
                    "filters": ["concern"],
                },
                "django.request": {"level": "ERROR", "filters": ["said"]},
                "django.server": {
                    "handlers": [],
                    "propagate": True,
                    "level": "WARNING",
                },
                "django.db.backends": {"level": "WARNING"},
                "botocore": {"level": "WARNING"},
                "asyncio": {"level": "WARNING"},
            },
        }
    )


access = structlog.get_logger("access")


def safe_path(request: HttpRequest) -> str:
    """The path without its query, and without the parts of it that are themselves a key (reset links, signed files)."""
    path = request.path
    match = request.resolver_match
    if match is not None:
        for name, value in match.kwargs.items():
            if isinstance(value, str) and value and re.search(SECRET_PART, name, re.IGNORECASE):
                path = path.replace(value, REDACTED)
    return path[:512]


def route_of(request: HttpRequest) -> str:
    """A name with few values, for metrics: the URL's name, never the address itself."""
    match = request.resolver_match
    if match is None:
        return "unmatched"
    return match.view_name or match.route or "unnamed"


class RequestLogMiddleware:
    """Outermost: gives the request its id and context, and afterwards writes its access line and its metrics."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        # Only web processes keep figures: with several of them each process that counts has files of its own.
        from core import metrics

        self.get_response = get_response
        self.observe = metrics.observe_request

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        request_id = accepted_or_new(request.META.get("HTTP_X_REQUEST_ID"))
        request.request_id = request_id  # type: ignore[attr-defined]
        context.clear()
        context.replace_current(
            request_id=request_id,
            source="api" if request.path.startswith("/api/") else "page",
        )
        status = 500
        try:
            response = self.get_response(request)
            status = response.status_code
            response[HEADER] = request_id
            return response
        finally:
            seconds = time.perf_counter() - started
            self.observe(route_of(request), request.method or "", status, seconds)
            self.write(request, status, seconds)
            context.clear()
            structlog.contextvars.clear_contextvars()

    def write(self, request: HttpRequest, status: int, seconds: float) -> None:
        if request.path in QUIET_PATHS and status < 400:
            return
        now = context.current()
        member = getattr(request, "member", None)
        access.info(
            "request",
            request_id=request.request_id,  # type: ignore[attr-defined]
            method=(request.method or "")[:16],
            path=safe_path(request),
            status=status,
            ms=round(seconds * 1000, 1),
            # The context may already have been left by the middleware that entered it; the request still knows.
            **dict(self.who(now, member)),
            address=request.META.get("REMOTE_ADDR", ""),
        )

    @staticmethod
    def who(now: context.Context, member: Any) -> Iterator[tuple[str, str]]:
        user = now.user_id or getattr(member, "user_id", None)
        actor = now.actor_id or getattr(member, "pk", None)
        tenant = now.tenant_id or getattr(member, "tenant_id", None)
        for name, value in (("user", user), ("member", actor), ("tenant", tenant)):
            if value is not None:
                yield name, str(value)
