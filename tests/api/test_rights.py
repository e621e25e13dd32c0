"""Role × route × method: exactly the declared answers; fields that some may not write or read."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from tenancy.models import Tenant
from tests import factories
from tests.api.conftest import Caller, caller
from workorders.models import WorkOrder

ROLES = ("admin", "manager", "dispatcher", "technician", "storekeeper", "requester", "viewer")
OK, NO, NONE = 200, 403, 404

# method, path, body, the status per role in the order of ROLES. `{wo}` is somebody else's work in progress.
TABLE: list[tuple[str, str, Any, tuple[int, ...]]] = [
    ("GET", "work-orders", None, (OK, OK, OK, OK, OK, OK, OK)),
    ("GET", "work-orders/{wo}", None, (OK, OK, OK, NONE, NONE, NONE, OK)),
    ("PATCH", "work-orders/{wo}", {"title": "x"}, (OK, OK, OK, NONE, NONE, NONE, NO)),
    ("DELETE", "work-orders/{open}", None, (OK, OK, NO, NO, NONE, NONE, NO)),
    (
        "POST",
        "work-orders/{wo}/transitions",
        {"status": "on_hold", "reason": "parts"},
        (OK, OK, OK, NONE, NONE, NONE, NO),
    ),
    ("POST", "work-orders/{open}/assign", {"assignedTo": "{tech}"}, (OK, OK, OK, NO, NONE, NONE, NO)),
    ("POST", "work-orders/{wo}/notes", {"text": "x"}, (201, 201, 201, NONE, NONE, NONE, NO)),
    ("POST", "work-orders", {"title": "x"}, (201, 201, 201, 201, 201, 201, NO)),
    ("POST", "work-orders", {"title": "x", "dueDate": "2030-01-01T00:00:00Z"}, (201, 201, 201, 201, NO, NO, NO)),
    ("GET", "assets", None, (OK, OK, OK, OK, OK, OK, OK)),
    ("POST", "assets", {"name": "x", "tag": "{new}"}, (201, 201, NO, NO, NO, NO, NO)),
    ("PATCH", "assets/{asset}", {"name": "x"}, (OK, OK, NO, NO, NO, NO, NO)),
    ("PATCH", "assets/{asset}", {"status": "standby"}, (OK, OK, NO, OK, NO, NO, NO)),
    ("DELETE", "assets/{asset}", None, (OK, OK, NO, NO, NO, NO, NO)),
    ("POST", "locations", {"name": "x", "kind": "site"}, (201, 201, NO, NO, NO, NO, NO)),
    ("GET", "technicians", None, (OK, OK, OK, OK, OK, OK, OK)),
    ("PATCH", "technicians/{tech}", {"trade": "x"}, (OK, OK, NO, NO, NO, NONE, NO)),
    ("PATCH", "technicians/{tech}", {"hourlyRate": 5}, (OK, OK, NO, NO, NO, NONE, NO)),
    ("POST", "crews", {"name": "{new}"}, (201, 201, NO, NO, NO, NO, NO)),
    ("POST", "members", {"name": "x", "role": "viewer"}, (201, NO, NO, NO, NO, NO, NO)),
    ("GET", "invitations", None, (OK, NO, NO, NO, NO, NO, NO)),
    ("POST", "departments", {"name": "{new}"}, (201, NO, NO, NO, NO, NO, NO)),
    ("POST", "api-keys", {"name": "x", "scopes": ["asset.view"]}, (201, NO, NO, NO, NO, NO, NO)),
    ("GET", "parts", None, (OK, OK, OK, OK, OK, NO, OK)),
    ("POST", "parts", {"number": "{new}", "name": "x"}, (201, 201, NO, NO, 201, NO, NO)),
    ("PATCH", "parts/{part}", {"name": "x"}, (OK, OK, NO, NO, OK, NONE, NO)),
    ("DELETE", "parts/{part}", None, (OK, OK, NO, NO, OK, NONE, NO)),
    ("POST", "part-categories", {"name": "{new}"}, (201, 201, NO, NO, 201, NO, NO)),
    ("GET", "work-orders/{wo}/parts", None, (OK, OK, OK, NONE, OK, NONE, OK)),
    ("POST", "work-orders/{wo}/parts", {"partId": "{part}", "quantity": 1}, (201, 201, 201, NONE, 201, NONE, NO)),
    ("PUT", "work-orders/{wo}/parts/{line}", {"status": "issued"}, (OK, OK, OK, NONE, OK, NONE, NO)),
    ("PUT", "work-orders/{wo}/parts/{line}", {"actualCost": 1}, (OK, OK, OK, NONE, OK, NONE, NO)),
    ("DELETE", "work-orders/{wo}/parts/{line}", None, (OK, OK, OK, NONE, OK, NONE, NO)),
    ("GET", "events", None, (OK, OK, OK, OK, OK, OK, OK)),
]


def put_in(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: put_in(one, names) for name, one in value.items()}
    return value.format(**names) if isinstance(value, str) else value


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_the_declared_answers(north: Tenant, role: str) -> None:
    call = caller(factories.make_member(north, role))
    technician = factories.make_technician(north)
    for number, (method, path, body, expected) in enumerate(TABLE):
        work_order = factories.make_work_order(north, assigned_to=technician, meaning="in_progress")
        work_order.tenant = north
        names = {
            "part": str(factories.make_part(north).pk),
            "line": str(factories.make_line(work_order).pk) if "}/parts" in path else "",
            "wo": str(work_order.pk),
            "open": str(factories.make_work_order(north).pk),
            "asset": str(factories.make_asset(north).pk),
            "tech": str(technician.pk),
            "new": f"new {number}",
        }
        response = call(method, put_in(path, names), put_in(body, names))
        status = expected[ROLES.index(role)]
        assert response.status_code == status, f"{method} {path} {body} as {role}: {response.content!r}"
        if status == NO:
            assert response.json()["error"] == "Permission denied"
            assert "permission" in response.json()


def test_every_field_of_a_work_order_is_refused_to_a_requester(north: Tenant) -> None:
    requester = caller(factories.make_member(north, "requester"))
    work_order = factories.make_work_order(north, by=requester.member)
    address = f"work-orders/{work_order.pk}"
    with factories.inside(north):
        before = WorkOrder.objects.values().get(pk=work_order.pk)
    for name, value in {
        "id": str(work_order.pk), "tenantId": "x", "workOrderNumber": "WO-1", "version": 9, "createdAt": "2020-01-01",
        "costs": {"total": 5}, "title": "x", "status": "closed", "assignedTo": None, "priority": "high", "progress": 50,
        "externalId": "x", "requestedBy": None, "external_cost": 5, "tenant_id": "x", "created_by": "x",
    }.items():  # fmt: skip
        assert requester.patch(address, {name: value}).status_code in (200, 400, 403), name
    with factories.inside(north):
        assert WorkOrder.objects.values().get(pk=work_order.pk) == before


def test_rates_and_costs_are_shown_to_those_who_may_see_them(north: Tenant) -> None:
    technician = factories.make_technician(north)
    work_order = factories.make_work_order(north, assigned_to=technician)
    sees = {}
    for role in ROLES:
        call: Caller = caller(factories.make_member(north, role))
        listed = call.get("technicians").json()
        order = call.get(f"work-orders/{work_order.pk}").json()
        sees[role] = (bool(listed) and "hourlyRate" in listed[0], bool(order.get("costs")))
    assert sees == {
        "admin": (True, True),
        "manager": (True, True),
        "dispatcher": (False, True),
        "technician": (False, False),
        "storekeeper": (False, False),
        "requester": (False, False),
        "viewer": (False, False),
    }


def test_scope_narrows_what_is_seen_and_named(north: Tenant) -> None:
    here, there = factories.make_location(north), factories.make_location(north)
    mine, other = factories.make_asset(north, location=here), factories.make_asset(north, location=there)
    seen = factories.make_work_order(north, asset=mine)
    hidden = factories.make_work_order(north, asset=other)
    call = caller(factories.make_member(north, "dispatcher", scoped=True, places=[here]))
    assert [item["id"] for item in call.get("work-orders").json()] == [str(seen.pk)]
    assert [item["id"] for item in call.get("assets").json()] == [str(mine.pk)]
    assert call.get(f"work-orders/{hidden.pk}").status_code == 404
    assert call.get(f"assets/{other.pk}").status_code == 404
    refused = call.post("work-orders", {"title": "x", "assetId": str(other.pk)})
    assert (refused.status_code, refused.json()["details"]) == (400, {"assetId": "Asset must exist"})
    assert call.get(f"work-orders?assetId={other.pk}").json() == []


def test_values_may_repeat_in_another_tenant(north: Tenant, west: Tenant) -> None:
    admin = caller(factories.make_member(north, "admin"))
    factories.make_asset(west, tag="P-1", barcode="4006381333931")
    body = {"name": "Pump", "tag": "P-1", "barcode": "4006381333931"}
    assert admin.post("assets", body).status_code == 201
    assert admin.post("assets", body).status_code == 400


def test_member_of_a_tenant_that_is_not_named_has_no_sight(north: Tenant) -> None:
    factories.make_work_order(north, due_at=timezone.now())
    role = factories.make_role(north, [])
    call = caller(factories.make_member(north, role))
    assert call.get("work-orders").json() == []
    assert call.get("assets").json() == {"error": "Permission denied", "permission": "asset.view"}
