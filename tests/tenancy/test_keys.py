"""API keys and sign-in tokens: shown once, hashed at rest, never more than their member may, ended in time."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from core.errors import Conflict, Invalid, NotFound, PermissionDenied
from tenancy import access, actions
from tenancy.models import ApiKey, Member, User
from tests import factories
from tests.house import House


def test_a_key_acts_as_its_member_within_its_scopes(house: House) -> None:
    manager, admin = house["manager"], house["admin"]
    seen = house.last_event()
    with house.inside():
        key, secret = actions.create_key(
            by=admin, member=manager, name=" ERP ", scopes=["asset.view", "asset.view", "settings.manage"]
        )
    found = access.by_secret(secret)
    assert found is not None
    assert (found.member.pk, found.kind, found.member.tenant.slug) == (manager.pk, "key", house.tenant.slug)
    assert found.member.permissions == {"asset.view"}  # the manager may not manage settings, so neither may the key
    assert house.events(after=seen) == [("key.created", admin.pk, {"name": [None, "ERP"], "kind": [None, "key"]})]
    assert (key.prefix, secret[:9], len(secret) > 40) == (secret[:9], secret[:9], True)


def test_at_rest_there_is_only_a_hash(house: House) -> None:
    with house.inside():
        _, secret = actions.create_key(by=house["admin"], name="ERP", scopes=["asset.view"])
        with connection.cursor() as cursor:
            cursor.execute("SELECT row_to_json(k)::text, secret_hash FROM tenancy_apikey k")
            ((text, stored),) = cursor.fetchall()
            cursor.execute("SELECT coalesce(string_agg(row_to_json(e)::text, ''), '') FROM core_event e")
            text += cursor.fetchone()[0]
    assert secret not in text
    assert stored == hashlib.sha256(secret.encode()).hexdigest()


def test_a_sign_in_token_has_everything_for_twelve_hours(house: House) -> None:
    manager = house["manager"]
    with house.inside():
        key, secret = actions.sign_in_token(manager)
    found = access.by_secret(secret)
    assert found is not None
    assert found.member.permissions == manager.permissions
    assert abs(key.expires_at - timezone.now() - dt.timedelta(hours=12)) < dt.timedelta(minutes=1)


@pytest.mark.parametrize("fate", ["revoked", "expired", "member left", "login closed", "role emptied"])
def test_a_key_ends(house: House, fate: str) -> None:
    manager = house["manager"]
    secret = factories.make_key(manager, ["asset.view"])
    assert access.by_secret(secret).member.permissions == {"asset.view"}
    now = timezone.now()
    with house.inside():
        if fate == "revoked":
            ApiKey.objects.update(revoked_at=now)
        elif fate == "expired":
            ApiKey.objects.update(expires_at=now - dt.timedelta(seconds=1))
        elif fate == "member left":
            Member.objects.filter(pk=manager.pk).update(is_active=False)
        elif fate == "login closed":
            User.objects.filter(pk=manager.user_id).update(is_active=False)
        else:
            type(manager.role).objects.filter(pk=manager.role_id).update(permissions=[])
    found = access.by_secret(secret)
    assert (found.member.permissions if found else None) == (frozenset() if fate == "role emptied" else None)


@pytest.mark.parametrize("secret", ["", "mw_", "mw_é", "x" * 201, "\x00", "' or ''='"])
def test_no_other_secret_opens_anything(house: House, secret: str) -> None:
    factories.make_key(house["admin"])
    assert access.by_secret(secret) is None


def test_create_key_refusals(house: House, stranger: House) -> None:
    admin = house["admin"]
    gone = factories.make_member(house.tenant, "viewer", is_active=False)
    yesterday = timezone.now() - dt.timedelta(days=1)
    good = {"name": "ERP", "scopes": ["asset.view"]}
    for changes, wrong in (
        ({"name": " "}, "name"), ({"name": "x" * 81}, "name"), ({"scopes": []}, "scopes"),
        ({"scopes": ["asset.fly"]}, "scopes"), ({"expires_at": yesterday}, "expires_at"),
        ({"member": gone}, "member"), ({"member": stranger["viewer"]}, "member"),
    ):  # fmt: skip
        with house.refuses(Invalid, field=wrong):
            actions.create_key(by=admin, **good | changes)
    with house.refuses(PermissionDenied, permission="key.manage"):
        actions.create_key(by=house["manager"], **good)


def test_a_key_makes_no_stronger_key(house: House) -> None:
    secret = factories.make_key(house["admin"], ["key.manage", "asset.view"])
    narrowed = access.by_secret(secret).member
    with house.refuses(PermissionDenied, permission="asset.edit"):
        actions.create_key(by=narrowed, name="More", scopes=["asset.edit"])


def test_revoke_key(house: House, stranger: House) -> None:
    admin, manager = house["admin"], house["manager"]
    factories.make_key(manager), factories.make_key(manager, kind=ApiKey.LOGIN), factories.make_key(stranger["admin"])
    with house.inside():
        key, token = ApiKey.objects.get(kind="key"), ApiKey.objects.get(kind="login")
    with stranger.inside():
        theirs = ApiKey.objects.get()
    with house.refuses(PermissionDenied, permission="key.manage"):
        actions.revoke_key(key, by=manager)
    with house.refuses(PermissionDenied, permission="key.manage"):
        actions.revoke_key(token, by=house["viewer"])
    with house.refuses(NotFound):
        actions.revoke_key(theirs, by=admin)
    seen = house.last_event()
    with house.inside():
        actions.revoke_key(token, by=manager)  # one's own signing out
        actions.revoke_key(key, by=admin)
    with house.refuses(Conflict, code="revoked"):
        actions.revoke_key(key, by=admin)
    assert [kind for kind, _, _ in house.events(after=seen)] == ["key.revoked", "key.revoked"]


def test_a_changed_password_ends_sign_in_tokens_in_every_tenant_and_other_sessions(
    house: House, stranger: House
) -> None:
    user = factories.make_user("two@example.com")
    here = factories.make_member(house.tenant, "manager", user=user, email="two@example.com")
    there = factories.make_member(stranger.tenant, "viewer", user=user, email="two@example.com")
    secrets = {
        "here": factories.make_key(here, kind=ApiKey.LOGIN), "there": factories.make_key(there, kind=ApiKey.LOGIN),
        "key": factories.make_key(here), "somebody": factories.make_key(house["viewer"], kind=ApiKey.LOGIN),
    }  # fmt: skip
    mine, other = Client(), Client()
    mine.force_login(user), other.force_login(user)
    assert other.get("/settings").status_code != 302 or "/login" not in other.get("/settings")["Location"]
    answer = mine.post(
        "/accounts/password/change/",
        {"oldpassword": factories.PASSWORD, "password1": "quite another one", "password2": "quite another one"},
    )
    assert answer.status_code == 302
    assert {name for name, secret in secrets.items() if access.by_secret(secret)} == {"key", "somebody"}
    assert "_auth_user_id" in mine.session
    assert "/login" in other.get("/work-orders")["Location"]


def test_memberships_are_found_without_a_tenant_default_first(house: House, stranger: House) -> None:
    user = factories.make_user("three@example.com")
    one = factories.make_member(house.tenant, "manager", user=user, email="three@example.com")
    two = factories.make_member(stranger.tenant, "viewer", user=user, email="three@example.com")
    with stranger.inside():
        Member.objects.filter(pk=two.pk).update(is_default=True)
    found = access.memberships(user.pk)
    assert [(member.pk, member.role.key, member.tenant.slug) for member in found] == [
        (two.pk, "viewer", stranger.tenant.slug), (one.pk, "manager", house.tenant.slug),
    ]  # fmt: skip
    assert access.choose(found, house.tenant.slug).pk == one.pk
    assert access.choose(found, None).pk == two.pk
    assert access.choose(found, "elsewhere") is None
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert access.memberships(user.pk) == []
