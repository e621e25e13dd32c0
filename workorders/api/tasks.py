"""The checklist of a work order in the API."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request

from core.api import query
from core.api.serializers import Deleted, Nothing
from core.api.views import Answer
from workorders import actions, checklist
from workorders.actions.tasks import DEFINITION
from workorders.api.orders import WorkOrderEndpoint
from workorders.models import Task, WorkOrder
from workorders.serializers import tasks as serializers
from workorders.serializers.orders import WorkOrderFull
from workorders.serializers.tasks import AddTask, FollowUpTask, MoveTask, TaskList, TaskShape, UpdateTask, WaiveTask


class TaskEndpoint(WorkOrderEndpoint):
    """What the addresses below `tasks` share."""

    noun = "Task"
    names = serializers.NAMES

    def told(self, path: str) -> str:
        return super().told(path.removeprefix("tasks[0]."))

    def steps(self, work_order: WorkOrder) -> list[Task]:
        if not checklist.sees(self.member):
            return []
        return checklist.tasks_of(work_order, "completed_by")

    def task(self, work_order: WorkOrder, task_id: str) -> Task:
        pk = query.uuid_or_none(task_id)
        found = next((task for task in self.steps(work_order) if task.pk == pk), None)
        if found is None:
            raise self.not_found(task_id, key="taskId")
        return found

    def shown(self, task: Task, *, status: int = 200) -> HttpResponseBase:
        """The step as it is now. Its place may change without its version, so a reader is never told that nothing did."""
        tasks = checklist.tasks_of(task.work_order, "completed_by")
        shape = next(one for one in serializers.shapes(tasks) if one["id"] == task.pk)
        headers = {"ETag": f'"{shape["version"]}"'}
        if status == 201:
            headers["Location"] = f"/api/v1/work-orders/{task.work_order_id}/tasks/{task.pk}"
        return self.answer(shape, status=status, headers=headers)


class Tasks(TaskEndpoint):
    """The steps of a work order, in their order."""

    accepts = {"POST": AddTask}
    answers = {"GET": Answer(TaskList), "POST": Answer(TaskShape, 201)}
    permissions = {"GET": "", "POST": "workorder.edit"}

    def get(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """List the tasks."""
        return self.answer({"tasks": serializers.shapes(self.steps(self.found(work_order_id)))})

    def post(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Add a task; also on one's own job."""
        work_order = self.found(work_order_id)
        data = self.body(AddTask)
        self.refuse_used_id(Task.objects.all(), data.get("id"))
        (task,) = actions.add_tasks(work_order, by=self.member, steps=[data])
        return self.shown(task, status=201)


class OneTask(TaskEndpoint):
    """A single step."""

    accepts = {"PUT": UpdateTask, "PATCH": UpdateTask}
    answers = {
        "GET": Answer(TaskShape),
        "PUT": Answer(TaskShape),
        "PATCH": Answer(TaskShape),
        "DELETE": Answer(Deleted),
    }
    permissions = {"GET": "", "PUT": "workorder.work", "PATCH": "workorder.work", "DELETE": "workorder.edit"}

    def get(self, request: Request, work_order_id: str, task_id: str) -> HttpResponseBase:
        """Get a task."""
        return self.shown(self.task(self.found(work_order_id), task_id))

    def put(self, request: Request, work_order_id: str, task_id: str) -> HttpResponseBase:
        """Answer a task, or change what it asks. Absent fields stay.

        A reading outside its limits is 409 `out_of_limits` until it comes with `confirmed` or as failed.
        """
        task = self.task(self.found(work_order_id), task_id)
        expected = self.expected_version(task.version)
        data = self.body(UpdateTask, partial=True)
        self.change(task, data, expected)
        return self.shown(task)

    def patch(self, request: Request, work_order_id: str, task_id: str) -> HttpResponseBase:
        """The same as PUT."""
        return self.put(request, work_order_id, task_id)

    def delete(self, request: Request, work_order_id: str, task_id: str) -> HttpResponseBase:
        """Delete a task that nobody has answered."""
        task = self.task(self.found(work_order_id), task_id)
        actions.remove_task(task, by=self.member, expected_version=self.expected_version(task.version))
        return self.answer({"message": "Task deleted successfully", "deletedAt": timezone.now()})

    def change(self, task: Task, data: dict[str, Any], expected: int | None) -> None:
        """The acts that a body stands for: change what is asked, move, answer. The first of them meets the version."""
        member, place = self.member, data.pop("position", None)
        asked = differing(task, {name: data.pop(name) for name in list(data) if name in DEFINITION})
        if asked:
            task = actions.update_task(task, by=member, changes=asked, expected_version=expected)
            expected = None
        if place is not None and place != task.position:
            task = actions.move_task(task, by=member, to=place, expected_version=expected)
            expected = None
        if answered := as_answer(task, data):
            actions.answer_task(task, by=member, expected_version=expected, **answered)


def differing(task: Task, data: dict[str, Any]) -> dict[str, Any]:
    """What a body changes of the definition; an answer sent back changes nothing."""
    now = {name: getattr(task, name) for name in data if name not in ("condition_on", "assigned_to")}
    now |= {"condition_on": task.condition_on_id, "assigned_to": task.assigned_to_id}
    return {name: value for name, value in data.items() if getattr(value, "pk", value) != comparable(now[name])}


def comparable(value: Any) -> Any:
    number = checklist.as_number(value) if value.__class__.__name__ == "Decimal" else None
    return value if number is None else float(number)


def as_answer(task: Task, data: dict[str, Any]) -> dict[str, Any]:
    """What a body answers; what was read and is sent back answers nothing."""
    if "answer" in data and same_answer(task, data) and data.get("status", task.status) == task.status:
        data = {name: value for name, value in data.items() if name not in ("answer", "status")}
    elif "answer" in data and data["answer"] is None and data.get("status"):
        data = {name: value for name, value in data.items() if name != "answer"}
    if not data.keys() - {"at", "confirmed"}:
        return {}
    return data


def same_answer(task: Task, data: dict[str, Any]) -> bool:
    now = serializers.answer_of(task)
    given = data["answer"]
    if task.answer_number is not None:
        return checklist.as_number(given) == task.answer_number
    return bool(given is now if isinstance(given, bool) else given == now)


class MoveOneTask(TaskEndpoint):
    """Where a step stands."""

    accepts = {"POST": MoveTask}
    answers = {"POST": Answer(TaskList)}
    permissions = {"POST": "workorder.edit"}

    def post(self, request: Request, work_order_id: str, task_id: str) -> HttpResponseBase:
        """Put a task at another place; answers all of them in their new order."""
        work_order = self.found(work_order_id)
        task = self.task(work_order, task_id)
        expected = self.expected_version(task.version)
        actions.move_task(task, by=self.member, expected_version=expected, **self.body(MoveTask))
        return self.answer({"tasks": serializers.shapes(self.steps(work_order))})


class FollowUpOnTask(TaskEndpoint):
    """What a failed step leads to."""

    accepts = {"POST": FollowUpTask}
    answers = {"POST": Answer(WorkOrderFull, 201)}
    permissions = {"POST": "workorder.create"}

    def post(self, request: Request, work_order_id: str, task_id: str) -> HttpResponseBase:
        """Open a work order for a failed task, with its reading, notes and photos."""
        task = self.task(self.found(work_order_id), task_id)
        expected = self.expected_version(task.version)
        made = actions.follow_up_task(task, by=self.member, expected_version=expected, **self.body(FollowUpTask))
        return self.full(made, status=201)


class WaiveOneTask(TaskEndpoint):
    """For those who may let a job be completed without a step."""

    accepts = {"POST": WaiveTask}
    answers = {"POST": Answer(TaskShape)}
    permissions = {"POST": "workorder.waive"}

    def post(self, request: Request, work_order_id: str, task_id: str) -> HttpResponseBase:
        """Waive a task that was not done, saying why."""
        task = self.task(self.found(work_order_id), task_id)
        expected = self.expected_version(task.version)
        return self.shown(actions.waive_task(task, by=self.member, expected_version=expected, **self.body(WaiveTask)))


class AllOk(TaskEndpoint):
    """Long rounds: everything is fine but for what is flagged afterwards."""

    accepts = {"POST": Nothing}
    answers = {"POST": Answer(TaskList)}
    permissions = {"POST": "workorder.work"}

    def post(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Answer every open tick and pass/fail task with OK, where the job allows it."""
        work_order = self.found(work_order_id)
        self.body(Nothing)
        actions.answer_all_ok(work_order, by=self.member)
        return self.answer({"tasks": serializers.shapes(self.steps(work_order))})
