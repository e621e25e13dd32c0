"""Runs of bulk acts in the Django admin: a record to look at."""

from __future__ import annotations

from django.contrib import admin

from core.admin import RecordAdmin
from workorders.models import BulkRun


@admin.register(BulkRun)
class BulkRunAdmin(RecordAdmin):
    list_display = ("created_at", "told", "by", "done", "refused", "undone_at")
    list_select_related = ("by",)
    fields = ("created_at", "act", "told", "by", "done", "refused", "undo_of", "undone_at")
    ordering = ("-id",)
