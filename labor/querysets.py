"""The vocabulary of people who do the work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models

if TYPE_CHECKING:
    from tenancy.models import Member


class TechnicianQuerySet(models.QuerySet[Any]):
    def visible_to(self, member: Member) -> Self:
        """Technicians of the member's tenant; without `people.view` only themselves."""
        rows = self.filter(tenant_id=member.tenant_id)
        return rows if "people.view" in member.permissions else rows.filter(pk=member.pk)

    def assignable(self) -> Self:
        return self.filter(is_active=True, member__is_active=True)

    def by_name(self) -> Self:
        return self.select_related("member").order_by("member__name", "pk")


class CrewQuerySet(models.QuerySet[Any]):
    def visible_to(self, member: Member) -> Self:
        rows = self.filter(tenant_id=member.tenant_id)
        if "people.view" in member.permissions:
            return rows
        return rows.filter(memberships__technician_id=member.pk)

    def of(self, member: Member) -> Self:
        """The crews a member belongs to."""
        return self.filter(memberships__technician_id=member.pk)
