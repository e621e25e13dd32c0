"""Who may do what with a work order they can see. `can_*` answer; `require_*` raise naming the permission."""

from __future__ import annotations

from uuid import UUID

from core.errors import PermissionDenied
from media.models import MediaFile
from tenancy.models import Member
from tenancy.permissions import may, require
from workorders.choices import Meaning
from workorders.models import WorkOrder

# What a technician may write on their own job without being an editor.
FINDINGS = frozenset({"resolution", "failure_cause", "problem", "cause", "remedy", "actual_minutes", "progress"})


def is_on_the_job(member: Member, work_order: WorkOrder) -> bool:
    """Whether the member leads the job, belongs to its crew or helps on it."""
    if work_order.assigned_to_id == member.pk:
        return True
    if member.pk in (known := getattr(work_order, "on_the_job", {})):  # found out for many at once
        return bool(known[member.pk])
    if work_order.crew_id and work_order.crew.memberships.filter(technician_id=member.pk).exists():  # type: ignore[union-attr]
        return True
    return work_order.assignments.filter(technician_id=member.pk).exists()


def is_unassigned(work_order: WorkOrder) -> bool:
    return work_order.meaning == Meaning.OPEN and not work_order.assigned_to_id and not work_order.crew_id


def can_work(member: Member | None, work_order: WorkOrder) -> bool:
    """Start, hold, resume, complete: anybody's job, one's own, or (to start it) one that nobody has taken."""
    if member is None or may(member, "workorder.work_any"):
        return True
    if not may(member, "workorder.work"):
        return False
    if is_unassigned(work_order) and may(member, "workorder.take"):
        return True
    return is_on_the_job(member, work_order)


def require_work(member: Member | None, work_order: WorkOrder) -> None:
    if not can_work(member, work_order):
        raise PermissionDenied("workorder.work_any" if may(member, "workorder.work") else "workorder.work")


def can_take(member: Member | None, work_order: WorkOrder) -> bool:
    return is_unassigned(work_order) and may(member, "workorder.take")


def can_assign(member: Member | None, work_order: WorkOrder) -> bool:
    return may(member, "workorder.assign")


def can_edit(member: Member | None, work_order: WorkOrder) -> bool:
    return may(member, "workorder.edit")


def can_edit_findings(member: Member | None, work_order: WorkOrder) -> bool:
    if may(member, "workorder.edit"):
        return True
    return member is not None and may(member, "workorder.edit_own") and is_on_the_job(member, work_order)


def require_edit(member: Member | None, work_order: WorkOrder, fields: set[str]) -> None:
    if can_edit(member, work_order):
        return
    if fields <= FINDINGS and can_edit_findings(member, work_order):
        return
    raise PermissionDenied("workorder.edit")


def can_close(member: Member | None, work_order: WorkOrder) -> bool:
    return may(member, "workorder.close")


def can_cancel(member: Member | None, work_order: WorkOrder) -> bool:
    return may(member, "workorder.cancel")


def can_delete(member: Member | None, work_order: WorkOrder) -> bool:
    return may(member, "workorder.delete")


def can_comment(member: Member | None, work_order: WorkOrder) -> bool:
    return may(member, "workorder.comment")


def reads_every_note(member: Member) -> bool:
    """Somebody who only follows their own request reads the notes meant for them."""
    return may(member, "workorder.view_all", "workorder.view_own")


def can_report(member: Member | None) -> bool:
    return may(member, "workorder.create", "workorder.request")


def require_report(member: Member | None, fields: set[str]) -> None:
    """Requesters ask with few fields; everything else needs the right to create."""
    if may(member, "workorder.create"):
        return
    require(member, "workorder.request")
    if fields - {"title", "description", "asset", "location", "id", "custom"}:
        raise PermissionDenied("workorder.create")


def can_book_parts(member: Member | None, work_order: WorkOrder) -> bool:
    """Ask for, use and return parts: on one's own work, on any work for those who plan it or give parts out."""
    return may(member, "part.give", "workorder.edit") or can_work(member, work_order)


def require_parts(member: Member | None, work_order: WorkOrder) -> None:
    if not can_book_parts(member, work_order):
        raise PermissionDenied("workorder.work_any" if may(member, "workorder.work") else "part.give")


def can_see_parts(member: Member | None) -> bool:
    return may(member, "part.view")


def can_see_part_costs(member: Member | None) -> bool:
    return may(member, "cost.view", "part.edit")


def may_book_for_others(member: Member | None, work_order: WorkOrder) -> bool:
    """Anybody's time with `time.any`; the crew's and the helpers' where one leads the job."""
    if may(member, "time.any"):
        return True
    return member is not None and may(member, "workorder.work") and work_order.assigned_to_id == member.pk


def can_book(member: Member | None, work_order: WorkOrder, person_id: UUID | None) -> bool:
    """Book or correct the time of this person on this job: one's own on work one may do, others' as above."""
    if member is not None and person_id == member.pk and can_work(member, work_order):
        return True
    return may_book_for_others(member, work_order)


def require_booking(member: Member | None, work_order: WorkOrder, person_id: UUID | None) -> None:
    if not can_book(member, work_order, person_id):
        own = member is not None and person_id == member.pk and not may(member, "workorder.work")
        raise PermissionDenied("workorder.work" if own else "time.any")


def can_add_media(member: Member | None, work_order: WorkOrder) -> bool:
    """Photos and files: whoever may comment on it, edit it or work on it."""
    return may(member, "workorder.comment", "workorder.edit") or can_work(member, work_order)


def require_media(member: Member | None, work_order: WorkOrder) -> None:
    if not can_add_media(member, work_order):
        raise PermissionDenied("workorder.comment")


def can_change_media(member: Member | None, work_order: WorkOrder, file: MediaFile) -> bool:
    """What one sent oneself; everything for those who edit work orders or do this work."""
    if may(member, "workorder.edit"):
        return True
    own = member is not None and file.uploaded_by_id == member.pk
    return (own and can_add_media(member, work_order)) or can_work(member, work_order)


def require_media_change(member: Member | None, work_order: WorkOrder, file: MediaFile) -> None:
    if not can_change_media(member, work_order, file):
        raise PermissionDenied("workorder.edit")
