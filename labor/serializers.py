"""Shapes of technicians and crews in the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from core.api import fields
from core.api.serializers import Body, Shape, echo_of
from labor.models import CrewMembership, Technician
from tenancy.models import Member

TECHNICIAN_NAMES = {"employee_number": "employeeNumber", "hourly_rate": "hourlyRate", "is_active": "isActive"}
CREW_NAMES = {"is_active": "isActive", "lead": "leadId", "technicians": "technicianIds"}


class TechnicianShape(Shape):
    """Somebody who does the work. The id is that of the member."""

    id = serializers.UUIDField(source="member_id")
    name = serializers.CharField(source="member.name")
    email = serializers.CharField(source="member.email")
    trade = serializers.CharField()
    employeeNumber = serializers.CharField()
    isActive = serializers.BooleanField()
    hourlyRate = serializers.FloatField(required=False, help_text="Only for members who may see rates.")
    crewIds = serializers.ListField(child=serializers.UUIDField(), source="*")
    version = serializers.IntegerField()
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()

    extra = ("member__is_active",)

    @classmethod
    def finish(cls, items: list[dict[str, Any]], context: Mapping[str, Any]) -> None:
        crews: dict[Any, list[Any]] = {}
        memberships = CrewMembership.objects.filter(technician_id__in=[item["id"] for item in items])
        for technician, crew in memberships.order_by("crew_id").values_list("technician_id", "crew_id"):
            crews.setdefault(technician, []).append(crew)
        for item in items:
            item["crewIds"] = crews.get(item["id"], [])
            item["isActive"] = item["isActive"] and item.pop("member__is_active")
            if not context.get("rates"):
                del item["hourlyRate"]


class CrewMember(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()


class CrewShape(Shape):
    """Technicians who are assigned work together."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    leadId = serializers.UUIDField(allow_null=True)
    isActive = serializers.BooleanField()
    technicians = CrewMember(many=True, source="*")
    version = serializers.IntegerField()

    @classmethod
    def finish(cls, items: list[dict[str, Any]], context: Mapping[str, Any]) -> None:
        people: dict[Any, list[dict[str, Any]]] = {}
        memberships = CrewMembership.objects.filter(crew_id__in=[item["id"] for item in items])
        ordered = memberships.order_by("technician__member__name", "technician_id")
        for crew, pk, name in ordered.values_list("crew_id", "technician_id", "technician__member__name"):
            people.setdefault(crew, []).append({"id": pk, "name": name})
        for item in items:
            item["technicians"] = people.get(item["id"], [])


def members(member: Member) -> Any:
    return Member.objects.filter(tenant_id=member.tenant_id, is_active=True)


def technicians(member: Member) -> Any:
    return Technician.objects.visible_to(member).select_related("member")


class TechnicianBody(Body):
    trade = fields.Text(required=False, max_length=80)
    employeeNumber = fields.Text(required=False, max_length=40, source="employee_number")
    hourlyRate = fields.Money(required=False, min_value=0, max_value=999_999, source="hourly_rate")
    isActive = fields.Flag(required=False, source="is_active")


TechnicianBody.echoed = echo_of(TechnicianShape, TechnicianBody)


class CreateTechnician(Body):
    memberId = fields.Reference(members, "Member must exist", required=True, source="member")
    trade = fields.Text(required=False, max_length=80)
    employeeNumber = fields.Text(required=False, max_length=40, source="employee_number")
    hourlyRate = fields.Money(required=False, min_value=0, max_value=999_999, source="hourly_rate")


class CrewBody(Body):
    name = fields.Text(max_length=80)
    technicianIds = fields.References(technicians, "Every technician must exist", source="technicians")
    leadId = fields.Reference(technicians, "Lead must exist", source="lead")
    isActive = fields.Flag(required=False, source="is_active")


CrewBody.echoed = echo_of(CrewShape, CrewBody)
