"""Figures of single statements: search under row-level security, and the counts of open work."""

from __future__ import annotations

import statistics
from typing import Any

import psycopg

from bench import capture, data
from bench.results import Figure, at_most, interleaved, note, timed
from bench.world import STATE, World
from config import embedded
from core import context

# Two words each, from rare to frequent in the real texts.
SEARCHES = ("grease leak", "oil leak", "replace tooth", "air conditioner", "cracked boom", "engine oil", "hose blown")


def search(world: World) -> list[Figure]:
    """The list's own query for two words as the application's role, and the plain query as a role past RLS."""
    tenant = world.tenant.pk
    app = psycopg.connect(embedded.postgres_url("app", state=STATE), autocommit=False)
    free = psycopg.connect(embedded.postgres_url("superuser", state=STATE), autocommit=False)
    app.execute("SET jit = off")
    free.execute("SET jit = off")
    app.execute("SELECT set_config('app.tenant', %s, false)", [str(tenant)])
    ratios, times, plain = [], [], []
    with app, free:
        for words in SEARCHES:
            asked = searching(world, words)
            with app.cursor() as mine, free.cursor() as theirs:

                def secured(mine: Any = mine, asked: list[capture.Statement] = asked) -> None:
                    for query, params in asked:
                        mine.execute(query, params, prepare=False).fetchall()

                bare_query = (
                    "SELECT id, number, title, description, status_id, priority_id, asset_id, created_at"
                    " FROM workorders_workorder WHERE tenant_id = %s AND search @@ to_tsquery('simple', %s)"
                    " ORDER BY created_at DESC, id DESC LIMIT 50"
                )
                bare_params = [tenant, as_query(words)]

                def unsecured(theirs: Any = theirs, query: str = bare_query, params: Any = bare_params) -> None:
                    # Unprepared, so that the planner sees the words and takes its best way.
                    theirs.execute(query, params, prepare=False).fetchall()

                under, without = interleaved([timed(secured), timed(unsecured)], rounds=60, warm_up=8)
            times.append(under * 1000)
            plain.append(without * 1000)
            ratios.append(under / without)
    worst = max(times)
    slowest = SEARCHES[times.index(worst)]
    return [
        at_most(
            "search-ratio",
            "search of two words under RLS, against the same without RLS",
            statistics.median(ratios),
            "×",
            3,
        ),
        at_most(
            "search-time",
            "search of two words under RLS, median over seven searches",
            statistics.median(times),
            "ms",
            20,
        ),
        note("search-worst", f"the slowest of them, “{slowest}”", worst, "ms"),
        note("search-plain", "the same without RLS, median", statistics.median(plain), "ms"),
    ]


def searching(world: World, words: str) -> list[capture.Statement]:
    """Everything Django sends for the first fifty that match: which way to go, and the page."""
    from bench.world import atomic
    from workorders.models import WorkOrder

    member = world.member
    with context.use(tenant_id=member.tenant_id), atomic(), capture.statements() as found:
        list(WorkOrder.objects.matching(words).visible_to(member).order_by("-created_at", "-id")[:50])
    return capture.reading(found, "workorders_search", "workorders_workorder")


def as_query(words: str) -> str:
    from workorders.querysets import search_words

    return search_words(words)


def open_counts(world: World) -> list[Figure]:
    """Open work per status in the large tenant, and in one with the same open work and almost nothing closed."""
    twin = twin_tenant(world)
    app = psycopg.connect(embedded.postgres_url("app", state=STATE), autocommit=False)
    app.execute("SET jit = off")
    statement, params = counting(world)
    with app, app.cursor() as cursor:

        def count(tenant: Any) -> Any:
            mine = [tenant if value == world.tenant.pk else value for value in params]

            def run() -> None:
                cursor.execute("SELECT set_config('app.tenant', %s, false)", [str(tenant)])
                cursor.execute(statement, mine).fetchall()

            return timed(run)

        large, small = interleaved([count(world.tenant.pk), count(twin)], rounds=200)
    return [
        at_most("open-counts", "open work per status, 9,200 open of 200,000", large * 1000, "ms", 5),
        at_most(
            "open-counts-growth",
            "the same against a tenant with the same open work and 400 closed",
            large / small,
            "×",
            1.3,
        ),
    ]


def counting(world: World) -> tuple[str, Any]:
    """The statement behind the list's chips and the dashboard."""
    from bench.world import atomic
    from workorders.rows import status_counts

    member = world.member
    with context.use(tenant_id=member.tenant_id), atomic(), capture.statements() as found:
        status_counts(member)
    return next(each for each in found if "GROUP BY" in each[0])


def twin_tenant(world: World) -> Any:
    """A tenant with copies of the large one's open work only; made once."""
    slug = "bench-twin"
    with psycopg.connect(embedded.postgres_url("owner", state=STATE), autocommit=True) as owner:
        from bench.world import make_tenant

        make_tenant(slug, owner)
        there = data.scene(owner, slug)
        if owner.execute("SELECT 1 FROM workorders_workorder WHERE tenant_id = %s LIMIT 1", [there.tenant]).fetchone():
            return there.tenant
        mine = data.scene(owner, data.LARGE)
        for meaning in ("open", "assigned", "in_progress", "on_hold", "completed", "closed"):
            owner.execute(
                "INSERT INTO workorders_workorder (id, tenant_id, number, title, description, status_id, meaning,"
                " priority_id, type_id, progress, hold_reason, hold_note, resolution, failure_cause,"
                " safety_requirements, external_id, version, created_at, updated_at, completed_at, closed_at)"
                " SELECT gen_random_uuid(), %s, number, title, description, %s, CASE meaning WHEN 'assigned' THEN 'open'"
                " ELSE meaning END, %s, %s, progress, hold_reason, hold_note, resolution, failure_cause,"
                " safety_requirements, external_id, version, created_at, updated_at, completed_at, closed_at"
                " FROM workorders_workorder WHERE tenant_id = %s AND meaning = %s ORDER BY created_at DESC LIMIT %s",
                [
                    there.tenant,
                    there.statuses["open" if meaning == "assigned" else meaning],
                    there.priorities["medium"],
                    there.types["corrective"],
                    mine.tenant,
                    meaning,
                    400 if meaning == "closed" else 100_000,
                ],
            )
        owner.execute("VACUUM (ANALYZE) workorders_workorder")
        return there.tenant
