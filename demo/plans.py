"""Job plans of the demo tenants: the starter library, one of them revised once, and work of these days made from some."""

from __future__ import annotations

import datetime as dt

from assets.models import Asset
from demo.acting import Cast, as_person
from demo.loading import Report
from tenancy.models import Tenant
from workorders import actions, plans
from workorders.models import JobPlan, WorkOrder
from workorders.shipped import ship_codes

# Plan of the library, hours ago, how many days until it is due.
MINE = (
    ("excavator-daily", 5, 0), ("excavator-250h", 30, 2), ("excavator-hydraulic-hose", 3, 0),
    ("conveyor-safety-devices", 50, 5), ("electrical-genset", 8, 1),
)  # fmt: skip
CAMPUS = (
    ("fire-alarm-test", 6, 1), ("fire-doors", 28, 4), ("hvac-ahu-filters", 12, 2), ("lift-monthly", 40, 3),
    ("electrical-rcd", 70, 6), ("hvac-boiler-service", 20, 5),
)  # fmt: skip
# What a workshop changes in a plan that it took over.
REVISED = {"excavator-250h": "Log the oil sample number", "hvac-ahu-filters": "Write the filter count into the log"}


def load_plans(
    tenant: Tenant, cast: Cast, wanted: tuple[tuple[str, int, int], ...], now: dt.datetime, report: Report
) -> None:
    """Idempotent by library key and external id."""
    # Categories have come since the tenant was made: the classes of equipment among them get their codes.
    ship_codes(tenant)
    with as_person(cast.dispatcher):
        made = actions.install_plans(by=cast.dispatcher)
    report.created["job plans"] += len(made)
    keys = [f"plan:{key}" for key, _, _ in wanted]
    there = set(WorkOrder.objects.filter(tenant=tenant, external_id__in=keys).values_list("external_id", flat=True))
    by_key = {plan.library_key: plan for plan in JobPlan.objects.filter(tenant=tenant).exclude(library_key="")}
    assets = list(Asset.objects.filter(tenant=tenant, archived_at=None).order_by("external_id")[:400])
    for turn, (key, hours, days) in enumerate(wanted):
        if f"plan:{key}" in there:
            report.unchanged["work orders from job plans"] += 1
            continue
        plan = by_key[key]
        fitting = [asset for asset in assets if asset.category_id == plan.category_id] if plan.category_id else assets
        with as_person(cast.dispatcher):
            actions.report(
                by=cast.dispatcher, plan=plan, asset=(fitting or assets)[turn * 7 % len(fitting or assets)],
                assigned_to=cast.technicians[turn % len(cast.technicians)], external_id=f"plan:{key}",
                due_at=now + dt.timedelta(days=days, hours=2), at=now - dt.timedelta(hours=hours),
            )  # fmt: skip
        report.created["work orders from job plans"] += 1
    for plan in made:
        if text := REVISED.get(plan.library_key):
            content = plans.content_of(plans.newest(plan))
            steps = [*content["steps"], {"description": text, "kind": "text", "required": True}]
            with as_person(cast.manager):
                actions.revise_plan(plan, by=cast.manager, content={"steps": steps})
