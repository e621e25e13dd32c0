"""Links between work orders and further assets in the Django admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from core.admin import TenantModelAdmin
from tenancy.models import Member
from workorders import actions
from workorders.admin.orders import SEES, OfVisibleWork
from workorders.models import FurtherAsset, WorkOrder, WorkOrderLink

EDITS = ("workorder.edit",)


@admin.register(WorkOrderLink)
class WorkOrderLinkAdmin(TenantModelAdmin):
    rights = {"view": SEES} | dict.fromkeys(("add", "delete"), EDITS)
    list_display = ("first", "kind", "second", "linked_by", "linked_at")
    list_select_related = ("first", "second", "linked_by")
    list_filter = ("kind",)
    fields = list_display
    add_fields = ("first", "kind", "second")
    autocomplete_fields = ("first", "second")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """A link is seen with both its ends."""
        rows = super().get_queryset(request)
        seen = WorkOrder.objects.visible_to(request.member).values("pk")  # type: ignore[attr-defined]
        return rows.filter(first__in=seen, second__in=seen)

    def perform_add(self, by: Member, data: dict[str, Any]) -> Model:
        return actions.link(data["first"], by=by, kind=data["kind"], to=data["second"])

    def perform_delete(self, by: Member, row: Any) -> None:
        actions.unlink(row, by=by)


@admin.register(FurtherAsset)
class FurtherAssetAdmin(OfVisibleWork):
    rights = {"view": SEES} | dict.fromkeys(("add", "delete"), EDITS)
    list_display = fields = add_fields = ("work_order", "asset")
    list_select_related = ("work_order", "asset")
    autocomplete_fields = ("work_order", "asset")
    ordering = ("-id",)

    def perform_add(self, by: Member, data: dict[str, Any]) -> Model:
        return actions.add_further_asset(data["work_order"], by=by, asset=data["asset"])

    def perform_delete(self, by: Member, row: Any) -> None:
        actions.remove_further_asset(row.work_order, by=by, asset=row.asset)
