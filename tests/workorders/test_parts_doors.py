"""Each act on a part line leaves the same through page, API and admin as by the action itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from core.models import Event
from tests import factories
from tests.house import House
from workorders import actions
from workorders.models import PartLine, PartMovement, WorkOrder

D = Decimal
SKIPPED = {"id", "work_order_id", "added_at", "tenant_id"}


def left(house: House, work_order: Any) -> dict[str, Any]:
    """What is in the database about the parts of a work order, less what differs by nature."""
    with house.inside():
        lines = [
            {name: value for name, value in row.items() if name not in SKIPPED}
            for row in PartLine.objects.filter(work_order=work_order).values()
        ]
        moves = PartMovement.objects.filter(line__work_order=work_order).order_by("posted_at", "pk")
        events = Event.objects.filter(work_order_id=work_order.pk, type__startswith="work_order.part_")
        job = WorkOrder.objects.get(pk=work_order.pk)
        return {
            "lines": lines,
            "moves": list(moves.values_list("kind", "quantity", "unit_cost", "by_id")),
            "events": list(events.order_by("seq").values_list("type", "actor_id")),
            "cost": (job.material_cost, job.version),
        }


@pytest.fixture
def admin(house: House) -> Client:
    client = Client()
    user = house["admin"].user
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    client.force_login(user)
    return client


Door = Callable[[Client, PartLine], Any]


def page(**data: str) -> Door:
    return lambda client, line: client.post(f"/work-orders/{line.work_order_id}/parts/{line.pk}", data)


def api(method: str, body: dict[str, Any] | None = None) -> Door:
    def call(client: Client, line: PartLine) -> Any:
        path = f"/api/v1/work-orders/{line.work_order_id}/parts/{line.pk}"
        return client.generic(method, path, json.dumps(body or {}), content_type="application/json")

    return call


def chosen(action: str) -> Door:
    address = reverse("admin:workorders_partline_changelist")
    return lambda client, line: client.post(address, {"action": action, "_selected_action": [str(line.pk)]})


def typed(**changes: str) -> Door:
    def send(client: Client, line: PartLine) -> Any:
        address = reverse("admin:workorders_partline_change", args=[line.pk])
        form = client.get(address).context["adminform"].form
        data = {bound.html_name: bound.value() for bound in form if bound.value() is not None}
        return client.post(address, data | changes)

    return send


def deleted(client: Client, line: PartLine) -> Any:
    return client.post(reverse("admin:workorders_partline_delete", args=[line.pk]), {"post": "yes"})


# name → (status before, the action, doors beside it)
ACTS: dict[str, tuple[str, Callable[[PartLine, Any], Any], dict[str, Door]]] = {
    "reserve": (
        "requested",
        lambda line, by: actions.reserve_part(line, by=by),
        {"page": page(act="reserve"), "admin": chosen("reserve")},
    ),
    "issue": (
        "reserved",
        lambda line, by: actions.issue_part(line, by=by),
        {"page": page(act="issue"), "admin": chosen("issue")},
    ),
    "issue some": (
        "requested",
        lambda line, by: actions.issue_part(line, by=by, quantity=D("1.5")),
        {"page": page(act="issue", quantity="1.5")},
    ),
    "use": ("issued", lambda line, by: actions.use_part(line, by=by), {"page": page(act="use")}),
    "return": (
        "used",
        lambda line, by: actions.return_part(line, by=by, quantity=D(1)),
        {"page": page(act="return", quantity="1")},
    ),
    "set used": (
        "requested",
        lambda line, by: actions.update_part(line, by=by, changes={"status": "used"}),
        {
            "page": page(act="set", status="used"),
            "api": api("PUT", {"status": "used"}),
            "patch": api("PATCH", {"status": "used"}),
            "admin": typed(status="used"),
        },
    ),
    "change": (
        "requested",
        lambda line, by: actions.update_part(line, by=by, changes={"quantity": D(5), "actual_cost": D("9.90")}),
        {
            "api": api("PUT", {"quantity": 5, "actualCost": 9.90}),
            "admin": typed(quantity="5", actual_cost="9.90"),
        },
    ),
    "remove": (
        "reserved",
        lambda line, by: actions.remove_part(line, by=by),
        {"page": page(act="remove"), "api": api("DELETE"), "admin": deleted},
    ),
}


@pytest.mark.parametrize(("name", "door"), [(name, door) for name, (*_, doors) in ACTS.items() for door in doors])
def test_a_door_leaves_what_the_action_leaves(house: House, admin: Client, name: str, door: str) -> None:
    start, act, doors = ACTS[name]
    part = factories.make_part(house.tenant, unit_cost=D("12.34"))
    ours, theirs = (
        factories.make_line(house.work("in_progress", to="technician"), part, 3, to=start) for _ in range(2)
    )
    answer = doors[door](admin, theirs)
    assert answer.status_code in (200, 302), answer.content
    with house.inside():
        act(ours, house["admin"])
    assert left(house, theirs.work_order_id and theirs.work_order) == left(house, ours.work_order)


def test_asking_for_a_part_leaves_the_same_by_every_door(house: House, admin: Client) -> None:
    part = factories.make_part(house.tenant)
    jobs = [house.work("assigned", to="technician") for _ in range(4)]
    with house.inside():
        actions.add_parts(jobs[0], by=house["admin"], lines=[{"part": part, "quantity": D(2)}])
    admin.post(f"/work-orders/{jobs[1].pk}/parts", {"part": str(part.pk), "quantity": "2"})
    body = json.dumps({"partId": str(part.pk), "quantity": 2})
    admin.post(f"/api/v1/work-orders/{jobs[2].pk}/parts", body, content_type="application/json")
    made = admin.post(
        reverse("admin:workorders_partline_add"),
        {"work_order": str(jobs[3].pk), "part": str(part.pk), "quantity": "2", "unit_cost": "10", "note": ""},
    )
    assert made.status_code == 302, made.context["adminform"].form.errors
    facts = [left(house, job) for job in jobs]
    assert facts[0] == facts[1] == facts[2]
    # The admin's form names a price, so it is kept.
    facts[3]["lines"][0]["priced"] = False
    assert facts[3] == facts[0]


def test_the_catalogue_is_edited_alike_by_every_door(house: House, admin: Client) -> None:
    from inventory.models import Part

    typed_ = {"number": "A", "name": "Filter", "unit": "each", "unit_cost": "2.5", "kept_in": "R1"}
    admin.post("/parts/add", typed_)
    body = {"number": "B", "name": "Filter", "unit": "each", "unitCost": 2.5, "keptIn": "R1"}
    admin.post("/api/v1/parts", json.dumps(body), content_type="application/json")
    admin.post(reverse("admin:inventory_part_add"), typed_ | {"number": "C"})
    with house.inside():
        rows = {
            row.pop("number"): row
            for row in Part.objects.values("number", "name", "unit", "unit_cost", "kept_in", "version")
        }
    assert rows.keys() == {"A", "B", "C"}
    assert rows["A"] == rows["B"] == rows["C"]
    for number in rows:
        with house.inside():
            pk = Part.objects.get(number=number).pk
        if number == "A":
            admin.post(f"/parts/{pk}/archive")
        elif number == "B":
            admin.put(f"/api/v1/parts/{pk}", json.dumps({"archived": True}), content_type="application/json")
        else:
            address = reverse("admin:inventory_part_changelist")
            admin.post(address, {"action": "archive", "_selected_action": [str(pk)]})
    with house.inside():
        assert not Part.objects.filter(archived_at=None).exists()
        events = Event.objects.filter(type="part.archived")
        assert set(events.values_list("actor_id", flat=True)) == {house["admin"].pk}
        assert events.count() == 3
