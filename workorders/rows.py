"""Reading work orders fast: the ORM finds the page, then one prepared statement joins the names to its rows.

The statement runs on the request's own connection, inside its transaction and under row-level security. What a list with
the same parameters compiles to is kept, because dashboards ask the same question over and over.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Count

from core import pagination
from core.db.prepared import read
from core.pagination import Key, Window
from tenancy.models import Member
from tenancy.permissions import may
from workorders import booked, catalogue
from workorders.models import WorkOrder
from workorders.statements import SOME_ID, Statement, kept

# Columns that the page brings along, by their path in the ORM; sort keys of other tables are added to them.
PAGE = [
    "id",
    "number",
    "title",
    "description",
    "asset_id",
    "location_id",
    "department_id",
    "status_id",
    "meaning",
    "priority_id",
    "type_id",
    "assigned_to_id",
    "crew_id",
    "requested_by_id",
    "due_at",
    "scheduled_at",
    "started_at",
    "completed_at",
    "estimated_minutes",
    "problem_id",
    "progress",
    "custom",
    "version",
    "created_at",
    "updated_at",
]
ONE = [
    *PAGE,
    *[
        "closed_at",
        "cancelled_at",
        "actual_minutes",
        "hold_reason",
        "hold_note",
        "hold_until",
        "resolution",
        "failure_cause",
        "cause_id",
        "remedy_id",
        "safety_requirements",
        "follow_up_of_id",
        "external_cost",
        "labor_cost",
        "material_cost",
        "other_cost",
        "overhead_cost",
        "external_id",
        "project_id",
        "parent_id",
        "plan_version_id",
        "skills",
        "tools",
        "sealed_at",
    ],
]
SUMMARY = {
    "id": "w.id::text",
    "workOrderId": "w.id::text",
    "workOrderNumber": "w.number",
    "tenantId": "st.tenant_id::text",
    "title": "w.title",
    "description": "w.description",
    "assetId": "w.asset_id::text",
    "assetName": "a.name",
    "locationId": "w.location_id::text",
    "locationName": "l.name",
    "site": "s.name",
    "area": "CASE WHEN l.id IS DISTINCT FROM l.site_id THEN l.name END",
    "departmentId": "w.department_id::text",
    "status": "st.key",
    "statusMeaning": "w.meaning",
    "priority": "pr.key",
    "type": "ty.key",
    "assignedTo": "w.assigned_to_id::text",
    "assignedTechnician": "t.name",
    "crewId": "w.crew_id::text",
    "crewName": "c.name",
    "requestedBy": "w.requested_by_id::text",
    "requestedByName": "r.name",
    "createdDate": "w.created_at",
    "scheduledDate": "w.scheduled_at",
    "dueDate": "w.due_at",
    "overdue": "coalesce(w.due_at < now() AND w.meaning IN ('open', 'assigned', 'in_progress', 'on_hold'), false)",
    "startDate": "w.started_at",
    "completionDate": "w.completed_at",
    "estimatedDuration": "w.estimated_minutes / 60.0::float8",
    "pmProcedureId": "NULL::text",
    "failureCode": "fp.code",
    "progress": "w.progress",
    "custom": "w.custom::text",
    "version": "w.version",
    "createdAt": "w.created_at",
    "updatedAt": "w.updated_at",
}
NOTES = """(SELECT coalesce(json_agg(json_build_object(
    'id', n.id, 'text', n.text, 'author', n.author_id, 'authorName', coalesce(m.name, ''),
    'forRequester', n.for_requester, 'createdAt', to_char(n.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    ) ORDER BY n.created_at, n.id), '[]')::text
    FROM workorders_comment n LEFT JOIN tenancy_member m ON m.id = n.author_id
    WHERE n.work_order_id = w.id AND (%s OR n.for_requester))"""
HELPERS = """(SELECT coalesce(json_agg(json_build_object('id', m.id, 'name', m.name) ORDER BY m.name, m.id), '[]')::text
    FROM workorders_assignment h JOIN tenancy_member m ON m.id = h.technician_id WHERE h.work_order_id = w.id)"""
FULL = SUMMARY | {
    "actualDuration": "w.actual_minutes / 60.0::float8",
    "closedDate": "w.closed_at",
    "cancelledDate": "w.cancelled_at",
    "holdReason": "nullif(w.hold_reason, '')",
    "holdNote": "nullif(w.hold_note, '')",
    "holdUntil": "w.hold_until",
    "resolution": "w.resolution",
    "failureCause": "w.failure_cause",
    "causeCode": "(SELECT code FROM workorders_failurecode WHERE id = w.cause_id)",
    "remedyCode": "(SELECT code FROM workorders_failurecode WHERE id = w.remedy_id)",
    "safetyRequirements": "w.safety_requirements",
    "followUpOf": "w.follow_up_of_id::text",
    "externalId": "nullif(w.external_id, '')",
    "costs": "ARRAY[w.labor_cost, w.material_cost, w.overhead_cost, w.other_cost, coalesce(w.external_cost, 0)]::float8[]",
    "projectId": "w.project_id::text",
    "parentId": "w.parent_id::text",
    "jobPlanId": "(SELECT plan_id::text FROM workorders_jobplanversion WHERE id = w.plan_version_id)",
    "skills": "w.skills",
    "tools": "w.tools",
    "sealedAt": "w.sealed_at",
    "helpers": HELPERS,
    "notes": NOTES,
    **booked.EXISTS,
}
HOURS = ("estimatedDuration", "actualDuration")
JOINS = """
JOIN workorders_status st ON st.id = w.status_id
JOIN workorders_priority pr ON pr.id = w.priority_id
JOIN workorders_type ty ON ty.id = w.type_id
LEFT JOIN assets_asset a ON a.id = w.asset_id
LEFT JOIN assets_location l ON l.id = w.location_id
LEFT JOIN assets_location s ON s.id = l.site_id
LEFT JOIN tenancy_member t ON t.id = w.assigned_to_id
LEFT JOIN tenancy_member r ON r.id = w.requested_by_id
LEFT JOIN labor_crew c ON c.id = w.crew_id
LEFT JOIN workorders_failurecode fp ON fp.id = w.problem_id
"""


def sight(member: Member) -> tuple[Hashable, ...]:
    """What decides which rows a member sees, besides the rows themselves; any change of rights changes it."""
    return (
        member.tenant_id,
        member.pk,
        member.user_id,
        member.scoped,
        member.permissions,
        member.tenant.catalogue_version,
    )


# --- Lists ------------------------------------------------------------------------------------------------------------
def statement(queryset: Any, keys: Sequence[Key], start: int, stop: int) -> Statement:
    """One page of an ordered queryset with its names, as SQL and parameters."""
    aliases = {path: path for path in PAGE}
    aliases["pk"] = "id"
    for number, key in enumerate(keys):
        aliases.setdefault(key.path, f"k{number}")
    paths = [*PAGE, *(path for path in aliases if path not in PAGE and path != "pk")]
    page, params = queryset.values_list(*paths)[start:stop].query.sql_with_params()
    shown = [f'{sql} AS "{name}"' for name, sql in SUMMARY.items()]
    shown += [f"w.{aliases[key.path]}" for key in keys]
    order = ", ".join(f"w.{aliases[key.path]} {'DESC' if key.descending else 'ASC'} NULLS LAST" for key in keys)
    columns = ", ".join(aliases[path] for path in paths)
    return f"SELECT {', '.join(shown)} FROM ({page}) AS w ({columns}) {JOINS} ORDER BY {order}", list(params)


def summaries(
    make: Callable[[], Any],
    keys: Sequence[Key],
    after: Sequence[Any] | None,
    window: Window,
    *,
    key: Hashable = None,
) -> tuple[list[dict[str, Any]], list[Any] | None]:
    """The page of the list that `make` gives as a queryset, and the sort values of its last row when more follow.

    With a `key` the compiled statements are kept; it must name everything they depend on.
    """

    def compile_statements() -> list[Statement]:
        queryset, wanted = make(), window.limit + 1
        if window.offset:
            ordered = queryset.order_by(*pagination.ordering(keys))
            return [statement(ordered, keys, window.offset, window.offset + wanted)]
        return [statement(part, keys, 0, wanted) for part in pagination.stretches(queryset, keys, after)]

    statements = kept(key, compile_statements) if key is not None else compile_statements()
    rows: list[tuple[Any, ...]] = []
    for sql, params in statements:
        rows += read(sql, params)
        if len(rows) > window.limit:
            break
    last = None
    if len(rows) > window.limit:
        del rows[window.limit :]
        last = list(rows[-1][len(SUMMARY) :])
    return [summary(row) for row in rows], last


def summary(row: tuple[Any, ...]) -> dict[str, Any]:
    item = dict(zip(SUMMARY, row, strict=False))
    item["custom"] = orjson.Fragment(item["custom"])
    hours = item["estimatedDuration"]
    if hours is not None:
        item["estimatedDuration"] = rounded(hours)
    return item


def rounded(hours: float | None) -> float | int | None:
    if hours is None:
        return None
    whole = int(hours)
    return whole if whole == hours else round(hours, 2)


# --- One --------------------------------------------------------------------------------------------------------------
def one(member: Member, pk: UUID, *, seen: bool = False) -> dict[str, Any] | None:
    """The full shape of a work order that the member may see, in one statement; None for any other id.

    `seen`: the caller has found it visible, before an act that may have taken it out of sight.
    """
    sql, params = kept(("one", seen, *sight(member)), lambda: one_statement(member, seen=seen))
    found = read(sql, [pk if value == SOME_ID else value for value in params])
    if not found:
        return None
    item = dict(zip(FULL, found[0], strict=True))
    for name in HOURS:
        item[name] = rounded(item[name])
    for name in ("helpers", "notes", "custom"):
        item[name] = orjson.Fragment(item[name])
    item["tasks"] = booked.tasks(member, pk) if item["tasks"] else []
    item["parts"] = item["requiredParts"] = booked.parts(member, pk) if item["parts"] else []
    item["media"] = booked.media(member, pk, inside=sees_all_notes(member)) if item["media"] else []
    item["costs"] = costs(item["costs"], member.tenant.currency) if sees_costs(member) else None
    return item


def one_statement(member: Member, *, seen: bool) -> Statement:
    visible = WorkOrder.objects.filter(tenant_id=member.tenant_id) if seen else WorkOrder.objects.visible_to(member)
    queryset = visible.filter(pk=SOME_ID).order_by().values_list(*ONE)
    page, params = queryset.query.sql_with_params()
    shown = ", ".join(f'{sql} AS "{name}"' for name, sql in FULL.items())
    return f"SELECT {shown} FROM ({page}) AS w ({', '.join(ONE)}) {JOINS}", [sees_all_notes(member), *params]


def sees_all_notes(member: Member) -> bool:
    """Somebody who only follows their own request sees the notes meant for them."""
    return may(member, "workorder.view_all", "workorder.view_own")


def sees_costs(member: Member) -> bool:
    return may(member, "cost.view")


def costs(sums: list[float], currency: str) -> dict[str, Any]:
    """The cost columns of a work order, in the order of the statement, and their sum."""
    named = dict(zip(("labor", "materials", "overhead", "other", "external"), sums, strict=True))
    return {**named, "total": round(sum(sums), 2), "currency": currency}


def status_counts(member: Member) -> dict[str, int]:
    """How many open work orders the member sees in each status, by key; read from the index of open work alone."""
    rows = WorkOrder.objects.visible_to(member).active().order_by().values_list("status_id").annotate(number=Count("*"))
    known = catalogue.of(member).statuses
    return {known[pk].key: number for pk, number in rows if pk in known}
