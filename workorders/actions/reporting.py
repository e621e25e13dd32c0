"""Report, edit, follow up, delete."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils import timezone

from core import events, numbering
from core.errors import Conflict, Invalid
from core.ids import uuid7
from tenancy.models import Member, Tenant
from tenancy.permissions import may, require
from workorders import catalogue, checklist, custom, links, permissions
from workorders.actions import stockroom, writing
from workorders.actions.media import forget_media
from workorders.actions.parts import add_parts
from workorders.actions.planning import bring_lines, brought
from workorders.actions.tasks import add_tasks
from workorders.actions.writing import KEEP
from workorders.choices import Meaning
from workorders.models import Assignment, JobPlan, WorkOrder, WorkOrderMedia
from workorders.plans import people_for

EDITABLE = frozenset(
    {
        "title", "description", "asset", "location", "department", "priority", "type", "due_at", "scheduled_at",
        "estimated_minutes", "actual_minutes", "progress", "resolution", "failure_cause", "problem",
        "cause", "remedy", "safety_requirements", "requested_by", "external_id", "custom", "project",
    }
)  # fmt: skip


@transaction.atomic
def report(
    *,
    by: Member | None,
    title: str = "",
    tenant: Tenant | None = None,
    id: UUID | None = None,  # noqa: A002  (the contract's name)
    assigned_to: Any = KEEP,
    crew: Any = KEEP,
    helpers: Any = (),
    at: dt.datetime | None = None,
    follow_up_of: WorkOrder | None = None,
    steps: Sequence[Mapping[str, Any]] = (),
    parts: Sequence[Mapping[str, Any]] = (),
    plan: JobPlan | None = None,
    **fields: Any,
) -> WorkOrder:
    """A new work order, open, or assigned when people are named. `fields` are of `EDITABLE`; `steps` and `parts` as
    `add_tasks` and `add_parts` take them. A job plan gives what is not given here, its steps and parts before these.

    The place and the department are the asset's unless given; who reports is the requester unless given. Raises
    `Invalid` for unsound fields and `Conflict` for an id that was used.
    """
    said, assigned_to, crew = (assigned_to, crew), *(None if one is KEEP else one for one in (assigned_to, crew))
    given = {name for name, value in fields.items() if value not in (None, "", [])} | {"title"}
    if assigned_to or crew or helpers:
        given.add("assigned_to")
    given |= {name for name, lines in (("tasks", steps), ("parts", parts), ("plan", plan)) if lines}
    permissions.require_report(by, given)
    if assigned_to or crew or helpers:
        require(by, "workorder.assign")
    tenant = by.tenant if by else tenant
    if tenant is None:
        raise ValueError("the system reports for a tenant it names")
    if unknown := set(fields) - EDITABLE:
        raise ValueError(f"not fields of a new work order: {', '.join(sorted(unknown))}")
    planned, content = brought(plan, tenant.pk, by) if plan else ({}, None)
    plan_title = planned.pop("title", "")
    title = title.strip() or plan_title
    if content and may(by, "workorder.assign") and said == (KEEP, KEEP):
        assigned_to, crew = people_for(content).values()
    known = catalogue.of(by, tenant.pk)
    happened = writing.happened_at(None, at)
    asset = fields.get("asset")
    status = known.default_status(Meaning.ASSIGNED if assigned_to or crew else Meaning.OPEN)
    values: dict[str, Any] = {
        "priority": known.default_priority(),
        "type": known.default_type(),
        "requested_by": by,
    }
    values |= planned | {name: value for name, value in fields.items() if value is not None and (value or not plan)}
    answers = custom.merged(tenant, by, {}, values.pop("custom", {}), values["type"].key)
    if asset:
        # By id: the asset's own place and department are of its tenant, so nobody needs to look them up.
        for name in ("location", "department"):
            if name not in values:
                values[f"{name}_id"] = getattr(asset, f"{name}_id")
    work_order = WorkOrder(
        id=id or uuid7(),
        tenant=tenant,
        title=title.strip(),
        status=status,
        meaning=status.meaning,
        assigned_to=assigned_to,
        crew=crew,
        follow_up_of=follow_up_of,
        created_at=happened,
        custom=answers,
        **values,
    )
    writing.check(work_order, anew=values)
    writing.check_people(work_order, assigned_to, crew, helpers)
    if id and WorkOrder.objects.filter(pk=id).exists():
        raise duplicate_id()
    # The number comes last: its sequence stays locked until the commit.
    work_order.number = numbering.reserve(tenant.pk, "WO", happened.astimezone(ZoneInfo(tenant.time_zone)).year)[0]
    try:
        work_order.save(force_insert=True)
    except IntegrityError as error:
        # Two requests with one id at the same moment; or it is another tenant's, of which nothing more is said.
        if "workorders_workorder_pkey" not in str(error):
            raise
        raise duplicate_id() from None
    # Who leads the job is not a helper as well, and nobody helps twice.
    for pk in dict.fromkeys(helper.pk for helper in helpers if helper != assigned_to):
        Assignment.objects.create(tenant=tenant, work_order=work_order, technician_id=pk, added_by=by)
    writing.log_status(work_order, None, status, by=by, at=happened)
    facts: list[tuple[str, Any, Mapping[str, Any]]] = [
        ("work_order.created", work_order, {"title": [None, work_order.title]})
    ]
    if assigned_to or crew:
        facts.append(("work_order.assigned", work_order, assignment_told(work_order)))
    events.record_many(facts, by=by, at=happened)
    if content:
        bring_lines(work_order, content, by=by)
    if steps:
        add_tasks(work_order, by=by, steps=steps)
    if parts:
        add_parts(work_order, by=by, lines=parts)
    return work_order


def duplicate_id() -> Conflict:
    return Conflict(
        "A work order with this id exists already.", code="duplicate_id", headline="Cannot create work order"
    )


def assignment_told(work_order: WorkOrder) -> dict[str, list[Any]]:
    return {
        name: [None, str(value)]
        for name, value in (("assigned_to", work_order.assigned_to_id), ("crew", work_order.crew_id))
        if value
    }


@transaction.atomic
def update(
    work_order: WorkOrder, *, by: Member | None, changes: Mapping[str, Any], expected_version: int | None = None
) -> WorkOrder:
    """Edit fields of `EDITABLE`. Nothing is written, and no event recorded, when nothing differs."""
    work_order = writing.lock(work_order, expected_version=expected_version)
    if unknown := set(changes) - EDITABLE:
        raise ValueError(f"not editable: {', '.join(sorted(unknown))}")
    permissions.require_edit(by, work_order, set(changes))
    writing.refuse_closed(work_order)
    changes = {name: value.strip() if name == "title" else value for name, value in changes.items()}
    if "custom" in changes or "type" in changes:
        kind = changes.get("type", work_order.type)
        changes["custom"] = custom.merged(work_order.tenant, by, work_order.custom, changes.get("custom", {}), kind.key)
    told = writing.apply(work_order, changes)
    if "progress" in told:
        refuse_by_hand(work_order)
    writing.check(work_order, anew=told)
    if not told:
        return work_order
    writing.save(work_order, set(told))
    events.record("work_order.updated", work_order, by=by, changes=told)
    return work_order


def refuse_by_hand(work_order: WorkOrder) -> None:
    """Progress is set by hand only where no checklist says it."""
    settled, applicable = checklist.counts(checklist.tasks_of(work_order))
    if applicable:
        raise Invalid(
            {"progress": f"Progress follows from the checklist ({settled} of {applicable} steps): answer its steps."},
            headline="Invalid work order data",
        )


@transaction.atomic
def follow_up(work_order: WorkOrder, *, by: Member | None, title: str = "", description: str = "") -> WorkOrder:
    """A new work order linked to this one: how a closed job is taken up again."""
    work_order = writing.lock(work_order)
    require(by, "workorder.create")
    tenant = Tenant.objects.get(pk=work_order.tenant_id) if by is None else None
    return report(
        by=by,
        tenant=tenant,
        title=title or work_order.title,
        description=description or f"Follow-up of {work_order.number}.",
        asset=work_order.asset,
        location=work_order.location,
        department=work_order.department,
        priority=work_order.priority,
        type=work_order.type,
        follow_up_of=work_order,
    )


@transaction.atomic
def delete(work_order: WorkOrder, *, by: Member | None, expected_version: int | None = None) -> dt.datetime:
    """Remove a work order on which no work was booked; returns when. Its events and audit entries stay."""
    work_order = writing.lock(work_order, expected_version=expected_version)
    require(by, "workorder.delete")
    headline = "Cannot delete work order"
    if work_order.meaning not in (Meaning.OPEN, Meaning.ASSIGNED):
        raise Conflict(
            f"Work order is {Meaning(work_order.meaning).label.lower()}", code=work_order.meaning, headline=headline
        )
    if work_order.status_log.exclude(to_meaning__in=(Meaning.OPEN, Meaning.ASSIGNED)).exists():
        raise Conflict("Work was booked on it: cancel it instead", code="work_booked", headline=headline)
    if work_order.time_entries.exists() or work_order.cost_lines.exists() or work_order.timers.exists():
        raise Conflict("Time or costs were booked on it: cancel it instead", code="work_booked", headline=headline)
    stockroom.refuse_issued(work_order)
    if work_order.follow_ups.exists():
        raise Conflict(
            "Another work order follows up on it: cancel it instead", code="has_follow_up", headline=headline
        )
    links.refuse_needed(work_order)
    now = timezone.now()
    stockroom.release_all(work_order, by=by)
    events.record(
        "work_order.deleted", work_order, by=by, at=now,
        changes={"number": [work_order.number, None], "title": [work_order.title, None]},
    )  # fmt: skip
    forget_media(WorkOrderMedia.objects.select_related("file").filter(work_order=work_order), by=by)
    work_order.delete()
    return now
