"""One row in every tenant table, made by the acts that make them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.apps import apps
from django.db import models
from django.utils import timezone

from core.fields import TenantForeignKey, TenantOneToOne
from core.models import ConsumerCursor, FailedDelivery, IdempotencyKey
from tenancy.models import Calendar, Holiday, Invitation, WorkingInterval
from tests import factories
from tests.house import House
from tests.isolation import domains
from workorders import actions

OURS = ("core", "tenancy", "media", "customfields", "assets", "labor", "inventory", "projects", "workorders")


def tenant_models() -> list[type[models.Model]]:
    """Every model of ours with a tenant; a model born later is in it without being named."""
    return [
        model
        for label in OURS
        for model in apps.get_app_config(label).get_models()
        if any(field.column == "tenant_id" for field in model._meta.concrete_fields)
    ]


def references() -> list[tuple[type[models.Model], Any]]:
    """Every (model, field) that refers to a row of the same tenant."""
    return [
        (model, field)
        for model in tenant_models()
        for field in model._meta.concrete_fields
        if isinstance(field, TenantForeignKey | TenantOneToOne)
    ]


def furnish(house: House) -> House:
    """Fill every tenant table with at least one row."""
    tenant, admin = house.tenant, house["admin"]
    site = factories.make_location(tenant, name="Site", external_id="L1")
    room = factories.make_location(
        tenant, kind="room", parent=factories.make_location(tenant, kind="building", parent=site)
    )
    department = factories.make_department(tenant)
    category = factories.make_category(tenant)
    asset = factories.make_asset(
        tenant, location=room, department=department, category=category, barcode="B1", external_id="A1"
    )
    factories.make_asset(tenant, parent=asset)
    first, second = house.profile("technician"), house.profile("technician2")
    crew = factories.make_crew(tenant, [first, second])
    factories.make_member(tenant, "dispatcher", scoped=True, places=[site], departments=[department])
    work_order = factories.make_work_order(
        tenant, by=admin, asset=asset, assigned_to=first, crew=crew, helpers=[second], external_id="W1"
    )
    factories.make_work_order(tenant, follow_up_of=work_order)
    factories.make_comment(work_order, by=admin)
    factories.make_key(admin, created_by=admin)
    now = timezone.now()
    with house.inside():
        type(crew).objects.filter(pk=crew.pk).update(lead=first)
        actions.share(work_order, by=admin, with_member=house["viewer"])
        calendar = Calendar.objects.create(tenant=tenant, name="Week", time_zone="UTC", is_default=True)
        WorkingInterval.objects.create(tenant=tenant, calendar=calendar, weekday=0, starts=dt.time(8), ends=dt.time(17))
        Holiday.objects.create(tenant=tenant, calendar=calendar, on=dt.date(2030, 1, 1), name="New Year")
        Invitation.objects.create(
            tenant=tenant, email="new@example.com", role=house.role("viewer"), token_hash=str(tenant.pk),
            invited_by=admin, accepted_at=now, accepted_by=admin, expires_at=now + dt.timedelta(days=7),
        )  # fmt: skip
        ConsumerCursor.objects.create(tenant_id=tenant.pk, consumer="test", txid="0", seq=0)
        FailedDelivery.objects.create(tenant_id=tenant.pk, consumer="test", event_seq=1, error="x")
        IdempotencyKey.objects.create(
            tenant_id=tenant.pk, caller="test", key="k", request_hash="h", status=201, body=b"{}"
        )
        for domain in domains.ALL:
            domain.fill(house, work_order)
    return house
