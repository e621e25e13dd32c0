"""Sessions in a browser: how long they last, where they lead, and what signing in gives away."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests import factories
from tests.house import House

PAGE = "/work-orders"
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def person(house: House) -> Any:
    from tenancy.models import User

    return User.objects.get(pk=house["manager"].user_id)


def sign_in(client: Client, person: Any, password: str = factories.PASSWORD, **data: str) -> Any:
    return client.post("/accounts/login/", {"login": person.email, "password": password, **data})


def is_in(client: Client) -> bool:
    answer = client.get(PAGE)
    assert answer.status_code in (200, 302)
    return answer.status_code == 200


# --- Age ----------------------------------------------------------------------------------------------------------------
def test_a_session_ends_when_idle_for_a_shift(person: Any, client: Client) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client.force_login(person)
        assert is_in(client)
        clock.shift(3 * HOUR)
        assert is_in(client)
        clock.shift(8 * HOUR + dt.timedelta(seconds=1))
        assert not is_in(client)
        assert not is_in(client)
    assert "_auth_user_id" not in client.session


def test_a_session_ends_after_twelve_hours_however_busy(person: Any, client: Client) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client.force_login(person)
        for _ in range(12):
            assert is_in(client)
            clock.shift(HOUR)
        assert is_in(client)  # at twelve hours to the second
        clock.shift(1)
        assert not is_in(client)


def test_a_busy_minute_writes_the_session_once(person: Any, client: Client) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client.force_login(person)
        assert is_in(client)
        seen = client.session["seen_at"]
        clock.shift(299)
        assert is_in(client)
        assert client.session["seen_at"] == seen
        clock.shift(2)
        assert is_in(client)
        assert client.session["seen_at"] == seen + 301


def test_signing_in_gives_a_new_session_id(person: Any, client: Client) -> None:
    """Fixation: a session id that somebody planted is worth nothing after signing in."""
    client.get("/accounts/login/")
    client.cookies["sessionid"] = "planted" + "0" * 25
    sign_in(client, person)
    assert is_in(client)
    assert not client.cookies["sessionid"].value.startswith("planted")
    planted = Client()
    planted.cookies["sessionid"] = "planted" + "0" * 25
    assert not is_in(planted)


def test_a_closed_login_and_a_lost_role_end_at_the_next_request(house: House, person: Any, client: Client) -> None:
    client.force_login(person)
    assert is_in(client)
    with house.inside():
        type(house["manager"]).objects.filter(pk=house["manager"].pk).update(role=house.role("requester"))
    assert client.get("/settings/audit").status_code == 403
    type(person).objects.filter(pk=person.pk).update(is_active=False)
    assert not is_in(client)


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(person: Any, client: Client) -> None:
    sign_in(client, person)
    cookie = client.cookies["sessionid"]
    assert (bool(cookie["httponly"]), cookie["samesite"], cookie["path"]) == (True, "Lax", "/")


# --- Where signing in leads ---------------------------------------------------------------------------------------------
ELSEWHERE = [
    "//evil.example", "///evil.example", "////evil.example", "https://evil.example", "HTTPS://evil.example/",
    "http:evil.example", "http:///evil.example", "\\\\evil.example", "/\\evil.example", "\\/evil.example",
    "javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "ftp://evil.example", "//evil.example\\@testserver",
    "https://testserver@evil.example", "https://testserver.evil.example", "/\t/evil.example", "\thttps://evil.example",
    " //evil.example", "%2F%2Fevil.example\n", "//evil%E3%80%82example", "/%09/evil.example//..", "https:/evil.example",
]  # fmt: skip


@pytest.mark.parametrize("target", ELSEWHERE)
def test_next_leads_nowhere_else(person: Any, client: Client, target: str) -> None:
    answer = sign_in(client, person, next=target)
    assert answer.status_code == 302
    place = answer["Location"].replace("\\", "/").replace("\t", "")  # as browsers read it
    assert urlsplit(urljoin("http://testserver/accounts/login/", place))[:2] == ("http", "testserver")
    assert is_in(client)


def test_next_leads_back_to_the_page_that_was_asked_for(person: Any, client: Client) -> None:
    asked = client.get(f"{PAGE}?status=open&q=pump")
    assert asked.status_code == 302
    page = client.get(asked["Location"])
    assert page.status_code == 200
    answer = sign_in(client, person, next=f"{PAGE}?status=open&q=pump")
    assert answer["Location"] == f"{PAGE}?status=open&q=pump"


def test_signing_out_takes_a_post_and_leads_nowhere_else(person: Any, client: Client) -> None:
    client.force_login(person)
    client.get("/accounts/logout/")
    assert is_in(client)
    answer = client.post("/accounts/logout/", {"next": "//evil.example"})
    assert (answer.status_code, answer["Location"].startswith("/accounts/login")) == (302, True)
    assert not is_in(client)


# --- Guessing -----------------------------------------------------------------------------------------------------------
def test_a_wrong_password_and_an_unknown_person_are_answered_alike(person: Any, client: Client) -> None:
    wrong = sign_in(client, person, password="not this one")
    unknown = client.post("/accounts/login/", {"login": "nobody@example.com", "password": "not this one"})
    assert (wrong.status_code, unknown.status_code) == (200, 200)
    texts = [
        re.sub(r"[A-Za-z0-9]{64}", "", answer.content.decode().replace(who, ""))
        for answer, who in ((wrong, person.email), (unknown, "nobody@example.com"))
    ]
    assert texts[0] == texts[1]


def test_guessing_is_stopped_for_the_account_however_right_the_last_guess(person: Any, client: Client) -> None:
    for guess in range(8):
        sign_in(client, person, password=f"guess {guess} of many")
    assert sign_in(client, person).status_code != 302
    assert not is_in(client)


def test_a_right_password_is_not_held_up_by_few_wrong_ones(person: Any, client: Client) -> None:
    for guess in range(3):
        sign_in(client, person, password=f"guess {guess} of many")
    assert sign_in(client, person).status_code == 302
    assert is_in(client)


def test_the_closed_sign_up_of_the_library_makes_nobody(client: Client, db: None) -> None:
    from tenancy.models import User

    fields = {"email": "x@example.com", "password1": "a long enough one", "password2": "a long enough one"}
    client.post("/accounts/signup/", fields)
    assert User.objects.count() == 0


# --- Password reset -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "headers", [{}, {"HTTP_X_FORWARDED_HOST": "evil.example"}, {"HTTP_FORWARDED": "host=evil.example"}]
)
def test_the_reset_link_is_built_from_the_configured_address(
    person: Any, client: Client, settings: Any, headers: dict[str, str]
) -> None:
    settings.BASE_URL = "https://mill.example"
    client.post("/accounts/password/reset/", {"email": person.email}, **headers)
    (letter,) = mail.outbox
    links = [word for word in letter.body.split() if "://" in word]
    assert [link for link in links if not link.startswith("https://mill.example/")] == []
    assert "evil.example" not in letter.body
    assert links


def test_an_unknown_host_is_refused(person: Any, client: Client) -> None:
    answer = client.post("/accounts/password/reset/", {"email": person.email}, HTTP_HOST="evil.example")
    assert answer.status_code == 400
    assert mail.outbox == []


def reset_path(body: str) -> str:
    link = next(word for word in body.split() if "/password/reset/key/" in word)
    return "/" + link.split("://")[1].partition("/")[2]


def set_new(client: Client, path: str, password: str) -> Any:
    page = client.get(path, follow=True)
    here = page.redirect_chain[-1][0] if page.redirect_chain else path
    return client.post(here, {"password1": password, "password2": password})


def test_a_reset_link_works_once_and_ends_other_sessions_and_tokens(house: House, person: Any, client: Client) -> None:
    from tenancy import access
    from tenancy.models import ApiKey

    other = Client()
    other.force_login(person)
    token = factories.make_key(house["manager"], kind=ApiKey.LOGIN)
    client.post("/accounts/password/reset/", {"email": person.email})
    path = reset_path(mail.outbox[0].body)
    set_new(client, path, "quite another one")
    person.refresh_from_db()
    assert person.check_password("quite another one")
    assert not is_in(other)
    assert access.by_secret(token) is None
    set_new(Client(), path, "and a third one!")
    person.refresh_from_db()
    assert person.check_password("quite another one")


def test_a_reset_link_of_another_person_or_past_its_time_opens_nothing(
    house: House, person: Any, client: Client, settings: Any
) -> None:
    client.post("/accounts/password/reset/", {"email": person.email})
    path = reset_path(mail.outbox[0].body)
    client.post("/accounts/password/reset/", {"email": house["viewer"].email})
    theirs = reset_path(mail.outbox[1].body)
    crossed = (
        path.rpartition("/key/")[0]
        + "/key/"
        + theirs.rpartition("/key/")[2].split("-")[0]
        + "-"
        + path.split("-", 1)[1]
    )
    set_new(client, crossed, "quite another one")
    with time_machine.travel(timezone.now() + dt.timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT + 1)):
        set_new(client, path, "quite another one")
    for user in type(person).objects.all():
        assert not user.check_password("quite another one")
