"""Lists: pages by keyset and offset, sorting, filters, counts, fields."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tenancy.models import Tenant
from tests import factories
from tests.api.conftest import Caller, caller
from workorders import rows
from workorders.filters import SORTS
from workorders.models import WorkOrder


def next_of(response: Any) -> str:
    found = re.fullmatch(r'<http://testserver/api/v1/([^>]+)>; rel="next"', response.headers.get("Link", ""))
    return found[1] if found else ""


def walk(call: Caller, path: str) -> list[str]:
    """The ids of a list, page after page."""
    found: list[str] = []
    while path:
        response = call.get(path)
        assert response.status_code == 200, response.content
        found += [item["id"] for item in response.json()]
        path = next_of(response)
    return found


def make_rows(tenant: Tenant, number: int = 23) -> None:
    """Orders with few different dates, many of them without, so that ties and nulls fall on page borders."""
    now = timezone.now()
    with factories.inside(tenant):
        for index in range(number):
            work_order = factories.make_work_order(tenant, title=f"Order {index % 3}")
            WorkOrder.objects.filter(pk=work_order.pk).update(
                due_at=None if index % 3 == 0 else now + dt.timedelta(days=index % 4),
                scheduled_at=None if index % 2 else now + dt.timedelta(days=index % 5),
                created_at=now - dt.timedelta(hours=index % 6),
            )


@pytest.mark.parametrize(
    "sort", [*SORTS, *(f"-{name}" for name in SORTS), "-priority,dueDate", "dueDate,-scheduledDate"]
)
def test_pages_of_every_sort_are_the_whole_list_once(admin: Caller, north: Tenant, sort: str) -> None:
    make_rows(north)
    whole = [item["id"] for item in admin.get(f"work-orders?sort={sort}&limit=100").json()]
    assert len(whole) == 23
    assert walk(admin, f"work-orders?sort={sort}&limit=4") == whole
    by_offset = [
        item["id"]
        for start in range(0, 24, 5)
        for item in admin.get(f"work-orders?sort={sort}&limit=5&offset={start}").json()
    ]
    assert by_offset == whole


def test_nulls_come_last_in_both_directions(admin: Caller, north: Tenant) -> None:
    make_rows(north)
    for sort in ("dueDate", "-dueDate"):
        dates = [item["dueDate"] for item in admin.get(f"work-orders?sort={sort}").json()]
        known = [date for date in dates if date]
        assert dates[: len(known)] == sorted(known, reverse=sort.startswith("-"))
        assert dates[len(known) :] == [None] * 8


def test_rows_stay_in_place_while_others_come_and_go(admin: Caller, north: Tenant) -> None:
    make_rows(north, 20)
    before = walk(admin, "work-orders?limit=100")
    doomed = before[3:17:4]
    path, seen = "work-orders?limit=3", []
    while path:
        response = admin.get(path)
        seen += [item["id"] for item in response.json()]
        path = next_of(response)
        factories.make_work_order(north)
        if doomed:
            with factories.inside(north):
                WorkOrder.objects.filter(pk=doomed.pop()).delete()
    unchanged = [pk for pk in before if pk not in before[3:17:4]]
    assert [pk for pk in seen if pk in unchanged] == unchanged


def test_link_keeps_the_parameters(admin: Caller, north: Tenant) -> None:
    make_rows(north, 5)
    link = next_of(admin.get("work-orders?limit=2&priority=medium&priority=low&sort=-dueDate&fields=id,title"))
    assert "priority=medium&priority=low" in link
    assert "sort=-dueDate" in link
    assert "limit=2" in link
    assert set(admin.get(link).json()[0]) == {"id", "title"}


def test_cursors_are_bound_to_their_list(admin: Caller, north: Tenant, west: Tenant) -> None:
    make_rows(north, 5)
    make_rows(west, 5)
    stranger = caller(factories.make_member(west, "admin"))
    link = next_of(admin.get("work-orders?limit=2"))
    cursor = link.partition("cursor=")[2]
    assert admin.get(f"work-orders?limit=1&cursor={cursor}").status_code == 200
    flipped = cursor[:-2] + ("A" if cursor[-2] != "A" else "B") + cursor[-1]
    for who, query in (
        (stranger, f"limit=2&cursor={cursor}"),
        (admin, f"status=open&cursor={cursor}"),
        (admin, f"sort=title&cursor={cursor}"),
        (admin, f"cursor={flipped}"),
        (admin, "cursor=abc"),
        (admin, "cursor="),
        (admin, "cursor=%F0%9F%92%A5"),
        (admin, f"cursor={cursor}&offset=0"),
    ):
        assert who.get(f"work-orders?{query}").status_code == 400, query
    assert admin.get(f"assets?cursor={cursor}").status_code == 400


def test_bounds_of_limit_and_offset(admin: Caller, north: Tenant) -> None:
    make_rows(north, 3)
    for query in (
        "limit=0",
        "limit=501",
        "limit=-1",
        "limit=1e3",
        "offset=-1",
        "offset=100001",
        "count=all",
        "limit=1&limit=2",
    ):
        assert admin.get(f"work-orders?{query}").status_code == 400, query
    assert len(admin.get("work-orders?limit=500&offset=100000").json()) == 0
    assert len(admin.get("work-orders?offset=2").json()) == 1


@pytest.mark.parametrize("mode", ["exact", "estimate"])
def test_count(admin: Caller, north: Tenant, mode: str) -> None:
    make_rows(north, 7)
    response = admin.get(f"work-orders?limit=2&count={mode}")
    assert response.headers["X-Total-Count"] == "7"
    assert "X-Total-Count" not in admin.get("work-orders").headers


def ids(response: Any) -> set[str]:
    assert response.status_code == 200, response.content
    return {item["id"] for item in response.json()}


def test_filters(north: Tenant, call_as: Callable[[str], Caller]) -> None:
    admin = call_as("admin")
    now = timezone.now()
    site = factories.make_location(north)
    hall = factories.make_location(north, kind="building", parent=site)
    machine = factories.make_asset(north, location=hall)
    pump = factories.make_asset(north, parent=machine, location=hall)
    technician = factories.make_technician(north)
    crew = factories.make_crew(north, [technician])
    by_crew = str(factories.make_work_order(north, crew=crew, asset=pump, title="Replace hydraulic hose").pk)
    late = str(factories.make_work_order(north, assigned_to=technician, asset=machine, due_at=now - dt.timedelta(1)).pk)
    done_order = factories.make_work_order(north, meaning="completed", requested_by=admin.member, location=site)
    done = str(done_order.pk)
    free = str(factories.make_work_order(north, due_at=now + dt.timedelta(5), scheduled_at=now + dt.timedelta(4)).pk)
    everything = {by_crew, late, done, free}
    soon = (now + dt.timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for query, expected in {
        "": everything,
        "status=assigned": {by_crew, late},
        "status=assigned,completed": {by_crew, late, done},
        "status=assigned&status=completed": {by_crew, late, done},
        "status=open&priority=medium&type=corrective": {free},
        "priority=high": set(),
        f"assetId={machine.pk}": {late},
        f"assetId={machine.pk}&assetSubtree=true": {late, by_crew},
        f"assetId={machine.pk},{pump.pk}": {late, by_crew},
        f"locationId={site.pk}": {done},
        f"locationId={site.pk}&locationSubtree=true": {done, late, by_crew},
        f"assignedTo={technician.pk}": {late},
        "assignedTo=none": {done, free},
        f"crewId={crew.pk}": {by_crew},
        "requestedBy=me": {done},
        "requestedBy=none": {by_crew, late, free},
        "overdue=true": {late},
        "overdue=false": everything - {late},
        "open=true": everything - {done},
        "open=false": {done},
        f"dueAfter={soon}": {free},
        f"dueBefore={soon}": {late},
        f"scheduledAfter={soon}": {free},
        f"scheduledBefore={soon}": set(),
        f"createdAfter={soon}": set(),
        f"createdBefore={soon}": everything,
        "createdAfter=2020-01-01": everything,
        "createdAfter=2020-01-01T00:00:00+02:00": everything,
        f"updatedAfter={soon}": set(),
        "search=hydraul hose": {by_crew},
        "search=hydraul,nothing": set(),
        f"followUpOf={done}": set(),
    }.items():
        assert ids(admin.get(f"work-orders?{query}".replace(" ", "%20"))) == expected, query
    worker = caller(technician.member)
    assert ids(worker.get("work-orders?assignedTo=me")) == {late, by_crew}
    for query in (
        "status=melted", "assetId=x", "assignedTo=somebody", "overdue=yes", "createdAfter=yesterday", "status=",
        "assetSubtree=true", "createdAfter=0157-01-01", "search=" + "x" * 201, "status=open&open=true&open=true",
    ):  # fmt: skip
        response = admin.get(f"work-orders?{query}")
        assert response.status_code == 400, query
        assert set(response.json()["details"]) <= {part.partition("=")[0] for part in query.split("&")}


def test_a_kept_question_is_not_kept_past_a_change_of_rights(north: Tenant) -> None:
    factories.make_work_order(north, meaning="assigned")
    role = factories.make_role(north, ["workorder.view_all"])
    call = caller(factories.make_member(north, role))
    assert len(call.get("work-orders").json()) == 1
    with factories.inside(north):
        role.permissions = ["workorder.view_requested"]
        role.save()
    assert call.get("work-orders").json() == []


def test_a_kept_question_follows_the_catalogue(admin: Caller, north: Tenant) -> None:
    from workorders.models import Status

    factories.make_work_order(north)
    assert len(admin.get("work-orders?status=open").json()) == 1
    with factories.inside(north):
        Status.objects.filter(key="open").update(key="new")
    assert admin.get("work-orders?status=open").status_code == 400
    assert [item["status"] for item in admin.get("work-orders?status=new").json()] == ["new"]


def test_status_counts(admin: Caller, north: Tenant) -> None:
    for meaning in ("open", "in_progress", "completed"):
        factories.make_work_order(north, meaning=meaning)
    with factories.inside(north):
        assert rows.status_counts(admin.member) == {"open": 1, "in_progress": 1}


@pytest.mark.parametrize("path", ["work-orders", "assets", "locations", "technicians", "crews", "members", "api-keys"])
def test_queries_of_a_list_do_not_grow_with_its_rows(admin: Caller, north: Tenant, path: str) -> None:
    def more() -> None:
        place = factories.make_location(north)
        technician = factories.make_technician(north)
        factories.make_crew(north, [technician])
        asset = factories.make_asset(north, location=place)
        factories.make_work_order(north, asset=asset, assigned_to=technician, requested_by=technician.member)
        factories.make_key(technician.member)

    def number() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert admin.get(path).status_code == 200
        return len(found)

    more()
    number()
    one = number()
    more()
    more()
    assert number() == one
