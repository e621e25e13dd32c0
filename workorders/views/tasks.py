"""Doors of a work order's checklist. Each answers with the page, or with the panel alone where a script asked for it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from core import toasts
from core.errors import NotFound
from core.pages import MemberRequest, go, page, status_of, submit, version_of
from workorders import actions, checklist
from workorders.forms.orders import ReasonForm
from workorders.forms.tasks import AnswerForm, NewStepsForm, StepForm, initial_of
from workorders.models import Task, WorkOrder
from workorders.panels import tasks as panel
from workorders.views.acts import found, shown


def seen(request: MemberRequest, pk: UUID, task_pk: UUID) -> Task:
    work_order, task = found(request, pk), None
    if checklist.sees(request.member):
        task = Task.objects.select_related("completed_by").filter(work_order=work_order, pk=task_pk).first()
    if task is None:
        raise NotFound("There is no such step.", headline="Task not found")
    task.work_order = work_order
    return task


def answer(
    request: MemberRequest,
    work_order: WorkOrder,
    *,
    task: Task | None = None,
    said: dict[UUID, dict[str, Any]] | None = None,
    status: int = 200,
) -> HttpResponse:
    """After an act: the panel for the script that asked, else back to the step on the page; a refusal is shown at its step."""
    if not getattr(request, "htmx", None) and not said:
        return go(request, shown(work_order) + (f"#task-{task.pk}" if task else "#panel-tasks"))
    work_order = found(request, work_order.pk)
    context = {"panel": panel.context(work_order, request.member, said)}
    if getattr(request, "htmx", None):
        return render(request, "workorders/panels/tasks.html", context, status=status)
    return render(request, "workorders/tasks.html", context | framed(work_order), status=status)


def framed(work_order: WorkOrder) -> dict[str, Any]:
    return {"work_order": work_order, "crumbs": [(work_order.number, shown(work_order))]}


@page()
def tasks(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The checklist alone: a page of its own, and what the panel's script fetches when somebody else has answered."""
    work_order = found(request, pk)
    if not checklist.sees(request.member):
        raise NotFound("There is no such page.")
    context = {"panel": panel.context(work_order, request.member)}
    if getattr(request, "htmx", None):
        return render(request, "workorders/panels/tasks.html", context)
    return render(request, "workorders/tasks.html", context | framed(work_order))


@page()
@require_POST
def task_answer(request: MemberRequest, pk: UUID, task_pk: UUID) -> HttpResponse:
    task = seen(request, pk, task_pk)
    form = AnswerForm(request.POST)
    version = version_of(request)
    done = submit(
        form, lambda data: actions.answer_task(task, by=request.member, expected_version=version, **form.given())
    )
    if done is None:
        said = {task.pk: refusal(seen(request, pk, task_pk), form, version)}
        return answer(request, task.work_order, task=task, said=said, status=422)
    return answer(request, task.work_order, task=task)


def refusal(task: Task, form: forms.Form, version: int | None) -> dict[str, Any]:
    """What to tell at the step: somebody else's answer, a reading to confirm, or the sentence of the act."""
    typed = {name: form.data[name] for name in ("answer", "status", "notes", "actual_minutes") if name in form.data}
    told = {"typed": typed, "again": False, "confirm": "", "version": task.version}
    if version is not None and version != task.version:
        who = task.completed_by.name if task.completed_by else "Somebody"
        now = checklist.said(task) or "open again"
        told |= {"text": f"{who} changed this step in the meantime: {now}. Yours is not saved.", "again": True}
        return told
    number = checklist.as_number(typed.get("answer"))
    if task.kind in checklist.MEASURED and number is not None and (sentence := checklist.outside(task, number)):
        return told | {
            "text": f"{sentence} Measure again, or confirm it.",
            "confirm": checklist.with_unit(number, task.unit),
        }
    return told | {"text": " ".join(str(text) for texts in form.errors.values() for text in texts)}


@page()
@require_POST
def tasks_all_ok(request: MemberRequest, pk: UUID) -> HttpResponse:
    work_order = found(request, pk)
    changed = actions.answer_all_ok(work_order, by=request.member)
    toasts.say(request, f"{len(changed)} steps are OK. Now flag what is not.")
    return answer(request, work_order)


@page()
@require_POST
def task_move(request: MemberRequest, pk: UUID, task_pk: UUID) -> HttpResponse:
    """To a place (`to`), or one place up or down (`by`)."""
    task = seen(request, pk, task_pk)
    form = MoveForm(request.POST)

    def move(data: dict[str, Any]) -> Task:
        to = data["to"] or max(1, task.position + (data["by"] or 0))
        return actions.move_task(task, by=request.member, to=to)

    if submit(form, move) is None:
        return answer(request, task.work_order, task=task, said={task.pk: refusal(task, form, None)}, status=422)
    return answer(request, task.work_order, task=task)


class MoveForm(forms.Form):
    to = forms.IntegerField(required=False, min_value=1, max_value=10_000)
    by = forms.IntegerField(required=False, min_value=-1, max_value=1)


@page()
@require_POST
def task_remove(request: MemberRequest, pk: UUID, task_pk: UUID) -> HttpResponse:
    task = seen(request, pk, task_pk)
    form = forms.Form(request.POST)
    if submit(form, lambda data: actions.remove_task(task, by=request.member) or True) is None:
        return answer(request, task.work_order, task=task, said={task.pk: refusal(task, form, None)}, status=422)
    return answer(request, task.work_order)


@page("workorder.create")
@require_POST
def task_follow_up(request: MemberRequest, pk: UUID, task_pk: UUID) -> HttpResponse:
    task = seen(request, pk, task_pk)
    form = forms.Form(request.POST)
    made = submit(form, lambda data: actions.follow_up_task(task, by=request.member))
    if made is None:
        return answer(request, task.work_order, task=task, said={task.pk: refusal(task, form, None)}, status=422)
    if not getattr(request, "htmx", None):
        toasts.say(request, f"{made.number} follows up on step {task.position}.")
    return answer(request, task.work_order, task=task)


WAIVE = {
    "name": "waive",
    "title": "Leave this step out?",
    "button": "Waive the step",
    "back": "Back",
    "text": "The work can be completed without it. Your name and the reason are kept.",
}


@page("workorder.waive")
def task_waive(request: MemberRequest, pk: UUID, task_pk: UUID) -> HttpResponse:
    task = seen(request, pk, task_pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST":
        done = submit(form, lambda data: actions.waive_task(task, by=request.member, reason=data["reason"]))
        if done is not None:
            toasts.say(request, f"Step {task.position} is waived.", draft=f"waive-{task.pk}")
            return go(request, f"{shown(task.work_order)}#task-{task.pk}")
    return ask(request, task.work_order, WAIVE, form, draft=f"waive-{task.pk}", subject=task.description)


ADD = {"name": "task-add", "title": "Add steps", "button": "Add", "back": "Back"}
EDIT = {"name": "task", "title": "Change this step", "button": "Save", "back": "Back"}


@page()
def task_add(request: MemberRequest, pk: UUID) -> HttpResponse:
    work_order = found(request, pk)
    if not checklist.sees(request.member):
        raise NotFound("There is no such page.")
    member, earlier = request.member, checklist.tasks_of(work_order)
    if request.method != "POST":
        return ask(request, work_order, ADD, NewStepsForm(member=member, earlier=earlier))
    form = NewStepsForm(request.POST, member=member, earlier=earlier)
    done = submit(
        form, lambda data: actions.add_tasks(work_order, by=member, steps=form.steps()), names=form_names(form)
    )
    if done is None:
        return ask(request, work_order, ADD, form)
    said = f"“{done[0].description}” is added." if len(done) == 1 else f"{len(done)} steps are added."
    toasts.say(request, said, draft=f"task-add-{pk}")
    return go(request, f"{shown(work_order)}#task-{done[0].pk}")


def form_names(form: forms.Form) -> dict[str, str]:
    """All lines of the form are refused in the same words."""
    return {f"tasks[{index}].{name}": name for index in range(500) for name in form.fields}


@page()
def task(request: MemberRequest, pk: UUID, task_pk: UUID) -> HttpResponse:
    """Change what a step asks."""
    step = seen(request, pk, task_pk)
    member, work_order = request.member, step.work_order
    earlier = [one for one in checklist.tasks_of(work_order) if one.position < step.position]
    if request.method != "POST":
        form: StepForm = StepForm(initial=initial_of(step), member=member, earlier=earlier)
        return ask(request, work_order, EDIT, form, version=step.version, draft=f"task-{step.pk}")
    form = StepForm(request.POST, member=member, earlier=earlier)
    done = submit(
        form,
        lambda data: actions.update_task(step, by=member, changes=data, expected_version=version_of(request)),
    )
    if done is None:
        return ask(request, work_order, EDIT, form, version=step.version, draft=f"task-{step.pk}")
    toasts.say(request, f"Step {step.position} is changed.", draft=f"task-{step.pk}")
    return go(request, f"{shown(work_order)}#task-{step.pk}")


def ask(
    request: MemberRequest,
    work_order: WorkOrder,
    act: dict[str, Any],
    form: forms.Form,
    *,
    version: int | None = None,
    draft: str = "",
    subject: str = "",
) -> HttpResponse:
    back = shown(work_order)
    context = {
        "act": act,
        "form": form,
        "version": work_order.version if version is None else version,
        "subject": f"{work_order.number} · {subject or work_order.title}",
        "back_href": f"{back}#panel-tasks",
        "draft": draft or f"task-add-{work_order.pk}",
        "crumbs": [(work_order.number, back)],
    }
    return render(request, "workorders/act.html", context, status=status_of(form))
