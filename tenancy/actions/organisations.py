"""Sign up an organisation, edit it, its departments and its calendars."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any
from zoneinfo import available_timezones

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.utils.text import slugify

from core import context, events, writing
from core.errors import Invalid
from core.ids import uuid7
from tenancy import provisioning, shipped
from tenancy.models import Calendar, Department, Holiday, Member, Role, Tenant, User, WorkingInterval
from tenancy.permissions import require

# The address is the user name too, which Django keeps to this.
EMAIL_LENGTH = 150


@transaction.atomic
def sign_up(
    *,
    organisation: str,
    name: str,
    email: str = "",
    password: str = "",
    user: User | None = None,
    currency: str = "EUR",
    time_zone: str = "UTC",
    slug: str = "",
) -> Member:
    """A new tenant with the shipped roles, catalogue and calendar, and its first administrator.

    `user` is somebody signed in already; otherwise `email` and `password` make a login. Raises `Invalid`.
    """
    problems = {}
    organisation, name = organisation.strip(), name.strip()
    if not organisation:
        problems["organisation"] = "What is your organisation called?"
    if len(organisation) > 120:
        problems["organisation"] = "A name has at most 120 characters."
    if not name:
        problems["name"] = "What is your name?"
    elif len(name) > 150:
        problems["name"] = "A name has at most 150 characters."
    if time_zone not in available_timezones():
        problems["time_zone"] = "Choose a time zone from the list, for example Europe/Amsterdam."
    if len(currency) != 3 or not currency.isalpha() or not currency.isupper():
        problems["currency"] = "Use a three-letter currency code, for example EUR."
    if user is None:
        problems |= login_problems(email, password, name)
    if problems:
        raise Invalid(problems)
    user = user or make_user(email, password, name)
    tenant = Tenant(
        id=uuid7(), name=organisation, slug=free_slug(slug or organisation), currency=currency, time_zone=time_zone
    )
    member = Member(id=uuid7(), tenant=tenant, user=user, name=name, email=user.email, is_default=True)
    with context.use(tenant_id=tenant.pk, actor_id=member.pk, user_id=user.pk):
        tenant.save(force_insert=True)
        roles = install_roles(tenant)
        member.role = roles["admin"]
        member.save(force_insert=True)
        install_calendar(tenant)
        provisioning.install(tenant)
        events.record("tenant.created", tenant_as_subject(tenant), by=member, changes={"name": [None, tenant.name]})
    return member


def tenant_as_subject(tenant: Tenant) -> Any:
    tenant.tenant_id = tenant.pk  # type: ignore[attr-defined]
    return tenant


def login_problems(email: str, password: str, name: str) -> dict[str, str]:
    problems = {}
    try:
        validate_email(email)
    except ValidationError:
        problems["email"] = "Enter an e-mail address."
    else:
        if len(email) > EMAIL_LENGTH:
            problems["email"] = f"An address has at most {EMAIL_LENGTH} characters."
        elif User.objects.filter(email__iexact=email).exists() or User.objects.filter(username__iexact=email).exists():
            problems["email"] = "There is an account with this address: sign in with it first."
    try:
        validate_password(password, User(email=email, username=email, first_name=name))
    except ValidationError as error:
        problems["password"] = " ".join(error.messages)
    return problems


def make_user(email: str, password: str, name: str, *, verified: bool = False) -> User:
    email = email.strip().lower()
    user = User(username=email, email=email, first_name=name[:150])
    user.set_password(password)
    user.save()
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=verified)
    return user


def free_slug(wanted: str) -> str:
    base = slugify(wanted)[:44].strip("-") or "organisation"
    slug, number = base, 1
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT tenancy_slug_taken(%s)", [slug])
            if not cursor.fetchone()[0]:
                return slug
            number += 1
            slug = f"{base}-{number}"


def install_roles(tenant: Tenant) -> dict[str, Role]:
    roles = {
        key: Role(tenant=tenant, key=key, name=name, permissions=sorted(permissions), is_admin=key == "admin")
        for key, (name, permissions) in shipped.ROLES.items()
    }
    Role.objects.bulk_create(roles.values())
    return roles


def install_calendar(tenant: Tenant) -> Calendar:
    calendar = Calendar.objects.create(tenant=tenant, name="Working week", time_zone=tenant.time_zone, is_default=True)
    WorkingInterval.objects.bulk_create(
        WorkingInterval(tenant=tenant, calendar=calendar, weekday=day, starts=starts, ends=ends)
        for day, starts, ends in shipped.WORKING_WEEK
    )
    return calendar


@transaction.atomic
def update_tenant(
    tenant: Tenant, *, by: Member | None, changes: Mapping[str, Any], expected_version: int | None = None
) -> Tenant:
    """Name, currency and time zone. Money booked earlier keeps its figures; only the currency's name changes."""
    tenant = writing.lock(tenant, expected_version=expected_version)
    require(by, "settings.manage")
    if changes.get("time_zone", tenant.time_zone) not in available_timezones():
        raise Invalid({"time_zone": "Choose a time zone from the list."})
    told = writing.apply(tenant, {name: changes[name] for name in ("name", "currency", "time_zone") if name in changes})
    writing.check(tenant)
    if told:
        writing.save(tenant, told)
        events.record("tenant.updated", tenant_as_subject(tenant), by=by, changes=told)
    return tenant


@transaction.atomic
def add_department(*, by: Member, name: str, code: str = "") -> Department:
    require(by, "settings.manage")
    department = Department(tenant_id=by.tenant_id, name=name.strip(), code=code.strip())
    writing.check(department)
    department.save(force_insert=True)
    events.record("department.created", department, by=by, changes={"name": [None, department.name]})
    return department


@transaction.atomic
def update_department(department: Department, *, by: Member | None, changes: Mapping[str, Any]) -> Department:
    department = writing.lock(department)
    require(by, "settings.manage")
    told = writing.apply(department, {name: changes[name] for name in ("name", "code") if name in changes})
    writing.check(department)
    if told:
        writing.save(department, told)
        events.record("department.updated", department, by=by, changes=told)
    return department


@transaction.atomic
def set_working_time(
    calendar: Calendar,
    *,
    by: Member | None,
    time_zone: str,
    intervals: Sequence[tuple[int, dt.time, dt.time]],
    holidays: Sequence[tuple[dt.date, str]],
    expected_version: int | None = None,
) -> Calendar:
    """Replace a calendar's intervals (weekday 0–6, start, end; half-open, not overlapping) and holidays."""
    calendar = writing.lock(calendar, expected_version=expected_version)
    require(by, "settings.manage")
    problems = {}
    if time_zone not in available_timezones():
        problems["time_zone"] = "Choose a time zone from the list."
    ordered = sorted(intervals)
    for day, starts, ends in ordered:
        if not 0 <= day <= 6 or ends <= starts:
            problems["intervals"] = "Each interval ends after it starts, on a weekday from Monday to Sunday."
    for (day, _, ends), (next_day, starts, _) in pairwise(ordered):
        if day == next_day and starts < ends:
            problems["intervals"] = "Two intervals of a day overlap."
    if len({on for on, _ in holidays}) != len(holidays):
        problems["holidays"] = "A day can be a holiday only once."
    if problems:
        raise Invalid(problems)
    calendar.time_zone = time_zone
    calendar.intervals.all().delete()
    calendar.holidays.all().delete()
    WorkingInterval.objects.bulk_create(
        WorkingInterval(tenant_id=calendar.tenant_id, calendar=calendar, weekday=day, starts=starts, ends=ends)
        for day, starts, ends in ordered
    )
    Holiday.objects.bulk_create(
        Holiday(tenant_id=calendar.tenant_id, calendar=calendar, on=on, name=name[:80]) for on, name in holidays
    )
    writing.save(calendar, {"time_zone"})
    events.record("calendar.updated", calendar, by=by)
    return calendar
