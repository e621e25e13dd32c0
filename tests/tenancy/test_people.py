"""Invite and join; roles, scopes, leaving: what is written, and every way that must not work."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from core import outbox
from core.errors import Conflict, Invalid, NotFound, PermissionDenied, Stale
from tenancy import actions
from tenancy.models import ApiKey, DepartmentScope, Invitation, Member, Role, User
from tenancy.permissions import PERMISSIONS
from tests import factories
from tests.house import House


def invited(
    house: House, email: str = "new@example.com", role: str = "viewer", **options: Any
) -> tuple[Invitation, str]:
    with house.inside():
        made = actions.invite(by=house["admin"], email=email, role=house.role(role), **options)
        return made, actions.invitation_token(made)


# --- Invitations --------------------------------------------------------------------------------------------------------
def test_an_invitation_is_stored_without_its_secret_and_mailed_after_the_commit(house: House, settings: Any) -> None:
    settings.BASE_URL = "https://mill.example"
    seen = house.last_event()
    made, token = invited(house, " New@Example.com ", name="Nina")
    found = house.read(made)
    assert (found.email, found.name, found.role.key, found.invited_by_id) == (
        "new@example.com", "Nina", "viewer", house["admin"].pk,
    )  # fmt: skip
    assert token not in str(vars(found))
    assert found.expires_at - timezone.now() > dt.timedelta(days=6, hours=23)
    assert house.events(after=seen, object_id=made.pk) == [
        ("member.invited", house["admin"].pk, {"email": [None, "new@example.com"], "role": [None, "viewer"]})
    ]
    assert mail.outbox == []
    with house.inside():
        event = next(row for row in read(house) if row.type == "member.invited")
        outbox._consumers["invitation_mail"](event)
    (letter,) = mail.outbox
    assert letter.to == ["new@example.com"]
    assert f"https://mill.example/join/{token}\n" in letter.body


def read(house: House) -> list[Any]:
    """The house's events as consumers get them; those of this very transaction included."""
    from core.live_reader import EventRow
    from core.models import Event

    names = (
        "seq", "txid", "tenant_id", "type", "object_type", "object_id", "work_order_id", "asset_id", "actor_id",
        "source", "occurred_at", "changes",
    )  # fmt: skip
    return [EventRow(**row) for row in Event.objects.values(*names).order_by("seq")]


def test_a_name_with_a_line_break_writes_no_header(house: House) -> None:
    tenant = house.tenant
    with house.inside():
        type(tenant).objects.filter(pk=tenant.pk).update(name="Pit\r\nBcc: all@example.com")
        Member.objects.filter(pk=house["admin"].pk).update(name="A\nX: y")
    invited(house)
    with house.inside():
        for event in read(house):
            outbox._consumers["invitation_mail"](event)
    (letter,) = mail.outbox
    headers = letter.message().as_string().partition("\n\n")[0]
    assert "\nBcc:" not in headers
    assert "\nX:" not in headers
    assert letter.recipients() == ["new@example.com"]


@pytest.mark.parametrize("fate", ["used", "revoked", "old"])
def test_what_is_no_longer_open_is_not_mailed(house: House, fate: str) -> None:
    made, token = invited(house)
    with house.inside():
        if fate == "used":
            actions.accept_invitation(token, name="Nina", password="a long enough one")
        if fate == "revoked":
            actions.revoke_invitation(made, by=house["admin"])
        later = timezone.now() + dt.timedelta(days=2 if fate == "old" else 0)
        with time_machine.travel(later):
            for event in read(house):
                outbox._consumers["invitation_mail"](event)
    assert mail.outbox == []


def test_joining_with_a_new_login(house: House) -> None:
    made, token = invited(house, role="requester")
    seen = house.last_event()
    member = actions.accept_invitation(token, name=" Nina ", password="a long enough one")
    found = house.read(member)
    assert (found.name, found.email, found.role.key, found.is_active) == ("Nina", "new@example.com", "requester", True)
    assert found.user.check_password("a long enough one")
    assert not User.objects.filter(password__contains="a long enough one").exists()
    assert house.read(made).accepted_by_id == member.pk
    assert house.events(after=seen) == [("member.joined", member.pk, {"role": [None, "requester"]})]


def test_an_invitation_works_once(house: House) -> None:
    _, token = invited(house)
    actions.accept_invitation(token, name="Nina", password="a long enough one")
    before = User.objects.count()
    with pytest.raises(NotFound):
        actions.accept_invitation(token, name="Again", password="a long enough one")
    assert User.objects.count() == before


def test_an_invitation_ends_after_a_week_or_when_revoked_or_replaced(house: House) -> None:
    made, token = invited(house)
    with time_machine.travel(timezone.now() + dt.timedelta(days=30)):
        assert actions.find_invitation(token).pk == made.pk  # the database's clock decides, not this one
    with house.inside():
        Invitation.objects.filter(pk=made.pk).update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    with pytest.raises(NotFound):
        actions.accept_invitation(token, name="Nina", password="a long enough one")
    second, token2 = invited(house)
    with house.inside():
        actions.revoke_invitation(second, by=house["admin"])
    with pytest.raises(NotFound):
        actions.accept_invitation(token2, name="Nina", password="a long enough one")
    with house.refuses(Conflict, code="used"):
        actions.revoke_invitation(second, by=house["admin"])
    _, token3 = invited(house, "other@example.com")
    _, token4 = invited(house, "other@example.com")
    with pytest.raises(NotFound):
        actions.find_invitation(token3)
    assert actions.find_invitation(token4).email == "other@example.com"


@pytest.mark.parametrize("token", ["", "x", "é", "0" * 64, "\x00", "' or 1=1 --"])
def test_no_other_token_opens_anything(house: House, token: str) -> None:
    invited(house)
    with pytest.raises(NotFound):
        actions.find_invitation(token)


def test_who_has_a_login_joins_with_it_and_only_with_their_address(house: House, stranger: House) -> None:
    theirs = stranger["viewer"]
    login = User.objects.get(pk=theirs.user_id)
    _, token = invited(house, login.email.upper())
    with pytest.raises(Conflict) as caught:
        actions.accept_invitation(token, name="Thief", password="a long enough one")
    assert caught.value.code == "sign_in_first"
    other = User.objects.get(pk=stranger["manager"].user_id)
    with pytest.raises(Conflict) as caught:
        actions.accept_invitation(token, user=other)
    assert caught.value.code == "other_address"
    member = actions.accept_invitation(token, user=login)
    assert (member.user_id, member.tenant_id) == (login.pk, house.tenant.pk)
    assert {found.tenant_id for found in tenants_of(login)} == {house.tenant.pk, stranger.tenant.pk}


def tenants_of(user: User) -> list[Member]:
    from tenancy import access

    return access.memberships(user.pk)


def test_a_member_without_a_login_keeps_their_row_when_they_join(house: House) -> None:
    helper = factories.make_member(house.tenant, "viewer", email="help@example.com", login=False)
    _, token = invited(house, "Help@example.com", role="requester")
    member = actions.accept_invitation(token, name="Helper", password="a long enough one")
    assert (member.pk, house.read(member).role.key) == (helper.pk, "requester")


def test_joining_needs_a_sound_password_and_a_name(house: House) -> None:
    _, token = invited(house)
    for fields, wrong in (
        ({"name": "", "password": "a long enough one"}, {"name"}),
        ({"name": "Nina", "password": "short"}, {"password"}),
        ({"name": "", "password": "1234567890"}, {"name", "password"}),
        ({"name": "Nina", "password": "new@example.com"}, {"password"}),
    ):
        with pytest.raises(Invalid) as caught:
            actions.accept_invitation(token, **fields)
        assert caught.value.details.keys() == wrong
    assert actions.find_invitation(token)


def test_invite_refusals(house: House, stranger: House) -> None:
    admin = house["admin"]
    with house.refuses(PermissionDenied, permission="member.manage"):
        actions.invite(by=house["manager"], email="a@example.com", role=house.role("viewer"))
    for email in (
        "",
        "nobody",
        "a@b",
        "a@example.com\nBcc: x@example.com",
        "a b@example.com",
        "x" * 150 + "@example.com",
    ):
        with house.refuses(Invalid, field="email"):
            actions.invite(by=admin, email=email, role=house.role("viewer"))
    with house.refuses(Invalid, details={"email": "This person is a member already."}):
        actions.invite(by=admin, email=house["viewer"].email.upper(), role=house.role("viewer"))
    with house.refuses(Invalid, field="role"):
        actions.invite(by=admin, email="a@example.com", role=stranger.role("viewer"))


def test_nobody_gives_more_than_they_hold(house: House) -> None:
    clerk = house.having("member.manage", "role.manage", "key.manage", *house.role("viewer").permissions)
    other = house["requester"]
    admin_role, viewer_role = house.role("admin"), house.role("viewer")
    for act in (
        lambda: actions.invite(by=clerk, email="a@example.com", role=admin_role),
        lambda: actions.add_member(by=clerk, name="X", role=admin_role),
        lambda: actions.change_member(other, by=clerk, changes={"role": admin_role}),
        lambda: actions.change_member(house["admin"], by=clerk, changes={"role": viewer_role}),
        lambda: actions.change_member(house["admin"], by=clerk, changes={"is_active": False}),
        lambda: actions.save_role(by=clerk, name="More", permissions=["settings.manage"]),
        lambda: actions.save_role(
            by=clerk, role=viewer_role, name="Viewer", permissions=[*viewer_role.permissions, "audit.view"]
        ),
        lambda: actions.create_key(by=clerk, name="More", scopes=["workorder.delete"]),
    ):
        with house.refuses(PermissionDenied):
            act()
    with house.inside():
        actions.invite(by=clerk, email="a@example.com", role=viewer_role)


# --- Members ------------------------------------------------------------------------------------------------------------
def test_change_member_and_its_event(house: House) -> None:
    member, admin, seen = house["viewer"], house["admin"], house.last_event()
    with house.inside():
        actions.change_member(
            member, by=admin, changes={"name": "Vera", "role": house.role("requester"), "scoped": True}
        )
    found = house.read(member)
    assert (found.name, found.role.key, found.scoped, found.version) == ("Vera", "requester", True, 2)
    assert house.events(after=seen) == [
        (
            "member.updated", admin.pk,
            {"name": ["viewer", "Vera"], "role": ["viewer", "requester"], "scoped": [False, True]},
        )
    ]  # fmt: skip


def test_leaving_ends_every_key(house: House) -> None:
    member, admin = house["manager"], house["admin"]
    factories.make_key(member), factories.make_key(member, kind=ApiKey.LOGIN), factories.make_key(admin)
    seen = house.last_event()
    with house.inside():
        actions.change_member(member, by=admin, changes={"is_active": False})
        alive = set(ApiKey.objects.filter(revoked_at=None).values_list("member", flat=True))
    assert alive == {admin.pk}
    assert [kind for kind, _, _ in house.events(after=seen)] == ["member.deactivated"]
    assert tenants_of(User.objects.get(pk=member.user_id)) == []


def test_change_member_refusals(house: House, stranger: House) -> None:
    admin, member = house["admin"], house["viewer"]
    with house.refuses(PermissionDenied, permission="member.manage"):
        actions.change_member(member, by=house["manager"], changes={"name": "X"})
    with house.refuses(Stale):
        actions.change_member(member, by=admin, changes={"name": "X"}, expected_version=4)
    with house.refuses(NotFound):
        actions.change_member(stranger["viewer"], by=admin, changes={"name": "X"})
    with house.refuses(Invalid, field="role"):
        actions.change_member(member, by=admin, changes={"role": stranger.role("viewer")})
    with house.refuses(Invalid, field="name"):
        actions.change_member(member, by=admin, changes={"name": ""})
    with house.inside():
        actions.change_member(member, by=member, changes={"name": "My own name"})
    for changes in ({"role": house.role("requester")}, {"scoped": False}, {"is_active": False}):
        with house.refuses(Conflict, code="own_membership"):
            actions.change_member(admin, by=admin, changes=changes)
        with house.refuses(PermissionDenied, permission="member.manage"):
            actions.change_member(member, by=member, changes=changes)


def test_the_last_administrator_stays(house: House) -> None:
    admin = house["admin"]
    for changes in ({"role": house.role("viewer")}, {"is_active": False}):
        with house.refuses(Conflict, code="last_administrator"):
            actions.change_member(admin, by=None, changes=changes)
    second = factories.make_member(house.tenant, "admin")
    with house.inside():
        actions.change_member(admin, by=house.again(second), changes={"role": house.role("viewer")})
    assert house.read(admin).role.key == "viewer"
    without_login = factories.make_member(house.tenant, "admin", login=False)
    with house.refuses(Conflict, code="last_administrator"):
        actions.change_member(second, by=house.again(without_login), changes={"is_active": False})


def test_set_departments(house: House, stranger: House) -> None:
    admin, member = house["admin"], house["viewer"]
    one, two = factories.make_department(house.tenant), factories.make_department(house.tenant)
    with house.inside():
        actions.set_departments(member, by=admin, departments=[one])
        actions.set_departments(member, by=admin, departments=[two])
        assert list(DepartmentScope.objects.values_list("department", flat=True)) == [two.pk]
    with house.refuses(Invalid, field="departments"):
        actions.set_departments(member, by=admin, departments=[factories.make_department(stranger.tenant)])
    with house.refuses(PermissionDenied, permission="member.manage"):
        actions.set_departments(member, by=house["manager"], departments=[])


# --- Roles --------------------------------------------------------------------------------------------------------------
def test_save_and_delete_role(house: House) -> None:
    admin, seen = house["admin"], house.last_event()
    with house.inside():
        role = actions.save_role(
            by=admin, name=" Shift lead ", permissions=["workorder.take", "asset.view", "asset.view"]
        )
        actions.save_role(by=admin, role=role, name="Shift lead", permissions=["asset.view"])
        actions.save_role(by=admin, role=role, name="Shift lead", permissions=["asset.view"])
    found = house.read(role)
    assert (found.key, found.name, found.permissions, found.version) == ("shift_lead", "Shift lead", ["asset.view"], 2)
    with house.inside():
        actions.delete_role(role, by=admin)
    assert house.events(after=seen) == [
        ("role.created", admin.pk, {"permissions": [[], ["asset.view", "workorder.take"]]}),
        ("role.updated", admin.pk, {"permissions": [["asset.view", "workorder.take"], ["asset.view"]]}),
        ("role.deleted", admin.pk, {"name": ["Shift lead", None]}),
    ]


def test_role_refusals(house: House, stranger: House) -> None:
    admin, viewer = house["admin"], house["viewer"]
    with house.refuses(PermissionDenied, permission="role.manage"):
        actions.save_role(by=house["manager"], name="X", permissions=[])
    with house.refuses(PermissionDenied, permission="role.manage"):
        actions.delete_role(house.role("viewer"), by=house["manager"])
    with house.refuses(Invalid, field="permissions"):
        actions.save_role(by=admin, name="X", permissions=["workorder.fly"])
    with house.refuses(Invalid):
        actions.save_role(by=admin, name="VIEWER", permissions=[])
    with house.refuses(Conflict, code="admin_role"):
        actions.save_role(by=admin, role=house.role("admin"), name="Administrator", permissions=["asset.view"])
    with house.refuses(Conflict, code="admin_role"):
        actions.delete_role(house.role("admin"), by=admin)
    with house.refuses(Conflict, code="role_in_use"):
        actions.delete_role(viewer.role, by=admin)
    with house.refuses(Stale):
        actions.save_role(by=admin, role=viewer.role, name="Y", permissions=[], expected_version=9)
    with house.refuses(NotFound):
        actions.save_role(by=admin, role=stranger.role("viewer"), name="Y", permissions=[])
    with house.refuses(NotFound):
        actions.delete_role(stranger.role("requester"), by=admin)
    invited(house, role="storekeeper")
    with house.refuses(Conflict, code="role_in_use"):
        actions.delete_role(house.role("storekeeper"), by=admin)


def test_nobody_widens_their_own_role(house: House) -> None:
    keeper = house.having("role.manage", "asset.view", "asset.edit")
    with house.inside():
        other = Role.objects.create(tenant=house.tenant, key="o", name="Other", permissions=["asset.edit"])
        narrower = actions.save_role(
            by=keeper, role=keeper.role, name="Keeper", permissions=["role.manage", "asset.view"]
        )
    assert narrower.permissions == ["asset.view", "role.manage"]
    keeper = house.again(keeper)
    with house.refuses(PermissionDenied, permission="asset.edit"):
        actions.save_role(
            by=keeper, role=narrower, name="Keeper", permissions=["role.manage", "asset.view", "asset.edit"]
        )
    with house.refuses(PermissionDenied, permission="asset.edit"):
        actions.save_role(by=keeper, role=other, name="Other", permissions=[])


def test_every_shipped_permission_has_a_sentence_and_an_owner() -> None:
    from tenancy.shipped import ROLES

    granted = {name for _, names in ROLES.values() for name in names}
    assert granted == PERMISSIONS.keys()
    assert [name for name, sentence in PERMISSIONS.items() if not sentence[:1].isupper()] == []
