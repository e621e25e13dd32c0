"""Spare parts of both tenants, invented, and what the jobs of these days ask for and have used of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from demo.acting import Cast, as_person
from demo.loading import Report, add_missing
from demo.part_lists import CAMPUS, MINE, NEEDS_OF_CAMPUS, NEEDS_OF_MINE, Needs, Spare
from inventory.models import Alternate, ManufacturerNumber, Part, PartCategory
from tenancy.models import Member, Tenant
from workorders import actions
from workorders.choices import HoldReason, Meaning
from workorders.models import PartLine, WorkOrder

# How far the parts of a job are, by its meaning, in turn.
STATES: dict[str, tuple[str, ...]] = {
    Meaning.OPEN: ("requested",),
    Meaning.ASSIGNED: ("requested", "reserved", "issued"),
    Meaning.IN_PROGRESS: ("issued", "used", "part given"),
    Meaning.ON_HOLD: ("requested",),
    Meaning.COMPLETED: ("used", "some back", "returned"),
}
WANTED = {Meaning.OPEN: 3, Meaning.ASSIGNED: 5, Meaning.IN_PROGRESS: 5, Meaning.ON_HOLD: 2, Meaning.COMPLETED: 4}


def load_mine(tenant: Tenant, now: dt.datetime, report: Report) -> None:
    add_work(tenant, add_catalogue(tenant, MINE, report), NEEDS_OF_MINE, now, report)


def load_campus(tenant: Tenant, now: dt.datetime, report: Report) -> None:
    add_work(tenant, add_catalogue(tenant, CAMPUS, report), NEEDS_OF_CAMPUS, now, report)


def add_catalogue(tenant: Tenant, spares: Iterable[Spare], report: Report) -> dict[str, Part]:
    """The parts by their number; makers' numbers and alternates come with those that are new."""
    spares = list(spares)
    names = sorted({spare.category for spare in spares})
    categories = add_missing([PartCategory(tenant=tenant, name=name) for name in names], report, known_by="name")
    known = set(Part.objects.filter(tenant=tenant).exclude(external_id="").values_list("external_id", flat=True))
    ids = add_missing(
        [
            Part(
                tenant=tenant,
                number=spare.number,
                name=spare.name,
                unit=spare.unit,
                unit_cost=Decimal(spare.cost),
                kept_in=spare.kept_in,
                barcode=barcode_of(tenant, place),
                category_id=categories[spare.category],
                external_id=key_of(spare.number),
            )
            for place, spare in enumerate(spares)
        ],
        report,
    )
    new = [spare for spare in spares if key_of(spare.number) not in known]
    ManufacturerNumber.objects.bulk_create(
        ManufacturerNumber(tenant=tenant, part_id=ids[key_of(spare.number)], manufacturer=maker, number=number)
        for spare in new
        for maker, number in spare.makers
    )
    Alternate.objects.bulk_create(
        Alternate(tenant=tenant, part_id=ids[key_of(spare.number)], alternate_id=ids[key_of(other)], note=spare.note)
        for spare in new
        for other in spare.instead
    )
    return {part.number: part for part in Part.objects.filter(pk__in=ids.values())}


def key_of(number: str) -> str:
    return f"part:{number}"


def barcode_of(tenant: Tenant, place: int) -> str:
    """An EAN-13 of the range that is free for use within a house (20 …), with its check digit."""
    digits = f"20{tenant.pk.int % 1000:03}{place + 1:07}"
    total = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


@dataclass(frozen=True, slots=True)
class People:
    dispatcher: Member
    storekeeper: Member

    @classmethod
    def of(cls, cast: Cast) -> People:
        keeper = Member.objects.select_related("role", "tenant").get(tenant=cast.tenant, role__key="storekeeper")
        return cls(cast.dispatcher, keeper)


def add_work(tenant: Tenant, parts: dict[str, Part], needs: Needs, now: dt.datetime, report: Report) -> None:
    """Lines of parts on some jobs of these days, through the acts; a tenant that has any is left as it is."""
    if PartLine.objects.filter(tenant=tenant).exists():
        report.unchanged["part lines"] += PartLine.objects.filter(tenant=tenant).count()
        return
    people = People.of(Cast.of(tenant))
    for turn, job in enumerate(chosen(tenant)):
        lines = [
            {"part": parts[number], "quantity": Decimal(count)} for number, count in needed(job.title, needs, turn)
        ]
        at = min(job.created_at + dt.timedelta(minutes=20), now)
        with as_person(people.dispatcher):
            made = actions.add_parts(job, by=people.dispatcher, lines=lines, at=at)
        later = min((job.started_at or at) + dt.timedelta(minutes=25), now)
        for line in made:
            bring_to(line, job, STATES[job.meaning][turn % len(STATES[job.meaning])], people, later)
        report.created["part lines"] += len(made)


def chosen(tenant: Tenant) -> list[WorkOrder]:
    """Some jobs of each state, those that wait for parts before others on hold."""
    rows = WorkOrder.objects.filter(tenant=tenant, external_id__startswith="today:", meaning__in=WANTED)
    rows = rows.select_related("assigned_to__member__role", "assigned_to__member__tenant").order_by("external_id")
    found: dict[str, list[WorkOrder]] = {meaning: [] for meaning in WANTED}
    for job in sorted(rows, key=lambda job: job.hold_reason != HoldReason.PARTS):
        found[job.meaning].append(job)
    return [job for meaning, count in WANTED.items() for job in found[meaning][:count]]


def needed(title: str, needs: Needs, turn: int) -> list[tuple[str, str]]:
    """What a job of this title takes, by the words in it."""
    low = title.lower()
    fitting = [lines for words, lines in needs if words and any(word in low for word in words)]
    others = [lines for words, lines in needs if not words]
    return fitting[0] if fitting else others[turn % len(others)]


def bring_to(line: PartLine, job: WorkOrder, state: str, people: People, at: dt.datetime) -> None:
    keeper = people.storekeeper
    if state == "requested":
        return
    lead = job.assigned_to.member if job.assigned_to else people.dispatcher
    with as_person(keeper):
        if state in ("reserved", "part given"):
            actions.reserve_part(line, by=keeper, at=at)
        if state == "part given" and line.quantity > 1:
            actions.issue_part(line, by=keeper, quantity=Decimal(1), at=at)
        if state == "issued":
            actions.issue_part(line, by=keeper, at=at)
    with as_person(lead):
        if state in ("used", "some back", "returned"):
            actions.use_part(line, by=lead, at=at)
        if state == "some back" and line.quantity > 1:
            actions.return_part(line, by=lead, quantity=Decimal(1), at=at)
        if state == "returned":
            actions.return_part(line, by=lead, at=at)
