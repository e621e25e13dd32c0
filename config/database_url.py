"""Turn a PostgreSQL URL into Django's DATABASES entry."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

ENGINE = "core.db.backend"


def parse(url: str) -> dict[str, Any]:
    """`postgresql://user:password@host:port/name?option=value`; `host` may also be given as an option (a socket folder).

    Raises ValueError with a sentence when the URL is not one.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError("a database URL starts with postgresql://")
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or unquote(parts.hostname or "")
    port = options.pop("port", "") or str(parts.port or "")
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise ValueError("a database URL names its database")
    return {
        "ENGINE": ENGINE,
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": port,
        "OPTIONS": options,
    }
