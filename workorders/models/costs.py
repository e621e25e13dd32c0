"""Costs that are neither time nor parts, and the rules for overhead."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from core.fields import TenantForeignKey
from tenancy.models import Member, TenantModel
from workorders.choices import CostKind
from workorders.models.orders import WorkOrder


class CostLine(TenantModel):
    """A vendor's invoice or another cost. Append-only: a line that was wrong is taken back by one with `corrects`."""

    work_order = TenantForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="cost_lines")
    kind = models.CharField(max_length=8, choices=CostKind.choices)
    description = models.CharField(max_length=200)
    vendor = models.CharField(max_length=150, blank=True)
    reference = models.CharField(max_length=80, blank=True)
    invoiced_on = models.DateField(null=True, blank=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    corrects = TenantForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections")
    posted_by = TenantForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    posted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["posted_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=CostKind.values), name="cost_kind_known"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, corrects__isnull=True) | Q(amount__lt=0, corrects__isnull=False),
                name="cost_taken_back_only_by_correction",
            ),
            models.UniqueConstraint(
                fields=["tenant", "corrects"], name="cost_corrected_once", condition=Q(corrects__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["tenant", "work_order"], name="cost_of_work_order")]

    def __str__(self) -> str:
        return f"{self.description} {self.amount}"


class OverheadRule(TenantModel):
    """What every work order bears besides its own costs: a share of labour, of materials, and an amount per job."""

    name = models.CharField(max_length=80)
    percent_of_labor = models.DecimalField(max_digits=6, decimal_places=2, default=Decimal(0))
    percent_of_materials = models.DecimalField(max_digits=6, decimal_places=2, default=Decimal(0))
    per_work_order = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(0))
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), "tenant", name="overhead_rule_name"),
            models.CheckConstraint(
                condition=Q(percent_of_labor__gte=0, percent_of_materials__gte=0, per_work_order__gte=0),
                name="overhead_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.name
