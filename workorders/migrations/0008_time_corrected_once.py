"""A time entry is corrected once, by promise of the database; lists of entries go by day."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("workorders", "0011_no_circles")]
    operations = [
        migrations.RemoveIndex(model_name="timeentry", name="time_corrections"),
        migrations.AddConstraint(
            model_name="timeentry",
            constraint=models.UniqueConstraint(
                fields=["tenant", "corrects"], name="time_corrected_once", condition=Q(corrects__isnull=False)
            ),
        ),
        migrations.AddIndex(
            model_name="timeentry", index=models.Index(fields=["tenant", "worked_on", "id"], name="time_by_day")
        ),
    ]
