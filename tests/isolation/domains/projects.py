"""Projects and their members."""

from __future__ import annotations

import datetime as dt
from typing import Any

from projects import actions
from projects.models import Project, ProjectMember
from tests import factories
from tests.house import House
from tests.isolation.breaking import copy, first, update
from workorders.models import WorkOrder


def fill(house: House, work_order: WorkOrder) -> None:
    admin = house["admin"]
    department = factories.make_department(house.tenant, name="Projects")
    project = actions.add_project(
        by=admin, code="P-1", name="New line", members=[admin], led_by=admin, department=department, budget=1000,
        starts_on=dt.date(2026, 1, 1), ends_on=dt.date(2026, 12, 31),
    )  # fmt: skip
    WorkOrder.objects.filter(pk=work_order.pk).update(project=project)


BREAK: dict[str, Any] = {
    "project_code_per_tenant": [lambda house: copy(Project, code=first(Project).code.lower())],
    "project_status_known": [lambda house: update(Project, status="dreaming")],
    "project_ends_after_start": [lambda house: update(Project, ends_on=dt.date(2025, 1, 1))],
    "project_budget_not_negative": [lambda house: update(Project, budget=-1)],
    "project_warning_percent": [lambda house: update(Project, budget_spent_warning=101)],
    "project_member_once": [lambda house: copy(ProjectMember)],
}
