"""Figures of the API against the bare handler, and of paging deep into the list."""

from __future__ import annotations

import re
from typing import Any

from bench import booked, capture, data
from bench.client import Client
from bench.results import Figure, at_most, interleaved, note
from bench.world import STATE, World, query_owner
from config import embedded

LIST = "/api/v1/work-orders?status=in_progress&priority=high&limit=50"
PAGE_ONE = "/api/v1/work-orders?limit=50"
ORDERS = "workorders_workorder"


def plan(world: World) -> dict[str, Any]:
    """What the bare handler runs: the statements that Millwright itself sends for the same requests."""
    one = f"/api/v1/work-orders/{some_order(world)}"
    tables = (ORDERS, "workorders_comment", "workorders_statuslog", "workorders_assignment")
    return {
        "database": embedded.postgres_url("app", state=STATE),
        "tenant": str(world.tenant.pk),
        "actor": str(world.member.pk),
        "queries": {
            "list": capture.reading(capture.of_request(LIST, world.bearer), ORDERS),
            "get": capture.reading(capture.of_request(one, world.bearer), *tables),
            "full": booked.plan(world),
        },
        "insert": insert(world),
    }


def insert(world: World) -> dict[str, Any]:
    """One row of a work order with every column filled in by the caller, as a program without Django would write it."""
    there = query_owner(
        "SELECT t.id, s.id, p.id, y.id FROM tenancy_tenant t"
        " JOIN workorders_status s ON s.tenant_id = t.id AND s.meaning = 'open' AND s.is_default"
        " JOIN workorders_priority p ON p.tenant_id = t.id AND p.key = 'high'"
        " JOIN workorders_type y ON y.tenant_id = t.id AND y.key = 'corrective' WHERE t.slug = %s",
        [data.LARGE],
    )[0]
    asset, place = query_owner("SELECT id, location_id FROM assets_asset WHERE tenant_id = %s LIMIT 1", [there[0]])[0]
    values = {
        "tenant": there[0], "status": there[1], "priority": there[2], "type": there[3], "asset": asset, "place": place,
        "member": world.member.pk,
    }  # fmt: skip
    statement = (
        "INSERT INTO workorders_workorder (id, tenant_id, number, title, description, asset_id, location_id, status_id,"
        " meaning, priority_id, type_id, requested_by_id, progress, hold_reason, hold_note, resolution, failure_cause,"
        " safety_requirements, external_id, version, created_at, updated_at) VALUES (%(id)s, %(tenant)s,"
        " %(number)s, %(title)s, %(description)s, %(asset)s, %(place)s, %(status)s, 'open', %(priority)s, %(type)s,"
        " %(member)s, 0, '', '', '', '', '{}', '', 1, now(), now()) RETURNING id, number, title, created_at"
    )
    return {"statement": statement, "values": values}


def some_order(world: World) -> Any:
    """An order in progress, with a technician, a log and a comment."""
    return query_owner(
        "SELECT w.id FROM workorders_workorder w WHERE tenant_id = %s AND meaning = 'in_progress' ORDER BY created_at, id"
        " LIMIT 1 OFFSET 100",
        [world.tenant.pk],
    )[0][0]


def clients(world: World) -> tuple[Client, Client]:
    return Client(world.app(), world.bearer), Client(world.bare(plan(world)))


def asked(client: Client, path: str) -> float:
    answer = client.get(path)
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}: {answer.body[:300]!r}")
    return answer.seconds


def listing(world: World) -> list[Figure]:
    mine, bare = clients(world)
    return against(mine, LIST, bare, "/?plan=list", "list", "list of 50 by status and priority", 2.5)


def single(world: World) -> list[Figure]:
    mine, bare = clients(world)
    return against(mine, f"/api/v1/work-orders/{some_order(world)}", bare, "/?plan=get", "get", "one work order", 2.5)


def against(mine: Client, path: str, bare: Client, bare_path: str, name: str, what: str, limit: float) -> list[Figure]:
    ours, theirs = interleaved([lambda: asked(mine, path), lambda: asked(bare, bare_path)], rounds=400)
    return [
        at_most(f"{name}-ratio", f"{what}, against the bare handler with the same SQL", ours / theirs, "×", limit),
        note(f"{name}-time", f"{what}, by the API", ours * 1000, "ms"),
        note(f"{name}-bare", f"{what}, by the bare handler", theirs * 1000, "ms"),
    ]


def cursor(world: World) -> list[Figure]:
    """Page one against the page behind 100,000 rows, reached by the cursors of the Link header."""
    client = Client(world.app(), world.bearer)
    path = "/api/v1/work-orders?limit=500"
    for _ in range(200):
        path = next_page(client.get(path).headers)
    deep = re.sub(r"limit=\d+", "limit=50", path)
    if client.get(deep).status != 200:
        raise RuntimeError("a cursor does not serve another limit")
    first, hundred_thousandth = interleaved([lambda: asked(client, PAGE_ONE), lambda: asked(client, deep)], rounds=300)
    return [
        at_most(
            "cursor-depth",
            "the page behind 100,000 work orders by cursor, against page 1",
            hundred_thousandth / first,
            "×",
            1.2,
        ),
        note("cursor-page-1", "page 1 of all work orders, 50 rows", first * 1000, "ms"),
    ]


def next_page(headers: dict[str, str]) -> str:
    found = re.search(r'<([^>]+)>; *rel="next"', headers.get("link", ""))
    if not found:
        raise RuntimeError("the list ends before 100,000 rows")
    return re.sub(r"^https?://[^/]+", "", found[1])


def creating(world: World) -> list[Figure]:
    mine, bare = clients(world)
    asset = query_owner("SELECT id FROM assets_asset WHERE tenant_id = %s LIMIT 1", [world.tenant.pk])[0][0]
    body = {
        "title": "Bench: hose leaking",
        "description": "Left side, below the cabin.",
        "assetId": str(asset),
        "priority": "high",
        "type": "corrective",
    }

    def by_api() -> float:
        answer = mine.post("/api/v1/work-orders", body)
        if answer.status != 201:
            raise RuntimeError(f"create answered {answer.status}: {answer.body[:300]!r}")
        return answer.seconds

    ours, theirs = interleaved([by_api, lambda: bare.post("/", body).seconds], rounds=300)
    return [
        at_most(
            "create-ratio",
            "create a work order, against one INSERT … commit by the bare handler",
            ours / theirs,
            "×",
            4,
        ),
        note("create-time", "create a work order by the API", ours * 1000, "ms"),
        note("create-bare", "one INSERT … commit by the bare handler", theirs * 1000, "ms"),
    ]
