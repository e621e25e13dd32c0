"""Saved views, the default view of a member, and runs of bulk acts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.house import House
from tests.isolation.breaking import copy, update
from workorders.models import BulkRun, DefaultView, SavedView


def fill(house: House, work_order: Any) -> None:
    tenant, admin = house.tenant, house["admin"]
    with house.inside():
        view = SavedView.objects.create(tenant=tenant, owner=admin, name="Mine", query="open=any")
        SavedView.objects.create(tenant=tenant, owner=admin, name="Ours", shared=True)
        DefaultView.objects.create(tenant=tenant, member=admin, view=view)
        run = BulkRun.objects.create(
            tenant=tenant,
            by=admin,
            act="comment",
            told="Commented",
            done=1,
            results=[{"id": str(work_order.pk), "outcome": "done"}],
        )
        BulkRun.objects.create(tenant=tenant, by=admin, act="undo", told="Taken back", undo_of=run)


BREAK: dict[str, list[Callable[[House], Any]]] = {
    "saved_view_name_of_owner": [lambda house: copy(SavedView, {"shared": False}, name="MINE")],
    "saved_view_name_shared": [lambda house: copy(SavedView, {"shared": True}, name="OURS", owner=house["manager"])],
    "saved_view_layout_known": [lambda house: update(SavedView, layout="pie")],
    "default_view_once": [lambda house: copy(DefaultView)],
    "bulk_run_undone_once": [lambda house: copy(BulkRun, {"act": "undo"})],
}
