"""The failure catalogue: problem, cause and remedy codes by class of equipment."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from assets.models import Category
from core.fields import TenantForeignKey
from tenancy.models import TenantModel
from workorders.choices import CodeKind


class FailureCode(TenantModel):
    """A code that reports name. Without classes it applies to all equipment."""

    kind = models.CharField(max_length=8, choices=CodeKind.choices)
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    description = models.CharField(max_length=500, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["kind", "position", "name"]
        constraints = [
            models.UniqueConstraint(Upper("code"), "tenant", "kind", name="failure_code_per_kind"),
            models.CheckConstraint(condition=Q(kind__in=CodeKind.values), name="failure_code_kind_known"),
            models.CheckConstraint(condition=~Q(code="") & ~Q(name=""), name="failure_code_has_code_and_name"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def key(self) -> str:
        """What events, guards and the API name it by."""
        return self.code


class FailureCodeClass(TenantModel):
    """A class of equipment that a code applies to."""

    failure_code = TenantForeignKey(FailureCode, on_delete=models.CASCADE, related_name="classes")
    category = TenantForeignKey(Category, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "failure_code", "category"], name="failure_code_class_once")
        ]
        indexes = [models.Index(fields=["tenant", "category"], name="failure_codes_of_class")]

    def __str__(self) -> str:
        return f"{self.failure_code_id} for {self.category_id}"
