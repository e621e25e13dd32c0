"""The vocabulary of projects."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Coalesce

from projects.choices import OPEN, OVER

if TYPE_CHECKING:
    from tenancy.models import Member

# What a work order costs, as its own row keeps it.
COSTS = ("labor_cost", "material_cost", "other_cost", "overhead_cost", "external_cost")
ENDED = ("completed", "cancelled", "closed")


class ProjectQuerySet(models.QuerySet[Any]):
    def visible_to(self, member: Member) -> Self:
        """All of them for those who may see projects; its own people see a project in any case."""
        from projects.models import ProjectMember

        rows = self.filter(tenant_id=member.tenant_id)
        if "project.view" in member.permissions:
            return rows
        # Not by a join: sums over work orders would count each of them once per member.
        belongs = Exists(ProjectMember.objects.filter(project_id=OuterRef("pk"), member_id=member.pk))
        return rows.filter(Q(led_by_id=member.pk) | belongs)

    def open(self) -> Self:
        """Those that work can be put into."""
        return self.filter(status__in=OPEN)

    def over(self) -> Self:
        return self.filter(status__in=OVER)

    def with_figures(self) -> Self:
        """With `spent` (all its work orders, whoever asks), `jobs` and `open_jobs`."""
        nothing = Decimal(0)
        cost: Any = sum(
            (Coalesce(F(f"work_orders__{name}"), nothing) for name in COSTS[1:]), F(f"work_orders__{COSTS[0]}")
        )
        active = Q(work_orders__isnull=False) & ~Q(work_orders__meaning__in=ENDED)
        return self.annotate(
            spent=Coalesce(Sum(cost), nothing),
            jobs=Count("work_orders"),
            open_jobs=Count("work_orders", filter=active),
        )
