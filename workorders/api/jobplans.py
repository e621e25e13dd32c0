"""Job plans in the API."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request

from core import pagination
from core.api.serializers import Deleted
from core.api.views import Answer, Endpoint
from tenancy.permissions import require
from workorders import actions, plans
from workorders.api.orders import WorkOrderEndpoint, resolved
from workorders.filters import PLAN_SORTS, JobPlanFilter
from workorders.library.jobplans import shipped_plans
from workorders.models import JobPlan
from workorders.serializers.jobplans import (
    MINUTES,
    PLAN_NAMES,
    ApplyJobPlan,
    ChangeJobPlan,
    CopyJobPlan,
    InstalledPlans,
    InstallJobPlans,
    JobPlanFull,
    JobPlanShape,
    KeepAsJobPlan,
    LibraryPlan,
    WriteJobPlan,
    content_in,
    full,
)
from workorders.serializers.orders import WorkOrderFull


class JobPlanEndpoint(Endpoint):
    noun = "Job plan"
    names = PLAN_NAMES

    def told(self, path: str) -> str:
        """`steps[1].lowest` as `tasks[1].minimum`."""
        head, dot, rest = path.partition(".")
        if not dot:
            return super().told(path)
        return f"{super().told(head)}.{MINUTES if rest == 'estimated_minutes' else self.names.get(rest, rest)}"

    def rows(self) -> Any:
        require(self.member, "workorder.create")
        return plans.visible_to(self.member)

    def found(self, plan_id: str) -> JobPlan:
        plan: JobPlan = self.one(self.rows(), plan_id, key="jobPlanId")
        return plan

    def shown(self, plan: JobPlan, *, status: int = 200) -> HttpResponseBase:
        shape = full(JobPlan.objects.get(pk=plan.pk))
        headers = {"Location": f"/api/v1/job-plans/{plan.pk}"} if status == 201 else None
        return self.answer(shape, status=status, version=shape["version"], headers=headers)

    def content(self, data: dict[str, Any]) -> dict[str, Any]:
        """What the body says of the work, with the catalogue's entries for their keys."""
        content = content_in(self.member, data)
        cleared = {name: None for name in ("type", "priority") if content.get(name) == ""}
        return resolved(self.member, {name: one for name, one in content.items() if name not in cleared}) | cleared


class JobPlans(JobPlanEndpoint):
    """What repeated jobs consist of. Those out of use are left out unless they are asked for."""

    query = {"GET": (*JobPlanFilter.parameters(), *pagination.PARAMETERS)}
    repeatable = (*JobPlanFilter.repeatable(), "fields")
    filterset = JobPlanFilter
    sorts = PLAN_SORTS
    accepts = {"POST": WriteJobPlan}
    answers = {"GET": Answer(JobPlanShape, many=True), "POST": Answer(JobPlanFull, 201)}
    permissions = {"GET": "workorder.create", "POST": "jobplan.edit"}

    def get(self, request: Request) -> HttpResponseBase:
        """List job plans."""
        rows = JobPlanFilter(self.params, self.rows(), member=self.member).rows()
        return self.listing(plans.with_newest(rows), JobPlanShape, sorts=PLAN_SORTS, default="name")

    def post(self, request: Request) -> HttpResponseBase:
        """Write a job plan."""
        require(self.member, "jobplan.edit")
        data = self.body(WriteJobPlan)
        content = self.content(data)
        return self.shown(actions.write_plan(by=self.member, content=content, **data), status=201)


class OneJobPlan(JobPlanEndpoint):
    accepts = {"PUT": ChangeJobPlan, "PATCH": ChangeJobPlan}
    answers = {
        "GET": Answer(JobPlanFull),
        "PUT": Answer(JobPlanFull),
        "PATCH": Answer(JobPlanFull),
        "DELETE": Answer(Deleted),
    }
    permissions = {
        "GET": "workorder.create", "PUT": "jobplan.edit", "PATCH": "jobplan.edit", "DELETE": "jobplan.edit",
    }  # fmt: skip

    def get(self, request: Request, plan_id: str) -> HttpResponseBase:
        """Get a job plan with its newest version and what each version changed."""
        return self.shown(self.found(plan_id))

    def put(self, request: Request, plan_id: str) -> HttpResponseBase:
        """Revise a job plan. Work orders made from earlier versions stay as they are."""
        plan = self.found(plan_id)
        require(self.member, "jobplan.edit")
        data = self.body(ChangeJobPlan, partial=True)
        active, content = data.pop("is_active", plan.is_active), self.content(data)
        expected = self.expected_version(plan.version)
        if active and not plan.is_active:
            plan, expected = actions.restore_plan(plan, by=self.member, expected_version=expected), None
        if data or content or active == plan.is_active:
            plan = actions.revise_plan(
                plan, by=self.member, changes=data, content=content or None, expected_version=expected
            )
            expected = None
        if not active and plan.is_active:
            actions.archive_plan(plan, by=self.member, expected_version=expected)
        return self.shown(plan)

    def patch(self, request: Request, plan_id: str) -> HttpResponseBase:
        """The same as PUT."""
        return self.put(request, plan_id)

    def delete(self, request: Request, plan_id: str) -> HttpResponseBase:
        """Take a job plan out of use. Work orders made from it stay as they are."""
        plan = self.found(plan_id)
        actions.archive_plan(plan, by=self.member, expected_version=self.expected_version(plan.version))
        return self.answer({"message": "Job plan archived", "deletedAt": timezone.now()})


class CopyOfJobPlan(JobPlanEndpoint):
    accepts = {"POST": CopyJobPlan}
    answers = {"POST": Answer(JobPlanFull, 201)}
    permissions = {"POST": "jobplan.edit"}

    def post(self, request: Request, plan_id: str) -> HttpResponseBase:
        """Make a new plan that begins with what this one says now."""
        plan = self.found(plan_id)
        return self.shown(actions.copy_plan(plan, by=self.member, **self.body(CopyJobPlan)), status=201)


class JobPlanLibrary(JobPlanEndpoint):
    """The starter library."""

    accepts = {"POST": InstallJobPlans}
    answers = {"GET": Answer(LibraryPlan, many=True), "POST": Answer(InstalledPlans)}
    permissions = {"GET": "jobplan.edit", "POST": "jobplan.edit"}

    def get(self, request: Request) -> HttpResponseBase:
        """List the plans that ship."""
        require(self.member, "jobplan.edit")
        there = dict(JobPlan.objects.filter(tenant_id=self.member.tenant_id).values_list("library_key", "pk"))
        return self.answer(
            [
                {
                    "key": one.key,
                    "group": one.group,
                    "name": one.name,
                    "summary": one.summary,
                    "tasks": len(one.steps),
                    "jobPlanId": there.get(one.key),
                }
                for one in shipped_plans()
            ]
        )

    def post(self, request: Request) -> HttpResponseBase:
        """Take plans of the library over; those that are there stay as they are."""
        keys = self.body(InstallJobPlans).get("keys")
        made = actions.install_plans(by=self.member, keys=keys)
        return self.answer({"jobPlanIds": [plan.pk for plan in made]})


class ApplyPlan(WorkOrderEndpoint):
    names = {**WorkOrderEndpoint.names, "plan": "jobPlanId"}
    accepts = {"POST": ApplyJobPlan}
    answers = {"POST": Answer(WorkOrderFull)}
    permissions = {"POST": "workorder.edit"}

    def post(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Give a work order what a job plan consists of: steps, parts, safety, people, demands."""
        work_order = self.found(work_order_id)
        expected = self.expected_version(work_order.version)
        data = self.body(ApplyJobPlan)
        actions.apply_plan(work_order, by=self.member, expected_version=expected, **data)
        return self.full(work_order)


class KeepAsPlan(JobPlanEndpoint):
    accepts = {"POST": KeepAsJobPlan}
    answers = {"POST": Answer(JobPlanFull, 201)}
    permissions = {"POST": "jobplan.edit"}

    def post(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Keep a work order as a job plan: its steps, parts, safety requirements and what it took."""
        work_order = WorkOrderEndpoint.found(self, work_order_id)  # type: ignore[arg-type]
        plan = actions.plan_from_work_order(work_order, by=self.member, **self.body(KeepAsJobPlan))
        return self.shown(plan, status=201)
