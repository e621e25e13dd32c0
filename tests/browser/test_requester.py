"""Somebody who only reports: invited by mail, asked for two things, shown what is theirs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.person import PHONE, Person
from tests.browser.site import Site
from tests.browser.steps import ADMIN, DISPATCHER, REQUESTER, live

pytestmark = pytest.mark.browser
NEWCOMER = "nina.petrova@north-pit.example"


def invite(admin: Person, address: str, role: str) -> str:
    """Invite somebody; the link that the page shows for passing on."""
    admin.go("/settings/members")
    admin.follow("Invite")
    admin.page.get_by_label("E-mail").fill(address)
    admin.page.get_by_label("Role").select_option(label=role)
    admin.press("Invite")
    admin.reads("Invited")
    return admin.page.locator("code.secret").inner_text()


def join(newcomer: Person, link: str, organisation: str, name: str) -> None:
    newcomer.go(link)
    newcomer.reads(f"Join {organisation}")
    newcomer.page.get_by_label("Your name").fill(name)
    newcomer.page.get_by_label("Choose a password").fill("a long pass phrase")
    newcomer.press("Create my login and join")
    newcomer.says(f"Welcome to {organisation}.")


def test_a_requester_joins_and_follows_their_own(person: Callable[..., Person], site: Site) -> None:
    admin = person(ADMIN)
    shown = invite(admin, NEWCOMER, "Requester")
    admin.looks("invited", brief=True)
    assert site.link_in_mail(NEWCOMER) == shown

    nina = person(device=PHONE)
    nina.go(shown)
    nina.looks("invitation")
    join(nina, shown, "North Pit", "Nina Petrova")
    nina.reads("My requests")
    expect(nina.page.get_by_text("You have not reported anything yet")).to_be_visible()
    nina.looks("no-requests", brief=True)
    with nina.expecting(404):
        assert nina.go(shown).status == 404
        nina.reads("This invitation is no longer valid")
    nina.go("/")

    nina.follow("Report a problem")
    nina.reads("Report a problem")
    asked = nina.page.locator("main form .field > label, main form legend").all_inner_texts()
    assert [text.split("\n")[0].split(" optional")[0] for text in asked] == [
        "What is wrong?", "Details", "Asset",
        "Can it still run?",  # the mine's own question
    ]  # fmt: skip
    nina.looks("report", brief=True)
    nina.page.get_by_label("What is wrong?").fill("Smell of diesel in the crib room")
    nina.page.get_by_label("Details").fill("Since this morning, strongest at the door.")
    nina.press("Send")
    nina.says("is reported.")
    nina.reads("Smell of diesel in the crib room")
    live(nina.page)
    nina.looks("request")
    # Nothing but following, commenting and a sheet of paper is offered.
    expect(nina.page.locator("#head form, #act-bar form")).to_have_count(0)
    expect(nina.page.locator("#head a:not([href$='/pdf'])")).to_have_count(0)
    mine = nina.page.url

    dispatcher = person(DISPATCHER)
    dispatcher.go(mine)
    for text, shown_to_her in (("Fuel line of the generator, I guess.", False), ("We look at it at noon.", True)):
        dispatcher.page.get_by_role("textbox", name="Comment").fill(text)
        if shown_to_her:
            dispatcher.page.get_by_label("Show to the person who reported it").check()
        dispatcher.press("Comment")
        dispatcher.says("Commented.")
        expect(dispatcher.page.locator("#history").get_by_text(text)).to_be_visible()
    expect(nina.page.locator("#history").get_by_text("We look at it at noon.")).to_be_visible()
    expect(nina.page.get_by_text("Fuel line of the generator")).to_have_count(0)
    nina.page.get_by_role("textbox", name="Comment").fill("Thank you, the door stays open.")
    nina.press("Comment")
    nina.says("Commented.")
    expect(dispatcher.page.locator("#history").get_by_text("Thank you, the door stays open.")).to_be_visible()

    nina.go("/requests")
    expect(nina.page.locator("#rows li h2, #rows li h3")).to_have_text(["Smell of diesel in the crib room"])
    nina.looks("requests", brief=True)
    dispatcher.go("/work-orders")
    other = dispatcher.page.locator("#rows tbody a.go").nth(3).get_attribute("href")
    with nina.expecting(403, 404, 405):
        assert nina.go(f"{other}").status == 404
        nina.reads("There is nothing here")
        nina.looks("not-found", brief=True)
        # A button's address, opened like a page: words, not an empty window.
        assert nina.go(f"{mine}/comment").status == 405
        nina.reads("There is no page at this address")
        assert nina.go("/work-orders").status == 403
        assert nina.go("/settings").status == 403


def test_requests_of_others_stay_theirs(person: Callable[..., Person]) -> None:
    kylie = person(REQUESTER)
    kylie.reads("My requests")
    expect(kylie.page.locator("#rows li").first).to_be_visible()
    expect(kylie.page.get_by_text("Smell of diesel")).to_have_count(0)
    kylie.looks("requests", brief=True)
