"""What lists of assets and places can be narrowed by: one set for the page and the API."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from assets.choices import AssetStatus, Criticality, LocationKind
from assets.models import Asset, Location
from core.api import filters, query
from core.errors import Invalid
from core.pagination import Key

ASSET_SORTS = {
    "name": Key("name"),
    "tag": Key("tag"),
    "createdAt": Key("created_at"),
    "updatedAt": Key("updated_at"),
}
LOCATION_SORTS = {
    "name": Key("name"),
    "code": Key("code"),
    "createdAt": Key("created_at"),
    "updatedAt": Key("updated_at"),
}


def one_of(rows: Any, name: str, values: list[str], known: list[str], column: str) -> Any:
    if strange := [value for value in values if value not in known]:
        raise Invalid(
            {name: f"Unknown {name} {', '.join(strange)[:100]}. Use some of {', '.join(known)}."},
            headline=query.HEADLINE,
        )
    return rows.filter(**{f"{column}__in": values})


def below(ids: list[Any], path: str = "path") -> Q:
    """At these places or anywhere below them."""
    found = Q(pk__in=[])
    for pk in ids[:20]:
        found |= Q(**{f"{path}__within": Location.objects.filter(pk=pk).values("path")})
    return found


class ArchivedFilter(filters.FilterSet):
    """Archived rows are left out unless they are asked for."""

    def rows(self) -> Any:
        rows = super().rows()
        return rows if "archived" in self.data else rows.filter(archived_at=None)

    def by_archived(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(archived_at__isnull=not value)


class AssetFilter(ArchivedFilter):
    status = filters.Keys(method="by_status", label="Status")
    criticality = filters.Keys(method="by_criticality", label="Criticality")
    categoryId = filters.Ids(field_name="category_id", lookup_expr="in", label="Category ids")
    departmentId = filters.Ids(field_name="department_id", lookup_expr="in", label="Department ids")
    parentId = filters.Ids(field_name="parent_id", lookup_expr="in", label="Ids of the assets they are parts of")
    locationId = filters.Ids(method="by_location", label="Location ids")
    locationSubtree = filters.Flag(method="with_location", label="With locationId: also everything below them")
    tag = filters.Search(field_name="tag", lookup_expr="iexact", label="Exactly this tag")
    barcode = filters.Search(field_name="barcode", lookup_expr="iexact", label="Exactly this barcode")
    serial = filters.Search(field_name="serial", lookup_expr="iexact", label="Exactly this serial number")
    updatedAfter = filters.Instant(field_name="updated_at", lookup_expr="gte", label="Changed at or after")
    archived = filters.Flag(method="by_archived", label="true: only archived ones; false: only the others")
    search = filters.Search(method="by_search", label="Words in tag, name, barcode, serial, manufacturer or model")

    class Meta:
        model = Asset
        fields: tuple[str, ...] = ()

    def by_status(self, rows: Any, name: str, value: list[str]) -> Any:
        return one_of(rows, name, value, AssetStatus.values, "status")

    def by_criticality(self, rows: Any, name: str, value: list[str]) -> Any:
        return one_of(rows, name, value, Criticality.values, "criticality")

    def by_location(self, rows: Any, name: str, value: list[Any]) -> Any:
        if self.form.cleaned_data.get("locationSubtree"):
            return rows.filter(location__in=Location.objects.filter(below(value)).values("pk"))
        return rows.filter(location_id__in=value)

    def with_location(self, rows: Any, name: str, value: bool) -> Any:
        if not self.form.cleaned_data.get("locationId"):
            raise query.refuse(name, "Only together with locationId.")
        return rows

    def by_search(self, rows: Any, name: str, value: str) -> Any:
        for word in value.split()[:8]:
            found = Q()
            for column in ("tag", "name", "barcode", "serial", "manufacturer", "model"):
                found |= Q(**{f"{column}__icontains": word})
            rows = rows.filter(found)
        return rows


class LocationFilter(ArchivedFilter):
    kind = filters.Keys(method="by_kind", label="Kind")
    parentId = filters.Ids(field_name="parent_id", lookup_expr="in", label="Ids of the places right above")
    siteId = filters.Ids(field_name="site_id", lookup_expr="in", label="Site ids")
    within = filters.Ids(method="by_within", label="Ids: those places and everything below them")
    updatedAfter = filters.Instant(field_name="updated_at", lookup_expr="gte", label="Changed at or after")
    archived = filters.Flag(method="by_archived", label="true: only archived ones; false: only the others")
    search = filters.Search(method="by_search", label="Words in name or code")

    class Meta:
        model = Location
        fields: tuple[str, ...] = ()

    def by_kind(self, rows: Any, name: str, value: list[str]) -> Any:
        return one_of(rows, name, value, LocationKind.values, "kind")

    def by_within(self, rows: Any, name: str, value: list[Any]) -> Any:
        return rows.filter(below(value))

    def by_search(self, rows: Any, name: str, value: str) -> Any:
        for word in value.split()[:8]:
            rows = rows.filter(Q(name__icontains=word) | Q(code__icontains=word))
        return rows
