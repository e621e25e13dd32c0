"""Generated requests from the OpenAPI document: no 5xx, only documented answers, and each as its schema says."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import checks
from schemathesis.specs.openapi import checks as openapi_checks

from config.wsgi import application
from core.api.documents import document
from tenancy.models import Tenant
from tests import factories
from tests.api.scene import Scene, make_scene

CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
]
OPERATIONS = [
    (path, method)
    for path, operations in document()["paths"].items()
    for method in operations
    if path not in ("/api/v1/schema", "/api/v1/auth/logout", "/api/v1/auth/login", "/api/v1/auth/signup")
]


@pytest.fixture
def scene(north: Tenant) -> Scene:
    return make_scene(north, "northern")


@pytest.fixture(autouse=True)
def kept_connection() -> Iterator[None]:
    """Django closes a connection in a transaction when a request begins or ends; the test's own must stay open."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def spec() -> Any:
    schema = schemathesis.openapi.from_dict(document())
    schema.app = application
    return schema


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_answers_conform(scene: Scene, spec: Any, path: str, method: str) -> None:
    operation = spec[path][method.upper()]
    key = factories.make_key(scene.admin)

    @settings(
        max_examples=10,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def run(case: Any) -> None:
        # Ids made up find nothing; with real ones the rest of the request is tried, too.
        for name in case.path_parameters or {}:
            case.path_parameters[name] = scene.ids[name]
        case.headers.pop("Idempotency-Key", None)
        case.headers.pop("If-Match", None)
        case.call_and_validate(headers={"Authorization": f"Bearer {key}", "Host": "testserver"}, checks=CHECKS)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run()
