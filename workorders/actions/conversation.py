"""Comment on a work order; show one to somebody who would not see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet
from guardian.shortcuts import assign_perm, remove_perm

from core import events
from core.errors import Invalid
from tenancy.models import Member, User
from tenancy.permissions import may, require
from workorders.actions import writing
from workorders.models import Comment, WorkOrder, WorkOrderException


@transaction.atomic
def comment(
    work_order: WorkOrder,
    *,
    by: Member | None,
    text: str,
    for_requester: bool = False,
    at: dt.datetime | None = None,
) -> Comment:
    """Add a note to the thread; also on closed work. What a requester writes, the requester sees."""
    work_order = writing.lock(work_order)
    require(by, "workorder.comment")
    text = text.strip()
    if not text:
        raise Invalid({"text": "Write something first."})
    if len(text) > 10_000:
        raise Invalid({"text": "A note has at most 10,000 characters."})
    own = (
        by is not None
        and work_order.requested_by_id == by.pk
        and not may(by, "workorder.view_all", "workorder.view_own")
    )
    happened = writing.happened_at(work_order, at)
    note = Comment.objects.create(
        tenant_id=work_order.tenant_id,
        work_order=work_order,
        author=by,
        text=text,
        for_requester=for_requester or own,
        created_at=happened,
    )
    writing.save(work_order, ())
    events.record("work_order.commented", work_order, by=by, at=happened, changes={"note": [None, str(note.pk)]})
    return note


@transaction.atomic
def share(work_order: WorkOrder, *, by: Member | None, with_member: Member) -> None:
    """Let one member see this work order besides what their role and scope show them."""
    work_order = writing.lock(work_order)
    require(by, "workorder.share")
    user = login_of(work_order, with_member)
    if exceptions_of(work_order, user).exists():
        return
    assign_perm("workorders.view_workorder", user, work_order)
    events.record("work_order.shared", work_order, by=by, changes={"shared_with": [None, str(with_member.pk)]})


@transaction.atomic
def unshare(work_order: WorkOrder, *, by: Member | None, with_member: Member) -> None:
    """Take such an exception back."""
    work_order = writing.lock(work_order)
    require(by, "workorder.share")
    user = login_of(work_order, with_member)
    if not exceptions_of(work_order, user).exists():
        return
    remove_perm("workorders.view_workorder", user, work_order)
    events.record("work_order.unshared", work_order, by=by, changes={"shared_with": [str(with_member.pk), None]})


@transaction.atomic
def share_with(work_order: WorkOrder, *, by: Member, members: Iterable[Member]) -> list[Member]:
    """Share with exactly these members; one's own exception stays. Returns who sees it now."""
    work_order = writing.lock(work_order)
    require(by, "workorder.share")
    before, after = set(shared_with(work_order)), set(members)
    for member in sorted(after - before, key=str):
        share(work_order, by=by, with_member=member)
    for member in sorted(before - after - {by}, key=str):
        unshare(work_order, by=by, with_member=member)
    return shared_with(work_order)


def shared_with(work_order: WorkOrder) -> list[Member]:
    """The members it was shown to, by name."""
    users = WorkOrderException.objects.filter(content_object=work_order, permission__codename="view_workorder")
    return list(
        Member.objects.filter(tenant_id=work_order.tenant_id, user__in=users.values("user")).order_by("name", "pk")
    )


def login_of(work_order: WorkOrder, member: Member) -> User:
    if member.tenant_id != work_order.tenant_id or member.user is None:
        raise Invalid({"member": "Choose a member who signs in."})
    return member.user


def exceptions_of(work_order: WorkOrder, user: User) -> QuerySet[WorkOrderException]:
    return WorkOrderException.objects.filter(
        content_object=work_order, user=user, permission__codename="view_workorder"
    )
