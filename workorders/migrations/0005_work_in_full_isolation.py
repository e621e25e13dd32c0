"""Row-level security of what is booked on work orders, and of job plans, failure codes and saved views."""

from django.db import migrations

from core.db.operations import IsolateTenant, ReferToTenant


class Migration(migrations.Migration):
    dependencies = [
        ("workorders", "0004_work_in_full"),
        ("assets", "0004_file_isolation"),
        ("inventory", "0002_tenant_isolation"),
        ("labor", "0002_tenant_isolation"),
        ("media", "0002_tenant_isolation"),
        ("projects", "0002_tenant_isolation"),
    ]
    operations = [
        IsolateTenant("failurecode"),
        IsolateTenant("failurecodeclass"),
        IsolateTenant("jobplan"),
        # A version is what work orders were made from: it is never changed, an edit adds the next one.
        IsolateTenant("jobplanversion", append_only=True),
        IsolateTenant("jobplantask", append_only=True),
        IsolateTenant("jobplanpart", append_only=True),
        ReferToTenant("workorder", ["parent", "project", "problem", "cause", "remedy", "plan_version"]),
        IsolateTenant("task"),
        IsolateTenant("partline"),
        # Not append-only for the role: a work order that is deleted before anything was issued takes its reservations along.
        IsolateTenant("partmovement"),
        IsolateTenant("timer"),
        IsolateTenant("timeentry", append_only=True),
        IsolateTenant("workday", audit=False),
        IsolateTenant("costline", append_only=True),
        IsolateTenant("overheadrule"),
        IsolateTenant("workordermedia"),
        IsolateTenant("workorderlink"),
        IsolateTenant("furtherasset"),
        IsolateTenant("savedview"),
        IsolateTenant("signature", append_only=True),
        IsolateTenant("mention"),
        IsolateTenant("commentrevision"),
    ]
