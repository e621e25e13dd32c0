"""Linking, splitting and merging by page and by API."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from tests import factories
from tests.api.conftest import caller
from tests.house import House
from workorders import actions
from workorders.models import FurtherAsset, WorkOrder, WorkOrderLink


def at(work_order: Any, *rest: Any) -> str:
    return "/".join(["/work-orders", str(work_order.pk), *map(str, rest)])


def panel(client: Client, work_order: Any) -> str:
    page = client.get(at(work_order)).content.decode()
    if 'id="panel-links"' not in page:
        return ""
    start = page.index('id="panel-links"')
    return page[start : page.index("</section>", start)]


@pytest.fixture
def dispatcher(house: House, client: Client) -> Client:
    client.force_login(house["dispatcher"].user)
    return client


def pairs(house: House) -> list[tuple[Any, str, Any]]:
    with house.inside():
        return list(WorkOrderLink.objects.order_by("pk").values_list("first", "kind", "second"))


@pytest.mark.parametrize("kind", ["blocks", "blocked_by", "related", "duplicate_of"])
def test_page_and_api_link_the_same(house: House, dispatcher: Client, kind: str) -> None:
    api = caller(house["dispatcher"])
    left = []
    for door in ("page", "api"):
        work_order, other = house.work(), house.work()
        if door == "page":
            done = dispatcher.post(at(work_order, "link"), {"kind": kind, "other": other.number.lower()})
            assert done.headers["Location"] == at(work_order) + "#panel-links"
        else:
            made = api.post(f"work-orders/{work_order.pk}/links", {"kind": kind, "workOrderId": str(other.pk)})
            assert (made.status_code, made.json()["kind"]) == (201, kind)
            assert made.json()["workOrderNumber"] == other.number
        names = {work_order.pk: "this", other.pk: "other"}
        with house.inside():
            rows = WorkOrderLink.objects.filter(first__in=names, second__in=names)
            found = [
                (names[first], name, names[second])
                for first, name, second in rows.values_list("first", "kind", "second")
            ]
        left.append((found, house.read(work_order).meaning))
    assert left[0] == left[1]


def test_parts_of_a_whole_by_page_and_by_api(house: House, dispatcher: Client) -> None:
    above, one, two = house.work(), house.work(), house.work()
    dispatcher.post(at(one, "link"), {"kind": "part_of", "other": above.number})
    dispatcher.post(at(above, "link"), {"kind": "has_part", "other": two.number})
    api = caller(house["dispatcher"])
    found = api.get(f"work-orders/{above.pk}/links").json()
    assert {row["workOrderId"] for row in found["children"]} == {str(one.pk), str(two.pk)}
    assert (found["childrenDone"], found["childrenTotal"]) == (0, 2)
    assert "0 of 2 parts done" in panel(dispatcher, above)
    done = dispatcher.post(at(one, "parent"), {"back": "1"})
    assert done.headers["Location"] == at(above) + "#panel-links"
    assert api.put(f"work-orders/{two.pk}/parent", {"parentId": None}).status_code == 200
    assert api.put(f"work-orders/{two.pk}/parent", {"parentId": str(one.pk)}).status_code == 200
    refused = api.put(f"work-orders/{one.pk}/parent", {"parentId": str(two.pk)})
    assert (refused.status_code, refused.json()["code"]) == (409, "cycle")
    assert (house.read(one).parent_id, house.read(two).parent_id) == (None, one.pk)


def test_other_work_is_found_by_number_or_words(house: House, dispatcher: Client) -> None:
    work_order = house.work(title="Leak at the pump")
    first, second = house.work(title="Leak at the crane"), house.work(title="Leak at the gate")
    several = dispatcher.post(at(work_order, "link"), {"kind": "related", "other": "leak"})
    assert (several.status_code, "Several fit" in several.content.decode()) == (422, True)
    none = dispatcher.post(at(work_order, "link"), {"kind": "related", "other": "nothing like it"})
    assert "No other work order fits" in none.content.decode()
    options = dispatcher.get(at(work_order, "linkable") + "?other=leak").content.decode()
    assert re.findall(r'value="([^"]+)"', options) == [f"{row.number} {row.title}" for row in (second, first)]
    dispatcher.post(at(work_order, "link"), {"kind": "related", "other": f"{first.number} {first.title}"})
    assert pairs(house) == [(work_order.pk, "related", first.pk)]


def test_removing_offers_to_take_it_back(house: House, dispatcher: Client) -> None:
    work_order, other = house.work(), house.work()
    dispatcher.post(at(work_order, "link"), {"kind": "blocked_by", "other": other.number})
    href = re.search(r'action="([^"]+/remove)"', panel(dispatcher, work_order)).group(1)
    dispatcher.post(href)
    assert pairs(house) == []
    page = dispatcher.get(at(work_order)).content.decode()
    undo = re.search(r'<form method="post" action="([^"]+)">.{0,400}?Undo', page, re.DOTALL).group(0)
    data = dict(re.findall(r'name="(kind|other)" value="([^"]*)"', undo))
    dispatcher.post(at(work_order, "link"), data)
    assert pairs(house) == [(other.pk, "blocks", work_order.pk)]


def test_a_refusal_stands_in_the_form(house: House, dispatcher: Client) -> None:
    work_order, other = house.work(), house.work("completed")
    refused = dispatcher.post(at(work_order, "link"), {"kind": "blocks", "other": other.number})
    assert (refused.status_code, "nothing can hold it up" in refused.content.decode()) == (422, True)
    dispatcher.force_login(house["technician"].user)
    assert dispatcher.get(at(house.work(), "link")).status_code == 403


def test_the_panel_shows_only_what_the_member_sees(house: House, dispatcher: Client) -> None:
    mine, secret = house.work("assigned", to="technician"), house.work("assigned", title="Secret")
    dispatcher.post(at(mine, "link"), {"kind": "blocked_by", "other": secret.number})
    assert "Secret" in panel(dispatcher, mine)
    dispatcher.force_login(house["technician"].user)
    page = dispatcher.get(at(mine)).content.decode()
    assert ("Secret" in page, secret.number in page, 'id="panel-links"' in page) == (False, False, False)
    api = caller(house["technician"])
    assert api.get(f"work-orders/{mine.pk}/links").json()["links"] == []
    with house.inside():
        row = WorkOrderLink.objects.get()
    assert caller(house["technician"]).delete(f"work-orders/{mine.pk}/links/{row.pk}").status_code == 404


def test_blocked_work_asks_a_planner_why_and_stops_a_technician(house: House, dispatcher: Client) -> None:
    work_order, other = house.work("assigned", to="technician"), house.work()
    dispatcher.post(at(work_order, "link"), {"kind": "blocked_by", "other": other.number})
    assert 'name="reason"' not in dispatcher.get(at(work_order, "start")).content.decode()
    asked = dispatcher.post(at(work_order, "start"))
    text = html.unescape(asked.content.decode())
    assert (asked.status_code, f"{other.number} must be finished" in text, 'name="reason"' in text) == (422, True, True)
    dispatcher.force_login(house["technician"].user)
    stopped = html.unescape(dispatcher.post(at(work_order, "start")).content.decode())
    assert ("Whoever plans the work" in stopped, 'name="reason"' in stopped) == (True, False)
    dispatcher.force_login(house["dispatcher"].user)
    assert dispatcher.post(at(work_order, "start"), {"reason": "Crane"}).status_code == 302
    assert house.log(work_order)[-1] == ("assigned", "in_progress", "Crane")


def test_further_assets_by_page_and_by_api(house: House, dispatcher: Client) -> None:
    work_order, one, two = house.work(), factories.make_asset(house.tenant), factories.make_asset(house.tenant)
    assert dispatcher.get(at(work_order, "assets") + f"?asset_q={one.tag}").status_code == 200
    assert dispatcher.post(at(work_order, "assets"), {"asset": ""}).status_code == 422
    assert dispatcher.post(at(work_order, "assets"), {"asset": str(one.pk)}).status_code == 302
    api = caller(house["dispatcher"])
    made = api.post(f"work-orders/{work_order.pk}/further-assets", {"assetId": str(two.pk)})
    assert {row["assetTag"] for row in made.json()["assets"]} == {one.tag, two.tag}
    for asset in (one, two):
        page = dispatcher.get(f"/assets/{asset.pk}").content.decode()
        assert work_order.title in page
    assert one.name in panel(dispatcher, work_order)
    dispatcher.post(at(work_order, "assets", one.pk, "remove"))
    assert api.delete(f"work-orders/{work_order.pk}/further-assets/{two.pk}").status_code == 200
    assert api.delete(f"work-orders/{work_order.pk}/further-assets/{two.pk}").status_code == 404
    with house.inside():
        assert FurtherAsset.objects.count() == 0


def test_split_by_page_and_by_api(house: House, dispatcher: Client) -> None:
    api = caller(house["dispatcher"])
    for door in ("page", "api"):
        work_order = house.work(title="Both pumps")
        with house.inside():
            tasks = actions.add_tasks(
                work_order, by=house["dispatcher"], steps=[{"description": "One"}, {"description": "Two"}]
            )
        if door == "page":
            assert "1. One" in dispatcher.get(at(work_order, "split")).content.decode()
            done = dispatcher.post(at(work_order, "split"), {"title": "Second pump", "tasks": [tasks[1].pk]})
            made_id = done.headers["Location"].rsplit("/", 1)[1]
        else:
            body = {"title": "Second pump", "taskIds": [str(tasks[1].pk)]}
            made = api.post(f"work-orders/{work_order.pk}/split", body)
            assert (made.status_code, made.json()["title"]) == (201, "Second pump")
            made_id = made.json()["id"]
        with house.inside():
            assert WorkOrder.objects.get(pk=made_id).tasks.get().description == "Two"
    wrong = api.post(f"work-orders/{work_order.pk}/split", {"taskIds": [str(work_order.pk)]})
    assert (wrong.status_code, set(wrong.json()["details"])) == (400, {"taskIds"})
    empty = dispatcher.post(at(work_order, "split"), {"title": "x"})
    assert (empty.status_code, "Choose what the new work order takes over" in empty.content.decode()) == (422, True)


def test_merge_by_page_and_by_api(house: House, dispatcher: Client) -> None:
    asset, api = factories.make_asset(house.tenant), caller(house["dispatcher"])
    into, near, other, third = (house.work(asset=asset if number < 2 else None) for number in range(4))
    assert near.number in dispatcher.get(at(into, "merge")).content.decode()
    done = dispatcher.post(at(into, "merge"), {"near": [near.pk], "other": other.number, "reason": "Same hose"})
    assert done.status_code == 302
    assert api.post(f"work-orders/{into.pk}/merge", {"workOrderIds": [str(third.pk)]}).status_code == 200
    assert [house.read(row).meaning for row in (into, near, other, third)] == ["open", *["cancelled"] * 3]
    kinds = [row["kind"] for row in api.get(f"work-orders/{into.pk}/links").json()["links"]]
    assert kinds == ["merged_from"] * 3
    assert dispatcher.post(at(into, "merge"), {}).status_code == 422


def test_strangers_do_not_exist(house: House, stranger: House, dispatcher: Client) -> None:
    mine, theirs = house.work(), stranger.work()
    refused = dispatcher.post(at(mine, "link"), {"kind": "related", "other": theirs.number + " zz"})
    assert refused.status_code == 422
    for path in ("link", "split", "merge", "assets"):
        assert dispatcher.get(at(theirs, path)).status_code == 404
    assert dispatcher.post(at(mine, "parent"), {"parent": str(theirs.pk)}).status_code == 404
    api = caller(house["dispatcher"])
    for path, body in (
        ("links", {"kind": "related", "workOrderId": str(theirs.pk)}),
        ("merge", {"workOrderIds": [str(theirs.pk)]}),
    ):
        assert api.post(f"work-orders/{mine.pk}/{path}", body).status_code == 400


# --- The same fault again ---------------------------------------------------------------------------------------------
def test_a_fault_reported_again_is_offered_the_open_work_order(house: House, dispatcher: Client) -> None:
    asset = factories.make_asset(house.tenant)
    open_work = house.work(asset=asset, title="Hose leaks")
    house.work("completed", asset=asset)
    form = {
        "title": "Hose drips",
        "description": "Left side",
        "asset": str(asset.pk),
        "priority": "high",
        "type": "corrective",
    }
    asked = dispatcher.post("/report", form)
    text = html.unescape(asked.content.decode())
    assert (asked.status_code, f"{open_work.number}" in text, "Report anyway" in text) == (200, True, True)
    with house.inside():
        assert WorkOrder.objects.count() == 2
    said = dispatcher.post("/report", form | {"comment_on": str(open_work.pk)})
    assert said.headers["Location"].startswith(at(open_work))
    with house.inside():
        assert open_work.comments.get().text == "Hose drips\n\nLeft side"
        assert WorkOrder.objects.count() == 2
    done = dispatcher.post("/report", form | {"anyway": "1"})
    with house.inside():
        made = WorkOrder.objects.get(title="Hose drips")
    assert done.headers["Location"] == at(made)
    assert pairs(house) == [(made.pk, "related", open_work.pk)]


def test_yesterdays_work_and_other_peoples_secrets_are_not_offered(house: House, dispatcher: Client) -> None:
    import datetime as dt

    from django.utils import timezone

    asset = factories.make_asset(house.tenant)
    house.work(asset=asset, at=timezone.now() - dt.timedelta(hours=25))
    form = {"title": "Hose drips", "asset": str(asset.pk), "priority": "high", "type": "corrective"}
    assert dispatcher.post("/report", form).status_code == 302
    dispatcher.force_login(house["requester"].user)
    assert dispatcher.post("/report", form).status_code == 302
    again = dispatcher.post("/report", form)
    assert (again.status_code, "Report anyway" in again.content.decode()) == (200, True)
    api = caller(house["requester"])
    assert len(api.get(f"work-orders/duplicates?assetId={asset.pk}").json()) == 1
    assert len(caller(house["dispatcher"]).get(f"work-orders/duplicates?assetId={asset.pk}").json()) == 2


def test_duplicates_need_an_asset_that_is_seen(house: House, stranger: House) -> None:
    api = caller(house["dispatcher"])
    theirs = factories.make_asset(stranger.tenant)
    for text in ("", "?assetId=x", f"?assetId={theirs.pk}"):
        refused = api.get(f"work-orders/duplicates{text}")
        assert (refused.status_code, set(refused.json()["details"])) == (400, {"assetId"})


def test_a_dialog_on_the_same_page_loads_it_again(house: House, dispatcher: Client) -> None:
    work_order, other = house.work(), house.work()
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{at(work_order)}"}
    done = dispatcher.post(at(work_order, "link"), {"kind": "related", "other": other.number}, headers=headers)
    assert (done.headers["HX-Redirect"], done.headers["HX-Refresh"]) == (at(work_order) + "#panel-links", "true")
    headers["HX-Current-URL"] = f"http://testserver{at(other)}"
    done = dispatcher.post(at(work_order, "link"), {"kind": "related", "other": other.number}, headers=headers)
    assert "HX-Refresh" not in done.headers
