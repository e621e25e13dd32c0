"""Projects: work orders that belong together, with dates, people and a budget."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from core.fields import TenantForeignKey
from projects.choices import ProjectStatus
from projects.querysets import ProjectQuerySet
from tenancy.models import Department, Member, TenantModel


class Project(TenantModel):
    """`budget` is in the tenant's currency; the variance is the budget less what its work orders cost."""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=150)
    description = models.TextField(blank=True)
    status = models.CharField(max_length=10, choices=ProjectStatus.choices, default=ProjectStatus.PLANNED)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    budget = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    budget_spent_warning = models.PositiveSmallIntegerField(default=80)
    led_by = TenantForeignKey(Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    department = TenantForeignKey(Department, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(Lower("code"), "tenant", name="project_code_per_tenant"),
            models.CheckConstraint(condition=Q(status__in=ProjectStatus.values), name="project_status_known"),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True) | Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="project_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(budget__isnull=True) | Q(budget__gte=Decimal(0)), name="project_budget_not_negative"
            ),
            models.CheckConstraint(condition=Q(budget_spent_warning__lte=100), name="project_warning_percent"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ProjectMember(TenantModel):
    project = TenantForeignKey(Project, on_delete=models.CASCADE, related_name="members")
    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "project", "member"], name="project_member_once")]

    def __str__(self) -> str:
        return f"{self.member_id} in {self.project_id}"
