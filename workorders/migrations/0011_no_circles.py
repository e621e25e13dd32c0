"""Work is not part of itself and does not wait for itself, also when two people link at the same moment."""

from django.db import migrations

# As moves in the trees of places and assets, links of one tenant take turns: each then sees what the one before left.
CIRCLES = """
CREATE FUNCTION workorders_parent_circle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM core_tree_lock(TG_TABLE_NAME, NEW.tenant_id);
    IF EXISTS (
        WITH RECURSIVE above AS (
            SELECT NEW.parent_id AS id
            UNION
            SELECT w.parent_id FROM above JOIN workorders_workorder w ON w.tenant_id = NEW.tenant_id AND w.id = above.id
            WHERE w.parent_id IS NOT NULL
        ) SELECT FROM above WHERE id = NEW.id
    ) THEN
        RAISE EXCEPTION 'work cannot be part of itself'
            USING ERRCODE = '23514', CONSTRAINT = 'workorders_workorder_no_cycle';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER no_circle BEFORE INSERT OR UPDATE OF parent_id ON workorders_workorder FOR EACH ROW
    WHEN (NEW.parent_id IS NOT NULL AND NEW.parent_id <> NEW.id) EXECUTE FUNCTION workorders_parent_circle();

CREATE FUNCTION workorders_blocking_circle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM core_tree_lock(TG_TABLE_NAME, NEW.tenant_id);
    IF EXISTS (
        WITH RECURSIVE waiting AS (
            SELECT NEW.second_id AS id
            UNION
            SELECT l.second_id FROM waiting
            JOIN workorders_workorderlink l ON l.tenant_id = NEW.tenant_id AND l.first_id = waiting.id AND l.kind = 'blocks'
        ) SELECT FROM waiting WHERE id = NEW.first_id
    ) THEN
        RAISE EXCEPTION 'work cannot wait for itself'
            USING ERRCODE = '23514', CONSTRAINT = 'workorders_workorderlink_no_cycle';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER no_circle BEFORE INSERT OR UPDATE OF first_id, second_id, kind ON workorders_workorderlink FOR EACH ROW
    WHEN (NEW.kind = 'blocks' AND NEW.first_id <> NEW.second_id) EXECUTE FUNCTION workorders_blocking_circle();
"""


class Migration(migrations.Migration):
    dependencies = [("workorders", "0014_custom_fields_raise_the_catalogue")]
    operations = [
        migrations.RunSQL(
            CIRCLES,
            "DROP TRIGGER no_circle ON workorders_workorderlink; DROP FUNCTION workorders_blocking_circle();"
            " DROP TRIGGER no_circle ON workorders_workorder; DROP FUNCTION workorders_parent_circle()",
        ),
    ]
