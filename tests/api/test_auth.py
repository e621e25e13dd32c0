"""Signing in and up, tokens, keys, several organisations, limits."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tenancy.models import ApiKey, Member, Tenant
from tests import factories
from tests.api.conftest import Caller, caller
from workorders.models import WorkOrder

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def manager(north: Tenant) -> Member:
    return factories.make_member(north, "manager", email="mona@example.com")


def sign_in(password: str = factories.PASSWORD, **words: str) -> Any:
    return Caller().post("auth/login", {"password": password, **words})


@pytest.mark.parametrize("words", [{"email": "MONA@example.com"}, {"username": "mona@example.com"}])
def test_login_answers_a_token_that_works(manager: Member, words: dict[str, str]) -> None:
    response = sign_in(**words)
    answer = response.json()
    assert response.status_code == 200, answer
    assert set(answer) == {"token", "expiresAt", "user"}
    assert answer["user"]["memberId"] == str(manager.pk)
    me = Caller(answer["token"]).get("auth/me").json()
    assert me["user"] == answer["user"]
    assert me["permissions"] == sorted(manager.permissions)
    assert [tenant["slug"] for tenant in me["tenants"]] == [manager.tenant.slug]


def test_unknown_account_and_wrong_password_are_answered_alike(manager: Member) -> None:
    wrong = sign_in("not the password", email="mona@example.com")
    unknown = sign_in("not the password", email="nobody@example.com")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.content == unknown.content


def test_inactive_people_do_not_get_in(manager: Member, north: Tenant) -> None:
    secret = sign_in(email="mona@example.com").json()["token"]
    with factories.inside(north):
        Member.objects.filter(pk=manager.pk).update(is_active=False)
    assert sign_in(email="mona@example.com").status_code == 403
    assert Caller(secret).get("auth/me").status_code == 401
    assert manager.user is not None
    type(manager.user).objects.filter(pk=manager.user.pk).update(is_active=False)
    assert sign_in(email="mona@example.com").status_code == 401


def test_attempts_are_limited_by_account(manager: Member) -> None:
    codes = [sign_in("wrong", email="mona@example.com").status_code for _ in range(6)]
    assert codes == [401] * 5 + [429]
    blocked = sign_in(email="mona@example.com")
    assert (blocked.status_code, blocked.headers["Retry-After"]) == (429, "300")
    assert blocked.json() == {"error": "Too many requests"}


def test_a_second_factor_is_asked_for(manager: Member) -> None:
    from allauth.mfa.totp.internal.auth import (
        TOTP,
        format_hotp_value,
        generate_totp_secret,
        hotp_value,
        yield_hotp_counters_from_time,
    )

    secret = generate_totp_secret()
    TOTP.activate(manager.user, secret)
    without = sign_in(email="mona@example.com")
    assert (without.status_code, "token" in without.json()) == (401, False)
    assert sign_in(email="mona@example.com", code="000000").status_code == 401
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    assert sign_in(email="mona@example.com", code=code).status_code == 200
    assert sign_in(email="mona@example.com", code=code).status_code == 401  # a code works once


def test_login_needs_one_name(manager: Member) -> None:
    assert sign_in().status_code == 400
    assert sign_in(email="mona@example.com", username="mona").status_code == 400


def test_logout_revokes_the_token(manager: Member, north: Tenant) -> None:
    call = Caller(sign_in(email="mona@example.com").json()["token"])
    assert call.post("auth/logout").json() == {"message": "Signed out"}
    assert call.get("auth/me").status_code == 401
    key = caller(manager)
    assert key.post("auth/logout").json()["code"] == "api_key"
    assert key.get("auth/me").status_code == 200


def test_session_needs_csrf_to_write_and_logs_out(manager: Member) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(manager.user, backend=BACKEND)  # type: ignore[arg-type]
    address = "/api/v1/work-orders"
    assert browser.get(address).status_code == 200
    refused = browser.post(address, {"title": "x"}, content_type="application/json")
    assert (refused.status_code, refused.headers["Content-Type"]) == (403, "application/json")
    browser.get("/accounts/password/change/")
    browser.get("/api/v1/docs")
    token = browser.cookies["csrftoken"].value
    headers = {"X-CSRFToken": token}
    assert browser.post(address, {"title": "x"}, content_type="application/json", headers=headers).status_code == 201
    assert browser.post("/api/v1/auth/logout", content_type="application/json", headers=headers).status_code == 200
    assert browser.get(address).status_code == 401


def test_signup_makes_an_organisation_with_everything(db: None) -> None:
    body = {
        "organisation": "New Works",
        "name": "Nora",
        "email": "nora@new.example",
        "password": "a long pass phrase 9",
    }
    response = Caller().post("auth/signup", body)
    answer = response.json()
    assert response.status_code == 201, answer
    call = Caller(answer["token"])
    assert call.get("auth/me").json()["tenant"]["name"] == "New Works"
    assert {row["key"] for row in call.get("roles").json()} >= {"admin", "technician", "viewer"}
    assert [row["key"] for row in call.get("statuses").json()][:2] == ["open", "assigned"]
    assert call.post("work-orders", {"title": "First"}).status_code == 201
    again = Caller().post("auth/signup", body)
    assert (again.status_code, set(again.json()["details"])) == (400, {"email"})
    weak = Caller().post("auth/signup", {**body, "email": "x@new.example", "password": "short", "timeZone": "Mars"})
    assert set(weak.json()["details"]) == {"password", "timeZone"}


def test_somebody_in_two_organisations_names_one(manager: Member, west: Tenant) -> None:
    factories.make_member(west, "viewer", user=manager.user, email="mona@example.com")
    default = sign_in(email="mona@example.com").json()
    other = sign_in(email="mona@example.com", tenant=west.slug).json()
    assert {default["user"]["role"], other["user"]["role"]} == {"manager", "viewer"}
    assert len(Caller(other["token"]).get("auth/me").json()["tenants"]) == 2
    assert sign_in(email="mona@example.com", tenant="nowhere").status_code == 403
    browser = Client()
    browser.force_login(manager.user, backend=BACKEND)  # type: ignore[arg-type]
    seen = browser.get("/api/v1/auth/me", headers={"X-Tenant": west.slug}).json()
    assert seen["tenant"]["slug"] == west.slug
    assert browser.get("/api/v1/auth/me", headers={"X-Tenant": "nowhere"}).status_code == 403
    # A key has exactly one organisation.
    assert caller(manager).get("auth/me", X_Tenant=west.slug).status_code == 401


def test_a_key_narrows_its_member(north: Tenant, manager: Member) -> None:
    narrow = caller(manager, scopes=["workorder.view_all"])
    factories.make_work_order(north)
    assert len(narrow.get("work-orders").json()) == 1
    refused = narrow.post("work-orders", {"title": "x"})
    assert (refused.status_code, refused.json()["permission"]) == (403, "workorder.request")
    with factories.inside(north):
        assert WorkOrder.objects.count() == 1


def test_keys_are_shown_once_stored_hashed_and_revoked(north: Tenant) -> None:
    admin = caller(factories.make_member(north, "admin"))
    made = admin.post("api-keys", {"name": "Program", "scopes": ["workorder.view_all"]}).json()
    program = Caller(made["key"])
    assert made["key"].startswith(made["prefix"])
    assert program.get("work-orders").status_code == 200
    listed = admin.get("api-keys").content.decode() + admin.get(f"api-keys/{made['id']}").content.decode()
    assert made["key"] not in listed
    with factories.inside(north):
        row = ApiKey.objects.get(pk=made["id"])
        assert made["key"] not in str(row.__dict__)
        assert row.last_used_at is not None
    assert admin.delete(f"api-keys/{made['id']}").status_code == 200
    assert program.get("work-orders").json()["error"] == "Authentication required"
    assert admin.get(f"work-orders?key={made['key']}").status_code == 400


def test_limits_per_key(north: Tenant, settings: Any) -> None:
    from rest_framework.settings import api_settings

    call, other = (caller(factories.make_member(north, "viewer")) for _ in range(2))
    rates: Any = api_settings.DEFAULT_THROTTLE_RATES
    before = dict(rates)
    rates["caller"] = "3/min"
    try:
        codes = [call.get("statuses").status_code for _ in range(4)]
        assert codes == [200, 200, 200, 429]
        assert 1 <= int(call.get("statuses").headers["Retry-After"]) <= 60
        assert other.get("statuses").status_code == 200
    finally:
        api_settings.DEFAULT_THROTTLE_RATES.update(before)


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer x", "Bearer " + "x" * 300, "Basic YTpi", "Bearer \x00", "bearer ünknown"]
)
def test_strange_credentials_are_401(db: None, header: str) -> None:
    response = Caller().get("work-orders", Authorization=header)
    assert response.status_code == 401
    assert response.json()["error"] == "Authentication required"


@pytest.mark.parametrize("name", ["token", "api_key", "access_token", "key", "Authorization"])
def test_a_key_in_the_address_opens_nothing(manager: Member, name: str) -> None:
    """Addresses stand in logs and histories (row 34)."""
    secret = factories.make_key(manager)
    assert Caller(secret).get("auth/me").status_code == 200
    assert Caller().get(f"auth/me?{name}={secret}").status_code == 401
