"""Parts of a work order, and the movements that the stock ledger will post."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from core.fields import TenantForeignKey
from inventory.models import Part
from tenancy.models import Member, TenantModel
from workorders.choices import MovementKind, PartStatus
from workorders.models.orders import WorkOrder
from workorders.querysets import PartLineQuerySet


class PartLine(TenantModel):
    """A part that a job needs. `quantity` is what is wanted, in the part's unit; `issued` less `returned` is what it consumed,
    `reserved` what is kept for it in the store. Every change of those three is a movement (`actions.stockroom`).

    `unit_cost` is the catalogue's cost when the line was issued (until then an estimate), unless it was `priced` by hand;
    `actual_cost`, where somebody knows better, is the cost of the whole line. Money in the tenant's currency.
    """

    work_order = TenantForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="part_lines")
    part = TenantForeignKey(Part, on_delete=models.PROTECT, related_name="lines")
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    issued = models.DecimalField(max_digits=14, decimal_places=3, default=Decimal(0))
    returned = models.DecimalField(max_digits=14, decimal_places=3, default=Decimal(0))
    reserved = models.DecimalField(max_digits=14, decimal_places=3, default=Decimal(0), db_default=Decimal(0))
    unit_cost = models.DecimalField(max_digits=14, decimal_places=4)
    priced = models.BooleanField(default=False, db_default=False)
    actual_cost = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    status = models.CharField(max_length=10, choices=PartStatus.choices, default=PartStatus.REQUESTED)
    note = models.CharField(max_length=300, blank=True)
    added_by = TenantForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = PartLineQuerySet.as_manager()

    class Meta:
        ordering = ["added_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="part_line_quantity_positive"),
            models.CheckConstraint(condition=Q(issued__gte=0), name="part_line_issued_not_negative"),
            models.CheckConstraint(
                condition=Q(returned__gte=0, returned__lte=F("issued")), name="part_line_returned_of_issued"
            ),
            models.CheckConstraint(
                condition=Q(reserved__gte=0, reserved__lte=F("quantity")), name="part_line_reserved_of_wanted"
            ),
            models.CheckConstraint(condition=Q(unit_cost__gte=0), name="part_line_cost_not_negative"),
            models.CheckConstraint(
                condition=Q(actual_cost__isnull=True) | Q(actual_cost__gte=0), name="part_line_actual_not_negative"
            ),
            models.CheckConstraint(condition=Q(status__in=PartStatus.values), name="part_line_status_known"),
        ]
        indexes = [
            models.Index(fields=["tenant", "work_order"], name="part_line_of_work_order"),
            models.Index(fields=["tenant", "part"], name="part_line_of_part"),
            models.Index(
                fields=["tenant", "work_order"],
                name="part_line_to_give",
                condition=Q(status__in=[PartStatus.REQUESTED, PartStatus.RESERVED]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.part_id}"


class PartMovement(TenantModel):
    """What happened to a line, append-only: the seam that the stock ledger will post from."""

    line = TenantForeignKey(PartLine, on_delete=models.CASCADE, related_name="movements")
    kind = models.CharField(max_length=8, choices=MovementKind.choices)
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    unit_cost = models.DecimalField(max_digits=14, decimal_places=4)
    by = TenantForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    occurred_at = models.DateTimeField(default=timezone.now)
    posted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["posted_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="part_movement_quantity_positive"),
            models.CheckConstraint(condition=Q(kind__in=MovementKind.values), name="part_movement_kind_known"),
        ]
        indexes = [models.Index(fields=["tenant", "line"], name="movement_of_line")]

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity}"
