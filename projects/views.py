"""Pages of projects: the list with budgets, one project with its work."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from core import toasts
from core.errors import NotFound
from core.pages import MemberRequest, go, page, status_of, submit, version_of
from projects import actions
from projects.choices import OPEN, ProjectStatus
from projects.figures import Figures
from projects.forms import ProjectForm
from projects.models import Project, ProjectMember
from projects.querysets import COSTS
from tenancy.models import Member
from tenancy.permissions import may

JOBS_SHOWN = 50
FIELDS = [name for name in ProjectForm.base_fields if name not in ("led_by", "department", "members")]


def sees_money(member: Member) -> bool:
    return may(member, "cost.view", "project.edit")


def one(request: MemberRequest, pk: UUID) -> Any:
    rows = Project.objects.visible_to(request.member).select_related("led_by", "department")
    project = rows.filter(pk=pk).first()
    if project is None:
        raise NotFound("There is no such project.")
    return project


@page()
def projects(request: MemberRequest) -> HttpResponse:
    member: Member = request.member
    every = request.GET.get("over") == "1"
    rows = Project.objects.visible_to(member).select_related("led_by")
    rows = rows.over() if every else rows.open()
    money = sees_money(member)
    found = list(rows.with_figures().order_by("code")[:200])
    here = reverse("projects:list")
    context = {
        "heading": "Projects",
        "money": money,
        "currency": member.tenant.currency,
        "ranges": [("Running", here, not every), ("Over", f"{here}?over=1", every)],
        "add_href": reverse("projects:add") if may(member, "project.edit") else "",
        "projects": [
            {"project": project, "figures": Figures.of(project) if money else None, "href": shown(project)}
            for project in found
        ],
        "every": every,
    }
    return render(request, "projects/list.html", context)


def cost_of(job: Any) -> Decimal:
    return sum((getattr(job, name) or Decimal(0) for name in COSTS), Decimal(0))


def shown(project: Project) -> str:
    return reverse("projects:project", args=[project.pk])


@page()
def project(request: MemberRequest, pk: UUID) -> HttpResponse:
    member: Member = request.member
    found = one(request, pk)
    figured: Any = Project.objects.filter(pk=pk).with_figures().get()
    edits = may(member, "project.edit")
    jobs = found.work_orders.visible_to(member).select_related("status", "assigned_to__member")
    context = {
        "project": found,
        "crumbs": [("Projects", reverse("projects:list"))],
        "status_css": {"active": "in_progress", "planned": "open"}.get(found.status, found.status),
        "figures": Figures.of(figured) if sees_money(member) else None,
        "currency": member.tenant.currency,
        "jobs_total": figured.jobs,
        "jobs_open": figured.open_jobs,
        "jobs": [(job, cost_of(job)) for job in jobs.order_by("-created_at", "-pk")[:JOBS_SHOWN]],
        "jobs_href": f"/work-orders?open=any&projectId={found.pk}",
        "sees_list": may(member, "workorder.view_all", "workorder.view_own"),
        "people": list(
            ProjectMember.objects.filter(project=found).order_by("member__name").values_list("member__name", flat=True)
        ),
        "edit_href": reverse("projects:edit", args=[pk]) if edits else "",
        "close_href": reverse("projects:close", args=[pk]) if edits and found.status in OPEN else "",
    }
    return render(request, "projects/detail.html", context)


@page("project.edit")
def add(request: MemberRequest) -> HttpResponse:
    form = ProjectForm(posted(request), by=request.member)
    done = submit(form, lambda data: actions.add_project(by=request.member, **data)) if form.is_bound else None
    if done is None:
        return ask(request, "Add a project", form, reverse("projects:list"))
    toasts.say(request, f"{done.code}: added.")
    return go(request, shown(done))


@page("project.edit")
def edit(request: MemberRequest, pk: UUID) -> HttpResponse:
    found = one(request, pk)
    initial = {name: getattr(found, name) for name in FIELDS} | {
        "led_by": found.led_by_id,
        "department": found.department_id,
        "members": list(found.members.values_list("member_id", flat=True)),
    }
    form = ProjectForm(posted(request), by=request.member, initial=initial)
    done = None
    if form.is_bound:
        done = submit(
            form,
            lambda data: actions.update_project(
                found, by=request.member, changes=data, expected_version=version_of(request)
            ),
        )
    if done is None:
        return ask(request, found.name, form, shown(found), version=found.version)
    toasts.say(request, f"{done.code}: saved.")
    return go(request, shown(done))


@page("project.edit")
@require_POST
def close(request: MemberRequest, pk: UUID) -> HttpResponse:
    """End it; `cancel` in the form says it will not be finished. Undo leads back to the status before."""
    found = one(request, pk)
    cancel = request.POST.get("cancel") == "1"
    done = actions.close_project(found, by=request.member, cancel=cancel)
    word = ProjectStatus(done.status).label.lower()
    toasts.say(request, f"{done.code} is {word}. It can be opened again under Edit.")
    return redirect("projects:project", pk)


def posted(request: MemberRequest) -> Any:
    return request.POST if request.method == "POST" else None


def ask(request: MemberRequest, heading: str, form: Any, back: str, **context: Any) -> HttpResponse:
    context |= {"heading": heading, "form": form, "back_href": back}
    return render(request, "projects/form.html", context, status=status_of(form))
