"""The answer when the database refuses: by what went wrong, who asks and how."""

from __future__ import annotations

import json

import pytest
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from redis.exceptions import ConnectionError as RedisConnectionError

from core.unavailable import UnavailableMiddleware


def refusal(sqlstate: str) -> OperationalError:
    """The error as Django raises it when PostgreSQL gives this reason."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{sqlstate}'; END $$")
    except OperationalError as error:
        return error
    raise AssertionError("it did not refuse")


def answer(request: HttpRequest, error: Exception) -> HttpResponse:
    """As the middleware answers when a view raised `error`."""

    def view(request: HttpRequest) -> HttpResponse:
        found = middleware.process_exception(request, error)
        return found or HttpResponse(status=500)

    middleware = UnavailableMiddleware(view)
    response = middleware(request)
    assert isinstance(response, HttpResponse)
    return response


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sqlstate", "status", "retry"),
    [
        ("57P01", 503, "5"),
        ("53300", 503, "5"),
        ("57014", 503, "5"),
        ("40P01", 409, "1"),
        ("55P03", 409, "1"),
        ("40001", 409, "1"),
    ],
)
def test_api_status_by_reason(rf: RequestFactory, sqlstate: str, status: int, retry: str) -> None:
    response = answer(rf.post("/api/v1/work-orders"), refusal(sqlstate))
    assert (response.status_code, response["Retry-After"]) == (status, retry)
    body = json.loads(response.content)
    assert body["error"] == ("Service temporarily unavailable" if status == 503 else "Conflict")


@pytest.mark.django_db
def test_a_page_retries_by_itself_but_a_form_says_that_nothing_was_saved(rf: RequestFactory) -> None:
    error = refusal("57P01")
    page, form = answer(rf.get("/work-orders/"), error), answer(rf.post("/work-orders/new"), error)
    assert b'http-equiv="refresh"' in page.content
    assert b'http-equiv="refresh"' not in form.content
    assert b"Nothing was saved" in form.content


def test_the_brokers_absence_is_the_same(rf: RequestFactory) -> None:
    assert answer(rf.get("/"), RedisConnectionError("redis://:hunter2@host")).status_code == 503
    assert b"hunter2" not in answer(rf.get("/"), RedisConnectionError("redis://:hunter2@host")).content


def test_other_errors_are_left_alone(rf: RequestFactory) -> None:
    assert answer(rf.get("/"), ValueError("x")).status_code == 500
