"""Logs that nobody can forge lines in and that keep no secrets."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import ResolverMatch

from core import context, logs

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["json", "console"])
def written(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """What went to standard error, with logging configured in each style."""
    logs.configure(style=request.param)
    yield lambda: capsys.readouterr().err
    logs.configure(level=settings.LOG_LEVEL, style=settings.LOG_FORMAT)


EVIL = "x\r\n127.0.0.1 - admin logged in\x1b[31m\x9b\u2028\u202egnp"


def test_text_from_outside_stays_on_its_line(written: Callable[[], str]) -> None:
    structlog.get_logger("a").info(f"hello {EVIL}", name=EVIL, nested={"inner": [EVIL]})
    logging.getLogger("b").warning("hello %s", EVIL)
    lines = written().splitlines()
    assert len(lines) == 2
    for line in lines:
        assert "admin logged in" in line
        assert not any(sign in line for sign in ("\x1b", "\x9b", "\u202e", "\r"))


def test_text_in_a_traceback_cannot_pass_for_a_line(written: Callable[[], str]) -> None:
    for log in (structlog.get_logger("a"), logging.getLogger("b")):
        try:
            raise ValueError("first\n2026-01-01 [info] forged\x1b[2J")
        except ValueError:
            log.exception("failed")
    text = written()
    assert "\x1b" not in text
    assert not [line for line in text.splitlines() if line.startswith("2026-01-01 [info] forged")]


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer hunter2",
        "authorization=Basic hunter2",
        "got password=hunter2 from form",
        'body {"password": "hunter2"}',
        "sessionid=hunter2; path=/",
        "connect postgresql://app:hunter2@host/db",
        "GET /x?token=hunter2&a=1",
    ],
)
def test_credentials_within_sentences_are_replaced(written: Callable[[], str], text: str) -> None:
    structlog.get_logger("a").info(text, detail=text)
    logging.getLogger("b").error("%s", text)
    try:
        raise ValueError(text)
    except ValueError:
        logging.getLogger("b").exception("failed")
    kept = written()
    assert "hunter2" not in kept
    assert kept.count("[redacted]") >= 4


@pytest.mark.parametrize(
    "name", ["password", "new_password", "api_key", "Authorization", "set_cookie", "otp_code", "csrf_token"]
)
def test_fields_named_as_secrets_are_replaced(written: Callable[[], str], name: str) -> None:
    structlog.get_logger("a").info("x", **{name: "hunter2"}, inner={name: "hunter2"})
    kept = written()
    assert "hunter2" not in kept
    assert kept.count("[redacted]") == 2


def respond(
    request: HttpRequest, *, kwargs: dict[str, Any] | None = None, status: int = 200
) -> tuple[HttpResponse, dict[str, Any]]:
    """The answer of a view behind the middleware, and its access line."""
    stream = io.StringIO()
    logs.configure(style="json")
    before, sys.stderr = sys.stderr, stream
    seen: dict[str, Any] = {}

    def view(request: HttpRequest) -> HttpResponse:
        request.resolver_match = ResolverMatch(view, (), kwargs or {}, url_name="a-view", route="a/<key>")
        seen["context"] = context.current()
        return HttpResponse(status=status)

    try:
        response = logs.RequestLogMiddleware(view)(request)
    finally:
        sys.stderr = before
        logs.configure(level=settings.LOG_LEVEL, style=settings.LOG_FORMAT)
    assert isinstance(response, HttpResponse)
    line = json.loads(stream.getvalue()) if stream.getvalue() else {}
    return response, line | seen


def test_a_request_has_one_line_one_id_and_no_query(rf: RequestFactory) -> None:
    response, line = respond(rf.get("/a/b?token=hunter2&search=pump", headers={"X-Request-ID": "from-the-proxy-1"}))
    assert response["X-Request-ID"] == line["request_id"] == line["context"].request_id == "from-the-proxy-1"
    assert (line["method"], line["path"], line["status"], line["level"]) == ("GET", "/a/b", 200, "info")
    assert line["ms"] >= 0
    assert "hunter2" not in str(line)
    assert context.current() == context.Context()


@pytest.mark.parametrize("offered", ["", "short", "a b c d e f g h", "x" * 65, "new\nline-and-more"])
def test_an_id_that_is_no_plain_word_is_replaced(rf: RequestFactory, offered: str) -> None:
    response, line = respond(rf.get("/", headers={"X-Request-ID": offered}))
    assert len(response["X-Request-ID"]) == 20
    assert line["request_id"] == response["X-Request-ID"]


def test_keys_in_a_path_are_replaced(rf: RequestFactory) -> None:
    _, line = respond(rf.get("/accounts/password/reset/key/1-abcdef/"), kwargs={"uidb36": "1", "key": "abcdef"})
    assert "abcdef" not in line["path"]
    _, line = respond(rf.get("/join/s3cr3t/"), kwargs={"token": "s3cr3t"})
    assert line["path"] == "/join/[redacted]/"


def test_a_watcher_that_is_answered_well_leaves_no_line(rf: RequestFactory) -> None:
    _, line = respond(rf.get("/healthz"))
    assert "path" not in line
    _, line = respond(rf.get("/healthz"), status=503)
    assert line["status"] == 503
