"""Row-level security of work orders, the meaning's reference, search past row-level security, catalogue version."""

from django.conf import settings
from django.db import migrations

from core.db.operations import IsolateTenant

MEANING = """
ALTER TABLE workorders_workorder ADD CONSTRAINT workorder_meaning_of_status
    FOREIGN KEY (tenant_id, status_id, meaning) REFERENCES workorders_status (tenant_id, id, meaning)
    ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED
"""
# PostgreSQL does not use GIN indexes under row-level security (their operators are not leakproof); this function runs
# as the owner and asks for the transaction's tenant itself. It answers ids only; the caller joins them under RLS.
SEARCH = """
CREATE FUNCTION workorders_search(query text) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER ROWS 200 SET search_path = public, pg_temp AS $$
    SELECT id FROM workorders_workorder
    WHERE tenant_id = nullif(current_setting('app.tenant', true), '')::uuid AND search @@ to_tsquery('simple', query)
$$
"""
CATALOGUE = """
CREATE SEQUENCE workorders_catalogue_version AS integer START 2;
CREATE FUNCTION workorders_catalogue_changed() RETURNS trigger LANGUAGE plpgsql AS $$
-- From a sequence: a version that was taken back is never given out again, so a cache cannot take one for the other.
BEGIN
    UPDATE tenancy_tenant SET catalogue_version = nextval('workorders_catalogue_version')
    WHERE id = nullif(current_setting('app.tenant', true), '')::uuid;
    RETURN NULL;
END $$;
""" + "".join(
    f"CREATE TRIGGER catalogue AFTER INSERT OR UPDATE OR DELETE ON workorders_{name}"
    " FOR EACH STATEMENT EXECUTE FUNCTION workorders_catalogue_changed();"
    for name in ("status", "transition", "priority", "type")
)


class Migration(migrations.Migration):
    dependencies = [
        ("workorders", "0001_initial"),
        ("labor", "0002_tenant_isolation"),
        ("assets", "0002_tenant_isolation"),
        ("guardian", "0003_remove_groupobjectpermission_guardian_gr_content_ae6aec_idx_and_more"),
    ]
    operations = [
        IsolateTenant("status"),
        IsolateTenant("transition"),
        IsolateTenant("priority"),
        IsolateTenant("type"),
        IsolateTenant("workorder"),
        IsolateTenant("assignment"),
        # A job that is deleted takes its log along, so the application may delete here; it never updates.
        IsolateTenant("statuslog", audit=False),
        IsolateTenant("comment"),
        IsolateTenant("workorderexception"),
        migrations.RunSQL(MEANING, "ALTER TABLE workorders_workorder DROP CONSTRAINT workorder_meaning_of_status"),
        migrations.RunSQL(
            SEARCH
            + "; REVOKE ALL ON FUNCTION workorders_search(text) FROM PUBLIC;"
            + f' GRANT EXECUTE ON FUNCTION workorders_search(text) TO "{settings.APP_DATABASE_ROLE}";'
            + f' REVOKE UPDATE ON workorders_statuslog FROM "{settings.APP_DATABASE_ROLE}"',
            "DROP FUNCTION workorders_search(text)",
        ),
        # guardian's generic tables know no tenant: nothing may be written there (the direct table above is used).
        migrations.RunSQL(
            "".join(
                f'REVOKE INSERT, UPDATE ON {table} FROM "{settings.APP_DATABASE_ROLE}";'
                for table in ("guardian_userobjectpermission", "guardian_groupobjectpermission")
            ),
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            CATALOGUE,
            "DROP FUNCTION workorders_catalogue_changed() CASCADE; DROP SEQUENCE workorders_catalogue_version",
        ),
    ]
