"""The yardstick: the same queries by psycopg, dumped by orjson, without Django, on the same server and bridge.

`BENCH_BARE` names a pickle of this run's own making with the statements that Millwright really ran for each request, as its own log of queries
has them. The yardstick runs them word for word in one transaction, with the tenant set for row-level security, and
neither asks who is calling nor checks a right: that is what Millwright's factor pays for.
"""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import orjson
import psycopg
from psycopg.rows import dict_row

from core.ids import uuid7
from core.shell.bridge import Bridge
from core.shell.router import Shell

PLAN: dict[str, Any] = pickle.loads(Path(os.environ["BENCH_BARE"]).read_bytes())
CONTEXT = (
    "SELECT set_config('app.tenant', %s, true), set_config('app.actor', %s, true), set_config('app.user', '', true),"
    " set_config('app.source', 'bare', true), set_config('app.request', '', true)"
)
_local = threading.local()


def connection() -> psycopg.Connection[dict[str, Any]]:
    """One per thread, kept, as Django keeps them."""
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(PLAN["database"], row_factory=dict_row, options="-c jit=off")
    return _local.connection


def dumped(value: Any) -> bytes:
    return orjson.dumps(value, default=str)


def reading(name: str) -> bytes:
    with connection().transaction(), connection().cursor() as cursor:
        cursor.execute(CONTEXT, [PLAN["tenant"], PLAN["actor"]])
        answer = []
        for statement, parameters in PLAN["queries"][name]:
            cursor.execute(statement, parameters)
            answer.append(cursor.fetchall())
    return dumped(answer)


def creating(body: bytes) -> bytes:
    """One INSERT … commit with the fields of the request."""
    given = orjson.loads(body)
    row = PLAN["insert"]["values"] | {"id": uuid7(), "title": given["title"], "description": given["description"]}
    row["number"] = f"B{uuid7().hex[12:]}"[:20]
    with connection().transaction(), connection().cursor() as cursor:
        cursor.execute(CONTEXT, [PLAN["tenant"], PLAN["actor"]])
        cursor.execute(PLAN["insert"]["statement"], row)
        return dumped(cursor.fetchone())


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    name = parse_qs(environ["QUERY_STRING"]).get("plan", [""])[0]
    if environ["REQUEST_METHOD"] == "POST":
        body = creating(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    else:
        body = reading(name)
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


app = Shell(pages=Bridge(application, threads=4), native={})
