"""Row-level security of places and assets; triggers that keep their paths and each place's site."""

from django.conf import settings
from django.db import migrations

from core.db.operations import IsolateTenant

TREES = """
CREATE TRIGGER a_path BEFORE INSERT OR UPDATE OF parent_id ON assets_location FOR EACH ROW EXECUTE FUNCTION core_tree_path();
CREATE TRIGGER b_below AFTER UPDATE OF parent_id ON assets_location FOR EACH ROW
    WHEN (OLD.path::text IS DISTINCT FROM NEW.path::text) EXECUTE FUNCTION core_tree_below();
CREATE TRIGGER a_path BEFORE INSERT OR UPDATE OF parent_id ON assets_asset FOR EACH ROW EXECUTE FUNCTION core_tree_path();
CREATE TRIGGER b_below AFTER UPDATE OF parent_id ON assets_asset FOR EACH ROW
    WHEN (OLD.path::text IS DISTINCT FROM NEW.path::text) EXECUTE FUNCTION core_tree_below();
"""
# PostgreSQL does not use GiST under row-level security (its operators are not leakproof): these run as the owner and ask
# for the transaction's tenant themselves. They answer ids only; the caller joins them under RLS.
WITHIN = "".join(
    f"""
CREATE FUNCTION {table}_within(root ltree) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER ROWS 100 SET search_path = public, pg_temp AS $$
    SELECT id FROM {table} WHERE path <@ root AND tenant_id = nullif(current_setting('app.tenant', true), '')::uuid
$$;
REVOKE ALL ON FUNCTION {table}_within(ltree) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {table}_within(ltree) TO "{settings.APP_DATABASE_ROLE}";
ALTER TABLE {table} ADD CONSTRAINT {table}_depth CHECK (nlevel(path) <= 200);
"""
    for table in ("assets_location", "assets_asset")
)
SITE = """
CREATE FUNCTION assets_location_site() RETURNS trigger LANGUAGE plpgsql AS $$
-- The site of a place is itself if it is one, else that of the place above.
BEGIN
    IF NEW.kind = 'site' THEN
        NEW.site_id := NEW.id;
    ELSIF NEW.parent_id IS NULL THEN
        NEW.site_id := NULL;
    ELSE
        SELECT site_id INTO NEW.site_id FROM assets_location WHERE tenant_id = NEW.tenant_id AND id = NEW.parent_id;
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION assets_location_site_below() RETURNS trigger LANGUAGE plpgsql AS $$
-- No site stands in a site (parent rules), so everything below has the same one.
BEGIN
    UPDATE assets_location SET site_id = NEW.site_id
    WHERE tenant_id = NEW.tenant_id AND path <@ NEW.path AND id <> NEW.id AND kind <> 'site';
    RETURN NULL;
END $$;
CREATE TRIGGER b_site BEFORE INSERT OR UPDATE OF parent_id, kind ON assets_location
    FOR EACH ROW EXECUTE FUNCTION assets_location_site();
CREATE TRIGGER c_site_below AFTER UPDATE OF parent_id, kind ON assets_location FOR EACH ROW
    WHEN (OLD.site_id IS DISTINCT FROM NEW.site_id) EXECUTE FUNCTION assets_location_site_below();
"""


class Migration(migrations.Migration):
    dependencies = [("assets", "0001_initial"), ("tenancy", "0002_tenant_isolation")]
    operations = [
        IsolateTenant("location"),
        IsolateTenant("locationscope"),
        IsolateTenant("category"),
        IsolateTenant("asset"),
        migrations.RunSQL(
            TREES,
            "DROP TRIGGER a_path ON assets_location; DROP TRIGGER b_below ON assets_location;"
            " DROP TRIGGER a_path ON assets_asset; DROP TRIGGER b_below ON assets_asset",
        ),
        migrations.RunSQL(
            WITHIN,
            "".join(
                f"ALTER TABLE {table} DROP CONSTRAINT {table}_depth; DROP FUNCTION {table}_within(ltree);"
                for table in ("assets_location", "assets_asset")
            ),
        ),
        migrations.RunSQL(
            SITE, "DROP FUNCTION assets_location_site_below() CASCADE; DROP FUNCTION assets_location_site() CASCADE"
        ),
    ]
