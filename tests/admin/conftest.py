"""Two tenants with a row of every kind, and people at the admin's door."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assets.models import LocationScope
from core.models import AuditEntry, ConsumerCursor, Event, FailedDelivery, IdempotencyKey, NumberSequence
from labor.models import CrewMembership
from tenancy import actions as tenancy_actions
from tenancy.actions.organisations import install_calendar
from tenancy.models import ApiKey, DepartmentScope, Holiday, Member, Role, Tenant, User, WorkingInterval
from tests import factories
from tests.house import House
from tests.isolation import domains
from tests.isolation.world import tenant_models
from workorders import actions
from workorders.models import (
    Assignment,
    Comment,
    Priority,
    Status,
    StatusLog,
    Task,
    Transition,
    Type,
    WorkOrder,
    WorkOrderException,
)

Rows = dict[type[models.Model], Any]


def fill(tenant: Tenant) -> Rows:
    """At least one row of every model of ours."""
    boss = factories.make_member(tenant, "admin", name="Ada Admin")
    fitter = factories.make_technician(tenant, name="Tom Fitter")
    department = factories.make_department(tenant)
    site = factories.make_location(tenant)
    asset = factories.make_asset(tenant, location=site, category=factories.make_category(tenant))
    factories.make_member(tenant, "viewer", scoped=True, places=[site], departments=[department])
    crew = factories.make_crew(tenant, [fitter])
    factories.make_key(boss)
    with factories.inside(tenant, actor_id=boss.pk):
        work_order = actions.report(by=boss, title="Pump leaks", asset=asset)
        actions.assign(work_order, by=boss, to=fitter, helpers=[factories.make_technician(tenant)])
        actions.comment(work_order, by=boss, text="Seal kit?")
        actions.add_tasks(work_order, by=boss, steps=[{"description": "Lock out"}])
        actions.share(work_order, by=boss, with_member=factories.make_member(tenant, "requester"))
        calendar = install_calendar(tenant)
        Holiday.objects.create(tenant=tenant, calendar=calendar, on=dt.date(2027, 1, 1), name="New Year")
        invitation = tenancy_actions.invite(by=boss, email=f"new@{tenant.slug}.example", role=boss.role)
        now = timezone.now()
        event = Event.objects.filter(tenant_id=tenant.pk).earliest("seq")
        rows: Rows = {
            model: model._default_manager.filter(tenant_id=tenant.pk).order_by("-pk").first()
            for model in (
                *(AuditEntry, NumberSequence, Role, DepartmentScope, WorkingInterval, Holiday, ApiKey, LocationScope),
                *(CrewMembership, Status, Transition, Priority, Type, Assignment, StatusLog, Comment),
                *(Task, WorkOrderException),
            )
        }
        rows[ConsumerCursor] = ConsumerCursor.objects.create(tenant_id=tenant.pk, consumer="mail", txid="1", seq=1)
        rows[FailedDelivery] = FailedDelivery.objects.create(
            tenant_id=tenant.pk, consumer="assignment_mail", event_seq=event.seq, error="no mail server"
        )
        rows[IdempotencyKey] = IdempotencyKey.objects.create(
            tenant_id=tenant.pk, caller="x", key="k", request_hash="h", status=201, body=b"", created_at=now
        )
        house = House(tenant)
        house.people["admin"] = house.again(boss)
        for domain in domains.ALL:
            domain.fill(house, work_order)
        rows[AuditEntry] = AuditEntry.objects.filter(tenant_id=tenant.pk).latest("pk")
        for model in tenant_models():
            rows.setdefault(model, model._default_manager.filter(tenant_id=tenant.pk).order_by("-pk").first())
        named = (tenant, boss.user, boss, department, site, asset, asset.category, fitter, crew, calendar, invitation)
        rows |= {type(row): row for row in named} | {Event: event, WorkOrder: WorkOrder.objects.get(pk=work_order.pk)}
    return rows


@pytest.fixture
def north(db: None) -> Rows:
    return fill(factories.make_tenant("North Pit"))


@pytest.fixture
def west(db: None) -> Rows:
    return fill(factories.make_tenant("West Campus"))


def sign_in(member: Member) -> Client:
    http = Client()
    http.force_login(User.objects.get(pk=member.user_id))
    return http


@pytest.fixture
def boss(north: Rows) -> Client:
    return sign_in(north[Member])


def url(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def typed(http: Client, address: str, **changes: Any) -> Any:
    """Open a form, change some fields, send it: what a person does."""
    page = http.get(address)
    assert page.status_code == 200, page
    data: dict[str, Any] = {}
    forms = [page.context["adminform"].form]
    for formset in page.context["inline_admin_formsets"]:
        forms += [formset.formset.management_form, *formset.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is not None and value is not False:
                data[bound.html_name] = written(bound, value)
    return http.post(address, {name: value for name, value in (data | changes).items() if value is not None})


def written(bound: Any, value: Any) -> Any:
    shown = bound.field.prepare_value(value)
    if isinstance(shown, list | tuple):
        return [str(getattr(one, "pk", one)) for one in shown]
    if isinstance(shown, dt.datetime):
        return shown.isoformat()
    return str(shown)


def said(http: Client, response: Any) -> list[str]:
    """The messages of the page that the answer leads to."""
    page = http.get(response["Location"]) if response.status_code == 302 else response
    return [str(message) for message in page.context["messages"]]
