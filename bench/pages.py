"""Figures of the work order list as a page: time against the API's list, weight, number of queries."""

from __future__ import annotations

import re
from html import unescape

from bench import capture
from bench.client import Answer, Client
from bench.results import Figure, at_most, interleaved, note
from bench.world import DISPATCHER, World, atomic

PAGE = "/work-orders?status=in_progress&priority=high"
ASSETS = re.compile(r'<(?:link[^>]+rel="(?:stylesheet|modulepreload)"[^>]+href|script[^>]+src)="([^"]+)"')
IMPORTS = re.compile(r'"(/static/[^"]+\.m?js)"')


def page(world: World) -> list[Figure]:
    from bench.api import LIST  # which itself looks at pages

    api = Client(world.app(), world.bearer)
    browser = Client(world.app(), {"Cookie": f"sessionid={session(world)}", "Accept": "text/html"})
    html, listed = interleaved([lambda: shown(browser, PAGE).seconds, lambda: shown(api, LIST).seconds], rounds=250)
    weight, pieces = weigh(browser)
    few, many = queries(world, f"{PAGE}&search=WO-{{rare}}"), queries(world, PAGE)
    return [
        at_most("page-ratio", "work order list as a page (50 rows), against the API's list", html / listed, "×", 2.5),
        note("page-time", "work order list as a page", html * 1000, "ms"),
        at_most(
            "page-weight", f"the page with styles and scripts, compressed ({pieces} requests)", weight / 1000, "kB", 60
        ),
        Figure(
            "page-queries",
            f"queries of the page with 50 rows; with few rows {few}",
            many,
            "queries",
            f"= {few}",
            few == many,
        ),
    ]


def shown(client: Client, path: str) -> Answer:
    answer = client.get(path)
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}: {answer.body[:300]!r}")
    return answer


def session(world: World) -> str:
    """A signed-in session of the dispatcher, as the sign-in page makes it."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.utils import timezone

    from tenancy.models import User

    user = User.objects.get(email=DISPATCHER)
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store["signed_in_at"] = timezone.now().timestamp()
    store.save()
    return str(store.session_key)


def weigh(browser: Client) -> tuple[int, int]:
    """Bytes of the page and everything it loads, compressed, and how many requests that takes."""
    compressed = {"Accept-Encoding": "br, gzip"}
    answer = browser.get(PAGE, compressed)
    total, seen = answer.gzipped, set[str]()
    html = browser.get(PAGE).body.decode()
    wanted = [unescape(path) for path in ASSETS.findall(html)] + IMPORTS.findall(html)
    while wanted:
        path = wanted.pop()
        if path in seen or not path.startswith("/"):
            continue
        seen.add(path)
        total += browser.get(path, compressed).gzipped
    return total, 1 + len(seen)


def queries(world: World, path: str) -> int:
    """How many statements the page sends, without those that only set the transaction up."""
    from core import context
    from workorders.models import WorkOrder

    if "{rare}" in path:
        with context.use(tenant_id=world.tenant.pk), atomic():
            rare = WorkOrder.objects.filter(meaning="in_progress", priority__key="high").values_list(
                "number", flat=True
            )[0]
        path = path.replace("WO-{rare}", rare)
    headers = {"Cookie": f"sessionid={session(world)}", "Accept": "text/html"}
    found = capture.of_request(path, headers)
    return sum(not text.upper().startswith(("SAVEPOINT", "RELEASE", "SELECT SET_CONFIG")) for text, _ in found)
