"""The contract of work orders: shapes, writes, refusals."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from tenancy.models import Tenant
from tests import factories
from tests.api.conftest import Caller, caller
from workorders import rows
from workorders.models import Comment, WorkOrder
from workorders.serializers.orders import WorkOrderFull, WorkOrderSummary

CONTRACT_ITEM = {
    "workOrderId", "tenantId", "title", "description", "assetId", "status", "priority", "type", "assignedTo",
    "requestedBy", "createdDate", "scheduledDate", "startDate", "estimatedDuration", "completionDate",
    "pmProcedureId", "failureCode", "site", "area", "createdAt", "updatedAt",
}  # fmt: skip
CONTRACT_FULL = {
    "id", "workOrderNumber", "title", "description", "assetId", "assetName", "status", "priority", "type",
    "assignedTo", "assignedTechnician", "requestedBy", "requestedByName", "createdDate", "scheduledDate", "startDate",
    "estimatedDuration", "actualDuration", "failureCode", "safetyRequirements", "tasks", "parts", "notes", "media",
    "costs", "progress", "createdAt", "updatedAt",
}  # fmt: skip


def soon(hours: int = 24) -> str:
    return (timezone.now() + dt.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_the_documented_shapes_are_the_answered_ones() -> None:
    full = {*rows.FULL, "tasks", "parts", "requiredParts", "media"}
    assert set(WorkOrderSummary.names()) == set(rows.SUMMARY)
    assert set(WorkOrderFull.names()) == full
    assert set(rows.SUMMARY) >= CONTRACT_ITEM
    assert full >= CONTRACT_FULL


def test_the_contract_s_create_example(admin: Caller, north: Tenant) -> None:
    site = factories.make_location(north, name="Main facility")
    floor = factories.make_location(north, name="Workshop", kind="building", parent=site)
    asset = factories.make_asset(north, name="Motor B2", location=floor)
    jane = factories.make_technician(north, name="Jane Doe")
    factories.make_failure_code(north, "fc-002")
    body = {
        "title": "Motor B2 Electrical Maintenance",
        "description": "Investigate electrical issues and perform necessary repairs",
        "assetId": str(asset.pk),
        "priority": "medium",
        "type": "corrective",
        "assignedTo": str(jane.pk),
        "requestedBy": str(admin.member.pk),
        "scheduledDate": soon(),
        "estimatedDuration": 6,
        "failureCode": "fc-002",
        "tasks": [],
        "requiredParts": [],
        "safetyRequirements": ["ppe", "electrical_safety", "lockout_tagout"],
    }
    response = admin.post("work-orders", body)
    made = response.json()
    assert response.status_code == 201, made
    assert re.fullmatch(r"WO-\d{4}-000001", made["workOrderNumber"])
    assert response.headers["ETag"] == '"1"'
    assert response.headers["Location"] == f"/api/v1/work-orders/{made['id']}"
    assert {name: made[name] for name in body} == body
    assert made["status"] == "assigned"
    assert made["assetName"] == "Motor B2"
    assert made["assignedTechnician"] == "Jane Doe"
    assert (made["site"], made["area"]) == ("Main facility", "Workshop")
    assert made["createdAt"].endswith("Z")
    assert made["costs"] == {
        "labor": 0,
        "materials": 0,
        "overhead": 0,
        "other": 0,
        "external": 0,
        "total": 0,
        "currency": "EUR",
    }
    assert admin.get(f"work-orders/{made['id']}").json() == made
    item = admin.get("work-orders").json()[0]
    assert item == {name: made[name] for name in item}


def test_every_problem_is_named_at_once(admin: Caller) -> None:
    response = admin.post(
        "work-orders",
        {
            "title": 5, "assetId": "asset-1", "assignedTo": str(admin.member.pk), "scheduledDate": "2020-01-01T00:00:00Z",
            "estimatedDuration": "6", "colour": "red", "tasks": [{"description": "x", "estimatedTime": "long"}, 5], "dueDate": "0157-01-01T00:00:00Z",
        },
    )  # fmt: skip
    assert response.status_code == 400
    assert response.json() == {
        "error": "Invalid work order data",
        "details": {
            "title": "Not a valid string.",
            "assetId": "Asset must exist",
            "assignedTo": "Assigned technician must exist",
            "scheduledDate": "Scheduled date cannot be in the past",
            "estimatedDuration": "A valid number is required.",
            "dueDate": "Use a year from 1990 to 2200.",
            "tasks[0].estimatedTime": "A valid integer is required.",
            "tasks[1]": "Use a JSON object.",
            "colour": "Unknown field.",
        },
    }


def test_unknown_priority_names_those_there_are(admin: Caller) -> None:
    answer = admin.post("work-orders", {"title": "x", "priority": "huge", "type": "none"}).json()
    assert answer["details"]["priority"] == "Unknown priority. Use one of critical, high, medium, low."
    assert set(answer["details"]) == {"priority", "type"}


def test_contract_s_update_example(north: Tenant, admin: Caller) -> None:
    work_order = factories.make_work_order(north, meaning="in_progress")
    response = admin.put(
        f"work-orders/{work_order.pk}",
        {
            "status": "completed",
            "completionDate": timezone.now().isoformat(),
            "actualDuration": 4.5,
            "progress": 100,
            "notes": "Work completed successfully. Equipment tested and operational.",
        },
    )
    changed = response.json()
    assert response.status_code == 200, changed
    assert (changed["status"], changed["actualDuration"], changed["progress"]) == ("completed", 4.5, 100)
    assert [note["text"] for note in changed["notes"]] == [
        "Work completed successfully. Equipment tested and operational."
    ]
    assert changed["completionDate"]


def test_an_answer_sent_back_changes_nothing(north: Tenant, admin: Caller) -> None:
    place = factories.make_location(north)
    asset = factories.make_asset(north, location=place)
    technician = factories.make_technician(north)
    work_order = factories.make_work_order(
        north, asset=asset, assigned_to=technician, due_at=timezone.now(), scheduled_at=timezone.now(),
        estimated_minutes=100, safety_requirements=["ppe"],
    )  # fmt: skip
    factories.make_comment(work_order)
    before = admin.get(f"work-orders/{work_order.pk}")
    response = admin.put(f"work-orders/{work_order.pk}", before.json())
    assert response.status_code == 200, response.json()
    assert response.json() == before.json()
    # Somebody who may not assign can send an assignee back, too.
    own = caller(technician.member)
    assert own.put(f"work-orders/{work_order.pk}", own.get(f"work-orders/{work_order.pk}").json()).status_code == 200


def test_null_clears_and_absent_stays(north: Tenant, admin: Caller) -> None:
    code = factories.make_failure_code(north, "F1")
    work_order = factories.make_work_order(
        north, description="Long", due_at=timezone.now(), estimated_minutes=60, problem=code
    )
    changed = admin.patch(
        f"work-orders/{work_order.pk}", {"dueDate": None, "description": None, "estimatedDuration": None}
    ).json()
    assert (changed["dueDate"], changed["description"], changed["estimatedDuration"]) == (None, "", None)
    assert (changed["failureCode"], changed["title"]) == ("F1", work_order.title)
    refused = admin.patch(f"work-orders/{work_order.pk}", {"title": None})
    assert refused.json()["details"] == {"title": "This field may not be null."}


def test_if_match_and_if_none_match(north: Tenant, admin: Caller) -> None:
    work_order = factories.make_work_order(north)
    address = f"work-orders/{work_order.pk}"
    assert admin.get(address, If_None_Match='"1"').status_code == 304
    assert admin.put(address, {"title": "New"}, If_Match='"1"').headers["ETag"] == '"2"'
    stale = admin.put(address, {"title": "Newer"}, If_Match='"1"')
    assert (stale.status_code, stale.json()) == (412, {"error": "Work order has changed", "currentVersion": 2})
    assert stale.headers["ETag"] == '"2"'
    assert admin.delete(address, If_Match='"1"').status_code == 412
    assert admin.post(f"{address}/transitions", {"status": "in_progress"}, If_Match='W/"2"').status_code == 412
    assert admin.put(address, {"title": "x"}, If_Match="2").status_code == 400
    assert admin.put(address, {"title": "Newest"}, If_Match='"1", "2"').status_code == 200
    assert admin.put(address, {"title": "Last"}, If_Match="*").status_code == 200


def test_delete_answers_the_contract(north: Tenant, admin: Caller) -> None:
    work_order = factories.make_work_order(north)
    gone = admin.delete(f"work-orders/{work_order.pk}")
    assert gone.status_code == 200
    assert gone.json()["message"] == "Work order deleted successfully"
    assert gone.json()["deletedAt"].endswith("Z")
    assert admin.get(f"work-orders/{work_order.pk}").json() == {
        "error": "Work order not found", "workOrderId": str(work_order.pk),
    }  # fmt: skip
    started = factories.make_work_order(north, meaning="in_progress")
    refused = admin.delete(f"work-orders/{started.pk}")
    assert (refused.status_code, refused.json()) == (
        409,
        {"error": "Cannot delete work order", "reason": "Work order is in progress", "code": "in_progress"},
    )


def test_the_whole_way_by_transitions(north: Tenant, call_as: Callable[[str], Caller]) -> None:
    dispatcher, manager = call_as("dispatcher"), call_as("manager")
    technician = factories.make_technician(north)
    worker = caller(technician.member)
    made = dispatcher.post("work-orders", {"title": "Leak"}).json()
    address = f"work-orders/{made['id']}"
    assert dispatcher.post(f"{address}/assign", {"assignedTo": str(technician.pk)}).json()["status"] == "assigned"

    def go(who: Caller, status: str, **words: Any) -> Any:
        return who.post(f"{address}/transitions", {"status": status, **words})

    assert [row["status"] for row in worker.get(f"{address}/transitions").json()] == ["in_progress", "on_hold"]
    assert go(worker, "in_progress").json()["status"] == "in_progress"
    assert go(worker, "on_hold").json()["details"].keys() == {"reason"}
    held = go(worker, "on_hold", reason="parts", holdNote="Seal", holdUntil="2030-01-01").json()
    assert (held["holdReason"], held["holdNote"], held["holdUntil"]) == ("parts", "Seal", "2030-01-01")
    assert go(worker, "in_progress").json()["holdReason"] is None
    done = go(worker, "completed", resolution="New seal", actualDuration=1.5).json()
    assert (done["status"], done["resolution"], done["actualDuration"]) == ("completed", "New seal", 1.5)
    assert go(worker, "closed").json() == {"error": "Permission denied", "permission": "workorder.close"}
    assert go(manager, "in_progress").json()["details"] == {"reason": "Say why."}
    assert go(manager, "in_progress", reason="Still leaks").json()["status"] == "in_progress"
    assert go(worker, "completed").status_code == 200
    assert go(manager, "closed").json()["status"] == "closed"
    assert manager.patch(address, {"title": "x"}).json()["code"] == "closed"
    assert manager.post(f"{address}/notes", {"text": "Well done"}).status_code == 201
    history = manager.get(f"{address}/history").json()
    assert [row["to"] for row in history["statusLog"]] == [
        "open", "assigned", "in_progress", "on_hold", "in_progress", "completed", "in_progress", "completed", "closed",
    ]  # fmt: skip
    assert history["events"][0]["type"] == "work_order.commented"
    follow = manager.post(f"{address}/follow-up")
    assert (follow.status_code, follow.json()["followUpOf"]) == (201, made["id"])


def test_refused_transitions_say_why(north: Tenant, admin: Caller) -> None:
    address = f"work-orders/{factories.make_work_order(north).pk}"
    no_edge = admin.post(f"{address}/transitions", {"status": "closed"})
    assert (no_edge.status_code, no_edge.json()["code"], no_edge.json()["status"]) == (409, "no_transition", "open")
    unknown = admin.post(f"{address}/transitions", {"status": "melted"})
    assert (unknown.status_code, set(unknown.json()["details"])) == (400, {"status"})
    assert admin.post(f"{address}/transitions", {"status": "assigned"}).json()["code"] == "assignee_needed"


def test_take(north: Tenant) -> None:
    worker = caller(factories.make_member(north, "technician"))
    address = f"work-orders/{factories.make_work_order(north).pk}/take"
    assert worker.post(address).json()["assignedTo"] == str(worker.member.pk)
    other = caller(factories.make_member(north, "technician"))
    assert other.post(address).status_code == 404  # taken work is out of their sight
    assert worker.post(address).json()["code"] == "taken"


def test_requester_sees_only_what_is_meant_for_them(north: Tenant, call_as: Callable[[str], Caller]) -> None:
    requester, manager = call_as("requester"), call_as("manager")
    made = requester.post("work-orders", {"title": "It drips", "description": "In the hall"}).json()
    address = f"work-orders/{made['id']}"
    manager.post(f"{address}/notes", {"text": "Old pipe again"})
    manager.post(f"{address}/notes", {"text": "We come on Monday", "forRequester": True})
    requester.post(f"{address}/notes", {"text": "Thanks"})
    assert [note["text"] for note in requester.get(address).json()["notes"]] == ["We come on Monday", "Thanks"]
    assert [note["text"] for note in requester.get(f"{address}/notes").json()["notes"]] == [
        "We come on Monday",
        "Thanks",
    ]
    assert len(manager.get(f"{address}/notes").json()["notes"]) == 3
    assert requester.get(address).json()["costs"] is None
    factories.make_work_order(north)
    assert [item["id"] for item in requester.get("work-orders").json()] == [made["id"]]
    refused = requester.post("work-orders", {"title": "x", "priority": "high"})
    assert (refused.status_code, refused.json()["permission"]) == (403, "workorder.create")
    assert requester.patch(address, {"title": "y"}).json()["permission"] == "workorder.edit"


def test_put_that_is_refused_half_way_writes_nothing(north: Tenant, admin: Caller) -> None:
    work_order = factories.make_work_order(north)
    refused = admin.put(f"work-orders/{work_order.pk}", {"title": "New", "notes": "n", "status": "closed"})
    assert refused.status_code == 409
    with factories.inside(north):
        assert WorkOrder.objects.get(pk=work_order.pk).title == work_order.title
        assert not Comment.objects.exists()


def test_a_client_may_make_the_id(admin: Caller) -> None:
    from core.ids import uuid7

    pk = str(uuid7())
    assert admin.post("work-orders", {"id": pk, "title": "Offline"}).json()["id"] == pk
    again = admin.post("work-orders", {"id": pk, "title": "Offline"})
    assert (again.status_code, again.json()["code"]) == (409, "duplicate_id")
