"""The failure catalogue and job plans."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests import factories
from tests.house import House
from tests.isolation.breaking import copy, update
from workorders import actions
from workorders.models import (
    FailureCode,
    FailureCodeClass,
    JobPlan,
    JobPlanPart,
    JobPlanTask,
    JobPlanVersion,
    WorkOrder,
)  # fmt: skip


def fill(house: House, work_order: WorkOrder) -> None:
    part, category = factories.make_part(house.tenant), factories.make_category(house.tenant)
    with house.inside():
        for kind in ("problem", "cause", "remedy"):
            code = actions.add_code(by=house["admin"], kind=kind, code="SEAL", name=f"Seal, {kind}", classes=[category])
            type(work_order).objects.filter(pk=work_order.pk).update(**{kind: code})
        actions.write_plan(
            by=house["admin"],
            name="Round",
            content={
                "title": "Round",
                "steps": [
                    {"description": "Pressure", "kind": "number", "lowest": 1, "highest": 2},
                    {"description": "Why", "kind": "text", "condition_on": 1, "condition_operator": "above",
                     "condition_value": "2"},
                ],
                "parts": [{"part": part, "quantity": Decimal(1)}],
            },
        )  # fmt: skip
        JobPlan.objects.update(library_key="own-round", category=category)
        type(work_order).objects.filter(pk=work_order.pk).update(plan_version=JobPlan.objects.get().versions.get())


def again(model: Any, **changes: Any) -> Callable[[House], Any]:
    return lambda house: copy(model, **changes)


# Versions, steps and parts are append-only for the application: a careless hand can only insert.
BREAK: dict[str, list[Callable[[House], Any]]] = {
    "failure_code_per_kind": [lambda house: copy(FailureCode, {"code": "SEAL"}, code="seal")],
    "failure_code_kind_known": [lambda house: update(FailureCode, kind="mood")],
    "failure_code_has_code_and_name": [
        lambda house: update(FailureCode, code=""), lambda house: update(FailureCode, name=""),
    ],
    "failure_code_class_once": [again(FailureCodeClass)],
    "job_plan_name": [again(JobPlan, name="ROUND", library_key="")],
    "job_plan_of_library": [again(JobPlan, name="Other")],
    "job_plan_version_number": [again(JobPlanVersion)],
    "job_plan_version_has_title": [again(JobPlanVersion, number=9, title="")],
    "jobplantask_kind_known": [again(JobPlanTask, kind="dance")],
    "jobplantask_has_description": [again(JobPlanTask, description="")],
    "jobplantask_limits_in_order": [again(JobPlanTask, lowest=3, highest=2)],
    "jobplantask_condition_complete": [
        lambda house: copy(JobPlanTask, {"condition_on__isnull": True}, condition_operator="is")
    ],
    "jobplantask_condition_on_another": [
        lambda house: JobPlanTask.objects.create(
            **(only(JobPlanTask) | {"id": (pk := JobPlanTask._meta.pk.get_default()), "condition_on_id": pk}),
            condition_operator="is",
        )
    ],
    "job_plan_part_once": [again(JobPlanPart)],
    "job_plan_part_quantity_positive": [
        lambda house: copy(JobPlanPart, part=factories.make_part(house.tenant), quantity=0)
    ],
}  # fmt: skip


def only(model: Any) -> dict[str, Any]:
    """What a further row of the model needs, from the first one."""
    row = model.objects.order_by("pk").first()
    return {name: getattr(row, name) for name in ("tenant_id", "plan_version_id", "position", "description")}
