"""Custom fields of work orders: who fills which, what a type requires, and filtering by them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from core.api.query import refuse
from core.errors import Invalid
from customfields import definitions, values
from customfields.choices import Entity, FieldKind
from customfields.models import CustomField
from tenancy.models import Member, Tenant
from tenancy.permissions import may


def fields_of(tenant: Tenant, by: Member | None) -> list[CustomField]:
    """What `by` is asked for: somebody who may only ask for work fills the fields of requests."""
    fields = definitions.of(tenant, Entity.WORK_ORDER)
    if may(by, "workorder.create", "workorder.edit"):
        return fields
    return [field for field in fields if field.entity == Entity.REQUEST]


def merged(
    tenant: Tenant, by: Member | None, current: Mapping[str, Any], given: Mapping[str, Any], type_key: str
) -> dict[str, Any]:
    """The values after an act. Of the two forms only one's required fields are asked: the one that `by` fills.

    The system (`by=None`) brings what it has: an import or a plan cannot know what people are asked for.
    """
    fields = fields_of(tenant, by)
    asked = fields if by is None or not may(by, "workorder.create", "workorder.edit") else [
        field for field in fields if field.entity == Entity.WORK_ORDER
    ]  # fmt: skip
    result = values.merged(fields, current, given, complete=False)
    if by is not None and (lacking := values.missing(asked, result, type_key)):
        names = definitions.by_key(asked)
        raise Invalid(
            {f"custom.{key}": f"Fill in “{names[key].name}”." for key in lacking}, headline="Invalid work order data"
        )
    return result


def narrowed(rows: Any, pairs: list[str], member: Member) -> Any:
    """Rows whose custom fields hold these `key:value` pairs: any of the values of one key, all of the keys."""
    known = definitions.by_key(definitions.of(member.tenant, Entity.WORK_ORDER, retired=True))
    wanted: dict[str, Q] = {}
    for pair in pairs:
        key, colon, text = pair.partition(":")
        if not colon or key not in known:
            raise refuse("custom", f"Use key:value with one of the keys {', '.join(known) or '(there are none yet)'}.")
        wanted[key] = wanted.get(key, Q(pk__in=[])) | holds(known[key], text.strip())
    for found in wanted.values():
        rows = rows.filter(found)
    return rows


def holds(field: CustomField, text: str) -> Q:
    if field.kind == FieldKind.TEXT:
        return Q(**{f"custom__{field.key}__icontains": text})
    value: Any = text
    if field.kind == FieldKind.NUMBER:
        try:
            value = int(text) if text.lstrip("-").isdigit() else float(text)
        except ValueError:
            raise refuse("custom", f"{field.key} is a number.") from None
    return Q(custom__contains={field.key: [value] if field.kind == FieldKind.MULTI_CHOICE else value})
