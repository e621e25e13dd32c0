"""Turning pictures, and which tenants have files to look after."""

from django.conf import settings
from django.db import migrations, models

QUESTIONS = """
CREATE FUNCTION media_tenants_to_tend() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    -- Ids of tenants with pictures that no worker prepared, promised uploads, or refusals of last week; nothing about them.
    SELECT tenant_id FROM media_mediafile WHERE state = 'processing' AND kind = 'image' AND uploaded_at < now() - interval '60 s'
    UNION SELECT tenant_id FROM media_mediafile WHERE state = 'awaited'
    UNION SELECT tenant_id FROM media_mediafile WHERE state = 'refused' AND uploaded_at < now() - interval '7 days'
$$;
CREATE FUNCTION media_tenants_with_files() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    -- Every tenant that ever stored a file has an account.
    SELECT tenant_id FROM media_mediaaccount
$$;
"""
NAMES = ("media_tenants_to_tend()", "media_tenants_with_files()")


class Migration(migrations.Migration):
    dependencies = [("media", "0002_tenant_isolation")]
    operations = [
        migrations.AddField(
            model_name="mediafile",
            name="turn",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddConstraint(
            model_name="mediafile",
            constraint=models.CheckConstraint(
                condition=models.Q(("turn__in", (0, 90, 180, 270))), name="media_turn_by_quarters"
            ),
        ),
        migrations.AddIndex(
            model_name="mediafile",
            index=models.Index(
                condition=models.Q(("state", "refused")), fields=["tenant", "uploaded_at"], name="media_refused"
            ),
        ),
        migrations.RunSQL(
            QUESTIONS
            + "".join(
                f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC;"
                f' GRANT EXECUTE ON FUNCTION {name} TO "{settings.APP_DATABASE_ROLE}";'
                for name in NAMES
            ),
            "".join(f"DROP FUNCTION {name};" for name in NAMES),
        ),
    ]
