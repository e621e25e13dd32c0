"""A tenant's statuses, priorities, types and transitions, kept per process until their version changes."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tenancy.models import Member, Tenant
from workorders.models import Priority, Status, Transition, Type


@dataclass(frozen=True)
class Catalogue:
    """Everything of one version; look-ups by id and by key. `edges` maps a status id to its outgoing transitions."""

    version: int
    statuses: dict[UUID, Status]
    priorities: dict[UUID, Priority]
    types: dict[UUID, Type]
    edges: dict[UUID, list[Transition]]
    by_key: dict[str, dict[str, Any]] = field(default_factory=dict)

    def status(self, key: str) -> Status | None:
        return self.by_key["status"].get(key)

    def default_status(self, meaning: str) -> Status:
        """The status an act that knows only the meaning leads to."""
        fitting = [status for status in self.statuses.values() if status.meaning == meaning and status.is_active]
        return next((status for status in fitting if status.is_default), fitting[0])

    def default_priority(self) -> Priority:
        return default(self.priorities)

    def default_type(self) -> Type:
        return default(self.types)

    def meaning_ids(self, *meanings: str) -> list[UUID]:
        return [status.pk for status in self.statuses.values() if status.meaning in meanings]


def default(entries: dict[UUID, Any]) -> Any:
    active = [entry for entry in entries.values() if entry.is_active]
    return next((entry for entry in active if entry.is_default), active[0])


_lock = threading.Lock()
_known: dict[UUID, Catalogue] = {}


def of(member: Member | None, tenant_id: UUID | None = None) -> Catalogue:
    """The catalogue of the member's tenant (of `tenant_id` for the system); a query only when it changed."""
    tenant_id = member.tenant_id if member else tenant_id
    if tenant_id is None:
        raise ValueError("a catalogue belongs to a tenant")
    known = _known.get(tenant_id)
    version = member.tenant.catalogue_version if member and "tenant" in member._state.fields_cache else None
    if version is None:
        version = Tenant.objects.values_list("catalogue_version", flat=True).get(pk=tenant_id)
    if known is None or known.version != version:
        known = load(tenant_id)
        with _lock:
            if len(_known) > 500:
                _known.clear()
            _known[tenant_id] = known
    return known


def load(tenant_id: UUID) -> Catalogue:
    # The version first: what is read after it is at least as new. Inside a transaction that edits the catalogue both are
    # its own, and nobody else ever meets that version if it is rolled back.
    version = Tenant.objects.values_list("catalogue_version", flat=True).get(pk=tenant_id)
    statuses = {row.pk: row for row in Status.objects.filter(tenant_id=tenant_id)}
    priorities = {row.pk: row for row in Priority.objects.filter(tenant_id=tenant_id)}
    types = {row.pk: row for row in Type.objects.filter(tenant_id=tenant_id)}
    edges: dict[UUID, list[Transition]] = {pk: [] for pk in statuses}
    for edge in Transition.objects.filter(tenant_id=tenant_id):
        edges[edge.from_status_id].append(edge)
    for outgoing in edges.values():
        outgoing.sort(key=lambda edge: (statuses[edge.to_status_id].position, statuses[edge.to_status_id].name))
    by_key: dict[str, dict[str, Any]] = {
        "status": {row.key: row for row in statuses.values()},
        "priority": {row.key: row for row in priorities.values()},
        "type": {row.key: row for row in types.values()},
    }
    return Catalogue(version, statuses, priorities, types, edges, by_key)
