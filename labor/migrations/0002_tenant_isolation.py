"""Row-level security of technicians and crews."""

from django.db import migrations

from core.db.operations import IsolateTenant


class Migration(migrations.Migration):
    dependencies = [("labor", "0001_initial"), ("tenancy", "0002_tenant_isolation")]
    operations = [IsolateTenant("technician"), IsolateTenant("crew"), IsolateTenant("crewmembership")]
