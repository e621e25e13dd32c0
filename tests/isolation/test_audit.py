"""The audit trigger: one entry per row and write path, with who, from where, before and after; never a secret."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from core import context
from core.ids import uuid7
from core.models import AuditEntry
from labor.models import Crew, CrewMembership
from tenancy import actions as people
from tenancy.models import Department, Member, User
from tests import factories
from tests.house import House
from tests.isolation.world import furnish, tenant_models

pytestmark = pytest.mark.django_db
Entry = tuple[str, str, Any, Any]


def written(house: House, act: Callable[[], Any], **who: Any) -> list[AuditEntry]:
    """The entries an act left behind."""
    with house.inside():
        before = AuditEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    with factories.inside(house.tenant, **who):
        act()
    with house.inside():
        return list(AuditEntry.objects.filter(id__gt=before).order_by("id"))


def short(entries: list[AuditEntry]) -> list[Entry]:
    """Entries without the key and the tenant, which stand in columns of their own."""
    drop = ("id", "tenant_id")
    return [
        (
            entry.table_name,
            entry.action,
            entry.before and {k: v for k, v in entry.before.items() if k not in drop},
            entry.after and {k: v for k, v in entry.after.items() if k not in drop},
        )
        for entry in entries
    ]


def department(house: House, name: str = "Mill") -> Department:
    return factories.make_department(house.tenant, name=name)


def sql(statement: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


ROW = {"name": "Mill", "code": "", "version": 1}
DOORS: dict[str, tuple[Callable[[House, Department], Any], list[Entry]]] = {
    "save of a new row": (
        lambda house, row: Department(tenant=house.tenant, name="Pit").save(),
        [("tenancy_department", "insert", None, ROW | {"name": "Pit"})],
    ),
    "bulk_create": (
        lambda house, row: Department.objects.bulk_create(
            [Department(tenant=house.tenant, name="Pit"), Department(tenant=house.tenant, name="Shop")]
        ),
        [
            ("tenancy_department", "insert", None, ROW | {"name": "Pit"}),
            ("tenancy_department", "insert", None, ROW | {"name": "Shop"}),
        ],
    ),
    "save": (
        lambda house, row: renamed(row).save(),
        [("tenancy_department", "update", {"name": "Mill"}, {"name": "Plant"})],
    ),
    "update": (
        lambda house, row: Department.objects.filter(pk=row.pk).update(name="Plant"),
        [("tenancy_department", "update", {"name": "Mill"}, {"name": "Plant"})],
    ),
    "bulk_update": (
        lambda house, row: Department.objects.bulk_update([renamed(row)], ["name"]),
        [("tenancy_department", "update", {"name": "Mill"}, {"name": "Plant"})],
    ),
    "SQL": (
        lambda house, row: sql("UPDATE tenancy_department SET name = 'Plant', code = 'P'"),
        [("tenancy_department", "update", {"name": "Mill", "code": ""}, {"name": "Plant", "code": "P"})],
    ),
    "upsert": (
        lambda house, row: Department.objects.bulk_create(
            [Department(pk=row.pk, tenant=house.tenant, name="Plant")],
            update_conflicts=True, unique_fields=["id"], update_fields=["name"],
        ),
        [("tenancy_department", "update", {"name": "Mill"}, {"name": "Plant"})],
    ),
    "delete": (
        lambda house, row: Department.objects.filter(pk=row.pk).delete(),
        [("tenancy_department", "delete", ROW, None)],
    ),
    "SQL delete": (
        lambda house, row: sql("DELETE FROM tenancy_department"),
        [("tenancy_department", "delete", ROW, None)],
    ),
    "a save that changes nothing": (lambda house, row: row.save(), []),
    "an update that changes nothing": (lambda house, row: sql("UPDATE tenancy_department SET name = name"), []),
    "an update of no row": (lambda house, row: Department.objects.filter(pk=uuid7()).update(name="x"), []),
}  # fmt: skip


def renamed(row: Department) -> Department:
    row.name = "Plant"
    return row


@pytest.mark.parametrize("door", DOORS)
def test_each_write_path_leaves_its_entries(house: House, door: str) -> None:
    act, expected = DOORS[door]
    row, user, request = department(house), uuid7(), "request-1"
    actor = house["admin"]
    entries = written(
        house, lambda: act(house, row), actor_id=actor.pk, user_id=user, source="admin", request_id=request
    )
    assert short(entries) == expected
    whom = (house.tenant.pk, actor.pk, user, "admin", request, "millwright_app")
    for entry in entries:
        who = (
            entry.tenant_id, entry.actor_id, entry.user_id, entry.source, entry.request_id, entry.database_role,
        )  # fmt: skip
        assert who == whom
        if "new" not in door and "bulk_create" not in door:
            assert entry.row_id == str(row.pk)


def test_a_cascade_is_told_row_by_row(house: House) -> None:
    crew = factories.make_crew(house.tenant, [house.profile(), house.profile("technician2")])
    entries = written(house, lambda: Crew.objects.get(pk=crew.pk).delete())
    assert sorted((entry.table_name, entry.action) for entry in entries) == [
        ("labor_crew", "delete"), ("labor_crewmembership", "delete"), ("labor_crewmembership", "delete"),
    ]  # fmt: skip
    with house.inside():
        assert CrewMembership.objects.count() == 0


def test_a_move_in_a_tree_tells_of_every_row_that_moved(house: House) -> None:
    region, other = (factories.make_location(house.tenant, kind="region") for _ in range(2))
    site = factories.make_location(house.tenant, parent=region)
    building = factories.make_location(house.tenant, kind="building", parent=site)
    entries = written(house, lambda: type(site).objects.filter(pk=site.pk).update(parent=other))
    assert {(entry.row_id, entry.action, tuple(sorted(entry.after))) for entry in entries} == {
        (str(site.pk), "update", ("parent_id", "path")), (str(building.pk), "update", ("path",)),
    }  # fmt: skip


def test_without_a_context_the_entry_says_sql_and_knows_the_row(house: House) -> None:
    row = department(house)
    entries = written(house, lambda: Department.objects.filter(pk=row.pk).update(name="x"), source="", actor_id=None)
    facts = [(entry.tenant_id, entry.actor_id, entry.user_id, entry.source) for entry in entries]
    assert facts == [(house.tenant.pk, None, None, "sql")]


def test_a_long_request_id_is_cut_rather_than_refused(house: House) -> None:
    row = department(house)
    entries = written(
        house, lambda: Department.objects.filter(pk=row.pk).update(name="x"), source="s" * 90, request_id="r" * 90
    )
    assert [(entry.source, entry.request_id) for entry in entries] == [("s" * 20, "r" * 64)]


def test_what_was_rolled_back_leaves_no_entry(house: House) -> None:
    def fail() -> None:
        Department.objects.create(tenant=house.tenant, name="Never")
        raise ZeroDivisionError

    before = house.marks()
    with pytest.raises(ZeroDivisionError), house.inside():
        fail()
    assert house.marks() == before


def test_every_tenant_table_is_audited_or_a_log_itself() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE t.tgname = 'audit' AND t.tgenabled = 'O'"
        )
        audited = {row[0] for row in cursor.fetchall()}
    logs = {
        "core_event", "core_auditentry", "core_consumercursor", "core_faileddelivery", "core_numbersequence",
        "core_idempotencykey", "workorders_statuslog", "workorders_workday",
        "workorders_bulkrun",
    }  # fmt: skip
    assert audited | logs == {model._meta.db_table for model in tenant_models()} | {"tenancy_tenant", "tenancy_user"}
    assert audited & logs == set()


def test_no_secret_is_ever_in_an_entry(house: House) -> None:
    furnish(house)
    password, admin = "correct horse battery", house["admin"]
    with house.inside():
        _, secret = people.create_key(by=admin, name="Export", scopes=["asset.view"])
        _, token = people.sign_in_token(admin)
        invitation = people.invite(by=admin, email="new2@example.com", role=house.role("viewer"))
        link = people.invitation_token(invitation)
        people.accept_invitation(link, name="New", password="longer than ten")
        user = User.objects.get(pk=admin.user_id)
        user.set_password("another one entirely")
        user.save()
        entries = list(AuditEntry.objects.values_list("table_name", "before", "after"))
    columns = {name for _, before, after in entries for name in {**(before or {}), **(after or {})}}
    assert columns & {"password", "secret_hash", "token_hash", "last_login", "search"} == set()
    text = json.dumps([row[1:] for row in entries])
    for hidden in (secret, token, link, password, user.password):
        assert hidden not in text
    assert "tenancy_apikey" in {row[0] for row in entries}


def test_a_password_alone_leaves_no_entry_with_its_hash(house: House) -> None:
    user_id = house["admin"].user_id
    assert written(house, lambda: User.objects.filter(pk=user_id).update(password="md5$x$y")) == []


def test_the_use_of_a_key_is_no_edit_of_it(house: House) -> None:
    factories.make_key(house["admin"])
    assert written(house, lambda: sql("UPDATE tenancy_apikey SET last_used_at = now()")) == []


def test_entries_are_the_tenants_own(house: House, stranger: House) -> None:
    department(stranger)
    with house.inside():
        tenants = set(AuditEntry.objects.values_list("tenant_id", flat=True))
    assert tenants == {house.tenant.pk}
    assert context.current().tenant_id is None
    assert AuditEntry.objects.count() == 0
    assert Member.objects.count() == 0
