"""The vocabulary of projects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from tenancy.models import Member


class ProjectQuerySet(models.QuerySet[Any]):
    def visible_to(self, member: Member) -> Self:
        """All of them for those who may see projects; its own people see a project in any case."""
        rows = self.filter(tenant_id=member.tenant_id)
        if "project.view" in member.permissions:
            return rows
        return rows.filter(Q(led_by_id=member.pk) | Q(members__member_id=member.pk)).distinct()
