"""The line to the server breaks and comes back; open pages tell what happened meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.person import TABLET, Person
from tests.browser.site import Site
from tests.browser.steps import DISPATCHER, TECHNICIAN, assign, job, live, report

pytestmark = pytest.mark.browser


def test_a_page_outlives_its_server(person: Callable[..., Person], site: Site) -> None:
    technician = person(TECHNICIAN, TABLET)
    dispatcher = person(DISPATCHER)
    technician.reads("My work")
    live(technician.page)
    technician.page.evaluate("window.stayed = true")
    indicator = technician.page.get_by_role("status").filter(has_text="Connecting")
    expect(indicator).to_be_hidden()
    report(dispatcher, "Grease pump of the bucket pins stalls")
    # Nobody listens to the technician's page while this happens.
    technician.expected = dispatcher.expected = {0, 503}
    site.kill()
    expect(indicator).to_be_visible()
    technician.looks("offline", brief=True)
    site.start()
    site.wait()
    dispatcher.page.reload()
    technician.context.set_offline(True)
    assign(dispatcher)
    dispatcher.says("assigned to Jack Doyle")
    technician.context.set_offline(False)
    expect(job(technician.page, "Grease pump of the bucket pins stalls")).to_be_visible(timeout=20_000)
    expect(indicator).to_be_hidden()
    live(technician.page)
    assert technician.page.evaluate("window.stayed")


def test_no_connection_is_said(person: Callable[..., Person]) -> None:
    dispatcher = person(DISPATCHER)
    dispatcher.go("/work-orders")
    live(dispatcher.page)
    with dispatcher.expecting(0):
        dispatcher.context.set_offline(True)
        dispatcher.page.get_by_role("navigation", name="Quick filters").get_by_role("link", name="Finished").click()
        dispatcher.says("No connection. Nothing was lost")
        dispatcher.context.set_offline(False)
    dispatcher.page.get_by_role("navigation", name="Quick filters").get_by_role("link", name="Finished").click()
    expect(dispatcher.page.locator("#rows .status-closed").first).to_be_visible()
