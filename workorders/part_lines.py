"""The parts of a job as its page shows them: what each line is, and what may be done with it next."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse

from inventory.models import Part
from inventory.quantities import plain
from tenancy.models import Member
from tenancy.permissions import may
from workorders import permissions
from workorders.actions.stockroom import taken, wanting
from workorders.choices import ACTIVE, TO_GIVE, Meaning, PartStatus
from workorders.models import PartLine, WorkOrder
from workorders.serializers.parts import total_of

FOUND = 8
# A line's state in the colours of work: waiting, promised, in hand, done, over.
TONES = {
    PartStatus.REQUESTED: "open",
    PartStatus.RESERVED: "assigned",
    PartStatus.ISSUED: "in_progress",
    PartStatus.USED: "completed",
    PartStatus.RETURNED: "closed",
}


@dataclass(frozen=True, slots=True)
class Rights:
    """What this member may do with the parts of this job; the acts decide again."""

    books: bool
    gives: bool
    works: bool
    costs: bool

    @classmethod
    def of(cls, work_order: WorkOrder, member: Member) -> Rights:
        open_ = work_order.meaning not in (Meaning.CLOSED, Meaning.CANCELLED) and work_order.sealed_at is None
        books = open_ and permissions.can_book_parts(member, work_order)
        return cls(
            books=books,
            gives=open_ and work_order.meaning in ACTIVE and may(member, "part.give"),
            works=books and permissions.can_work(member, work_order),
            costs=permissions.can_see_part_costs(member),
        )


def steps_of(line: PartLine, rights: Rights) -> list[dict[str, str]]:
    """The acts that a line offers: name, what the button says, its look."""
    found = []
    if line.status in TO_GIVE:
        if rights.gives:
            found.append({"name": "issue", "label": "Give out", "icon": "package-open"})
            if wanting(line) > line.reserved:
                found.append({"name": "reserve", "label": "Reserve", "icon": "bookmark"})
        if rights.books:
            found.insert(0 if rights.works else len(found), {"name": "use", "label": "Used", "icon": "check"})
        if rights.books and taken(line):
            found.append({"name": "return", "label": "Return", "icon": "undo-2"})
    elif rights.books and taken(line):
        if line.status == PartStatus.ISSUED:
            found.append({"name": "use", "label": "Used", "icon": "check"})
        found.append({"name": "return", "label": "Return", "icon": "undo-2"})
    return found


def told(line: PartLine) -> str:
    """ "5 wanted, 2 given out, 1 brought back": what differs from the plan."""
    out = taken(line)
    if line.status == PartStatus.USED:
        text = f"{plain(out)} used"
        return text if out == line.quantity else f"{text}, {plain(line.quantity)} planned"
    facts = [f"{plain(line.quantity)} wanted"]
    if line.reserved and line.reserved != line.quantity:
        facts.append(f"{plain(line.reserved)} reserved")
    if line.issued:
        facts.append(f"{plain(line.issued)} given out")
    if line.returned:
        facts.append(f"{plain(line.returned)} brought back")
    return ", ".join(facts)


def shown(line: PartLine, rights: Rights, *, sees_parts: bool) -> dict[str, Any]:
    offered = steps_of(line, rights)
    default = taken(line) if line.status in (PartStatus.ISSUED, PartStatus.USED) else wanting(line)
    part = line.part
    row = {
        "id": line.pk,
        "href": reverse("workorders:part", args=[part.pk]) if sees_parts else "",
        "act_href": reverse("workorders:part_act", args=[line.work_order_id, line.pk]),
        "name": part.name,
        "number": part.number,
        "kept_in": part.kept_in,
        "unit": "" if part.unit == "each" else part.unit,
        "status": PartStatus(line.status).label,
        "tone": TONES[PartStatus(line.status)],
        "told": told(line),
        "note": line.note,
        "default": plain(default),
        "version": line.version,
        "steps": offered,
        "removable": rights.books and not taken(line),
        "cost": "",
    }
    if rights.costs:
        total = total_of(figures(line))
        estimate = not line.issued and line.actual_cost is None
        row |= {"cost": f"{total:,.2f}", "estimate": estimate}
    return row


def figures(line: PartLine) -> dict[str, Any]:
    return {name: getattr(line, name) for name in ("quantity", "issued", "returned", "unit_cost", "actual_cost")}


def total(lines: list[PartLine]) -> Decimal:
    """What the job has used so far; estimates are not in it."""
    booked = [line for line in lines if line.issued or line.actual_cost is not None]
    return sum((total_of(figures(line)) for line in booked), Decimal(0))


def missing_note(lines: list[PartLine]) -> str:
    """What to say when work waits for parts."""
    waits = [f"{plain(wanting(line))} × {line.part.name}" for line in lines if line.status in TO_GIVE]
    return f"Waiting for {', '.join(waits)}"[:500] if waits else ""


def named(member: Member, text: str) -> list[Part]:
    """Parts that a scan or a typed text names exactly: by barcode, number or a maker's number."""
    text = text.strip()
    if not text:
        return []
    return list(Part.objects.visible_to(member).current().called(text)[:2])


def suggestions(member: Member, work_order: WorkOrder, text: str, rights: Rights) -> list[dict[str, Any]]:
    """Parts that fit what is being typed, those on this job first."""
    if not text.strip():
        return []
    planned = {
        line.part_id: line for line in work_order.part_lines.all() if line.status in (*TO_GIVE, PartStatus.ISSUED)
    }
    rows = Part.objects.visible_to(member).current().matching(text)
    found = list(rows.order_by("name", "pk")[: 4 * FOUND])
    found.sort(key=lambda part: part.pk not in planned)
    return [
        {
            "id": part.pk,
            "name": part.name,
            "number": part.number,
            "kept_in": part.kept_in,
            "unit": "" if part.unit == "each" else part.unit,
            "planned": plain(planned[part.pk].quantity) if part.pk in planned else "",
            "cost": f"{part.unit_cost:,.2f}" if rights.costs else "",
        }
        for part in found[:FOUND]
    ]
