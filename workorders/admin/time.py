"""Booked time and running clocks in the Django admin: to be read; booking and correcting have pages of their own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin import TenantModelAdmin
from tenancy.permissions import may
from workorders import timesheets
from workorders.admin.orders import OfVisibleWork
from workorders.models import TimeEntry, Timer, WorkDay

MONEY = ("rate", "cost")


@admin.register(TimeEntry)
class TimeEntryAdmin(TenantModelAdmin):
    rights = {"view": ("time.any",)}
    list_display = ("worked_on", "person", "work_order", "category", "minutes", "corrects")
    list_select_related = ("person", "work_order", "corrects")
    list_filter = ("category",)
    fields = (
        "work_order", "person", "category", "worked_on", "started_at", "ended_at", "minutes", "overtime_factor", "rate",
        "cost", "note", "corrects", "posted_by", "posted_at",
    )  # fmt: skip
    search_fields = ("person__name", "work_order__number")
    ordering = ("-worked_on", "-posted_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        seen = timesheets.entries_visible_to(request.member)  # type: ignore[attr-defined]
        return super().get_queryset(request).filter(pk__in=seen.order_by().values("pk"))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        names = super().get_fields(request, obj)
        sees = may(request.member, "cost.view") and may(request.member, "people.rates")  # type: ignore[attr-defined]
        return names if sees else [name for name in names if name not in MONEY]


@admin.register(Timer)
class TimerAdmin(OfVisibleWork):
    rights = {"view": ("time.any",)}
    list_display = fields = ("person", "work_order", "category", "started_at")
    list_select_related = ("person", "work_order")
    ordering = ("started_at",)


@admin.register(WorkDay)
class WorkDayAdmin(TenantModelAdmin):
    rights = {"view": ("time.any",)}
    list_display = fields = ("person", "worked_on", "minutes")
    list_select_related = ("person",)
    ordering = ("-worked_on",)
