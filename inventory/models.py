"""The part catalogue: what a storeroom keeps. Balances and their ledger are not here yet; costs are the catalogue's."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from core.fields import TenantForeignKey, TenantOneToOne
from inventory.querysets import PartQuerySet
from media.models import MediaFile
from tenancy.models import TenantModel


class PartCategory(TenantModel):
    """Bearings, filters, hydraulic hoses."""

    name = models.CharField(max_length=100)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "part categories"
        constraints = [models.UniqueConstraint(Lower("name"), "tenant", name="part_category_name")]

    def __str__(self) -> str:
        return self.name


class Part(TenantModel):
    """A spare part or consumable. `unit_cost` is in the tenant's currency per `unit` (each, m, l, kg)."""

    number = models.CharField(max_length=80)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    unit = models.CharField(max_length=20, default="each")
    barcode = models.CharField(max_length=120, blank=True)
    category = TenantForeignKey(PartCategory, on_delete=models.PROTECT, null=True, blank=True, related_name="parts")
    unit_cost = models.DecimalField(max_digits=14, decimal_places=4, default=Decimal(0))
    # Where to find it, in words, until storerooms and bins exist.
    kept_in = models.CharField(max_length=120, blank=True)
    external_id = models.CharField(max_length=120, blank=True)
    custom = models.JSONField(default=dict, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PartQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(Lower("number"), "tenant", name="part_number_per_tenant"),
            models.UniqueConstraint(
                Lower("barcode"), "tenant", name="part_barcode_per_tenant", condition=~Q(barcode="")
            ),
            models.UniqueConstraint(
                fields=["tenant", "external_id"], name="part_external_id", condition=~Q(external_id="")
            ),
            models.CheckConstraint(condition=Q(unit_cost__gte=0), name="part_cost_not_negative"),
            models.CheckConstraint(condition=~Q(number="") & ~Q(name=""), name="part_has_number_and_name"),
        ]
        indexes = [
            models.Index(fields=["tenant", "name", "id"], name="part_by_name"),
            models.Index(fields=["tenant", "category"], name="part_of_category"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class ManufacturerNumber(TenantModel):
    """What a maker calls the part; several makers may sell the same one."""

    part = TenantForeignKey(Part, on_delete=models.CASCADE, related_name="manufacturer_numbers")
    manufacturer = models.CharField(max_length=120)
    number = models.CharField(max_length=120)

    class Meta:
        ordering = ["manufacturer", "number"]
        constraints = [
            models.UniqueConstraint(
                "tenant", "part", Lower("manufacturer"), Lower("number"), name="manufacturer_number_once"
            )
        ]
        indexes = [models.Index(Lower("number"), "tenant", name="manufacturer_number")]

    def __str__(self) -> str:
        return f"{self.manufacturer} {self.number}"


class Alternate(TenantModel):
    """A part that does instead, in this direction."""

    part = TenantForeignKey(Part, on_delete=models.CASCADE, related_name="alternates")
    alternate = TenantForeignKey(Part, on_delete=models.CASCADE, related_name="stands_in_for")
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "part", "alternate"], name="alternate_once"),
            models.CheckConstraint(condition=~Q(part=F("alternate")), name="alternate_is_another"),
        ]

    def __str__(self) -> str:
        return f"{self.alternate_id} for {self.part_id}"


class PartMedia(TenantModel):
    """A photo or data sheet of a part; the cover is shown in lists."""

    part = TenantForeignKey(Part, on_delete=models.CASCADE, related_name="media")
    file = TenantOneToOne(MediaFile, on_delete=models.CASCADE, related_name="of_part")
    is_cover = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "part media"
        indexes = [models.Index(fields=["tenant", "part"], name="media_of_part")]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "part"], condition=Q(is_cover=True), name="part_one_cover")
        ]

    def __str__(self) -> str:
        return f"{self.file_id} of {self.part_id}"
