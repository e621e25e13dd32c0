"""Many work orders in one request: a result for each, the acts of the single requests, all or nothing on request."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenancy.models import Tenant
from tests import factories
from tests.api.conftest import Caller, caller
from tests.api.test_parity import ACTS, left
from workorders.models import WorkOrder


def op(kind: str, work_order: Any = None, data: Any = None, **more: Any) -> dict[str, Any]:
    found = {"operation": kind, "data": data or {}} | more
    return found | ({"id": str(work_order.pk)} if work_order else {})


def send(api: Caller, *operations: Any, path: str = "work-orders/bulk", **more: Any) -> Any:
    return api.post(path, {"operations": list(operations), **more})


def read(tenant: Tenant, pk: Any) -> WorkOrder:
    with factories.inside(tenant):
        return WorkOrder.objects.select_related("status", "priority").get(pk=pk)


def test_each_operation_has_its_result_in_order(north: Tenant, west: Tenant, admin: Caller) -> None:
    first, second = (factories.make_work_order(north, meaning="assigned") for _ in range(2))
    theirs = factories.make_work_order(west)
    answer = send(
        admin,
        op("transition", first, {"status": "in_progress"}),
        op("create", data={"title": "New", "priority": "high"}),
        op("update", second, {"title": "Other", "status": "closed"}),
        op("update", theirs, {"title": "Mine now"}),
        op("update", second, {"title": "Again"}),
        op("transition", data={"status": "in_progress"}),
        op("erase", first),
        "nonsense",
        op("create", data={"priority": "sleepy"}),
        op("update", data={}, id="no-uuid"),
    )
    assert answer.status_code == 200
    body = answer.json()
    assert (body["done"], body["failed"]) == (2, 8)
    assert [line["index"] for line in body["results"]] == list(range(10))
    assert [line["status"] for line in body["results"]] == [200, 201, 409, 404, 409, 400, 400, 400, 400, 404]
    errors = [line["error"] for line in body["results"]]
    assert errors[0] is errors[1] is None
    assert errors[2]["code"] == "named_twice" or errors[2]["code"] == "no_transition"
    assert errors[3] == {"error": "Work order not found", "workOrderId": str(theirs.pk)}
    assert errors[4]["code"] == "named_twice"
    assert set(errors[5]["details"]) == {"id"}
    assert set(errors[6]["details"]) == {"operation"}
    assert set(errors[8]["details"]) == {"title"}
    assert read(north, first.pk).meaning == "in_progress"
    assert read(north, second.pk).title != "Other"
    assert read(north, body["results"][1]["id"]).priority.key == "high"
    assert body["results"][0]["version"] == read(north, first.pk).version


@pytest.mark.parametrize("name", [name for name in ACTS if ACTS[name][1](factories.Member())[1] in ("/transitions", "")
                                  and name != "delete"])  # fmt: skip
def test_an_operation_leaves_what_the_act_leaves(north: Tenant, name: str) -> None:
    meaning, request, act = ACTS[name]
    admin = caller(factories.make_member(north, "admin"))
    technician = factories.make_technician(north)
    many, one = (factories.make_work_order(north, meaning=meaning) for _ in range(2))
    _, path, data = request(technician)
    answer = send(admin, op("transition" if path else "update", many, data)).json()
    assert answer["done"] == 1, answer
    with factories.inside(north):
        act(one, admin.member, technician)  # type: ignore[arg-type]
    assert left(north, many.pk) == left(north, one.pk)


@pytest.mark.parametrize("how", [{"atomic": True}, {"path": "work-orders/bulk?atomic=true"}])
def test_all_or_nothing(north: Tenant, admin: Caller, how: dict[str, Any]) -> None:
    good, bad = factories.make_work_order(north, meaning="assigned"), factories.make_work_order(north, meaning="closed")
    answer = send(
        admin, op("transition", good, {"status": "in_progress"}), op("create", data={"title": "New"}),
        op("transition", bad, {"status": "open"}), **how,
    )  # fmt: skip
    assert (answer.status_code, answer.json()["code"], answer.json()["error"]) == (
        409,
        "nothing_done",
        "Nothing was changed",
    )
    assert [line["status"] for line in answer.json()["results"]] == [200, 201, 409]
    assert read(north, good.pk).meaning == "assigned"
    with factories.inside(north):
        assert WorkOrder.objects.count() == 2


def test_an_old_version_is_refused(north: Tenant, admin: Caller) -> None:
    row = factories.make_work_order(north, meaning="assigned")
    line = send(admin, op("update", row, {"title": "Other"}, version=1)).json()["results"][0]
    assert (line["status"], line["error"]["currentVersion"]) == (412, row.version)
    assert send(admin, op("update", row, {"title": "Other"}, version=row.version)).json()["done"] == 1


def test_the_same_key_is_done_once(north: Tenant, admin: Caller) -> None:
    body = {"operations": [op("create", data={"title": "Once"})]}
    first, again = (admin.post("work-orders/bulk", body, Idempotency_Key="k1") for _ in range(2))
    assert first.content == again.content
    assert again.headers["Idempotency-Replayed"] == "true"
    with factories.inside(north):
        assert WorkOrder.objects.count() == 1


def test_too_many_none_and_nonsense_are_400(admin: Caller) -> None:
    for body, name in (
        ({"operations": []}, "operations"), ({"operations": [{}] * 1001}, "operations"), ({}, "operations"),
        ({"operations": "x"}, "operations"), ({"operations": [{}], "atomic": "yes"}, "atomic"), ({"operations": [{}], "x": 1}, "x"),
    ):  # fmt: skip
        answer = admin.post("work-orders/bulk", body)
        assert (answer.status_code, list(answer.json()["details"])) == (400, [name]), answer.content[:300]
    assert send(admin, op("create"), path="work-orders/bulk?atomic=1").status_code == 400


def test_rights_are_those_of_the_single_requests(north: Tenant) -> None:
    row = factories.make_work_order(north, meaning="assigned")
    viewer = caller(factories.make_member(north, "viewer"))
    lines = send(viewer, op("update", row, {"title": "X"}), op("create", data={"title": "X"})).json()["results"]
    assert [(line["status"], line["error"]["permission"]) for line in lines] == [
        (403, "workorder.edit"), (403, "workorder.request"),
    ]  # fmt: skip


def test_moving_takes_as_many_statements_for_one_as_for_many(north: Tenant, admin: Caller) -> None:
    counts = []
    send(admin, op("create", data={"title": "Warm"}))
    for count in (1, 6):
        rows = [factories.make_work_order(north, meaning="assigned") for _ in range(count)]
        with CaptureQueriesContext(connection) as found:
            assert (
                send(admin, *(op("transition", row, {"status": "in_progress"}) for row in rows)).json()["done"] == count
            )
        counts.append(len(found))
    assert counts[0] == counts[1]
    assert threading.active_count() >= 1
