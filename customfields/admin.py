"""Custom fields in the Django admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model

from core.admin import TenantModelAdmin
from customfields import actions
from customfields.models import CustomField
from tenancy.models import Member


@admin.register(CustomField)
class CustomFieldAdmin(TenantModelAdmin):
    rights = {"view": ("settings.manage",), "change": ("settings.manage",)}
    list_display = ("name", "entity", "key", "kind", "required", "is_active")
    list_filter = ("entity", "kind", "is_active")
    fields = ("entity", "key", "kind", "name", "help_text", "required", "position", "is_active")
    readonly_fields = ("entity", "key", "kind")
    search_fields = ("name", "key")
    ordering = ("entity", "position", "name")

    def perform_change(self, by: Member, row: Any, changes: dict[str, Any], version: int | None) -> Model:
        return actions.update_field(row, by=by, changes=changes, expected_version=version)
