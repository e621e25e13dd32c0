"""The part catalogue, parts of work orders and their movements."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db.models import F

from core.ids import uuid7
from inventory import actions as inventory
from inventory.models import Alternate, ManufacturerNumber, Part, PartCategory, PartMedia
from media.models import MediaFile
from tests.house import House
from tests.isolation.breaking import copy, first, update
from workorders import actions
from workorders.models import PartLine, PartMovement

__all__ = ["BREAK", "NAMES", "fill"]


def fill(house: House, work_order: Any) -> None:
    admin, tenant = house["admin"], house.tenant
    category = inventory.add_category(by=admin, name="Filters")
    other = inventory.add_part_to_catalogue(by=admin, number="OF-2", name="Long oil filter")
    part = inventory.add_part_to_catalogue(
        by=admin, number="OF-1", name="Oil filter", barcode="4006381333931", external_id="P1", category=category,
        unit_cost=Decimal("12.50"), manufacturer_numbers=[("Mann", "W 950")], alternates=[other],
    )  # fmt: skip
    for cover in (True, False):
        file = MediaFile.objects.create(
            tenant=tenant, original_name="filter.jpg", content_type="image/jpeg", kind="image", state="ready", size=1,
            stored_name=f"{tenant.pk}/2026/01/{uuid7()}.jpg",
        )  # fmt: skip
        PartMedia.objects.create(tenant=tenant, part=part, file=file, is_cover=cover)
    (line,) = actions.add_parts(work_order, by=admin, lines=[{"part": part, "quantity": Decimal(2)}])
    actions.issue_part(line, by=admin, quantity=Decimal(1))


def line(**changes: Any) -> list[Callable[[House], Any]]:
    return [lambda house: update(PartLine, **changes)]


NAMES = {"inventory_partmedia.file": "inventory_partmedia_file_id"}
BREAK: dict[str, list[Callable[[House], Any]]] = {
    "part_category_name": [lambda house: copy(PartCategory, name=first(PartCategory).name.upper())],
    "part_number_per_tenant": [lambda house: copy(Part, {"number": "OF-1"}, number="of-1", barcode="", external_id="")],
    "part_barcode_per_tenant": [lambda house: copy(Part, {"number": "OF-1"}, number="other", external_id="")],
    "part_external_id": [lambda house: copy(Part, {"number": "OF-1"}, number="other", barcode="")],
    "part_cost_not_negative": [lambda house: update(Part, unit_cost=-1)],
    "part_has_number_and_name": [lambda house: update(Part, number=""), lambda house: update(Part, name="")],
    "manufacturer_number_once": [lambda house: copy(ManufacturerNumber, manufacturer="MANN")],
    "alternate_once": [lambda house: copy(Alternate)],
    "alternate_is_another": [lambda house: update(Alternate, alternate=F("part"))],
    "part_one_cover": [lambda house: PartMedia.objects.update(is_cover=True)],
    "inventory_partmedia.file": [lambda house: copy(PartMedia, {"is_cover": False})],
    "part_line_quantity_positive": line(quantity=0),
    "part_line_issued_not_negative": line(issued=-1, returned=-1),
    "part_line_returned_of_issued": [*line(returned=2), *line(returned=-1)],
    "part_line_reserved_of_wanted": [*line(reserved=-1), *line(reserved=3)],
    "part_line_cost_not_negative": line(unit_cost=-1),
    "part_line_actual_not_negative": line(actual_cost=-1),
    "part_line_status_known": line(status="eaten"),
    "part_movement_quantity_positive": [lambda house: update(PartMovement, quantity=0)],
    "part_movement_kind_known": [lambda house: update(PartMovement, kind="lost")],
}
