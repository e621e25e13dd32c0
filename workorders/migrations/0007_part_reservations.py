"""What is kept for a line in the store, and whether its unit cost was named by hand."""

from decimal import Decimal

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workorders", "0005_work_in_full_isolation")]

    operations = [
        migrations.AddField(
            model_name="partline",
            name="reserved",
            field=models.DecimalField(db_default=Decimal(0), decimal_places=3, default=Decimal(0), max_digits=14),
        ),
        migrations.AddField(
            model_name="partline", name="priced", field=models.BooleanField(db_default=False, default=False)
        ),
        migrations.AddConstraint(
            model_name="partline",
            constraint=models.CheckConstraint(
                condition=models.Q(("reserved__gte", 0), ("reserved__lte", models.F("quantity"))),
                name="part_line_reserved_of_wanted",
            ),
        ),
    ]
