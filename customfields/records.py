"""Custom fields of one record, for the acts and pages of what carries them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from customfields import definitions, values
from tenancy.models import Member, Tenant


def merged(
    entity: str, tenant: Tenant, by: Member | None, current: Mapping[str, Any], given: Mapping[str, Any]
) -> dict[str, Any]:
    """The record's values after an act. The system (`by=None`) brings what it has: nobody is there to be asked."""
    return values.merged(definitions.of(tenant, entity), current, given, complete=by is not None)


def facts(entity: str, tenant: Tenant, custom: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Label and text of what is filled, also in fields retired since. No query unless one names people."""
    if not custom:
        return []
    fields = definitions.of(tenant, entity, retired=True)
    shown = values.shown(fields, custom, values.people_in(fields, [custom]))
    return [(fact["label"], fact["text"]) for fact in shown]
