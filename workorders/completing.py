"""What completing a work order still needs. Each check is one small function; all of them are asked, so that people hear
everything at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import Conflict
from media.choices import HERE, MediaKind
from workorders import checklist
from workorders.models import Signature, Task, WorkOrder, WorkOrderMedia


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that is missing. `path` names it in the API, `href_part` is the place on the page where it is given, `short`
    are the words for it in an enumeration."""

    code: str
    text: str
    href_part: str
    path: str
    short: str = ""


class Incomplete(Conflict):
    """Completing needs more; `missing` is the list."""

    code = "incomplete"
    headline = "Cannot complete work order"

    def __init__(self, missing: Sequence[Missing]) -> None:
        self.missing = list(missing)
        told = ", ".join(one.short or one.text.rstrip(".") for one in self.missing[:12])
        super().__init__(
            f"Still missing: {told}{', …' if len(self.missing) > 12 else '.'}",
            extra={"details": {one.path: one.text for one in self.missing}},
        )


def missing(
    work_order: WorkOrder, *, changes: Mapping[str, Any] | None = None, tasks: Sequence[Task] | None = None
) -> list[Missing]:
    """Everything that is missing, with `changes` (what is written together with the completion) taken into account."""
    asked = Asked(work_order, changes or {}, checklist.tasks_of(work_order) if tasks is None else tasks)
    return [one for check in CHECKS for one in check(asked)]


@dataclass(frozen=True, slots=True)
class Asked:
    work_order: WorkOrder
    changes: Mapping[str, Any]
    tasks: Sequence[Task]

    def filled(self, *names: str) -> bool:
        return any(self.changes.get(name) or getattr(self.work_order, name) for name in names)


def undone(tasks: Sequence[Task]) -> list[Task]:
    """The required steps that apply and are neither done nor waived."""
    applicable = checklist.applicable(tasks)
    return [task for task in tasks if task.required and task.pk in applicable and not checklist.is_done(task)]


def steps(asked: Asked) -> list[Missing]:
    place = {task.pk: index for index, task in enumerate(asked.tasks)}
    return [
        Missing(
            "task",
            f"Step {task.position} is not done: {task.description}",
            f"#task-{task.pk}",
            f"tasks[{place[task.pk]}]",
            f"step {task.position}",
        )
        for task in undone(asked.tasks)
    ]


def photo(asked: Asked) -> list[Missing]:
    if not asked.work_order.needs_photo:
        return []
    photos = WorkOrderMedia.objects.filter(
        work_order=asked.work_order, file__kind=MediaKind.IMAGE, file__state__in=HERE
    )
    return (
        []
        if photos.exists()
        else [Missing("photo", "A photo of the work is missing.", "#panel-media", "photo", "a photo")]
    )


def signature(asked: Asked) -> list[Missing]:
    if not asked.work_order.needs_signature:
        return []
    if Signature.objects.filter(work_order=asked.work_order, task=None).exists():
        return []
    return [Missing("signature", "A signature is missing.", "#panel-signatures", "signature", "a signature")]


def failure_code(asked: Asked) -> list[Missing]:
    if not asked.work_order.needs_failure_code:
        return []
    if asked.filled("problem_id", "problem"):
        return []
    sentence = "Say what failed: choose a failure code."
    return [Missing("failure_code", sentence, "#panel-failure", "failureCode", "a failure code")]


CHECKS: tuple[Callable[[Asked], list[Missing]], ...] = (steps, photo, signature, failure_code)
