"""Which job plan a work order came from, and what may be done about plans here."""

from __future__ import annotations

from typing import Any

from django.db.models import Max
from django.urls import reverse

from tenancy.models import Member
from tenancy.permissions import may
from workorders import checklist, permissions
from workorders.choices import Meaning
from workorders.models import JobPlanVersion, WorkOrder


def panel(work_order: WorkOrder, member: Member) -> dict[str, Any] | None:
    """One query where a plan was used, none elsewhere."""
    pk = work_order.plan_version_id
    version = JobPlanVersion.objects.select_related("plan").filter(pk=pk) if pk else None
    found = version.annotate(newest=Max("plan__versions__number")).first() if version is not None else None
    keeps = may(member, "jobplan.edit")
    sees = may(member, "workorder.create", "jobplan.edit")
    applies = (
        permissions.can_edit(member, work_order)
        and work_order.meaning not in (*checklist.KEPT, Meaning.CLOSED)
        and not work_order.sealed_at
    )
    if found is None and not keeps and not applies:
        return None
    return {
        "live": True,
        "plan": found.plan if found else None,
        "number": found.number if found else None,
        "newest": found.newest if found else None,
        "plan_href": reverse("workorders:job_plan", args=[found.plan_id]) if found and sees else "",
        "skills": work_order.skills,
        "tools": work_order.tools,
        "keep_href": reverse("workorders:keep_as_plan", args=[work_order.pk]) if keeps else "",
        "apply_href": reverse("workorders:apply_plan", args=[work_order.pk]) if applies and sees else "",
    }
