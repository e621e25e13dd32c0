"""Those who look on: the viewer sees everything and changes nothing, the storekeeper sees what they asked for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.person import PHONE, Person
from tests.browser.steps import STOREKEEPER, VIEWER

pytestmark = pytest.mark.browser
ACTS = ("start", "hold", "complete", "cancel", "assign", "edit", "comment", "delete", "send-back", "close", "take")


def token(someone: Person) -> str:
    return next(c["value"] for c in someone.context.cookies() if c["name"] == "csrftoken")


def test_a_viewer_sees_everything_and_changes_nothing(person: Callable[..., Person]) -> None:
    viewer = person(VIEWER)
    viewer.reads("Work orders")
    expect(viewer.page.get_by_role("link", name="New work order")).to_have_count(0)
    expect(viewer.page.get_by_role("link", name="Report a problem")).to_have_count(0)
    job = viewer.page.locator("#rows tbody a.go").first.get_attribute("href") or ""
    for address in ("/dashboard", "/work-orders", job, "/assets", "/places", "/people"):
        viewer.go(address)
        expect(viewer.page.locator("main form[method=post]")).to_have_count(0)
    viewer.go(job)
    viewer.looks("job", brief=True)
    before = viewer.page.locator("#history li").count()
    headers = {"X-CSRFToken": token(viewer), "Referer": viewer.site.url}
    for act in ACTS:
        form = {"reason": "parts", "text": "x", "title": "x"}
        answer = viewer.context.request.post(
            f"{viewer.site.url}{job}/{act}", form=form, headers=headers, max_redirects=0
        )
        assert (act, answer.status) == (act, 403)
    viewer.page.reload()
    assert viewer.page.locator("#history li").count() == before
    with viewer.expecting(403):
        for address in ("/report", "/settings", "/settings/members", "/assets/add", f"{job}/edit", f"{job}/assign"):
            assert (address, viewer.go(address).status) == (address, 403)
        viewer.reads("You may not do that")
        viewer.looks("refused", brief=True)


def test_a_storekeeper_sees_only_what_they_asked_for(person: Callable[..., Person]) -> None:
    keeper = person(STOREKEEPER, PHONE)
    keeper.reads("Parts to give")
    keeper.looks("parts-to-give", brief=True)
    keeper.go("/requests")
    keeper.reads("My requests")
    expect(keeper.page.locator("#rows li")).to_have_count(0)
    keeper.follow("Report a problem")
    keeper.page.get_by_label("What is wrong?").fill("Roller door of the store jams")
    keeper.press("Send")
    keeper.reads("Roller door of the store jams")
    keeper.go("/requests")
    expect(keeper.page.locator("#rows li h2, #rows li h3")).to_have_text(["Roller door of the store jams"])
    # The navigation offers what they may open.
    keeper.page.get_by_role("button", name="Open navigation").click()
    navigation = keeper.page.get_by_role("navigation", name="Main")
    links = navigation.get_by_role("listitem").get_by_role("link")
    assert links.all_inner_texts() == ["My requests", "Parts to give", "Parts", "Assets", "Places", "People"]
    keeper.looks("navigation")
    for href in [link.get_attribute("href") for link in links.all()]:
        keeper.go(f"{href}")
        keeper.looks(f"{href}".strip("/"), brief=True)
