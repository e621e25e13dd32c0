"""What the list of technicians can be narrowed by."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from core.api import filters
from labor.models import CrewMembership, Technician


class TechnicianFilter(filters.FilterSet):
    search = filters.Search(method="by_search", label="Words in name, e-mail, trade or employee number")
    crewId = filters.Ids(method="by_crew", label="Crew ids")
    isActive = filters.Flag(method="by_active", label="true: those work can be given to; false: the others")

    class Meta:
        model = Technician
        fields: tuple[str, ...] = ()

    def by_search(self, rows: Any, name: str, value: str) -> Any:
        for word in value.split()[:8]:
            rows = rows.filter(
                Q(member__name__icontains=word)
                | Q(member__email__icontains=word)
                | Q(trade__icontains=word)
                | Q(employee_number__icontains=word)
            )
        return rows

    def by_crew(self, rows: Any, name: str, value: list[Any]) -> Any:
        return rows.filter(pk__in=CrewMembership.objects.filter(crew_id__in=value).values("technician_id"))

    def by_active(self, rows: Any, name: str, value: bool) -> Any:
        active = Q(is_active=True, member__is_active=True)
        return rows.filter(active if value else ~active)
