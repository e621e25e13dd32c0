"""What happens after work was assigned: a mail to the technician who leads it."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone

from core.live_reader import EventRow
from tenancy.models import Member
from workorders.models import WorkOrder


def assignment_mail(event: EventRow) -> None:
    """Consumer of `work_order.assigned`. Nobody is told what they did themselves, nor what is no longer true."""
    told = event.changes.get("assigned_to")
    if event.type != "work_order.assigned" or not told or not told[1] or told[1] == str(event.actor_id):
        return
    if event.occurred_at < timezone.now() - dt.timedelta(days=1):
        return
    work_order = (
        WorkOrder.objects.select_related("asset", "priority").filter(pk=event.work_order_id or event.object_id).first()
    )
    member = Member.objects.filter(pk=told[1], is_active=True).exclude(email="").first()
    if work_order is None or member is None or str(work_order.assigned_to_id) != told[1]:
        return
    title = " ".join(work_order.title.split())
    lines = [f"{work_order.number}: {title}", f"Priority: {work_order.priority.name}"]
    if work_order.asset:
        lines.append(f"Asset: {work_order.asset}")
    lines.append(f"{settings.BASE_URL}/work-orders/{work_order.pk}")
    EmailMessage(
        subject=f"Assigned to you: {work_order.number} {title}"[:180],
        body="\n".join(lines) + "\n",
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[member.email],
    ).send()
