"""Further assets of a work order; split one into two, merge several into one. Nothing that was booked is moved or lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from assets.models import Asset
from core import events
from core.errors import Conflict, Invalid
from core.writing import lock_tree
from tenancy.models import Member, Tenant
from tenancy.permissions import require
from workorders import checklist
from workorders.actions import costing, links, reporting, working, writing
from workorders.choices import NOTE_LENGTH, TERMINAL, LinkKind
from workorders.models import Comment, FurtherAsset, PartLine, Signature, Task, WorkOrder, WorkOrderLink, WorkOrderMedia

MOST_MERGED = 20


# --- Further assets ---------------------------------------------------------------------------------------------------
@transaction.atomic
def add_further_asset(
    work_order: WorkOrder, *, by: Member | None, asset: Asset, expected_version: int | None = None
) -> FurtherAsset:
    """The work is also done on this asset. One that is named already stays named once."""
    work_order = writing.lock(work_order, expected_version=expected_version)
    require(by, "workorder.edit")
    writing.refuse_closed(work_order)
    if asset.tenant_id != work_order.tenant_id or asset.archived_at:
        raise Invalid({"asset": "Asset must exist"})
    if asset.pk == work_order.asset_id:
        raise Invalid({"asset": "The work is on this asset already: it is its main asset."})
    found, made = FurtherAsset.objects.get_or_create(tenant_id=work_order.tenant_id, work_order=work_order, asset=asset)
    if made:
        tell_assets(work_order, [None, str(asset.pk)], by=by)
    return found


@transaction.atomic
def remove_further_asset(
    work_order: WorkOrder, *, by: Member | None, asset: Asset, expected_version: int | None = None
) -> None:
    """The work is not done on this asset after all."""
    work_order = writing.lock(work_order, expected_version=expected_version)
    require(by, "workorder.edit")
    writing.refuse_closed(work_order)
    if work_order.further_assets.filter(asset_id=asset.pk).delete()[0]:
        tell_assets(work_order, [str(asset.pk), None], by=by)


def tell_assets(work_order: WorkOrder, change: list[Any], *, by: Member | None) -> None:
    writing.save(work_order, ())
    events.record("work_order.updated", work_order, by=by, changes={"further_assets": change})


# --- Split ------------------------------------------------------------------------------------------------------------
@transaction.atomic
def split(
    work_order: WorkOrder,
    *,
    by: Member | None,
    title: str = "",
    tasks: Sequence[Task] = (),
    parts: Sequence[PartLine] = (),
    assets: Sequence[Asset] = (),
    expected_version: int | None = None,
) -> WorkOrder:
    """Move steps, parts that were not given out, and further assets into a new work order that says where it came from.

    It stands where this one stands, for the same requester; with assets, on the first of them. What was booked stays here.
    """
    lock_tree(work_order)
    work_order = writing.lock(work_order, expected_version=expected_version)
    require(by, "workorder.edit")
    require(by, "workorder.create")
    refuse_kept(work_order, "split")
    if not (tasks or parts or assets):
        raise Invalid({"tasks": "Choose what the new work order takes over: steps, parts or assets."})
    every = list(work_order.tasks.order_by("position", "id"))
    further = {row.asset_id: row for row in work_order.further_assets.select_related("asset").order_by("id")}
    check_chosen(work_order, every, further, tasks, parts, assets)
    place = {"asset": assets[0]} if assets else {"asset": work_order.asset, "location": work_order.location}
    same = ("department", "priority", "type", "due_at", "requested_by", "safety_requirements", "custom")
    made = reporting.report(
        by=by,
        tenant=Tenant.objects.get(pk=work_order.tenant_id) if by is None else None,
        title=title.strip() or work_order.title,
        description=work_order.description,
        **place,
        **{name: getattr(work_order, name) for name in same},
    )
    made.parent_id, made.project_id = work_order.parent_id, work_order.project_id
    made.skills, made.tools = list(work_order.skills), list(work_order.tools)
    moved = {one.pk for one in tasks}
    hand_over_tasks([one for one in every if one.pk in moved], made, after=0)
    stay = [one for one in every if one.pk not in moved]
    hand_over_tasks(stay, work_order, after=0)
    PartLine.objects.filter(pk__in=[one.pk for one in parts]).update(work_order=made)
    FurtherAsset.objects.filter(work_order=work_order, asset__in=assets).delete()
    FurtherAsset.objects.bulk_create(
        FurtherAsset(tenant_id=made.tenant_id, work_order=made, asset=one) for one in assets[1:]
    )
    for one, left in ((made, list(made.tasks.order_by("position", "id"))), (work_order, stay)):
        one.progress = settled(one, left)
        writing.save(one, {"progress"} | ({"parent", "project", "skills", "tools"} if one is made else set()))
        if parts:
            costing.refresh(one)
    links.put(made, LinkKind.SPLIT_FROM, work_order, by=by)
    counted = {"tasks": len(tasks), "parts": len(parts), "assets": len(assets)}
    events.record(
        "work_order.split", work_order, by=by, changes={"into": [None, str(made.pk)], "moved": [None, counted]}
    )
    return made


def check_chosen(
    work_order: WorkOrder,
    every: Sequence[Task],
    further: dict[Any, FurtherAsset],
    tasks: Sequence[Task],
    parts: Sequence[PartLine],
    assets: Sequence[Asset],
) -> None:
    """What may go along; all problems at once."""
    problems = {}
    chosen = {one.pk for one in tasks}
    if chosen - {one.pk for one in every}:
        problems["tasks"] = "Every step must be one of this work order."
    places: dict[Any, int] = {one.pk: one.position for one in every}
    torn = [one for one in every if one.condition_on_id and (one.pk in chosen) != (one.condition_on_id in chosen)]
    if torn:
        problems["tasks"] = (
            f"Step {torn[0].position} is asked depending on step {places[torn[0].condition_on_id]}:"
            " move both or neither."
        )
    if Signature.objects.filter(task__in=chosen).exists():
        problems["tasks"] = "A step that was signed stays with what was signed."
    lines = {one.pk: one for one in PartLine.objects.filter(work_order=work_order)}
    if {one.pk for one in parts} - lines.keys():
        problems["parts"] = "Every part must be one of this work order."
    elif any(lines[one.pk].issued > 0 for one in parts):
        problems["parts"] = "A part that was given out stays where it was booked."
    if {one.pk for one in assets} - further.keys():
        problems["assets"] = "Only further assets move; the main asset stays."
    if problems:
        raise Invalid(problems)


def hand_over_tasks(tasks: Sequence[Task], to: WorkOrder, *, after: int) -> None:
    """Give the steps, with their answers and files, to a work order, in this order behind `after` others."""
    for place, task in enumerate(tasks, start=after + 1):
        task.position, task.work_order = place, to
    Task.objects.bulk_update(tasks, ["position", "work_order"])
    WorkOrderMedia.objects.filter(task__in=[task.pk for task in tasks]).update(work_order=to)


def settled(work_order: WorkOrder, tasks: Sequence[Task]) -> int:
    """Its progress, as its steps give it; as it was where there are none."""
    percent = checklist.progress(tasks)
    return work_order.progress if percent is None else percent


# --- Merge ------------------------------------------------------------------------------------------------------------
@transaction.atomic
def merge(
    work_order: WorkOrder,
    *,
    by: Member | None,
    others: Sequence[WorkOrder],
    reason: str = "",
    expected_version: int | None = None,
) -> WorkOrder:
    """Make one of several: notes, files, steps, parts not given out, assets, parts of the work and what it blocks move here.

    The others are cancelled and say into what they were merged. Time, costs and parts given out stay where they were booked,
    and stand beside the sums of this one.
    """
    lock_tree(work_order)
    lock_tree(WorkOrderLink(tenant_id=work_order.tenant_id))
    if not others or len(others) > MOST_MERGED:
        raise Invalid({"others": f"Choose one to {MOST_MERGED} work orders to merge into this one."})
    for one in others:
        links.refuse_itself(work_order, one)
    work_order, *rest = links.lock_all(work_order, *others, expected=(work_order.pk, expected_version))
    rest = list({one.pk: one for one in rest}.values())
    require(by, "workorder.edit")
    require(by, "workorder.cancel")
    for one in (work_order, *rest):
        refuse_kept(one, "merged")
    for one in rest:
        take_over(work_order, one, by=by)
        working.cancel(one, by=by, reason=f"Merged into {work_order.number}. {reason.strip()}".strip())
        links.put(one, LinkKind.MERGED_INTO, work_order, by=by)
    work_order.progress = settled(work_order, list(work_order.tasks.order_by("position", "id")))
    writing.save(work_order, {"progress", "parent"})
    for one in (work_order, *rest):
        costing.refresh(one)
    events.record("work_order.merged", work_order, by=by, changes={"merged": [None, [str(one.pk) for one in rest]]})
    return work_order


def refuse_kept(work_order: WorkOrder, done: str) -> None:
    """Finished, cancelled, closed and signed work is kept as it is."""
    writing.refuse_closed(work_order)
    headline = "Cannot split work order" if done == "split" else "Cannot merge work orders"
    if work_order.meaning in TERMINAL:
        raise Conflict(
            f"{work_order.number} is {work_order.status.name.lower()}: only unfinished work can be {done}.",
            code=work_order.meaning,
            headline=headline,
        )
    if done == "merged" and work_order.signatures.exists():
        raise Conflict(
            f"{work_order.number} was signed and is kept as it is. Link it as related instead.",
            code="signed",
            headline=headline,
        )


def take_over(work_order: WorkOrder, other: WorkOrder, *, by: Member | None) -> None:
    """Move what is not booked from the other, locked work order to this one."""
    words = f"{other.number} was merged into this: {other.title}\n\n{other.description}".strip()
    Comment.objects.filter(work_order=other).update(work_order=work_order)
    Comment.objects.create(tenant_id=other.tenant_id, work_order=work_order, author=by, text=words[:NOTE_LENGTH])
    hand_over_tasks(list(other.tasks.order_by("position", "id")), work_order, after=work_order.tasks.count())
    WorkOrderMedia.objects.filter(work_order=other).update(work_order=work_order)
    PartLine.objects.filter(work_order=other, issued=0).update(work_order=work_order)
    named = {work_order.asset_id, *work_order.further_assets.values_list("asset_id", flat=True)}
    theirs = [other.asset_id, *other.further_assets.order_by("id").values_list("asset_id", flat=True)]
    FurtherAsset.objects.bulk_create(
        FurtherAsset(tenant_id=other.tenant_id, work_order=work_order, asset_id=pk)
        for pk in dict.fromkeys(theirs)
        if pk and pk not in named
    )
    if work_order.parent_id == other.pk:
        work_order.parent_id = other.parent_id
        writing.save(work_order, {"parent"})
    WorkOrder.objects.filter(parent=other).exclude(pk=work_order.pk).update(parent=work_order)
    rehang(work_order, other)


def rehang(work_order: WorkOrder, other: WorkOrder) -> None:
    """What the other blocked, or waited for, this one blocks, or waits for."""
    for row in WorkOrderLink.objects.filter(Q(first=other) | Q(second=other), kind=LinkKind.BLOCKS).order_by("id"):
        first = work_order.pk if row.first_id == other.pk else row.first_id
        second = work_order.pk if row.second_id == other.pk else row.second_id
        there = WorkOrderLink.objects.filter(first_id=first, second_id=second, kind=LinkKind.BLOCKS).exists()
        if first == second or there:
            row.delete()
            continue
        row.first_id, row.second_id = first, second
        try:
            with transaction.atomic():
                row.save(update_fields=["first", "second"])
        except IntegrityError as error:
            if "wait for itself" not in str(error):
                raise
            raise Conflict(
                f"{other.number} and {work_order.number} would wait for each other by what blocks them: unlink that first.",
                code="cycle",
                headline="Cannot merge work orders",
            ) from None
