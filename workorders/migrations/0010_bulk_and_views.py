"""Runs of bulk acts, the view somebody's list opens with, and what was finished last."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import core.fields
import core.ids
from core.db.operations import IsolateTenant

# Views stand on every list: kept per process until something about them changes, like the catalogue.
VIEWS = "".join(
    f"CREATE TRIGGER catalogue AFTER INSERT OR UPDATE OR DELETE ON workorders_{name}"
    " FOR EACH STATEMENT EXECUTE FUNCTION workorders_catalogue_changed();"
    for name in ("savedview", "defaultview")
)
NO_VIEWS = "".join(f"DROP TRIGGER catalogue ON workorders_{name};" for name in ("savedview", "defaultview"))


class Migration(migrations.Migration):
    dependencies = [
        ("assets", "0004_file_isolation"),
        ("labor", "0002_tenant_isolation"),
        ("projects", "0002_tenant_isolation"),
        ("tenancy", "0003_permissions_of_work_in_full"),
        ("workorders", "0007_part_reservations"),
    ]

    operations = [
        migrations.CreateModel(
            name="BulkRun",
            fields=[
                ("id", core.fields.Id(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("act", models.CharField(max_length=20)),
                ("told", models.CharField(max_length=200)),
                ("done", models.PositiveIntegerField(default=0)),
                ("refused", models.PositiveIntegerField(default=0)),
                ("results", models.JSONField(default=list)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "ordering": ["-created_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="DefaultView",
            fields=[
                ("id", core.fields.Id(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
            ],
        ),
        migrations.AddIndex(
            model_name="workorder",
            index=models.Index(
                condition=models.Q(("completed_at__isnull", False)),
                fields=["tenant", "-completed_at"],
                name="workorder_finished",
            ),
        ),
        migrations.AddField(
            model_name="bulkrun",
            name="by",
            field=core.fields.TenantForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenancy.member"
            ),
        ),
        migrations.AddField(
            model_name="bulkrun",
            name="tenant",
            field=models.ForeignKey(
                editable=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenancy.tenant"
            ),
        ),
        migrations.AddField(
            model_name="bulkrun",
            name="undo_of",
            field=core.fields.TenantForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="workorders.bulkrun",
            ),
        ),
        migrations.AddField(
            model_name="defaultview",
            name="member",
            field=core.fields.TenantForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenancy.member"
            ),
        ),
        migrations.AddField(
            model_name="defaultview",
            name="tenant",
            field=models.ForeignKey(
                editable=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenancy.tenant"
            ),
        ),
        migrations.AddField(
            model_name="defaultview",
            name="view",
            field=core.fields.TenantForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="workorders.savedview"
            ),
        ),
        migrations.AddIndex(
            model_name="bulkrun",
            index=models.Index(fields=["tenant", "by", "-created_at"], name="bulk_run_of_member"),
        ),
        migrations.AddConstraint(
            model_name="bulkrun",
            constraint=models.UniqueConstraint(fields=("tenant", "undo_of"), name="bulk_run_undone_once"),
        ),
        migrations.AddConstraint(
            model_name="defaultview",
            constraint=models.UniqueConstraint(fields=("tenant", "member"), name="default_view_once"),
        ),
        IsolateTenant("bulkrun", audit=False),
        IsolateTenant("defaultview"),
        migrations.RunSQL(VIEWS, NO_VIEWS),
    ]
