"""Job plans: what a repeated job consists of. A version never changes; an edit makes the next one."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from assets.models import Category
from core.fields import TenantForeignKey
from inventory.models import Part
from labor.models import Crew, Technician
from tenancy.models import Member, TenantModel
from workorders.models.orders import Priority, Type
from workorders.models.steps import Step


class JobPlan(TenantModel):
    """What people choose from; its content is that of the version with the highest number."""

    name = models.CharField(max_length=150)
    summary = models.CharField(max_length=300, blank=True)
    category = TenantForeignKey(Category, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Of the starter library: its key there, so that installing it twice changes nothing.
    library_key = models.CharField(max_length=60, blank=True)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), "tenant", name="job_plan_name"),
            models.UniqueConstraint(
                fields=["tenant", "library_key"], name="job_plan_of_library", condition=~Q(library_key="")
            ),
        ]

    def __str__(self) -> str:
        return self.name


class JobPlanVersion(TenantModel):
    """What a work order made from it is given. Append-only."""

    plan = TenantForeignKey(JobPlan, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    type = TenantForeignKey(Type, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    priority = TenantForeignKey(Priority, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    estimated_minutes = models.PositiveIntegerField(null=True, blank=True)
    assigned_to = TenantForeignKey(Technician, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    crew = TenantForeignKey(Crew, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    skills = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    tools = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    safety_requirements = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    needs_signature = models.BooleanField(default=False)
    needs_photo = models.BooleanField(default=False)
    needs_failure_code = models.BooleanField(default=False)
    all_ok_allowed = models.BooleanField(default=False)
    made_by = TenantForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "plan", "number"], name="job_plan_version_number"),
            models.CheckConstraint(condition=~Q(title=""), name="job_plan_version_has_title"),
        ]

    def __str__(self) -> str:
        return f"{self.title}, version {self.number}"


class JobPlanTask(Step):
    plan_version = TenantForeignKey(JobPlanVersion, on_delete=models.CASCADE, related_name="tasks")
    condition_on = TenantForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta(Step.Meta):
        abstract = False
        indexes = [models.Index(fields=["tenant", "plan_version", "position"], name="task_of_job_plan")]


class JobPlanPart(TenantModel):
    plan_version = TenantForeignKey(JobPlanVersion, on_delete=models.CASCADE, related_name="parts")
    part = TenantForeignKey(Part, on_delete=models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=14, decimal_places=3)

    class Meta:
        ordering = ["part"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "plan_version", "part"], name="job_plan_part_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="job_plan_part_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.part_id}"
