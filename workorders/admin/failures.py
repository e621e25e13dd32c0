"""The failure catalogue in the Django admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from core.admin import TenantModelAdmin
from tenancy.models import Member
from workorders import actions
from workorders.admin.orders import SEES
from workorders.models import FailureCode, FailureCodeClass


@admin.register(FailureCode)
class FailureCodeAdmin(TenantModelAdmin):
    # The whole catalogue on one page: people look for a code by its neighbours.
    list_per_page = 200
    rights = {"view": SEES} | dict.fromkeys(("add", "change", "act"), ("failure.manage",))
    list_display = ("code", "name", "kind", "position", "is_active")
    list_filter = ("kind", "is_active")
    fields = ("kind", "code", "name", "description", "position", "is_active")
    add_fields = ("kind", "code", "name", "description", "position")
    fixed = ("kind",)
    readonly_fields = ("is_active",)
    search_fields = ("code", "name")
    ordering = ("kind", "position", "name")
    actions = ("archive", "restore")

    def perform_add(self, by: Member, data: dict[str, Any]) -> Model:
        return actions.add_code(by=by, **data)

    def perform_change(self, by: Member, row: Any, changes: dict[str, Any], version: int | None) -> Model:
        return actions.update_code(row, by=by, changes=changes, expected_version=version)

    @admin.action(description="Take out of use", permissions=["act"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        by = request.member  # type: ignore[attr-defined]
        self.on_each(request, queryset, lambda row: actions.archive_code(row, by=by), "taken out of use")

    @admin.action(description="Use again", permissions=["act"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        by = request.member  # type: ignore[attr-defined]
        self.on_each(request, queryset, lambda row: actions.restore_code(row, by=by), "used again")


@admin.register(FailureCodeClass)
class FailureCodeClassAdmin(TenantModelAdmin):
    rights = {"view": SEES}
    list_display = fields = ("failure_code", "category")
    list_select_related = ("failure_code", "category")
    ordering = ("-id",)
