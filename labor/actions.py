"""Every act on technicians and crews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction

from core import events, writing
from core.errors import Conflict, Invalid
from core.ids import uuid7
from labor.models import Crew, CrewMembership, Technician
from tenancy.models import Member
from tenancy.permissions import require

TECHNICIAN_FIELDS = frozenset({"employee_number", "trade", "hourly_rate", "is_active"})


@transaction.atomic
def make_technician(
    member: Member, *, by: Member | None, trade: str = "", employee_number: str = "", hourly_rate: Decimal = Decimal(0)
) -> Technician:
    """Give a member the technician's profile, so that work can be assigned to them."""
    require(by, "people.edit")
    if hourly_rate:
        require(by, "people.rates")
    if by is not None and member.tenant_id != by.tenant_id:
        raise Invalid({"member": "There is no such member."})
    if Technician.objects.filter(pk=member.pk).exists():
        raise Conflict("This member is a technician already.", code="technician")
    technician = Technician(
        member=member, tenant_id=member.tenant_id, trade=trade, employee_number=employee_number, hourly_rate=hourly_rate
    )
    writing.check(technician)
    technician.save(force_insert=True)
    events.record("technician.created", technician, by=by, changes={"name": [None, member.name]})
    return technician


def welcome(member: Member) -> None:
    """Somebody who does work without directing it can be assigned work from the day they join."""
    granted = set(member.role.permissions)
    if "workorder.work" not in granted or "workorder.work_any" in granted:
        return
    if not Technician.objects.filter(pk=member.pk).exists():
        make_technician(member, by=None)


@transaction.atomic
def update_technician(
    technician: Technician, *, by: Member | None, changes: Mapping[str, Any], expected_version: int | None = None
) -> Technician:
    """Trade, employee number, rate (needs `people.rates`), active."""
    technician = writing.lock(technician, expected_version=expected_version)
    require(by, "people.edit")
    if "hourly_rate" in changes:
        require(by, "people.rates")
    told = writing.apply(technician, {name: changes[name] for name in TECHNICIAN_FIELDS if name in changes})
    writing.check(technician)
    if told:
        writing.save(technician, told)
        # A rate is nobody's business who may not see rates: the event says that it changed, not to what.
        if "hourly_rate" in told:
            told["hourly_rate"] = []
        events.record("technician.updated", technician, by=by, changes=told)
    return technician


@transaction.atomic
def save_crew(
    *,
    by: Member,
    name: str,
    technicians: Sequence[Technician],
    lead: Technician | None = None,
    is_active: bool = True,
    crew: Crew | None = None,
    expected_version: int | None = None,
) -> Crew:
    """Create or edit a crew with exactly these technicians; the lead is one of them."""
    require(by, "people.edit")
    new = crew is None
    crew = (
        Crew(id=uuid7(), tenant_id=by.tenant_id)
        if crew is None
        else writing.lock(crew, expected_version=expected_version)
    )
    problems = {}
    if any(person.tenant_id != crew.tenant_id for person in technicians):
        problems["technicians"] = "There is no such technician."
    if lead is not None and lead.pk not in {person.pk for person in technicians}:
        problems["lead"] = "The lead is one of the crew."
    if problems:
        raise Invalid(problems)
    told = writing.apply(crew, {"name": name.strip(), "lead": lead, "is_active": is_active})
    writing.check(crew)
    if new:
        crew.save(force_insert=True)
    before = set(crew.memberships.values_list("technician_id", flat=True))
    after = {person.pk for person in technicians}
    crew.memberships.filter(technician_id__in=before - after).delete()
    CrewMembership.objects.bulk_create(
        CrewMembership(tenant_id=crew.tenant_id, crew=crew, technician_id=pk) for pk in sorted(after - before)
    )
    if before != after:
        told["technicians"] = [sorted(map(str, before)), sorted(map(str, after))]
    if told:
        if not new:
            writing.save(crew, {"name", "lead", "is_active"})
        events.record("crew.created" if new else "crew.updated", crew, by=by, changes=told)
    return crew
