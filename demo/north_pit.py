"""North Pit: a mine in Western Australia with five excavators and eleven years of their real work orders."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import UUID

from assets.choices import Criticality, LocationKind
from assets.models import Asset, Category, Location
from demo.loading import Report, add_missing
from demo.machines import MACHINES, SYSTEMS, WHOLE_MACHINE, system_of
from demo.readers import excavators
from demo.readers.excavators import ExcavatorOrder
from demo.readers.rows import good
from tenancy.models import Tenant

DATA = Path(__file__).parent / "data" / "excavators"

# code, kind, name, code of the place above. Invented: the file says nothing of where the machines worked.
PLACES = (
    ("NP", LocationKind.SITE, "North Pit", ""),
    ("NP-PIT", LocationKind.ZONE, "Open pit", "NP"),
    ("NP-NORTH", LocationKind.ZONE, "North face", "NP-PIT"),
    ("NP-SOUTH", LocationKind.ZONE, "South face", "NP-PIT"),
    ("NP-RAMP", LocationKind.ZONE, "Haul ramp", "NP-PIT"),
    ("NP-ROM", LocationKind.ZONE, "Run-of-mine pad", "NP"),
    ("NP-FUEL", LocationKind.ZONE, "Fuel and lube farm", "NP"),
    ("NP-WASH", LocationKind.ZONE, "Washdown", "NP"),
    ("NP-WORKSHOP", LocationKind.BUILDING, "Heavy equipment workshop", "NP"),
    ("NP-WORKSHOP-1", LocationKind.ROOM, "Bay 1", "NP-WORKSHOP"),
    ("NP-WORKSHOP-2", LocationKind.ROOM, "Bay 2", "NP-WORKSHOP"),
    ("NP-WORKSHOP-W", LocationKind.ROOM, "Welding bay", "NP-WORKSHOP"),
    ("NP-STORE", LocationKind.BUILDING, "Warehouse", "NP"),
)


def read_orders(report: Report) -> list[ExcavatorOrder]:
    """Every order of the two files; the refused rows go to the report."""
    refused: list[excavators.RowError] = []
    with (
        (DATA / "excavator_2015_raw.csv").open("rb") as raw,
        (DATA / "excavator_case_study_cleaned.csv").open("rb") as cleaned,
    ):
        orders = list(good(excavators.read(raw, cleaned), refused))
    report.refuse("excavator_2015_raw.csv", refused)
    return orders


def add_places(tenant: Tenant, report: Report) -> dict[str, UUID]:
    ids: dict[str, UUID] = {}
    for code, kind, name, above in PLACES:
        place = Location(
            tenant=tenant,
            kind=kind,
            name=name,
            code=code,
            parent_id=ids[above] if above else None,
            time_zone="Australia/Perth" if kind == LocationKind.SITE else "",
            external_id=code,
        )
        ids |= add_missing([place], report)
    return ids


def add_assets(
    tenant: Tenant, orders: Iterable[ExcavatorOrder], places: dict[str, UUID], report: Report
) -> dict[str, UUID]:
    """The machines, their systems and every functional location of the file, each level under the one before."""
    categories = add_missing(
        [Category(tenant=tenant, name=name) for name in ("Excavator", "Major system", "Functional location")],
        report,
        known_by="name",
    )
    locations = sorted({(order.order.excavator, order.notes.functional_location) for order in orders})
    ids = add_missing(_machines(tenant, places, categories), report)
    ids |= add_missing(_systems(tenant, locations, ids, places, categories), report)
    ids |= add_missing(_parts(tenant, locations, ids, places, categories), report)
    return ids


def _machines(tenant: Tenant, places: dict[str, UUID], categories: dict[str, UUID]) -> Iterator[Asset]:
    for machine in MACHINES:
        yield Asset(
            tenant=tenant,
            name=machine.name,
            tag=f"EX-{machine.letter}",
            barcode=f"NP-EX-{machine.letter}",
            serial=machine.serial,
            manufacturer="O&K",
            model=machine.model,
            criticality=Criticality.CRITICAL,
            category_id=categories["Excavator"],
            location_id=places[machine.place],
            external_id=machine_key(machine.letter),
        )


def _systems(
    tenant: Tenant,
    locations: Iterable[tuple[str, str]],
    ids: dict[str, UUID],
    places: dict[str, UUID],
    categories: dict[str, UUID],
) -> Iterator[Asset]:
    place = {machine.letter: places[machine.place] for machine in MACHINES}
    systems = {(letter, system_of(name)) for letter, name in locations}
    for letter, system in sorted(systems - {(letter, WHOLE_MACHINE) for letter in place}):
        yield Asset(
            tenant=tenant,
            name=system,
            tag=f"EX-{letter}-{SYSTEMS[system]}",
            manufacturer="O&K",
            criticality=Criticality.HIGH,
            parent_id=ids[machine_key(letter)],
            category_id=categories["Major system"],
            location_id=place[letter],
            external_id=system_key(letter, system),
        )


def _parts(
    tenant: Tenant,
    locations: Iterable[tuple[str, str]],
    ids: dict[str, UUID],
    places: dict[str, UUID],
    categories: dict[str, UUID],
) -> Iterator[Asset]:
    place = {machine.letter: places[machine.place] for machine in MACHINES}
    count = dict.fromkeys(place, 0)
    for letter, name in locations:
        count[letter] += 1
        system = system_of(name)
        yield Asset(
            tenant=tenant,
            name=name,
            tag=f"EX-{letter}-{count[letter]:03}",
            parent_id=ids[machine_key(letter) if system == WHOLE_MACHINE else system_key(letter, system)],
            category_id=categories["Functional location"],
            location_id=place[letter],
            external_id=part_key(letter, name),
        )


def machine_key(letter: str) -> str:
    return f"excavator:{letter}"


def system_key(letter: str, system: str) -> str:
    return f"system:{letter}:{system}"


def part_key(letter: str, functional_location: str) -> str:
    """A functional location's name may be long and differ by case only: its hash stands for it."""
    return f"part:{letter}:{hashlib.sha256(functional_location.encode()).hexdigest()[:24]}"
