"""Custom fields: rows and broken promises."""

from __future__ import annotations

from typing import Any

from customfields.models import CustomField
from tests.house import House
from tests.isolation.breaking import copy, update


def fill(house: House, work_order: Any) -> None:
    CustomField.objects.create(tenant=house.tenant, entity="work_order", key="cost_code", name="Cost code", kind="text")


BREAK = {
    "custom_field_key": [lambda house: copy(CustomField, name="Other")],
    "custom_field_name": [lambda house: copy(CustomField, key="other", name="COST CODE")],
    "custom_field_entity_known": [lambda house: update(CustomField, entity="ship")],
    "custom_field_kind_known": [lambda house: update(CustomField, kind="colour")],
}
