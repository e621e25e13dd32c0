"""Parts of work orders and their movements in the Django admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from tenancy.models import Member
from workorders import actions, permissions
from workorders.admin.orders import OfVisibleWork
from workorders.models import PartLine, PartMovement

COSTS = ("unit_cost", "actual_cost")


@admin.register(PartLine)
class PartLineAdmin(OfVisibleWork):
    rights = {
        "view": ("part.view",),
        "add": ("part.give",),
        "change": ("part.give",),
        "delete": ("part.give",),
        "act": ("part.give",),
    }
    list_display = ("part", "work_order", "quantity", "status", "issued", "returned", "added_at")
    list_select_related = ("part", "work_order", "added_by")
    list_filter = ("status",)
    add_fields = ("work_order", "part", "quantity", "unit_cost", "note")
    fields = (
        *("work_order", "part", "quantity", "status", "unit_cost", "actual_cost", "note"),
        *("reserved", "issued", "returned", "added_by", "added_at"),
    )
    fixed = ("work_order", "part")
    readonly_fields = ("reserved", "issued", "returned", "added_by", "added_at")
    autocomplete_fields = ("work_order", "part")
    search_fields = ("part__name", "part__number", "work_order__number")
    ordering = ("-added_at", "-id")
    actions = ("reserve", "issue")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        names = super().get_fields(request, obj)
        sees = permissions.can_see_part_costs(request.member)  # type: ignore[attr-defined]
        return names if sees else [name for name in names if name not in COSTS]

    def perform_add(self, by: Member, data: dict[str, Any]) -> Model:
        work_order = data.pop("work_order")
        return actions.add_parts(work_order, by=by, lines=[data])[0]

    def perform_change(self, by: Member, row: Any, changes: dict[str, Any], version: int | None) -> Model:
        return actions.update_part(row, by=by, changes=changes, expected_version=version)

    def perform_delete(self, by: Member, row: Any) -> None:
        actions.remove_part(row, by=by)

    @admin.action(description="Reserve", permissions=["act"])
    def reserve(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        by = request.member  # type: ignore[attr-defined]
        self.on_each(request, queryset, lambda line: actions.reserve_part(line, by=by), "reserved")

    @admin.action(description="Give out", permissions=["act"])
    def issue(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        by = request.member  # type: ignore[attr-defined]
        self.on_each(request, queryset, lambda line: actions.issue_part(line, by=by), "given out")


@admin.register(PartMovement)
class PartMovementAdmin(OfVisibleWork):
    path = "line__work_order"
    rights = {"view": ("part.give",)}
    list_display = ("line", "kind", "quantity", "by", "occurred_at", "posted_at")
    list_select_related = ("line__part", "line__work_order", "by")
    list_filter = ("kind",)
    fields = ("line", "kind", "quantity", "unit_cost", "by", "occurred_at", "posted_at")
    ordering = ("-posted_at", "-id")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        names = super().get_fields(request, obj)
        sees = permissions.can_see_part_costs(request.member)  # type: ignore[attr-defined]
        return names if sees else [name for name in names if name != "unit_cost"]
