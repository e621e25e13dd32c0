"""What the list of members can be narrowed by."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from core.api import filters
from tenancy.models import Member


class MemberFilter(filters.FilterSet):
    search = filters.Search(method="by_search", label="Words in name or e-mail")
    role = filters.Keys(field_name="role__key", lookup_expr="in", label="Keys of roles")
    isActive = filters.Flag(field_name="is_active", label="true: active members; false: the others")

    class Meta:
        model = Member
        fields: tuple[str, ...] = ()

    def by_search(self, rows: Any, name: str, value: str) -> Any:
        for word in value.split()[:8]:
            rows = rows.filter(Q(name__icontains=word) | Q(email__icontains=word))
        return rows
