"""What was done to many work orders at once: kept so that it can be shown row by row and taken back."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from core.fields import TenantForeignKey
from tenancy.models import Member, TenantModel


class BulkRun(TenantModel):
    """One act on many. `results` holds a row for each work order: how it went, its version since, what stood there before."""

    by = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    act = models.CharField(max_length=20)
    told = models.CharField(max_length=200)
    done = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    results = models.JSONField(default=list)
    undo_of = TenantForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["tenant", "undo_of"], name="bulk_run_undone_once")]
        indexes = [models.Index(fields=["tenant", "by", "-created_at"], name="bulk_run_of_member")]

    def __str__(self) -> str:
        return self.told
