"""Over every address in the URL configuration: what comes from elsewhere writes nothing (row 37).

A browser sends its session with whatever another site makes it send, so a write by session needs the page's token and
an origin of ours, at every address and by every method; a program's key is sent by nobody else and needs neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.test import Client

from tenancy.models import User
from tests import factories
from tests.house import House
from tests.isolation.world import furnish
from tests.test_every_url import EVERY, Address, first, rows_of

TOKEN = "t" * 32
OURS, ELSEWHERE = "http://testserver", "https://evil.example"
FORM, JSON, TEXT = "application/x-www-form-urlencoded", "application/json", "text/plain"
# What another site's form or script makes a browser send: method, body, headers. The type of the body is what the
# address takes: a form at pages, JSON in the API.
Attempt = tuple[str, str, dict[str, str]]
EVERYWHERE: dict[str, Attempt] = {
    "no token": ("POST", "", {}),
    "a wrong token": ("POST", "", {"X-CSRFToken": "w" * 64, "Origin": OURS}),
    "our token from another site": ("POST", "", {"X-CSRFToken": TOKEN, "Origin": ELSEWHERE}),
    "our token, led from another site": ("POST", "", {"X-CSRFToken": TOKEN, "Referer": f"{ELSEWHERE}/page"}),
    "to put": ("PUT", "", {}),
    "to patch": ("PATCH", "", {}),
    "to delete": ("DELETE", "", {}),
}
# Ways that do not depend on the address: tried at one of each kind.
AT_A_FEW: dict[str, Attempt] = {
    "as htmx asks, without its header": ("POST", "", {"HX-Request": "true", "Origin": OURS}),
    "JSON that calls itself text": ("POST", '{"name": "x"}', {"Content-Type": TEXT}),
    "a wrong token in the form": ("POST", f"csrfmiddlewaretoken={'w' * 64}", {"Content-Type": FORM, "Origin": OURS}),
    "our token from nowhere": ("POST", "", {"X-CSRFToken": TOKEN, "Origin": "null"}),
    "our token, led from nowhere": ("POST", "", {"X-CSRFToken": TOKEN}),
    "to put with a wrong token": ("PUT", "", {"X-CSRFToken": "w" * 64}),
    "to delete from another site": ("DELETE", "", {"X-CSRFToken": TOKEN, "Origin": ELSEWHERE}),
}
FEW = {
    "report",
    "work-orders/{pk}/comment",
    "settings/roles",
    "accounts/logout/",
    "api/v1/work-orders",
    "admin/logout/",
}
# Where no Origin is sent the Referer tells, and only over TLS: in plain HTTP anybody on the way can write it.
BY_TLS = ("our token, led from another site", "our token, led from nowhere")
# They read no session and set none: name and password come in, a token for programs goes out.
WITHOUT_SESSION = {"api/v1/auth/login", "api/v1/auth/signup"}
# The address itself is the permission: signed, for one file, for minutes (tests/media/test_presigned.py).
SIGNED = {"files/upload/{token}"}
GUARDED = [address for address in EVERY if address.route not in WITHOUT_SESSION | SIGNED]


def refusal(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Stands in for the page that says so, which costs more than the answer to the question."""
    return HttpResponse("CSRF Failed", status=403)


@pytest.fixture(autouse=True)
def _plain(settings: Any) -> Iterator[None]:
    settings.CSRF_FAILURE_VIEW = "tests.test_every_write.refusal"
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def house(db: None) -> House:
    return furnish(House.build())


@pytest.fixture
def signed_in(house: House) -> Callable[[], Client]:
    """A browser of the administrator, who may write wherever anybody may; staff, for the admin."""
    user = User.objects.get(pk=house["admin"].user_id)
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)

    def come() -> Client:
        client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        client.force_login(user)
        client.cookies["csrftoken"] = TOKEN
        return client

    return come


def send(client: Client, address: Address, path: str, attempt: Attempt, *, secure: bool = False) -> HttpResponseBase:
    method, body, headers = attempt
    kind = headers.get("Content-Type") or (JSON if address.area == "api" else FORM)
    return client.generic(
        method, path, body or ("{}" if kind == JSON else "name=x"), kind, headers=headers, secure=secure
    )


def refused(answer: HttpResponseBase) -> bool:
    """For the token or the origin and not for want of a permission; or by a method or body that is never read."""
    if answer.status_code in (405, 415):
        return True
    return answer.status_code == 403 and b"CSRF Failed" in getattr(answer, "content", b"")


def attempts(address: Address) -> dict[str, Attempt]:
    if address.route in FEW:
        return EVERYWHERE | AT_A_FEW
    if address.area == "admin":  # Django's own, and tests/admin walks through it
        return {"no token": EVERYWHERE["no token"]}
    return EVERYWHERE


def test_what_comes_from_elsewhere_writes_nothing(house: House, signed_in: Callable[[], Client]) -> None:
    client = signed_in()
    client.get("/dashboard")  # what a session's first request writes is not meant here
    before = rows_of(house)
    let_in: dict[str, list[str]] = {}
    for address in GUARDED:
        model = address.model()
        path = address.fill(first(house, model)) if model else address.fill()
        for name, attempt in attempts(address).items():
            answer = send(client, address, path, attempt, secure=name in BY_TLS)
            if not refused(answer):
                let_in.setdefault(address.route, []).append(f"{name}: {answer.status_code}")
    assert let_in == {}
    assert rows_of(house) == before
    assert client.get("/dashboard").status_code == 200, "signed out from elsewhere"


def test_our_own_pages_are_let_in(signed_in: Callable[[], Client]) -> None:
    """Else the table above would prove nothing: with our token and from our origin the same goes on to the view."""
    few = [address for address in EVERY if address.route in FEW]
    assert len(few) == len(FEW)
    ours = ("POST", "", {"X-CSRFToken": TOKEN, "Origin": OURS})
    assert [one.route for one in few if refused(send(signed_in(), one, one.fill(), ours))] == []


def test_a_key_needs_no_token(house: House) -> None:
    secret = factories.make_key(house["admin"], created_by=house["admin"])
    headers = {"Authorization": f"Bearer {secret}", "Origin": ELSEWHERE}
    client = Client(enforce_csrf_checks=True)
    wrong = {}
    for address in EVERY:
        # The page with the documentation is a page; a key opens none.
        if address.area == "api" and address.route != "api/v1/docs":
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                status = client.generic(method, address.fill(), "{}", JSON, headers=headers).status_code
                if status in (401, 403) and address.route not in WITHOUT_SESSION:
                    wrong[f"{method} {address.route}"] = status
    assert wrong == {}


@pytest.mark.parametrize("route", sorted(WITHOUT_SESSION))
def test_what_reads_no_session_sets_none(house: House, signed_in: Callable[[], Client], route: str) -> None:
    """Nor does it take what a form of another site can send: being signed in as somebody else is a harm, too."""
    user = User.objects.get(pk=house["admin"].user_id)
    right = f'{{"email": "{user.email}", "password": "{factories.PASSWORD}"}}'
    for kind in (FORM, TEXT, "multipart/form-data; boundary=x"):
        assert signed_in().generic("POST", f"/{route}", right, kind).status_code == 415
    client = Client(enforce_csrf_checks=True)
    client.generic("POST", f"/{route}", right, JSON, headers={"Origin": ELSEWHERE})
    assert client.cookies.keys() == set()
