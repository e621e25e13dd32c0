"""A server whose database or broker is not there: it lives, says so plainly, and works again when they are back."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from core import redis
from core.health import HEARTBEAT_KEY
from tests.live.process import STREAM, LiveServer, Stream, database_url
from tests.live.world import World

NOWHERE = "postgresql://millwright_app@127.0.0.1:1/millwright"
COOKIE = "Cookie: sessionid=0123456789abcdefghijklmnopqrstuv"


@pytest.fixture(scope="module")
def stranded() -> Iterator[LiveServer]:
    server = LiveServer(DATABASE_URL=NOWHERE, REDIS_URL="redis://127.0.0.1:1")
    yield server
    server.stop()


def test_the_process_lives(stranded: LiveServer) -> None:
    status, headers, body = stranded.get("/healthz")
    assert (status, json.loads(body)) == (200, {"status": "ok"})
    assert len(headers["x-request-id"]) == 20


def test_it_is_not_ready_and_says_which_part_without_saying_where(stranded: LiveServer) -> None:
    status, headers, body = stranded.get("/readyz")
    checks = json.loads(body)["checks"]
    assert (status, headers["retry-after"]) == (503, "2")
    assert {name: (check["ok"], check["problem"]) for name, check in checks.items()} == {
        "database": (False, "no answer"),
        "migrations": (False, "no answer"),
        "broker": (False, "no answer"),
        "worker": (False, "no answer"),
    }
    assert b"127.0.0.1" not in body


def test_a_page_is_a_plain_503_that_tries_again(stranded: LiveServer) -> None:
    status, headers, body = stranded.get("/", COOKIE)
    assert (status, headers["retry-after"], headers["content-type"]) == (503, "5", "text/html; charset=utf-8")
    assert b'http-equiv="refresh" content="5"' in body
    assert b"Traceback" not in body


def test_a_fragment_leaves_the_page_as_it_is(stranded: LiveServer) -> None:
    status, headers, _ = stranded.get("/", COOKIE, "HX-Request: true")
    assert (status, headers["hx-reswap"], headers["hx-trigger"]) == (503, "none", "mw:unavailable")


def test_the_api_is_503_in_json(stranded: LiveServer) -> None:
    status, headers, body = stranded.get("/api/v1/auth/me", COOKIE)
    assert (status, json.loads(body)) == (503, {"error": "Service temporarily unavailable"})
    assert headers["retry-after"] == "5"


def test_a_stream_is_503_in_json(stranded: LiveServer) -> None:
    stream = Stream(stranded, "Authorization: Bearer abc")
    assert (stream.status, json.loads(stream.body)) == (503, {"error": "Service temporarily unavailable"})
    deadline = time.monotonic() + 3
    while not stranded.lines("stream"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    line = stranded.lines("stream")[-1]
    assert (line["path"], line["status"]) == (STREAM, 503)


def test_the_log_names_the_error_but_no_address_of_the_database(stranded: LiveServer) -> None:
    stranded.get("/", COOKIE, "X-Request-ID: outage-page-0001")
    mine = stranded.told("outage-page-0001")
    assert [(line["event"], line["status"], line.get("error")) for line in mine] == [
        ("unavailable", 503, "OperationalError"),
        ("request", 503, None),
    ]
    assert not [line for line in stranded.log if "port 1" in line or "Traceback" in line]


def test_a_served_system_is_ready_when_its_worker_beats(server: LiveServer, world: World) -> None:
    redis.client().delete(HEARTBEAT_KEY)
    status, _, body = server.get("/readyz")
    checks = json.loads(body)["checks"]
    assert (status, [name for name, check in checks.items() if not check["ok"]]) == (503, ["worker"])
    redis.client().set(HEARTBEAT_KEY, str(time.time() - 100), ex=60)
    assert server.get("/readyz")[0] == 503
    redis.client().set(HEARTBEAT_KEY, str(time.time()), ex=60)
    status, _, body = server.get("/readyz")
    assert (status, json.loads(body)["status"]) == (200, "ready")


def test_the_owners_role_is_never_ready(world: World) -> None:
    server = LiveServer(DATABASE_URL=database_url("owner"))
    try:
        checks = json.loads(server.get("/readyz")[2])["checks"]
        assert checks["database"]["problem"] in {"the role owns tables", "the role bypasses row-level security"}
    finally:
        server.stop()
