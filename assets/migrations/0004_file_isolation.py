"""Row-level security of an asset's files."""

from django.db import migrations

from core.db.operations import IsolateTenant


class Migration(migrations.Migration):
    dependencies = [("assets", "0003_hazards_warranty_files"), ("media", "0002_tenant_isolation")]
    operations = [IsolateTenant("assetmedia")]
