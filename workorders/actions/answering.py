"""Answer the steps of a checklist: one function for every kind; all OK at once, follow up on what failed, waive.

Each step has a version of its own: two people on different steps both keep their answers, on the same step the second is
told. The work order's lock makes them take turns, because its progress follows from all of its steps.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Value, When

from core.errors import Conflict, Invalid
from media.choices import HERE
from tenancy.models import Member
from tenancy.permissions import require
from workorders import checklist, permissions
from workorders.actions import writing
from workorders.actions.tasks import lock, refuse_kept, told
from workorders.actions.writing import KEEP
from workorders.choices import TASK_SETTLED, TaskKind, TaskStatus
from workorders.models import Signature, Task, WorkOrder, WorkOrderMedia

HEADLINE = "Invalid task data"
YES = frozenset({"pass", "ok", "done", "yes", "true"})
NO = frozenset({"fail", "not ok", "not_ok", "failed", "false", "no"})
NOTHING: dict[str, Any] = {"answer_number": None, "answer_text": ""}


@transaction.atomic
def answer_task(
    task: Task,
    *,
    by: Member | None,
    answer: Any = KEEP,
    status: str = "",
    notes: str = KEEP,
    actual_minutes: int | None = KEEP,
    confirmed: bool = False,
    at: dt.datetime | None = None,
    expected_version: int | None = None,
) -> Task:
    """Answer a step, or say its status, notes and minutes. The answer decides the status; `status` alone is enough for a tick.

    - tick: True (False takes it back), "fail"
    - pass_fail: "pass" or "fail"; number, meter: the reading; choice: one of the options; text: the text
    - photo, signature: the file is the answer; `status` "completed" once it is there
    - None, or status "pending": the answer is taken back

    A reading outside its limits is refused as `out_of_limits` until it is `confirmed` or called failed; it is stored as failed.
    """
    work_order, tasks, task = lock(task, expected_version)
    permissions.require_work(by, work_order)
    refuse_kept(work_order)
    refuse_not_asked(task, tasks)
    happened = writing.happened_at(work_order, at)
    changes = extras(notes, actual_minutes)
    if answer is not KEEP or status:
        changes |= answered(task, answer, status, confirmed)
    return write(work_order, tasks, task, changes, by=by, at=happened)


@transaction.atomic
def answer_all_ok(work_order: WorkOrder, *, by: Member | None, at: dt.datetime | None = None) -> list[Task]:
    """Set every open tick and pass/fail step to OK, where the job allows it; the exceptions are flagged afterwards."""
    work_order = writing.lock(work_order)
    permissions.require_work(by, work_order)
    refuse_kept(work_order)
    if not work_order.all_ok_allowed:
        raise Conflict(
            "The steps of this job are answered one by one.",
            code="all_ok_not_allowed",
            headline="Cannot answer all steps at once",
        )
    happened = writing.happened_at(work_order, at)
    tasks = checklist.tasks_of(work_order)
    changed = []
    for task in tasks:
        open_one = task.status not in TASK_SETTLED and task.kind in (TaskKind.TICK, TaskKind.PASS_FAIL)
        # Asked anew for each: an answer given here may decide whether a later step is asked.
        if open_one and task.pk in checklist.applicable(tasks):
            task.status = TaskStatus.COMPLETED
            task.answer_text = "pass" if task.kind == TaskKind.PASS_FAIL else ""
            task.completed_by, task.completed_at = by, happened
            task.version += 1
            changed.append(task)
    if changed:
        Task.objects.filter(pk__in=[task.pk for task in changed]).update(
            status=TaskStatus.COMPLETED,
            answer_text=Case(When(kind=TaskKind.PASS_FAIL, then=Value("pass")), default=Value("")),
            completed_by=by,
            completed_at=happened,
            version=F("version") + 1,
        )
        named = {"step": [None, f"{len(changed)} steps"], "answer": ["", "OK"]}
        told(work_order, "tasks_answered", tasks, by=by, changes=named, at=happened)
    return changed


@transaction.atomic
def waive_task(task: Task, *, by: Member, reason: str, expected_version: int | None = None) -> Task:
    """Let the job be completed without this step, by name and with the reason."""
    work_order, tasks, task = lock(task, expected_version)
    require(by, "workorder.waive")
    refuse_kept(work_order)
    reason = reason.strip()
    if not reason or len(reason) > 500:
        raise Invalid({"reason": "Say why, in at most 500 characters."}, headline=HEADLINE)
    if task.status in checklist.ANSWERED:
        raise Conflict("This step is done; there is nothing to waive.", code="answered", headline="Cannot waive task")
    now = writing.happened_at(work_order, None)
    values = NOTHING | {"status": TaskStatus.SKIPPED, "completed_by": by, "completed_at": now}
    changed = writing.apply(task, values | {"waived_by": by, "waived_reason": reason})
    writing.save(task, changed)
    told(work_order, "task_waived", tasks, by=by, task=task, changes={"reason": [None, reason]})
    return task


def file_added(task: Task, *, by: Member | None, at: dt.datetime | None = None) -> None:
    """For the acts that add photos and signatures, inside their transaction: the step that asked for one is answered by it."""
    work_order, tasks, task = lock(task, None)
    if (
        task.kind not in checklist.BY_FILE
        or task.status in TASK_SETTLED
        or not takes_files(task, tasks, work_order, by)
    ):
        return
    if has_file(task):
        happened = writing.happened_at(work_order, at)
        write(work_order, tasks, task, NOTHING | {"status": TaskStatus.COMPLETED}, by=by, at=happened)


def file_removed(task: Task, *, by: Member | None) -> None:
    """The other way round: without its last file the step is open again."""
    work_order, tasks, task = lock(task, None)
    if task.kind not in checklist.BY_FILE or work_order.meaning in checklist.KEPT:
        return
    if task.status == TaskStatus.COMPLETED and not has_file(task):
        now = writing.happened_at(work_order, None)
        write(work_order, tasks, task, NOTHING | {"status": TaskStatus.PENDING}, by=by, at=now)


def takes_files(task: Task, tasks: Sequence[Task], work_order: WorkOrder, by: Member | None) -> bool:
    asked = task.pk in checklist.applicable(tasks)
    return asked and work_order.meaning not in checklist.KEPT and permissions.can_work(by, work_order)


# --- What an answer means ---------------------------------------------------------------------------------------------
def refuse_not_asked(task: Task, tasks: Sequence[Task]) -> None:
    if task.pk in checklist.applicable(tasks):
        return
    on = next(one for one in tasks if one.pk == task.condition_on_id)
    raise Conflict(
        f"This step is asked only {checklist.condition_words(task, on)}.",
        code="not_asked",
        headline="Cannot answer task",
    )


def extras(notes: Any, actual_minutes: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if notes is not KEEP:
        found["notes"] = (notes or "").strip()
        if len(found["notes"]) > 10_000:
            raise Invalid({"notes": "Notes have at most 10,000 characters."}, headline=HEADLINE)
    if actual_minutes is not KEEP:
        if actual_minutes is not None and not 0 <= actual_minutes <= 100_000:
            raise Invalid({"actual_minutes": "Minutes lie between 0 and 100,000."}, headline=HEADLINE)
        found["actual_minutes"] = actual_minutes
    return found


def answered(task: Task, answer: Any, status: str, confirmed: bool) -> dict[str, Any]:
    """The status and the kept answer that were meant."""
    if status and status not in TaskStatus.values:
        raise Invalid({"status": f"Use one of {', '.join(TaskStatus.values)}."}, headline=HEADLINE)
    if status and status not in checklist.ANSWERED:
        return NOTHING | {"status": status}
    if answer is None or (isinstance(answer, str) and not answer.strip()):
        if not status:
            return NOTHING | {"status": TaskStatus.PENDING}
        answer = KEEP
    found = by_kind(task, answer, status, confirmed)
    failed = found["status"] == TaskStatus.FAILED and found["answer_number"] is None
    if status == TaskStatus.COMPLETED and failed:
        raise Invalid({"status": "The answer says that the step failed."}, headline=HEADLINE)
    return found


def by_kind(task: Task, answer: Any, status: str, confirmed: bool) -> dict[str, Any]:
    if task.kind in checklist.MEASURED:
        return measured(task, answer, status, confirmed)
    if task.kind in checklist.BY_FILE:
        return filed(task, answer, status)
    if task.kind in (TaskKind.TICK, TaskKind.PASS_FAIL):
        return decided(task, answer, status)
    failed = status == TaskStatus.FAILED
    text = (answer if isinstance(answer, str) else "").strip() or ("" if answer is not KEEP else task.answer_text)
    if task.kind == TaskKind.CHOICE:
        text = next((option for option in task.options if option.casefold() == text.casefold()), "")
        sentence = f"Choose one of {', '.join(task.options)}."
    else:
        sentence = "Write what you found, in at most 10,000 characters."
    if (not text and not (failed and answer is KEEP)) or len(text) > 10_000:
        raise Invalid({"answer": sentence}, headline=HEADLINE)
    return {**NOTHING, "status": TaskStatus.FAILED if failed else TaskStatus.COMPLETED, "answer_text": text}


def measured(task: Task, answer: Any, status: str, confirmed: bool) -> dict[str, Any]:
    number = task.answer_number if answer is KEEP else checklist.as_number(answer)
    if number is None:
        if status == TaskStatus.FAILED and answer is KEEP:
            return NOTHING | {"status": TaskStatus.FAILED}
        raise Invalid({"answer": f"Give the reading as a number{unit(task)}."}, headline=HEADLINE)
    found = {**NOTHING, "status": status or TaskStatus.COMPLETED, "answer_number": number}
    if sentence := checklist.outside(task, number):
        if not confirmed and status != TaskStatus.FAILED:
            raise Conflict(
                f"{sentence} Measure again, or confirm the reading.",
                code="out_of_limits",
                field="answer",
                headline="Reading is outside its limits",
            )
        found["status"] = TaskStatus.FAILED
    return found


def unit(task: Task) -> str:
    return f" in {task.unit}" if task.unit else ""


def filed(task: Task, answer: Any, status: str) -> dict[str, Any]:
    what = "photo" if task.kind == TaskKind.PHOTO else "signature"
    if status != TaskStatus.FAILED and not has_file(task):
        raise Invalid({"answer": f"Add the {what} first; it is the answer."}, headline=HEADLINE)
    if answer is not KEEP and answer is not True:
        raise Invalid({"answer": f"The {what} itself is the answer."}, headline=HEADLINE)
    return NOTHING | {"status": status or TaskStatus.COMPLETED}


def has_file(task: Task) -> bool:
    if task.kind == TaskKind.PHOTO:
        return WorkOrderMedia.objects.filter(task=task, file__state__in=HERE).exists()
    return Signature.objects.filter(task=task).exists()


def decided(task: Task, answer: Any, status: str) -> dict[str, Any]:
    """Yes or no; a tick that is taken back is open again."""
    word = {True: "pass", False: "fail"}.get(answer) if isinstance(answer, bool) else str(answer).strip().casefold()
    if answer is KEEP:
        good = status == TaskStatus.COMPLETED
    elif task.kind == TaskKind.TICK and answer is False:
        return NOTHING | {"status": TaskStatus.PENDING}
    elif word in YES or word in NO:
        good = word in YES
    else:
        wanted = "true or false" if task.kind == TaskKind.TICK else "pass or fail"
        raise Invalid({"answer": f"Answer {wanted}."}, headline=HEADLINE)
    if good and status == TaskStatus.FAILED:
        raise Invalid({"status": "The answer says that the step is fine."}, headline=HEADLINE)
    text = ("pass" if good else "fail") if task.kind == TaskKind.PASS_FAIL else ""
    return {**NOTHING, "status": TaskStatus.COMPLETED if good else TaskStatus.FAILED, "answer_text": text}


# --- Writing it -------------------------------------------------------------------------------------------------------
def write(
    work_order: WorkOrder,
    tasks: Sequence[Task],
    task: Task,
    changes: Mapping[str, Any],
    *,
    by: Member | None,
    at: dt.datetime,
) -> Task:
    """Keep what really changed, with who and when; the same answer again changes nothing."""
    before = checklist.said(task), task.status
    changed = writing.apply(task, changes)
    if not changed:
        return task
    if {"status", "answer_number", "answer_text"} & set(changed):
        settled = task.status in TASK_SETTLED
        whose = {"completed_by": by if settled else None, "completed_at": at if settled else None}
        changed |= writing.apply(task, whose | {"waived_by": None, "waived_reason": ""})
    writing.save(task, changed)
    if (checklist.said(task), task.status) == before:
        fact, about = "task_updated", {name: pair for name, pair in changed.items() if name != "completed_at"}
    else:
        fact = "task_reopened" if task.status == TaskStatus.PENDING else "task_answered"
        about = {"answer": [before[0], checklist.said(task)]}
    told(work_order, fact, tasks, by=by, task=task, changes=about, at=at)
    return task


def reading_words(number: Decimal | None, task: Task) -> str:
    """ "Reading: 12.5 bar (limits: 4 to 10 bar)" """
    if number is None:
        return ""
    limits = checklist.limits(task)
    return f"Reading: {checklist.with_unit(number, task.unit)}" + (f" (limits: {limits})" if limits else "")
