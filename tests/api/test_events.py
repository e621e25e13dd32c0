"""The event log by cursor: nothing lost, nothing repeated, nothing of what one may not see."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.db import connection

from core import live_reader
from tenancy.models import Tenant
from tests import factories
from tests.api.conftest import Caller, caller

pytestmark = pytest.mark.django_db(transaction=True)


def settle(tenant: Tenant) -> None:
    """Wait for writers that are still at work anywhere on the server (other test runs): readers wait for them, too."""
    for _ in range(200):
        with factories.inside(tenant), connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM core_event WHERE NOT {live_reader.SETTLED}")
            if cursor.fetchone()[0] == 0:
                return
        time.sleep(0.05)
    raise AssertionError("a transaction was open for ten seconds")


def next_of(response: Any) -> str:
    found = re.fullmatch(r'<http://testserver/api/v1/([^>]+)>; rel="next"', response.headers["Link"])
    assert found
    return found[1]


def walk(call: Caller, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        response = call.get(path)
        assert response.status_code == 200, response.content
        if not response.json():
            return found
        found += response.json()
        path = next_of(response)


def test_events_page_by_page() -> None:
    tenant = factories.make_tenant()
    admin = caller(factories.make_member(tenant, "admin"))
    orders = [factories.make_work_order(tenant, meaning="in_progress") for _ in range(3)]
    settle(tenant)
    whole = admin.get("events").json()
    assert [event["type"] for event in whole if event["workOrderId"]] == [
        "work_order.created",
        "work_order.started",
    ] * 3
    assert walk(admin, "events?limit=2") == whole
    assert len({event["id"] for event in whole}) == len(whole)
    one = admin.get(f"events?workOrderId={orders[1].pk}&type=work_order.started").json()
    assert [event["objectId"] for event in one] == [str(orders[1].pk)]
    assert "title" not in str(one)
    assert admin.get(f"events?after={whole[-1]['id']}").json() == []
    latest = admin.get("events?after=latest")
    assert latest.json() == []
    factories.make_work_order(tenant)
    settle(tenant)
    assert [event["type"] for event in admin.get(next_of(latest)).json()] == ["work_order.created"]
    for query in ("after=x", "after=1", "after=-1-1", f"after={2**70}-1", "workOrderId=x", "limit=501", "colour=red"):
        assert admin.get(f"events?{query}").status_code == 400, query


def test_events_of_what_one_may_not_see_are_left_out() -> None:
    tenant, other = factories.make_tenant(), factories.make_tenant()
    requester = caller(factories.make_member(tenant, "requester"))
    factories.make_work_order(other)
    for _ in range(3):
        factories.make_work_order(tenant, meaning="in_progress")
    own = factories.make_work_order(tenant, by=requester.member)
    settle(tenant)
    seen = walk(requester, "events?limit=1")
    assert [(event["type"], event["workOrderId"]) for event in seen] == [("work_order.created", str(own.pk))]
