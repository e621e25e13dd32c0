"""Invoices, taking back, overhead rules, and the roll-up."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from core.errors import Conflict, Invalid, NotFound, PermissionDenied, Stale
from projects import actions as of_projects
from tests import factories
from tests.api.conftest import caller
from tests.house import House
from workorders import actions, cost_rollup
from workorders.cost_rollup import Question
from workorders.models import CostLine, OverheadRule, WorkOrder

INVOICE = {"kind": "vendor", "amount": Decimal("250.00"), "vendor": "Crane Ltd", "reference": "R-7"}
OTHER = {"kind": "other", "amount": Decimal("19.90"), "description": "Parking"}


def spend(house: House, work_order: WorkOrder, amount: Any) -> None:
    with house.inside():
        actions.add_cost(work_order, by=None, kind="other", amount=Decimal(amount), description="Lump sum")


def test_an_invoice_and_its_taking_back(house: House) -> None:
    work_order, by = house.work(), house["manager"]
    seen = house.last_event()
    with house.inside():
        line = actions.add_cost(work_order, by=by, invoiced_on=dt.date(2026, 3, 1), **INVOICE)
        actions.add_cost(work_order, by=by, **OTHER)
    found = house.read(work_order)
    assert (found.other_cost, found.version) == (Decimal("269.90"), work_order.version + 2)
    with house.inside():
        back = actions.take_back_cost(line, by=by, description="Sent to us by mistake")
    assert (back.amount, back.corrects_id, back.description) == (Decimal("-250.00"), line.pk, "Sent to us by mistake")
    assert house.read(work_order).other_cost == Decimal("19.90")
    assert house.read(line) == line
    assert [kind for kind, _, _ in house.events(after=seen)] == [
        "work_order.cost_booked", "work_order.cost_booked", "work_order.cost_taken_back",
    ]  # fmt: skip
    with house.inside():
        actions.add_cost(house.read(work_order), by=by, **INVOICE)  # taken back, it may be booked anew


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "bribe"}, "kind"),
        ({"amount": Decimal(0)}, "amount"),
        ({"amount": Decimal(-5)}, "amount"),
        ({"amount": Decimal("1.005")}, "amount"),
        ({"amount": Decimal("1e12")}, "amount"),
        ({"amount": Decimal("NaN")}, "amount"),
        ({"vendor": " "}, "vendor"),
        ({"reference": ""}, "reference"),
        ({"kind": "other"}, "description"),
        ({"vendor": "x" * 151}, "vendor"),
        ({"invoiced_on": dt.date(2199, 1, 1)}, "invoiced_on"),
    ],
)
def test_unsound_costs(house: House, changes: dict[str, Any], field: str) -> None:
    work_order, by = house.work(), house["manager"]
    with house.refuses(Invalid, field=field):
        actions.add_cost(work_order, by=by, **(INVOICE | changes))


def test_cost_refusals(house: House, stranger: House) -> None:
    work_order, by, closed, theirs = house.work(), house["manager"], house.work("closed"), stranger.work()
    with house.inside():
        line = actions.add_cost(work_order, by=by, **INVOICE)
    for name in ("dispatcher", "technician", "viewer"):
        member = house[name]
        with house.refuses(PermissionDenied, permission="cost.edit"):
            actions.add_cost(work_order, by=member, **OTHER)
        with house.refuses(PermissionDenied, permission="cost.edit"):
            actions.take_back_cost(line, by=member)
    with house.refuses(Conflict, code="invoice_booked", field="reference"):
        actions.add_cost(work_order, by=by, **(INVOICE | {"reference": "r-7"}))
    with house.refuses(Conflict, code="closed"):
        actions.add_cost(closed, by=by, **OTHER)
    with house.refuses(NotFound):
        actions.add_cost(theirs, by=by, **OTHER)
    with house.inside():
        back = actions.take_back_cost(line, by=by)
    for one in (line, back):
        with house.refuses(Conflict, code="taken_back"):
            actions.take_back_cost(one, by=by)


def test_overhead_counts_from_the_next_booking_on(house: House) -> None:
    work_order, by = house.work(), house["manager"]
    spend(house, work_order, 100)
    with house.inside():
        rule = actions.add_overhead_rule(by=by, name="Site", per_work_order=Decimal(30))
    assert house.read(work_order).overhead_cost == 0
    spend(house, work_order, 1)
    assert house.read(work_order).overhead_cost == 30
    with house.inside():
        actions.update_overhead_rule(rule, by=by, changes={"per_work_order": Decimal(50)})
    assert house.read(work_order).overhead_cost == 30
    spend(house, work_order, 1)
    assert house.read(work_order).overhead_cost == 50
    with house.inside():
        actions.delete_overhead_rule(rule, by=by)
    spend(house, work_order, 1)
    assert house.read(work_order).overhead_cost == 0


def test_overhead_rule_refusals(house: House) -> None:
    by = house["manager"]
    with house.inside():
        rule = actions.add_overhead_rule(by=by, name="Site")
    with house.refuses(PermissionDenied, permission="cost.edit"):
        actions.add_overhead_rule(by=house["dispatcher"], name="Mine")
    with house.refuses(PermissionDenied, permission="cost.edit"):
        actions.delete_overhead_rule(rule, by=house["dispatcher"])
    with house.refuses(Invalid):
        actions.add_overhead_rule(by=by, name="SITE")
    with house.refuses(Invalid):
        actions.update_overhead_rule(rule, by=by, changes={"percent_of_labor": Decimal(-1)})
    with house.refuses(Stale):
        actions.update_overhead_rule(rule, by=by, changes={"name": "x"}, expected_version=9)
    before = house.marks()
    with house.inside():
        actions.update_overhead_rule(rule, by=by, changes={"name": "Site"})
    assert house.marks() == before


# --- Doors ------------------------------------------------------------------------------------------------------------------
def test_page_api_and_act_book_the_same(house: House, client: Client) -> None:
    jobs, by = [house.work() for _ in range(3)], house["manager"]
    with house.inside():
        actions.add_cost(jobs[0], by=by, **INVOICE)
    client.force_login(by.user)
    done = client.post(
        f"/work-orders/{jobs[1].pk}/costs",
        {"kind": "vendor", "amount": "250", "vendor": "Crane Ltd", "reference": "R-7", "description": ""},
    )
    assert done.status_code == 302
    body = {"kind": "vendor", "amount": 250, "vendor": "Crane Ltd", "reference": "R-7"}
    made = caller(by).post(f"work-orders/{jobs[2].pk}/costs", body)
    assert made.status_code == 201
    assert (made.json()["amount"], made.json()["takenBack"], made.json()["postedByName"]) == (250, False, by.name)
    with house.inside():
        skipped = ("id", "work_order_id", "posted_at")
        rows = [{k: v for k, v in row.items() if k not in skipped} for row in CostLine.objects.values()]
    assert rows[0] == rows[1] == rows[2]
    assert len({(house.read(job).other_cost, house.read(job).version) for job in jobs}) == 1
    refused = client.post(f"/work-orders/{jobs[1].pk}/costs", {"kind": "vendor", "amount": "250"})
    assert (refused.status_code, b"Say whose invoice it is." in refused.content) == (422, True)


def test_costs_of_a_work_order_in_the_api(house: House) -> None:
    work_order, call = house.work("in_progress", to="technician"), caller(house["manager"])
    with house.inside():
        actions.add_overhead_rule(by=house["manager"], name="Site", percent_of_labor=Decimal(10))
        actions.add_time(
            work_order, by=house["technician"], worked_on=dt.date.today() - dt.timedelta(days=1), minutes=60
        )
    line = call.post(
        f"work-orders/{work_order.pk}/costs", {"kind": "other", "amount": 7.5, "description": "Skip"}
    ).json()
    found = call.get(f"work-orders/{work_order.pk}/costs").json()
    assert {name: value for name, value in found.items() if name != "lines"} == {
        "labor": 50, "materials": 0, "overhead": 5, "other": 7.5, "external": 0, "total": 62.5, "currency": "EUR",
    }  # fmt: skip
    assert [(one["id"], one["amount"]) for one in found["lines"]] == [(line["id"], 7.5)]
    back = call.post(f"costs/{line['id']}/take-back", {"description": "Not ours"})
    assert (back.status_code, back.json()["amount"], back.json()["corrects"]) == (201, -7.5, line["id"])
    assert call.post(f"costs/{line['id']}/take-back", {}).json()["code"] == "taken_back"
    assert caller(house["technician"]).get(f"work-orders/{work_order.pk}/costs").status_code == 403


def test_the_panel_shows_costs_to_those_who_may_see_them(house: House, client: Client) -> None:
    work_order = house.work("in_progress", to="technician")
    spend(house, work_order, "1234.50")
    for name, shown, books in (("manager", True, True), ("dispatcher", True, False), ("technician", False, False)):
        client.force_login(house[name].user)
        page = client.get(f"/work-orders/{work_order.pk}").content.decode()
        assert ("panel-costs" in page, "1,234.50" in page) == (shown, shown), name
        assert (f"/work-orders/{work_order.pk}/costs" in page) == books


def test_overhead_rules_by_page_and_api(house: House, client: Client) -> None:
    by = house["manager"]
    client.force_login(by.user)
    client.post("/settings/overhead/add", {"name": "Site", "percent_of_labor": "7.5", "is_active": "on"})
    call = caller(by)
    (rule,) = call.get("overhead-rules").json()
    assert (rule["name"], rule["percentOfLabor"], rule["perWorkOrder"], rule["isActive"]) == ("Site", 7.5, 0, True)
    assert b"7.50 %" in client.get("/settings/overhead").content
    client.post(f"/settings/overhead/{rule['id']}", {"name": "Site", "percent_of_labor": "8"})
    found = call.get(f"overhead-rules/{rule['id']}")
    assert (found.json()["percentOfLabor"], found.json()["isActive"]) == (8, False)
    assert call.patch(f"overhead-rules/{rule['id']}", {"perWorkOrder": 5}, **{"If-Match": '"1"'}).status_code == 412
    assert call.patch(f"overhead-rules/{rule['id']}", {"perWorkOrder": 5}).json()["version"] == 3
    client.post(f"/settings/overhead/{rule['id']}/remove")
    with house.inside():
        assert not OverheadRule.objects.exists()


# --- The roll-up ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def plant(house: House) -> dict[str, Any]:
    """region › site › hall; a line with two pumps in the hall; costs of 1, 10, 100, … so that every sum tells its parts."""
    tenant = house.tenant
    region = factories.make_location(tenant, name="Region", kind="region")
    site = factories.make_location(tenant, name="Site", parent=region)
    hall = factories.make_location(tenant, name="Hall", kind="building", parent=site)
    line = factories.make_asset(tenant, name="Line", location=hall)
    pump = factories.make_asset(tenant, name="Pump", location=hall, parent=line)
    seal = factories.make_asset(tenant, name="Seal", location=hall, parent=pump)
    fan = factories.make_asset(tenant, name="Fan", location=site)
    office = factories.make_department(tenant, name="Office")
    with house.inside():
        project = of_projects.add_project(by=house["admin"], code="P-1", name="Overhaul")
    for amount, fields in (
        (1, {"asset": line}), (10, {"asset": pump}), (100, {"asset": seal}), (1000, {"asset": fan, "department": office}),
        (10_000, {"location": region, "project": project}), (100_000, {}),
    ):  # fmt: skip
        spend(house, house.work(**fields), amount)
    house["manager"], house["technician"]
    return {"region": region, "site": site, "hall": hall, "line": line, "pump": pump, "seal": seal, "fan": fan}


def rolled(house: House, by: str = "manager", **asked: Any) -> dict[str, tuple[int, int]]:
    with house.inside():
        found = cost_rollup.report(house[by], Question(**asked))
    assert found.total == sum(row["total"] for row in found.groups)
    assert found.work_orders == sum(row["work_orders"] for row in found.groups)
    return {row["name"]: (int(row["total"]), row["work_orders"]) for row in found.groups}


def test_assets_and_places_carry_what_is_below_them(house: House, plant: dict[str, Any]) -> None:
    assert rolled(house) == {"": (110_000, 2), "Fan": (1000, 1), "Line": (111, 3)}
    assert rolled(house, under=house.read(plant["line"])) == {"Pump": (110, 2), "Line": (1, 1)}
    assert rolled(house, under=house.read(plant["seal"])) == {"Seal": (100, 1)}
    with house.inside():
        by_place = cost_rollup.report(house["manager"], Question(by="location"))
    assert {row["name"]: int(row["total"]) for row in by_place.groups} == {"": 100_000, "Region": 11_111}
    with house.inside():
        below = cost_rollup.report(house["manager"], Question(by="location", under=house.read(plant["region"])))
    assert {row["name"]: int(row["total"]) for row in below.groups} == {"Region": 10_000, "Site": 1111}


def test_departments_projects_and_months(house: House, plant: dict[str, Any]) -> None:
    with house.inside():
        reports = {
            by: cost_rollup.report(house["manager"], Question(by=by, date="created"))
            for by in ("department", "project", "month")
        }
    told = {by: {row["name"]: int(row["total"]) for row in found.groups} for by, found in reports.items()}
    assert told == {
        "department": {"Office": 1000, "": 110_111},
        "project": {"P-1 Overhaul": 10_000, "": 101_111},
        "month": {f"{timezone.now():%B %Y}": 111_111},
    }


def test_a_period_takes_work_by_its_day_of_completion_in_the_local_zone(house: House) -> None:
    house.tenant.time_zone = "America/New_York"
    with house.inside():
        type(house.tenant).objects.update(time_zone="America/New_York")
    by = house.again(house["manager"])
    for amount, moment in (
        (1, "2026-03-01T04:59Z"),
        (10, "2026-03-01T05:00Z"),
        (100, "2026-04-01T03:59Z"),
        (1000, "2026-04-01T04:00Z"),
    ):
        work_order = house.work("completed")
        spend(house, work_order, amount)
        with house.inside():
            WorkOrder.objects.filter(pk=work_order.pk).update(completed_at=dt.datetime.fromisoformat(moment))
    spend(house, house.work(), 10_000)
    march = {"since": dt.date(2026, 3, 1), "until": dt.date(2026, 3, 31)}
    with house.inside():
        assert cost_rollup.report(by, Question(**march)).total == 110
        assert cost_rollup.report(by, Question()).total == 11_111
        months = cost_rollup.report(by, Question(by="month"))
    assert [(row["key"], int(row["total"])) for row in months.groups] == [
        ("2026-04", 1000),
        ("2026-03", 110),
        ("2026-02", 1),
    ]


def test_only_what_one_sees_is_added_up(house: House, stranger: House, plant: dict[str, Any]) -> None:
    spend(stranger, stranger.work(), 5)
    member = factories.make_member(house.tenant, house.role("manager"), scoped=True, places=[plant["hall"]])
    member = house.again(member)
    with house.inside():
        found = cost_rollup.report(member, Question(by="location"))
    assert found.total == 111
    assert [row["name"] for row in found.groups] == ["Region"]


def test_the_cheapest_groups_are_left_out_but_counted(
    house: House, plant: dict[str, Any], django_assert_num_queries: Any
) -> None:
    with house.inside(), django_assert_num_queries(1):
        found = cost_rollup.report(house["manager"], Question(limit=1))
    assert (len(found.groups), found.left_out, int(found.total), found.work_orders) == (1, 2, 111_111, 6)


def test_the_roll_up_by_api_and_page(house: House, client: Client, plant: dict[str, Any]) -> None:
    call = caller(house["manager"])
    found = call.get(f"costs?by=asset&under={plant['line'].pk}").json()
    assert (found["by"], found["currency"], found["total"], found["workOrders"]) == ("asset", "EUR", 111, 3)
    assert [(one["name"], one["total"], one["depth"], one["parentId"]) for one in found["groups"]] == [
        ("Pump", 110, 1, str(plant["line"].pk)), ("Line", 1, 0, None),
    ]  # fmt: skip
    for wrong, name in (
        ("by=x", "by"),
        ("from=x", "from"),
        ("date=x", "date"),
        ("under=x", "under"),
        ("by=month&under=x", "under"),
    ):
        assert set(call.get(f"costs?{wrong}").json()["details"]) == {name}
    assert caller(house["technician"]).get("costs").status_code == 403
    client.force_login(house["manager"].user)
    page = client.get(f"/costs?by=asset&under={plant['line'].pk}").content.decode()
    assert f"assetId={plant['pump'].pk}" in page
    assert "Line itself" in page
    for by in cost_rollup.BY:
        assert client.get(f"/costs?by={by}&from=2026-01-01&to=2027-01-01&date=created").status_code == 200
    listed = client.get(f"/work-orders?open=any&assetId={plant['pump'].pk}&createdAfter=2020-01-01").content.decode()
    assert listed.count("/work-orders/0") >= 2
