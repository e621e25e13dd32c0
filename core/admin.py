"""The Django admin as one more door: rows as a member sees them, rights of the role, every write an act.

`TenantModelAdmin` is the only kind of admin that the site takes in. A subclass names the permissions for each verb in
`rights` and calls the act behind the verb in `perform_add`, `perform_change` or `perform_delete`; a verb without an act has
no permission. Nothing here saves or deletes a row by itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import DataError, IntegrityError, models, transaction
from django.forms.models import construct_instance
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core import errors, outbox, pagination
from core.models import AuditEntry, ConsumerCursor, Event, FailedDelivery, IdempotencyKey, NumberSequence
from core.translation import database_refusal

MOST_ROWS = 200
REFUSALS = (errors.DomainError, IntegrityError, DataError)


class EstimatingPaginator(Paginator):
    """Counts up to some thousands and asks the planner beyond: a list of a million rows must not be counted to be seen."""

    @cached_property
    def count(self) -> int:
        return pagination.count(self.object_list, "estimate")  # type: ignore[arg-type]


class FieldsForm(forms.ModelForm):
    """Checks each field. What holds between fields and rows the act checks, and refuses in sentences."""

    def _post_clean(self) -> None:
        options = self._meta
        try:
            self.instance = construct_instance(self, self.instance, options.fields, options.exclude)
            self.instance.clean_fields(exclude=self._get_validation_exclusions())  # type: ignore[attr-defined]
        except ValidationError as error:
            self._update_errors(error)  # type: ignore[attr-defined]


class ActForm(FieldsForm):
    """Knows which version and organisation its page was made from, and shows what an act refused.

    `request` is set by `get_form`; `request.refusal` by `changeform_view`, when the act said no to what was posted.
    """

    request: Any
    expected_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    made_for = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "made_for" in self.fields:
            self.fields["made_for"].initial = self.request.member.tenant.slug
            self.fields["expected_version"].initial = getattr(self.instance, "version", None)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("made_for", "") not in ("", self.request.member.tenant.slug):
            raise forms.ValidationError("This form belongs to another organisation. Nothing was saved.")
        refusal = getattr(self.request, "refusal", None)
        if isinstance(refusal, errors.Invalid):
            for path, sentence in refusal.details.items():
                self.add_error(path if path in self.fields else None, sentence)
        elif refusal is not None:
            self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)
        return values

    @property
    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.changed_data if name not in HIDDEN}

    @property
    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name not in HIDDEN}


HIDDEN = tuple(ActForm.base_fields)


class TenantModelAdmin(admin.ModelAdmin):
    rights: dict[str, tuple[str, ...]] = {}
    # Fields of the page that adds; `fields` are those of the page that changes, `fixed` those of them that never change.
    add_fields: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    # Further columns that a link may filter by, besides `list_filter`.
    filterable: tuple[str, ...] = ()
    form = ActForm
    paginator = EstimatingPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 50
    save_on_top = False
    view_on_site = False
    show_facets = admin.ShowFacets.NEVER
    delete_confirmation_max_display = 20

    # What a subclass writes

    def perform_add(self, by: Any, data: dict[str, Any]) -> models.Model:
        raise errors.PermissionDenied("admin.access", "These are not added here.")

    def perform_change(self, by: Any, row: Any, changes: dict[str, Any], version: int | None) -> models.Model:
        raise errors.PermissionDenied("admin.access", "These are not changed here.")

    def perform_delete(self, by: Any, row: Any) -> None:
        raise errors.PermissionDenied("admin.access", "These are not deleted here.")

    # Who may

    def holds(self, request: HttpRequest, verb: str) -> bool:
        member = getattr(request, "member", None)
        return member is not None and not member.permissions.isdisjoint(self.rights.get(verb, ()))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.holds(request, "view") or self.holds(request, "change")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.holds(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.holds(request, "change")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.holds(request, "delete")

    def has_act_permission(self, request: HttpRequest) -> bool:
        """For actions of a list that declare `permissions=["act"]`."""
        return self.holds(request, "act")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    # What is seen

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Row-level security keeps tenants apart; this keeps a member to what they see on pages, too."""
        member = request.member  # type: ignore[attr-defined]
        rows = super().get_queryset(request)
        visible_to = getattr(rows, "visible_to", None)
        rows = visible_to(member) if visible_to else self.of_tenant(rows, member.tenant_id)
        if isinstance(self.list_select_related, list | tuple):
            rows = rows.select_related(*self.list_select_related)
        return rows

    def of_tenant(self, rows: Any, tenant_id: Any) -> Any:
        return rows.filter(tenant_id=tenant_id)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only declared filters: a free one would let a link guess at columns that are not shown (hashes, rates)."""
        name = lookup.partition("__")[0]
        declared = [
            item if isinstance(item, str) else item[0] if isinstance(item, tuple) else item.parameter_name  # type: ignore[union-attr]
            for item in self.get_list_filter(request)
        ]
        return name in declared or name in self.filterable

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Choices are rows that this member sees, where the other model has an admin: all of ours have."""
        other = self.admin_site._registry.get(db_field.remote_field.model)
        if other is not None and "queryset" not in kwargs:
            kwargs["queryset"] = other.get_queryset(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        names = list(self.add_fields if obj is None and self.add_fields else self.fields or ())
        if self.has_add_permission(request) if obj is None else self.has_change_permission(request, obj):
            names += HIDDEN
        return names

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [*self.readonly_fields, *(self.fixed if obj is not None else ())]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.request = request  # the class was made for this request
        return form

    # Writing: acts

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        by = request.member  # type: ignore[attr-defined]
        if change:
            saved = self.perform_change(by, obj, form.changes, form.cleaned_data.get("expected_version"))
        else:
            saved = self.perform_add(by, form.values)
        obj.__dict__.update(saved.__dict__)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.perform_delete(request.member, obj)  # type: ignore[attr-defined]

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        """All or nothing: the first refusal takes back the others."""
        for row in self.few(queryset):
            try:
                self.perform_delete(request.member, row)  # type: ignore[attr-defined]
            except errors.DomainError as refused:
                raise errors.Conflict(f"Nothing was deleted. {row}: {refused.message}", code=refused.code) from None

    def few(self, queryset: Iterable[Any]) -> list[Any]:
        rows = list(queryset[: MOST_ROWS + 1])  # type: ignore[index]
        if len(rows) > MOST_ROWS:
            raise errors.Conflict(f"Choose at most {MOST_ROWS} at a time.", code="too_many")
        return rows

    def on_each(
        self, request: HttpRequest, queryset: models.QuerySet[Any], act: Callable[[Any], Any], done: str
    ) -> None:
        """An action of the list, row by row: what is refused is told with its sentence, the rest is done."""
        count, refused = 0, []
        for row in self.few(queryset):
            try:
                with transaction.atomic():
                    act(row)
            except errors.DomainError as error:
                refused.append(f"{row}: {error.message}")
            else:
                count += 1
        if count:
            self.message_user(request, f"{count} {done}.", messages.SUCCESS)
        for sentence in refused[:10]:
            self.message_user(request, sentence, messages.ERROR)
        if len(refused) > 10:
            self.message_user(request, f"{len(refused) - 10} more were refused.", messages.ERROR)

    # Refusals become messages

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except REFUSALS as refused:
            # The view's own savepoint took everything back; once more, now the form says why and keeps what was typed.
            request.refusal = self.told(refused)  # type: ignore[attr-defined]
            return super().changeform_view(request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except REFUSALS as refused:
            self.message_user(request, self.told(refused).message, messages.ERROR)
            return HttpResponseRedirect(reverse(self.address("change"), args=[object_id]))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        try:
            with transaction.atomic():
                return super().changelist_view(request, extra_context)
        except REFUSALS as refused:
            if request.method == "GET" and not request.GET:
                raise
            self.message_user(request, self.told(refused).message, messages.ERROR)
            # What was refused may be a part of the address: it must not be asked again for ever.
            return HttpResponseRedirect(request.path if request.method == "GET" else request.get_full_path())

    def told(self, refused: Exception) -> errors.DomainError:
        found = refused if isinstance(refused, errors.DomainError) else database_refusal(refused)
        if found is None:
            raise refused
        return found

    def address(self, page: str) -> str:
        return f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{page}"

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What goes along, and whether it may, is the act's to decide; Django would read every related row."""
        rows = list(objs[: MOST_ROWS + 1])
        return [str(row) for row in rows], {self.opts.verbose_name_plural: len(rows)}, set(), []

    # Django's own log knows no tenant. Ours are the audit trail and the event log.

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        return []

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        return None

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        return None

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:  # type: ignore[override]
        return None

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
        trail = reverse(f"{self.admin_site.name}:core_auditentry_changelist")
        return HttpResponseRedirect(f"{trail}?table_name={self.opts.db_table}&row_id={row.pk}")


class ChosenText(forms.MultipleChoiceField):
    """Several of fixed names, kept in an array column, as boxes to tick."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, choices: dict[str, str], label: str) -> None:
        named = [(name, f"{name}: {sentence}") for name, sentence in choices.items()]
        super().__init__(choices=named, label=label, required=False)


class RecordAdmin(TenantModelAdmin):
    """A table that is only looked at."""

    rights = {"view": ("audit.view",)}


def as_text(value: Any) -> SafeString:
    """JSON for reading."""
    return format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False, default=str) if value else "-")


@admin.register(Event)
class EventAdmin(RecordAdmin):
    list_display = ("seq", "type", "object_type", "object_id", "actor_id", "source", "occurred_at")
    list_display_links = ("seq", "type")
    fields = (
        *("seq", "txid", "type", "object_type", "object_id", "work_order_id", "asset_id", "actor_id", "source"),
        *("request_id", "occurred_at", "recorded_at", "changed"),
    )
    readonly_fields = ("changed",)
    ordering = ("-txid", "-seq")
    filterable = ("type", "object_id", "work_order_id")

    @admin.display(description="Changes")
    def changed(self, event: Event) -> SafeString:
        return as_text(event.changes)


@admin.register(AuditEntry)
class AuditEntryAdmin(RecordAdmin):
    list_display = ("id", "at", "action", "table_name", "row_id", "actor_id", "source", "request_id")
    list_display_links = ("id", "at")
    fields = (
        *("at", "action", "table_name", "row_id", "actor_id", "user_id", "source", "request_id", "database_role"),
        *("was", "became"),
    )
    readonly_fields = ("was", "became")
    ordering = ("-id",)
    filterable = ("table_name", "row_id", "actor_id", "action")

    @admin.display(description="Before")
    def was(self, entry: AuditEntry) -> SafeString:
        return as_text(entry.before)

    @admin.display(description="After")
    def became(self, entry: AuditEntry) -> SafeString:
        return as_text(entry.after)


@admin.register(FailedDelivery)
class FailedDeliveryAdmin(RecordAdmin):
    rights = {"view": ("audit.view",), "act": ("settings.manage",)}
    list_display = ("consumer", "event_seq", "attempts", "next_at", "created_at", "error")
    fields = ("consumer", "event_seq", "attempts", "next_at", "created_at", "error")
    ordering = ("-id",)
    actions = ("try_again",)

    @admin.action(description="Try again now", permissions=["act"])
    def try_again(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        self.on_each(request, queryset, outbox.try_again, "will be tried again in a moment")


@admin.register(ConsumerCursor)
class ConsumerCursorAdmin(RecordAdmin):
    list_display = ("consumer", "txid", "seq", "updated_at")
    fields = ("consumer", "txid", "seq", "updated_at")
    ordering = ("consumer",)


@admin.register(NumberSequence)
class NumberSequenceAdmin(RecordAdmin):
    list_display = ("kind", "year", "next")
    fields = ("kind", "year", "next")
    ordering = ("kind", "-year")


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(RecordAdmin):
    list_display = ("key", "caller", "status", "created_at")
    fields = ("key", "caller", "request_hash", "status", "created_at")
    ordering = ("-id",)
