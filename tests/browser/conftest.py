"""One system and one browser for all journeys; a context of its own for every person in them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from tests.browser.person import SIGNED_IN, Person
from tests.browser.site import Site

FAILED = pytest.StashKey[bool]()
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: drives a real browser against a real server")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Lets the `person` fixture know whether the journey went wrong."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture(scope="package")
def site(django_db_setup: None, django_db_blocker: Any) -> Iterator[Site]:
    """The system with both demo tenants loaded."""
    with django_db_blocker.unblock():
        site = Site()
        try:
            loading = site.load_demo()
            site.start()
            assert loading.wait(300) == 0, (site.logs / "browser-demo.log").read_text()[-2000:]
            site.start_worker()
            site.wait()
            yield site
        finally:
            site.stop()


@pytest.fixture(scope="package")
def tool() -> Iterator[Playwright]:
    # The tool's loop runs in this thread; the ORM must not mistake a test for an asynchronous function.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as tool:
        yield tool
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="package")
def browser(tool: Playwright) -> Iterator[Browser]:
    found = next((path for name in CHROMIUMS if (path := shutil.which(name))), None)
    # A busy machine is slow, not broken.
    expect.set_options(timeout=10_000)
    browser = tool.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage"])
    yield browser
    browser.close()


@pytest.fixture
def person(site: Site, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Person]]:
    """`person("dispatcher@north-pit.example", TABLET)` is signed in; `person()` is a stranger. Problems fail the test."""
    people: list[Person] = []
    journey = request.node.name.removeprefix("test_")

    def come(
        login: str = "", device: dict[str, Any] | None = None, *, scripts: bool = True, fresh: bool = False
    ) -> Person:
        state = None if fresh else SIGNED_IN.get(login)
        someone = Person(site, browser, journey, device, scripts=scripts, state=state)
        people.append(someone)
        if login and state is None:
            someone.sign_in(login)
            someone.page.wait_for_url(lambda address: "/accounts/login" not in address)
            if not fresh:
                SIGNED_IN[login] = someone.context.storage_state()
        elif login:
            someone.go("/")
        return someone

    yield come
    problems = [f"{number}: {text}" for number, someone in enumerate(people) for text in someone.problems]
    for number, someone in enumerate(people):
        if request.node.stash.get(FAILED, False):
            someone.picture(f"failed-{number}")
        someone.close()
    assert not problems, "\n".join(problems)
