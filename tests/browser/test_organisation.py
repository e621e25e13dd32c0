"""A new organisation in one page, its settings, and a program that works through the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import APIRequestContext, Playwright, expect

from tests.browser.person import TABLET, Person
from tests.browser.site import Site
from tests.browser.steps import live
from tests.browser.test_requester import invite, join

pytestmark = pytest.mark.browser
SETTINGS = (
    "organisation members members/invite roles roles/add workflow workflow/statuses/add workflow/transitions/add catalogue"
    " catalogue/priorities/add catalogue/types/add calendars keys keys/add audit"
)
# One of each kind: plain fields, the widest table, a graph, a list with forms.
IN_FULL = ("organisation", "roles", "workflow", "catalogue")
SCOPES = (
    "See every work order", "Report faults and create work orders", "Assign and schedule work", "anybody's work",
    "See technicians and crews",
)  # fmt: skip


@pytest.fixture
def program(tool: Playwright, site: Site) -> Iterator[Callable[[str], APIRequestContext]]:
    """A client of the API with a key."""
    made: list[APIRequestContext] = []

    def with_key(secret: str) -> APIRequestContext:
        headers = {"Authorization": f"Bearer {secret}"}
        made.append(tool.request.new_context(base_url=site.url, extra_http_headers=headers))
        return made[-1]

    yield with_key
    for one in made:
        one.dispose()


def texts(someone: Person, selector: str) -> list[str]:
    return [" ".join(text.split()) for text in someone.page.locator(selector).all_inner_texts()]


def sign_up(someone: Person, organisation: str) -> None:
    someone.go("/accounts/login/")
    someone.looks("sign-in")
    someone.follow("Set up an organisation")
    someone.reads("Set up your organisation")
    someone.looks("sign-up")
    for label, value in (
        ("Organisation", organisation), ("Your name", "Ada Berg"), ("E-mail", "ada@harbour-cranes.example"),
        ("Password", "a long pass phrase"), ("Currency", "NOK"),
    ):  # fmt: skip
        someone.page.get_by_label(label).fill(value)
    someone.page.get_by_label("Time zone").select_option("Europe/Oslo")
    someone.press("Create it and sign in")
    someone.says(f"{organisation} is ready.")


def test_a_new_organisation_and_its_program(
    person: Callable[..., Person], program: Callable[[str], APIRequestContext]
) -> None:
    ada = person()
    sign_up(ada, "Harbour Cranes")
    ada.looks("new-dashboard")
    for page in ("work-orders", "assets", "places", "people", "my-work", "requests"):
        ada.go(f"/{page}")
        ada.looks(f"new-{page}", brief=True)
    for page in SETTINGS.split():
        ada.go(f"/settings/{page}")
        ada.looks(f"settings-{page.replace('/', '-')}", brief=page not in IN_FULL)

    ada.go("/settings/roles")
    assert texts(ada, "thead th")[1:] == [
        "Administrator", "Dispatcher", "Manager", "Requester", "Storekeeper", "Technician", "Viewer",
    ]  # fmt: skip
    box = ada.page.get_by_label("Viewer: Comment on work orders they see")
    expect(box).not_to_be_checked()
    box.check()
    ada.press("Save roles")
    ada.says("Roles saved.")
    expect(box).to_be_checked()
    ada.go("/settings/workflow")
    assert texts(ada, "section[aria-labelledby=h-st] tbody .status") == [
        "Open", "Assigned", "In progress", "On hold", "Completed", "Cancelled", "Closed",
    ]  # fmt: skip
    ada.go("/settings/catalogue")
    assert texts(ada, "section[aria-labelledby=h-pr] tbody a") == ["C Critical", "H High", "M Medium", "L Low"]
    assert len(texts(ada, "section[aria-labelledby=h-ty] tbody a")) == 6
    ada.go("/settings/calendars")
    assert texts(ada, ".facts dd")[:2] == ["Europe/Oslo", "08:00–17:00"]

    erik = person(device=TABLET)
    join(erik, invite(ada, "erik@harbour-cranes.example", "Technician"), "Harbour Cranes", "Erik Lund")
    erik.reads("My work")
    live(erik.page)
    # A technician from the first day: somebody to assign work to.
    ada.go("/people")
    expect(ada.page.get_by_role("link", name="Erik Lund")).to_be_visible()

    ada.go("/settings/keys")
    ada.follow("Create a key")
    ada.page.get_by_label("Which program will use it?").fill("Crane monitor")
    for scope in SCOPES:
        ada.page.get_by_label(scope).check()
    ada.press("Create")
    ada.reads("Crane monitor")
    ada.looks("key")
    secret = ada.page.locator("code.secret").first.inner_text()
    ada.follow("I have copied it")
    expect(ada.page.get_by_text("Crane monitor").first).to_be_visible()
    assert secret not in ada.page.content()

    ada.go("/work-orders")
    live(ada.page)
    api = program(secret)
    assert api.get("/api/v1/work-orders").json() == []
    title = "Hoist brake temperature 96 °C"
    made = api.post("/api/v1/work-orders", data={"title": title, "priority": "critical"})
    assert made.status == 201, made.text()
    address = f"/api/v1/work-orders/{made.json()['id']}"
    ada.page.get_by_role("link", name=title).click()
    ada.reads(title)
    technicians = {one["name"]: one["id"] for one in api.get("/api/v1/technicians").json()}
    for path, data, seen in (
        ("assign", {"assignedTo": technicians["Erik Lund"]}, "Assigned"),
        ("transitions", {"status": "in_progress"}, "In progress"),
        ("transitions", {"status": "completed", "resolution": "Brake adjusted"}, "Completed"),
    ):
        answer = api.post(f"{address}/{path}", data=data)
        assert answer.status == 200, answer.text()
        # The page that is open follows without being touched.
        expect(ada.page.locator("#head .status")).to_have_text(seen)
        if seen == "Assigned":
            expect(erik.page.get_by_role("link", name=title)).to_be_visible()
    expect(ada.page.get_by_text("Brake adjusted").first).to_be_visible()
    refused = api.post(f"{address}/transitions", data={"status": "closed"})
    assert refused.status == 403, refused.text()
