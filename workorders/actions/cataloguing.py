"""Edit what work orders are described with: statuses, transitions, priorities, types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import IntegrityError, transaction

from core import events, writing
from core.errors import Conflict, Invalid
from core.ids import uuid7
from tenancy.models import Member
from tenancy.permissions import PERMISSIONS, require
from workorders.choices import GUARDED_FIELDS, GuardOperator, Meaning
from workorders.models import CatalogueEntry, Priority, Status, Transition, Type, WorkOrder

E = TypeVar("E", bound=CatalogueEntry)
FIELDS: dict[type[CatalogueEntry], frozenset[str]] = {
    Status: frozenset({"name", "position", "is_active", "is_default"}),
    Priority: frozenset({"name", "position", "is_active", "is_default", "rank", "letter", "tone"}),
    Type: frozenset({"name", "position", "is_active", "is_default"}),
}


@transaction.atomic
def add_entry(kind: type[E], *, by: Member, name: str, **fields: Any) -> E:
    """A new status (with `meaning`), priority (with `rank`, `letter`, `tone`) or type. Its key comes from the name."""
    require(by, "settings.manage")
    taken = kind._default_manager.filter(tenant_id=by.tenant_id).values_list("key", flat=True)
    entry = kind(id=uuid7(), tenant_id=by.tenant_id, key=writing.slug_key(name, taken), name=name.strip(), **fields)
    writing.check(entry)
    entry.save(force_insert=True)
    events.record(f"{kind._meta.model_name}.created", entry, by=by, changes={"name": [None, entry.name]})
    return entry


@transaction.atomic
def update_entry(entry: E, *, by: Member | None, changes: Mapping[str, Any], expected_version: int | None = None) -> E:
    """Rename, order, retire. Key and meaning stay: work orders and rules hang on them. Each meaning keeps an active default."""
    entry = writing.lock(entry, expected_version=expected_version)
    require(by, "settings.manage")
    kind = type(entry)
    changes = {name: changes[name] for name in FIELDS[kind] if name in changes}
    if changes.get("is_default"):
        if not changes.get("is_active", entry.is_active):
            raise Conflict("What is retired cannot be the default.", code="default")
        others = kind._default_manager.filter(tenant_id=entry.tenant_id, is_default=True).exclude(pk=entry.pk)
        if isinstance(entry, Status):
            others = others.filter(meaning=entry.meaning)
        others.update(is_default=False)
    elif entry.is_default and (  # type: ignore[attr-defined]
        changes.get("is_default") is False or changes.get("is_active") is False
    ):
        raise Conflict("This is the default: make another one the default first.", code="default")
    told = writing.apply(entry, changes)
    writing.check(entry)
    if told:
        writing.save(entry, told)
        events.record(f"{kind._meta.model_name}.updated", entry, by=by, changes=told)
    return entry


@transaction.atomic
def delete_entry(entry: CatalogueEntry, *, by: Member | None) -> None:
    """Remove what no work order uses; otherwise retire it (`is_active` off)."""
    entry = writing.lock(entry)
    require(by, "settings.manage")
    if entry.is_default:  # type: ignore[attr-defined]
        raise Conflict("This is the default: make another one the default first.", code="default")
    if WorkOrder.objects.filter(**{str(entry._meta.model_name): entry}).exists():
        raise Conflict("Work orders use it: retire it instead, so that history stays.", code="in_use")
    events.record(f"{entry._meta.model_name}.deleted", entry, by=by, changes={"name": [entry.name, None]})
    try:
        with transaction.atomic():
            entry.delete()
    except IntegrityError:
        raise Conflict(
            "Work orders were in it once: retire it instead, so that history stays.", code="in_use"
        ) from None


@transaction.atomic
def save_transition(
    *,
    by: Member,
    from_status: Status,
    to_status: Status,
    permission: str = "",
    required_fields: list[str] | None = None,
    requires_reason: bool = False,
    guard_field: str = "",
    guard_operator: str = "",
    guard_values: list[str] | None = None,
) -> Transition:
    """Create or edit the edge between two statuses. All problems are named at once."""
    require(by, "settings.manage")
    required_fields, guard_values = required_fields or [], guard_values or []
    problems = {}
    if from_status.pk == to_status.pk:
        problems["to_status"] = "A transition leads to another status."
    if from_status.meaning == Meaning.CLOSED:
        problems["from_status"] = "Closed work is kept as it is; open a follow-up instead."
    if permission and permission not in PERMISSIONS:
        problems["permission"] = "There is no such permission."
    if unknown := [name for name in required_fields if name not in GUARDED_FIELDS]:
        problems["required_fields"] = f"Unknown field: {', '.join(unknown)}."
    if bool(guard_field) != bool(guard_operator):
        problems["guard_field"] = "A guard needs a field and a comparison."
    elif guard_field and guard_field not in GUARDED_FIELDS:
        problems["guard_field"] = "There is no such field."
    elif guard_operator and guard_operator not in GuardOperator.values:
        problems["guard_operator"] = f"Use one of {', '.join(GuardOperator.values)}."
    elif guard_operator in (GuardOperator.EQUALS, GuardOperator.IN) and not guard_values:
        problems["guard_values"] = "Say with what to compare."
    if problems:
        raise Invalid(problems)
    edge = Transition.objects.filter(from_status=from_status, to_status=to_status).select_for_update().first()
    new = edge is None
    edge = edge or Transition(id=uuid7(), tenant_id=by.tenant_id, from_status=from_status, to_status=to_status)
    writing.same_tenant(edge, "from_status", "to_status")
    told = writing.apply(
        edge,
        {
            "permission": permission,
            "required_fields": required_fields,
            "requires_reason": requires_reason,
            "guard_field": guard_field,
            "guard_operator": guard_operator,
            "guard_values": guard_values,
        },
    )
    writing.check(edge)
    if new:
        edge.save(force_insert=True)
    elif told:
        writing.save(edge, told)
    if new or told:
        events.record("transition.created" if new else "transition.updated", edge, by=by, changes=told)
    return edge


@transaction.atomic
def delete_transition(edge: Transition, *, by: Member | None) -> None:
    edge = writing.lock(edge)
    require(by, "settings.manage")
    events.record("transition.deleted", edge, by=by)
    edge.delete()
