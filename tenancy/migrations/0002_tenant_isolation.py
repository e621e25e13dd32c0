"""Row-level security of tenants and people, and the two functions that find a caller before a tenant is known."""

from django.conf import settings
from django.db import migrations

from core.db.operations import IsolateTenant

COLUMNS = """
    member_id uuid, member_name varchar, member_email varchar, scoped boolean, is_default boolean, member_version integer,
    role_id uuid, role_key varchar, role_name varchar, permissions varchar[], tenant_id uuid, tenant_name varchar,
    slug varchar, currency varchar, time_zone varchar, catalogue_version integer, user_id uuid, username varchar,
    user_email varchar"""
SELECTED = """
    m.id, m.name, m.email, m.scoped, m.is_default, m.version, r.id, r.key, r.name, r.permissions, t.id, t.name, t.slug,
    t.currency, t.time_zone, t.catalogue_version, u.id, u.username, u.email"""
FUNCTIONS = f"""
CREATE FUNCTION tenancy_memberships(who uuid) RETURNS TABLE ({COLUMNS})
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT {SELECTED}
    FROM tenancy_member m
    JOIN tenancy_role r ON r.id = m.role_id
    JOIN tenancy_tenant t ON t.id = m.tenant_id
    JOIN tenancy_user u ON u.id = m.user_id
    WHERE m.user_id = who AND m.is_active AND u.is_active
    ORDER BY m.is_default DESC, t.name, m.id
$$;
CREATE FUNCTION tenancy_key(hash text)
RETURNS TABLE ({COLUMNS}, key_id uuid, kind varchar, scopes varchar[], last_used_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT {SELECTED}, k.id, k.kind, k.scopes, k.last_used_at
    FROM tenancy_apikey k
    JOIN tenancy_member m ON m.id = k.member_id
    JOIN tenancy_role r ON r.id = m.role_id
    JOIN tenancy_tenant t ON t.id = m.tenant_id
    LEFT JOIN tenancy_user u ON u.id = m.user_id
    WHERE k.secret_hash = hash AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
      AND m.is_active AND coalesce(u.is_active, true)
$$;
CREATE FUNCTION tenancy_invitation(hash text) RETURNS TABLE (tenant_id uuid, invitation_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT i.tenant_id, i.id FROM tenancy_invitation i
    WHERE i.token_hash = hash AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()
$$;
CREATE FUNCTION tenancy_tenants() RETURNS TABLE (tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    -- For sweeps: which tenants there are, nothing about them.
    SELECT id FROM tenancy_tenant ORDER BY id
$$;
CREATE FUNCTION tenancy_slug_taken(wanted text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM tenancy_tenant WHERE slug = wanted)
$$;
"""
NAMES = (
    "tenancy_memberships(uuid)",
    "tenancy_key(text)",
    "tenancy_invitation(text)",
    "tenancy_tenants()",
    "tenancy_slug_taken(text)",
)
LAST_ADMIN = """
CREATE FUNCTION tenancy_keep_an_admin() RETURNS trigger LANGUAGE plpgsql AS $$
-- Checked when the transaction ends: a tenant that still exists keeps at least one active administrator with a login.
-- The tenant's row is locked first, so that two administrators cannot demote each other at the same moment.
BEGIN
    PERFORM 1 FROM tenancy_tenant WHERE id = OLD.tenant_id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF EXISTS (
        SELECT 1 FROM tenancy_member m JOIN tenancy_role r ON r.id = m.role_id
        WHERE m.id = OLD.id AND r.is_admin AND m.is_active AND m.user_id IS NOT NULL
    ) THEN
        RETURN NULL;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM tenancy_role WHERE id = OLD.role_id AND is_admin) OR NOT OLD.is_active THEN
        RETURN NULL;
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM tenancy_member m JOIN tenancy_role r ON r.id = m.role_id
        WHERE m.tenant_id = OLD.tenant_id AND r.is_admin AND m.is_active AND m.user_id IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'the last administrator stays' USING ERRCODE = '23514', CONSTRAINT = 'tenancy_last_administrator';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER tenancy_last_administrator AFTER UPDATE OR DELETE ON tenancy_member
    DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION tenancy_keep_an_admin();
"""


def grants() -> str:
    role = settings.APP_DATABASE_ROLE
    return "".join(
        f'REVOKE ALL ON FUNCTION {name} FROM PUBLIC; GRANT EXECUTE ON FUNCTION {name} TO "{role}";' for name in NAMES
    )


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0001_initial"), ("core", "0002_tenant_isolation")]
    operations = [
        IsolateTenant("tenant", column="id"),
        IsolateTenant("role"),
        IsolateTenant("department"),
        IsolateTenant("member"),
        IsolateTenant("departmentscope"),
        IsolateTenant("calendar"),
        IsolateTenant("workinginterval"),
        IsolateTenant("holiday"),
        IsolateTenant("apikey", hidden_columns=("secret_hash", "last_used_at")),
        IsolateTenant("invitation", hidden_columns=("token_hash",)),
        migrations.RunSQL(
            "CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON tenancy_user FOR EACH ROW"
            " EXECUTE FUNCTION core_audit('id', 'password', 'last_login')",
            "DROP TRIGGER audit ON tenancy_user",
        ),
        migrations.RunSQL(FUNCTIONS + grants(), "".join(f"DROP FUNCTION {name};" for name in NAMES)),
        migrations.RunSQL(LAST_ADMIN, "DROP FUNCTION tenancy_keep_an_admin() CASCADE"),
    ]
