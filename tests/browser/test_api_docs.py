"""The API's own page: read, and tried with the session of the person who reads it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.person import Person
from tests.browser.steps import DISPATCHER

pytestmark = pytest.mark.browser


def test_an_operation_is_tried_from_the_page(person: Callable[..., Person]) -> None:
    dispatcher = person(DISPATCHER)
    dispatcher.go("/api/v1/docs")
    dispatcher.reads("Millwright API")
    listing = dispatcher.page.locator("#WorkOrders_get")
    listing.locator("summary").click()
    listing.get_by_label("limit", exact=False).first.fill("2")
    dispatcher.press("Try it", listing)
    expect(listing.locator("output")).to_contain_text("200 OK")
    expect(listing.locator("output")).to_contain_text('"workOrderNumber"')
    dispatcher.looks("list", brief=True)
    making = dispatcher.page.locator("#WorkOrders_post")
    making.locator("summary").click()
    making.locator("textarea").fill('{"title": "Tried from the API page"}')
    dispatcher.press("Try it", making)
    expect(making.locator("output")).to_contain_text("201 Created")
    making.locator("textarea").fill('{"title": ""}')
    with dispatcher.expecting(400):
        dispatcher.press("Try it", making)
        expect(making.locator("output")).to_contain_text("Invalid work order data")


def test_a_stranger_reads_it_too(person: Callable[..., Person]) -> None:
    stranger = person()
    stranger.go("/api/v1/docs")
    stranger.reads("Millwright API")
    stranger.looks("stranger")
