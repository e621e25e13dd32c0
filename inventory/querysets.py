"""The vocabulary of parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

if TYPE_CHECKING:
    from tenancy.models import Member


class PartQuerySet(models.QuerySet[Any]):
    def visible_to(self, member: Member) -> Self:
        """The catalogue belongs to everybody in the tenant who may see parts."""
        return self.filter(tenant_id=member.tenant_id) if "part.view" in member.permissions else self.none()

    def current(self) -> Self:
        return self.filter(archived_at=None)

    def called(self, text: str) -> Self:
        """Parts of exactly this barcode, number or maker's number, as a scan gives it."""
        from inventory.models import ManufacturerNumber

        makers = ManufacturerNumber.objects.filter(part=OuterRef("pk"), number__iexact=text)
        return self.filter(Q(barcode__iexact=text) | Q(number__iexact=text) | Q(Exists(makers)))

    def matching(self, text: str) -> Self:
        """Parts whose number, name, barcode or a maker's number holds every word of `text`."""
        from inventory.models import ManufacturerNumber

        rows = self
        for word in text.replace("\x00", " ").split()[:8]:
            makers = ManufacturerNumber.objects.filter(part=OuterRef("pk"), number__icontains=word)
            rows = rows.filter(
                Q(number__icontains=word) | Q(name__icontains=word) | Q(barcode__iexact=word) | Q(Exists(makers))
            )
        return rows
