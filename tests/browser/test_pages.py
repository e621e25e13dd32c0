"""Every kind of page, looked at from all sides; keys and focus; what the list weighs."""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Callable

import brotli
import pytest
from playwright.sync_api import Response, expect

from tests.browser.person import TABLET, Person
from tests.browser.site import ROOT
from tests.browser.steps import ADMIN, DISPATCHER, TECHNICIAN

pytestmark = pytest.mark.browser
KILOBYTE = 1024


def href(someone: Person, selector: str) -> str:
    return someone.page.locator(selector).first.get_attribute("href") or ""


def test_equipment_and_people(person: Callable[..., Person]) -> None:
    admin = person(ADMIN)
    admin.go("/assets")
    admin.reads("Assets")
    admin.looks("assets")
    excavator = href(admin, "#rows a.go")
    for page in (
        excavator,
        f"{excavator}/edit",
        "/places",
        "/places/add",
        "/people",
        "/people/crews/add",
        "/styleguide",
    ):
        admin.go(page)
        # Components are looked at from all sides where they are shown; the pages are made of them.
        name = "-".join(re.sub(r"[0-9a-f-]{36}", "one", page).strip("/").split("/"))
        admin.looks(name, brief=page not in (excavator, "/places", "/styleguide"))
    admin.go("/places")
    for name, page, selector in (("place", "/places", ".tree a"), ("technician", "/people", "a.go")):
        admin.go(page)
        admin.go(href(admin, selector))
        admin.looks(name, brief=True)
    admin.go("/work-orders")
    admin.go(href(admin, "#rows a.go") + "/edit")
    admin.looks("edit-work-order", brief=True)


def test_keys_lead_through_the_list(person: Callable[..., Person]) -> None:
    dispatcher = person(DISPATCHER)
    page = dispatcher.page
    dispatcher.go("/work-orders")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    # The order of focus is the order in which the page is read.
    tools = page.locator(".list-tools .group a, .list-tools summary, .tabs a").all()
    assert len(tools) > 4
    for tool in (*tools, page.get_by_role("searchbox")):
        page.keyboard.press("Tab")
        expect(tool).to_be_focused()
    page.keyboard.press("Escape")
    rows = page.locator("#rows a.go")
    for keys, at in (("j", 0), ("j", 1), ("k", 0)):
        page.keyboard.press(keys)
        expect(rows.nth(at)).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    dispatcher.looks("keyboard", brief=True)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/work-orders/*")
    # A dialog takes the focus, keeps it, and gives it back.
    opener = page.locator("#head a").filter(has_text=re.compile("assign", re.IGNORECASE))
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Who does it?")
    expect(dialog).to_be_visible()
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    dispatcher.looks("dialog")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    page.keyboard.press("n")
    dispatcher.reads("New work order")


def test_a_glove_hits_everything(person: Callable[..., Person]) -> None:
    """48 pixels for whatever a technician presses on the way through a job."""
    technician = person(TECHNICIAN, TABLET)
    small = """() => [...document.querySelectorAll(`main button, main .btn, main select, main input:not([type=hidden]),
      .bottom a, .bottom button, .act-bar a, .act-bar button, .act-bar summary, .top button, .top .btn, .job h3 a`)]
      .filter((e) => e.checkVisibility()).map((e) => [(e.type === 'file' && e.labels[0]) || e.closest('.job, label, .check') || e, e])
      .filter(([box]) => box.getBoundingClientRect().height < 44 || box.getBoundingClientRect().width < 44)
      .map(([, e]) => e.outerHTML.slice(0, 120))"""
    technician.go("/my-work")
    address = href(technician, ".job h3 a")
    for page in ("/my-work", address, f"{address}/hold", f"{address}/complete", "/report"):
        technician.go(page)
        assert technician.page.evaluate(small) == [], page


def test_a_job_prints_as_a_sheet(person: Callable[..., Person]) -> None:
    """Paper has no navigation and no buttons, and is white whatever the theme."""
    technician = person(TECHNICIAN, TABLET)
    technician.go("/my-work")
    technician.go(href(technician, ".job h3 a"))
    page = technician.page
    page.emulate_media(media="print", color_scheme="dark")
    for gone in (".top", ".side", ".act-bar", ".skip", "main button"):
        assert [one for one in page.locator(gone).all() if one.is_visible()] == [], gone
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") in (
        "rgb(255, 255, 255)",
        "rgba(0, 0, 0, 0)",
    )
    page.set_viewport_size({"width": 688, "height": 1000})  # A4 between its margins
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_list_is_light(person: Callable[..., Person], record_property: Callable[[str, object], None]) -> None:
    """With nothing kept from before, compressed as it goes over the wire: files by brotli, the page by nginx's gzip."""
    dispatcher = person(DISPATCHER)
    dispatcher.page.goto("about:blank")
    answers: list[Response] = []
    dispatcher.page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108  (the tool inspects it)
    session = dispatcher.context.new_cdp_session(dispatcher.page)
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    dispatcher.go("/work-orders?show=all&status=closed")
    dispatcher.page.wait_for_load_state("load")
    dispatcher.page.wait_for_timeout(300)
    assert dispatcher.page.locator("#rows tbody tr").count() == 50
    weights = {}
    for answer in answers:
        if "/events/stream" in answer.url or answer.status != 200:
            continue
        body = answer.body()
        packed = brotli.compress(body) if "/static/" in answer.url else gzip.compress(body, 6)
        weights[answer.url.removeprefix(dispatcher.site.url)] = len(packed)
    total = sum(weights.values())
    record_property("list_page_bytes", total)
    heaviest = sorted(weights.items(), key=lambda item: -item[1])[:4]
    print(f"\nlist page: {total / KILOBYTE:.1f} kB in {len(weights)} answers; {heaviest}")
    assert total <= 60 * KILOBYTE, weights


def test_pictures_for_the_readme(person: Callable[..., Person]) -> None:
    """Always made; with PICTURES=1 they replace those in docs/images."""
    folder = ROOT / "docs" / "images" if os.environ.get("PICTURES") else person().folder
    folder.mkdir(parents=True, exist_ok=True)
    dispatcher = person(DISPATCHER)
    dispatcher.go("/work-orders")
    dispatcher.page.screenshot(path=folder / "work-orders.png")
    technician = person(TECHNICIAN, TABLET)
    technician.go("/my-work")
    technician.go(href(technician, ".job h3 a"))
    technician.page.screenshot(path=folder / "job-tablet.png")
    for picture in ("work-orders", "job-tablet"):
        assert (folder / f"{picture}.png").stat().st_size < 200 * KILOBYTE
