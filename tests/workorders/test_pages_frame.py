from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from core import navigation, relative_time
from core.templatetags import ui
from tests.house import House

NOW = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("hours", "words", "css"),
    [
        (-49, "2 d late", "due due-late"),
        (-2, "2 h late", "due due-late"),
        (-0.01, "1 min late", "due due-late"),
        (0.5, "due in 30 min", "due due-soon"),
        (24, "due in 24 h", "due due-soon"),
        (25, "due in 25 h", "due"),
        (24 * 6, "due in 6 d", "due"),
        (24 * 70, "due in 10 wk", "due"),
    ],
)
def test_due_is_said_relative_to_now(hours: float, words: str, css: str) -> None:
    assert relative_time.due(NOW + dt.timedelta(hours=hours), NOW) == (words, css)


def test_due_of_ended_work_is_a_date_and_no_due_is_nothing() -> None:
    zone = dt.timezone(dt.timedelta(hours=13))
    assert relative_time.due(NOW, NOW, ended=True, zone=zone) == ("21 Nov 2026", "due")
    assert relative_time.due(None, NOW) == ("", "due")


@pytest.mark.parametrize(("minutes", "words"), [(None, ""), (0, ""), (45, "45 min"), (120, "2 h"), (135, "2 h 15 min")])
def test_durations_are_said_in_hours_and_minutes(minutes: int | None, words: str) -> None:
    assert relative_time.hours(minutes) == words


@pytest.mark.parametrize(
    ("name", "letters"), [("Ana Ruiz", "AR"), ("dana", "D"), ("J. R. Tolkien", "JT"), ("(x) ", "?"), ("", "?")]
)
def test_initials(name: str, letters: str) -> None:
    assert ui.initials(name) == letters


def test_an_avatar_escapes_what_it_shows() -> None:
    assert "<b" not in ui.avatar("<b>x").replace("<span", "")


def test_icons_have_constant_names() -> None:
    with pytest.raises(TemplateSyntaxError):
        Template("{% load ui %}{% icon name %}")
    shown = Template('{% load ui %}{% icon "wrench" %}').render(Context())
    assert (shown.startswith("<svg"), 'aria-hidden="true"' in shown) == (True, True)


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Android 14; Mobile) Gecko/140 Firefox/140", "Firefox on Android"),
        ("curl/8", "curl/8"),
    ],
)
def test_a_session_is_named_by_browser_and_system(user_agent: str, words: str) -> None:
    assert ui.browser(user_agent) == words


def test_the_longest_fitting_link_is_current() -> None:
    permissions = frozenset({"workorder.view_all", "asset.view"})
    assert navigation.current("/work-orders/abc/edit", permissions) == "/work-orders"
    assert navigation.current("/work-orders-of-old", permissions) == ""


def test_every_navigation_link_leads_somewhere() -> None:
    items = [item for _, found in navigation.SECTIONS for item in found] + navigation.SETTINGS
    assert [item.label for item in items if not navigation._href(item.url_name)] == []


@pytest.mark.parametrize(
    ("cookie", "media"),
    [
        ("", "(prefers-color-scheme: dark)"),
        ("dark", "all"),
        ("light", "not all"),
        ("x", "(prefers-color-scheme: dark)"),
    ],
)
def test_the_theme_cookie_chooses_the_sheet(client: Client, db: None, cookie: str, media: str) -> None:
    client.cookies["theme"] = cookie
    page = client.get("/accounts/login/").content.decode()
    assert f'id="theme-dark" media="{media}"' in page


def test_the_styleguide_is_for_staff(house: House, client: Client) -> None:
    assert client.get("/styleguide").status_code == 302
    client.force_login(house["dispatcher"].user)
    assert client.get("/styleguide").status_code == 403
    client.force_login(house["admin"].user)
    assert client.get("/styleguide").status_code == 200


OPEN_TO_ALL = {"signup", "join/<str:token>"}
OURS = ("workorders.", "assets.", "labor.", "tenancy.")


def pages(patterns: Any, before: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for entry in patterns:
        if isinstance(entry, URLResolver):
            found += pages(entry.url_patterns, before + str(entry.pattern))
        elif isinstance(entry, URLPattern) and entry.callback.__module__.startswith(OURS):
            found.append((before + str(entry.pattern), entry.callback))
    return found


PAGES = [(route, view) for route, view in pages(get_resolver().url_patterns) if not route.startswith("api/")]


@pytest.mark.parametrize("route", [route for route, _ in PAGES if route not in OPEN_TO_ALL])
def test_every_page_sends_strangers_to_sign_in(client: Client, db: None, route: str) -> None:
    href = "/" + re.sub(r"<slug:\w+>", "start", route)
    href = re.sub(r"<uuid:\w+>", "01a1fa56-86bd-75a5-8b31-5d1b1e51861f", href)
    for method in (client.get, client.post):
        answer = method(href)
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/accounts/login/")


def test_every_page_of_ours_goes_through_the_door() -> None:
    assert [route for route, view in PAGES if route not in OPEN_TO_ALL and not hasattr(view, "permissions")] == []
