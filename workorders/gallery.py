"""The photos and files of work orders as somebody sees them, read in one query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from core import files
from media import actions as media
from media import showing
from media.choices import MediaState
from media.models import MediaFile
from tenancy.models import Member
from tenancy.permissions import may
from workorders.models import WorkOrder, WorkOrderMedia

UNFINISHED = (MediaState.AWAITED, MediaState.REFUSED)


def seen_by(member: Member, **of: Any) -> QuerySet[WorkOrderMedia]:
    """The files of work orders that the member sees. What is not here yet, or was refused, only its sender sees; who only
    follows their own request sees what is meant for them and what they sent."""
    rows = WorkOrderMedia.objects.filter(tenant_id=member.tenant_id, **of)
    rows = rows.filter(~Q(file__state__in=UNFINISHED) | Q(file__uploaded_by=member.pk))
    if not may(member, "workorder.view_all", "workorder.view_own"):
        rows = rows.filter(Q(for_requester=True) | Q(file__uploaded_by=member.pk))
    return rows.order_by("file__uploaded_at", "file_id")


def collect(work_order: WorkOrder, member: Member) -> None:
    """Take in what was sent straight to the bucket; asks the database only where there is a bucket."""
    if files.is_remote(files.storage()):
        waiting = MediaFile.objects.filter(of_work_order__work_order=work_order, state=MediaState.AWAITED)
        media.collect(list(waiting[:10]), by=member)


def of_comments(work_order: WorkOrder, member: Member) -> dict[UUID, list[dict[str, Any]]]:
    """What stands beside each comment, by the comment's id."""
    return grouped(seen_by(member, work_order=work_order.pk, comment__isnull=False), "comment_id")


def of_tasks(work_order: WorkOrder, member: Member) -> dict[UUID, list[dict[str, Any]]]:
    """The photos that answer each step, by the step's id."""
    return grouped(seen_by(member, work_order=work_order.pk, task__isnull=False), "task_id")


def grouped(rows: QuerySet[WorkOrderMedia], by: str) -> dict[UUID, list[dict[str, Any]]]:
    found: dict[UUID, list[dict[str, Any]]] = {}
    for values in rows.values(*showing.columns(), by):
        found.setdefault(values[by], []).append(showing.item(values))
    return found


def counts(member: Member, work_order_ids: list[UUID]) -> Mapping[UUID, int]:
    """How many files each of these work orders has, for lists."""
    found: dict[UUID, int] = {}
    for pk in seen_by(member, work_order__in=work_order_ids).values_list("work_order_id", flat=True):
        found[pk] = found.get(pk, 0) + 1
    return found
