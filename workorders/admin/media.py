"""Photos and files of work orders in the Django admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model

from tenancy.models import Member
from workorders import actions
from workorders.admin.orders import OfVisibleWork
from workorders.models import WorkOrderMedia


@admin.register(WorkOrderMedia)
class WorkOrderMediaAdmin(OfVisibleWork):
    rights = {
        "view": ("workorder.view_all", "workorder.view_own"),
        "change": ("workorder.edit",),
        "delete": ("workorder.edit",),
    }
    list_display = ("work_order", "file", "label", "for_requester", "task")
    list_select_related = ("work_order", "file", "task")
    list_filter = ("label",)
    fields = ("work_order", "file", "task", "comment", "label", "for_requester")
    fixed = ("work_order", "file", "task", "comment")
    ordering = ("-id",)

    def perform_change(self, by: Member, row: Any, changes: dict[str, Any], version: int | None) -> Model:
        return actions.label_media(row.work_order, by=by, media_file=row.file, **changes)

    def perform_delete(self, by: Member, row: Any) -> None:
        actions.remove_media(row.work_order, by=by, media_file=row.file)
