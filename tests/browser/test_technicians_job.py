"""A technician's job on a tablet, tap by tap: eight steps one of every kind, a fault found, a part used, held and done."""

from __future__ import annotations

import gzip
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytest
from django.db import transaction
from playwright.sync_api import Locator, expect

from core import context
from inventory.models import Part
from tenancy import access
from tenancy.models import User
from tests.browser.look import SETTLED, photograph
from tests.browser.person import DESK, TABLET, Person
from tests.browser.site import Site
from tests.browser.steps import DISPATCHER, TECHNICIAN, live
from tests.media_files import picture
from workorders import actions
from workorders.models import JobPlan, Task, WorkOrder, WorkOrderMedia

pytestmark = pytest.mark.browser
TITLE = "Hydraulics inspection before the night shift"
# Taps that the way costs, and all of them with what the job itself asks. Measured; a change that costs more says why.
WAY, ALL = 11, 33
# HTML, styles and scripts as they travel, without photos.
PAGE = 100_000
LET_GO = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('.top, .bottom, .act-bar, .form-end { position: static !important; }');
  document.adoptedStyleSheets = [sheet];
}"""
HEARD = "(id) => document.dispatchEvent(new CustomEvent('mw:event', { detail: { workOrderId: id } }))"
HOLD_AGAIN = "document.adoptedStyleSheets = []"

STEPS: list[dict[str, Any]] = [
    {"description": "Isolate, lock out and tag out; try to start", "required": True},
    {"description": "Hoses at boom and stick without chafing", "kind": "pass_fail", "required": True},
    {
        "description": "Main pump pressure at idle", "kind": "number", "unit": "bar", "lowest": 25, "highest": 40,
        "required": True,
    },
    {"description": "Colour of the oil", "kind": "choice", "options": ["Clear", "Dark", "Milky"]},
    {"description": "Which hose, where", "kind": "text"},
    {"description": "Photo of the repaired place", "kind": "photo", "required": True},
    {"description": "Operator has seen the machine running", "kind": "signature", "required": True},
    {"description": "Engine hours", "kind": "meter", "meter_name": "Engine hours", "required": True},
]  # fmt: skip


class Hand:
    """Counts what the person's hand does: `way` is what the product asks for, `job` what this job asks for."""

    def __init__(self, someone: Person) -> None:
        self.someone, self.page = someone, someone.page
        self.way: list[str] = []
        self.job: list[str] = []
        self.typed: list[str] = []
        self.begun = time.monotonic()

    def tap(self, what: Locator, why: str, *, way: bool = False) -> None:
        what.tap()
        (self.way if way else self.job).append(why)

    def type(self, field: Locator, text: str, why: str) -> None:
        """Tap into a field and type; the next tap, wherever it is, saves it."""
        self.tap(field, why)
        self.page.keyboard.type(text)
        self.typed.append(text)

    def photograph(self, where: Locator, why: str) -> None:
        with self.page.expect_file_chooser() as chooser:
            self.tap(where.get_by_text("Take a photo"), why)
        # While the camera is open a colleague answers something and the list is renewed.
        row = where.element_handle()
        self.page.evaluate(HEARD, self.page.url.split("/")[-1].split("#")[0])
        self.page.wait_for_function("(row) => !row.isConnected", arg=row)
        # The camera's own two: release, use it.
        self.job += [f"{why}: release", f"{why}: use it"]
        chooser.value.set_files({"name": f"{why}.jpg", "mimeType": "image/jpeg", "buffer": picture(size=(1600, 1200))})

    def write_name(self, button: Locator, why: str, *, way: bool = False) -> None:
        """On the pad of the page that `button` opens; back on the job afterwards."""
        self.tap(button, f"{why}: open", way=way)
        pad = self.page.locator("canvas[data-signature]")
        pad.scroll_into_view_if_needed()
        box = pad.bounding_box()
        assert box is not None
        assert box["height"] >= 96, "no room to sign"
        self.page.mouse.move(box["x"] + 40, box["y"] + 60)
        self.page.mouse.down()
        for place in range(1, 9):
            self.page.mouse.move(box["x"] + 40 + 25 * place, box["y"] + (30 if place % 2 else 80))
        self.page.mouse.up()
        (self.way if way else self.job).append(f"{why}: one stroke")
        expect(self.page.locator("#id_drawing")).to_have_value(re.compile("^data:image/png"))
        self.tap(self.page.get_by_role("button", name="Sign", exact=True), f"{why}: send", way=way)
        self.someone.says("signed.")

    def report(self, **more: Any) -> dict[str, Any]:
        seconds = round(time.monotonic() - self.begun, 1)
        told = {
            "taps": len(self.way) + len(self.job), "taps_of_the_way": len(self.way), "taps_of_the_job": len(self.job),
            "typed_fields": len(self.typed), "seconds": seconds, **more, "way": self.way, "job": self.job,
        }  # fmt: skip
        self.someone.folder.mkdir(parents=True, exist_ok=True)
        (self.someone.folder / "report.json").write_text(json.dumps(told, indent=2) + "\n")
        return told


@contextmanager
def as_dispatcher(site: Site) -> Iterator[Any]:
    with site.database():
        member = access.memberships(User.objects.get(email=DISPATCHER).pk)[0]
        with context.use(tenant_id=member.tenant_id), transaction.atomic():
            yield member


def prepared(site: Site) -> str:
    """By the dispatcher: a job on a machine that had faults before, with a checklist and a part, for the technician."""
    with as_dispatcher(site) as dispatcher:
        jack = access.memberships(User.objects.get(email=TECHNICIAN).pk)[0]
        known = WorkOrder.objects.exclude(asset=None).exclude(problem=None).exclude(cause=None).exclude(remedy=None)
        before = known.select_related("asset").order_by("-created_at").first()
        assert before is not None, "no machine of the demo has a code in its past"
        part = Part.objects.filter(archived_at=None).order_by("number").first()
        job = actions.report(
            by=dispatcher, title=TITLE, description="Operator reports slow boom.", asset=before.asset,
            assigned_to=jack.technician, steps=STEPS, parts=[{"part": part, "quantity": 2}],
        )  # fmt: skip
        WorkOrder.objects.filter(pk=job.pk).update(needs_signature=True, needs_failure_code=True)
        return str(job.pk)


def step(someone: Person, number: int) -> Locator:
    return someone.page.locator("#panel-tasks [data-step]").nth(number - 1)


def settled(row: Locator, css: str = "step-good") -> None:
    expect(row).to_have_class(re.compile(rf"\b{css}\b"))


def travelled(someone: Person) -> int:
    """Bytes of the page as it stands, with its styles and scripts, as a server sends them: compressed."""
    addresses = someone.page.evaluate(
        """() => [location.href, ...performance.getEntriesByType('resource').map((one) => one.name)
          .filter((name) => /\\.(css|js)(\\?|$)/.test(name))]"""
    )
    return sum(len(gzip.compress(someone.context.request.get(address).body(), 6)) for address in set(addresses))


def test_technicians_job(
    site: Site, person: Callable[..., Person], record_property: Callable[[str, object], None]
) -> None:
    pk = prepared(site)
    jack = person(TECHNICIAN, TABLET)
    page = jack.page
    jack.reads("My work")
    hand = Hand(jack)
    looked = 0.0

    def look(name: str) -> None:
        nonlocal looked
        begun = time.monotonic()
        photograph(page, jack.folder / f"{name}.jpg")
        # What happens to lie half behind a bar that stays in place comes free when one scrolls.
        page.evaluate(LET_GO)
        jack.looks(name, brief=True)
        page.evaluate(HOLD_AGAIN)
        looked += time.monotonic() - begun

    hand.tap(page.get_by_role("link", name=TITLE), "the card", way=True)
    jack.reads(TITLE)
    live(page)
    bar = page.locator("#act-bar")
    hand.tap(bar.get_by_role("button", name="Start"), "Start", way=True)
    jack.says("Started. The clock is running.")
    look("started")

    tick, hoses, pressure, colour, words, photo, signature, meter = (step(jack, number) for number in range(1, 9))
    hand.tap(tick.get_by_role("button", name="Done"), "step 1: Done")
    settled(tick)
    hand.tap(hoses.get_by_role("button", name="Not OK"), "step 2: Not OK")
    settled(hoses, "step-bad")
    hand.photograph(hoses, "step 2")
    expect(hoses.locator(".step-photos li")).to_have_count(1)
    hand.tap(hoses.get_by_role("button", name="Create follow-up"), "step 2: follow-up")
    expect(hoses.get_by_role("link", name=re.compile("^Follow-up"))).to_be_visible()

    hand.type(pressure.locator("input.step-number"), "52", "step 3: field")
    with jack.expecting(422):
        hand.tap(colour.get_by_role("button", name="Dark"), "step 4: Dark")
        expect(pressure.locator("[data-said]")).to_be_visible()
        settled(colour)
    # The question waits for its answer, whatever else of the list has been renewed.
    expect(pressure.locator("[data-said]")).to_be_visible()
    look("out-of-limits")
    hand.tap(pressure.get_by_role("button", name=re.compile("^It is 52")), "step 3: it is 52 bar")
    settled(pressure, "step-bad")

    parts = page.locator("#panel-parts")
    hand.tap(parts.get_by_role("button", name="Used", exact=True), "part: Used")
    expect(parts.locator(".part-state .status").first).to_have_text("Used")

    hand.tap(bar.get_by_role("link", name="Hold"), "Hold", way=True)
    dialog = page.get_by_role("dialog", name="Put on hold")
    hand.tap(dialog.get_by_text("No access"), "Hold: reason", way=True)
    hand.tap(dialog.get_by_role("button", name="Put on hold"), "Hold: send", way=True)
    jack.says("On hold.")
    expect(page.get_by_text("On hold: no access.")).to_be_visible()
    look("on-hold")
    hand.tap(bar.get_by_role("button", name="Resume"), "Resume", way=True)
    jack.says("Going on.")

    hand.type(words.locator("textarea").first, "Return hose, at the stick cylinder", "step 5: field")
    hand.type(meter.locator("input.step-number"), "18342", "step 8: field")
    settled(words)
    hand.photograph(photo, "step 6")
    settled(photo)
    settled(meter)
    hand.write_name(signature.get_by_role("link", name="Sign"), "step 7")
    jack.reads(TITLE)
    settled(signature)
    expect(page.locator("#panel-tasks [data-count]")).to_have_text("(8/8)")

    hand.write_name(page.locator("#panel-signatures").get_by_role("link", name="Sign"), "signature", way=True)
    jack.reads(TITLE)
    begun, weight = time.monotonic(), travelled(jack)
    looked += time.monotonic() - begun
    hand.tap(bar.get_by_role("link", name="Complete"), "Complete", way=True)
    sheet = page.get_by_role("dialog", name="Complete the work")
    for kind in ("problem", "cause", "remedy"):
        chips = sheet.locator(f".code-input:has(#id_{kind}) [data-code]")
        hand.tap(chips.first, f"{kind}: last used here")
        expect(sheet.locator(f"#id_{kind}")).not_to_have_value("")
    hand.type(sheet.get_by_label("What was done"), "New return hose, pressure set to 38 bar.", "what was done: field")
    look("complete")
    hand.tap(sheet.get_by_role("button", name="Finish"), "Finish", way=True)
    jack.says("Done. It waits for verification by the supervisor.")
    jack.reads("My work")
    expect(page.get_by_role("link", name=TITLE)).to_have_count(0)

    told = hand.report(seconds_of_looking=round(looked, 1), page_bytes=weight)
    record_property("taps", told["taps"])
    print(f"\na technician's job: {told['taps']} taps ({told['taps_of_the_way']} of the way), {told['seconds']} s")
    jack.go(f"/work-orders/{pk}")
    expect(page.get_by_text("The work is done and waits to be verified.")).to_be_visible()
    look("completed")
    with as_dispatcher(site):
        job = WorkOrder.objects.get(pk=pk)
        assert (job.meaning, job.progress) == ("completed", 100)
        assert all((job.problem_id, job.cause_id, job.remedy_id))
        failed = Task.objects.get(work_order=job, position=2)
        assert failed.follow_up is not None
        assert WorkOrderMedia.objects.filter(work_order=failed.follow_up).count() == 1
    assert len(hand.way) <= WAY, hand.way
    assert told["taps"] <= ALL, hand.job
    assert weight <= PAGE


SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PAGES = {
    "list": "/work-orders",
    "board": "/work-orders?layout=kanban",
    "calendar": "/work-orders?layout=calendar",
}


@pytest.mark.parametrize("device", ["desk", "tablet"])
def test_pictures_of_the_main_pages(site: Site, person: Callable[..., Person], device: str) -> None:
    """Kept under var/screenshots, light and dark, for people to look at."""
    with as_dispatcher(site):
        shown = WorkOrderMedia.objects.order_by("work_order_id").first()
        plan = JobPlan.objects.order_by("name").first()
        assert shown is not None
        assert plan is not None
        job = f"/work-orders/{shown.work_order_id}"
    pages = PAGES | {
        "detail": job,
        "job-plan-steps": f"/job-plans/{plan.pk}/edit#h-steps",
        "gallery": f"{job}#h-media",
        "job-plan-editor": f"/job-plans/{plan.pk}/edit",
    }
    dispatcher = person(DISPATCHER, TABLET if device == "tablet" else DESK)
    page = dispatcher.page
    dispatcher.folder.mkdir(parents=True, exist_ok=True)
    for name, address in pages.items():
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        dispatcher.go(address)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.evaluate(SETTLED)
            photograph(page, dispatcher.folder / f"{name}-{device}-{scheme}.jpg")
            room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
            assert room[0] <= room[1], f"{name} is wider than a {device}: {room}"
