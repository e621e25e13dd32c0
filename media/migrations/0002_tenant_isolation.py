"""Row-level security of files."""

from django.db import migrations

from core.db.operations import IsolateTenant


class Migration(migrations.Migration):
    dependencies = [("media", "0001_initial"), ("tenancy", "0002_tenant_isolation")]
    operations = [IsolateTenant("mediafile"), IsolateTenant("mediaaccount")]
