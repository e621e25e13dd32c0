"""Undo takes back what was done, as an act of its own; a form lands in the organisation it shows, or nowhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.person import Person
from tests.browser.steps import ADMIN, MANAGER, assign, fill, report, story

pytestmark = pytest.mark.browser
CONTRACTOR = "contractor@hartley-hydraulics.example"


def undo(someone: Person, said: str) -> None:
    someone.press("Undo", someone.says(said))


def test_undo_takes_back(person: Callable[..., Person]) -> None:
    manager = person(MANAGER)
    status = manager.page.locator("#head .status")
    report(manager, "Boom light flickers")
    assign(manager)
    expect(status).to_have_text("Assigned")
    manager.looks("toast", brief=True)
    undo(manager, "assigned to Jack Doyle")
    expect(status).to_have_text("Open")
    expect(manager.page.locator("#people")).to_contain_text("Nobody yet")

    manager.page.locator("#head summary").click()
    fill(manager, "Cancel work", "Cancel this work order", "Cancel the work", Reason="Reported twice")
    expect(status).to_have_text("Cancelled")
    undo(manager, "Cancelled.")
    expect(status).to_have_text("Open")

    assign(manager)
    expect(status).to_have_text("Assigned")
    manager.press("Start")
    manager.says("Started.")
    fill(manager, "Hold", "Put on hold", "Put on hold", Weather="chosen")
    expect(status).to_have_text("On hold")
    undo(manager, "On hold.")
    expect(status).to_have_text("In progress")
    assert story(manager.page) == [
        "Tom Okafor reported this",
        "Tom Okafor assigned this to Jack Doyle",
        "Tom Okafor took everybody off this",
        "Tom Okafor cancelled this",
        "Tom Okafor took this up again",
        "Tom Okafor assigned this to Jack Doyle",
        "Tom Okafor started this",
        "Tom Okafor put this on hold",
        "Tom Okafor went on with this",
    ]


def test_two_tabs_in_two_organisations(person: Callable[..., Person]) -> None:
    sam = person(CONTRACTOR)
    first, second = sam.page, sam.new_page()
    expect(first.locator(".side-tenant")).to_have_text("North Pit")
    second.goto("/report")
    second.get_by_label("What is wrong?").fill("Meant for the mine")

    first.get_by_role("button", name="Account of Sam Hartley").click()
    first.get_by_role("button", name="Switch to West Campus").click()
    expect(first.locator(".side-tenant")).to_have_text("West Campus")
    with sam.expecting(409):
        second.get_by_role("button", name="Send").click()
        expect(second.get_by_text("This form belongs to another organisation")).to_be_visible()
    first.goto("/work-orders?search=Meant+for+the+mine")
    expect(first.locator("#rows tbody tr")).to_have_count(0)
    boss = person(ADMIN)
    boss.go("/work-orders?search=Meant+for+the+mine")
    expect(boss.page.locator("#rows tbody tr")).to_have_count(0)

    # Back in the mine, nothing that was typed is lost.
    first.get_by_role("button", name="Account of Sam Hartley").click()
    first.get_by_role("button", name="Switch to North Pit").click()
    expect(first.locator(".side-tenant")).to_have_text("North Pit")
    first.goto("/report")
    expect(first.get_by_label("What is wrong?")).to_have_value("Meant for the mine")
    sam.press("Send")
    sam.says("is reported.")
