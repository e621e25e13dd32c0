"""Fields that the two organisations of the demo added themselves, filled on some of today's work."""

from __future__ import annotations

from typing import Any

from customfields import actions as customfields
from customfields.models import CustomField
from demo.acting import Cast, as_person
from demo.loading import Report
from tenancy.models import Member, Tenant
from workorders import actions
from workorders.models import WorkOrder

FIELDS: dict[str, list[dict[str, Any]]] = {
    "north-pit": [
        {"entity": "work_order", "name": "Cost centre", "kind": "choice", "options": ["4100 Load and haul", "4200 Drill", "4900 Workshop"]},
        {"entity": "work_order", "name": "Isolation permit", "kind": "text", "help_text": "Number on the tag."},
        {"entity": "request", "name": "Can it still run?", "kind": "choice", "options": ["Yes", "Slowly", "No"]},
        {"entity": "asset", "name": "Owner's manual", "kind": "link"},
    ],
    "west-campus": [
        {"entity": "work_order", "name": "Room user told", "kind": "choice", "options": ["Yes", "No"]},
        {"entity": "work_order", "name": "Invoice to", "kind": "text"},
        {"entity": "part", "name": "Minimum order", "kind": "number"},
    ],
}  # fmt: skip
VALUES: dict[str, list[dict[str, Any]]] = {
    "north-pit": [
        {"cost_centre": "4100 Load and haul", "isolation_permit": "IP-2217"},
        {"cost_centre": "4900 Workshop"},
    ],
    "west-campus": [{"room_user_told": "Yes"}, {"room_user_told": "No", "invoice_to": "Student housing"}],
}
FILLED = 10


def add_fields(tenant: Tenant, cast: Cast, report: Report) -> None:
    """Does nothing where the organisation has fields already."""
    if CustomField.objects.filter(tenant=tenant).exists():
        return
    admin = Member.objects.select_related("role", "tenant").get(tenant=tenant, role__is_admin=True)
    with as_person(admin):
        for position, field in enumerate(FIELDS[tenant.slug]):
            customfields.add_field(by=admin, position=position, **field)
    report.created["custom fields"] += len(FIELDS[tenant.slug])
    dispatcher = cast.dispatcher
    # Their tenant's version was read before there were fields.
    dispatcher.tenant.refresh_from_db(fields=["catalogue_version"])
    today = WorkOrder.objects.filter(tenant=tenant, external_id__startswith="today:").active().order_by("external_id")
    values = VALUES[tenant.slug]
    with as_person(dispatcher):
        for turn, job in enumerate(today[:FILLED]):
            actions.update(job, by=dispatcher, changes={"custom": values[turn % len(values)]})
