"""Signatures in the Django admin: to read only."""

from __future__ import annotations

from django.contrib import admin

from workorders.admin.orders import SEES, OfVisibleWork
from workorders.models import Signature


@admin.register(Signature)
class SignatureAdmin(OfVisibleWork):
    rights = {"view": SEES}
    list_display = ("signer_name", "meaning", "work_order", "authenticated", "signed_at")
    list_select_related = ("work_order",)
    fields = (
        "work_order",
        "task",
        "signer",
        "signer_name",
        "meaning",
        "authenticated",
        "signed_at",
        "address",
        "digest",
        "content",
    )
    ordering = ("-signed_at",)
