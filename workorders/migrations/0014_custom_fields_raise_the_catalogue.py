"""A change of custom fields raises the version of the tenant's catalogue, which caches of both carry."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("workorders", "0009_failure_code_of_catalogue"),
        ("customfields", "0002_tenant_isolation"),
    ]
    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER catalogue AFTER INSERT OR UPDATE OR DELETE ON customfields_customfield"
            " FOR EACH STATEMENT EXECUTE FUNCTION workorders_catalogue_changed()",
            "DROP TRIGGER catalogue ON customfields_customfield",
        )
    ]
