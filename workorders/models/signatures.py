"""Signatures: drawn by finger or pen, or given by signing in again."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.fields import TenantForeignKey
from media.models import MediaFile
from tenancy.models import Member, TenantModel
from workorders.choices import SignatureMeaning
from workorders.models.orders import WorkOrder
from workorders.models.tasks import Task


class Signature(TenantModel):
    """Append-only. `digest` is the SHA-256 of `content`, the canonical JSON of what was signed.

    `authenticated`: the signer proved who they are by password in that moment; the work order is sealed by it.
    """

    work_order = TenantForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="signatures")
    task = TenantForeignKey(Task, on_delete=models.PROTECT, null=True, blank=True, related_name="signatures")
    signer = TenantForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    # As it stood on the screen: the member's name, or that of a customer without a login.
    signer_name = models.CharField(max_length=150)
    meaning = models.CharField(max_length=10, choices=SignatureMeaning.choices)
    authenticated = models.BooleanField(default=False)
    drawing = TenantForeignKey(MediaFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    content = models.TextField()
    digest = models.CharField(max_length=64)
    signed_at = models.DateTimeField(default=timezone.now)
    address = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        ordering = ["signed_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(meaning__in=SignatureMeaning.values), name="signature_meaning_known"),
            models.CheckConstraint(
                condition=Q(authenticated=True) | Q(drawing__isnull=False), name="signature_drawn_or_authenticated"
            ),
            models.CheckConstraint(condition=~Q(signer_name=""), name="signature_has_name"),
        ]
        indexes = [models.Index(fields=["tenant", "work_order"], name="signature_of_work_order")]

    def __str__(self) -> str:
        return f"{self.signer_name}, {self.signed_at:%Y-%m-%d}"
