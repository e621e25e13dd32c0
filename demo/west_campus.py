"""West Campus: buildings in eight time zones and, room by room, a dormitory with its equipment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import UUID

from assets.choices import Criticality, LocationKind
from assets.models import Asset, Category, Location
from demo.loading import Report, add_missing
from demo.readers import buildings, cobie
from demo.readers.buildings import Building
from demo.readers.rows import RowError, good
from tenancy.models import Tenant

DATA = Path(__file__).parent / "data"
WORKBOOK = "2016-02-29-Dormitory-COBie.xlsx"
DORMITORY_ZONE = "America/Chicago"  # Urbana, Illinois

# How many buildings of each zone become sites, and the region they stand in: 40 in all, every zone of the register.
SITES_OF_ZONE = {
    "America/New_York": ("Eastern United States", 12),
    "America/Chicago": ("Central United States", 6),
    "America/Denver": ("Western United States", 2),
    "America/Phoenix": ("Western United States", 5),
    "America/Los_Angeles": ("Western United States", 4),
    "Europe/London": ("Europe", 6),
    "Europe/Zurich": ("Europe", 3),
    "Asia/Singapore": ("Asia", 2),
}
WORD_FOR_USE = {
    "Primary/Secondary Classroom": "school",
    "College Classroom": "lecture building",
    "College Laboratory": "laboratory",
    "Dormitory": "dormitory",
    "Office": "office",
}
# What must not fail for long, by the words of the product's name.
CRITICAL_PRODUCTS = ("Refrigerator", "Freezer", "Emergency", "Oven", "Toilet")


def add_sites(tenant: Tenant, report: Report) -> dict[str, UUID]:
    refused: list[RowError] = []
    with (DATA / "buildings" / "meta_open.csv").open("rb") as stream:
        chosen = _chosen(good(buildings.read(stream), refused))
    report.refuse("meta_open.csv", refused)
    names = sorted({region for region, _ in SITES_OF_ZONE.values()})
    regions = add_missing(
        [Location(tenant=tenant, kind=LocationKind.REGION, name=name, external_id=f"region:{name}") for name in names],
        report,
    )
    return add_missing(
        (
            Location(
                tenant=tenant,
                kind=LocationKind.SITE,
                name=f"{building.name} {WORD_FOR_USE[building.use]}",
                code=building.uid,
                time_zone=building.time_zone,
                parent_id=regions[f"region:{SITES_OF_ZONE[building.time_zone][0]}"],
                external_id=f"building:{building.uid}",
            )
            for building in chosen
        ),
        report,
    )


def _chosen(register: Iterable[Building]) -> list[Building]:
    """The first of each zone in the order of the register."""
    taken: dict[str, list[Building]] = defaultdict(list)
    for building in register:
        wanted = SITES_OF_ZONE.get(building.time_zone, ("", 0))[1]
        if len(taken[building.time_zone]) < wanted:
            taken[building.time_zone].append(building)
    return [building for found in taken.values() for building in found]


def add_dormitory(tenant: Tenant, report: Report) -> tuple[dict[str, UUID], dict[str, UUID]]:
    """The workbook as building › floors › rooms with what stands in them: ids of places and of assets by GUID."""
    book = cobie.Workbook(DATA / "dormitory" / WORKBOOK)
    refused: list[RowError] = []
    places = _add_places(tenant, book, refused, report)
    products = {product.name: product for product in good(book.products(), refused)}
    names = sorted({category_of(product) for product in products.values()})
    categories = add_missing([Category(tenant=tenant, name=name) for name in names], report, known_by="name")
    rooms = {space.name: places[space.guid] for space in good(book.spaces(), refused)}
    assets = add_missing(
        _assets(tenant, good(book.components(), refused), products, rooms, categories, refused), report
    )
    report.refuse(WORKBOOK, refused)
    return places, assets


def _add_places(tenant: Tenant, book: cobie.Workbook, refused: list[RowError], report: Report) -> dict[str, UUID]:
    facility = next(good(book.facilities(), refused))
    region = SITES_OF_ZONE[DORMITORY_ZONE][0]
    region_id = Location.objects.get(tenant=tenant, external_id=f"region:{region}").pk
    ids = add_missing(
        [
            Location(
                tenant=tenant,
                kind=LocationKind.SITE,
                name=facility.site or facility.name,
                code="HEALEY",
                time_zone=DORMITORY_ZONE,
                parent_id=region_id,
                external_id=f"site of {facility.guid}",
            )
        ],
        report,
    )
    ids |= add_missing(
        [
            Location(
                tenant=tenant,
                kind=LocationKind.BUILDING,
                name=facility.name,
                code="HEALEY-E",
                parent_id=ids[f"site of {facility.guid}"],
                external_id=facility.guid,
            )
        ],
        report,
    )
    floors = list(good(book.floors(), refused))
    ids |= add_missing(
        (
            Location(
                tenant=tenant,
                kind=LocationKind.FLOOR,
                name=floor.name,
                code=f"HEALEY-E {floor.name}",
                parent_id=ids[facility.guid],
                external_id=floor.guid,
            )
            for floor in floors
        ),
        report,
    )
    floor_ids = {floor.name: ids[floor.guid] for floor in floors}
    return ids | add_missing(_rooms(tenant, good(book.spaces(), refused), floor_ids, refused), report)


def _rooms(
    tenant: Tenant, spaces: Iterable[cobie.Space], floors: dict[str, UUID], refused: list[RowError]
) -> Iterator[Location]:
    for space in spaces:
        if space.floor not in floors:
            refused.append(RowError(space.row, "FloorName", f"there is no floor “{space.floor}”"))
            continue
        # Terraces, roofs and the ground around the house have a name for a number.
        kind = LocationKind.ROOM if space.name[0].isdigit() else LocationKind.ZONE
        word = (space.description or "").capitalize()
        yield Location(
            tenant=tenant,
            kind=kind,
            name=f"{space.name} {word}".strip() if kind == LocationKind.ROOM else word or space.name,
            code=f"HEALEY-E {space.name}",
            parent_id=floors[space.floor],
            external_id=space.guid,
        )


def _assets(
    tenant: Tenant,
    components: Iterable[cobie.Component],
    products: dict[str, cobie.Product],
    rooms: dict[str, UUID],
    categories: dict[str, UUID],
    refused: list[RowError],
) -> Iterator[Asset]:
    for number, component in enumerate(components, start=1):
        product = products.get(component.product)
        if product is None:
            refused.append(RowError(component.row, "TypeName", f"there is no type “{component.product}”"))
            continue
        if component.spaces[0] not in rooms:
            refused.append(RowError(component.row, "Space", f"there is no space “{component.spaces[0]}”"))
            continue
        beside = ", ".join(component.spaces[1:])
        yield Asset(
            tenant=tenant,
            name=component.name,
            tag=component.tag or f"HE-{number:04}",
            barcode=component.barcode or "",
            serial=component.serial_number or "",
            manufacturer=product.manufacturer or "",
            model=product.model_number or product.name,
            description=f"Also belongs to {beside}." if beside else "",
            criticality=Criticality.HIGH if product.name.startswith(CRITICAL_PRODUCTS) else Criticality.LOW,
            category_id=categories[category_of(product)],
            location_id=rooms[component.spaces[0]],
            external_id=component.guid,
        )


def category_of(product: cobie.Product) -> str:
    """The words of an OmniClass entry such as “23-21 23 13 15: Residential Sofas”, without its number."""
    return (product.category or "Other").rpartition(": ")[2]
