"""The part catalogue in the Django admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from core.admin import TenantModelAdmin
from inventory import actions
from inventory.models import Alternate, ManufacturerNumber, Part, PartCategory, PartMedia
from tenancy.permissions import may


@admin.register(PartCategory)
class PartCategoryAdmin(TenantModelAdmin):
    rights = {"view": ("part.view",), "add": ("part.edit",), "change": ("part.edit",), "delete": ("part.edit",)}
    list_display = fields = add_fields = ("name",)
    search_fields = ("name",)
    ordering = ("name",)

    def perform_add(self, by: Any, data: dict[str, Any]) -> Model:
        return actions.add_category(by=by, **data)

    def perform_change(self, by: Any, row: Any, changes: dict[str, Any], version: int | None) -> Model:
        return actions.rename_category(row, by=by, name=changes.get("name", row.name), expected_version=version)

    def perform_delete(self, by: Any, row: Any) -> None:
        actions.delete_category(row, by=by)


@admin.register(Part)
class PartAdmin(TenantModelAdmin):
    rights = {
        "view": ("part.view",),
        "add": ("part.edit",),
        "change": ("part.edit",),
        "delete": ("part.edit",),
        "act": ("part.edit",),
    }
    list_display = ("number", "name", "category", "kept_in", "unit", "archived_at")
    list_display_links = ("number", "name")
    list_select_related = ("category",)
    list_filter = ("category",)
    add_fields = (
        *("number", "name", "category", "description", "unit", "unit_cost", "kept_in", "barcode", "external_id"),
    )
    fields = (*add_fields, "archived_at", "created_at", "updated_at")
    readonly_fields = ("archived_at", "created_at", "updated_at")
    autocomplete_fields = ("category",)
    search_fields = ("number", "name", "barcode")
    ordering = ("name", "id")
    actions = ("archive", "restore")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        names = super().get_fields(request, obj)
        sees = may(request.member, "cost.view", "part.edit")  # type: ignore[attr-defined]
        return names if sees else [name for name in names if name != "unit_cost"]

    def perform_add(self, by: Any, data: dict[str, Any]) -> Model:
        return actions.add_part_to_catalogue(by=by, **data)

    def perform_change(self, by: Any, row: Any, changes: dict[str, Any], version: int | None) -> Model:
        return actions.update_part(row, by=by, changes=changes, expected_version=version)

    def perform_delete(self, by: Any, row: Any) -> None:
        actions.delete_part(row, by=by)

    @admin.action(description="Archive", permissions=["act"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        by = request.member  # type: ignore[attr-defined]
        self.on_each(request, queryset, lambda part: actions.archive_part(part, by=by), "archived")

    @admin.action(description="Put back into the catalogue", permissions=["act"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        by = request.member  # type: ignore[attr-defined]
        self.on_each(request, queryset, lambda part: actions.restore_part(part, by=by), "put back")


@admin.register(ManufacturerNumber)
class ManufacturerNumberAdmin(TenantModelAdmin):
    rights = {"view": ("part.view",)}
    list_display = fields = ("part", "manufacturer", "number")
    list_select_related = ("part",)
    search_fields = ("number", "manufacturer")
    ordering = ("manufacturer", "number")


@admin.register(Alternate)
class AlternateAdmin(TenantModelAdmin):
    rights = {"view": ("part.view",)}
    list_display = fields = ("part", "alternate", "note")
    list_select_related = ("part", "alternate")
    ordering = ("part__name",)


@admin.register(PartMedia)
class PartMediaAdmin(TenantModelAdmin):
    rights = {"view": ("part.view",)}
    list_display = fields = ("part", "file", "is_cover")
    list_select_related = ("part", "file")
    ordering = ("part__name",)
