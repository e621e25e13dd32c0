"""Questions about the steps of a checklist, answered without writing: which apply, how far it is, what an answer means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from tenancy.models import Member
from tenancy.permissions import may
from workorders import peers, permissions
from workorders.choices import TASK_SETTLED, ConditionOperator, Meaning, TaskKind, TaskStatus
from workorders.models import Task, WorkOrder

MEASURED = (TaskKind.NUMBER, TaskKind.METER)
BY_FILE = (TaskKind.PHOTO, TaskKind.SIGNATURE)
# A step that was answered, for conditions: skipped and not applicable say nothing.
ANSWERED = (TaskStatus.COMPLETED, TaskStatus.FAILED)
# Work in one of these keeps its checklist as it is.
KEPT = (Meaning.COMPLETED, Meaning.CANCELLED, Meaning.CLOSED)


def tasks_of(work_order: WorkOrder, *related: str) -> list[Task]:
    """The steps in their order; one query."""

    def load(ids: list[UUID]) -> dict[UUID, list[Task]]:
        rows = Task.objects.filter(work_order_id__in=ids).select_related(*related)
        return peers.listed(rows.order_by("position", "id"))

    return peers.read(work_order, ("tasks", related), load, [])


def sees(member: Member) -> bool:
    """Whoever only follows their own request does not read the workshop's checklist."""
    return may(member, "workorder.view_all", "workorder.view_own", "workorder.view_unassigned", "workorder.view_parts")


def can_define(member: Member | None, work_order: WorkOrder) -> bool:
    """Add, change, move and remove steps: editors, whoever does the job, and the reporter until work begins."""
    if permissions.can_edit_findings(member, work_order):
        return True
    fresh = work_order.meaning in (Meaning.OPEN, Meaning.ASSIGNED)
    return bool(member and fresh and work_order.requested_by_id == member.pk and may(member, "workorder.create"))


# --- Which steps apply, and how many of them are settled --------------------------------------------------------------
def applicable(tasks: Iterable[Task]) -> set[UUID]:
    """The steps that are asked. `tasks` are all of one work order, in their order: a condition looks back only."""
    earlier: dict[UUID, Task] = {}
    found: set[UUID] = set()
    for task in tasks:
        on = task.condition_on_id
        if on is None or (on in found and is_met(task, earlier[on])):
            found.add(task.pk)
        earlier[task.pk] = task
    return found


def is_met(task: Task, on: Task) -> bool:
    if on.status not in ANSWERED:
        return False
    value = task.condition_value.strip()
    if task.condition_operator in (ConditionOperator.ABOVE, ConditionOperator.BELOW):
        limit = as_number(value)
        if limit is None or on.answer_number is None:
            return False
        above = task.condition_operator == ConditionOperator.ABOVE
        return on.answer_number > limit if above else on.answer_number < limit
    number = as_number(value) if on.kind in MEASURED else None
    word = value.casefold() if number is None else plain(number)
    return (word in words_of(on)) == (task.condition_operator == ConditionOperator.IS)


def words_of(task: Task) -> set[str]:
    """What an answer can be called in a condition, in lower case."""
    words = {task.answer_text.strip().casefold()} if task.answer_text else set()
    if task.answer_number is not None:
        words.add(plain(task.answer_number))
    return words | ({"fail"} if task.status == TaskStatus.FAILED else {"pass", "done"})


def counts(tasks: Sequence[Task]) -> tuple[int, int]:
    """How many of the steps that apply are settled, and how many apply."""
    asked = applicable(tasks)
    return sum(task.status in TASK_SETTLED for task in tasks if task.pk in asked), len(asked)


def counts_of(work_order_ids: Iterable[Any]) -> dict[UUID, tuple[int, int]]:
    """`counts` of several work orders that have steps; one query."""
    columns = (
        *("work_order_id", "kind", "status", "answer_number", "answer_text", "condition_on_id", "condition_operator"),
        *("condition_value", "position"),
    )
    by_order: dict[UUID, list[Task]] = {}
    for task in Task.objects.filter(work_order__in=list(work_order_ids)).order_by("position", "id").only(*columns):
        by_order.setdefault(task.work_order_id, []).append(task)
    return {pk: counts(tasks) for pk, tasks in by_order.items()}


def progress(tasks: Sequence[Task]) -> int | None:
    """Percent of the steps that apply; 100 only when all of them are settled. None without steps."""
    if not tasks:
        return None
    settled, asked = counts(tasks)
    return 100 if settled == asked else min(99, round(100 * settled / asked))


def is_done(task: Task) -> bool:
    """Whether a required step needs nothing more: a skipped one does, unless somebody waived it by name."""
    if task.waived_by_id:
        return True
    return task.status in TASK_SETTLED and task.status != TaskStatus.SKIPPED


def was_answered(task: Task) -> bool:
    """Something would be lost with it."""
    return task.status in TASK_SETTLED or bool(task.notes) or task.follow_up_id is not None


# --- Numbers ----------------------------------------------------------------------------------------------------------
def as_number(value: Any) -> Decimal | None:
    """A number as people and programs write it, with six decimals; None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    text = str(value).strip().replace("\u2212", "-")
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    if not text.isascii() or "_" in text:
        return None
    try:
        number = Decimal(text)
        if not number.is_finite() or abs(number) >= Decimal(10) ** 12:
            return None
        return number.quantize(Decimal("0.000001"))
    except InvalidOperation:
        return None


def plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def with_unit(number: Decimal, unit: str) -> str:
    return f"{plain(number)} {unit}".strip()


def outside(task: Any, number: Decimal) -> str:
    """Why a reading is outside its limits, as a sentence; empty when it is within."""
    reading = with_unit(number, task.unit)
    if task.highest is not None and number > task.highest:
        return f"{reading} is above the limit of {with_unit(task.highest, task.unit)}."
    if task.lowest is not None and number < task.lowest:
        return f"{reading} is below the limit of {with_unit(task.lowest, task.unit)}."
    return ""


# --- Words for people -------------------------------------------------------------------------------------------------
def limits(task: Any) -> str:
    """ "4 to 6 bar", "at least 4 bar", "at most 6 bar"; empty without limits."""
    if task.lowest is not None and task.highest is not None:
        return f"{plain(task.lowest)} to {with_unit(task.highest, task.unit)}"
    if task.lowest is not None:
        return f"at least {with_unit(task.lowest, task.unit)}"
    if task.highest is not None:
        return f"at most {with_unit(task.highest, task.unit)}"
    return ""


def said(task: Task) -> str:
    """The answer in a few words."""
    if task.waived_by_id:
        return "Waived"
    if task.status not in ANSWERED:
        return "" if task.status == TaskStatus.PENDING else TaskStatus(task.status).label
    if task.answer_number is not None:
        return with_unit(task.answer_number, task.unit)
    if task.kind == TaskKind.PASS_FAIL:
        return "OK" if task.status == TaskStatus.COMPLETED else "Not OK"
    if task.answer_text:
        return task.answer_text
    return "Done" if task.status == TaskStatus.COMPLETED else "Failed"


def condition_words(task: Task, on: Task) -> str:
    """ "when step 2 is fail" """
    operator = ConditionOperator(task.condition_operator).label
    return f"when step {on.position} {operator} “{task.condition_value}”"
