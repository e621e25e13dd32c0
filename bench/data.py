"""The data of the measurements: one large tenant and twenty small ones, out of the excavators' real texts.

About 95 % of the work is closed, some 10,000 orders of the large tenant are open in every state; the newest are open,
the old closed; machines differ in how often they fail. Everything comes from one seed, so two runs load the same.
"""

from __future__ import annotations

import datetime as dt
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

import psycopg

from bench.bulk import copy, escaped, loading
from demo.history import TYPE_OF, description_of
from demo.loading import Report
from demo.north_pit import read_orders

LARGE = "bench-large"
SMALL = [f"bench-small-{number:02}" for number in range(1, 21)]
YEARS = 6
NOBODY = "\\N"
ORDER_COLUMNS = (
    "id tenant_id number title description asset_id location_id status_id meaning priority_id type_id assigned_to_id"
    " crew_id requested_by_id due_at scheduled_at started_at completed_at closed_at cancelled_at estimated_minutes"
    " progress hold_reason hold_note resolution failure_cause safety_requirements external_cost external_id version"
    " created_at updated_at"
)
# Of 200,000: what is not closed. The rest is.
OPEN_SHARES = {
    "open": 0.016,
    "assigned": 0.015,
    "in_progress": 0.009,
    "on_hold": 0.006,
    "completed": 0.004,
    "cancelled": 0.010,
}
PRIORITY_SHARES = {"critical": 4, "high": 20, "medium": 51, "low": 25}
HOLD_REASONS = ("parts", "access", "permit", "production", "weather", "vendor", "other")


@dataclass(frozen=True, slots=True)
class Size:
    orders: int
    assets: int
    places: int
    technicians: int
    crews: int


LARGE_SIZE = Size(orders=200_000, assets=20_000, places=240, technicians=80, crews=12)
SMALL_SIZE = Size(orders=5_000, assets=250, places=20, technicians=6, crews=2)


@dataclass(frozen=True, slots=True)
class Scene:
    """What is in a tenant before its work orders: ids by key."""

    tenant: UUID
    statuses: dict[str, str]
    priorities: dict[str, str]
    types: dict[str, str]
    roles: dict[str, str]


@dataclass(frozen=True, slots=True)
class Text:
    title: str
    description: str
    type: str
    resolution: str
    failure_cause: str
    cost: str


def texts() -> list[Text]:
    """The 5,485 real orders as cells of COPY."""
    return [
        Text(
            escaped(order.order.text),
            escaped(description_of(order)),
            TYPE_OF[order.order.order_type],
            escaped(", ".join(order.notes.actions)),
            escaped(", ".join(order.notes.failure_modes)),
            f"{order.order.cost:.2f}",
        )
        for order in read_orders(Report())
    ]


def is_loaded(connection: psycopg.Connection) -> bool:
    """Whether the large tenant has its work orders already."""
    found = connection.execute(
        "SELECT count(*) FROM workorders_workorder w JOIN tenancy_tenant t ON t.id = w.tenant_id WHERE t.slug = %s",
        [LARGE],
    ).fetchone()
    return found is not None and found[0] >= LARGE_SIZE.orders


def load(connection: psycopg.Connection) -> None:
    """Fill the bench tenants, which exist with their catalogue and nothing else. `connection` signs in as the owner."""
    pool = texts()
    tables = (
        "tenancy_member",
        "labor_technician",
        "labor_crew",
        "labor_crewmembership",
        "assets_location",
        "assets_asset",
        "workorders_workorder",
        "workorders_statuslog",
        "workorders_comment",
    )
    with loading(connection, tables, triggers=("audit",)):
        for slug in (LARGE, *SMALL):
            _fill(connection, scene(connection, slug), LARGE_SIZE if slug == LARGE else SMALL_SIZE, slug, pool)
        _add_log(connection)
        _set_sequences(connection)
    connection.execute("VACUUM (ANALYZE)")


def scene(connection: psycopg.Connection, slug: str) -> Scene:
    (tenant,) = connection.execute("SELECT id FROM tenancy_tenant WHERE slug = %s", [slug]).fetchone() or (None,)
    if tenant is None:
        raise RuntimeError(f"The tenant {slug} does not exist yet.")

    def ids(query: str) -> dict[str, str]:
        return {key: str(pk) for key, pk in connection.execute(query, [tenant])}

    return Scene(
        tenant=tenant,
        statuses=ids("SELECT meaning, id FROM workorders_status WHERE tenant_id = %s AND is_default"),
        priorities=ids("SELECT key, id FROM workorders_priority WHERE tenant_id = %s"),
        types=ids("SELECT key, id FROM workorders_type WHERE tenant_id = %s"),
        roles=ids("SELECT key, id FROM tenancy_role WHERE tenant_id = %s"),
    )


class Ids:
    """UUIDv7 of a given moment, in time order within a millisecond run, many at a time."""

    def __init__(self) -> None:
        self._pool = b""
        self._at = 0

    def at(self, moment: float) -> str:
        if self._at + 10 > len(self._pool):
            self._pool, self._at = os.urandom(655_360), 0
        value = int(moment * 1000) << 80 | int.from_bytes(self._pool[self._at : self._at + 10], "big")
        self._at += 10
        return f"{value & ~(0xF << 76 | 0x3 << 62) | 0x7 << 76 | 0x2 << 62:032x}"


def _fill(connection: psycopg.Connection, found: Scene, size: Size, slug: str, pool: list[Text]) -> None:
    chance = random.Random(slug)
    ids = Ids()
    start = dt.datetime.now(dt.UTC).timestamp()
    people, requesters, crews = _add_people(connection, found, size, ids, start)
    places = _add_places(connection, found, size, ids, start)
    assets = _add_assets(connection, found, size, ids, start, places, chance)
    copy(
        connection,
        "workorders_workorder",
        ORDER_COLUMNS,
        _orders(found, size, pool, chance, ids, start, people, requesters, crews, assets),
    )


def _add_people(
    connection: psycopg.Connection, found: Scene, size: Size, ids: Ids, now: float
) -> tuple[list[str], list[str], list[str]]:
    stamp = _stamp(now)
    technicians = [ids.at(now) for _ in range(size.technicians)]
    requesters = [ids.at(now) for _ in range(20)]
    crews = [ids.at(now) for _ in range(size.crews)]
    members = [
        *((pk, found.roles["technician"], f"Technician {number:02}") for number, pk in enumerate(technicians, 1)),
        *((pk, found.roles["requester"], f"Requester {number:02}") for number, pk in enumerate(requesters, 1)),
    ]
    copy(
        connection,
        "tenancy_member",
        "id tenant_id role_id name email scoped is_active is_default version created_at updated_at",
        (f"{pk}\t{found.tenant}\t{role}\t{name}\t\tf\tt\tf\t1\t{stamp}\t{stamp}\n" for pk, role, name in members),
    )
    copy(
        connection,
        "labor_technician",
        "member_id tenant_id employee_number trade hourly_rate is_active version created_at updated_at",
        (
            f"{pk}\t{found.tenant}\tT{number:03}\tFitter\t68.50\tt\t1\t{stamp}\t{stamp}\n"
            for number, pk in enumerate(technicians, 1)
        ),
    )
    copy(
        connection,
        "labor_crew",
        "id tenant_id name is_active version",
        (f"{pk}\t{found.tenant}\tCrew {number:02}\tt\t1\n" for number, pk in enumerate(crews, 1)),
    )
    copy(
        connection,
        "labor_crewmembership",
        "id tenant_id crew_id technician_id",
        (
            f"{ids.at(now)}\t{found.tenant}\t{crews[number % len(crews)]}\t{pk}\n"
            for number, pk in enumerate(technicians)
        ),
    )
    return technicians, requesters, crews


def _add_places(connection: psycopg.Connection, found: Scene, size: Size, ids: Ids, now: float) -> list[str]:
    """Sites of ten zones each. The triggers fill in the paths, so parents come first."""
    stamp = _stamp(now)
    columns = "id tenant_id parent_id kind name code time_zone path external_id version created_at updated_at"
    places: list[str] = []
    lines: list[str] = []
    site = NOBODY
    for number in range(size.places):
        pk = ids.at(now)
        if number % 11 == 0:
            parent, kind, site, zone = NOBODY, "site", pk, "Australia/Perth"
        else:
            parent, kind, zone = site, "zone", ""
        places.append(pk)
        lines.append(
            f"{pk}\t{found.tenant}\t{parent}\t{kind}\tPlace {number:03}\tP{number:03}\t{zone}\t\t"
            f"\t1\t{stamp}\t{stamp}\n"
        )
    copy(connection, "assets_location", columns, iter(lines))
    return places


def _add_assets(
    connection: psycopg.Connection,
    found: Scene,
    size: Size,
    ids: Ids,
    now: float,
    places: list[str],
    chance: random.Random,
) -> list[tuple[str, str]]:
    """(id, place) of each; every tenth is a machine, the nine after it are its parts."""
    stamp = _stamp(now)
    assets: list[tuple[str, str]] = []
    lines: list[str] = []
    machine, place = NOBODY, places[0]
    for number in range(size.assets):
        pk = ids.at(now)
        if number % 10 == 0:
            parent, machine, place = NOBODY, pk, chance.choice(places)
        else:
            parent = machine
        assets.append((pk, place))
        criticality = ("critical", "high", "medium", "low")[number % 4]
        lines.append(
            f"{pk}\t{found.tenant}\t{parent}\t{place}\tAsset {number:05}\tA-{number:05}\t\t\tO&K\tRH120E\t"
            f"\t{criticality}\tin_service\t\t\t1\t{stamp}\t{stamp}\n"
        )
    columns = (
        "id tenant_id parent_id location_id name tag barcode serial manufacturer model description criticality status"
        " path external_id version created_at updated_at"
    )
    copy(connection, "assets_asset", columns, iter(lines))
    return assets


def _orders(
    found: Scene,
    size: Size,
    pool: list[Text],
    chance: random.Random,
    ids: Ids,
    now: float,
    people: list[str],
    requesters: list[str],
    crews: list[str],
    assets: list[tuple[str, str]],
) -> Iterator[str]:
    meanings = [meaning for meaning, share in OPEN_SHARES.items() for _ in range(round(size.orders * share))]
    chance.shuffle(meanings)
    recent = dict.fromkeys(OPEN_SHARES, 90 * 86400) | {
        "completed": 14 * 86400,
        "cancelled": YEARS * 365 * 86400,
    }
    made = [(now - chance.random() ** 2 * recent[meaning] - 60, meaning) for meaning in meanings]
    made += [
        (now - 86400 - chance.random() * YEARS * 365 * 86400, "closed") for _ in range(size.orders - len(meanings))
    ]
    made.sort()
    priorities = chance.choices(
        [(key, found.priorities[key]) for key in PRIORITY_SHARES], list(PRIORITY_SHARES.values()), k=len(made)
    )
    # A tenth of the machines makes most of the trouble.
    stands = chance.choices(assets, [1 / (1 + place % 997) for place in range(len(assets))], k=len(made))
    used = chance.choices(pool, k=len(made))
    count: dict[int, int] = {}
    after = {"critical": 8 * 3600, "high": 2 * 86400, "medium": 7 * 86400, "low": 21 * 86400}
    for (at, meaning), (key, priority), (asset, place), text in zip(made, priorities, stands, used, strict=True):
        year = dt.datetime.fromtimestamp(at, dt.UTC).year
        count[year] = count.get(year, 0) + 1
        finished = meaning in ("completed", "closed")
        began = meaning in ("in_progress", "on_hold") or finished
        length = chance.expovariate(1 / 14000)
        ended = min(at + 1800 + length, now - 5)
        hold = chance.choice(HOLD_REASONS) if meaning == "on_hold" else ""
        yield (
            f"{ids.at(at)}\t{found.tenant}\tWO-{year}-{count[year]:06}\t{text.title}\t{text.description}\t{asset}\t{place}"
            f"\t{found.statuses[meaning]}\t{meaning}\t{priority}\t{found.types[text.type]}"
            f"\t{NOBODY if meaning in ('open', 'cancelled') else chance.choice(people)}"
            f"\t{chance.choice(crews) if chance.random() < 0.1 and meaning != 'open' else NOBODY}"
            f"\t{chance.choice(requesters)}\t{_stamp(at + after[key])}\t{NOBODY}"
            f"\t{_stamp(min(at + 900, now - 20)) if began else NOBODY}\t{_stamp(ended) if finished else NOBODY}"
            f"\t{_stamp(ended) if meaning == 'closed' else NOBODY}"
            f"\t{_stamp(ended) if meaning == 'cancelled' else NOBODY}"
            f"\t{chance.choice((30, 60, 120, 240))}\t{100 if finished else 0}\t{hold}\t{'Ordered' if hold else ''}"
            f"\t{text.resolution if finished else ''}\t{text.failure_cause if finished else ''}\t{{}}"
            f"\t{text.cost if finished else NOBODY}\t\t1\t{_stamp(at)}\t{_stamp(ended if finished else at)}\n"
        )


def _add_log(connection: psycopg.Connection) -> None:
    """The states each order went through, out of its own times."""
    path = (
        ("open", "created_at"),
        ("in_progress", "started_at"),
        ("completed", "completed_at"),
        ("closed", "closed_at"),
    )
    steps: list[tuple[str | None, str, str]] = [(None, "open", "created_at")]
    steps += [(before, after, at) for (before, _), (after, at) in pairwise(path)]
    for before, after, at in steps:
        connection.execute(
            "INSERT INTO workorders_statuslog (id, tenant_id, work_order_id, from_status_id, to_status_id,"
            " from_meaning, to_meaning, occurred_at, recorded_at, reason)"
            f" SELECT gen_random_uuid(), w.tenant_id, w.id, f.id, t.id, coalesce(f.meaning, ''), t.meaning, w.{at},"
            f" w.{at}, '' FROM workorders_workorder w"
            " JOIN workorders_status t ON t.tenant_id = w.tenant_id AND t.is_default AND t.meaning = %s"
            " LEFT JOIN workorders_status f ON f.tenant_id = w.tenant_id AND f.is_default AND f.meaning = %s"
            f" WHERE w.{at} IS NOT NULL",
            [after, before],
        )
    connection.execute(
        "INSERT INTO workorders_comment (id, tenant_id, work_order_id, text, for_requester, created_at)"
        " SELECT gen_random_uuid(), tenant_id, id, 'Had a look, needs two people.', false,"
        " created_at + interval '1 hour' FROM workorders_workorder WHERE meaning IN ('in_progress', 'on_hold', 'completed')"
    )


def _set_sequences(connection: psycopg.Connection) -> None:
    connection.execute(
        "INSERT INTO core_numbersequence (tenant_id, kind, year, next)"
        " SELECT tenant_id, 'WO', substr(number, 4, 4)::int, count(*) + 1 FROM workorders_workorder GROUP BY 1, 3"
        " ON CONFLICT (tenant_id, kind, year) DO UPDATE SET next = greatest(core_numbersequence.next, excluded.next)"
    )


def _stamp(moment: float) -> str:
    return dt.datetime.fromtimestamp(moment, dt.UTC).isoformat(timespec="milliseconds")
