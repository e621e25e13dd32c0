"""The vocabulary of work orders: who sees which, and the names of the sets people speak of."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.contrib.postgres.search import SearchQuery
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import RawSQL
from django.utils import timezone

from assets.querysets import in_location_scope
from core.errors import NotFound
from workorders.choices import ACTIVE, TO_GIVE, Meaning, PartStatus

if TYPE_CHECKING:
    from tenancy.models import Member


def on_the_job(member: Member) -> Q:
    """Work the member leads, helps on, or that was given to a crew of theirs."""
    from labor.models import CrewMembership
    from workorders.models import Assignment

    return (
        Q(assigned_to_id=member.pk)
        | Q(crew__in=CrewMembership.objects.filter(technician_id=member.pk).values("crew"))
        | Q(Exists(Assignment.objects.filter(work_order_id=OuterRef("pk"), technician_id=member.pk)))
    )


def lines_of_job(statuses: tuple[str, ...]) -> Any:
    """Part lines in one of these states, for `Exists`."""
    from workorders.models import PartLine

    return PartLine.objects.filter(work_order_id=OuterRef("pk"), status__in=statuses)


class WorkOrderQuerySet(models.QuerySet[Any]):
    def visible_to(self, member: Member) -> Self:
        """Rows the member may see: their own in any case, the rest as their role grants within their scope."""
        rows = self.filter(tenant_id=member.tenant_id)
        may = member.permissions
        if "workorder.view_all" in may and not member.scoped:
            return rows
        return rows.filter(self.sight(member))

    @staticmethod
    def sight(member: Member) -> Q:
        from tenancy.models import DepartmentScope
        from workorders.models import WorkOrderException

        may = member.permissions
        seen = Q(pk__in=[])
        # Who sees all work sees their own wherever it is; a scope narrows only the rest.
        if not may.isdisjoint({"workorder.view_own", "workorder.view_all"}):
            seen |= on_the_job(member)
        if not may.isdisjoint({"workorder.view_requested", "workorder.view_all"}):
            seen |= Q(requested_by_id=member.pk)
        granted = Q(pk__in=[])
        if "workorder.view_all" in may:
            granted = Q(tenant_id=member.tenant_id)
        elif "workorder.view_unassigned" in may:
            granted = Q(meaning=Meaning.OPEN, assigned_to=None, crew=None)
        if "workorder.view_parts" in may:
            granted |= Q(meaning__in=ACTIVE) & Q(Exists(lines_of_job(TO_GIVE)))
        if member.scoped:
            granted &= Q(in_location_scope(member, "location__path")) | Q(
                department__in=DepartmentScope.objects.filter(member_id=member.pk).values("department")
            )
        seen |= granted
        if member.user_id:
            shown = WorkOrderException.objects.filter(
                content_object_id=OuterRef("pk"), user_id=member.user_id, permission__codename="view_workorder"
            )
            seen |= Q(Exists(shown))
        return seen

    def get_visible(self, member: Member, pk: UUID | str) -> Any:
        """The work order, or `NotFound`: the same for one that does not exist and one that may not be seen."""
        try:
            found = self.visible_to(member).filter(pk=pk).first()
        except (ValueError, TypeError, ValidationError):  # an id that is no UUID is an id of nothing
            found = None
        if found is None:
            raise NotFound(
                "There is no such work order.", headline="Work order not found", extra={"workOrderId": str(pk)}
            )
        return found

    def lock(self, pk: UUID) -> Any:
        """The row, locked until the transaction ends, with its status."""
        rows = self.select_related("status", "priority", "type").select_for_update(of=("self",)).filter(pk=pk)
        # Who had to wait comes back with the row's new status beside the old one's joined row, which fit no more, and
        # PostgreSQL drops the pair. The lock is held by then, so asking once more finds the row as it is.
        row = rows.first() or rows.first()
        if row is None:
            raise NotFound(
                "There is no such work order.", headline="Work order not found", extra={"workOrderId": str(pk)}
            )
        return row

    def with_parts_for(self, member: Member) -> Self:
        """Work whose parts the member may look at: what they see, and for those who give parts out also active work that
        holds some of theirs, so that they can take them back."""
        seen = self.visible_to(member)
        if "workorder.view_parts" not in member.permissions or "part.give" not in member.permissions:
            return seen
        out = self.filter(Exists(lines_of_job((PartStatus.ISSUED, PartStatus.USED))), meaning__in=ACTIVE)
        if member.scoped:
            out = out.filter(in_location_scope(member, "location__path"))
        return self.filter(tenant_id=member.tenant_id).filter(Q(pk__in=seen.values("pk")) | Q(pk__in=out.values("pk")))

    def active(self) -> Self:
        return self.filter(meaning__in=ACTIVE)

    def unassigned(self) -> Self:
        return self.filter(meaning=Meaning.OPEN, assigned_to=None, crew=None)

    def finished_since(self, at: dt.datetime) -> Self:
        """What was completed from then on, closed or not."""
        return self.filter(completed_at__gte=at)

    def overdue(self, now: dt.datetime | None = None) -> Self:
        """Due before now and not finished: computed, never a status."""
        return self.active().filter(due_at__lt=now or timezone.now())

    def due_within(self, hours: int, now: dt.datetime | None = None) -> Self:
        now = now or timezone.now()
        return self.active().filter(due_at__gte=now, due_at__lt=now + dt.timedelta(hours=hours))

    def worked_by(self, member: Member) -> Self:
        return self.filter(on_the_job(member))

    def on_asset(self, assets: Any) -> Self:
        """Work on an asset, or on any of several, as its own or as a further one. A union: an OR would read the whole
        tenant."""
        from workorders.models import FurtherAsset

        assets = [assets] if isinstance(assets, models.Model) else assets
        own = self.model.objects.filter(asset__in=assets).order_by().values("pk")
        further = FurtherAsset.objects.filter(asset__in=assets).order_by().values("work_order_id")
        return self.filter(pk__in=own.union(further, all=True))

    def matching(self, text: str) -> Self:
        """Rows whose number, title or description hold every word of `text`, each of them or a longer one.

        Rare words go by the index, which is reached through a function, because PostgreSQL does not use GIN under
        row-level security. Frequent words, and small tables, go row by row, newest first, until the page is full.
        """
        words = search_words(text)
        if not words:
            return self.filter(pk__in=[]) if text.strip() else self
        if walks(words):
            return self.filter(search=SearchQuery(words, config="simple", search_type="raw"))
        return self.filter(pk__in=RawSQL("SELECT workorders_search(%s)", [words]))


class PartLineQuerySet(models.QuerySet[Any]):
    def to_give_or_use(self) -> Self:
        """Planned or given out, and nobody has said yet that it was used."""
        return self.filter(status__in=(*TO_GIVE, PartStatus.ISSUED))

    def to_give(self, member: Member) -> Self:
        """What waits at the counter: wanted and not out yet, of active work that the member sees."""
        from workorders.models import WorkOrder

        work = WorkOrder.objects.visible_to(member).active()
        return self.filter(status__in=TO_GIVE, work_order__in=work.values("pk"))

    def matching(self, text: str) -> Self:
        """Lines whose part, its place in the store or whose work order holds every word of `text`."""
        rows = self
        for word in text.replace("\x00", " ").split()[:8]:
            rows = rows.filter(
                Q(part__name__icontains=word)
                | Q(part__number__icontains=word)
                | Q(part__barcode__iexact=word)
                | Q(part__kept_in__icontains=word)
                | Q(work_order__number__icontains=word)
                | Q(work_order__title__icontains=word)
            )
        return rows


def walks(words: str) -> bool:
    """Whether the planner expects to fill a page from the newest work orders sooner than from the index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT workorders_search_walks(%s)", [words])
        return bool(cursor.fetchone()[0])


def search_words(text: str) -> str:
    """`text` as a tsquery: all words, each as a beginning. Only letters, digits and inner - . / survive."""
    words = re.findall(r"[\w]+(?:[-./][\w]+)*", text.replace("\x00", " ").lower())[:8]
    return " & ".join(f"'{word}':*" for word in words)
