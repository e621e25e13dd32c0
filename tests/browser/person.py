"""A person at a browser of their own. What the console, the network or a page's shape says against it is remembered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Locator,
    Page,
    Request,
    Response,
    expect,
)

from tests.browser.look import look
from tests.browser.site import Site

DESK = {"viewport": {"width": 1440, "height": 900}}
TABLET = {"viewport": {"width": 1024, "height": 768}, "has_touch": True, "is_mobile": True}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
PASSWORD = "millwright-demo"
SIGNED_IN: dict[str, Any] = {}


class Person:
    def __init__(
        self, site: Site, browser: Browser, journey: str, device: dict[str, Any] | None = None, *, scripts: bool = True,
        state: Any = None,
    ) -> None:  # fmt: skip
        self.site, self.scripts = site, scripts
        self.folder = site.state / "screenshots" / journey
        self.context: BrowserContext = browser.new_context(
            base_url=site.url, java_script_enabled=scripts, reduced_motion="reduce", storage_state=state,
            **(device or DESK),
        )  # fmt: skip
        self.context.set_default_timeout(15_000)
        self.problems: list[str] = []
        self.expected: set[int] = set()
        self.page = self.new_page()

    def new_page(self) -> Page:
        page = self.context.new_page()
        page.on("console", self.on_console)
        page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        page.on("dialog", self.on_dialog)
        page.on("requestfailed", self.on_failed)
        page.on("response", self.on_response)
        return page

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        if self.expected and ("Failed to load resource" in message.text or 0 in self.expected):
            return
        self.problems.append(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

    def on_dialog(self, dialog: Dialog) -> None:
        self.problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def on_failed(self, request: Request) -> None:
        # Leaving a page ends what it was still asking for.
        if request.failure != "net::ERR_ABORTED" and not self.expected:
            self.problems.append(f"request failed: {request.method} {request.url} {request.failure}")

    def on_response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.problems.append(f"answer {response.status}: {response.request.method} {response.url}")

    @contextmanager
    def expecting(self, *statuses: int) -> Iterator[None]:
        """Refusals are meant to happen here; 0 stands for no answer at all."""
        self.expected = set(statuses)
        yield
        self.page.wait_for_timeout(50)
        self.expected = set()

    def go(self, address: str) -> Response:
        response = self.page.goto(address)
        assert response is not None
        return response

    def sign_in(self, login: str, password: str = PASSWORD) -> None:
        self.go("/accounts/login/")
        self.page.get_by_label("E-mail or user name").fill(login)
        self.page.get_by_label("Password").fill(password)
        self.press("Sign in")

    def press(self, name: str, within: Locator | None = None) -> None:
        (within or self.page).get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str, within: Locator | None = None) -> None:
        (within or self.page).get_by_role("link", name=name, exact=True).first.click()

    def reads(self, heading: str) -> None:
        expect(self.page.get_by_role("heading", level=1, name=heading)).to_be_visible()

    def says(self, text: str) -> Locator:
        """A toast with this text."""
        toast = self.page.locator(".toast").filter(has_text=text)
        expect(toast).to_be_visible()
        return toast

    def looks(self, name: str, *, brief: bool = False) -> None:
        """Everything that is wrong with the page as it is now becomes a problem of the journey."""
        found = look(self.page, self.folder, name, scripts=self.scripts, brief=brief)
        self.problems += [f"{name}: {text}" for text in found]

    def picture(self, name: str) -> None:
        """What they see now, for whoever has to find out what went wrong."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self.folder / f"{name}.png")

    def close(self) -> None:
        self.context.close()
