"""What somebody should know before the work begins: three queries, whatever there is to tell."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Case, CharField, DateTimeField, Exists, F, IntegerField, OuterRef, Q, Value, When
from django.db.models.functions import Cast
from django.utils import timezone

from assets.models import Asset
from tenancy.models import Member
from tenancy.permissions import may
from workorders.choices import FINISHED, TERMINAL, PartStatus
from workorders.models import FurtherAsset, PartLine, Timer, WorkOrder

EARLIER_SHOWN = 3
NEARBY_SHOWN = 6
PARTS_SHOWN = 12
WHERE = ("This asset", "The machine it belongs to", "Same place")


@dataclass(slots=True)
class Earlier:
    """A finished job on the asset and what was found. `seen`: the member may open it."""

    id: UUID
    number: str
    title: str
    ended_at: dt.datetime
    found: str
    cause: str
    who: str
    seen: bool


@dataclass(slots=True)
class Nearby:
    id: UUID
    number: str
    title: str
    meaning: str
    status: str
    status_key: str
    where: str


@dataclass(slots=True)
class Planned:
    """A part of this job: how much, and where it is kept."""

    name: str
    number: str
    quantity: str
    unit: str
    status: str
    kept_in: str


@dataclass(slots=True)
class Busy:
    """Whose clock runs on this job."""

    name: str
    since: dt.datetime


@dataclass(slots=True)
class Before:
    hazards: list[str]
    warranty_until: dt.date | None
    warranty_note: str
    earlier: list[Earlier]
    nearby: list[Nearby]
    parts: list[Planned]
    busy: list[Busy]

    def __bool__(self) -> bool:
        return bool(
            self.hazards or self.warranty_until or self.warranty_note or self.earlier or self.nearby or self.parts
            or self.busy
        )  # fmt: skip


def tells(work_order: WorkOrder, member: Member) -> bool:
    """For who works on it or plans it, as long as it is not finished."""
    inside = may(
        member, "workorder.view_all", "workorder.view_own", "workorder.view_unassigned", "workorder.view_parts"
    )
    return inside and work_order.meaning not in TERMINAL


def of(work_order: WorkOrder, member: Member) -> Before:
    """`work_order` comes with its asset."""
    asset = work_order.asset
    known = asset is not None and may(member, "asset.view")
    until = asset.warranty_until if known and asset else None
    parts, busy = at_hand(work_order, member)
    return Before(
        hazards=list(dict.fromkeys([*(asset.hazards if asset else []), *work_order.safety_requirements])),
        warranty_until=until if until and until >= timezone.localdate() else None,
        warranty_note=asset.warranty_note
        if known and asset and (until is None or until >= timezone.localdate())
        else "",
        earlier=earlier(work_order, member) if known else [],
        nearby=nearby(work_order, member),
        parts=parts,
        busy=busy,
    )


def earlier(work_order: WorkOrder, member: Member) -> list[Earlier]:
    """The last finished jobs on the asset. What was found belongs to the asset, so whoever sees that reads it, also of jobs
    that they may not open."""
    asset_id: Any = work_order.asset_id
    seen = Exists(WorkOrder.objects.visible_to(member).filter(pk=OuterRef("pk")))
    sees_asset = Exists(Asset.objects.visible_to(member).filter(pk=asset_id))
    rows: Any = (
        WorkOrder.objects.filter(sees_asset, tenant_id=member.tenant_id, meaning__in=FINISHED)
        .on_asset([asset_id])
        .order_by("-completed_at", "-pk")
        .annotate(seen=seen)
        .values_list(
            "id", "number", "title", "completed_at", "resolution", "remedy__name", "failure_cause", "cause__name",
            "problem__name", "assigned_to__member__name", "crew__name", "seen",
        )[:EARLIER_SHOWN]
    )  # fmt: skip
    return [
        Earlier(
            pk, number, title, at,
            found=resolution or remedy or "",
            cause=words or cause or problem or "",
            who=who or crew or "",
            seen=may_open,
        )
        for pk, number, title, at, resolution, remedy, words, cause, problem, who, crew, may_open in rows
    ]  # fmt: skip


def nearby(work_order: WorkOrder, member: Member) -> list[Nearby]:
    """Other unfinished work that the member sees on this asset, on the machine it belongs to, or at the same place."""
    asset, place = work_order.asset, work_order.location_id
    here, above = Q(pk__in=[]), Q(pk__in=[])
    if asset is not None:
        here = Q(asset_id=asset.pk) | Q(pk__in=FurtherAsset.objects.filter(asset_id=asset.pk).values("work_order_id"))
        above = Q(asset_id=asset.parent_id) if asset.parent_id else above
    there = Q(location_id=place) if place else Q(pk__in=[])
    if asset is None and not place:
        return []
    rows = (
        WorkOrder.objects.visible_to(member)
        .active()
        .filter(here | above | there)
        .exclude(pk=work_order.pk)
        .annotate(near=Case(When(here, then=0), When(above, then=1), default=2, output_field=IntegerField()))
        .order_by("near", "-created_at", "-pk")
        .values_list("id", "number", "title", "meaning", "status__name", "status__key", "near")[:NEARBY_SHOWN]
    )
    return [Nearby(*row[:6], where=WHERE[row[6]]) for row in rows]


def at_hand(work_order: WorkOrder, member: Member) -> tuple[list[Planned], list[Busy]]:
    """The parts planned and the people whose clock runs, by one query."""
    text: Any = CharField()
    none = Value("", output_field=text)
    people = (
        Timer.objects.filter(work_order_id=work_order.pk)
        .order_by()
        .annotate(
            kind=Value("person", output_field=text), name=F("person__name"), number=none, amount=none, unit=none,
            state=none, place=none, at=F("started_at"),
        )
        .values_list("kind", "name", "number", "amount", "unit", "state", "place", "at")
    )  # fmt: skip
    rows: Any = people
    if may(member, "part.view"):
        lines = PartLine.objects.filter(work_order_id=work_order.pk).exclude(status=PartStatus.RETURNED).order_by()
        rows = lines.annotate(
            kind=Value("part", output_field=text), name=F("part__name"), number=F("part__number"),
            amount=Cast("quantity", text), unit=F("part__unit"), state=F("status"), place=F("part__kept_in"),
            at=Value(None, output_field=DateTimeField()),
        ).values_list("kind", "name", "number", "amount", "unit", "state", "place", "at").union(people, all=True)  # fmt: skip
    parts, busy = [], []
    for kind, name, number, amount, unit, state, place, at in sorted(rows, key=lambda row: (row[0], row[1])):
        if kind == "person":
            busy.append(Busy(name, at))
        else:
            quantity = amount.rstrip("0").rstrip(".") if "." in amount else amount
            parts.append(Planned(name, number, quantity, unit, PartStatus(state).label, place))
    return parts[:PARTS_SHOWN], busy
