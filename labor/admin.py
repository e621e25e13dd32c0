"""Technicians and crews in the Django admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.db.models import Model
from django.http import HttpRequest

from core.admin import ActForm, TenantModelAdmin
from labor import actions
from labor.models import Crew, CrewMembership, Technician


@admin.register(Technician)
class TechnicianAdmin(TenantModelAdmin):
    rights = {"view": ("people.view",), "add": ("people.edit",), "change": ("people.edit",)}
    list_display = ("member", "trade", "employee_number", "is_active")
    list_select_related = ("member",)
    list_filter = ("is_active",)
    fields = ("member", "trade", "employee_number", "hourly_rate", "is_active", "created_at")
    add_fields = ("member", "trade", "employee_number", "hourly_rate")
    fixed = ("member",)
    readonly_fields = ("created_at",)
    autocomplete_fields = ("member",)
    search_fields = ("member__name", "employee_number", "trade")
    ordering = ("member__name",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        names = super().get_fields(request, obj)
        sees_rates = "people.rates" in request.member.permissions  # type: ignore[attr-defined]
        return names if sees_rates else [name for name in names if name != "hourly_rate"]

    def perform_add(self, by: Any, data: dict[str, Any]) -> Model:
        return actions.make_technician(data.pop("member"), by=by, **data)

    def perform_change(self, by: Any, row: Any, changes: dict[str, Any], version: int | None) -> Model:
        return actions.update_technician(row, by=by, changes=changes, expected_version=version)


class CrewForm(ActForm):
    technicians = forms.ModelMultipleChoiceField(queryset=Technician.objects.none(), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "technicians" not in self.fields:
            return
        field = self.fields["technicians"]
        field.queryset = Technician.objects.visible_to(self.request.member).select_related("member")  # type: ignore[attr-defined]
        field.widget = AutocompleteSelectMultiple(CrewMembership._meta.get_field("technician"), admin.site)
        field.widget.choices = field.choices  # type: ignore[attr-defined]
        field.initial = [one.technician_id for one in self.instance.memberships.all()] if self.instance.pk else []


@admin.register(Crew)
class CrewAdmin(TenantModelAdmin):
    rights = {"view": ("people.view",), "add": ("people.edit",), "change": ("people.edit",)}
    form = CrewForm
    list_display = ("name", "lead", "is_active")
    list_select_related = ("lead__member",)
    list_filter = ("is_active",)
    fields = ("name", "technicians", "lead", "is_active")
    autocomplete_fields = ("lead",)
    search_fields = ("name",)
    ordering = ("name",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        names = super().get_fields(request, obj)
        edits = self.has_change_permission(request, obj)
        return names if edits else [name for name in names if name != "technicians"]

    def perform_add(self, by: Any, data: dict[str, Any]) -> Model:
        return actions.save_crew(by=by, **data)

    def perform_change(self, by: Any, row: Any, changes: dict[str, Any], version: int | None) -> Model:
        technicians = changes.get("technicians")
        if technicians is None:
            technicians = list(Technician.objects.filter(crew_memberships__crew=row))
        return actions.save_crew(
            by=by,
            crew=row,
            name=row.name,
            lead=row.lead,
            is_active=row.is_active,
            technicians=technicians,
            expected_version=version,
        )


@admin.register(CrewMembership)
class CrewMembershipAdmin(TenantModelAdmin):
    rights = {"view": ("people.view",)}
    list_display = fields = ("crew", "technician")
    list_select_related = ("crew", "technician__member")
    ordering = ("crew__name",)
