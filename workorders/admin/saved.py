"""Saved views in the Django admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from core.admin import TenantModelAdmin
from tenancy.models import Member
from workorders import actions, saved_views
from workorders.models import DefaultView, SavedView

SEES = ("workorder.view_all", "workorder.view_own")


@admin.register(SavedView)
class SavedViewAdmin(TenantModelAdmin):
    rights = dict.fromkeys(("view", "add", "change", "delete"), SEES)
    list_display = ("name", "owner", "shared", "layout", "position")
    list_select_related = ("owner",)
    list_filter = ("shared", "layout")
    add_fields = ("name", "query", "columns", "layout", "shared", "position")
    fields = ("owner", *add_fields, "created_at")
    readonly_fields = ("owner", "created_at")
    search_fields = ("name",)
    ordering = ("position", "name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        member: Member = request.member  # type: ignore[attr-defined]
        return super().get_queryset(request).filter(pk__in=saved_views.visible_to(member).order_by().values("pk"))

    def perform_add(self, by: Member, data: dict[str, Any]) -> Model:
        return actions.save_view(by=by, **data)

    def perform_change(self, by: Member, row: Any, changes: dict[str, Any], version: int | None) -> Model:
        return actions.update_view(row, by=by, changes=changes, expected_version=version)

    def perform_delete(self, by: Member, row: Any) -> None:
        actions.delete_view(row, by=by)


@admin.register(DefaultView)
class DefaultViewAdmin(TenantModelAdmin):
    """Whose list opens with which view."""

    rights = {"view": ("member.manage",)}
    list_display = fields = ("member", "view")
    list_select_related = ("member", "view")
    ordering = ("-id",)
