"""Shapes of projects in the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from core.api import fields
from core.api.serializers import Body, Shape, echo_of
from projects.choices import ProjectStatus
from projects.figures import Figures
from projects.models import ProjectMember
from tenancy.models import Department, Member

NAMES = {
    "starts_on": "startsOn", "ends_on": "endsOn", "budget_spent_warning": "budgetSpentWarning", "led_by": "ledBy",
    "department": "departmentId", "members": "memberIds",
}  # fmt: skip
MONEY = ("budget", "budgetSpentWarning", "spent", "variance", "percentSpent", "overBudget")


class ProjectShape(Shape):
    """Work orders that belong together. Budget and what was spent are told to members who may see costs."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    status = serializers.ChoiceField(choices=ProjectStatus.choices)
    startsOn = serializers.DateField(allow_null=True)
    endsOn = serializers.DateField(allow_null=True)
    ledBy = serializers.UUIDField(allow_null=True, source="led_by_id")
    ledByName = serializers.CharField(allow_null=True, source="led_by.name")
    departmentId = serializers.UUIDField(allow_null=True)
    departmentName = serializers.CharField(allow_null=True, source="department.name")
    memberIds = serializers.ListField(child=serializers.UUIDField(), source="*")
    workOrders = serializers.IntegerField(source="jobs")
    openWorkOrders = serializers.IntegerField(source="open_jobs")
    budget = serializers.FloatField(required=False, allow_null=True)
    budgetSpentWarning = serializers.IntegerField(required=False, help_text="Percent of the budget.")
    spent = serializers.FloatField(required=False, help_text="What all its work orders cost.")
    variance = serializers.FloatField(
        required=False, allow_null=True, source="*", help_text="Budget less spent; below zero it cost more than it may."
    )
    percentSpent = serializers.IntegerField(required=False, allow_null=True, source="*")
    overBudget = serializers.BooleanField(required=False, source="*")
    version = serializers.IntegerField()
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()

    @classmethod
    def finish(cls, items: list[dict[str, Any]], context: Mapping[str, Any]) -> None:
        people: dict[Any, list[Any]] = {}
        rows = ProjectMember.objects.filter(project_id__in=[item["id"] for item in items]).order_by("member_id")
        for project, member in rows.values_list("project_id", "member_id"):
            people.setdefault(project, []).append(member)
        for item in items:
            item["memberIds"] = people.get(item["id"], [])
            found = Figures(item["budget"], item["spent"], item["budgetSpentWarning"])
            item |= {"variance": found.variance, "percentSpent": found.percent, "overBudget": found.over}
            if not context.get("costs"):
                for name in MONEY:
                    del item[name]


def members(member: Member) -> Any:
    return Member.objects.filter(tenant_id=member.tenant_id, is_active=True)


def departments(member: Member) -> Any:
    return Department.objects.filter(tenant_id=member.tenant_id)


class ProjectBody(Body):
    code = fields.Text(max_length=40)
    name = fields.Text(max_length=150)
    description = fields.Text(required=False, max_length=20_000)
    status = fields.Choice(choices=ProjectStatus.choices, required=False)
    startsOn = fields.Day(required=False, allow_null=True, source="starts_on")
    endsOn = fields.Day(required=False, allow_null=True, source="ends_on")
    budget = fields.Money(required=False, allow_null=True, min_value=0, max_value=999_999_999_999)
    budgetSpentWarning = fields.Whole(required=False, min_value=0, max_value=100, source="budget_spent_warning")
    ledBy = fields.Reference(members, "Member must exist", source="led_by")
    departmentId = fields.Reference(departments, "Department must exist", source="department")
    memberIds = fields.References(members, "Everybody named must exist", source="members")


class CreateProject(ProjectBody):
    id = fields.Id(required=False, help_text="Made by the client; a used one is refused.")


class UpdateProject(ProjectBody):
    """Absent stays, `null` clears."""


CreateProject.echoed = echo_of(ProjectShape, CreateProject)
UpdateProject.echoed = echo_of(ProjectShape, UpdateProject)
