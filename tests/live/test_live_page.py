"""The browser's side: one line for all tabs, handed on when its holder closes, pages refreshed without reloading."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator

import pytest
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.live.process import LiveServer
from tests.live.world import World

HEARD = """
window.heard = [];
document.addEventListener("mw:event", (event) => window.heard.push(event.detail.type));
"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    # Playwright runs a loop in this thread, which Django takes for an asynchronous caller of its database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()
        # Under a running loop Django keeps other connections than without one.
        connections.close_all()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def browser_of(chromium: Browser, server: LiveServer, cookie: str) -> BrowserContext:
    context = chromium.new_context(base_url=f"http://localhost:{server.port}")
    context.add_cookies([{"name": "sessionid", "value": cookie.rpartition("=")[2], "domain": "localhost", "path": "/"}])
    context.add_init_script(HEARD)
    return context


def listeners(server: LiveServer) -> int:
    found = re.search(rb"^millwright_live_listeners (\d+)", server.get("/metrics")[2], re.MULTILINE)
    assert found is not None
    return int(found[1])


def until(page: Page, condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        page.wait_for_timeout(20)


def heard(page: Page) -> list[str]:
    return page.evaluate("window.heard")  # type: ignore[no-any-return]


def is_live(page: Page) -> bool:
    return page.evaluate("document.documentElement.dataset.live") == "live"  # type: ignore[no-any-return]


def test_tabs_share_one_line_and_hand_it_on(chromium: Browser, server: LiveServer, world: World) -> None:
    pit = world.pit
    work_order = pit.report()
    context = browser_of(chromium, server, pit.cookie(pit.member("dispatcher")))
    first, second = context.new_page(), context.new_page()
    for page in (first, second):
        page.goto("/work-orders")
        until(page, lambda page=page: is_live(page))
    assert listeners(server) == 1
    pit.tell(work_order, "work_order.held")
    for page in (first, second):
        until(page, lambda page=page: heard(page) == ["work_order.held"])
    first.close()
    until(second, lambda: listeners(server) == 1 and is_live(second))
    pit.tell(work_order, "work_order.resumed")
    # The new holder took up the place of the last event heard: nothing twice, nothing left out.
    until(second, lambda: heard(second) == ["work_order.held", "work_order.resumed"])
    context.close()
    until_none = time.monotonic() + 5
    while listeners(server):
        assert time.monotonic() < until_none


def test_new_work_appears_in_an_open_list(chromium: Browser, server: LiveServer, world: World) -> None:
    pit = world.pit
    context = browser_of(chromium, server, pit.cookie(pit.member("dispatcher")))
    page = context.new_page()
    page.goto("/work-orders")
    until(page, lambda: is_live(page))
    pit.report("Conveyor belt torn at the tail pulley")
    page.get_by_text("Conveyor belt torn at the tail pulley").first.wait_for(timeout=20_000)
    context.close()


def test_a_line_that_broke_is_taken_up_again_without_a_gap(chromium: Browser, world: World) -> None:
    pit = world.pit
    work_order = pit.report()
    server = LiveServer()
    try:
        context = browser_of(chromium, server, pit.cookie(pit.member("dispatcher")))
        page = context.new_page()
        page.goto("/work-orders")
        until(page, lambda: is_live(page))
        pit.tell(work_order, "work_order.held")
        until(page, lambda: heard(page) == ["work_order.held"])
        port = server.port
        server.stop()
        until(page, lambda: not is_live(page))
        pit.tell(work_order, "work_order.resumed")
        server = LiveServer(port=port)
        until(page, lambda: heard(page) == ["work_order.held", "work_order.resumed"], 30)
        assert is_live(page)
        context.close()
    finally:
        server.stop()
