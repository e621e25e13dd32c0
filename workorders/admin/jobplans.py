"""Job plans in the Django admin. What a version says is written in the editor of the product; here plans are named and retired."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from core.admin import TenantModelAdmin
from tenancy.models import Member
from workorders import actions
from workorders.models import JobPlan, JobPlanPart, JobPlanTask, JobPlanVersion

SEES: tuple[str, ...] = ("jobplan.edit",)


@admin.register(JobPlan)
class JobPlanAdmin(TenantModelAdmin):
    rights = {"view": SEES} | dict.fromkeys(("add", "change", "act"), SEES)
    list_display = ("name", "summary", "category", "library_key", "is_active", "updated_at")
    list_filter = ("is_active",)
    list_select_related = ("category",)
    fields = ("name", "summary", "category", "library_key", "is_active", "created_at", "updated_at")
    add_fields = ("name", "summary", "category")
    readonly_fields = ("library_key", "is_active", "created_at", "updated_at")
    search_fields = ("name", "summary")
    ordering = ("name",)
    actions = ("archive", "restore", "copy")

    def perform_add(self, by: Member, data: dict[str, Any]) -> Model:
        return actions.write_plan(by=by, content={"title": data["name"]}, **data)

    def perform_change(self, by: Member, row: Any, changes: dict[str, Any], version: int | None) -> Model:
        return actions.revise_plan(row, by=by, changes=changes, expected_version=version)

    @admin.action(description="Take out of use", permissions=["act"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        by = request.member  # type: ignore[attr-defined]
        self.on_each(request, queryset, lambda row: actions.archive_plan(row, by=by), "taken out of use")

    @admin.action(description="Use again", permissions=["act"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        by = request.member  # type: ignore[attr-defined]
        self.on_each(request, queryset, lambda row: actions.restore_plan(row, by=by), "used again")

    @admin.action(description="Copy", permissions=["act"])
    def copy(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        by = request.member  # type: ignore[attr-defined]
        self.on_each(request, queryset, lambda row: actions.copy_plan(row, by=by), "copied")


@admin.register(JobPlanVersion)
class JobPlanVersionAdmin(TenantModelAdmin):
    rights = {"view": SEES}
    list_display = ("plan", "number", "title", "made_by", "made_at")
    list_select_related = ("plan", "made_by")
    fields = (
        *("plan", "number", "title", "description", "type", "priority", "estimated_minutes", "assigned_to", "crew"),
        *("skills", "tools", "safety_requirements", "needs_signature", "needs_photo", "needs_failure_code"),
        *("all_ok_allowed", "made_by", "made_at"),
    )
    ordering = ("-id",)


@admin.register(JobPlanTask)
class JobPlanTaskAdmin(TenantModelAdmin):
    rights = {"view": SEES}
    list_display = ("plan_version", "position", "description", "kind", "required")
    list_select_related = ("plan_version",)
    fields = (
        *("plan_version", "position", "description", "kind", "required", "estimated_minutes", "unit", "lowest"),
        *("highest", "options", "meter_name", "condition_on", "condition_operator", "condition_value"),
    )
    ordering = ("-id",)


@admin.register(JobPlanPart)
class JobPlanPartAdmin(TenantModelAdmin):
    rights = {"view": SEES}
    list_display = fields = ("plan_version", "part", "quantity")
    list_select_related = ("plan_version", "part")
    ordering = ("-id",)
