"""Row-level security of custom fields."""

from django.db import migrations

from core.db.operations import IsolateTenant


class Migration(migrations.Migration):
    dependencies = [("customfields", "0001_initial"), ("tenancy", "0002_tenant_isolation")]
    operations = [IsolateTenant("customfield")]
