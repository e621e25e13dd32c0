"""Who may hear of which event: the same sight as on pages, asked for a whole batch with one query per kind of thing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from assets.models import Asset, Location
from core.live_reader import Cursor, EventRow
from workorders.models import WorkOrder

if TYPE_CHECKING:
    from tenancy.models import Member

# Facts about other things, by the first word of the event's type. What is not listed here takes `settings.manage`.
NEEDED: dict[str, tuple[str, ...]] = {
    "technician": ("people.view",),
    "crew": ("people.view",),
    "project": ("project.view",),
    "overhead_rule": ("cost.view", "cost.edit"),
    "member": ("member.manage",),
    "invitation": ("member.manage",),
    "department": ("member.manage",),
    "role": ("role.manage",),
    "api_key": ("key.manage",),
    "key": ("key.manage",),
    "failure_code": ("failure.manage",),
    "job_plan": ("jobplan.edit",),
    "part": ("part.view",),
    "part_category": ("part.view",),
}


def sees_every_event(member: Member) -> bool:
    """Whether no event of the tenant needs a look at its object before this member may hear of it."""
    needed = {"workorder.view_all", "asset.view", "location.view", "settings.manage"}.union(*NEEDED.values())
    return not member.scoped and needed <= member.permissions


def sees_every_order(member: Member) -> bool:
    return not member.scoped and "workorder.view_all" in member.permissions


def sight_of(member: Member) -> str:
    """Members of equal sight see the same events. Without limits to a place or a person, the permissions alone decide."""
    rights = ",".join(sorted(member.permissions))
    return rights if sees_every_order(member) else f"{member.pk}:{rights}"


def visible_events(member: Member, events: Sequence[EventRow]) -> set[Cursor]:
    """The cursors of those events that the member may hear of. One query for work orders, assets and places each, or none."""
    if sees_every_event(member):
        return {event.cursor for event in events}
    orders = seen_ids(
        (event.work_order_id for event in events),
        lambda ids: WorkOrder.objects.visible_to(member).filter(pk__in=ids),
        everything=sees_every_order(member),
    )
    assets = seen_ids(
        (event.asset_id for event in events if event.work_order_id is None),
        lambda ids: Asset.objects.visible_to(member).filter(pk__in=ids),
        everything="asset.view" in member.permissions and not member.scoped,
    )
    places = seen_ids(
        (event.object_id for event in events if event.object_type == "location"),
        lambda ids: Location.objects.visible_to(member).filter(pk__in=ids),
        everything="location.view" in member.permissions and not member.scoped,
    )
    return {event.cursor for event in events if may_hear(member, event, orders, assets, places)}


def may_hear(member: Member, event: EventRow, orders: set[UUID], assets: set[UUID], places: set[UUID]) -> bool:
    if event.work_order_id is not None:
        return event.work_order_id in orders or lost_sight(member, event)
    if event.asset_id is not None:
        return event.asset_id in assets
    if event.object_type == "location":
        return event.object_id in places
    needed = NEEDED.get(event.type.partition(".")[0], ("settings.manage",))
    return any(name in member.permissions for name in needed)


def lost_sight(member: Member, event: EventRow) -> bool:
    """Whether this very event took the job from the member's list: it was theirs, or nobody's, until now.

    They knew of the job and their open pages must drop it; an event tells no more than its id and which fields changed.
    """
    if event.type == "work_order.part_issued":
        # The counter's list drops what somebody else has given out.
        return "workorder.view_parts" in member.permissions and not member.scoped
    if event.type not in ("work_order.assigned", "work_order.unassigned"):
        return False
    before = event.changes.get("assigned_to", [None])[0]
    if before is not None:
        return str(before) == str(member.pk)
    if str(member.pk) in (event.changes.get("helpers") or [[]])[0]:
        return True
    was_free = "status" in event.changes and event.type == "work_order.assigned"
    return was_free and "workorder.view_unassigned" in member.permissions and not member.scoped


def seen_ids(ids: Iterable[UUID | None], visible: Callable[[set[UUID]], Any], *, everything: bool) -> set[UUID]:
    wanted = {one for one in ids if one is not None}
    if everything or not wanted:
        return wanted
    return set(visible(wanted).values_list("pk", flat=True))
