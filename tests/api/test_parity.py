"""Each act through the API leaves what the action leaves: the same row, status log and events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.models import Event
from tenancy.models import Member, Tenant
from tests import factories
from tests.api.conftest import Caller, caller
from workorders import actions
from workorders.models import Assignment, Comment, StatusLog, WorkOrder

SKIPPED = {
    "id", "number", "title", "created_at", "updated_at", "started_at", "completed_at", "closed_at", "cancelled_at",
    "search", "requested_by_id", "assigned_to_id",
}  # fmt: skip
Act = Callable[[WorkOrder, Member, Any], Any]


def move(status: str, **words: Any) -> Callable[[Any], tuple[str, str, Any]]:
    return lambda technician: ("POST", "/transitions", {"status": status, **words})


# name → from which meaning, the request, the action
ACTS: dict[str, tuple[str, Callable[[Any], tuple[str, str, Any]], Act]] = {
    "assign": (
        "open",
        lambda technician: ("POST", "/assign", {"assignedTo": str(technician.pk)}),
        lambda order, by, technician: actions.assign(order, by=by, to=technician),
    ),
    "start": ("assigned", move("in_progress"), lambda order, by, _: actions.start(order, by=by)),
    "hold": (
        "in_progress",
        move("on_hold", reason="parts", holdNote="Seal", holdUntil=None),
        lambda order, by, _: actions.hold(order, by=by, reason="parts", note="Seal"),
    ),
    "resume": ("on_hold", move("in_progress"), lambda order, by, _: actions.resume(order, by=by)),
    "complete": (
        "in_progress",
        move("completed", resolution="Sealed", actualDuration=1.5),
        lambda order, by, _: actions.complete(order, by=by, resolution="Sealed", actual_minutes=90),
    ),
    "complete by PUT": (
        "in_progress",
        lambda _: ("PUT", "", {"status": "completed", "resolution": "Sealed", "actualDuration": 1.5, "progress": 100}),
        lambda order, by, _: actions.complete(order, by=by, resolution="Sealed", actual_minutes=90),
    ),
    "verify": ("completed", move("closed"), lambda order, by, _: actions.verify(order, by=by)),
    "send back": (
        "completed",
        move("in_progress", reason="Leaks"),
        lambda order, by, _: actions.send_back(order, by=by, reason="Leaks"),
    ),
    "cancel": ("open", move("cancelled", reason="No"), lambda order, by, _: actions.cancel(order, by=by, reason="No")),
    "reinstate": ("cancelled", move("open"), lambda order, by, _: actions.reinstate(order, by=by)),
    "unassign": (
        "assigned",
        lambda _: ("PATCH", "", {"assignedTo": None}),
        lambda order, by, _: actions.assign(order, by=by, to=None),
    ),
    "edit": (
        "open",
        lambda _: ("PATCH", "", {"description": "More", "estimatedDuration": 2}),
        lambda order, by, _: actions.update(order, by=by, changes={"description": "More", "estimated_minutes": 120}),
    ),
    "comment": (
        "closed",
        lambda _: ("POST", "/notes", {"text": "Seen", "forRequester": True}),
        lambda order, by, _: actions.comment(order, by=by, text="Seen", for_requester=True),
    ),
    "delete": ("open", lambda _: ("DELETE", "", None), lambda order, by, _: actions.delete(order, by=by)),
}


def left(tenant: Tenant, pk: Any) -> dict[str, Any]:
    """What is in the database about a work order, less what differs by nature."""
    with factories.inside(tenant):
        row: Any = WorkOrder.objects.filter(pk=pk).values().first() or {}
        events = Event.objects.filter(work_order_id=pk).order_by("seq").values_list("type", "changes")
        return {
            "row": {name: value for name, value in row.items() if name not in SKIPPED},
            "led": bool(row.get("assigned_to_id")),
            "log": list(StatusLog.objects.filter(work_order_id=pk).values_list("from_meaning", "to_meaning", "reason")),
            "helpers": Assignment.objects.filter(work_order_id=pk).count(),
            "notes": list(Comment.objects.filter(work_order_id=pk).values_list("text", "for_requester")),
            "events": [(kind, sorted(changes)) for kind, changes in events],
        }


@pytest.mark.parametrize("name", ACTS)
def test_an_act_leaves_the_same_by_api_as_by_action(north: Tenant, name: str) -> None:
    meaning, request, act = ACTS[name]
    admin: Caller = caller(factories.make_member(north, "admin"))
    technician = factories.make_technician(north)
    by_api, by_action = (factories.make_work_order(north, meaning=meaning) for _ in range(2))
    method, path, body = request(technician)
    response = admin(method, f"work-orders/{by_api.pk}{path}", body)
    assert response.status_code in (200, 201), response.content
    with factories.inside(north):
        act(by_action, admin.member, technician)  # type: ignore[arg-type]
    assert left(north, by_api.pk) == left(north, by_action.pk)


def test_reporting_leaves_the_same_by_api_as_by_action(north: Tenant) -> None:
    admin = caller(factories.make_member(north, "admin"))
    place = factories.make_location(north)
    asset = factories.make_asset(north, location=place)
    technician = factories.make_technician(north)
    body = {"title": "Leak", "assetId": str(asset.pk), "assignedTo": str(technician.pk), "estimatedDuration": 1}
    by_api = admin.post("work-orders", body).json()["id"]
    with factories.inside(north):
        by_action = actions.report(
            by=admin.member, title="Leak", asset=asset, assigned_to=technician, estimated_minutes=60
        )
    assert left(north, by_api) == left(north, by_action.pk)
