"""The organisation's own fields on the page of a work order."""

from __future__ import annotations

from typing import Any

from customfields import definitions, values
from customfields.choices import Entity
from tenancy.models import Member
from workorders.models import WorkOrder


def panel(work_order: WorkOrder, member: Member) -> dict[str, Any] | None:
    """What is filled, also of fields that were retired since. No query unless one of them names people."""
    if not work_order.custom:
        return None
    fields = definitions.of(member.tenant, Entity.WORK_ORDER, retired=True)
    facts = values.shown(fields, work_order.custom, values.people_in(fields, [work_order.custom]))
    return {"facts": facts, "live": True} if facts else None
