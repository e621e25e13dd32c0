"""Every promise the database keeps, broken by name with `.update()` or SQL past the acts. A constraint without an attempt
in the table below fails `test_every_constraint_is_tried`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models
from django.utils import timezone

from assets.models import Asset, Category, Location, LocationScope
from core.models import ConsumerCursor, FailedDelivery, IdempotencyKey, NumberSequence
from labor.models import Crew, CrewMembership, Technician
from tenancy.models import (
    ApiKey,
    Calendar,
    Department,
    DepartmentScope,
    Holiday,
    Invitation,
    Member,
    Role,
    User,
    WorkingInterval,
)  # fmt: skip
from tests import factories
from tests.house import House
from tests.isolation import domains
from tests.isolation.breaking import copy, first, update
from tests.isolation.world import OURS, furnish
from workorders.models import (
    Assignment,
    Comment,
    Priority,
    Status,
    Transition,
    Type,
    WorkOrder,
    WorkOrderException,
)  # fmt: skip

NOW = timezone.now()


def all_constraints() -> set[str]:
    """Named constraints of our models, and the columns and sets of columns that are unique."""
    found = set()
    for label in OURS:
        for model in apps.get_app_config(label).get_models():
            table = model._meta.db_table
            found |= {constraint.name for constraint in model._meta.constraints}
            found |= {f"{table}.{'+'.join(names)}" for names in model._meta.unique_together}
            found |= {
                f"{table}.{field.name}"
                for field in model._meta.local_fields
                if field.unique and not field.primary_key and model.__module__.partition(".")[0] in OURS
            }
    found |= {"workorder_meaning_of_status", "tenancy_last_administrator", "assets_location_no_cycle"}
    found |= {"assets_asset_no_cycle", "workorders_workorder_no_cycle", "workorders_workorderlink_no_cycle"}
    # Reference targets, true by construction, and Django's own user name field (ours below is stricter).
    return found - {"status_meaning_reference", "tenancy_user.username"}


def job(**changes: Any) -> Callable[[House], Any]:
    return lambda house: update(WorkOrder, {"meaning": "open"}, **changes)


def second_of_the_address(house: House) -> None:
    factories.make_tenant(slug=house.tenant.slug)


def first_email() -> str:
    return User.objects.exclude(email="").order_by("pk").values_list("email", flat=True)[0]


def open_twice(house: House) -> None:
    for number in (1, 2):
        Invitation.objects.create(
            tenant=house.tenant, email=f"{'a' if number == 1 else 'A'}@example.com", role=house.role("viewer"),
            token_hash=f"t{number}", expires_at=NOW,
        )  # fmt: skip


# Where the constraint's name is not the key: what PostgreSQL calls it.
NAMES = {
    "tenancy_tenant.slug": "tenancy_tenant_slug_key",
    "tenancy_apikey.secret_hash": "tenancy_apikey_secret_hash_key",
    "tenancy_invitation.token_hash": "tenancy_invitation_token_hash_key",
    "workorders_workorderexception.user+permission+content_object": "workorders_workorderexce_user_id_permission_id_co",
    "assets_location_no_cycle": "a row cannot stand in itself",
    "assets_asset_no_cycle": "a row cannot stand in itself",
    "tenancy_last_administrator": "the last administrator stays",
    # A row that is its own parent closes the shortest circle: the tree's trigger speaks first.
    "location_not_its_own_parent": "a row cannot stand in itself",
    "asset_not_its_own_parent": "a row cannot stand in itself",
}

BREAK: dict[str, list[Callable[[House], Any]]] = {
    # --- core
    "cursor_per_consumer": [lambda house: copy(ConsumerCursor)],
    "failed_delivery_once": [lambda house: copy(FailedDelivery)],
    "sequence_per_year": [lambda house: copy(NumberSequence)],
    "idempotency_key_per_caller": [lambda house: copy(IdempotencyKey)],
    # --- tenancy
    "tenancy_tenant.slug": [second_of_the_address],
    "user_email_unique": [lambda house: User.objects.create(username="u", email=first_email().upper())],
    "user_username_unique": [lambda house: User.objects.create(username=first_email().upper(), email="u@example.com")],
    "role_key_per_tenant": [lambda house: copy(Role, name="Other")],
    "role_name_per_tenant": [lambda house: copy(Role, {"key": "viewer"}, key="other", name="VIEWER")],
    "department_name_per_tenant": [lambda house: copy(Department, name=first(Department).name.upper())],
    "member_once_per_tenant": [lambda house: copy(Member, {"user__isnull": False}, email="", name="Again")],
    "member_email_per_tenant": [
        lambda house: copy(Member, {"user__isnull": False}, user=None, email=first(Member).email.upper())
    ],
    "department_scope_once": [lambda house: copy(DepartmentScope)],
    "calendar_name_per_tenant": [lambda house: copy(Calendar, name="WEEK", is_default=False)],
    "calendar_one_default": [lambda house: copy(Calendar, name="Other")],
    "working_interval_weekday": [lambda house: update(WorkingInterval, weekday=7)],
    "working_interval_ends_after_start": [
        lambda house: update(WorkingInterval, ends=dt.time(8)), lambda house: update(WorkingInterval, ends=dt.time(7)),
    ],
    "working_interval_once": [lambda house: copy(WorkingInterval)],
    "holiday_once": [lambda house: copy(Holiday)],
    "tenancy_apikey.secret_hash": [lambda house: copy(ApiKey)],
    "api_key_kind_known": [lambda house: update(ApiKey, kind="magic")],
    "tenancy_invitation.token_hash": [lambda house: copy(Invitation, email="third@example.com")],
    "invitation_accepted_by_needs_accepted_at": [lambda house: update(Invitation, accepted_at=None)],
    "invitation_one_open": [open_twice],
    "tenancy_last_administrator": [
        lambda house: Member.objects.filter(role__is_admin=True).update(is_active=False),
        lambda house: Member.objects.filter(role__is_admin=True).update(role=house.role("viewer")),
        lambda house: Member.objects.filter(role__is_admin=True).update(user=None),
    ],
    # --- assets
    "location_code_per_tenant": [lambda house: copy(Location, external_id="", code=first(Location).code.lower())],
    "location_external_id": [lambda house: copy(Location, {"external_id": "L1"}, code="other")],
    "location_kind_known": [lambda house: update(Location, kind="cave")],
    "location_not_its_own_parent": [lambda house: update(Location, parent=first(Location))],
    "assets_location_no_cycle": [
        lambda house: update(Location, {"kind": "site"}, parent=first(Location, kind="room"))
    ],
    "location_scope_once": [lambda house: copy(LocationScope)],
    "category_name_per_tenant": [lambda house: copy(Category, name=first(Category).name.upper())],
    "asset_tag_per_tenant": [lambda house: copy(Asset, barcode="", external_id="", tag=first(Asset).tag.lower())],
    "asset_barcode_per_tenant": [lambda house: copy(Asset, {"barcode": "B1"}, tag="T", external_id="", barcode="b1")],
    "asset_external_id": [lambda house: copy(Asset, {"external_id": "A1"}, tag="T", barcode="")],
    "asset_status_known": [lambda house: update(Asset, status="melted")],
    "asset_criticality_known": [lambda house: update(Asset, criticality="")],
    "asset_not_its_own_parent": [lambda house: update(Asset, parent=first(Asset))],
    "assets_asset_no_cycle": [
        lambda house: update(Asset, {"parent": None}, parent=first(Asset, parent__isnull=False))
    ],
    # --- labor
    "technician_rate_not_negative": [lambda house: update(Technician, hourly_rate=-1)],
    "technician_employee_number": [lambda house: Technician.objects.update(employee_number="E1")],
    "crew_name_per_tenant": [lambda house: copy(Crew, name=first(Crew).name.upper())],
    "crew_membership_once": [lambda house: copy(CrewMembership)],
    # --- workorders
    "status_key_per_tenant": [lambda house: copy(Status, is_default=False, name="Other")],
    "status_name_per_tenant": [
        lambda house: copy(Status, {"key": "open"}, is_default=False, key="other", name="OPEN")
    ],
    "status_one_default_per_meaning": [lambda house: copy(Status, key="other", name="Other")],
    "status_meaning_known": [lambda house: update(Status, {"key": "closed"}, meaning="sleeping")],
    "transition_once": [lambda house: copy(Transition)],
    "transition_leads_elsewhere": [lambda house: update(Transition, to_status=models.F("from_status"))],
    "transition_guard_field_and_operator": [
        lambda house: update(Transition, guard_field="asset"), lambda house: update(Transition, guard_operator="in"),
    ],
    "priority_key_per_tenant": [lambda house: copy(Priority, is_default=False, name="Other")],
    "priority_name_per_tenant": [
        lambda house: copy(Priority, {"key": "low"}, is_default=False, key="other", name="LOW")
    ],
    "priority_one_default": [lambda house: Priority.objects.update(is_default=True)],
    "priority_rank_from_one": [lambda house: update(Priority, rank=0)],
    "type_key_per_tenant": [lambda house: copy(Type, is_default=False, name="Other")],
    "type_name_per_tenant": [
        lambda house: copy(Type, {"key": "inspection"}, is_default=False, key="other", name="INSPECTION")
    ],
    "type_one_default": [lambda house: Type.objects.update(is_default=True)],
    "workorder_number_per_tenant": [lambda house: WorkOrder.objects.update(number="WO-2030-000001")],
    "workorder_external_id": [lambda house: WorkOrder.objects.update(external_id="X")],
    "workorder_meaning_known": [job(meaning="sleeping")],
    "workorder_meaning_of_status": [job(meaning="in_progress")],
    "workorder_completed_at_iff_completed": [
        job(completed_at=NOW), lambda house: update(WorkOrder, {"meaning": "completed"}, completed_at=None),
    ],
    "workorder_closed_at_iff_closed": [
        job(closed_at=NOW), lambda house: update(WorkOrder, {"meaning": "closed"}, closed_at=None),
    ],
    "workorder_cancelled_at_iff_cancelled": [
        job(cancelled_at=NOW), lambda house: update(WorkOrder, {"meaning": "cancelled"}, cancelled_at=None),
    ],
    "workorder_hold_reason_iff_on_hold": [
        job(hold_reason="parts"), lambda house: update(WorkOrder, {"meaning": "on_hold"}, hold_reason=""),
    ],
    "workorder_assigned_has_assignee": [
        lambda house: update(WorkOrder, {"meaning": "assigned"}, assigned_to=None, crew=None)
    ],
    "workorder_progress_percent": [job(progress=101)],
    "workorder_has_title": [job(title="")],
    "assignment_once": [lambda house: copy(Assignment)],
    "comment_has_text": [lambda house: update(Comment, text="")],
    "workorders_workorderexception.user+permission+content_object": [lambda house: copy(WorkOrderException)],
}  # fmt: skip


for domain in domains.ALL:
    BREAK |= domain.BREAK
    NAMES |= getattr(domain, "NAMES", {})


def attempt(house: House, act: Callable[[House], Any]) -> str:
    try:
        with house.inside():
            act(house)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except IntegrityError as error:
        return str(error)
    return "accepted"


@pytest.mark.django_db
def test_every_constraint_is_kept(house: House) -> None:
    furnish(house)
    for meaning in ("assigned", "on_hold", "completed", "closed", "cancelled"):
        house.work(meaning)
    wrong = {}
    for name, attempts in BREAK.items():
        for number, act in enumerate(attempts):
            answer = attempt(house, act)
            if NAMES.get(name, name) not in answer:
                wrong[name, number] = answer.splitlines()[0]
    assert wrong == {}


def test_every_constraint_is_tried() -> None:
    assert BREAK.keys() == all_constraints()
