"""The main job in a browser that runs no script: every form posts, every answer is a page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.person import PHONE, Person
from tests.browser.steps import DISPATCHER, JACK, MANAGER, TECHNICIAN, create

pytestmark = pytest.mark.browser


def test_the_main_job_without_scripts(person: Callable[..., Person]) -> None:
    title = "Track tension lost, left side"
    dispatcher = person(DISPATCHER, scripts=False, fresh=True)
    page = dispatcher.page
    dispatcher.follow("Work orders", page.get_by_role("navigation", name="Main"))
    page.get_by_role("searchbox").fill("leak")
    dispatcher.press("Apply")
    assert "search=leak" in page.url
    assert 0 < page.locator("#rows tbody tr").count() < 20
    dispatcher.looks("list", brief=True)

    dispatcher.follow("New work order")
    page.get_by_label("What is wrong?").fill(title)
    page.get_by_label("Find an asset by tag, name or barcode").fill("RH120E")
    dispatcher.press("Find assets")
    # What was typed is still there after looking for the asset.
    expect(page.get_by_label("What is wrong?")).to_have_value(title)
    page.locator("#asset-options label").filter(has_text="RH120E").first.click()
    dispatcher.looks("report", brief=True)
    create(dispatcher)
    dispatcher.reads(title)
    address = page.url
    dispatcher.follow("Assign")
    dispatcher.reads("Who does it?")
    page.get_by_label("Technician").select_option(label=JACK)
    dispatcher.looks("assign", brief=True)
    dispatcher.press("Assign")
    # Undo is a form, too.
    dispatcher.press("Undo", dispatcher.says("assigned to Jack Doyle"))
    dispatcher.says("open for everybody")
    dispatcher.follow("Assign")
    page.get_by_label("Technician").select_option(label=JACK)
    dispatcher.press("Assign")
    dispatcher.says("assigned to Jack Doyle")

    technician = person(TECHNICIAN, PHONE, scripts=False, fresh=True)
    technician.reads("My work")
    technician.follow(title)
    technician.press("Start")
    technician.says("Started.")
    technician.follow("Hold")
    technician.reads("Put on hold")
    technician.page.get_by_label("Waiting for parts").check()
    technician.press("Put on hold")
    technician.says("On hold.")
    technician.press("Resume")
    technician.says("Going on.")
    technician.follow("Complete")
    technician.reads("Complete the work")
    technician.page.get_by_label("What was done").fill("Tensioned it again.")
    technician.press("Finish")
    technician.says("Done.")
    # Menus open by the browser itself.
    technician.page.get_by_role("button", name="Open navigation").click()
    technician.follow("Assets", technician.page.get_by_role("navigation", name="Main"))
    technician.reads("Assets")

    manager = person(MANAGER, scripts=False, fresh=True)
    manager.go(address)
    # A refusal says what is missing, at the field.
    manager.follow("Send back")
    with manager.expecting(422):
        manager.press("Send back")
        reason = manager.page.get_by_label("Reason")
        expect(reason).to_have_attribute("aria-invalid", "true")
        expect(manager.page.locator(".errorlist")).to_be_visible()
    manager.looks("refused", brief=True)
    manager.follow("Back")
    manager.press("Verify and close")
    manager.says("Verified and closed.")
    expect(manager.page.locator("#head .status")).to_have_text("Closed")
    manager.page.get_by_role("button", name="Account of Tom Okafor").click()
    manager.press("Sign out")
    manager.page.wait_for_url("**/accounts/login/")
