"""Organisation, people, roles, calendars, keys and invitations in the Django admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from core.admin import ChosenText, FieldsForm, TenantModelAdmin
from tenancy import actions
from tenancy.models import (
    ApiKey,
    Calendar,
    Department,
    DepartmentScope,
    Holiday,
    Invitation,
    Member,
    Role,
    Tenant,
    User,
    WorkingInterval,
)
from tenancy.permissions import PERMISSIONS


@admin.register(Tenant)
class TenantAdmin(TenantModelAdmin):
    rights = {"view": ("settings.manage",), "change": ("settings.manage",)}
    list_display = ("name", "slug", "currency", "time_zone")
    fields = ("name", "slug", "currency", "time_zone", "created_at")
    readonly_fields = ("slug", "created_at")
    ordering = ("name",)

    def of_tenant(self, rows: Any, tenant_id: Any) -> Any:
        return rows.filter(pk=tenant_id)

    def perform_change(self, by: Member, row: Any, changes: dict[str, Any], version: int | None) -> Model:
        return actions.update_tenant(row, by=by, changes=changes, expected_version=version)


@admin.register(User)
class UserAdmin(TenantModelAdmin):
    """Logins of the members of this organisation. They belong to the people, who change them themselves."""

    rights = {"view": ("member.manage",)}
    list_display = ("username", "email", "first_name", "last_name", "is_active")
    fields = ("username", "email", "first_name", "last_name", "is_active", "date_joined")
    search_fields = ("username", "email")
    ordering = ("username",)

    def of_tenant(self, rows: Any, tenant_id: Any) -> Any:
        return rows.filter(pk__in=Member.objects.filter(tenant_id=tenant_id).values("user_id"))


@admin.register(Role)
class RoleAdmin(TenantModelAdmin):
    rights = dict.fromkeys(("view", "add", "change", "delete"), ("role.manage",))
    list_display = ("name", "key", "is_admin")
    fields = ("name", "key", "is_admin", "permissions")
    add_fields = ("name", "permissions")
    readonly_fields = ("key", "is_admin")
    search_fields = ("name",)
    ordering = ("name",)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "permissions":
            return ChosenText(PERMISSIONS, "Permissions")
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def perform_add(self, by: Member, data: dict[str, Any]) -> Model:
        return actions.save_role(by=by, **data)

    def perform_change(self, by: Member, row: Any, changes: dict[str, Any], version: int | None) -> Model:
        if not changes:
            return row
        # The row carries what the form holds, changed or not.
        return actions.save_role(by=by, role=row, name=row.name, permissions=row.permissions, expected_version=version)

    def perform_delete(self, by: Member, row: Any) -> None:
        actions.delete_role(row, by=by)


@admin.register(Department)
class DepartmentAdmin(TenantModelAdmin):
    rights = {
        "view": ("settings.manage", "member.manage", "asset.view"),
        "add": ("settings.manage",),
        "change": ("settings.manage",),
    }
    list_display = fields = ("name", "code")
    search_fields = ("name", "code")
    ordering = ("name",)

    def perform_add(self, by: Member, data: dict[str, Any]) -> Model:
        return actions.add_department(by=by, **data)

    def perform_change(self, by: Member, row: Any, changes: dict[str, Any], version: int | None) -> Model:
        return actions.update_department(row, by=by, changes=changes)


@admin.register(Member)
class MemberAdmin(TenantModelAdmin):
    rights = dict.fromkeys(("view", "add", "change"), ("member.manage",))
    list_display = ("name", "email", "role", "scoped", "is_active", "user")
    list_select_related = ("role", "user")
    list_filter = ("is_active", "scoped", "role")
    fields = ("name", "email", "user", "role", "scoped", "is_active", "created_at")
    add_fields = ("name", "email", "role")
    fixed = ("email",)
    readonly_fields = ("user", "created_at")
    search_fields = ("name", "email")
    ordering = ("name",)

    def perform_add(self, by: Member, data: dict[str, Any]) -> Model:
        return actions.add_member(by=by, **data)

    def perform_change(self, by: Member, row: Any, changes: dict[str, Any], version: int | None) -> Model:
        return actions.change_member(row, by=by, changes=changes, expected_version=version)


@admin.register(DepartmentScope)
class DepartmentScopeAdmin(TenantModelAdmin):
    rights = {"view": ("member.manage",)}
    list_display = fields = ("member", "department")
    list_select_related = ("member", "department")
    ordering = ("member__name",)


class RowsBelow(admin.TabularInline):
    """Rows of a calendar, for those who may edit it. The calendar's act writes them."""

    form = FieldsForm
    extra = 1

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return "settings.manage" in request.member.permissions  # type: ignore[attr-defined]

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


class IntervalsInline(RowsBelow):
    model = WorkingInterval
    fields = ("weekday", "starts", "ends")


class HolidaysInline(RowsBelow):
    model = Holiday
    fields = ("on", "name")


@admin.register(Calendar)
class CalendarAdmin(TenantModelAdmin):
    """Working time is one act: zone, intervals and holidays of the page together."""

    rights = {"view": ("settings.manage",), "change": ("settings.manage",)}
    list_display = ("name", "time_zone", "is_default")
    fields = ("name", "time_zone", "is_default")
    readonly_fields = ("name", "is_default")
    inlines = (IntervalsInline, HolidaysInline)
    ordering = ("name",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """With the rows below it, in `save_related`."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        intervals, holidays = (
            [data for data in (row.cleaned_data for row in formset.forms) if data and not data.get("DELETE")]
            for formset in formsets
        )
        actions.set_working_time(
            form.instance,
            by=request.member,  # type: ignore[attr-defined]
            time_zone=form.cleaned_data["time_zone"],
            intervals=[(data["weekday"], data["starts"], data["ends"]) for data in intervals],
            holidays=[(data["on"], data["name"]) for data in holidays],
            expected_version=form.cleaned_data.get("expected_version"),
        )


@admin.register(WorkingInterval)
class WorkingIntervalAdmin(TenantModelAdmin):
    rights = {"view": ("settings.manage",)}
    list_display = fields = ("calendar", "weekday", "starts", "ends")
    list_select_related = ("calendar",)
    ordering = ("calendar__name", "weekday", "starts")


@admin.register(Holiday)
class HolidayAdmin(TenantModelAdmin):
    rights = {"view": ("settings.manage",)}
    list_display = fields = ("calendar", "on", "name")
    list_select_related = ("calendar",)
    ordering = ("calendar__name", "on")


@admin.register(ApiKey)
class ApiKeyAdmin(TenantModelAdmin):
    """Made on the page or by the API, where the secret is shown once; here they are looked at and revoked."""

    rights = {"view": ("key.manage",), "act": ("key.manage",)}
    list_display = ("name", "prefix", "kind", "member", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("member", "created_by")
    list_filter = ("kind",)
    fields = (
        *("name", "prefix", "kind", "member", "scopes", "expires_at", "last_used_at", "revoked_at"),
        *("created_by", "created_at"),
    )
    ordering = ("-created_at",)
    actions = ("revoke",)

    @admin.action(description="Revoke", permissions=["act"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        by = request.member  # type: ignore[attr-defined]
        self.on_each(request, queryset, lambda key: actions.revoke_key(key, by=by), "revoked")


@admin.register(Invitation)
class InvitationAdmin(TenantModelAdmin):
    rights = {"view": ("member.manage",), "add": ("member.manage",), "act": ("member.manage",)}
    list_display = ("email", "name", "role", "expires_at", "accepted_at", "revoked_at")
    list_select_related = ("role", "invited_by", "accepted_by")
    fields = (
        *("email", "name", "role", "invited_by", "created_at", "expires_at", "accepted_at", "accepted_by"),
        "revoked_at",
    )
    add_fields = ("email", "name", "role")
    ordering = ("-created_at",)
    actions = ("revoke",)

    def perform_add(self, by: Member, data: dict[str, Any]) -> Model:
        return actions.invite(by=by, **data)

    @admin.action(description="Revoke", permissions=["act"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        by = request.member  # type: ignore[attr-defined]
        self.on_each(request, queryset, lambda invitation: actions.revoke_invitation(invitation, by=by), "revoked")
