"""Rows that a body may name, as the caller sees them."""

from __future__ import annotations

from typing import Any

from assets.models import Asset, Location
from inventory.models import Part
from labor.models import Crew, Technician
from projects.models import Project
from tenancy.models import Department, Member


def assets(member: Member) -> Any:
    return Asset.objects.visible_to(member)


def places(member: Member) -> Any:
    return Location.objects.visible_to(member)


def technicians(member: Member) -> Any:
    return Technician.objects.visible_to(member).assignable().select_related("member")


def crews(member: Member) -> Any:
    return Crew.objects.visible_to(member).filter(is_active=True)


def people(member: Member) -> Any:
    return Member.objects.filter(tenant_id=member.tenant_id, is_active=True)


def departments(member: Member) -> Any:
    return Department.objects.filter(tenant_id=member.tenant_id)


def parts(member: Member) -> Any:
    return Part.objects.visible_to(member).current()


def projects(member: Member) -> Any:
    return Project.objects.visible_to(member)
