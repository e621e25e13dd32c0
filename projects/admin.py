"""Projects in the Django admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model

from core.admin import TenantModelAdmin
from projects import actions
from projects.models import Project, ProjectMember


@admin.register(Project)
class ProjectAdmin(TenantModelAdmin):
    rights = {"view": ("project.view", "project.edit"), "add": ("project.edit",), "change": ("project.edit",)}
    list_display = ("code", "name", "status", "led_by", "ends_on")
    list_select_related = ("led_by",)
    list_filter = ("status",)
    add_fields = (
        "code", "name", "description", "status", "starts_on", "ends_on", "budget", "budget_spent_warning", "led_by",
        "department",
    )  # fmt: skip
    fields = (*add_fields, "created_at")
    readonly_fields = ("created_at",)
    autocomplete_fields = ("led_by", "department")
    search_fields = ("code", "name")
    ordering = ("code",)

    def perform_add(self, by: Any, data: dict[str, Any]) -> Model:
        return actions.add_project(by=by, **data)

    def perform_change(self, by: Any, row: Any, changes: dict[str, Any], version: int | None) -> Model:
        return actions.update_project(row, by=by, changes=changes, expected_version=version)


@admin.register(ProjectMember)
class ProjectMemberAdmin(TenantModelAdmin):
    rights = {"view": ("project.view", "project.edit")}
    list_display = fields = ("project", "member")
    list_select_related = ("project", "member")
    ordering = ("project__code",)
