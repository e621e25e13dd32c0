"""The description of the API is valid, complete and true."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from config.api import urlpatterns
from core.api.documents import document
from tests.api.conftest import Caller

PLAIN = {"docs"}


def test_schema_is_valid_and_without_warnings() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


def test_every_route_is_described() -> None:
    spec = document()
    paths = {path.removeprefix("/api/v1/") for path in spec["paths"]}
    routes = {str(route.pattern).replace("<str:", "{").replace(">", "}") for route in urlpatterns}
    assert paths == routes - PLAIN
    assert spec["openapi"].startswith("3.1")


@pytest.mark.parametrize("route", [route for route in urlpatterns if str(route.pattern) not in PLAIN], ids=str)
def test_every_method_declares_permission_and_answer(route: Any) -> None:
    view = route.callback.cls
    methods = {name.upper() for name in ("get", "post", "put", "patch", "delete") if hasattr(view, name)}
    assert methods == set(view.permissions) == set(view.answers)
    assert set(view.accepts) == methods & {"POST", "PUT", "PATCH"}


def test_every_operation_has_words_refusals_and_described_parameters() -> None:
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert {"400", "429", "503"} <= set(operation["responses"]), where
            assert all(one.get("description") for one in operation.get("parameters", [])), where


def test_schema_is_answered_as_json(db: None) -> None:
    response = Client().get("/api/v1/schema", headers={"Accept": "application/json"})
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.json()["info"]["title"] == "Millwright API"


def test_docs_page_has_no_inline_script_and_lists_all(db: None) -> None:
    response = Client().get("/api/v1/docs")
    text = response.content.decode()
    assert response.status_code == 200
    assert "<script>" not in text
    assert "style=" not in text
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    for path in document()["paths"]:
        assert f"<code>{path}</code>" in text


def test_browsable_page_only_for_people_signed_in(admin: Caller) -> None:
    html = {"Accept": "text/html,application/xhtml+xml"}
    assert Client().get("/api/v1/work-orders", headers=html).headers["Content-Type"] == "application/json"
    assert admin.member is not None
    assert admin.member.user is not None
    browser = Client()
    browser.force_login(admin.member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = browser.get("/api/v1/work-orders", headers=html)
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert browser.get("/api/v1/work-orders").headers["Content-Type"] == "application/json"
