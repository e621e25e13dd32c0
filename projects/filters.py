"""What a list of projects can be narrowed by: one set for the page and the API."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from core.api import filters, query
from core.errors import Invalid
from projects.choices import ProjectStatus
from projects.models import Project


class ProjectFilter(filters.FilterSet):
    """Which projects."""

    status = filters.Keys(method="by_status", label=f"Any of {', '.join(ProjectStatus.values)}")
    ledBy = filters.Ids(field_name="led_by_id", lookup_expr="in", label="Member ids")
    departmentId = filters.Ids(field_name="department_id", lookup_expr="in", label="Department ids")
    search = filters.Search(method="by_search", label="A part of code or name")

    class Meta:
        model = Project
        fields: tuple[str, ...] = ()

    def by_status(self, rows: Any, name: str, value: list[str]) -> Any:
        if strange := [key for key in value if key not in ProjectStatus.values]:
            sentence = f"Unknown status {', '.join(strange)[:100]}. Use some of {', '.join(ProjectStatus.values)}."
            raise Invalid({"status": sentence}, headline=query.HEADLINE)
        return rows.filter(status__in=value)

    def by_search(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(Q(code__icontains=value) | Q(name__icontains=value))
