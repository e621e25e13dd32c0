"""A tenant's own fields, kept per process until its catalogue's version changes."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from uuid import UUID

from customfields.choices import Entity
from customfields.models import CustomField
from tenancy.models import Tenant

# What a record of each kind carries: a reported work order holds the answers of the request's form as well.
CARRIED = {
    Entity.WORK_ORDER: (Entity.WORK_ORDER, Entity.REQUEST),
    Entity.ASSET: (Entity.ASSET,),
    Entity.PART: (Entity.PART,),
    Entity.REQUEST: (Entity.REQUEST,),
}

_lock = threading.Lock()
_known: dict[UUID, tuple[int, tuple[CustomField, ...]]] = {}


def all_of(tenant: Tenant) -> tuple[CustomField, ...]:
    """Every field of the tenant, also retired ones, in order; a query only when some definition changed."""
    known = _known.get(tenant.pk)
    if known is None or known[0] != tenant.catalogue_version:
        # The version that came with the tenant is older than what is read now, never newer: at worst it is read again.
        known = (tenant.catalogue_version, tuple(CustomField.objects.filter(tenant_id=tenant.pk)))
        with _lock:
            if len(_known) > 500:
                _known.clear()
            _known[tenant.pk] = known
    return known[1]


def of(tenant: Tenant, entity: str, *, retired: bool = False) -> list[CustomField]:
    """The fields that records of this kind carry, without retired ones unless asked for."""
    kinds = CARRIED[Entity(entity)]
    return [field for field in all_of(tenant) if field.entity in kinds and (retired or field.is_active)]


def by_key(fields: Iterable[CustomField]) -> Mapping[str, CustomField]:
    return {field.key: field for field in fields}


def forget() -> None:
    """For tests that write definitions past the acts."""
    _known.clear()
