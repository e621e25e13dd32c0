"""Before you start: what is told, to whom, and that it takes three queries whatever there is."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from assets import actions as asset_actions
from core import navigation
from core.errors import Invalid
from inventory.models import Part
from tenancy.shipped import ROLES
from tests import factories
from tests.api.conftest import caller
from tests.house import House
from workorders import actions, before
from workorders.models import Timer, WorkOrder


def told(house: House, work_order: WorkOrder, who: str) -> before.Before:
    member = house[who]
    work_order = house.read(work_order)
    with house.inside():
        return before.of(work_order, member)


def page_of(client: Client, house: House, who: str, work_order: WorkOrder) -> str:
    client.force_login(house[who].user)
    text = client.get(f"/work-orders/{work_order.pk}").content.decode()
    if 'id="panel-before"' not in text:
        return ""
    start = text.index('id="panel-before"')
    return text[start : text.index("</section>", start)]


def equip(house: House, work_order: WorkOrder, count: int = 1) -> None:
    """Parts, and people at work."""
    with house.inside():
        kept = [
            Part.objects.create(
                tenant=house.tenant, number=f"P-{number}", name=f"Seal {number}", kept_in=f"Bin {number}"
            )
            for number in range(count)
        ]
        actions.add_parts(work_order, by=None, lines=[{"part": part, "quantity": Decimal("2.5")} for part in kept])
    for _ in range(count):
        person = factories.make_technician(house.tenant).member
        with house.inside():
            Timer.objects.create(tenant=house.tenant, person=person, work_order=work_order)


@pytest.mark.parametrize("count", [1, 3])
def test_it_takes_three_queries_whatever_there_is(house: House, django_assert_num_queries: Any, count: int) -> None:
    above = factories.make_asset(house.tenant)
    site = factories.make_location(house.tenant)
    asset = factories.make_asset(house.tenant, parent=above, location=site, hazards=["480 V"] * count)
    work_order = house.work("assigned", to="technician", asset=asset)
    equip(house, work_order, count)
    for number in range(count):
        house.work("completed", asset=asset, title=f"Earlier {number}")
        house.work(asset=asset, title=f"Open {number}")
    for who in ("dispatcher", "technician"):
        member, row = house[who], house.read(work_order)
        with house.inside(), django_assert_num_queries(3):
            found = before.of(row, member)
        assert (len(found.earlier), len(found.nearby), len(found.parts), len(found.busy)) == (count,) * 4


def test_the_last_three_jobs_with_what_was_found(house: House) -> None:
    asset, other = factories.make_asset(house.tenant), factories.make_asset(house.tenant)
    done = [house.work("completed", to="technician2", asset=asset, title=f"Job {number}") for number in range(4)]
    house.work("cancelled", asset=asset)
    house.work("completed", asset=other)
    also = house.work(asset=other, title="Both")
    with house.inside():
        actions.add_further_asset(also, by=None, asset=asset)
    factories.advance(also, "closed")
    found = told(house, house.work("assigned", to="technician", asset=asset), "technician").earlier
    assert [one.title for one in found] == ["Both", "Job 3", "Job 2"]
    assert (found[1].found, found[1].who) == ("Replaced the seal", "technician2")
    # A colleague's job is read, not opened.
    assert [one.seen for one in found] == [False, False, False]
    assert [one.seen for one in told(house, done[0], "dispatcher").earlier] == [True] * 3


def test_open_work_nearby_nearest_first_and_only_what_is_seen(house: House) -> None:
    site = factories.make_location(house.tenant)
    above = factories.make_asset(house.tenant)
    asset = factories.make_asset(house.tenant, parent=above, location=site)
    mine = house.work("assigned", to="technician", asset=asset)
    rows = [house.work(location=site), house.work(asset=above), house.work(asset=asset)]
    secret = house.work("assigned", to="technician2", asset=asset)
    house.work("completed", asset=asset)
    house.work()
    found = told(house, mine, "technician").nearby
    assert [(one.id, one.where) for one in found] == [
        (rows[2].pk, "This asset"),
        (rows[1].pk, "The machine it belongs to"),
        (rows[0].pk, "Same place"),
    ]
    assert secret.pk in {one.id for one in told(house, mine, "dispatcher").nearby}


def test_hazards_of_the_asset_and_of_the_job_stand_together(house: House) -> None:
    asset = factories.make_asset(house.tenant, hazards=["480 V", "Hot"])
    work_order = house.work(asset=asset, safety_requirements=["Hot", "Lock out"])
    assert told(house, work_order, "technician").hazards == ["480 V", "Hot", "Lock out"]


@pytest.mark.parametrize(("days", "shown"), [(-1, False), (0, True), (30, True)])
def test_warranty_as_long_as_it_lasts(house: House, days: int, shown: bool) -> None:
    until = timezone.localdate() + dt.timedelta(days=days)
    asset = factories.make_asset(house.tenant, warranty_until=until, warranty_note="Ring 0800")
    found = told(house, house.work(asset=asset), "technician")
    assert (found.warranty_until == until, found.warranty_note == "Ring 0800") == (shown, shown)


def test_who_sees_no_parts_reads_none_of_them(house: House) -> None:
    work_order = house.work()
    equip(house, work_order)
    house.people["partless"] = house.having("workorder.view_all")
    assert told(house, work_order, "partless").parts == []
    assert len(told(house, work_order, "partless").busy) == 1
    assert [(one.name, one.quantity, one.kept_in) for one in told(house, work_order, "technician").parts] == [
        ("Seal 0", "2.5", "Bin 0")
    ]


def test_page_and_api_tell_the_same(house: House, client: Client) -> None:
    until = timezone.localdate() + dt.timedelta(days=30)
    asset = factories.make_asset(house.tenant, hazards=["480 V"], warranty_until=until, warranty_note="Ring 0800")
    work_order = house.work("assigned", to="technician", asset=asset)
    house.work("completed", to="technician2", asset=asset, title="<b>Earlier</b>")
    near = house.work(asset=asset, title="Leak nearby")
    equip(house, work_order)
    panel = page_of(client, house, "technician", work_order)
    for text in (
        "480 V",
        "Under warranty until",
        "Ring 0800",
        "&lt;b&gt;Earlier&lt;/b&gt;",
        "Replaced the seal",
        "Leak nearby",
        "Bin 0",
        "is working on it",
    ):
        assert text in panel
    assert (f"/work-orders/{near.pk}" in panel, "<details" in panel, " open>" in panel) == (True, True, False)
    assert " open>" in page_of(client, house, "dispatcher", work_order)
    found = caller(house["technician"]).get(f"work-orders/{work_order.pk}/before").json()
    assert (found["hazards"], found["warrantyUntil"], found["warrantyNote"]) == (
        ["480 V"],
        until.isoformat(),
        "Ring 0800",
    )
    assert [(one["title"], one["workOrderId"]) for one in found["lastJobs"]] == [("<b>Earlier</b>", None)]
    assert [one["workOrderId"] for one in found["nearby"]] == [str(near.pk)]
    assert (found["parts"][0]["quantity"], found["parts"][0]["keptIn"], len(found["atWork"])) == (2.5, "Bin 0", 1)


def test_finished_work_and_requesters_are_told_nothing(house: House, client: Client) -> None:
    asset = factories.make_asset(house.tenant, hazards=["480 V"])
    house.work("completed", asset=asset)
    done = house.work("completed", to="technician", asset=asset)
    mine = house.work(asset=asset, requested_by=house["requester"])
    assert page_of(client, house, "dispatcher", done) == ""
    assert page_of(client, house, "requester", mine) == ""
    for who, work_order in (("dispatcher", done), ("requester", mine)):
        found = caller(house[who]).get(f"work-orders/{work_order.pk}/before").json()
        assert (found["hazards"], found["lastJobs"]) == ([], [])


def test_nothing_of_another_tenant_is_told(house: House, stranger: House) -> None:
    theirs = stranger.work(asset=factories.make_asset(stranger.tenant, hazards=["Secret"]))
    assert caller(house["admin"]).get(f"work-orders/{theirs.pk}/before").status_code == 404


# --- The asset's fields -----------------------------------------------------------------------------------------------
def test_hazards_and_warranty_by_form_and_by_api(house: House, client: Client) -> None:
    client.force_login(house["manager"].user)
    until = timezone.localdate() + dt.timedelta(days=30)
    asset = factories.make_asset(house.tenant)
    form = {"name": asset.name, "tag": asset.tag, "criticality": "medium", "hazards": "480 V\n\n Hot \n480 V"}
    done = client.post(
        f"/assets/{asset.pk}/edit", form | {"warranty_until": until.isoformat(), "warranty_note": "Ring"}
    )
    assert done.status_code == 302
    found = house.read(asset)
    assert (found.hazards, found.warranty_until, found.warranty_note) == (["480 V", "Hot"], until, "Ring")
    page = client.get(f"/assets/{asset.pk}").content.decode()
    assert "480 V, Hot" in page
    assert "480 V\nHot" in client.get(f"/assets/{asset.pk}/edit").content.decode()
    api = caller(house["manager"])
    told = api.patch(f"assets/{asset.pk}", {"hazards": ["Dust"], "warrantyUntil": None, "warrantyNote": "None"}).json()
    assert (told["hazards"], told["warrantyUntil"], told["warrantyNote"]) == (["Dust"], None, "None")
    assert api.patch(f"assets/{asset.pk}", {"hazards": ["x" * 121]}).status_code == 400
    assert api.patch(f"assets/{asset.pk}", {"warrantyUntil": "soon"}).status_code == 400


def test_too_many_hazards_are_refused(house: House) -> None:
    asset = factories.make_asset(house.tenant)
    with house.refuses(Invalid, field="hazards"):
        asset_actions.update_asset(
            asset, by=house["manager"], changes={"hazards": [f"Hazard {number}" for number in range(21)]}
        )


# --- Where a work order stands in the navigation ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "href"),
    [
        ("technician", "/my-work"),
        ("requester", "/requests"),
        ("dispatcher", "/work-orders"),
        ("viewer", "/work-orders"),
    ],
)
def test_one_work_order_stands_where_its_crumb_leads(house: House, client: Client, role: str, href: str) -> None:
    work_order = house.work("assigned", to="technician", requested_by=house["requester"])
    permissions = frozenset(ROLES[role][1])
    assert navigation.current(f"/work-orders/{work_order.pk}", permissions) == href
    assert navigation.current(f"/work-orders/{work_order.pk}/edit", permissions) == href
    client.force_login(house[role].user)
    page = client.get(f"/work-orders/{work_order.pk}").content.decode()
    crumbs = page[page.index('class="crumbs"') :][:300]
    assert f'href="{href}"' in crumbs


def test_the_list_itself_stays_where_it_is() -> None:
    permissions = frozenset(ROLES["technician"][1])
    assert navigation.current("/work-orders", permissions) == "/work-orders"
    assert navigation.current("/work-orders/bulk", permissions) == "/work-orders"
