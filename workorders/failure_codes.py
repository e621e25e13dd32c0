"""Reading the failure catalogue: the code that a text names, and what a person is offered to choose from."""

from __future__ import annotations

import difflib
from collections.abc import Container
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from assets.models import Asset
from core.errors import Invalid
from tenancy.models import Member
from workorders.choices import CodeKind
from workorders.models import FailureCode, FailureCodeClass, WorkOrder

# How many of an asset's newest work orders are asked which codes were used on it.
LOOKED_AT = 50
SHOWN_FIRST = 4


def find_code(member: Member, kind: str, text: str) -> FailureCode | None:
    """The code of this kind that a text names: the code itself, its name, or both; `Invalid` names the closest one."""
    text = " ".join(text.split())
    if not text:
        return None
    head = text.partition(" ")[0]
    known = list(FailureCode.objects.filter(tenant_id=member.tenant_id, kind=kind).order_by("-is_active", "position"))
    wanted = text.casefold()
    for said in (
        lambda row: row.code.casefold() == wanted,
        lambda row: row.name.casefold() == wanted,
        lambda row: row.code.casefold() == head.casefold() and f"{row.code} {row.name}".casefold() == wanted,
    ):
        if found := [row for row in known if said(row)]:
            return found[0]
    raise unknown_code(kind, text, [row for row in known if row.is_active])


def unknown_code(kind: str, text: str, known: list[FailureCode]) -> Invalid:
    noun = "failure code" if kind == CodeKind.PROBLEM else f"{kind} code"
    sentence = f"Unknown {noun} “{text[:60]}”."
    words = {word.casefold(): row for row in known for word in (row.name, row.code)}
    if close := difflib.get_close_matches(text.casefold(), words, n=1, cutoff=0.5):
        nearest = words[close[0]]
        sentence += f" The closest is {nearest.code} ({nearest.name})."
    elif known:
        sentence += f" {known[0].code} ({known[0].name}) is one; see /failure-codes for all."
    return Invalid({kind: sentence}, headline="Invalid work order data")


def refuse_codes(work_order: WorkOrder, anew: Container[str], problems: dict[str, str]) -> None:
    """What is wrong with the codes of a work order; only those set anew must still be in use."""
    for kind in CodeKind.values:
        row = work_order._state.fields_cache.get(kind)
        if row is None:
            continue
        if row.tenant_id != work_order.tenant_id or row.kind != kind:
            problems[kind] = f"There is no such {kind} code."
        elif kind in anew and not row.is_active:
            problems[kind] = f"{row.code} is out of use; choose another {kind} code."


@dataclass(slots=True)
class Choices:
    """What one question offers: `recent` were last used on this asset, newest first; `codes` are all, the likeliest first."""

    recent: list[FailureCode] = field(default_factory=list)
    codes: list[FailureCode] = field(default_factory=list)


def choices_for(member: Member, asset: Asset | None, *, keep: Container[UUID] = ()) -> dict[str, Choices]:
    """The codes in use by kind, for a job on this asset: last used there, then those of its class, then the others.

    `keep`: codes that are chosen already and stay on offer. Two queries, however many there are. Which codes were used on an
    asset is told to whoever may see the asset; it says nothing of the jobs.
    """
    rows = FailureCode.objects.filter(tenant_id=member.tenant_id).order_by("kind", "position", "name")
    of_class = FailureCodeClass.objects.filter(failure_code=OuterRef("pk"))
    rows = rows.annotate(classed=Exists(of_class))
    if asset and asset.category_id:
        rows = rows.annotate(fitting=Exists(of_class.filter(category_id=asset.category_id)))
    used = last_used(asset.pk if asset else None)
    found = {kind: Choices() for kind in CodeKind.values}
    for row in rows.filter(Q(is_active=True) | Q(pk__in=list(keep))):  # type: ignore[call-overload]
        found[row.kind].codes.append(row)
    for choices in found.values():
        choices.recent = sorted((row for row in choices.codes if row.pk in used), key=lambda row: used[row.pk])
        choices.codes.sort(key=lambda row: (used.get(row.pk, LOOKED_AT), rank(row)))
        choices.recent = choices.recent[:SHOWN_FIRST]
    return found


def rank(row: FailureCode) -> int:
    """Of the asset's class, for all equipment, of other classes."""
    if getattr(row, "fitting", False):
        return 0
    return 2 if row.classed else 1  # type: ignore[attr-defined]


def last_used(asset_id: UUID | None) -> dict[UUID, int]:
    """Code → how long ago it was used on the asset: 0 for the newest work order that has any."""
    if asset_id is None:
        return {}
    rows = (
        WorkOrder.objects.filter(asset_id=asset_id)
        .exclude(problem=None, cause=None, remedy=None)
        .order_by("-created_at")
        .values_list("problem_id", "cause_id", "remedy_id")[:LOOKED_AT]
    )
    used: dict[UUID, int] = {}
    for place, row in enumerate(rows):
        for pk in row:
            if pk:
                used.setdefault(pk, place)
    return used
