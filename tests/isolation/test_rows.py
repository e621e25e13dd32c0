"""Row-level security as a matrix: every tenant table, every way to reach another tenant's row."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, models, transaction
from django.db.utils import InternalError

from core import context
from labor.models import Technician
from tests.house import House
from tests.isolation.world import furnish, references, tenant_models
from workorders.models import WorkOrder


def counts() -> dict[str, int]:
    found = {}
    with connection.cursor() as cursor:
        for model in tenant_models():
            cursor.execute(f'SELECT count(*) FROM "{model._meta.db_table}"')
            found[model._meta.db_table] = cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM tenancy_tenant")
        found["tenancy_tenant"] = cursor.fetchone()[0]
    return found


def tenants_seen() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ".join(f'SELECT tenant_id::text FROM "{model._meta.db_table}"' for model in tenant_models())
        )
        return {row[0] for row in cursor.fetchall()}


def test_every_tenant_table_is_filled_by_the_test_itself(house: House) -> None:
    """Otherwise the tests below would prove nothing about the empty ones."""
    furnish(house)
    with house.inside():
        assert [table for table, count in counts().items() if count == 0] == []


def test_without_a_tenant_there_is_no_row(house: House) -> None:
    furnish(house)
    assert context.current().tenant_id is None
    assert {table: count for table, count in counts().items() if count} == {}


def test_each_tenant_reads_its_own_rows_only(house: House, stranger: House) -> None:
    furnish(house), furnish(stranger)
    for one in (house, stranger):
        with one.inside():
            assert tenants_seen() == {str(one.tenant.pk)}
            assert counts()["tenancy_tenant"] == 1


def test_no_row_of_another_tenant_is_changed_or_deleted(house: House, stranger: House) -> None:
    furnish(house), furnish(stranger)
    with stranger.inside():
        before = counts()
    errors: set[str] = set()
    with house.inside(), connection.cursor() as cursor:
        for model in tenant_models():
            table, key = model._meta.db_table, model._meta.pk.column
            for statement in (
                f'UPDATE "{table}" SET "{key}" = "{key}" WHERE tenant_id = %s',
                f'DELETE FROM "{table}" WHERE tenant_id = %s',
            ):
                try:
                    with transaction.atomic():
                        cursor.execute(statement, [stranger.tenant.pk])
                        assert (table, cursor.rowcount) == (table, 0)
                except ProgrammingError as error:  # append-only: the role may not even try
                    errors.add(str(error).split(" for ")[0])
    assert errors == {"permission denied"}
    with stranger.inside():
        assert counts() == before


def test_no_row_is_written_into_another_tenant(house: House, stranger: House) -> None:
    """Moved there or copied there: the policy refuses both, table by table."""
    furnish(house)
    refused = {}
    with house.inside(), connection.cursor() as cursor:
        for model in tenant_models():
            table = model._meta.db_table
            columns = [
                field.column
                for field in model._meta.concrete_fields
                if not field.generated and field.column != "tenant_id"
            ]
            names = ", ".join(f'"{name}"' for name in columns)
            for verb, statement in (
                ("update", f'UPDATE "{table}" SET tenant_id = %s'),
                ("insert", f'INSERT INTO "{table}" (tenant_id, {names}) SELECT %s, {names} FROM "{table}" LIMIT 1'),
            ):
                try:
                    with transaction.atomic():
                        cursor.execute(statement, [stranger.tenant.pk])
                        refused[table, verb] = "written"
                except (ProgrammingError, IntegrityError, InternalError) as error:
                    text = str(error)
                    refused[table, verb] = (
                        "refused" if "row-level security" in text or "permission denied" in text else text
                    )
    assert {name: how for name, how in refused.items() if how != "refused"} == {}
    assert len(refused) == 2 * len(tenant_models())


def test_no_reference_reaches_another_tenant(house: House, stranger: House) -> None:
    """Referential checks bypass row-level security, so each reference carries the tenant (as the application's role)."""
    furnish(house), furnish(stranger)
    outcomes = {}
    for model, field in references():
        if field.primary_key:
            continue
        target = field.remote_field.model._meta
        with stranger.inside(), connection.cursor() as cursor:
            # One that nothing refers to yet, if there is: a reference that is unique would be refused for that.
            free = f'"{target.pk.column}" IN (SELECT "{field.column}" FROM "{model._meta.db_table}")'
            cursor.execute(f'SELECT "{target.pk.column}" FROM "{target.db_table}" ORDER BY {free}, 1 LIMIT 1')
            theirs = cursor.fetchone()[0]
        outcomes[model._meta.db_table, field.column] = refer(house, model, field, theirs)
    expected = {(model._meta.db_table, field.column): "same_tenant" for model, field in references()}
    # Trees look up the parent themselves, and do not find it; the status log takes no update at all.
    expected |= {("assets_location", "parent_id"): "not found", ("assets_asset", "parent_id"): "not found"}
    expected |= {key: "no right" for key in expected if key[0] in ONLY_ADDED}
    del expected["labor_technician", "member_id"]
    assert outcomes == expected


ONLY_ADDED = {
    "workorders_statuslog", "workorders_jobplanversion", "workorders_jobplantask", "workorders_jobplanpart",
    "workorders_timeentry", "workorders_costline", "workorders_signature",
}  # fmt: skip


def refer(house: House, model: type[models.Model], field: Any, theirs: Any) -> str:
    table, key = model._meta.db_table, model._meta.pk.column
    try:
        with house.inside(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(
                f'UPDATE "{table}" SET "{field.column}" = %s WHERE "{key}" ='
                f' (SELECT "{key}" FROM "{table}" WHERE "{field.column}" IS NOT NULL LIMIT 1)',
                [theirs],
            )
            return f"written: {cursor.rowcount}"
    except (IntegrityError, ProgrammingError) as error:
        if f"{table}_{field.column}_same_tenant"[:63] in str(error):
            return "same_tenant"
        return {"does not exist": "not found", "permission denied": "no right"}.get(
            next((words for words in ("does not exist", "permission denied") if words in str(error)), ""), str(error)
        )


def test_no_profile_for_another_tenants_member(house: House, stranger: House) -> None:
    """The one reference that is a primary key too."""
    theirs = stranger["admin"]
    with pytest.raises(IntegrityError, match="labor_technician_member_id_same_tenant"), house.inside():
        give_profile(house, theirs.pk)


def give_profile(house: House, member_id: Any) -> None:
    Technician.objects.bulk_create([Technician(tenant=house.tenant, member_id=member_id)])
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_there_is_a_composite_key_for_every_reference() -> None:
    wanted = {f"{model._meta.db_table}_{field.column}_same_tenant"[:63] for model, field in references()}
    assert len(wanted) == len(references()) > 35


@pytest.mark.django_db
def test_the_composite_keys_are_in_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, conrelid::regclass::text, confrelid::regclass::text,"
            " (SELECT array_agg(attname::text ORDER BY ord) FROM unnest(conkey) WITH ORDINALITY AS k(num, ord)"
            "  JOIN pg_attribute ON attrelid = conrelid AND attnum = num)"
            " FROM pg_constraint WHERE contype = 'f' AND conname LIKE '%%_same_tenant'"
        )
        found = {row[0]: row[1:] for row in cursor.fetchall()}
    assert found == {
        f"{model._meta.db_table}_{field.column}_same_tenant"[:63]: (
            model._meta.db_table, field.remote_field.model._meta.db_table, ["tenant_id", field.column],
        )
        for model, field in references()
    }  # fmt: skip


def test_a_plain_foreign_key_between_tenant_tables_is_forbidden() -> None:
    """A new model that uses ForeignKey where TenantForeignKey belongs fails here."""
    keyed = set(tenant_models())
    wrong = [
        f"{model.__name__}.{field.name}"
        for model in keyed
        for field in model._meta.concrete_fields
        if field.is_relation and field.remote_field.model in keyed and (model, field) not in references()
    ]
    assert wrong == []


def test_one_tenant_cannot_learn_what_is_unique_in_another(house: House, stranger: House) -> None:
    """The same tag, code, e-mail, barcode and number in both tenants (row 11)."""
    furnish(house), furnish(stranger)
    with house.inside():
        mine = WorkOrder.objects.order_by("number").values_list("number", "external_id").first()
    with stranger.inside():
        assert WorkOrder.objects.order_by("number").values_list("number", "external_id").first() == mine
