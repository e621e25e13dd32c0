"""The checklist on the page of a work order: each step with what it asks, its answer and what may be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from core import relative_time
from media import showing
from media.choices import HERE
from tenancy.models import Member
from tenancy.permissions import may
from workorders import checklist, permissions
from workorders.choices import TASK_SETTLED, TaskKind, TaskStatus
from workorders.models import Signature, Task, WorkOrder, WorkOrderMedia

RELATED = ("assigned_to__member", "completed_by", "waived_by", "follow_up")
# The word beside a settled step, its icon and its colour.
STATES: dict[str, tuple[str, str]] = {
    TaskStatus.PENDING: ("circle", ""),
    TaskStatus.IN_PROGRESS: ("circle-dashed", "now"),
    TaskStatus.COMPLETED: ("circle-check", "good"),
    TaskStatus.FAILED: ("circle-x", "bad"),
    TaskStatus.SKIPPED: ("circle-slash", "off"),
    TaskStatus.NOT_APPLICABLE: ("circle-minus", "off"),
}


def panel(work_order: WorkOrder, member: Member) -> dict[str, Any] | None:
    """Not among the parts that the page replaces: its script merges what changed, so that nothing typed is lost."""
    if not checklist.sees(member):
        return None
    shown = context(work_order, member)
    return shown if shown["steps"] or shown["may_define"] else None


def context(work_order: WorkOrder, member: Member, said: Mapping[UUID, dict[str, Any]] | None = None) -> dict[str, Any]:
    """`said`: what to tell at a step after a refusal (`text`, what was typed, which buttons to offer)."""
    tasks = checklist.tasks_of(work_order, *RELATED)
    kept = work_order.meaning in checklist.KEPT
    may_answer = bool(tasks) and not kept and permissions.can_work(member, work_order)
    may_define = not kept and checklist.can_define(member, work_order)
    rights = {
        "answer": may_answer,
        "define": may_define,
        "waive": not kept and may(member, "workorder.waive"),
        "follow": may(member, "workorder.create"),
    }
    settled, asked = checklist.counts(tasks)
    return {
        "work_order_id": work_order.pk,
        "steps": rows(work_order, tasks, rights, said or {}),
        "settled": settled,
        "asked": asked,
        "may_answer": may_answer,
        "may_define": may_define,
        "all_ok": may_answer and work_order.all_ok_allowed and any(is_quick(task) for task in tasks),
        "href": reverse("workorders:tasks", args=[work_order.pk]),
        "add_href": reverse("workorders:task_add", args=[work_order.pk]),
        "all_ok_href": reverse("workorders:tasks_all_ok", args=[work_order.pk]),
        "upload_href": reverse("workorders:media_add", args=[work_order.pk]),
        "back": reverse("workorders:detail", args=[work_order.pk]),
    }


def is_quick(task: Task) -> bool:
    return task.kind in (TaskKind.TICK, TaskKind.PASS_FAIL) and task.status not in TASK_SETTLED


def rows(
    work_order: WorkOrder, tasks: Sequence[Task], rights: dict[str, bool], said: Mapping[UUID, dict[str, Any]]
) -> list[dict[str, Any]]:
    asked, by_pk = checklist.applicable(tasks), {task.pk: task for task in tasks}
    photos, signatures = photos_of(tasks), signatures_of(tasks)
    before = last_values(work_order, tasks)
    return [
        {
            **looks(task, asked, by_pk, rights),
            **does(task, asked, rights, len(tasks)),
            "last": before.get(task.description, "") if task.status not in TASK_SETTLED else "",
            "photos": photos.get(task.pk, []),
            "signatures": signatures.get(task.pk, []),
            "said": said.get(task.pk),
        }
        for task in tasks
    ]


def looks(task: Task, asked: set[UUID], by_pk: Mapping[UUID, Task], rights: dict[str, bool]) -> dict[str, Any]:
    icon, tone = STATES[task.status]
    condition = checklist.condition_words(task, by_pk[task.condition_on_id]) if task.condition_on_id else ""
    return {
        "id": task.pk,
        "no": task.position,
        "text": task.description,
        "kind": task.kind,
        "required": task.required,
        "version": task.version,
        "status": task.status,
        "icon": icon,
        "tone": tone,
        "state": checklist.said(task),
        "applies": task.pk in asked,
        "condition": condition,
        "limits": checklist.limits(task),
        "lowest": "" if task.lowest is None else checklist.plain(task.lowest),
        "highest": "" if task.highest is None else checklist.plain(task.highest),
        "unit": task.unit,
        "options": [(option, option == task.answer_text) for option in task.options],
        "answer": checklist.plain(task.answer_number) if task.answer_number is not None else task.answer_text,
        "settled": task.status in TASK_SETTLED,
        "failed": task.status == TaskStatus.FAILED,
        "notes": task.notes,
        "minutes": task.actual_minutes,
        "estimate": relative_time.hours(task.estimated_minutes),
        "for": task.assigned_to.member.name if task.assigned_to else "",
        "who": task.completed_by.name if task.completed_by else "",
        "at": task.completed_at,
        "waived": f"Waived by {task.waived_by.name}: {task.waived_reason}" if task.waived_by else "",
    }


def does(task: Task, asked: set[UUID], rights: dict[str, bool], count: int) -> dict[str, Any]:
    here = [task.work_order_id, task.pk]
    failed = task.status == TaskStatus.FAILED
    return {
        "may_answer": rights["answer"] and task.pk in asked,
        "may_waive": rights["waive"] and task.required and task.pk in asked and not checklist.is_done(task),
        "may_follow": failed and rights["follow"] and task.follow_up_id is None,
        "fixable": failed and rights["answer"] and task.kind in (TaskKind.TICK, TaskKind.PASS_FAIL),
        "follow_up": {"number": task.follow_up.number, "href": reverse("workorders:detail", args=[task.follow_up_id])}
        if task.follow_up
        else None,
        "first": task.position == 1,
        "last_one": task.position == count,
        "removable": not checklist.was_answered(task),
        "href": reverse("workorders:task", args=here),
        "answer_href": reverse("workorders:task_answer", args=here),
        "move_href": reverse("workorders:task_move", args=here),
        "remove_href": reverse("workorders:task_remove", args=here),
        "follow_href": reverse("workorders:task_follow_up", args=here),
        "waive_href": reverse("workorders:task_waive", args=here),
        "sign_href": sign_href(here) if task.kind == TaskKind.SIGNATURE else "",
        "hidden": [("task", str(task.pk))],
    }


def sign_href(here: list[UUID]) -> str:
    """The page that takes a signature for a step, where there is one."""
    try:
        return reverse("workorders:sign_task", args=here)
    except NoReverseMatch:
        return ""


# --- What stands beside the steps; one query each, and only when it can find something --------------------------------
def photos_of(tasks: Sequence[Task]) -> dict[UUID, list[dict[str, Any]]]:
    found: dict[UUID, list[dict[str, Any]]] = {}
    if not tasks:
        return found
    links = WorkOrderMedia.objects.filter(task__in=[task.pk for task in tasks], file__state__in=HERE)
    for values in links.order_by("file__uploaded_at", "file_id").values("task_id", *showing.columns()):
        found.setdefault(values["task_id"], []).append(showing.item(values))
    return found


def signatures_of(tasks: Sequence[Task]) -> dict[UUID, list[dict[str, Any]]]:
    wanted = [task.pk for task in tasks if task.kind == TaskKind.SIGNATURE]
    found: dict[UUID, list[dict[str, Any]]] = {}
    if wanted:
        for pk, name, at in Signature.objects.filter(task__in=wanted).values_list(
            "task_id", "signer_name", "signed_at"
        ):
            found.setdefault(pk, []).append({"name": name, "at": at})
    return found


def last_values(work_order: WorkOrder, tasks: Sequence[Task]) -> dict[str, str]:
    """What the same step read on this asset the last time, by its words."""
    texts = {task.description for task in tasks if task.kind in checklist.MEASURED}
    if not texts or work_order.asset_id is None:
        return {}
    now = timezone.now()
    earlier = (
        Task.objects.filter(
            work_order__asset_id=work_order.asset_id, description__in=texts, answer_number__isnull=False
        )
        .exclude(work_order=work_order)
        .order_by("description", "-completed_at")
        .distinct("description")
        .values_list("description", "answer_number", "unit", "completed_at")
    )
    return {
        text: f"{checklist.with_unit(number, unit)}" + (f", {relative_time.ago(at, now)}" if at else "")
        for text, number, unit, at in earlier
        if number is not None
    }
