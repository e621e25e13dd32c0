"""Job plans: find, look at, write, revise, copy, retire; take over the starter library; use one for a work order."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from assets.models import Category
from core import relative_time, toasts
from core.errors import NotFound
from core.pages import MemberRequest, fragment, go, page, status_of, submit, version_of
from tenancy.permissions import may
from workorders import actions, plans
from workorders.choices import ConditionOperator, TaskKind
from workorders.filters import JobPlanFilter
from workorders.forms.jobplans import LibraryForm, PlanEditor
from workorders.library.jobplans import shipped_plans
from workorders.models import JobPlan, JobPlanVersion, WorkOrder
from workorders.plans import Content

SHOWN = 200
USES_SHOWN = 10
ICONS: dict[str, str] = {
    TaskKind.TICK: "square-check",
    TaskKind.PASS_FAIL: "circle-check",
    TaskKind.NUMBER: "gauge",
    TaskKind.CHOICE: "list-ordered",
    TaskKind.TEXT: "pencil",
    TaskKind.PHOTO: "camera",
    TaskKind.SIGNATURE: "pencil",
    TaskKind.METER: "gauge",
}


def found(request: MemberRequest, pk: UUID) -> JobPlan:
    plan = plans.visible_to(request.member).select_related("category").filter(pk=pk).first()
    if plan is None:
        raise NotFound("There is no such job plan.", headline="Job plan not found")
    return plan


def shown(plan: JobPlan) -> str:
    return reverse("workorders:job_plan", args=[plan.pk])


LISTED = [("Job plans", "workorders:job_plans")]


def crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(label, reverse(name)) for label, name in LISTED] + list(more)


@page("jobplan.edit", "workorder.create")
def job_plans(request: MemberRequest) -> HttpResponse:
    member = request.member
    text, category = request.GET.get("search", "").strip()[:200], request.GET.get("categoryId", "")
    archived = request.GET.get("archived", "")
    given = {"search": text, "categoryId": category, "archived": "true" if archived == "true" else ""}
    params = QueryDict(mutable=True)
    params.update({name: value for name, value in given.items() if value})
    rows = plans.with_newest(JobPlanFilter(params, plans.visible_to(member), member=member).rows())
    rows = rows.select_related("category").order_by("name")
    page_of = list(rows[: SHOWN + 1])
    uses = dict(
        WorkOrder.objects.visible_to(member)
        .filter(plan_version__plan__in=[plan.pk for plan in page_of])
        .order_by()
        .values_list("plan_version__plan")
        .annotate(number=Count("pk"))
    )
    context = {
        "heading": "Job plans",
        "plans": [
            {
                "plan": plan,
                "href": shown(plan),
                "minutes": relative_time.hours(plan.newest_minutes),  # type: ignore[attr-defined]
                "uses": uses.get(plan.pk, 0),
                "category": plan.category.name if plan.category else "",
            }
            for plan in page_of[:SHOWN]
        ],
        "more": len(page_of) > SHOWN,
        "text": text,
        "category": category,
        "archived": archived == "true",
        "categories": [
            (str(pk), name)
            for pk, name in Category.objects.filter(tenant_id=member.tenant_id).values_list("pk", "name")
        ],
        "filtered": bool(params),
        "may_edit": may(member, "jobplan.edit"),
        "here": reverse("workorders:job_plans"),
    }
    return fragment(request, "workorders/jobplans.html", context)


def preview(content: Content) -> list[dict[str, Any]]:
    """The steps as the technician will see them."""
    return [
        step
        | {
            "place": place,
            "icon": ICONS[step["kind"]],
            "label": TaskKind(step["kind"]).label,
            "limits": plans.limits(step),
            "when": f"Only when step {step['condition_on']} {ConditionOperator(step['condition_operator']).label}"
            f" “{step['condition_value']}”"
            if step["condition_on"]
            else "",
        }
        for place, step in enumerate(content["steps"], start=1)
    ]


@page("jobplan.edit", "workorder.create")
def job_plan(request: MemberRequest, pk: UUID) -> HttpResponse:
    member, plan = request.member, found(request, pk)
    versions = list(
        JobPlanVersion.objects.filter(plan=plan).select_related(*plans.RELATED, "made_by").order_by("number")
    )
    steps, lines = plans.steps_of(one.pk for one in versions), plans.parts_of(one.pk for one in versions)
    contents = [plans.told(one, steps[one.pk], lines[one.pk]) for one in versions]
    jobs = WorkOrder.objects.visible_to(member).filter(plan_version__plan=plan)
    numbers = dict(jobs.order_by().values_list("plan_version").annotate(number=Count("pk")))
    last, now = versions[-1], contents[-1]
    context = {
        "plan": plan,
        "version": last,
        "crumbs": crumbs(),
        "steps": preview(now),
        "parts": [{"part": line["part"], "told": plans.quantity(line)} for line in now["parts"]],
        "minutes": relative_time.hours(last.estimated_minutes),
        "asks": [plans.FIELDS[name] for name in plans.FLAGS if now[name]],
        "versions": [
            {
                "version": one,
                "by": one.made_by.name if one.made_by else "Millwright",
                "changes": plans.differences(contents[place - 1], contents[place]) if place else [],
                "uses": numbers.get(one.pk, 0),
            }
            for place, one in reversed(list(enumerate(versions)))
        ],
        "jobs": [
            {"id": pk, "number": number, "title": title, "version": version}
            for pk, number, title, version in jobs.order_by("-created_at").values_list(
                "pk", "number", "title", "plan_version__number"
            )[:USES_SHOWN]
        ],
        "uses": sum(numbers.values()),
        "may_edit": may(member, "jobplan.edit"),
        "use_href": f"{reverse('workorders:report')}?plan={plan.pk}" if may(member, "workorder.create") else "",
        "today": timezone.localdate(),
    }
    return render(request, "workorders/jobplans_detail.html", context)


def edited(request: MemberRequest, editor: PlanEditor, **context: Any) -> HttpResponse:
    context |= {"editor": editor, "kinds": TaskKind.choices, "parts_href": "/api/v1/parts"}
    status = 200 if editor.looking else status_of(editor)  # type: ignore[arg-type]
    return render(request, "workorders/jobplans_edit.html", context, status=status)


@page("jobplan.edit")
def add(request: MemberRequest) -> HttpResponse:
    editor = PlanEditor(request.POST if request.method == "POST" else None, member=request.member)
    if editor.is_bound and not editor.looking:
        made = submit(
            editor,  # type: ignore[arg-type]
            lambda data: actions.write_plan(by=request.member, content=data["content"], **data["changes"]),
        )
        if made:
            toasts.say(request, f"{made.name}: written.", draft="plan-new")
            return go(request, shown(made))
    return edited(
        request, editor, heading="New job plan", button="Save the plan", draft="plan-new",
        back_href=reverse("workorders:job_plans"), crumbs=crumbs(),
    )  # fmt: skip


@page("jobplan.edit")
def edit(request: MemberRequest, pk: UUID) -> HttpResponse:
    plan = found(request, pk)
    last = plans.newest(plan)
    editor = PlanEditor(
        request.POST if request.method == "POST" else None,
        member=request.member,
        plan=plan,
        content=plans.content_of(last),
    )
    if editor.is_bound and not editor.looking:
        version = version_of(request)
        done = submit(
            editor,  # type: ignore[arg-type]
            lambda data: actions.revise_plan(plan, by=request.member, expected_version=version, **data),
        )
        if done:
            number = plans.newest(done).number
            said = f"saved as version {number}" if number != last.number else "saved"
            toasts.say(request, f"{done.name}: {said}.", draft=f"plan-{pk}")
            return go(request, shown(done))
    return edited(
        request, editor, heading=f"Revise {plan.name}", button="Save as next version", draft=f"plan-{pk}",
        back_href=shown(plan), crumbs=crumbs((plan.name, shown(plan))),
        version=request.POST.get("version") if editor.looking else plan.version,
        lede=f"Version {last.number} stays as it is for the work orders made from it.",
    )  # fmt: skip


@page("jobplan.edit")
@require_POST
def copy(request: MemberRequest, pk: UUID) -> HttpResponse:
    made = actions.copy_plan(found(request, pk), by=request.member)
    toasts.say(request, f"{made.name}: copied. Change what differs.")
    return go(request, reverse("workorders:job_plan_edit", args=[made.pk]))


@page("jobplan.edit")
@require_POST
def switch(request: MemberRequest, pk: UUID) -> HttpResponse:
    plan = found(request, pk)
    plan = (actions.archive_plan if plan.is_active else actions.restore_plan)(plan, by=request.member)
    toasts.say(request, f"{plan.name}: {'in use again' if plan.is_active else 'out of use'}.", undo=request.path)
    return go(request, shown(plan))


@page("jobplan.edit")
def library(request: MemberRequest) -> HttpResponse:
    member = request.member
    there = dict(
        JobPlan.objects.filter(tenant_id=member.tenant_id).exclude(library_key="").values_list("library_key", "pk")
    )
    keys = [one.key for one in shipped_plans()]
    form = LibraryForm(request.POST if request.method == "POST" else None, keys=keys)
    if form.is_bound:
        made = submit(form, lambda data: actions.install_plans(by=member, keys=data["keys"]))
        if made is not None:
            toasts.say(request, f"{len(made)} job plans taken over." if made else "They are there already.")
            return go(request, reverse("workorders:job_plans"))
    context = {
        "heading": "Starter library",
        "crumbs": crumbs(),
        "form": form,
        "groups": [
            {"name": name, "plans": [{"plan": one, "pk": there.get(one.key)} for one in group]}
            for name, group in groupby(shipped_plans(), key=lambda one: one.group)
        ],
        "left": len(keys) - len(there.keys() & set(keys)),
    }
    return render(request, "workorders/jobplans_library.html", context, status=status_of(form))


# --- From and to work orders ------------------------------------------------------------------------------------------
@page("jobplan.edit")
@require_POST
def keep(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Save a work order as a job plan and go on to its editor."""
    work_order = WorkOrder.objects.get_visible(request.member, pk)
    made = actions.plan_from_work_order(work_order, by=request.member)
    toasts.say(request, f"Saved as the job plan “{made.name}”. Change what is particular to this job.")
    return go(request, reverse("workorders:job_plan_edit", args=[made.pk]))


@page("workorder.edit")
def apply(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Choose the plan that a work order is given."""
    member = request.member
    work_order = WorkOrder.objects.get_visible(member, pk)
    back = reverse("workorders:detail", args=[pk])
    if request.method == "POST":
        plan = found(request, as_uuid(request.POST.get("plan", "")))
        actions.apply_plan(work_order, by=member, plan=plan, expected_version=version_of(request))
        toasts.say(request, f"{work_order.number}: “{plan.name}” applied.")
        return go(request, back)
    text = request.GET.get("search", "").strip()[:200]
    params = QueryDict(mutable=True)
    params.update({"search": text} if text else {})
    rows = plans.with_newest(JobPlanFilter(params, plans.visible_to(member), member=member).rows())
    category = work_order.asset.category_id if work_order.asset else None
    offered = sorted(rows.order_by("name")[:SHOWN], key=lambda plan: plan.category_id != category or category is None)
    context = {
        "heading": "Apply a job plan",
        "subject": f"{work_order.number} · {work_order.title}",
        "version": work_order.version,
        "crumbs": [(work_order.number, back)],
        "back_href": back,
        "text": text,
        "plans": [
            {
                "plan": plan,
                "minutes": relative_time.hours(plan.newest_minutes),  # type: ignore[attr-defined]
                "href": shown(plan),
            }
            for plan in offered
        ],
    }
    return render(request, "workorders/jobplans_apply.html", context)


def as_uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("There is no such job plan.", headline="Job plan not found") from None
