"""Parts of a work order: asked for, reserved, issued, used, returned.

A line is still to be given (`requested`, `reserved`) until all that is wanted is out; what came back is no longer the job's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from core import events
from core.errors import Conflict, Invalid, NotFound, PermissionDenied, Stale
from core.ids import uuid7
from inventory.models import Part
from inventory.quantities import exact, plain
from tenancy.models import Member
from tenancy.permissions import require
from workorders import permissions
from workorders.actions import costing, writing
from workorders.actions.stockroom import Move, keep, post, taken, wanting
from workorders.actions.writing import KEEP
from workorders.choices import Meaning, MovementKind, PartStatus
from workorders.models import PartLine, WorkOrder

MOST_LINES = 500
MOST_COST = Decimal(1_000_000_000)
CHANGEABLE = frozenset({"quantity", "unit_cost", "actual_cost", "note", "status"})
HEADLINE = "Invalid part data"


# --- What every act on lines shares ----------------------------------------------------------------------------------
def lock_line(line: PartLine, expected_version: int | None) -> tuple[WorkOrder, PartLine]:
    """The work order, locked, and the line as it is now. One lock for all lines of a job: quantities never race."""
    work_order: WorkOrder = WorkOrder.objects.lock(line.work_order_id)
    found = PartLine.objects.select_related("part").filter(pk=line.pk, work_order=work_order).first()
    if found is None:
        raise NotFound("There is no such part on this work order.", headline="Part not found")
    if expected_version is not None and found.version != expected_version:
        raise Stale(found.version, headline="Part has changed")
    found.work_order = work_order
    return work_order, found


def refuse_ended(work_order: WorkOrder, *, completed: bool = False) -> None:
    """Nothing is asked for or given for cancelled work (and, with `completed`, for finished work)."""
    ended = (Meaning.CANCELLED, Meaning.COMPLETED) if completed else (Meaning.CANCELLED,)
    if work_order.meaning in ended:
        raise Conflict(
            f"The work is {Meaning(work_order.meaning).label.lower()}: nothing more is given out for it.",
            code=work_order.meaning,
            headline="Not possible now",
        )


def require_money(by: Member | None, *values: Any) -> None:
    """Who names a price may see prices."""
    if any(value is not None for value in values) and not permissions.can_see_part_costs(by):
        raise PermissionDenied("cost.view", "You need the permission “cost.view” to say what a part costs.")


def checked(value: Any, problems: dict[str, str], path: str) -> Decimal:
    try:
        return exact(value)
    except ValueError as error:
        problems[path] = str(error)
        return Decimal(0)


def checked_cost(value: Decimal | None, problems: dict[str, str], path: str, places: int) -> None:
    if value is not None and (not 0 <= value <= MOST_COST or value != round(value, places)):
        problems[path] = f"A cost is 0 or more, with at most {places} decimals."


def words(line: PartLine, quantity: Decimal) -> str:
    """ "2 × OF-118 Oil filter": what the history says of a move."""
    unit = "" if line.part.unit == "each" else f" {line.part.unit}"
    return f"{plain(quantity)}{unit} × {line.part.number} {line.part.name}"


def written(
    work_order: WorkOrder,
    line: PartLine,
    fact: str,
    by: Member | None,
    told: Mapping[str, Any],
    at: dt.datetime | None = None,
) -> PartLine:
    """Write a line that changed, what the job costs by it, and one event."""
    keep([line])
    costing.refresh(work_order)
    events.record(
        f"work_order.{fact}", work_order, by=by, at=at, changes={"line": [str(line.pk), str(line.pk)], **told}
    )
    return line


# --- Asking for parts ------------------------------------------------------------------------------------------------
@transaction.atomic
def add_parts(
    work_order: WorkOrder,
    *,
    by: Member | None,
    lines: Sequence[Mapping[str, Any]],
    reserve: bool = False,
    at: dt.datetime | None = None,
) -> list[PartLine]:
    """Ask for parts: `part`, `quantity` and, where known, `unit_cost`, `actual_cost`, `note`, `id` of each.

    Without a cost the catalogue's is the estimate. `reserve` keeps them for the job at once. However many lines there are,
    the number of statements is the same. Problems are named `parts[1].quantity`.
    """
    work_order = writing.lock(work_order)
    permissions.require_parts(by, work_order)
    if reserve:
        require(by, "part.give")
    require_money(by, *(line.get(name) for line in lines for name in ("unit_cost", "actual_cost")))
    writing.refuse_closed(work_order)
    refuse_ended(work_order, completed=reserve)
    if not lines:
        return []
    happened = writing.happened_at(work_order, at)
    made = new_lines(work_order, by, lines, happened)
    PartLine.objects.bulk_create(made)
    if reserve:
        post([Move(line, MovementKind.RESERVE, line.quantity) for line in made], by=by, at=happened)
        for line in made:
            line.status = PartStatus.RESERVED
        keep(made)
    costing.refresh(work_order)
    told = {"parts": [None, [words(line, line.quantity) for line in made]]}
    events.record("work_order.part_added", work_order, by=by, at=happened, changes=told)
    return made


def new_lines(
    work_order: WorkOrder, by: Member | None, lines: Sequence[Mapping[str, Any]], at: dt.datetime
) -> list[PartLine]:
    problems: dict[str, str] = {}
    if work_order.part_lines.count() + len(lines) > MOST_LINES:
        raise Conflict(f"A work order has at most {MOST_LINES} lines of parts.", code="too_many_parts")
    made = []
    for number, given in enumerate(lines):
        part: Part = given["part"]
        path = f"parts[{number}]"
        if part.tenant_id != work_order.tenant_id:
            problems[f"{path}.part"] = "Part must exist"
        elif part.archived_at is not None and by is not None:
            # What the system brings from a plan is not held up by the catalogue.
            problems[f"{path}.part"] = f"{part.name} was taken out of the catalogue; choose another part."
        unit_cost, actual = given.get("unit_cost"), given.get("actual_cost")
        checked_cost(unit_cost, problems, f"{path}.unit_cost", 4)
        checked_cost(actual, problems, f"{path}.actual_cost", 2)
        note = str(given.get("note") or "").strip()
        if len(note) > 300:
            problems[f"{path}.note"] = "A note has at most 300 characters."
        made.append(
            PartLine(
                id=given.get("id") or uuid7(),
                tenant_id=work_order.tenant_id,
                work_order=work_order,
                part=part,
                quantity=checked(given.get("quantity"), problems, f"{path}.quantity"),
                unit_cost=part.unit_cost if unit_cost is None else unit_cost,
                priced=unit_cost is not None,
                actual_cost=actual,
                note=note,
                added_by=by,
                added_at=at,
            )
        )
    if problems:
        raise Invalid(problems, headline=HEADLINE)
    return made


# --- Changing a line -------------------------------------------------------------------------------------------------
@transaction.atomic
def update_part(
    line: PartLine, *, by: Member | None, changes: Mapping[str, Any], expected_version: int | None = None
) -> PartLine:
    """Change `quantity`, `unit_cost`, `actual_cost`, `note` and move the line to a `status`, whatever it was before.

    A status stands for the movements that lead there: `used` from `requested` issues what was used; `requested` from
    `issued` takes everything back. Nothing is written when nothing differs.
    """
    work_order, line = lock_line(line, expected_version)
    permissions.require_parts(by, work_order)
    writing.refuse_closed(work_order)
    if unknown := set(changes) - CHANGEABLE:
        raise ValueError(f"not fields of a part line: {', '.join(sorted(unknown))}")
    named = "quantity" in changes
    changes = {name: value for name, value in changes.items() if value != getattr(line, name)}
    status = changes.pop("status", None)
    if status is None and line.status == PartStatus.USED and "quantity" in changes:
        # Of what was used already another quantity is that much used.
        status = PartStatus.USED
    if status is not None:
        refuse_ended(work_order)
    told = change_figures(line, by, changes, moving=status is not None)
    if status is not None:
        told |= change_status(work_order, line, by, status, named)
    if not told:
        return line
    return written(work_order, line, "part_changed", by, told | {"parts": [None, [words(line, line.quantity)]]})


def change_figures(line: PartLine, by: Member | None, changes: Mapping[str, Any], *, moving: bool) -> dict[str, Any]:
    """Set what was wanted, what it costs and the note. `moving`: a status follows, which settles what is out."""
    require_money(by, changes.get("unit_cost"), 0 if "actual_cost" in changes else None)
    problems: dict[str, str] = {}
    wanted = {name: value for name, value in changes.items() if value is not None or name == "actual_cost"}
    if "quantity" in wanted:
        wanted["quantity"] = checked(wanted["quantity"], problems, "quantity")
        if not problems and not moving and wanted["quantity"] < taken(line):
            problems["quantity"] = f"{plain(taken(line))} are out already: return what is not needed first."
    checked_cost(wanted.get("unit_cost"), problems, "unit_cost", 4)
    checked_cost(wanted.get("actual_cost"), problems, "actual_cost", 2)
    if "unit_cost" in wanted and taken(line):
        problems["unit_cost"] = "It was issued at its cost already: give the actual cost instead."
    if len(str(wanted.get("note") or "")) > 300:
        problems["note"] = "A note has at most 300 characters."
    if problems:
        raise Invalid(problems, headline=HEADLINE)
    told = writing.apply(line, wanted)
    if "unit_cost" in told:
        line.priced = True
    if "quantity" in told:
        surplus = min(line.reserved, line.reserved + taken(line) - line.quantity)
        if surplus > 0:
            post([Move(line, MovementKind.RELEASE, surplus)], by=by)
        if not moving:
            line.status = given_so_far(line)
    # What it costs is not everybody's to know who hears of events.
    return {name: [] if name.endswith("_cost") else values for name, values in told.items()}


def given_so_far(line: PartLine) -> str:
    """The status of a line after its quantities changed, as long as nobody said that it was used."""
    if line.status == PartStatus.USED:
        return PartStatus.USED
    if line.issued and not taken(line) and line.status not in (PartStatus.REQUESTED, PartStatus.RESERVED):
        return PartStatus.RETURNED
    if taken(line) and not wanting(line):
        return PartStatus.ISSUED
    return PartStatus.RESERVED if line.reserved else PartStatus.REQUESTED


def change_status(
    work_order: WorkOrder, line: PartLine, by: Member | None, status: str, quantity_given: bool
) -> dict[str, Any]:
    before = line.status
    out = taken(line)
    if status == PartStatus.USED:
        use(line, line.quantity if quantity_given or not out else out, by, None)
    elif status == PartStatus.RETURNED:
        give_back(line, None, by, None)
        line.status = PartStatus.RETURNED
    elif status == PartStatus.ISSUED and line.quantity == out:
        line.status = PartStatus.ISSUED
    elif status in (PartStatus.ISSUED, PartStatus.RESERVED):
        require(by, "part.give")
        refuse_ended(work_order, completed=True)
        if status == PartStatus.ISSUED:
            to_quantity(line, line.quantity, by, None)
        elif status == PartStatus.RESERVED:
            to_quantity(line, Decimal(0), by, None)
            if missing := wanting(line) - line.reserved:
                post([Move(line, MovementKind.RESERVE, missing)], by=by)
        line.status = status
    elif status == PartStatus.REQUESTED:
        to_quantity(line, Decimal(0), by, None)
        if line.reserved:
            post([Move(line, MovementKind.RELEASE, line.reserved)], by=by)
        line.status = PartStatus.REQUESTED
    else:
        raise Invalid({"status": f"Use one of {', '.join(PartStatus.values)}."}, headline=HEADLINE)
    return {"status": [before, line.status]}


def to_quantity(line: PartLine, quantity: Decimal, by: Member | None, at: dt.datetime | None) -> None:
    """Issue or take back so that exactly this quantity is out."""
    more = quantity - taken(line)
    if more > 0:
        post([Move(line, MovementKind.ISSUE, more)], by=by, at=at)
    elif more < 0:
        post([Move(line, MovementKind.RETURN, -more)], by=by, at=at)


def use(line: PartLine, quantity: Decimal, by: Member | None, at: dt.datetime | None) -> None:
    to_quantity(line, quantity, by, at)
    if line.reserved:
        post([Move(line, MovementKind.RELEASE, line.reserved)], by=by, at=at)
    line.status = PartStatus.USED


def give_back(line: PartLine, quantity: Decimal | None, by: Member | None, at: dt.datetime | None) -> Decimal:
    if not taken(line):
        raise Conflict(
            "Nothing of it is out, so nothing can come back. Remove the line if it is not needed.",
            code="nothing_issued",
        )
    back = taken(line) if quantity is None else quantity
    post([Move(line, MovementKind.RETURN, back)], by=by, at=at)
    if not taken(line) and line.status not in (PartStatus.REQUESTED, PartStatus.RESERVED):
        line.status = PartStatus.RETURNED
    return back


def sound(quantity: Any) -> Decimal:
    problems: dict[str, str] = {}
    found = checked(quantity, problems, "quantity")
    if problems:
        raise Invalid(problems, headline=HEADLINE)
    return found


# --- Giving out ------------------------------------------------------------------------------------------------------
@transaction.atomic
def reserve_part(
    line: PartLine,
    *,
    by: Member | None,
    quantity: Decimal | None = None,
    at: dt.datetime | None = None,
    expected_version: int | None = None,
) -> PartLine:
    """Keep what is wanted (all that is missing, unless said otherwise) for this job in the store."""
    work_order, line = lock_line(line, expected_version)
    at = writing.happened_at(work_order, at)
    require(by, "part.give")
    writing.refuse_closed(work_order)
    refuse_ended(work_order, completed=True)
    missing = wanting(line) - line.reserved
    if missing <= 0:
        raise Conflict("Everything that is wanted is reserved or issued already.", code="reserved")
    more = missing if quantity is None else sound(quantity)
    post([Move(line, MovementKind.RESERVE, more)], by=by, at=at)
    line.status = PartStatus.RESERVED
    return written(work_order, line, "part_reserved", by, {"parts": [None, [words(line, more)]]}, at)


@transaction.atomic
def issue_part(
    line: PartLine,
    *,
    by: Member | None,
    quantity: Decimal | None = None,
    at: dt.datetime | None = None,
    expected_version: int | None = None,
) -> PartLine:
    """Give out what is wanted (all that is missing, unless said otherwise); never more than that."""
    work_order, line = lock_line(line, expected_version)
    at = writing.happened_at(work_order, at)
    require(by, "part.give")
    writing.refuse_closed(work_order)
    refuse_ended(work_order, completed=True)
    missing = wanting(line)
    if missing <= 0:
        raise Conflict(f"All {plain(line.quantity)} that are wanted are given out already.", code="issued")
    more = missing if quantity is None else sound(quantity)
    if more > missing:
        raise Conflict(
            f"No more than {plain(missing)} are wanted: raise the quantity of the line first.",
            code="more_than_wanted",
            field="quantity",
        )
    post([Move(line, MovementKind.ISSUE, more)], by=by, at=at)
    left = PartStatus.RESERVED if line.reserved else PartStatus.REQUESTED
    line.status = left if wanting(line) else PartStatus.ISSUED
    return written(work_order, line, "part_issued", by, {"parts": [None, [words(line, more)]]}, at)


# --- At the machine --------------------------------------------------------------------------------------------------
@transaction.atomic
def use_part(
    line: PartLine,
    *,
    by: Member | None,
    quantity: Decimal | None = None,
    actual_cost: Decimal | None = KEEP,
    at: dt.datetime | None = None,
    expected_version: int | None = None,
) -> PartLine:
    """Say how much was used: what is out, or all that was planned, unless said otherwise.

    What was used without being issued is issued by this; what is out beyond it goes back; a reservation is given up.
    """
    work_order, line = lock_line(line, expected_version)
    at = writing.happened_at(work_order, at)
    permissions.require_parts(by, work_order)
    writing.refuse_closed(work_order)
    refuse_ended(work_order)
    if actual_cost is not KEEP:
        change_figures(line, by, {"actual_cost": actual_cost}, moving=True)
    amount = sound(quantity) if quantity is not None else taken(line) or line.quantity
    use(line, amount, by, at)
    return written(work_order, line, "part_used", by, {"parts": [None, [words(line, amount)]]}, at)


@transaction.atomic
def return_part(
    line: PartLine,
    *,
    by: Member | None,
    quantity: Decimal | None = None,
    at: dt.datetime | None = None,
    expected_version: int | None = None,
) -> PartLine:
    """Bring back to the store what is out (all of it, unless said otherwise), at the cost it was issued at."""
    work_order, line = lock_line(line, expected_version)
    at = writing.happened_at(work_order, at)
    permissions.require_parts(by, work_order)
    writing.refuse_closed(work_order)
    back = give_back(line, None if quantity is None else sound(quantity), by, at)
    return written(work_order, line, "part_returned", by, {"parts": [None, [words(line, back)]]}, at)


@transaction.atomic
def remove_part(line: PartLine, *, by: Member | None, expected_version: int | None = None) -> dt.datetime:
    """Take a line off the job; what was reserved is free again. What is out must come back first. Returns when."""
    work_order, line = lock_line(line, expected_version)
    permissions.require_parts(by, work_order)
    writing.refuse_closed(work_order)
    if taken(line):
        raise Conflict(
            f"{plain(taken(line))} of it are out: return them first.", code="issued", headline="Cannot remove part"
        )
    if line.reserved:
        post([Move(line, MovementKind.RELEASE, line.reserved)], by=by)
    told = {"line": [str(line.pk), None], "parts": [[words(line, line.quantity)], None]}
    line.delete()
    costing.refresh(work_order)
    events.record("work_order.part_removed", work_order, by=by, changes=told)
    return timezone.now()
