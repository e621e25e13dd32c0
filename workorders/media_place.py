"""Work orders as a place of files, for what happens to files by itself (`media.belonging`)."""

from __future__ import annotations

from uuid import UUID

from media.belonging import Place
from workorders.actions import writing
from workorders.models import WorkOrder


def find(file_id: UUID) -> WorkOrder | None:
    return WorkOrder.objects.filter(media__file=file_id).first()


def lock(work_order: WorkOrder) -> WorkOrder:
    locked = writing.lock(work_order)
    writing.refuse_closed(locked)
    return locked


def touch(work_order: WorkOrder) -> None:
    writing.save(work_order, ())


PLACE = Place("work_order", find, lock, touch)
