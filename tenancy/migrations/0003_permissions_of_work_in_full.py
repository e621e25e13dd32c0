"""Shipped roles of organisations that exist already get the permissions that came with parts, time, costs and plans."""

from django.db import migrations

EDIT = (
    "workorder.waive",
    "workorder.sign",
    "workorder.export",
    "view.share",
    "part.view",
    "cost.view",
    "project.view",
    "jobplan.edit",
)
GRANTED = {
    "manager": (
        *EDIT,
        "part.edit",
        "part.give",
        "asset.add_photo",
        "cost.edit",
        "time.any",
        "project.edit",
        "failure.manage",
    ),
    "dispatcher": (*EDIT, "part.give", "time.any"),
    "technician": ("workorder.sign", "part.view", "asset.add_photo"),
    "storekeeper": ("workorder.view_parts", "part.view", "part.edit", "part.give"),
    "viewer": ("workorder.export", "part.view", "project.view"),
}
GRANTED["admin"] = tuple(dict.fromkeys((*GRANTED["manager"], *GRANTED["storekeeper"])))


def statements(sql: str) -> str:
    return "".join(
        sql.format(key=key, names=", ".join(f"'{name}'" for name in names)) for key, names in GRANTED.items()
    )


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0002_tenant_isolation")]
    operations = [
        migrations.RunSQL(
            statements(
                "UPDATE tenancy_role SET permissions = permissions || ARRAY(SELECT name FROM unnest(ARRAY[{names}]) AS name"
                " WHERE name <> ALL (permissions))::varchar[] WHERE key = '{key}';"
            ),
            statements(
                "UPDATE tenancy_role SET permissions = ARRAY(SELECT name FROM unnest(permissions) AS name"
                " WHERE name <> ALL (ARRAY[{names}])) WHERE key = '{key}';"
            ),
        )
    ]
