"""The audit trigger, the tree triggers' shared part, and row-level security of the core tables."""

from django.conf import settings
from django.db import migrations

from core.db.operations import GrantShared, IsolateTenant

AUDIT = """
CREATE FUNCTION core_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
-- Arguments: the key's column, then columns that never appear (secrets). Runs as the owner: the application's role can
-- neither forge nor change an entry. An update keeps only what changed; an update that changes nothing leaves no entry.
DECLARE
    old_row jsonb := CASE WHEN TG_OP = 'INSERT' THEN NULL ELSE to_jsonb(OLD) END;
    new_row jsonb := CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE to_jsonb(NEW) END;
    whole jsonb := coalesce(new_row, old_row);
    hidden text[] := TG_ARGV[1:];
    before jsonb := old_row - 'search' - hidden;
    after jsonb := new_row - 'search' - hidden;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(n.key, n.value) INTO before, after
        FROM jsonb_each(before) o JOIN jsonb_each(after) n ON n.key = o.key AND n.value IS DISTINCT FROM o.value;
        IF after IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO core_auditentry
        (tenant_id, table_name, row_id, action, actor_id, user_id, source, request_id, database_role, at, before, after)
    VALUES (
        coalesce((whole ->> 'tenant_id')::uuid, nullif(current_setting('app.tenant', true), '')::uuid),
        TG_TABLE_NAME, whole ->> TG_ARGV[0], lower(TG_OP),
        nullif(current_setting('app.actor', true), '')::uuid, nullif(current_setting('app.user', true), '')::uuid,
        left(coalesce(nullif(current_setting('app.source', true), ''), 'sql'), 20),
        left(coalesce(current_setting('app.request', true), ''), 64), session_user, clock_timestamp(), before, after
    );
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION core_audit() FROM PUBLIC;
"""
TREE = """
CREATE FUNCTION core_tree_lock(tree text, tenant uuid) RETURNS void LANGUAGE sql AS $$
-- Held until the transaction ends by whoever moves something in this tree. Asked for before any row is locked.
    SELECT pg_advisory_xact_lock(hashtextextended(tree || tenant::text, 0))
$$;
-- A node's label is a short number of its own: with ids as labels a path fifty levels deep no longer fits the index.
CREATE SEQUENCE core_tree_label;
CREATE FUNCTION core_tree_path() RETURNS trigger LANGUAGE plpgsql AS $$
-- Keeps NEW.path. Moves in one tenant's tree take turns, so that two of them cannot close a circle together, and a move
-- waits for rows being hung in, so that it takes along every one of them.
DECLARE
    above ltree;
    label ltree;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.parent_id IS NOT DISTINCT FROM OLD.parent_id THEN
        NEW.path := OLD.path;
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        PERFORM core_tree_lock(TG_TABLE_NAME, NEW.tenant_id);
        label := subpath(OLD.path, -1);
    ELSE
        label := to_hex(nextval('core_tree_label'))::ltree;
    END IF;
    IF NEW.parent_id IS NULL THEN
        NEW.path := label;
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' THEN
        PERFORM pg_advisory_xact_lock_shared(hashtextextended(TG_TABLE_NAME || NEW.tenant_id::text, 0));
    END IF;
    EXECUTE format('SELECT path FROM %I WHERE tenant_id = $1 AND id = $2 FOR SHARE', TG_TABLE_NAME)
        INTO above USING NEW.tenant_id, NEW.parent_id;
    IF above IS NULL THEN
        RAISE EXCEPTION 'parent of % does not exist', NEW.id USING ERRCODE = '23503';
    END IF;
    IF TG_OP = 'UPDATE' AND above <@ OLD.path THEN
        RAISE EXCEPTION 'a row cannot stand in itself' USING ERRCODE = '23514', CONSTRAINT = TG_TABLE_NAME || '_no_cycle';
    END IF;
    NEW.path := above || label;
    RETURN NEW;
END $$;

CREATE FUNCTION core_tree_below() RETURNS trigger LANGUAGE plpgsql AS $$
-- A moved row takes everything below it along.
BEGIN
    EXECUTE format(
        'UPDATE %I SET path = $1 || subpath(path, nlevel($2)) WHERE tenant_id = $3 AND path <@ $2 AND id <> $4', TG_TABLE_NAME
    ) USING NEW.path, OLD.path, NEW.tenant_id, NEW.id;
    RETURN NULL;
END $$;
"""

SWEEPS = """
CREATE FUNCTION core_tenants_behind(consumers text[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    -- Ids of tenants with events a consumer has not read, or with deliveries due again; nothing about them.
    -- A new tenant has no cursor yet: those with events are found by hopping along the index, one step per tenant.
    WITH RECURSIVE with_events(tenant_id) AS (
        (SELECT e.tenant_id FROM core_event e ORDER BY e.tenant_id LIMIT 1)
        UNION ALL
        SELECT (SELECT e.tenant_id FROM core_event e WHERE e.tenant_id > w.tenant_id ORDER BY e.tenant_id LIMIT 1)
        FROM with_events w WHERE w.tenant_id IS NOT NULL
    )
    SELECT c.tenant_id FROM core_consumercursor c
    WHERE c.consumer = ANY(consumers) AND EXISTS (
        SELECT 1 FROM core_event e WHERE e.tenant_id = c.tenant_id AND (e.txid, e.seq) > (c.txid, c.seq)
        AND e.txid < pg_snapshot_xmin(pg_current_snapshot()))
    UNION SELECT f.tenant_id FROM core_faileddelivery f WHERE f.next_at <= now()
    UNION SELECT t.tenant_id FROM with_events t WHERE t.tenant_id IS NOT NULL AND EXISTS (
        SELECT 1 FROM unnest(consumers) AS wanted WHERE NOT EXISTS (
            SELECT 1 FROM core_consumercursor c WHERE c.tenant_id = t.tenant_id AND c.consumer = wanted))
$$;
CREATE FUNCTION core_forget_idempotency_keys() RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH gone AS (DELETE FROM core_idempotencykey WHERE created_at < now() - interval '24 hours' RETURNING 1)
    SELECT count(*) FROM gone
$$;
"""
SWEEP_NAMES = ("core_tenants_behind(text[])", "core_forget_idempotency_keys()")


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [
        GrantShared(),
        migrations.RunSQL(AUDIT, "DROP FUNCTION core_audit() CASCADE"),
        migrations.RunSQL(
            TREE,
            "DROP FUNCTION core_tree_below() CASCADE; DROP FUNCTION core_tree_path() CASCADE;"
            " DROP FUNCTION core_tree_lock(text, uuid); DROP SEQUENCE core_tree_label",
        ),
        IsolateTenant("event", audit=False, append_only=True),
        IsolateTenant("auditentry", audit=False, read_only=True),
        IsolateTenant("consumercursor", audit=False),
        IsolateTenant("faileddelivery", audit=False),
        IsolateTenant("numbersequence", audit=False),
        IsolateTenant("idempotencykey", audit=False),
        migrations.RunSQL(
            SWEEPS
            + "".join(
                f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC;"
                f' GRANT EXECUTE ON FUNCTION {name} TO "{settings.APP_DATABASE_ROLE}";'
                for name in SWEEP_NAMES
            ),
            "".join(f"DROP FUNCTION {name};" for name in SWEEP_NAMES),
        ),
    ]
