"""Two tenants and ways to call the API as anybody."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from django.test import Client

from tenancy.models import Member, Tenant
from tests import factories


@cache
def client() -> Client:
    """One for all: its middleware is loaded once, and calls with a key leave no cookies."""
    return Client(raise_request_exception=False)


@dataclass
class Caller:
    """An API key's view of the API; answers are parsed when they are JSON."""

    secret: str = ""
    member: Member | None = None

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.secret:
            given.setdefault("Authorization", f"Bearer {self.secret}")
        content_type = given.pop("Content-Type", getattr(body, "content_type", "application/json"))
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return client().generic(method, f"/api/v1/{path}", data, content_type=content_type, headers=given)

    def get(self, path: str, **headers: str) -> Any:
        return self("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self("POST", path, {} if body is None else body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        return self("PUT", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self("DELETE", path, **headers)


def caller(member: Member, **options: Any) -> Caller:
    return Caller(factories.make_key(member, **options), member)


@pytest.fixture
def north(db: None) -> Tenant:
    return factories.make_tenant("North Pit")


@pytest.fixture
def west(db: None) -> Tenant:
    return factories.make_tenant("West Campus")


@pytest.fixture
def call_as(north: Tenant) -> Callable[[str], Caller]:
    """`call_as("technician")` is a member of North Pit with that role."""
    return lambda role: caller(factories.make_member(north, role))


@pytest.fixture
def admin(call_as: Callable[[str], Caller]) -> Caller:
    return call_as("admin")


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """Counters of attempts live in Redis and would otherwise be carried from test to test."""
    from core import redis
    from core.api import throttling

    throttling._lots.clear()
    names = list(redis.client().scan_iter("mw*"))
    if names:
        redis.client().delete(*names)
