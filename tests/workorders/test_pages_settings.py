from __future__ import annotations

import pytest
from django.test import Client

from tests.house import House
from workorders.models import Priority, Status, Transition, Type

PAGES = [
    "/settings/workflow",
    "/settings/workflow/statuses/add",
    "/settings/workflow/transitions/add",
    "/settings/catalogue",
    "/settings/catalogue/priorities/add",
    "/settings/catalogue/types/add",
]


@pytest.fixture
def admin(house: House, client: Client) -> Client:
    client.force_login(house["admin"].user)
    return client


@pytest.mark.parametrize("href", PAGES)
def test_settings_of_work_are_for_administrators(house: House, admin: Client, href: str) -> None:
    assert admin.get(href).status_code == 200
    admin.force_login(house["manager"].user)
    assert admin.get(href).status_code == 403


def test_the_graph_is_shown_and_edited(house: House, admin: Client) -> None:
    admin.post("/settings/workflow/statuses/add", {"name": "Testing", "meaning": "in_progress", "position": "4"})
    testing, start = house.status("testing"), house.status("in_progress")
    admin.post(
        "/settings/workflow/transitions/add",
        {
            "from_status": start.pk,
            "to_status": testing.pk,
            "requires_reason": "on",
            "required_fields": ["resolution"],
            "guard_field": "priority",
            "guard_operator": "in",
            "guard_values": "high, critical",
        },
    )
    with house.inside():
        edge = Transition.objects.get(from_status=start, to_status=testing)
    assert (edge.requires_reason, edge.required_fields, edge.guard_values) == (
        True,
        ["resolution"],
        ["high", "critical"],
    )
    page = admin.get("/settings/workflow").content.decode()
    assert "a reason, resolution, only when priority is one of high or critical" in page
    assert admin.post(f"/settings/workflow/transitions/{edge.pk}", {"permission": "workorder.close"}).status_code == 302
    with house.inside():
        edge.refresh_from_db()
    assert (edge.permission, edge.requires_reason, edge.guard_field) == ("workorder.close", False, "")
    assert admin.post(f"/settings/workflow/transitions/{edge.pk}/remove").status_code == 302
    with house.inside():
        assert not Transition.objects.filter(pk=edge.pk).exists()


def test_a_status_is_renamed_and_the_default_is_kept(house: House, admin: Client) -> None:
    status = house.status("open")
    href = f"/settings/workflow/statuses/{status.pk}"
    assert admin.post(href, {"name": "New", "position": "1", "is_default": "on", "is_active": "on"}).status_code == 302
    assert house.read(status).name == "New"
    refused = admin.post(href, {"name": "New", "position": "1", "is_active": "on"})
    assert (refused.status_code, b"make another one the default first" in refused.content) == (422, True)


def test_priorities_and_types_are_added_and_edited(house: House, admin: Client) -> None:
    data = {"name": "Safety", "position": "0", "rank": "1", "letter": "S", "tone": "critical", "is_active": "on"}
    assert admin.post("/settings/catalogue/priorities/add", data).status_code == 302
    with house.inside():
        made = Priority.objects.get(key="safety")
    assert admin.post(f"/settings/catalogue/priorities/{made.pk}", data | {"letter": "!"}).status_code == 302
    assert house.read(made).letter == "!"
    kind = {"name": "Lubrication", "position": "9", "is_active": "on"}
    assert admin.post("/settings/catalogue/types/add", kind).status_code == 302
    with house.inside():
        assert Type.objects.filter(key="lubrication").exists()
    twice = admin.post("/settings/catalogue/types/add", kind)
    assert twice.status_code == 422


def test_another_tenants_catalogue_is_not_there(house: House, stranger: House, admin: Client) -> None:
    with stranger.inside():
        edge = Transition.objects.first()
        status = Status.objects.first()
    assert edge is not None
    assert status is not None
    hrefs = [
        f"/settings/workflow/statuses/{status.pk}",
        f"/settings/workflow/transitions/{edge.pk}",
        f"/settings/workflow/transitions/{edge.pk}/remove",
    ]
    assert [admin.post(href, {"name": "x"}).status_code for href in hrefs] == [404, 404, 404]


def test_what_was_never_used_is_removed_and_the_rest_is_not(house: House, admin: Client) -> None:
    work_order = house.work()
    with house.inside():
        unused, used = Type.objects.get(key="calibration"), Type.objects.get(pk=work_order.type_id)
    assert f"/types/{unused.pk}/remove" in admin.get(f"/settings/catalogue/types/{unused.pk}").content.decode()
    assert admin.post(f"/settings/catalogue/types/{unused.pk}/remove").headers["Location"] == "/settings/catalogue"
    assert admin.post(f"/settings/catalogue/types/{used.pk}/remove").status_code == 409
    assert admin.post(f"/settings/catalogue/colours/{used.pk}/remove").status_code == 404
    with house.inside():
        assert list(Type.objects.filter(pk__in=[unused.pk, used.pk])) == [used]
