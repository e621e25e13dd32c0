"""Doors of the failure catalogue: pages, API and admin leave the same facts; work orders name codes through all of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests import factories
from tests.api.conftest import caller
from tests.house import House
from workorders.models import FailureCode, WorkOrder


def sign_in(client: Client, house: House, name: str) -> Client:
    from tenancy.models import User

    client.force_login(User.objects.get(pk=house[name].user_id))
    return client


def facts(house: House, code: str) -> tuple[Any, ...]:
    with house.inside():
        row = FailureCode.objects.get(code=code)
        names = sorted(row.classes.values_list("category__name", flat=True))
    events = [kind for kind, *_ in house.events(object_id=row.pk)]
    return row.kind, row.name, row.description, row.position, row.is_active, names, events


def test_every_door_leaves_the_same_facts(house: House, client: Client) -> None:
    category = factories.make_category(house.tenant, name="Lift")
    house["manager"]
    said = {"kind": "problem", "name": "Door jams", "description": "At a landing", "position": 7}
    api = caller(house["manager"])
    made = api.post("failure-codes", said | {"code": "A", "categoryIds": [str(category.pk)]}).json()
    assert api.patch(f"failure-codes/{made['id']}", {"name": "Door sticks"}).status_code == 200
    assert api("DELETE", f"failure-codes/{made['id']}").json()["message"] == "Failure code archived"
    page = sign_in(client, house, "manager")
    assert (
        page.post("/settings/failure-codes/add", said | {"code": "B", "classes": [str(category.pk)]}).status_code == 302
    )
    with house.inside():
        pk = FailureCode.objects.get(code="B").pk
    changed = {
        "code": "B",
        "name": "Door sticks",
        "description": "At a landing",
        "position": 7,
        "classes": [category.pk],
    }
    assert page.post(f"/settings/failure-codes/{pk}", changed).status_code == 302
    assert page.post(f"/settings/failure-codes/{pk}/switch").status_code == 302
    assert facts(house, "A") == facts(house, "B")
    assert facts(house, "A")[4:] == (
        False, ["Lift"], ["failure_code.created", "failure_code.updated", "failure_code.archived"],
    )  # fmt: skip


def test_the_page_finds_counts_and_offers(house: House, client: Client) -> None:
    with house.inside():
        elu = FailureCode.objects.get(code="ELU")
    house.work(problem=elu)
    page = sign_in(client, house, "manager")
    found = page.get("/settings/failure-codes?search=utility&kind=problem").content.decode()
    assert "failureCode=ELU" in found
    assert ">VIB<" not in found
    assert "Nothing fits" in page.get("/settings/failure-codes?search=zzz").content.decode()
    assert sign_in(client, house, "dispatcher").get("/settings/failure-codes").status_code == 403


def test_installing_and_classing_by_page_and_api(house: House, client: Client) -> None:
    category = factories.make_category(house.tenant, name="Dosing pump")
    with house.inside():
        FailureCode.objects.filter(code="VIB").delete()
    page = sign_in(client, house, "manager")
    assert "1 code of the shipped catalogue is not here" in page.get("/settings/failure-codes").content.decode()
    assert page.post("/settings/failure-codes/install").status_code == 302
    api = caller(house["manager"])
    assert api.post("failure-codes/library", {}).json() == {"added": 0, "codes": None}
    page.post(f"/settings/failure-codes/classes/{category.pk}", {"equipment_class": ""})
    body = {"categoryId": str(category.pk), "equipmentClass": "PU"}
    number = api.post("failure-codes/library", body).json()["codes"]
    assert number == len(api.get("failure-codes?kind=problem&limit=500").json()) - len(
        [one for one in api.get("failure-codes?kind=problem&limit=500").json() if not one["categoryIds"]]
    )
    assert f"<td>{number}</td>" in page.get("/settings/failure-codes/classes").content.decode()


def test_the_list_of_codes(house: House) -> None:
    category = factories.make_category(house.tenant, name="Pump")
    factories.make_category(house.tenant, name="Crane")
    asset = factories.make_asset(house.tenant, category=category)
    api = caller(house["manager"])
    api.post("failure-codes/library", {})
    with house.inside():
        lob = FailureCode.objects.get(code="LOB")
    house.work(asset=asset, problem=lob)
    first = api.get(f"failure-codes?kind=problem&assetId={asset.pk}&limit=500").json()
    assert first[0]["code"] == "LOB"
    assert str(category.pk) in first[1]["categoryIds"]
    pages, path = [], f"failure-codes?kind=problem&assetId={asset.pk}&limit=10"
    while path:
        answer = api.get(path)
        pages += answer.json()
        link = answer.headers.get("Link", "")
        path = link.partition("/api/v1/")[2].partition(">")[0]
    assert pages == first
    fitting = api.get(f"failure-codes?kind=problem&categoryId={category.pk}&limit=500").json()
    assert {one["code"] for one in fitting} >= {"VIB", "LOB"}
    assert "LOA" not in {one["code"] for one in fitting}
    assert [one["code"] for one in api.get("failure-codes?search=vibr&kind=problem").json()] == ["VIB"]
    for query in ("kind=mood", f"assetId={category.pk}", "colour=red"):
        assert api.get(f"failure-codes?{query}").status_code == 400


def test_a_work_order_names_codes_in_the_api(house: House) -> None:
    api = caller(house["manager"])
    made = api.post(
        "work-orders", {"title": "x", "failureCode": "vib", "causeCode": "2.4", "remedyCode": "Cleaned"}
    ).json()
    assert (made["failureCode"], made["causeCode"], made["remedyCode"]) == ("VIB", "2.4", "CLEAN")
    cleared = api.patch(f"work-orders/{made['id']}", {"failureCode": None, "causeCode": ""}).json()
    assert (cleared["failureCode"], cleared["causeCode"], cleared["remedyCode"]) == (None, None, "CLEAN")
    refused = api.patch(f"work-orders/{made['id']}", {"failureCode": "vibratoin", "causeCode": "ELU"})
    assert refused.status_code == 400
    assert refused.json()["details"]["failureCode"] == (
        "Unknown failure code “vibratoin”. The closest is VIB (Vibration)."
    )
    assert refused.json()["details"]["causeCode"].startswith("Unknown cause code “ELU”.")


def test_the_list_of_work_is_narrowed_by_failure_code(house: House) -> None:
    with house.inside():
        vib, elu = (FailureCode.objects.get(code=code) for code in ("VIB", "ELU"))
    shaking, leaking, _ = house.work(problem=vib), house.work(problem=elu), house.work()
    api = caller(house["manager"])
    assert [one["id"] for one in api.get("work-orders?failureCode=vib").json()] == [str(shaking.pk)]
    assert {one["id"] for one in api.get("work-orders?failureCode=VIB,ELU").json()} == {
        str(shaking.pk),
        str(leaking.pk),
    }
    assert api.get("work-orders?failureCode=NONE").status_code == 400


def test_the_complete_sheet_and_the_edit_form_offer_codes(house: House, client: Client) -> None:
    asset = factories.make_asset(house.tenant)
    with house.inside():
        vib = FailureCode.objects.get(code="VIB")
    house.work(asset=asset, problem=vib)
    work_order = house.work("in_progress", to="technician", asset=asset)
    page = sign_in(client, house, "technician")
    sheet = page.get(f"/work-orders/{work_order.pk}/complete").content.decode()
    assert 'data-code="VIB Vibration"' in sheet
    assert sheet.index('value="VIB Vibration"') < sheet.index('value="AIR ')
    said = {"problem": "VIB Vibration", "cause": "wear", "remedy": "nonsense"}
    refused = page.post(f"/work-orders/{work_order.pk}/complete", said)
    assert (refused.status_code, "Unknown remedy code" in refused.content.decode()) == (422, True)
    assert page.post(f"/work-orders/{work_order.pk}/complete", said | {"remedy": "REPLACE"}).status_code == 302
    found = house.read(work_order)
    assert (found.problem.code, found.cause.code, found.remedy.code) == ("VIB", "2.4", "REPLACE")
    page = sign_in(client, house, "manager")
    shown = page.get(f"/work-orders/{work_order.pk}/edit").content.decode()
    assert 'value="REPLACE Replaced"' in shown
    detail = page.get(f"/work-orders/{work_order.pk}").content.decode()
    assert "Vibration" in detail


def test_the_text_column_is_gone() -> None:
    assert "failure_code" not in {field.name for field in WorkOrder._meta.get_fields()}


@pytest.mark.parametrize("name", ["dispatcher", "technician", "requester"])
def test_others_read_and_write_nothing(house: House, name: str) -> None:
    api = caller(house[name])
    assert api.get("failure-codes?limit=1").status_code == 200
    refused = api.post("failure-codes", {"kind": "cause", "code": "N", "name": "N"})
    assert (refused.status_code, refused.json()["permission"]) == (403, "failure.manage")
