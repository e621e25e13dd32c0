"""Migration operations that make the database keep tenants apart, whatever the code forgets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.migrations.operations.base import Operation

from core.fields import TenantForeignKey, TenantOneToOne

# A setting that was never made, or was made in an ended transaction, reads as NULL or '': both see no row.
TENANT = "nullif(current_setting('app.tenant', true), '')::uuid"
USER = "nullif(current_setting('app.user', true), '')::uuid"


class IsolateTenant(Operation):
    """Row-level security, composite references, audit trigger and grants for one model's table.

    `extra_using`: SQL that shows further rows for reading (e.g. a user's own memberships in every tenant).
    `append_only`: the application's role may insert and read, nothing else. `read_only`: it may only read.
    `audit=False` for tables that are themselves a log. `column` is the tenant's column, `id` for the tenant table itself.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(
        self,
        model_name: str,
        *,
        audit: bool = True,
        append_only: bool = False,
        read_only: bool = False,
        extra_using: str = "",
        column: str = "tenant_id",
        hidden_columns: Sequence[str] = (),
    ) -> None:
        self.model_name = model_name
        self.audit = audit
        self.append_only = append_only
        self.read_only = read_only
        self.extra_using = extra_using
        self.column = column
        self.hidden_columns = tuple(hidden_columns)

    def state_forwards(self, app_label: str, state: Any) -> None:
        return None

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        for statement in self.statements(model):
            schema_editor.execute(statement, params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        table = model._meta.db_table
        for statement in (
            f'DROP TRIGGER IF EXISTS "audit" ON "{table}"',
            f'DROP POLICY IF EXISTS "tenant_read" ON "{table}"',
            f'DROP POLICY IF EXISTS "tenant" ON "{table}"',
            f'DROP POLICY IF EXISTS "owner" ON "{table}"',
            f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY',
            *(f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{name}"' for name, _ in self.references(model)),
            f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{table}_tenant_row" CASCADE',
        ):
            schema_editor.execute(statement, params=None)

    def statements(self, model: Any) -> list[str]:
        table = model._meta.db_table
        role = settings.APP_DATABASE_ROLE
        mine = f'"{self.column}" = {TENANT}'
        rights = (
            "SELECT" if self.read_only else "SELECT, INSERT" if self.append_only else "SELECT, INSERT, UPDATE, DELETE"
        )
        result = [
            f'REVOKE ALL ON "{table}" FROM "{role}"',
            f'GRANT {rights} ON "{table}" TO "{role}"',
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
            f'CREATE POLICY "tenant" ON "{table}" USING ({mine}) WITH CHECK ({mine})',
            # The owner migrates data and owns the few SECURITY DEFINER functions; the application never signs in as it.
            f'CREATE POLICY "owner" ON "{table}" TO CURRENT_USER USING (true) WITH CHECK (true)',
        ]
        if self.extra_using:
            result.append(f'CREATE POLICY "tenant_read" ON "{table}" FOR SELECT USING ({self.extra_using})')
        own_key = self.column == "tenant_id" and model._meta.pk.get_internal_type() == "UUIDField"
        if own_key or self.shares_key(model):
            pk = model._meta.pk.column
            result.append(f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_tenant_row" UNIQUE (tenant_id, "{pk}")')
        result += [statement for _, statement in self.references(model)]
        if self.audit:
            hidden = ", ".join(f"'{name}'" for name in (model._meta.pk.column, *self.hidden_columns))
            result.append(
                f'CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "{table}"'
                f" FOR EACH ROW EXECUTE FUNCTION core_audit({hidden})"
            )
        return result

    @staticmethod
    def shares_key(model: Any) -> bool:
        return isinstance(model._meta.pk, TenantOneToOne)

    @staticmethod
    def references(model: Any) -> list[tuple[str, str]]:
        table = model._meta.db_table
        result = []
        for field in model._meta.local_fields:
            if not isinstance(field, TenantForeignKey | TenantOneToOne):
                continue
            target = field.remote_field.model._meta
            name = f"{table}_{field.column}_same_tenant"[:63]
            add = f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" FOREIGN KEY (tenant_id, "{field.column}")'
            to = f'REFERENCES "{target.db_table}" (tenant_id, "{target.pk.column}") DEFERRABLE INITIALLY DEFERRED'
            result.append((name, f"{add} {to}"))
        return result

    def describe(self) -> str:
        return f"Isolate {self.model_name} by tenant"

    @property
    def migration_name_fragment(self) -> str:
        return f"isolate_{self.model_name.lower()}"


class GrantShared(Operation):
    """Rights of the application's role on tables that belong to no tenant (sign-in, sessions, Django's own)."""

    reversible = True
    reduces_to_sql = True

    def state_forwards(self, app_label: str, state: Any) -> None:
        return None

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        role = settings.APP_DATABASE_ROLE
        for statement in (
            f'GRANT USAGE ON SCHEMA public TO "{role}"',
            f'ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "{role}"',
            f'ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO "{role}"',
            f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "{role}"',
            f'GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO "{role}"',
            f'REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM "{role}"',
        ):
            schema_editor.execute(statement, params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        role = settings.APP_DATABASE_ROLE
        schema_editor.execute(
            f'ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM "{role}"', params=None
        )
        schema_editor.execute(
            f'ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM "{role}"', params=None
        )

    def describe(self) -> str:
        return "Grant the application's role its rights on shared tables"


class ReferToTenant(Operation):
    """Composite references for `TenantForeignKey`s that were added to a table which `IsolateTenant` had isolated before."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, model_name: str, fields: Sequence[str]) -> None:
        self.model_name = model_name
        self.fields = tuple(fields)

    def state_forwards(self, app_label: str, state: Any) -> None:
        return None

    def references(self, model: Any) -> list[tuple[str, str]]:
        columns = {model._meta.get_field(name).column for name in self.fields}
        table = model._meta.db_table
        names = {f"{table}_{column}_same_tenant"[:63] for column in columns}
        found = [(name, statement) for name, statement in IsolateTenant.references(model) if name in names]
        if len(found) != len(self.fields):
            raise ValueError(f"not all references of the tenant: {', '.join(self.fields)}")
        return found

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for _, statement in self.references(to_state.apps.get_model(app_label, self.model_name)):
            schema_editor.execute(statement, params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        for name, _ in self.references(model):
            schema_editor.execute(f'ALTER TABLE "{model._meta.db_table}" DROP CONSTRAINT "{name}"', params=None)

    def describe(self) -> str:
        return f"Keep {', '.join(self.fields)} of {self.model_name} in the tenant"

    @property
    def migration_name_fragment(self) -> str:
        return f"refer_{self.model_name.lower()}"
