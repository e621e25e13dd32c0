"""How work orders hang together, answered without writing: what a member is shown of it, and what still blocks what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from assets.models import Asset
from core.errors import Conflict
from tenancy.models import Member
from tenancy.permissions import may
from workorders import peers
from workorders.choices import ACTIVE, FINISHED, LinkKind, Meaning
from workorders.models import FurtherAsset, TimeEntry, WorkOrder, WorkOrderLink

# For so long a fault reported again on the same asset is taken for the same fault.
AGAIN_HOURS = 24
AGAIN_SHOWN = 5
# What a split or a merge left is part of the record.
KEPT_KINDS = (LinkKind.SPLIT_FROM, LinkKind.MERGED_INTO)
# Link kind, seen from its first and from its second work order.
SEEN: dict[str, tuple[str, str]] = {
    LinkKind.BLOCKS: ("Blocks", "Blocked by"),
    LinkKind.DUPLICATE_OF: ("Duplicate of", "Has the duplicate"),
    LinkKind.RELATED: ("Related to", "Related to"),
    LinkKind.SPLIT_FROM: ("Split from", "Split into"),
    LinkKind.MERGED_INTO: ("Merged into", "Merged from"),
}
REVERSED: dict[str, str] = {
    LinkKind.BLOCKS: "blocked_by",
    LinkKind.DUPLICATE_OF: "has_duplicate",
    LinkKind.RELATED: "related",
    LinkKind.SPLIT_FROM: "split_into",
    LinkKind.MERGED_INTO: "merged_from",
}
COLUMNS = (
    "id", "number", "title", "meaning", "status__name", "status__key", "parent_id", "follow_up_of_id", "labor_cost",
    "material_cost", "other_cost", "overhead_cost", "minutes",
)  # fmt: skip


@dataclass(slots=True)
class Other:
    """A linked work order as the member sees it."""

    id: UUID
    number: str
    title: str
    meaning: str
    status: str
    status_key: str
    parent_id: UUID | None
    follow_up_of_id: UUID | None
    costs: Decimal
    minutes: int

    @property
    def is_done(self) -> bool:
        return self.meaning in FINISHED


# The fields of `Other` in the order of `COLUMNS`, the four costs as one sum.
NAMED = tuple(field.name for field in fields(Other))


@dataclass(slots=True)
class Link:
    """A link as seen from one of its two ends. `kind` is the API's word for that direction."""

    id: UUID
    kind: str
    label: str
    other: Other
    linked_at: dt.datetime
    linked_by: UUID | None
    removable: bool


@dataclass(slots=True)
class Family:
    """Everything a work order hangs together with, as far as the member sees it."""

    parent: Other | None
    children: list[Other]
    earlier: Other | None
    follow_ups: list[Other]
    links: list[Link]
    further: list[dict[str, Any]]

    @property
    def counted(self) -> list[Other]:
        """Work that belongs to this one, whose time and costs stand beside its own: its parts, and what was merged into it."""
        merged = [link.other for link in self.links if link.kind == REVERSED[LinkKind.MERGED_INTO]]
        return list({one.id: one for one in [*self.children, *merged]}.values())

    @property
    def done(self) -> int:
        return sum(one.is_done for one in self.children)

    @property
    def due(self) -> int:
        """The parts that are to be done: cancelled ones are not."""
        return sum(one.meaning != Meaning.CANCELLED for one in self.children)

    @property
    def costs(self) -> Decimal:
        return sum((one.costs for one in self.counted), Decimal(0))

    @property
    def minutes(self) -> int:
        return sum(one.minutes for one in self.counted)


def family(work_order: WorkOrder, member: Member) -> Family:
    """Three queries, whatever there is."""
    pk = work_order.pk
    rows = list(WorkOrderLink.objects.filter(Q(first_id=pk) | Q(second_id=pk)).order_by("linked_at", "id"))
    ids = {row.first_id for row in rows} | {row.second_id for row in rows}
    ids |= {one for one in (work_order.parent_id, work_order.follow_up_of_id) if one}
    wanted = Q(pk__in=ids - {pk}) | Q(parent_id=pk) | Q(follow_up_of_id=pk)
    others = seen(WorkOrder.objects.visible_to(member).filter(wanted))
    further = FurtherAsset.objects.filter(work_order_id=pk).order_by("asset__name", "id")
    return Family(
        parent=others.get(work_order.parent_id),  # type: ignore[arg-type]
        children=[one for one in others.values() if one.parent_id == pk],
        earlier=others.get(work_order.follow_up_of_id),  # type: ignore[arg-type]
        follow_ups=[one for one in others.values() if one.follow_up_of_id == pk],
        links=[shown for row in rows if (shown := from_here(row, pk, others))],
        further=[dict(row) for row in further.values("asset_id", "asset__name", "asset__tag")],
    )


def seen(rows: Any) -> dict[UUID, Other]:
    """The work orders by id, oldest first, with the time booked on each."""
    booked = TimeEntry.objects.filter(work_order_id=OuterRef("pk")).order_by().values("work_order_id")
    found: Any = rows.annotate(minutes=Coalesce(Subquery(booked.annotate(all=Sum("minutes")).values("all")), 0))
    read: list[Any] = list(found.order_by("created_at", "pk").values_list(*COLUMNS))
    return {
        row[0]: Other(**dict(zip(NAMED, (*row[:8], sum(row[8:12], Decimal(0)), row[12]), strict=True))) for row in read
    }


def from_here(row: WorkOrderLink, pk: UUID, others: dict[UUID, Other]) -> Link | None:
    """The link as seen from this end; None when its other end is not seen."""
    first = row.first_id == pk
    other = others.get(row.second_id if first else row.first_id)
    if other is None:
        return None
    kind = row.kind if first else REVERSED[row.kind]
    label = SEEN[row.kind][0 if first else 1]
    return Link(row.pk, kind, label, other, row.linked_at, row.linked_by_id, row.kind not in KEPT_KINDS)


def blockers(work_order: WorkOrder) -> list[str]:
    """Numbers of the unfinished work orders that must be done before this one is begun."""

    def load(ids: list[UUID]) -> dict[UUID, list[str]]:
        found: dict[UUID, list[str]] = {}
        rows = WorkOrderLink.objects.filter(second_id__in=ids, kind=LinkKind.BLOCKS, first__meaning__in=ACTIVE)
        for pk, number in rows.order_by("first__number").values_list("second_id", "first__number"):
            found.setdefault(pk, []).append(number)
        return found

    return peers.read(work_order, "blockers", load, [])


def refuse_blocked(work_order: WorkOrder, *, by: Member | None, reason: str) -> None:
    """Blocked work is not begun, unless somebody who edits work says why it is begun all the same."""
    if by is None or not (numbers := blockers(work_order)):
        return
    waits = f"{', '.join(numbers[:5])} must be finished before this is begun"
    if not may(by, "workorder.edit"):
        raise Conflict(
            f"{waits}. Whoever plans the work can start it all the same and say why.",
            code="blocked",
            headline="Work order is blocked",
        )
    if not reason.strip():
        raise Conflict(
            f"{waits}. To start it all the same, say why; the reason is kept in its history.",
            code="blocked",
            field="reason",
            headline="Work order is blocked",
        )


def refuse_needed(work_order: WorkOrder) -> None:
    """What other work hangs on is not deleted; its remaining links go with it."""
    headline = "Cannot delete work order"
    if work_order.children.exists():
        raise Conflict(
            "Other work orders are part of it: take them out first, or cancel it",
            code="has_children",
            headline=headline,
        )
    if work_order.links_in.filter(kind=LinkKind.MERGED_INTO).exists():
        raise Conflict("Other work was merged into it: cancel it instead", code="has_merged", headline=headline)


def reported_today(member: Member, asset: Asset) -> list[WorkOrder]:
    """Open work of the last day on this asset that the member sees: maybe the same fault, newest first."""
    since = timezone.now() - dt.timedelta(hours=AGAIN_HOURS)
    found = WorkOrder.objects.visible_to(member).active().on_asset(asset).filter(created_at__gte=since)
    return list(found.select_related("status", "priority", "requested_by").order_by("-created_at", "-pk")[:AGAIN_SHOWN])


def find(member: Member, text: str, *, without: Iterable[UUID] = (), most: int = 8) -> list[WorkOrder]:
    """Work orders that somebody may mean by what they typed: the one of this number alone, else by words, newest first."""
    visible = WorkOrder.objects.visible_to(member).exclude(pk__in=list(without)).select_related("status")
    text = text.replace("\x00", " ").strip()[:200]
    if not text:
        return []
    exact = list(visible.filter(number__iexact=text.split()[0].rstrip(":,"))[:1])
    return exact or list(visible.matching(text).order_by("-created_at", "-pk")[:most])
