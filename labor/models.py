"""Technicians and crews: who does the work."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from core.fields import TenantForeignKey, TenantOneToOne
from labor.querysets import CrewQuerySet, TechnicianQuerySet
from tenancy.models import Member, Tenant, TenantModel


class Technician(models.Model):
    """The technician profile of a member; it shares the member's id, so a person has one id everywhere."""

    member = TenantOneToOne(Member, on_delete=models.CASCADE, primary_key=True, related_name="technician")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", editable=False)
    employee_number = models.CharField(max_length=40, blank=True)
    trade = models.CharField(max_length=80, blank=True)
    hourly_rate = models.DecimalField(max_digits=9, decimal_places=2, default=Decimal(0))
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = TechnicianQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(hourly_rate__gte=0), name="technician_rate_not_negative"),
            models.UniqueConstraint(
                Lower("employee_number"), "tenant", name="technician_employee_number", condition=~Q(employee_number="")
            ),
        ]

    def __str__(self) -> str:
        return self.member.name


class Crew(TenantModel):
    """Technicians who are assigned work together."""

    name = models.CharField(max_length=80)
    lead = TenantForeignKey(Technician, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = CrewQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), "tenant", name="crew_name_per_tenant")]

    def __str__(self) -> str:
        return self.name


class CrewMembership(TenantModel):
    crew = TenantForeignKey(Crew, on_delete=models.CASCADE, related_name="memberships")
    technician = TenantForeignKey(Technician, on_delete=models.CASCADE, related_name="crew_memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "crew", "technician"], name="crew_membership_once")]
        indexes = [models.Index(fields=["tenant", "technician"], name="crew_of_technician")]

    def __str__(self) -> str:
        return f"{self.technician_id} in {self.crew_id}"
