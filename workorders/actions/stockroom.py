"""The counter of the storeroom: the one place through which quantities of part lines move.

`post` changes the figures of the lines and writes a `PartMovement` for each move, in one transaction with the act that asked
for it. Nothing else touches `reserved`, `issued` or `returned`. This is where the stock ledger will post from: for each move

- reserve: takes from what is available (on hand less reserved); what is missing becomes a recorded shortage, not a refusal
- release: gives the reservation back
- issue: takes from on hand at the moving average, which is then what `part.unit_cost` holds; the line's own reservation is
  consumed first, and only by the quantity issued; more than there is will be refused
- return: goes back on hand at the cost it was issued at, which the line keeps

with the balances locked in the order of the parts, so that two jobs never wait for each other. Until then the storeroom is
taken to have everything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from core.errors import Conflict
from inventory.quantities import plain
from tenancy.models import Member
from workorders import peers
from workorders.choices import MovementKind, PartStatus
from workorders.models import PartLine, PartMovement, WorkOrder

FIGURES = ("quantity", "reserved", "issued", "returned", "unit_cost", "priced", "actual_cost", "status", "note")


@dataclass(frozen=True, slots=True)
class Move:
    """A quantity of a line's part that is reserved, released, issued or returned. The line's `part` must be loaded."""

    line: PartLine
    kind: MovementKind
    quantity: Decimal


def taken(line: PartLine) -> Decimal:
    """What the job has of it now: issued less returned."""
    return line.issued - line.returned


def wanting(line: PartLine) -> Decimal:
    """What is still to be given."""
    return max(line.quantity - taken(line), Decimal(0))


def post(moves: Sequence[Move], *, by: Member | None, at: dt.datetime | None = None) -> list[PartMovement]:
    """Make the moves, in their order, and write them down. The caller holds the work order's lock and writes the lines after."""
    now = timezone.now()
    movements = []
    for move in moves:
        carry_out(move)
        movements.append(
            PartMovement(
                tenant_id=move.line.tenant_id,
                line=move.line,
                kind=move.kind,
                quantity=move.quantity,
                unit_cost=move.line.unit_cost,
                by=by,
                occurred_at=at or now,
                posted_at=now,
            )
        )
    return PartMovement.objects.bulk_create(movements)


def carry_out(move: Move) -> None:
    line, quantity = move.line, move.quantity
    if quantity <= 0:
        raise ValueError("a move has a quantity")
    if move.kind == MovementKind.RESERVE:
        if line.reserved + quantity > wanting(line):
            raise Conflict(
                f"No more than {plain(wanting(line))} can be reserved.", code="more_than_wanted", field="quantity"
            )
        line.reserved += quantity
    elif move.kind == MovementKind.RELEASE:
        line.reserved -= quantity
    elif move.kind == MovementKind.ISSUE:
        if not taken(line) and not line.priced:
            # From here on the line keeps this cost, whatever the catalogue says later.
            line.unit_cost = line.part.unit_cost
        line.issued += quantity
        line.reserved -= min(line.reserved, quantity)
    else:
        if quantity > taken(line):
            raise Conflict(
                f"Only {plain(taken(line))} can come back: no more is out.", code="more_than_issued", field="quantity"
            )
        line.returned += quantity


def keep(lines: Sequence[PartLine]) -> None:
    """Write the figures of lines, each with its next version, by one statement."""
    for line in lines:
        line.version += 1
    PartLine.objects.bulk_update(lines, [*FIGURES, "version"])


def release_all(work_order: WorkOrder, *, by: Member | None, at: dt.datetime | None = None) -> list[PartLine]:
    """When a job ends: what is only reserved for it is free again. Returns the lines it was reserved on."""

    def load(ids: list[UUID]) -> dict[UUID, list[PartLine]]:
        return peers.listed(PartLine.objects.filter(work_order_id__in=ids, reserved__gt=0).select_related("part"))

    lines: list[PartLine] = peers.read(work_order, "reserved", load, [])
    for line in lines:
        line.work_order = work_order
    if lines:
        post([Move(line, MovementKind.RELEASE, line.reserved) for line in lines], by=by, at=at)
        for line in lines:
            line.status = PartStatus.ISSUED if taken(line) else PartStatus.REQUESTED
        keep(lines)
    return lines


def refuse_issued(work_order: WorkOrder) -> None:
    """A job on which parts were issued is not deleted: they would be gone from the store without a trace."""
    if work_order.part_lines.filter(issued__gt=0).exists():
        raise Conflict(
            "Parts were issued for it: cancel it instead", code="work_booked", headline="Cannot delete work order"
        )
