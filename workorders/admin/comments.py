"""Who notes mention and what they said before, in the Django admin: both are read only there."""

from __future__ import annotations

from django.contrib import admin

from workorders.admin.orders import OfVisibleWork
from workorders.models import CommentRevision, Mention

READS: dict[str, tuple[str, ...]] = {"view": ("workorder.view_all", "workorder.view_own")}


class OfNote(OfVisibleWork):
    """Rows below a note are seen with its work order by those who read every note."""

    path = "comment__work_order"
    rights = READS


@admin.register(Mention)
class MentionAdmin(OfNote):
    list_display = fields = ("comment", "member")
    list_select_related = ("comment", "member")
    ordering = ("-id",)


@admin.register(CommentRevision)
class CommentRevisionAdmin(OfNote):
    list_display = fields = ("comment", "text", "replaced_at")
    list_select_related = ("comment",)
    ordering = ("-id",)
