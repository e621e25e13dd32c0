"""The steps of checklists in the Django admin: what they ask is edited here, they are answered where the work is."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model

from tenancy.models import Member
from workorders import actions
from workorders.admin.orders import OfVisibleWork
from workorders.models import Task


@admin.register(Task)
class TaskAdmin(OfVisibleWork):
    rights = {
        "view": ("workorder.view_all", "workorder.view_own"),
        "add": ("workorder.edit",),
        "change": ("workorder.edit",),
        "delete": ("workorder.edit",),
    }
    list_display = (
        "work_order",
        "position",
        "description",
        "kind",
        "required",
        "status",
        "completed_by",
        "completed_at",
    )
    list_display_links = ("position", "description")
    list_select_related = (
        *("work_order", "assigned_to__member", "condition_on", "completed_by", "waived_by", "follow_up"),
    )
    list_filter = ("kind", "status", "required")
    add_fields = (
        *("work_order", "position", "description", "kind", "required", "estimated_minutes", "assigned_to", "unit"),
        *("lowest", "highest", "options", "meter_name"),
    )
    fields = (
        *add_fields,
        *("condition_on", "condition_operator", "condition_value", "status", "answer_number", "answer_text", "notes"),
        *("actual_minutes", "completed_by", "completed_at", "waived_by", "waived_reason", "follow_up"),
    )
    readonly_fields = (
        *("condition_on", "condition_operator", "condition_value", "status", "answer_number", "answer_text", "notes"),
        *("actual_minutes", "completed_by", "completed_at", "waived_by", "waived_reason", "follow_up"),
    )
    fixed = ("work_order", "position")
    autocomplete_fields = ("work_order",)
    ordering = ("-id",)

    def perform_add(self, by: Member, data: dict[str, Any]) -> Model:
        work_order = data.pop("work_order")
        (made,) = actions.add_tasks(work_order, by=by, steps=[data])
        return made

    def perform_change(self, by: Member, row: Any, changes: dict[str, Any], version: int | None) -> Model:
        return actions.update_task(row, by=by, changes=changes, expected_version=version)

    def perform_delete(self, by: Member, row: Any) -> None:
        actions.remove_task(row, by=by)
