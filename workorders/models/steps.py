"""What a step of a checklist is, written once for work orders and for job plans."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tenancy.models import TenantModel
from workorders.choices import ConditionOperator, TaskKind


class Step(TenantModel):
    """`position` is the contract's `order`. `lowest` and `highest` are the limits of a number, in `unit`.

    A step with a condition applies when the answer to the earlier step `condition_on` is (not), above or below
    `condition_value`; each subclass holds that reference. Times are minutes.
    """

    position = models.PositiveIntegerField()
    description = models.CharField(max_length=500)
    kind = models.CharField(max_length=10, choices=TaskKind.choices, default=TaskKind.TICK)
    required = models.BooleanField(default=False)
    estimated_minutes = models.PositiveIntegerField(null=True, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    lowest = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    highest = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    options = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    condition_operator = models.CharField(max_length=8, choices=ConditionOperator.choices, blank=True)
    condition_value = models.CharField(max_length=80, blank=True)
    meter_name = models.CharField(max_length=80, blank=True)

    class Meta:
        abstract = True
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=TaskKind.values), name="%(class)s_kind_known"),
            models.CheckConstraint(condition=~Q(description=""), name="%(class)s_has_description"),
            models.CheckConstraint(
                condition=Q(lowest__isnull=True) | Q(highest__isnull=True) | Q(lowest__lte=F("highest")),
                name="%(class)s_limits_in_order",
            ),
            models.CheckConstraint(
                condition=Q(condition_on__isnull=True, condition_operator="")
                | (Q(condition_on__isnull=False) & ~Q(condition_operator="")),
                name="%(class)s_condition_complete",
            ),
            models.CheckConstraint(
                condition=Q(condition_on__isnull=True) | ~Q(condition_on=F("id")), name="%(class)s_condition_on_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.description[:60]}"
