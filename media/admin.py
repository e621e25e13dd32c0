"""Photos and files in the Django admin: looked at, described, removed; and each organisation's room."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model

from core.admin import TenantModelAdmin
from media import actions
from media.models import MediaAccount, MediaFile
from tenancy.models import Member


@admin.register(MediaFile)
class MediaFileAdmin(TenantModelAdmin):
    """Which work order, asset or part a file belongs to stands in their own lists. Its address is given on their pages only."""

    rights = {"view": ("settings.manage",)}
    list_display = ("original_name", "kind", "state", "size", "uploaded_by", "uploaded_at")
    list_select_related = ("uploaded_by",)
    list_filter = ("kind", "state")
    fields = (
        *(
            "original_name",
            "content_type",
            "kind",
            "state",
            "refusal",
            "size",
            "width",
            "height",
            "taken_at",
            "caption",
        ),
        *("sha256", "stored_name", "thumbnail_name", "uploaded_by", "uploaded_at", "expires_at"),
    )
    ordering = ("-id",)


@admin.register(MediaAccount)
class MediaAccountAdmin(TenantModelAdmin):
    rights = dict.fromkeys(("view", "change"), ("settings.manage",))
    list_display = ("tenant", "used_bytes", "quota_bytes", "keep_location")
    list_display_links = ("used_bytes",)
    list_select_related = ("tenant",)
    fields = ("used_bytes", "quota_bytes", "keep_location")
    fixed = ("used_bytes", "quota_bytes")
    ordering = ("id",)

    def perform_change(self, by: Member, row: Any, changes: dict[str, Any], version: int | None) -> Model:
        return actions.set_keep_location(by=by, keep=changes.get("keep_location", row.keep_location))
