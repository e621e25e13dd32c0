"""What the checklist of a work order consists of: add steps, change, move and remove them.

Every act locks the work order first; that lock makes all writers of one checklist take turns. Positions are 1, 2, 3 …
without gaps, and a condition looks back: on a step that stands before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Case, F, PositiveIntegerField, When

from core import events
from core.errors import Conflict, Invalid, NotFound, PermissionDenied, Stale
from core.ids import uuid7
from labor.models import Technician
from tenancy.models import Member
from workorders import checklist
from workorders.actions import writing
from workorders.choices import ConditionOperator, Meaning, TaskKind
from workorders.models import Task, WorkOrder

MOST = 500
LONGEST = 100_000
DEFINITION = frozenset(
    {
        "description", "kind", "required", "estimated_minutes", "unit", "lowest", "highest", "options", "condition_on",
        "condition_operator", "condition_value", "meter_name", "assigned_to",
    }
)  # fmt: skip
TEXTS = {"description": 500, "unit": 20, "condition_value": 80, "meter_name": 80}


@transaction.atomic
def add_tasks(work_order: WorkOrder, *, by: Member | None, steps: Sequence[Mapping[str, Any]]) -> list[Task]:
    """Add steps of `DEFINITION` fields, at their `position` or behind the last. However many, the queries are as many.

    A step may bring its own `id`; `condition_on` is a step, or the id of one, of this work order or of `steps`. Details of a
    refusal are named `tasks[1].description`.
    """
    work_order = writing.lock(work_order)
    require_define(by, work_order)
    refuse_kept(work_order)
    if unknown := {name for step in steps for name in step} - DEFINITION - {"id", "position"}:
        raise ValueError(f"not fields of a step: {', '.join(sorted(unknown))}")
    if not steps:
        return []
    tasks = checklist.tasks_of(work_order)
    if len(tasks) + len(steps) > MOST:
        raise Invalid({"tasks": f"A checklist has at most {MOST} steps."})
    problems: dict[str, str] = {}
    made = [drafted(work_order, step, f"tasks[{index}].", tasks, steps, problems) for index, step in enumerate(steps)]
    ordered = merged(tasks, made, [step.get("position") for step in steps])
    for index, task in enumerate(made):
        check_condition(task, ordered, f"tasks[{index}].", problems)
    if problems:
        raise Invalid(problems, headline="Invalid task data")
    renumber(ordered, known=tasks)
    try:
        with transaction.atomic():
            Task.objects.bulk_create(made)
    except IntegrityError as error:
        if "workorders_task_pkey" not in str(error):
            raise
        raise Conflict("A step with this id exists already.", code="duplicate_id", headline="Cannot add task") from None
    named = made[0].description if len(made) == 1 else f"{len(made)} steps"
    told(work_order, "tasks_added", ordered, by=by, changes={"steps": [None, len(made)], "step": [None, named]})
    return made


@transaction.atomic
def update_task(
    task: Task, *, by: Member | None, changes: Mapping[str, Any], expected_version: int | None = None
) -> Task:
    """Change what a step asks (`DEFINITION`). Nothing is written when nothing differs; an answered step keeps its kind."""
    work_order, tasks, task = lock(task, expected_version)
    require_define(by, work_order)
    refuse_kept(work_order)
    if unknown := set(changes) - DEFINITION:
        raise ValueError(f"not editable: {', '.join(sorted(unknown))}")
    before = {name: getattr(task, name) for name in ("kind", "options")}
    problems: dict[str, str] = {}
    changed = writing.apply(task, tidied(changes, tasks, (), "", problems))
    if not changed:
        return task
    check(task, "", problems)
    check_condition(task, tasks, "", problems)
    for other in tasks:
        if other.condition_on_id == task.pk and {"kind", "options"} & set(changed):
            check_condition(other, tasks, "", problems, told_as="kind")
    if problems:
        raise Invalid(problems, headline="Invalid task data")
    if checklist.was_answered(task) and task.kind != before["kind"]:
        raise Conflict(
            "This step is answered already. Take the answer back before you ask for another kind.",
            code="answered",
            field="kind",
            headline="Cannot change task",
        )
    writing.save(task, set(changed))
    told(work_order, "task_updated", tasks, by=by, task=task, changes=changed)
    return task


@transaction.atomic
def move_task(task: Task, *, by: Member | None, to: int, expected_version: int | None = None) -> Task:
    """Put a step at another place, 1 being the first; a number beyond the end is the end. The others move up."""
    work_order, tasks, task = lock(task, expected_version)
    require_define(by, work_order)
    refuse_kept(work_order)
    if to < 1:
        raise Invalid({"position": "The first place is 1."}, headline="Invalid task data")
    before = task.position
    ordered = [one for one in tasks if one.pk != task.pk]
    ordered.insert(min(to, len(tasks)) - 1, task)
    problems: dict[str, str] = {}
    for one in ordered:
        check_condition(one, ordered, "", problems, told_as="position")
    if problems:
        raise Conflict(next(iter(problems.values())), code="condition", field="position", headline="Cannot move task")
    if renumber(ordered, known=tasks):
        told(work_order, "task_moved", ordered, by=by, task=task, changes={"position": [before, task.position]})
    return task


@transaction.atomic
def remove_task(task: Task, *, by: Member | None, expected_version: int | None = None) -> None:
    """Take a step off the list that nobody has answered and no other step hangs on."""
    work_order, tasks, task = lock(task, expected_version)
    require_define(by, work_order)
    refuse_kept(work_order)
    headline = "Cannot delete task"
    if checklist.was_answered(task):
        raise Conflict(
            "This step is answered and stays in the record. Take its answer back first, or mark it as not applicable.",
            code="answered",
            headline=headline,
        )
    if hanging := [one for one in tasks if one.condition_on_id == task.pk]:
        raise Conflict(
            f"Step {hanging[0].position} is asked depending on this one. Change its condition first.",
            code="condition",
            headline=headline,
        )
    rest = [one for one in tasks if one.pk != task.pk]
    task.delete()
    Task.objects.filter(work_order=work_order, position__gt=task.position).update(position=F("position") - 1)
    told(
        work_order, "task_removed", rest, by=by, task=task, changes={"description": [task.description, None]},
    )  # fmt: skip


# --- What the acts on steps share -------------------------------------------------------------------------------------
def lock(task: Task, expected_version: int | None) -> tuple[WorkOrder, list[Task], Task]:
    """The work order, locked, its steps as they are now, and the one that is meant; `Stale` when it had changed."""
    work_order = WorkOrder.objects.lock(task.work_order_id)
    tasks = checklist.tasks_of(work_order, "assigned_to")
    now = next((one for one in tasks if one.pk == task.pk), None)
    if now is None:
        raise NotFound("There is no such task.", headline="Task not found", extra={"taskId": str(task.pk)})
    if expected_version is not None and now.version != expected_version:
        raise Stale(now.version, headline="Task has changed")
    return work_order, tasks, now


def require_define(by: Member | None, work_order: WorkOrder) -> None:
    if not checklist.can_define(by, work_order):
        raise PermissionDenied("workorder.edit")


def refuse_kept(work_order: WorkOrder) -> None:
    """Finished work keeps the checklist it was finished with."""
    writing.refuse_closed(work_order)
    if work_order.meaning in checklist.KEPT:
        way = "Send it back" if work_order.meaning == Meaning.COMPLETED else "Reinstate it"
        raise Conflict(
            f"The checklist of work that is “{work_order.status.name}” is kept as it is. {way} to go on with it.",
            code=work_order.meaning,
            headline="Cannot change checklist",
        )


def told(
    work_order: WorkOrder,
    fact: str,
    tasks: Sequence[Task],
    *,
    by: Member | None,
    task: Task | None = None,
    changes: Mapping[str, Any] | None = None,
    at: Any = None,
) -> None:
    """Keep the progress that follows from the steps, count the version, record the fact."""
    progress = checklist.progress(tasks)
    if progress is not None:
        work_order.progress = progress
    writing.save(work_order, ("progress",))
    about = {"task": [None, str(task.pk)], "step": [None, f"{task.position}. {task.description}"]} if task else {}
    events.record(f"work_order.{fact}", work_order, by=by, at=at, changes=about | dict(changes or {}))


def renumber(ordered: Sequence[Task], *, known: Sequence[Task]) -> list[Task]:
    """Give the steps their places; those of `known` that move are written by one statement. Returns who moved."""
    rows = {task.pk for task in known}
    moved = []
    for place, task in enumerate(ordered, start=1):
        if task.position != place:
            task.position = place
            if task.pk in rows:
                moved.append(task)
    if moved:
        places = Case(*(When(pk=task.pk, then=task.position) for task in moved), output_field=PositiveIntegerField())
        Task.objects.filter(pk__in=[task.pk for task in moved]).update(position=places)
    return moved


def merged(tasks: Sequence[Task], made: Sequence[Task], positions: Sequence[int | None]) -> list[Task]:
    """New steps among those there are: at the place they name (the same place twice: in the order given), or behind."""
    ordered = list(tasks)
    behind = -1
    placed = sorted((place, index) for index, place in enumerate(positions) if place is not None)
    for place, index in placed:
        behind = max(min(place - 1, len(ordered)), behind + 1)
        ordered.insert(behind, made[index])
    return ordered + [task for task, place in zip(made, positions, strict=True) if place is None]


def drafted(
    work_order: WorkOrder,
    step: Mapping[str, Any],
    path: str,
    tasks: Sequence[Task],
    steps: Sequence[Mapping[str, Any]],
    problems: dict[str, str],
) -> Task:
    values = tidied({name: step[name] for name in step if name in DEFINITION}, tasks, steps, path, problems)
    task = Task(
        id=step.get("id") or uuid7(), tenant_id=work_order.tenant_id, work_order=work_order, position=0, **values
    )
    place = step.get("position")
    if place is not None and not 1 <= place <= LONGEST:
        problems[f"{path}position"] = "The first place is 1."
    check(task, path, problems)
    return task


def tidied(
    values: Mapping[str, Any],
    tasks: Iterable[Task],
    steps: Sequence[Mapping[str, Any]],
    path: str,
    problems: dict[str, str],
) -> dict[str, Any]:
    """The fields as they are kept: texts trimmed, numbers exact, the condition's step found by its id."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name in TEXTS:
            found[name] = str(value or "").strip()
        elif name in ("lowest", "highest"):
            found[name] = checklist.as_number(value)
            if value is not None and found[name] is None:
                problems[f"{path}{name}"] = "Use a number."
        elif name == "options":
            found[name] = [str(option).strip() for option in value or [] if str(option).strip()]
        elif name == "condition_on":
            pk = getattr(value, "pk", value)
            known = {task.pk for task in tasks} | {step["id"] for step in steps if step.get("id")}
            if pk is not None and pk not in known:
                problems[f"{path}condition_on"] = "The step must be one of this work order."
                pk = None
            found["condition_on_id"] = pk
        else:
            found[name] = value
    if found.get("condition_on_id", True) is None:
        found |= {"condition_operator": "", "condition_value": ""}
    return found


def check(task: Task, path: str, problems: dict[str, str]) -> None:
    """What makes a step sound, whichever door it came through."""
    if not task.description:
        problems.setdefault(f"{path}description", "Say what to do.")
    for name, longest in TEXTS.items():
        if len(getattr(task, name)) > longest:
            problems[f"{path}{name}"] = f"This has at most {longest} characters."
    if task.kind not in TaskKind.values:
        problems[f"{path}kind"] = f"Use one of {', '.join(TaskKind.values)}."
    if task.estimated_minutes is not None and not 0 <= task.estimated_minutes <= LONGEST:
        problems[f"{path}estimated_minutes"] = f"Minutes lie between 0 and {LONGEST:,}."
    if task.kind == TaskKind.CHOICE and not task.options:
        problems[f"{path}options"] = "Name what can be chosen, at least one."
    if len(task.options) > 50 or any(len(option) > 80 for option in task.options):
        problems[f"{path}options"] = "At most 50 choices of at most 80 characters."
    if len({option.casefold() for option in task.options}) < len(task.options):
        problems[f"{path}options"] = "Each choice once."
    if task.lowest is not None and task.highest is not None and Decimal(task.lowest) > Decimal(task.highest):
        problems[f"{path}lowest"] = "The lower limit lies above the upper one."
    technician = task._state.fields_cache.get("assigned_to")
    if isinstance(technician, Technician) and technician.tenant_id != task.tenant_id:
        problems[f"{path}assigned_to"] = "Assigned technician must exist"


def check_condition(
    task: Task, ordered: Sequence[Task], path: str, problems: dict[str, str], *, told_as: str = ""
) -> None:
    """A condition looks back and says something that the earlier step can answer; so there are no cycles."""
    on_pk: UUID | None = task.condition_on_id
    if on_pk is None:
        if task.condition_operator or task.condition_value:
            problems[path + (told_as or "condition_on")] = "A condition names the earlier step it looks at."
        return
    place = {one.pk: index for index, one in enumerate(ordered)}
    on = ordered[place[on_pk]]
    if place[on_pk] >= place[task.pk]:
        problems[path + (told_as or "condition_on")] = (
            f"“{task.description[:60]}” hangs on the answer to “{on.description[:60]}” and does not come after it."
        )
        return
    if task.condition_operator not in ConditionOperator.values:
        problems[path + (told_as or "condition_operator")] = f"Use one of {', '.join(ConditionOperator.values)}."
    elif sentence := unanswerable(task, on):
        problems[path + (told_as or "condition_value")] = sentence


def unanswerable(task: Task, on: Task) -> str:
    """Why the earlier step never gives the answer that a condition names; empty when it can."""
    value = task.condition_value.casefold()
    if task.condition_operator in (ConditionOperator.ABOVE, ConditionOperator.BELOW):
        if on.kind not in checklist.MEASURED:
            return f"Step {on.position or ''} is no number: use “is” or “is not”.".replace("  ", " ")
        return "" if checklist.as_number(value) is not None else "Use a number."
    if not value:
        return "Say which answer it hangs on."
    words = {
        TaskKind.PASS_FAIL: {"pass", "fail"},
        TaskKind.CHOICE: {option.casefold() for option in on.options} | {"fail"},
        TaskKind.NUMBER: {"pass", "fail"},
        TaskKind.METER: {"pass", "fail"},
        TaskKind.TEXT: {value},
    }.get(TaskKind(on.kind), {"done", "fail"})
    if value in words or (on.kind in checklist.MEASURED and checklist.as_number(value) is not None):
        return ""
    return f"The answer to “{on.description[:60]}” is one of {', '.join(sorted(words))}."
