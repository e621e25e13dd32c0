"""Time, invoices, overhead and projects of the demo tenants, booked by the acts people use on the work of these days."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from demo.acting import Cast, as_person
from demo.loading import Report
from projects import actions as of_projects
from projects.models import Project
from tenancy.models import Tenant
from workorders import actions
from workorders.choices import Meaning
from workorders.models import WorkOrder

# code, name, status, budget, from which day to which (from today), how many jobs
Plan = tuple[str, str, str, str, int, int, int]
MINE: tuple[Plan, ...] = (
    ("NP-BOOM", "Boom and stick overhaul, Excavator D", "active", "24000", -40, 25, 8),
    ("NP-WIRE", "Rewiring of the cabs", "active", "3200", -20, 60, 5),
    ("NP-SHUT", "Shutdown in the dry season", "planned", "180000", 90, 104, 4),
)
CAMPUS: tuple[Plan, ...] = (
    ("DORM-26", "Dormitory refresh before term", "active", "6500", -30, 40, 8),
    ("LIGHTS", "Corridors to LED", "active", "1500", -15, 90, 5),
    ("BOILER", "Boiler replacement, planning", "planned", "95000", 60, 150, 3),
)
OVERHEAD: tuple[dict[str, Any], ...] = (
    {"name": "Workshop and tools", "percent_of_labor": Decimal("12.50"), "percent_of_materials": Decimal(0)},
    {"name": "Purchasing", "percent_of_materials": Decimal("4.00"), "per_work_order": Decimal("9.50")},
)
INVOICES = (
    ("Kestrel Crane Hire", "40 t crane, half a day", "1480.00"),
    ("Hartley Hydraulics", "Hose assembly on site", "612.40"),
    ("Bluestone Welding", "Certified welder, 4 h", "560.00"),
    ("Nordlight Thermography", "Thermal survey and report", "395.00"),
)
SPENT = (35, 50, 75, 95, 120, 160, 45, 210)
JOBS = 34


def load_time(tenant: Tenant, cast: Cast, plans: tuple[Plan, ...], now: dt.datetime, report: Report) -> None:
    """Once: what is booked stays as people have left it."""
    if Project.objects.filter(tenant=tenant).exists():
        report.unchanged["projects"] += len(plans)
        return
    with as_person(cast.manager):
        for rule in OVERHEAD:
            actions.add_overhead_rule(by=cast.manager, **rule)
    jobs = list(
        WorkOrder.objects.filter(tenant=tenant, external_id__startswith="today:")
        .filter(meaning__in=(Meaning.IN_PROGRESS, Meaning.ON_HOLD, Meaning.COMPLETED))
        .order_by("external_id")[:JOBS]
    )
    today = now.astimezone(ZoneInfo(tenant.time_zone)).date()
    book_time(jobs, cast, today, report)
    book_invoices(jobs, cast, today, report)
    make_projects(tenant, cast, plans, today, report)


def book_time(jobs: list[WorkOrder], cast: Cast, today: dt.date, report: Report) -> None:
    people = {technician.pk: technician for technician in cast.technicians}
    with as_person(cast.dispatcher):
        for turn, job in enumerate(jobs):
            lead = people.get(job.assigned_to_id) if job.assigned_to_id else None
            who = [lead or cast.technicians[turn % len(cast.technicians)]]
            if turn % 3 == 0:
                who.append(cast.technicians[(turn + 1) % len(cast.technicians)])
            day = max(today - dt.timedelta(days=1 + turn % 5), job.created_at.date())
            for number, person in enumerate(dict.fromkeys(who)):
                actions.add_time(
                    job, by=cast.dispatcher, person=person, worked_on=min(day, today),
                    minutes=SPENT[(turn + 3 * number) % len(SPENT)],
                    category="travel" if turn % 7 == 4 else "work",
                    overtime_factor=Decimal("1.5") if turn % 11 == 5 else Decimal(1),
                )  # fmt: skip
                report.created["time entries"] += 1


def book_invoices(jobs: list[WorkOrder], cast: Cast, today: dt.date, report: Report) -> None:
    with as_person(cast.manager):
        for turn, job in enumerate(jobs[::5]):
            vendor, description, amount = INVOICES[turn % len(INVOICES)]
            actions.add_cost(
                job, by=cast.manager, kind="vendor", vendor=vendor, description=description, amount=Decimal(amount),
                reference=f"{today.year}-{4107 + 13 * turn}", invoiced_on=today - dt.timedelta(days=turn % 4),
            )  # fmt: skip
            report.created["invoices"] += 1


def make_projects(tenant: Tenant, cast: Cast, plans: tuple[Plan, ...], today: dt.date, report: Report) -> None:
    # Work in hand first, so that the first projects have something to show.
    jobs = list(
        WorkOrder.objects.filter(tenant=tenant, external_id__startswith="today:", project=None)
        .exclude(meaning__in=(Meaning.CLOSED, Meaning.CANCELLED))
        .order_by("-labor_cost", "external_id")[: sum(plan[6] for plan in plans)]
    )
    members = [technician.member for technician in cast.technicians[:3]]
    with as_person(cast.manager):
        for code, name, status, budget, begins, ends, count in plans:
            project = of_projects.add_project(
                by=cast.manager, code=code, name=name, status=status, budget=Decimal(budget), led_by=cast.manager,
                members=members, starts_on=today + dt.timedelta(days=begins), ends_on=today + dt.timedelta(days=ends),
            )  # fmt: skip
            for job in jobs[:count]:
                actions.update(job, by=cast.manager, changes={"project": project})
            jobs = jobs[count:]
            report.created["projects"] += 1
