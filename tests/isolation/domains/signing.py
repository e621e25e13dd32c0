"""Signatures: rows and broken promises. Nobody may update one, so each attempt inserts a wrong one."""

from __future__ import annotations

from typing import Any

from tests.house import House
from tests.isolation.breaking import copy
from workorders import actions
from workorders.models import Signature, WorkOrder


def fill(house: House, work_order: Any) -> None:
    completed = house.work("completed")
    actions.sign(WorkOrder.objects.get(pk=completed.pk), by=house["admin"], meaning="verified", authenticated=True)


BREAK = {
    "signature_meaning_known": [lambda house: copy(Signature, meaning="seen")],
    "signature_drawn_or_authenticated": [lambda house: copy(Signature, authenticated=False)],
    "signature_has_name": [lambda house: copy(Signature, signer_name="")],
}
