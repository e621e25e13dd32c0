"""What is booked on one work order, for its full shape: steps, parts and files, each by one kept statement.

Which of them there are says the statement that reads the work order itself, so that a bare one costs one query.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from core.api.serializers import Shape, columns
from core.db.prepared import read
from media.choices import HERE
from tenancy.models import Member
from workorders import checklist, permissions
from workorders.models import PartLine, Task, WorkOrderMedia
from workorders.serializers import tasks as task_shapes
from workorders.serializers.media import MediaShape
from workorders.serializers.parts import PartLineShape
from workorders.statements import SOME_ID, Statement, kept

EXISTS = {
    "tasks": "EXISTS (SELECT FROM workorders_task b WHERE b.work_order_id = w.id)",
    "parts": "EXISTS (SELECT FROM workorders_partline b WHERE b.work_order_id = w.id)",
    "media": "EXISTS (SELECT FROM workorders_workordermedia b WHERE b.work_order_id = w.id)",
}
STEP = [field.attname for field in Task._meta.concrete_fields]


def rows_of(name: str, pk: UUID, make: Callable[[], Any]) -> list[tuple[Any, ...]]:
    """Rows of the queryset that `make` gives for `SOME_ID`, compiled once."""

    def compile_statement() -> Statement:
        sql, params = make().query.sql_with_params()
        return sql, list(params)

    sql, params = kept(("booked", name), compile_statement)
    return read(sql, [pk if value == SOME_ID else value for value in params])


def shaped(shape: type[Shape], name: str, pk: UUID, make: Callable[[], Any], **context: Any) -> list[dict[str, Any]]:
    items = shape.dicts(rows_of(name, pk, lambda: make().values_list(*columns(shape))))
    shape.finish(items, context)
    return items


def tasks(member: Member, pk: UUID) -> list[dict[str, Any]]:
    if not checklist.sees(member):
        return []
    found = rows_of(
        "tasks",
        pk,
        lambda: (
            Task.objects.filter(work_order_id=SOME_ID)
            .order_by("position", "id")
            .values_list(*STEP, "completed_by__name")
        ),
    )
    return task_shapes.shapes([step(row) for row in found])


def step(row: Sequence[Any]) -> Task:
    task = Task.from_db("default", STEP, list(row[:-1]))
    if task.completed_by_id:
        task._state.fields_cache["completed_by"] = Member(id=task.completed_by_id, name=row[-1])
    return task


def parts(member: Member, pk: UUID) -> list[dict[str, Any]]:
    if not permissions.can_see_parts(member):
        return []
    return shaped(
        PartLineShape,
        "parts",
        pk,
        lambda: PartLine.objects.filter(work_order_id=SOME_ID).order_by("added_at", "pk"),
        costs=permissions.can_see_part_costs(member),
    )


def media(member: Member, pk: UUID, *, inside: bool) -> list[dict[str, Any]]:
    """Whoever only follows their own request sees the files meant for them. What is awaited or was refused is not here."""
    found = WorkOrderMedia.objects.filter(work_order_id=SOME_ID, file__state__in=HERE).order_by(
        "file__uploaded_at", "pk"
    )
    shown = found if inside else found.filter(for_requester=True)
    return shaped(MediaShape, f"media-{inside}", pk, lambda: shown)
