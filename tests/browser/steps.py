"""What people do in several journeys, as they do it on the pages."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Locator, Page, expect

from tests.browser.person import Person

ADMIN, MANAGER, DISPATCHER, TECHNICIAN, STOREKEEPER, REQUESTER, VIEWER = (
    f"{role}@north-pit.example"
    for role in ("admin", "manager", "dispatcher", "technician", "storekeeper", "requester", "viewer")
)
JACK = "Jack Doyle, Heavy diesel fitter"


def report(dispatcher: Person, title: str, *, machine: str = "RH120E") -> None:
    """Report a fault on an excavator; leaves the browser at the new work order."""
    page = dispatcher.page
    dispatcher.follow("New work order")
    dispatcher.reads("New work order")
    page.get_by_label("What is wrong?").fill(title)
    page.get_by_label("Details").fill("Oil on the deck below the main pump.\nFound at shift change.")
    page.get_by_label("Find an asset by tag, name or barcode").press_sequentially(machine)
    options = page.locator("#asset-options label").filter(has_text=machine)
    expect(options.first).to_be_visible()
    options.first.click()
    page.get_by_label("High", exact=True).check()
    create(dispatcher)
    dispatcher.reads(title)


def create(dispatcher: Person) -> None:
    """Send the form. Whether the machine has work of today is a matter of the hour: if it asks, this is another fault."""
    dispatcher.press("Create work order")
    asked = dispatcher.page.get_by_role("alert").filter(has_text="Is it the same fault?")
    expect(asked.or_(dispatcher.page.locator(".toast").filter(has_text="is reported."))).to_be_visible()
    if asked.is_visible():
        dispatcher.press("It is another fault: Report anyway", asked)
    dispatcher.says("is reported.")


def assign(dispatcher: Person, whom: str = JACK) -> float:
    """In the dialog; answers when the button was pressed."""
    dispatcher.follow("Assign")
    dialog = dispatcher.page.get_by_role("dialog", name="Who does it?")
    dialog.get_by_label("Technician").select_option(label=whom)
    begun = time.monotonic()
    dispatcher.press("Assign", dialog)
    return begun


def job(page: Page, title: str) -> Locator:
    return page.locator("#rows .job").filter(has_text=title)


def fill(someone: Person, link: str, heading: str, button: str, **fields: str) -> None:
    """An act with a form: open its dialog, type, send."""
    someone.follow(link)
    dialog = someone.page.get_by_role("dialog", name=heading)
    for label, value in fields.items():
        field = dialog.get_by_label(re.compile(rf"^\s*{label}"))
        if value == "chosen":
            field.check()
        else:
            field.fill(value)
    someone.press(button, dialog)


def complete(technician: Person, resolution: str) -> None:
    fill(technician, "Complete", "Complete the work", "Finish", **{"What was done": resolution, "Hours spent": "1.5"})
    technician.says("Done. It waits for verification by the supervisor.")


def to_verify(manager: Person, title: str) -> None:
    manager.go("/work-orders")
    manager.follow("To verify", manager.page.get_by_role("navigation", name="Quick filters"))
    manager.follow(title)
    manager.reads(title)


def story(page: Page) -> list[str]:
    """The history, oldest first: who did what."""
    lines = page.locator("#history li .what > p").all_inner_texts()
    told = [
        re.sub(r"\s+(just now|in a moment|\d+ (s|min|h) ago).*", "", line.strip(), flags=re.DOTALL) for line in lines
    ]
    # "Report anyway" links the new job to today's others; whether that is asked depends on the hour (`create`).
    return [line for line in told[::-1] if not line.endswith("linked this to other work")]


def live(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("data-live", "live")
