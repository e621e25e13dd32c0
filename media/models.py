"""Photos and files that people add to work orders, assets and parts: one service for all of them.

A file belongs to what it was added to through a row of the upper app (`workorders.WorkOrderMedia`, `assets.AssetMedia`,
`inventory.PartMedia`), so that its reference is one the database checks.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from core.fields import TenantForeignKey
from media.choices import HERE, MediaKind, MediaState
from tenancy.models import Member, TenantModel

QUOTA = 10 * 1024**3


class MediaFile(TenantModel):
    """A file in storage. Sizes are bytes; `taken_at` is when the camera says the photo was taken."""

    original_name = models.CharField(max_length=150)
    content_type = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=MediaKind.choices)
    state = models.CharField(max_length=12, choices=MediaState.choices, default=MediaState.PROCESSING)
    size = models.PositiveBigIntegerField()
    stored_name = models.CharField(max_length=200, blank=True)
    thumbnail_name = models.CharField(max_length=200, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    # Degrees clockwise that somebody asked for and preparing has not done yet.
    turn = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    taken_at = models.DateTimeField(null=True, blank=True)
    caption = models.CharField(max_length=300, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    refusal = models.CharField(max_length=300, blank=True)
    uploaded_by = TenantForeignKey(Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)
    # Until when a promised upload is waited for; its size is counted against the quota meanwhile.
    expires_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["uploaded_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=MediaKind.values), name="media_kind_known"),
            models.CheckConstraint(condition=Q(state__in=MediaState.values), name="media_state_known"),
            models.CheckConstraint(condition=~Q(state__in=HERE) | ~Q(stored_name=""), name="media_here_is_stored"),
            models.CheckConstraint(
                condition=Q(state=MediaState.AWAITED, expires_at__isnull=False)
                | (~Q(state=MediaState.AWAITED) & Q(expires_at__isnull=True)),
                name="media_awaited_until",
            ),
            models.CheckConstraint(condition=Q(turn__in=(0, 90, 180, 270)), name="media_turn_by_quarters"),
            models.UniqueConstraint(
                fields=["tenant", "stored_name"], name="media_stored_once", condition=~Q(stored_name="")
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "expires_at"], name="media_awaited", condition=Q(state=MediaState.AWAITED)),
            models.Index(
                fields=["tenant", "uploaded_at"], name="media_processing", condition=Q(state=MediaState.PROCESSING)
            ),
            models.Index(fields=["tenant", "uploaded_at"], name="media_refused", condition=Q(state=MediaState.REFUSED)),
        ]

    def __str__(self) -> str:
        return self.original_name


class MediaAccount(TenantModel):
    """What a tenant stores and may store, one row each; its lock makes parallel uploads take turns at the quota."""

    used_bytes = models.PositiveBigIntegerField(default=0)
    quota_bytes = models.PositiveBigIntegerField(default=QUOTA)
    # Photos say where they were taken only when the organisation wants to know.
    keep_location = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="media_account_once"),
            models.CheckConstraint(condition=Q(used_bytes__lte=F("quota_bytes")), name="media_within_quota"),
        ]

    def __str__(self) -> str:
        return f"{self.used_bytes} of {self.quota_bytes} bytes"
