"""One's own account: second factor, forgotten password, sessions, and what strangers try at the sign-in."""

from __future__ import annotations

import base64
import hmac
import re
import struct
import time
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser.person import PASSWORD, Person
from tests.browser.site import Site
from tests.browser.steps import DISPATCHER

pytestmark = pytest.mark.browser
ELSEWHERE = (
    "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example", "\\/evil.example",
    "https://evil.example", "http:evil.example", "https:/evil.example", "HTTPS://evil.example", "javascript:alert(1)",
    "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "data:text/html,<script>alert(1)</script>", "/\t/evil.example",
    "/%09/evil.example", "\x00//evil.example", " //evil.example", "http://localhost@evil.example", "//localhost:1@evil.example",
)  # fmt: skip


def totp(secret: str) -> str:
    """RFC 6238, as a phone computes it."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30), "sha1")
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def sign_out(someone: Person) -> None:
    someone.page.get_by_role("button", name=re.compile("^Account of")).click()
    someone.press("Sign out", someone.page.locator("#me"))
    someone.page.wait_for_url("**/accounts/login/")


def test_a_second_factor(person: Callable[..., Person]) -> None:
    login = "viewer@west-campus.example"
    robert = person(login, fresh=True)
    for page in ("email", "password/change", "2fa", "sessions"):
        robert.go(f"/accounts/{page}/")
        robert.looks(page.replace("/", "-"), brief=page != "sessions")
    robert.go("/accounts/2fa/")
    robert.follow("Activate")
    # What opens the account for good is asked for once more.
    robert.reads("Confirm Access")
    robert.looks("confirm", brief=True)
    robert.page.get_by_label("Password").fill(PASSWORD)
    robert.press("Confirm")
    secret = robert.page.get_by_label("Authenticator secret").input_value()
    robert.looks("activate", brief=True)
    robert.page.get_by_label("Authenticator code").fill("000000")
    with robert.expecting(200):
        robert.press("Activate")
    expect(robert.page.get_by_text("Incorrect code.")).to_be_visible()
    secret = robert.page.get_by_label("Authenticator secret").input_value()
    robert.page.get_by_label("Authenticator code").fill(totp(secret))
    robert.press("Activate")
    expect(robert.page.get_by_role("heading", level=1, name="Recovery Codes")).to_be_visible()
    robert.looks("recovery-codes", brief=True)
    sign_out(robert)

    robert.sign_in(login)
    expect(robert.page.get_by_role("heading", level=1, name="Two-factor authentication")).to_be_visible()
    robert.looks("challenge", brief=True)
    # The password alone opens nothing.
    robert.go("/work-orders")
    expect(robert.page.get_by_role("heading", level=1, name="Work orders")).to_have_count(0)
    assert "/accounts/" in robert.page.url
    robert.context.clear_cookies()
    robert.sign_in(login)
    robert.page.locator("input[name=code]").fill(totp(secret))
    robert.press("Sign in")
    robert.reads("Work orders")


def test_a_forgotten_password(person: Callable[..., Person], site: Site) -> None:
    login = "storekeeper@west-campus.example"
    walter = person()
    walter.go("/accounts/login/")
    walter.follow("Forgot your password?")
    walter.looks("forgotten", brief=True)
    walter.page.get_by_label("E-mail").fill(login)
    walter.press("Send the link")
    walter.looks("sent", brief=True)
    walter.go(site.link_in_mail(login))
    walter.looks("new-password", brief=True)
    fields = walter.page.locator("input[type=password]")
    for field in fields.all():
        field.fill("pallet jack horse")
    walter.press("Change Password")
    walter.looks("changed", brief=True)
    walter.follow("Sign in")
    walter.reads("Sign in")
    with walter.expecting(200):
        walter.sign_in(login, PASSWORD)
    expect(walter.page.get_by_role("alert")).to_be_visible()
    walter.looks("wrong-password", brief=True)
    walter.sign_in(login, "pallet jack horse")
    walter.reads("Parts to give")


def test_sessions_end_where_they_are_ended(person: Callable[..., Person]) -> None:
    login = "requester@west-campus.example"
    desk = person(login, fresh=True)
    phone = person(login, fresh=True)
    desk.go("/accounts/sessions/")
    expect(desk.page.get_by_text("This one")).to_have_count(1)
    assert desk.page.locator("main li").count() == 2
    desk.press("Sign out everywhere else")
    phone.go("/requests")
    assert "/accounts/login/" in phone.page.url
    phone.sign_in(login)
    phone.reads("My requests")
    sign_out(desk)
    desk.go("/requests")
    desk.reads("Sign in")


def test_signing_in_gives_a_new_session(person: Callable[..., Person], site: Site) -> None:
    stranger = person()
    planted = "plantedplantedplantedplanted1234"
    stranger.context.add_cookies([{"name": "sessionid", "value": planted, "url": site.url}])
    stranger.go("/accounts/login/?next=/assets")
    stranger.page.get_by_label("E-mail or user name").fill(DISPATCHER)
    stranger.page.get_by_label("Password").fill(PASSWORD)
    stranger.press("Sign in")
    # And it leads to where they wanted to go.
    stranger.reads("Assets")
    cookie = next(c for c in stranger.context.cookies() if c["name"] == "sessionid")
    assert cookie["value"] != planted
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")


def test_nobody_is_led_elsewhere_by_the_sign_in(person: Callable[..., Person], site: Site) -> None:
    stranger = person()
    stranger.go(f"/accounts/login/?next={quote(ELSEWHERE[0])}")
    stranger.page.get_by_label("E-mail or user name").fill(DISPATCHER)
    stranger.page.get_by_label("Password").fill(PASSWORD)
    stranger.press("Sign in")
    stranger.page.wait_for_url(f"{site.url}/dashboard")
    # Whoever is signed in is led on at once; the answer alone shows where.
    for payload in ELSEWHERE:
        address = f"{site.url}/accounts/login/?next={quote(payload, safe='')}"
        answer = stranger.context.request.get(address, max_redirects=0)
        target = answer.headers.get("location", "")
        assert answer.status in (302, 400), (payload, answer.status)
        assert re.fullmatch(r"(/([^/\\].*)?)?", target), (payload, target)


def test_a_form_of_another_site_brings_no_session(person: Callable[..., Person], site: Site) -> None:
    """What SameSite promises, in the browser itself (row 37); that the token is asked for, too: tests/test_every_write.py."""
    dispatcher = person(DISPATCHER)
    dispatcher.context.route(
        "http://evil.example/",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f"""<form method="post" action="{site.url}/report"><input name="title" value="Not asked for">
              <button>Win</button></form>""",
        ),
    )
    dispatcher.go("http://evil.example/")
    with dispatcher.expecting(403):
        with dispatcher.page.expect_request(f"{site.url}/report") as sent:
            dispatcher.press("Win")
        dispatcher.page.wait_for_load_state()
    assert "sessionid" not in sent.value.all_headers().get("cookie", "")
    assert dispatcher.page.locator("body").inner_text().count("came from another site") == 1
    # They are still signed in where they were, and nothing was reported.
    listed = "/work-orders?search=Not+asked+for&open=any"
    with dispatcher.page.expect_request(f"{site.url}{listed}") as own:
        dispatcher.go(listed)
    assert "sessionid" in own.value.all_headers()["cookie"]
    dispatcher.reads("Work orders")
    expect(dispatcher.page.locator("#rows tbody tr")).to_have_count(0)
