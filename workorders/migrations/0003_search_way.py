"""Which way a search goes: by the index, or along the newest work orders until a page is full."""

from django.conf import settings
from django.db import migrations

# Frequent words are on every second page: reading the newest work orders until fifty fit takes a millisecond or two, where
# fetching and sorting the ten thousand that the index names takes fifty. Row-level security bars the planner from that
# choice (the operator is not leakproof, so it may neither use the index nor the statistics); the owner's planner may make
# it, without running anything. Not STABLE only because EXPLAIN is refused there.
WAY = """
CREATE FUNCTION workorders_search_walks(query text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE format(
        'EXPLAIN (FORMAT JSON) SELECT id FROM workorders_workorder WHERE tenant_id = %L AND search @@ to_tsquery(''simple'', %L)'
        ' ORDER BY created_at DESC, id DESC LIMIT 50',
        nullif(current_setting('app.tenant', true), ''), query
    ) INTO plan;
    RETURN position('workorder_search' in plan::text) = 0;
END $$;
REVOKE ALL ON FUNCTION workorders_search_walks(text) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("workorders", "0002_tenant_isolation")]
    operations = [
        migrations.RunSQL(
            WAY + f'GRANT EXECUTE ON FUNCTION workorders_search_walks(text) TO "{settings.APP_DATABASE_ROLE}"',
            "DROP FUNCTION workorders_search_walks(text)",
        ),
    ]
