from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from tenancy import actions
from tenancy.models import ApiKey, Calendar, Department, Invitation, Member, Tenant
from tests import factories
from tests.house import House

PASSWORD = "correct horse battery"
SETTINGS = {
    "/settings/organisation": "settings.manage",
    "/settings/members": "member.manage",
    "/settings/members/invite": "member.manage",
    "/settings/roles": "role.manage",
    "/settings/roles/add": "role.manage",
    "/settings/members/add": "member.manage",
    "/settings/departments": "settings.manage",
    "/settings/departments/add": "settings.manage",
    "/settings/calendars": "settings.manage",
    "/settings/keys": "key.manage",
    "/settings/keys/add": "key.manage",
    "/settings/audit": "audit.view",
}


@pytest.fixture
def admin(house: House, client: Client) -> Client:
    client.force_login(house["admin"].user)
    return client


def test_an_organisation_is_signed_up_in_one_page(client: Client, db: None) -> None:
    assert client.get("/signup").status_code == 200
    data = {
        "organisation": "South Quarry",
        "name": "Ana Ruiz",
        "email": "ana@quarry.example",
        "password": PASSWORD,
        "time_zone": "Europe/Madrid",
        "currency": "eur",
    }
    done = client.post("/signup", data)
    assert done.headers["Location"] == "/"
    start = client.get("/", follow=True).content.decode()
    assert ("South Quarry is ready." in start, "Good " in start) == (True, True)
    tenant = Tenant.objects.get(slug="south-quarry")
    assert (tenant.name, tenant.time_zone, tenant.currency) == ("South Quarry", "Europe/Madrid", "EUR")


def test_a_poor_sign_up_says_everything_that_is_wrong(client: Client, db: None) -> None:
    data = {"organisation": "Quarry", "name": "Ana", "email": "ana@q.example", "password": "short", "currency": "EU"}
    refused = client.post("/signup", data | {"time_zone": "UTC"})
    page = refused.content.decode()
    assert refused.status_code == 422
    assert ("This password is too short" in page, "three-letter currency" in page) == (True, True)
    assert "short" not in re.findall(r'value="([^"]*)"', page)
    assert not Tenant.objects.exists()


def invited(house: House, email: str = "new@north.example", role: str = "requester") -> str:
    with house.inside():
        invitation = actions.invite(by=house["admin"], email=email, role=house.role(role), name="Noor")
    return actions.invitation_token(invitation)


def test_an_invitation_makes_a_login_and_leads_to_the_roles_start_page(house: House, client: Client) -> None:
    href = f"/join/{invited(house)}"
    page = client.get(href).content.decode()
    assert (f"Join {house.tenant.name}" in page, "was invited as Requester" in page) == (True, True)
    assert client.post(href, {"name": "Noor", "password": "x"}).status_code == 422
    assert client.post(href, {"name": "Noor", "password": PASSWORD}).headers["Location"] == "/"
    assert client.get("/").headers["Location"] == "/requests"
    again = Client().get(href)
    assert (again.status_code, b"no longer valid" in again.content) == (404, True)


def test_somebody_with_a_login_joins_with_it(house: House, stranger: House, client: Client) -> None:
    user = stranger["dispatcher"].user
    assert user is not None
    href = f"/join/{invited(house, user.email, 'viewer')}"
    refused = client.post(href, {"name": "Me", "password": PASSWORD})
    assert (refused.status_code, b"sign in, then open the link again" in refused.content) == (422, True)
    client.force_login(user)
    assert client.post(href).headers["Location"] == "/"
    assert client.get("/").headers["Location"] == "/work-orders"
    assert client.post("/switch", {"tenant": stranger.tenant.slug}).headers["Location"] == "/"
    assert client.get("/").headers["Location"] == "/dashboard"
    assert client.post("/switch", {"tenant": "nobody-knows"}).status_code == 404


def test_people_sign_in_by_address_or_name_and_out(house: House, client: Client) -> None:
    user = house["dispatcher"].user
    assert user is not None
    for login in (user.email, user.username):
        done = client.post("/accounts/login/", {"login": login, "password": factories.PASSWORD})
        assert done.headers["Location"] == "/"
        assert client.post("/accounts/logout/").status_code == 302
    wrong = client.post("/accounts/login/", {"login": user.email, "password": "not this one"})
    assert wrong.status_code == 200
    assert b"The e-mail address or the password is wrong." in wrong.content


@pytest.mark.parametrize(
    "href",
    ["/accounts/email/", "/accounts/password/change/", "/accounts/2fa/", "/accounts/sessions/", "/accounts/logout/"],
)
def test_account_pages_stand_in_the_frame(house: House, client: Client, href: str) -> None:
    client.force_login(house["requester"].user)
    page = client.get(href)
    assert (page.status_code, b'id="main"' in page.content) == (200, True)


@pytest.mark.parametrize("href", SETTINGS)
def test_settings_need_their_permission(house: House, client: Client, href: str) -> None:
    client.force_login(house.having(SETTINGS[href]).user)
    assert client.get(href).status_code == 200
    client.force_login(house.lacking(SETTINGS[href]).user)
    refused = client.get(href)
    assert (refused.status_code, SETTINGS[href] in refused.content.decode()) == (403, True)


def test_settings_open_at_the_first_page_one_may_see(house: House, client: Client) -> None:
    client.force_login(house["manager"].user)
    assert client.get("/settings").headers["Location"] == "/settings/failure-codes"
    client.force_login(house["technician"].user)
    assert client.get("/settings").status_code == 403


def test_the_organisation_is_edited(house: House, admin: Client) -> None:
    data = {"name": "North Pit Ltd", "time_zone": "Australia/Perth", "currency": "aud"}
    assert admin.post("/settings/organisation", data).status_code == 302
    tenant = Tenant.objects.get(pk=house.tenant.pk)
    assert (tenant.name, tenant.time_zone, tenant.currency) == ("North Pit Ltd", "Australia/Perth", "AUD")


def test_a_member_is_invited_shown_once_and_revoked(house: House, admin: Client) -> None:
    role = house.role("technician")
    page = admin.post("/settings/members/invite", {"email": "new@north.example", "role": role.pk}).content.decode()
    with house.inside():
        invitation = Invitation.objects.get()
    assert html.escape(actions.invitation_link(invitation)) in page
    assert "new@north.example" in admin.get("/settings/members").content.decode()
    assert admin.post(f"/settings/invitations/{invitation.pk}/revoke").status_code == 302
    assert Client().get(f"/join/{actions.invitation_token(invitation)}").status_code == 404


def test_a_members_role_and_scope_are_changed(house: House, admin: Client) -> None:
    person, department = house["technician"], factories.make_department(house.tenant)
    href = f"/settings/members/{person.pk}"
    data = {"name": "Jo", "role": house.role("dispatcher").pk, "scoped": "on", "is_active": "on"}
    assert admin.post(href, data | {"departments": [department.pk]}).status_code == 302
    found = house.read(person)
    with house.inside():
        departments = list(found.department_scopes.values_list("department_id", flat=True))
    assert (found.name, found.role.key, found.scoped, departments) == ("Jo", "dispatcher", True, [department.pk])
    own = admin.post(f"/settings/members/{house['admin'].pk}", data)
    assert (own.status_code, b"Somebody else must change your own role" in own.content) == (422, True)


def test_roles_are_edited_in_a_matrix(house: House, admin: Client) -> None:
    viewer = house.role("viewer")
    page = admin.get("/settings/roles").content.decode()
    ticked = re.findall(rf'name="role-{viewer.pk}" value="([^"]+)" checked', page)
    assert set(ticked) == set(viewer.permissions)
    data: dict[str, Any] = {f"role-{pk}": values for pk, values in re_checked(page).items() if pk != str(viewer.pk)} | {
        f"role-{viewer.pk}": ["asset.view"]
    }
    assert admin.post("/settings/roles", data).status_code == 302
    assert house.read(viewer).permissions == ["asset.view"]
    assert set(house.role("admin").permissions) > {"asset.view", "role.manage"}
    assert len(house.events(type="role.updated")) == 1
    stale = admin.post("/settings/roles", data | {f"role-{viewer.pk}": [], f"version-{viewer.pk}": "1"})
    assert stale.status_code == 422


def re_checked(page: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for pk, value in re.findall(r'name="role-([^"]+)" value="([^"]+)" checked', page):
        found.setdefault(pk, []).append(value)
    return found


def test_a_role_is_added_like_another(house: House, admin: Client) -> None:
    assert admin.post("/settings/roles/add", {"name": "Planner", "like": house.role("viewer").pk}).status_code == 302
    assert set(house.role("planner").permissions) == set(house.role("viewer").permissions)


def test_a_calendar_is_written_as_text(client: Client, db: None) -> None:
    admin = actions.sign_up(organisation="Quarry", name="Ana", email="a@q.example", password=PASSWORD)
    house = House(admin.tenant)
    client.force_login(admin.user)
    with house.inside():
        calendar = Calendar.objects.get()
    href = f"/settings/calendars/{calendar.pk}"
    assert 'value="08:00-17:00"' in client.get(href).content.decode()
    data = {"time_zone": "UTC", "day_0": "06:00-12:00, 13:00–15:30", "holidays": "2026-12-25 Christmas Day"}
    assert client.post(href, data).status_code == 302
    with house.inside():
        times = [f"{interval}" for interval in calendar.intervals.all()]
        holidays = list(calendar.holidays.values_list("name", flat=True))
    assert (times, holidays) == (["0 06:00–12:00", "0 13:00–15:30"], ["Christmas Day"])
    wrong = client.post(href, data | {"day_1": "morning", "holidays": "Christmas"})
    assert (wrong.status_code, wrong.content.decode().count('class="errorlist"')) == (422, 2)


def test_a_key_is_shown_once_and_revoked(house: House, admin: Client) -> None:
    data = {"name": "Reports", "scopes": ["workorder.view_all"], "expires_on": "2030-01-31"}
    page = admin.post("/settings/keys/add", data).content.decode()
    secret = re.search(r"mw_[\w-]{43}", page)
    assert secret is not None
    with house.inside():
        key = ApiKey.objects.get()
    assert (key.scopes, key.expires_at.isoformat()) == (["workorder.view_all"], "2030-02-01T00:00:00+00:00")
    listed = admin.get("/settings/keys").content.decode()
    assert (secret.group() in listed, key.prefix in listed) == (False, True)
    assert admin.post(f"/settings/keys/{key.pk}/revoke").status_code == 302
    assert house.read(key).revoked_at is not None
    assert admin.post("/settings/keys/add", {"name": "x", "scopes": ["asset.fly"]}).status_code == 422


def test_the_audit_trail_tells_who_changed_what(house: House, admin: Client) -> None:
    work_order = house.work(title="Leak")
    with house.inside():
        factories.actions.update(work_order, by=house["admin"], changes={"title": "Big leak"})
    page = admin.get(f"/settings/audit?table=workorders_workorder&row={work_order.pk}").content.decode()
    changed = page.split("changed work order")[1].split("</tr>")[0]
    assert re.search(r'<span class="mute">title</span> Leak\s*→\s*Big leak', changed)
    assert "secret_hash" not in admin.get("/settings/audit").content.decode()


def test_another_tenants_members_and_keys_are_not_there(house: House, stranger: House, admin: Client) -> None:
    person = stranger["technician"]
    factories.make_key(person)
    with stranger.inside():
        key = ApiKey.objects.get()
    assert admin.get(f"/settings/members/{person.pk}").status_code == 404
    assert admin.post(f"/settings/keys/{key.pk}/revoke").status_code == 404
    assert str(person.pk) not in admin.get("/settings/audit").content.decode()
    with stranger.inside():
        assert Member.objects.filter(pk=person.pk, is_active=True).exists()


def test_somebody_without_a_login_is_added(house: House, admin: Client) -> None:
    data = {"name": "Sam the contractor", "role": house.role("technician").pk}
    assert admin.post("/settings/members/add", data).status_code == 302
    with house.inside():
        assert Member.objects.get(name="Sam the contractor").user_id is None


def test_a_role_is_renamed_and_removed_when_nobody_has_it(house: House, admin: Client) -> None:
    viewer, taken = house.role("viewer"), house["technician"].role
    assert admin.post(f"/settings/roles/{viewer.pk}", {"name": "Auditor"}).status_code == 302
    assert house.read(viewer).name == "Auditor"
    assert admin.post(f"/settings/roles/{viewer.pk}/remove").status_code == 302
    assert f"/settings/roles/{viewer.pk}" not in admin.get("/settings/roles").content.decode()
    refused = admin.post(f"/settings/roles/{taken.pk}/remove")
    assert (refused.status_code, b"give them another first" in refused.content) == (409, True)


def test_departments_are_added_and_renamed(house: House, admin: Client) -> None:
    assert admin.post("/settings/departments/add", {"name": "Crushing", "code": "C"}).status_code == 302
    with house.inside():
        made = Department.objects.get()
    assert admin.post(f"/settings/departments/{made.pk}", {"name": "Crushing and milling"}).status_code == 302
    assert "Crushing and milling" in admin.get("/settings/departments").content.decode()
    assert admin.post("/settings/departments/add", {"name": "crushing AND milling"}).status_code == 422
