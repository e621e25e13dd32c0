"""Load both demo tenants. Each is one transaction: a load that is killed leaves nothing of its tenant behind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from assets.choices import Criticality
from assets.models import Asset
from core import numbering
from demo import campus_faults, checklists, north_pit, open_work, parts, people, time, west_campus
from demo.acting import Cast, carry_out
from demo.checklists import add_checklists
from demo.fields import add_fields
from demo.history import TYPE_OF, add_history
from demo.loading import Report
from demo.machines import MACHINES
from demo.north_pit import part_key
from demo.open_work import Subject
from demo.photos import add_photos, machines_of
from demo.plans import CAMPUS, MINE, load_plans
from demo.readers.excavators import ExcavatorOrder
from demo.saved import share_views
from demo.staff import add_people
from demo.tenants import NORTH_PIT, WEST_CAMPUS, opened
from demo.ties import CAMPUS_HAZARDS, MINE_HAZARDS, add_ties
from demo.time import load_time
from tenancy.models import Tenant


def load_north_pit(now: dt.datetime) -> Report:
    report = Report()
    orders = north_pit.read_orders(report)
    with opened(NORTH_PIT) as tenant:
        add_people(tenant, people.NORTH_PIT, report)
        places = north_pit.add_places(tenant, report)
        assets = north_pit.add_assets(tenant, orders, places, report)
        place_of: dict[UUID, UUID | None] = dict(Asset.objects.filter(tenant=tenant).values_list("pk", "location_id"))

        def reserve(year: int, count: int) -> list[str]:
            return numbering.reserve(tenant.pk, "WO", year, count)

        add_history(tenant, orders, assets, place_of, reserve, report)
        jobs = open_work.plan("north-pit", _mine_subjects(orders, assets), open_work.NORTH_PIT_STATES, now)
        cast = Cast.of(tenant)
        carry_out(jobs, cast, now, report)
        load_plans(tenant, cast, MINE, now, report)
        add_checklists(tenant, checklists.MINE, cast.dispatcher, report)
        parts.load_mine(tenant, now, report)
        add_ties(tenant, cast, MINE_HAZARDS, now, report)
        load_time(tenant, cast, time.MINE, now, report)
        add_fields(tenant, cast, report)
        share_views(tenant, cast, report)
        add_photos(tenant, cast, "excavator", machines_of(tenant, named="Excavator"), report)
    return report


def load_west_campus(now: dt.datetime) -> Report:
    report = Report()
    with opened(WEST_CAMPUS) as tenant:
        add_people(tenant, people.WEST_CAMPUS, report)
        sites = west_campus.add_sites(tenant, report)
        _, assets = west_campus.add_dormitory(tenant, report)
        subjects = _campus_subjects(tenant, assets.values(), sites)
        jobs = open_work.plan("west-campus", subjects, open_work.WEST_CAMPUS_STATES, now)
        cast = Cast.of(tenant)
        carry_out(jobs, cast, now, report)
        load_plans(tenant, cast, CAMPUS, now, report)
        add_checklists(tenant, checklists.CAMPUS, cast.dispatcher, report)
        parts.load_campus(tenant, now, report)
        add_ties(tenant, cast, CAMPUS_HAZARDS, now, report)
        load_time(tenant, cast, time.CAMPUS, now, report)
        add_fields(tenant, cast, report)
        share_views(tenant, cast, report)
        add_photos(tenant, cast, "boiler", machines_of(tenant), report)
    return report


def _mine_subjects(orders: list[ExcavatorOrder], assets: dict[str, UUID]) -> list[Subject]:
    """What was really reported in the last years of the file, each text once, from all machines in turn."""
    seen: set[str] = set()
    by_machine: dict[str, list[ExcavatorOrder]] = {machine.letter: [] for machine in MACHINES}
    for order in sorted(orders, key=lambda order: (order.order.started_on, order.order.row), reverse=True):
        text = order.order.text.casefold()
        if text not in seen and order.order.cost > 0 and len(text) > 12:
            seen.add(text)
            by_machine[order.order.excavator].append(order)
    # Excavators D and E, the newest, have the most to report.
    turns = "DEDCEDEBDEADEC"
    subjects = []
    for turn in range(90):
        order = by_machine[turns[turn % len(turns)]].pop(0)
        subjects.append(
            Subject(
                title=order.order.text,
                type=TYPE_OF[order.order.order_type],
                asset_id=assets[part_key(order.order.excavator, order.notes.functional_location)],
                location_id=None,
                asset_is_vital=turn % 3 == 0,
            )
        )
    return subjects


def _campus_subjects(tenant: Tenant, assets: Iterable[UUID], sites: dict[str, UUID]) -> list[Subject]:
    """Faults of what stands in the dormitory, every fourth of a whole building elsewhere."""
    found = Asset.objects.filter(tenant=tenant, pk__in=list(assets)).order_by("external_id")
    in_dormitory = [
        Subject(fault[0], fault[1], asset.pk, None, asset.criticality == Criticality.HIGH)
        for turn, asset in enumerate(found)
        if (fault := campus_faults.fault_of(asset.model, turn))
    ]
    elsewhere = [
        Subject(*campus_faults.BUILDING_FAULTS[turn % len(campus_faults.BUILDING_FAULTS)], None, site)
        for turn, site in enumerate(sites.values())
    ]
    subjects = []
    for turn in range(len(elsewhere) * 4):
        source = elsewhere if turn % 4 == 3 else in_dormitory
        if source:
            subjects.append(source.pop(0))
    return subjects
