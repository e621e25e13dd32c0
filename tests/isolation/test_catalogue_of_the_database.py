"""What PostgreSQL itself says about tables, roles, policies and functions: a table born later is judged too."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.db import ProgrammingError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from core.models import AuditEntry, Event
from tests.house import House
from tests.isolation.world import furnish

pytestmark = pytest.mark.django_db
# Tables that belong to no tenant, and why. Everything else in the schema must have a tenant and its policies.
SHARED = {
    "django_migrations": "Django's own; read-only",
    "django_content_type": "names of models",
    "django_session": "sign-in, before a tenant is known",
    "django_admin_log": "kept by Django's admin",
    "auth_permission": "names of Django permissions",
    "auth_group": "not used",
    "auth_group_permissions": "not used",
    "tenancy_user": "a login may serve several tenants",
    "tenancy_user_groups": "not used",
    "tenancy_user_user_permissions": "not used",
    "account_emailaddress": "sign-in",
    "account_emailconfirmation": "sign-in",
    "mfa_authenticator": "sign-in",
    "socialaccount_socialaccount": "sign-in",
    "socialaccount_socialapp": "sign-in",
    "socialaccount_socialtoken": "sign-in",
    "usersessions_usersession": "sign-in",
    "guardian_userobjectpermission": "not used; the application may not write it",
    "guardian_groupobjectpermission": "not used; the application may not write it",
}
# Functions that run with the owner's rights, each asked with one id, hash or word.
DEFINERS = {
    "assets_asset_within(ltree)",
    "assets_location_within(ltree)",
    "core_audit()",
    "core_forget_idempotency_keys()",
    "core_tenants_behind(text[])",
    "media_tenants_to_tend()",
    "media_tenants_with_files()",
    "tenancy_invitation(text)",
    "tenancy_key(text)",
    "tenancy_memberships(uuid)",
    "tenancy_slug_taken(text)",
    "tenancy_tenants()",
    "workorders_search(text)",
    "workorders_search_walks(text)",
}
APPEND_ONLY = {"core_event": {"SELECT", "INSERT"}, "core_auditentry": {"SELECT"}} | {
    f"workorders_{name}": {"SELECT", "INSERT"}
    for name in ("jobplanversion", "jobplantask", "jobplanpart", "timeentry", "costline", "signature")
}


def rows(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def tables() -> dict[str, tuple[Any, ...]]:
    """Name → (owner, RLS enabled, forced, has tenant_id)."""
    found = rows(
        "SELECT c.relname, pg_get_userbyid(c.relowner), c.relrowsecurity, c.relforcerowsecurity,"
        " EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT attisdropped)"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')"
    )
    return {row[0]: row[1:] for row in found}


def test_every_table_is_a_tenants_or_named_as_shared() -> None:
    with_tenant = {name for name, facts in tables().items() if facts[3]} | {"tenancy_tenant"}
    assert tables().keys() - with_tenant == SHARED.keys()


def test_row_level_security_is_enabled_and_forced_everywhere() -> None:
    loose = {
        name: facts for name, facts in tables().items() if name not in SHARED and (facts[1], facts[2]) != (True, True)
    }
    assert loose == {}


def test_every_policy_compares_with_the_tenant_of_the_transaction() -> None:
    owner = settings.DATABASES["owner"]["USER"]
    mine = "NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)"
    found: dict[str, dict[str, tuple[Any, ...]]] = {}
    for table, name, roles, command, using, check in rows(
        "SELECT tablename, policyname, roles::text[], cmd, qual, with_check FROM pg_policies WHERE schemaname = 'public'"
    ):
        found.setdefault(table, {})[name] = (roles, command, using, check)
    wanted = {}
    for table in tables().keys() - SHARED.keys():
        column = "id" if table == "tenancy_tenant" else "tenant_id"
        clause = f"({column} = ({mine}"
        wanted[table] = {
            "tenant": (["public"], "ALL", clause, clause),
            "owner": ([owner], "ALL", "true", "true"),
        }
    assert found == wanted


def test_the_applications_role_is_nobody_special() -> None:
    me, session = rows("SELECT current_user, session_user")[0]
    assert (me, session) == (settings.APP_DATABASE_ROLE, settings.APP_DATABASE_ROLE)
    flags = rows(
        "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication FROM pg_roles WHERE rolname = current_user"
    )
    assert flags == [(False, False, False, False, False)]
    assert [name for name, facts in tables().items() if facts[0] == me] == []
    assert (
        rows("SELECT 1 FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = current_user") == []
    )
    assert rows("SELECT has_schema_privilege('public', 'CREATE')") == [(False,)]


def test_neither_is_the_owners_role() -> None:
    owner = settings.DATABASES["owner"]["USER"]
    assert owner != settings.APP_DATABASE_ROLE
    assert rows("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = %s", owner) == [(False, False)]


def test_functions_with_the_owners_rights_are_few_pinned_and_not_public() -> None:
    found = rows(
        "SELECT p.oid::regprocedure::text, p.proconfig, p.proacl::text, has_function_privilege('public', p.oid, 'execute')"
        " FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public' AND p.prosecdef"
    )
    assert {row[0] for row in found} == DEFINERS
    assert {row[0]: row[1] for row in found if row[1] != ["search_path=public, pg_temp"]} == {}
    assert [row[0] for row in found if row[3]] == []


def test_no_view_shows_rows_past_the_policies() -> None:
    assert (
        rows(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'public' AND c.relkind IN ('v', 'm')"
        )
        == []
    )


def test_the_roles_rights_table_by_table() -> None:
    found: dict[str, set[str]] = {}
    for table, right in rows(
        "SELECT table_name, privilege_type FROM information_schema.role_table_grants"
        " WHERE grantee = current_user AND table_schema = 'public'"
    ):
        found.setdefault(table, set()).add(right)
    everything = {"SELECT", "INSERT", "UPDATE", "DELETE"}
    wanted = dict.fromkeys(tables(), everything) | APPEND_ONLY
    wanted["django_migrations"] = {"SELECT"}
    wanted["workorders_statuslog"] = everything - {"UPDATE"}
    wanted["guardian_userobjectpermission"] = wanted["guardian_groupobjectpermission"] = {"SELECT", "DELETE"}
    assert found == wanted


@pytest.mark.parametrize("table", sorted([*APPEND_ONLY, "workorders_statuslog"]))
@pytest.mark.parametrize("statement", ["UPDATE {} SET tenant_id = tenant_id", "DELETE FROM {}", "TRUNCATE {}"])
def test_logs_are_only_added_to(house: House, table: str, statement: str) -> None:
    furnish(house)
    if (table, statement[:6]) == ("workorders_statuslog", "DELETE"):
        return  # goes with its work order, which the act allows before any work was booked
    with pytest.raises(ProgrammingError, match="permission denied"), house.inside(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))
    with house.inside():
        assert Event.objects.exists()
        assert AuditEntry.objects.exists()


def test_nobody_forges_an_audit_entry(house: House) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), house.inside():
        AuditEntry.objects.create(
            tenant_id=house.tenant.pk, table_name="x", row_id="x", action="insert", source="x", request_id="x",
            database_role="x", at="2030-01-01T00:00:00Z",
        )  # fmt: skip
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT core_audit()")


def test_the_role_cannot_switch_the_policies_off(house: House) -> None:
    for statement in (
        "ALTER TABLE workorders_workorder DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE workorders_workorder NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON workorders_workorder",
        "ALTER TABLE workorders_workorder DISABLE TRIGGER ALL",
        f"SET ROLE {settings.DATABASES['owner']['USER']}",
        "CREATE FUNCTION peek() RETURNS bigint LANGUAGE sql AS 'SELECT 1'",
    ):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL row_security = off; SELECT * FROM workorders_workorder")


def test_migrations_are_all_applied_and_reversible() -> None:
    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
    ours = [
        migration
        for (label, _), migration in executor.loader.disk_migrations.items()
        if label in ("core", "tenancy", "assets", "labor", "workorders")
    ]
    assert [f"{m.app_label}.{m.name}" for m in ours if not all(op.reversible for op in m.operations)] == []
