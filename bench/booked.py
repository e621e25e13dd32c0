"""Figures of work orders with everything on them: read, made, printed, shown, and a large photo."""

from __future__ import annotations

import io
import re
import time
from html import unescape
from statistics import median
from typing import Any
from uuid import UUID

from bench import capture
from bench.client import Client
from bench.pages import ASSETS, IMPORTS, session, shown
from bench.results import Figure, at_most, interleaved, note
from bench.world import World, atomic, query_owner

TITLE = "Bench full: everything booked on it"
TABLES = (
    "workorders_workorder", "workorders_comment", "workorders_assignment", "workorders_task", "workorders_partline",
    "workorders_workordermedia",
)  # fmt: skip
SET_UP = ("SAVEPOINT", "RELEASE", "SELECT SET_CONFIG", "BEGIN", "COMMIT")


def full_order(world: World) -> UUID:
    """A work order with 20 tasks, 10 notes, 5 files and 5 parts, made by the acts once."""
    found = query_owner("SELECT id FROM workorders_workorder WHERE title = %s", [TITLE])
    if found:
        return UUID(str(found[0][0]))
    from core import context
    from inventory.models import Part
    from workorders import actions

    member = world.member
    with context.use(tenant_id=world.tenant.pk, actor_id=member.pk, source="bench"), atomic():
        parts = [
            Part.objects.get_or_create(
                tenant=world.tenant, number=f"BENCH-{n}", defaults={"name": f"Part {n}", "unit_cost": n + 1}
            )[0]
            for n in range(5)
        ]
        order = actions.report(
            by=member,
            title=TITLE,
            steps=[{"description": f"Step {n}", "estimated_minutes": 5} for n in range(20)],
            parts=[{"part": part, "quantity": 2} for part in parts],
        )
        for n in range(10):
            actions.comment(order, by=member, text=f"Note {n}")
        for n in range(5):
            actions.add_media(order, by=member, content=photo(640, 480), name=f"photo-{n}.jpg")
    return UUID(str(order.pk))


def photo(width: int, height: int) -> bytes:
    """A JPEG that does not compress to nothing: a coarse pattern, as stones or rust have."""
    import random

    from PIL import Image

    tile = Image.frombytes("L", (width // 8, height // 8), random.Random(7).randbytes((width // 8) * (height // 8)))
    made = io.BytesIO()
    tile.resize((width, height), Image.Resampling.BICUBIC).convert("RGB").save(made, "JPEG", quality=88)
    return made.getvalue()


def plan(world: World) -> list[capture.Statement]:
    """What the bare handler runs for the same work order."""
    return capture.reading(capture.of_request(f"/api/v1/work-orders/{full_order(world)}", world.bearer), *TABLES)


def reading(world: World) -> list[Figure]:
    from bench.api import asked, clients

    mine, bare = clients(world)
    path = f"/api/v1/work-orders/{full_order(world)}"
    ours, theirs = interleaved([lambda: asked(mine, path), lambda: asked(bare, "/?plan=full")], rounds=300)
    sent = [text for text, _ in capture.of_request(path, world.bearer) if not text.upper().startswith(SET_UP)]
    return [
        at_most(
            "full-ratio",
            "one work order with 20 tasks, 10 notes, 5 files, 5 parts, against its SQL",
            ours / theirs,
            "×",
            3,
        ),
        at_most("full-queries", "… queries", len(sent), "queries", 12),
        note("full-time", "… by the API", ours * 1000, "ms"),
    ]


def creating(world: World) -> list[Figure]:
    """Create with tasks and parts: the statements do not grow with their number."""
    from django.db import connection, transaction
    from django.test.utils import CaptureQueriesContext

    from core import context
    from inventory.models import Part
    from workorders import actions

    full_order(world)
    member = world.member
    counts = []
    with context.use(tenant_id=world.tenant.pk, actor_id=member.pk, source="bench"):
        # The first reads what the process keeps afterwards, and does not count.
        for tasks, parts in ((1, 1), (1, 1), (10, 5), (20, 5)):
            with transaction.atomic(), CaptureQueriesContext(connection) as queries:
                lines = [
                    {"part": part, "quantity": 1} for part in Part.objects.filter(number__startswith="BENCH-")[:parts]
                ]
                actions.report(
                    by=member, title="Bench: with tasks",
                    steps=[{"description": f"Step {n}"} for n in range(tasks)], parts=lines,
                )  # fmt: skip
                transaction.set_rollback(True)
            counts.append(len(queries))
    counts = counts[1:]
    told = f"create with 10 tasks and 5 parts; with 1 and 1 {counts[0]}, with 20 and 5 {counts[2]}"
    return [Figure("create-full-queries", told, counts[1], "queries", "constant", len(set(counts)) == 1)]


def paper(world: World) -> list[Figure]:
    from core import context
    from workorders.paper import contents

    order, member = full_order(world), world.member
    taken = []
    for _ in range(25):
        with context.use(tenant_id=world.tenant.pk, actor_id=member.pk, source="bench"), atomic():
            began = time.perf_counter()
            contents.work_orders([order], member)
            taken.append(time.perf_counter() - began)
    return [at_most("paper", "PDF of that work order, median of 25", median(taken[1:]) * 1000, "ms", 150)]


def upload(world: World) -> list[Figure]:
    """A 12-megapixel photo: how long after its last byte the page has its answer."""
    client = Client(world.app(), world.bearer)
    path = f"/api/v1/work-orders/{full_order(world)}/media"
    picture = photo(4000, 3000)
    edge = "bench-edge"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="big.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    body = head.encode() + picture + f"\r\n--{edge}--\r\n".encode()
    taken = []
    for _ in range(7):
        answer = client.send("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={edge}"})
        if answer.status != 201:
            raise RuntimeError(f"upload answered {answer.status}: {answer.body[:300]!r}")
        taken.append(answer.seconds)
        made: Any = answer.json()
        client.send("DELETE", f"{path}/{made['id']}")
    return [
        at_most(
            "photo",
            f"answer to a 12-megapixel photo ({len(picture) / 1e6:.1f} MB), sending it included",
            median(taken) * 1000,
            "ms",
            300,
        )
    ]


def page(world: World) -> list[Figure]:
    browser = Client(world.app(), {"Cookie": f"sessionid={session(world)}", "Accept": "text/html"})
    path = f"/work-orders/{full_order(world)}"
    weight, pieces = weigh(browser, path)
    seconds = median(shown(browser, path).seconds for _ in range(40))
    headers = {"Cookie": f"sessionid={session(world)}", "Accept": "text/html"}
    sent = [text for text, _ in capture.of_request(path, headers) if not text.upper().startswith(SET_UP)]
    return [
        at_most(
            "order-weight",
            f"page of that work order without photos, compressed ({pieces} requests)",
            weight / 1000,
            "kB",
            100,
        ),
        note("order-time", "… time", seconds * 1000, "ms"),
        note("order-queries", "… queries", len(sent), "queries"),
    ]


def weigh(browser: Client, path: str) -> tuple[int, int]:
    """Bytes of the page with its styles and scripts, compressed, and how many requests that takes."""
    compressed = {"Accept-Encoding": "br, gzip"}
    total, seen = browser.get(path, compressed).gzipped, set[str]()
    html = browser.get(path).body.decode()
    wanted = [unescape(one) for one in ASSETS.findall(html)] + IMPORTS.findall(html)
    while wanted:
        one = wanted.pop()
        if one in seen or not one.startswith("/") or not re.search(r"\.(css|m?js)", one):
            continue
        seen.add(one)
        total += browser.get(one, compressed).gzipped
    return total, 1 + len(seen)
