"""Costs and overhead rules in the Django admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model

from core.admin import TenantModelAdmin
from workorders import actions
from workorders.admin.orders import OfVisibleWork
from workorders.models import CostLine, OverheadRule


@admin.register(CostLine)
class CostLineAdmin(OfVisibleWork):
    rights = {"view": ("cost.view", "cost.edit"), "add": ("cost.edit",)}
    list_display = ("posted_at", "work_order", "kind", "vendor", "reference", "amount", "corrects")
    list_select_related = ("work_order", "corrects")
    list_filter = ("kind",)
    add_fields = ("work_order", "kind", "amount", "description", "vendor", "reference", "invoiced_on")
    fields = (*add_fields, "corrects", "posted_by", "posted_at")
    autocomplete_fields = ("work_order",)
    search_fields = ("vendor", "reference", "description", "work_order__number")
    ordering = ("-posted_at",)

    def perform_add(self, by: Any, data: dict[str, Any]) -> Model:
        return actions.add_cost(data.pop("work_order"), by=by, **data)


@admin.register(OverheadRule)
class OverheadRuleAdmin(TenantModelAdmin):
    rights = {
        "view": ("cost.view", "cost.edit"), "add": ("cost.edit",), "change": ("cost.edit",), "delete": ("cost.edit",),
    }  # fmt: skip
    list_display = ("name", "percent_of_labor", "percent_of_materials", "per_work_order", "is_active")
    list_filter = ("is_active",)
    fields = add_fields = ("name", "percent_of_labor", "percent_of_materials", "per_work_order", "is_active")
    search_fields = ("name",)
    ordering = ("name",)

    def perform_add(self, by: Any, data: dict[str, Any]) -> Model:
        return actions.add_overhead_rule(by=by, **data)

    def perform_change(self, by: Any, row: Any, changes: dict[str, Any], version: int | None) -> Model:
        return actions.update_overhead_rule(row, by=by, changes=changes, expected_version=version)

    def perform_delete(self, by: Any, row: Any) -> None:
        actions.delete_overhead_rule(row, by=by)
