"""Every act on projects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from core import events, writing
from core.errors import Conflict, Invalid
from projects.choices import OVER, ProjectStatus
from projects.models import Project, ProjectMember
from projects.querysets import ENDED
from tenancy.models import Member
from tenancy.permissions import require

FIELDS = frozenset(
    {
        "code", "name", "description", "status", "starts_on", "ends_on", "budget", "budget_spent_warning", "led_by",
        "department",
    }
)  # fmt: skip
HEADLINE = "Invalid project data"


@transaction.atomic
def add_project(
    *,
    by: Member,
    code: str,
    name: str,
    members: Iterable[Member] = (),
    id: Any = None,  # noqa: A002  (the contract's name)
    **fields: Any,
) -> Project:
    """A new project, planned unless said otherwise."""
    require(by, "project.edit")
    if unknown := set(fields) - FIELDS:
        raise ValueError(f"not fields of a project: {', '.join(sorted(unknown))}")
    given = {"id": id} if id else {}
    project = Project(tenant_id=by.tenant_id, code=code.strip(), name=name.strip(), **given, **fields)
    check(project)
    project.save(force_insert=True)
    put_members(project, members)
    events.record(
        "project.created", project, by=by, changes={"code": [None, project.code], "name": [None, project.name]}
    )
    return project


@transaction.atomic
def update_project(
    project: Project, *, by: Member | None, changes: Mapping[str, Any], expected_version: int | None = None
) -> Project:
    """Edit fields of `FIELDS` and `members`. Ending it by its status follows the rules of `close_project`."""
    project = writing.lock(project, expected_version=expected_version)
    require(by, "project.edit")
    members = changes.get("members")
    if unknown := set(changes) - FIELDS - {"members"}:
        raise ValueError(f"not editable: {', '.join(sorted(unknown))}")
    if changes.get("status") != project.status and changes.get("status") == ProjectStatus.COMPLETED:
        refuse_open_work(project)
    told = writing.apply(project, {name: value for name, value in changes.items() if name in FIELDS})
    check(project)
    if members is not None:
        told |= put_members(project, members)
    if told:
        writing.save(project, set(told) - {"members"})
        events.record("project.updated", project, by=by, changes=safe(told))
    return project


@transaction.atomic
def close_project(
    project: Project, *, by: Member | None, cancel: bool = False, expected_version: int | None = None
) -> Project:
    """End it: completed, which takes that none of its work is open, or cancelled. No work is put into it any more."""
    project = writing.lock(project, expected_version=expected_version)
    require(by, "project.edit")
    if project.status in OVER:
        raise Conflict(
            f"This project is {project.get_status_display().lower()} already.",
            code=project.status,
            headline="Cannot close project",
        )
    if not cancel:
        refuse_open_work(project)
    told = writing.apply(project, {"status": ProjectStatus.CANCELLED if cancel else ProjectStatus.COMPLETED})
    writing.save(project, told)
    events.record("project.closed", project, by=by, changes=told)
    return project


@transaction.atomic
def set_project_members(
    project: Project, *, by: Member | None, members: Iterable[Member], expected_version: int | None = None
) -> Project:
    """Exactly these people belong to it; they see it, whatever their role."""
    return update_project(project, by=by, changes={"members": list(members)}, expected_version=expected_version)


def check(project: Project) -> None:
    writing.same_tenant(project, "led_by", "department")
    if project.starts_on and project.ends_on and project.ends_on < project.starts_on:
        raise Invalid({"ends_on": "A project ends on or after the day it begins."}, headline=HEADLINE)
    writing.check(project, headline=HEADLINE)


def refuse_open_work(project: Project) -> None:
    left = project.work_orders.exclude(meaning__in=ENDED).count()
    if left:
        raise Conflict(
            f"{left} of its work orders {'is' if left == 1 else 'are'} still open. Complete, cancel or move"
            f" {'it' if left == 1 else 'them'} first.",
            code="open_work",
            field="status",
            headline="Cannot close project",
        )


def put_members(project: Project, members: Iterable[Member]) -> dict[str, Any]:
    wanted = {member.pk: member for member in members}
    if any(member.tenant_id != project.tenant_id for member in wanted.values()):
        raise Invalid({"members": "Everybody named must exist."}, headline=HEADLINE)
    before = set(ProjectMember.objects.filter(project=project).values_list("member_id", flat=True))
    if before == wanted.keys():
        return {}
    ProjectMember.objects.filter(project=project, member_id__in=before - wanted.keys()).delete()
    ProjectMember.objects.bulk_create(
        ProjectMember(tenant_id=project.tenant_id, project=project, member_id=pk)
        for pk in sorted(wanted.keys() - before)
    )
    return {"members": [sorted(str(pk) for pk in before), sorted(str(pk) for pk in wanted)]}


def safe(told: Mapping[str, Any]) -> dict[str, Any]:
    """Changes for the event log: decimals and days as text."""
    return {
        name: [None if side is None else side if isinstance(side, list) else str(side) for side in sides]
        for name, sides in told.items()
    }
