"""The failure catalogue: codes for what was seen, why, and what was done, and the classes of equipment they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from assets.models import Category
from core import events, writing
from core.errors import Conflict, Invalid
from core.ids import uuid7
from tenancy.models import Member, Tenant
from tenancy.permissions import require
from workorders.choices import CodeKind
from workorders.library.failure_codes import equipment_classes, shipped
from workorders.models import FailureCode, FailureCodeClass
from workorders.shipped import ship_codes

CODE_EDITABLE = frozenset({"code", "name", "description", "position", "classes"})
HEADLINE = "Invalid failure code data"


def check_code(row: FailureCode, problems: dict[str, str]) -> None:
    row.code, row.name = " ".join(row.code.split()), " ".join(row.name.split())
    for name, most in (("code", 60), ("name", 120), ("description", 500)):
        text = getattr(row, name)
        if len(text) > most:
            problems[name] = f"This has at most {most} characters."
        elif not text and name != "description":
            problems[name] = f"Give it a {name}."
    if row.kind not in CodeKind.values:
        problems["kind"] = f"Use one of {', '.join(CodeKind.values)}."
    if not 0 <= row.position <= 9999:
        problems["position"] = "A position lies between 0 and 9,999."
    others = FailureCode.objects.filter(tenant_id=row.tenant_id, kind=row.kind, code__iexact=row.code)
    if "code" not in problems and others.exclude(pk=row.pk).exists():
        problems["code"] = "There is such a code already."
    if problems:
        raise Invalid(problems, headline=HEADLINE)


def set_classes(row: FailureCode, classes: Iterable[Category]) -> dict[str, Any]:
    """Write which classes of equipment a code belongs to; what changed, for the event."""
    wanted = {category.pk: category for category in classes}
    if any(category.tenant_id != row.tenant_id for category in wanted.values()):
        raise Invalid({"classes": "There is no such category."}, headline=HEADLINE)
    before = set(row.classes.values_list("category_id", flat=True))
    if before == wanted.keys():
        return {}
    row.classes.filter(category_id__in=before - wanted.keys()).delete()
    FailureCodeClass.objects.bulk_create(
        FailureCodeClass(tenant_id=row.tenant_id, failure_code=row, category_id=pk)
        for pk in sorted(wanted.keys() - before)
    )
    return {"classes": [sorted(map(str, before)), sorted(map(str, wanted))]}


@transaction.atomic
def add_code(
    *,
    by: Member,
    kind: str,
    code: str,
    name: str,
    description: str = "",
    position: int = 0,
    classes: Iterable[Category] = (),
) -> FailureCode:
    """A new code. Without classes it applies to all equipment."""
    require(by, "failure.manage")
    row = FailureCode(
        id=uuid7(), tenant_id=by.tenant_id, kind=kind, code=code, name=name, description=description.strip(),
        position=position,
    )  # fmt: skip
    check_code(row, {})
    row.save(force_insert=True)
    set_classes(row, classes)
    events.record("failure_code.created", row, by=by, changes={"code": [None, row.code], "name": [None, row.name]})
    return row


@transaction.atomic
def update_code(
    row: FailureCode, *, by: Member | None, changes: Mapping[str, Any], expected_version: int | None = None
) -> FailureCode:
    """Edit fields of `CODE_EDITABLE`. Work orders keep pointing to the code, so its new words are shown there, too."""
    row = writing.lock(row, expected_version=expected_version)
    require(by, "failure.manage")
    if strange := set(changes) - CODE_EDITABLE:
        raise ValueError(f"not editable: {', '.join(sorted(strange))}")
    told = writing.apply(row, {name: value for name, value in changes.items() if name != "classes"})
    check_code(row, {})
    told = {name: [before, getattr(row, name)] for name, (before, _) in told.items() if before != getattr(row, name)}
    fields = set(told)
    if "classes" in changes:
        told |= set_classes(row, changes["classes"])
    if told:
        writing.save(row, fields)
        events.record("failure_code.updated", row, by=by, changes=told)
    return row


@transaction.atomic
def archive_code(row: FailureCode, *, by: Member | None, expected_version: int | None = None) -> FailureCode:
    """Take a code out of use: offered no longer, and kept where it was chosen."""
    row = writing.lock(row, expected_version=expected_version)
    require(by, "failure.manage")
    return switch_code(row, False, by=by)


@transaction.atomic
def restore_code(row: FailureCode, *, by: Member | None, expected_version: int | None = None) -> FailureCode:
    row = writing.lock(row, expected_version=expected_version)
    require(by, "failure.manage")
    return switch_code(row, True, by=by)


def switch_code(row: FailureCode, active: bool, *, by: Member | None) -> FailureCode:
    if row.is_active == active:
        said = "is in use already" if active else "is out of use already"
        raise Conflict(f"{row.code} {said}.", code="active" if active else "archived")
    row.is_active = active
    writing.save(row, {"is_active"})
    kind = "failure_code.restored" if active else "failure_code.archived"
    events.record(kind, row, by=by, changes={"is_active": [not active, active]})
    return row


@transaction.atomic
def install_codes(*, by: Member) -> list[FailureCode]:
    """Offer the shipped codes (ISO 14224 names, our remedies) in a tenant that began without them; repeatable."""
    require(by, "failure.manage")
    # Two at once take turns: the second finds everything there.
    tenant = Tenant.objects.select_for_update().get(pk=by.tenant_id)
    made = ship_codes(tenant)
    if made:
        told = {"added": [None, len(made)]}
        events.record("failure_code.installed", made[0], by=by, changes=told)
    return made


@transaction.atomic
def follow_class(category: Category, *, by: Member | None, equipment_class: str) -> int:
    """Give a category the problem codes of a class of ISO 14224 ("" takes them away); how many it has then."""
    require(by, "failure.manage")
    if equipment_class and equipment_class not in equipment_classes():
        raise Invalid({"equipment_class": f"Use one of {', '.join(equipment_classes())}."}, headline=HEADLINE)
    category = writing.lock(category)
    codes = dict(
        FailureCode.objects.filter(tenant_id=category.tenant_id, kind=CodeKind.PROBLEM).values_list("code", "pk")
    )
    known = {codes[one.code] for one in shipped() if one.kind == CodeKind.PROBLEM and one.code in codes}
    wanted = {codes[one.code] for one in shipped() if equipment_class in one.classes and one.code in codes}
    links = FailureCodeClass.objects.filter(tenant_id=category.tenant_id, category=category)
    before = set(links.values_list("failure_code_id", flat=True))
    links.filter(failure_code_id__in=(before & known) - wanted).delete()
    FailureCodeClass.objects.bulk_create(
        FailureCodeClass(tenant_id=category.tenant_id, failure_code_id=pk, category=category)
        for pk in sorted(wanted - before)
    )
    if (before & known) != wanted:
        told = {"equipment_class": [None, equipment_class or None], "codes": [len(before & known), len(wanted)]}
        events.record("failure_code.classed", category, by=by, changes=told)
    return len((before - known) | wanted)
