"""Time that people spend on work orders."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from core.fields import TenantForeignKey
from tenancy.models import Member, TenantModel
from workorders.choices import TimeCategory
from workorders.models.orders import WorkOrder


class Timer(TenantModel):
    """A clock that runs for one person, on whatever device; stopping it posts the time."""

    person = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    work_order = TenantForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="timers")
    category = models.CharField(max_length=8, choices=TimeCategory.choices, default=TimeCategory.WORK)
    started_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "person"], name="timer_one_per_person"),
            models.CheckConstraint(condition=Q(category__in=TimeCategory.values), name="timer_category_known"),
        ]
        indexes = [models.Index(fields=["tenant", "work_order"], name="timer_of_work_order")]

    def __str__(self) -> str:
        return f"{self.person_id} since {self.started_at:%H:%M}"


class TimeEntry(TenantModel):
    """Minutes of one person on one local day. Append-only: a correction is a further entry that takes minutes back.

    `rate` is the person's hourly rate when it was posted; `cost` = minutes / 60 × rate × overtime factor, to the cent.
    """

    work_order = TenantForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="time_entries")
    person = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    category = models.CharField(max_length=8, choices=TimeCategory.choices, default=TimeCategory.WORK)
    # The day in the organisation's zone that the minutes count to; an entry over midnight is posted as two.
    worked_on = models.DateField()
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    minutes = models.IntegerField()
    overtime_factor = models.DecimalField(max_digits=4, decimal_places=2, default=Decimal(1))
    rate = models.DecimalField(max_digits=9, decimal_places=2)
    cost = models.DecimalField(max_digits=14, decimal_places=2)
    note = models.CharField(max_length=300, blank=True)
    corrects = TenantForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections")
    posted_by = TenantForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    posted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["worked_on", "started_at", "id"]
        verbose_name_plural = "time entries"
        constraints = [
            models.CheckConstraint(condition=Q(category__in=TimeCategory.values), name="time_category_known"),
            models.CheckConstraint(
                condition=Q(minutes__gt=0, corrects__isnull=True) | Q(minutes__lt=0, corrects__isnull=False),
                name="time_taken_back_only_by_correction",
            ),
            models.CheckConstraint(
                condition=Q(started_at__isnull=True, ended_at__isnull=True)
                | Q(started_at__isnull=False, ended_at__gte=F("started_at")),
                name="time_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(overtime_factor__gte=1, overtime_factor__lte=5), name="time_overtime_factor"
            ),
            models.CheckConstraint(condition=Q(rate__gte=0), name="time_rate_not_negative"),
            models.UniqueConstraint(
                fields=["tenant", "corrects"], name="time_corrected_once", condition=Q(corrects__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "work_order"], name="time_of_work_order"),
            models.Index(fields=["tenant", "person", "worked_on"], name="time_of_person"),
            models.Index(fields=["tenant", "worked_on", "id"], name="time_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.minutes} min by {self.person_id}"


class WorkDay(TenantModel):
    """All minutes that a person has booked on a day: the row whose lock and check keep a day at 24 hours."""

    person = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    worked_on = models.DateField()
    minutes = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "person", "worked_on"], name="work_day_once"),
            models.CheckConstraint(condition=Q(minutes__lte=1440), name="work_day_has_24_hours"),
        ]

    def __str__(self) -> str:
        return f"{self.minutes} min on {self.worked_on}"
