"""Places, categories and assets in the Django admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from assets import actions
from assets.media import GALLERY
from assets.models import Asset, AssetMedia, Category, Location, LocationScope
from core.admin import ActForm, TenantModelAdmin


@admin.register(Location)
class LocationAdmin(TenantModelAdmin):
    rights = {
        "view": ("location.view",),
        "add": ("location.edit",),
        "change": ("location.edit",),
        "act": ("location.edit",),
    }
    list_display = ("name", "kind", "code", "parent", "site", "archived_at")
    list_select_related = ("parent", "site")
    list_filter = ("kind",)
    fields = ("name", "kind", "parent", "code", "time_zone", "external_id", "site", "archived_at", "created_at")
    add_fields = ("name", "kind", "parent", "code", "time_zone", "external_id")
    readonly_fields = ("site", "archived_at", "created_at")
    autocomplete_fields = ("parent",)
    search_fields = ("name", "code")
    ordering = ("name",)
    actions = ("archive",)

    def perform_add(self, by: Any, data: dict[str, Any]) -> Model:
        return actions.add_location(by=by, **data)

    def perform_change(self, by: Any, row: Any, changes: dict[str, Any], version: int | None) -> Model:
        return actions.update_location(row, by=by, changes=changes, expected_version=version)

    @admin.action(description="Archive", permissions=["act"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        by = request.member  # type: ignore[attr-defined]
        self.on_each(request, queryset, lambda place: actions.archive_location(place, by=by), "archived")


@admin.register(LocationScope)
class LocationScopeAdmin(TenantModelAdmin):
    rights = {"view": ("member.manage",)}
    list_display = fields = ("member", "location")
    list_select_related = ("member", "location")
    ordering = ("member__name",)


@admin.register(Category)
class CategoryAdmin(TenantModelAdmin):
    rights = {"view": ("asset.view",), "add": ("asset.edit",)}
    list_display = fields = ("name",)
    search_fields = ("name",)
    ordering = ("name",)

    def perform_add(self, by: Any, data: dict[str, Any]) -> Model:
        return actions.add_category(by=by, **data)


class AssetForm(ActForm):
    reason = forms.CharField(
        required=False, max_length=500, help_text="Why it goes out of service.", label="Reason for the status"
    )


@admin.register(Asset)
class AssetAdmin(TenantModelAdmin):
    rights = {
        "view": ("asset.view",),
        "add": ("asset.edit",),
        "change": ("asset.edit",),
        "act": ("asset.edit",),
    }
    form = AssetForm
    list_display = ("tag", "name", "category", "status", "criticality", "location", "archived_at")
    list_select_related = ("category", "location")
    list_filter = ("status", "criticality")
    add_fields = (
        *("name", "tag", "barcode", "serial", "manufacturer", "model", "description", "criticality", "category"),
        *("location", "department", "parent", "external_id", "hazards", "warranty_until", "warranty_note"),
    )
    fields = ("status", "reason", *add_fields, "archived_at", "created_at")
    readonly_fields = ("archived_at", "created_at")
    autocomplete_fields = ("category", "location", "department", "parent")
    search_fields = ("tag", "name", "serial", "barcode")
    ordering = ("name",)
    actions = ("archive",)

    def perform_add(self, by: Any, data: dict[str, Any]) -> Model:
        data.pop("reason")  # of a status, which a new asset begins with
        return actions.add_asset(by=by, **data)

    def perform_change(self, by: Any, row: Any, changes: dict[str, Any], version: int | None) -> Model:
        status, reason = changes.pop("status", None), changes.pop("reason", "")
        saved = actions.update_asset(row, by=by, changes=changes, expected_version=version)
        if status is not None:
            saved = actions.set_asset_status(saved, by=by, status=status, reason=reason)
        return saved

    @admin.action(description="Archive", permissions=["act"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        by = request.member  # type: ignore[attr-defined]
        self.on_each(request, queryset, lambda asset: actions.archive_asset(asset, by=by), "archived")


@admin.register(AssetMedia)
class AssetMediaAdmin(TenantModelAdmin):
    rights = {"view": ("asset.view",)} | dict.fromkeys(("change", "delete"), ("asset.add_photo", "asset.edit"))
    list_display = ("asset", "file", "is_cover")
    list_select_related = ("asset", "file")
    fields = ("asset", "file", "is_cover")
    fixed = ("asset", "file")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        seen = Asset.objects.visible_to(request.member)  # type: ignore[attr-defined]
        return super().get_queryset(request).filter(asset__in=seen.values("pk"))

    def perform_change(self, by: Any, row: Any, changes: dict[str, Any], version: int | None) -> Model:
        cover: Model = GALLERY.describe(row.asset, by=by, media_file=row.file, is_cover=changes.get("is_cover"))
        return cover

    def perform_delete(self, by: Any, row: Any) -> None:
        GALLERY.remove(row.asset, by=by, media_file=row.file)
