"""Sign up an organisation and edit it: what it starts with, and what is refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from core.errors import Invalid, NotFound, PermissionDenied, Stale
from tenancy import actions
from tenancy.models import Calendar, Department, Holiday, Member, Role, Tenant, User, WorkingInterval
from tenancy.shipped import ROLES
from tests import factories
from tests.house import House
from workorders.models import Priority, Status, Transition, Type

GOOD: dict[str, Any] = {
    "organisation": "Old Quarry", "name": "Ada", "email": "ada@example.com", "password": "a long enough one",
    "currency": "AUD", "time_zone": "Australia/Perth",
}  # fmt: skip


@pytest.mark.django_db
def test_sign_up_makes_a_tenant_with_everything_shipped() -> None:
    member = actions.sign_up(**GOOD)
    house = House(member.tenant)
    with house.inside():
        facts = (
            Tenant.objects.values_list("name", "slug", "currency", "time_zone").get(),
            {role.key: (role.name, set(role.permissions), role.is_admin) for role in Role.objects.all()},
            [kind.objects.count() for kind in (Status, Transition, Priority, Type)],
            Calendar.objects.values_list("name", "time_zone", "is_default").get(),
            list(WorkingInterval.objects.values_list("weekday", "starts", "ends")),
            Member.objects.values_list("name", "email", "role__key", "is_default").get(),
        )
    assert facts == (
        ("Old Quarry", "old-quarry", "AUD", "Australia/Perth"),
        {key: (name, set(permissions), key == "admin") for key, (name, permissions) in ROLES.items()},
        [7, 15, 4, 6],
        ("Working week", "Australia/Perth", True),
        [(day, dt.time(8), dt.time(17)) for day in range(5)],
        ("Ada", "ada@example.com", "admin", True),
    )
    assert house.events() == [("tenant.created", member.pk, {"name": [None, "Old Quarry"]})]


@pytest.mark.django_db
def test_the_same_name_twice_makes_two_addresses() -> None:
    slugs = [
        actions.sign_up(**GOOD | {"email": f"{n}@example.com", "organisation": name}).tenant.slug
        for n, name in enumerate(("Old Quarry", "Old Quarry", "old  quarry!", "鉱山", "x" * 120))
    ]
    assert slugs == ["old-quarry", "old-quarry-2", "old-quarry-3", "organisation", "x" * 44]


@pytest.mark.django_db
def test_somebody_with_a_login_signs_up_a_second_organisation() -> None:
    user = factories.make_user("ada@example.com")
    one = actions.sign_up(user=user, organisation="One", name="Ada")
    two = actions.sign_up(user=user, organisation="Two", name="Ada")
    assert (one.user_id, two.user_id, one.tenant_id != two.tenant_id) == (user.pk, user.pk, True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"organisation": " "}, {"organisation"}),
        ({"organisation": "x" * 121}, {"organisation"}),
        ({"name": ""}, {"name"}),
        ({"name": "x" * 151}, {"name"}),
        ({"time_zone": "Mars/Base", "currency": "eur"}, {"time_zone", "currency"}),
        ({"currency": "EURO"}, {"currency"}),
        ({"email": "nobody"}, {"email"}),
        ({"email": "x" * 250 + "@example.com"}, {"email"}),
        ({"email": "TAKEN@example.com"}, {"email"}),
        ({"password": "short"}, {"password"}),
        ({"password": "password1234"}, {"password"}),
        ({"email": "", "password": "", "organisation": "", "name": ""}, {"email", "password", "organisation", "name"}),
    ],
)
def test_a_poor_sign_up_leaves_nothing(changes: dict[str, str], wrong: set[str]) -> None:
    factories.make_user("taken@example.com")
    with pytest.raises(Invalid) as caught:
        actions.sign_up(**GOOD | changes)
    assert caught.value.details.keys() == wrong
    assert User.objects.count() == 1


def test_update_tenant(house: House, stranger: House) -> None:
    admin, seen = house["admin"], house.last_event()
    with house.inside():
        actions.update_tenant(
            house.tenant, by=admin, changes={"name": "New Pit", "time_zone": "Asia/Tokyo", "slug": "x"}
        )
    found = house.read(house.tenant)
    assert (found.name, found.time_zone, found.slug, found.version) == ("New Pit", "Asia/Tokyo", house.tenant.slug, 2)
    assert house.events(after=seen) == [
        ("tenant.updated", admin.pk, {"name": [house.tenant.name, "New Pit"], "time_zone": ["UTC", "Asia/Tokyo"]})
    ]
    with house.refuses(Invalid, field="time_zone"):
        actions.update_tenant(house.tenant, by=admin, changes={"time_zone": "Mars/Base"})
    with house.refuses(Invalid, field="currency"):
        actions.update_tenant(house.tenant, by=admin, changes={"currency": "€"})
    with house.refuses(PermissionDenied, permission="settings.manage"):
        actions.update_tenant(house.tenant, by=house["manager"], changes={"name": "X"})
    with house.refuses(Stale):
        actions.update_tenant(house.tenant, by=admin, changes={"name": "X"}, expected_version=1)
    with house.refuses(NotFound):
        actions.update_tenant(stranger.tenant, by=admin, changes={"name": "Mine"})


def test_departments(house: House, stranger: House) -> None:
    admin, seen = house["admin"], house.last_event()
    with house.inside():
        made = actions.add_department(by=admin, name=" Mill ", code="M")
        actions.update_department(made, by=admin, changes={"name": "Mills"})
        actions.update_department(made, by=admin, changes={"name": "Mills"})
    assert house.events(after=seen) == [
        ("department.created", admin.pk, {"name": [None, "Mill"]}),
        ("department.updated", admin.pk, {"name": ["Mill", "Mills"]}),
    ]
    with house.refuses(Invalid):
        actions.add_department(by=admin, name="MILLS")
    with house.refuses(PermissionDenied, permission="settings.manage"):
        actions.add_department(by=house["manager"], name="X")
    with house.refuses(NotFound):
        actions.update_department(factories.make_department(stranger.tenant), by=admin, changes={"name": "X"})
    assert Department.objects.count() == 0


# --- Working time -------------------------------------------------------------------------------------------------------
DAY = (dt.time(8), dt.time(12))


@pytest.fixture
def calendar(house: House) -> Calendar:
    with house.inside():
        return Calendar.objects.create(tenant=house.tenant, name="Week", time_zone="UTC", is_default=True)


def test_set_working_time_replaces_everything(house: House, calendar: Calendar) -> None:
    new_year = (dt.date(2027, 1, 1), "New Year")
    with house.inside():
        actions.set_working_time(
            calendar, by=house["admin"], time_zone="Europe/Amsterdam",
            intervals=[(0, dt.time(13), dt.time(17)), (0, *DAY), (6, *DAY)], holidays=[new_year],
        )  # fmt: skip
        actions.set_working_time(
            calendar, by=house["admin"], time_zone="Europe/Amsterdam",
            intervals=[(1, dt.time(8), dt.time(12)), (1, dt.time(12), dt.time(17))], holidays=[new_year],
        )  # fmt: skip
        found = list(WorkingInterval.objects.values_list("weekday", "starts", "ends"))
        assert list(Holiday.objects.values_list("on", "name")) == [new_year]
    assert found == [(1, dt.time(8), dt.time(12)), (1, dt.time(12), dt.time(17))]  # half-open: they only touch
    assert (house.read(calendar).time_zone, house.read(calendar).version) == ("Europe/Amsterdam", 3)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"intervals": [(7, *DAY)]}, {"intervals"}),
        ({"intervals": [(-1, *DAY)]}, {"intervals"}),
        ({"intervals": [(0, dt.time(12), dt.time(8))]}, {"intervals"}),
        ({"intervals": [(0, dt.time(8), dt.time(8))]}, {"intervals"}),
        ({"intervals": [(0, *DAY), (0, dt.time(11), dt.time(13))]}, {"intervals"}),
        ({"intervals": [(0, dt.time(6), dt.time(20)), (0, *DAY), (0, dt.time(13), dt.time(14))]}, {"intervals"}),
        ({"holidays": [(dt.date(2027, 1, 1), "a"), (dt.date(2027, 1, 1), "b")]}, {"holidays"}),
        ({"time_zone": "Mars/Base", "intervals": [(9, *DAY)]}, {"time_zone", "intervals"}),
    ],
)
def test_working_time_that_contradicts_itself(
    house: House, calendar: Calendar, changes: dict[str, Any], wrong: set[str]
) -> None:
    with pytest.raises(Invalid) as caught, house.inside():
        actions.set_working_time(
            calendar, by=house["admin"], **{"time_zone": "UTC", "intervals": [], "holidays": []} | changes
        )
    assert caught.value.details.keys() == wrong


def test_working_time_refusals(house: House, stranger: House, calendar: Calendar) -> None:
    rest: dict[str, Any] = {"time_zone": "UTC", "intervals": [], "holidays": []}
    with stranger.inside():
        theirs = Calendar.objects.create(tenant=stranger.tenant, name="Week", time_zone="UTC")
    with house.refuses(PermissionDenied, permission="settings.manage"):
        actions.set_working_time(calendar, by=house["manager"], **rest)
    with house.refuses(Stale):
        actions.set_working_time(calendar, by=house["admin"], expected_version=9, **rest)
    with house.refuses(NotFound):
        actions.set_working_time(theirs, by=house["admin"], **rest)
