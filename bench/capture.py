"""What the database is really asked: statements as they reach psycopg, whichever layer sends them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from django.test import RequestFactory

Statement = tuple[str, Any]


@contextmanager
def statements() -> Iterator[list[Statement]]:
    """Collects (text, parameters) of everything executed in this process."""
    found: list[Statement] = []
    original = psycopg.Cursor.execute

    def execute(self: Any, query: Any, params: Any = None, **options: Any) -> Any:
        text = query if isinstance(query, str) else query.as_string(None) if hasattr(query, "as_string") else str(query)
        found.append((text, params))
        return original(self, query, params, **options)

    psycopg.Cursor.execute = execute  # type: ignore[method-assign]
    try:
        yield found
    finally:
        psycopg.Cursor.execute = original  # type: ignore[method-assign]


def of_request(path: str, headers: dict[str, str]) -> list[Statement]:
    """The statements of one GET through Django's whole stack, asked twice: the second time caches are warm."""
    from config.wsgi import application

    for _ in range(2):
        environ = RequestFactory(headers={**headers, "Host": "127.0.0.1"}).get(path).environ
        with statements() as found:
            status: list[str] = []
            body = b"".join(application(environ, lambda line, _, said=status: said.append(line)))
    connection.close()
    if not status[0].startswith("200"):
        raise RuntimeError(f"{path} answered {status[0]}: {body[:300]!r}")
    return found


def reading(found: list[Statement], *tables: str) -> list[Statement]:
    """Those that read any of these tables: what the answer is made of, without asking who is calling."""
    return [
        (text, params)
        for text, params in found
        if text.lstrip("( ").upper().startswith(("SELECT", "WITH")) and any(table in text for table in tables)
    ]
