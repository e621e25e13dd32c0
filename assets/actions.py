"""Every act on places, assets and who sees which places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import available_timezones

from django.db import IntegrityError, transaction
from django.utils import timezone

from assets.choices import PARENTS, AssetStatus, LocationKind
from assets.models import Asset, Category, Location, LocationScope
from core import events, writing
from core.errors import Conflict, Invalid
from core.ids import uuid7
from customfields import records
from customfields.choices import Entity
from tenancy.models import Member
from tenancy.permissions import require

MOST_HAZARDS = 20
LOCATION_FIELDS = frozenset({"name", "code", "kind", "time_zone", "external_id", "parent"})
ASSET_FIELDS = frozenset(
    {
        "name", "tag", "barcode", "serial", "manufacturer", "model", "description", "criticality", "category",
        "location", "department", "parent", "external_id", "custom", "hazards", "warranty_until", "warranty_note",
    }
)  # fmt: skip


def check_location(location: Location) -> None:
    """Kind, parent rule, zone; then the model's own checks."""
    problems = {}
    above = location.parent.kind if location.parent else ""
    if location.kind in LocationKind.values and above not in PARENTS[location.kind]:
        allowed = ", ".join(LocationKind(kind).label.lower() if kind else "the top" for kind in PARENTS[location.kind])
        problems["parent"] = f"A {LocationKind(location.kind).label.lower()} stands in: {allowed}."
    if location.time_zone and location.time_zone not in available_timezones():
        problems["time_zone"] = "Choose a time zone from the list, for example Australia/Perth."
    if location.parent and location.parent.tenant_id != location.tenant_id:
        problems["parent"] = "There is no such place."
    if problems:
        raise Invalid(problems)
    writing.check(location)


@transaction.atomic
def add_location(*, by: Member, name: str, kind: str, parent: Location | None = None, **fields: Any) -> Location:
    """A new place in the tree. `fields`: code, time_zone, external_id, id."""
    require(by, "location.edit")
    location = Location(
        id=fields.pop("id", None) or uuid7(),
        tenant_id=by.tenant_id,
        name=name.strip(),
        kind=kind,
        parent=parent,
        **fields,
    )
    check_location(location)
    location.save(force_insert=True)
    location.refresh_from_db(fields=["path", "site"])
    events.record("location.created", location, by=by, changes={"name": [None, location.name]})
    return location


@transaction.atomic
def update_location(
    location: Location, *, by: Member | None, changes: Mapping[str, Any], expected_version: int | None = None
) -> Location:
    """Edit or move a place; what is below it moves along. The database refuses a circle, also when two moves race."""
    if "parent" in changes:
        writing.lock_tree(location)
    location = writing.lock(location, expected_version=expected_version)
    require(by, "location.edit")
    told = writing.apply(location, {name: changes[name] for name in LOCATION_FIELDS if name in changes})
    check_location(location)
    if "kind" in told:
        refuse_misplaced_children(location)
    if told:
        save_in_tree(location, told, "place")
        events.record("location.moved" if "parent" in told else "location.updated", location, by=by, changes=told)
    return location


def refuse_misplaced_children(location: Location) -> None:
    kinds = location.children.values_list("kind", flat=True).distinct()
    if wrong := [kind for kind in kinds if location.kind not in PARENTS[kind]]:
        raise Invalid({"kind": f"Below it stand places of kind {', '.join(sorted(wrong))}, which do not fit there."})


def save_in_tree(row: Any, told: Mapping[str, Any], noun: str) -> None:
    try:
        with transaction.atomic():
            writing.save(row, told)
    except IntegrityError as error:
        if "stand in itself" in str(error):
            problem, code = f"A {noun} cannot stand in itself or in what is below it.", "cycle"
        elif "_depth" in str(error):
            problem, code = f"A {noun} stands in at most 200 others, one in the next.", "depth"
        else:
            raise
        raise Conflict(problem, code=code, field="parent") from None
    row.refresh_from_db(fields=["path"])


@transaction.atomic
def archive_location(location: Location, *, by: Member | None) -> Location:
    """Take a place out of use. Places, assets in service and open work in it must be gone first."""
    location = writing.lock(location)
    require(by, "location.edit")
    if location.archived_at:
        return location
    if Location.objects.active().filter(parent=location).exists():
        raise Conflict(
            "There are places below it: archive those first.", code="has_places", headline="Cannot archive place"
        )
    if location.assets.filter(archived_at=None).exists():
        raise Conflict(
            "Assets stand there: move or retire those first.", code="has_assets", headline="Cannot archive place"
        )
    location.archived_at = timezone.now()
    writing.save(location, {"archived_at"})
    events.record("location.archived", location, by=by)
    return location


@transaction.atomic
def add_category(*, by: Member, name: str) -> Category:
    require(by, "asset.edit")
    category = Category(tenant_id=by.tenant_id, name=name.strip())
    writing.check(category)
    category.save(force_insert=True)
    events.record("category.created", category, by=by, changes={"name": [None, category.name]})
    return category


def check_asset(asset: Asset) -> None:
    writing.same_tenant(asset, "parent", "location", "category", "department")
    asset.tag = asset.tag.strip()
    asset.hazards = list(dict.fromkeys(text.strip() for text in asset.hazards if text.strip()))
    if len(asset.hazards) > MOST_HAZARDS:
        raise Invalid({"hazards": f"Name at most {MOST_HAZARDS} hazards, the worst first."})
    writing.check(asset)


@transaction.atomic
def add_asset(*, by: Member, name: str, tag: str, **fields: Any) -> Asset:
    """A new asset. `fields` are of `ASSET_FIELDS`, plus id and status. A part stands where its parent stands."""
    require(by, "asset.edit")
    parent = fields.get("parent")
    if parent is not None and fields.get("location") is None:
        fields["location"] = parent.location
    fields["custom"] = records.merged(Entity.ASSET, by.tenant, by, {}, fields.get("custom", {}))
    asset = Asset(id=fields.pop("id", None) or uuid7(), tenant_id=by.tenant_id, name=name.strip(), tag=tag, **fields)
    check_asset(asset)
    asset.save(force_insert=True)
    asset.refresh_from_db(fields=["path"])
    events.record("asset.created", asset, by=by, changes={"tag": [None, asset.tag], "name": [None, asset.name]})
    return asset


@transaction.atomic
def update_asset(
    asset: Asset, *, by: Member | None, changes: Mapping[str, Any], expected_version: int | None = None
) -> Asset:
    """Edit or move an asset; its parts move along in the tree of assets."""
    if "parent" in changes:
        writing.lock_tree(asset)
    asset = writing.lock(asset, expected_version=expected_version)
    require(by, "asset.edit")
    changes = {name: changes[name] for name in ASSET_FIELDS if name in changes}
    if "custom" in changes:
        changes["custom"] = records.merged(Entity.ASSET, asset.tenant, by, asset.custom, changes["custom"])
    told = writing.apply(asset, changes)
    check_asset(asset)
    if told:
        save_in_tree(asset, told, "machine")
        events.record("asset.updated", asset, by=by, changes=told)
    return asset


@transaction.atomic
def set_asset_status(
    asset: Asset, *, by: Member | None, status: str, reason: str = "", expected_version: int | None = None
) -> Asset:
    """In service, standby, out of service, retired. Going out of service asks why."""
    asset = writing.lock(asset, expected_version=expected_version)
    require(by, "asset.set_status", "asset.edit")
    if status not in AssetStatus.values:
        raise Invalid({"status": f"Use one of {', '.join(AssetStatus.values)}."})
    if status == AssetStatus.OUT_OF_SERVICE and not reason.strip():
        raise Invalid({"reason": "Say why it is out of service."})
    told = writing.apply(asset, {"status": status})
    if told:
        writing.save(asset, told)
        events.record(
            "asset.status_changed", asset, by=by, changes=told | ({"reason": [None, reason]} if reason else {})
        )
    return asset


@transaction.atomic
def archive_asset(asset: Asset, *, by: Member | None) -> Asset:
    """Take an asset off the register; its history stays. Its parts must be archived or moved first."""
    asset = writing.lock(asset)
    require(by, "asset.edit")
    if asset.archived_at:
        return asset
    if asset.children.filter(archived_at=None).exists():
        raise Conflict("It has parts: archive or move those first.", code="has_parts", headline="Cannot archive asset")
    asset.archived_at = timezone.now()
    writing.save(asset, {"archived_at"})
    events.record("asset.archived", asset, by=by)
    return asset


@transaction.atomic
def set_places(member: Member, *, by: Member | None, places: Sequence[Location]) -> None:
    """The places, with everything below them, that a scoped member sees."""
    require(by, "member.manage")
    if any(place.tenant_id != member.tenant_id for place in places):
        raise Invalid({"places": "There is no such place."})
    LocationScope.objects.filter(member=member).delete()
    LocationScope.objects.bulk_create(
        LocationScope(tenant_id=member.tenant_id, member=member, location=place) for place in places
    )
    events.record("member.scope_changed", member, by=by)
