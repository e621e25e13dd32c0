"""Work orders, what is booked on them and the catalogue they are described with, in the Django admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.postgres.forms import SimpleArrayField
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from core.admin import ActForm, ChosenText, TenantModelAdmin
from core.errors import Conflict, Invalid
from labor.models import Technician
from tenancy.models import Member
from tenancy.permissions import PERMISSIONS
from workorders import actions, catalogue
from workorders.choices import GUARDED_FIELDS, GuardOperator
from workorders.models import (
    Assignment,
    Comment,
    Priority,
    Status,
    StatusLog,
    Transition,
    Type,
    WorkOrder,
    WorkOrderException,
)

SEES = ("workorder.view_all", "workorder.view_own", "workorder.view_requested", "workorder.view_unassigned")


class OfVisibleWork(TenantModelAdmin):
    """Rows below a work order are seen with it. `path` names the work order."""

    path: str = "work_order"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        member: Member = request.member  # type: ignore[attr-defined]
        if "workorder.view_all" in member.permissions and not member.scoped:
            return rows
        return rows.filter(**{f"{self.path}__in": WorkOrder.objects.visible_to(member).values("pk")})


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 3, "cols": 60}))


@admin.register(WorkOrder)
class WorkOrderAdmin(TenantModelAdmin):
    rights = {
        "view": SEES,
        "add": ("workorder.create",),
        "change": ("workorder.edit",),
        "delete": ("workorder.delete",),
        "cancel": ("workorder.cancel",),
        "close": ("workorder.close",),
        "assign": ("workorder.assign",),
    }
    list_display = ("number", "title", "status", "priority", "asset", "assigned_to", "due_at", "created_at")
    list_display_links = ("number", "title")
    list_select_related = ("status", "priority", "type", "asset", "location", "assigned_to__member", "crew")
    list_filter = ("meaning", "priority", "type")
    add_fields = (
        *("title", "description", "asset", "location", "department", "priority", "type", "due_at", "scheduled_at"),
        *("estimated_minutes", "external_id"),
    )
    fields = (
        *("number", "status", "assigned_to", "crew", *add_fields, "requested_by", "actual_minutes", "progress"),
        *(
            "resolution",
            "failure_cause",
            "problem",
            "cause",
            "remedy",
            "started_at",
            "completed_at",
            "closed_at",
            "cancelled_at",
        ),
        *("hold_reason", "hold_note", "hold_until", "follow_up_of", "external_cost", "created_at", "updated_at"),
    )
    readonly_fields = (
        *("number", "status", "assigned_to", "crew", "started_at", "completed_at", "closed_at", "cancelled_at"),
        *("hold_reason", "hold_note", "hold_until", "follow_up_of", "external_cost", "created_at", "updated_at"),
    )
    autocomplete_fields = ("asset", "location", "department", "requested_by")
    search_fields = ("number",)
    search_help_text = "Words of the number, title or description"
    ordering = ("-created_at", "-id")
    actions = ("cancel", "verify", "assign_to_me")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("search")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return (queryset.matching(search_term) if search_term else queryset), False  # type: ignore[attr-defined]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        known = catalogue.of(request.member)  # type: ignore[attr-defined]
        chosen: dict[str, Any] = {"priority": known.default_priority().pk, "type": known.default_type().pk}
        return chosen | super().get_changeform_initial_data(request)

    def perform_add(self, by: Member, data: dict[str, Any]) -> Model:
        return actions.report(by=by, **data)

    def perform_change(self, by: Member, row: Any, changes: dict[str, Any], version: int | None) -> Model:
        return actions.update(row, by=by, changes=changes, expected_version=version)

    def perform_delete(self, by: Member, row: Any) -> None:
        actions.delete(row, by=by)

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return self.holds(request, "cancel")

    def has_close_permission(self, request: HttpRequest) -> bool:
        return self.holds(request, "close")

    def has_assign_permission(self, request: HttpRequest) -> bool:
        return self.holds(request, "assign")

    @admin.action(description="Cancel…", permissions=["cancel"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Asks why first, once for all that were chosen."""
        form = ReasonForm(request.POST if "reason" in request.POST else None)
        if form.is_valid():
            by, reason = request.member, form.cleaned_data["reason"]  # type: ignore[attr-defined]
            self.on_each(request, queryset, lambda row: actions.cancel(row, by=by, reason=reason), "cancelled")
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": "Why will this work not be done?",
            "opts": self.opts,
            "form": form,
            "rows": self.few(queryset),
            "action": "cancel",
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/ask_reason.html", context)

    @admin.action(description="Verify and close", permissions=["close"])
    def verify(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        by = request.member  # type: ignore[attr-defined]
        self.on_each(request, queryset, lambda row: actions.verify(row, by=by), "closed")

    @admin.action(description="Assign to me", permissions=["assign"])
    def assign_to_me(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        by = request.member  # type: ignore[attr-defined]
        technician = Technician.objects.filter(pk=by.pk).first()
        if technician is None:
            raise Conflict("You have no technician profile, so no work can be assigned to you.", code="no_technician")
        self.on_each(request, queryset, lambda row: actions.assign(row, by=by, to=technician), "assigned to you")


@admin.register(Assignment)
class AssignmentAdmin(OfVisibleWork):
    rights = {"view": SEES}
    list_display = fields = ("work_order", "technician", "added_by", "added_at")
    list_select_related = ("work_order", "technician__member", "added_by")
    ordering = ("-id",)


@admin.register(StatusLog)
class StatusLogAdmin(OfVisibleWork):
    rights = {"view": SEES}
    list_display = ("work_order", "from_status", "to_status", "occurred_at", "by", "reason")
    list_select_related = ("work_order", "from_status", "to_status", "by")
    fields = (*list_display, "recorded_at")
    # Ids are made in the order of time.
    ordering = ("-id",)


@admin.register(Comment)
class CommentAdmin(OfVisibleWork):
    rights = {"view": ("workorder.view_all", "workorder.view_own")} | dict.fromkeys(
        ("add", "change"), ("workorder.comment",)
    )
    list_display = ("created_at", "work_order", "author", "for_requester", "text")
    list_select_related = ("work_order", "author")
    fields = ("work_order", "author", "text", "for_requester", "created_at", "edited_at")
    add_fields = ("work_order", "text", "for_requester")
    fixed = ("work_order", "author", "for_requester", "created_at", "edited_at")
    autocomplete_fields = ("work_order",)
    ordering = ("-id",)

    def perform_add(self, by: Member, data: dict[str, Any]) -> Model:
        return actions.comment(data.pop("work_order"), by=by, **data)

    def perform_change(self, by: Member, row: Any, changes: dict[str, Any], version: int | None) -> Model:
        return actions.edit_comment(row, by=by, text=changes.get("text", row.text), expected_version=version)


@admin.register(WorkOrderException)
class WorkOrderExceptionAdmin(OfVisibleWork):
    path = "content_object"
    rights = {"view": ("workorder.share",), "act": ("workorder.share",)}
    list_display = fields = ("content_object", "user")
    list_select_related = ("content_object", "user")
    ordering = ("-id",)
    actions = ("end",)

    @admin.action(description="Show no longer", permissions=["act"])
    def end(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        by = request.member  # type: ignore[attr-defined]

        def end_one(row: Any) -> None:
            member = Member.objects.select_related("user").get(tenant_id=by.tenant_id, user_id=row.user_id)
            actions.unshare(row.content_object, by=by, with_member=member)

        self.on_each(request, queryset, end_one, "shown no longer")


class EntryAdmin(TenantModelAdmin):
    """Statuses, priorities and types. Keys and meanings stay: work orders and rules hang on them."""

    rights = {"view": SEES} | dict.fromkeys(("add", "change", "delete"), ("settings.manage",))
    search_fields = ("name", "key")

    def perform_add(self, by: Member, data: dict[str, Any]) -> Model:
        return actions.add_entry(self.model, by=by, **data)

    def perform_change(self, by: Member, row: Any, changes: dict[str, Any], version: int | None) -> Model:
        return actions.update_entry(row, by=by, changes=changes, expected_version=version)

    def perform_delete(self, by: Member, row: Any) -> None:
        actions.delete_entry(row, by=by)


@admin.register(Status)
class StatusAdmin(EntryAdmin):
    list_display = ("name", "key", "meaning", "position", "is_default", "is_active")
    fields = ("name", "key", "meaning", "position", "is_default", "is_active")
    add_fields = ("name", "meaning", "position")
    readonly_fields = ("key",)
    fixed = ("meaning",)
    ordering = ("position", "name")


@admin.register(Priority)
class PriorityAdmin(EntryAdmin):
    list_display = ("name", "key", "rank", "letter", "tone", "is_default", "is_active")
    fields = ("name", "key", "rank", "letter", "tone", "position", "is_default", "is_active")
    add_fields = ("name", "rank", "letter", "tone", "position")
    readonly_fields = ("key",)
    ordering = ("rank",)


@admin.register(Type)
class TypeAdmin(EntryAdmin):
    list_display = fields = ("name", "key", "position", "is_default", "is_active")
    add_fields = ("name", "position")
    readonly_fields = ("key",)
    ordering = ("position", "name")


class TransitionForm(ActForm):
    permission = forms.ChoiceField(
        choices=[("", "Nothing further"), *((name, f"{name}: {words}") for name, words in PERMISSIONS.items())],
        required=False,
        help_text="What somebody must hold besides the right to the act itself.",
    )
    required_fields = ChosenText(GUARDED_FIELDS, "Required fields")
    guard_field = forms.ChoiceField(choices=[("", "No guard"), *GUARDED_FIELDS.items()], required=False)
    guard_operator = forms.ChoiceField(choices=[("", "-"), *GuardOperator.choices], required=False)
    guard_values = SimpleArrayField(forms.CharField(max_length=120), required=False, help_text="Separated by commas.")


@admin.register(Transition)
class TransitionAdmin(TenantModelAdmin):
    rights = {"view": SEES} | dict.fromkeys(("add", "change", "delete"), ("settings.manage",))
    form = TransitionForm
    list_display = ("from_status", "to_status", "permission", "requires_reason", "guard_field")
    list_display_links = ("from_status", "to_status")
    list_select_related = ("from_status", "to_status")
    list_filter = ("from_status",)
    fields = (
        *("from_status", "to_status", "permission", "requires_reason", "required_fields", "guard_field"),
        *("guard_operator", "guard_values"),
    )
    fixed = ("from_status", "to_status")
    ordering = ("from_status__position", "to_status__position")

    def perform_add(self, by: Member, data: dict[str, Any]) -> Model:
        between = {"from_status": data["from_status"], "to_status": data["to_status"]}
        if Transition.objects.filter(**between).exists():
            raise Invalid({"to_status": "There is such a transition already: change that one."})
        return actions.save_transition(by=by, **data)

    def perform_change(self, by: Member, row: Any, changes: dict[str, Any], version: int | None) -> Model:
        kept = {name: getattr(row, name) for name in self.fields}
        return actions.save_transition(by=by, **(kept | changes))

    def perform_delete(self, by: Member, row: Any) -> None:
        actions.delete_transition(row, by=by)
