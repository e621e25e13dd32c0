"""What the list of parts can be narrowed by: one set for the page and the API."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef

from core.api import filters
from core.pagination import Key
from inventory.models import ManufacturerNumber, Part

PART_SORTS = {
    "name": Key("name"),
    "number": Key("number"),
    "createdAt": Key("created_at"),
    "updatedAt": Key("updated_at"),
}


class PartFilter(filters.FilterSet):
    """Archived parts are left out unless they are asked for."""

    search = filters.Search(method="by_search", label="Words in number, name or a maker's number, or the barcode")
    categoryId = filters.Ids(field_name="category_id", lookup_expr="in", label="Category ids")
    number = filters.Search(field_name="number", lookup_expr="iexact", label="Exactly this number")
    barcode = filters.Search(field_name="barcode", lookup_expr="iexact", label="Exactly this barcode")
    manufacturerNumber = filters.Search(method="by_maker", label="Exactly this number of a manufacturer")
    updatedAfter = filters.Instant(field_name="updated_at", lookup_expr="gte", label="Changed at or after")
    archived = filters.Flag(method="by_archived", label="true: only archived ones; false: only the others")

    class Meta:
        model = Part
        fields: tuple[str, ...] = ()

    def rows(self) -> Any:
        rows = super().rows()
        return rows if "archived" in self.data else rows.current()

    def by_search(self, rows: Any, name: str, value: str) -> Any:
        return rows.matching(value)

    def by_maker(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(Exists(ManufacturerNumber.objects.filter(part=OuterRef("pk"), number__iexact=value)))

    def by_archived(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(archived_at__isnull=not value)
