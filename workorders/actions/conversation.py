"""Comment on a work order; show one to somebody who would not see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from guardian.shortcuts import assign_perm, remove_perm

from core import events
from core.errors import Conflict, Invalid
from core.writing import lock as core_lock
from core.writing import save
from tenancy.models import Member, User
from tenancy.permissions import may, require
from workorders.actions import writing
from workorders.actions.writing import KEEP
from workorders.choices import NOTE_EDIT_MINUTES, NOTE_LENGTH
from workorders.mentions import named, resolve
from workorders.models import Comment, CommentRevision, Mention, WorkOrder, WorkOrderException


@transaction.atomic
def comment(
    work_order: WorkOrder,
    *,
    by: Member | None,
    text: str,
    for_requester: bool = False,
    mentions: Collection[Member] = (),
    at: dt.datetime | None = None,
) -> Comment:
    """Add a note to the thread; also on closed work. What a requester writes, the requester sees.

    Mentioned are the members of `mentions` and those typed as @Full Name, as far as they see the work order.
    """
    work_order = writing.lock(work_order)
    require(by, "workorder.comment")
    text = checked(text)
    own = (
        by is not None
        and work_order.requested_by_id == by.pk
        and not may(by, "workorder.view_all", "workorder.view_own")
    )
    shown = for_requester or own
    told = resolve(work_order, by=by, text=text, given=mentions, for_requester=shown)
    happened = writing.happened_at(work_order, at)
    note = Comment.objects.create(
        tenant_id=work_order.tenant_id,
        work_order=work_order,
        author=by,
        text=text,
        for_requester=shown,
        created_at=happened,
    )
    facts: list[tuple[str, Any, Any]] = [("work_order.commented", work_order, {"note": [None, str(note.pk)]})]
    events.record_many(facts + mention(note, work_order, told), by=by, at=happened)
    writing.save(work_order, ())
    return note


def checked(text: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid({"text": "Write something first."})
    if len(text) > NOTE_LENGTH:
        raise Invalid({"text": f"A note has at most {NOTE_LENGTH:,} characters."})
    return text


def mention(note: Comment, work_order: WorkOrder, members: set[UUID]) -> list[tuple[str, Any, Any]]:
    """Write who is mentioned, and answer the facts to record: notifications follow them."""
    Mention.objects.bulk_create(Mention(tenant_id=note.tenant_id, comment=note, member_id=pk) for pk in sorted(members))
    return [
        ("work_order.mentioned", work_order, {"member": [None, str(pk)], "note": [None, str(note.pk)]})
        for pk in sorted(members)
    ]


@transaction.atomic
def edit_comment(
    note: Comment,
    *,
    by: Member | None,
    text: str,
    mentions: Collection[Member] = KEEP,
    expected_version: int | None = None,
) -> Comment:
    """Change a note within `NOTE_EDIT_MINUTES`, by its author only. What it said before is kept; a note is never removed."""
    work_order = writing.lock(note.work_order)
    note = core_lock(note, expected_version=expected_version)
    require(by, "workorder.comment")
    if by is not None and note.author_id != by.pk:
        raise Conflict(
            "A note is changed only by who wrote it. Add one of your own.",
            code="not_author",
            headline="Cannot change note",
        )
    if timezone.now() - note.created_at > dt.timedelta(minutes=NOTE_EDIT_MINUTES):
        raise Conflict(
            f"A note can be changed for {NOTE_EDIT_MINUTES} minutes. Add another one that says what is right.",
            code="too_late",
            headline="Cannot change note",
        )
    text = checked(text)
    before = set(note.mentions.values_list("member_id", flat=True))
    after = mentions_after(work_order, note, before, by=by, text=text, given=mentions)
    if text == note.text and after == before:
        return note
    if text != note.text:
        CommentRevision.objects.create(tenant_id=note.tenant_id, comment=note, text=note.text)
        note.text, note.edited_at = text, timezone.now()
    note.mentions.filter(member_id__in=before - after).delete()
    save(note, ("text", "edited_at"))
    facts: list[tuple[str, Any, Any]] = [("work_order.note_edited", work_order, {"note": [str(note.pk), str(note.pk)]})]
    events.record_many(facts + mention(note, work_order, after - before), by=by)
    writing.save(work_order, ())
    return note


def mentions_after(
    work_order: WorkOrder, note: Comment, before: set[UUID], *, by: Member | None, text: str, given: Any
) -> set[UUID]:
    """Who is mentioned after an edit. With nobody named, those named by id stay and those typed are read anew."""
    shown = note.for_requester
    if given is not KEEP:
        return resolve(work_order, by=by, text=text, given=given, for_requester=shown)
    known = dict(Member.objects.filter(pk__in=before).values_list("pk", "name"))
    stay = before - named(note.text, known.items()).keys()
    return stay | resolve(work_order, by=by, text=text, given=(), for_requester=shown)


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
