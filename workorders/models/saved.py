"""Views of the list that people keep."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from core.fields import TenantForeignKey
from tenancy.models import Member, TenantModel


class SavedView(TenantModel):
    """A query string of the list with its columns. Somebody's own, or everybody's when `shared`."""

    owner = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    shared = models.BooleanField(default=False)
    query = models.CharField(max_length=1500, blank=True)
    columns = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    layout = models.CharField(max_length=10, default="list")
    position = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"), "tenant", "owner", name="saved_view_name_of_owner", condition=Q(shared=False)
            ),
            models.UniqueConstraint(Lower("name"), "tenant", name="saved_view_name_shared", condition=Q(shared=True)),
            models.CheckConstraint(
                condition=Q(layout__in=["list", "kanban", "calendar"]), name="saved_view_layout_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DefaultView(TenantModel):
    """The view that the list opens with for one member, instead of all open work."""

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    view = TenantForeignKey(SavedView, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "member"], name="default_view_once")]

    def __str__(self) -> str:
        return f"{self.view_id} for {self.member_id}"
