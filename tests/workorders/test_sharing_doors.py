"""One work order is shown to a requester by page and by API; both doors leave the same exception."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from django.test import Client

from tests import factories
from tests.house import House
from workorders.models import WorkOrder, WorkOrderException


def seen_by(house: House, name: str) -> set[Any]:
    with house.inside():
        return set(WorkOrder.objects.visible_to(house[name]).values_list("pk", flat=True))


def page(house: House, name: str) -> Client:
    client = Client()
    client.force_login(house[name].user)
    return client


def by_page(house: House, work: WorkOrder, names: list[str], *, as_name: str = "manager") -> int:
    data = {"members": [str(house[name].pk) for name in names], "version": ""}
    return page(house, as_name).post(f"/work-orders/{work.pk}/share", data).status_code


def by_api(house: House, method: str, path: str, *, as_name: str = "manager", data: Any = None) -> Any:
    secret = factories.make_key(house[as_name])
    return Client().generic(
        method,
        f"/api/v1/work-orders/{path}",
        orjson.dumps(data) if data else b"",
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )


def test_share_by_page_and_by_api_leave_the_same(house: House) -> None:
    first, second = house.work(), house.work()
    assert seen_by(house, "requester") == set()
    assert by_page(house, first, ["requester"]) == 302
    answer = by_api(house, "POST", f"{second.pk}/shares", data={"memberId": str(house["requester"].pk)})
    assert answer.json() == [{"memberId": str(house["requester"].pk), "name": "requester"}]
    assert seen_by(house, "requester") == {first.pk, second.pk}
    with house.inside():
        rows = WorkOrderException.objects.values_list("tenant_id", "user_id", "permission__codename")
        assert list(rows) == [(house.tenant.pk, house["requester"].user_id, "view_workorder")] * 2


def test_unshare_by_page_and_by_api(house: House) -> None:
    first, second = house.work(), house.work()
    for work in (first, second):
        assert by_page(house, work, ["requester"]) == 302
    assert by_page(house, first, []) == 302
    assert by_api(house, "DELETE", f"{second.pk}/shares/{house['requester'].pk}").json() == []
    assert seen_by(house, "requester") == set()


@pytest.mark.parametrize("name", ["technician", "viewer"])
def test_share_without_the_permission_is_refused(house: House, name: str) -> None:
    work = house.work(to="technician")
    assert by_page(house, work, ["requester"], as_name=name) == 403
    answer = by_api(house, "POST", f"{work.pk}/shares", as_name=name, data={"memberId": str(house["requester"].pk)})
    assert (answer.status_code, answer.json()["permission"]) == (403, "workorder.share")
    assert seen_by(house, "requester") == set()


def test_share_with_a_stranger_is_refused(house: House, stranger: House) -> None:
    work = house.work()
    answer = by_api(house, "POST", f"{work.pk}/shares", data={"memberId": str(stranger["requester"].pk)})
    assert answer.status_code == 400
    assert answer.json()["details"] == {"memberId": "Member must exist"}
    theirs = by_api(house, "GET", f"{stranger.work().pk}/shares")
    assert theirs.status_code == 404
