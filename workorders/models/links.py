"""How work orders hang together, and the further assets of one."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from assets.models import Asset
from core.fields import TenantForeignKey
from tenancy.models import Member, TenantModel
from workorders.choices import LinkKind
from workorders.models.orders import WorkOrder


class WorkOrderLink(TenantModel):
    """`first` blocks, duplicates, was split from or merged into `second`. Parents and follow-ups are columns of the work order."""

    first = TenantForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="links_out")
    second = TenantForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="links_in")
    kind = models.CharField(max_length=12, choices=LinkKind.choices)
    linked_by = TenantForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    linked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["linked_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "first", "second", "kind"], name="work_order_link_once"),
            models.CheckConstraint(condition=~Q(first=F("second")), name="work_order_link_to_another"),
            models.CheckConstraint(condition=Q(kind__in=LinkKind.values), name="work_order_link_kind_known"),
        ]
        indexes = [models.Index(fields=["tenant", "second"], name="work_order_linked_from")]

    def __str__(self) -> str:
        return f"{self.first_id} {self.kind} {self.second_id}"


class FurtherAsset(TenantModel):
    """An asset that the work is also done on."""

    work_order = TenantForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="further_assets")
    asset = TenantForeignKey(Asset, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "work_order", "asset"], name="further_asset_once")]
        indexes = [models.Index(fields=["tenant", "asset"], name="further_asset_of")]

    def __str__(self) -> str:
        return f"{self.asset_id} in {self.work_order_id}"
