"""Who is meant by @Name in a note: members who see the work order and the note, nobody else."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from django.db.models import UUIDField, Value

from core.errors import Invalid
from tenancy.models import Member
from tenancy.permissions import may
from workorders import permissions
from workorders.models import WorkOrder

MOST = 50
OFFERED = 8
# How many people one question to the database asks about.
BATCH = 40


def candidates(work_order: WorkOrder) -> Iterable[Member]:
    """Members who could be told: active, with a login."""
    return (
        Member.objects.filter(tenant_id=work_order.tenant_id, is_active=True, user__isnull=False)
        .select_related("role")
        .order_by("name", "pk")
    )


def seeing(work_order: WorkOrder, members: Sequence[Member]) -> set[UUID]:
    """Those of the members who see the work order, asked by the one sight there is, a batch at a time."""
    everywhere = {one.pk for one in members if may(one, "workorder.view_all") and not one.scoped}
    rest = [one for one in members if one.pk not in everywhere]
    found = set(everywhere)
    for start in range(0, len(rest), BATCH):
        asked = [
            WorkOrder.objects.visible_to(one)
            .filter(pk=work_order.pk)
            .order_by()
            .annotate(who=Value(one.pk, output_field=UUIDField()))
            .values_list("who")
            for one in rest[start : start + BATCH]
        ]
        found.update(pk for (pk,) in asked[0].union(*asked[1:], all=True))
    return found


def offered(work_order: WorkOrder, by: Member, text: str) -> list[tuple[UUID, str]]:
    """The first members of a name like this whom `by` may mention, by name. None for who only follows their own request."""
    if not permissions.reads_every_note(by):
        return []
    fitting = candidates(work_order).exclude(pk=by.pk)  # type: ignore[attr-defined]
    for word in text.replace("\x00", " ").split()[:4]:
        fitting = fitting.filter(name__icontains=word)
    found: list[tuple[UUID, str]] = []
    for start in range(0, 5 * BATCH, BATCH):
        members = list(fitting[start : start + BATCH])
        seen = seeing(work_order, members) if members else set()
        found += [(one.pk, one.name) for one in members if one.pk in seen]
        if len(found) >= OFFERED or len(members) < BATCH:
            break
    return found[:OFFERED]


def named(text: str, people: Iterable[tuple[UUID, str]]) -> dict[UUID, str]:
    """The people whose full name stands behind an @ in the text; the longest name that fits is meant."""
    by_name: dict[str, dict[UUID, str]] = {}
    for pk, name in people:
        by_name.setdefault(name.casefold(), {})[pk] = name
    low = text.casefold()
    found: dict[UUID, str] = {}
    for place in list(re.finditer(r"(?<!\w)@", low))[:MOST]:
        rest = low[place.end() : place.end() + 160]
        fitting = [name for name in by_name if rest.startswith(name) and not rest[len(name) : len(name) + 1].isalnum()]
        if fitting:
            found |= by_name[max(fitting, key=len)]
    return found


def resolve(
    work_order: WorkOrder, *, by: Member | None, text: str, given: Collection[Member], for_requester: bool
) -> set[UUID]:
    """Ids of who is mentioned: `given` by id, and typed as @Full Name. `Invalid` for somebody who would never see the note.

    Who may not look people up learns nothing by typing names: theirs stay plain text.
    """
    typed: dict[UUID, str] = {}
    if "@" in text:
        typed = named(text, candidates(work_order).values_list("pk", "name"))  # type: ignore[attr-defined]
    if not typed and not given:
        return set()
    inside = by is None or permissions.reads_every_note(by)
    if not inside:
        typed = {}
    if (given and not inside) or len(typed) + len(given) > MOST:
        raise Invalid({"mentions": f"Mention at most {MOST} members who see this work order."})
    wanted = set(typed) | {one.pk for one in given}
    people = list(candidates(work_order).filter(pk__in=wanted))  # type: ignore[attr-defined]
    seen = seeing(work_order, people) if people else set()
    reads = {one.pk for one in people if one.pk in seen and (for_requester or permissions.reads_every_note(one))}
    if any(one.pk not in reads for one in given):
        raise Invalid({"mentions": "Everybody mentioned must see this work order and this note."})
    reached = {name.casefold() for pk, name in typed.items() if pk in reads}
    missed = sorted({name for pk, name in typed.items() if pk not in reads and name.casefold() not in reached})
    if missed and may(by, "people.view"):
        hidden = any(pk in seen for pk, name in typed.items() if name in missed)
        way = "show the note to the requester" if hidden else "show them the work order first"
        raise Invalid({"text": f"{', '.join(missed)} would not see this: {way}, or leave out the @."})
    return reads - ({by.pk} if by else set())
