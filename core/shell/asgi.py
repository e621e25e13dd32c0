"""Names for ASGI's plain dictionaries, and the few answers that the shell gives without asking Django."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

import orjson

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]

TITLES = {
    400: "Bad request",
    404: "Not found",
    405: "Method not allowed",
    408: "Request took too long to arrive",
    413: "Request is too large",
    429: "Too many connections",
    500: "Internal error",
    503: "Service temporarily unavailable",
}


def header(scope: Scope, name: bytes) -> str | None:
    """The value of a header, several joined by commas; None when absent."""
    values = [value for key, value in scope["headers"] if key == name]
    return b", ".join(values).decode("latin-1") if values else None


def wants_json(scope: Scope) -> bool:
    return scope["path"].startswith("/api/") or "application/json" in (header(scope, b"accept") or "")


async def refuse(
    scope: Scope,
    send: Send,
    status: int,
    *,
    request_id: str,
    body: dict[str, Any] | None = None,
    headers: Headers = (),
    last: bool = True,
) -> None:
    """A short error: JSON for the API, one plain sentence otherwise. `last=False` leaves the response to be ended."""
    title = TITLES.get(status, "Error")
    if wants_json(scope):
        kind, content = b"application/json", orjson.dumps(body or {"error": title})
    else:
        kind, content = b"text/plain; charset=utf-8", f"{title}.\n".encode()
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", kind),
                (b"content-length", b"%d" % len(content)),
                (b"cache-control", b"no-store"),
                (b"x-content-type-options", b"nosniff"),
                (b"x-request-id", request_id.encode("ascii")),
                *headers,
            ],
        }
    )
    await send({"type": "http.response.body", "body": content, "more_body": not last})
