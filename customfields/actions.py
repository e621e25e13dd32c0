"""Every act on custom fields. A field is retired, never removed: records keep what was written into them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from core import events, writing
from core.errors import Conflict, Invalid
from customfields.choices import Entity, FieldKind
from customfields.models import CustomField
from tenancy.models import Member
from tenancy.permissions import require

EDITABLE = frozenset({"name", "options", "help_text", "required", "required_for", "position", "is_active"})
MOST = 60
WITH_OPTIONS = (FieldKind.CHOICE, FieldKind.MULTI_CHOICE)
# A work order carries both, so a key means one field there.
TOGETHER = (Entity.WORK_ORDER, Entity.REQUEST)


@transaction.atomic
def add_field(
    *, by: Member, entity: str, name: str, kind: str, key: str = "", options: Any = (), **fields: Any
) -> CustomField:
    """A new field; its key is made from the name unless given, and never changes. `fields` are of `EDITABLE`."""
    require(by, "settings.manage")
    writing.lock(by.tenant)
    siblings = TOGETHER if entity in TOGETHER else (entity,)
    others = CustomField.objects.filter(tenant_id=by.tenant_id, entity__in=siblings)
    taken = list(others.values_list("key", flat=True))
    if len(taken) >= MOST:
        raise Conflict(f"There are {MOST} fields already: retire one first.", code="too_many", field="name")
    if key and key in taken:
        raise Invalid({"key": "Another field has this key."})
    field = CustomField(
        tenant_id=by.tenant_id, entity=entity, key=key or writing.slug_key(name, taken), name=name.strip(), kind=kind,
        options=tidy(options), **fields,
    )  # fmt: skip
    check(field)
    field.save(force_insert=True)
    events.record("custom_field.created", field, by=by, changes={"name": [None, field.name]})
    return field


@transaction.atomic
def update_field(
    field: CustomField, *, by: Member | None, changes: Mapping[str, Any], expected_version: int | None = None
) -> CustomField:
    """Edit everything but kind and key; `is_active` false retires it. Values that records hold stay as they are."""
    field = writing.lock(field, expected_version=expected_version)
    require(by, "settings.manage")
    wanted = {name: value for name, value in changes.items() if name in EDITABLE}
    if "options" in wanted:
        wanted["options"] = tidy(wanted["options"])
    if "name" in wanted:
        wanted["name"] = wanted["name"].strip()
    told = writing.apply(field, wanted)
    check(field)
    if told:
        writing.save(field, told)
        events.record("custom_field.updated", field, by=by, changes=told)
    return field


def tidy(options: Any) -> list[str]:
    """Options without blanks and repetitions, in their order."""
    return list(dict.fromkeys(text for one in options or () if (text := str(one).strip())))


def check(field: CustomField) -> None:
    problems = {}
    if field.kind in WITH_OPTIONS and len(field.options) < 2:
        problems["options"] = "Name at least two, one per line."
    if field.kind not in WITH_OPTIONS and field.options:
        problems["options"] = "Only lists have options."
    if len(field.options) > 200:
        problems["options"] = "At most 200."
    if field.required_for and field.entity != Entity.WORK_ORDER:
        problems["required_for"] = "Only work orders have types."
    if problems:
        raise Invalid(problems)
    writing.check(field)
