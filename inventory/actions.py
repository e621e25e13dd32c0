"""Every act on the part catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from core import events, writing
from core.errors import Conflict, Invalid
from core.ids import uuid7
from customfields import records
from customfields.choices import Entity
from inventory.models import Alternate, ManufacturerNumber, Part, PartCategory
from tenancy.models import Member
from tenancy.permissions import require

PART_FIELDS = frozenset(
    {"number", "name", "description", "unit", "barcode", "category", "unit_cost", "kept_in", "external_id", "custom"}
)
TAKEN = {
    "number": "There is a part with this number already.",
    "barcode": "This barcode is on another part already.",
    "external_id": "There is a part with this external id already.",
}
MOST_NUMBERS = 50


def check_part(part: Part) -> None:
    """What makes a part sound, whichever door it came through; all problems at once."""
    part.number, part.name, part.barcode = part.number.strip(), part.name.strip(), part.barcode.strip()
    problems = {}
    if not part.number:
        problems["number"] = "Give it a number that is on its shelf or bag."
    if not part.name:
        problems["name"] = "Say what it is."
    if not part.unit.strip():
        problems["unit"] = "Say in what it is counted: each, m, l, kg."
    if part.unit_cost is None or part.unit_cost < 0:
        problems["unit_cost"] = "A cost is zero or more."
    others = Part.objects.filter(tenant_id=part.tenant_id).exclude(pk=part.pk)
    for name, sentence in TAKEN.items():
        value = getattr(part, name)
        lookup = name if name == "external_id" else f"{name}__iexact"
        if value and name not in problems and others.filter(**{lookup: value}).exists():
            problems[name] = sentence
    if problems:
        raise Invalid(problems, headline="Invalid part data")
    writing.same_tenant(part, "category")
    writing.check(part, headline="Invalid part data")


def told_cost(told: dict[str, Any]) -> dict[str, Any]:
    """What a part costs is not everybody's to know: the event says that it changed, not to what."""
    return {name: [] if name == "unit_cost" else values for name, values in told.items()}


@transaction.atomic
def add_part_to_catalogue(
    *,
    by: Member,
    number: str,
    name: str,
    manufacturer_numbers: Sequence[tuple[str, str]] = (),
    alternates: Sequence[Part] = (),
    **fields: Any,
) -> Part:
    """A new part. `fields` are of `PART_FIELDS`, plus id; further numbers and alternates as in the acts below."""
    require(by, "part.edit")
    fields["custom"] = records.merged(Entity.PART, by.tenant, by, {}, fields.get("custom", {}))
    part = Part(id=fields.pop("id", None) or uuid7(), tenant_id=by.tenant_id, number=number, name=name, **fields)
    check_part(part)
    try:
        with transaction.atomic():
            part.save(force_insert=True)
    except IntegrityError as error:
        # Somebody added the same number a moment ago.
        raise same_name(error) from None
    events.record("part.created", part, by=by, changes={"number": [None, part.number], "name": [None, part.name]})
    if manufacturer_numbers:
        write_numbers(part, manufacturer_numbers)
    if alternates:
        write_alternates(part, alternates)
    return part


def same_name(error: IntegrityError) -> Exception:
    for constraint, name in (("part_number", "number"), ("part_barcode", "barcode"), ("part_external", "external_id")):
        if constraint in str(error):
            return Invalid({name: TAKEN[name]}, headline="Invalid part data")
    return error


@transaction.atomic
def update_part(
    part: Part, *, by: Member | None, changes: Mapping[str, Any], expected_version: int | None = None
) -> Part:
    """Edit a part: fields of `PART_FIELDS`, `manufacturer_numbers` and `alternates`. Lines issued before keep their cost."""
    part = writing.lock(part, expected_version=expected_version)
    require(by, "part.edit")
    if "custom" in changes:
        custom = records.merged(Entity.PART, part.tenant, by, part.custom, changes["custom"])
        changes = {**changes, "custom": custom}
    told = writing.apply(part, {name: changes[name] for name in PART_FIELDS if name in changes})
    check_part(part)
    columns = set(told)
    if "manufacturer_numbers" in changes:
        told |= write_numbers(part, changes["manufacturer_numbers"])
    if "alternates" in changes:
        told |= write_alternates(part, changes["alternates"])
    if told:
        try:
            with transaction.atomic():
                writing.save(part, columns)
        except IntegrityError as error:
            raise same_name(error) from None
        events.record("part.updated", part, by=by, changes=told_cost(told))
    return part


@transaction.atomic
def set_manufacturer_numbers(
    part: Part, *, by: Member | None, numbers: Sequence[tuple[str, str]], expected_version: int | None = None
) -> Part:
    """Exactly these (manufacturer, number) pairs."""
    require(by, "part.edit")
    return update_part(part, by=by, changes={"manufacturer_numbers": numbers}, expected_version=expected_version)


@transaction.atomic
def set_alternates(
    part: Part, *, by: Member | None, alternates: Sequence[Part], expected_version: int | None = None
) -> Part:
    """Exactly these parts do instead of it."""
    require(by, "part.edit")
    return update_part(part, by=by, changes={"alternates": alternates}, expected_version=expected_version)


def write_numbers(part: Part, numbers: Sequence[tuple[str, str]]) -> dict[str, list[Any]]:
    wanted: dict[tuple[str, str], tuple[str, str]] = {}
    for maker, number in ((maker.strip(), number.strip()) for maker, number in numbers):
        if not maker or not number:
            raise Invalid({"manufacturer_numbers": "Name the manufacturer and its number."})
        if len(maker) > 120 or len(number) > 120:
            raise Invalid({"manufacturer_numbers": "A name or number has at most 120 characters."})
        wanted.setdefault((maker.lower(), number.lower()), (maker, number))
    if len(wanted) > MOST_NUMBERS:
        raise Invalid({"manufacturer_numbers": f"At most {MOST_NUMBERS} numbers."})
    rows = part.manufacturer_numbers
    before = sorted(rows.values_list("manufacturer", "number"))
    after = sorted(wanted.values())
    if before == after:
        return {}
    rows.all().delete()
    ManufacturerNumber.objects.bulk_create(
        ManufacturerNumber(tenant_id=part.tenant_id, part=part, manufacturer=maker, number=number)
        for maker, number in after
    )
    return {"manufacturer_numbers": [[" ".join(pair) for pair in pairs] for pairs in (before, after)]}


def write_alternates(part: Part, alternates: Sequence[Part]) -> dict[str, list[Any]]:
    if any(other.tenant_id != part.tenant_id for other in alternates):
        raise Invalid({"alternates": "There is no such part."})
    after = {other.pk for other in alternates}
    if part.pk in after:
        raise Invalid({"alternates": "A part is no alternate of itself."})
    if len(after) > MOST_NUMBERS:
        raise Invalid({"alternates": f"At most {MOST_NUMBERS} alternates."})
    before = set(part.alternates.values_list("alternate_id", flat=True))
    if before == after:
        return {}
    part.alternates.filter(alternate_id__in=before - after).delete()
    Alternate.objects.bulk_create(
        Alternate(tenant_id=part.tenant_id, part=part, alternate_id=pk) for pk in sorted(after - before)
    )
    return {"alternates": [sorted(map(str, before)), sorted(map(str, after))]}


@transaction.atomic
def archive_part(part: Part, *, by: Member | None, expected_version: int | None = None) -> Part:
    """Take a part out of the catalogue; lines and history keep it."""
    part = writing.lock(part, expected_version=expected_version)
    require(by, "part.edit")
    if part.archived_at is None:
        part.archived_at = timezone.now()
        writing.save(part, {"archived_at"})
        events.record("part.archived", part, by=by)
    return part


@transaction.atomic
def restore_part(part: Part, *, by: Member | None, expected_version: int | None = None) -> Part:
    """Put an archived part back into the catalogue."""
    part = writing.lock(part, expected_version=expected_version)
    require(by, "part.edit")
    if part.archived_at is not None:
        part.archived_at = None
        writing.save(part, {"archived_at"})
        events.record("part.restored", part, by=by)
    return part


@transaction.atomic
def delete_part(part: Part, *, by: Member | None, expected_version: int | None = None) -> None:
    """Remove a part that nothing ever used; any other is archived instead."""
    part = writing.lock(part, expected_version=expected_version)
    require(by, "part.edit")
    in_use = Conflict(
        "Work orders, plans or photos name it: archive it instead, so that history stays.",
        code="in_use",
        headline="Cannot delete part",
    )
    if part.media.exists():
        raise in_use
    events.record("part.deleted", part, by=by, changes={"number": [part.number, None], "name": [part.name, None]})
    try:
        with transaction.atomic():
            part.delete()
    except (ProtectedError, IntegrityError):
        raise in_use from None


@transaction.atomic
def remove_part_from_catalogue(part: Part, *, by: Member | None, expected_version: int | None = None) -> Part | None:
    """Delete a part that nothing uses, archive any other; returns the part that is left."""
    part = writing.lock(part, expected_version=expected_version)
    require(by, "part.edit")
    try:
        with transaction.atomic():
            delete_part(part, by=by)
    except Conflict:
        return archive_part(part, by=by)
    return None


@transaction.atomic
def add_category(*, by: Member, name: str) -> PartCategory:
    """A new heading of the catalogue."""
    require(by, "part.edit")
    category = PartCategory(id=uuid7(), tenant_id=by.tenant_id, name=name.strip())
    check_category(category)
    category.save(force_insert=True)
    events.record("part_category.created", category, by=by, changes={"name": [None, category.name]})
    return category


def check_category(category: PartCategory) -> None:
    others = PartCategory.objects.filter(tenant_id=category.tenant_id).exclude(pk=category.pk)
    if category.name and others.filter(name__iexact=category.name).exists():
        raise Invalid({"name": "There is a category of this name already."})
    writing.check(category)


@transaction.atomic
def rename_category(
    category: PartCategory, *, by: Member | None, name: str, expected_version: int | None = None
) -> PartCategory:
    category = writing.lock(category, expected_version=expected_version)
    require(by, "part.edit")
    told = writing.apply(category, {"name": name.strip()})
    check_category(category)
    if told:
        writing.save(category, told)
        events.record("part_category.updated", category, by=by, changes=told)
    return category


@transaction.atomic
def delete_category(category: PartCategory, *, by: Member | None, expected_version: int | None = None) -> None:
    """Remove a heading under which no part stands."""
    category = writing.lock(category, expected_version=expected_version)
    require(by, "part.edit")
    if category.parts.exists():
        raise Conflict("Parts are in it: move them first.", code="in_use", headline="Cannot delete category")
    events.record("part_category.deleted", category, by=by, changes={"name": [category.name, None]})
    category.delete()
