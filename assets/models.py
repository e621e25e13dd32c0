"""Places and the assets that stand in them. Both are trees on an indexed path that the database keeps."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from assets.choices import AssetStatus, Criticality, LocationKind
from assets.querysets import AssetQuerySet, LocationQuerySet
from core.fields import LtreeField, TenantForeignKey, TenantOneToOne
from media.models import MediaFile
from tenancy.models import Department, Member, TenantModel


class Location(TenantModel):
    """A place: region › site › building › floor › room or zone. `path` and `site` are kept by triggers."""

    parent = TenantForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    kind = models.CharField(max_length=10, choices=LocationKind.choices)
    name = models.CharField(max_length=150)
    code = models.CharField(max_length=60, blank=True)
    time_zone = models.CharField(max_length=64, blank=True, help_text="Empty: that of the place above.")
    path = LtreeField(default="")
    site = TenantForeignKey("self", on_delete=models.DO_NOTHING, null=True, related_name="+", editable=False)
    external_id = models.CharField(max_length=120, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = LocationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("code"), "tenant", name="location_code_per_tenant", condition=~Q(code="")),
            models.UniqueConstraint(
                fields=["tenant", "external_id"], name="location_external_id", condition=~Q(external_id="")
            ),
            models.CheckConstraint(condition=Q(kind__in=LocationKind.values), name="location_kind_known"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="location_not_its_own_parent"),
        ]
        indexes = [
            GistIndex(fields=["path"], name="location_path"),
            models.Index(fields=["tenant", "parent"], name="location_children"),
        ]

    def __str__(self) -> str:
        return self.name


class LocationScope(TenantModel):
    """A place whose work, with everything below it, a scoped member sees."""

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="location_scopes")
    location = TenantForeignKey(Location, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "member", "location"], name="location_scope_once")]

    def __str__(self) -> str:
        return f"{self.member} at {self.location}"


class Category(TenantModel):
    """A class of equipment: pump, excavator, air handling unit."""

    name = models.CharField(max_length=100)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "categories"
        constraints = [models.UniqueConstraint(Lower("name"), "tenant", name="category_name_per_tenant")]

    def __str__(self) -> str:
        return self.name


class Asset(TenantModel):
    """A machine or a part of one that is maintained as a thing of its own."""

    parent = TenantForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    location = TenantForeignKey(Location, on_delete=models.PROTECT, null=True, blank=True, related_name="assets")
    department = TenantForeignKey(Department, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    category = TenantForeignKey(Category, on_delete=models.PROTECT, null=True, blank=True, related_name="assets")
    name = models.CharField(max_length=200)
    tag = models.CharField(max_length=80)
    barcode = models.CharField(max_length=120, blank=True)
    serial = models.CharField(max_length=120, blank=True)
    manufacturer = models.CharField(max_length=150, blank=True)
    model = models.CharField(max_length=150, blank=True)
    description = models.TextField(blank=True)
    criticality = models.CharField(max_length=10, choices=Criticality.choices, default=Criticality.MEDIUM)
    status = models.CharField(max_length=15, choices=AssetStatus.choices, default=AssetStatus.IN_SERVICE)
    path = LtreeField(default="")
    # What somebody must know before touching it.
    hazards = ArrayField(models.CharField(max_length=120), default=list, db_default=[], blank=True)
    warranty_until = models.DateField(null=True, blank=True)
    warranty_note = models.CharField(max_length=200, blank=True, db_default="")
    custom = models.JSONField(default=dict, db_default={}, blank=True)
    external_id = models.CharField(max_length=120, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AssetQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("tag"), "tenant", name="asset_tag_per_tenant"),
            models.UniqueConstraint(
                Lower("barcode"), "tenant", name="asset_barcode_per_tenant", condition=~Q(barcode="")
            ),
            models.UniqueConstraint(
                fields=["tenant", "external_id"], name="asset_external_id", condition=~Q(external_id="")
            ),
            models.CheckConstraint(condition=Q(status__in=AssetStatus.values), name="asset_status_known"),
            models.CheckConstraint(condition=Q(criticality__in=Criticality.values), name="asset_criticality_known"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="asset_not_its_own_parent"),
        ]
        indexes = [
            GistIndex(fields=["path"], name="asset_path"),
            models.Index(fields=["tenant", "name", "id"], name="asset_by_name"),
            models.Index(fields=["tenant", "parent"], name="asset_children"),
            models.Index(fields=["tenant", "location"], name="asset_at_location"),
        ]

    def __str__(self) -> str:
        return f"{self.tag} {self.name}"


class AssetMedia(TenantModel):
    """A photo or document of an asset; the cover is shown in lists and on the job."""

    asset = TenantForeignKey(Asset, on_delete=models.CASCADE, related_name="media")
    file = TenantOneToOne(MediaFile, on_delete=models.CASCADE, related_name="of_asset")
    is_cover = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "asset media"
        indexes = [models.Index(fields=["tenant", "asset"], name="media_of_asset")]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "asset"], condition=Q(is_cover=True), name="asset_one_cover")
        ]

    def __str__(self) -> str:
        return f"{self.file_id} of {self.asset_id}"
