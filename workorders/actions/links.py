"""Link work orders: one blocks another, is a duplicate of it, is related to it, is a part of it."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from core import events
from core.errors import Conflict, Invalid, PermissionDenied
from core.writing import lock_tree
from tenancy.models import Member
from tenancy.permissions import may, require
from workorders.actions import working, writing
from workorders.choices import FINISHED, TERMINAL, LinkKind, Meaning
from workorders.links import KEPT_KINDS
from workorders.models import WorkOrder, WorkOrderLink

HEADLINE = "Cannot link work orders"
# What people link by hand; the other kinds are left by splitting and merging.
BY_HAND = (LinkKind.BLOCKS, LinkKind.DUPLICATE_OF, LinkKind.RELATED)


@transaction.atomic
def link(work_order: WorkOrder, *, by: Member | None, kind: str, to: WorkOrder, reason: str = "") -> WorkOrderLink:
    """`work_order` blocks, is a duplicate of or is related to `to`. A duplicate is cancelled, and says of what.

    A link that is there stays as it is. The database refuses a circle of work that waits for itself, also in a race.
    """
    if kind not in BY_HAND:
        raise Invalid({"kind": f"Choose how they hang together: {', '.join(BY_HAND)}."})
    if kind == LinkKind.BLOCKS:
        lock_tree(WorkOrderLink(tenant_id=work_order.tenant_id))
    refuse_itself(work_order, to)
    work_order, to = lock_all(work_order, to)
    require_link(by, work_order, kind)
    writing.refuse_closed(work_order)
    if kind == LinkKind.BLOCKS:
        refuse_ended(to, f"{to.number} is {to.status.name.lower()}: nothing can hold it up any more.")
    if kind == LinkKind.DUPLICATE_OF:
        work_order = close_duplicate(work_order, to, by=by, reason=reason)
    there = known(work_order, kind, to)
    return there or put(work_order, kind, to, by=by)


def require_link(by: Member | None, work_order: WorkOrder, kind: str) -> None:
    """Who edits work links it; who reported it may say to what it is related."""
    if may(by, "workorder.edit"):
        return
    if kind == LinkKind.RELATED and by is not None and work_order.requested_by_id == by.pk:
        return
    raise PermissionDenied("workorder.edit")


def known(first: WorkOrder, kind: str, second: WorkOrder) -> WorkOrderLink | None:
    same = Q(first=first, second=second)
    if kind == LinkKind.RELATED:
        same |= Q(first=second, second=first)
    return WorkOrderLink.objects.filter(same, kind=kind).first()


def put(first: WorkOrder, kind: str, second: WorkOrder, *, by: Member | None) -> WorkOrderLink:
    """Write the link between locked work orders and tell it on both."""
    made = WorkOrderLink(tenant_id=first.tenant_id, first=first, second=second, kind=kind, linked_by=by)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        if "wait for itself" not in str(error):
            raise
        raise Conflict(
            f"{second.number} blocks {first.number} already, by itself or through others: they would wait for each other.",
            code="cycle",
            headline=HEADLINE,
        ) from None
    tell("work_order.linked", made, first, second, by=by)
    return made


def tell(fact: str, row: WorkOrderLink, first: WorkOrder, second: WorkOrder, *, by: Member | None) -> None:
    """The fact on both ends, each with the other's id, and the next version of each."""
    facts: list[tuple[str, Any, Any]] = []
    for here, there, words in ((first, second, row.kind), (second, first, f"{row.kind}:by")):
        writing.save(here, ())
        value = {"kind": words, "workOrderId": str(there.pk)}
        facts.append((fact, here, {"link": [None, value] if fact == "work_order.linked" else [value, None]}))
    events.record_many(facts, by=by)


def close_duplicate(work_order: WorkOrder, of: WorkOrder, *, by: Member | None, reason: str) -> WorkOrder:
    """Cancel work that somebody else does already."""
    if of.meaning == Meaning.CANCELLED:
        raise Conflict(
            f"{of.number} is cancelled itself: name the work order that is done instead.",
            code="cancelled",
            headline=HEADLINE,
        )
    if work_order.meaning in FINISHED:
        raise Conflict(
            "Work that was done is no duplicate; link it as related.", code=work_order.meaning, headline=HEADLINE
        )
    if work_order.meaning == Meaning.CANCELLED:
        return work_order
    why = f"Duplicate of {of.number}." + (f" {reason.strip()}" if reason.strip() else "")
    return working.cancel(work_order, by=by, reason=why)


@transaction.atomic
def unlink(row: WorkOrderLink, *, by: Member | None) -> None:
    """Take a link back. What was cancelled as a duplicate stays cancelled until it is reinstated."""
    first, second = lock_all(row.first, row.second)
    require(by, "workorder.edit")
    if row.kind in KEPT_KINDS:
        raise Conflict(
            "This link is part of the record of a split or a merge and stays.", code="kept", headline="Cannot unlink"
        )
    for one in (first, second):
        if one.meaning == Meaning.CLOSED and row.kind != LinkKind.RELATED:
            writing.refuse_closed(one)
    if not WorkOrderLink.objects.filter(pk=row.pk).delete()[0]:
        return
    tell("work_order.unlinked", row, first, second, by=by)


@transaction.atomic
def set_parent(
    work_order: WorkOrder, *, by: Member | None, parent: WorkOrder | None, expected_version: int | None = None
) -> WorkOrder:
    """Make it a part of another work order, or of none. The database refuses a circle, also when two moves race."""
    lock_tree(work_order)
    before: Any = WorkOrder.objects.filter(pk=work_order.pk).values_list("parent_id", flat=True).first()
    rows = [work_order, *([parent] if parent else []), *WorkOrder.objects.filter(pk=before)]
    if parent is not None:
        refuse_itself(work_order, parent)
    locked = {one.pk: one for one in lock_all(*rows, expected=(work_order.pk, expected_version))}
    work_order, parent = locked[work_order.pk], locked[parent.pk] if parent else None
    require(by, "workorder.edit")
    writing.refuse_closed(work_order)
    if parent is not None and parent.pk != before:
        refuse_ended(parent, f"{parent.number} is {parent.status.name.lower()}: it takes no further parts.")
    told = writing.apply(work_order, {"parent": parent})
    if not told:
        return work_order
    try:
        with transaction.atomic():
            writing.save(work_order, told)
    except IntegrityError as error:
        if "part of itself" not in str(error):
            raise
        assert parent is not None
        raise Conflict(
            f"{parent.number} is itself a part of {work_order.number}.", code="cycle", field="parent", headline=HEADLINE
        ) from None
    child = str(work_order.pk)
    facts: list[tuple[str, Any, Any]] = [("work_order.updated", work_order, told)]
    for one in locked.values():
        if one.pk == work_order.pk:
            continue
        if one.meaning != Meaning.CLOSED:
            writing.save(one, ())
        facts.append(("work_order.updated", one, {"children": [None, child] if one == parent else [child, None]}))
    events.record_many(facts, by=by)
    return work_order


# --- What the acts on several work orders share -----------------------------------------------------------------------
def lock_all(*rows: WorkOrder, expected: tuple[Any, int | None] = (None, None)) -> list[WorkOrder]:
    """The rows as they are now, in the order given; locked by id, so that two such acts never wait for each other."""
    locked = {}
    for one in sorted({row.pk: row for row in rows}.values(), key=lambda row: row.pk):
        locked[one.pk] = writing.lock(one, expected_version=expected[1] if one.pk == expected[0] else None)
    return [locked[row.pk] for row in rows]


def refuse_itself(work_order: WorkOrder, other: WorkOrder) -> None:
    if other.tenant_id != work_order.tenant_id:
        raise Invalid({"to": "Work order must exist"})
    if other.pk == work_order.pk:
        raise Invalid({"to": "Choose another work order than this one."})


def refuse_ended(work_order: WorkOrder, sentence: str) -> None:
    if work_order.meaning in TERMINAL:
        raise Conflict(sentence, code=work_order.meaning, headline=HEADLINE)
