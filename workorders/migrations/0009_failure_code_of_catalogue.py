"""One truth about the failure code: texts that people typed become codes of the catalogue, and the text column goes."""

from django.db import migrations, models

from core.ids import uuid7

# A text in any spelling of case and spaces is one code; it is named by itself until somebody gives it a name.
TYPED = """
SELECT tenant_id, min(btrim(failure_code)) FROM workorders_workorder
WHERE btrim(failure_code) <> '' GROUP BY tenant_id, upper(btrim(failure_code))
"""
ADD = """
INSERT INTO workorders_failurecode (id, tenant_id, kind, code, name, description, position, is_active, version)
VALUES (%s, %s, 'problem', %s, %s, '', 0, true, 1) ON CONFLICT DO NOTHING
"""
POINT = """
UPDATE workorders_workorder w SET problem_id = c.id FROM workorders_failurecode c
WHERE c.tenant_id = w.tenant_id AND c.kind = 'problem' AND btrim(w.failure_code) <> ''
AND upper(c.code) = upper(btrim(w.failure_code))
"""
WRITE = """
UPDATE workorders_workorder w SET failure_code = c.code FROM workorders_failurecode c WHERE c.id = w.problem_id
"""
RENAME = """
UPDATE workorders_transition SET required_fields = array_replace(required_fields, '{0}', '{1}'),
guard_field = CASE guard_field WHEN '{0}' THEN '{1}' ELSE guard_field END
WHERE guard_field = '{0}' OR '{0}' = ANY (required_fields)
"""


def write(schema_editor, *statements):
    """Without the audit trigger: nobody changed these rows, they are only told in another way."""
    with schema_editor.connection.cursor() as cursor:
        for table in ("workorder", "transition"):
            cursor.execute(f'ALTER TABLE workorders_{table} DISABLE TRIGGER "audit"')
        for statement in statements:
            cursor.execute(statement)
        # What is deferred must be done before the columns change.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for table in ("workorder", "transition"):
            cursor.execute(f'ALTER TABLE workorders_{table} ENABLE TRIGGER "audit"')


def to_codes(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(TYPED)
        for tenant_id, text in cursor.fetchall():
            cursor.execute(ADD, [uuid7(), tenant_id, text, text])
    write(schema_editor, POINT, RENAME.format("failure_code", "problem"))


def to_texts(apps, schema_editor):
    write(schema_editor, WRITE, RENAME.format("problem", "failure_code"))


class Migration(migrations.Migration):
    dependencies = [("workorders", "0010_bulk_and_views")]
    operations = [
        migrations.AlterField(
            "workorder", "failure_code", models.CharField(blank=True, max_length=60, default="", db_default="")
        ),
        migrations.RunPython(to_codes, to_texts),
        migrations.RemoveField("workorder", "failure_code"),
    ]
