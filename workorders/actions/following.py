"""A failed step becomes work of its own: a linked work order that carries the step, its reading and its photos."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from core import files
from core.errors import Conflict, NotFound
from media import actions as media
from media.choices import HERE
from tenancy.models import Member, Tenant
from tenancy.permissions import require
from workorders import catalogue, checklist
from workorders.actions import reporting, writing
from workorders.actions.answering import reading_words
from workorders.actions.tasks import lock, told
from workorders.choices import TaskStatus
from workorders.models import Task, WorkOrder, WorkOrderMedia

HEADLINE = "Cannot create follow-up"


@transaction.atomic
def follow_up_task(
    task: Task, *, by: Member | None, title: str = "", description: str = "", expected_version: int | None = None
) -> WorkOrder:
    """Open the work order that a failed step leads to, once. It names the step, reading with limits and notes, shows its
    photos and is linked both ways."""
    work_order, tasks, task = lock(task, expected_version)
    require(by, "workorder.create")
    writing.refuse_closed(work_order)
    if task.status != TaskStatus.FAILED:
        raise Conflict("Only a step that failed leads to a follow-up.", code="not_failed", headline=HEADLINE)
    if task.follow_up_id is not None:
        number = task.follow_up.number if task.follow_up else ""
        raise Conflict(
            f"{number} follows up on this step already.",
            code="has_follow_up",
            headline=HEADLINE,
            extra={"followUpId": str(task.follow_up_id)},
        )
    made = reporting.report(
        by=by,
        tenant=Tenant.objects.get(pk=work_order.tenant_id) if by is None else None,
        title=title.strip() or task.description[:200],
        description=description.strip() or story(work_order, task),
        asset=work_order.asset,
        location=work_order.location,
        department=work_order.department,
        priority=work_order.priority,
        type=repair(work_order, by),
        follow_up_of=work_order,
    )
    copy_photos(task, made, by)
    task.follow_up = made
    writing.save(task, ("follow_up",))
    told(work_order, "task_followed_up", tasks, by=by, task=task, changes={"follow_up": [None, made.number]})
    return made


def story(work_order: WorkOrder, task: Task) -> str:
    """What whoever takes the follow-up needs to know."""
    answer = reading_words(task.answer_number, task) or f"Answer: {checklist.said(task)}"
    lines = [f"Step {task.position} of {work_order.number} failed: {task.description}", answer]
    if task.completed_by:
        lines.append(f"Found by {task.completed_by.name}.")
    return "\n".join([*lines, *([task.notes] if task.notes else [])])


def repair(work_order: WorkOrder, by: Member | None) -> Any:
    """What failed is repaired, whatever the work was that found it."""
    known = catalogue.of(by, work_order.tenant_id)
    corrective = known.by_key["type"].get("corrective")
    return corrective if corrective and corrective.is_active else work_order.type


def copy_photos(task: Task, made: WorkOrder, by: Member | None) -> None:
    """Files of their own, because each belongs to one work order and goes with it."""
    for link in WorkOrderMedia.objects.select_related("file").filter(task=task, file__state__in=HERE):
        file = link.file
        try:
            content = files.open(file.stored_name)
        except NotFound:
            continue  # the storage lost it; the follow-up is needed all the same
        with content:
            kept = media.store(
                by=by, tenant_id=made.tenant_id, content=content, name=file.original_name, caption=file.caption,
                taken_at=file.taken_at,
            )  # fmt: skip
        WorkOrderMedia.objects.create(
            tenant_id=made.tenant_id, work_order=made, file=kept, label=link.label, for_requester=link.for_requester
        )
