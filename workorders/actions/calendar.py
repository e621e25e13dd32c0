"""Put a work order on another day of the calendar."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.db import transaction

from core.errors import Conflict
from tenancy.models import Member
from workorders import permissions
from workorders.actions import writing
from workorders.actions.reporting import update
from workorders.models import WorkOrder

BY = {"due": "due_at", "scheduled": "scheduled_at"}


@transaction.atomic
def move_to_day(
    work_order: WorkOrder, *, by: Member, kind: str, day: dt.date, expected_version: int | None = None
) -> WorkOrder:
    """The due or scheduled date on another day of the tenant's zone, at the same time of the day.

    A time that the clocks leave out on that day moves forward by the gap.
    """
    work_order = writing.lock(work_order, expected_version=expected_version)
    name = BY[kind]
    permissions.require_edit(by, work_order, {name})
    before: dt.datetime | None = getattr(work_order, name)
    if before is None:
        raise Conflict("It has no such date yet: edit it.", code="no_date", headline="Cannot move")
    zone = ZoneInfo(by.tenant.time_zone)
    at = dt.datetime.combine(day, before.astimezone(zone).time(), tzinfo=zone).astimezone(dt.UTC)
    return update(work_order, by=by, changes={name: at})
