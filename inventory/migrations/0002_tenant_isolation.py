"""Row-level security of the part catalogue."""

from django.db import migrations

from core.db.operations import IsolateTenant


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial"), ("media", "0002_tenant_isolation")]
    operations = [
        IsolateTenant("partcategory"),
        IsolateTenant("part"),
        IsolateTenant("manufacturernumber"),
        IsolateTenant("alternate"),
        IsolateTenant("partmedia"),
    ]
