"""Custom fields on work orders: through the act, the API and the filter."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import Invalid
from customfields import actions as customfields
from tests.api.conftest import caller
from tests.house import House
from workorders import actions
from workorders.models import WorkOrder


@pytest.fixture
def fields(house: House) -> None:
    admin = house["admin"]
    with house.inside():
        for name, kind, more in (
            ("Cost code", "text", {"required": True, "required_for": ["corrective"]}),
            ("Permit", "number", {}),
            ("Shift", "choice", {"options": ["Day", "Night"]}),
        ):
            customfields.add_field(by=admin, entity="work_order", name=name, kind=kind, **more)
        customfields.add_field(by=admin, entity="request", name="Since when", kind="text", required=True)
    house.people.clear()  # their tenant's version is read again


def kind_of(house: House, key: str) -> Any:
    from workorders.models import Type

    with house.inside():
        return Type.objects.get(tenant=house.tenant, key=key)


def report(house: House, who: str, **given: Any) -> WorkOrder:
    return actions.report(by=house[who], title="Leak", **given)


def test_a_type_requires_its_fields_and_only_those(house: House, fields: None) -> None:
    corrective, inspection = kind_of(house, "corrective"), kind_of(house, "inspection")
    with house.refuses(Invalid, details={"custom.cost_code": "Fill in “Cost code”."}):
        report(house, "dispatcher", type=corrective)
    with house.inside():
        assert report(house, "dispatcher", type=inspection).custom == {}
        made = report(house, "dispatcher", type=corrective, custom={"cost_code": "4711", "permit": 3})
    assert house.read(made).custom == {"cost_code": "4711", "permit": 3}


def test_a_requester_fills_the_fields_of_requests(house: House, fields: None) -> None:
    with house.refuses(Invalid, details={"custom.since_when": "Fill in “Since when”."}):
        report(house, "requester")
    with house.refuses(Invalid, details={"custom.cost_code": "There is no such field."}):
        report(house, "requester", custom={"since_when": "Monday", "cost_code": "1"})
    with house.inside():
        assert report(house, "requester", custom={"since_when": "Monday"}).custom == {"since_when": "Monday"}


def test_the_system_reports_what_it_has(house: House, fields: None) -> None:
    with house.inside():
        assert actions.report(by=None, tenant=house.tenant, title="PM").custom == {}


def test_an_update_merges_and_is_told(house: House, fields: None) -> None:
    work_order = house.work()
    after = house.last_event()
    with house.inside():
        actions.update(work_order, by=house["dispatcher"], changes={"custom": {"cost_code": "1", "shift": "Day"}})
        actions.update(work_order, by=house["dispatcher"], changes={"custom": {"shift": None}})
    assert house.read(work_order).custom == {"cost_code": "1"}
    assert [(kind, changes["custom"]) for kind, _, changes in house.events(after=after)] == [
        ("work_order.updated", [{}, {"cost_code": "1", "shift": "Day"}]),
        ("work_order.updated", [{"cost_code": "1", "shift": "Day"}, {"cost_code": "1"}]),
    ]


def test_a_change_of_type_asks_what_that_type_requires(house: House, fields: None) -> None:
    inspection, corrective = kind_of(house, "inspection"), kind_of(house, "corrective")
    with house.inside():
        work_order = report(house, "dispatcher", type=inspection)
    with house.refuses(Invalid, details={"custom.cost_code": "Fill in “Cost code”."}):
        actions.update(work_order, by=house["dispatcher"], changes={"type": corrective})


def test_the_api_takes_shows_and_filters(house: House, fields: None) -> None:
    boss = caller(house["admin"])
    made = boss.post("work-orders", {"title": "Leak", "custom": {"cost_code": "4711", "permit": 12, "shift": "Night"}})
    assert made.status_code == 201, made.content
    assert made.json()["custom"] == {"cost_code": "4711", "permit": 12, "shift": "Night"}
    other = boss.post("work-orders", {"title": "Noise", "custom": {"cost_code": "52", "shift": "Day"}}).json()
    here = f"work-orders/{made.json()['id']}"
    assert boss.put(here, {"custom": {"permit": None}}).json()["custom"] == {"cost_code": "4711", "shift": "Night"}
    refused = boss.put(here, {"custom": {"permit": "x", "colour": 1}})
    assert (refused.status_code, refused.json()["details"]) == (
        400, {"custom.permit": "Use a number.", "custom.colour": "There is no such field."},
    )  # fmt: skip

    def found(question: str) -> list[str]:
        return sorted(item["title"] for item in boss.get(f"work-orders?{question}").json())

    assert found("custom=cost_code:47") == ["Leak"]
    assert found("custom=shift:Day&custom=shift:Night") == ["Leak", "Noise"]
    assert found("custom=shift:Day,cost_code:47") == []
    assert found(f"custom=shift:Day&search={other['title']}") == ["Noise"]
    assert boss.get("work-orders?custom=colour:red").status_code == 400
    assert boss.get("work-orders?custom=permit:many").status_code == 400
