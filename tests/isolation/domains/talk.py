"""Mentions, earlier texts of notes, links between work orders and further assets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests import factories
from tests.house import House
from tests.isolation.breaking import copy, first, update
from workorders import actions
from workorders.models import FurtherAsset, Mention, WorkOrder, WorkOrderLink

__all__ = ["BREAK", "NAMES", "fill"]


def fill(house: House, work_order: Any) -> None:
    admin = house["admin"]
    note = actions.comment(work_order, by=admin, text="Ask them", mentions=[house["manager"]])
    actions.edit_comment(note, by=admin, text="Ask them again")
    other = factories.make_work_order(house.tenant)
    actions.link(work_order, by=admin, kind="blocks", to=other)
    actions.set_parent(other, by=admin, parent=work_order)
    actions.add_further_asset(other, by=admin, asset=factories.make_asset(house.tenant))


def turned_round(house: House) -> None:
    """The second blocks the first as well."""
    row = first(WorkOrderLink, kind="blocks")
    copy(WorkOrderLink, {"kind": "blocks"}, first=row.second, second=row.first)


def whole_in_its_part(house: House) -> None:
    part = first(WorkOrder, parent__isnull=False)
    update(WorkOrder, {"pk": part.parent_id}, parent=part)


def itself(house: House) -> None:
    row = first(WorkOrderLink)
    update(WorkOrderLink, {"pk": row.pk}, second=row.first)


BREAK: dict[str, list[Callable[[House], Any]]] = {
    "mention_once": [lambda house: copy(Mention)],
    "work_order_link_once": [lambda house: copy(WorkOrderLink)],
    "work_order_link_to_another": [itself],
    "work_order_link_kind_known": [lambda house: update(WorkOrderLink, kind="likes")],
    "further_asset_once": [lambda house: copy(FurtherAsset)],
    "workorders_workorder_no_cycle": [whole_in_its_part],
    "workorders_workorderlink_no_cycle": [turned_round],
    "workorder_not_its_own_parent": [lambda house: update(WorkOrder, parent=first(WorkOrder))],
}
NAMES = {
    "workorders_workorder_no_cycle": "work cannot be part of itself",
    "workorders_workorderlink_no_cycle": "work cannot wait for itself",
}
