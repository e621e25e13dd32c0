"""Job plans at work: what a plan brings to a work order, and a plan made of a work order that went well."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from core import events
from core.errors import Conflict, Invalid
from tenancy.models import Member
from tenancy.permissions import may, require
from workorders import checklist, permissions, plans
from workorders.actions import writing
from workorders.actions.jobplans import free_name, write_plan
from workorders.actions.parts import add_parts
from workorders.actions.tasks import add_tasks, refuse_kept
from workorders.actions.working import put_on_job
from workorders.actions.writing import KEEP
from workorders.models import JobPlan, WorkOrder
from workorders.plans import FLAGS, LISTS, Content


def brought(plan: JobPlan, tenant_id: Any, by: Member | None) -> tuple[dict[str, Any], Content]:
    """The fields of a new work order that a plan gives, besides people, and the content of its version."""
    if plan.tenant_id != tenant_id:
        raise Invalid({"plan": "Job plan must exist"}, headline="Invalid work order data")
    plans.refuse_archived(plan)
    version = plans.newest(plan)
    content = plans.content_of(version)
    names = ("title", "description", "estimated_minutes", *LISTS, *FLAGS)
    found = {name: content[name] for name in names} | plans.kind_for(content) | {"plan_version": version}
    return found, content


def bring_lines(work_order: WorkOrder, content: Content, *, by: Member | None) -> None:
    """The steps and parts of the plan; who may use the plan may have what it consists of."""
    if content["steps"]:
        add_tasks(work_order, by=by if checklist.can_define(by, work_order) else None, steps=plans.steps_for(content))
    if lines := plans.lines_for(content):
        add_parts(work_order, by=by if permissions.can_book_parts(by, work_order) else None, lines=lines)


@transaction.atomic
def apply_plan(
    work_order: WorkOrder, *, by: Member | None, plan: JobPlan, expected_version: int | None = None
) -> WorkOrder:
    """Give a work order what a job plan consists of, as it is now; a later version of the plan does not change it.

    The description and estimate are filled where they are empty, type and priority are the plan's, lists are joined, demands
    added; its technician and crew get the work when nobody has it. Steps and parts come behind those there are.
    """
    work_order = writing.lock(work_order, expected_version=expected_version)
    require(by, "workorder.edit")
    refuse_kept(work_order)
    fields, content = brought(plan, work_order.tenant_id, by)
    version, earlier = fields["plan_version"], work_order.plan_version
    if earlier is not None and earlier.plan_id == plan.pk:
        raise Conflict(
            f"“{plan.name}” was applied already, in version {earlier.number}. Its steps would stand there twice.",
            code="applied",
            headline="Cannot apply job plan",
        )
    changes: dict[str, Any] = {name: fields[name] for name in ("type", "priority", "plan_version") if name in fields}
    for name in ("title", "description", "estimated_minutes"):
        if not getattr(work_order, name):
            changes[name] = fields[name]
    for name in LISTS:
        changes[name] = list(dict.fromkeys([*getattr(work_order, name), *fields[name]]))
    changes |= {name: True for name in FLAGS if fields[name]}
    told = writing.apply(work_order, changes)
    writing.check(work_order, anew=told)
    writing.save(work_order, set(told))
    told.pop("plan_version", None)
    events.record(
        "work_order.plan_applied", work_order, by=by,
        changes=told | {"plan": [None, plan.name], "plan_number": [None, version.number]},
    )  # fmt: skip
    people = plans.people_for(content)
    if permissions.is_unassigned(work_order) and any(people.values()) and may(by, "workorder.assign"):
        lead = people["assigned_to"] or KEEP
        put_on_job(work_order, by=by, to=lead, crew=people["crew"] or KEEP, helpers=KEEP)
    bring_lines(work_order, content, by=by)
    return writing.lock(work_order)


@transaction.atomic
def plan_from_work_order(work_order: WorkOrder, *, by: Member, name: str = "", summary: str = "") -> JobPlan:
    """Keep a job as a plan: its steps without their answers, its parts, its safety requirements, what it took."""
    require(by, "jobplan.edit")
    steps = checklist.tasks_of(work_order)
    parts: dict[Any, dict[str, Any]] = {}
    for line in work_order.part_lines.select_related("part").order_by("added_at", "pk"):
        one = parts.setdefault(line.part_id, {"part": line.part, "quantity": 0})
        one["quantity"] += line.quantity
    kept = ("title", "description", "type", "priority", *LISTS, *FLAGS)
    content: Content = {one: getattr(work_order, one) for one in kept}
    content |= {
        "estimated_minutes": work_order.estimated_minutes or work_order.actual_minutes,
        "steps": [plans.step_told(task, steps) for task in steps],
        "parts": [line for line in parts.values() if line["quantity"] > 0],
    }
    asset = work_order.asset
    plan = write_plan(
        by=by, name=name or free_name(by, work_order.title), content=content, summary=summary,
        category=asset.category if asset else None,
    )  # fmt: skip
    events.record("work_order.plan_made", work_order, by=by, changes={"plan": [None, plan.name]})
    return plan
