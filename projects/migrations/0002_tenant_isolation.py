"""Row-level security of projects."""

from django.db import migrations

from core.db.operations import IsolateTenant


class Migration(migrations.Migration):
    dependencies = [("projects", "0001_initial"), ("tenancy", "0002_tenant_isolation")]
    operations = [IsolateTenant("project"), IsolateTenant("projectmember")]
