"""Photos and files of a work order: add, announce, describe, remove."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import IO, Any
from uuid import UUID

from django.db import transaction

from core import events
from core.errors import Conflict, Invalid
from media import actions as media
from media.models import MediaFile
from tenancy.models import Member
from tenancy.permissions import may
from workorders import permissions
from workorders.actions import answering, writing
from workorders.choices import MediaLabel
from workorders.models import Comment, Task, WorkOrder, WorkOrderMedia


@transaction.atomic
def add_media(
    work_order: WorkOrder,
    *,
    by: Member | None,
    content: IO[Any] | bytes,
    name: str,
    task: Task | None = None,
    comment: Comment | None = None,
    label: str = "",
    caption: str = "",
    for_requester: bool = False,
    id: UUID | None = None,  # noqa: A002  (the contract's name)
    taken_at: dt.datetime | None = None,
) -> WorkOrderMedia:
    """Keep a photo or file on the work order, as the answer of a step or beside a comment where one is named.

    The same `id` a second time is the same upload, sent again because its answer was lost.
    """
    work_order = writing.lock(work_order)
    permissions.require_media(by, work_order)
    writing.refuse_closed(work_order)
    if id is not None and (known := sent_before(work_order, id, by)):
        return known
    link = WorkOrderMedia(
        tenant_id=work_order.tenant_id,
        work_order=work_order,
        label=label,
        **placed(work_order, task, comment, by, for_requester),
    )
    check(link)
    link.file = media.store(
        by=by, tenant_id=work_order.tenant_id, content=content, name=name, id=id, caption=caption, taken_at=taken_at
    )
    link.save(force_insert=True)
    writing.save(work_order, ())
    events.record("work_order.media_added", work_order, by=by, changes={"media": [None, str(link.file_id)]})
    if task is not None:
        answering.file_added(task, by=by)
    return link


def sent_before(work_order: WorkOrder, pk: UUID, by: Member | None) -> WorkOrderMedia | None:
    return (
        WorkOrderMedia.objects.select_related("file")
        .filter(work_order=work_order, file=pk, file__uploaded_by=by)
        .first()
    )


def placed(
    work_order: WorkOrder, task: Task | None, comment: Comment | None, by: Member | None, for_requester: bool
) -> dict[str, Any]:
    """Where it stands, and whether the requester sees it: always what they send themselves, and what a comment for them
    brings along."""
    for name, row in (("task", task), ("comment", comment)):
        if row is not None and row.work_order_id != work_order.pk:
            raise Invalid({name: "There is no such record on this work order."})
    if task is not None and comment is not None:
        raise Invalid({"task": "It belongs to a step or to a comment, not to both."})
    own = by is not None and not may(by, "workorder.view_all", "workorder.view_own")
    return {
        "task": task,
        "comment": comment,
        "for_requester": for_requester or own or (comment is not None and comment.for_requester),
    }


def check(link: WorkOrderMedia) -> None:
    if link.label not in MediaLabel.values:
        raise Invalid({"label": "Use before, after, or nothing."})


@transaction.atomic
def promise_media(
    work_order: WorkOrder,
    *,
    by: Member | None,
    name: str,
    content_type: str,
    size: int,
    task: Task | None = None,
    label: str = "",
    caption: str = "",
    for_requester: bool = False,
) -> tuple[WorkOrderMedia, str]:
    """Announce a file that will be sent to the address that is returned. Others see it once it has arrived."""
    work_order = writing.lock(work_order)
    permissions.require_media(by, work_order)
    writing.refuse_closed(work_order)
    link = WorkOrderMedia(
        tenant_id=work_order.tenant_id,
        work_order=work_order,
        label=label,
        **placed(work_order, task, None, by, for_requester),
    )
    check(link)
    link.file, address = media.promise(
        by=by, tenant_id=work_order.tenant_id, name=name, content_type=content_type, size=size, caption=caption
    )
    link.save(force_insert=True)
    return link, address


@transaction.atomic
def label_media(
    work_order: WorkOrder,
    *,
    by: Member | None,
    media_file: MediaFile,
    label: str | None = None,
    caption: str | None = None,
    rotate: int = 0,
    for_requester: bool | None = None,
    expected_version: int | None = None,
) -> WorkOrderMedia:
    """Say what it shows (before, after), describe it, turn a picture clockwise, show it to the requester."""
    work_order = writing.lock(work_order)
    link = link_of(work_order, media_file)
    permissions.require_media_change(by, work_order, link.file)
    writing.refuse_closed(work_order)
    told = media.describe(link.file, by=by, caption=caption, turn=rotate, expected_version=expected_version)
    wanted = {"label": label, "for_requester": for_requester}
    if for_requester is not None and not may(by, "workorder.view_all", "workorder.view_own"):
        del wanted["for_requester"]
    changes = writing.apply(link, {name: value for name, value in wanted.items() if value is not None})
    check(link)
    if changes:
        link.save(update_fields=sorted(changes))
        told |= changes
    if told:
        writing.save(work_order, ())
        events.record("work_order.media_changed", work_order, by=by, changes=told | {"media": [str(link.file_id)] * 2})
    return link


@transaction.atomic
def remove_media(work_order: WorkOrder, *, by: Member | None, media_file: MediaFile) -> None:
    """Delete a photo or file; gone with the commit."""
    work_order = writing.lock(work_order)
    link = link_of(work_order, media_file)
    permissions.require_media_change(by, work_order, link.file)
    writing.refuse_closed(work_order)
    name, task = link.file.original_name, link.task
    media.remove(link.file, by=by)
    writing.save(work_order, ())
    events.record(
        "work_order.media_removed",
        work_order,
        by=by,
        changes={"media": [str(media_file.pk), None], "name": [name, None]},
    )
    if task is not None:
        answering.file_removed(task, by=by)


def link_of(work_order: WorkOrder, media_file: MediaFile) -> WorkOrderMedia:
    found = WorkOrderMedia.objects.select_related("file").filter(work_order=work_order, file=media_file.pk).first()
    if found is None:
        raise Conflict("Somebody deleted this file in the meantime.", code="gone", headline="The file is gone")
    return found


def forget_media(links: Iterable[WorkOrderMedia], *, by: Member | None) -> None:
    """What goes along when a work order, a step or a comment is deleted: called by those acts, under their lock."""
    for link in links:
        media.remove(link.file, by=by)
